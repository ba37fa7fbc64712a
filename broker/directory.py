"""What is looked up in the state: derived from it, made anew at a start, never stored."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from typing import TYPE_CHECKING

from protocol.questions import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from broker.room import Room


class Directory:
    """Which rooms there are people in, and which rooms know of a person.

    Args:
        lobby: the public room that is always listed.
        rooms: the rooms there are.

    Attributes:
        inhabited: how many rooms have people in them, conversations of two left out.
        private: how many of these are private.
        talks: how many conversations of two have people in them.
    """

    def __init__(self, lobby: str, rooms: Iterable[Room] = ()) -> None:
        self.inhabited = 0
        self.private = 0
        self.talks = 0
        self._lobby = lobby
        self._public = [lobby]
        self._places: dict[str, dict[str, None]] = {}
        for room in rooms:
            self._learn(room)

    def _learn(self, room: Room) -> None:
        if room.members:
            self.filled(room)
        people = (room.readers, room.invited, room.muted, room.last_said, room.slow_since)
        for person in (room.owner, *room.operators, *(one for some in people for one in some)):
            if person:
                self.knows(room.name, person)

    def filled(self, room: Room) -> None:
        """Somebody is in ``room``, where nobody was."""
        if room.kind is Kind.TALK:
            self.talks += 1
            return
        self.inhabited += 1
        self.private += not room.is_public
        if room.is_public and room.name != self._lobby:
            insort(self._public, room.name)

    def emptied(self, room: Room) -> None:
        """Nobody is in ``room`` any more."""
        if room.kind is Kind.TALK:
            self.talks -= 1
            return
        self.inhabited -= 1
        self.private -= not room.is_public
        if room.is_public and room.name != self._lobby:
            del self._public[bisect_left(self._public, room.name)]

    def knows(self, room: str, person: str) -> None:
        """``room`` remembers something of ``person``."""
        places = self._places.get(person)
        if places is None:
            places = self._places[person] = {}
        places[room] = None

    def forget(self, person: str) -> list[str]:
        """Return the rooms that may remember something of ``person``, for the last time."""
        return list(self._places.pop(person, ()))

    def places(self, person: str) -> Iterable[str]:
        """Return the rooms that may remember something of ``person``."""
        return self._places.get(person, ())

    @property
    def public(self) -> int:
        """How many public rooms are listed: those with people in them, and the lobby."""
        return len(self._public)

    def public_after(self, name: str, count: int) -> list[str]:
        """Return the next ``count`` listed public rooms that follow ``name``."""
        start = bisect_right(self._public, name)
        return self._public[start : start + count]
