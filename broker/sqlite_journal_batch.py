"""What one commit writes: the rows of its entries, and which messages change by them.

Nothing here is in force before the commit has succeeded.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Final, NamedTuple

from broker.journal_schema import MESSAGE, SESSIONS, checksum, kind_of, seed_of
from broker.records import RoomEntry
from broker.retention import Tally
from protocol.events import Deleted, Edited, Said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from broker.journal import StoredEntry

_SEED_OF_SESSIONS: Final = seed_of("")

Row = tuple[int, int, int, int, int, int, int, bytes]
"""The columns of an entry, in the order of the table."""


class Rewriting(NamedTuple):
    """An event that changes the stored text of the message that it names."""

    room: str
    tally: Tally
    event: Edited | Deleted


class Batch(NamedTuple):
    """What one commit writes.

    Attributes:
        rows: the entries.
        new_rooms: id and name of each room that has its first event.
        tallies: what holds of the rooms once all is written.
        rewritings: what changes the text of messages, in order.
    """

    rows: list[Row]
    new_rooms: list[tuple[int, str]]
    tallies: dict[str, Tally]
    rewritings: list[Rewriting]


def batch_of(entries: Sequence[StoredEntry], last: int, rooms: Mapping[str, Tally]) -> Batch:
    """Return what a commit of ``entries`` writes.

    Args:
        entries: what is committed.
        last: the sequence of the entry before them.
        rooms: the tallies in force; they stay as they are.

    Raises:
        ValueError: an event's number does not follow its room's last.
    """
    batch = Batch([], [], {}, [])
    rows, tallies = batch.rows, batch.tallies
    for sequence, stored in enumerate(entries, last + 1):
        entry, body = stored.entry, stored.encoded
        if not isinstance(entry, RoomEntry):
            seal = checksum(_SEED_OF_SESSIONS, 0, body)
            rows.append((sequence, SESSIONS, 0, 0, 0, 0, seal, body))
            continue
        name, event = entry.room, entry.event
        tally = tallies.get(name) or _draft(name, rooms, batch)
        number = event.number
        if number != tally.head + 1:
            raise ValueError(f"event {number} of {name!r} follows event {tally.head}")
        if tally.pruned == tally.head:
            tally.oldest_sequence, tally.oldest_at = sequence, event.at
        tally.head = number
        if type(event) is Said:  # most are
            kind = MESSAGE
            tally.said += 1
        else:
            kind = kind_of(event)
            if isinstance(event, Edited | Deleted):
                batch.rewritings.append(Rewriting(name, tally, event))
        seal = checksum(tally.seed, number, body)
        rows.append((sequence, tally.id, number, tally.said, kind, event.at, seal, body))
    return batch


def _draft(name: str, rooms: Mapping[str, Tally], batch: Batch) -> Tally:
    """Return a tally to change: the one in force stays as it is until the commit succeeds."""
    known = rooms.get(name)
    if known is not None:
        tally = copy(known)
    else:
        tally = Tally(len(rooms) + len(batch.new_rooms) + 1, seed_of(name))
        batch.new_rooms.append((tally.id, name))
    batch.tallies[name] = tally
    return tally
