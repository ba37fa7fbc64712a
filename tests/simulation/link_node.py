"""A peer in the simulation: the real link on simulated sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from broker.presence import Peer
from client.actions import AddTopic, Connect, RemoveTopic, Subscribe
from client.notices import (
    CommandDelayed,
    CommandRefused,
    RoomClosed,
    RoomEntered,
    RoomEvents,
    Status,
    Welcomed,
)
from protocol.limits import COMMAND_MAX_BYTES, PAGE_EVENTS
from tests.simulation.network import Channel, Subscription, Weather
from tests.simulation.world import Clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.actions import Action
    from client.link import Link
    from client.notices import Notice
    from tests.simulation.broker_node import BrokerNode
    from tests.simulation.world import World

NOTICED_WITHIN_S = 0.5
REPEATED = 3


class Connection:
    """One DEALER: its address, and both directions."""

    def __init__(self, peer: Peer, up: Channel, down: Channel) -> None:
        self.peer = peer
        self.up = up
        self.down = down


class LinkNode:
    """Runs a link as its adapter would."""

    def __init__(
        self, world: World, weather: Weather, broker: BrokerNode, name: str, link: Link
    ) -> None:
        self.world = world
        self.name = name
        self.broker = broker
        self.clock = Clock(world)
        self.link = link
        self.is_up = True
        self.paused = False
        self._weather = weather
        self._trusted = False
        self._connection: Connection | None = None
        self._subscription: Subscription | None = None
        self._missed: list[tuple[Connection | None, bytes]] = []
        self._scheduled = False
        self._wake_at = 0.0
        self.delivered: dict[str, int] = {}
        self._starts: dict[str, int] = {}
        self._ids: set[str] = set()
        self._sent: list[bytes] = []
        self._repeats: list[bytes] = []
        self.wake()

    # ---- faults

    def kill(self) -> None:
        """The process is gone."""
        self.world.trace(self.name, "is killed")
        self.is_up = False
        self._cut_all(late=self.world.chance.random() < 0.5)

    def cut(self, *, noticed: bool, late: bool) -> None:
        """The connection breaks; the peer may notice, and the broker may still get the rest."""
        self.world.trace(self.name, "is cut off", f"noticed={noticed} late={late}")
        self._cut_all(late=late)
        if noticed:
            self._notice_disconnect()

    def cut_broadcasts(self, *, noticed: bool) -> None:
        """The SUB's connection breaks."""
        if self._subscription is not None:
            self._subscription.channel.cut()
            if noticed:
                self.link.broadcasts_lost(self.clock.now())
                self.wake()

    def stall(self) -> None:
        """Nothing gets through either way."""
        for channel in self._channels():
            channel.stall()

    def resume_network(self) -> None:
        """All gets through again."""
        for channel in self._channels():
            channel.resume()

    def unpause(self) -> None:
        """SIGCONT: what came meanwhile is read now."""
        self.paused = False
        missed, self._missed = self._missed, []
        for connection, body in missed:
            self._receive(connection, body)
        self.wake()

    def broker_crashed(self) -> None:
        """The other end is gone; most peers notice soon, some only by the silence."""
        self._cut_all(late=False)
        if self.world.chance.random() < 0.8:
            self._notice_disconnect()

    @property
    def ids(self) -> set[str]:
        """The public ids of the sessions that this process carried."""
        return self._ids

    def reached(self, room: str) -> int | None:
        """Return the last number that was delivered, or after which delivery begins."""
        start = self._starts.get(room)
        return self.delivered.get(room, None if start is None else start - 1)

    @property
    def peer(self) -> Peer | None:
        """The address of the present connection."""
        return self._connection.peer if self._connection else None

    # ---- turns

    def wake(self) -> None:
        """Have a turn soon."""
        if not self._scheduled:
            self._scheduled = True
            self.world.after(self.world.chance.uniform(0, 0.0005), self._turn)

    def on_notices(self, notices: Sequence[Notice], now: float) -> None:
        """Take what happened; the owner submits in here."""
        for notice in notices:
            match notice:
                case RoomEvents():
                    self._check_order(notice)
                case RoomEntered(_, room, number):
                    self._starts.setdefault(room, number)
                case RoomClosed(room):
                    self.delivered.pop(room, None)
                    self._starts.pop(room, None)
                case Welcomed():
                    self._ids.add(notice.welcome.id)
                    if notice.welcome.resumed:
                        self._send_repeats()
                    self._repeats.clear()
                case CommandRefused() | CommandDelayed():
                    # What was sent before now has other numbers: no honest copy of it exists.
                    self._sent.clear()
                    self._repeats.clear()
                case _:
                    pass

    def next_deadline(self) -> float | None:
        """Return when the owner has something to do, or None."""
        return None

    def _turn(self) -> None:
        self._scheduled = False
        if not self.is_up or self.paused:
            return
        now = self.clock.now()
        self.link.tick(now)
        self.on_notices(self.link.take_notices(), now)
        for action in self.link.take_actions():
            self._act(action)
        if self._connection is not None and self.link.status is not Status.WAITING:
            for body in self.link.flush(now):
                self.world.check("messages below the limit", len(body) <= COMMAND_MAX_BYTES)
                self._connection.up.send(body)
                # Only what is said: a refused rename that comes twice would be refused twice, and
                # a peer must not send a number twice on one connection.
                said_only = b'["say",' in body and not (b"rename" in body or b"join" in body)
                self._sent += [body] if said_only else []
        self._check_bounds()
        self._wake_later()

    def _wake_later(self) -> None:
        times = (self.link.next_deadline(), self.next_deadline())
        due = min((time for time in times if time is not None), default=None)
        if due is None:
            return
        delay = self.clock.until(due) + 1e-6
        at = self.world.time + delay
        if not self.world.time < self._wake_at <= at:
            self._wake_at = at
            self.world.after(delay, self.wake)

    def _send_repeats(self) -> None:
        """What an earlier connection carried comes once more on this one."""
        if self._connection is not None and not self._trusted:
            for body in self._repeats:
                self.world.counts["commands repeated"] += 1
                self._connection.up.send(body)

    def _act(self, action: Action) -> None:
        match action:
            case Connect():
                self._cut_all(late=self.world.chance.random() < 0.5)
                self._repeats = self._sent[-REPEATED:] if self.world.chance.random() < 0.5 else []
                self._sent = self._repeats.copy()
                self._connect()
            case Subscribe(_, topics):
                if self._subscription is not None:
                    self._subscription.channel.cut()
                self._subscribe({topic.encode() for topic in topics})
            case AddTopic(topic):
                if self._subscription is not None:
                    self._subscription.topics.add(topic.encode())
                    self._tell_topics(self._subscription, {topic.encode()})
            case RemoveTopic(topic):
                if self._subscription is not None:
                    self._subscription.topics.discard(topic.encode())

    def _connect(self) -> None:
        serial = self.world.next_serial()
        broker, peer = self.broker, Peer(self._trusted, f"{self.name}#{serial}".encode())
        up = Channel(self.world, self._weather, lambda body: broker.receive(peer, body))
        down = Channel(self.world, self._weather, lambda body: self._receive(connection, body))
        connection = self._connection = Connection(peer, up, down)
        if broker.is_up:
            broker.connect(peer, down)
        else:
            self._cut_all(late=False)
            self._notice_disconnect()

    def _subscribe(self, topics: set[bytes]) -> None:
        channel = Channel(self.world, self._weather, lambda body: self._receive(None, body))
        subscription = self._subscription = Subscription(channel, topics)
        self._tell_topics(subscription, topics)

    def _tell_topics(self, subscription: Subscription, topics: set[bytes]) -> None:
        """The subscription takes its time: what is published until then is missed."""
        delay = self.world.chance.uniform(0, 0.01)
        self.world.after(delay, lambda: self.broker.subscribe(subscription, topics))

    def _receive(self, connection: Connection | None, body: bytes) -> None:
        if not self.is_up:
            return
        if self.paused:
            self._missed.append((connection, body))
        elif connection is None:
            self.link.published(body, self.clock.now())
            self.wake()
        elif connection is self._connection:
            self.link.replied(body, self.clock.now())
            self.wake()

    def _notice_disconnect(self) -> None:
        connection = self._connection
        delay = self.world.chance.uniform(0, NOTICED_WITHIN_S)
        self.world.after(delay, lambda: self._disconnected(connection))

    def _disconnected(self, connection: Connection | None) -> None:
        if connection is self._connection and self.is_up and not self.paused:
            self.link.disconnected(self.clock.now())
            self.wake()

    def _cut_all(self, *, late: bool) -> None:
        if self._connection is not None:
            self._connection.down.cut()
            if late:
                self._connection.up.delay_the_rest()
            else:
                self._connection.up.cut()
        if self._subscription is not None:
            self._subscription.channel.cut()

    def _channels(self) -> list[Channel]:
        channels = [self._subscription.channel] if self._subscription else []
        if self._connection is not None:
            channels += [self._connection.up, self._connection.down]
        return channels

    # ---- invariants of every link

    def _check_order(self, notice: RoomEvents) -> None:
        """A room's numbers come one after the other, each once, without a hole."""
        gone = notice.gone
        if gone and not notice.events and notice.room in self.delivered:
            self.delivered[notice.room] += gone  # the whole page that was asked for is gone
        for event in notice.events:
            before = self.delivered.get(notice.room)
            if before is None:
                # At one's own login, or where an earlier process of the same person ended.
                begins = event.number == self._starts.get(notice.room)
                self.world.check("a view starts where it was said to", begins or gone > 0, event)
            else:
                next_one = event.number == before + 1 + gone
                self.world.check("no hole and no repeat", next_one, self.name, before, event)
            gone = 0
            self.delivered[notice.room] = event.number
            expected = self.broker.disk.committed[event.number - 1]
            self.world.check("one order", event == expected, self.name, event, expected)

    def _check_bounds(self) -> None:
        feeds = self.link._exchange.rooms.feeds.values()
        bounded = all(len(feed._held) <= PAGE_EVENTS for feed in feeds)
        self.world.check("no unbounded queue", bounded, self.name)
