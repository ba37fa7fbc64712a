"""What the parts of the model share: the link, the rooms, the session, the effects. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from client.notices import Status
from client.saved_state import SavedRoom
from client.screen.effects import LoadDraft, Save
from client.screen.look import Look
from client.screen.tabs import Draft, ReadMark, Tab, Tabs
from client.screen.transcript import NoteKind, Transcript
from protocol.limits import ROSTER_PEOPLE
from protocol.phrases import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.link import Link
    from client.saved_state import Saved
    from client.screen.effects import Effect
    from client.screen.look import LocalTime
    from client.settings import ClientSettings

FLASH_S: Final = 4.0
_MS_A_MINUTE: Final = 60_000


@dataclass(slots=True)
class Own:
    """The person's session.

    Attributes:
        session: the link's number for it; 0 while there is none.
        name: what the person is called, or wants to be called.
        id: the session's public id, once it is known.
        ids: all ids that this program had.
        welcomed: the broker knows the session, or knew it when the connection was lost.
        journal: the id of the broker's journal.
        roster: how many people the broker names in one answer.
        round_trip: seconds from the last question or command to its answer; None before any.
    """

    session: int = 0
    name: str = ""
    id: str = ""
    ids: frozenset[str] = frozenset()
    welcomed: bool = False
    journal: str = ""
    roster: int = ROSTER_PEOPLE
    round_trip: float | None = None


@dataclass(slots=True)
class Flash:
    """A word of the status line that goes by itself."""

    text: str = ""
    until: float = 0.0


@dataclass(slots=True)
class ScreenState:
    """Shared by the parts; each part changes only what is its own business.

    Attributes:
        link: the connection.
        settings: what the person chose.
        local: turns milliseconds since 1970 into the local time of day.
        kept: what an earlier run left.
        fold: whether joins and leaves are folded.
        own: the person's session.
        tabs: the rooms.
        effects: what the program is to do.
        flash: a word of the status line.
        watching: the terminal's window has the keyboard, and nothing lies over the messages.
    """

    link: Link
    settings: ClientSettings
    local: Callable[[int], LocalTime]
    kept: Saved
    fold: bool
    own: Own = field(default_factory=Own)
    tabs: Tabs = field(init=False)
    effects: list[Effect] = field(default_factory=list)
    flash: Flash = field(default_factory=Flash)
    watching: bool = True

    @property
    def is_connected(self) -> bool:
        """Whether the broker is there."""
        return self.link.status is Status.CONNECTED

    def say(self, key: str, **fields: int | str) -> str:
        """Return one sentence."""
        return say(self.settings.language, key, fields)

    def look(self) -> Look:
        """Return how all transcripts are to look now."""
        settings = self.settings
        return Look(
            language=settings.language,
            own_name=self.own.name,
            own_ids=self.own.ids,
            highlight=settings.highlight,
            name_column=settings.name_column,
            fold=self.fold,
            silent_after_ms=settings.silent_after * _MS_A_MINUTE,
            unmask_within_ms=settings.unmask_within * _MS_A_MINUTE,
        )

    def new_transcript(self) -> Transcript:
        """Return an empty one."""
        return Transcript(self.local, self.look(), self.settings.messages_held)

    def new_tab(self, room: str) -> Tab:
        """Return a tab without lines, with what was kept of the room."""
        kept = self.kept.rooms.get(room, SavedRoom())
        settings = self.settings
        level = kept.notify or settings.notify_rooms.get(room, settings.notify)
        return Tab(
            room,
            self.new_transcript(),
            level,
            chosen=kept.notify is not None,
            draft=Draft(kept.draft, min(kept.cursor, len(kept.draft))),
            mark=ReadMark(kept.journal, kept.read),
            inputs=list(kept.history),
        )

    def tab(self, room: str) -> Tab:
        """Return the tab of a room, made if need be."""
        tab = self.tabs.find(room)
        if tab is None:
            tab = self.new_tab(room)
            self.tabs.add(tab)
        return tab

    def restyle(self) -> None:
        """The look has changed."""
        look = self.look()
        for tab in self.tabs:
            tab.transcript.restyle(look)

    def watch(self) -> None:
        """Only the room that is shown is read, and only while somebody can look at it."""
        for tab in [tab for tab in self.tabs if tab.is_idle and tab is not self.tabs.focus]:
            self.tabs.remove(tab)
        for tab in self.tabs:
            tab.look_whether_caught_up()
            is_looked_at = self.watching and tab is self.tabs.focus
            tab.transcript.watched = is_looked_at and not tab.catching_up

    def note(self, at: int, text: str, kind: NoteKind = NoteKind.INFO) -> None:
        """Write a line into the room that is shown, for this person alone."""
        self.tabs.focus.transcript.note(at, text, kind)

    def note_everywhere(self, at: int, text: str) -> None:
        """Write a line into every room, for this person alone."""
        for tab in self.tabs:
            tab.transcript.note(at, text)

    def show_briefly(self, text: str, now: float, seconds: float = FLASH_S) -> None:
        """Show a word in the status line for some seconds."""
        self.flash = Flash(text, now + seconds)

    def save(self, *, at_once: bool = False) -> None:
        """What is kept on disk has changed; ``at_once`` before anything more is sent."""
        if Save(at_once) not in self.effects:
            self.effects.append(Save(at_once))

    def load_draft(self) -> None:
        """The input is to show another draft."""
        if LoadDraft() not in self.effects:
            self.effects.append(LoadDraft())
