"""Line mode: lines in, lines out, made for pipes. Pure.

The adapter passes in what is read and what happens on the link; after each it takes the session
to open, the output, and at last the exit status.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from client import notices
from client.errors import ABOUT_THE_NAME
from client.line_commands import LineCommands
from client.line_phase import NOT_IN_YET, Opening, Phase, exit_status
from client.line_room import LineRoom
from client.link import GOODBYE_WITHIN_S
from client.notices import Status
from protocol.errors import Code, LinkError
from protocol.events import Reason, Renamed
from protocol.limits import NAME_CHARACTERS, RECENT_MESSAGES
from protocol.lines import TooLong
from protocol.messages import End, Events, Join, People, Quit, Say
from protocol.phrases import Phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from client.line_output import LineOutput
    from client.link import Link
    from client.notices import Notice
    from client.settings import ClientSettings
    from protocol.events import AnyEvent
    from protocol.messages import Welcome

LAST_WORDS_WITHIN_S: Final = 2.0
"""How long the end waits until one's own words were seen to come back."""
SEND_WITHIN_S: Final = 30.0


class LineMode:
    """One person, whose words come in lines.

    Args:
        settings: the person's.
        output: where everything is said.
        message: to be said instead of any input; None for the input.
        interactive: somebody types: a name that is taken is asked for again, and a broker that is
            away is waited for.

    Attributes:
        phase: how far the person is.
        exit_status: None until the end.
        token_is_spent: the session was closed for good.
    """

    def __init__(
        self,
        settings: ClientSettings,
        output: LineOutput,
        *,
        message: str | None = None,
        interactive: bool = False,
    ) -> None:
        self.phase = Phase.OPENING
        self.exit_status: int | None = None
        self.token_is_spent = False
        self._settings = settings
        self._output = output
        self._message = message
        self._interactive = interactive
        self._commands = LineCommands(settings.room, output, counts_lines=not interactive)
        self._input = self._commands.input
        self._room = LineRoom(settings.room, output, self._saw)
        self._opening: Opening | None = Opening(settings.name)
        self._link: Link | None = None
        self._session = 0
        self._name = settings.name
        self._leave_by: float | None = None
        self._give_up_at: float | None = None
        self._was_connected = self._told_waiting = self._told_delay = False
        self._stopping = self._pipe_is_closed = False

    # ---- from the adapter

    @property
    def is_reading(self) -> bool:
        """Whether more input is wanted now."""
        if self._input.ended or self._input.waiting:
            return False
        return self.phase is Phase.NAMING or (self.phase is Phase.IN and self._commands.may_take)

    @property
    def has_output(self) -> bool:
        """Whether :meth:`take_output` has anything to do."""
        return bool(self._output.lines or len(self._room))

    def take_opening(self) -> Opening | None:
        """Return the session to open now, once, or None."""
        opening, self._opening = self._opening, None
        return opening

    def opened(self, link: Link, session: int, now: float) -> None:
        """The session was opened."""
        self._link, self._session = link, session
        self._commands.opened(link, session)
        if self._message is not None:
            self._give_up_at = self._give_up_at or now + SEND_WITHIN_S

    def name_in_use(self, name: str) -> None:
        """The session was not opened: another client of this machine has the name."""
        self._name_refused(Phrase.NAME_IN_USE_HERE, {"name": name})

    def received(self, data: bytes, now: float) -> None:
        """Input came."""
        self._input.feed(data)
        self._take_lines(now)

    def ended(self, now: float) -> None:
        """The input is over."""
        self._input.end()
        self._take_lines(now)

    def stop(self, now: float) -> None:
        """Leave properly, but soon; said twice, at once."""
        if self.phase in NOT_IN_YET:
            if self._message is not None:
                self._output.complain(Phrase.INTERRUPTED)
            self._finish()
        elif self._stopping or self._told_waiting or self.phase is Phase.LEAVING:
            self._give_up()
        else:
            self._stopping = True
            self._input.end()
            self._give_up_at = now + LAST_WORDS_WITHIN_S
            self._take_lines(now)

    def output_closed(self, reason: str, now: float) -> None:
        """Standard output takes no more; ``reason`` is empty when its reader has gone."""
        self._output.mute = True
        self._room.close()
        if reason:
            self._output.complain(Phrase.OUTPUT_FAILED, {"reason": reason})
        else:
            self._pipe_is_closed = True
        self.stop(now)

    def tick(self, now: float) -> None:
        """Do what is due by now."""
        if self._give_up_at is not None and self._give_up_at <= now:
            self._give_up()
        if self.phase is Phase.IN and self._link is not None:
            self._room.catch_up(self._link, self._session, now)
            self._leave_if_done(now)

    def next_deadline(self) -> float | None:
        """Return when :meth:`tick` has something to do, or None."""
        times = [self._give_up_at]
        if self.phase is Phase.IN:
            times += [self._leave_by, self._room.next_deadline()]
        return min((time for time in times if time is not None), default=None)

    def take_output(self, now: float) -> str:
        """Return what is to be written next to standard output, which may be nothing."""
        self._room.write()
        lines, self._output.lines = self._output.lines, []
        self.tick(now)
        self._take_lines(now)
        return "".join([f"{line}\n" for line in lines])

    # ---- from the link

    def notice(self, told: Iterable[Notice], now: float) -> None:
        """Take what happened on the link."""
        for notice in told:
            if self.phase is Phase.OVER:
                return
            # The link may have forgotten a session whose end is yet to be read here.
            with suppress(LinkError):
                self._notice(notice, now)

    def _notice(self, notice: Notice, now: float) -> None:
        match notice:
            case notices.RoomEvents(room, events, gone):
                self._room.receive(room, events, gone)
            case notices.Settled(_, commands):
                self._told_delay = False
                self._commands.settled(commands)
                self._take_lines(now)
                if self._output.mute and isinstance(commands[-1].command, Quit):
                    self._session_over(Reason.QUIT)  # there are no last events to wait for
            case notices.Answered(_, request, answer):
                self._answered(request, answer, now)
            case notices.Welcomed():
                self._welcomed(notice)
            case notices.RoomEntered():
                self._entered(notice, now)
            case notices.SessionOver(_, code):
                self._session_over(code)
            case (
                notices.HelloRefused()
                | notices.CommandRefused()
                | notices.CommandDelayed()
                | notices.QuestionRefused()
            ):
                self._refused(notice, now)
            case _:
                self._connection_told(notice)

    def _connection_told(self, notice: Notice) -> None:
        match notice:
            case notices.StatusChanged(status):
                self._status_changed(status)
            case notices.BrokerStopping():
                self._output.tell(Phrase.STOPPING, "stopping")
            case notices.JournalChanged():
                self._room.renumbered()
            case notices.IdleWarning(_, seconds):
                self._output.tell(Phrase.IDLE_WARNING, "idle", seconds=seconds)

    def _answered(self, request: int, answer: People | Events, now: float) -> None:
        if isinstance(answer, Events):
            self._room.answered(request, answer)
        else:
            self._commands.answered(request, answer)
            self._take_lines(now)

    def _refused(
        self,
        notice: notices.HelloRefused
        | notices.CommandRefused
        | notices.CommandDelayed
        | notices.QuestionRefused,
        now: float,
    ) -> None:
        code, fields = notice.code, notice.fields
        match notice:
            case notices.CommandDelayed():
                self._was_connected = True  # it answered, at least
                if not self._told_delay:
                    self._told_delay = True
                    self._output.delay(code, fields)
            case notices.HelloRefused(code=Code.SESSION_ENDED):
                self._opening = Opening(self._name, anew=True)
            case notices.HelloRefused() if code in ABOUT_THE_NAME:
                self._name_refused(code, fields)
            case notices.HelloRefused() | notices.CommandRefused(command=Join()):
                self._fail(code, fields)
            case notices.CommandRefused(_, serial):
                self._commands.refused(serial, code, fields)
            case notices.QuestionRefused(_, request):
                self._room.question_refused(request, fields, now)
                self._commands.question_refused(request, code, fields)
        self._take_lines(now)

    def _status_changed(self, status: Status) -> None:
        if status is Status.CONNECTED:
            self._was_connected = True
            if self._told_waiting:
                self._told_waiting = False
                self._output.tell(Phrase.BACK)
        elif self._stopping or self.phase is Phase.LEAVING:
            self._give_up()
        elif not self._was_connected and not self._interactive:
            self._fail(Phrase.NO_BROKER, {"endpoint": self._settings.connect})
        elif not self._told_waiting:
            if not self._was_connected:
                self._output.tell(Phrase.NO_BROKER, endpoint=self._settings.connect)
            self._told_waiting = True
            self._output.tell(Phrase.WAITING, "waiting")

    # ---- coming

    def _name_refused(self, key: str, fields: Mapping[str, int | str]) -> None:
        if not self._interactive:
            self._fail(key, fields)
            return
        self._output.complain(key, fields)
        self._output.prompt(Phrase.NAME_QUESTION)
        self.phase = Phase.NAMING
        self._take_name()

    def _take_name(self) -> None:
        if self._input.waiting:
            _, text = self._input.waiting.popleft()
            if isinstance(text, TooLong):
                self._name_refused(Code.NAME_TOO_LONG, {"limit": NAME_CHARACTERS})
                return
            self._name = text.strip()
            self._opening = Opening(self._name)
            self.phase = Phase.OPENING
        elif self._input.ended:
            self._finish(failed=True)

    def _welcomed(self, notice: notices.Welcomed) -> None:
        welcome = notice.welcome
        self._room.own = welcome.id
        self._output.notice(
            "connected",
            id=welcome.id,
            user_id=welcome.user_id,
            name=welcome.name,
            journal=welcome.journal,
            resumed=welcome.resumed,
        )
        if welcome.name != self._name:
            self._output.tell(Phrase.OTHER_NAME, name=welcome.name, wanted=self._name)
            self._name = welcome.name
        if notice.again:
            self._commands.entered_again()
            self._output.tell(Phrase.SESSION_LOST)
        elif self.phase is Phase.OPENING:
            self._arrive(welcome)

    def _arrive(self, welcome: Welcome) -> None:
        self.phase = Phase.ARRIVING
        if self._interactive:
            self._output.tell(Phrase.WELCOME, user_id=welcome.user_id)
        room = self._settings.room
        head = next((known.head for known in welcome.rooms if known.room == room), None)
        if head is None:
            self._commands.submit(Join(room))
        else:  # an earlier client was there until it crashed
            self._room.open(max(1, head - RECENT_MESSAGES + 1), head)

    def _entered(self, notice: notices.RoomEntered, now: float) -> None:
        if notice.room != self._settings.room or self.phase is not Phase.ARRIVING:
            return
        self._output.notice("entered", room=notice.room, number=notice.number)
        if not self._room.is_open:
            self._room.open(notice.number)
            recent = notice.entered.recent if notice.entered else ()
            self._output.write(self._output.presenter.history(notice.room, recent, self._room.own))
        if self._interactive:
            self._output.tell(Phrase.HINT)
        self.phase = Phase.IN
        if self._message is not None:
            self._commands.submit(Say(notice.room, self._message))
            self._input.end()
        self._take_lines(now)

    def _take_lines(self, now: float) -> None:
        if self.phase is Phase.NAMING:
            self._take_name()
        elif self.phase is Phase.IN:
            self._commands.take(now)
            self._leave_if_done(now)

    def _saw(self, event: AnyEvent) -> None:
        self._commands.saw(event)
        if isinstance(event, Renamed):
            self._name = event.new_name

    # ---- going

    def _leave_if_done(self, now: float) -> None:
        if self._link is None or not self._commands.is_done:
            return
        # Lost events cannot be asked for once the session is over, so that people first see what
        # they did; but not for ever.
        if self._commands.unseen > 0 and not (self._output.mute or self._stopping):
            self._leave_by = self._leave_by or now + LAST_WORDS_WITHIN_S
            if now < self._leave_by:
                return
        self.phase = Phase.LEAVING
        self._link.submit(self._session, Quit())
        self._give_up_at = now + GOODBYE_WITHIN_S

    def _session_over(self, code: str) -> None:
        self.token_is_spent = code != End.TAKEN_OVER
        if self.phase is Phase.LEAVING:
            self._finish()
        else:
            self._output.session_over(code)
            self._finish(failed=True)

    def _give_up(self) -> None:
        missing = self._commands.unsettled + len(self._input.waiting)
        if self.phase is Phase.LEAVING:  # only the quit is missing, and it may come to nothing
            missing = 0
        elif self._message is not None:
            missing = 1
        if missing:
            self._output.complain(Phrase.NOT_ACKNOWLEDGED, {"count": missing})
        self._finish(failed=missing > 0)

    def _fail(self, key: str, fields: Mapping[str, int | str]) -> None:
        self._output.complain(key, fields)
        self._finish(failed=True)

    def _finish(self, *, failed: bool = False) -> None:
        self.phase = Phase.OVER
        self._give_up_at = None
        failed |= self._output.failed and not self._interactive
        self.exit_status = exit_status(failed=failed, pipe_is_closed=self._pipe_is_closed)
