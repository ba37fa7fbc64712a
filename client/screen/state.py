"""What the parts of the model share: the link, the rooms, the session, the effects. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from client.notices import Status
from client.saved_state import SavedRoom
from client.screen.effects import LoadDraft, Save
from client.screen.look import Look, offset_of
from client.screen.tabs import Draft, ReadMark, Tab, Tabs
from client.screen.transcript import NoteKind, Transcript
from protocol import room_names, times
from protocol.errors import Refusal
from protocol.happenings import refusal
from protocol.limits import ROSTER_PEOPLE
from protocol.phrases import say
from protocol.questions import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from client.link import Link
    from client.saved_state import Saved
    from client.screen.effects import Effect
    from client.screen.look import LocalTime
    from client.settings import ClientSettings, Notify

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
        has_quit: the session has ended, as the person wanted.
        welcomed: the broker knows the session, or knew it when the connection was lost.
        journal: the id of the broker's journal.
        roster: how many people the broker names in one answer.
        round_trip: seconds from the last question or command to its answer; None before any.
        away: the person is away,
        why: for this reason, which may be empty.
        ignored: the names of those whose words are hidden, by id.
        muted: until when the person may speak nowhere, in ms since 1970 (0: for ever); None: may.
        told_at: the number of the lobby's event that told it.
    """

    session: int = 0
    name: str = ""
    id: str = ""
    ids: frozenset[str] = frozenset()
    has_quit: bool = False
    welcomed: bool = False
    journal: str = ""
    roster: int = ROSTER_PEOPLE
    round_trip: float | None = None
    away: bool = False
    why: str = ""
    ignored: dict[str, str] = field(default_factory=dict)
    muted: int | None = None
    told_at: dict[str, int] = field(default_factory=dict)


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
        now: the time, monotonic in seconds,
        at: and in milliseconds since 1970.
        known_rooms: names of rooms that the broker has listed.
        last_talk: the conversation in which somebody else spoke last.
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
    now: float = 0.0
    at: int = 0
    known_rooms: list[str] = field(default_factory=list)
    last_talk: str = ""

    @property
    def first_room(self) -> str:
        """The room that the person wants to be in at the start, as it is stored."""
        return _stored(self.settings.room)

    @property
    def is_connected(self) -> bool:
        """Whether the broker is there."""
        return self.link.status is Status.CONNECTED

    def say(self, key: str, **fields: int | str) -> str:
        """Return one sentence."""
        return say(self.settings.language, key, fields)

    def refusal(self, code: str, fields: Mapping[str, int | str]) -> str:
        """Return the sentence of a refusal, in which rooms are called as on the screen."""
        shown = dict(fields)
        if room := str(fields.get("room", "")):
            tab = self.tabs.find(room)
            # What is no name of a room comes as it was typed.
            is_typed = room.startswith(room_names.SIGN)
            shown["room"] = tab.name if tab else room if is_typed else room_names.shown(room)
        return refusal(code, shown, self.settings.language, self.time_of)

    def time_of(self, at: int) -> str:
        """Return a time as the person reads it, with its zone."""
        return times.shown(at, self.at, self.offset_at)

    def offset_at(self, at: int) -> int:
        """Return by how many minutes the person's zone is ahead of UTC at a time."""
        return offset_of(self.local)(at)

    def look(self) -> Look:
        """Return how all transcripts are to look now."""
        settings = self.settings
        return Look(
            language=settings.language,
            own_name=self.own.name,
            own_ids=self.own.ids,
            ignored=frozenset(self.own.ignored),
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
        level = kept.notify or self._levels().get(room, settings.notify)
        return Tab(
            room,
            self.new_transcript(),
            level,
            kind=_kind(room, kept),
            chosen=kept.notify is not None,
            draft=Draft(kept.draft, min(kept.cursor, len(kept.draft))),
            mark=ReadMark(kept.journal, kept.read),
            inputs=list(kept.history),
            other=kept.other,
            other_name=kept.other_name,
        )

    def _levels(self) -> dict[str, Notify]:
        return {_stored(room): level for room, level in self.settings.notify_rooms.items()}

    def tab(self, room: str) -> Tab:
        """Return the tab of a room, made if need be."""
        tab = self.tabs.find(room)
        if tab is None:
            tab = self.new_tab(room)
            self.tabs.add(tab)
        return tab

    def open_kept(self) -> None:
        """Show the rooms of the last run before the broker has said whether it is still so."""
        for room in self.kept.inside:
            if self.tabs.find(room) is None:
                self.tab(room).expected = True

    def restyle(self) -> None:
        """The look has changed."""
        look = self.look()
        for tab in self.tabs:
            tab.transcript.restyle(look)
            if tab.excerpt:
                tab.excerpt.transcript.restyle(look)

    def watch(self) -> None:
        """Only the room that is shown is read, and only while somebody can look at it."""
        for tab in [tab for tab in self.tabs if tab.is_idle and tab is not self.tabs.focus]:
            self.tabs.remove(tab)
        for tab in self.tabs:
            tab.look_whether_caught_up()
            is_looked_at = self.watching and tab is self.tabs.focus and not tab.excerpt
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


def _kind(room: str, kept: SavedRoom) -> Kind:
    """Return what a room is, as far as is known before it is entered."""
    if room.startswith(room_names.TALK_SIGN):
        return Kind.TALK
    return Kind.PRIVATE if kept.private else Kind.PUBLIC


def _stored(room: str) -> str:
    """Return the name of a room as it is stored; one that is not allowed as it is."""
    try:
        return room_names.normal(room)
    except Refusal:  # the broker says why not
        return room
