"""Reads the journal in the order of its commits, in small slices, for what follows it.

Unlike a start it passes over what is damaged or was lost: a follower needs what there is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from broker.journal_schema import SESSIONS, is_intact, reading, seed_of
from broker.search import Later, LaterEvent
from protocol.errors import JournalCorrupt

if TYPE_CHECKING:
    import sqlite3

_LATER: Final = """
    SELECT entries.sequence, entries.room, rooms.name, entries.number, entries.crc, entries.body
    FROM entries LEFT JOIN rooms ON rooms.id = entries.room
    WHERE entries.sequence > ? AND entries.sequence <= ? ORDER BY entries.sequence LIMIT ?
"""
_Row = tuple[int, int, str | None, int, int, bytes]


def later(db: sqlite3.Connection, place: str, after: int, last: int, count: int) -> Later:
    """Return the readable events of rooms among the next ``count`` entries that are kept.

    Args:
        db: the database.
        place: what messages call it.
        after: the sequence that the entries follow.
        last: the journal's last sequence.
        count: how many entries to look at.

    Raises:
        JournalUnavailable: the disk gives no answer.
    """
    try:
        rows = _rows(db, place, after, last, count)
        upto = rows[-1][0] if len(rows) == count else last
    except JournalCorrupt:
        # One by one: a damaged page of the database fails a whole range of rows.
        upto = min(after + count, last)
        rows = [row for sequence in range(after, upto) for row in _row(db, place, sequence)]
    seeds: dict[str, int] = {}
    events = []
    for sequence, room, name, number, crc, body in rows:
        if room == SESSIONS or not isinstance(name, str):
            continue
        seed = seeds.get(name)
        if seed is None:
            seed = seeds[name] = seed_of(name)
        if body and is_intact(seed, number, body, crc):
            events.append(LaterEvent(sequence, name, body))
    return Later(events, upto)


def _row(db: sqlite3.Connection, place: str, after: int) -> list[_Row]:
    try:
        return _rows(db, place, after, after + 1, 1)
    except JournalCorrupt:
        return []


def _rows(db: sqlite3.Connection, place: str, after: int, last: int, count: int) -> list[_Row]:
    with reading(place):
        return db.execute(_LATER, (after, last, count)).fetchall()
