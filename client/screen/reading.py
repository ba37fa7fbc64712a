"""What the broker tells of rooms: their events, their past, and their people. Pure.

The link delivers every room in order from where it came in. What was before is fetched page by
page, and so is who is there. When this program comes back to a room after its session was over, it
fetches what it missed first, and holds newer events meanwhile.
"""

from __future__ import annotations

from bisect import bisect_right
from contextlib import suppress
from dataclasses import dataclass
from types import UnionType
from typing import TYPE_CHECKING

from client.screen.facts import learn, recall
from client.screen.history import OldEvents
from client.screen.roster import Roster
from protocol.errors import LinkError
from protocol.events import Deleted, Edited, Said
from protocol.limits import PAGE_EVENTS
from protocol.messages import Events
from protocol.questions import Page, People, Who

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.notices import Answered, QuestionRefused, RoomEntered, RoomEvents
    from client.screen.notifying import Notifier
    from client.screen.sending import Sending
    from client.screen.state import ScreenState
    from client.screen.tabs import Tab
    from protocol.events import AnyEvent
    from protocol.messages import Welcome


@dataclass(slots=True)
class _Asked:
    """A question without an answer; ``since`` is None once its time says nothing any more."""

    tab: Tab
    question: Who | Page
    since: float | None


class Reading:
    """All rooms of the session."""

    def __init__(self, state: ScreenState, sending: Sending, notifier: Notifier) -> None:
        self._state = state
        self._sending = sending
        self._notifier = notifier
        self._asked: dict[int, _Asked] = {}
        self._again: list[tuple[float, Tab, Who | Page]] = []
        self._passed: dict[str, int] = {}

    # ---- coming and going

    def welcomed(self, welcome: Welcome, now: float) -> None:
        """The session is known to the broker, in these rooms."""
        for place in welcome.rooms:
            tab = self._state.tabs.find(place.room)
            if tab is None:
                continue
            tab.catch_up(place.head)
            if tab.renumbered:  # the link delivers what comes now, though the session stayed
                self._start(tab, place.head + 1, now, 0)

    def entered(self, notice: RoomEntered, now: float) -> None:
        """The session is in a room."""
        tab = self._state.tab(notice.room)
        if notice.entered is not None:
            tab.catch_up(notice.entered.head)
        if not tab.delivered:
            passed = self._passed.pop(notice.room, 0)
            self._start(tab, max(notice.number, passed + 1), now, notice.number - 1)

    def closed(self, room: str) -> None:
        """The room's events come no longer."""
        self._passed.pop(room, None)
        if tab := self._state.tabs.find(room):
            tab.delivered = False
            tab.head = 0
            tab.history.stop()
            self._forget(tab, Who | Page)

    def journal_changed(self, at: int) -> None:
        """All numbers start afresh."""
        self.stop()
        self._sending.journal_changed()
        self._state.own.told_at.clear()
        for tab in self._state.tabs:
            tab.transcript.forget_numbers(at)
            tab.told_at.clear()
            tab.roster = Roster(tab.room)
            tab.renumbered = tab.delivered
            tab.delivered, tab.held, tab.head = False, None, 0

    def interrupted(self) -> None:
        """The connection was lost: answers that are still to come say nothing of its speed."""
        for asked in self._asked.values():
            asked.since = None

    def stop(self) -> None:
        """The session is over, or the numbers are void: no answer comes any more."""
        self._asked.clear()
        self._again.clear()
        self._passed.clear()
        for tab in self._state.tabs:
            tab.history.stop()

    # ---- events

    def events(self, notice: RoomEvents, now: float, at: int) -> None:
        """The next events of a room."""
        tab = self._state.tabs.find(notice.room)
        if tab is None:
            if notice.events:
                self._passed[notice.room] = notice.events[-1].number
            return
        if notice.gone:
            self._gone(tab, notice.gone, now, at)
        if tab.held is not None:
            tab.held += notice.events
        elif notice.events:
            self._append(tab, notice.events, now)

    def _gone(self, tab: Tab, count: int, now: float, at: int) -> None:
        if tab.held is None:  # else the line is put in once all that came before is there
            tab.transcript.gone(count, at)
        tab.head = 0
        self._sending.events_gone(tab)
        tab.roster.forget()
        self._ask_people(tab, now)

    def _append(self, tab: Tab, events: Sequence[AnyEvent], now: float) -> None:
        if learn(tab, events, self._state.own):
            self._state.restyle()
        tab.roster.apply(events)
        old = bisect_right(events, tab.read_until(self._state.own.journal), key=_number)
        tab.transcript.append(events[:old])
        spoke = tab.transcript.append(events[old:])
        own = self._state.own.ids
        for event in events:
            if isinstance(event, Said) and event.author in own:
                self._sending.own_event(tab, event)
            elif isinstance(event, Edited | Deleted) and tab.excerpt:
                tab.excerpt.transcript.change(event)
        if spoke and tab.private:
            self._state.last_talk = tab.room
        for spoken in spoke:
            self._notifier.spoken(tab, spoken, now)

    # ---- the past

    def fetch_older(self, tab: Tab, now: float) -> None:
        """Ask for the page before what is held, if there is one and it is wanted."""
        is_elsewhere = not tab.delivered or tab.held is not None or tab.excerpt is not None
        if is_elsewhere or not tab.transcript.wants_older:
            return
        last = tab.transcript.first - 1
        self._ask(tab, tab.history.fetch(last - self._state.settings.page + 1, last), now)

    def _start(self, tab: Tab, number: int, now: float, read: int) -> None:
        """The room's events are delivered from ``number`` on: fetch what was before, and who.

        What is not above ``read`` was read.
        """
        read = 0 if tab.renumbered else read
        tab.delivered, tab.renumbered = True, False
        tab.roster.forget()
        self._ask_people(tab, now)
        last = tab.transcript.last
        if not last:
            self._begin(tab, number, read, now)
        elif last < number - 1:
            tab.held = []
            first = max(last + 1, number - self._state.settings.messages_held)
            self._ask(tab, tab.history.fetch(first, number - 1), now)

    def _begin(self, tab: Tab, number: int, read: int, now: float) -> None:
        """Nothing is held of the room: fetch the last page, and what was not read if it is near.

        What is not above ``read`` was read, unless an earlier run knows better.
        """
        page, mark = self._state.settings.page, tab.mark
        is_known = mark.journal == self._state.own.journal and mark.number < number
        read = mark.number if is_known else read
        tab.transcript.start_unread_after(read)
        first = max(min(number, read) - page, number - PAGE_EVENTS)
        self._ask(tab, tab.history.fetch(first, number - 1), now)

    def _past(self, tab: Tab, page: Events, now: float) -> None:
        fetched = tab.history.answered(page)
        if isinstance(fetched, OldEvents):
            self._take_past(tab, fetched, now)
        else:
            self._ask(tab, fetched, now)

    def _take_past(self, tab: Tab, fetched: OldEvents, now: float) -> None:
        if not fetched.events:
            tab.head = 0  # what was missed is gone
        if tab.held is None:
            recall(tab, fetched.events, self._state.own)
            tab.roster.spoke_before(fetched.events)
            tab.transcript.prepend(fetched.events, fetched.oldest)
            return
        held, tab.held = tab.held, None
        events, last = fetched.events + held, tab.transcript.last
        if events and last + 1 < fetched.oldest <= events[0].number:
            tab.transcript.gone(fetched.oldest - last - 1, events[0].at)
        self._append(tab, events, now)

    # ---- questions

    def answered(self, notice: Answered, now: float) -> None:
        """An answer came."""
        asked = self._asked.pop(notice.request, None)
        if asked is None:
            return
        if asked.since is not None:
            self._state.own.round_trip = now - asked.since
        if isinstance(notice.answer, People):
            asked.tab.roster.answered(notice.answer)
            if not asked.tab.roster.complete:
                self._ask_people(asked.tab, now)
        elif isinstance(notice.answer, Events):
            self._past(asked.tab, notice.answer, now)

    def refused(self, notice: QuestionRefused, now: float) -> None:
        """A question was refused: ask again when the broker says so, else do without."""
        asked = self._asked.pop(notice.request, None)
        if asked is None:
            return
        if retry_after := int(notice.fields.get("retry_after", 0)):
            self._again.append((now + retry_after / 1000, asked.tab, asked.question))
        elif isinstance(asked.question, Page):
            self._take_past(asked.tab, OldEvents([], asked.tab.transcript.first), now)
            asked.tab.history.stop()
        else:
            asked.tab.roster.refused()

    def tick(self, now: float) -> None:
        """Ask again what was refused for a while."""
        due = [again for again in self._again if again[0] <= now]
        self._again = [again for again in self._again if again[0] > now]
        for _, tab, question in due:
            self._ask(tab, question, now)

    def next_deadline(self) -> float | None:
        """Return when :meth:`tick` has something to do, or None."""
        return min((when for when, _, _ in self._again), default=None)

    def _ask_people(self, tab: Tab, now: float) -> None:
        self._forget(tab, Who)
        self._ask(tab, tab.roster.question(self._state.own.roster), now)

    def _forget(self, tab: Tab, kind: type[Who] | UnionType) -> None:
        """What was asked about a room means nothing any more."""
        self._asked = {
            request: asked
            for request, asked in self._asked.items()
            if asked.tab is not tab or not isinstance(asked.question, kind)
        }
        self._again = [
            again for again in self._again if again[1] is not tab or not isinstance(again[2], kind)
        ]

    def _ask(self, tab: Tab, question: Who | Page | None, now: float) -> None:
        if question is None:
            return
        with suppress(LinkError):  # the session may have ended in this very turn
            request = self._state.link.ask(self._state.own.session, question)
            since = now if self._state.is_connected else None
            self._asked[request] = _Asked(tab, question, since)


def _number(event: AnyEvent) -> int:
    return event.number
