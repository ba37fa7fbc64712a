"""The broker in the simulation: the real core and the real journal, with crashes at any step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from broker.core import Core
from broker.presence import Peer, PresenceSettings
from broker.turns import finish_turn, try_again
from broker.welcome import CoreSettings
from protocol.codec import decode_peer_batch
from protocol.errors import JournalUnavailable, MessageError
from protocol.limits import REPLY_MAX_BYTES, Limits
from protocol.messages import Hello
from tests.simulation.wire import Wire
from tests.simulation.world import Clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from broker.search import SearchHits
    from broker.turn import Outgoing, Searching
    from tests.simulation.disk import Disk
    from tests.simulation.network import Channel, Subscription
    from tests.simulation.world import World

SETTINGS = CoreSettings(
    presence=PresenceSettings(timeout=3.5, grace=3.0, idle=45.0, idle_warning=5.0),
    heartbeat=1.5,
    publish="publish",
    publish_trusted="publish",
    # Low enough to be met, high enough that the quiet time at the end is enough for all.
    limits=Limits(burst=4, per_second=4, joins_per_minute=60, renames_per_minute=60, rooms=5),
)
PROBE_EVERY_S = 1.0
STARTED_WALL_MS = 1_700_000_000_000


class Crash(BaseException):
    """The process is gone, here and now."""


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
        self._wire = Wire(world, disk.ledger, lambda: self.wall_ms)
        self._replies: dict[Peer, Channel] = {}
        self._addresses: dict[Peer, str] = {}
        self._subscriptions: list[Subscription] = []
        self._scheduled = False
        self._wake_at = 0.0
        self._requests: list[Callable[[Core], None]] = []

    # ---- the process

    @property
    def is_up(self) -> bool:
        """Whether the process runs."""
        return self.core is not None

    @property
    def wall_ms(self) -> int:
        """What its wall clock shows, in milliseconds since 1970."""
        return STARTED_WALL_MS + round(self._world.time * 1000) + self.wall_jump_ms

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
        if self._world.chance.random() < 0.5:
            self.disk.lose_index()
        self._inbox.clear()
        self._new_topics.clear()
        self._requests.clear()
        self._replies.clear()
        self._subscriptions.clear()
        self._wire.forget()
        self.crash_at = None

    # ---- sockets

    def connect(self, peer: Peer, replies: Channel, address: str) -> None:
        """A DEALER connected from an IP address, which is known of strangers only."""
        self._replies[peer] = replies
        self._addresses[peer] = address

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
        wall_ms = self.wall_ms
        self.disk.ledger.begin_turn()
        core.begin(self._clock.now(), wall_ms)
        for peer, body in taken:
            try:
                messages = decode_peer_batch(body)
            except MessageError:
                core.unreadable(peer)
            else:
                core.receive(peer, messages, self._addresses.get(peer, ""))
                for message in messages:
                    if isinstance(message, Hello):
                        self._wire.heard(peer, message)
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
        self._wire.judge(outgoing)
        for searching in outgoing.searches:
            self._search(searching)
        self._subscriptions = [s for s in self._subscriptions if s.channel.is_open]
        for topic, body in outgoing.published:
            self._world.check("messages below the limit", len(body) <= REPLY_MAX_BYTES)
            for subscription in self._subscriptions:
                if subscription.wants(topic) and not self._lost():
                    subscription.channel.send(body)
        self._maybe_crash("between broadcasts and replies")
        for peer, body in self._in_any_order(outgoing):
            if channel := self._replies.get(peer):
                channel.send(body)
            self._maybe_crash("between replies")

    def _in_any_order(self, outgoing: Outgoing) -> list[tuple[Peer, bytes]]:
        """What one peer is sent is in order; that of several is in no order that means anything."""
        peers = sorted({peer for peer, _ in outgoing.replies})
        if len(peers) <= 1:
            return outgoing.replies
        self._world.chance.shuffle(peers)
        place = {peer: index for index, peer in enumerate(peers)}
        return sorted(outgoing.replies, key=lambda reply: place[reply[0]])

    def _search(self, searching: Searching) -> None:
        """Have the thread beside the broker search; what it finds comes in a later turn."""
        core, chance = self.core, self._world.chance

        def look() -> None:
            hits = self.disk.search(searching.query)
            self._world.after(chance.uniform(0, 0.2), lambda: bring(hits))

        def bring(hits: SearchHits | None) -> None:
            if self.core is core:
                self.request(lambda core: core.found(searching, hits))

        self._world.after(chance.uniform(0, 0.1), look)

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
            try_again(self.core, self.disk)
        except JournalUnavailable:
            self._world.after(PROBE_EVERY_S, self._probe)
        else:
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
