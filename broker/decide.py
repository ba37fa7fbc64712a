"""What a command does: its entries, or a refusal. Nothing here changes the state."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from broker.records import Closed, Entry, Opened, RoomEntry, TookName
from protocol import names, text
from protocol.errors import Code, Refusal
from protocol.events import Joined, Left, Reason, Renamed, Said
from protocol.limits import NAME_CHARACTERS, ROOM_CHARACTERS, TOKEN_HEX_DIGITS
from protocol.messages import Command, Hello, Join, Question, Quit, Rename, Say

if TYPE_CHECKING:
    from broker.state import Room, Session, State

_TOKEN: Final = re.compile(f"[0-9a-f]{{{TOKEN_HEX_DIGITS}}}")
_ID_HEX_DIGITS: Final = 16
_ADDRESS_CHARACTERS: Final = 64


def decide(state: State, session: Session, n: int, command: Command, wall_ms: int) -> list[Entry]:
    """Return the entries that command ``n`` of ``session`` causes, at least one.

    Args:
        state: as it is before the command.
        session: whose command it is.
        n: its number, which is the next of the session.
        command: what to do.
        wall_ms: the time to stamp, in milliseconds since 1970.

    Raises:
        Refusal: it is not carried out.
    """
    match command:
        case Say(room, said, action):
            place = _room_of(state, session, room)
            said = text.clean_message(said)
            number = place.head + 1
            event = Said(number, wall_ms, session.id, session.name, n, said, action)
            return [RoomEntry(room, event)]
        case Join(room):
            return [_join(state, session, n, room, wall_ms)]
        case Rename(name):
            return _rename(state, session, n, name, wall_ms)
        case Quit(slow):
            return close(state, session, n, Reason.SLOW if slow else Reason.QUIT, wall_ms)


def close(state: State, session: Session, n: int, reason: Reason, wall_ms: int) -> list[Entry]:
    """Return the entries that end ``session``: it leaves each of its rooms, and is closed.

    ``n`` is the command that ended it, or 0.
    """
    entries: list[Entry] = [
        RoomEntry(
            room,
            Left(state.rooms[room].head + 1, wall_ms, session.id, session.name, n, reason),
        )
        for room in session.rooms
    ]
    entries.append(Closed(session.id, n, reason, wall_ms))
    return entries


def identify(token: str) -> tuple[str, str]:
    """Return a session's public id and the hash that is kept of its token.

    Raises:
        Refusal: ``bad_token``.
    """
    if not _TOKEN.fullmatch(token):
        raise Refusal(Code.BAD_TOKEN)
    token_hash = hashlib.sha256(token.encode()).hexdigest()
    return token_hash[:_ID_HEX_DIGITS], token_hash


def open_session(
    state: State, hello: Hello, session_id: str, token_hash: str, wall_ms: int
) -> Opened:
    """Return the entry that opens the session that ``hello`` asks for.

    Raises:
        Refusal: the name is taken or not allowed.
    """
    user_id = text.clean(hello.address)[:_ADDRESS_CHARACTERS] or session_id
    own = hello.name in {"", user_id}
    name = _unworn(state, user_id) if own else _free_name(state, hello.name, session_id)
    door = text.clean(hello.door[:NAME_CHARACTERS])
    return Opened(session_id, token_hash, user_id, name, door, hello.carrier, wall_ms)


def check_question(state: State, session: Session | None, question: Question) -> None:
    """Refuse a question about a room that the session is not in.

    Raises:
        Refusal: ``session_ended``, ``no_such_room`` or ``not_in_room``.
    """
    if session is None:
        raise Refusal(Code.SESSION_ENDED, reason="unknown")
    _room_of(state, session, question.room)


def no_such_room(name: str) -> Refusal:
    """Return the refusal for a room that is not there, with as much of its name as one may have."""
    return Refusal(Code.NO_SUCH_ROOM, room=text.clean(name[:ROOM_CHARACTERS]))


def _room_of(state: State, session: Session, name: str) -> Room:
    room = state.rooms.get(name)
    if room is None:
        raise no_such_room(name)
    if name not in session.rooms:
        raise Refusal(Code.NOT_IN_ROOM, room=name)
    return room


def _join(state: State, session: Session, n: int, name: str, wall_ms: int) -> Entry:
    room = state.rooms.get(name)
    if room is None:
        raise no_such_room(name)
    if name in session.rooms:
        raise Refusal(Code.ALREADY_IN_ROOM, room=name)
    event = Joined(room.head + 1, wall_ms, session.id, session.name, n, session.user_id)
    return RoomEntry(name, event)


def _rename(state: State, session: Session, n: int, wanted: str, wall_ms: int) -> list[Entry]:
    if wanted != session.user_id:
        name = _free_name(state, wanted, session.id)
    elif state.owner_of(wanted) in {None, session.id}:
        name = wanted
    else:  # another gateway's person has the same address, or somebody took the ID as a name
        raise Refusal(Code.NAME_TAKEN, name=wanted)
    if name == session.name:
        raise Refusal(Code.NAME_SAME, name=name)
    entries: list[Entry] = [
        RoomEntry(
            room,
            Renamed(state.rooms[room].head + 1, wall_ms, session.id, session.name, n, name),
        )
        for room in session.rooms
    ]
    entries.append(TookName(session.id, n, name))
    return entries


def _free_name(state: State, wanted: str, session_id: str) -> str:
    """Return ``wanted`` as it is shown, if this session may wear it."""
    name = names.shown(wanted)
    compared = names.compared(name)
    if compared in state.sessions and compared != session_id:
        raise Refusal(Code.NAME_NOT_ALLOWED)
    if state.owner_of(name) not in {None, session_id}:
        raise Refusal(Code.NAME_TAKEN, name=name)
    return name


def _unworn(state: State, user_id: str) -> str:
    """Return the ID as a name; two gateways may see the same ``ip:port``, so it may be worn."""
    name, count = user_id, 1
    while state.owner_of(name) is not None:
        count += 1
        name = f"{user_id}-{count}"
    return name
