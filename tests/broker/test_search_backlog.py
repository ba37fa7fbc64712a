from __future__ import annotations

import pytest

from broker import search_backlog
from broker.journal import StoredEntry
from broker.records import RoomEntry
from broker.search import Later, LaterEvent
from broker.search_backlog import Backlog
from protocol.codec import encode
from protocol.events import Joined, Said


def said(number: int) -> StoredEntry:
    event = Said(number, 1, "a", "Ann", 0, "text")
    return StoredEntry(RoomEntry("lobby", event), encode(event))


def joined(number: int) -> StoredEntry:
    event = Joined(number, 1, "a", "Ann", 0)
    return StoredEntry(RoomEntry("lobby", event), encode(event))


def stored(*numbers: int) -> list[LaterEvent]:
    return [LaterEvent(number, "lobby", said(number).encoded) for number in numbers]


def taken(backlog: Backlog) -> list[int]:
    return [change.sequence for change in backlog.take().changes]


def test_commits_are_handed_on_with_their_places_in_the_journal() -> None:
    backlog = Backlog(4)
    backlog.begin(4)
    backlog.committed(7, [said(5), joined(6), said(7)])
    backlog.committed(8, [said(8)])
    assert backlog.wanted() is None
    assert taken(backlog) == [5, 7, 8]
    assert backlog.take().upto == 8


def test_what_was_committed_before_it_is_read_from_the_journal_first() -> None:
    backlog = Backlog(4)
    assert backlog.wanted() is None
    backlog.begin(1)
    assert backlog.wanted() == 1
    backlog.committed(5, [said(5)])
    backlog.read(1, Later(stored(2, 3), 3))
    backlog.read(1, Later(stored(2, 3), 3))  # not what is wanted now
    assert backlog.wanted() == 3
    backlog.read(3, Later([*stored(4), LaterEvent(5, "lobby", b'["joined",5]')], 5))
    assert backlog.wanted() is None
    backlog.committed(6, [said(6)])
    assert taken(backlog) == [2, 3, 4, 6]


def test_too_much_that_waits_is_let_go_and_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_backlog, "MOST_WAITING", 3)
    backlog = Backlog(0)
    backlog.begin(0)
    backlog.committed(2, [said(1), said(2)])
    backlog.committed(4, [said(3), said(4)])
    backlog.committed(5, [said(5)])
    assert taken(backlog) == [1, 2]
    assert backlog.wanted() == 2


def test_a_commit_out_of_place_has_the_journal_read_again() -> None:
    backlog = Backlog(0)
    backlog.begin(0)
    backlog.committed(3, [said(3)])
    assert backlog.wanted() == 0


def test_no_more_is_read_than_can_be_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_backlog, "READ_AHEAD", 2)
    backlog = Backlog(9)
    backlog.begin(0)
    backlog.read(0, Later(stored(1, 2), 2))
    assert backlog.wanted() is None
    assert taken(backlog) == [1, 2]
    assert backlog.wanted() == 2


def test_an_index_that_failed_begins_where_it_stands() -> None:
    backlog = Backlog(5)
    backlog.begin(5)
    backlog.committed(6, [said(6)])
    backlog.prune({"lobby": 3})
    backlog.end()
    assert backlog.wanted() is None
    backlog.begin(5)
    assert backlog.pruned == {"lobby": 3}
    assert backlog.wanted() == 5
    assert taken(backlog) == []
