"""A broker and links in memory: the real core, journal and links exchange bytes, not sockets.

Time is passed in: :meth:`Loop.settle` carries messages until nobody has anything to say,
:meth:`Loop.wait` lets time pass and does what falls due. Faults are switched on by the test:

* ``node.loses_broadcasts``: the SUB hears nothing;
* ``node.cut(...)``: the connection breaks, and the link may or may not notice;
* ``node.mute``: nothing arrives either way, and nobody is told;
* ``loop.kill()`` / ``loop.start()``: the broker dies and starts on the same journal;
* ``loop.start_with_new_journal()``: the broker starts with nothing that was kept;
* ``loop.full``: commits fail; they are tried again each second, as by the adapter.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Final, TypeVar

from broker.core import Core
from broker.presence import Peer, PresenceSettings
from broker.sqlite_journal import SqliteJournal
from broker.state import LOBBY
from broker.turns import finish_turn
from broker.welcome import CoreSettings
from client.actions import AddTopic, Connect, RemoveTopic, Subscribe
from client.link import Link
from client.notices import RoomEvents, Status
from protocol.codec import decode_peer_batch
from protocol.commands import Join, Say
from protocol.errors import JournalUnavailable
from protocol.limits import COMMAND_MAX_BYTES, REPLY_MAX_BYTES, Limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from broker.journal import StoredEntry
    from client.actions import Action
    from client.notices import Notice
    from protocol.events import AnyEvent

WALL_MS: Final = 1_700_000_000_000
PROBE_EVERY_S: Final = 1.0
ROUNDS: Final = 10_000
UNLIMITED: Final = Limits(burst=0, joins_per_minute=0, renames_per_minute=0)

_Notice = TypeVar("_Notice")


def token(number: int) -> str:
    """Return the token of the ``number``-th session of a test."""
    return f"{number:032x}"


class LoopJournal(SqliteJournal):
    """A journal whose disk may be full."""

    full = False

    def commit(self, entries: Sequence[StoredEntry]) -> None:
        """Store the entries, unless the disk is full."""
        self.probe()
        super().commit(entries)

    def probe(self) -> None:
        """Find out whether the disk is full."""
        if self.full:
            raise JournalUnavailable("the disk is full")


@dataclass
class Node:
    """One link with its simulated sockets.

    Attributes:
        notices: all that the link told, in order.
        subscribed: how often a new SUB was made.
        connected: how often a new DEALER was made.
    """

    loop: Loop
    link: Link
    trusted: bool
    peer: Peer | None = None
    topics: set[str] = field(default_factory=set)
    replies: deque[bytes] = field(default_factory=deque)
    broadcasts: deque[bytes] = field(default_factory=deque)
    notices: list[Notice] = field(default_factory=list)
    loses_broadcasts: bool = False
    mute: bool = False
    subscribed: int = 0
    connected: int = 0

    # ---- what a test does and sees

    def open(self, number: int, name: str = "", *, door: str = "client", room: str = LOBBY) -> int:
        """Open a session and join a room; nothing is carried yet."""
        session = self.link.open(token(number), self.loop.now, name=name, door=door)
        if room:
            self.link.submit(session, Join(room))
        return session

    def say(self, session: int, *texts: str) -> list[int]:
        """Submit messages; nothing is carried yet. Return their serials."""
        return [self.link.submit(session, Say(LOBBY, text)) for text in texts]

    def told(self, kind: type[_Notice]) -> list[_Notice]:
        """Return the notices of one kind."""
        return [notice for notice in self.notices if isinstance(notice, kind)]

    @property
    def events(self) -> list[AnyEvent]:
        """All events of the lobby that were delivered, in order."""
        return [
            event
            for notice in self.told(RoomEvents)
            if notice.room == LOBBY
            for event in notice.events
        ]

    @property
    def texts(self) -> list[str]:
        """All that was said in the lobby, as delivered."""
        return [text for event in self.events if (text := getattr(event, "text", ""))]

    def cut(self, *, noticed: bool = True, lose: bool = True) -> None:
        """Break the connection; ``lose`` takes what is on its way to the link with it."""
        if lose:
            self.replies.clear()
        self.broadcasts.clear()
        self.topics.clear()
        if self.peer is not None:
            self.loop.forget_peer(self.peer)
        if noticed:
            self.link.disconnected(self.loop.now)

    # ---- the adapter

    def turn(self) -> bool:
        """Do what the adapter does in one turn; return whether anything happened."""
        now, busy = self.loop.now, False
        while self.replies and not self.mute:
            busy = True
            self.link.replied(self.replies.popleft(), now)
        while self.broadcasts and not self.mute:
            busy = True
            self.link.published(self.broadcasts.popleft(), now)
        self.link.tick(now)
        notices = self.link.take_notices()
        self.notices += notices
        self.hear(notices)
        for action in self.link.take_actions():
            busy = True
            self._act(action)
        if self.link.status is not Status.WAITING and self.peer is not None:
            for body in self.link.flush(now):
                assert len(body) <= COMMAND_MAX_BYTES
                busy = True
                if not self.mute:
                    self.loop.incoming.append((self.peer, body))
        return busy or bool(notices)

    def hear(self, notices: Sequence[Notice]) -> None:
        """Take what the link tells; what is done with it leaves in the same turn."""

    def _act(self, action: Action) -> None:
        match action:
            case Connect():
                self.connected += 1
                self.replies.clear()
                self.broadcasts.clear()
                self.topics.clear()
                self.peer = self.loop.new_peer(self)
                if not self.loop.is_up:
                    self.link.disconnected(self.loop.now)
            case Subscribe(_, topics):
                self.subscribed += 1
                self.broadcasts.clear()
                self.topics = set(topics)
                self.loop.subscribe(topics)
            case AddTopic(topic):
                self.topics.add(topic)
                self.loop.subscribe([topic])
            case RemoveTopic(topic):
                self.topics.discard(topic)


class Loop:
    """A broker and its links.

    Args:
        presence: the broker's intervals.
        keep_messages: as for the journal.
        limits: of the broker; without any people may do as much at once as they like.
    """

    def __init__(
        self,
        presence: PresenceSettings | None = None,
        keep_messages: int = 0,
        limits: Limits = UNLIMITED,
    ) -> None:
        self.now = 1000.0
        self.is_up = True
        self.nodes: list[Node] = []
        self.incoming: deque[tuple[Peer, bytes]] = deque()
        self._topics: list[str] = []
        self._peers: dict[Peer, Node] = {}
        self._serial = count(1)
        self._journals = count(1)
        self._probe_at: float | None = None
        self._keep_messages = keep_messages
        self._settings = CoreSettings(
            presence or PresenceSettings(), publish="pub", publish_trusted="ipc:pub", limits=limits
        )
        self.start_with_new_journal()

    # ---- what a test does

    @property
    def full(self) -> bool:
        """Whether commits fail."""
        return self.journal.full

    @full.setter
    def full(self, full: bool) -> None:
        self.journal.full = full

    def start_with_new_journal(self) -> None:
        """Start the broker with nothing that was kept."""
        self.journal = LoopJournal(
            None,
            fsync=False,
            keep_messages=self._keep_messages,
            keep_days=0,
            boot_id="b",
            new_id=lambda: f"j{next(self._journals)}",
        )
        self.start()

    def start(self) -> None:
        """Start the broker on the journal that there is."""
        self.is_up = True
        self._probe_at = None
        self.core = Core(self.journal.load(), self.journal.id, self._settings, self.now)

    def kill(self, *, noticed: bool = True) -> None:
        """The broker dies: all connections break."""
        self.is_up = False
        self.incoming.clear()
        self._topics.clear()
        for node in self.nodes:
            node.cut(noticed=noticed)

    def node(self, *, carrier: str = "", jitter: float = 0.5) -> Node:
        """Add one more link; a gateway's if it has a carrier."""
        link = Link(lambda: jitter, f"link{len(self.nodes)}", carrier)
        node = Node(self, link, trusted=bool(carrier))
        self.nodes.append(node)
        return node

    def settle(self) -> None:
        """Carry messages until nobody has anything to say at this time.

        Raises:
            AssertionError: it never comes to an end.
        """
        for _ in range(ROUNDS):
            busy = [node.turn() for node in self.nodes]
            if self.is_up:
                busy.append(self._turn())
            if not any(busy):
                return
        raise AssertionError("it never settles")

    def wait(self, seconds: float) -> None:
        """Let time pass, and do all that falls due when it does."""
        end = self.now + seconds
        self.settle()
        for _ in range(ROUNDS):
            due = self._next_deadline()
            if due is None or due > end:
                break
            self.now = max(self.now, due)
            self.settle()
        else:
            raise AssertionError("time stands still: something is due all the time")
        self.now = end
        self.settle()

    # ---- sockets

    def new_peer(self, node: Node) -> Peer:
        """Return the address of a new connection."""
        peer = Peer(node.trusted, next(self._serial).to_bytes(4, "big"))
        self._peers[peer] = node
        return peer

    def forget_peer(self, peer: Peer) -> None:
        """Send nothing to ``peer`` any more."""
        self._peers.pop(peer, None)

    def subscribe(self, topics: Sequence[str]) -> None:
        """Let the broker know of subscriptions."""
        if self.is_up:
            self._topics += topics

    # ---- the broker's adapter

    def _next_deadline(self) -> float | None:
        times = [node.link.next_deadline() for node in self.nodes]
        times += [self.core.next_deadline(), self._probe_at] if self.is_up else []
        return min((time for time in times if time is not None), default=None)

    def _turn(self) -> bool:
        if self._probe_at is not None and self._probe_at <= self.now:
            self.core.writable = not self.full
            self._probe_at = self.now + PROBE_EVERY_S if self.full else None
        busy = bool(self.incoming or self._topics)
        self.core.begin(self.now, WALL_MS + round(self.now * 1000))
        while self.incoming:
            peer, body = self.incoming.popleft()
            self.core.receive(peer, decode_peer_batch(body))
        for topic in self._topics:
            self.core.subscribed(topic.encode())
        self._topics.clear()
        self.core.tick()
        outgoing, failure = finish_turn(self.core, self.journal)
        if failure is not None:
            self._probe_at = self.now + PROBE_EVERY_S
        for topic_bytes, body in outgoing.published:
            assert len(body) <= REPLY_MAX_BYTES
            for node in self.nodes:
                if topic_bytes.decode() in node.topics and not node.loses_broadcasts:
                    node.broadcasts.append(body)
        for peer, body in outgoing.replies:
            assert len(body) <= REPLY_MAX_BYTES
            receiver = self._peers.get(peer)
            if receiver is not None and receiver.peer == peer:
                receiver.replies.append(body)
        return busy or bool(outgoing.published or outgoing.replies)
