"""The broker's adapter: owns its sockets, its journal and the clocks, and runs turns of the core.

A turn drains a bounded batch, lets the core decide, commits, and only then sends.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final, Protocol

import zmq

from broker.presence import Peer
from broker.sqlite_journal_backup import Backups
from broker.subscriptions import SubscriptionRate, Verdict
from broker.turns import finish_turn, try_again
from protocol.codec import decode_peer_batch
from protocol.errors import JournalError, MessageError
from runtime.pump import Pump
from runtime.sockets import drain_frames, drain_with_addresses

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from broker.core import Core
    from broker.pairs import SocketPair
    from broker.search import FollowedJournal, SearchHits
    from broker.search_thread import Search
    from broker.sqlite_journal_backup import HeldJournal
    from broker.turn import Copying, Outgoing, Searching
    from broker.zap import ZapHandler
    from protocol.errors import Code

    class _Journal(FollowedJournal, HeldJournal, Protocol):
        """A journal that the search index follows, and that can be copied."""


_MESSAGES_A_TURN: Final = 256
_BYTES_A_TURN: Final = 128 * 1024
"""About 2,000 commands: a turn stays in the tens of milliseconds under any load."""
_ENTRIES_A_SLICE: Final = 200
"""Of the journal, for a search index that is behind: about a millisecond."""
_FRAMES: Final = 2
_PROBE_EVERY_S: Final = 1.0

_log = logging.getLogger(__name__)


class Server:
    """Runs the core over real sockets on an asyncio loop."""

    def __init__(
        self,
        core: Core,
        journal: _Journal,
        search: Search,
        pairs: tuple[SocketPair, ...],
        zap: ZapHandler,
        loop: asyncio.AbstractEventLoop,
        on_broken: Callable[[], None],
    ) -> None:
        self._core = core
        self._journal = journal
        self._search = search
        self._backups = Backups(journal, loop)
        self._pairs = {pair.trusted: pair for pair in pairs}
        self._zap = zap
        self._rate = SubscriptionRate()
        self._loop = loop
        self._on_broken = on_broken
        self._pump = Pump(loop, self._try_turn)
        self._timer: asyncio.TimerHandle | None = None
        self._probe: asyncio.TimerHandle | None = None
        self._refusing = ""
        self._requests: list[Callable[[Core], None]] = []
        self._pump.add(zap.socket)
        for pair in pairs:
            self._pump.add(pair.router)
            self._pump.add(pair.xpub)
        search.prune(journal.take_pruned())
        search.start(self._pump.wake)

    def request(self, action: Callable[[Core], None]) -> None:
        """Have ``action`` take part in the next turn."""
        self._requests.append(action)
        self._pump.wake()

    def stop(self) -> None:
        """Have a last turn, and stop; the sockets stay open."""
        self._turn()
        self._close()

    def _close(self) -> None:
        self._pump.close()
        self._backups.close()
        for timer in (self._timer, self._probe):
            if timer is not None:
                timer.cancel()

    def _try_turn(self) -> None:
        """Stop at once if a turn breaks: its state is not the journal's any more."""
        try:
            self._turn()
        except Exception:
            _log.exception("an internal error; the journal holds what was acknowledged")
            self._close()
            self._on_broken()

    def _turn(self) -> None:
        now = self._loop.time()
        wall_ms = time.time_ns() // 1_000_000
        self._zap.answer(now)
        self._core.begin(now, wall_ms)
        self._receive(now)
        for action in self._requests:
            action(self._core)
        self._requests.clear()
        self._core.tick()
        outgoing, failure = finish_turn(self._core, self._journal)
        if failure is not None:
            _log.error("commands are refused: the journal does not take them: %s", failure)
            self._refusing = str(failure)
            self._probe_later()
        elif entries := self._core.turn.entries:
            self._search.committed(self._journal.sequence, entries)
        self._send(outgoing)
        for copying in outgoing.copies:
            self._copy(copying)
        for searching in outgoing.searches:
            self._look_for(searching)
        if self._journal_upkeep(wall_ms) | self._feed_search():
            self._pump.wake()
        self._set_timer()

    def _receive(self, now: float) -> None:
        for trusted, pair in self._pairs.items():
            arrived = drain_with_addresses(pair.router, _MESSAGES_A_TURN, _BYTES_A_TURN)
            for address, (routing_id, *frames) in arrived:
                peer = Peer(trusted, routing_id)
                try:
                    if len(frames) != _FRAMES - 1:
                        raise MessageError("not one body")
                    messages = decode_peer_batch(frames[0])
                except MessageError:
                    self._core.unreadable(peer)
                else:
                    self._core.receive(peer, messages, address)
            for frame in drain_frames(pair.xpub, _MESSAGES_A_TURN):
                if frame.bytes[:1] == b"\x01":
                    self._subscribed(pair, frame, now)

    def _subscribed(self, pair: SocketPair, frame: zmq.Frame, now: float) -> None:
        descriptor = int(frame.get(zmq.SRCFD))
        verdict = Verdict.ADMIT if pair.trusted else self._rate.judge(descriptor, now)
        if verdict is Verdict.ADMIT:
            self._core.subscribed(frame.bytes[1:])
        elif verdict is Verdict.PUT_OUT:
            _log.warning("a connection that subscribes without end is cut off")
            pair.cut_subscriber(descriptor)

    def _send(self, outgoing: Outgoing) -> None:
        for topic, body in outgoing.published:
            for pair in self._pairs.values():
                pair.xpub.send_multipart([topic, body], zmq.NOBLOCK)
        put_out: set[Peer] = set()
        for peer, body in outgoing.replies:
            if peer in put_out:  # no reply may follow one that was lost
                continue
            try:
                self._pairs[peer.trusted].router.send_multipart(
                    [peer.routing_id, body], zmq.NOBLOCK
                )
            except zmq.ZMQError as error:
                # Gone is how every connection ends; not reading is worth a line.
                level = logging.INFO if error.errno == zmq.EAGAIN else logging.DEBUG
                _log.log(level, "a connection is put out: %s", error.strerror)
                put_out.add(peer)
                self._core.unreachable(peer)

    def _look_for(self, searching: Searching) -> None:
        def done(hits: SearchHits | None) -> None:
            self.request(lambda core: core.found(searching, hits))

        self._search.search(searching.query, done)

    def _copy(self, copying: Copying) -> None:
        def done(outcome: int | Code) -> None:
            self.request(lambda core: core.copied(copying, outcome))

        self._backups.begin(copying.path, done)

    def _journal_upkeep(self, wall_ms: int) -> bool:
        if not self._core.writable:
            return False
        try:
            more = self._journal.maintain(self._core.state, wall_ms)
        except JournalError as error:
            _log.warning("the journal's upkeep failed and is tried again: %s", error)
            return False
        if pruned := self._journal.take_pruned():
            self._search.prune(pruned)
        return more

    def _feed_search(self) -> bool:
        """Read a slice of the journal for an index that is behind; return whether it wants more."""
        after = self._search.wanted()
        if after is None:
            return False
        try:
            self._search.read(after, self._journal.later(after, _ENTRIES_A_SLICE))
        except JournalError as error:
            _log.warning("the search index is behind, and this is tried again: %s", error)
            return False
        return self._search.wanted() is not None

    def _probe_later(self) -> None:
        if self._probe is None:
            self._probe = self._loop.call_later(_PROBE_EVERY_S, self._probe_journal)

    def _probe_journal(self) -> None:
        self._probe = None
        try:
            try_again(self._core, self._journal)
        except JournalError as error:
            if str(error) != self._refusing:
                self._refusing = str(error)
                _log.error("commands are still refused: %s", error)
            self._probe_later()
            return
        _log.info("the journal takes commits again")
        self._pump.wake()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        due = self._core.next_deadline()
        self._timer = None if due is None else self._loop.call_at(due, self._pump.wake)
