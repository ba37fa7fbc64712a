"""What the parts of the core share: the state, who is connected, and the turn that is gathered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from broker.addresses import Addresses
from broker.audience import Audience
from broker.decide_rooms import close, close_for_good, let_go
from broker.draft import Deciding
from broker.presence import Presence
from broker.rates import Rates
from broker.records import Closed, Entry, RoomEntry
from broker.turn import Turn
from protocol import times
from protocol.events import Joined, Left
from protocol.happenings import refusal as sentence_of
from protocol.messages import Refused
from protocol.questions import Described

if TYPE_CHECKING:
    from broker.person import Session
    from broker.presence import Attachment, Peer
    from broker.state import State
    from broker.welcome import CoreSettings
    from protocol.errors import Fields, Refusal
    from protocol.events import Reason


class Desk:
    """What a turn works with.

    Attributes:
        state: the journaled state, this turn's entries applied.
        settings: the surroundings.
        journal_id: the journal's id.
        presence: who is connected.
        addresses: from where people come.
        rates: how fast people may act.
        turn: what this turn gathered.
        now: its time, monotonic, in seconds.
        wall_ms: its time in milliseconds since 1970.
        writable: whether commands are taken.
    """

    def __init__(self, state: State, journal_id: str, settings: CoreSettings, now: float) -> None:
        self.state = state
        self.settings = settings
        self.journal_id = journal_id
        self.presence = Presence(settings.presence, now)
        self.addresses = Addresses(settings.limits.sessions_per_address)
        self.rates = Rates(settings.limits)
        self.turn = Turn()
        self.now = now
        self.wall_ms = 0
        self.writable = True
        self._audience = Audience(self.presence)
        for session in state.sessions:
            self.presence.hold(session, now)

    def begin(self, now: float, wall_ms: int) -> None:
        """Start a turn."""
        self.turn = Turn()
        self.now = now
        self.wall_ms = wall_ms

    def rebuilt(self, state: State) -> None:
        """Take the state as the journal has it."""
        self.state = state
        doors = {session.id: session.door for session in state.sessions.values()}
        self.presence.reconcile(doors, self.now)
        self.addresses.reconcile(state.sessions)
        self._audience.forget()

    # ---- people

    def session_of(self, peer: Peer, number: int) -> Session | None:
        """Return the session that a connection calls ``number``."""
        connection = self.presence.connections.get(peer)
        known = connection.sessions.get(number, "") if connection is not None else ""
        return self.state.sessions.get(known)

    def attached(self, session: str) -> Attachment | None:
        """Return where a session is connected."""
        return self.presence.attached.get(session)

    def describe(self, person: Session, rooms: tuple[str, ...], address: str) -> Described:
        """Return who somebody is, to whoever may know these ``rooms`` and this ``address``."""
        return Described(
            id=person.id,
            user_id=person.user_id,
            name=person.name,
            door=person.door,
            since=person.opened,
            idle=self.presence.idle_for(person.id, self.now),
            connected=self.attached(person.id) is not None,
            rooms=rooms,
            away=person.away,
            why=person.why,
            operator=person.id in self.state.operators,
            address=address,
        )

    def over(self, session: str) -> None:
        """Forget what is volatile of a session that is over for good."""
        self.presence.forget(session)
        self.addresses.drop(session)
        self.rates.forget(session)

    # ---- entries

    def deciding(self, session: Session, n: int) -> Deciding:
        """Return what the decision about command ``n`` looks at."""
        return Deciding(
            self.state,
            session,
            n,
            self.wall_ms,
            self.settings.limits,
            self.settings.max_rooms,
            self.addresses.of.get(session.id, ""),
        )

    def close(self, session: Session, reason: Reason) -> None:
        """End a session that did not ask for it."""
        self.apply(close(self.state, session, 0, reason, self.wall_ms))

    def close_for_good(self, session: Session) -> None:
        """End a session that nobody can open again."""
        self.apply(close_for_good(self.state, session, self.wall_ms))

    def apply(self, entries: list[Entry]) -> None:
        """Apply what was decided, and have it stored, and sent once it is."""
        for entry in entries:
            self._apply(entry)
        while (person := self.state.overdue) is not None:
            for entry in let_go(self.state, person, self.wall_ms):
                self._apply(entry)

    def _apply(self, entry: Entry) -> None:
        if isinstance(entry, RoomEntry):
            self._apply_event(entry)
            return
        self.state.apply(entry)
        self.turn.store(entry, entry)
        if isinstance(entry, Closed):
            self.turn.closed.append(entry.session)

    def _apply_event(self, entry: RoomEntry) -> None:
        name, event = entry.room, entry.event
        before = self._hearers(name) if isinstance(event, Left) else None
        self.state.apply(entry)
        encoded = self.turn.store(entry, event)
        if self.state.rooms[name].is_public:
            self.turn.publish(name, encoded)
            if isinstance(event, Left) and (attachment := self.attached(event.author)):
                attachment.connection.told[name] = 0  # the next heartbeat tells its head once more
            return
        if isinstance(event, Joined | Left):
            self._audience.changed(name)
        self.turn.whisper(name, encoded, before or self._hearers(name))

    def _hearers(self, name: str) -> frozenset[Peer]:
        """Return the connections of the members of a room, if its events go to them alone."""
        room = self.state.rooms.get(name)
        if room is None or room.is_public:
            return frozenset()
        return self._audience.of(name, room.members)

    # ---- refusals

    def refuse(
        self, peer: Peer, refusal: Refusal, session: int = 0, n: int = 0, request: int = 0
    ) -> None:
        """Refuse a hello, command or question."""
        self.turn.reply(peer, self._refused(refusal, session, n, request))

    def reject(self, peer: Peer, refusal: Refusal) -> None:
        """Refuse what is no hello, command or question; this holds if the commit fails, too."""
        refused = self._refused(refusal)
        self.turn.reply(peer, refused, otherwise=refused)

    def sentence(self, code: str, fields: Fields) -> str:
        """Return the sentence for a refusal or an end; its times are in UTC."""
        return sentence_of(code, fields, self.settings.language, self._time_of)

    def _time_of(self, at: int) -> str:
        return times.shown(at, self.wall_ms, lambda _: 0)

    def _refused(self, refusal: Refusal, session: int = 0, n: int = 0, request: int = 0) -> Refused:
        sentence = self.sentence(refusal.code, refusal.fields)
        return Refused(session, n, request, refusal.code, sentence, refusal.fields)
