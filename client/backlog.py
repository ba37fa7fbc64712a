"""A room's events for a reader that may be slower than the room. Pure.

As many as fit are held. Past that only the head is remembered, and what is missing is asked for
in pages once the reader has caught up, so that memory is bounded and nothing is left out that the
broker still keeps.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from protocol.events import AnyEvent
from protocol.limits import PAGE_EVENTS, RETRY_AFTER_MS
from protocol.questions import Page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from protocol.messages import Events

UNKNOWN: Final = 0


@dataclass(frozen=True, slots=True)
class Gone:
    """Stands for ``count`` events that the broker no longer keeps."""

    count: int


@dataclass(frozen=True, slots=True)
class Renumbered:
    """The broker has another journal: numbers start afresh, and events may be missing."""


Item: TypeAlias = AnyEvent | Gone | Renumbered


class Backlog:
    """What came in a room and was not yet taken.

    Args:
        room: the room.
        start: the number of the first event to hand on.
        head: the highest number known to exist.
        limit: events held at most.
    """

    def __init__(self, room: str, start: int, head: int = 0, limit: int = PAGE_EVENTS) -> None:
        self.room = room
        self._next = start
        self._head = head
        self._limit = limit
        self._held: deque[Item] = deque()
        self._request = 0
        self._ask_again_at = 0.0

    def __len__(self) -> int:
        """Return how much can be taken now."""
        return len(self._held)

    @property
    def missing(self) -> int:
        """How many events are known of that were not held."""
        return max(0, self._head - self._next + 1) if self._next != UNKNOWN else 0

    def receive(self, events: Sequence[AnyEvent], gone: int = 0) -> None:
        """Take the link's next events, after ``gone`` numbers that are no longer kept."""
        is_behind = UNKNOWN < self._next <= self._head
        if gone and not is_behind:  # else the next page tells
            self._skip(gone)
        if events:
            if self._next == UNKNOWN:
                self._next = events[0].number
            self._head = max(self._head, events[-1].number)
            self._hold(events)

    def renumbered(self) -> None:
        """The numbers start afresh: go on with whatever comes next."""
        self._held.append(Renumbered())
        self._next = self._head = UNKNOWN
        self._request = 0

    def take(self, most: int) -> list[Item]:
        """Return what comes next, at most so much, and forget it."""
        return [self._held.popleft() for _ in range(min(most, len(self._held)))]

    def ask(self, now: float) -> Page | None:
        """Return the question to ask now, or None; then say by :meth:`asked` that it was."""
        room_for = self._limit - len(self._held)
        if not self._wants_page or now < self._ask_again_at or room_for * 2 < self._limit:
            return None
        last = min(self._head, self._next + min(room_for, PAGE_EVENTS) - 1)
        return Page(self.room, self._next, last)

    def asked(self, request: int) -> None:
        """The question was asked as ``request``; nothing else is until that is settled."""
        self._request = request

    def is_asked(self, request: int) -> bool:
        """Return whether ``request`` is ours, and still means something."""
        return request == self._request

    def answered(self, page: Events) -> None:
        """The answer to our question."""
        self._request = 0
        before = self._next
        if page.oldest > self._next:
            self._skip(min(page.oldest, self._head + 1) - self._next)
        self._hold(page.events)
        if self._next == before:  # the broker has less than it said; do not ask in a circle
            self._head = before - 1

    def refused(self, fields: Mapping[str, int | str], now: float) -> None:
        """Our question was refused: it is asked again, a little later."""
        self._request = 0
        self._ask_again_at = now + int(fields.get("retry_after", RETRY_AFTER_MS)) / 1000

    def next_deadline(self) -> float | None:
        """Return when a refused question is to be asked again, or None."""
        return self._ask_again_at if self._ask_again_at and self._wants_page else None

    @property
    def _wants_page(self) -> bool:
        return not self._request and UNKNOWN < self._next <= self._head

    def _skip(self, gone: int) -> None:
        self._held.append(Gone(gone))
        if self._next != UNKNOWN:
            self._next += gone

    def _hold(self, events: Sequence[AnyEvent]) -> None:
        fresh = [event for event in events if event.number >= self._next]
        if fresh and fresh[0].number == self._next:
            fresh = fresh[: max(0, self._limit - len(self._held))]
            self._held.extend(fresh)
            self._next += len(fresh)
