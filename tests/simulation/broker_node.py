"""The broker in the simulation: the real core and the real journal, with crashes at any step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from broker.core import Core
from broker.presence import Peer, PresenceSettings
from broker.records import RoomEntry
from broker.sqlite_journal import SqliteJournal
from broker.turns import finish_turn
from broker.welcome import CoreSettings
from protocol.codec import decode_peer_batch
from protocol.errors import JournalUnavailable, MessageError
from protocol.limits import REPLY_MAX_BYTES
from tests.simulation.world import Clock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from broker.journal import StoredEntry, StoredPage
    from broker.state import State
    from broker.turn import Outgoing
    from protocol.events import Event
    from tests.simulation.network import Channel, Subscription
    from tests.simulation.world import World

SETTINGS = CoreSettings(
    presence=PresenceSettings(timeout=3.0, grace=3.0, idle=45.0, idle_warning=5.0),
    heartbeat=1.0,
    publish="publish",
    publish_trusted="publish",
)
PROBE_EVERY_S = 1.0
STARTED_WALL_MS = 1_700_000_000_000


class Crash(BaseException):
    """The process is gone, here and now."""


class Disk:
    """The journal as the disk holds it: it outlives the broker, and may refuse commits."""

    def __init__(self, keep_messages: int) -> None:
        self.full = False
        self._journal = SqliteJournal(
            None,
            fsync=False,
            keep_messages=keep_messages,
            keep_days=0,
            snapshot_every=64,
            boot_id="boot",
            new_id=lambda: "journal",
        )
        self.id = self._journal.id
        self.committed: list[Event] = []

    def load(self) -> State:
        """Return the stored state."""
        return self._journal.load()

    def commit(self, entries: Sequence[StoredEntry]) -> None:
        """Store, unless the disk is full."""
        self.probe()
        self._journal.commit(entries)
        self.committed += [e.entry.event for e in entries if isinstance(e.entry, RoomEntry)]

    def probe(self) -> None:
        """Find out whether the disk is full."""
        if self.full:
            raise JournalUnavailable("the disk is full")

    def page(self, room: str, first: int, last: int, count: int, size: int) -> StoredPage:
        """Read history."""
        return self._journal.page(room, first, last, count, size)

    def recent(self, room: str, before: int, count: int) -> list[bytes]:
        """Read the last messages."""
        return self._journal.recent(room, before, count)

    def maintain(self, state: State, wall_ms: int) -> bool:
        """Do upkeep."""
        return not self.full and self._journal.maintain(state, wall_ms)

    def close(self, state: State | None) -> None:
        """Close for good."""
        self._journal.close(state)


class BrokerNode:
    """A broker process: runs, crashes, starts again on the same disk."""

    def __init__(self, world: World, disk: Disk) -> None:
        self._world = world
        self.disk = disk
        self.core: Core | None = None
        self.crash_at: str | None = None
        self.paused = False
        self.wall_jump_ms = 0
        self.loss = 0.0
        self._clock = Clock(world)
        self._inbox: list[tuple[Peer, bytes]] = []
        self._new_topics: list[bytes] = []
        self._replies: dict[Peer, Channel] = {}
        self._subscriptions: list[Subscription] = []
        self._scheduled = False
        self._wake_at = 0.0
        self._requests: list[Callable[[Core], None]] = []

    # ---- the process

    @property
    def is_up(self) -> bool:
        """Whether the process runs."""
        return self.core is not None

    def start(self) -> None:
        """Start the process, as ``chat-broker`` would."""
        self._clock = Clock(self._world)
        self.core = Core(self.disk.load(), self.disk.id, SETTINGS, self._clock.now())
        self._world.trace("broker", "starts")
        self.wake()

    def crash(self) -> None:
        """``kill -9``: everything but the disk is gone."""
        self._world.trace("broker", "is killed")
        self.core = None
        self._inbox.clear()
        self._new_topics.clear()
        self._requests.clear()
        self._replies.clear()
        self._subscriptions.clear()
        self.crash_at = None

    # ---- sockets

    def connect(self, peer: Peer, replies: Channel) -> None:
        """A DEALER connected."""
        self._replies[peer] = replies

    def receive(self, peer: Peer, body: bytes) -> None:
        """A message arrived on ROUTER."""
        if self.core is not None:
            self._inbox.append((peer, body))
            self.wake()

    def subscribe(self, subscription: Subscription, topics: set[bytes]) -> None:
        """A SUB connected, or asked for more topics."""
        if self.core is None:
            return
        if subscription not in self._subscriptions:
            self._subscriptions.append(subscription)
        self._new_topics += sorted(topics)
        self.wake()

    def request(self, action: Callable[[Core], None]) -> None:
        """Have ``action`` take part in the next turn."""
        if self.core is not None:
            self._requests.append(action)
            self.wake()

    def put_out(self, peer: Peer) -> None:
        """The peer's queue is full."""
        if self.core is not None:
            self.core.unreachable(peer)
            self._replies.pop(peer, None)

    # ---- turns

    def wake(self) -> None:
        """Have a turn soon."""
        if not self._scheduled:
            self._scheduled = True
            self._world.after(self._world.chance.uniform(0, 0.001), self._run)

    def _run(self) -> None:
        self._scheduled = False
        if self.core is None or self.paused:
            return
        try:
            self._turn(self.core)
        except Crash:
            self.crash()

    def _turn(self, core: Core) -> None:
        taken, self._inbox = self._inbox[:8], self._inbox[8:]
        wall_ms = STARTED_WALL_MS + round(self._world.time * 1000) + self.wall_jump_ms
        core.begin(self._clock.now(), wall_ms)
        for peer, body in taken:
            try:
                core.receive(peer, decode_peer_batch(body))
            except MessageError:
                core.unreadable(peer)
        for topic in self._new_topics:
            core.subscribed(topic)
        self._new_topics.clear()
        for action in self._requests:
            action(core)
        self._requests.clear()
        core.tick()
        self._maybe_crash("before the commit")
        outgoing, failure = finish_turn(core, self.disk)
        self._maybe_crash("after the commit")
        if failure is not None:
            self._world.after(PROBE_EVERY_S, self._probe)
        self._send(outgoing)
        if core.writable:
            self.disk.maintain(core.state, wall_ms)
        self._wake_later(core)
        if self._inbox:
            self.wake()

    def _send(self, outgoing: Outgoing) -> None:
        self._subscriptions = [s for s in self._subscriptions if s.channel.is_open]
        for topic, body in outgoing.published:
            self._world.check("messages below the limit", len(body) <= REPLY_MAX_BYTES)
            for subscription in self._subscriptions:
                if subscription.wants(topic) and not self._lost():
                    subscription.channel.send(body)
        self._maybe_crash("between broadcasts and replies")
        for peer, body in outgoing.replies:
            if channel := self._replies.get(peer):
                channel.send(body)
            self._maybe_crash("between replies")

    def _lost(self) -> bool:
        lost = self._world.chance.random() < self.loss
        self._world.counts["broadcasts lost"] += lost
        return lost

    def _maybe_crash(self, step: str) -> None:
        if self.crash_at == step:
            self._world.trace("broker", "crashes", step)
            raise Crash

    def _probe(self) -> None:
        if self.core is None or self.core.writable:
            return
        try:
            self.disk.probe()
        except JournalUnavailable:
            self._world.after(PROBE_EVERY_S, self._probe)
        else:
            self.core.writable = True
            self.wake()

    def _wake_later(self, core: Core) -> None:
        due = core.next_deadline()
        if due is None:
            return
        delay = self._clock.until(due) + 1e-6
        at = self._world.time + delay
        if not self._world.time < self._wake_at <= at:
            self._wake_at = at
            self._world.after(delay, self.wake)
