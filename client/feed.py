"""One room's numbered events as they must be delivered: in order, each once, without a hole.

A batch that fits is delivered at once. An old one is dropped. One that lies beyond a hole is held
(one page of it) while the hole is asked for in pages; past that only the head is remembered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from protocol.limits import PAGE_EVENTS
from protocol.messages import Page

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

    Attributes:
        next: the number to deliver next.
        head: the highest number known to exist.
        repaired: how many events came by asking for them.
    """

    def __init__(self, room: str, start: int) -> None:
        self.room = room
        self.next = start
        self.head = start - 1
        self.repaired = 0
        self._held: list[AnyEvent] = []
        self._ask_at: float | None = None

    @property
    def ask_at(self) -> float | None:
        """When the next page is to be asked for, or asked for again; None without a hole."""
        return self._ask_at

    def saw_head(self, head: int, ask_at: float) -> None:
        """The room is known to reach ``head``; what is missing by ``ask_at`` is asked for."""
        self.head = max(self.head, head)
        self._look_for_hole(ask_at)

    def receive(self, events: Sequence[AnyEvent], ask_at: float) -> Delivery:
        """Take consecutive events from the broadcast; return what can be delivered."""
        if not events:
            return NOTHING
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
        return Page(self.room, self.next, self._held[0].number - 1 if self._held else 0)

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
            self.repaired += len(fresh)
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

    def _look_for_hole(self, ask_at: float) -> None:
        if self.head < self.next:
            self._ask_at = None
        elif self._ask_at is None:
            self._ask_at = ask_at
