"""What is typed: drafts, pastes, and what Enter makes of them. Pure."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from client.screen.effects import InsertText
from client.screen.help import help_lines
from client.screen.prompts import Paste
from client.screen.tabs import NO_DRAFT, Draft
from client.screen.transcript import NoteKind
from protocol.errors import LinkError
from protocol.messages import Quit, Rename
from protocol.phrases import Phrase
from protocol.slash import TABLE, CommandError, ShowHelp, ShowPeople, Speak
from protocol.text import clean

if TYPE_CHECKING:
    from client.screen.dialogs import Dialogs
    from client.screen.sending import Sending
    from client.screen.session import SessionDesk
    from client.screen.state import ScreenState
    from protocol.slash import Intent


class Composing:
    """The input of each room."""

    def __init__(
        self, state: ScreenState, sending: Sending, dialogs: Dialogs, session: SessionDesk
    ) -> None:
        self._state = state
        self._sending = sending
        self._dialogs = dialogs
        self._session = session
        self.must_show_life = False

    def changed(self, text: str, cursor: int) -> None:
        """The input was edited."""
        draft, tab = Draft(text, cursor), self._state.tabs.focus
        if draft == tab.draft:
            return
        if text != tab.draft.text and self.must_show_life:
            self._show_life()
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
        """Put the last refused message back into the input, in place of what stands there."""
        tab = self._state.tabs.focus
        text = self._sending.take_back(tab)
        if not text:
            self._state.show_briefly(self._state.say(Phrase.FLASH_NOTHING_REFUSED), now)
            return
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
        if whole.strip():
            self._say(Speak(whole), whole, now, at)

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
            self._carry_out(intent, now)
        except CommandError as error:
            sentence = self._state.say(error.phrase, **error.fields)
            tab.transcript.note(at, sentence, NoteKind.ERROR)
            return
        self._load(NO_DRAFT)

    def _say(self, intent: Speak, typed: str, now: float, at: int) -> None:
        tab = self._state.tabs.focus
        tab.remember(typed)
        text = _without_blank_ends(intent.text)
        self._sending.say(tab, text, now, at, action=intent.action)
        tab.transcript.to_end()
        self._load(NO_DRAFT)

    def _carry_out(self, intent: Intent, now: float) -> None:
        match intent:
            case ShowHelp(topic):
                lines = help_lines(self._state.settings.language, topic)
                self._dialogs.page(self._state.say(Phrase.HELP_OVERLAY_TITLE), lines)
            case ShowPeople():
                self._dialogs.people(self._state.tabs.focus)
            case Rename():
                self._sending.command(intent, now)
            case Quit():
                self._session.quit(now)
            case Speak():
                pass

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
