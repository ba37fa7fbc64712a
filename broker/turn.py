"""What one turn of the broker gathers, and what leaves the process once it is committed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from broker.journal import StoredEntry
from broker.records import RoomEntry
from protocol.codec import encode
from protocol.messages import Ack, Question, Refused

if TYPE_CHECKING:
    from broker.presence import Peer
    from broker.records import Entry
    from protocol.messages import BrokerMessage


class Asked(NamedTuple):
    """A question whose answer is read once the turn is committed."""

    session: int
    request: int
    question: Question


class JoinedRoom(NamedTuple):
    """A join whose answer (recent messages, counts) is read once the turn is committed."""

    session: int
    n: int
    room: str
    number: int
    total: int


class Outgoing(NamedTuple):
    """What the adapter sends.

    Attributes:
        published: topic and body of each broadcast.
        replies: peer and body of each message on ROUTER.
    """

    published: list[tuple[bytes, bytes]]
    replies: list[tuple[Peer, bytes]]


class Handled(NamedTuple):
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
        replies: what to answer each peer, in order.
        handled: the hellos, commands and questions, in order.
        topics: topics that somebody subscribed to.
        closed: sessions that ended.
    """

    entries: list[StoredEntry] = field(default_factory=list)
    replies: dict[Peer, list[BrokerMessage | Asked | JoinedRoom]] = field(default_factory=dict)
    handled: list[Handled] = field(default_factory=list)
    topics: set[str] = field(default_factory=set)
    closed: list[str] = field(default_factory=list)
    _acks: dict[tuple[Peer, int], int] = field(default_factory=dict)
    _questions: Counter[Peer] = field(default_factory=Counter)
    _otherwise: list[tuple[Peer, BrokerMessage]] = field(default_factory=list)

    def count_question(self, peer: Peer) -> int:
        """Return how many questions ``peer`` has asked in this turn, this one included."""
        self._questions[peer] += 1
        return self._questions[peer]

    def store(self, entry: Entry) -> None:
        """Add an entry; its event is encoded here, once for the disk and for the wire."""
        event = entry.event if isinstance(entry, RoomEntry) else entry
        self.entries.append(StoredEntry(entry, encode(event)))

    def reply(
        self,
        peer: Peer,
        message: BrokerMessage | Asked | JoinedRoom,
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
        self.replies.clear()
        self._acks.clear()
        self.entries.clear()
        for peer, message in self._otherwise:
            self.reply(peer, message)
        fields: dict[str, int | str] = {"retry_after": retry_after}
        for peer, session, n, request in self.handled:
            self.reply(peer, Refused(session, n, request, code, sentence, fields))
