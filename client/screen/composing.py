"""What is typed: drafts, pastes, and what Enter makes of them. Pure."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from client.screen.effects import InsertText
from client.screen.prompts import Paste
from client.screen.tabs import NO_DRAFT, Draft
from client.screen.transcript import NoteKind
from protocol.command_table import TABLE
from protocol.errors import LinkError
from protocol.intents import Speak
from protocol.phrases import Phrase
from protocol.slash import CommandError
from protocol.text import clean

if TYPE_CHECKING:
    from client.screen.carrying import Carrying
    from client.screen.dialogs import Dialogs
    from client.screen.sending import Sending
    from client.screen.state import ScreenState
    from client.screen.tabs import Tab


_COMMAND: Final = "/"
"""Begins a command."""


class Composing:
    """The input of each room."""

    def __init__(
        self, state: ScreenState, sending: Sending, dialogs: Dialogs, carrying: Carrying
    ) -> None:
        self._state = state
        self._sending = sending
        self._dialogs = dialogs
        self._carrying = carrying
        self.must_show_life = False
        self._refused_line: tuple[Tab | None, str] = (None, "")

    def changed(self, text: str, cursor: int) -> None:
        """The input was edited.

        Another command that is typed behind one that was refused comes in place of it.
        """
        draft, tab = Draft(text, cursor), self._state.tabs.focus
        if draft == tab.draft:
            return
        if self._replaces_refused(tab, draft):
            tab.remember(tab.draft.text)
            length = len(tab.draft.text)
            self._load(Draft(text[length:], max(0, cursor - length)))
            return
        if text != tab.draft.text:
            self._refused_line = (None, "")
        if text != tab.draft.text and self.must_show_life:
            self._show_life()
        if not tab.draft.text and not self._sending.begins_talk(tab):
            tab.meant_for = ""
        tab.draft = draft
        self._state.save()

    def clear(self, now: float) -> bool:
        """Empty the input, or drop the last refused message; return whether there was either.

        What is cleared away is remembered like what was sent.
        """
        tab = self._state.tabs.focus
        text = tab.draft.text
        if not text:
            text = self._sending.take_back(tab)
            if not text:
                return False
            self._state.show_briefly(self._state.say(Phrase.FLASH_DROPPED), now)
        tab.remember(text)
        self._load(NO_DRAFT)
        return True

    def take_back(self, now: float) -> None:
        """Put the last refused message back into the input, in place of what stands there.

        Where none of this room is, the room of the last one is shown: it is for nowhere else.
        """
        room = self._sending.refused_in(self._state.tabs.focus.room)
        if not room:
            self._state.show_briefly(self._state.say(Phrase.FLASH_NOTHING_REFUSED), now)
            return
        tab = self._state.tab(room)
        self._state.tabs.go_to(tab)
        text = self._sending.take_back(tab)
        tab.remember(tab.draft.text)
        self._load(Draft(text, len(text)))

    # ---- pastes

    def pasted(self, text: str) -> bool:
        """Return whether a paste goes into the input as it is.

        What cannot be sent is cleaned out of it, and then the model asks for the rest to be put in.
        A long one waits for the person's word.
        """
        paste = Paste(clean(text))
        if paste.is_too_long or paste.lines > self._state.settings.paste_lines:
            self._dialogs.paste(paste)
        elif paste.text == text:
            return True
        elif paste.text:
            self._state.effects.append(InsertText(paste.text))
        return False

    def edit_paste(self) -> None:
        """Put the paste that waits into the input."""
        paste = self._dialogs.pasted
        if paste is None:
            return
        self._dialogs.close()
        self._state.effects.append(InsertText(paste.text))

    def send_paste(self, now: float, at: int) -> None:
        """Send the paste that waits, unless it is too long, with what stands around it."""
        paste = self._dialogs.pasted
        if paste is None or paste.is_too_long:
            return
        self._dialogs.close()
        text, cursor = self._state.tabs.focus.draft.text, self._state.tabs.focus.draft.cursor
        whole = text[:cursor] + paste.text.removesuffix("\n") + text[cursor:]
        if not whole.strip():
            return
        try:
            self._say(Speak(whole), whole, now, at)
        except CommandError as error:
            self._state.effects.append(InsertText(paste.text))
            self._complain(error, at)

    # ---- Enter

    def submit(self, text: str, now: float, at: int) -> None:
        """Carry out what was typed; what cannot be carried out stays in the input."""
        if not text.strip():
            return
        tab = self._state.tabs.focus
        try:
            intent = TABLE.parse(text)
            if isinstance(intent, Speak):
                self._say(intent, text, now, at)
                return
            tab.remember(text)
            self._carrying.carry_out(intent, now, at)
        except CommandError as error:
            self._refused_line = (tab, text)
            self._complain(error, at)
            return
        tab.draft = NO_DRAFT  # another room may be shown by now
        self._state.load_draft()
        self._state.save()

    def _complain(self, error: CommandError, at: int) -> None:
        sentence = self._state.refusal(error.phrase, error.fields)
        self._state.note(at, sentence, NoteKind.ERROR)

    def _say(self, intent: Speak, typed: str, now: float, at: int) -> None:
        tab = self._state.tabs.focus
        self._check_open(tab)
        text = _without_blank_ends(intent.text)
        if tab.meant_for:
            self._address(tab, text, at)
            return
        tab.remember(typed)
        self._sending.say(tab, text, now, at, action=intent.action)
        tab.excerpt = None
        tab.transcript.to_end()
        self._load(NO_DRAFT)

    def _check_open(self, tab: Tab) -> None:
        """Let nothing be said where nobody would hear it.

        Raises:
            CommandError: the person is not in the room.
        """
        if tab.is_closed:
            raise CommandError(tab.way_in, name=tab.name)

    def _address(self, tab: Tab, text: str, at: int) -> None:
        """Have the next Enter say in private what may be meant so, and never in the room.

        That it is meant for the room is said by who takes the address away again.
        """
        who, tab.meant_for = tab.meant_for, ""
        addressed = f"/msg {who} {text}"
        self._load(Draft(addressed, len(addressed)))
        self._complain(CommandError(Phrase.TALK_OPENING, name=who), at)

    def _replaces_refused(self, tab: Tab, draft: Draft) -> bool:
        """Return whether a command was typed behind one that was refused and is as it was."""
        before = tab.draft.text
        is_refused = self._refused_line == (tab, before) and before.startswith(_COMMAND)
        return is_refused and draft.text.startswith(before + _COMMAND)

    def _load(self, draft: Draft) -> None:
        self._state.tabs.focus.draft = draft
        self._state.load_draft()
        self._state.save()

    def _show_life(self) -> None:
        """The broker asked whether anybody is there."""
        self.must_show_life = False
        with suppress(LinkError):  # the session may be over by now
            self._state.link.active(self._state.own.session)


def _without_blank_ends(text: str) -> str:
    """Return ``text``, not all blank, without the blank lines before and after what is said."""
    lines = text.split("\n")
    said = [place for place, line in enumerate(lines) if line.strip()]
    return "\n".join(lines[said[0] : said[-1] + 1])
