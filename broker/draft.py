"""What a decision looks at, and the entries that it gathers. Pure: nothing changes the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from broker.records import Entry, RoomEntry, SessionEvent
from protocol.messages import ADMIN_DOOR

if TYPE_CHECKING:
    from broker.person import Session
    from broker.state import State
    from protocol.events import Event
    from protocol.limits import Limits


class Deciding(msgspec.Struct, frozen=True):
    """A command's surroundings.

    Attributes:
        state: as it is before the command.
        session: whose command it is.
        n: its number, which is the next of the session.
        wall_ms: the time to stamp, in milliseconds since 1970.
        limits: what one person may do.
        max_rooms: how many rooms may have people in them.
        address: the IP address of the person, where it is known.
    """

    state: State
    session: Session
    n: int
    wall_ms: int
    limits: Limits
    max_rooms: int
    address: str = ""

    @property
    def is_admin(self) -> bool:
        """Whether it is the administrator of the broker's machine."""
        return self.session.door == ADMIN_DOOR

    @property
    def is_everywhere(self) -> bool:
        """Whether the person moderates the whole broker."""
        return self.is_admin or self.session.id in self.state.operators

    def draft(self) -> Draft:
        """Return a draft without an entry."""
        return Draft(self.state, self.wall_ms)

    def one(self, room: str, event: Event) -> list[Entry]:
        """Return the entries of a command that is one event in one room."""
        return [RoomEntry(room, event)]

    def stamp(self, room: str) -> tuple[int, int, str, str, int]:
        """Return what the next event of ``room`` begins with, if this command causes it."""
        known = self.state.rooms.get(room)
        head = 0 if known is None else known.head
        return head + 1, self.wall_ms, self.session.id, self.session.name, self.n


class Draft:
    """Entries in order, numbered as if each was applied before the next.

    Attributes:
        entries: those so far.
    """

    def __init__(self, state: State, wall_ms: int) -> None:
        self.entries: list[Entry] = []
        self._state = state
        self._wall_ms = wall_ms
        self._heads: dict[str, int] = {}

    def stamp(self, room: str, author: str, name: str, n: int) -> tuple[int, int, str, str, int]:
        """Return what the next event of ``room`` begins with; :meth:`add` it before the next."""
        return self._head(room) + 1, self._wall_ms, author, name, n

    def add(self, room: str, event: Event) -> None:
        """Add an event of a room."""
        self._heads[room] = event.number
        self.entries.append(RoomEntry(room, event))

    def record(self, event: SessionEvent) -> None:
        """Add an event that is of no room."""
        self.entries.append(event)

    def _head(self, room: str) -> int:
        head = self._heads.get(room)
        if head is None:
            known = self._state.rooms.get(room)
            head = 0 if known is None else known.head
        return head
