"""Who comes and goes takes one line, without those who say nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from client.screen.folding import Speech, folded
from protocol.events import AnyEvent, Joined, Renamed
from protocol.phrases import Language
from tests.client.screen.events import (
    LOOK,
    MINUTE,
    SECOND,
    START,
    joined,
    left,
    renamed,
    said,
    shown,
    styles,
    talk,
    transcript,
)

UNFOLDED = replace(LOOK, fold=False)


@pytest.mark.parametrize(
    ("events", "line"),
    [
        ([joined(1, "ann")], "+ann"),
        ([joined(1, "ann"), left(2, "bob"), renamed(3, "eve", "eva")], "+ann −bob eve→eva"),
        ([joined(1, "ann"), left(2, "bob"), renamed(3, "ann", "anna")], "−bob +anna"),
        ([joined(1, "a"), renamed(2, "a", "b"), renamed(3, "b", "c")], "+c"),
        ([joined(1, "a"), renamed(2, "a", "b"), left(3, "b")], "+−b"),
        ([left(1, "b"), joined(2, "a"), renamed(3, "a", "b")], "−+b"),
        ([left(1, "a"), joined(2, "a"), renamed(3, "a", "b")], "−+a a→b"),
        ([joined(1, "ann"), left(2, "ann")], "+−ann"),
        ([left(1, "ann"), joined(2, "ann")], "−+ann"),
        ([joined(1, "ann"), left(2, "ann"), joined(3, "ann")], "+ann"),
        ([left(1, "a"), joined(2, "a"), left(3, "a"), joined(4, "a")], "−+a"),
        ([renamed(1, "a", "b"), joined(2, "a→b"), left(3, "a→b")], "a→b +−a→b"),
        ([joined(1, "a\x1b[31m\nb")], "+a b"),
    ],
)
def test_changes_in_one_line(events: list[Joined], line: str) -> None:
    assert folded(events) == line


def test_people_who_talk_are_shown_in_one_line_between_messages() -> None:
    events: list[AnyEvent] = [
        said(1),
        said(2, "Bob"),
        left(3, "Ann"),
        left(4, "Bob"),
        joined(5, "Ann"),
        said(6),
    ]
    assert shown(transcript(events))[-2:] == [f"{'':21}−+Ann −Bob", f"{'Ann':>20} m6"]


def test_somebody_silent_is_left_out_as_if_nothing_had_happened() -> None:
    events: list[AnyEvent] = [said(1), joined(2, "Eve"), left(3, "Eve"), said(4)]
    assert shown(transcript(events))[1:] == [f"09:00 {'Ann':>14} m1", f"{'':21}m4"]


def test_silent_is_who_has_not_spoken_for_a_while_before() -> None:
    late = START + LOOK.silent_after_ms
    assert "−Ann" in shown(transcript([said(1), left(2, "Ann", at=late)]))[-1]
    assert "−Ann" not in shown(transcript([said(1), left(2, "Ann", at=late + 1)]))[-1]


def test_who_speaks_soon_after_coming_is_shown_after_all() -> None:
    made = transcript([said(1), joined(2, "Eve"), joined(3, "Sam"), said(4)])
    assert "Eve" not in "".join(shown(made))
    made.append([said(5, "Eve", at=START + LOOK.unmask_within_ms)])
    assert shown(made)[2] == f"{'':21}+Eve"
    assert shown(made)[3] == f"{'Ann':>20} m4"


def test_who_speaks_long_after_coming_is_not() -> None:
    made = transcript([said(1), joined(2, "Eve"), said(3)])
    made.append([said(4, "Eve", at=START + LOOK.unmask_within_ms + 1)])
    assert "+Eve" not in "".join(shown(made))


def test_who_speaks_under_a_new_name_is_shown() -> None:
    made = transcript([said(1), renamed(2, "eve", "sam"), said(3, "sam")])
    assert f"{'':21}eve→sam" in shown(made)


def test_who_takes_a_name_after_coming_has_come_under_that_name() -> None:
    came = Joined(2, START, "id", "127.0.0.1:7", 0, "")
    made = transcript([said(1), came, Renamed(3, START, "id", "127.0.0.1:7", 0, "Eve"), said(4)])
    assert "Eve" not in "".join(shown(made))
    made.append([said(5, "Eve")])
    assert shown(made)[2] == f"{'':21}+Eve"


def test_the_person_is_never_left_out() -> None:
    made = transcript([Joined(1, START, "me", "Duke", 0, "")])
    assert shown(made)[-1] == f"09:00 {'':15}+Duke"


def test_an_older_page_shows_who_had_spoken_before() -> None:
    made = transcript([left(10, "Ann", at=START + MINUTE), said(11, "Bob", at=START + MINUTE)])
    assert "−Ann" not in "".join(shown(made))
    made.prepend([said(9)], 1)
    assert "−Ann" in "".join(shown(made))


def test_an_older_page_joins_its_changes_to_those_that_follow() -> None:
    made = transcript([left(3, "Ann"), said(4, "Bob")])
    made.prepend([said(1), joined(2, "Bob")], 1)
    assert shown(made)[2] == f"{'':21}+Bob −Ann"


def test_unfolded_everybody_has_a_line_that_says_what_happened() -> None:
    events: list[AnyEvent] = [
        joined(1, "Ann"),
        renamed(2, "Ann", "Eve"),
        left(3, "Eve"),
        left(4, "Bob", "lost"),
        left(5, "Sam", "idle", at=START + MINUTE),
        left(6, "Tom", "slow"),
        left(7, "Joe", "of a later Hubbub"),
    ]
    assert shown(transcript(events, UNFOLDED))[1:] == [
        f"09:00 {'+':>14} Ann came in",
        f"{'→':>20} Ann is now Eve",
        f"{'−':>20} Eve left",
        f"{'−':>20} Bob lost the connection",
        f"09:01 {'−':>14} Sam was put out for idling",
        f"09:00 {'−':>14} Tom was put out for not reading",
        f"{'−':>20} Joe left",
    ]


def test_folding_is_switched_at_any_time() -> None:
    made = transcript([joined(1, "Eve"), *talk(2, 4)])
    folded_rows = shown(made)
    made.restyle(UNFOLDED)
    assert any("Eve came in" in row for row in shown(made))
    made.restyle(LOOK)
    assert shown(made) == folded_rows


def test_it_speaks_chinese() -> None:
    look = replace(UNFOLDED, language=Language.ZH)
    rows = shown(transcript([joined(1, "Ann"), left(2, "Ann")], look))
    assert rows[0].startswith("── 1970年01月01日 星期四 ──")
    assert rows[1:] == [f"09:00 {'+':>14} Ann 来了", f"{'−':>20} Ann 离开了"]


def test_it_has_its_own_style() -> None:
    made = transcript([said(1), left(2, "Ann")])
    assert styles(made, "−Ann") == ["class:presence"]


def test_many_who_come_take_several_lines_and_are_all_there() -> None:
    events = [joined(n + 1, f"p{n}") for n in range(250)]
    made = transcript([*events, *(said(1000 + n, f"p{n}") for n in range(250))])
    names = " ".join(shown(made, 200, 1000)).split()
    assert [name for name in names if name.startswith("+")] == [f"+p{n}" for n in range(250)]


def test_a_crowd_that_is_left_out_is_looked_through_as_it_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = transcript([said(1)], limit=3000)
    looks = 0
    spoke = Speech.spoke

    def counting(self: Speech, name: str, since: int, until: int) -> bool:
        nonlocal looks
        looks += 1
        return spoke(self, name, since, until)

    monkeypatch.setattr(Speech, "spoke", counting)
    for first in range(2, 3900, 10):
        made.append([joined(n, f"p{n}") for n in range(first, first + 10)])
    assert looks < 2 * 3900
    looks = 0
    shown(made)
    made.restyle(replace(LOOK, own_name="Dan"))
    shown(made)
    made.prepend([said(1, "Bob")], 1)
    shown(made)
    assert looks < 1000


def test_who_spoke_is_forgotten_with_what_was_said() -> None:
    speech = Speech()
    events = [said(1, at=1 * SECOND), said(2, "Bob", at=2 * SECOND), said(3, at=3 * SECOND)]
    for event in events:
        speech.append(event)
    speech.prepend([said(0, at=0)])
    assert speech.spoke("Ann", 0, 0)
    speech.drop([said(0, at=0), *events[:2]])
    assert not speech.spoke("Ann", 0, 2 * SECOND)
    assert speech.spoke("Ann", 0, 3 * SECOND)
    assert not speech.spoke("Bob", 0, 3 * SECOND)
