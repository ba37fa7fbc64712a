"""Copies of the journal's file, each made by a thread of its own while the broker goes on.

All that is committed is put into the file itself, which then stands still: what is committed
meanwhile gathers in SQLite's write-ahead log, until the copy is complete. A copy has no journal id,
so that whoever starts with it gets another one, and every link takes a fresh snapshot.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import tempfile
import threading
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from broker.journal_schema import reading
from protocol.errors import Code, JournalError, JournalUnavailable

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from io import FileIO

_PIECE_BYTES: Final = 1024 * 1024
_PAGES_OF_A_CHECKPOINT: Final = 1000
_log: Final = logging.getLogger(__name__)


class HeldJournal(Protocol):
    """What a copy needs of the journal."""

    def hold_still(self) -> Path | None:
        """Put all that is committed into the file and return it; None for one in memory."""

    def let_go(self) -> None:
        """The file need not stand still any more."""


def hold_still(db: sqlite3.Connection, place: str) -> None:
    """Put all that is committed into the database's file, and leave that as it is from now on.

    Raises:
        JournalUnavailable: it cannot be done now.
    """
    try:
        with reading(place):
            db.execute("PRAGMA wal_autocheckpoint = 0")
            busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise JournalUnavailable(f"{place} is being read")
    except JournalError:
        let_go(db)
        raise


def let_go(db: sqlite3.Connection) -> None:
    """Have SQLite write into the file again."""
    with suppress(sqlite3.Error):
        db.execute(f"PRAGMA wal_autocheckpoint = {_PAGES_OF_A_CHECKPOINT}")


class Backups:
    """Makes copies of a journal, one at a time. Every method is for the loop's thread.

    Args:
        journal: what is copied.
        loop: where answers are given.
    """

    def __init__(self, journal: HeldJournal, loop: asyncio.AbstractEventLoop) -> None:
        self._journal = journal
        self._loop = loop
        self._thread: threading.Thread | None = None
        self._is_closing = threading.Event()
        # Kept open: to close any descriptor of a file takes SQLite's locks on it away (POSIX).
        self._source: FileIO | None = None

    def begin(self, target: str, on_done: Callable[[int | Code], None]) -> None:
        """Start a copy; ``on_done`` gets its size in bytes, or why there is none, on the loop.

        It may be called at once.
        """
        if self._thread is not None:
            on_done(Code.BUSY)
            return
        path = Path(target)
        held = False
        try:
            if not path.is_absolute():
                raise ValueError("the path is not absolute")
            source = self._journal.hold_still()
            held = True
            if source is None:
                raise ValueError("the journal is in memory")
            _reserve(path)
            if self._source is None:
                self._source = source.open("rb", buffering=0)
        except FileExistsError:
            problem = Code.FILE_EXISTS
        except (OSError, ValueError, JournalError) as error:
            problem = Code.BACKUP_FAILED
            _log.warning("no copy of the journal at %s: %s", target, error)
        else:
            self._thread = threading.Thread(
                target=self._copy, args=(self._source, path, on_done), name="backup", daemon=True
            )
            self._thread.start()
            return
        if held:
            self._journal.let_go()
        on_done(problem)

    def close(self) -> None:
        """Give up what is under way; the journal is to be closed next."""
        self._is_closing.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
            self._journal.let_go()
        if self._source is not None:
            self._source.close()
            self._source = None

    def _copy(self, source: FileIO, path: Path, on_done: Callable[[int | Code], None]) -> None:
        outcome: int | Code = Code.BACKUP_FAILED
        try:
            outcome = self._write(source, path)
            _log.info("the journal was copied to %s", path)
        except (OSError, sqlite3.Error) as error:
            _log.warning("no copy of the journal at %s: %s", path, error)
            with suppress(OSError):
                path.unlink()
        if not self._is_closing.is_set():
            self._loop.call_soon_threadsafe(self._done, outcome, on_done)

    def _done(self, outcome: int | Code, on_done: Callable[[int | Code], None]) -> None:
        if self._is_closing.is_set():
            return
        self._thread = None
        self._journal.let_go()
        on_done(outcome)

    def _write(self, source: FileIO, path: Path) -> int:
        """Write the copy under another name, and take its name only when it is complete."""
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with open(descriptor, "wb") as target:  # noqa: PTH123 - a descriptor has no path
                source.seek(0)
                while piece := source.read(_PIECE_BYTES):
                    if self._is_closing.is_set():
                        raise InterruptedError("the broker stops")
                    target.write(piece)
            _make_another(name)
            with Path(name).open("rb") as written:
                os.fsync(written.fileno())
                size = os.fstat(written.fileno()).st_size
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
        return size


def _reserve(path: Path) -> None:
    """Make an empty file, for its owner alone, in whose place the copy comes."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _make_another(name: str) -> None:
    """Make a copied journal one without an id, in one file."""
    with closing(sqlite3.connect(name, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute("DELETE FROM meta WHERE key = 'id'")


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # not every system can, and the copy is there all the same
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
