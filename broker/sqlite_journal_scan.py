"""Reads whatever can be read of a journal that may be damaged, without changing it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

import msgspec

from broker.journal_schema import DATABASE_ERRORS, SESSIONS, is_intact, seed_of, translated
from broker.records import Entry, RoomEntry
from broker.sqlite_journal_start import NOT_READABLE, decoded, read_snapshot, restored
from broker.sqlite_journal_wal import wal_of
from broker.state import LOBBY
from protocol.errors import JournalCorrupt, JournalUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from broker.state import State

_ROWS: Final = """
    SELECT sequence, room, number, said, is_said, at, crc, body FROM entries
    WHERE sequence > ? ORDER BY sequence
"""
_LASTS: Final = (
    "SELECT max(sequence) FROM entries",
    "SELECT max(sequence) FROM entries INDEXED BY entries_of_room WHERE room > 0",
    "SELECT max(sequence) FROM entries INDEXED BY entries_of_sessions WHERE room = 0",
)
_SNAPSHOTS: Final = "SELECT sequence FROM snapshots ORDER BY sequence DESC"
_ROOM_IDS: Final = "SELECT id FROM rooms ORDER BY id"
_ROOM: Final = "SELECT name, pruned FROM rooms WHERE id = ?"
_LARGEST_GUESS: Final = 100_000_000
_SMALL_STEPS: Final = 4096
_BUSY_SECONDS: Final = 0.1


class Found(NamedTuple):
    """An entry that is what was written.

    Attributes:
        sequence: its place in the log.
        room: its room; empty for a session event.
        number: its number in the room; 0 for a session event.
        entry: the entry.
        body: the encoded event.
        said: the running count that stands in the row.
        is_said: what the row says that the event can be found as.
        at: the time that stands in the row.
    """

    sequence: int
    room: str
    number: int
    entry: Entry | None
    body: bytes
    said: object
    is_said: object
    at: object

    @property
    def is_lost(self) -> bool:
        """Whether this only keeps the number of an event that was lost to earlier damage."""
        return self.entry is None


class Broken(NamedTuple):
    """An entry that is not what was written, or that cannot be read at all."""

    sequence: int
    what: str


@contextmanager
def view(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the journal at ``path``, closed or left by a crash, for reading alone.

    The file is opened read-only under a second name, beside a copy of its write-ahead log: nothing
    that SQLite does to read the two reaches the originals.

    Raises:
        JournalUnavailable: the files cannot be read.
    """
    place = str(path)
    try:
        folder = _folder_near(path)
    except OSError as error:
        raise JournalUnavailable(f"{place} cannot be read: {error.strerror}") from error
    try:
        target = folder / path.name
        try:
            copy_or_link(path, target)
            with suppress(FileNotFoundError):
                shutil.copyfile(wal_of(path), wal_of(target))
        except OSError as error:
            raise JournalUnavailable(f"{place} cannot be read: {error.strerror}") from error
        address = f"file:{quote(str(target.absolute()))}?mode=ro"
        try:
            db = sqlite3.connect(address, _BUSY_SECONDS, isolation_level=None, uri=True)
        except DATABASE_ERRORS as error:
            raise translated(error, place) from error
        with closing(db):
            yield db
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _folder_near(path: Path) -> Path:
    """Return a new folder, on the same file system if that may be written to."""
    try:
        return Path(tempfile.mkdtemp(prefix=f"{path.name}.view-", dir=path.parent))
    except OSError:
        return Path(tempfile.mkdtemp(prefix="hubbub-"))


def copy_or_link(source: Path, target: Path) -> None:
    """Give a file that is not written to any more a second name, or copy it where there is none."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
        target.chmod(0o600)


def ask(
    db: sqlite3.Connection, place: str, query: str, *values: object
) -> list[tuple[object, ...]]:
    """Return the rows of a query up to the first that cannot be read.

    Raises:
        JournalUnavailable: the disk gives no answer, or another process has the journal.
    """
    rows: list[tuple[object, ...]] = []
    try:
        with closing(db.execute(query, values)) as cursor:
            rows.extend(cursor)
    except DATABASE_ERRORS as error:
        _raise_unless_damage(error, place)
    return rows


def good_snapshots(db: sqlite3.Connection, place: str) -> tuple[list[tuple[int, State]], list[int]]:
    """Return the snapshots that can be used, newest first, and the sequences of the others."""
    good: list[tuple[int, State]] = []
    bad: list[int] = []
    for (sequence,) in ask(db, place, _SNAPSHOTS):
        if not isinstance(sequence, int):
            continue
        try:
            state = restored(*read_snapshot(db, place, sequence))
        except JournalCorrupt:
            state = None
        if state is None:
            bad.append(sequence)
        else:
            good.append((sequence, state))
    return good, bad


def room_names(db: sqlite3.Connection, place: str) -> dict[int, tuple[str, int]]:
    """Return the name and the last removed number of each room that can be read, by its id."""
    names: dict[int, tuple[str, int]] = {}
    for (room_id,) in ask(db, place, _ROOM_IDS):
        for name, pruned in ask(db, place, _ROOM, room_id):
            if isinstance(room_id, int) and isinstance(name, str) and name:
                names[room_id] = name, pruned if isinstance(pruned, int) and pruned > 0 else 0
    return names


def last_sequence(db: sqlite3.Connection, place: str) -> int:
    """Return the highest sequence that anything still tells of; 0 if nothing does."""
    told = [row[0] for query in _LASTS for row in ask(db, place, query)]
    told += [row[0] for row in ask(db, place, _SNAPSHOTS)]
    return max((n for n in told if isinstance(n, int) and 0 < n <= _LARGEST_GUESS), default=0)


class Scan:
    """Reads the entries of a damaged journal one by one, and checks each.

    Args:
        db: a view of the journal.
        place: what messages call it.
        guesses: names of rooms, for where the table that tells them is damaged itself.
    """

    def __init__(self, db: sqlite3.Connection, place: str, guesses: Iterable[str] = ()) -> None:
        self._db = db
        self._place = place
        self._names = {room_id: name for room_id, (name, _) in room_names(db, place).items()}
        self._guesses = {LOBBY: None} | dict.fromkeys(guesses)
        self._seeds: dict[str, int] = {"": seed_of("")}
        self.last = last_sequence(db, place)

    def entries(self) -> Iterator[Found | Broken]:
        """Yield every entry in order; one that is missing altogether is passed over.

        Raises:
            JournalUnavailable: the disk gives no answer, or another process has the journal.
        """
        after = failures = 0
        while True:
            try:
                with closing(self._db.execute(_ROWS, (after,))) as cursor:
                    for row in cursor:
                        if row[0] <= after:
                            yield Broken(row[0], f"entry {row[0]} stands behind entry {after}")
                            continue
                        after, failures = row[0], 0
                        yield self._checked(after, row)
                return
            except DATABASE_ERRORS as error:
                _raise_unless_damage(error, self._place)
            if after >= self.last:
                return
            # One by one, so that all beside it is found; in leaps where nothing is to be found.
            failures += 1
            after += 1 + max(0, failures - _SMALL_STEPS) // 1024
            yield Broken(after, f"entry {after} cannot be read")

    def _checked(self, sequence: int, row: tuple[object, ...]) -> Found | Broken:
        _, room_id, number, said, is_said, at, crc, body = row
        room = "" if room_id == SESSIONS else self._name(room_id, number, body, crc)
        if room is None:
            return Broken(sequence, f"entry {sequence} is damaged, or its room is")
        name = f"entry {sequence} (event {number} of {room!r})" if room else f"entry {sequence}"
        if not (
            isinstance(number, int)
            and isinstance(body, bytes)
            and isinstance(crc, int)
            and is_intact(self._seed(room), number, body, crc)
        ):
            return Broken(sequence, f"{name} is damaged")
        if room and not body:
            return Found(sequence, room, number, None, body, said, is_said, at)
        try:
            entry = decoded(room, body)
        except NOT_READABLE:
            return Broken(sequence, f"{name} is of no known kind")
        if isinstance(entry, RoomEntry) and entry.event.number != number:
            return Broken(sequence, f"{name} says that it is event {entry.event.number}")
        return Found(sequence, room, number, entry, body, said, is_said, at)

    def _name(self, room_id: object, number: object, body: object, crc: object) -> str | None:
        """Return a room's name. An unknown one is found by the checksums, which start with it."""
        if not isinstance(room_id, int):
            return None
        name = self._names.get(room_id)
        if name is None and isinstance(number, int) and isinstance(body, bytes) and body:
            for guess in self._guesses:
                if isinstance(crc, int) and is_intact(self._seed(guess), number, body, crc):
                    name = self._names[room_id] = guess
                    break
        return name

    def _seed(self, room: str) -> int:
        seed = self._seeds.get(room)
        if seed is None:
            seed = self._seeds[room] = seed_of(room)
        return seed


def encoded(state: State) -> bytes:
    """Return a state as a snapshot has it."""
    return msgspec.json.encode(state.snapshot())


def _raise_unless_damage(error: sqlite3.Error | UnicodeDecodeError, place: str) -> None:
    failure = translated(error, place)
    if not isinstance(failure, JournalCorrupt):
        raise failure from error
