"""Which of a room's numbers are held, and how much more may be. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from client.screen.entries import Group, Note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.screen.entries import Entry
    from protocol.events import AnyEvent

_DROPPED_PART: Final = 64
"""One in so many lines is dropped at once, so that dropping is seldom."""
_MORE_PART: Final = 2
"""So much of the limit may arrive before who looks back at the oldest lines loses them."""


class Extent:
    """From which number to which a room is held.

    Who looks back may hold more than the limit, so that the past can be read to its beginning.

    Attributes:
        first: the lowest number held, 0 if none is.
        last: the highest number held, 0 if none is.
        lowest: the lowest number that was ever held, 0 if none was.
        base: what is held before this place was numbered by another journal; None if nothing was.
    """

    def __init__(self, limit: int) -> None:
        """Allow ``limit`` events and notes, as long as nobody looks back."""
        self.first = 0
        self.last = 0
        self.lowest = 0
        self.base: int | None = None
        self._oldest_kept = 1
        self._limit = limit
        self._allowed = limit
        self._is_cut = False

    @property
    def has_older(self) -> bool:
        """Whether the broker keeps older events than those that are held."""
        return self.first > self._oldest_kept

    def misses_after(self, number: int) -> bool:
        """Return whether the broker keeps some after ``number`` that were never held."""
        return self.lowest > max(self._oldest_kept, number + 1)

    def take(self, number: int) -> int:
        """Take a number above all others; return how many are missing before it."""
        missing = number - self.last - 1 if self.last else 0
        self.last = number
        self.first = self.first or number
        self.lowest = self.lowest or number
        return missing

    def skip(self, count: int) -> None:
        """The next ``count`` numbers never come."""
        if self.last:
            self.last += count

    def take_older(
        self, events: Sequence[AnyEvent], oldest_kept: int, most: int | None
    ) -> Sequence[AnyEvent]:
        """Take a page of older events; return those that are to be held, ``most`` if not None.

        ``oldest_kept`` is the lowest number that the broker keeps. A page without news says that
        there is nothing older.
        """
        older = [event for event in events if event.number < self.first or not self.first]
        self._oldest_kept = oldest_kept if older else max(oldest_kept, self.first)
        if most is not None and len(older) > most:
            older = older[len(older) - most :]
            self._is_cut = True
        if older:
            self.first = older[0].number
            self.last = max(self.last, older[-1].number)
            self.lowest = min(self.lowest or self.first, self.first)
        return older

    def room_for(self, weight: int) -> int:
        """Return how many older ones may be held, beside ``weight``, while nobody looks back."""
        return 0 if self._is_cut else max(0, self._limit - weight)

    def allow(self, weight: int) -> None:
        """Who looks back has fetched so much that ``weight`` is held."""
        self._allowed = max(self._limit, weight + self._limit // _MORE_PART)

    def excess(self, weight: int, *, looks_back: bool) -> int:
        """Return how much of the ``weight`` that is held is to be dropped."""
        if not looks_back:
            self._allowed = self._limit
        excess = weight - self._allowed
        return excess + self._limit // _DROPPED_PART if excess > 0 else 0

    def dropped(self, entries: Sequence[Entry], stop: int) -> None:
        """The oldest entries, those up to the place ``stop``, are no longer held."""
        self._is_cut = True
        for place, entry in enumerate(entries, stop - len(entries)):
            is_counted = self.base is None or place >= self.base
            if is_counted and not isinstance(entry, Note):
                last = entry.events[-1] if isinstance(entry, Group) else entry
                self.first = last.number + 1

    def base_from(self, start: int) -> int:
        """Return the place of the first entry that has a number, of those from ``start`` on."""
        return start if self.base is None else max(start, self.base)

    def inserted(self, base: int) -> None:
        """Older events were put in: what has numbers starts at the place ``base`` now."""
        if self.base is not None:
            self.base = base

    def renumber(self, base: int) -> None:
        """The numbers start afresh with what will be held from the place ``base`` on."""
        self.first = self.last = self.lowest = 0
        self._oldest_kept = 1
        self._is_cut = False
        self.base = base
