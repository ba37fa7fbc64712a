"""The journal in an SQLite database: the log, its snapshots, and reading both back.

One transaction per turn of the broker. Every row carries a checksum; a start verifies the snapshot
and the entries after it, everything else is verified when it is read.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import msgspec

from broker import sqlite_journal_backup, sqlite_journal_follow, sqlite_journal_start
from broker.journal import StoredPage
from broker.journal_schema import (
    IN_MEMORY,
    checksum,
    connect,
    durable_transaction,
    mark_clean,
    start_run,
    transaction,
)
from broker.retention import Retention
from broker.sqlite_journal_batch import batch_of
from broker.sqlite_journal_read import Reader
from broker.sqlite_journal_rewrite import changes_by
from broker.sqlite_journal_write import Writer, is_damage
from protocol.errors import JournalCorrupt, JournalError, JournalUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from broker.journal import StoredEntry
    from broker.records import Entry
    from broker.retention import Tally
    from broker.search import Later
    from broker.state import State

SNAPSHOTS_KEPT: Final = 2
"""A damaged snapshot is passed over for the one before it."""

_REST_MS: Final = 1000

_encode: Final = msgspec.json.Encoder().encode

_ADD_SNAPSHOT: Final = "INSERT OR REPLACE INTO snapshots (sequence, crc, body) VALUES (?, ?, ?)"
_DROP_SNAPSHOTS: Final = "DELETE FROM snapshots WHERE sequence NOT IN (?, ?)"
_RESERVE: Final = "INSERT OR REPLACE INTO meta (key, value) VALUES ('probe', zeroblob(65536))"
_RELEASE: Final = "DELETE FROM meta WHERE key = 'probe'"


class SqliteJournal:
    """A journal in one SQLite file, for one process at a time.

    Call :meth:`load` before anything else, and again after a commit that failed.

    Args:
        path: the file, made if absent (its folder is not); None for a journal in memory.
        fsync: whether each commit waits for the disk. Without it a crash of the process loses
            nothing, but a crash of the machine may lose the last commits.
        keep_messages: how many of a room's newest ``said`` events are kept; 0 for all.
        keep_days: how many days a room's events are kept; 0 for ever.
        snapshot_every: how many entries come between two snapshots.
        boot_id: which start of the machine this is; empty when unknown.
        new_id: makes a journal id.

    Raises:
        JournalUnavailable: the file cannot be opened or written, or another process has it.
        JournalCorrupt: the file is no journal.
        JournalTooNew: a later Hubbub wrote it; nothing was changed.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        fsync: bool,
        keep_messages: int,
        keep_days: int,
        snapshot_every: int = 10_000,
        boot_id: str,
        new_id: Callable[[], str],
    ) -> None:
        self._place = IN_MEMORY if path is None else str(path)
        self._fsync = fsync
        self._snapshot_every = snapshot_every
        self._retention = Retention(keep_messages, keep_days)
        self._rooms: dict[str, Tally] = {}
        self._snapshots: list[int] = []
        self._sequence = 0
        self._rests_since: int | None = None
        self._path = path
        self._db = connect(path, fsync=fsync)
        self._reader = Reader(self._db, self._place)
        self._writer = Writer(self._db, path, self._place)
        try:
            self._id = start_run(self._db, self._place, boot_id, new_id, fsync=fsync)
        except JournalUnavailable as error:
            self._db.close()
            if is_damage(error):
                raise JournalCorrupt(str(error)) from error
            raise
        except BaseException:
            self._db.close()
            raise

    @property
    def id(self) -> str:
        """The journal's id; it changes whenever committed events may have been lost."""
        return self._id

    # ---- start

    def load(self) -> State:
        """Return the state: the latest good snapshot plus the entries after it, all verified.

        Raises:
            JournalCorrupt: what is stored does not hold together; the text names the place.
            JournalUnavailable: the disk gives no answer.
        """
        loaded = sqlite_journal_start.load(self._db, self._place)
        self._sequence = loaded.sequence
        self._rooms = loaded.rooms
        self._snapshots = loaded.snapshots
        self._retention.reset(self._rooms, self._floor)
        return loaded.state

    def entries(self, after: int = 0) -> Iterator[tuple[int, Entry]]:
        """Yield every kept entry that follows sequence ``after``, with its sequence, verified.

        Raises:
            JournalCorrupt: an entry is damaged or missing. Below the older snapshot entries are
                missing on purpose once retention has removed some.
            JournalUnavailable: the disk gives no answer.
        """
        return sqlite_journal_start.entries(self._db, self._place, after)

    # ---- commits

    def commit(self, entries: Sequence[StoredEntry]) -> None:
        """Store the entries in order, all or none, and what they change of messages before them.

        Raises:
            JournalUnavailable: nothing was stored.
            ValueError: an event's number does not follow its room's last; nothing was stored.
        """
        if not entries:
            return
        batch = batch_of(entries, self._sequence, self._rooms)
        # Rare, and looked for apart: what is said pays nothing for it.
        changes = changes_by(batch, self._db, self._place) if batch.rewritings else []
        self._writer.write(batch, changes)
        self._sequence += len(batch.rows)
        self._rooms.update(batch.tallies)
        for name, tally in batch.tallies.items():
            self._retention.grown(name, tally)

    def rehearse(self) -> None:
        """Write entries of every room and take all back, to learn whether they would fit in.

        Raises:
            JournalCorrupt: the trees of the database are damaged where they grow.
            JournalUnavailable: the disk takes no commit.
        """
        self._writer.rehearse(self._sequence, self._rooms.values())

    def probe(self) -> None:
        """Learn whether commits succeed: write as much as a turn may need, and give it back.

        Changing a row in place would succeed on a disk that has no room for one more message.

        Raises:
            JournalUnavailable: they still do not.
        """
        with transaction(self._db, self._place):
            self._db.execute(_RESERVE)
        with transaction(self._db, self._place):
            self._db.execute(_RELEASE)

    # ---- reading

    def page(self, room: str, first: int, last: int, count: int, size: int) -> StoredPage:
        """Return the events of ``room`` from number ``first`` (or the oldest kept) to ``last``.

        At most ``count`` events and about ``size`` bytes, at least one event if there is any. A
        page that reaches a damaged event ends before it; one that would start there starts at the
        next readable event, and states that as the oldest.

        Raises:
            JournalUnavailable: the disk gives no answer.
        """
        tally = self._rooms.get(room)
        if tally is None:
            return StoredPage(1, [])
        first = max(first, tally.pruned + 1)
        last = min(last, tally.head, first + count - 1)
        return self._reader.page(room, tally, first, last, size)

    def recent(self, room: str, before: int, count: int, first: int = 1) -> list[bytes]:
        """Return the last ``count`` ``said`` events numbered from ``first`` to below ``before``.

        Oldest first; where one of them is damaged, those after it.

        Raises:
            JournalUnavailable: the disk gives no answer.
        """
        tally = self._rooms.get(room)
        return [] if tally is None else self._reader.recent(room, tally, before, count, first)

    def acts(self, room: str, before: int, count: int, first: int = 1) -> list[bytes]:
        """Return the last ``count`` acts of operators from number ``first`` to below ``before``.

        Oldest first, those that are damaged left out.

        Raises:
            JournalUnavailable: the disk gives no answer.
        """
        tally = self._rooms.get(room)
        return [] if tally is None else self._reader.acts(room, tally, before, count, first)

    def since(self, room: str, at: int) -> int:
        """Return where the events of ``room`` at time ``at`` or later begin; see the interface.

        Raises:
            JournalUnavailable: the disk gives no answer.
        """
        tally = self._rooms.get(room)
        return 1 if tally is None else self._reader.since(tally, at)

    def event(self, room: str, number: int) -> bytes | None:
        """Return one event; None when it was never there, is no longer kept, or is damaged.

        Raises:
            JournalUnavailable: the disk gives no answer.
        """
        return self.events(room, (number,)).get(number)

    def events(self, room: str, numbers: Iterable[int]) -> dict[int, bytes]:
        """Return those of the events with ``numbers`` that can be read, by number.

        Raises:
            JournalUnavailable: the disk gives no answer.
        """
        tally = self._rooms.get(room)
        return {} if tally is None else self._reader.events(room, tally, numbers)

    # ---- for what follows the journal

    @property
    def sequence(self) -> int:
        """The sequence of the last entry."""
        return self._sequence

    def later(self, after: int, count: int) -> Later:
        """Return the next ``count`` entries that follow the sequence ``after``.

        Raises:
            JournalUnavailable: the disk gives no answer.
        """
        return sqlite_journal_follow.later(self._db, self._place, after, self._sequence, count)

    def take_pruned(self) -> dict[str, int]:
        """Return up to which number rooms were pruned since this was last asked (or loaded)."""
        return self._retention.take_pruned()

    # ---- for who copies the file

    def hold_still(self) -> Path | None:
        """Put all that is committed into the file, which then stands still; return it.

        None for a journal in memory. Commits go on, beside the file.

        Raises:
            JournalUnavailable: it cannot be done now.
        """
        if self._path is not None:
            sqlite_journal_backup.hold_still(self._db, self._place)
        return self._path

    def let_go(self) -> None:
        """The file need not stand still any more."""
        sqlite_journal_backup.let_go(self._db)

    # ---- upkeep

    @property
    def _floor(self) -> int:
        """The last sequence that may be removed: a start from the older snapshot must succeed."""
        return self._snapshots[0] if len(self._snapshots) == SNAPSHOTS_KEPT else 0

    def maintain(self, state: State, wall_ms: int) -> bool:
        """Do a small slice of upkeep: a due snapshot, or one slice of retention.

        Args:
            state: the fold of everything committed.
            wall_ms: the wall clock in milliseconds since 1970, for retention by age.

        Returns:
            Whether more upkeep is due now.

        Raises:
            JournalError: the upkeep failed and nothing changed; for a second none is tried.
        """
        snapshot_due = self._since_snapshot >= self._snapshot_every
        if not (snapshot_due or self._retention.is_due(wall_ms)):
            return False
        if self._rests_since is not None and 0 <= wall_ms - self._rests_since < _REST_MS:
            return False
        try:
            if snapshot_due:
                with self._writer.marking(), transaction(self._db, self._place):
                    kept = self._write_snapshot(state)
                self._snapshots = kept
                self._retention.raise_floor(self._floor)
                more = True
            else:
                more = self._retention.run(self._db, self._place, wall_ms)
        except JournalError:
            self._rests_since = wall_ms
            raise
        self._rests_since = None
        return more

    def close(self, state: State | None) -> None:
        """Write a last snapshot of ``state``, mark the stop as clean, and close.

        Args:
            state: the fold of everything committed; None leaves the stop unclean.

        Raises:
            JournalUnavailable: the journal is closed, but not marked.
        """
        try:
            if state is not None:
                last_words = durable_transaction(self._db, self._place, fsync=self._fsync)
                with self._writer.marking(), last_words:
                    if self._since_snapshot:
                        self._write_snapshot(state)
                    mark_clean(self._db)
                # All is safe in the write-ahead log already; this only tidies it away.
                with suppress(sqlite3.Error):
                    self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self._db.close()

    @property
    def _since_snapshot(self) -> int:
        return self._sequence - (self._snapshots[-1] if self._snapshots else 0)

    def _write_snapshot(self, state: State) -> list[int]:
        """Write a snapshot inside a transaction; return the sequences of those that are kept."""
        body = _encode(state.snapshot())
        kept = [*self._snapshots[-1:], self._sequence]
        self._db.execute(_ADD_SNAPSHOT, (self._sequence, checksum(0, self._sequence, body), body))
        self._db.execute(_DROP_SNAPSHOTS, (kept[0], kept[-1]))
        return kept
