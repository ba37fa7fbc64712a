"""The search index's file: how it is opened, laid out and thrown away.

It can be rebuilt from the journal at any time, so whatever is odd about it is reason enough to
throw it away: another journal, another format, damage, or more than the journal holds.

An index in memory is one connection, which writing and searching share in turns; in a file each
has its own, and a search sees what was committed last.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from broker.search import SearchDamaged, SearchFailed, SearchUnsupported
from broker.search_words import WORDS_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OLDEST_SQLITE: Final = (3, 24, 0)
"""The first with ON CONFLICT DO UPDATE. FTS5 must have been built in as well."""

BLOCK_BITS: Final = 10
"""Times are known for blocks of so many sequences (as a power of two)."""

DATABASE_ERRORS: Final = (sqlite3.Error, UnicodeDecodeError)

_FORMAT: Final = f"3 {WORDS_VERSION}"
_CACHE_KIB: Final = 16 * 1024
_WAL_KEPT_BYTES: Final = 8 * 1024 * 1024
_CHECKPOINT_PAGES: Final = 4000
_BUSY_SECONDS: Final = 1.0
_SUFFIXES: Final = ("", "-wal", "-shm", "-journal")
# Tables, columns or rows that we made are not there, or are there twice.
_DAMAGE: Final = {
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_MISMATCH,
}

# The words are kept apart from their index, which in turn keeps none: removing a message from an
# FTS5 index without content takes the very words that it was added with.
_LAYOUT: Final = (
    "CREATE TABLE state (format TEXT NOT NULL, journal TEXT NOT NULL, sequence INTEGER NOT NULL)",
    "CREATE TABLE rooms (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    """CREATE TABLE messages (
        sequence INTEGER PRIMARY KEY,
        room INTEGER NOT NULL,
        number INTEGER NOT NULL,
        at INTEGER NOT NULL,
        author TEXT NOT NULL,
        name TEXT NOT NULL,
        text TEXT NOT NULL
    )""",
    "CREATE UNIQUE INDEX messages_of_room ON messages (room, number)",
    "CREATE TABLE times (block INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL)",
    # "#" and "@" are in no word: they mark the room's, the author's and the name's. Characters
    # beyond ASCII all belong to words for this tokenizer, and stay as they are. Words by their
    # first character, as single Chinese ones are looked for, are indexed: to gather them in each
    # search took seconds where one had many such words.
    """CREATE VIRTUAL TABLE lookup USING fts5 (
        words, content = '', columnsize = 0, prefix = '1', tokenize = "ascii tokenchars '#@'"
    )""",
)


def open_index(path: Path | None, journal: str, last: int) -> sqlite3.Connection:
    """Open the index of a journal for writing; make an empty one where there is none of use.

    Args:
        path: the file, readable by its owner alone when it is made; None for one in memory.
        journal: the journal's id.
        last: the journal's last sequence.

    Raises:
        SearchUnsupported: this SQLite cannot have one.
        SearchFailed: it can be neither opened nor made now.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        oldest = ".".join(map(str, OLDEST_SQLITE))
        raise SearchUnsupported(f"SQLite is {sqlite3.sqlite_version}, and {oldest} is needed")
    if path is None:
        return _made(":memory:", journal)
    with suppress(SearchDamaged):
        if path.exists():
            return _opened(path, journal, last)
    throw_away(path)
    with _file_errors(path):
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    return _made(os.fspath(path.absolute()), journal)


def open_for_search(path: Path) -> sqlite3.Connection:
    """Open the index in a file that another connection writes.

    Raises:
        SearchFailed: it cannot be opened.
    """
    with translating():
        db = _connect(f"{path.absolute().as_uri()}?mode=rw")  # never makes one
        try:
            db.execute("PRAGMA query_only = ON")
        except BaseException:
            db.close()
            raise
    return db


def throw_away(path: Path) -> None:
    """Remove the file and what SQLite keeps beside it.

    Raises:
        SearchFailed: it cannot be removed.
    """
    with _file_errors(path):
        for suffix in _SUFFIXES:
            path.with_name(path.name + suffix).unlink(missing_ok=True)


@contextmanager
def translating() -> Iterator[None]:
    """Turn database errors into those of the search.

    Raises:
        SearchDamaged: what is stored is not what was written.
        SearchFailed: the disk takes or gives nothing now.
    """
    try:
        yield
    except DATABASE_ERRORS as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
        is_text = isinstance(error, UnicodeDecodeError) or str(error).startswith("Could not decode")
        kind = SearchDamaged if is_text or code in _DAMAGE else SearchFailed
        raise kind(f"the search index: {error}") from error


@contextmanager
def writing(db: sqlite3.Connection) -> Iterator[None]:
    """Commit what the block writes, all or nothing.

    Raises:
        SearchFailed: nothing was stored.
    """
    with translating():
        db.execute("BEGIN IMMEDIATE")
        try:
            yield
            db.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                db.execute("ROLLBACK")
            raise


def _opened(path: Path, journal: str, last: int) -> sqlite3.Connection:
    with translating():
        db = _connect(os.fspath(path.absolute()))
        try:
            rows = db.execute("SELECT format, journal, sequence FROM state").fetchall()
            if len(rows) != 1 or rows[0][:2] != (_FORMAT, journal) or not 0 <= rows[0][2] <= last:
                raise SearchDamaged("the search index is that of another journal")
            _configure(db)
        except BaseException:
            db.close()
            raise
    return db


def _made(database: str, journal: str) -> sqlite3.Connection:
    try:
        with translating():
            db = _connect(database)
            try:
                _configure(db)
                with writing(db):
                    for statement in _LAYOUT:
                        db.execute(statement)
                    db.execute("INSERT INTO state VALUES (?, ?, 0)", (_FORMAT, journal))
            except BaseException:
                db.close()
                raise
    except SearchDamaged as error:  # a new one cannot be
        kind = SearchUnsupported if "no such module" in str(error) else SearchFailed
        raise kind(str(error)) from error
    return db


def _connect(database: str) -> sqlite3.Connection:
    # Opened, used and closed by different threads, never by two at once.
    return sqlite3.connect(
        database,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        uri=database.startswith("file:"),
    )


def _configure(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    # A power cut may take the last commits away, and never leaves half of one.
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    db.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
    db.execute(f"PRAGMA journal_size_limit = {_WAL_KEPT_BYTES}")
    db.execute("PRAGMA temp_store = MEMORY")
    # Removed text is overwritten, also on pages that are no longer used, for a sixth more written.
    # Words stay until FTS5 merges: its own "secure-delete" takes 8 ms for a message, not 0.1 ms.
    db.execute("PRAGMA secure_delete = ON")


@contextmanager
def _file_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SearchFailed(f"{path} cannot be made anew: {error.strerror}") from error
