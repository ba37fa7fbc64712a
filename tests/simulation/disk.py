"""The disk in the simulation: the real journal in memory, and the real search index beside it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from broker.search import SearchHits, changes_committed, changes_stored
from broker.search_index import SearchIndex
from broker.search_reader import find
from broker.sqlite_journal import SqliteJournal
from protocol.errors import JournalUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from broker.journal import StoredEntry, StoredPage
    from broker.search import Change, SearchQuery
    from broker.state import State
    from tests.simulation.ledger import Ledger
    from tests.simulation.world import World

_SLICE = 100


class Disk:
    """The journal as the disk holds it: it outlives the broker, and may refuse commits."""

    def __init__(self, world: World, ledger: Ledger, keep_messages: int) -> None:
        self.full = False
        self.journal = SqliteJournal(
            None,
            fsync=False,
            keep_messages=keep_messages,
            keep_days=0,
            snapshot_every=64,
            boot_id="boot",
            new_id=lambda: "journal",
        )
        self.id = self.journal.id
        self.ledger = ledger
        self._world = world
        self._index: SearchIndex | None = None
        self._waiting: list[Change] = []

    def load(self) -> State:
        """Return the stored state."""
        return self.journal.load()

    def commit(self, entries: Sequence[StoredEntry]) -> None:
        """Store, unless the disk is full."""
        self.probe()
        self.journal.commit(entries)
        self._waiting += changes_committed(entries, self.journal.sequence - len(entries) + 1)
        self.ledger.follow([stored.entry for stored in entries])

    def probe(self) -> None:
        """Find out whether the disk is full."""
        if self.full:
            raise JournalUnavailable("the disk is full")

    def page(self, room: str, first: int, last: int, count: int, size: int) -> StoredPage:
        """Read history."""
        return self.journal.page(room, first, last, count, size)

    def recent(self, room: str, before: int, count: int, first: int = 1) -> list[bytes]:
        """Read the last messages."""
        return self.journal.recent(room, before, count, first)

    def acts(self, room: str, before: int, count: int, first: int = 1) -> list[bytes]:
        """Read the last acts of operators."""
        return self.journal.acts(room, before, count, first)

    def since(self, room: str, at: int) -> int:
        """Find where a time begins."""
        return self.journal.since(room, at)

    def event(self, room: str, number: int) -> bytes | None:
        """Read one event."""
        return self.journal.event(room, number)

    def events(self, room: str, numbers: Iterable[int]) -> dict[int, bytes]:
        """Read some events."""
        return self.journal.events(room, numbers)

    def maintain(self, state: State, wall_ms: int) -> bool:
        """Do upkeep."""
        more = not self.full and self.journal.maintain(state, wall_ms)
        if self._index is not None:
            for room, number in self.journal.take_pruned().items():
                while self._index.prune(room, number):
                    pass
        return more

    def close(self, state: State | None) -> None:
        """Close for good."""
        self.journal.close(state)
        self.lose_index()

    # ---- search

    def lose_index(self) -> None:
        """The index is thrown away: the next search makes another one from the journal."""
        if self._index is not None:
            self._index.close()
            self._index = None

    def search(self, query: SearchQuery) -> SearchHits | None:
        """Search as the thread beside the broker does; None: that is not possible now."""
        if self._world.chance.random() < 0.1:
            return None
        index = self._index or SearchIndex(None, self.id, self.journal.sequence)
        is_following = self._index is not None and self._world.chance.random() < 0.5
        self._index = index
        if is_following:
            index.apply(self._waiting, self.journal.sequence)
        while index.sequence < self.journal.sequence:
            later = self.journal.later(index.sequence, _SLICE)
            index.apply(changes_stored(later.events), later.upto)
        self._waiting.clear()
        found = find(index.db, query, math.inf)
        return SearchHits(found.places, found.older, behind=False)
