"""A peer in the simulation: the real link on simulated sockets."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from broker.presence import Peer
from client.actions import AddTopic, Connect, RemoveTopic, Subscribe
from client.notices import (
    CommandDelayed,
    CommandRefused,
    RoomClosed,
    RoomEntered,
    RoomEvents,
    RoomLeft,
    SessionOver,
    Status,
    Welcomed,
)
from protocol.codec import decode_peer_batch
from protocol.errors import LinkError
from protocol.events import Deleted, Edited, Said
from protocol.limits import COMMAND_MAX_BYTES, PAGE_EVENTS
from protocol.messages import Do
from protocol.questions import Kind, Question
from tests.simulation.network import Channel, Subscription, Weather
from tests.simulation.world import Clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.actions import Action
    from client.link import Link
    from client.notices import Notice
    from protocol.commands import Command
    from protocol.events import AnyEvent
    from tests.simulation.broker_node import BrokerNode
    from tests.simulation.ledger import Ledger
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
    """Runs a link as its adapter would.

    Attributes:
        ids: the public id of each session that this process carried, by the link's number.
        inside: the rooms that each session is in, as the link told.
        delivered: the last number delivered of each room.
        views: of each room the messages delivered, by number, as they read by now.
    """

    def __init__(
        self,
        world: World,
        weather: Weather,
        broker: BrokerNode,
        name: str,
        link: Link,
        *,
        address: str = "",
        trusted: bool = False,
    ) -> None:
        self.world = world
        self.name = name
        self.broker = broker
        self.clock = Clock(world)
        self.link = link
        self.is_up = True
        self.paused = False
        self._weather = weather
        self._trusted = trusted
        self._address = address
        self._connection: Connection | None = None
        self._subscription: Subscription | None = None
        self._missed: list[tuple[Connection | None, bytes]] = []
        self._scheduled = False
        self._wake_at = 0.0
        self.ids: dict[int, str] = {}
        self.inside: dict[int, dict[str, RoomEntered]] = {}
        self.delivered: dict[str, int] = {}
        self.views: dict[str, dict[int, str]] = {}
        self._starts: dict[str, int] = {}
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

    def reached(self, room: str) -> int | None:
        """Return the last number that was delivered, or after which delivery begins."""
        start = self._starts.get(room)
        return self.delivered.get(room, None if start is None else start - 1)

    @property
    def ledger(self) -> Ledger:
        """What really happened."""
        return self.broker.disk.ledger

    @property
    def peer(self) -> Peer | None:
        """The address of the present connection."""
        return self._connection.peer if self._connection else None

    def pass_on(self, session: int, wish: Command | Question) -> None:
        """Hand a command or question of a session to the link."""
        with suppress(LinkError):  # the session is over, and that is yet to be read here
            if isinstance(wish, Question):
                self.link.ask(session, wish)
            else:
                self.link.submit(session, wish)
            self.wake()

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
                    self._look_at(notice)
                case RoomEntered():
                    self._entered(notice)
                case RoomLeft(session, room):
                    self.inside.get(session, {}).pop(room, None)
                case SessionOver(session):
                    self.inside.pop(session, None)
                case RoomClosed(room):
                    for kept in (self.delivered, self._starts, self.views):
                        kept.pop(room, None)
                case Welcomed():
                    self._welcomed(notice)
                case CommandRefused() | CommandDelayed():
                    # What was sent before now has other numbers: no honest copy of it exists.
                    self._sent.clear()
                    self._repeats.clear()
                case _:
                    pass

    def _entered(self, notice: RoomEntered) -> None:
        self.inside.setdefault(notice.session, {})[notice.room] = notice
        if notice.room not in self.delivered:
            start = min(self._starts.get(notice.room, notice.number), notice.number)
            self._starts[notice.room] = start

    def _welcomed(self, notice: Welcomed) -> None:
        self.ids[notice.session] = notice.welcome.id
        if notice.welcome.resumed:
            self._send_repeats(notice.welcome.applied)
        self._repeats.clear()

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
                self._sent.append(body)
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

    def _send_repeats(self, applied: int) -> None:
        """What an earlier connection carried, and was applied, comes once more on this one.

        What was not applied is sent again by the link itself, and a peer must not send a number
        twice on one connection.
        """
        if self._connection is not None and not self._trusted:
            for body in self._repeats:
                if all(isinstance(do, Do) and do.n <= applied for do in decode_peer_batch(body)):
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
            broker.connect(peer, down, self._address)
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
        gone, room = notice.gone, notice.room
        if gone and not notice.events and room in self.delivered:
            self.delivered[room] += gone  # the whole page that was asked for is gone
        for event in notice.events:
            before = self.delivered.get(room)
            if before is None:
                # At one's own login, or where an earlier process of the same person ended.
                begins = event.number == self._starts.get(room)
                fits = begins or gone > 0 or self._is_first(room, event.number)
                self.world.check("a view starts where it was said to", fits, self.name, room, event)
            else:
                fits = event.number == before + 1 + gone
                if not fits and self._is_first(room, event.number - gone):
                    fits = True
                    self.views.pop(room, None)  # what became of it meanwhile is not for us
                self.world.check("no hole and no repeat", fits, self.name, room, before, event)
            gone = 0
            self.delivered[room] = event.number
            self._check_event(room, event)

    def _is_first(self, room: str, number: int) -> bool:
        """Whether all who read the room here begin with this number, or later."""
        inside = [rooms[room] for rooms in self.inside.values() if room in rooms]
        is_closed = all(where.kind is not Kind.PUBLIC for where in inside)
        return bool(inside) and is_closed and number == min(where.first for where in inside)

    def _check_event(self, room: str, event: AnyEvent) -> None:
        place = self.ledger.rooms[room]
        self.world.check("one order", place.has_version(event), self.name, room, event)
        if place.is_closed:
            may = any(place.may_read(who, event.number) for who in self.ids.values())
            self.world.check("a view ends with one's stay", may, self.name, room, event)

    def _look_at(self, notice: RoomEvents) -> None:
        """Change what was delivered as later events say."""
        view = self.views.setdefault(notice.room, {})
        if notice.gone:
            view.clear()
        for event in notice.events:
            match event:
                case Said(number=number, text=text):
                    view[number] = text
                case Edited(target=target, text=text) if text and target in view:
                    view[target] = text
                case Deleted(target=target) if target in view:
                    view[target] = ""
                case _:
                    pass

    def _check_bounds(self) -> None:
        for feed in self.link._exchange.rooms.feeds.values():
            if feed._held:
                bounded = len(feed._held) <= PAGE_EVENTS
                self.world.check("no unbounded queue", bounded, self.name)
