"""``chat-broker --check``: reads the whole journal, changes nothing, and says what it found."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from broker.journal_schema import MESSAGE, kind_of, older_than_this
from broker.records import RoomEntry
from broker.sqlite_journal_header import FORMAT, check_header
from broker.sqlite_journal_salvage import ranges
from broker.sqlite_journal_scan import (
    Broken,
    Found,
    Scan,
    ask,
    encoded,
    good_snapshots,
    room_names,
    view,
)
from broker.sqlite_journal_start import misfit
from broker.sqlite_journal_wal import damage_of_wal, wal_of
from broker.state import State
from protocol.errors import JournalCorrupt, UsageError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

INTACT: Final = 0
DAMAGED: Final = 1
_MOST_LINES: Final = 1000
_MOST_OF_SQLITE: Final = 20


def check(data: Path) -> tuple[int, list[str]]:
    """Verify the journal in the folder ``data``; return the exit status and the lines to print.

    Raises:
        UsageError: there is no journal, or a broker uses it.
        JournalTooNew: a later Hubbub wrote it.
        JournalUnavailable: the disk gives no answer, or the journal belongs to another program.
    """
    path = data / "journal.db"
    with _unused(data):
        if not path.exists() and not wal_of(path).exists():
            raise UsageError(f"There is no journal in {data}: choose the folder with --data.")
        damage = damage_of_wal(path)
        found = [] if damage is None else [damage]
        lines: list[str] = []
        if path.exists() and path.stat().st_size:
            try:
                check_header(path)
                with view(path) as db:
                    checked = _Check(db, str(path))
                    checked.run()
                lines, found = checked.lines, found + checked.damage
            except JournalCorrupt as error:
                found.append(str(error))
        elif damage is None:
            found.append("the file is empty")
    lines = [f"Journal: {path}", *lines]
    lines += [f"DAMAGED: {what}" for what in found[:_MOST_LINES]]
    if len(found) > _MOST_LINES:
        lines.append(f"... and {len(found) - _MOST_LINES} more.")
    lines.append("The journal is damaged." if found else "The journal is intact.")
    return (DAMAGED if found else INTACT), lines


@contextmanager
def _unused(data: Path) -> Iterator[None]:
    """Keep brokers out while the block runs; a journal that never had one needs no lock.

    Raises:
        UsageError: a broker runs.
    """
    try:
        file = (data / "broker.lock").open("rb")
    except FileNotFoundError:
        yield
        return
    except OSError as error:
        raise UsageError(f"Cannot read {data}: {error.strerror}.") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            raise UsageError(f"A broker uses {data}: stop it before --check.") from error
        yield


class _Counted:
    """What the check knows of a room so far."""

    def __init__(self) -> None:
        self.first = 0
        self.last = 0
        self.said: object = None
        self.events = 0
        self.lost: list[int] = []
        self.missing: list[int] = []


class _Check:
    """Verifies a database that can be opened."""

    def __init__(self, db: sqlite3.Connection, place: str) -> None:
        self._db = db
        self._place = place
        self._rooms: dict[str, _Counted] = {}
        self.lines: list[str] = []
        self.damage: list[str] = []

    def run(self) -> None:
        self._structure()
        good, bad = good_snapshots(self._db, self._place)
        self.damage += [f"the snapshot at entry {sequence} is damaged" for sequence in bad]
        names = room_names(self._db, self._place)
        scan = Scan(self._db, self._place, [n for _, state in good for n in state.rooms])
        base, state = good[-1] if good else (0, State())
        older = older_than_this(self._db, self._place)
        # What an earlier Hubbub made of the same entries may have been less.
        ours = {} if older is None else {seq: encoded(s) for seq, s in good if seq > older}
        last, end = self._read(scan, base, state, ours)
        if last < base:
            self.damage.append(f"the log ends at entry {last}, before the snapshot at {base}")
        for name, room in self._rooms.items():
            if room.missing:
                self.damage.append(f"room {name!r}: missing: {ranges(room.missing)}")
        self._rooms_agree(end, dict(names.values()))
        if older is None:
            self.lines.append(f"Format: an older one; the next start brings it to format {FORMAT}")
        self._summary(sorted(sequence for sequence, _ in good), max(last, base))

    def _structure(self) -> None:
        """Have SQLite look at its own trees and indexes."""
        rows = ask(self._db, self._place, f"PRAGMA integrity_check({_MOST_OF_SQLITE})")
        if not rows:
            self.damage.append("SQLite cannot read the file to its end")
        self.damage += [
            f"SQLite: {' '.join(str(row[0]).split())}" for row in rows if row[0] != "ok"
        ]

    def _read(
        self, scan: Scan, base: int, state: State | None, snapshots: dict[int, bytes]
    ) -> tuple[int, State | None]:
        """Read every entry; return the last sequence and the fold, None once it cannot go on."""
        last = base
        highest = 0
        for row in scan.entries():
            highest = max(highest, row.sequence)
            if isinstance(row, Broken):
                self.damage.append(row.what)
            elif row.room:
                self._count(row)
            if row.sequence <= base:
                continue
            if row.sequence != last + 1:
                self.damage.append(f"entries missing: {ranges([*range(last + 1, row.sequence)])}")
                state = None
            last = row.sequence
            state = self._follow(state, row)
            if state is not None and last in snapshots and encoded(state) != snapshots[last]:
                self.damage.append(f"the snapshot at entry {last} is not what the entries give")
        return highest, state

    def _follow(self, state: State | None, row: Found | Broken) -> State | None:
        if state is None or isinstance(row, Broken) or row.entry is None:
            return None
        what = misfit(state, row.sequence, row.entry)
        if what is not None:
            self.damage.append(what)
            return None
        return state

    def _count(self, row: Found) -> None:
        room = self._rooms.get(row.room)
        if room is None:
            room = self._rooms[row.room] = _Counted()
            room.first, room.last = row.number, row.number - 1
        if row.number <= room.last:
            self.damage.append(f"entry {row.sequence}: event {row.number} of {row.room!r} again")
            return
        gap = range(room.last + 1, row.number)
        room.missing += gap
        room.last = row.number
        room.events += 1
        kind = MESSAGE
        if isinstance(row.entry, RoomEntry):
            kind = kind_of(row.entry.event)
            if row.at != row.entry.event.at:
                self.damage.append(f"entry {row.sequence}: its time differs from the event's")
        if row.is_lost:
            room.lost.append(row.number)
        if row.is_said != kind:
            self.damage.append(f"entry {row.sequence}: it is counted as what it is not")
        elif isinstance(room.said, int) and not gap and row.said != room.said + (kind == MESSAGE):
            self.damage.append(f"entry {row.sequence}: its count of messages is wrong")
        room.said = row.said

    def _rooms_agree(self, state: State | None, removed: dict[str, int]) -> None:
        """Compare the rooms' entries with what was removed on purpose, and with the state."""
        for name, room in self._rooms.items():
            if name not in removed:
                self.damage.append(f"room {name!r}: its record is damaged")
            elif room.first != removed[name] + 1:
                self.damage.append(
                    f"room {name!r}: missing: {ranges([*range(removed[name] + 1, room.first)])}"
                    if room.first > removed[name]
                    else f"room {name!r}: events up to {removed[name]} should have been removed"
                )
        for name, known in ({} if state is None else state.rooms).items():
            last = self._rooms[name].last if name in self._rooms else removed.get(name, 0)
            if last != known.head:
                self.damage.append(f"room {name!r}: ends at event {last}, not at {known.head}")

    def _summary(self, snapshots: list[int], last: int) -> None:
        words = ", ".join(map(str, snapshots)) or "none"
        self.lines.append(f"Log: up to entry {last}; snapshots at entries: {words}")
        for name, room in self._rooms.items():
            line = f"Room {name!r}: events {room.first} to {room.last} ({room.events} of them)"
            if room.lost:
                line += f"; lost to damage found earlier: {ranges(room.lost)}"
            self.lines.append(line)
        if not self._rooms:
            self.lines.append("No events.")
