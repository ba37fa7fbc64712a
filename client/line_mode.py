"""Line mode: lines in, lines out, made for pipes. Pure.

The adapter passes in what is read and what happens on the link; after each it takes the session
to open, the output, and at last the exit status.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from client import notices
from client.errors import ABOUT_THE_NAME
from client.line_coming import LineComing
from client.line_commands import LineCommands
from client.line_going import LineGoing
from client.line_intents import LineIntents
from client.line_phase import NOT_IN_YET, Course, Opening, Phase
from client.line_rooms import LineRooms
from client.notices import Status
from protocol import room_names
from protocol.commands import Join, Leave, Quit, Rename, Say
from protocol.errors import Code, LinkError, Refusal
from protocol.events import Reason
from protocol.messages import Events
from protocol.names import shown
from protocol.phrases import Phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from client.line_output import LineOutput
    from client.link import Link
    from client.notices import Notice
    from client.settings import ClientSettings
    from protocol.events import AnyEvent


class LineMode:
    """One person, whose words come in lines.

    Args:
        settings: the person's.
        output: where everything is said.
        message: to be said instead of any input; None for the input.
        interactive: somebody types: a name that is taken is asked for again, and a broker that is
            away is waited for.
    """

    def __init__(
        self,
        settings: ClientSettings,
        output: LineOutput,
        *,
        message: str | None = None,
        interactive: bool = False,
    ) -> None:
        self._settings = settings
        self._output = output
        self._message = message
        self._interactive = interactive
        self._course = Course(settings.name, Opening(settings.name))
        self._rooms = LineRooms(output, self._saw)
        self._commands = LineCommands(self._rooms, output, counts_lines=not interactive)
        self._intents = LineIntents(self._commands, self._rooms, output)
        self._coming = LineComing(
            settings.room,
            self._course,
            self._rooms,
            self._commands,
            output,
            interactive=interactive,
        )
        self._going = LineGoing(
            self._course,
            self._commands,
            output,
            interactive=interactive,
            is_sending=message is not None,
        )
        self._input = self._commands.input
        self._link: Link | None = None
        self._session = 0
        self._was_connected = self._told_waiting = self._told_delay = False

    @property
    def phase(self) -> Phase:
        """How far the person is."""
        return self._course.phase

    @property
    def exit_status(self) -> int | None:
        """What the shell is told; None until the end."""
        return self._going.exit_status

    @property
    def token_is_spent(self) -> bool:
        """Whether the session was closed for good."""
        return self._going.token_is_spent

    # ---- from the adapter

    @property
    def is_reading(self) -> bool:
        """Whether more input is wanted now."""
        if self._input.ended or self._input.waiting:
            return False
        if self.phase is not Phase.IN:
            return self.phase is Phase.NAMING
        # What is typed before a room is entered is meant for it, also if it is not.
        return self._commands.may_take or bool(self._commands.held_by)

    @property
    def has_output(self) -> bool:
        """Whether :meth:`take_output` has anything to do."""
        return bool(self._output.lines or self._rooms.has_output)

    def take_opening(self) -> Opening | None:
        """Return the session to open now, once, or None."""
        opening, self._course.opening = self._course.opening, None
        return opening

    def opened(self, link: Link, session: int, now: float) -> None:
        """The session was opened."""
        self._link, self._session = link, session
        self._commands.opened(link, session)
        self._going.opened(now)

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
            self._going.interrupted()
        elif self._going.stopping or self._told_waiting or self.phase is Phase.LEAVING:
            self._going.give_up()
        else:
            self._going.stop(now)
            self._take_lines(now)

    def output_closed(self, reason: str, now: float) -> None:
        """Standard output takes no more; ``reason`` is empty when its reader has gone."""
        self._output.mute = True
        self._rooms.close()
        if reason:
            self._output.complain(Phrase.OUTPUT_FAILED, {"reason": reason})
        else:
            self._going.pipe_is_closed = True
        self.stop(now)

    def tick(self, now: float) -> None:
        """Do what is due by now."""
        self._going.tick(now)
        if self.phase is Phase.IN and self._link is not None:
            self._rooms.catch_up(self._link, self._session, now)
            self._going.leave_if_done(now)

    def next_deadline(self) -> float | None:
        """Return when :meth:`tick` has something to do, or None."""
        times = list(self._going.deadlines())
        if self.phase is Phase.IN and (due := self._rooms.next_deadline()) is not None:
            times.append(due)
        return min(times, default=None)

    def take_output(self, now: float) -> str:
        """Return what is to be written next to standard output, which may be nothing."""
        self._rooms.write()
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
        with suppress(LinkError):
            self._take_lines(now)

    def _notice(self, notice: Notice, now: float) -> None:
        match notice:
            case notices.RoomEvents():
                self._rooms.receive(notice)
            case notices.Settled():
                self._settled(notice)
            case notices.Answered(_, request, answer):
                if isinstance(answer, Events):
                    self._rooms.answered(request, answer)
                self._intents.answered(notice)
            case notices.Welcomed():
                self._welcomed(notice)
            case notices.RoomEntered():
                self._entered(notice)
            case notices.RoomLeft():
                self._left(notice)
            case notices.SessionOver(_, code, fields):
                self._going.session_over(code, fields)
            case (
                notices.HelloRefused()
                | notices.CommandRefused()
                | notices.CommandDelayed()
                | notices.QuestionRefused()
            ):
                self._refused(notice, now)
            case _:
                self._told(notice)

    def _told(self, notice: Notice) -> None:
        match notice:
            case notices.StatusChanged(status):
                self._status_changed(status)
            case notices.BrokerStopping():
                self._output.tell(Phrase.STOPPING, "stopping")
            case notices.JournalChanged():
                self._rooms.renumbered()
            case notices.IdleWarning(_, seconds):
                self._output.tell(Phrase.IDLE_WARNING, "idle", seconds=seconds)
            case notices.InvitedTo(_, room, by, name, kind):
                if by not in self._rooms.ignored:
                    fields = {"room": room, "by": by, "name": name, "kind": kind}
                    shown = room_names.shown(room)
                    self._output.news(
                        "invitation", fields, Phrase.INVITES_YOU, name=name, room=shown
                    )
            case notices.IgnoredNow(_, ignored):
                self._rooms.change_ignored(ignored)

    def _settled(self, notice: notices.Settled) -> None:
        self._commands.settled(notice.commands)
        for _, command in notice.commands:
            if isinstance(command, Rename):  # its event comes only to who is in a room
                self._course.name = shown(command.name)
        if not self._commands.unsettled:
            self._told_delay = False
        if self._output.mute and isinstance(notice.commands[-1].command, Quit):
            self._going.session_over(Reason.QUIT, {})  # there are no last events to wait for

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
                self._course.open(self._course.name, anew=True)
            case notices.HelloRefused() if code in ABOUT_THE_NAME:
                self._name_refused(code, fields)
            case notices.HelloRefused():
                self._going.fail(code, fields)
            case notices.CommandRefused():
                self._command_refused(notice)
            case notices.QuestionRefused(_, request):
                self._rooms.question_refused(request, fields, now)
                self._intents.question_refused(request, code, fields)

    def _command_refused(self, notice: notices.CommandRefused) -> None:
        if self.phase is Phase.ARRIVING and isinstance(notice.command, Join):
            self._going.fail(notice.code, notice.fields)
            return
        self._commands.refused(notice.serial, notice.code, notice.fields)
        match notice.command:
            case Join(room) if room == self._commands.held_by:
                self._commands.release(room)
                followed = self._commands.is_followed
                self._rooms.not_entered(room, notice.code, is_followed=followed)
            case Leave(room) if room in self._rooms:  # else it held nothing back
                self._commands.release(room)

    def _status_changed(self, status: Status) -> None:
        if status is Status.CONNECTED:
            self._was_connected = True
            if self._told_waiting:
                self._told_waiting = False
                self._output.tell(Phrase.BACK)
        elif self._going.stopping or self.phase is Phase.LEAVING:
            self._going.give_up()
        elif not self._was_connected and not self._interactive:
            self._going.fail(Phrase.NO_BROKER, {"endpoint": self._settings.connect})
        elif not self._told_waiting:
            if not self._was_connected:
                self._output.tell(Phrase.NO_BROKER, endpoint=self._settings.connect)
            self._told_waiting = True
            self._output.tell(Phrase.WAITING, "waiting")

    # ---- coming

    def _name_refused(self, key: str, fields: Mapping[str, int | str]) -> None:
        if self._coming.name_refused(key, fields):
            self._take_name()
        else:
            self._going.fail(key, fields)

    def _take_name(self) -> None:
        if not self._coming.take_name():
            self._going.finish(failed=True)

    def _welcomed(self, notice: notices.Welcomed) -> None:
        try:
            self._coming.welcomed(notice)
        except Refusal as refusal:
            self._going.fail(refusal.code, refusal.fields)

    def _entered(self, notice: notices.RoomEntered) -> None:
        if self._coming.entered(notice) and self._message is not None:
            self._commands.submit(Say(notice.room, self._message))
            self._input.end()

    def _left(self, notice: notices.RoomLeft) -> None:
        room = notice.room
        is_held = self._commands.held_by == room
        is_entering = is_held and room not in self._rooms
        is_arriving = self.phase is Phase.ARRIVING and room == self._rooms.focus
        self._commands.release(room)
        if not (is_entering or is_arriving):
            self._rooms.left(notice, wanted=is_held)
            return
        # The join was acknowledged, and the session lost before its answer came.
        code = notice.code or Code.NOT_IN_ROOM
        fields = notice.fields if notice.code else {"room": room}
        if is_arriving:
            self._going.fail(code, fields)
        else:
            self._output.refuse(0, code, fields)
            followed = self._commands.is_followed
            self._rooms.not_entered(room, code, is_followed=followed)

    def _take_lines(self, now: float) -> None:
        if self.phase is Phase.NAMING:
            self._take_name()
        elif self.phase is Phase.IN:
            self._commands.take(self._intents, now)
            self._going.leave_if_done(now)

    def _saw(self, event: AnyEvent) -> None:
        self._commands.unseen.saw(event)
