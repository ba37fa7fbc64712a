"""The rooms of a bot, read at the bot's own pace. Pure."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from client.backlog import UNKNOWN, Backlog, Gone, Renumbered
from client.notices import OF_THE_SESSION
from protocol.events import Event, SubjectSet, Unknown
from protocol.limits import RECENT_MESSAGES
from protocol.questions import Kind, Page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from client.notices import InvitedTo, RoomEntered, RoomLeft
    from protocol.events import AnyEvent
    from protocol.messages import Events, RoomHead

_NEWS_HELD: Final = 16
"""Times ``held``: what is kept of rooms that the bot is out of, and invitations. A stranger may
cause both, and not every bot looks at what happens."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """``by``, called ``name``, invited the bot into the room."""

    by: str
    name: str


@dataclass(frozen=True, slots=True)
class Out:
    """The bot is in the room no more; nothing else comes from there.

    Attributes:
        reason: as in ``Left``; empty when it is not known, or the room could not be entered again.
        by: the name of the operator who put the bot out.
        why: the reason that they gave.
        until: when a ban ends, in milliseconds since 1970; 0 for never, or where there is none.
        code: why the room could not be entered again after the session was lost.
        fields: what that code comes with.
    """

    reason: str
    by: str = ""
    why: str = ""
    until: int = 0
    code: str = ""
    fields: Mapping[str, int | str] = field(default_factory=dict)


Happening: TypeAlias = Event | Gone | Renumbered | Invitation | Out
"""What a bot is told of a room."""


class Room(msgspec.Struct):
    """A room that the bot is in.

    Attributes:
        name: as events come with it.
        kind: public, private, or a conversation of two.
        subject: what it is about.
        other: the other's public id, in a conversation of two.
        other_name: and their name when the bot came in.
    """

    name: str
    kind: Kind = Kind.PUBLIC
    subject: str = ""
    other: str = ""
    other_name: str = ""


class BotRooms:
    """What came in each room and was not yet taken.

    Args:
        held: events held of each room.

    Attributes:
        known: the rooms that the bot is in, by name.
        entries: how often each room was entered.
        exits: how often each was left.
    """

    def __init__(self, held: int) -> None:
        self.known: dict[str, Room] = {}
        self.entries: Counter[str] = Counter()
        self.exits: Counter[str] = Counter()
        self._held = held
        self._backlogs: dict[str, Backlog] = {}
        self._recent: dict[str, Sequence[AnyEvent]] = {}
        self._heads: dict[str, int] = {}
        self._news: deque[tuple[str, Happening]] = deque(maxlen=_NEWS_HELD * held)

    def __contains__(self, room: str) -> bool:
        """Return whether the bot reads the room."""
        return room in self._backlogs

    def recent(self, room: str) -> Sequence[AnyEvent]:
        """Return what happened in the room right before it is read."""
        return self._recent.get(room, ())

    # ---- coming and going

    def found(self, rooms: Iterable[RoomHead]) -> None:
        """The session was in these rooms before this run, which crashed.

        Private conversations are read on at once, the others when they are joined.
        """
        for room in rooms:
            self._know(room)
            if room.kind is Kind.TALK:
                self._open(room.room, room.head + 1, room.head)
            else:
                self._heads[room.room] = room.head

    def entered(self, notice: RoomEntered) -> None:
        """The session is in the room."""
        room = notice.room
        self._know(notice)
        self.entries[room] += 1
        if room not in self._backlogs and room not in self._heads:
            self._open(room, notice.number)
            self._recent[room] = notice.entered.recent if notice.entered else ()

    def left(self, notice: RoomLeft) -> None:
        """The session is in the room no more."""
        room = notice.room
        self.exits[room] += 1
        self._heads.pop(room, None)
        self._recent.pop(room, None)
        self.known.pop(room, None)
        backlog = self._backlogs.pop(room, None)
        if backlog is not None:
            items = backlog.take(len(backlog))
            self._news += ((room, item) for item in items if not isinstance(item, Unknown))
            if backlog.missing:
                self._news.append((room, Gone(backlog.missing)))
        if notice.reason in OF_THE_SESSION:
            return
        out = Out(
            notice.reason, notice.by, notice.why, notice.until, notice.code, dict(notice.fields)
        )
        self._news.append((room, out))

    def invited(self, notice: InvitedTo) -> None:
        """Somebody invited the bot into a room."""
        self._news.append((notice.room, Invitation(notice.by, notice.name)))

    def last_page(self, room: str) -> Page | None:
        """Return the question for what happened last in a room that was found, else None."""
        head = self._heads.get(room)
        return None if head is None else Page(room, max(1, head - RECENT_MESSAGES + 1), head)

    def resume(self, room: str, recent: Sequence[AnyEvent]) -> None:
        """Read a room that was found, from now on."""
        head = self._heads.pop(room, None)
        if head is not None:
            self._open(room, head + 1 if head else UNKNOWN, head)
            self._recent[room] = recent

    # ---- what happens

    def receive(self, room: str, events: Sequence[AnyEvent], gone: int) -> None:
        """Take a delivery of the link."""
        for event in events:
            if isinstance(event, SubjectSet) and room in self.known:
                self.known[room].subject = event.text
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
        while self._news:
            yield self._news.popleft()
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

    def _know(self, place: RoomHead | RoomEntered) -> None:
        before = self.known.get(place.room)
        subject = place.subject or (before.subject if before else "")
        self.known[place.room] = Room(
            place.room, place.kind, subject, place.other, place.other_name
        )

    def _open(self, room: str, start: int, head: int = 0) -> None:
        self._backlogs[room] = Backlog(room, start, head, self._held)
