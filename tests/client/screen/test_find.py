"""A search shows the nearest match above, walks both ways, and gives the place back."""

from __future__ import annotations

import pytest

from client.screen.transcript import Finding, PatternError, Transcript
from protocol.events import Said
from tests.client.screen.events import (
    START,
    joined,
    lines,
    said,
    shown,
    styles,
    talk,
    transcript,
)

WIDTH, HEIGHT = 60, 10


def screen(made: Transcript) -> list[str]:
    return shown(made, WIDTH, HEIGHT)


def marked(made: Transcript) -> str:
    """The text of the current match, if it is on the screen."""
    rows = made.rows(WIDTH, HEIGHT)
    return "".join(text for row in rows for style, text in row if "match.current" in style)


def with_needles(*numbers: int, last: int = 100) -> Transcript:
    events = [
        said(n, text=f"needle {n}" if n in numbers else f"hay {n}") for n in range(1, last + 1)
    ]
    made = transcript(events)
    screen(made)
    return made


def test_the_newest_match_is_shown_and_marked() -> None:
    made = with_needles(20, 50)
    made.find("needle 50|needle 20")
    assert made.finding == Finding(2, complete=True)
    assert marked(made) == "needle 50"
    assert not made.at_end


def test_older_and_newer_matches() -> None:
    made = with_needles(20, 50, 99)
    made.find("needle")
    assert marked(made) == "needle"
    assert made.at_end
    assert made.find_next(backward=True)
    assert made.find_next(backward=True)
    assert made.finding == Finding(3, complete=True)
    assert any("needle 20" in row for row in screen(made))
    assert not made.find_next(backward=True)
    assert made.find_next(backward=False)
    assert made.finding == Finding(3, complete=True)
    assert any("needle 50" in row for row in screen(made))


def test_all_matches_on_the_screen_are_marked() -> None:
    made = with_needles(95, 96)
    made.find("needle")
    assert styles(made, "needle", WIDTH, HEIGHT) == [
        "class:text class:match",
        "class:text class:match.current",
    ]


def test_giving_up_restores_the_place() -> None:
    made = with_needles(20)
    made.line_up(30)
    before = screen(made)
    made.find("needle")
    assert screen(made) != before
    made.stop_finding(restore=True)
    assert screen(made) == before
    assert made.finding is None
    assert styles(made, "needle", WIDTH, HEIGHT) == []


def test_giving_up_at_the_end_goes_back_to_the_end() -> None:
    made = with_needles(20)
    made.find("needle")
    made.append([said(101)])
    made.stop_finding(restore=True)
    assert made.at_end
    assert screen(made)[-1].endswith("m101")


def test_keeping_the_place() -> None:
    made = with_needles(20)
    made.find("needle")
    found = screen(made)
    made.stop_finding(restore=False)
    assert screen(made) == found
    assert marked(made) == ""


def test_what_is_below_the_place_is_shown_only_when_nothing_is_above() -> None:
    made = with_needles(60, 90)
    made.line_up(60)
    screen(made)
    made.find("needle")
    assert any("needle 60" in row for row in screen(made))
    assert made.finding == Finding(2, complete=True)


def test_a_changed_pattern_searches_from_where_the_search_began() -> None:
    made = with_needles(20, 50)
    made.find("needle 2")
    assert marked(made) == "needle 2"
    made.find("needle ")
    assert any("needle 50" in row for row in screen(made))
    made.find("nothing")
    assert made.finding == Finding(0, complete=True)
    assert made.at_end
    assert not made.find_next(backward=True)
    made.find("")
    assert made.finding == Finding(0, complete=True)
    assert not made.find_more()


def test_a_bad_pattern_changes_nothing() -> None:
    made = with_needles(20)
    made.find("needle")
    found, finding = screen(made), made.finding
    with pytest.raises(PatternError):
        made.find("needle(")
    assert (screen(made), made.finding) == (found, finding)


def test_case_counts_when_there_is_a_capital() -> None:
    made = transcript([said(1, text="Needle"), said(2, text="needle")])
    screen(made)
    made.find("needle")
    assert made.finding == Finding(2, complete=True)
    made.find("Needle")
    assert made.finding == Finding(1, complete=True)


def test_notes_and_actions_are_found_and_people_who_come_are_not() -> None:
    made = transcript([said(1), joined(2, "needle"), Said(3, START, "a", "Ann", 0, "needle", True)])
    made.note(START, "a needle")
    screen(made)
    made.find("needle")
    assert made.finding == Finding(2, complete=True)
    made.find_next(backward=True)
    assert marked(made) == "needle"


def test_what_arrives_meanwhile_is_found_too() -> None:
    made = with_needles(20)
    made.find("needle")
    made.append([said(101, text="needle 101")])
    assert made.find_next(backward=False)
    assert made.finding == Finding(2, complete=True)
    made.prepend([], 1)


def test_an_older_page_is_searched_too() -> None:
    made = transcript([said(101, text="needle 101")])
    screen(made)
    made.find("needle")
    made.prepend([said(n, text=f"needle {n}") for n in range(1, 100)], 1)
    assert made.finding == Finding(1, complete=False)
    assert not made.find_more()
    assert made.finding == Finding(100, complete=True)


def test_a_match_far_down_in_a_long_message_is_on_the_screen() -> None:
    made = transcript([*talk(1, 50), said(51, text="hay\n" * 100 + "needle\n" + "hay\n" * 100)])
    screen(made)
    made.find("needle")
    assert marked(made) == "needle"


def test_a_long_room_is_looked_through_a_little_at_a_time() -> None:
    made = transcript(talk(1, 20_000))
    screen(made)
    made.find("m1$")
    assert made.finding == Finding(0, complete=False)
    assert made.at_end
    calls = 1
    while made.find_more():
        calls += 1
    assert calls > 5
    assert made.finding == Finding(1, complete=True)
    assert marked(made) == "m1"


def test_what_is_dropped_is_no_longer_found() -> None:
    made = transcript(talk(1, 100), limit=100)
    screen(made)
    made.find("m")
    made.find_next(backward=True)
    made.append(talk(101, 400))
    assert marked(made) == ""
    made.find_more()
    finding = made.finding
    assert finding is not None
    assert finding.complete
    assert finding.matches <= 100
    made.stop_finding(restore=True)
    assert lines(made.rows(WIDTH, HEIGHT))[-1].endswith("m400")


def test_a_pattern_that_takes_too_long_ends_the_search() -> None:
    made = transcript([said(n, text="a" * 4000 + "!") for n in range(1, 60)])
    screen(made)
    made.find("(a+)+$")
    with pytest.raises(PatternError):
        any(not made.find_more() for _ in range(100))
    assert made.finding == Finding(0, complete=True)
    assert marked(made) == ""


@pytest.mark.parametrize(("pattern", "marked"), [("x", "x\u0300"), ("\u0300", "x\u0300")])
def test_a_match_takes_its_combining_marks_along(pattern: str, marked: str) -> None:
    made = transcript([said(1, text="ax\u0300b")])
    screen(made)
    made.find(pattern)
    pieces = [text for row in made.rows(60, 12) for style, text in row if "match" in style]
    assert pieces == [marked]
