"""Writes the search index: messages as they are said, changed, taken away and removed.

Each call is one transaction, which also says up to which entry of the journal the index holds. So
after a kill it goes on where it stands.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from broker.search import SearchDamaged
from broker.search_schema import BLOCK_BITS, open_index, translating, writing
from broker.search_words import words_of
from protocol import names
from protocol.events import Deleted, Edited, Said

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from broker.search import Change

PRUNE_SLICE: Final = 200
"""Messages that one call removes at most."""

_ADD: Final = """
    INSERT INTO messages (sequence, room, number, at, author, name, text)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_ADD_WORDS: Final = "INSERT INTO lookup (rowid, words) VALUES (?, ?)"
_REMOVE_WORDS: Final = "INSERT INTO lookup (lookup, rowid, words) VALUES ('delete', ?, ?)"
_FIND: Final = """
    SELECT sequence, author, name, text FROM messages WHERE room = ? AND number = ?
"""
_OLDEST: Final = """
    SELECT sequence, author, name, text FROM messages
    WHERE room = ? AND number <= ? ORDER BY number LIMIT ?
"""
_NOTE_TIME: Final = """
    INSERT INTO times (block, first, last) VALUES (?, ?, ?) ON CONFLICT (block) DO UPDATE
    SET first = min(first, excluded.first), last = max(last, excluded.last)
"""
_DROP_TIMES: Final = """
    DELETE FROM times WHERE block < (SELECT coalesce(min(sequence), 0) >> ? FROM messages)
"""

# Beyond ASCII that takes 13 µs, and the same people speak again and again.
_compared: Final = lru_cache(4096)(names.compared)


class _Stored(NamedTuple):
    """A message as the index holds it, with what its words were made of."""

    sequence: int
    author: str
    name: str
    text: str


def room_word(room: int) -> str:
    """Return the word that every message of a room has; ``room`` is its id in the index."""
    return f"#{room}"


def author_word(author: str) -> str:
    """Return the word that every message of an author has."""
    return f"@{author.encode().hex()}"


def name_word(name: str) -> str:
    """Return the word that every message has that was said under a name, in its compared form."""
    return f"@@{name.encode().hex()}"


class SearchIndex:
    """The index of one journal, for one writer.

    Args:
        path: the file; None for an index in memory.
        journal: the journal's id.
        last: the journal's last sequence.

    Attributes:
        db: the connection.
        sequence: the last entry of the journal that the index holds.

    Raises:
        SearchFailed: it can be neither opened nor made.
    """

    def __init__(self, path: Path | None, journal: str, last: int) -> None:
        self.db = open_index(path, journal, last)
        try:
            with translating():
                (self.sequence,) = self.db.execute("SELECT sequence FROM state").fetchone()
                rows = self.db.execute("SELECT name, id FROM rooms").fetchall()
        except BaseException:
            self.db.close()
            raise
        self._rooms: dict[str, int] = dict(rows)

    def close(self) -> None:
        """Close the connection; text that was taken away is not left beside the file."""
        # A search may still have the file open, or close it at the same moment: then SQLite by
        # itself tidies nothing away.
        with suppress(sqlite3.Error):
            self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.db.close()

    def apply(self, changes: Iterable[Change], upto: int) -> None:
        """Take in all that happened up to the entry ``upto``.

        Raises:
            SearchDamaged: the index does not fit to what happens; nothing was stored.
            SearchFailed: nothing was stored.
        """
        new = _NewMessages()
        known = len(self._rooms)
        try:
            with writing(self.db):
                for change in changes:
                    self._change(change, new)
                self._add(new)
                spans = [(block, *span) for block, span in new.times.items()]
                self.db.executemany(_NOTE_TIME, spans)
                self.db.execute("UPDATE state SET sequence = ?", (upto,))
        except BaseException:
            while len(self._rooms) > known:
                self._rooms.popitem()
            raise
        self.sequence = upto

    def prune(self, room: str, number: int) -> bool:
        """Remove a slice of the room's messages up to ``number``; return whether there are more.

        Raises:
            SearchFailed: nothing was removed.
        """
        room_id = self._rooms.get(room)
        if room_id is None:
            return False
        with writing(self.db):
            rows = self.db.execute(_OLDEST, (room_id, number, PRUNE_SLICE)).fetchall()
            for row in rows:
                self._remove_words(room_id, *row)
            oldest = [(row[0],) for row in rows]
            self.db.executemany("DELETE FROM messages WHERE sequence = ?", oldest)
            if rows:
                self.db.execute(_DROP_TIMES, (BLOCK_BITS,))
        return len(rows) == PRUNE_SLICE

    def _change(self, change: Change, new: _NewMessages) -> None:
        room = self._room_id(change.room)
        match change.event:
            case Said(deleted=False, text=text) as said if text:
                new.add(change.sequence, room, said)
            case Edited(target=target, text=text) if text:  # else it was changed again later
                self._add(new)
                found = self.db.execute(_FIND, (room, target)).fetchone()
                if found is not None:
                    stored = self._remove_words(room, *found)
                    update = "UPDATE messages SET text = ? WHERE sequence = ?"
                    self.db.execute(update, (text, stored.sequence))
                    words = _indexed(room, stored.author, stored.name, text)
                    self.db.execute(_ADD_WORDS, (stored.sequence, words))
            case Deleted(target=target):
                self._add(new)
                found = self.db.execute(_FIND, (room, target)).fetchone()
                if found is not None:
                    gone = self._remove_words(room, *found)
                    self.db.execute("DELETE FROM messages WHERE sequence = ?", (gone.sequence,))

    def _room_id(self, name: str) -> int:
        known = self._rooms.get(name)
        if known is None:
            known = self._rooms[name] = len(self._rooms) + 1
            self.db.execute("INSERT INTO rooms (id, name) VALUES (?, ?)", (known, name))
        return known

    def _add(self, new: _NewMessages) -> None:
        self.db.executemany(_ADD, new.rows)
        self.db.executemany(_ADD_WORDS, new.words)
        new.rows.clear()
        new.words.clear()

    def _remove_words(self, room: int, sequence: int, *made_of: Any) -> _Stored:
        if not all(isinstance(part, str) for part in made_of):
            raise SearchDamaged(f"the search index: message {sequence} is damaged")
        self.db.execute(_REMOVE_WORDS, (sequence, _indexed(room, *made_of)))
        return _Stored(sequence, *made_of)


class _NewMessages:
    """Messages that are not yet added: together that takes 5 µs for each, one by one it takes 9.

    Attributes:
        rows: the messages.
        words: the words of each.
        times: the first and last time of each block of messages, those added before too.
    """

    def __init__(self) -> None:
        self.rows: list[tuple[int, int, int, int, str, str, str]] = []
        self.words: list[tuple[int, str]] = []
        self.times: dict[int, tuple[int, int]] = {}

    def add(self, sequence: int, room: int, said: Said) -> None:
        """Take one."""
        author, name, text = said.author, _compared(said.name), said.text
        self.rows.append((sequence, room, said.number, said.at, author, name, text))
        self.words.append((sequence, _indexed(room, author, name, text)))
        block = sequence >> BLOCK_BITS
        first, last = self.times.get(block, (said.at, said.at))
        self.times[block] = min(first, said.at), max(last, said.at)


def _indexed(room: int, author: str, name: str, text: str) -> str:
    return " ".join((room_word(room), author_word(author), name_word(name), *words_of(text)))
