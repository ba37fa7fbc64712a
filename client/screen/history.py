"""Older pages of one room, asked for one at a time and put together when an answer is cut. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from protocol.questions import Page

if TYPE_CHECKING:
    from protocol.events import AnyEvent
    from protocol.messages import Events


class OldEvents(NamedTuple):
    """Consecutive events up to those that were asked for; ``oldest`` is the lowest number kept."""

    events: list[AnyEvent]
    oldest: int


class History:
    """What is being fetched of a room's past; at most one page at a time."""

    def __init__(self, room: str) -> None:
        self._room = room
        self._last = 0
        self._events: list[AnyEvent] = []

    @property
    def is_fetching(self) -> bool:
        """Whether an answer is outstanding."""
        return bool(self._last)

    def fetch(self, first: int, last: int) -> Page | None:
        """Return the question for the events from ``first`` to ``last``; None if there are none."""
        if self._last or last < 1:
            return None
        self._last = last
        return Page(self._room, max(1, first), last)

    def answered(self, page: Events) -> OldEvents | Page:
        """Take the answer; return all that was fetched, or what is still to be asked for."""
        fresh = [event for event in page.events if event.number <= self._last]
        self._events += fresh
        if fresh and fresh[-1].number < self._last:
            return Page(self._room, fresh[-1].number + 1, self._last)
        fetched = OldEvents(self._events, page.oldest)
        self.stop()
        return fetched

    def stop(self) -> None:
        """No answer comes any more."""
        self._last = 0
        self._events = []
