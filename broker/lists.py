"""Answers that come from the state alone: who is in a room, and which rooms there are. Pure.

Each is cut at a page, by count and by bytes: who asked sees by the total that there is more.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, TypeVar

import msgspec

from broker.state import LOBBY
from protocol import limits
from protocol.codec import encode
from protocol.questions import Kind, People, Person, RoomLine, RoomList

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from broker.person import Session
    from broker.room import Room
    from broker.state import State
    from protocol.questions import Rooms, Who

_Line = TypeVar("_Line", bound=msgspec.Struct)


def people(state: State, room: Room, question: Who) -> People:
    """Return a page of who is in ``room``."""
    after = (who for who, joined in room.members.items() if joined > question.after)
    count = min(question.limit, limits.ROSTER_PEOPLE)
    lines = (_person(state, room, who) for who in islice(after, count))
    return People(room.name, room.head, len(room.members), tuple(page(lines)))


def rooms(state: State, session: Session, question: Rooms) -> RoomList:
    """Return a page of the rooms that ``session`` may know of."""
    directory = state.directory
    known = {*session.rooms, *directory.places(session.id)}
    own = sorted(name for name in known if _is_own(state.rooms[name], session))
    count = min(question.limit, limits.LISTED_ROOMS)
    later = [name for name in own if name > question.after]
    names = sorted((*directory.public_after(question.after, count), *later))[:count]
    lines = (_room(state.rooms[name], session) for name in names)
    return RoomList(directory.public + len(own), tuple(page(lines)))


def every_room(state: State, session: Session, question: Rooms) -> RoomList:
    """Return a page of all rooms with people in them, for the administrator."""
    known = [
        r
        for r in state.rooms.values()
        if r.kind is not Kind.TALK and (r.members or r.name == LOBBY)
    ]
    later = sorted((r for r in known if r.name > question.after), key=lambda room: room.name)
    lines = (_room(room, session) for room in later[: min(question.limit, limits.LISTED_ROOMS)])
    return RoomList(len(known), tuple(page(lines)))


def _is_own(room: Room, session: Session) -> bool:
    """Whether only those inside, and those invited, see it in a list."""
    return room.kind is Kind.PRIVATE and (room.name in session.rooms or session.id in room.invited)


def _person(state: State, room: Room, who: str) -> Person:
    known = state.person(who)
    role = room.role(who)
    if known is None:
        return Person(who, "", state.name_of(who), room.members[who], role)
    return Person(who, known.user_id, known.name, room.members[who], role, known.away, known.why)


def _room(room: Room, session: Session) -> RoomLine:
    return RoomLine(
        room.name,
        room.kind,
        len(room.members),
        room.subject,
        room.name in session.rooms,
        session.id in room.invited,
    )


def page(lines: Iterable[_Line]) -> Iterator[_Line]:
    """Yield lines as long as an answer has room for them."""
    size = 0
    for line in lines:
        size += len(encode(line)) + 1
        if size > limits.REPLY_BATCH_BYTES:
            return
        yield line
