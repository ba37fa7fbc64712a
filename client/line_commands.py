"""What line mode does with its input lines: which may be taken, and what became of each. Pure."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final, get_args

from client.line_input import LineInput
from client.unseen import Unseen
from protocol.command_table import TABLE
from protocol.commands import Quit
from protocol.errors import Code, Refusal
from protocol.intents import (
    FindMessages,
    QuestionIntent,
    ShowHistory,
    ShowIgnored,
    ShowPeople,
    ShowSubject,
)
from protocol.limits import TEXT_CHARACTERS
from protocol.lines import TooLong
from protocol.slash import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from client.line_input import Line
    from client.line_intents import LineIntents
    from client.line_output import LineOutput
    from client.line_rooms import LineRooms
    from client.link import Link
    from client.outbox import Pending
    from protocol.commands import Command
    from protocol.intents import Intent
    from protocol.questions import Question

UNSETTLED_LINES: Final = 1000
"""Lines that the broker has not settled; past it no more are taken."""
ACTIVE_EVERY_S: Final = 1.0
_ABOUT_WHAT_IS: Final = (
    *get_args(QuestionIntent),
    FindMessages,
    ShowHistory,
    ShowIgnored,
    ShowPeople,
    ShowSubject,
)


class LineCommands:
    """Takes lines in their order; a question is answered before the next line is taken.

    Args:
        rooms: those that one is in.
        output: where refusals go.
        counts_lines: whether refusals name the line.

    Attributes:
        input: the lines.
        unseen: own acts whose events were not shown yet.
        line: the number of the line that is carried out; 0 when nobody counts them.
        held_by: the room that must be entered or left before the next line is taken.
        wants_private: the room that is to be private, if it is made by the line that entered it.
        asks: a question waits for its answer; no line is taken before.
    """

    def __init__(self, rooms: LineRooms, output: LineOutput, *, counts_lines: bool) -> None:
        self.input = LineInput()
        self.unseen = Unseen()
        self.line = 0
        self.held_by = self.wants_private = ""
        self.asks = False
        self._rooms = rooms
        self._output = output
        self._counts_lines = counts_lines
        self._link: Link | None = None
        self._session = 0
        self._line_of: dict[int, int] = {}
        self._active_at = -ACTIVE_EVERY_S

    def opened(self, link: Link, session: int) -> None:
        """Lines are said in this session from now on."""
        self._link, self._session = link, session

    @property
    def unsettled(self) -> int:
        """Commands that are not acknowledged."""
        return self._link.unsettled(self._session) if self._link else 0

    @property
    def unacknowledged(self) -> int:
        """Lines that were read and neither acknowledged nor refused."""
        return len(self._line_of) + len(self.input.waiting)

    @property
    def may_take(self) -> bool:
        """Whether a line may be taken: no more than so much is on its way in or out."""
        if self.asks or self.held_by or self.unsettled >= UNSETTLED_LINES:
            return False
        return not self._output.is_full

    @property
    def is_followed(self) -> bool:
        """Whether the lines that come next were meant for what the one before wanted to enter.

        A program's are always, a person's if they were typed before the answer.
        """
        return self._counts_lines or bool(self.input.waiting)

    @property
    def is_done(self) -> bool:
        """Whether everything was taken, acknowledged and answered, and nothing else will come."""
        waits = self.asks or self.held_by or self.unsettled
        return self.input.is_exhausted and not waits

    def take(self, intents: LineIntents, now: float) -> None:
        """Carry out the lines that may be."""
        while self.input.waiting and self.may_take:
            if self.unsettled and self._waits(self.input.waiting[0]):
                return
            self._carry_out(self.input.waiting.popleft(), intents, now)

    # ---- for what the lines mean

    def submit(self, command: Command) -> None:
        """Have the broker carry out a command, because of the line."""
        if self._link is not None:
            serial = self._link.submit(self._session, command)
            self._line_of[serial] = self.line
            self.unseen.submitted(serial, command, self._rooms, self._rooms.lobby)

    def quit(self) -> None:
        """Leave."""
        if self._link is not None:
            self._link.submit(self._session, Quit())

    def ask(self, question: Question) -> int:
        """Ask the broker; return the request's number."""
        self.asks = True
        return self._link.ask(self._session, question) if self._link else 0

    def report_active(self, now: float) -> None:
        """The person typed something that makes no command."""
        if self._link is not None and now - self._active_at >= ACTIVE_EVERY_S:
            self._active_at = now
            self._link.active(self._session)

    # ---- what became of them

    def settled(self, commands: Iterable[Pending]) -> None:
        """Commands are acknowledged."""
        serials = [serial for serial, _ in commands]
        self.unseen.settled(serials)
        for serial in serials:
            self._line_of.pop(serial, None)

    def refused(self, serial: int, code: str, fields: Mapping[str, int | str]) -> None:
        """A command was refused."""
        self.unseen.refused(serial)
        self._output.refuse(self._line_of.pop(serial, 0), code, fields)

    def release(self, room: str) -> None:
        """The room was entered or left, or that was refused."""
        if self.held_by == room:
            self.held_by = ""

    def _waits(self, line: Line) -> bool:
        """Return whether a line is about what the lines before it have changed."""
        if isinstance(line.text, TooLong) or not line.text.startswith("/"):
            return False
        with suppress(CommandError, Refusal):
            return isinstance(self._meant(line), _ABOUT_WHAT_IS)
        return False

    def _carry_out(self, line: Line, intents: LineIntents, now: float) -> None:
        self.line = line.number if self._counts_lines else 0
        try:
            intents.do(self._meant(line), now)
        except CommandError as error:
            self._output.refuse(self.line, error.phrase, error.fields)
        except Refusal as refusal:
            self._output.refuse(self.line, refusal.code, refusal.fields)

    def _meant(self, line: Line) -> Intent:
        if isinstance(line.text, TooLong):
            raise Refusal(Code.TEXT_TOO_LONG, limit=TEXT_CHARACTERS)
        return TABLE.parse(line.text, in_room=bool(self._rooms.focus))
