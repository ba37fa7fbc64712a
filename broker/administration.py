"""What only the administrator of the broker's machine may ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from broker.lists import page
from broker.turn import Copying, Handled
from protocol import limits
from protocol.errors import Code, Refusal
from protocol.messages import ADMIN_DOOR, Answer
from protocol.questions import (
    BackedUp,
    Backup,
    Counted,
    Described,
    Everybody,
    Everyone,
    Kind,
    Stats,
)

if TYPE_CHECKING:
    from broker.desk import Desk
    from broker.person import Session
    from broker.presence import Peer
    from protocol.messages import Ask
    from protocol.questions import AdminQuestion


class Administration:
    """Answers the administrator's questions."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._began = desk.now

    def answer(self, peer: Peer, ask: Ask, question: AdminQuestion, session: Session) -> None:
        """Answer a question; a backup is answered once it is complete.

        Raises:
            Refusal: ``not_trusted``: somebody else asks.
        """
        if session.door != ADMIN_DOOR:
            raise Refusal(Code.NOT_TRUSTED)
        turn = self._desk.turn
        match question:
            case Everybody():
                turn.reply(peer, Answer(ask.session, ask.request, self._everybody(question)))
            case Stats():
                turn.reply(peer, Answer(ask.session, ask.request, self._counted()))
            case Backup(path):
                turn.copies.append(Copying(peer, ask.session, ask.request, path))

    def copied(self, copying: Copying, outcome: int | Code) -> None:
        """A copy of the journal is complete, with so many bytes; or there is none."""
        peer, number, request, path = copying
        if self._desk.session_of(peer, number) is None:
            return  # nobody waits any more
        turn = self._desk.turn
        turn.handled.append(Handled(peer, number, 0, request))
        if isinstance(outcome, Code):
            fields: dict[str, int | str] = {"path": path}
            if outcome is Code.BUSY:
                fields = {"retry_after": limits.RETRY_AFTER_MS}
            self._desk.refuse(peer, Refusal(outcome, **fields), number, request=request)
        else:
            turn.reply(peer, Answer(number, request, BackedUp(path, outcome)))

    def _everybody(self, question: Everybody) -> Everyone:
        sessions = self._desk.state.sessions
        people = sorted(who for who, session in sessions.items() if session.door != ADMIN_DOOR)
        most = min(question.limit, limits.ROSTER_PEOPLE)
        later = [sessions[who] for who in people if who > question.after][:most]
        return Everyone(len(people), tuple(page(map(self._described, later))))

    def _described(self, person: Session) -> Described:
        desk = self._desk
        kinds = desk.state.rooms
        rooms = tuple(room for room in person.rooms if kinds[room].kind is not Kind.TALK)
        return desk.describe(person, rooms, desk.addresses.of.get(person.id, ""))

    def _counted(self) -> Counted:
        desk = self._desk
        state, directory = desk.state, desk.state.directory
        people = [who for who, session in state.sessions.items() if session.door != ADMIN_DOOR]
        return Counted(
            started=desk.wall_ms - round((desk.now - self._began) * 1000),
            people=len(people),
            connected=sum(desk.attached(who) is not None for who in people),
            connections=len(desk.presence.connections),
            rooms=directory.inhabited,
            private=directory.private,
            talks=directory.talks,
            events=sum(room.head for room in state.rooms.values()),
            operators=len(state.operators),
            bans=sum(ban.holds(desk.wall_ms) for ban in state.bans.values()),
            mutes=sum(mute.holds(desk.wall_ms) for mute in state.muted.values()),
        )
