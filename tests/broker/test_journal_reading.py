"""Where a time begins, what operators did, single events, and what lies before a first number."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.state import LOBBY
from protocol.events import Event, Muted, Said
from tests.broker.test_journal_words import house, put, said_at
from tests.broker.test_sqlite_journal import House, numbers


def told(house: House, times: list[int]) -> None:
    put(house, *(Said(number, at, "a", "Ann", 0, "x") for number, at in enumerate(times, 1)))


@settings(max_examples=60, deadline=None)
@given(
    times=st.lists(st.integers(-3, 12), max_size=30),
    at=st.integers(-4, 13),
    is_steady=st.booleans(),
)
def test_a_time_begins_where_what_is_before_it_is_earlier(
    times: list[int], at: int, is_steady: bool
) -> None:
    times = sorted(times) if is_steady else times
    with house() as broker:
        told(broker, times)
        number = broker.journal.since(LOBBY, at)
        assert number == len(times) + 1 or times[number - 1] >= at
        assert number == 1 or times[number - 2] < at
        if is_steady:
            assert number == 1 + sum(time < at for time in times)


def test_a_time_is_looked_for_in_what_is_kept() -> None:
    with house(keep_messages=2, snapshot_every=1) as broker:
        for number in range(1, 5):
            put(broker, said_at(number, "x"))
            broker.upkeep()
        assert broker.journal.page(LOBBY, 1, 9, 9, 99_999).oldest == 3
        assert broker.journal.since(LOBBY, 0) == 3
        assert broker.journal.since("never used", 0) == 1


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE entries SET at = 'text' WHERE number BETWEEN 18 AND 22",
        "DELETE FROM entries WHERE number BETWEEN 18 AND 22",
    ],
)
def test_damage_hides_no_time(damage: str) -> None:
    with house() as broker:
        told(broker, list(range(1, 41)))
        broker.journal._db.execute(damage)
        for at in range(1, 41):
            first = broker.journal.since(LOBBY, at)
            assert first == at or 18 <= first <= at
        assert broker.journal.since(LOBBY, 41) == 41


def test_what_operators_did_among_much_else() -> None:
    with house() as broker:
        events: list[Event] = [said_at(number, "x") for number in range(1, 101)]
        for number in (3, 50, 51, 100):
            events[number - 1] = Muted(number, 0, "o", "Olga", 0, "a", "Ann")
        put(broker, *events)
        acts = broker.journal.acts
        assert numbers(acts(LOBBY, 101, 9)) == [3, 50, 51, 100]
        assert numbers(acts(LOBBY, 100, 2)) == [50, 51]
        assert numbers(acts(LOBBY, 101, 9, 50)) == [50, 51, 100]
        assert acts("never used", 101, 9) == []
        broker.journal._db.execute("UPDATE entries SET body = '' WHERE number = 51")
        assert numbers(acts(LOBBY, 101, 3)) == [3, 50, 100]


def test_nothing_below_a_first_number_is_among_the_recent() -> None:
    with house() as broker:
        put(broker, *(said_at(number, "x") for number in range(1, 10)))
        assert numbers(broker.journal.recent(LOBBY, 9, 3, 7)) == [7, 8]
        assert broker.journal.recent(LOBBY, 9, 3, 9) == []


def test_single_events() -> None:
    with house() as broker:
        put(broker, *(said_at(number, "x") for number in range(1, 5)))
        broker.journal._db.execute("UPDATE entries SET crc = 0 WHERE number = 2")
        found = broker.journal.events(LOBBY, [4, 0, 2, 1, 9])
        assert {number: numbers([event]) for number, event in found.items()} == {1: [1], 4: [4]}
        assert broker.journal.event(LOBBY, 4) == found[4]
        assert broker.journal.event(LOBBY, 2) is None
        assert broker.journal.event("never used", 1) is None
