"""What waits for the search index, and from where more is to be had. Pure; one user at a time.

Commits are handed over as they are made. When the index is behind by too many, at a start for one,
they are let go, and the journal is read again in slices until its end is reached.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from broker.search import changes_committed, changes_stored

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from broker.journal import StoredEntry
    from broker.search import Change, Later

MOST_WAITING: Final = 8000
"""Entries that are handed over and not yet taken; with more the journal is read again."""

READ_AHEAD: Final = 2000
"""Entries read from the journal and not yet taken."""


class Taken(NamedTuple):
    """What the index is to take in: everything up to the entry ``upto``."""

    changes: Iterable[Change]
    upto: int


class Backlog:
    """The entries between the journal and the index.

    Args:
        last: the last sequence of the journal.

    Attributes:
        last: the same, as of now.
        count: how many entries wait.
        is_following: whether commits are handed over as they are made.
        pruned: up to which number rooms were pruned, for the index to take.
    """

    def __init__(self, last: int) -> None:
        self.last = last
        self.count = 0
        self.is_following = False
        self.pruned: dict[str, int] = {}
        self._is_open = False
        self._reached = 0
        self._parts: list[Iterable[Change]] = []

    def begin(self, sequence: int) -> None:
        """The index is open and holds everything up to ``sequence``."""
        self.end()
        self._is_open = True
        self._reached = sequence
        self.is_following = sequence == self.last

    def end(self) -> None:
        """The index is closed: nothing is kept for it."""
        self._is_open = self.is_following = False
        self._let_go()

    def committed(self, last: int, entries: Sequence[StoredEntry]) -> None:
        """Take a commit whose last entry has the sequence ``last``."""
        self.last = last
        if not self.is_following:
            return
        first = last - len(entries) + 1
        if first != self._reached + 1 or self.count + len(entries) > MOST_WAITING:
            self.is_following = False
            return
        self._add(changes_committed(entries, first), last, len(entries))

    def wanted(self) -> int | None:
        """Return after which sequence a slice of the journal is wanted now, or None."""
        if not self._is_open or self.is_following or self.count >= READ_AHEAD:
            return None
        return self._reached

    def read(self, after: int, later: Later) -> None:
        """Take the slice of the journal that follows ``after``."""
        if after == self.wanted():
            self._add(changes_stored(later.events), later.upto, len(later.events) + 1)
            self.is_following = later.upto >= self.last

    def prune(self, pruned: Mapping[str, int]) -> None:
        """Up to these numbers nothing is left of these rooms."""
        self.pruned.update(pruned)

    def take(self) -> Taken:
        """Return everything that waits."""
        taken = Taken(chain.from_iterable(self._parts), self._reached)
        self._let_go()
        return taken

    def _add(self, changes: Iterable[Change], upto: int, count: int) -> None:
        self._parts.append(changes)
        self._reached = upto
        self.count += count

    def _let_go(self) -> None:
        self._parts = []
        self.count = 0
