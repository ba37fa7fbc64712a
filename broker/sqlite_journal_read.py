"""Reads pieces of history, verifies each row, and serves what is readable around damage.

Damage is named in the log, once for each place; a peer sees the numbers as no longer kept.
"""

from __future__ import annotations

import logging
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, Final

from broker.journal import StoredPage
from broker.journal_schema import is_intact, reading
from protocol.errors import JournalCorrupt

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Generator, Iterable

    from broker.retention import Tally

_EVENTS: Final = """
    SELECT number, crc, body FROM entries
    WHERE room = ? AND room > 0 AND number BETWEEN ? AND ? ORDER BY number LIMIT ?
"""
_SAID_BELOW: Final = """
    SELECT said FROM entries
    WHERE room = ? AND room > 0 AND number < ? ORDER BY number DESC LIMIT 1
"""
# The running count makes this a short stretch of one index, however rare messages are in the room.
_SAID: Final = """
    SELECT said, number, crc, body FROM entries INDEXED BY entries_said
    WHERE room = ? AND is_said = 1 AND said > ? AND said <= ? ORDER BY said DESC
"""
_ACTS: Final = """
    SELECT number, crc, body FROM entries INDEXED BY entries_found
    WHERE room = ? AND is_said = 2 AND number < ? AND number >= ? ORDER BY number DESC
"""
_TIME: Final = "SELECT at FROM entries WHERE room = ? AND room > 0 AND number = ?"
_PLACES_NAMED: Final = 10_000
_log: Final = logging.getLogger(__name__)


class Reader:
    """Reads the events of rooms.

    Args:
        db: the database.
        place: what messages call it.
    """

    def __init__(self, db: sqlite3.Connection, place: str) -> None:
        self._db = db
        self._place = place
        self._named: set[tuple[str, int]] = set()

    def page(self, room: str, tally: Tally, first: int, last: int, size: int) -> StoredPage:
        """Return the readable events from number ``first`` on, up to damage or ``last``.

        Where ``first`` is damaged the page starts at the next readable number and states it as the
        oldest; ``last + 1`` when there is none up to ``last``. So a peer never waits for what is
        gone, and shows how much it is.

        Raises:
            JournalUnavailable: the disk gives no answer.
        """
        oldest = tally.pruned + 1
        if first > last:
            return StoredPage(oldest, [])
        events = self._run(room, tally, first, last, size)
        if events:
            return StoredPage(oldest, events)
        # One by one: a damaged page of the database fails a whole range of rows.
        for number in range(first, last + 1):
            events = self._run(room, tally, number, number, size)
            if events:
                events = self._run(room, tally, number, last, size) or events
                return StoredPage(number if number > first else oldest, events)
        return StoredPage(last + 1, [])

    def recent(self, room: str, tally: Tally, before: int, count: int, first: int) -> list[bytes]:
        """Return the last ``count`` messages from ``first`` to below ``before``.

        Fewer after damage.

        Raises:
            JournalUnavailable: the disk gives no answer.
        """
        events: list[bytes] = []
        try:
            with reading(self._place):
                found = self._db.execute(_SAID_BELOW, (tally.id, before)).fetchone()
            until = found[0] if found is not None else 0
            if not isinstance(until, int):
                raise JournalCorrupt(f"the count of messages of {room!r} is damaged")
            rows = self._rows(_SAID, (tally.id, until - count, until))
            with closing(rows):
                for expected, row in zip(range(until, until - count, -1), rows, strict=False):
                    said, number, crc, body = row
                    if said != expected or not isinstance(number, int) or number >= before:
                        raise JournalCorrupt(f"the messages of {room!r} below {before} are damaged")
                    if not is_intact(tally.seed, number, body, crc):
                        raise JournalCorrupt(f"event {number} of {room!r} is damaged")
                    if not body or number < first:
                        break
                    before = number
                    events.append(body)
        except JournalCorrupt as damage:
            self._name(room, before - 1, damage)
        events.reverse()
        return events

    def acts(self, room: str, tally: Tally, before: int, count: int, first: int) -> list[bytes]:
        """Return the last ``count`` acts from ``first`` to below ``before`` that can be read.

        Raises:
            JournalUnavailable: the disk gives no answer.
        """
        events: list[bytes] = []
        number = before - 1
        try:
            with closing(self._rows(_ACTS, (tally.id, before, first))) as rows:
                for number, crc, body in rows:
                    if len(events) == count:
                        break
                    if is_intact(tally.seed, number, body, crc):
                        events.append(body)
                    else:
                        damage = JournalCorrupt(f"event {number} of {room!r} is damaged")
                        self._name(room, number, damage)
        except JournalCorrupt as damage:
            self._name(room, number, damage)
        events.reverse()
        return events

    def events(self, room: str, tally: Tally, numbers: Iterable[int]) -> dict[int, bytes]:
        """Return those events with ``numbers`` that can be read.

        Raises:
            JournalUnavailable: the disk gives no answer.
        """
        kept = (number for number in numbers if tally.pruned < number <= tally.head)
        found = {number: self._run(room, tally, number, number, 0) for number in kept}
        return {number: events[0] for number, events in found.items() if events}

    def since(self, tally: Tally, at: int) -> int:
        """Return the first number from which on events are of time ``at`` or later.

        An event whose time cannot be read counts as one of those after it.

        Raises:
            JournalUnavailable: the disk gives no answer.
        """
        low, high = tally.pruned + 1, tally.head + 1
        while low < high:
            middle = (low + high) // 2
            number, known = self._time_near(tally, middle, high)
            if known is not None and known < at:
                low = number + 1
            else:
                high = middle
        return low

    def _time_near(self, tally: Tally, number: int, end: int) -> tuple[int, int | None]:
        """Return the time of event ``number``, or of one after it, below ``end``, and whose it is.

        In growing steps, so that much damage costs little.
        """
        step = 1
        while number < end:
            with suppress(JournalCorrupt), reading(self._place):
                row = self._db.execute(_TIME, (tally.id, number)).fetchone()
                if row is not None and isinstance(row[0], int):
                    return number, row[0]
            number += step
            step *= 2
        return end, None

    def _run(self, room: str, tally: Tally, first: int, last: int, size: int) -> list[bytes]:
        """Return consecutive events from ``first`` on, up to damage, ``last`` or ``size`` bytes."""
        events: list[bytes] = []
        number = first
        try:
            # Closed before the end of the rows: an open query would hold up checkpoints.
            rows = self._rows(_EVENTS, (tally.id, first, last, last - first + 1))
            with closing(rows):
                for number in range(first, last + 1):
                    stored, crc, body = next(rows, (None, 0, b""))
                    if stored != number:
                        raise JournalCorrupt(f"event {number} of {room!r} is missing")
                    if not is_intact(tally.seed, number, body, crc):
                        raise JournalCorrupt(f"event {number} of {room!r} is damaged")
                    size -= len(body) + 1
                    # An empty body keeps the number of what was lost to damage found earlier.
                    if not body or (events and size < 0):
                        break
                    events.append(body)
        except JournalCorrupt as damage:
            self._name(room, number, damage)
        return events

    def _rows(self, query: str, values: tuple[int, ...]) -> Generator[tuple[Any, ...], None, None]:
        with reading(self._place), closing(self._db.execute(query, values)) as cursor:
            yield from cursor

    def _name(self, room: str, number: int, damage: JournalCorrupt) -> None:
        place = (room, number)
        if place in self._named or len(self._named) >= _PLACES_NAMED:
            return
        self._named.add(place)
        _log.error(
            "%s: near event %d of %r: %s; what is readable is served, and chat-broker --check "
            "lists all damage",
            self._place, number, room, damage,
        )  # fmt: skip
