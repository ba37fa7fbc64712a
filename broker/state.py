"""The journaled state: who has a session, which rooms there are, who is in them.

It changes only through :meth:`State.apply`, and is the fold of the journal's entries: a start from
snapshot and tail gives the same state as a fold of the whole log.
"""

from __future__ import annotations

from typing import Final

import msgspec

from broker.directory import Directory
from broker.person import EndedSession, Person, Session, ended_with, reopens
from broker.records import (
    Closed,
    Entry,
    IgnoredPerson,
    Made,
    Opened,
    RoomEntry,
    SetAway,
    TookName,
)
from broker.room import Ban, Room
from broker.room_acts import apply_act, apply_everywhere
from broker.room_events import apply_event
from protocol import names
from protocol.events import ActEvent, Event, Said
from protocol.questions import Kind
from protocol.room_names import TALK_SIGN

LOBBY: Final = "lobby"
ENDED_SESSIONS_KEPT: Final = 10_000
"""Ended sessions remembered, so that a peer that comes back late repeats nothing."""
IGNORED_KEPT: Final = 1000
"""People whom one person ignores; past that the first is heard again."""


class Snapshot(msgspec.Struct, frozen=True):
    """The whole state in a form that is stored."""

    sessions: list[Session]
    rooms: list[Room]
    ended: list[tuple[str, EndedSession]]
    operators: list[str] = []
    bans: dict[str, Ban] = {}
    muted: dict[str, Ban] = {}


class State:
    """The fold of the journal.

    Attributes:
        sessions: by id.
        rooms: by name; those without people stay.
        ended: what stays of sessions that are over, oldest first.
        operators: who moderates the whole broker.
        bans: who is kept out of it, by id or address.
        muted: who may speak nowhere.
        directory: for looking things up.
    """

    def __init__(self) -> None:
        self.sessions: dict[str, Session] = {}
        self.rooms: dict[str, Room] = {LOBBY: Room(LOBBY)}
        self.ended: dict[str, EndedSession] = {}
        self.operators: list[str] = []
        self.bans: dict[str, Ban] = {}
        self.muted: dict[str, Ban] = {}
        self.directory = Directory(LOBBY)
        self._by_name: dict[str, str] = {}

    # ---- snapshots

    @classmethod
    def restore(cls, snapshot: Snapshot) -> State:
        """Return the state that ``snapshot`` was taken of. The snapshot must not be used again."""
        state = cls()
        state.sessions = {session.id: session for session in snapshot.sessions}
        state.rooms |= {room.name: room for room in snapshot.rooms}
        state.ended = dict(snapshot.ended)
        state.operators = snapshot.operators
        state.bans = snapshot.bans
        state.muted = snapshot.muted
        state.directory = Directory(LOBBY, state.rooms.values())
        state._by_name = {names.compared(s.name): s.id for s in snapshot.sessions}
        return state

    def snapshot(self) -> Snapshot:
        """Return the whole state; it shares its parts with this object, so store it at once."""
        return Snapshot(
            list(self.sessions.values()),
            list(self.rooms.values()),
            list(self.ended.items()),
            self.operators,
            self.bans,
            self.muted,
        )

    # ---- people

    def owner_of(self, name: str) -> str | None:
        """Return the id of the session that wears ``name`` (in any case), or None."""
        return self._by_name.get(names.compared(name))

    def person(self, person: str) -> Person | None:
        """Return who is here, or was lost and may come back, by id."""
        session = self.sessions.get(person)
        if session is not None:
            return session
        ended = self.ended.get(person)
        return ended if ended is not None and reopens(ended) else None

    def name_of(self, person: str) -> str:
        """Return the last name of somebody by id, as far as it is known."""
        known = self.sessions.get(person) or self.ended.get(person)
        return "" if known is None else known.name

    @property
    def overdue(self) -> str | None:
        """Who was lost longest ago, if too many are remembered: they leave their conversations."""
        return next(iter(self.ended)) if len(self.ended) > ENDED_SESSIONS_KEPT else None

    # ---- the fold

    def apply(self, entry: Entry) -> None:
        """Fold one entry. Entries come from :mod:`broker.decide`, so they are always possible."""
        match entry:
            case RoomEntry():
                self._apply_room(entry.room, entry.event)
            case Opened():
                self._apply_opened(entry)
            case TookName(session, n, name):
                changed = self.sessions[session]
                del self._by_name[names.compared(changed.name)]
                changed.name = name
                changed.applied = n
                self._by_name[names.compared(name)] = session
            case SetAway(session, n, away, why):
                changed = self.sessions[session]
                changed.applied, changed.away, changed.why = n, away, why
            case IgnoredPerson():
                self._apply_ignored(entry)
            case Closed():
                self._apply_closed(entry)
            case Made():
                self._apply_made(entry)

    def _apply_room(self, name: str, event: Event) -> None:
        room = self.rooms.get(name)
        if room is None:
            room = self.rooms[name] = unknown_room(name)
        room.head = event.number
        session = self.sessions.get(event.author)
        if session is not None and event.n > session.applied:
            session.applied = event.n
        # Most are said, and a union is slow to compare with.
        if type(event) is not Said and isinstance(event, ActEvent):
            self._apply_act(room, event)
        elif session is not None:
            apply_event(room, session, event, self.directory)
        else:
            apply_event(room, self.person(event.author), event, self.directory)
            if event.author in self.ended:
                self._drop_ended()

    def _apply_act(self, room: Room, event: ActEvent) -> None:
        if getattr(event, "everywhere", False):
            apply_everywhere(self, event)
            return
        apply_act(room, event)
        if who := getattr(event, "who", ""):
            self.directory.knows(room.name, who)

    def _apply_opened(self, entry: Opened) -> None:
        before = self.ended.pop(entry.session, None)
        session = self.sessions[entry.session] = Session(
            id=entry.session,
            token_hash=entry.token_hash,
            user_id=entry.user_id,
            name=entry.name,
            door=entry.door,
            carrier=entry.carrier,
            applied=before.applied if before else 0,
            opened=entry.at,
            rooms={},
        )
        if before is not None and reopens(before):
            session.rooms = before.rooms
            session.away, session.why = before.away, before.why
            session.ignored = before.ignored
        self._by_name[names.compared(entry.name)] = entry.session

    def _apply_ignored(self, entry: IgnoredPerson) -> None:
        session = self.sessions[entry.session]
        session.applied = entry.n
        session.ignored.pop(entry.who, None)
        if entry.ignored:
            session.ignored[entry.who] = entry.name
            if len(session.ignored) > IGNORED_KEPT:
                del session.ignored[next(iter(session.ignored))]

    def _apply_closed(self, entry: Closed) -> None:
        session = self.sessions.pop(entry.session)
        del self._by_name[names.compared(session.name)]
        ended = self.ended[entry.session] = ended_with(session, entry.n, entry.reason)
        if not reopens(ended):
            self._forget(entry.session)
        self._drop_ended()

    def _apply_made(self, entry: Made) -> None:
        room = self.rooms.get(entry.room)
        if room is None:
            room = self.rooms[entry.room] = Room(entry.room, kind=entry.kind)
        elif room.kind is Kind.PRIVATE:
            # Whoever takes it over learns nothing of those before but its number.
            room.subject, room.slow, room.slow_since = "", 0, {}
            room.bans, room.muted, room.last_said = {}, {}, {}
        room.owner = entry.session
        self.directory.knows(entry.room, entry.session)

    def _drop_ended(self) -> None:
        """Forget who ended long ago, up to somebody who is still in a conversation."""
        while len(self.ended) > ENDED_SESSIONS_KEPT:
            person = next(iter(self.ended))
            if self.ended[person].rooms:
                return
            was_lost = reopens(self.ended.pop(person))
            if was_lost:
                self._forget(person)

    def _forget(self, person: str) -> None:
        """Somebody is gone for good, and what was granted to them with them."""
        for name in self.directory.forget(person):
            self.rooms[name].forget(person)
        if person in self.operators:
            self.operators = [other for other in self.operators if other != person]
        self.muted.pop(person, None)


def unknown_room(name: str, head: int = 0) -> Room:
    """Return a room of which nothing is known but its name and head: nobody's, and closed."""
    if name == LOBBY:
        return Room(name, head)
    return Room(name, head, kind=Kind.TALK if name.startswith(TALK_SIGN) else Kind.PRIVATE)
