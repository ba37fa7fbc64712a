"""What the broker asks of a journal. The one implementation is :mod:`broker.sqlite_journal`.

A distributed log can stand in here later: everything the broker knows of storage is this page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from broker.records import Entry
    from broker.state import State


class StoredEntry(NamedTuple):
    """An entry with its encoded event, so that it is encoded once for disk and for the wire."""

    entry: Entry
    encoded: bytes


class StoredPage(NamedTuple):
    """A piece of a room's history.

    Attributes:
        oldest: the lowest number still kept; ``head + 1`` of the room when nothing is. Where the
            number asked for is damaged, the next one that is readable.
        events: encoded events with consecutive numbers.
    """

    oldest: int
    events: list[bytes]


class Journal(Protocol):
    """A log of entries with a snapshot of their fold. Every method may raise JournalError."""

    @property
    def id(self) -> str:
        """The journal's id; it changes whenever committed events may have been lost."""

    def load(self) -> State:
        """Return the state: the latest snapshot plus the entries after it."""

    def commit(self, entries: Sequence[StoredEntry]) -> None:
        """Store the entries in order, all or none.

        Raises:
            JournalUnavailable: nothing was stored.
        """

    def probe(self) -> None:
        """Commit nothing of consequence, to learn whether commits succeed.

        Raises:
            JournalUnavailable: they still do not.
        """

    def page(self, room: str, first: int, last: int, count: int, size: int) -> StoredPage:
        """Return the events of ``room`` from number ``first`` (or the oldest kept) to ``last``.

        At most ``count`` events and about ``size`` bytes, at least one event if there is any; none
        of a damaged event, before which a page ends.
        """

    def recent(self, room: str, before: int, count: int) -> list[bytes]:
        """Return the last ``count`` ``said`` events of ``room`` numbered below ``before``."""

    def maintain(self, state: State, wall_ms: int) -> bool:
        """Do a small slice of upkeep: a due snapshot, or one slice of retention.

        Args:
            state: the fold of everything committed.
            wall_ms: the wall clock, for retention by age.

        Returns:
            Whether more upkeep is due now.
        """

    def close(self, state: State | None) -> None:
        """Write a last snapshot of ``state``, mark the stop as clean, and close."""
