"""What is said in rooms and between two, changed and taken away. Nothing here changes the state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from broker.barred import may_speak
from broker.decide_rooms import check_own_rooms
from broker.draft import Deciding, Draft
from broker.finding import called, known_person, no_such_person, room_of
from broker.records import Entry, Made
from broker.room import other_in
from protocol import room_names, text
from protocol.errors import Code, Refusal
from protocol.events import Deleted, Edited, Joined, Left, Reason, Said
from protocol.questions import Kind, Role

if TYPE_CHECKING:
    from broker.room import Room
    from broker.state import State
    from protocol.commands import Delete, Edit, Say, Tell

TALKS_KEPT: Final = 200
"""Conversations that one person is in; past that they leave one of which the other is gone, or the
oldest. Being told something brings them back into it."""
_TALKS_A_ROOM: Final = 10
"""Conversations of two that there may be for each room that there may be."""


def say(deciding: Deciding, command: Say) -> list[Entry]:
    """Speak in a room.

    Raises:
        Refusal: ``not_in_room``, ``no_such_room``, ``no_such_person``, the text cannot be said, or
            one for who may not speak.
    """
    state, session = deciding.state, deciding.session
    room = room_of(state, session, command.room)
    said = text.clean_message(command.text)
    if room.kind is Kind.TALK:
        return _say_to(deciding, other_in(room.name, session.id), said, command.action)
    may_speak(state, room, session.id, deciding.address, deciding.wall_ms)
    return deciding.one(room.name, Said(*deciding.stamp(room.name), said, command.action))


def tell(deciding: Deciding, command: Tell) -> list[Entry]:
    """Speak to one person; who is not in the conversation of the two comes into it.

    Raises:
        Refusal: ``no_such_person``, ``yourself``, ``too_many_rooms``, ``rooms_full``, the text
            cannot be said, or one for who may not speak.
    """
    session = deciding.session
    said = text.clean_message(command.text)
    who = known_person(deciding.state, command.who) or _lost(deciding, command.who)
    if who is None:
        raise no_such_person(deciding.state.name_of(command.who) or command.who)
    if who == session.id:
        raise Refusal(Code.YOURSELF)
    return _say_to(deciding, who, said, command.action)


def edit(deciding: Deciding, command: Edit) -> list[Entry]:
    """Change one's own last message.

    Raises:
        Refusal: ``not_in_room``, ``no_such_room``, ``no_such_message``, the text cannot be said, or
            one for who may not speak.
    """
    state, session = deciding.state, deciding.session
    room = room_of(state, session, command.room)
    said = text.clean_message(command.text)
    place = None if room.kind is Kind.TALK else room
    may_speak(state, place, session.id, deciding.address, deciding.wall_ms)
    target = _last_said(room, session.id, command.number)
    return deciding.one(room.name, Edited(*deciding.stamp(room.name), target, said))


def delete(deciding: Deciding, command: Delete) -> list[Entry]:
    """Take away one's own last message, or as an operator somebody else's.

    Raises:
        Refusal: ``not_in_room``, ``no_such_room``, ``no_such_person``, ``no_such_message``,
            ``not_operator``, ``is_owner`` or ``not_in_private``.
    """
    state, session = deciding.state, deciding.session
    whose = session.id
    if command.who:
        known = known_person(state, command.who)
        if known is None:
            raise no_such_person(command.who)
        whose = known
    if whose == session.id:
        room = room_of(state, session, command.room)
    else:
        room = _moderated(deciding, command.room, whose)
    target = _last_said(room, whose, command.number)
    stamp = deciding.stamp(room.name)
    return deciding.one(room.name, Deleted(*stamp, target, whose, state.name_of(whose)))


def _say_to(deciding: Deciding, other: str, said: str, action: bool) -> list[Entry]:
    state, session = deciding.state, deciding.session
    may_speak(state, None, session.id, deciding.address, deciding.wall_ms)
    name = room_names.talk(session.id, other)
    if state.person(other) is None:
        raise no_such_person(state.name_of(other) or other)
    draft = deciding.draft()
    room = state.rooms.get(name)
    if room is None:
        _check_limits(deciding)
        draft.record(Made(session.id, name, Kind.TALK))
    for person in (session.id, other):
        if room is None or person not in room.members:
            _enter(state, draft, name, person)
    draft.add(name, Said(*draft.stamp(name, session.id, session.name, deciding.n), said, action))
    return draft.entries


def _enter(state: State, draft: Draft, talk: str, who: str) -> None:
    """Bring somebody into a conversation, out of another one if they are in very many."""
    person = state.person(who)
    if person is None:
        return
    talks = [room for room in person.rooms if state.rooms[room].kind is Kind.TALK]
    if len(talks) >= TALKS_KEPT:
        gone = (room for room in talks if state.person(other_in(room, who)) is None)
        oldest = next(gone, talks[0])
        draft.add(oldest, Left(*draft.stamp(oldest, who, person.name, 0), Reason.LEFT))
    draft.add(talk, Joined(*draft.stamp(talk, who, person.name, 0), person.user_id))


def _check_limits(deciding: Deciding) -> None:
    check_own_rooms(deciding)
    most = deciding.max_rooms * _TALKS_A_ROOM
    if most and deciding.state.directory.talks >= most:
        raise Refusal(Code.ROOMS_FULL, limit=most)


def _lost(deciding: Deciding, who: str) -> str | None:
    """Return who was lost in the middle of a conversation with this person, by name; or None."""
    state, session = deciding.state, deciding.session
    others = (
        other_in(room, session.id) for room in session.rooms if state.rooms[room].kind is Kind.TALK
    )
    lost = [other for other in others if other not in state.sessions and state.person(other)]
    return called(who, [(other, state.name_of(other)) for other in lost])


def _moderated(deciding: Deciding, name: str, whose: str) -> Room:
    """Return the room ``name``, if the person may take messages of ``whose`` away there."""
    state, session = deciding.state, deciding.session
    room = state.rooms.get(name)
    if room is None or room.kind is Kind.TALK or not deciding.is_everywhere:
        room = room_of(state, session, name)
    if room.kind is Kind.TALK:
        raise Refusal(Code.NOT_IN_PRIVATE)
    if deciding.is_everywhere:
        return room
    if room.role(session.id) is Role.NONE:
        raise Refusal(Code.NOT_OPERATOR, room=name)
    if whose == room.owner:
        raise Refusal(Code.IS_OWNER, who=state.name_of(whose), room=name)
    return room


def _last_said(room: Room, person: str, wanted: int) -> int:
    """Return the number of somebody's last message, which must be the one wanted (0: any)."""
    target = room.last_said.get(person)
    if target is None or wanted not in {0, target}:
        raise Refusal(Code.NO_SUCH_MESSAGE)
    return target
