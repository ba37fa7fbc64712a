"""Comings and goings in a big room, gathered into one line a second. Pure.

Else thousands who come at once would be told of each other in millions of lines.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from protocol.events import Joined, Left, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from protocol.events import AnyEvent

BIG_ROOM: Final = 100
"""People in a room whose comings and goings are still told one by one."""
GATHERED_S: Final = 1.0
"""How long they are gathered in a bigger one."""
_NOT_GATHERED: Final = frozenset({Reason.KICKED, Reason.BANNED})


class Headcount:
    """How many people are in a room, as far as its events were seen; 0 until it is stated."""

    def __init__(self) -> None:
        self.people = 0
        self._at = 0
        self._is_stated = False

    def state(self, number: int, people: int, recent: Iterable[AnyEvent]) -> None:
        """There were so many right after event ``number``; ``recent`` events were seen since."""
        if self._is_stated and number <= self._at:
            return
        self._is_stated, self._at, self.people = True, number, people
        for event in recent:
            self.see(event)

    def see(self, event: AnyEvent) -> None:
        """Count the room's next event."""
        if not self._is_stated or event.number <= self._at:
            return
        if isinstance(event, Joined):
            self.people += 1
        elif isinstance(event, Left):
            self.people -= 1
        self._at = event.number

    def forget(self) -> None:
        """The room's numbers start afresh."""
        self._is_stated = False


class Gathering:
    """What was not told yet of one room.

    Attributes:
        lines: each event's line, should it be the only one.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._numbers: list[int] = []
        self._came: list[int] = [0]

    def __len__(self) -> int:
        """Return how many comings and goings wait to be told."""
        return len(self._numbers)

    def add(self, event: Joined | Left, line: str) -> None:
        """Somebody came or went."""
        self.lines.append(line)
        self._numbers.append(event.number)
        self._came.append(self._came[-1] + isinstance(event, Joined))

    def since(self, start: int) -> tuple[int, int]:
        """Return how many came and how many left after room number ``start``."""
        place = bisect_right(self._numbers, start)
        came = self._came[-1] - self._came[place]
        return came, len(self._numbers) - place - came


def is_gathered(event: AnyEvent) -> bool:
    """Return whether an event is a coming or going, and none that an operator made."""
    if isinstance(event, Left):
        return event.reason not in _NOT_GATHERED
    return isinstance(event, Joined)
