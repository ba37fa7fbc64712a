"""Writes the rows of a commit, and tells a disk that takes none from a database that is damaged."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import contextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING, Final

from broker.journal_schema import ACT, MESSAGE, SESSIONS, erasing, transaction
from protocol.errors import JournalCorrupt, JournalUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from broker.retention import Tally
    from broker.sqlite_journal_batch import Batch, Row
    from broker.sqlite_journal_rewrite import Change

ADD_ENTRY: Final = """
    INSERT INTO entries (sequence, room, number, said, is_said, at, crc, body)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_ADD_ROOM: Final = "INSERT INTO rooms (id, name) VALUES (?, ?)"
_CHANGE_ENTRY: Final = "UPDATE entries SET crc = ?, body = ? WHERE sequence = ?"
# Rows are new whenever they are written, so that a conflict is one with a damaged index.
_REBUILD: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CONSTRAINT}
_log: Final = logging.getLogger(__name__)


def mark_of(path: Path) -> Path:
    """Return the file that has the next start rebuild the journal: writing to it met damage."""
    return path.with_name(f"{path.name}.rebuild")


def is_damage(error: JournalUnavailable) -> bool:
    """Return whether a commit failed because the database is damaged where it grows."""
    cause = error.__cause__
    code: int = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_OK)
    return code & 0xFF in _REBUILD or isinstance(cause, UnicodeDecodeError)


class Writer:
    """Writes commits.

    Args:
        db: the database.
        path: its file, or None.
        place: what messages call it.
    """

    def __init__(self, db: sqlite3.Connection, path: Path | None, place: str) -> None:
        self._db = db
        self._path = path
        self._place = place

    def write(self, batch: Batch, changes: Sequence[Change]) -> None:
        """Store the rows of ``batch`` and change those before it, in one transaction.

        Where a changed row has no room because its neighbours are damaged, it stays as it is.

        Raises:
            JournalUnavailable: nothing was stored.
        """
        try:
            with self.marking():
                self._try(batch, changes)
        except JournalUnavailable as error:
            fitting = [change for change in changes if not change.grows]
            if len(fitting) == len(changes) or not is_damage(error):
                raise
            _log.error("%s; edited messages stay as they were", error)
            self._try(batch, fitting)

    def rehearse(self, sequence: int, rooms: Iterable[Tally]) -> None:
        """Write entries of every room and take all back, to learn whether they would fit in.

        Args:
            sequence: that of the last entry.
            rooms: the tally of each room.

        Raises:
            JournalCorrupt: the trees of the database are damaged where they grow.
            JournalUnavailable: the disk takes no commit.
        """
        sequences = count(sequence + 1)
        rows: list[Row] = [(next(sequences), SESSIONS, 0, 0, 0, 0, 0, b"")]
        for tally in rooms:
            for ahead, kind in enumerate((MESSAGE, ACT, -1), 1):
                number, said = tally.head + ahead, tally.said + 1
                rows.append((next(sequences), tally.id, number, said, kind, 0, 0, b""))
        try:
            with transaction(self._db, self._place):
                self._db.execute("SAVEPOINT rehearsal")
                self._db.executemany(ADD_ENTRY, rows)
                self._db.execute("ROLLBACK TO rehearsal")
        except JournalUnavailable as error:
            if is_damage(error):
                raise JournalCorrupt(str(error)) from error
            raise

    @contextmanager
    def marking(self) -> Iterator[None]:
        """Have the next start rebuild a journal into which the block cannot write for damage."""
        try:
            yield
        except JournalUnavailable as error:
            if self._path is not None and is_damage(error):
                with suppress(OSError):
                    mark_of(self._path).touch(mode=0o600)
            raise

    def _try(self, batch: Batch, changes: Sequence[Change]) -> None:
        with transaction(self._db, self._place):
            if batch.new_rooms:
                self._db.executemany(_ADD_ROOM, batch.new_rooms)
            self._db.executemany(ADD_ENTRY, batch.rows)
            if changes:
                with erasing(self._db):
                    self._db.executemany(_CHANGE_ENTRY, [change[:3] for change in changes])
