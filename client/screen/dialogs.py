"""What is open over the input or the messages, and what therefore has the keys. Pure.

A question (for another name) stays until it is answered; a search, the switcher, a page of text or
a long paste is open on top of it, one at a time. What the broker answers comes at a moment that
nobody chose, so it waits until nothing is open and nothing is being typed: it takes nobody's keys.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from client.screen.choices import Choices
from client.screen.effects import LoadField
from client.screen.keymap import When
from client.screen.overlays import Overlay, PeopleList, Wrapped
from client.screen.panes import SEPARATOR, away, shown_name
from client.screen.pattern import PatternError
from client.screen.prompts import Field, Paste, Prompt
from client.screen.switcher import Switcher
from client.screen.width import cells, clip, printable_line
from protocol.limits import TEXT_CHARACTERS
from protocol.phrases import Phrase
from protocol.questions import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.screen.choices import Choice
    from client.screen.fragments import Row
    from client.screen.overlays import Line
    from client.screen.prompts import Question
    from client.screen.roster import Member, Roster
    from client.screen.state import ScreenState
    from client.screen.tabs import Tab
    from client.screen.transcript import Transcript


_ROLES = {Role.OPERATOR: Phrase.ROLE_OPERATOR, Role.OWNER: Phrase.ROLE_OWNER}


class _Find:
    """The search in a room.

    Attributes:
        lines: what is looked through.
        text: the pattern.
        problem: why the pattern cannot be searched for; empty if it can.
    """

    def __init__(self, lines: Transcript) -> None:
        self.lines = lines
        self.text = self.problem = ""


_Open = _Find | Switcher | Overlay | Choices | Paste


class Dialogs:
    """All that can be open."""

    def __init__(self, state: ScreenState) -> None:
        self._state = state
        self._open: _Open | None = None
        self._answers: deque[Overlay | Choices] = deque()
        self.prompt: Prompt | None = None
        self._people_of: Tab | None = None
        self._people_shown: tuple[Roster, int] | None = None

    @property
    def mode(self) -> When:
        """What has the keys."""
        match self._open:
            case _Find():
                return When.FINDING
            case Switcher():
                return When.SWITCHER
            case Overlay():
                return When.OVERLAY
            case Choices():
                return When.LIST
            case Paste():
                return When.PASTE
            case None:
                return When.PROMPT if self.prompt else When.INPUT

    @property
    def field(self) -> Field | None:
        """The line that takes the keys instead of the input."""
        match self._open:
            case _Find() as find:
                return Field(self._find_label(find), find.text)
            case Switcher(text=text):
                return Field(self._state.say(Phrase.SWITCHER_LABEL), text)
            case None if self.prompt:
                return self.prompt.field
            case _:
                return None

    @property
    def is_open(self) -> bool:
        """Whether there is anything that can be closed."""
        return self._open is not None

    @property
    def has_answer(self) -> bool:
        """Whether an answer waits until it can be shown."""
        return bool(self._answers)

    @property
    def covers_messages(self) -> bool:
        """Whether the messages cannot be seen."""
        return isinstance(self._open, Switcher | Overlay | Choices)

    # ---- opening and closing

    def ask(self, question: Question, sentence: str, label: str) -> None:
        """Ask the person something."""
        self.prompt = Prompt(question, printable_line(sentence), Field(label))
        self._state.effects.append(LoadField())

    def answered(self) -> None:
        """The question is answered."""
        self.prompt = None
        self._state.effects.append(LoadField())

    def find(self) -> None:
        """Open the search in the room that is shown."""
        self._show(_Find(self._state.tabs.focus.lines))

    def switch(self) -> None:
        """Open the switcher."""
        self._show(Switcher(self._state.tabs, self._state.tabs.last()))

    def page(self, title: str, lines: Sequence[Line]) -> None:
        """Open a page of text."""
        self._show(self._text(title, lines))

    def people(self, tab: Tab) -> None:
        """Open the page of who is in a room; it is kept up to date."""
        title, people = self._people(tab)
        self._show(Overlay(title, people, self._state.say(Phrase.OVERLAY_HINT)))
        self._people_of, self._people_shown = tab, (tab.roster, tab.roster.version)

    def answer(self, title: str, lines: Sequence[Line]) -> None:
        """Have an answer shown as a page of text."""
        self._answers.append(self._text(title, lines))

    def answer_list(self, title: str, choices: Sequence[Choice], selected: int = 0) -> None:
        """Have an answer shown as a list of which one line can be taken."""
        hint = self._state.say(Phrase.LIST_HINT)
        self._answers.append(Choices(title, choices, hint, selected=selected))

    def show_answer(self) -> None:
        """Open the oldest answer that waits, if nothing else is open and nothing is typed."""
        is_typing = self.mode is not When.INPUT or self._state.tabs.focus.draft.text
        if self._answers and not is_typing:
            self._show(self._answers.popleft())

    def set_aside(self) -> None:
        """Something was typed elsewhere: let a list that is open wait, so that Enter sends that."""
        if isinstance(self._open, Choices):
            self._answers.appendleft(self._open)
            self._show(None)

    def _text(self, title: str, lines: Sequence[Line]) -> Overlay:
        return Overlay(title, Wrapped(lines), self._state.say(Phrase.OVERLAY_HINT))

    def take(self, now: float) -> None:
        """Take the line that is selected in the list."""
        choice = self._open.choice if isinstance(self._open, Choices) else None
        self.close()
        if choice is not None:
            choice.take(now)

    def paste(self, paste: Paste) -> None:
        """Ask what to do with a long paste."""
        self._show(paste)

    def close(self, *, restore: bool = True) -> None:
        """Close what is open; ``restore`` brings back the place where a search began."""
        if isinstance(self._open, _Find):
            self._open.lines.stop_finding(restore=restore)
        self._show(None)

    def _show(self, dialog: _Open | None) -> None:
        if isinstance(self._open, _Find):  # the help may be opened over it
            self._open.lines.stop_finding(restore=False)
        self._open = dialog
        self._people_of = None
        self._state.effects.append(LoadField())

    # ---- while open

    def field_changed(self, text: str) -> None:
        """The field was edited."""
        match self._open:
            case _Find() as find:
                find.text, find.problem = text, ""
                try:
                    find.lines.find(text)
                except PatternError as error:
                    find.problem = self._state.say(error.phrase, **error.fields)
            case Switcher() as switcher:
                switcher.type(text)
            case None if self.prompt:
                self.prompt.field = Field(self.prompt.field.label, text)
            case _:
                pass

    def find_next(self, *, backward: bool) -> None:
        """Go to the match before, or to the one after."""
        if isinstance(self._open, _Find):
            with suppress(PatternError):
                self._open.lines.find_next(backward=backward)

    def select(self, by: int) -> None:
        """Select another room in the switcher, or another line of the list."""
        if isinstance(self._open, Switcher | Choices):
            self._open.select(by)

    @property
    def choice(self) -> Tab | None:
        """The room that is selected in the switcher."""
        return self._open.choice if isinstance(self._open, Switcher) else None

    @property
    def overlay(self) -> Overlay | None:
        """The page of text that is open."""
        return self._open if isinstance(self._open, Overlay) else None

    @property
    def page_shown(self) -> Overlay | Choices | None:
        """The page or list that is open, which keys scroll in place of the messages."""
        return self._open if isinstance(self._open, Overlay | Choices) else None

    @property
    def pasted(self) -> Paste | None:
        """The paste that waits for the person's word."""
        return self._open if isinstance(self._open, Paste) else None

    def look_on(self) -> bool:
        """Search a bit further; return whether there is more to look through."""
        if not isinstance(self._open, _Find):
            return False
        try:
            return self._open.lines.find_more()
        except PatternError as error:
            self._open.problem = self._state.say(error.phrase, **error.fields)
            return False

    def is_looking(self) -> bool:
        """Return whether the search has not yet looked through everything."""
        if not isinstance(self._open, _Find):
            return False
        found = self._open.lines.finding
        return found is not None and not found.complete

    # ---- what is shown

    def prompt_row(self, width: int) -> Row:
        """Return the question above the input or the field, or what a search has to say."""
        if isinstance(self._open, _Find):
            reason = self._find_reason(self._open)
            return [("class:prompt", clip(reason, width))] if reason else []
        if isinstance(self._open, Paste):
            return [("class:prompt", clip(self._paste_question(self._open), width))]
        if self.mode is When.PROMPT and self.prompt:
            return [("class:prompt", clip(self.prompt.sentence, width))]
        return []

    def overlay_rows(self, width: int, height: int) -> list[Row]:
        """Return the page over the messages; nothing if none is open."""
        match self._open:
            case Overlay() as page:
                self._refresh_people(page)
                return page.rows(width, height)
            case Choices() as choices:
                return choices.rows(width, height)
            case Switcher() as switcher:
                return self._rooms(switcher, width, height)
            case _:
                return []

    def _refresh_people(self, page: Overlay) -> None:
        tab = self._people_of
        if tab is not None and (tab.roster, tab.roster.version) != self._people_shown:
            self._people_shown = (tab.roster, tab.roster.version)
            page.replace(*self._people(tab))

    def _people(self, tab: Tab) -> tuple[str, PeopleList]:
        roster, room = tab.roster, shown_name(tab)
        title = self._state.say(Phrase.PEOPLE_TITLE, count=len(roster), room=room)
        if roster.complete:
            return title, PeopleList(roster, "", self._said_of)
        phrase = Phrase.PEOPLE_COMING if roster.is_coming else Phrase.PEOPLE_UNKNOWN
        return title, PeopleList(roster, self._state.say(phrase), self._said_of)

    def _said_of(self, member: Member) -> str:
        said = [member.user_id] if member.user_id else []
        if member.role is not Role.NONE:
            said.append(self._state.say(_ROLES[member.role]))
        if member.away:
            said.append(away(self._state, member.why))
        return SEPARATOR.join(said)

    def _paste_question(self, paste: Paste) -> str:
        if paste.is_too_long:
            count, limit = len(paste.text), TEXT_CHARACTERS
            return self._state.say(Phrase.PASTE_TOO_LONG, count=count, limit=limit)
        return self._state.say(Phrase.PASTE_QUESTION, count=paste.lines)

    def _find_reason(self, find: _Find) -> str:
        """Return why nothing is found, where that takes a sentence."""
        transcript = find.lines
        found = transcript.finding
        if find.problem or not find.text or found is None:
            return find.problem
        is_in_vain = found.complete and not found.matches
        if not (is_in_vain and transcript.can_go_back):
            return ""
        return self._state.say(Phrase.FIND_NOTHING_YET)

    def _find_label(self, find: _Find) -> str:
        state = self._state
        found = find.lines.finding
        if not find.text or found is None or find.problem:
            said = ""
        elif found.matches:
            said = state.say(Phrase.FIND_COUNT, count=found.matches)
        else:
            said = state.say(Phrase.FIND_NOTHING) if found.complete else ""
        label = state.say(Phrase.FIND_LABEL)
        return f"[{said}] {label}" if said else label

    def _rooms(self, switcher: Switcher, width: int, height: int) -> list[Row]:
        first = max(0, switcher.selected - max(1, height - 1) + 1)
        rows = [_line("class:overlay.title", self._state.say(Phrase.SWITCHER_TITLE), width)]
        for place, tab in enumerate(switcher.found[first:], start=first):
            is_selected = place == switcher.selected
            style = "class:overlay.selected" if is_selected else "class:overlay"
            count = f" ({tab.unread_shown})" if tab.unread else ""
            rows.append(_line(style, shown_name(tab) + count, width))
        if not switcher.found:
            rows.append(_line("class:overlay", self._state.say(Phrase.SWITCHER_NOTHING), width))
        return rows[:height]


def _line(style: str, text: str, width: int) -> Row:
    text = clip(" " + text, width)
    return [(style, text + " " * (width - cells(text)))]
