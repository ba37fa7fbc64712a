"""A room as the people of one door see it: each event is rendered once and shared. Pure."""

from __future__ import annotations

from collections import deque
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from protocol.events import Left, Reason, Renamed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gateway.person import Person
    from protocol.events import AnyEvent
    from protocol.rendering import Renderer

RECENT_EVENTS: Final = 10_000
"""Kept for people whose answer to ``join`` comes after the events that follow it."""


class RoomView:
    """Turns the room's events into bytes for each member."""

    def __init__(self, renderer: Renderer) -> None:
        self.members: dict[int, Person] = {}
        self._renderer = renderer
        self._recent: deque[AnyEvent] = deque(maxlen=RECENT_EVENTS)

    def enter(self, person: Person) -> bytes:
        """Let a person see the room from ``person.start`` on; return what came since then."""
        self.members[person.key] = person
        since = list(takewhile(lambda event: event.number >= person.start, reversed(self._recent)))
        person.unseen -= sum(event.author == person.id for event in since)
        return self._lines(since[::-1], person.id)

    def leave(self, person: Person) -> None:
        """The person sees the room no longer."""
        self.members.pop(person.key, None)

    def forget_events(self) -> None:
        """The room's numbers start afresh, and so does what its members see of it."""
        self._recent.clear()
        for person in self.members.values():
            person.start = 0

    def deliver(
        self, events: Sequence[AnyEvent], person_of: Callable[[str], Person | None]
    ) -> Iterator[tuple[Person, bytes]]:
        """Yield what each member reads of the room's next events.

        Args:
            events: consecutive, after those of the last call.
            person_of: returns the person of this door behind a session's public id.
        """
        self._recent.extend(events)
        shared = self._lines(events, "")
        apart = self._who_sees_otherwise(events, person_of)
        for person in list(self.members.values()):
            if person.key in apart:
                yield person, self._lines(_seen_by(person, events), apart[person.key])
            elif shared:
                yield person, shared

    def _who_sees_otherwise(
        self, events: Sequence[AnyEvent], person_of: Callable[[str], Person | None]
    ) -> dict[int, str]:
        """Return the members for whom the shared lines are wrong, with their public ids.

        They are the authors of acts that read differently to oneself, and those whose view
        starts within these events.
        """
        apart = {
            person.key: "" for person in self.members.values() if person.start > events[0].number
        }
        for event in events:
            person = person_of(event.author)
            if person is None:
                continue
            if isinstance(event, Left | Renamed):
                apart[person.key] = event.author
            if person.key in self.members and event.number >= person.start:
                person.unseen -= 1
        return apart

    def _lines(self, events: Sequence[AnyEvent], author: str) -> bytes:
        lines = [
            self._renderer.to_author(event)
            if author and event.author == author
            else self._renderer.to_others(event)
            for event in events
        ]
        return "".join([f"{line}\n" for line in lines if line is not None]).encode()


def _seen_by(person: Person, events: Sequence[AnyEvent]) -> list[AnyEvent]:
    """Return the events from the person's coming to their going."""
    seen: list[AnyEvent] = []
    for event in events:
        if event.number >= person.start:
            seen.append(event)
            # Who was lost and is still here enters again, and is to miss nothing in between.
            is_end = isinstance(event, Left) and event.reason != Reason.LOST
            if is_end and event.author == person.id:
                break
    return seen
