"""Doors on a real link and a real broker's core, joined in memory: no sockets, and a fake clock.

What one side sends lies in a queue until :meth:`House.settle` carries everything to and fro, so a
test can hold the broadcasts or the answers back and choose which comes first.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Final

from broker.core import Core
from broker.presence import Peer, PresenceSettings
from broker.sqlite_journal import SqliteJournal
from broker.turn import Searching
from broker.welcome import CoreSettings
from client.actions import AddTopic, Connect, RemoveTopic, Subscribe
from client.link import Link
from client.notices import Status
from gateway.door import Door
from protocol.codec import decode_peer_batch
from protocol.limits import Limits
from protocol.phrases import Language
from protocol.rendering import Renderer

if TYPE_CHECKING:
    from client.actions import Action

WALL_MS: Final = 1_760_000_000_000
"""2025-10-09 08:53:20 UTC."""
HINT: Final = "Type a line to talk, /help for the commands, /quit to leave.\n"
BATCH_CUT: Final = 100_000
UNLIMITED: Final = Limits(burst=0, joins_per_minute=0, renames_per_minute=0, sessions_per_address=0)


@dataclass
class Screen:
    """One person's terminal, and the connection behind it."""

    door: GatewaySide
    key: int
    address: str
    data: bytes = b""
    taken: int = 0
    closed: bool = False
    reading: bool = True

    def type(self, text: str | bytes) -> None:
        """Send bytes, and let everything happen that follows at once."""
        self.send(text)
        self.door.house.settle()

    def send(self, text: str | bytes) -> None:
        """Send bytes; nothing happens beyond the door yet."""
        data = text.encode() if isinstance(text, str) else text
        self.door.door.received(self.key, data, self.door.house.now)

    def half_close(self) -> None:
        """Send no more."""
        self.door.door.ended(self.key, self.door.house.now)
        self.door.house.settle()

    def hang_up(self) -> None:
        """Break the connection."""
        self.door.door.lost(self.key, self.door.house.now)
        self.door.house.settle()

    def cut(self) -> None:
        """Too much waits for this person."""
        self.door.door.cut(self.key)
        self.door.house.settle()

    def take(self) -> str:
        """Return what came since the last call."""
        new = self.data[self.taken :]
        self.taken = len(self.data)
        return new.decode()

    def is_read(self) -> bool:
        """Return whether the socket is read."""
        return self.reading

    @property
    def text(self) -> str:
        """All that came."""
        return self.data.decode()


@dataclass
class GatewaySide:
    """One gateway: its link, its door, and its people's screens.

    Attributes:
        holds_broadcasts: broadcasts stay in their queue.
        holds_replies: replies stay in their queue.
        loses_broadcasts: broadcasts are dropped.
    """

    house: House
    link: Link
    door: Door
    screens: dict[int, Screen] = field(default_factory=dict)
    peer: Peer | None = None
    topics: set[str] = field(default_factory=set)
    replies: deque[bytes] = field(default_factory=deque)
    broadcasts: deque[bytes] = field(default_factory=deque)
    holds_broadcasts: bool = False
    holds_replies: bool = False
    loses_broadcasts: bool = False

    def connect(self) -> Screen:
        """Let one more person come; nothing happens beyond the door yet."""
        key = len(self.screens) + 1
        address = f"10.0.0.{self.house.gateways.index(self) + 1}:{40_000 + key}"
        screen = self.screens[key] = Screen(self, key, address)
        self.door.connected(key, address, f"{next(self.house.tokens):032x}", self.house.now)
        return screen

    def arrive(self, name: str = "") -> Screen:
        """Let one more person come in, take a name, and forget what was on the screen."""
        screen = self.connect()
        self.house.settle()
        if name:
            screen.type(f"/nick {name}\n")
        screen.take()
        return screen

    def turn(self) -> bool:
        """Do what the adapters do in one turn; return whether anything happened."""
        now, link, busy = self.house.now, self.link, False
        while self.replies and not self.holds_replies:
            busy = True
            link.replied(self.replies.popleft(), now)
        while self.broadcasts and not self.holds_broadcasts:
            busy = True
            link.published(self.broadcasts.popleft(), now)
        link.tick(now)
        notices = link.take_notices()
        self.door.notice(notices, now)
        self.door.tick(now)
        busy = self._write() or busy or bool(notices)
        for action in link.take_actions():
            busy = True
            self._act(action)
        if link.status is not Status.WAITING and self.peer is not None:
            for body in link.flush(now):
                busy = True
                self.house.incoming.append((self.peer, body))
        return busy

    def _write(self) -> bool:
        output = self.door.take_output()
        for key, pieces in output.writes.items():
            screen = self.screens[key]
            assert not screen.closed, "written after it was closed"
            screen.data += b"".join(pieces)
        for key in output.closed:
            assert not self.screens[key].closed, "closed twice"
            self.screens[key].closed = True
        for key, reading in output.reading.items():
            self.screens[key].reading = reading
        return bool(output.writes or output.closed)

    def _act(self, action: Action) -> None:
        match action:
            case Connect():
                self.replies.clear()
                self.broadcasts.clear()
                self.topics.clear()
                self.peer = self.house.new_peer()
                if not self.house.is_up:
                    self.link.disconnected(self.house.now)
            case Subscribe(_, topics):
                self.topics = set(topics)
                self.house.subscribed.extend(topics)
            case AddTopic(topic):
                self.topics.add(topic)
                self.house.subscribed.append(topic)
            case RemoveTopic(topic):
                self.topics.discard(topic)


class House:
    """A broker and its gateways."""

    def __init__(
        self, idle: float = 60.0, grace: float = 30.0, limits: Limits = UNLIMITED, motd: str = ""
    ) -> None:
        self.now = 1000.0
        self.is_up = True
        self.gateways: list[GatewaySide] = []
        self.incoming: deque[tuple[Peer, bytes]] = deque()
        self.subscribed: list[str] = []
        self.tokens = count(1)
        self._searched: list[Searching] = []
        self._peers = count(1)
        self._settings = CoreSettings(
            PresenceSettings(idle=idle, grace=grace),
            publish="pub",
            publish_trusted="ipc:pub",
            limits=limits,
            message_of_the_day=motd,
        )
        self._journal_ids = count(1)
        self.core = self.start_with_new_journal()

    def start_with_new_journal(self) -> Core:
        """Start the broker without anything that was kept."""
        self.journal = SqliteJournal(
            None,
            fsync=False,
            keep_messages=0,
            keep_days=0,
            boot_id="",
            new_id=lambda: f"journal{next(self._journal_ids)}",
        )
        return self.start()

    def start(self) -> Core:
        """Start the broker on the journal there is."""
        self.is_up = True
        self.core = Core(self.journal.load(), self.journal.id, self._settings, self.now)
        return self.core

    def kill(self) -> None:
        """The broker dies: every connection breaks."""
        self.is_up = False
        self.incoming.clear()
        for gateway in self.gateways:
            gateway.replies.clear()
            gateway.broadcasts.clear()
            gateway.link.disconnected(self.now)
        self.settle()

    def gateway(self, language: Language = Language.EN, rate: float = 10.0) -> GatewaySide:
        """Open one more door, in a zone eight hours east of UTC."""
        link = Link(lambda: 0.5, f"gateway{len(self.gateways)}", f"gateway{len(self.gateways)}")
        renderer = Renderer(language, lambda _: 480, self.wall_ms)
        side = GatewaySide(self, link, Door(link, renderer, rate))
        self.gateways.append(side)
        self.settle()
        return side

    def wall_ms(self) -> int:
        """Return the time in milliseconds since 1970."""
        return WALL_MS + round((self.now - 1000) * 1000)

    def new_peer(self) -> Peer:
        """Return the address of a new connection from this machine."""
        return Peer(trusted=True, routing_id=next(self._peers).to_bytes(4, "big"))

    def settle(self) -> None:
        """Carry messages until nobody has anything to say at this time."""
        for _ in range(BATCH_CUT):
            busy = [gateway.turn() for gateway in self.gateways]
            if self.is_up:
                busy.append(self.turn())
            if not any(busy):
                return
        raise AssertionError("it never settles")

    def wait(self, seconds: float) -> None:
        """Let time pass, and everything happen when it is due."""
        end = self.now + seconds
        self.settle()
        while (due := self._next_deadline()) is not None and due <= end:
            self.now = max(self.now, due)
            self.settle()
        self.now = end
        self.settle()

    def _next_deadline(self) -> float | None:
        times = [self.core.next_deadline() if self.is_up else None]
        for gateway in self.gateways:
            times += [gateway.link.next_deadline(), gateway.door.next_deadline()]
        return min((time for time in times if time is not None), default=None)

    def turn(self) -> bool:
        """Let the broker have one turn; return whether anything happened."""
        core = self.core
        core.begin(self.now, self.wall_ms())
        busy = bool(self.incoming or self.subscribed or self._searched)
        while self.incoming:
            peer, body = self.incoming.popleft()
            core.receive(peer, decode_peer_batch(body))
        for topic in self.subscribed:
            core.subscribed(topic.encode())
        self.subscribed.clear()
        for searching in self._searched:
            core.found(searching, None)  # there is no index in memory
        self._searched.clear()
        core.tick()
        if core.turn.entries:
            self.journal.commit(core.turn.entries)
        outgoing = core.committed(self.journal)
        for searching in outgoing.searches:
            self._searched.append(searching)
        for gateway in self.gateways:
            for topic_bytes, body in outgoing.published:
                if topic_bytes.decode() in gateway.topics and not gateway.loses_broadcasts:
                    gateway.broadcasts.append(body)
            for peer, body in outgoing.replies:
                if peer == gateway.peer:
                    gateway.replies.append(body)
        return busy or bool(outgoing.published or outgoing.replies)
