"""One person on the plain TCP door. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from gateway.lines import LineReader

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.rate import LineRate
    from protocol.lines import TooLong


UNSETTLED_LINES: Final = 1024
"""Lines of one person that the broker has not settled; past it no more are taken."""
LAST_WORDS_WITHIN_S: Final = 2.0
ACTIVE_EVERY_S: Final = 1.0
LINES_WAITING: Final = 1000
"""Lines of one person that wait for their turn; past it the socket is not read."""


class Phase(Enum):
    """How far a person is."""

    ARRIVING = auto()
    IN = auto()
    LEAVING = auto()


@dataclass(slots=True)
class Listing:
    """A roster being shown: everybody, or its first page; ``shown`` so far."""

    everybody: bool
    shown: int = 0


@dataclass(slots=True)
class Person:
    """What the door knows of one connection.

    Attributes:
        key: the connection.
        session: the link's number for the person's session.
        rate: how fast lines are taken.
        id: the session's public id, once it is known.
        reader: cuts bytes into lines.
        phase: how far the person is.
        room: the room in focus; empty before the first.
        start: the room number at which the person's view starts.
        waiting: lines that are not taken yet.
        listings: questions about people that are not answered yet.
        reading: whether the socket is read.
        told_fast: whether the person was told that lines wait, in this episode.
        told_delay: whether the person was told that commands wait, in this episode.
        unseen: own acts, of which the first is to join, whose events were not shown yet.
        leaving: the person wants to leave once all lines are taken.
        leave_by: when somebody who wants to leave waits no longer for ``unseen``; 0 before that.
        connected: whether anything can still be written.
        active_at: when input without a command was last reported.
    """

    key: int
    session: int
    rate: LineRate
    id: str = ""
    reader: LineReader = field(default_factory=LineReader)
    phase: Phase = Phase.ARRIVING
    room: str = ""
    start: int = 0
    waiting: deque[str | TooLong] = field(default_factory=deque)
    listings: dict[int, Listing] = field(default_factory=dict)
    reading: bool = True
    told_fast: bool = False
    told_delay: bool = False
    unseen: int = 1
    leaving: bool = False
    leave_by: float = 0.0
    connected: bool = True
    active_at: float = -1.0

    def take(self, lines: Iterable[str | TooLong]) -> None:
        """Have ``lines`` wait for their turn; blank ones say nothing and cost nothing."""
        self.waiting.extend(line for line in lines if not isinstance(line, str) or line.strip())
