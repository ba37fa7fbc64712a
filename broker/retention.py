"""Which of the oldest entries of a journal are removed, and when.

Only prefixes of a room go, a slice at a time, and never what a start may still have to read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from broker.journal_schema import reading, transaction
from protocol.errors import JournalCorrupt

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

SLICE: Final = 500
"""Entries that one call removes at most."""

LOOK_EVERY_MS: Final = 60_000
"""How often ages are looked at, in milliseconds."""

_DAY_MS: Final = 86_400_000
_SLACK_MAX: Final = 500

_OLDEST: Final = """
    SELECT sequence, number, said, at FROM entries
    WHERE room = ? AND room > 0 AND number > ? ORDER BY number LIMIT ?
"""
_REMOVE: Final = "DELETE FROM entries WHERE room = ? AND room > 0 AND number <= ?"
_NOTE_REMOVED: Final = "UPDATE rooms SET pruned = ?, pruned_said = ? WHERE id = ?"
_REMOVE_OF_SESSIONS: Final = """
    DELETE FROM entries WHERE sequence IN (
        SELECT sequence FROM entries INDEXED BY entries_of_sessions
        WHERE room = 0 AND sequence <= ? ORDER BY sequence LIMIT ?
    )
"""


class Tally(msgspec.Struct):
    """What is known of a room's entries without reading them.

    Attributes:
        id: the room's id in the database.
        seed: the checksum of its name, from which those of its entries go on.
        head: the number of its last event.
        said: how many ``said`` events it ever had.
        pruned: the number of the last event removed.
        pruned_said: how many ``said`` events were removed.
        oldest_sequence: the sequence of the oldest entry kept; 0 if none is.
        oldest_at: the time of that entry, in milliseconds since 1970.
    """

    id: int
    seed: int
    head: int = 0
    said: int = 0
    pruned: int = 0
    pruned_said: int = 0
    oldest_sequence: int = 0
    oldest_at: int = 0


class Retention:
    """Finds and removes what need not be kept.

    Args:
        keep_messages: how many of a room's newest ``said`` events are kept; 0 for all.
        keep_days: how many days entries are kept; 0 for ever.
    """

    def __init__(self, keep_messages: int, keep_days: int) -> None:
        self._keep = keep_messages
        self._keep_ms = keep_days * _DAY_MS
        # Between two looks a busy room is trimmed by many entries at a time, not one each turn.
        self._over = keep_messages + min(_SLACK_MAX, max(1, keep_messages // 10))
        self._rooms: Mapping[str, Tally] = {}
        self._floor = 0
        self._sessions_done = 0
        self._looked: int | None = None
        self._cutoff: int | None = None
        self._queue: dict[str, None] = {}
        self._pruned: dict[str, int] = {}

    def reset(self, rooms: Mapping[str, Tally], floor: int) -> None:
        """Start over with other tallies, which stay the caller's, as of the entries up to now.

        Args:
            rooms: the tally of each room; later changes of it are seen.
            floor: the last sequence that may be removed.
        """
        self._rooms = rooms
        self._floor = floor
        self._sessions_done = 0
        self._looked = None
        self._queue.clear()
        self._pruned = {name: tally.pruned for name, tally in rooms.items() if tally.pruned}

    def raise_floor(self, floor: int) -> None:
        """Allow removal up to sequence ``floor``; what became due is found by the next look."""
        self._floor = floor
        self._looked = None

    def grown(self, name: str, tally: Tally) -> None:
        """A room has more events now: queue it when it is far enough over the count."""
        if (
            self._keep
            and tally.said - tally.pruned_said >= self._over
            and tally.oldest_sequence <= self._floor
        ):
            self._queue[name] = None

    def take_pruned(self) -> dict[str, int]:
        """Return up to which number rooms were pruned since the last call or reset."""
        pruned, self._pruned = self._pruned, {}
        return pruned

    def is_due(self, wall_ms: int) -> bool:
        """Return whether :meth:`run` has something to do. Costs next to nothing."""
        if self._queue or self._looked is None:
            return True
        # A clock set back also asks for a look; what it finds is never more than before.
        return not 0 <= wall_ms - self._looked < LOOK_EVERY_MS

    def run(self, db: sqlite3.Connection, place: str, wall_ms: int) -> bool:
        """Look if it is time to, remove one slice, and return whether more is due now.

        Raises:
            JournalError: nothing was removed.
        """
        if self._looked is None or not 0 <= wall_ms - self._looked < LOOK_EVERY_MS:
            self._look(wall_ms)
        if self._sessions_done < self._floor:
            self._slice_of_sessions(db, place)
        elif self._queue:
            self._slice(db, place, next(iter(self._queue)))
        return bool(self._queue) or self._sessions_done < self._floor

    def _look(self, wall_ms: int) -> None:
        self._looked = wall_ms
        self._cutoff = wall_ms - self._keep_ms if self._keep_ms else None
        self._queue = {name: None for name, tally in self._rooms.items() if self._exceeds(tally)}

    def _exceeds(self, tally: Tally) -> bool:
        """Return whether the oldest entry of a room may go."""
        if tally.pruned == tally.head or tally.oldest_sequence > self._floor:
            return False
        if self._keep and tally.said - tally.pruned_said > self._keep:
            return True
        return self._cutoff is not None and tally.oldest_at < self._cutoff

    def _slice_of_sessions(self, db: sqlite3.Connection, place: str) -> None:
        with transaction(db, place):
            removed = db.execute(_REMOVE_OF_SESSIONS, (self._floor, SLICE)).rowcount
        if removed < SLICE:
            self._sessions_done = self._floor

    def _slice(self, db: sqlite3.Connection, place: str, name: str) -> None:
        tally = self._rooms[name]
        with reading(place):
            # One more than can go, to know the oldest that stays.
            rows = db.execute(_OLDEST, (tally.id, tally.pruned, SLICE + 1)).fetchall()
        keep_from = tally.said - self._keep + 1 if self._keep else 0
        if not all(isinstance(value, int) for row in rows for value in row):
            raise JournalCorrupt(f"{place}: the oldest entries of {name!r} are damaged")
        going = 0
        for sequence, _, said, at in rows[:SLICE]:
            too_many = said < keep_from
            too_old = self._cutoff is not None and at < self._cutoff
            if sequence > self._floor or not (too_many or too_old):
                break
            going += 1
        if going:
            _, pruned, pruned_said, _ = rows[going - 1]
            with transaction(db, place):
                db.execute(_REMOVE, (tally.id, pruned))
                db.execute(_NOTE_REMOVED, (pruned, pruned_said, tally.id))
            tally.pruned, tally.pruned_said = pruned, pruned_said
            self._pruned[name] = pruned
            stays = rows[going] if going < len(rows) else (0, 0, 0, 0)
            tally.oldest_sequence, _, _, tally.oldest_at = stays
        if going < SLICE:
            del self._queue[name]
