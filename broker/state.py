"""The journaled state: who has a session, which rooms there are, who is in them.

It changes only through :meth:`State.apply`, and is the fold of the journal's entries: a start from
snapshot and tail gives the same state as a fold of the whole log.
"""

from __future__ import annotations

from typing import Final

import msgspec

from broker.records import Closed, Entry, Opened, RoomEntry, TookName
from protocol import names
from protocol.events import Joined, Left, Reason, RoomEvent

LOBBY: Final = "lobby"
ENDED_SESSIONS_KEPT: Final = 10_000
"""Ended sessions remembered, so that a peer that comes back late repeats nothing."""


class Session(msgspec.Struct):
    """One person's presence.

    Attributes:
        id: public and stable.
        token_hash: SHA-256 of the token, in hexadecimal.
        user_id: what people see as the ID.
        name: the name now.
        door: how the person came in.
        carrier: the gateway that carries the session, or empty.
        applied: the number of the last command applied.
        opened: when it was opened, in milliseconds since 1970.
        rooms: the rooms it is in, each with the number of its ``joined``.
    """

    id: str
    token_hash: str
    user_id: str
    name: str
    door: str
    carrier: str
    applied: int
    opened: int
    rooms: dict[str, int]


class Room(msgspec.Struct):
    """A numbered sequence of events and the people in it, in the order in which they came."""

    name: str
    head: int = 0
    members: dict[str, int] = {}


class EndedSession(msgspec.Struct, frozen=True):
    """What stays of a session that is over: the last command applied, and why it ended."""

    applied: int
    reason: str


class Snapshot(msgspec.Struct, frozen=True):
    """The whole state in a form that is stored."""

    sessions: list[Session]
    rooms: list[Room]
    ended: list[tuple[str, EndedSession]]


class State:
    """The fold of the journal."""

    def __init__(self) -> None:
        self.sessions: dict[str, Session] = {}
        self.rooms: dict[str, Room] = {LOBBY: Room(LOBBY, members={})}
        self.ended: dict[str, EndedSession] = {}
        self._by_name: dict[str, str] = {}

    @classmethod
    def restore(cls, snapshot: Snapshot) -> State:
        """Return the state that ``snapshot`` was taken of. The snapshot must not be used again."""
        state = cls()
        state.sessions = {session.id: session for session in snapshot.sessions}
        state.rooms |= {room.name: room for room in snapshot.rooms}
        state.ended = dict(snapshot.ended)
        state._by_name = {names.compared(s.name): s.id for s in snapshot.sessions}
        return state

    def snapshot(self) -> Snapshot:
        """Return the whole state; it shares its parts with this object, so store it at once."""
        return Snapshot(
            list(self.sessions.values()), list(self.rooms.values()), list(self.ended.items())
        )

    def owner_of(self, name: str) -> str | None:
        """Return the id of the session that wears ``name`` (in any case), or None."""
        return self._by_name.get(names.compared(name))

    def apply(self, entry: Entry) -> None:
        """Fold one entry. Entries come from :mod:`broker.decide`, so they are always possible."""
        match entry:
            case RoomEntry(room, event):
                self._apply_room(room, event)
            case Opened():
                self._apply_opened(entry)
            case TookName(session, n, name):
                changed = self.sessions[session]
                del self._by_name[names.compared(changed.name)]
                changed.name = name
                changed.applied = n
                self._by_name[names.compared(name)] = session
            case Closed():
                self._apply_closed(entry)

    def _apply_room(self, name: str, event: RoomEvent) -> None:
        room = self.rooms.get(name)
        if room is None:
            room = self.rooms[name] = Room(name, members={})
        room.head = event.number
        session = self.sessions.get(event.author)
        if session is not None and event.n > session.applied:
            session.applied = event.n
        match event:
            case Joined():
                room.members[event.author] = event.number
                if session is not None:
                    session.rooms[name] = event.number
            case Left():
                room.members.pop(event.author, None)
                if session is not None:
                    session.rooms.pop(name, None)
            case _:
                pass

    def _apply_opened(self, entry: Opened) -> None:
        before = self.ended.pop(entry.session, None)
        self.sessions[entry.session] = Session(
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
        self._by_name[names.compared(entry.name)] = entry.session

    def _apply_closed(self, entry: Closed) -> None:
        session = self.sessions.pop(entry.session)
        del self._by_name[names.compared(session.name)]
        applied = max(session.applied, entry.n)
        self.ended[entry.session] = EndedSession(applied, entry.reason)
        while len(self.ended) > ENDED_SESSIONS_KEPT:
            del self.ended[next(iter(self.ended))]


def reopens(ended: EndedSession) -> bool:
    """Return whether a hello may open this session again: it was lost, not ended on purpose."""
    return ended.reason == Reason.LOST
