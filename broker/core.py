"""The hub's logic: messages and time in, a turn to commit out, and what leaves after the commit.

A turn is: :meth:`Core.begin`, any of the inputs, :meth:`Core.turn` committed to the journal, then
:meth:`Core.committed` or, when the commit failed, :meth:`Core.failed`. No socket, no clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from broker.answers import Answers
from broker.commands import Commands
from broker.desk import Desk
from broker.hellos import Hellos
from broker.presence import Due
from broker.questions import Questions
from broker.turn import Handled
from protocol import limits
from protocol.codec import Malformed
from protocol.errors import Code, Refusal
from protocol.events import Reason
from protocol.messages import (
    Active,
    Alive,
    Ask,
    Beat,
    Carried,
    Do,
    End,
    Ended,
    Hello,
    PeerMessage,
    Stopping,
    Warned,
)
from protocol.phrases import Phrase, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from broker.journal import Journal
    from broker.person import Session
    from broker.presence import Attachment, Connection, Peer, Presence
    from broker.search import SearchHits
    from broker.state import State
    from broker.turn import Copying, Outgoing, Searching, Turn
    from broker.welcome import CoreSettings

CHILD_CARRIER: Final = "child"
"""The carrier of the gateway that the broker runs itself: its sessions never outlive it."""

_MALFORMED_A_BATCH: Final = 16
"""A batch is read no further after so many, or 64 KiB of noise would be answered with megabytes."""
HEADS_A_BEAT: Final = 3000
"""Told in one answer to a heartbeat, which a peer would not take if it were too long."""


class Core:
    """The pure broker.

    Attributes:
        state_known: False while the state could not be read back after a failed commit.
    """

    def __init__(self, state: State, journal_id: str, settings: CoreSettings, now: float) -> None:
        self.state_known = True
        self._desk = Desk(state, journal_id, settings, now)
        self._hellos = Hellos(self._desk)
        self._commands = Commands(self._desk)
        self._questions = Questions(self._desk)
        self._ending: dict[str, Attachment | None] = {}

    @property
    def state(self) -> State:
        """The journaled state, this turn's entries applied."""
        return self._desk.state

    @property
    def writable(self) -> bool:
        """False from a failed commit until a probe succeeds."""
        return self._desk.writable

    @writable.setter
    def writable(self, value: bool) -> None:
        self._desk.writable = value

    @property
    def _presence(self) -> Presence:
        return self._desk.presence

    # ---- inputs

    def begin(self, now: float, wall_ms: int) -> None:
        """Start a turn at ``now`` (monotonic, seconds), stamped ``wall_ms`` (since 1970)."""
        self._desk.begin(now, wall_ms)

    def receive(
        self, peer: Peer, messages: Iterable[PeerMessage | Malformed], address: str = ""
    ) -> None:
        """Handle one batch of a peer, up to a few messages that cannot be read.

        Args:
            peer: where it came from.
            messages: what it holds.
            address: the IP address of a peer that is not trusted, where it is known.
        """
        desk = self._desk
        malformed = 0
        connection = desk.presence.connections.get(peer)
        if connection is not None:
            desk.presence.heard(connection, desk.now)
        for message in messages:
            if isinstance(message, Hello):
                self._hellos.hello(peer, message, address)
                connection = desk.presence.connections.get(peer)
            elif connection is None:
                code = message.code if isinstance(message, Malformed) else Code.HELLO_REQUIRED
                desk.reject(peer, Refusal(code))
                return
            else:
                self._handle(connection, message)
            malformed += isinstance(message, Malformed)
            if malformed > _MALFORMED_A_BATCH:
                return

    def unreadable(self, peer: Peer) -> None:
        """Answer a body that was no batch at all."""
        self._desk.reject(peer, Refusal(Code.BAD_MESSAGE))

    def unreachable(self, peer: Peer) -> None:
        """A peer is gone, or reads so slowly that its queue is full: put it out."""
        self._presence.drop(peer, self._desk.now)

    def subscribed(self, topic: bytes) -> None:
        """Somebody subscribed: publish that room's head once this turn, if it is public."""
        name = topic[:-1].decode(errors="replace") if topic.endswith(b"\0") else ""
        room = self.state.rooms.get(name)
        if room is not None and room.is_public:
            self.turn.topics.add(name)

    def found(self, searching: Searching, hits: SearchHits | None) -> None:
        """A search of an earlier turn was carried out; ``hits`` None: it could not be."""
        self._questions.found(searching, hits)

    def copied(self, copying: Copying, outcome: int | Code) -> None:
        """The journal was copied, in so many bytes; or it was not."""
        self._questions.copied(copying, outcome)

    def carrier_ended(self, carrier: str, kept: frozenset[str] = frozenset()) -> None:
        """Every session of a gateway leaves, but for those ``kept``; if need be, once it can."""
        attached = self._presence.attached
        for session in self.state.sessions.values():
            if session.carrier == carrier and session.id not in kept:
                self._ending[session.id] = attached.get(session.id)
        if self.writable:
            self._end_carried()

    def tick(self) -> None:
        """Do what is due by now."""
        now = self._desk.now
        for peer in self._presence.silent(now):
            self._desk.reject(peer, Refusal(Code.HELLO_REQUIRED))
            self._presence.drop(peer, now)
        if not self.writable:
            return
        self._end_carried()
        for due, session_id in self._presence.due(now):
            # It may have ended earlier in this turn.
            if session := self.state.sessions.get(session_id):
                self._session_due(due, session)

    def stopping(self) -> None:
        """Tell every peer that the broker stops."""
        sentence = say(self._desk.settings.language, Phrase.STOPPING)
        for peer in self._presence.connections:
            self.turn.reply(peer, Stopping(sentence), otherwise=Stopping(sentence))

    def next_deadline(self) -> float | None:
        """Return when :meth:`tick` has something to do, or None."""
        return self._presence.next_deadline(sessions=self.writable)

    # ---- the end of a turn

    @property
    def turn(self) -> Turn:
        """What this turn gathered; its entries are to be committed."""
        return self._desk.turn

    def committed(self, journal: Journal) -> Outgoing:
        """Return what leaves now that the turn's entries are in the journal."""
        desk = self._desk
        for session_id in desk.turn.closed:
            if session_id not in desk.state.sessions:  # else it was opened again at once
                desk.over(session_id)
        answers = Answers(desk.state, journal, desk.journal_id, desk.settings.language)
        return answers.outgoing(desk.turn)

    def failed(self, rebuilt: State | None, journal: Journal) -> Outgoing:
        """The commit failed: take the state as the journal has it (None: not now); refuse all."""
        self.writable = self.state_known = False
        if rebuilt is not None:
            self.rebuilt(rebuilt)
        code = Code.JOURNAL_UNAVAILABLE
        sentence = say(self._desk.settings.language, code)
        self._questions.no_search(self.turn.searches)
        self.turn.refuse_all(code, sentence, limits.RETRY_AFTER_MS)
        self.turn.closed.clear()
        return self.committed(journal)

    def rebuilt(self, state: State) -> None:
        """Take the state as the journal has it."""
        self._desk.rebuilt(state)
        self.state_known = True

    # ---- messages

    def _handle(self, connection: Connection, message: PeerMessage | Malformed) -> None:
        desk = self._desk
        match message:
            case Do():
                self._commands.do(connection, message)
            case Ask():
                self._questions.ask(connection, message)
            case Beat():
                self._beat(connection)
            case Active(number):
                session = self.state.sessions.get(connection.sessions.get(number, ""))
                if session is not None:
                    desk.presence.active(session.id, desk.now)
            case Carried(carrier):
                self._carried(connection, carrier)
            case Malformed(code, number, n, request):
                desk.turn.handled.append(Handled(connection.peer, number, n, request))
                desk.refuse(connection.peer, Refusal(code), number, n, request)
            case Hello():
                pass

    def _beat(self, connection: Connection) -> None:
        rooms = {
            room: None
            for session_id in connection.sessions.values()
            if session_id in self.state.sessions
            for room in self.state.sessions[session_id].rooms
        }
        known, told = self.state.rooms, connection.told
        heads = {room: known[room].head for room in rooms}
        # Of a room that somebody is out of by now they may have missed just that.
        left = {r: known[r].head for r in told if r not in heads and known[r].is_public}
        moved = [(r, head) for r, head in (heads | left).items() if told.get(r) != head]
        connection.told = heads
        if len(moved) > HEADS_A_BEAT:
            moved.sort(key=lambda head: told.get(head[0], 0) > 0)  # what had no room is first now
            connection.told = heads | {room: 0 for room, _ in moved[HEADS_A_BEAT:]}
        journal_id = self._desk.journal_id
        alive = Alive(journal_id, tuple(moved[:HEADS_A_BEAT]))
        self.turn.reply(connection.peer, alive, otherwise=Alive(journal_id))

    def _carried(self, connection: Connection, carrier: str) -> None:
        if not connection.peer.trusted:
            self._desk.reject(connection.peer, Refusal(Code.NOT_TRUSTED))
            return
        kept = frozenset(
            session
            for session, (other, _) in self._presence.attached.items()
            if other is connection or connection.is_older_than(other.link, other.attempt)
        )
        self.carrier_ended(carrier, kept)

    # ---- sessions that end by themselves

    def _end_carried(self) -> None:
        for session_id, attachment in list(self._ending.items()):
            session = self.state.sessions.get(session_id)
            if session is None or self._presence.attached.get(session_id) != attachment:
                del self._ending[session_id]  # it has left, or came back by itself
            elif session.carrier == CHILD_CARRIER:
                self._desk.close_for_good(session)
            else:
                self._desk.close(session, Reason.LOST)

    def _session_due(self, due: Due, session: Session) -> None:
        desk = self._desk
        attachment = desk.attached(session.id)
        if due is Due.IDLE_WARNING and attachment is not None:
            seconds = desk.presence.idle_seconds_left
            warned = Warned(attachment.number, seconds)
            desk.turn.reply(attachment.connection.peer, warned, otherwise=warned)
        elif due is Due.IDLE_ENDS and attachment is not None:
            desk.close(session, Reason.IDLE)
            sentence = say(desk.settings.language, End.IDLE)
            ended = Ended(attachment.number, End.IDLE, sentence)
            desk.turn.reply(attachment.connection.peer, ended)
        elif due is Due.GRACE_ENDS and attachment is None:
            desk.close(session, Reason.LOST)
