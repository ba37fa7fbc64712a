"""One room's numbered events as they must be delivered: in order, each once, without a hole.

A batch that fits is delivered at once. An old one is dropped. One that lies beyond a hole is held
(one page of it) while the hole is asked for in pages; past that only the head is remembered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from protocol.limits import PAGE_EVENTS
from protocol.questions import Page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from protocol.events import AnyEvent

ANSWER_WITHIN_S: Final = 5.0
"""A page not answered by then is asked for again."""


class Delivery(NamedTuple):
    """Events to deliver in order, after ``gone`` numbers that the broker no longer keeps."""

    events: Sequence[AnyEvent]
    gone: int = 0


NOTHING: Final = Delivery(())


class RoomFeed:
    """The delivery of one room from number ``start`` on.

    What was published before broadcasts could be heard is caught up with, and is no loss. A loss is
    what is missing although the broadcast had been heard, or a heartbeat had found nothing missing.

    Attributes:
        next: the number to deliver next.
        head: the highest number known to exist.
        holes: how often something was lost.
        repaired: how many events that were lost came by asking for them.
    """

    def __init__(self, room: str, start: int) -> None:
        self.room = room
        self.next = start
        self.head = start - 1
        self.holes = 0
        self.repaired = 0
        self._start = start
        self._held: list[AnyEvent] = []
        self._ask_at: float | None = None
        self._catches_up = True
        self._is_heard = False
        self._lost_until = 0

    @property
    def ask_at(self) -> float | None:
        """When the next page is to be asked for, or asked for again; None without a hole."""
        return self._ask_at

    def saw_head(self, head: int, ask_at: float) -> None:
        """The room is known to reach ``head``; what is missing by ``ask_at`` is asked for."""
        self.head = max(self.head, head)
        self._look_for_hole(ask_at)

    def heard(self) -> None:
        """Broadcasts are heard by now: what is missing once nothing is missing is lost."""
        self._is_heard = True
        self._look_whether_caught_up()

    def catch_up(self, ask_at: float) -> None:
        """The connection is a new one: ask for what was published meanwhile, which is no loss."""
        self._catches_up, self._is_heard = True, False
        self.ask_again(ask_at)

    @property
    def is_open(self) -> bool:
        """Whether something that was lost has not come yet."""
        return self.next <= self._lost_until

    def start_at(self, start: int) -> bool:
        """Begin at ``start``, if nothing was delivered yet; return whether that is news."""
        is_news = start < self.next == self._start
        if is_news:
            self.next = self._start = start
            self._ask_at = None
        return is_news

    def skip(self, number: int, ask_at: float) -> None:
        """Go on at ``number``: what is missing below it is not for us."""
        if number > self.next:
            self.next = number
            self._held = []
            self.ask_again(ask_at)

    def receive(self, events: Sequence[AnyEvent], ask_at: float) -> Delivery:
        """Take consecutive events from the broadcast; return what can be delivered."""
        if not events:
            return NOTHING
        self._is_heard = True
        first, last = events[0].number, events[-1].number
        self.head = max(self.head, last)
        if last < self.next:
            return NOTHING
        if first > self.next:
            self._hold(events)
            self._look_for_hole(ask_at)
            return NOTHING
        fresh = events[self.next - first :] if first < self.next else events
        self.next = last + 1
        delivery = Delivery(self._with_held(fresh))
        self._look_for_hole(ask_at)
        return delivery

    def ask(self, now: float) -> Page | None:
        """Return the question to ask now, or None when no page is due."""
        if self._ask_at is None or self._ask_at > now:
            return None
        self._ask_at = now + ANSWER_WITHIN_S
        last = self._held[0].number - 1 if self._held else 0
        if not self._catches_up:
            self.holes += not self.is_open
            self._lost_until = max(self._lost_until, last or self.head)
        return Page(self.room, self.next, last)

    def ask_again(self, ask_at: float) -> None:
        """The question or its answer was lost: ask at ``ask_at``, if anything is missing."""
        self._ask_at = None
        self._look_for_hole(ask_at)

    def page(self, events: Sequence[AnyEvent], oldest: int, head: int, ask_at: float) -> Delivery:
        """Take the answer; return what can be delivered. A further page is due at ``ask_at``."""
        self._ask_at = None
        self.head = max(self.head, head)
        gone = max(0, min(oldest, self.head + 1) - self.next)
        self.next += gone
        fresh = [event for event in events if event.number >= self.next]
        if fresh and fresh[0].number == self.next:
            self.next = fresh[-1].number + 1
            self.repaired += sum(event.number <= self._lost_until for event in fresh)
        else:
            fresh = []
        if not fresh and not gone:  # the broker has less than it said; do not ask in a circle
            ask_at += ANSWER_WITHIN_S
        delivery = Delivery(self._with_held(fresh), gone)
        self._look_for_hole(ask_at)
        return delivery

    def _hold(self, events: Sequence[AnyEvent]) -> None:
        if not self._held:
            self._held.extend(events[:PAGE_EVENTS])
        elif events[0].number == self._held[-1].number + 1:
            self._held.extend(events[: PAGE_EVENTS - len(self._held)])

    def _with_held(self, fresh: Sequence[AnyEvent]) -> Sequence[AnyEvent]:
        """Return ``fresh`` and what of the held events now follows it."""
        if not self._held or self._held[0].number > self.next:
            return fresh
        held = [event for event in self._held if event.number >= self.next]
        self._held = []
        if held:
            self.next = held[-1].number + 1
        return [*fresh, *held]

    def _look_whether_caught_up(self) -> None:
        if self._is_heard and self.head < self.next:
            self._catches_up = False

    def _look_for_hole(self, ask_at: float) -> None:
        if self.head < self.next:
            self._ask_at = None
            self._look_whether_caught_up()
        elif self._ask_at is None:
            self._ask_at = ask_at
