"""The journal's file: how it is opened, laid out and written, and whose log it holds.

Every statement that changes the layout is here; :mod:`broker.sqlite_journal` reads and writes rows.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final
from zlib import crc32

from protocol.errors import JournalCorrupt, JournalError, JournalTooNew, JournalUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FORMAT: Final = 1
"""The layout below. A file of a later format is refused before anything in it is touched."""

SESSIONS: Final = 0
"""What stands for the room of a session event."""

IN_MEMORY: Final = "the journal in memory"
"""What messages call a journal without a file."""

# The format and the application stand in the file's header (SQLite's user_version and
# application_id), not in a table: so they can be read without opening, and thereby changing, it.
_APPLICATION: Final = int.from_bytes(b"Hubb", "big")
_MAGIC: Final = b"SQLite format 3\0"
_HEADER_BYTES: Final = 100
_FORMAT_PLACE: Final = slice(60, 64)
_APPLICATION_PLACE: Final = slice(68, 72)
_VERSIONS_PLACE: Final = slice(18, 20)
_VERSIONS: Final = frozenset({1, 2})  # of SQLite's own format: rollback journal, write-ahead log

# A statement of ours that is no valid SQL (SQLITE_ERROR) finds other tables than we made.
_DAMAGE: Final = frozenset(
    {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_TOOBIG}
)

DATABASE_ERRORS: Final = (sqlite3.Error, UnicodeDecodeError)
"""What Python's sqlite3 raises; the second when SQLite quotes a damaged name in its own message."""

_BUSY_SECONDS: Final = 0.1
_CACHE_KIB: Final = 16 * 1024
_WAL_KEPT_BYTES: Final = 8 * 1024 * 1024

# entries.room is 0 for a session event; entries.said counts the said events of the room up to and
# with this row. The body comes last, so that reading the rest of a row never follows its overflow.
_LAYOUT: Final = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID",
    """CREATE TABLE rooms (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        pruned INTEGER NOT NULL DEFAULT 0,
        pruned_said INTEGER NOT NULL DEFAULT 0
    )""",
    """CREATE TABLE entries (
        sequence INTEGER PRIMARY KEY,
        room INTEGER NOT NULL,
        number INTEGER NOT NULL,
        said INTEGER NOT NULL,
        is_said INTEGER NOT NULL,
        at INTEGER NOT NULL,
        crc INTEGER NOT NULL,
        body BLOB NOT NULL
    )""",
    "CREATE UNIQUE INDEX entries_of_room ON entries (room, number) WHERE room > 0",
    "CREATE UNIQUE INDEX entries_said ON entries (room, said) WHERE is_said = 1",
    "CREATE INDEX entries_of_sessions ON entries (room) WHERE room = 0",
    """CREATE TABLE snapshots (
        sequence INTEGER PRIMARY KEY,
        crc INTEGER NOT NULL,
        body BLOB NOT NULL
    )""",
)


def connect(path: Path | None, *, fsync: bool) -> sqlite3.Connection:
    """Open the journal's database, making it if there is none.

    Args:
        path: the file, readable by its owner alone when it is made; None for one in memory.
        fsync: whether every commit waits for the disk.

    Raises:
        JournalUnavailable: the file cannot be opened or written, another process has it, or it is
            the database of another program.
        JournalCorrupt: the file is no database, or a damaged one.
        JournalTooNew: it was written by a later Hubbub; nothing was changed.
    """
    if path is None:
        return _prepared(":memory:", IN_MEMORY, fsync=fsync)
    _check_header(path, _header(path))
    return _prepared(os.fspath(path.absolute()), str(path), fsync=fsync)


def seed_of(room: str) -> int:
    """Return the checksum of a room's name, where those of its events start; "" for sessions."""
    return crc32(room.encode() + b"\0")


def checksum(seed: int, number: int, body: bytes) -> int:
    """Return the checksum of what an entry says; it does not depend on where the row stands."""
    return crc32(body, crc32(number.to_bytes(8, "little"), seed))


def is_intact(seed: int, number: int, body: bytes, crc: int) -> bool:
    """Return whether a row is what was written. The values may be of any type if it is not."""
    try:
        return checksum(seed, number, body) == crc
    except (AttributeError, OverflowError, TypeError):
        return False


def translated(error: sqlite3.Error | UnicodeDecodeError, place: str) -> JournalError:
    """Return what a database error at ``place`` means to the broker, in one line."""
    # Absent on errors that Python itself raises. The low byte is the error without its refinement.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
    if isinstance(error, UnicodeDecodeError):
        return JournalCorrupt(f"{place} is damaged: a name in it is no text")
    if code in _DAMAGE or str(error).startswith("Could not decode"):
        return JournalCorrupt(f"{place} is damaged: {error}")
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return JournalUnavailable(f"{place} is in use by another process")
    return JournalUnavailable(f"{place} cannot be used: {error}")


@contextmanager
def reading(place: str) -> Iterator[None]:
    """Turn database errors into those of the journal.

    Raises:
        JournalError: as :func:`translated`.
    """
    try:
        yield
    except DATABASE_ERRORS as error:
        raise translated(error, place) from error


@contextmanager
def transaction(db: sqlite3.Connection, place: str) -> Iterator[None]:
    """Commit what the block writes, all or nothing.

    Raises:
        JournalUnavailable: nothing was stored, and no transaction is left open.
    """
    try:
        # Only there when an earlier rollback failed as well.
        _roll_back(db)
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("COMMIT")
    except DATABASE_ERRORS as error:
        _roll_back(db)
        raise JournalUnavailable(f"{place} takes no commit: {error}") from error
    except BaseException:
        _roll_back(db)
        raise


@contextmanager
def durable_transaction(db: sqlite3.Connection, place: str, *, fsync: bool) -> Iterator[None]:
    """As :func:`transaction`, and the commit waits for the disk whatever ``fsync`` says.

    Raises:
        JournalUnavailable: nothing was stored.
    """
    with reading(place):
        _set_synchronous(db, fsync=True)
    try:
        with transaction(db, place):
            yield
    finally:
        with suppress(sqlite3.Error):
            _set_synchronous(db, fsync=fsync)


def start_run(
    db: sqlite3.Connection, place: str, boot_id: str, new_id: Callable[[], str], *, fsync: bool
) -> str:
    """Note that the journal is being written from now on, and return its id.

    The id is the stored one unless committed entries may have been lost since it was given: an
    unclean stop, then another start of the machine, and commits that did not wait for the disk.

    Args:
        db: the database.
        place: what messages call it.
        boot_id: which start of the machine this is; empty when unknown, which equals nothing.
        new_id: makes an id.
        fsync: whether this run's commits wait for the disk.

    Raises:
        JournalError: the database cannot be read or written.
    """
    with reading(place):
        stored = dict(db.execute("SELECT key, value FROM meta"))
    whole = stored.get("clean") or stored.get("fsync") or boot_id == (stored.get("boot") or None)
    known = stored.get("id")
    journal_id = known if whole and known and isinstance(known, str) else new_id()
    # Durable, or a lost power supply could bring the clean mark of the run before back.
    with durable_transaction(db, place, fsync=fsync):
        _put(db, id=journal_id, boot=boot_id, clean=0, fsync=int(fsync))
    return journal_id


def mark_clean(db: sqlite3.Connection) -> None:
    """Note inside a durable transaction that nothing is written after it."""
    _put(db, clean=1)


def _put(db: sqlite3.Connection, **values: str | int) -> None:
    db.executemany("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", values.items())


def _roll_back(db: sqlite3.Connection) -> None:
    with suppress(sqlite3.Error):
        if db.in_transaction:
            db.execute("ROLLBACK")


def _set_synchronous(db: sqlite3.Connection, *, fsync: bool) -> None:
    db.execute("PRAGMA synchronous = FULL" if fsync else "PRAGMA synchronous = NORMAL")


def _header(path: Path) -> bytes:
    """Return the head of the file; an absent one is made, empty and for its owner alone."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor has no path
            return file.read(_HEADER_BYTES)
    except OSError as error:
        raise JournalUnavailable(f"{path} cannot be opened: {error.strerror}") from error


def check_header(path: Path) -> None:
    """Check the head of a file that is there, without opening it as a database.

    Raises:
        JournalCorrupt: it is no database.
        JournalTooNew: a later Hubbub wrote it.
        JournalUnavailable: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except OSError as error:
        raise JournalUnavailable(f"{path} cannot be read: {error.strerror}") from error
    _check_header(path, header)


def _check_header(path: Path, header: bytes) -> None:
    if not header:
        return
    if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
        raise JournalCorrupt(f"{path} is no database, or its head is damaged")
    if not _VERSIONS.issuperset(header[_VERSIONS_PLACE]):
        raise JournalCorrupt(f"{path} is damaged in its head")
    if int.from_bytes(header[_APPLICATION_PLACE], "big") == _APPLICATION:
        _check_format(str(path), int.from_bytes(header[_FORMAT_PLACE], "big"))


def _check_format(place: str, stored: int) -> None:
    if stored > FORMAT:
        raise JournalTooNew(
            f"{place} was written by a later Hubbub (format {stored}; "
            f"this one reads up to {FORMAT}) and is left as it is"
        )


def _prepared(database: str, place: str, *, fsync: bool) -> sqlite3.Connection:
    with reading(place):
        db = sqlite3.connect(database, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        with reading(place):
            # One broker writes a journal. Held for the whole run, the lock keeps a second one out,
            # and saves the shared-memory file and its locking on every commit.
            db.execute("PRAGMA locking_mode = EXCLUSIVE")
            _lay_out(db, place)
            _configure(db, fsync=fsync)
    except BaseException:
        db.close()
        raise
    return db


def _lay_out(db: sqlite3.Connection, place: str) -> None:
    """Make the tables of an empty database, or check that these are ours."""
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (stored,) = db.execute("PRAGMA user_version").fetchone()
    (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application == _APPLICATION:
        _check_format(place, stored)
        return
    if application or stored or tables:
        (ours,) = db.execute(
            "SELECT count(*) FROM sqlite_master WHERE name IN ('entries', 'snapshots', 'rooms')"
        ).fetchone()
        if ours:
            raise JournalCorrupt(f"{place} is damaged in its head")
        raise JournalUnavailable(f"{place} is not a Hubbub journal, and is left as it is")
    # Still in rollback mode: format and application reach the header with the tables, not later.
    with transaction(db, place):
        for statement in _LAYOUT:
            db.execute(statement)
        db.execute(f"PRAGMA application_id = {_APPLICATION}")
        db.execute(f"PRAGMA user_version = {FORMAT}")


def _configure(db: sqlite3.Connection, *, fsync: bool) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    _set_synchronous(db, fsync=fsync)
    # On macOS a plain fsync leaves the data in the drive's cache; elsewhere this changes nothing.
    db.execute("PRAGMA fullfsync = ON")
    db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    db.execute(f"PRAGMA journal_size_limit = {_WAL_KEPT_BYTES}")
    db.execute("PRAGMA temp_store = MEMORY")
    # Removed text is overwritten where that costs no further writing.
    db.execute("PRAGMA secure_delete = FAST")
