"""What a start reads from the journal: a snapshot, the entries after it, and the rooms' tallies.

All of it is verified. Where it does not hold, :class:`protocol.errors.JournalCorrupt` names the
place, and nothing was changed: what to do then is for the caller to decide.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from broker.journal_schema import MESSAGE, SESSIONS, is_intact, reading, seed_of
from broker.records import Entry, RoomEntry, SessionEvent
from broker.retention import Tally
from broker.state import Snapshot, State
from protocol.errors import JournalCorrupt
from protocol.events import Event

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

_READ_AT_ONCE: Final = 1000

_ENTRIES: Final = """
    SELECT entries.sequence, entries.room, rooms.name, entries.number, entries.crc, entries.body
    FROM entries LEFT JOIN rooms ON rooms.id = entries.room
    WHERE entries.sequence > ? ORDER BY entries.sequence LIMIT ?
"""
_ROOMS: Final = "SELECT id, name, pruned, pruned_said FROM rooms"
_NEWEST: Final = """
    SELECT number, said, is_said FROM entries
    WHERE room = ? AND room > 0 ORDER BY number DESC LIMIT 2
"""
_OLDEST: Final = """
    SELECT number, sequence, at FROM entries
    WHERE room = ? AND room > 0 ORDER BY number LIMIT 1
"""
_LAST: Final = "SELECT coalesce(max(sequence), 0) FROM entries"
_SNAPSHOTS: Final = "SELECT sequence FROM snapshots ORDER BY sequence DESC"
_SNAPSHOT: Final = "SELECT crc, body FROM snapshots WHERE sequence = ?"

_log: Final = logging.getLogger(__name__)
_room_event: Final[msgspec.json.Decoder[Event]] = msgspec.json.Decoder(Event)
_session_event: Final[msgspec.json.Decoder[SessionEvent]] = msgspec.json.Decoder(SessionEvent)
_snapshot: Final = msgspec.json.Decoder(Snapshot)
NOT_READABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError)
"""What decoding raises on bytes that are none of ours."""


class Loaded(NamedTuple):
    """What a start knows.

    Attributes:
        state: the fold of everything committed.
        sequence: that of the last entry; 0 if there is none.
        rooms: the tally of each room that ever had an event.
        snapshots: the sequences of the snapshots that can be started from, oldest first.
    """

    state: State
    sequence: int
    rooms: dict[str, Tally]
    snapshots: list[int]


def load(db: sqlite3.Connection, place: str) -> Loaded:
    """Read and verify the latest good snapshot and what follows it.

    Args:
        db: the database.
        place: what messages call it.

    Raises:
        JournalCorrupt: what is stored does not hold together.
        JournalUnavailable: the disk gives no answer.
    """
    state, base, snapshots = _latest_snapshot(db, place)
    sequence = base
    for sequence, entry in entries(db, place, base):
        _fold(state, place, sequence, entry)
    with reading(place):
        (last,) = db.execute(_LAST).fetchone()
        rooms = dict(_tallies(db, place))
    if last != sequence:
        raise _corrupt(place, f"the log ends at entry {last}, before the snapshot at {base}")
    _check_heads(state, place, rooms)
    return Loaded(state, sequence, rooms, snapshots)


def entries(db: sqlite3.Connection, place: str, after: int) -> Iterator[tuple[int, Entry]]:
    """Yield every entry that follows sequence ``after``, with its sequence, verified.

    Raises:
        JournalCorrupt: an entry is damaged or missing.
        JournalUnavailable: the disk gives no answer.
    """
    seeds: dict[str, int] = {}
    while True:
        with reading(place):
            rows = db.execute(_ENTRIES, (after, _READ_AT_ONCE)).fetchall()
        for sequence, room_id, name, number, crc, body in rows:
            if sequence != after + 1:
                raise _corrupt(place, f"entry {after + 1} is missing")
            after = sequence
            room = "" if room_id == SESSIONS else name
            if not isinstance(room, str):
                raise _corrupt(place, f"the room of entry {sequence} is missing")
            seed = seeds.get(room)
            if seed is None:
                seed = seeds[room] = seed_of(room)
            if not is_intact(seed, number, body, crc):
                raise _corrupt(place, f"{_entry_name(sequence, room, number)} is damaged")
            yield sequence, _decoded(place, sequence, room, number, body)
        if len(rows) < _READ_AT_ONCE:
            return


def decoded(room: str, body: bytes) -> Entry:
    """Return the entry of a row; ``room`` is empty for a session event."""
    if room:
        return RoomEntry(room, _room_event.decode(body))
    return _session_event.decode(body)


def _decoded(place: str, sequence: int, room: str, number: int, body: bytes) -> Entry:
    try:
        entry = decoded(room, body)
    except NOT_READABLE as error:
        name = _entry_name(sequence, room, number)
        lost = "was lost to earlier damage" if room and not body else "is of no known kind"
        raise _corrupt(place, f"{name} {lost}") from error
    return entry


def read_snapshot(db: sqlite3.Connection, place: str, sequence: int) -> tuple[int, int, bytes]:
    """Return a snapshot's sequence, checksum and body, as they stand there.

    Raises:
        JournalCorrupt: it cannot be read.
        JournalUnavailable: the disk gives no answer.
    """
    with reading(place):
        row = db.execute(_SNAPSHOT, (sequence,)).fetchone()
    if row is None:
        raise _corrupt(place, f"the snapshot at entry {sequence} is missing")
    return sequence, *row


def restored(sequence: int, crc: int, body: bytes) -> State | None:
    """Return the state that a snapshot holds, or None when it is not what was written."""
    if not is_intact(0, sequence, body, crc):
        return None
    try:
        return State.restore(_snapshot.decode(body))
    except NOT_READABLE:
        return None


def _latest_snapshot(db: sqlite3.Connection, place: str) -> tuple[State, int, list[int]]:
    """Return the state to start from, its sequence, and the sequences of the usable snapshots.

    Without any, a start folds the log from its first entry, which holds as long as none was
    removed: :func:`entries` finds that out.
    """
    with reading(place):
        stored = [sequence for (sequence,) in db.execute(_SNAPSHOTS)]
    for index, sequence in enumerate(stored):
        with suppress(JournalCorrupt):
            state = restored(*read_snapshot(db, place, sequence))
            if state is not None:
                return state, sequence, stored[index:][::-1]
        _log.warning("%s: the snapshot at entry %d is damaged", place, sequence)
    return State(), 0, []


def _fold(state: State, place: str, sequence: int, entry: Entry) -> None:
    what = misfit(state, sequence, entry)
    if what is not None:
        raise _corrupt(place, what)


def misfit(state: State, sequence: int, entry: Entry) -> str | None:
    """Fold ``entry`` into ``state``, or return why it does not follow; then nothing changed."""
    if isinstance(entry, RoomEntry):
        room = state.rooms.get(entry.room)
        expected = room.head + 1 if room is not None else 1
        if entry.event.number != expected:
            name = _entry_name(sequence, entry.room, entry.event.number)
            return f"{name} stands where number {expected} belongs"
    try:
        state.apply(entry)
    except KeyError:
        return f"entry {sequence} does not follow from those before it"
    return None


def _tallies(db: sqlite3.Connection, place: str) -> Iterator[tuple[str, Tally]]:
    for room_id, name, pruned, pruned_said in db.execute(_ROOMS).fetchall():
        if not (isinstance(name, str) and _are_counts(pruned, pruned_said)):
            raise _corrupt(place, f"room {room_id} is damaged")
        tally = Tally(room_id, seed_of(name), pruned, pruned_said, pruned, pruned_said)
        oldest = db.execute(_OLDEST, (room_id,)).fetchone()
        if oldest is not None:
            newest = db.execute(_NEWEST, (room_id,)).fetchall()
            if not newest or not _are_counts(*oldest, *newest[0][:2], *newest[-1][:2]):
                raise _corrupt(place, f"a count of {name!r} is damaged")
            first, tally.oldest_sequence, tally.oldest_at = oldest
            if first != pruned + 1:
                raise _corrupt(place, f"event {pruned + 1} of {name!r} is missing")
            tally.head, tally.said, kind = newest[0]
            # Retention removes by this count, so it must not be taken on trust.
            before = newest[1][1] if len(newest) > 1 else pruned_said
            counted = tally.said - before
            if counted != (kind == MESSAGE) or tally.said - pruned_said > tally.head - pruned:
                raise _corrupt(place, f"the count of messages of {name!r} is damaged")
        yield name, tally


def _are_counts(*values: object) -> bool:
    return all(isinstance(value, int) and value >= 0 for value in values)


def _check_heads(state: State, place: str, rooms: dict[str, Tally]) -> None:
    for name, room in state.rooms.items():
        stored = rooms[name].head if name in rooms else 0
        if stored != room.head:
            raise _corrupt(place, f"{name!r} ends at event {stored}, not at {room.head}")


def _entry_name(sequence: int, room: str, number: int) -> str:
    return f"entry {sequence} (event {number} of {room!r})" if room else f"entry {sequence}"


def _corrupt(place: str, what: str) -> JournalCorrupt:
    return JournalCorrupt(f"{place}: {what}")
