"""How somebody in line mode leaves, or is out, and what the shell is told. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from client.line_phase import Phase, exit_status
from client.link import GOODBYE_WITHIN_S
from protocol.messages import End
from protocol.phrases import Phrase as Words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from client.line_commands import LineCommands
    from client.line_output import LineOutput
    from client.line_phase import Course

LAST_WORDS_WITHIN_S: Final = 2.0
"""How long the end waits until one's own words were seen to come back."""
SEND_WITHIN_S: Final = 30.0


class LineGoing:
    """Waits for what must be waited for before the end, and no longer.

    Args:
        course: where the person stands.
        commands: their lines.
        output: where it is said.
        interactive: somebody types: what was mistyped is no failure.
        is_sending: there is one message, and no input.

    Attributes:
        exit_status: None until the end.
        token_is_spent: the session was closed for good.
        stopping: it is to be over soon, whatever becomes of the rest.
        pipe_is_closed: the reader of the output has gone.
    """

    def __init__(
        self,
        course: Course,
        commands: LineCommands,
        output: LineOutput,
        *,
        interactive: bool,
        is_sending: bool,
    ) -> None:
        self.exit_status: int | None = None
        self.token_is_spent = self.stopping = self.pipe_is_closed = False
        self._course = course
        self._commands = commands
        self._output = output
        self._interactive = interactive
        self._is_sending = is_sending
        self._leave_by: float | None = None
        self._give_up_at: float | None = None

    def opened(self, now: float) -> None:
        """The session was opened: one message does not take for ever."""
        if self._is_sending:
            self._give_up_at = self._give_up_at or now + SEND_WITHIN_S

    def interrupted(self) -> None:
        """It ends before anybody came in."""
        if self._is_sending:
            self._output.complain(Words.INTERRUPTED)
        self.finish()

    def stop(self, now: float) -> None:
        """Read no more, and wait a little for the rest."""
        self.stopping = True
        self._commands.input.end()
        self._give_up_at = now + LAST_WORDS_WITHIN_S

    def leave_if_done(self, now: float) -> None:
        """Leave once all is said, and was seen to come back."""
        if not self._commands.is_done:
            return
        # Lost events cannot be asked for once the session is over, so that people first see what
        # they did; but not for ever.
        if self._commands.unseen.count and not (self._output.mute or self.stopping):
            self._leave_by = self._leave_by or now + LAST_WORDS_WITHIN_S
            if now < self._leave_by:
                return
        self._course.phase = Phase.LEAVING
        self._commands.quit()
        self._give_up_at = now + GOODBYE_WITHIN_S

    def tick(self, now: float) -> None:
        """Give up what takes too long."""
        if self._give_up_at is not None and self._give_up_at <= now:
            self.give_up()

    def deadlines(self) -> Iterator[float]:
        """Yield when :meth:`tick` or :meth:`leave_if_done` has something to do."""
        if self._give_up_at is not None:
            yield self._give_up_at
        if self._leave_by is not None and self._course.phase is Phase.IN:
            yield self._leave_by

    def session_over(self, code: str, fields: Mapping[str, int | str]) -> None:
        """The session is over, as wanted or not."""
        self.token_is_spent = code != End.TAKEN_OVER
        if self._course.phase is Phase.LEAVING:
            self.finish()
        else:
            self._output.session_over(code, fields)
            if self._course.phase is Phase.IN:
                self._tell_missing()
            self.finish(failed=True)

    def give_up(self) -> None:
        """Go without what is missing, and say how much that is."""
        # Of who leaves only the quit is missing, and it may come to nothing.
        missing = self._course.phase is not Phase.LEAVING and self._tell_missing()
        self.finish(failed=missing)

    def fail(self, key: str, fields: Mapping[str, int | str]) -> None:
        """It cannot go on, for this reason."""
        self._output.complain(key, fields)
        if self._course.phase is Phase.IN:
            self._tell_missing()
        self.finish(failed=True)

    def finish(self, *, failed: bool = False) -> None:
        """This is the end."""
        self._course.phase = Phase.OVER
        self._give_up_at = None
        failed |= self._output.failed and not self._interactive
        self.exit_status = exit_status(failed=failed, pipe_is_closed=self.pipe_is_closed)

    def _tell_missing(self) -> bool:
        """Say how much is not acknowledged; return whether anything is."""
        missing = 1 if self._is_sending else self._commands.unacknowledged
        if missing:
            self._output.complain(Words.NOT_ACKNOWLEDGED, {"count": missing})
        return missing > 0
