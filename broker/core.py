"""The hub's logic: messages and time in, a turn to commit out, and what leaves after the commit.

A turn is: :meth:`Core.begin`, any of the inputs, :meth:`Core.turn` committed to the journal, then
:meth:`Core.committed` or, when the commit failed, :meth:`Core.failed`. No socket, no clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from broker import decide
from broker.answers import Answers
from broker.presence import Connection, Due, Presence
from broker.records import Closed, Entry
from broker.state import Session, State, reopens
from broker.turn import Asked, Handled, JoinedRoom, Outgoing, Turn
from broker.welcome import CoreSettings, make_welcome
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
    Join,
    PeerMessage,
    Refused,
    Stopping,
    Warned,
)
from protocol.phrases import Phrase, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from broker.journal import Journal
    from broker.presence import Attachment, Peer

CHILD_CARRIER: Final = "child"
"""The carrier of the gateway that the broker runs itself: its sessions never outlive it."""

_MALFORMED_A_BATCH: Final = 16
"""A batch is read no further after so many, or 64 KiB of noise would be answered with megabytes."""


class Core:
    """The pure broker.

    Attributes:
        state: the journaled state, this turn's entries applied.
        writable: False from a failed commit until a probe succeeds.
        state_known: False while the state could not be read back after a failed commit.
    """

    def __init__(self, state: State, journal_id: str, settings: CoreSettings, now: float) -> None:
        self.state = state
        self.writable = self.state_known = True
        self._journal_id = journal_id
        self._settings = settings
        self._presence = Presence(settings.presence)
        self._turn = Turn()
        self._ending: dict[str, Attachment | None] = {}
        self._now = now
        self._wall_ms = 0
        for session in state.sessions:
            self._presence.hold(session, now)

    # ---- inputs

    def begin(self, now: float, wall_ms: int) -> None:
        """Start a turn at ``now`` (monotonic, seconds), stamped ``wall_ms`` (since 1970)."""
        self._turn = Turn()
        self._now = now
        self._wall_ms = wall_ms

    def receive(self, peer: Peer, messages: Iterable[PeerMessage | Malformed]) -> None:
        """Handle one batch of a peer, up to a few messages that cannot be read."""
        malformed = 0
        for message in messages:
            connection = self._presence.connections.get(peer)
            if isinstance(message, Hello):
                self._hello(peer, message)
            elif connection is None:
                code = message.code if isinstance(message, Malformed) else Code.HELLO_REQUIRED
                self._reject(peer, Refusal(code))
                return
            else:
                self._presence.heard(connection, self._now)
                self._handle(connection, message)
            malformed += isinstance(message, Malformed)
            if malformed > _MALFORMED_A_BATCH:
                return

    def unreadable(self, peer: Peer) -> None:
        """Answer a body that was no batch at all."""
        self._reject(peer, Refusal(Code.BAD_MESSAGE))

    def unreachable(self, peer: Peer) -> None:
        """A peer is gone, or reads so slowly that its queue is full: put it out."""
        self._presence.drop(peer, self._now)

    def subscribed(self, topic: bytes) -> None:
        """Somebody subscribed: publish that room's head once this turn."""
        name = topic[:-1].decode(errors="replace") if topic.endswith(b"\0") else ""
        if name in self.state.rooms:
            self._turn.topics.add(name)

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
        for peer in self._presence.silent(self._now):
            self._reject(peer, Refusal(Code.HELLO_REQUIRED))
            self._presence.drop(peer, self._now)
        if not self.writable:
            return
        self._end_carried()
        for due, session_id in self._presence.due(self._now):
            # It may have ended earlier in this turn.
            if session := self.state.sessions.get(session_id):
                self._session_due(due, session)

    def stopping(self) -> None:
        """Tell every peer that the broker stops."""
        sentence = say(self._settings.language, Phrase.STOPPING)
        for peer in self._presence.connections:
            self._turn.reply(peer, Stopping(sentence), otherwise=Stopping(sentence))

    def next_deadline(self) -> float | None:
        """Return when :meth:`tick` has something to do, or None."""
        return self._presence.next_deadline(sessions=self.writable)

    # ---- the end of a turn

    @property
    def turn(self) -> Turn:
        """What this turn gathered; its entries are to be committed."""
        return self._turn

    def committed(self, journal: Journal) -> Outgoing:
        """Return what leaves now that the turn's entries are in the journal."""
        for session_id in self._turn.closed:
            if session_id not in self.state.sessions:  # else it was opened again at once
                self._presence.forget(session_id)
        answers = Answers(self.state, journal, self._journal_id, self._settings.language)
        return answers.outgoing(self._turn)

    def failed(self, rebuilt: State | None, journal: Journal) -> Outgoing:
        """The commit failed: take the state as the journal has it (None: not now); refuse all."""
        self.writable = self.state_known = False
        if rebuilt is not None:
            self.rebuilt(rebuilt)
        code = Code.JOURNAL_UNAVAILABLE
        self._turn.refuse_all(code, say(self._settings.language, code), limits.RETRY_AFTER_MS)
        self._turn.closed.clear()
        return self.committed(journal)

    def rebuilt(self, state: State) -> None:
        """Take the state as the journal has it."""
        self.state = state
        self.state_known = True
        doors = {session.id: session.door for session in state.sessions.values()}
        self._presence.reconcile(doors, self._now)

    # ---- messages

    def _handle(self, connection: Connection, message: PeerMessage | Malformed) -> None:
        match message:
            case Do():
                self._do(connection, message)
            case Ask():
                self._ask(connection, message)
            case Beat():
                self._beat(connection)
            case Active(number):
                session = self.state.sessions.get(connection.sessions.get(number, ""))
                if session is not None:
                    self._presence.active(session.id, session.door, self._now)
            case Carried(carrier):
                self._carried(connection, carrier)
            case Malformed(code, number, n, request):
                self._turn.handled.append(Handled(connection.peer, number, n, request))
                self._refuse(connection.peer, Refusal(code), number, n, request)
            case Hello():
                pass

    def _hello(self, peer: Peer, hello: Hello) -> None:
        self._turn.handled.append(Handled(peer, hello.session, 0, 0))
        try:
            self._open(peer, hello)
        except Refusal as refusal:
            self._refuse(peer, refusal, hello.session)

    def _open(self, peer: Peer, hello: Hello) -> None:
        if hello.version != limits.PROTOCOL_VERSION:
            raise Refusal(Code.VERSION_UNSUPPORTED, expected=limits.PROTOCOL_VERSION)
        session_id, token_hash = decide.identify(hello.token)
        self._check_connection(peer, hello, session_id)
        session = self.state.sessions.get(session_id)
        resumed = session is not None
        if session is None:
            session = self._open_new(hello, session_id, token_hash)
        elif session.token_hash != token_hash:
            raise Refusal(Code.BAD_TOKEN)
        connection = self._presence.connect(peer, hello.link, hello.attempt, self._now)
        before = self._presence.attach(
            session_id, session.door, connection, hello.session, self._now
        )
        if before is not None:
            sentence = say(self._settings.language, End.TAKEN_OVER)
            ended = Ended(before.number, End.TAKEN_OVER, sentence)
            self._turn.reply(before.connection.peer, ended, otherwise=ended)
        welcome = make_welcome(
            self.state, session, self._settings, self._journal_id, hello,
            trusted=peer.trusted, resumed=resumed,
        )  # fmt: skip
        self._turn.reply(peer, welcome)

    def _check_connection(self, peer: Peer, hello: Hello, session_id: str) -> None:
        if not peer.trusted and (hello.address or hello.carrier):
            raise Refusal(Code.NOT_TRUSTED)
        connection = self._presence.connections.get(peer)
        carried = connection.sessions if connection else {}
        if carried.get(hello.session, session_id) != session_id:
            raise Refusal(Code.SESSION_IN_USE)
        if not peer.trusted and any(
            number != hello.session and other in self.state.sessions
            for number, other in carried.items()
        ):
            raise Refusal(Code.ONE_SESSION)
        attached = self._presence.attached.get(session_id)
        this = Connection(peer, hello.link, hello.attempt)
        if attached is not None and this.is_older_than(
            attached.connection.link, attached.connection.attempt
        ):
            raise Refusal(Code.HELLO_REQUIRED)

    def _open_new(self, hello: Hello, session_id: str, token_hash: str) -> Session:
        ended = self.state.ended.get(session_id)
        if ended is not None and not reopens(ended):
            raise Refusal(Code.SESSION_ENDED, reason=ended.reason, applied=ended.applied)
        if not self.writable:
            raise Refusal(Code.JOURNAL_UNAVAILABLE, retry_after=limits.RETRY_AFTER_MS)
        opened = decide.open_session(self.state, hello, session_id, token_hash, self._wall_ms)
        self._apply([opened])
        return self.state.sessions[session_id]

    def _do(self, connection: Connection, do: Do) -> None:
        peer, number, n = connection.peer, do.session, do.n
        self._turn.handled.append(Handled(peer, number, n, 0))
        session_id = connection.sessions.get(number)
        session = self.state.sessions.get(session_id or "")
        try:
            if session is None:
                raise Refusal(Code.SESSION_ENDED, reason="unknown")
            self._presence.active(session.id, session.door, self._now)
            is_new = n > session.applied
            if is_new:
                self._carry_out(session, n, do)
        except Refusal as refusal:
            self._refuse(peer, refusal, number, n)
            return
        # The session object survives its own closing, with the number that closed it.
        self._turn.acknowledge(peer, number, max(n, session.applied))
        if is_new and isinstance(do.command, Join):
            self._answer_join(peer, do, session, do.command.room)

    def _carry_out(self, session: Session, n: int, do: Do) -> None:
        if n != session.applied + 1:
            raise Refusal(Code.NUMBER_EXPECTED, expected=session.applied + 1)
        if not self.writable:
            raise Refusal(Code.JOURNAL_UNAVAILABLE, retry_after=limits.RETRY_AFTER_MS)
        self._apply(decide.decide(self.state, session, n, do.command, self._wall_ms))

    def _answer_join(self, peer: Peer, do: Do, session: Session, room: str) -> None:
        """A join that was just applied is answered with a snapshot of the room."""
        total = len(self.state.rooms[room].members)
        self._turn.reply(peer, JoinedRoom(do.session, do.n, room, session.rooms[room], total))

    def _ask(self, connection: Connection, ask: Ask) -> None:
        peer = connection.peer
        self._turn.handled.append(Handled(peer, ask.session, 0, ask.request))
        session = self.state.sessions.get(connection.sessions.get(ask.session, ""))
        try:
            decide.check_question(self.state, session, ask.question)
            if self._turn.count_question(peer) > limits.QUESTIONS_A_TURN and not peer.trusted:
                raise Refusal(Code.BUSY, retry_after=limits.RETRY_AFTER_MS)
        except Refusal as refusal:
            self._refuse(peer, refusal, ask.session, request=ask.request)
        else:
            self._turn.reply(peer, Asked(ask.session, ask.request, ask.question))

    def _beat(self, connection: Connection) -> None:
        rooms = {
            room: None
            for session_id in connection.sessions.values()
            if session_id in self.state.sessions
            for room in self.state.sessions[session_id].rooms
        }
        heads = {room: self.state.rooms[room].head for room in rooms}
        moved = tuple((r, head) for r, head in heads.items() if connection.told.get(r) != head)
        connection.told = heads
        alive = Alive(self._journal_id, moved)
        self._turn.reply(connection.peer, alive, otherwise=Alive(self._journal_id))

    def _carried(self, connection: Connection, carrier: str) -> None:
        if not connection.peer.trusted:
            self._reject(connection.peer, Refusal(Code.NOT_TRUSTED))
            return
        kept = frozenset(
            session
            for session, (other, _) in self._presence.attached.items()
            if other is connection or connection.is_older_than(other.link, other.attempt)
        )
        self.carrier_ended(carrier, kept)

    # ---- helpers

    def _end_carried(self) -> None:
        for session_id, attachment in list(self._ending.items()):
            session = self.state.sessions.get(session_id)
            if session is None or self._presence.attached.get(session_id) != attachment:
                del self._ending[session_id]  # it has left, or came back by itself
            else:
                self._close(session, Reason.LOST)

    def _session_due(self, due: Due, session: Session) -> None:
        attachment = self._presence.attached.get(session.id)
        if due is Due.IDLE_WARNING and attachment is not None:
            seconds = self._presence.idle_seconds_left
            warned = Warned(attachment.number, seconds)
            self._turn.reply(attachment.connection.peer, warned, otherwise=warned)
        elif due is Due.IDLE_ENDS and attachment is not None:
            self._close(session, Reason.IDLE)
            sentence = say(self._settings.language, End.IDLE)
            ended = Ended(attachment.number, End.IDLE, sentence)
            self._turn.reply(attachment.connection.peer, ended)
        elif due is Due.GRACE_ENDS and attachment is None:
            self._close(session, Reason.LOST)

    def _close(self, session: Session, reason: Reason) -> None:
        self._apply(decide.close(self.state, session, 0, reason, self._wall_ms))

    def _apply(self, entries: list[Entry]) -> None:
        for entry in entries:
            self.state.apply(entry)
            self._turn.store(entry)
            if isinstance(entry, Closed):
                self._turn.closed.append(entry.session)

    def _refuse(
        self, peer: Peer, refusal: Refusal, session: int = 0, n: int = 0, request: int = 0
    ) -> None:
        self._turn.reply(peer, self._refused(refusal, session, n, request))

    def _reject(self, peer: Peer, refusal: Refusal) -> None:
        """Refuse what is no hello, command or question; this holds if the commit fails, too."""
        refused = self._refused(refusal)
        self._turn.reply(peer, refused, otherwise=refused)

    def _refused(self, refusal: Refusal, session: int = 0, n: int = 0, request: int = 0) -> Refused:
        sentence = say(self._settings.language, refusal.code, refusal.fields)
        return Refused(session, n, request, refusal.code, sentence, refusal.fields)
