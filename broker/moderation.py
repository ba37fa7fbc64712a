"""What operators may do, and what comes of it. Pure: nothing here changes the state.

An act is one event of the operator, in the room or, for the whole broker, in the lobby; the exits
that it causes follow. Acts in a room need a role in it, or one in the whole broker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from broker.addresses import ip_of
from broker.finding import as_typed, compared, line, no_such_person, no_such_room, room_of, somebody
from broker.person import reopens
from broker.records import Closed, Entry
from broker.state import LOBBY
from protocol import names, text
from protocol.commands import Act, Announce, Ban, Kick, Mute, Op, Slow, Unban, Unmute
from protocol.errors import Code, Refusal
from protocol.events import (
    ActEvent,
    Announced,
    Appointed,
    Banned,
    Kicked,
    Left,
    Muted,
    Reason,
    Slowed,
    Unbanned,
    Unmuted,
)
from protocol.limits import LONGEST_S, SLOWEST_S
from protocol.messages import ADMIN_DOOR
from protocol.questions import Kind, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from broker.draft import Deciding
    from broker.person import Session
    from broker.room import Ban as KeptBan
    from broker.room import Room

_DAY_S: Final = 24 * 3600


def decide_act(deciding: Deciding, act: Act, addresses: Mapping[str, str]) -> list[Entry]:
    """Return the entries that an operator's act causes, at least one.

    Args:
        deciding: the state before the act, the operator, the number and the time.
        act: what to do.
        addresses: the IP address of each session that has one.

    Raises:
        Refusal: it is not carried out.
    """
    room = place_of_act(deciding, act.room)
    acting = _Acting(deciding, room, addresses)
    match act:
        case Kick():
            acting.kick(act)
        case Ban():
            acting.ban(act)
        case Unban():
            acting.unban(act)
        case Mute():
            acting.mute(act)
        case Unmute():
            acting.unmute(act)
        case Op():
            acting.appoint(act)
        case Slow():
            acting.slow(act)
        case Announce():
            acting.announce(act)
    return acting.entries


def place_of_act(deciding: Deciding, name: str) -> Room | None:
    """Return the room ``name``, or None for the whole broker, if the session moderates it.

    Raises:
        Refusal: ``not_operator``, or one of those for rooms.
    """
    if not name:
        if not deciding.is_everywhere:
            raise Refusal(Code.NOT_OPERATOR)
        return None
    room = deciding.state.rooms.get(name)
    if deciding.is_everywhere and room is not None and room.kind is not Kind.TALK:
        return room
    room = room_of(deciding.state, deciding.session, name)
    if room.kind is Kind.TALK:
        raise Refusal(Code.NOT_IN_PRIVATE)
    if room.role(deciding.session.id) is Role.NONE:
        raise Refusal(Code.NOT_OPERATOR, room=name)
    return room


class _Acting:
    """Carries out one act of one operator."""

    def __init__(self, deciding: Deciding, room: Room | None, addresses: Mapping[str, str]) -> None:
        self._deciding = deciding
        self._state = deciding.state
        self._now = deciding.wall_ms
        self._room = room
        self._holder = deciding.state if room is None else room
        self._is_all = room is None
        self._addresses = addresses
        self._draft = deciding.draft()

    @property
    def entries(self) -> list[Entry]:
        """What came of it."""
        return self._draft.entries

    # ---- acts

    def kick(self, act: Kick) -> None:
        """Put somebody out, of the room or of the broker."""
        victim = self._here(act.who)
        self._check(victim.id, victim.name)
        if self._room is not None and victim.id not in self._room.members:
            raise Refusal(Code.NOT_A_MEMBER, who=victim.name, room=self._room.name)
        self._add(Kicked, victim.id, victim.name, self._why(act), self._is_all)
        self._put_out(victim, Reason.KICKED)

    def ban(self, act: Ban) -> None:
        """Keep a person or an address out; who is in now is put out."""
        address = _address(act.who)
        who, name = ("", address) if address else self._known(act.who)
        self._check(who, name)
        until = self._until(act.seconds, self._holder.bans.get(who or name))
        self._add(Banned, who, name, until, self._why(act), self._is_all)
        session = self._state.sessions.get(who)
        for person in self._at(address) if address else filter(None, [session]):
            self._put_out(person, Reason.ADDRESS_BANNED if address else Reason.BANNED)

    def unban(self, act: Unban) -> None:
        """Take a ban back."""
        ban = self._find(self._holder.bans, act.who, Code.NOT_BANNED)
        self._add(Unbanned, ban.who, ban.name, self._is_all)

    def mute(self, act: Mute) -> None:
        """Let somebody read only."""
        who, name = self._known(act.who)
        self._check(who, name)
        until = self._until(act.seconds, self._holder.muted.get(who))
        self._add(Muted, who, name, until, self._why(act), self._is_all)

    def unmute(self, act: Unmute) -> None:
        """Take a mute back."""
        mute = self._find(self._holder.muted, act.who, Code.NOT_MUTED)
        self._add(Unmuted, mute.who, mute.name, self._is_all)

    def appoint(self, act: Op) -> None:
        """Make somebody an operator, or one no more."""
        person = self._here(act.who)
        room = self._room
        if room is None:
            is_operator = person.id in self._state.operators
        else:
            is_operator = room.role(person.id) is not Role.NONE
            if person.id == room.owner and not act.operator:
                raise Refusal(Code.IS_OWNER, who=person.name, room=room.name)
            # A role lets people into a private room, and nobody gets in but by an invitation.
            if not room.is_public and act.operator and person.id not in room.members:
                raise Refusal(Code.NOT_A_MEMBER, who=person.name, room=room.name)
        if is_operator == act.operator:
            raise Refusal(Code.ALREADY_SO)
        self._add(Appointed, person.id, person.name, act.operator, self._is_all)

    def slow(self, act: Slow) -> None:
        """Set or end slow mode, which only rooms have."""
        if self._room is None:
            raise no_such_room("")
        if act.seconds > SLOWEST_S:
            raise Refusal(Code.SLOW_TOO_LONG, limit=SLOWEST_S)
        if act.seconds == self._room.slow:
            raise Refusal(Code.ALREADY_SO)
        self._add(Slowed, act.seconds)

    def announce(self, act: Announce) -> None:
        """Tell everybody something."""
        said = text.clean_message(act.text)
        rooms = self._rooms_of_everybody() if self._room is None else [self._room.name]
        for room in rooms:
            self._add(Announced, said, self._is_all, room=room)

    # ---- what they are made of

    def _add(self, kind: Callable[..., ActEvent], *what: object, room: str = "") -> None:
        """Add the operator's own event, to the log of what is acted on if no room is named."""
        name = room or (LOBBY if self._room is None else self._room.name)
        session = self._deciding.session
        stamp = self._draft.stamp(name, session.id, session.name, self._deciding.n)
        self._draft.add(name, kind(*stamp, *what))

    def _put_out(self, person: Session, reason: Reason) -> None:
        """Have somebody leave the room, if they are in it; or all rooms, and for good."""
        rooms = list(person.rooms)
        if self._room is not None:
            rooms = [self._room.name] if self._room.name in person.rooms else []
        for room in rooms:
            stamp = self._draft.stamp(room, person.id, person.name, 0)
            self._draft.add(room, Left(*stamp, reason, self._is_all))
        if self._is_all:
            over = Reason.KICKED if reason is Reason.KICKED else Reason.BANNED
            self._draft.record(Closed(person.id, 0, over, self._now))

    def _here(self, who: str) -> Session:
        """Return who is meant by an id or a name."""
        session = somebody(self._state, who)
        if session.door == ADMIN_DOOR:
            raise no_such_person(who)
        return session

    def _known(self, who: str) -> tuple[str, str]:
        """Return the id and name of who is meant; by id also of somebody who was lost."""
        lost = self._state.ended.get(who)
        if lost is not None and reopens(lost):
            return who, lost.name
        session = self._here(who)
        return session.id, session.name

    def _check(self, person: str, name: str) -> None:
        """Look whether this operator may act against somebody."""
        if person == self._deciding.session.id:
            raise Refusal(Code.YOURSELF)
        room = self._room
        if room is None or not person or self._deciding.is_everywhere:
            return
        if person == room.owner:
            raise Refusal(Code.IS_OWNER, who=name, room=room.name)

    def _at(self, address: str) -> list[Session]:
        """Return who comes from an address, but for those who moderate here."""
        holders = {self._deciding.session.id, *self._state.operators}
        if self._room is not None:
            holders |= {self._room.owner, *self._room.operators}
        sessions = self._state.sessions
        return [
            sessions[session]
            for session, known in self._addresses.items()
            if known == address and session in sessions and session not in holders
        ]

    def _find(self, bans: dict[str, KeptBan], who: str, otherwise: Code) -> KeptBan:
        """Return what holds for an id or address, a name as it was then, or as it is now."""
        name = names.compared(who)
        called = (ban.subject for ban in bans.values() if compared(ban.name) == name)
        for subject in (who, _address(who), self._state.owner_of(who), *called):
            ban = bans.get(subject or "")
            if ban is not None and ban.holds(self._now):
                return ban
        raise Refusal(otherwise, who=as_typed(who))

    def _why(self, act: Kick | Ban | Mute) -> str:
        return line(act.why, self._deciding.limits.why, Code.WHY_TOO_LONG)

    def _until(self, seconds: int, before: KeptBan | None) -> int:
        """Return when a ban or mute ends; 0 is never."""
        if seconds > LONGEST_S:
            raise Refusal(Code.TIME_TOO_LONG, limit=LONGEST_S // _DAY_S)
        if not seconds and before is not None and not before.until:
            raise Refusal(Code.ALREADY_SO)
        return self._now + seconds * 1000 if seconds else 0

    def _rooms_of_everybody(self) -> list[str]:
        """Return the lobby, and rooms such that everybody is in one of them.

        Conversations of two are among them only for who is in nothing else.
        """
        rooms = self._state.rooms
        chosen = {LOBBY: None}
        chosen |= {r.name: None for r in rooms.values() if r.members and r.kind is not Kind.TALK}
        for session in self._state.sessions.values():
            if session.rooms and not any(room in chosen for room in session.rooms):
                chosen[next(iter(session.rooms))] = None
        return list(chosen)


def _address(who: str) -> str:
    """Return the IP address that ``who`` is in its one form; nothing if it is none.

    An address with a port is the ID of somebody, not an address.
    """
    return "" if who.startswith("[") or who.count(":") == 1 else ip_of(who)
