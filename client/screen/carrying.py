"""What every command of the table does on the screen. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.screen.help import help_lines
from client.screen.overlays import Line
from protocol import intents
from protocol.commands import Join, Leave, Quit, Tell
from protocol.errors import Code
from protocol.intents import aimed
from protocol.phrases import Phrase
from protocol.slash import CommandError

if TYPE_CHECKING:
    from client.screen.dialogs import Dialogs
    from client.screen.inquiring import Inquiries
    from client.screen.membership import Membership
    from client.screen.sending import Sending
    from client.screen.session import SessionDesk
    from client.screen.state import ScreenState
    from client.screen.tabs import Tab
    from protocol.intents import CommandIntent, Intent, LocalIntent, QuestionIntent


class Carrying:
    """Carries out what was typed, but for what is said in the room that is shown."""

    def __init__(
        self,
        state: ScreenState,
        sending: Sending,
        dialogs: Dialogs,
        session: SessionDesk,
        membership: Membership,
        inquiries: Inquiries,
    ) -> None:
        self._state = state
        self._sending = sending
        self._dialogs = dialogs
        self._session = session
        self._membership = membership
        self._inquiries = inquiries

    def carry_out(self, intent: Intent, now: float, at: int) -> None:
        """Carry out what was typed.

        Raises:
            CommandError: it makes no sense here.
        """
        if isinstance(intent, intents.LocalIntent):
            self._locally(intent, now, at)
        elif isinstance(intent, intents.QuestionIntent):
            self._ask(intent)
        else:
            self._send(intent, now, at)

    def _send(self, command: CommandIntent, now: float, at: int) -> None:
        focus = self._state.tabs.focus
        match command:
            case Join(room, private):
                self._membership.join(room, now, private=private)
            case Leave():
                tab = self._named(command.room) if command.room else focus
                self._membership.leave(tab.room if tab else command.room, now)
            case Tell(who, text):
                self._tell(who, text, now, at)
            case Quit():
                self._session.quit(now)
            case _:
                self._sending.command(aimed(command, focus.room), now)

    def _ask(self, question: QuestionIntent) -> None:
        self._inquiries.ask(aimed(question, self._state.tabs.focus.room))

    def _locally(self, intent: LocalIntent, now: float, at: int) -> None:
        match intent:
            case intents.ShowHelp(topic):
                lines = help_lines(self._state.settings.language, topic)
                self._dialogs.page(self._state.say(Phrase.HELP_OVERLAY_TITLE), lines)
            case intents.ShowPeople():
                self._dialogs.people(self._state.tabs.focus)
            case intents.ShowSubject():
                self._tell_subject(at)
            case intents.ShowIgnored():
                self._show_ignored()
            case intents.ShowHistory():
                self._inquiries.history(self._state.tabs.focus.room, intent)
            case intents.FindMessages():
                self._inquiries.search(intent)
            case intents.Focus(room, is_room):
                self._focus(room, is_room=is_room)
            case intents.Reply(text):
                self._reply(text, now, at)
            case intents.Speak():
                pass

    def _tell(self, who: str, text: str, now: float, at: int) -> None:
        """Say something in private, and show the conversation if there is one."""
        tab = self._state.tabs.find_talk(who)
        if tab is not None:
            self._membership.show(tab)
        self._sending.tell(who, text, tab, now, at)

    def _reply(self, text: str, now: float, at: int) -> None:
        tab = self._state.tabs.find(self._state.last_talk)
        if tab is None or tab.is_closed:
            raise CommandError(Phrase.NO_REPLY)
        self._membership.show(tab)
        self._sending.say(tab, text, now, at)

    def _focus(self, room: str, *, is_room: bool) -> None:
        tab = self._state.tabs.find(room) if is_room else self._named(room)
        if tab is not None:
            self._membership.show(tab)
        elif is_room:
            raise CommandError(Code.NOT_IN_ROOM, room=room)
        else:
            raise CommandError(Phrase.NO_TALK, name=room)

    def _named(self, room: str) -> Tab | None:
        """Return the tab of a room, or of the conversation with somebody who is called so."""
        return self._state.tabs.find(room) or self._state.tabs.find_talk(room)

    def _tell_subject(self, at: int) -> None:
        tab = self._state.tabs.focus
        if tab.private:
            raise CommandError(Code.NOT_IN_PRIVATE)
        phrase = Phrase.SUBJECT_IS if tab.subject else Phrase.SUBJECT_NONE
        self._state.note(at, self._state.say(phrase, room=tab.name, text=tab.subject))

    def _show_ignored(self) -> None:
        say = self._state.say
        names = sorted(self._state.own.ignored.values())
        lines = [Line(name) for name in names] or [Line("", say(Phrase.IGNORED_NOBODY))]
        self._dialogs.page(say(Phrase.IGNORED_TITLE, count=len(names)), lines)
