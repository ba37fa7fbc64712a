"""The journal's file: how it is opened, laid out and written, and whose log it holds.

Every statement that changes the layout is here; :mod:`broker.sqlite_journal` reads and writes rows.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, get_args
from zlib import crc32

from broker.sqlite_journal_header import APPLICATION, FORMAT, check_format, open_header
from protocol.errors import JournalCorrupt, JournalError, JournalUnavailable
from protocol.events import ActEvent, Deleted, Edited, Said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from protocol.events import Event

SESSIONS: Final = 0
"""What stands for the room of a session event."""

IN_MEMORY: Final = "the journal in memory"
"""What messages call a journal without a file."""

# A statement of ours that is no valid SQL (SQLITE_ERROR) finds other tables than we made.
_DAMAGE: Final = frozenset(
    {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_TOOBIG}
)

DATABASE_ERRORS: Final = (sqlite3.Error, UnicodeDecodeError)
"""What Python's sqlite3 raises; the second when SQLite quotes a damaged name in its own message."""

_BUSY_SECONDS: Final = 0.1
_CACHE_KIB: Final = 16 * 1024
_WAL_KEPT_BYTES: Final = 8 * 1024 * 1024

MESSAGE: Final = 1
"""What :func:`kind_of` says of a ``said`` event."""

ACT: Final = 2
"""What it says of an act of an operator, the deletion of somebody else's message among them."""

# Of acts and edits, which format 1 did not know: in its files this index is empty. One for both,
# because every row that is written pays for each index, in it or not.
_ADDED_IN_2: Final = (
    """CREATE INDEX IF NOT EXISTS entries_found ON entries (room, is_said, number)
        WHERE is_said = 2 OR is_said < 0""",
)

# entries.room is 0 for a session event; entries.said counts the said events of the room up to and
# with this row; entries.is_said is what kind_of says. The body comes last, so that reading the rest
# of a row never follows its overflow.
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
    *_ADDED_IN_2,
)
_ERASE_CHEAPLY: Final = "PRAGMA secure_delete = FAST"
_ERASE: Final = "PRAGMA secure_delete = ON"
_LAST: Final = "SELECT coalesce(max(sequence), 0) FROM entries"
_log: Final = logging.getLogger(__name__)
_ACTS: Final = get_args(ActEvent)


def connect(path: Path | None, *, fsync: bool) -> sqlite3.Connection:
    """Open the journal's database, making it if there is none; an older one is brought up to date.

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
    open_header(path)
    return _prepared(os.fspath(path.absolute()), str(path), fsync=fsync)


def kind_of(event: Event) -> int:
    """Return what stands in ``is_said`` for an event: what it can be found as.

    :data:`MESSAGE`, :data:`ACT`, minus the number of the message that an ``edited`` event changed,
    or 0.
    """
    if type(event) is Said:
        return MESSAGE
    if type(event) is Edited:
        return -event.target
    if type(event) is Deleted:
        return ACT if event.author != event.whose else 0
    return ACT if isinstance(event, _ACTS) else 0


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


@contextmanager
def erasing(db: sqlite3.Connection) -> Iterator[None]:
    """Overwrite all that the block removes, also on pages that are no longer used."""
    db.execute(_ERASE)
    try:
        yield
    finally:
        db.execute(_ERASE_CHEAPLY)


def older_than_this(db: sqlite3.Connection, place: str) -> int | None:
    """Return the last sequence written in an older format; None for a file that still is of one.

    A snapshot up to there holds what an earlier Hubbub made of the entries.

    Raises:
        JournalError: the database cannot be read.
    """
    with reading(place):
        (stored,) = db.execute("PRAGMA user_version").fetchone()
        row = db.execute("SELECT value FROM meta WHERE key = 'older'").fetchone()
    if stored < FORMAT:
        return None
    return row[0] if row is not None and isinstance(row[0], int) else 0


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
    if application == APPLICATION:
        check_format(place, stored)
        if stored < FORMAT:
            _bring_up_to_date(db, place, stored)
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
        db.execute(f"PRAGMA application_id = {APPLICATION}")
        db.execute(f"PRAGMA user_version = {FORMAT}")


def _bring_up_to_date(db: sqlite3.Connection, place: str, stored: int) -> None:
    """Change the layout of an older format into this one, all or nothing, and durably.

    Raises:
        JournalCorrupt: the database is damaged; nothing changed.
        JournalUnavailable: the disk takes no commit; nothing changed.
    """
    try:
        with transaction(db, place):
            for statement in _ADDED_IN_2:
                db.execute(statement)
            _put(db, older=db.execute(_LAST).fetchone()[0])
            db.execute(f"PRAGMA user_version = {FORMAT}")
    except JournalUnavailable as error:
        if isinstance(error.__cause__, DATABASE_ERRORS):
            raise translated(error.__cause__, place) from error
        raise
    # So that the head of the file says so too, and not the write-ahead log alone.
    with suppress(sqlite3.Error):
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    _log.info("%s: brought from format %d to format %d", place, stored, FORMAT)


def _configure(db: sqlite3.Connection, *, fsync: bool) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    _set_synchronous(db, fsync=fsync)
    # On macOS a plain fsync leaves the data in the drive's cache; elsewhere this changes nothing.
    db.execute("PRAGMA fullfsync = ON")
    db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    db.execute(f"PRAGMA journal_size_limit = {_WAL_KEPT_BYTES}")
    db.execute("PRAGMA temp_store = MEMORY")
    # Removed text is overwritten where that costs no further writing.
    db.execute(_ERASE_CHEAPLY)
