"""Entering, leaving and making rooms, and what they are about. Nothing here changes the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from broker.barred import may_enter, may_speak
from broker.draft import Deciding, Draft
from broker.finding import line, no_such_room, room_of, somebody
from broker.person import GONE
from broker.records import Closed, Entry, Made
from broker.state import LOBBY
from protocol import room_names
from protocol.errors import Code, Refusal
from protocol.events import Invited, Joined, Left, Reason, SubjectSet
from protocol.questions import Kind

if TYPE_CHECKING:
    from broker.person import Session
    from broker.room import Room
    from broker.state import State
    from protocol.commands import Invite, Join, Leave, Subject


def join(deciding: Deciding, command: Join) -> list[Entry]:
    """Enter a room; make it if there is none, or nobody whose it is.

    Raises:
        Refusal: ``room_not_allowed``, ``no_such_room``, ``already_in_room``, ``banned``,
            ``invite_only``, ``too_many_rooms`` or ``rooms_full``.
    """
    state, session = deciding.state, deciding.session
    name = _stored_name(state, session, command.room)
    room = state.rooms.get(name)
    if name in session.rooms:
        raise Refusal(Code.ALREADY_IN_ROOM, room=name)
    if room is not None:
        is_admitted = room.admits(session.id)
        # The ban of an address is told to whom it alone keeps out, not to who shares the address.
        address = deciding.address if is_admitted else ""
        may_enter(state, room, session.id, address, deciding.wall_ms)
        if not is_admitted:
            raise Refusal(Code.INVITE_ONLY, room=name)
    _check_limits(deciding, room)
    draft = deciding.draft()
    if room is None:
        kind = Kind.PRIVATE if command.private else Kind.PUBLIC
        draft.record(Made(session.id, name, kind))
    elif room.is_without_owner and room.kind is not Kind.TALK and name != LOBBY:
        draft.record(Made(session.id, name, room.kind))
    stamp = draft.stamp(name, session.id, session.name, deciding.n)
    draft.add(name, Joined(*stamp, session.user_id))
    return draft.entries


def leave(deciding: Deciding, command: Leave) -> list[Entry]:
    """Leave a room.

    Raises:
        Refusal: ``not_in_room`` or ``no_such_room``.
    """
    room = room_of(deciding.state, deciding.session, command.room)
    return deciding.one(room.name, Left(*deciding.stamp(room.name), Reason.LEFT))


def invite(deciding: Deciding, command: Invite) -> list[Entry]:
    """Let somebody into a private room, or tell them of a public one.

    Raises:
        Refusal: ``not_in_room``, ``no_such_room``, ``not_in_private``, ``no_such_person``,
            ``yourself`` or ``already_so``.
    """
    state, session = deciding.state, deciding.session
    room = room_of(state, session, command.room)
    if room.kind is Kind.TALK:
        raise Refusal(Code.NOT_IN_PRIVATE)
    other = somebody(state, command.who)
    if other is session:
        raise Refusal(Code.YOURSELF)
    if other.id in room.members or other.id in room.invited:
        raise Refusal(Code.ALREADY_SO)
    may_speak(state, room, session.id, deciding.address, deciding.wall_ms)
    return deciding.one(room.name, Invited(*deciding.stamp(room.name), other.id, other.name))


def subject(deciding: Deciding, command: Subject) -> list[Entry]:
    """Set what a room is about; whoever may speak in it may.

    Raises:
        Refusal: ``not_in_room``, ``no_such_room``, ``not_in_private``, ``subject_too_long``,
            ``already_so``, or one for who may not speak.
    """
    room = room_of(deciding.state, deciding.session, command.room)
    if room.kind is Kind.TALK:
        raise Refusal(Code.NOT_IN_PRIVATE)
    said = line(command.text, deciding.limits.subject, Code.SUBJECT_TOO_LONG)
    if said == room.subject:
        raise Refusal(Code.ALREADY_SO)
    may_speak(deciding.state, room, deciding.session.id, deciding.address, deciding.wall_ms)
    return deciding.one(room.name, SubjectSet(*deciding.stamp(room.name), said))


def close(state: State, session: Session, n: int, reason: Reason, wall_ms: int) -> list[Entry]:
    """Return the entries that end ``session``: it leaves its rooms, and is closed.

    Who is lost stays in their conversations of two. ``n`` is the command that ended it, or 0.
    """
    draft = Draft(state, wall_ms)
    for room in session.rooms:
        if reason is not Reason.LOST or state.rooms[room].kind is not Kind.TALK:
            draft.add(room, Left(*draft.stamp(room, session.id, session.name, n), reason))
    draft.record(Closed(session.id, n, reason, wall_ms))
    return draft.entries


def close_for_good(state: State, session: Session, wall_ms: int) -> list[Entry]:
    """Return the entries that end a session which is lost, and which nobody can open again.

    The token was made by the broker's own gateway, which is gone: else private rooms would wait for
    a person who is another one by now.
    """
    draft = Draft(state, wall_ms)
    for room in session.rooms:
        draft.add(room, Left(*draft.stamp(room, session.id, session.name, 0), Reason.LOST))
    draft.record(Closed(session.id, 0, GONE, wall_ms))
    return draft.entries


def let_go(state: State, person: str, wall_ms: int) -> list[Entry]:
    """Return the entries by which who was lost long ago leaves their conversations."""
    ended = state.ended[person]
    draft = Draft(state, wall_ms)
    for room in ended.rooms:
        draft.add(room, Left(*draft.stamp(room, person, ended.name, 0), Reason.LOST))
    return draft.entries


def _stored_name(state: State, session: Session, typed: str) -> str:
    """Return a room's name as it is stored; a conversation's only to one of the two."""
    room = state.rooms.get(typed)
    if not typed.startswith(room_names.TALK_SIGN):
        # A name as it is stored is normal, and to find that out is most of what a login costs.
        return typed if room is not None else room_names.normal(typed)
    if room is None or not room.admits(session.id):
        raise no_such_room(typed)
    return typed


def _check_limits(deciding: Deciding, room: Room | None) -> None:
    state = deciding.state
    check_own_rooms(deciding)
    is_new = room is None or (not room.members and room.name != LOBBY)
    if is_new and deciding.max_rooms and state.directory.inhabited >= deciding.max_rooms:
        raise Refusal(Code.ROOMS_FULL, limit=deciding.max_rooms)


def check_own_rooms(deciding: Deciding) -> None:
    """Look whether the person may be in one more room; conversations that others began are free.

    Raises:
        Refusal: ``too_many_rooms`` with its ``limit``.
    """
    session, most = deciding.session, deciding.limits.rooms
    rooms = (deciding.state.rooms[name] for name in session.rooms)
    count = sum(room.kind is not Kind.TALK or room.owner == session.id for room in rooms)
    if most and count >= most:
        raise Refusal(Code.TOO_MANY_ROOMS, limit=most)
