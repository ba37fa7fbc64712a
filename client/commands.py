"""The commands of all sessions of a link: when each is sent, and what a refusal means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.notices import CommandDelayed, CommandRefused
from client.outbox import Pending
from client.session import Due
from protocol.codec import encode
from protocol.errors import Code
from protocol.messages import Do

if TYPE_CHECKING:
    from client.notices import Notice
    from client.session import LinkSession
    from protocol.commands import Command
    from protocol.deadlines import Deadlines
    from protocol.messages import Refused


class Commands:
    """Numbers and order are each session's outbox's; this knows which outboxes to look at.

    Attributes:
        out_of_step: a refusal made no sense; only a new connection tells what is applied.
    """

    def __init__(self, timers: Deadlines[tuple[Due, int]]) -> None:
        self.out_of_step = False
        self._timers = timers
        self._unsent: dict[int, LinkSession] = {}
        self._last_serial = 0

    def submit(self, session: LinkSession, command: Command, *, first: bool = False) -> int:
        """Queue a command, ``first`` before all others; return its serial."""
        self._last_serial += 1
        pending = Pending(self._last_serial, command)
        if first:
            session.outbox.add_first(pending)
        else:
            session.outbox.add(pending)
        self.send_later(session)
        return self._last_serial

    def send_later(self, session: LinkSession) -> None:
        """Something of ``session`` may be ready when messages are taken next."""
        if session.welcomed and session.outbox.has_unsent:
            self._unsent[session.number] = session

    def take(self, now: float) -> list[bytes]:
        """Return the commands to send now, encoded, in order."""
        messages = [
            encode(Do(number, n, command))
            for number, session in self._unsent.items()
            if session.welcomed
            for n, command in session.outbox.ready(now)
        ]
        self._unsent.clear()
        return messages

    def forget(self, number: int) -> None:
        """The session is over."""
        self._unsent.pop(number, None)

    def connection_lost(self) -> None:
        """Nothing more is sent on this connection."""
        self._unsent.clear()
        self.out_of_step = False

    def refused(
        self, session: LinkSession, refused: Refused, now: float
    ) -> tuple[Pending | None, Notice | None]:
        """Take a refusal; return the command that it drops, and what the owner is to know."""
        outbox, number, code, fields = session.outbox, session.number, refused.code, refused.fields
        if code == Code.NUMBER_EXPECTED:
            self.out_of_step |= not outbox.is_echo(int(fields.get("expected", 0)))
            return None, None
        is_next = refused.n == outbox.applied + 1
        dropped = outbox.refused(refused.n, fields, now)
        self.send_later(session)
        if dropped is not None:
            return dropped, CommandRefused(number, dropped.serial, dropped.command, code, fields)
        waiting_until = outbox.waiting_until()
        if not is_next or waiting_until is None or waiting_until <= now:
            return None, None
        self._timers.set((Due.SEND_AGAIN, number), waiting_until)
        return None, CommandDelayed(number, code, fields)
