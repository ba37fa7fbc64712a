"""A link whose broker is played by the test: what it is told, and what it does about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from client.actions import AddTopic, Connect, RemoveTopic, Subscribe
from client.link import Link
from client.notices import RoomEvents, Status
from protocol import codec
from protocol.commands import Join
from protocol.events import Joined, Left, Reason, Said
from protocol.limits import REPLY_MAX_BYTES
from protocol.messages import Ack, Ask, Do, Entered, Events, Refused, Welcome
from protocol.questions import Kind, Page

if TYPE_CHECKING:
    from client.notices import Notice
    from protocol.codec import Malformed
    from protocol.commands import Command
    from protocol.events import AnyEvent
    from protocol.messages import BrokerMessage, PeerMessage, RoomHead

JOURNAL = "j1"

_Notice = TypeVar("_Notice")


def public_id(session: int) -> str:
    """Return the id that this broker gives to the link's session."""
    return f"id{session}"


def said(number: int, text: str = "x") -> Said:
    """Return a message of somebody else."""
    return Said(number, 0, "somebody", "Somebody", number, text)


def joined(number: int, session: int = 1) -> Joined:
    """Return how a session of the link came in."""
    return Joined(number, 0, public_id(session), "Ann", 1)


def left(number: int, session: int = 1, reason: str = Reason.LEFT) -> Left:
    """Return how a session of the link went out."""
    return Left(number, 0, public_id(session), "Ann", 1, reason)


class ScriptedBroker:
    """One link, connected, with sessions that are welcomed when they are opened.

    Attributes:
        topics: what the SUB hears; None while there is none.
        sent: what the link sent and :meth:`asked` or :meth:`done` did not take yet.
        notices: all that the link told.
    """

    def __init__(self, carrier: str = "") -> None:
        self.now = 100.0
        self.link = Link(lambda: 0.0, "link", carrier)
        self.topics: set[str] | None = None
        self.notices: list[Notice] = []
        self.sent: list[PeerMessage | Malformed] = []
        self.journal = JOURNAL
        self.turn()

    # ---- what the test does

    def open(self, *rooms: RoomHead, resumed: bool = False) -> int:
        """Open a session, which is in ``rooms`` from an earlier process; return its number."""
        session = self.link.open(f"{self.link._last_session + 1:032x}", self.now)
        self.turn()
        self.welcome(session, *rooms, resumed=resumed)
        return session

    def welcome(
        self, session: int, *rooms: RoomHead, applied: int = 0, resumed: bool = True
    ) -> None:
        """Answer the hello."""
        name = public_id(session)
        welcome = Welcome(
            session,
            name,
            name,
            name,
            resumed,
            applied,
            self.journal,
            5000,
            15000,
            "p",
            "lobby",
            rooms,
        )
        self.tell(welcome)

    def enter(
        self,
        session: int,
        room: str,
        number: int,
        *,
        kind: Kind = Kind.PUBLIC,
        first: int = 1,
        head: int = 0,
    ) -> None:
        """Let the session join a room."""
        self.link.submit(session, Join(room))
        self.turn()
        n = self.done(session)[-1][0]
        head = head or number
        answer = Entered(session, n, self.journal, room, number, head, 1, kind=kind, first=first)
        came = Events(self.journal, room, (joined(number, session),))
        if kind == Kind.PUBLIC:
            self._reply(Ack(session, n), answer)
            self.link.published(codec.encode(came), self.now)
        else:
            self._reply(Ack(session, n), answer, came)
        self.turn()

    def happen(self, room: str, *events: AnyEvent, kind: Kind = Kind.PUBLIC) -> None:
        """Publish events, or send them where the room is not public."""
        message = Events(self.journal, room, events)
        if kind == Kind.PUBLIC:
            self.link.published(codec.encode(message), self.now)
            self.turn()
        else:
            self.tell(message)

    def tell(self, *messages: BrokerMessage) -> None:
        """Send messages on the DEALER."""
        self._reply(*messages)
        self.turn()

    def reconnect(self) -> None:
        """Lose the connection, and make another; the hellos wait for their welcomes."""
        self.link.disconnected(self.now)
        while self.link.status is Status.WAITING:
            self.now = max(self.now, self.link.next_deadline() or self.now)
            self.turn()

    def refuse(self, session: int, n: int, code: str, **fields: int | str) -> None:
        """Refuse command ``n``."""
        self.tell(Refused(session, n, 0, code, "", fields))

    def wait(self, seconds: float) -> None:
        """Let time pass, and do what falls due when it does."""
        end = self.now + seconds
        while (due := self.link.next_deadline()) is not None and due <= end:
            self.now = max(self.now, due)
            self.turn()
        self.now = end
        self.turn()

    # ---- what the link did

    def done(self, session: int) -> list[tuple[int, Command]]:
        """Return the commands that the session sent, and forget them."""
        own = [m for m in self.sent if isinstance(m, Do) and m.session == session]
        self.sent = [m for m in self.sent if m not in own]
        return [(message.n, message.command) for message in own]

    def pages(self) -> list[Ask]:
        """Return the pages that were asked for, and forget them."""
        pages = [m for m in self.sent if isinstance(m, Ask) and isinstance(m.question, Page)]
        self.sent = [m for m in self.sent if m not in pages]
        return pages

    def told(self, kind: type[_Notice]) -> list[_Notice]:
        """Return the notices of one kind."""
        return [notice for notice in self.notices if isinstance(notice, kind)]

    def numbers(self, room: str) -> list[int]:
        """Return the numbers of the events that were delivered in a room."""
        told = [notice for notice in self.told(RoomEvents) if notice.room == room]
        return [event.number for notice in told for event in notice.events]

    def turn(self) -> None:
        """Do what the adapter does in one turn."""
        self.link.tick(self.now)
        self.notices += self.link.take_notices()
        for action in self.link.take_actions():
            match action:
                case Connect():
                    self.topics = None
                case Subscribe(_, topics):
                    self.topics = set(topics)
                case AddTopic(topic):
                    assert self.topics is not None
                    self.topics.add(topic)
                case RemoveTopic(topic):
                    assert self.topics is not None
                    self.topics.remove(topic)
        for body in self.link.flush(self.now):
            self.sent += codec.decode_peer_batch(body)

    def _reply(self, *messages: BrokerMessage) -> None:
        for body in codec.batches(map(codec.encode, messages), REPLY_MAX_BYTES):
            self.link.replied(body, self.now)
