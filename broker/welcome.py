"""What the broker tells a session at its start, and of each room that it is in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from broker.presence import PresenceSettings
from broker.room import other_in
from broker.state import LOBBY
from protocol.limits import Limits
from protocol.messages import Entered, Ignored, Ignoring, RoomHead, Welcome
from protocol.phrases import Language
from protocol.questions import Kind

if TYPE_CHECKING:
    from broker.person import Session
    from broker.room import Room
    from broker.state import State
    from protocol.messages import Hello


@dataclass(frozen=True, slots=True)
class CoreSettings:
    """What the core needs to know of its surroundings.

    Attributes:
        presence: how long what is waited for.
        heartbeat: seconds between two beats.
        publish: where strangers hear broadcasts.
        publish_trusted: where gateways do.
        language: of the sentences.
        limits: what one person may do.
        max_rooms: how many rooms may have people in them; 0: no limit.
        message_of_the_day: told to whoever comes in.
    """

    presence: PresenceSettings = field(default_factory=PresenceSettings)
    heartbeat: float = 5.0
    publish: str = ""
    publish_trusted: str = ""
    language: Language = Language.EN
    limits: Limits = field(default_factory=Limits)
    max_rooms: int = 10_000
    message_of_the_day: str = ""


def make_welcome(
    state: State,
    session: Session,
    settings: CoreSettings,
    journal_id: str,
    hello: Hello,
    *,
    trusted: bool,
    resumed: bool,
) -> Welcome:
    """Return the answer to ``hello``, which opened or resumed ``session``."""
    return Welcome(
        session=hello.session,
        id=session.id,
        user_id=session.user_id,
        name=session.name,
        resumed=resumed,
        applied=session.applied,
        journal=journal_id,
        heartbeat=round(settings.heartbeat * 1000),
        timeout=round(settings.presence.timeout * 1000),
        publish=settings.publish_trusted if trusted else settings.publish,
        lobby=LOBBY,
        rooms=tuple(_head(state, session, room) for room in session.rooms),
        limits=settings.limits,
        message_of_the_day=settings.message_of_the_day,
        ignored=_ignored(state, session),
        away=session.away,
        why=session.why,
        operator=session.id in state.operators,
    )


def make_ignoring(state: State, session: Session, number: int) -> Ignoring:
    """Return what tells a session, by its number, whom it ignores now."""
    return Ignoring(number, _ignored(state, session))


def make_entered(
    state: State, room: Room, person: str, number: int, n: int, journal_id: str
) -> Entered:
    """Return the answer to a join that was just applied, without the recent messages.

    Args:
        state: the state.
        room: which was joined.
        person: who joined.
        number: the connection's number of their session.
        n: the command that did it; 0 if none of theirs did.
        journal_id: the journal's id.
    """
    other, other_name = _other(state, room, person)
    return Entered(
        session=number,
        n=n,
        journal=journal_id,
        room=room.name,
        number=room.members[person],
        head=room.head,
        total=len(room.members),
        kind=room.kind,
        subject=room.subject,
        first=room.first_for(person),
        other=other,
        other_name=other_name,
    )


def _head(state: State, session: Session, name: str) -> RoomHead:
    room = state.rooms[name]
    return RoomHead(
        name,
        room.head,
        session.rooms[name],
        room.kind,
        room.subject,
        room.first_for(session.id),
        *_other(state, room, session.id),
    )


def _other(state: State, room: Room, person: str) -> tuple[str, str]:
    """Return id and name of the other person of a conversation; nothing of another room."""
    if room.kind is not Kind.TALK:
        return "", ""
    other = other_in(room.name, person)
    return other, state.name_of(other)


def _ignored(state: State, session: Session) -> tuple[Ignored, ...]:
    known = session.ignored.items()
    return tuple(Ignored(who, state.name_of(who) or name) for who, name in known)
