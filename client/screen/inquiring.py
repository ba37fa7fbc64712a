"""What the person asks the broker by a command, and the pages that show the answers. Pure."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec.structs import replace

from client.screen.answer_pages import AnswerPages
from client.screen.excerpt import Excerpt
from client.screen.transcript import NoteKind
from protocol import times
from protocol.errors import Code, LinkError
from protocol.messages import Events
from protocol.phrases import Phrase
from protocol.questions import (
    BanList,
    Described,
    Found,
    Happened,
    Page,
    Recent,
    RoomList,
    Rooms,
    Search,
    Since,
)
from protocol.slash import CommandError

if TYPE_CHECKING:
    from client.notices import Answered, QuestionRefused
    from client.screen.dialogs import Dialogs
    from client.screen.membership import Membership
    from client.screen.sending import Sending
    from client.screen.state import ScreenState
    from client.screen.tabs import Tab
    from protocol.intents import FindMessages, ShowHistory
    from protocol.questions import Hit, Question, RoomLine


@dataclass(slots=True)
class _Asked:
    """A question without an answer, what was answered so far, and the part of a room it is for.

    ``since`` is None while its time says nothing of the broker.
    """

    question: Question
    since: float | None = None
    excerpt: Excerpt | None = None
    rooms: list[RoomLine] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)

    @property
    def is_by_number(self) -> bool:
        """Whether it goes on from a place that the journal numbers."""
        match self.question:
            case Page():
                return True
            case Search(older=older):
                return older > 0
            case _:
                return False


class Inquiries:
    """Questions of the person."""

    def __init__(
        self, state: ScreenState, dialogs: Dialogs, membership: Membership, sending: Sending
    ) -> None:
        self._state = state
        self._sending = sending
        self._membership = membership
        self._pages = AnswerPages(state, dialogs, self)
        self._asked: dict[int, _Asked] = {}
        self._again: list[tuple[float, _Asked]] = []

    # ---- from the person

    def ask(self, question: Question) -> None:
        """Ask a question; a page shows the answer."""
        if not self._state.is_connected:
            self._state.note(self._state.at, self._state.say(Phrase.ASKED_LATER))
        self._ask(_Asked(question))

    def search(self, wanted: FindMessages) -> None:
        """Search on the broker.

        Raises:
            CommandError: a time makes no sense.
        """
        after, before = (
            self._time(typed) if typed else 0 for typed in (wanted.after, wanted.before)
        )
        self.ask(Search(wanted.words, wanted.room, wanted.author, after, before))

    def search_on(self, found: Search, hits: list[Hit], older: int) -> None:
        """Search for what is older than all ``hits`` so far."""
        self._ask(_Asked(replace(found, older=older), hits=hits))

    def history(self, room: str, wanted: ShowHistory) -> None:
        """Ask for what was said in a room.

        Raises:
            CommandError: a time makes no sense.
        """
        if wanted.since:
            self.ask(Since(room, self._time(wanted.since)))
        else:
            self.ask(Recent(room, wanted.count))

    def history_on(self, room: str, last: int) -> None:
        """Ask for what came after number ``last`` in a room."""
        self._ask(_Asked(Page(room, last + 1)))

    def enter(self, room: str, now: float) -> None:
        """Enter a room that was listed."""
        self._membership.join(room, now)

    def jump(self, room: str, number: int) -> None:
        """Show the place of a message; what is around it is fetched unless it is held."""
        tab = self._state.tabs.find(room)
        if tab is not None:
            self._membership.show(tab)
            if tab.transcript.point_at(number):
                tab.excerpt = None
                return
        if tab is None or tab.is_closed:
            sentence = self._state.refusal(Code.NOT_IN_ROOM, {"room": room})
            self._state.note(self._state.at, sentence, NoteKind.ERROR)
            return
        lines = self._state.new_transcript()
        tab.excerpt = Excerpt(room, number, lines, self._state.settings.page)
        self.fetch(tab)

    def fetch(self, tab: Tab) -> None:
        """Ask for more of the older part that is shown, where somebody goes near its ends."""
        if tab.excerpt is None:
            return
        newest = tab.transcript.last
        if tab.excerpt.is_over(newest):
            tab.excerpt = None
        elif question := tab.excerpt.question(newest):
            self._ask(_Asked(question, excerpt=tab.excerpt))

    def waits_since(self) -> float | None:
        """Return since when the oldest question has had no answer; None if none is awaited."""
        times = (asked.since for asked in self._asked.values())
        return min((since for since in times if since is not None), default=None)

    # ---- from the broker

    def answered(self, notice: Answered) -> bool:
        """An answer came; return whether it was asked for here."""
        asked = self._asked.pop(notice.request, None)
        if asked is None:
            return False
        match asked.question, notice.answer:
            case Page(room), Events() as page if asked.excerpt:
                self._older_part(room, asked.excerpt, page)
            case Rooms(), RoomList() as page:
                self._rooms(asked, page)
            case Search() as search, Found() as found:
                ignored = self._state.own.ignored
                heard = (hit for hit in found.hits if hit.event.author not in ignored)
                hits = [*asked.hits, *heard]
                self._pages.found(search, hits, found, len(asked.hits))
            case Recent(room), Happened(events=events):
                self._pages.history(room, events)
            case Since(room) | Page(room), Events(events=events, head=head):
                self._pages.history(room, events, head)
            case _, Described() | BanList() | Happened() as answer:
                self._pages.lines(answer)
            case _:
                pass
        return True

    def refused(self, notice: QuestionRefused, now: float, at: int) -> bool:
        """A question was refused; return whether it was asked here."""
        asked = self._asked.pop(notice.request, None)
        if asked is None:
            return False
        # Searching may be off for good: the person is told, rather than left waiting.
        retry_after = int(notice.fields.get("retry_after", 0))
        if retry_after and notice.code != Code.SEARCH_UNAVAILABLE:
            self._again.append((now + retry_after / 1000, asked))
        elif not asked.excerpt or not self._keep_part(asked.excerpt):
            sentence = self._state.refusal(notice.code, notice.fields)
            self._state.note(at, sentence, NoteKind.ERROR)
        return True

    def interrupted(self) -> None:
        """The connection was lost: nothing that waits says how quick the broker is."""
        for asked in self._asked.values():
            asked.since = None

    def renumbered(self) -> None:
        """The numbers are void: the answers to what was asked by number say nothing any more."""
        self._asked = {r: asked for r, asked in self._asked.items() if not asked.is_by_number}
        self._again = [again for again in self._again if not again[1].is_by_number]
        self._close_excerpts()

    def over(self) -> None:
        """The session is over: what has no answer yet is asked again in the next one."""
        unanswered = [asked for asked in self._asked.values() if not asked.excerpt]
        self._again += [(self._state.now, asked) for asked in unanswered]
        self._asked.clear()
        self._close_excerpts()

    def _close_excerpts(self) -> None:
        self._again = [again for again in self._again if not again[1].excerpt]
        for tab in self._state.tabs:
            tab.excerpt = None

    def tick(self, now: float) -> None:
        """Ask what was refused for a while, had no answer when the session ended, or waited."""
        if not self._state.own.session:
            return
        again, self._again = self._again, []
        for when, asked in again:
            if when <= now:
                self._ask(asked)
            else:
                self._again.append((when, asked))

    def next_deadline(self) -> float | None:
        """Return when :meth:`tick` has something to do, or None."""
        if not self._state.own.session:
            return None
        times = (when for when, asked in self._again if not self._comes_too_early(asked))
        return min(times, default=None)

    # ---- helpers

    def _older_part(self, room: str, excerpt: Excerpt, page: Events) -> None:
        """Take a page around a message; say so if the message itself is no longer kept."""
        tab = self._state.tabs.find(room)
        is_there = excerpt.answered(page)
        if tab is None or tab.excerpt is not excerpt:
            return
        if not is_there:
            tab.excerpt = None
        if page.oldest > excerpt.number:
            self._state.show_briefly(self._state.say(Phrase.FLASH_PLACE_GONE), self._state.now)

    def _keep_part(self, excerpt: Excerpt) -> bool:
        """More of an older part was refused; return whether what there is goes on being shown."""
        excerpt.refused()
        if excerpt.transcript.last:
            return True
        for tab in self._state.tabs:
            if tab.excerpt is excerpt:
                tab.excerpt = None
        return False

    def _rooms(self, asked: _Asked, page: RoomList) -> None:
        """Take a page of the list of rooms, and ask for the next one."""
        asked.rooms += page.rooms
        if page.rooms and len(asked.rooms) < page.total:
            asked.question = Rooms(page.rooms[-1].room)
            self._ask(asked)
        else:
            self._state.known_rooms = [line.room for line in asked.rooms]
            self._pages.rooms(asked.rooms)

    def _time(self, typed: str) -> int:
        at = times.time(typed, self._state.at, self._state.offset_at)
        if at is None:
            raise CommandError(Phrase.BAD_TIME, time=typed)
        return at

    def _comes_too_early(self, asked: _Asked) -> bool:
        """Return whether it is about a room that is being entered: questions overtake that."""
        room = getattr(asked.question, "room", "")
        tab = self._state.tabs.find(room)
        return self._sending.enters(room) and not (tab and tab.delivered)

    def _ask(self, asked: _Asked) -> None:
        if self._comes_too_early(asked):
            self._again.append((self._state.now, asked))
            return
        with suppress(LinkError):  # the session may have ended in this very turn
            asked.since = self._state.now if self._state.is_connected else None
            request = self._state.link.ask(self._state.own.session, asked.question)
            self._asked[request] = asked
