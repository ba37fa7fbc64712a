"""What people say of themselves, and whom they ignore. Nothing here changes the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from broker.barred import may_be_heard, may_speak
from broker.decide_hello import free_name
from broker.finding import as_typed, called, known_person, line, no_such_person
from broker.records import Entry, IgnoredPerson, SetAway, TookName
from protocol.errors import Code, Refusal
from protocol.events import Renamed, WentAway
from protocol.questions import Kind

if TYPE_CHECKING:
    from broker.draft import Deciding
    from protocol.commands import Away, Ignore, Rename


def rename(deciding: Deciding, command: Rename) -> list[Entry]:
    """Take another name. It is told in every room: who is muted in one of them may not.

    Raises:
        Refusal: ``muted``, ``name_taken``, ``name_same``, or the name is not allowed.
    """
    state, session, n = deciding.state, deciding.session, deciding.n
    may_be_heard(state, session.rooms, session.id, deciding.wall_ms)
    if command.name != session.user_id:
        name = free_name(state, command.name, session.id)
    elif state.owner_of(command.name) in {None, session.id}:
        name = command.name
    else:  # another gateway's person has the same address, or somebody took the ID as a name
        raise Refusal(Code.NAME_TAKEN, name=command.name)
    if name == session.name:
        raise Refusal(Code.NAME_SAME, name=name)
    draft = deciding.draft()
    for room in session.rooms:
        draft.add(room, Renamed(*draft.stamp(room, session.id, session.name, n), name))
    draft.record(TookName(session.id, n, name))
    return draft.entries


def away(deciding: Deciding, command: Away) -> list[Entry]:
    """Be away, or back. Who is muted in one of their rooms gives no reason.

    A reason is not told in rooms where the person may not speak now for another cause.

    Raises:
        Refusal: ``not_away``, ``already_so``, ``why_too_long`` or ``muted``.
    """
    session, n = deciding.session, deciding.n
    why = line(command.why, deciding.limits.why, Code.WHY_TOO_LONG) if command.away else ""
    if not command.away and not session.away:
        raise Refusal(Code.NOT_AWAY)
    if (command.away, why) == (session.away, session.why):
        raise Refusal(Code.ALREADY_SO)
    if why:
        may_be_heard(deciding.state, session.rooms, session.id, deciding.wall_ms)
    draft = deciding.draft()
    for room in session.rooms:
        stamp = draft.stamp(room, session.id, session.name, n)
        said = why if why and _may_speak(deciding, room) else ""
        draft.add(room, WentAway(*stamp, command.away, said))
    draft.record(SetAway(session.id, n, command.away, why))
    return draft.entries


def ignore(deciding: Deciding, command: Ignore) -> list[Entry]:
    """Have somebody's words hidden, or no longer.

    Raises:
        Refusal: ``no_such_person``, ``yourself``, ``already_so`` or ``not_ignored``.
    """
    state, session = deciding.state, deciding.session
    ignored = session.ignored
    who = known_person(state, command.who)
    if not command.ignored and who not in ignored:
        who = command.who if command.who in ignored else called(command.who, ignored.items())
        if who is None:
            raise Refusal(Code.NOT_IGNORED, who=as_typed(command.who))
    if who is None:
        raise no_such_person(command.who)
    if who == session.id:
        raise Refusal(Code.YOURSELF)
    if command.ignored and who in ignored:
        raise Refusal(Code.ALREADY_SO)
    name = state.name_of(who) or ignored.get(who, "")
    return [IgnoredPerson(session.id, deciding.n, who, name, command.ignored)]


def _may_speak(deciding: Deciding, name: str) -> bool:
    room = deciding.state.rooms[name]
    place = None if room.kind is Kind.TALK else room
    try:
        may_speak(deciding.state, place, deciding.session.id, deciding.address, deciding.wall_ms)
    except Refusal:
        return False
    return True
