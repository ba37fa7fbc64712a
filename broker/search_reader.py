"""Looks things up in the search index: newest first, and in steps that know what they look at.

The words are looked for in all rooms first. Where the person's rooms hold much of what is said,
that soon fills an answer, and it costs nothing to have hundreds of rooms. Otherwise the rooms
become part of what is looked for, and the index passes over everybody else's messages unseen.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NamedTuple

from broker.search_index import author_word, name_word, room_word
from broker.search_schema import BLOCK_BITS, translating
from broker.search_words import Phrase, phrases_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from broker.search import SearchQuery

LARGEST_SEQUENCE: Final = 2**63 - 1
_FIRST_STEP: Final = 500
_LARGEST_STEP: Final = 32_000
_LOOK_AT_CLOCK_EVERY: Final = 5_000  # steps of SQLite's machine: well below a millisecond

_ROOM: Final = """
    SELECT id, (
        SELECT sequence FROM messages WHERE room = rooms.id AND number >= ?
        ORDER BY number LIMIT 1
    ) FROM rooms WHERE name = ?
"""
_STEP: Final = """
    SELECT lookup.rowid, room, number, at FROM lookup
    CROSS JOIN messages ON messages.sequence = lookup.rowid
    WHERE lookup MATCH ? AND lookup.rowid < ? AND lookup.rowid >= ?
    ORDER BY lookup.rowid DESC LIMIT ?
"""
_LAST_BEFORE: Final = "SELECT max(block) FROM times WHERE first < ?"
_FIRST_AFTER: Final = "SELECT min(block) FROM times WHERE last >= ?"


class Found(NamedTuple):
    """Where it was said, and the cursor for what is older (0: nothing is)."""

    places: list[tuple[str, int]]
    older: int


class _Room(NamedTuple):
    """A room that may be looked at; ``start`` is the sequence of the first message allowed."""

    name: str
    first: int
    start: int


def find(db: sqlite3.Connection, query: SearchQuery, give_up_at: float) -> Found:
    """Return the newest messages that ``query`` is about.

    Args:
        db: a connection to the index that nobody else uses meanwhile.
        query: what to look for.
        give_up_at: when to stop looking, by ``time.monotonic``.

    Raises:
        SearchDamaged: the index must be built anew.
        SearchFailed: it took too long, or the disk gives no answer.
    """
    with translating():
        db.set_progress_handler(lambda: time.monotonic() > give_up_at, _LOOK_AT_CLOCK_EVERY)
        try:
            return _Search(db, query).run()
        finally:
            db.set_progress_handler(None, 0)


class _Search:
    """One search."""

    def __init__(self, db: sqlite3.Connection, query: SearchQuery) -> None:
        self._db = db
        self._query = query
        self._rooms: dict[int, _Room] = {}
        self._hits: list[tuple[int, str, int]] = []

    def run(self) -> Found:
        query = self._query
        terms = [_term(phrase) for phrase in phrases_of(query.words)]
        if query.words.strip() and not terms:
            return Found([], 0)  # nothing in it can be looked for
        if query.author:
            under = [name_word(query.name)] if query.name else []
            terms.append(_any_of([author_word(query.author), *under]))
        for name, first in query.rooms.items():
            row = self._db.execute(_ROOM, (first, name)).fetchone()
            if row is not None and row[1] is not None:
                self._rooms[row[0]] = _Room(name, first, row[1])
        lowest, below = self._bounds()
        step = _FIRST_STEP
        in_rooms = not terms or len(self._rooms) == 1
        while self._rooms:
            wanted = [*terms, _any_of(map(room_word, self._rooms))] if in_rooms else terms
            low = max(lowest, min(room.start for room in self._rooms.values()))
            below, is_end = self._step(" AND ".join(wanted), below, low, step)
            if is_end or len(self._hits) > query.limit:
                break
            in_rooms = True
            step = min(step * 4, _LARGEST_STEP)
            self._rooms = {key: room for key, room in self._rooms.items() if room.start < below}
        hits = self._hits[: query.limit]
        older = hits[-1][0] if hits and len(self._hits) > query.limit else 0
        return Found([(room, number) for _, room, number in hits], older)

    def _step(self, match: str, below: int, lowest: int, count: int) -> tuple[int, bool]:
        """Look at ``count`` messages; return the last one's sequence, and whether it is the end."""
        query, rooms, hits = self._query, self._rooms, self._hits
        looked = 0
        rows = self._db.execute(_STEP, (match, below, lowest, count))
        reached = below
        for reached, room_id, number, at in rows:
            looked += 1
            room = rooms.get(room_id)
            if (
                room is not None
                and number >= room.first
                and (at >= query.after_ms or not query.after_ms)
                and (at < query.before_ms or not query.before_ms)
            ):
                hits.append((reached, room.name, number))
                if len(hits) > query.limit:
                    rows.close()
                    break
        return reached, looked < count

    def _bounds(self) -> tuple[int, int]:
        """Return the lowest sequence to look at, and the one to stay below."""
        query = self._query
        lowest, below = 0, query.older_than or LARGEST_SEQUENCE
        if query.after_ms:
            (block,) = self._db.execute(_FIRST_AFTER, (query.after_ms,)).fetchone()
            lowest = LARGEST_SEQUENCE if block is None else block << BLOCK_BITS
        if query.before_ms:
            (block,) = self._db.execute(_LAST_BEFORE, (query.before_ms,)).fetchone()
            below = min(below, 0 if block is None else (block + 1) << BLOCK_BITS)
        return lowest, below


def _term(phrase: Phrase) -> str:
    """Return a phrase in FTS5's language, all of it quoted."""
    return f'"{" ".join(phrase.words)}"{" *" if phrase.is_prefix else ""}'


def _any_of(words: Iterable[str]) -> str:
    quoted = (f'"{word}"' for word in words)
    return f"({' OR '.join(quoted)})"
