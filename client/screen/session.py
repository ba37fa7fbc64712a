"""The person's session on the screen: opened, welcomed, lost, over, and left on purpose. Pure."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from client.errors import ABOUT_THE_NAME
from client.notices import Status
from client.screen.effects import Exit, OpenAgain, OpenAs
from client.screen.prompts import Question
from client.screen.transcript import NoteKind
from client.screen.width import printable_line
from client.settings import DEFAULT_ROOM
from protocol import names
from protocol.commands import Join, Leave, Quit
from protocol.errors import Code, LinkError, Refusal
from protocol.events import Reason
from protocol.messages import End
from protocol.phrases import Phrase

if TYPE_CHECKING:
    from client.notices import CommandRefused, HelloRefused, SessionOver, StatusChanged, Welcomed
    from client.screen.dialogs import Dialogs
    from client.screen.membership import Membership
    from client.screen.reading import Reading
    from client.screen.sending import Sending
    from client.screen.state import ScreenState
    from client.screen.status import StatusLine

QUIT_WITHIN_S: Final = 2.0
"""Somebody who quits waits no longer for the broker's word."""
QUIT_AGAIN_S: Final = 2.0
"""A second Ctrl-C within this quits."""
_ABOUT_THE_TOKEN: Final = frozenset({Code.SESSION_ENDED, Code.BAD_TOKEN})


class SessionDesk:
    """Opens the session again where that may help, and asks the person where it may not."""

    def __init__(
        self,
        state: ScreenState,
        sending: Sending,
        reading: Reading,
        membership: Membership,
        dialogs: Dialogs,
        status: StatusLine,
    ) -> None:
        self._state = state
        self._sending = sending
        self._reading = reading
        self._membership = membership
        self._dialogs = dialogs
        self._status = status
        self._lobby = DEFAULT_ROOM
        self._renewed = False
        self._renews = False
        self._told_no_broker = self._told_keys = False
        self._message = ""
        self._leave_by: float | None = None
        self._banned_until = 0
        self._offer_at: float | None = None
        self._quit_again_by = 0.0

    # ---- opening

    def start(self, name: str) -> None:
        """Open a session under ``name``; without one, ask for it."""
        self._state.open_kept()
        if self._state.kept.inside:
            self._arrange()
        if name:
            self._open_as(name)
        else:
            self._ask_name(self._state.say(Phrase.NAME_WANTED))

    def opened(self, session: int, name: str) -> None:
        """The link opens a session under ``name``."""
        own = self._state.own
        own.session, own.name, own.welcomed = session, name, False
        self._status.over = False
        self._offer_at = None
        if self._dialogs.prompt:
            self._dialogs.answered()
        self._state.restyle()

    def name_in_use(self, name: str) -> None:
        """Another client of this machine has the name."""
        name = printable_line(name)
        self._ask_name(self._state.say(Phrase.NAME_IN_USE_HERE, name=name))

    def answer(self, text: str) -> None:
        """The person answered the question that is open."""
        prompt = self._dialogs.prompt
        if prompt is None:
            return
        if prompt.question is Question.BANNED and not self._is_ban_over():
            return
        if prompt.question in {Question.AGAIN, Question.BANNED}:
            self._open_again(renew=self._renews)
            return
        try:
            name = names.shown(text.strip())
        except Refusal as refusal:
            self._ask_name(self._state.say(refusal.code, **refusal.fields))
        else:
            self._open_as(name)

    def welcomed(self, notice: Welcomed, now: float, at: int) -> None:
        """The broker knows the session."""
        own, welcome = self._state.own, notice.welcome
        is_first = not own.id
        has_other_journal = own.journal not in {"", welcome.journal}
        wanted, own.name = own.name, welcome.name
        own.id, own.ids = welcome.id, own.ids | {welcome.id}
        self._lobby = welcome.lobby
        own.journal, own.roster = welcome.journal, welcome.limits.roster
        self._renewed = False
        self._state.restyle()
        if has_other_journal:  # once more where who was shown all that it has looks for it
            self._state.note_everywhere(at, self._state.say(Phrase.NEW_JOURNAL))
        elif notice.again and not welcome.resumed:
            self._state.note_everywhere(at, self._state.say(Phrase.SESSION_LOST))
        if wanted and wanted != own.name and not welcome.resumed:
            self._tell_other_name(wanted, at)
        if own.welcomed:
            self._sending.resumed(welcome.applied, notice.rejoined)
        else:
            own.welcomed = True
            self._message = "" if welcome.resumed else welcome.message_of_the_day
            self._sending.opened(welcome.applied, self._membership.missing(welcome), now)
        self._sending.delayed = False
        self._reading.welcomed(welcome, now)
        if is_first and not self._state.kept.inside:
            self._arrange()

    def _arrange(self) -> None:
        """Bring the rooms into the order of the last run, and show the one that was shown."""
        state = self._state
        state.tabs.sort(state.kept.order)
        shown = state.tabs.find(state.kept.focus)
        if shown is not None and state.settings.room == DEFAULT_ROOM:
            state.tabs.go_to(shown)
            state.load_draft()

    def entered(self, room: str, at: int) -> None:
        """The person is in a room; who is here for the first time learns where to learn more."""
        message, self._message = self._message, ""
        if message:
            self._state.tab(room).transcript.note(at, message)
        if not (self._told_keys or self._state.kept.order):
            self._told_keys = True
            self._state.tab(room).transcript.note(at, self._state.say(Phrase.FIRST_KEYS))

    def _tell_other_name(self, wanted: str, at: int) -> None:
        name, wanted = printable_line(self._state.own.name), printable_line(wanted)
        if names.compared(name) != names.compared(wanted):
            told = self._state.say(Phrase.OTHER_NAME, name=name, wanted=wanted)
            self._state.note(at, told, NoteKind.ERROR)

    def refused(self, notice: HelloRefused, at: int) -> None:
        """The broker would not open the session."""
        sentence = self._state.refusal(notice.code, notice.fields)
        self._gone()
        self._sending.not_opened()
        if notice.code == Code.SESSION_ENDED:
            self._sending.ended(int(notice.fields.get("applied", 0)))
        elif notice.code == Code.BAD_TOKEN:
            self._sending.doubt()
        if notice.code in ABOUT_THE_NAME:
            self._ask_name(sentence)
        elif notice.code in _ABOUT_THE_TOKEN and not self._renewed:
            self._open_again(renew=True)
        else:
            self._end(notice, sentence, at, renew=notice.code in _ABOUT_THE_TOKEN)

    def command_refused(self, notice: CommandRefused, now: float, at: int) -> None:
        """A command was refused; who cannot enter the room that was wanted enters the lobby.

        What was typed for that room stays in its tab: it may not be meant for the lobby.
        """
        command = notice.command
        is_nowhere = not any(tab.delivered for tab in self._state.tabs)
        if isinstance(command, Join) and is_nowhere and command.room != self._lobby:
            self._state.tab(command.room).barred = True
            self._membership.join(self._lobby, now)
        if isinstance(command, Join | Leave) and notice.code != Code.ALREADY_IN_ROOM:
            self._membership.refused(command)
        self._sending.was_refused(notice, at)

    # ---- losing

    def status_changed(self, notice: StatusChanged, at: int) -> None:
        """The connection came up, or was lost."""
        if notice.status is Status.WAITING:
            self._status.retry_at = notice.retry_at
            self._tell_no_broker(at)
            self._sending.interrupted()
            self._reading.interrupted()
            if self._leave_by is not None:
                self._exit()
        else:
            self._status.stopping = False

    def _tell_no_broker(self, at: int) -> None:
        """Say once what to do where no broker has answered at all."""
        if not (self._state.own.id or self._told_no_broker):
            self._told_no_broker = True
            endpoint = self._state.settings.connect
            told = self._state.say(Phrase.NO_BROKER, endpoint=endpoint)
            self._state.note(at, told, NoteKind.ERROR)

    def over(self, notice: SessionOver, at: int) -> None:
        """The session is over, and the link has forgotten it."""
        self._gone()
        self._sending.over()
        if self._leave_by is not None or notice.code == Reason.QUIT:
            self._exit(session_over=True)
            return
        sentence = self._state.refusal(notice.code, notice.fields)
        self._end(notice, sentence, at, renew=notice.code != End.TAKEN_OVER)

    def _gone(self) -> None:
        own = self._state.own
        own.session, own.welcomed, own.round_trip = 0, False, None
        self._reading.stop()

    def _ask_name(self, sentence: str) -> None:
        self._dialogs.ask(Question.NAME, sentence, self._state.say(Phrase.NAME_QUESTION))

    def _end(
        self, notice: HelloRefused | SessionOver, sentence: str, at: int, *, renew: bool
    ) -> None:
        """Say why there is no session, and offer another one unless the person is banned."""
        self._status.over = True
        self._renews = renew
        self._state.note(at, sentence, NoteKind.ERROR)
        if notice.code != Code.BANNED:
            self._offer(sentence)
            return
        self._banned_until = int(notice.fields.get("until", 0))
        if self._banned_until:
            self._offer_at = self._state.now + max(0, self._banned_until - at) / 1000
        self._dialogs.ask(Question.BANNED, sentence, self._state.say(Phrase.BANNED_QUESTION))

    def _offer(self, sentence: str) -> None:
        self._dialogs.ask(Question.AGAIN, sentence, self._state.say(Phrase.AGAIN_QUESTION))

    def _is_ban_over(self) -> bool:
        return 0 < self._banned_until <= self._state.at

    def _open_as(self, name: str) -> None:
        self._renewed = False
        self._state.effects.append(OpenAs(name))

    def _open_again(self, *, renew: bool) -> None:
        self._renewed = renew
        self._state.effects.append(OpenAgain(self._state.own.name, renew))

    # ---- leaving

    def clear_or_quit(self, now: float) -> None:
        """Ctrl-C on nothing: quit when it comes twice."""
        if self._dialogs.prompt or now < self._quit_again_by:
            self.quit(now)
            return
        self._quit_again_by = now + QUIT_AGAIN_S
        self._state.show_briefly(self._state.say(Phrase.FLASH_QUIT_AGAIN), now, QUIT_AGAIN_S)

    def stay_while(self, text: str) -> None:
        """While there is text in the input, the next Ctrl-C clears it and does not quit."""
        if not (text and self._quit_again_by):
            return
        self._quit_again_by = 0.0
        if self._state.flash.text == self._state.say(Phrase.FLASH_QUIT_AGAIN):
            self._state.flash.text = ""

    def quit(self, now: float) -> None:
        """Leave, and wait a little until the broker has acknowledged it."""
        own = self._state.own
        if self._leave_by is not None or not (own.welcomed and self._state.is_connected):
            self._exit()
            return
        self._leave_by = now + QUIT_WITHIN_S
        self._status.leaving = True
        with suppress(LinkError):  # it may have ended in this very turn
            self._sending.command(Quit(), now, by_itself=True)

    def quit_acknowledged(self) -> None:
        """The broker has ended the session, as was asked."""
        self._state.own.has_quit = True
        self._exit(session_over=True)

    def tick(self, now: float) -> None:
        """Wait no longer than one should."""
        if self._leave_by is not None and self._leave_by <= now:
            self._exit()
        if self._offer_at is not None and self._offer_at <= now:
            self._offer_at = None
            if self._dialogs.prompt:
                self._offer(self._dialogs.prompt.sentence)

    def next_deadline(self) -> float | None:
        """Return when :meth:`tick` has something to do, or None."""
        times = (self._leave_by, self._offer_at)
        return min((time for time in times if time is not None), default=None)

    def _exit(self, *, session_over: bool = False) -> None:
        if any(isinstance(effect, Exit) for effect in self._state.effects):
            return
        count = self._sending.unsent
        sentence = self._state.say(Phrase.UNSENT_KEPT, count=count) if count else ""
        self._state.effects.append(Exit(0, sentence, session_over))
        self._leave_by = None
