"""The entries that are held of a room, oldest first, each under a number that it keeps.

Such a number is called a place. Older entries get lower places, so that nothing moves when a page
of history is put before what is held, or when the oldest are dropped. Only entries that another
journal numbered stand before such a page, and move.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from client.screen.entries import Entry, Group, Note, Presence, shown
from protocol.events import Said

if TYPE_CHECKING:
    from collections.abc import Iterable

    from protocol.events import AnyEvent

LARGEST_GROUP: Final = 100
"""So that laying out one group takes bounded time."""


class Held:
    """A list that is cut at its front.

    Attributes:
        start: the place of the oldest entry.
        weight: how many events and notes are held in all.
    """

    def __init__(self) -> None:
        self.start = 0
        self.weight = 0
        self._entries: list[Entry] = []
        self._groups: list[int] = []

    @property
    def stop(self) -> int:
        """The place after the newest entry."""
        return self.start + len(self._entries)

    def __getitem__(self, place: int) -> Entry:
        return self._entries[place - self.start]

    def append(self, entry: Entry) -> None:
        """Hold ``entry`` as the newest."""
        if isinstance(entry, Group):
            self._groups.append(self.stop)
        self._entries.append(entry)
        self.weight += _weight(entry)

    def append_presence(self, event: Presence) -> None:
        """Hold ``event`` as the newest, with those before it in one entry."""
        last = self._entries[-1] if self._entries else None
        if isinstance(last, Group) and len(last.events) < LARGEST_GROUP:
            last.events.append(event)
            self.weight += 1
        else:
            self.append(Group([event]))

    def extend(self, events: Iterable[AnyEvent]) -> None:
        """Hold ``events`` as the newest, but for those that show nothing."""
        for event in events:
            entry = shown(event)
            if isinstance(entry, Presence):
                self.append_presence(entry)
            elif entry is not None:
                self.append(entry)

    def messages(self) -> list[tuple[int, Said]]:
        """Return what was said, and where it is held."""
        places = enumerate(self._entries, self.start)
        return [(place, entry) for place, entry in places if isinstance(entry, Said)]

    def place_of(self, number: int, base: int) -> int | None:
        """Return where message ``number`` is held, of all from the place ``base`` on."""
        low, high = base, self.stop
        while low < high:
            middle = place = (low + high) // 2
            while place > low and isinstance(self[place], Note):
                place -= 1
            first = _number(self[place])
            if first == number:
                return place if isinstance(self[place], Said) else None
            if first > number:
                high = place
            else:
                low = middle + 1
        return None

    def replace(self, place: int, message: Said) -> None:
        """Hold another form of the message at ``place``."""
        self._entries[place - self.start] = message

    def insert(self, place: int, older: Held) -> int:
        """Hold what ``older`` holds before ``place``; return how far what stood before it moved.

        What stands from ``place`` on stays there.
        """
        entries = older._entries
        index = place - self.start
        first = self._entries[index] if index < len(self._entries) else None
        last = entries[-1] if entries else None
        self.weight += older.weight
        if isinstance(first, Group) and isinstance(last, Group):
            room = LARGEST_GROUP - len(first.events)
            if len(last.events) <= room:
                first.events[:0] = last.events
                entries = entries[:-1]
        moved = len(entries)
        self.start -= moved
        self._entries[index:index] = entries
        before = bisect_left(self._groups, place)
        groups = enumerate(entries, place - moved)
        self._groups[:before] = [
            *(group - moved for group in self._groups[:before]),
            *(place for place, entry in groups if isinstance(entry, Group)),
        ]
        return moved

    def drop(self, weight: int) -> list[Entry]:
        """Drop and return the oldest entries, of ``weight`` at least if there are so many."""
        dropped = count = 0
        for entry in self._entries:
            if dropped >= weight:
                break
            dropped += _weight(entry)
            count += 1
        gone = self._entries[:count]
        del self._entries[:count]
        self.start += count
        self.weight -= dropped
        del self._groups[: bisect_left(self._groups, self.start)]
        return gone

    def lines_from(self, place: int) -> int:
        """Return how many messages and notes are held from ``place`` on."""
        groups = len(self._groups) - bisect_left(self._groups, place)
        return self.stop - place - groups


def _number(entry: Entry) -> int:
    """Return the first number of an entry; 0 for one that has none."""
    if isinstance(entry, Group):
        return entry.events[0].number
    return 0 if isinstance(entry, Note) else entry.number


def _weight(entry: Entry) -> int:
    return len(entry.events) if isinstance(entry, Group) else 1
