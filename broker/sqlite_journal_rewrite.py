"""What a commit changes of stored messages that are edited or deleted by it.

Only text changes: numbers, counts and the state that is folded from the log stay what they were.
All is read before the transaction begins, because SQLite commits none in which it met damage.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import msgspec

from broker.journal_schema import checksum, is_intact, reading
from protocol.errors import JournalCorrupt
from protocol.events import Deleted, Edited, Said

if TYPE_CHECKING:
    import sqlite3

    from broker.retention import Tally
    from broker.sqlite_journal_batch import Batch, Rewriting

_STORED: Final = (
    "SELECT sequence, crc, body FROM entries WHERE room = ? AND room > 0 AND number = ?"
)
_EDITED_BEFORE: Final = """
    SELECT number FROM entries INDEXED BY entries_found
    WHERE room = ? AND is_said = ? AND (is_said = 2 OR is_said < 0)
    ORDER BY number DESC LIMIT 1
"""

_Words = TypeVar("_Words", Said, Edited)
_said: Final = msgspec.json.Decoder(Said)
_edited: Final = msgspec.json.Decoder(Edited)
_encode: Final = msgspec.json.Encoder().encode
_log: Final = logging.getLogger(__name__)


class Change(NamedTuple):
    """The new content of a row.

    Attributes:
        crc: its checksum.
        body: the encoded event.
        sequence: which row.
        grows: whether it takes more room than before.
    """

    crc: int
    body: bytes
    sequence: int
    grows: bool


def changes_by(batch: Batch, db: sqlite3.Connection, place: str) -> list[Change]:
    """Return what the edits and deletions of a batch change of rows that are stored.

    Messages of the batch itself are changed in its rows. A message that is no longer kept or
    damaged stays as it is: the event tells what became of it.

    Args:
        batch: what is about to be committed.
        db: the database, in no transaction.
        place: what messages call it.

    Raises:
        JournalUnavailable: the disk gives no answer.
    """
    rewriter = _Rewriter(batch, db, place)
    for rewriting in batch.rewritings:
        rewriter.run(rewriting)
    return rewriter.finish()


@dataclass
class _Row:
    """An event as it was and as it will be; ``index`` is its place in the batch, or -1."""

    sequence: int
    seed: int
    number: int
    size: int
    body: bytes
    index: int = -1
    is_changed: bool = False


class _Rewriter:
    """Follows the edits and deletions of one batch."""

    def __init__(self, batch: Batch, db: sqlite3.Connection, place: str) -> None:
        self._batch = batch
        self._db = db
        self._place = place
        self._index = {(row[1], row[2]): index for index, row in enumerate(batch.rows)}
        self._edited: dict[tuple[int, int], int] = {}
        self._rows: dict[tuple[int, int], _Row] = {}

    def run(self, rewriting: Rewriting) -> None:
        room, tally, event = rewriting
        for change in (self._blank_earlier, self._change_target):
            try:
                change(tally, event)
            except JournalCorrupt as damage:  # the other one may still be made
                _log.error("event %d of %r cannot change event %d: %s",
                           event.number, room, event.target, damage)  # fmt: skip
        if isinstance(event, Edited):
            self._edited[tally.id, event.target] = event.number

    def finish(self) -> list[Change]:
        changes = []
        for row in self._rows.values():
            if not row.is_changed:
                continue
            crc = checksum(row.seed, row.number, row.body)
            if row.index < 0:
                changes.append(Change(crc, row.body, row.sequence, len(row.body) > row.size))
            else:
                columns = self._batch.rows[row.index][:6]
                self._batch.rows[row.index] = (*columns, crc, row.body)
        return changes

    def _blank_earlier(self, tally: Tally, event: Edited | Deleted) -> None:
        """Take the text out of the last ``edited`` event before; those before it have none."""
        number = self._edited.get((tally.id, event.target))
        if number is None:
            with reading(self._place):
                found = self._db.execute(_EDITED_BEFORE, (tally.id, -event.target)).fetchone()
            if found is None:
                return
            (number,) = found
        row = self._row(tally, number)
        before = None if row is None else _decoded(row, _edited)
        if row is not None and before is not None and before.target == event.target:
            _change(row, msgspec.structs.replace(before, text=""))

    def _change_target(self, tally: Tally, event: Edited | Deleted) -> None:
        row = self._row(tally, event.target)
        said = None if row is None else _decoded(row, _said)
        # What is deleted stays so.
        if row is None or said is None or said.deleted:
            return
        if isinstance(event, Edited):
            _change(row, msgspec.structs.replace(said, text=event.text, edited=event.number))
        else:
            _change(row, msgspec.structs.replace(said, text="", deleted=True))

    def _row(self, tally: Tally, number: int) -> _Row | None:
        """Return an event as it is now; None when it is gone, or not what was written."""
        place = tally.id, number
        row = self._rows.get(place)
        if row is None and (row := self._found(tally, number)) is not None:
            self._rows[place] = row
        return row

    def _found(self, tally: Tally, number: int) -> _Row | None:
        index = self._index.get((tally.id, number))
        if index is not None:
            sequence, *_, body = self._batch.rows[index]
            return _Row(sequence, tally.seed, number, len(body), body, index)
        with reading(self._place):
            stored = self._db.execute(_STORED, (tally.id, number)).fetchone()
        if stored is None:
            return None
        sequence, crc, body = stored
        if not is_intact(tally.seed, number, body, crc):
            raise JournalCorrupt(f"event {number} is damaged")
        return _Row(sequence, tally.seed, number, len(body), body)


def _decoded(row: _Row, decoder: msgspec.json.Decoder[_Words]) -> _Words | None:
    """Return the event of a row, or None when it is of another kind or was lost to damage."""
    try:
        return decoder.decode(row.body)
    except msgspec.MsgspecError:
        return None


def _change(row: _Row, event: Said | Edited) -> None:
    row.body = _encode(event)
    row.is_changed = True
