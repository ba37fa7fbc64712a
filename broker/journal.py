"""What the broker asks of a journal. The one implementation is :mod:`broker.sqlite_journal`.

A distributed log can stand in here later: everything the broker knows of storage is this page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from broker.records import Entry
    from broker.state import State


class StoredEntry(msgspec.Struct, frozen=True):
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

        With an ``Edited`` event the message that it names is stored anew, with the event's text and
        number; with a ``Deleted`` event as deleted, without its text. An earlier ``Edited`` event
        of that message loses its text. Where the message is gone or damaged the event is stored all
        the same.

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

    def recent(self, room: str, before: int, count: int, first: int = 1) -> list[bytes]:
        """Return the last ``count`` ``said`` events numbered from ``first`` to below ``before``.

        Oldest first; where one of them is damaged, those after it.
        """

    def acts(self, room: str, before: int, count: int, first: int = 1) -> list[bytes]:
        """Return the last ``count`` acts of operators from number ``first`` to below ``before``.

        Oldest first, those that are damaged left out.
        """

    def since(self, room: str, at: int) -> int:
        """Return where the events of ``room`` at time ``at`` or later begin.

        That is a number whose event is of ``at`` or later while the one before it, if that is kept,
        is earlier. Where the clock was set back there may be more than one such number, and it is
        any of them. The oldest kept number when everything is later, ``head + 1`` when nothing is.

        Args:
            room: the room.
            at: in milliseconds since 1970.
        """

    def event(self, room: str, number: int) -> bytes | None:
        """Return one event; None when it was never there, is no longer kept, or is damaged."""

    def events(self, room: str, numbers: Iterable[int]) -> dict[int, bytes]:
        """Return those of the events with ``numbers`` that can be read, by number."""

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
