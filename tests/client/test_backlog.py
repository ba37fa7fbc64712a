"""A reader at any pace reads every event that is kept, each once, in order, in bounded memory."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from client.backlog import Backlog, Gone, Item, Renumbered
from protocol.events import Said
from protocol.limits import PAGE_EVENTS
from protocol.messages import Events
from protocol.questions import Page


def events(first: int, last: int) -> list[Said]:
    return [Said(n, 0, "a", "Ann", 0, str(n)) for n in range(first, last + 1)]


def page(first: int, last: int, oldest: int = 1, head: int = 0) -> Events:
    return Events("j", "r", tuple(events(first, last)), oldest, head)


def numbers(items: list[Item]) -> list[int]:
    return [item.number for item in items if isinstance(item, Said)]


def test_what_fits_is_held_and_nothing_is_asked_for() -> None:
    backlog = Backlog("r", 3, limit=4)
    backlog.receive(events(1, 2))
    backlog.receive(events(3, 5))
    assert len(backlog) == 3
    assert backlog.ask(0) is None
    assert numbers(backlog.take(2)) == [3, 4]
    assert numbers(backlog.take(9)) == [5]


def test_what_does_not_fit_is_asked_for_once_there_is_space() -> None:
    backlog = Backlog("r", 1, limit=4)
    backlog.receive(events(1, 10))
    assert len(backlog) == 4
    assert backlog.ask(0) is None
    backlog.take(2)
    assert backlog.ask(0) == Page("r", 5, 6)
    backlog.asked(7)
    assert backlog.is_asked(7)
    assert backlog.ask(0) is None
    backlog.answered(page(5, 6))
    assert numbers(backlog.take(9)) == [3, 4, 5, 6]
    assert backlog.ask(0) == Page("r", 7, 10)


def test_a_reader_that_stops_costs_no_more_than_a_page() -> None:
    backlog = Backlog("r", 1)
    backlog.receive(events(1, 3 * PAGE_EVENTS))
    assert len(backlog) == PAGE_EVENTS


def test_a_start_before_the_head_is_asked_for() -> None:
    backlog = Backlog("r", 5, head=8)
    assert backlog.ask(0) == Page("r", 5, 8)


def test_a_refused_question_is_asked_again_after_a_while() -> None:
    backlog = Backlog("r", 1, head=2)
    backlog.asked(7)
    backlog.refused({"retry_after": 2000}, 10.0)
    assert backlog.ask(11.9) is None
    assert backlog.next_deadline() == 12.0
    assert backlog.ask(12.0) == Page("r", 1, 2)


def test_what_is_no_longer_kept_is_counted() -> None:
    backlog = Backlog("r", 1, limit=4)
    backlog.receive(events(5, 6), gone=4)
    assert backlog.take(9) == [Gone(4), *events(5, 6)]
    backlog.receive(events(7, 30))
    backlog.take(9)
    backlog.asked(1)
    backlog.receive([], gone=5)  # of the link; the next page tells
    backlog.answered(page(21, 24, oldest=21, head=30))
    assert backlog.take(9) == [Gone(10), *events(21, 23)]
    assert backlog.ask(0) == Page("r", 24, 27)


def test_a_broker_that_has_less_than_it_said_is_not_asked_in_a_circle() -> None:
    backlog = Backlog("r", 1, head=9)
    backlog.asked(1)
    backlog.answered(page(1, 0, oldest=1, head=0))
    assert backlog.ask(0) is None
    backlog.receive(events(1, 2))
    assert numbers(backlog.take(9)) == [1, 2]


def test_another_journal_starts_afresh() -> None:
    backlog = Backlog("r", 100, limit=4)
    backlog.receive(events(100, 150))
    backlog.asked(1)
    backlog.renumbered()
    assert not backlog.is_asked(1)
    backlog.take(4)
    backlog.receive(events(3, 4))
    assert backlog.take(9) == [Renumbered(), *events(3, 4)]
    assert backlog.ask(0) is None


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=60),
    st.integers(1, 20),
)
@settings(max_examples=200)
def test_at_any_pace(steps: list[tuple[int, int]], limit: int) -> None:
    backlog = Backlog("r", 1, limit=limit)
    head, read, request = 0, [], 0
    for arrived, taken in [*steps, *([(0, PAGE_EVENTS)] * 2000)]:
        backlog.receive(events(head + 1, head + arrived))
        head += arrived
        assert len(backlog) <= limit
        read += numbers(backlog.take(taken))
        if asked := backlog.ask(0):
            request += 1
            backlog.asked(request)
            backlog.answered(page(asked.first, asked.last, 1, head))
        elif len(read) == head and arrived == 0 and taken == PAGE_EVENTS:
            break
    assert read == list(range(1, head + 1))
