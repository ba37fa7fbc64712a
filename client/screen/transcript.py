"""One room's lines as a person reads them: what is on the screen, unread, and looked for. Pure.

Appending costs the same however much is held, and so does painting: only what is on the screen, or
is scrolled over, is ever laid out.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import Final

from client.screen.contents import Contents
from client.screen.entries import NoteKind, Spoke
from client.screen.find import Finding, Search
from client.screen.fragments import Row
from client.screen.look import LocalTime, Look
from client.screen.own_lines import OwnLines
from client.screen.pattern import PatternError
from client.screen.view import View
from client.screen.wrap import NARROWEST
from protocol.events import AnyEvent, Deleted, Edited
from protocol.phrases import Phrase

__all__ = ["Finding", "NoteKind", "PatternError", "Spoke", "Transcript"]

_PAGE_OVERLAP: Final = 2
"""Rows of a page that the next one repeats, or that say how much is below."""
_SCREENS_WISHED: Final = 4
"""So far up somebody goes at once, when older lines come that were gone up to."""


class Transcript:
    """The lines of one room.

    Attributes:
        own: the person's own messages on their way.
    """

    def __init__(self, local: Callable[[int], LocalTime], look: Look, limit: int = 50_000) -> None:
        """Show lines; ``local`` tells what a time (ms) is here.

        At most ``limit`` events and notes are held, and what is fetched beyond that until the end
        is shown again.
        """
        self._contents = Contents(local, look, limit)
        self._held, self._extent = self._contents.held, self._contents.extent
        self._unread, self._blocks = self._contents.unread, self._contents.blocks
        self.own = OwnLines(self._blocks)
        self._wish, self._wishes_rule = 0, False
        self._watched = False
        self._view = View(self._blocks)
        self._search = Search(self._held, self._view, self._blocks)

    @property
    def first(self) -> int:
        """The lowest number held, 0 if none is."""
        return self._extent.first

    @property
    def last(self) -> int:
        """The highest number held, 0 if none is."""
        return self._extent.last

    @property
    def look(self) -> Look:
        """How the lines look."""
        return self._blocks.look

    def restyle(self, look: Look) -> None:
        """Show everything in another look; the person may also have another name or id."""
        self._blocks.restyle(look)

    # ---- what happens

    def append(self, events: Sequence[AnyEvent]) -> list[Spoke]:
        """Take the room's next events; those up to :attr:`last` are passed over.

        Where numbers are missing, a line says so.

        Returns:
            What others said, be it read at once or not.
        """
        spoke: list[Spoke] = []
        is_seen = self._watched and self.at_end
        for event in events:
            if event.number <= self.last:
                continue
            if said := self._contents.append(event, is_seen=is_seen):
                spoke.append(said)
        self._drop_oldest()
        self._see()
        return spoke

    def prepend(self, events: Sequence[AnyEvent], oldest_kept: int) -> None:
        """Take a page of events before :attr:`first`; what is on the screen stays there.

        ``oldest_kept`` is the lowest number that the broker keeps. A page without news says that
        there is nothing older.
        """
        most = None if self._looks_back else self._extent.room_for(self._held.weight)
        older = self._extent.take_older(events, oldest_kept, most)
        wish, self._wish = self._wish, 0
        if not older:
            return
        self._view.hold(self._contents.base, lambda: self._put_before(older))
        self._extent.allow(self._held.weight)
        if self._wishes_rule:
            self._view.go_to(None)  # else it would stay at the top, with nothing above it
            self.to_first_unread()
        elif wish:
            self.line_up(wish)
        self._see()

    def append_below(self, events: Sequence[AnyEvent]) -> None:
        """Take the next events as :meth:`append` does, and stay where the screen is."""
        top = self._view.first()
        self.append(events)
        self._view.go_to(top)

    def change(self, event: Edited | Deleted) -> None:
        """Show a message as it is now, if it is held."""
        self._contents.change(event)

    def note(self, at: int, text: str, kind: NoteKind = NoteKind.INFO) -> None:
        """Add a local line, or several."""
        self._contents.note(at, text, kind)
        self._drop_oldest()

    def gone(self, count: int, at: int) -> None:
        """The next ``count`` messages are no longer kept."""
        self._extent.skip(count)
        self._contents.gap(Phrase.GONE, count, at)

    def forget_numbers(self, at: int) -> None:
        """The broker has another journal: numbers start afresh, and what is held stays."""
        self._contents.renumber(at)
        self._drop_oldest()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to be shown."""
        return not self._held.weight and not self.own

    # ---- unread

    @property
    def unread(self) -> int:
        """How many messages of others are not read."""
        return self._unread.messages

    @property
    def has_more_unread(self) -> bool:
        """Whether more is unread than could be counted so far."""
        return self.unread > 0 and self._extent.misses_after(self._unread.read)

    @property
    def mentions(self) -> int:
        """How many of the unread messages call the person."""
        return self._unread.mentions

    @property
    def read(self) -> int:
        """The highest number that is read."""
        return self._unread.read

    @property
    def watched(self) -> bool:
        """Whether the room is shown in a terminal that has the focus.

        While it is, all that is visible at the end is read, and what arrives there gets no rule.
        The rule stays where it is for as long as the person looks at it.
        """
        return self._watched

    @watched.setter
    def watched(self, watched: bool) -> None:
        if self._watched and not watched and not self.unread:
            self._unread.erase_rule()
        self._watched = watched
        self._see()

    def mark_read(self) -> None:
        """All is read, and the rule goes."""
        self._unread.read_to(self.last)
        self._unread.erase_rule()

    def start_unread_after(self, number: int) -> None:
        """What has a number above ``number``, and arrives from now on, is unread."""
        self._unread.start_after(number)

    # ---- what is shown

    def rows(self, width: int, height: int) -> list[Row]:
        """Return what is visible, from top to bottom; the last row says if more is below."""
        if width < NARROWEST or height < 1:
            return []
        self._blocks.resize(width)
        rows = self._view.show(height)
        if not self.at_end:
            rows.append(self._blocks.layout.more(self.below))
        self._see()
        return rows

    @property
    def at_end(self) -> bool:
        """Whether the last line is visible."""
        return self._view.top is None

    @property
    def below(self) -> int:
        """How many messages and notes, seen in part or not at all, are below; 0 at the end."""
        below = self._held.lines_from(self._view.bottom[0]) + len(self.own)
        return 0 if self.at_end else max(1, below)

    @property
    def can_go_back(self) -> bool:
        """Whether the broker keeps older events that could be held."""
        may_hold_more = self._looks_back or self._extent.room_for(self._held.weight) > 0
        return self._extent.has_older and may_hold_more

    @property
    def wants_older(self) -> bool:
        """Whether less than another screenful is held above, and more could be."""
        base = self._contents.base
        above = self._view.first()[0] - base
        is_near = above < self._view.height and (above >= 0 or base == self._held.start)
        return self.can_go_back and (is_near or self._wishes_rule)

    @property
    def wants_newer(self) -> bool:
        """Whether less than another screenful is held below."""
        return self.at_end or self._held.stop - self._view.bottom[0] < self._view.height

    def page_up(self) -> None:
        """Go up by nearly a screenful."""
        self.line_up(max(1, self._view.height - _PAGE_OVERLAP))

    def page_down(self) -> None:
        """Go down by nearly a screenful."""
        self.line_down(max(1, self._view.height - _PAGE_OVERLAP))

    def line_up(self, count: int = 1) -> None:
        """Go up by ``count`` rows; those that are not held yet are gone up once they are."""
        self._wishes_rule = False
        missing = self._view.up(count)
        if missing and self._extent.has_older:
            self._wish = min(self._wish + missing, _SCREENS_WISHED * self._view.height)

    def line_down(self, count: int = 1) -> None:
        """Go down by ``count`` rows."""
        self._wish, self._wishes_rule = 0, False
        self._view.down(count)
        self._drop_oldest()
        self._see()

    def to_end(self) -> None:
        """Show the last line."""
        self._blocks.point(0)
        self._wish, self._wishes_rule = 0, False
        self._view.go_to(None)
        self._drop_oldest()
        self._see()

    def to_first_unread(self) -> bool:
        """Show the rule, and again as older unread lines come; return whether there is one."""
        is_there = self._show(self._unread.rule)
        self._wishes_rule = is_there and self._extent.misses_after(self._unread.mark)
        return is_there

    def to_mention(self, *, backward: bool) -> bool:
        """Show the next mention above or below the screen; return whether there is one."""
        if backward:
            return self._show(self._unread.call_before(self._view.first()[0]))
        return self._show(self._unread.call_from(self._view.bottom[0]))

    def point_at(self, number: int) -> bool:
        """Show message ``number``, and let it stand out; return whether it is held."""
        place = self._held.place_of(number, self._contents.base)
        self._blocks.point(number if place is not None else 0)
        return self._show(place)

    def last_said_by(self, authors: Container[str]) -> str:
        """Return the last message of ``authors`` that is near the end; empty if none is."""
        last = self._contents.last_said_by(authors)
        return last.text if last else ""

    def mark_change(self, authors: Container[str], *, is_waiting: bool) -> None:
        """Show whether a change of the last message of ``authors`` is on its way."""
        last = self._contents.last_said_by(authors) if is_waiting else None
        self._blocks.change(last.number if last else 0)

    # ---- search

    @property
    def finding(self) -> Finding | None:
        """How far the search is; None while nobody searches."""
        return self._search.finding

    def find(self, pattern: str) -> None:
        """Search for a regular expression; case counts when it has a capital letter.

        The newest match that is not below what is on the screen is shown as soon as it is found.
        A further call changes the pattern of the search.

        Raises:
            PatternError: if the pattern cannot be searched for; nothing changes then.
        """
        self._wishes_rule = False
        self._search.start(pattern)

    def find_more(self) -> bool:
        """Look through some more, for some milliseconds; return whether there is still more.

        Raises:
            PatternError: the pattern takes too long; it is searched for no further.
        """
        return self._search.more()

    def find_next(self, *, backward: bool) -> bool:
        """Show the next older match, or the next newer one; return whether there is one."""
        return self._search.next(backward=backward)

    def stop_finding(self, *, restore: bool) -> None:
        """Search no more; ``restore`` shows again what was shown before."""
        self._search.stop(restore=restore)
        self._see()

    # ---- inside

    @property
    def _looks_back(self) -> bool:
        """Whether older lines are looked at, or wished for."""
        return not self.at_end or self._wish > 0 or self._wishes_rule

    def _put_before(self, events: Sequence[AnyEvent]) -> int:
        """Hold older ``events``; return how far what another journal numbered has moved."""
        base = self._contents.base
        moved = self._contents.put_before(events)
        self._search.inserted(base, moved)
        return moved

    def _drop_oldest(self) -> None:
        """Hold no more than the limit."""
        if self._contents.drop_oldest(looks_back=self._looks_back):
            self._search.dropped()

    def _show(self, place: int | None) -> bool:
        if place is None:
            return False
        self._wish, self._wishes_rule = 0, False
        self._view.show_place(place)
        self._see()
        return True

    def _see(self) -> None:
        """What is at the end is read if the person looks at it."""
        if self._watched and self.at_end:
            self._unread.read_to(self.last)
