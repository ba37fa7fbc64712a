"""Starts on a damaged journal: keeps the damaged file aside, and builds one of what is readable.

The new journal holds a snapshot of the state as far as it can be known, and every readable event of
a room up to that room's head. Each number up to the head that cannot be read is kept as an entry
without content, so that it is never used again and every peer learns that it is gone. The new
journal has no id yet: opening it gives a new one.

The steps are in such an order that a kill between any two of them loses nothing.
"""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from broker.journal_schema import (
    MESSAGE,
    checksum,
    connect,
    kind_of,
    mark_clean,
    seed_of,
    transaction,
)
from broker.records import RoomEntry
from broker.sqlite_journal import SqliteJournal
from broker.sqlite_journal_header import check_header
from broker.sqlite_journal_scan import (
    Broken,
    Found,
    Scan,
    copy_or_link,
    encoded,
    good_snapshots,
    room_names,
    view,
)
from broker.sqlite_journal_start import misfit
from broker.sqlite_journal_wal import damage_of_wal, wal_of
from broker.sqlite_journal_write import ADD_ENTRY, mark_of
from broker.state import State, unknown_room
from protocol.errors import JournalCorrupt, JournalUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_ADD_ROOM: Final = "INSERT INTO rooms (id, name, pruned) VALUES (?, ?, ?)"
_ADD_SNAPSHOT: Final = "INSERT INTO snapshots (sequence, crc, body) VALUES (?, ?, ?)"
_log: Final = logging.getLogger(__name__)


class Salvage(NamedTuple):
    """What was done about a damaged journal.

    Attributes:
        aside: where the damaged file is kept.
        lines: what is damaged and what was kept, a sentence each; for the log and for a person.
    """

    aside: Path
    lines: list[str]


class Started(NamedTuple):
    """A journal that is open, the state that it gives, and what was salvaged if it was damaged."""

    journal: SqliteJournal
    state: State
    salvage: Salvage | None


def start(path: Path | None, stamp: str, opened: Callable[[], SqliteJournal]) -> Started:
    """Open a journal and load its state; a damaged one is salvaged first.

    Args:
        path: the journal's file; None for one in memory.
        stamp: the time, for the name of a damaged file.
        opened: opens the journal at ``path``.

    Raises:
        JournalUnavailable: the disk gives no answer, has no room to keep the damaged file, or
            another process has the journal.
        JournalTooNew: a later Hubbub wrote it; nothing was changed.
    """
    if path is None:
        journal = opened()
        return Started(journal, journal.load(), None)
    _finish_swap(path)
    damage = damage_of_wal(path)
    if damage is None and mark_of(path).exists():
        damage = "writing to it met damage"
    if damage is None:
        try:
            journal = opened()
        except JournalCorrupt as error:
            damage = str(error)
        else:
            try:
                state = journal.load()
                with suppress(JournalUnavailable):  # a full disk is no reason not to start
                    journal.rehearse()
                return Started(journal, state, None)
            except JournalCorrupt as error:
                damage = str(error)
                journal.close(None)
            except BaseException:
                journal.close(None)
                raise
    salvage = _salvage(path, stamp, damage)
    for line in salvage.lines:
        _log.error("%s", line)
    journal = opened()
    try:
        return Started(journal, journal.load(), salvage)
    except BaseException:
        journal.close(None)
        raise


def _complete(path: Path) -> Path:
    """Return what the new journal is called once it is complete, and not yet in its place."""
    return path.with_name(f"{path.name}.salvaged")


def _finish_swap(path: Path) -> None:
    """Put a complete new journal in its place; the damaged one is kept aside already.

    The old write-ahead log goes first: SQLite would apply it to the new file.
    """
    complete = _complete(path)
    try:
        if complete.exists():
            wal_of(path).unlink(missing_ok=True)
            complete.replace(path)
            mark_of(path).unlink(missing_ok=True)
            _sync_folder(path)
    except OSError as error:
        raise JournalUnavailable(f"{path} cannot be replaced: {error.strerror}") from error


def _salvage(path: Path, stamp: str, damage: str) -> Salvage:
    place = str(path)
    if path.exists() and path.stat().st_size:
        with suppress(JournalCorrupt):
            check_header(path)  # one of a later Hubbub stays where it is
    aside = _set_aside(path, stamp)
    new = path.with_name(f"{path.name}.new")
    try:
        for leftover in (new, wal_of(new)):
            leftover.unlink(missing_ok=True)
    except OSError as error:
        raise JournalUnavailable(f"{new} is in the way: {error.strerror}") from error
    with closing(connect(new, fsync=True)) as target:
        try:
            with view(aside) as source:
                lines = _Rebuild(source, target, place).run()
        except JournalCorrupt as error:
            lines = [f"Nothing in it can be read ({error})."]
        with suppress(sqlite3.Error):
            target.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    try:
        if wal_of(new).exists():
            raise JournalUnavailable(f"{new} cannot be completed")
        new.replace(_complete(path))
        _sync_folder(path)
    except OSError as error:
        raise JournalUnavailable(f"{new} cannot be completed: {error.strerror}") from error
    _finish_swap(path)
    what = damage.removeprefix(f"{place}: ").replace(place, "it")
    head = f"The journal {place} is damaged: {what}"
    tail = f"The damaged file is kept as {aside}; the journal goes on under a new id."
    return Salvage(aside, [f"{head.rstrip('.')}.", *lines, tail])


def _set_aside(path: Path, stamp: str) -> Path:
    """Keep the damaged file under another name, with its write-ahead log; return that name."""
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    count = 1
    while aside.exists() or wal_of(aside).exists():
        count += 1
        aside = path.with_name(f"{path.name}.damaged-{stamp}-{count}")
    try:
        if wal_of(path).exists() and wal_of(path).stat().st_size:
            shutil.copyfile(wal_of(path), wal_of(aside))
            wal_of(aside).chmod(0o600)
        if path.exists():
            copy_or_link(path, aside)
        else:
            aside.touch(mode=0o600)
        for file in (aside, wal_of(aside)):
            with suppress(FileNotFoundError):
                _sync(file)
        _sync_folder(path)
    except OSError as error:
        raise JournalUnavailable(f"{path} is damaged and no copy can be kept: {error}") from error
    return aside


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(path: Path) -> None:
    with suppress(OSError):  # not every system can
        _sync(path.parent)


class _Copied:
    """How far a room is copied."""

    def __init__(self, room_id: int, name: str) -> None:
        self.id = room_id
        self.seed = seed_of(name)
        self.first = 0
        self.last = 0
        self.said = 0
        self.kept = 0
        self.lost: list[int] = []
        self.dropped: list[int] = []
        self.at = 0


class _Rebuild:
    """Copies what is readable from one database to another."""

    def __init__(self, source: sqlite3.Connection, target: sqlite3.Connection, place: str) -> None:
        self._source = source
        self._target = target
        self._place = place
        self._rooms: dict[str, _Copied] = {}
        self._sequence = 0
        self._unreadable = 0
        self._lines: list[str] = []

    def run(self) -> list[str]:
        snapshots, bad = good_snapshots(self._source, self._place)
        self._lines += [f"The snapshot at entry {sequence} is damaged." for sequence in bad]
        guesses = [name for _, state in snapshots for name in state.rooms]
        self._scan = Scan(self._source, self._place, guesses)
        state = self._folded(*snapshots[0]) if snapshots else self._folded(0, State())
        with transaction(self._target, self._place):
            self._copy(state)
            if state is None:
                self._lines.append(
                    "No snapshot can be used: who was present, and under which name, is not known."
                )
                state = self._of_rooms()
            for name, room in state.rooms.items():
                self._fill(name, room.head + 1)
                if room.head and name not in self._rooms:
                    self._begin(name, room.head + 1)
            body = encoded(state)
            seal = checksum(0, self._sequence, body)
            self._target.execute(_ADD_SNAPSHOT, (self._sequence, seal, body))
            mark_clean(self._target)
        if not self._rooms and not snapshots:
            self._lines.append("Nothing in it can be read.")
        return [*self._lines, *self._summary()]

    def _folded(self, base: int, state: State) -> State | None:
        """Fold what follows ``base`` up to the first damage; None if there is nothing to fold to.

        Without a snapshot the log must start at its first entry.
        """
        last = base
        damage = ""
        for row in self._scan.entries():
            if row.sequence <= base:
                continue
            if isinstance(row, Broken):
                damage = row.what
            elif row.sequence != last + 1:
                damage = f"entry {last + 1} is missing"
            elif row.entry is None:
                damage = f"entry {row.sequence} was lost to earlier damage"
            else:
                damage = misfit(state, row.sequence, row.entry) or ""
            if damage:
                break
            last = row.sequence
        if damage:
            more = max(self._scan.last, last + 1) - last
            self._lines.append(
                f"The state is that of entry {last}: {damage}. "
                f"{more} {'entry' if more == 1 else 'entries'} from there on took no part."
            )
        return None if damage and not last else state

    def _copy(self, state: State | None) -> None:
        for row in self._scan.entries():
            if isinstance(row, Broken):
                self._unreadable += 1
            elif row.room:
                self._copy_event(row, state)

    def _copy_event(self, row: Found, state: State | None) -> None:
        room = self._rooms.get(row.room)
        head = None
        if state is not None:
            head = state.rooms[row.room].head if row.room in state.rooms else 0
        if head is not None and row.number > head:
            # It follows on damage, so nobody knows whether it was the next; its number is free.
            if room is None:
                room = self._begin(row.room, head + 1)
            room.dropped.append(row.number)
            return
        if room is None:
            room = self._begin(row.room, row.number)
        elif row.number <= room.last:
            self._unreadable += 1  # a second entry of that number
            return
        self._fill(row.room, row.number)
        event = row.entry.event if isinstance(row.entry, RoomEntry) else None
        if event is None:
            self._add(room, row.number, row.body, MESSAGE, room.at)
            room.lost.append(row.number)
        else:
            self._add(room, row.number, row.body, kind_of(event), event.at)
            room.kept += 1

    def _begin(self, name: str, first: int) -> _Copied:
        room = self._rooms[name] = _Copied(len(self._rooms) + 1, name)
        room.first = first
        room.last = first - 1
        self._target.execute(_ADD_ROOM, (room.id, name, first - 1))
        return room

    def _fill(self, name: str, until: int) -> None:
        """Keep the numbers below ``until`` that could not be read."""
        room = self._rooms.get(name)
        if room is None:
            return
        for number in range(room.last + 1, until):
            self._add(room, number, b"", MESSAGE, room.at)
            room.lost.append(number)

    def _add(self, room: _Copied, number: int, body: bytes, kind: int, at: int) -> None:
        self._sequence += 1
        room.said += kind == MESSAGE
        room.last = number
        room.at = at
        seal = checksum(room.seed, number, body)
        row = (self._sequence, room.id, number, room.said, kind, at, seal, body)
        self._target.execute(ADD_ENTRY, row)

    def _of_rooms(self) -> State:
        """Return the state of a house of which nothing is known but its rooms' events."""
        state = State()
        for name, room in self._rooms.items():
            state.rooms[name] = unknown_room(name, room.last)
        return state

    def _summary(self) -> list[str]:
        lines = []
        if self._unreadable:
            lines.append(f"Entries that cannot be read: {self._unreadable}.")
        removed = dict(room_names(self._source, self._place).values())
        for name, room in self._rooms.items():
            before = removed.get(name, 0)
            line = f"Room {name!r}: events kept: {room.kept}"
            if room.last:
                line += f", up to number {room.last}"
            if room.first - 1 > before:
                line += f"; gone from the start: {before + 1} to {room.first - 1}"
            if room.lost:
                line += f"; lost: {ranges(room.lost)}"
            if room.dropped:
                line += f"; readable in the damaged file alone: {ranges(room.dropped)}"
            lines.append(f"{line}.")
        return lines


def ranges(numbers: list[int], most: int = 20) -> str:
    """Return ascending numbers in words, such as ``3, 7 to 9``."""
    pieces: list[list[int]] = []
    for number in numbers:
        if pieces and number == pieces[-1][1] + 1:
            pieces[-1][1] = number
        else:
            pieces.append([number, number])
    words = [str(a) if a == b else f"{a} to {b}" for a, b in pieces[:most]]
    if len(pieces) > most:
        words.append(f"and more ({len(numbers)} in all)")
    return ", ".join(words)
