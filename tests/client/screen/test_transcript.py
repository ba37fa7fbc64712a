"""A room's lines hold their place, whatever arrives; what is unread is counted and ruled off."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.screen.transcript import Finding, Spoke, Transcript
from protocol.events import Deleted, Edited, Said, Slowed, Unknown, WentAway
from tests.client.screen.events import (
    DAY,
    LOOK,
    MINUTE,
    START,
    acted,
    joined,
    left,
    local,
    own,
    renamed,
    said,
    shown,
    talk,
    text_of,
    to_start,
    transcript,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from protocol.events import AnyEvent

WIDTH, HEIGHT = 60, 12
RULE = "── new " + "─" * 53


def screen(made: Transcript) -> list[str]:
    return shown(made, WIDTH, HEIGHT)


def history(count: int, start: int = START) -> list[AnyEvent]:
    """A room where everything happens that may happen."""
    events: list[AnyEvent] = []
    for n in range(1, count + 1):
        at = start + n * MINUTE * 7
        name = ("Ann", "Bob", "小明")[n % 3]
        kinds: list[AnyEvent] = [
            said(n, name, at=at),
            said(n, "Ann", "a long text " * 9, at=at),
            joined(n, name, at=at),
            left(n, name, at=at),
            renamed(n, name, "Eve", at=at),
            acted(n, name, "waves", at=at),
            own(n, "me", at=at),
            said(n, name, "two\nlines", at=at),
            Unknown(n, at, "x", "x", 0),
            joined(n, "Sam", at=at + DAY // 8),
            Slowed(n, at, "op", "Op", 0, n),
            Said(n, at, "ann", "Ann", 0, "changed", edited=n + 1),
            Said(n, at, "ann", "Ann", 0, "", deleted=True),
            WentAway(n, at, "ann", "Ann", 0),
            left(n, name, "kicked", at=at),
            Edited(n, at, "ann", "Ann", 0, 0, "of nothing"),
            said(n, "Troll", at=at),
        ]
        events.append(kinds[n * n * 7 % 17])
    return events


# ---- what happens


def test_events_that_are_held_already_are_passed_over() -> None:
    made = transcript(talk(1, 5))
    assert made.append(talk(3, 6)) == [Spoke("Ann", "m6", mention=False)]
    assert (made.first, made.last) == (1, 6)
    assert len(screen(made)) == 7


def test_what_others_said_is_told_and_what_the_person_said_is_not() -> None:
    made = transcript()
    spoke = made.append([own(1, "hi"), joined(2, "Ann"), said(3), said(4, "Bob", "duke: hi")])
    assert spoke == [Spoke("Ann", "m3", False), Spoke("Bob", "duke: hi", True)]


def test_highlight_words_are_mentions() -> None:
    made = transcript(look=replace(LOOK, highlight=("deploy",)))
    spoke = made.append([said(1, text="Deploy now"), said(2, text="deployed")])
    assert [spoken.mention for spoken in spoke] == [True, False]


def test_an_event_of_a_later_hubbub_has_a_number_and_no_line() -> None:
    made = transcript([said(1), Unknown(2, START, "x", "x", 0)])
    assert made.last == 2
    assert len(screen(made)) == 2


@settings(deadline=None)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=10))
def test_any_chunking_gives_the_same_rows(sizes: list[int]) -> None:
    events = history(60)
    whole, parts = transcript(events), transcript()
    at = 0
    while at < len(events):
        for size in sizes:
            parts.append(events[at : at + size])
            parts.rows(WIDTH, HEIGHT)
            at += size
    assert shown(parts) == shown(whole)


@settings(deadline=None)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=10), st.booleans())
def test_any_paging_back_gives_the_same_rows(sizes: list[int], fold: bool) -> None:
    events = history(60)
    look = replace(LOOK, fold=fold)
    whole, parts = transcript(events, look), transcript(events[40:], look)
    at = 40
    while at > 0:
        for size in sizes:
            parts.prepend(events[max(0, at - size) : max(0, at)], 1)
            parts.rows(WIDTH, HEIGHT)
            at -= size
    assert shown(parts) == shown(whole)


def test_a_page_before_anything_else() -> None:
    made = transcript()
    made.prepend(talk(5, 9), 3)
    assert (made.first, made.last, made.can_go_back) == (5, 9, True)


# ---- going back


def test_older_pages_are_wanted_near_the_top_and_as_long_as_there_are_any() -> None:
    made = transcript(talk(201, 400))
    screen(made)
    assert (made.can_go_back, made.wants_older) == (True, False)
    to_start(made)
    assert (made.can_go_back, made.wants_older) == (True, True)
    made.prepend(talk(101, 200), 101)
    assert (made.first, made.can_go_back, made.wants_older) == (101, False, False)


def test_a_page_without_news_says_that_there_is_nothing_older() -> None:
    made = transcript(talk(5, 6))
    made.prepend([], 1)
    assert not made.can_go_back


def test_nothing_is_wanted_by_an_empty_room() -> None:
    assert not transcript().wants_older


def test_the_oldest_lines_are_dropped_at_the_limit() -> None:
    made = transcript(talk(1, 1000), limit=300)
    rows = shown(made, 60, 2000)
    assert 250 < len(rows) <= 302
    assert made.last == 1000
    assert rows[1].endswith(f"m{made.first}")


def test_who_looks_back_reads_to_the_beginning_whatever_the_limit() -> None:
    made = transcript(talk(1, 1000), limit=300)
    everything = shown(transcript(talk(1, 1000)), WIDTH, 2000)
    screen(made)
    seen: set[str] = set()
    for _ in range(200):
        made.page_up()
        if made.wants_older:
            made.prepend(talk(max(1, made.first - 100), made.first - 1), 1)
        seen.update(screen(made)[:-1])
    assert seen >= set(everything[: 1000 - HEIGHT])
    assert not made.wants_older
    made.append(talk(1001, 1100))
    assert screen(made)[1].endswith("m1")
    made.to_end()
    assert 250 < len(shown(made, WIDTH, 2000)) <= 302
    made.append(talk(1101, 1200))
    assert len(shown(made, WIDTH, 2000)) <= 302
    assert shown(made, WIDTH, 2000)[1].endswith(f"m{made.first}")


def test_at_the_end_no_more_is_fetched_than_may_be_held() -> None:
    made = transcript(talk(1, 1000), limit=100)
    shown(made, WIDTH, 200)
    assert not made.wants_older
    made.line_up(1)
    assert made.wants_older


def test_what_was_dropped_is_not_counted_again_when_it_is_fetched_again() -> None:
    made = Transcript(local, LOOK, limit=100)
    made.append(talk(1, 400))
    screen(made)
    made.page_up()
    first = made.first
    made.prepend(talk(first - 50, first - 1), 1)
    assert made.unread == 400
    assert made.to_first_unread()


@pytest.mark.parametrize("pages", [1, 2])
def test_who_goes_up_before_older_lines_are_there_goes_on_when_they_come(pages: int) -> None:
    whole, made = transcript(talk(1, 200)), transcript(talk(181, 200))
    screen(whole)
    screen(made)
    for _ in range(pages + 1):
        whole.page_up()
        made.page_up()
        screen(whole)
        screen(made)
    assert made.wants_older
    made.prepend(talk(1, 180), 1)
    # One row less, for it has gone up over the row of the day as well.
    assert screen(made)[1:-1] == screen(whole)[2:-1] + screen(made)[-2:-1]
    before = screen(made)
    made.prepend([], 1)
    assert screen(made) == before


def test_who_has_gone_elsewhere_meanwhile_stays_there() -> None:
    made = transcript(talk(181, 200))
    screen(made)
    made.page_up()
    made.page_up()
    made.to_end()
    made.prepend(talk(1, 180), 1)
    assert screen(made)[-1].endswith("m200")


def test_a_hole_in_what_comes_is_said() -> None:
    made = transcript(talk(1, 3))
    made.append([said(9), said(10)])
    assert screen(made)[-3:] == [
        f"{'':21}messages missing here: 5.",
        f"{'Ann':>20} m9",
        f"{'':21}m10",
    ]
    made.gone(4, START)
    made.append([said(15)])
    rows = screen(made)
    assert "no longer kept: 4" in rows[-2]
    assert not any("missing here: 4" in row for row in rows)


def test_a_page_that_would_pass_the_limit_is_cut() -> None:
    made = transcript(talk(101, 200), limit=120)
    made.prepend(talk(1, 100), 1)
    assert made.first == 81
    assert not made.can_go_back
    assert shown(made, 60, 2000)[1].endswith("m81")


def test_crowds_count_towards_the_limit_one_by_one() -> None:
    look = replace(LOOK, fold=False)
    made = transcript([joined(n, f"p{n}") for n in range(1, 1001)], look, limit=300)
    assert len(shown(made, 60, 2000)) <= 301


# ---- the place on the screen


def test_the_end_is_shown_and_stays_shown() -> None:
    made = transcript(talk(1, 100))
    assert len(screen(made)) == HEIGHT
    made.append(talk(101, 101))
    assert screen(made)[-1].endswith("m101")
    assert made.at_end
    assert made.below == 0


def test_the_place_is_held_while_messages_arrive() -> None:
    made = transcript(talk(1, 100))
    screen(made)
    made.page_up()
    before = screen(made)
    assert before[-1] == f"-MORE({made.below})-"
    assert before[-2].endswith(f"m{100 - made.below}")
    made.append(talk(101, 150))
    assert screen(made)[:-1] == before[:-1]
    assert screen(made)[-1] == f"-MORE({made.below})-"
    assert before[-2].endswith(f"m{150 - made.below}")


def test_people_who_come_and_go_are_not_counted_below() -> None:
    made = transcript(talk(1, 40))
    screen(made)
    made.page_up()
    screen(made)
    below = made.below
    made.append([joined(41, "Eve"), said(42)])
    assert made.below == below + 1


def test_the_place_is_held_while_older_pages_come() -> None:
    made = transcript(history(120)[60:])
    screen(made)
    to_start(made)
    made.line_down(3)
    before = screen(made)
    made.prepend(history(60), 1)
    assert screen(made)[1:-1] == before[1:-1]
    made.line_up(1)
    assert screen(made) != before


def test_the_place_is_held_when_the_first_day_row_moves_up() -> None:
    made = transcript(talk(101, 200))
    screen(made)
    made.line_up(101 - HEIGHT)
    assert screen(made)[1].endswith("m101")
    made.prepend(talk(1, 100), 1)
    assert screen(made)[0].endswith("m101")


@pytest.mark.parametrize("moves", [3, 30, 300])
def test_up_and_then_to_the_end_is_as_before(moves: int) -> None:
    made = transcript(history(300))
    before = screen(made)
    for _ in range(moves):
        made.page_up()
        screen(made)
    assert not made.at_end
    made.to_end()
    assert screen(made) == before


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(2, 30))
def test_every_row_is_seen_while_scrolling(step: int, height: int) -> None:
    made = transcript(history(60))
    everything = shown(made, WIDTH, 1000)
    made.rows(WIDTH, height)
    to_start(made)
    for top in range(0, len(everything) - height, step):
        assert shown(made, WIDTH, height)[:-1] == everything[top : top + height - 1]
        made.line_down(step)
        shown(made, WIDTH, height)
    made.line_down(step)
    assert made.at_end
    assert shown(made, WIDTH, height) == everything[-height:]
    made.line_up(step)
    top = max(0, len(everything) - height - step)
    visible = height if len(everything) <= height else height - 1
    assert shown(made, WIDTH, height)[:visible] == everything[top : top + visible]


def test_pages_repeat_a_row() -> None:
    made = transcript(talk(1, 100))
    bottom = screen(made)
    made.page_up()
    middle = screen(made)
    assert middle[-2] == bottom[0]
    made.page_down()
    assert made.at_end
    assert screen(made) == bottom


def test_a_short_room_has_nothing_to_scroll() -> None:
    made = transcript(talk(1, 3))
    before = screen(made)
    for move in (made.page_up, made.page_down, lambda: to_start(made)):
        move()
        assert made.at_end
        assert screen(made) == before


def test_the_entry_on_top_stays_when_the_width_changes() -> None:
    made = transcript(history(100))
    made.rows(100, HEIGHT)
    to_start(made)
    made.line_down(40)
    name = made.rows(100, HEIGHT)[0]
    made.rows(30, HEIGHT)
    assert made.rows(100, HEIGHT)[0] == name


def test_the_place_is_clamped_when_it_is_dropped() -> None:
    made = transcript(talk(1, 100), limit=100)
    screen(made)
    to_start(made)
    screen(made)
    made.append(talk(101, 400))
    assert screen(made)[1].endswith(f"m{made.first}")


def test_moves_after_the_place_was_dropped_start_at_what_is_left() -> None:
    made = transcript(talk(1, 100), limit=100)
    screen(made)
    to_start(made)
    made.append(talk(101, 400))
    made.page_up()
    assert screen(made)[1].endswith(f"m{made.first}")
    made.page_down()
    assert screen(made)[0].endswith(f"m{made.first + 9}")


def test_nothing_needs_to_be_on_the_screen_before_it_is_moved() -> None:
    made = transcript(talk(1, 100))
    made.page_up()
    to_start(made)
    made.to_mention(backward=True)
    made.find("m50")
    assert any(row.endswith("m50") for row in screen(made))


# ---- unread


def unwatched(events: Sequence[AnyEvent], read: int) -> Transcript:
    made = Transcript(local, LOOK)
    made.start_unread_after(read)
    made.append(events)
    return made


def test_unread_messages_are_counted_and_ruled_off() -> None:
    made = unwatched([*talk(1, 5), own(6, "x"), joined(7, "Eve"), said(8, text="duke?")], 3)
    assert (made.unread, made.mentions, made.read) == (3, 1, 3)
    rows = screen(made)
    assert rows[rows.index(RULE) + 1].endswith("Ann m4")


def test_the_rule_stays_for_as_long_as_it_is_looked_at() -> None:
    made = unwatched(talk(1, 5), 3)
    made.watched = True
    assert (made.unread, made.read) == (0, 5)
    made.append(talk(6, 8))
    assert (made.unread, made.read) == (0, 8)
    assert screen(made).index(RULE) == 4
    made.watched = False
    assert RULE not in screen(made)
    made.append(talk(9, 10))
    assert made.unread == 2
    assert screen(made)[-3] == RULE


def test_who_looks_elsewhere_before_reading_to_the_end_finds_the_rule_where_it_was() -> None:
    made = unwatched(talk(1, 50), 10)
    screen(made)
    made.to_first_unread()
    made.watched = True
    made.watched = False
    made.append(talk(51, 60))
    assert made.unread == 50
    assert screen(made)[3] == RULE


def test_nothing_is_read_while_the_end_is_not_visible() -> None:
    made = transcript(talk(1, 50))
    screen(made)
    made.page_up()
    screen(made)
    made.append(talk(51, 52))
    assert (made.unread, made.read) == (2, 50)
    made.to_end()
    assert (made.unread, made.read) == (0, 52)
    assert screen(made)[-3] == RULE


def test_scrolling_down_to_the_end_reads() -> None:
    made = transcript(talk(1, 50))
    screen(made)
    made.line_up(1)
    made.append(talk(51, 51))
    made.page_down()
    assert made.unread == 0


def test_an_older_page_may_be_unread_too() -> None:
    made = unwatched(talk(50, 60), 30)
    assert made.unread == 11
    made.prepend(talk(20, 49), 1)
    assert made.unread == 30
    assert made.to_first_unread()
    rows = screen(made)
    assert rows[rows.index(RULE) + 1].endswith("m31")


def test_whoever_wants_the_first_unread_comes_there_when_it_is_fetched() -> None:
    made = unwatched(talk(150, 200), 30)
    assert (made.unread, made.has_more_unread) == (51, True)
    assert made.to_first_unread()
    made.prepend(talk(100, 149), 1)
    assert made.wants_older
    made.prepend(talk(20, 99), 1)
    assert (made.unread, made.has_more_unread) == (170, False)
    rows = screen(made)
    assert rows[rows.index(RULE) + 1].endswith("m31")
    made.page_down()
    made.page_down()
    assert not made.wants_older


def test_whoever_leaves_the_first_unread_is_not_brought_back() -> None:
    made = unwatched(talk(150, 200), 30)
    screen(made)
    made.to_first_unread()
    made.to_end()
    made.prepend(talk(100, 149), 1)
    assert screen(made)[-1].endswith("m200")


def test_unread_messages_that_are_gone_are_not_waited_for() -> None:
    made = unwatched(talk(150, 200), 30)
    made.to_first_unread()
    made.prepend(talk(120, 149), 120)
    assert not made.wants_older
    assert (made.unread, made.has_more_unread) == (81, False)


def test_all_is_marked_as_read() -> None:
    made = unwatched(talk(1, 5), 0)
    made.mark_read()
    assert (made.unread, made.mentions, made.read) == (0, 0, 5)
    assert RULE not in screen(made)
    assert not made.to_first_unread()


def test_the_rule_is_dropped_with_its_line() -> None:
    made = Transcript(local, LOOK, limit=100)
    made.append(talk(1, 400))
    assert made.unread == 400
    assert not made.to_first_unread()
    made.mark_read()


def test_mentions_are_jumped_to() -> None:
    events = [said(n, text="duke!" if n in {20, 50} else f"m{n}") for n in range(1, 101)]
    made = transcript(events[30:])
    screen(made)
    made.prepend(events[:30], 1)
    assert not made.to_mention(backward=False)
    for jumps in (1, 2):
        assert made.to_mention(backward=True) is True
        rows = screen(made)
        assert any("duke!" in row for row in rows)
        assert any(("m51", "m21")[jumps - 1] in row for row in rows)
    assert not made.to_mention(backward=True)
    assert made.to_mention(backward=False)
    assert any("m51" in row for row in screen(made))


# ---- own messages and another journal


def test_the_place_was_an_own_message_that_is_gone() -> None:
    made = transcript(talk(51, 53))
    for serial in range(50):
        made.own.pending(serial, START + MINUTE, f"own {serial}")
    screen(made)
    made.page_up()
    for serial in range(50):
        made.own.arrived(serial)
    made.prepend(talk(1, 50), 1)
    assert made.at_end
    assert screen(made)[-1].endswith("m53")


def test_what_another_journal_counted_is_dropped_without_a_number() -> None:
    made = transcript(talk(1001, 1100), limit=100)
    made.forget_numbers(START)
    made.append(talk(1, 50))
    assert made.first == 1
    made.append(talk(51, 200))
    assert shown(made, 60, 300)[1].endswith(f"m{made.first}")


@settings(deadline=None)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=6), st.booleans(), st.integers(0, 60))
def test_the_past_of_another_journal_comes_after_what_the_old_one_numbered(
    sizes: list[int], fold: bool, up: int
) -> None:
    look = replace(LOOK, fold=fold)
    old, new = history(30), history(60, START + DAY)
    whole, made = transcript(old, look), transcript(old, look)
    for room, start in ((whole, 0), (made, 50)):
        room.forget_numbers(new[0].at)
        room.append(new[start:])
    everything = screen_of_all(made)
    screen(made)
    made.line_up(up)
    note = next(n for n, row in enumerate(everything) if "as the broker has it now" in row)
    is_held = not made.at_end and len(everything) - HEIGHT - up < note
    top = screen(made)[0]
    while made.first > 1:
        for size in sizes:
            made.prepend(new[max(0, made.first - 1 - size) : made.first - 1], 1)
            assert not is_held or screen(made)[0] == top
    assert screen_of_all(made) == screen_of_all(whole)


def found(made: Transcript) -> str:
    """The message whose match is the current one."""
    rows = made.rows(WIDTH, HEIGHT)
    (row,) = [row for row in rows if any("match.current" in style for style, _ in row)]
    return text_of(row).split()[-1]


def screen_of_all(made: Transcript) -> list[str]:
    return shown(made, WIDTH, 2000)


def test_what_another_journal_has_is_unread_though_it_comes_later() -> None:
    made = transcript([said(1), said(2, text="duke?")])
    made.watched = False
    made.append([said(3, text="duke!")])
    made.forget_numbers(START)
    made.prepend([said(1), said(2, text="duke?")], 1)
    assert (made.unread, made.mentions) == (3, 2)
    assert made.to_first_unread()
    rows = screen(made)
    assert rows[rows.index(RULE) + 1].endswith("duke!")
    made.mark_read()
    assert made.read == 2


def test_a_search_goes_on_while_the_past_of_another_journal_comes() -> None:
    made = transcript(talk(1, 50))
    made.forget_numbers(START)
    made.append(talk(81, 100))
    screen(made)
    made.line_up(40)
    before = screen(made)
    made.find("8$")
    shown_match = screen(made)
    assert made.finding == Finding(7, complete=True)
    made.prepend(talk(61, 80), 1)
    made.find_more()
    assert screen(made)[:-1] == shown_match[:-1]
    assert made.finding == Finding(9, complete=True)
    current = found(made)
    assert made.find_next(backward=True)
    assert found(made) != current
    assert made.find_next(backward=False)
    assert found(made) == current
    made.stop_finding(restore=True)
    assert screen(made)[:-1] == before[:-1]


def test_an_own_message_goes_when_it_arrives() -> None:
    made = transcript([said(1)])
    made.own.pending(7, START, "hello")
    made.own.settled(7)
    made.append([own(2, "hello")])
    made.own.arrived(7)
    assert screen(made)[2:] == [f"{'Duke':>20} hello"]


def test_a_refused_message_is_taken_back() -> None:
    made = transcript([said(1)])
    made.own.pending(7, START, "hello")
    made.own.refused(7, "No.")
    assert made.own.take_back(7) == "hello"
    assert made.own.take_back(7) == ""
    made.own.settled(7)
    made.own.refused(7, "No.")
    assert len(screen(made)) == 2


def test_many_own_messages_are_scrolled_like_others() -> None:
    made = transcript(talk(1, 3))
    for serial in range(50):
        made.own.pending(serial, START + MINUTE, f"own {serial}")
    assert screen(made)[-1].endswith("own 49 …")
    made.page_up()
    rows = screen(made)
    assert rows[-2].endswith("own 38 …")
    assert rows[-1] == f"-MORE({made.below})-" == "-MORE(11)-"
    for serial in range(50):
        made.own.arrived(serial)
    assert len(screen(made)) == 4


def test_another_journal_keeps_the_lines_and_counts_afresh() -> None:
    made = transcript(talk(1, 5))
    made.forget_numbers(START + DAY)
    assert (made.first, made.last, made.read) == (0, 0, 0)
    made.append(talk(1, 2))
    assert (made.first, made.last, made.can_go_back) == (1, 2, False)
    rows = screen(made)
    assert rows[5].endswith("m5")
    assert "as the broker has it now" in rows[7]
    assert rows[-1].endswith("m2")


# ---- all together


STILL = replace(LOOK, unmask_within_ms=0, ignored=frozenset({"troll"}))
"""Nobody who was left out is shown later, which changes the row that is on top."""


class Room:
    """A room where things happen, and a person who looks around in it."""

    def __init__(self, limit: int) -> None:
        self.events = history(2000)
        self.at = 600
        self.made = transcript(self.events[580:600], STILL, limit)
        self.acts: dict[str, Callable[[int], object]] = {
            "append": self.append,
            "prepend": self.prepend,
            "note": lambda n: self.made.note(self.events[self.at].at, "a note\n" * n),
            "pending": lambda n: self.made.own.pending(n, self.events[self.at].at, "on its way"),
            "refused": lambda n: self.made.own.refused(n, "No."),
            "arrived": self.made.own.arrived,
            "up": self.made.line_up,
            "down": self.made.line_down,
            "find": lambda n: self.made.find("m.*1" if n % 2 else ""),
            "find next": lambda n: self.made.find_next(backward=n % 2 == 0),
            "stop finding": lambda n: self.made.stop_finding(restore=n % 2 == 0),
            "renumber": self.renumber,
            "look": lambda n: setattr(self.made, "watched", n % 2 == 0),
            "unread": lambda _: self.made.to_first_unread(),
            "point": lambda n: self.made.point_at(self.at - n * 7),
            "change": self.change,
        }

    def append(self, size: int) -> None:
        self.made.append(self.events[self.at : self.at + size])
        self.at += size

    def renumber(self, size: int) -> None:
        self.made.forget_numbers(self.events[self.at].at)
        self.append(size)

    def change(self, size: int) -> None:
        """Somebody changes or takes back a message that is held, or is not held yet."""
        event, target = self.events[self.at - 1], self.at - size * 3
        self.made.change(Edited(event.number, event.at, "ann", "Ann", 0, target, "short"))
        if size % 2:
            target += 1
            self.made.change(Deleted(event.number, event.at, "a", "Ann", 0, target, "a", "Ann"))

    def prepend(self, size: int) -> None:
        first = self.made.first - 1
        self.made.prepend(self.events[max(0, first - size) : first], 1)


_kinds = st.sampled_from(["append", "append", *Room(10).acts])


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.tuples(_kinds, st.integers(1, 25)), max_size=30),
    st.integers(3, 20),
    st.sampled_from([40, 50_000]),
)
def test_whatever_happens_the_screen_shows_what_is_held(
    acts: list[tuple[str, int]], height: int, limit: int
) -> None:
    room = Room(limit)
    made = room.made
    for kind, size in acts:
        before = shown(made, WIDTH, height)
        is_held = kind == "append" and limit > 40 and not made.at_end
        room.acts[kind](size)
        rows = shown(made, WIDTH, height)
        assert len(rows) <= height
        assert made.at_end is (made.below == 0)
        assert made.at_end or rows[-1] == f"-MORE({made.below})-"
        assert not is_held or rows[0] == before[0]
        made.restyle(replace(LOOK, fold=False))
        made.restyle(STILL)  # what was remembered of the layout still held
        assert shown(made, WIDTH, height) == rows
    made.to_end()
    assert shown(made, WIDTH, height) == shown(made, WIDTH, 5000)[-height:]
