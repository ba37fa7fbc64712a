"""What line mode does with its input lines: commands, questions, and what became of each. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from client.line_input import LineInput
from client.listing import Listing
from protocol.errors import Code, Refusal
from protocol.events import AnyEvent, Joined, Renamed, Said
from protocol.limits import TEXT_CHARACTERS
from protocol.lines import TooLong
from protocol.messages import Join, People, Quit, Rename, Say
from protocol.slash import TABLE, CommandError, Intent, ShowHelp, ShowPeople, Speak
from protocol.text import clean_message

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from client.line_input import Line
    from client.line_output import LineOutput
    from client.link import Link
    from client.outbox import Pending

UNSETTLED_LINES: Final = 1000
"""Lines that the broker has not settled; past it no more are taken."""
ANSWERS_WAITING: Final = 1000
"""Lines of answers that are not written yet; past it no more are taken."""
ACTIVE_EVERY_S: Final = 1.0


class Asked(NamedTuple):
    """People are asked for, because of an input line."""

    line: int
    request: int
    listing: Listing


class LineCommands:
    """Carries out lines in their order; a question is answered before the next line is taken.

    Args:
        room: in which everything is said.
        output: where answers and refusals go.
        counts_lines: whether refusals name the line.

    Attributes:
        input: the lines.
        unseen: own acts whose events were not shown yet.
    """

    def __init__(self, room: str, output: LineOutput, *, counts_lines: bool) -> None:
        self.input = LineInput()
        self.unseen = 0
        self._room = room
        self._output = output
        self._counts_lines = counts_lines
        self._link: Link | None = None
        self._session = 0
        self._line_of: dict[int, int] = {}
        self._asked: Asked | None = None
        self._active_at = -ACTIVE_EVERY_S

    def opened(self, link: Link, session: int) -> None:
        """Lines are said in this session from now on."""
        self._link, self._session = link, session

    @property
    def unsettled(self) -> int:
        """Commands that are not acknowledged."""
        return self._link.unsettled(self._session) if self._link else 0

    @property
    def may_take(self) -> bool:
        """Whether a line may be taken: no more than so much is on its way in or out."""
        if self._asked or self.unsettled >= UNSETTLED_LINES:
            return False
        return len(self._output.lines) < ANSWERS_WAITING

    @property
    def is_done(self) -> bool:
        """Whether everything was taken, acknowledged and answered, and nothing else will come."""
        return self.input.is_exhausted and not self._asked and not self.unsettled

    def take(self, now: float) -> None:
        """Carry out the lines that may be."""
        while self.input.waiting and self.may_take:
            self._carry_out(self.input.waiting.popleft(), now)

    def submit(self, command: Join | Say | Rename, line: int = 0) -> None:
        """Have the broker carry out a command."""
        if self._link is not None:
            self._line_of[self._link.submit(self._session, command)] = line
            self.unseen += 1

    def entered_again(self) -> None:
        """The session was lost: what was done before is not waited for any more."""
        self.unseen = self.unsettled

    # ---- what became of them

    def saw(self, event: AnyEvent) -> None:
        """An event of one's own is shown."""
        self.unseen -= isinstance(event, Joined | Said | Renamed)

    def settled(self, commands: Iterable[Pending]) -> None:
        """Commands are acknowledged."""
        for serial, _ in commands:
            self._line_of.pop(serial, None)

    def refused(self, serial: int, code: str, fields: Mapping[str, int | str]) -> None:
        """A command was refused."""
        self.unseen -= 1
        self._output.refuse(self._line_of.pop(serial, 0), code, fields)

    def answered(self, request: int, people: People) -> None:
        """The answer to a question."""
        if self._asked is None or self._asked.request != request:
            return
        line, _, listing = self._asked
        self._asked = None
        listing.answered(people)
        self._output.write(self._output.presenter.people(people, more=listing.more))
        self._ask(listing, line)

    def question_refused(self, request: int, code: str, fields: Mapping[str, int | str]) -> None:
        """A question was refused."""
        if self._asked is not None and self._asked.request == request:
            self._output.refuse(self._asked.line, code, fields)
            self._asked = None

    # ---- one line

    def _carry_out(self, line: Line, now: float) -> None:
        number = line.number if self._counts_lines else 0
        try:
            if isinstance(line.text, TooLong):
                raise Refusal(Code.TEXT_TOO_LONG, limit=TEXT_CHARACTERS)
            self._do(TABLE.parse(line.text), number, now)
        except CommandError as error:
            self._output.refuse(number, error.phrase, error.fields)
        except Refusal as refusal:
            self._output.refuse(number, refusal.code, refusal.fields)

    def _do(self, intent: Intent, number: int, now: float) -> None:
        match intent:
            case Speak(text, action):
                self.submit(Say(self._room, clean_message(text), action), number)
            case Rename():
                self.submit(intent, number)
            case ShowPeople(everybody):
                self._ask(Listing(self._room, everybody=everybody), number)
                self._report_active(now)
            case ShowHelp():
                self._output.write(self._output.presenter.help(intent))
                self._report_active(now)
            case Quit():
                self.input.stop()

    def _ask(self, listing: Listing, line: int) -> None:
        if self._link is not None and listing.question is not None:
            request = self._link.ask(self._session, listing.question)
            self._asked = Asked(line, request, listing)

    def _report_active(self, now: float) -> None:
        if self._link is not None and now - self._active_at >= ACTIVE_EVERY_S:
            self._active_at = now
            self._link.active(self._session)
