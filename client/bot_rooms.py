"""The rooms of a bot, read at the bot's own pace. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from client.backlog import UNKNOWN, Backlog, Gone, Renumbered
from protocol.events import Event, Unknown
from protocol.limits import RECENT_MESSAGES
from protocol.messages import Page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from protocol.events import AnyEvent
    from protocol.messages import Events, RoomHead

Happening: TypeAlias = Event | Gone | Renumbered
"""What a bot is told of a room."""


class BotRooms:
    """What came in each room and was not yet taken.

    Args:
        held: events held of each room.
    """

    def __init__(self, held: int) -> None:
        self._held = held
        self._backlogs: dict[str, Backlog] = {}
        self._recent: dict[str, Sequence[AnyEvent]] = {}
        self._heads: dict[str, int] = {}

    def __contains__(self, room: str) -> bool:
        """Return whether the bot reads the room."""
        return room in self._backlogs

    def recent(self, room: str) -> Sequence[AnyEvent]:
        """Return what happened in the room right before it is read."""
        return self._recent.get(room, ())

    # ---- coming in

    def found(self, rooms: Iterable[RoomHead]) -> None:
        """The session was in these rooms before this run, which crashed; not yet read."""
        self._heads = {room.room: room.head for room in rooms}

    def entered(self, room: str, number: int, recent: Sequence[AnyEvent]) -> None:
        """The session is in the room."""
        if room not in self._backlogs and room not in self._heads:
            self._backlogs[room] = Backlog(room, number, limit=self._held)
            self._recent[room] = recent

    def last_page(self, room: str) -> Page | None:
        """Return the question for what happened last in a room that was found, else None."""
        head = self._heads.get(room)
        return None if head is None else Page(room, max(1, head - RECENT_MESSAGES + 1), head)

    def resume(self, room: str, recent: Sequence[AnyEvent]) -> None:
        """Read a room that was found, from now on."""
        head = self._heads.pop(room, None)
        if head is not None:
            start = head + 1 if head else UNKNOWN
            self._backlogs[room] = Backlog(room, start, head, self._held)
            self._recent[room] = recent

    # ---- what happens

    def receive(self, room: str, events: Sequence[AnyEvent], gone: int) -> None:
        """Take a delivery of the link."""
        if room in self._backlogs:
            self._backlogs[room].receive(events, gone)
        elif room in self._heads and events:
            self._heads[room] = max(self._heads[room], events[-1].number)

    def renumbered(self) -> None:
        """The broker has another journal."""
        self._heads = dict.fromkeys(self._heads, UNKNOWN)
        for backlog in self._backlogs.values():
            backlog.renumbered()

    def take(self) -> Iterator[tuple[str, Happening]]:
        """Yield the next of each room, if there is one; those of a later Hubbub are left out."""
        for room, backlog in list(self._backlogs.items()):
            while len(backlog):
                (item,) = backlog.take(1)
                if not isinstance(item, Unknown):
                    yield room, item
                    break

    # ---- what did not fit

    def pages(self, now: float) -> Iterator[tuple[Backlog, Page]]:
        """Yield the questions to ask now."""
        for backlog in self._backlogs.values():
            if page := backlog.ask(now):
                yield backlog, page

    def answered(self, request: int, page: Events) -> None:
        """The answer to one of those questions, or to another one."""
        for backlog in self._backlogs.values():
            if backlog.is_asked(request):
                backlog.answered(page)

    def question_refused(self, request: int, fields: Mapping[str, int | str], now: float) -> None:
        """One of those questions was refused, or another one."""
        for backlog in self._backlogs.values():
            if backlog.is_asked(request):
                backlog.refused(fields, now)
