"""The rooms that are open on the screen, in their order, and the jumps between them. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from client.saved_state import HISTORY_LENGTH
from client.screen.history import History
from client.screen.roster import Roster
from client.settings import Notify
from protocol import room_names
from protocol.names import compared
from protocol.phrases import Phrase
from protocol.questions import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from client.screen.excerpt import Excerpt
    from client.screen.transcript import Transcript
    from protocol.events import AnyEvent


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the input, and where the cursor is in it."""

    text: str = ""
    cursor: int = 0


NO_DRAFT: Final = Draft()


class ReadMark(NamedTuple):
    """The number of the last event that was read, and the journal that numbers it."""

    journal: str = ""
    number: int = 0


NO_MARK: Final = ReadMark()


@dataclass(slots=True, eq=False)
class Tab:
    """One room on the screen.

    Attributes:
        room: its name.
        transcript: its lines.
        roster: its people.
        history: what is fetched of its past.
        level: what rings the bell, from the settings or chosen with a key.
        chosen: the level was chosen with a key.
        draft: what was typed and not sent.
        meant_for: for whom that may be meant: it was begun before the first word to them arrived.
        mark: how far an earlier run has read.
        inputs: what was sent, newest last.
        delivered: the link delivers the room's events.
        held: events that wait until older ones have been fetched; None while none has to.
        head: the room's head when the link came to it, or came back.
        catching_up: not everything up to there has come yet.
        is_new: the room was never caught up with yet.
        renumbered: the journal changed while the link delivered the room.
        expected: the person was in the room in the last run, and the broker has not spoken yet.
        barred: the person is not in the room: not let in, put out, or gone.
        leaving: the person has asked to leave it, and is not out yet.
        kind: what the room is.
        subject: what it is about.
        other: the other person's id in a conversation of two.
        other_name: and their name.
        slow: seconds between two messages of one person; 0 for none.
        muted: until when the person may not speak here, in ms since 1970 (0: for ever); None: may.
        told_at: the numbers of the events that told the last two, by their names.
        excerpt: an older part of the room that is shown instead of its newest lines.
    """

    room: str
    transcript: Transcript
    level: Notify
    chosen: bool = False
    draft: Draft = NO_DRAFT
    meant_for: str = ""
    mark: ReadMark = NO_MARK
    inputs: list[str] = field(default_factory=list)
    delivered: bool = False
    held: list[AnyEvent] | None = None
    head: int = 0
    catching_up: bool = True
    is_new: bool = True
    renumbered: bool = False
    expected: bool = False
    barred: bool = False
    leaving: bool = False
    kind: Kind = Kind.PUBLIC
    subject: str = ""
    other: str = ""
    other_name: str = ""
    slow: int = 0
    muted: int | None = None
    told_at: dict[str, int] = field(default_factory=dict)
    excerpt: Excerpt | None = None
    roster: Roster = field(init=False)
    history: History = field(init=False)

    def __post_init__(self) -> None:
        self.roster = Roster(self.room)
        self.history = History(self.room)

    @property
    def private(self) -> bool:
        """Whether all that is said here is meant for the person: it is a conversation of two."""
        return self.kind is Kind.TALK

    @property
    def name(self) -> str:
        """What people call it: a room by its name, a conversation by the other person's."""
        if self.private:
            return self.other_name or self.other or self.room
        return room_names.shown(self.room)

    @property
    def lines(self) -> Transcript:
        """What is shown of it."""
        return self.excerpt.transcript if self.excerpt else self.transcript

    @property
    def unread(self) -> int:
        """How many messages were not read yet; of a muted room, none counts."""
        return 0 if self.level is Notify.MUTE else self.transcript.unread

    @property
    def mentions(self) -> int:
        """How many of these are meant for the person."""
        return self.unread if self.private else min(self.unread, self.transcript.mentions)

    @property
    def unread_shown(self) -> str:
        """How many are unread, as it is shown: with ``+`` where there are more to be fetched."""
        return f"{self.unread}{'+' * self.transcript.has_more_unread}"

    @property
    def urgency(self) -> int:
        """3 for unread private messages, 2 for mentions, 1 for others, 0 for nothing unread."""
        if not self.unread:
            return 0
        if self.private:
            return 3
        return 2 if self.mentions else 1

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be said here, now or once the room is entered."""
        return self.barred or self.leaving

    @property
    def way_in(self) -> Phrase:
        """What to say, with its ``name``, to who is not in it."""
        if self.private:
            return Phrase.TALK_CLOSED
        return Phrase.UNINVITED if self.kind is Kind.PRIVATE else Phrase.OUTSIDE

    @property
    def has_words(self) -> bool:
        """Whether something stands here that the person wanted to say and has not said."""
        return bool(self.draft.text) or len(self.transcript.own) > 0

    @property
    def is_idle(self) -> bool:
        """Whether the room was not entered, and nothing would be lost with the tab."""
        is_outside = self.barred and not self.delivered
        return is_outside and not self.has_words and self.transcript.is_empty

    def catch_up(self, head: int) -> None:
        """What comes up to ``head`` was missed: nobody has looked at it as it came."""
        self.head = max(self.head, head)
        self.catching_up = True

    def look_whether_caught_up(self) -> None:
        """Find out whether everything that was missed is there."""
        is_here = not self.history.is_fetching and self.transcript.last >= self.head
        if self.delivered and is_here:
            self.catching_up, self.is_new = False, False

    def read_until(self, journal: str) -> int:
        """Return the number up to which an earlier run has read."""
        return self.mark.number if self.mark.journal == journal else 0

    def remember(self, text: str) -> None:
        """Keep what was sent, unless it was sent just before."""
        if text and self.inputs[-1:] != [text]:
            self.inputs.append(text)
            del self.inputs[:-HISTORY_LENGTH]


class Tabs:
    """All tabs; there is always one in focus.

    Args:
        first: the tab in focus at the start.
    """

    def __init__(self, first: Tab) -> None:
        self._tabs = [first]
        self._focus = self._last = first

    def __iter__(self) -> Iterator[Tab]:
        """Iterate in the order of the list."""
        return iter(self._tabs)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._tabs)

    @property
    def focus(self) -> Tab:
        """The tab that is shown."""
        return self._focus

    def find(self, room: str) -> Tab | None:
        """Return the tab of a room."""
        return next((tab for tab in self._tabs if tab.room == room), None)

    def find_talk(self, who: str) -> Tab | None:
        """Return the tab of the conversation with who has this name now, or this id."""
        key = compared(who)
        talks = [tab for tab in self._tabs if tab.private and not tab.is_closed]
        return next(
            (tab for tab in talks if who == tab.other or key == compared(tab.other_name)), None
        )

    def add(self, tab: Tab) -> None:
        """Put a tab at the end of the list."""
        self._tabs.append(tab)

    def remove(self, tab: Tab) -> None:
        """Take a tab off; the last one stays."""
        if len(self._tabs) == 1:
            return
        if tab is self._focus:
            self.go_to(self._last if self._last is not tab else self._beside(tab))
        self._tabs.remove(tab)
        if self._last is tab:
            self._last = self._focus

    def sort(self, order: list[str]) -> None:
        """Bring the tabs into a kept order; those that are not in it come last."""
        places = {room: place for place, room in enumerate(order)}
        self._tabs.sort(key=lambda tab: places.get(tab.room, len(places)))

    # ---- jumps

    def go_to(self, tab: Tab) -> None:
        """Show a tab."""
        if tab is not self._focus:
            self._last, self._focus = self._focus, tab

    def place(self, number: int) -> Tab | None:
        """Return the tab at a place of the list, counted from 1."""
        return self._tabs[number - 1] if 0 < number <= len(self._tabs) else None

    def step(self, by: int) -> Tab:
        """Return the tab so many places further, around the end."""
        return self._tabs[(self._tabs.index(self._focus) + by) % len(self._tabs)]

    def last(self) -> Tab:
        """Return the tab that was shown before this one."""
        return self._last

    def next_active(self) -> Tab | None:
        """Return the most urgent tab; of equals, the next in the list after this one."""
        place = self._tabs.index(self._focus)
        others = self._tabs[place + 1 :] + self._tabs[:place]
        best = max(others, key=lambda tab: tab.urgency, default=None)
        return best if best is not None and best.urgency else None

    def _beside(self, tab: Tab) -> Tab:
        place = self._tabs.index(tab)
        return self._tabs[place + 1] if place + 1 < len(self._tabs) else self._tabs[place - 1]
