"""Finds the rooms and people that a command or question names, as far as the asker may know them.

Pure: nothing here changes the state.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from protocol import names, text
from protocol.errors import Code, Refusal
from protocol.limits import ROOM_CHARACTERS
from protocol.messages import ADMIN_DOOR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from broker.person import Session
    from broker.room import Room
    from broker.state import State

_SHOWN_CHARACTERS: Final = 64
_NAMES_REMEMBERED: Final = 10_000


def room_of(state: State, session: Session, name: str) -> Room:
    """Return a room that the session is in.

    Raises:
        Refusal: ``not_in_room``; or ``no_such_room`` as well where the session may not even know
            that there is such a room.
    """
    room = state.rooms.get(name)
    if room is None:
        raise no_such_room(name)
    if name not in session.rooms:
        if room.is_public or session.id in room.invited:
            raise Refusal(Code.NOT_IN_ROOM, room=name)
        raise no_such_room(name)
    return room


def no_such_room(name: str) -> Refusal:
    """Return the refusal for a room that is not there, with as much of its name as one may have."""
    return Refusal(Code.NO_SUCH_ROOM, room=text.clean(name[:ROOM_CHARACTERS]))


def somebody(state: State, who: str) -> Session:
    """Return who is here with this public id, or else this name in any case.

    Raises:
        Refusal: ``no_such_person``.
    """
    session = state.sessions.get(who) or state.sessions.get(state.owner_of(who) or "")
    if session is None or session.door == ADMIN_DOOR:
        raise no_such_person(who)
    return session


def known_person(state: State, who: str) -> str | None:
    """Return the id of who is here with this id or name, or was lost with this id; or None."""
    person = who if state.person(who) is not None else state.owner_of(who)
    session = state.sessions.get(person or "")
    return None if session is not None and session.door == ADMIN_DOOR else person


def called(who: str, people: Iterable[tuple[str, str]]) -> str | None:
    """Return the id of somebody with this name, in any case, among ids and names; or None."""
    wanted = names.compared(who)
    return next((person for person, name in people if compared(name) == wanted), None)


@lru_cache(maxsize=_NAMES_REMEMBERED)
def compared(name: str) -> str:
    """Return how a name that is kept is compared.

    Remembered: to look through a thousand Chinese names anew took 15 ms for each command.
    """
    return names.compared(name)


def no_such_person(who: str) -> Refusal:
    """Return the refusal for somebody who is not there."""
    return Refusal(Code.NO_SUCH_PERSON, who=as_typed(who))


def as_typed(who: str) -> str:
    """Return what was typed for a person, with as much as a name may have."""
    return text.clean(who[:_SHOWN_CHARACTERS])


def line(typed: str, limit: int, too_long: Code) -> str:
    """Return a subject or reason as one line, cleaned.

    Raises:
        Refusal: ``too_long``, with the ``limit`` in characters.
    """
    if len(typed) > limit:
        raise Refusal(too_long, limit=limit)
    cleaned = " ".join(text.clean(typed).split())
    if len(cleaned) > limit:  # tabs may have grown
        raise Refusal(too_long, limit=limit)
    return cleaned
