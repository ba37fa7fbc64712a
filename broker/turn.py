"""What one turn of the broker gathers, and what leaves the process once it is committed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from broker.audience import Whispers
from broker.journal import StoredEntry
from protocol.codec import encode
from protocol.messages import Ack, Refused

if TYPE_CHECKING:
    from broker.presence import Peer
    from broker.records import Entry, SessionEvent
    from broker.search import SearchQuery
    from protocol.events import Event
    from protocol.messages import BrokerMessage, Entered
    from protocol.questions import Acts, Page, Recent, Since


class Asked(NamedTuple):
    """A question whose answer is read from the journal once the turn is committed.

    Attributes:
        session: the connection's number of who asked.
        request: as in the question.
        question: what was asked.
        room: of which room.
        first: the lowest number that may be read.
        head: the room's head when it was asked.
        person: whose session asked.
    """

    session: int
    request: int
    question: Page | Since | Recent | Acts
    room: str
    first: int
    head: int
    person: str


class Located(NamedTuple):
    """Places that a search found, whose messages are read once the turn is committed.

    ``person`` is whose session asked.
    """

    session: int
    request: int
    places: list[tuple[str, int]]
    older: int
    behind: bool
    person: str


class JoinedRoom(NamedTuple):
    """A join whose answer lacks the recent messages until the turn is committed.

    ``person`` is who joined.
    """

    person: str
    entered: Entered


class Searching(NamedTuple):
    """A search for the adapter to carry out, and who is told in ``Core.found``.

    ``person`` is whose session asked.
    """

    peer: Peer
    session: int
    request: int
    person: str
    query: SearchQuery


class Copying(NamedTuple):
    """A copy of the journal for the adapter to make, and who is told in ``Core.copied``."""

    peer: Peer
    session: int
    request: int
    path: str


class Outgoing(NamedTuple):
    """What the adapter sends, and what it looks for.

    Attributes:
        published: topic and body of each broadcast.
        replies: peer and body of each message on ROUTER.
        searches: to be answered in a later turn.
        copies: likewise.
    """

    published: list[tuple[bytes, bytes]]
    replies: list[tuple[Peer, bytes]]
    searches: list[Searching]
    copies: list[Copying]


class Handled(msgspec.Struct, frozen=True):
    """A message of this turn, so that it can be refused if the commit fails."""

    peer: Peer
    session: int
    n: int
    request: int


@dataclass(slots=True)
class Turn:
    """Everything that one turn of the loop decided; nothing of it has left the process yet.

    Attributes:
        entries: what to commit, in order.
        published: the encoded events of public rooms.
        whispered: the events of other rooms.
        replies: what to answer each peer, in order.
        handled: the hellos, commands and questions, in order.
        topics: topics that somebody subscribed to.
        closed: sessions that ended.
        searches: what is to be looked for.
        copies: where the journal is to be copied.
    """

    entries: list[StoredEntry] = field(default_factory=list)
    published: dict[str, list[bytes]] = field(default_factory=dict)
    whispered: dict[str, Whispers] = field(default_factory=dict)
    replies: dict[Peer, list[BrokerMessage | Asked | Located | JoinedRoom]] = field(
        default_factory=dict
    )
    handled: list[Handled] = field(default_factory=list)
    topics: set[str] = field(default_factory=set)
    closed: list[str] = field(default_factory=list)
    searches: list[Searching] = field(default_factory=list)
    copies: list[Copying] = field(default_factory=list)
    _acks: dict[tuple[Peer, int], int] = field(default_factory=dict)
    _questions: Counter[Peer] = field(default_factory=Counter)
    _otherwise: list[tuple[Peer, BrokerMessage]] = field(default_factory=list)

    def count_question(self, peer: Peer) -> int:
        """Return how many questions ``peer`` has asked in this turn, this one included."""
        self._questions[peer] += 1
        return self._questions[peer]

    def store(self, entry: Entry, event: Event | SessionEvent) -> bytes:
        """Add an entry with its event, which is encoded here once for the disk and for the wire.

        Returns:
            The encoded event.
        """
        encoded = encode(event)
        self.entries.append(StoredEntry(entry, encoded))
        return encoded

    def publish(self, room: str, encoded: bytes) -> None:
        """Publish an event of a public room after the commit."""
        self.published.setdefault(room, []).append(encoded)

    def whisper(self, room: str, encoded: bytes, peers: frozenset[Peer]) -> None:
        """Send an event of a room that is not public to these ``peers`` after the commit."""
        self.whispered.setdefault(room, Whispers()).add(encoded, peers)

    def reply(
        self,
        peer: Peer,
        message: BrokerMessage | Asked | Located | JoinedRoom,
        *,
        otherwise: BrokerMessage | None = None,
    ) -> None:
        """Answer ``peer`` after the commit; ``otherwise`` is said if the commit fails."""
        self.replies.setdefault(peer, []).append(message)
        if otherwise is not None:
            self._otherwise.append((peer, otherwise))

    def acknowledge(self, peer: Peer, session: int, n: int) -> None:
        """Acknowledge all up to ``n``: one cumulative acknowledgement a session a turn.

        It stands where the first one stood, before any later refusal of the same session.
        """
        replies = self.replies.setdefault(peer, [])
        place = self._acks.get((peer, session))
        if place is None:
            self._acks[peer, session] = len(replies)
            replies.append(Ack(session, n))
        else:
            replies[place] = Ack(session, n)

    def refuse_all(self, code: str, sentence: str, retry_after: int) -> None:
        """Turn every answer into a refusal, because the commit failed.

        What is true all the same, such as a warning, is said before.
        """
        for gathered in (self.replies, self._acks, self.published, self.whispered):
            gathered.clear()
        self.entries.clear()
        self.searches.clear()
        self.copies.clear()
        for peer, message in self._otherwise:
            self.reply(peer, message)
        fields: dict[str, int | str] = {"retry_after": retry_after}
        for handled in self.handled:
            session, n, request = handled.session, handled.n, handled.request
            self.reply(handled.peer, Refused(session, n, request, code, sentence, fields))
