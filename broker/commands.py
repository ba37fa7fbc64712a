"""Commands: each is decided, applied, acknowledged, and told to whom it concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from broker.decide import decide
from broker.records import Closed, Entry, IgnoredPerson, RoomEntry, SetAway, TookName
from broker.turn import Handled, JoinedRoom
from broker.welcome import make_entered, make_ignoring
from protocol import limits
from protocol.commands import Away, Join, Quit, Rename, Tell
from protocol.errors import Code, Refusal
from protocol.events import Banned, Invited, Joined, Kicked, Reason
from protocol.messages import Ended, Invitation

if TYPE_CHECKING:
    from broker.desk import Desk
    from broker.draft import Deciding
    from broker.person import Session
    from broker.presence import Connection
    from protocol.commands import Command
    from protocol.errors import Fields
    from protocol.messages import Do

_PUT_OUT: Final = frozenset({Reason.KICKED, Reason.BANNED})
_LIMITED: Final = frozenset({Away, Join, Rename, Tell})
"""What may bring somebody into a room, or is told in all of theirs."""


class Commands:
    """Carries out commands."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def do(self, connection: Connection, do: Do) -> None:
        """Carry out a command unless it is refused or was applied before."""
        desk, peer, number, n = self._desk, connection.peer, do.session, do.n
        desk.turn.handled.append(Handled(peer, number, n, 0))
        session = desk.state.sessions.get(connection.sessions.get(number, ""))
        entries: list[Entry] = []
        try:
            if session is None:
                raise Refusal(Code.SESSION_ENDED, reason="unknown")
            desk.presence.active(session.id, desk.now)
            if n > session.applied:
                entries = self.carry_out(session, n, do.command, is_paced=peer.trusted)
        except Refusal as refusal:
            desk.refuse(peer, refusal, number, n)
            return
        # The session object survives its own closing, with the number that closed it.
        desk.turn.acknowledge(peer, number, max(n, session.applied))
        self._tell(session, entries)

    def carry_out(
        self, session: Session, n: int, command: Command, *, is_paced: bool = False
    ) -> list[Entry]:
        """Decide and apply command ``n``; return what it caused.

        Args:
            session: whose command it is.
            n: its number.
            command: what to do.
            is_paced: whether a gateway has the person wait who is too fast.

        Raises:
            Refusal: it was not carried out.
        """
        desk = self._desk
        if n != session.applied + 1:
            raise Refusal(Code.NUMBER_EXPECTED, expected=session.applied + 1)
        if not desk.writable:
            raise Refusal(Code.JOURNAL_UNAVAILABLE, retry_after=limits.RETRY_AFTER_MS)
        deciding = desk.deciding(session, n)
        is_limited = not (deciding.is_admin or isinstance(command, Quit))
        if is_limited and not is_paced:
            desk.rates.take_command(session.id, desk.now)
        entries = decide(deciding, command, desk.addresses.of)
        if is_limited and type(command) in _LIMITED:
            self._take_rates(deciding, entries)
        desk.apply(entries)
        return entries

    def _take_rates(self, deciding: Deciding, entries: list[Entry]) -> None:
        desk, person = self._desk, deciding.session.id
        for entry in entries:
            match entry:
                case TookName():
                    desk.rates.take_rename(person, desk.now)
                case SetAway():
                    desk.rates.take_away(person, desk.now)
                case RoomEntry(_, Joined(author=author)) if author == person:
                    desk.rates.take_join(person, desk.now)
                case _:
                    pass

    # ---- who is told

    def _tell(self, actor: Session, entries: list[Entry]) -> None:
        """Tell those whom it concerns what just came of a command of ``actor``."""
        for entry in entries:
            if isinstance(entry, RoomEntry):
                if isinstance(entry.event, Joined):
                    self._tell_entered(actor, entry.room, entry.event)
                elif isinstance(entry.event, Invited):
                    self._tell_invited(actor, entry.room, entry.event.who)
            elif isinstance(entry, IgnoredPerson):
                self._tell_ignoring(actor)
            elif isinstance(entry, Closed) and entry.reason in _PUT_OUT:
                self._tell_ended(actor, entry.session, entry.reason, entries)

    def _tell_entered(self, actor: Session, name: str, event: Joined) -> None:
        desk = self._desk
        attachment = desk.attached(event.author)
        room = desk.state.rooms[name]
        if attachment is None:
            return
        # Somebody else's command numbers mean nothing to who was brought in.
        n = self._n_of(actor, event)
        entered = make_entered(
            desk.state, room, event.author, attachment.number, n, desk.journal_id
        )
        desk.turn.reply(attachment.connection.peer, JoinedRoom(event.author, entered))

    @staticmethod
    def _n_of(actor: Session, event: Joined) -> int:
        return actor.applied if event.author == actor.id else 0

    def _tell_invited(self, actor: Session, name: str, who: str) -> None:
        desk = self._desk
        if (attachment := desk.attached(who)) is not None:
            kind = desk.state.rooms[name].kind
            invitation = Invitation(attachment.number, name, actor.id, actor.name, kind)
            desk.turn.reply(attachment.connection.peer, invitation)

    def _tell_ignoring(self, actor: Session) -> None:
        desk = self._desk
        if (attachment := desk.attached(actor.id)) is not None:
            ignoring = make_ignoring(desk.state, actor, attachment.number)
            desk.turn.reply(attachment.connection.peer, ignoring)

    def _tell_ended(self, actor: Session, session: str, reason: str, entries: list[Entry]) -> None:
        desk = self._desk
        if (attachment := desk.attached(session)) is not None:
            fields = _put_out_fields(actor, entries)
            ended = Ended(attachment.number, reason, desk.sentence(reason, fields), fields)
            desk.turn.reply(attachment.connection.peer, ended)


def _put_out_fields(actor: Session, entries: list[Entry]) -> Fields:
    for entry in entries:
        match entry:
            case RoomEntry(_, Kicked(why=why)):
                return {"by": actor.name, "why": why}
            case RoomEntry(_, Banned(until=until, why=why)):
                return {"by": actor.name, "until": until, "why": why}
            case _:
                pass
    return {"by": actor.name}
