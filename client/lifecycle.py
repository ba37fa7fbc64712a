"""How a session of a link is opened, resumed, opened again and ended, by whatever is said. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from client import notices
from client.session import Due
from protocol.commands import Join, Leave, Quit, Rename
from protocol.errors import Code
from protocol.events import Reason
from protocol.messages import Ask, End

if TYPE_CHECKING:
    from collections.abc import Mapping

    from client.commands import Commands
    from client.memberships import Memberships
    from client.outbox import Pending
    from client.outgoing import Outgoing
    from client.reading import Reading
    from client.session import LinkSession, Sessions
    from protocol.commands import Command
    from protocol.deadlines import Deadlines
    from protocol.messages import Refused, Welcome

LAST_EVENTS_WITHIN_S: Final = 2.0  # that a session waits for once it is over


class Lifecycle:
    """What becomes of each session: answers to its hello, settled commands, its end."""

    def __init__(
        self,
        sessions: Sessions,
        memberships: Memberships,
        reading: Reading,
        commands: Commands,
        timers: Deadlines[tuple[Due, int]],
        out: Outgoing,
    ) -> None:
        self._sessions = sessions
        self._memberships = memberships
        self._reading = reading
        self._commands = commands
        self._timers = timers
        self._out = out

    # ---- the answers to a hello

    def welcome(self, session: LinkSession, welcome: Welcome, now: float) -> None:
        """The broker knows the session."""
        if session.welcomed:
            return
        is_first = not session.id
        self._sessions.welcomed(session, welcome.id)
        if is_first:
            session.outbox.started(welcome.applied)
            settled = []
        else:
            settled = session.outbox.resumed(welcome.applied)
        self._settle(session, settled, now)
        missing = self._memberships.missing(session, welcome)
        session.may_be_anew = False
        again = not is_first and bool(missing.rejoined or not welcome.resumed)
        self._out.tell(notices.Welcomed(welcome.session, welcome, again, missing.rejoined))
        # A gateway's people come with its process: nobody has shown them anything before.
        had_process = is_first and not session.hello.carrier
        joins = self._memberships.resume(session, welcome, missing, now, first=had_process)
        for join in reversed(joins):
            serial = self._commands.submit(session, join, first=True)
            session.rejoining[serial] = join.room
        self._commands.send_later(session)
        self._ask_again(session)

    def _ask_again(self, session: LinkSession) -> None:
        """Ask all that has no answer yet, once the session is back in its rooms."""
        if session.rejoining or session.over:
            return
        for request, question in session.questions.items():
            self._out.send(Ask(session.number, request, question))

    def hello_again(self, session: LinkSession) -> None:
        """The broker closed the session without a word: learn why, or open it again."""
        if session.welcomed:
            session.welcomed = False  # its commands wait for the answer
            self._out.send(session.hello)

    def hello_refused(self, session: LinkSession, refused: Refused, now: float) -> None:
        """Say hello again later or otherwise, or forget the session."""
        if session.welcomed:  # about something else, from a broker that is older than we are
            return
        retry_after = int(refused.fields.get("retry_after", 0))
        if retry_after:
            self._timers.set((Due.HELLO_AGAIN, session.number), now + retry_after / 1000)
            delayed = notices.CommandDelayed(session.number, refused.code, refused.fields)
            self._out.tell(delayed)
        elif refused.code == Code.NAME_TAKEN and session.id:
            # It was lost, and somebody took its name: better under its ID than not at all.
            session.hello = msgspec.structs.replace(session.hello, name="")
            self._out.send(session.hello)
        elif refused.code == Code.SESSION_ENDED and session.id:
            applied = int(refused.fields.get("applied", 0))
            self._settle(session, session.outbox.resumed(applied), now)
            if session.number in self._sessions.by_number:  # settling a quit has ended it already
                session.over = str(refused.fields.get("reason", refused.code))
                session.over_fields = refused.fields
                self.forget(session, now)
        else:
            why = notices.HelloRefused(session.number, refused.code, refused.fields)
            self.forget(session, now, why)

    # ---- what was carried out, or not

    def acknowledged(self, session: LinkSession, n: int, now: float) -> None:
        """Every command up to ``n`` is in the journal."""
        was_rejoining = bool(session.rejoining)
        self._settle(session, session.outbox.acknowledged(n), now)
        if was_rejoining:
            self._ask_again(session)

    def refused(self, session: LinkSession, refused: Refused, now: float) -> None:
        """A command was refused."""
        dropped, told = self._commands.refused(session, refused, now)
        room = session.rejoining.pop(dropped.serial, None) if dropped else None
        if room is not None:
            self._memberships.not_rejoined(session, room, refused, now)
            self._ask_again(session)
            return
        if told is not None:
            self._out.tell(told)
        if dropped is not None and not isinstance(dropped.command, Join):
            self.outside(session, getattr(dropped.command, "room", ""), refused.code, now)

    def outside(self, session: LinkSession, room: str, code: str, now: float) -> None:
        """Something about the room was refused: perhaps the session is not in it any more."""
        if self._memberships.refused(session, room, code):
            self._wait_for_left(session, now)

    def _settle(self, session: LinkSession, settled: list[Pending], now: float) -> None:
        """These commands are in the journal."""
        if settled:
            self._out.tell(notices.Settled(session.number, settled))
            for pending in settled:
                session.rejoining.pop(pending.serial, None)
                self._carried_out(session, pending.command, now)
            if isinstance(settled[-1].command, Quit):
                self.over(session, Reason.QUIT, now)
        self._commands.send_later(session)

    def _carried_out(self, session: LinkSession, command: Command, now: float) -> None:
        match command:
            case Join(room=room):
                self._memberships.joined(session, room)
            case Leave(room=room):
                if self._memberships.leaving(session, room):
                    self._wait_for_left(session, now)
            case Rename(name=name):
                session.hello = msgspec.structs.replace(session.hello, name=name)

    def _wait_for_left(self, session: LinkSession, now: float) -> None:
        self._timers.set((Due.GIVE_UP_LEFT, session.number), now + LAST_EVENTS_WITHIN_S)

    # ---- the end

    def over(
        self,
        session: LinkSession,
        code: str,
        now: float,
        fields: Mapping[str, int | str] | None = None,
    ) -> None:
        """The session is over; it is forgotten once its own last events were delivered."""
        if not session.over:
            session.over, session.over_fields = code, fields or {}
        if session.rooms and code != End.TAKEN_OVER:  # then it goes on elsewhere
            self._timers.set((Due.FORGET, session.number), now + LAST_EVENTS_WITHIN_S)
        else:
            self.forget(session, now)

    def left(self, session: LinkSession, now: float) -> None:
        """The session left a room: the last event that it waited for, perhaps."""
        if session.over and not session.rooms:
            self.forget(session, now)

    def connection_lost(self, now: float) -> None:
        """Nothing more is said on this connection."""
        for session in list(self._sessions.by_number.values()):
            session.may_be_anew |= not session.welcomed
            session.welcomed = False
            if session.over:
                self.forget(session, now)

    def due(self, due: Due, session: LinkSession, now: float) -> None:
        """A deadline of the session is over."""
        match due:  # a timer of an earlier connection means nothing on this one
            case Due.HELLO_AGAIN if not session.welcomed:
                self._out.send(session.hello)
            case Due.SEND_AGAIN:
                self._commands.send_later(session)
            case Due.GIVE_UP_LEFT:
                self._memberships.give_up_left(session, now)
            case Due.FORGET:
                self.forget(session, now)

    def forget(
        self, session: LinkSession, now: float, told: notices.HelloRefused | None = None
    ) -> None:
        """Carry the session no longer."""
        self._sessions.remove(session)
        self._commands.forget(session.number)
        for due in Due:
            self._timers.cancel((due, session.number))
        over = notices.SessionOver(session.number, session.over, session.over_fields)
        self._out.tell(told or over)
        for room in [*session.rooms, *session.rejoining.values()]:
            self._reading.stop(session, room, now)
