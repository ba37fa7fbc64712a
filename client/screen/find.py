"""Looks through a room for a regular expression, a little at a time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from operator import neg
from typing import Final, NamedTuple

from client.screen.blocks import Blocks
from client.screen.held import Held
from client.screen.pattern import Pattern, PatternError
from client.screen.view import Position, View

_COST_AT_ONCE: Final = 60_000
"""Characters looked at in one go, which takes some 5 ms."""


class Finding(NamedTuple):
    """A search: messages that match so far, and whether all were looked at."""

    matches: int
    complete: bool


class Search:
    """Finds messages, newest first, and shows the first at or above where the search began."""

    def __init__(self, held: Held, view: View, blocks: Blocks) -> None:
        self._held = held
        self._view = view
        self._blocks = blocks
        self._mark = blocks.mark
        self._is_on = False
        self._origin: Position | None = None
        self._bottom = 0
        self._pattern: Pattern | None = None
        self._current: int | None = None
        self._places: list[int] = []  # newest first
        self._low = self._high = 0

    @property
    def finding(self) -> Finding | None:
        """How far the search is; None while nobody searches."""
        if not self._is_on:
            return None
        return Finding(len(self._places), self._is_complete)

    def start(self, pattern: str) -> None:
        """Search for ``pattern``, from where the search began if one is on already.

        Raises:
            PatternError: if it cannot be searched for; nothing changes then.
        """
        compiled = Pattern(pattern) if pattern else None
        if not self._is_on:
            self._is_on = True
            self._origin = self._view.top
            self._bottom = self._held.stop if self._origin is None else self._view.bottom[0]
        self._reset(compiled)
        self._mark(compiled, None)
        self._view.go_to(self._origin)
        self.more()

    def more(self) -> bool:
        """Look through some more; return whether there is still more.

        Raises:
            PatternError: the pattern takes too long; it is searched for no further.
        """
        if self._pattern is None:
            return False
        try:
            self._look(self._pattern)
        except PatternError:
            self._reset(None)
            self._mark(None, None)
            raise
        if self._current is None:
            self._show_first()
        return not self._is_complete

    def _look(self, pattern: Pattern) -> None:
        limit = pattern.cost + _COST_AT_ONCE
        while self._high < self._held.stop and pattern.cost < limit:
            if pattern.matches(self._blocks.searched(self._high)):
                self._places.insert(0, self._high)
            self._high += 1
        while self._low > self._held.start and pattern.cost < limit:
            self._low -= 1
            if pattern.matches(self._blocks.searched(self._low)):
                self._places.append(self._low)

    def next(self, *, backward: bool) -> bool:
        """Show the next older match, or the next newer one; return whether there is one."""
        self.more()
        if self._current is None:
            return False
        index = self._index(self._current) + (1 if backward else -1)
        if not 0 <= index < len(self._places):
            return False
        self._show(self._places[index])
        return True

    def stop(self, *, restore: bool) -> None:
        """Search no more; ``restore`` shows again what was shown before."""
        if not self._is_on:
            return
        self._is_on = False
        self._reset(None)
        self._mark(None, None)
        if restore:
            self._view.go_to(self._origin)

    def dropped(self) -> None:
        """Some of the oldest entries are no longer held."""
        start = self._held.start
        while self._places and self._places[-1] < start:
            self._places.pop()
        self._low, self._high = max(self._low, start), max(self._high, start)
        if self._current is not None and self._current < start:
            self._current = None
        if self._origin is not None:
            self._origin = max(self._origin, (start, 0))

    def inserted(self, place: int, moved: int) -> None:
        """Entries were put before ``place``; what stood before it has moved up."""
        if place - moved == self._held.start:
            return  # they are looked at in their turn, and nothing has moved
        self._origin = self._origin and _shifted(self._origin, place, moved)
        self._bottom -= moved if self._bottom <= place else 0
        if self._current is not None and self._current < place:
            self._current -= moved
        self._mark(self._pattern, self._current)
        self._places = []
        self._low = self._high = self._held.stop

    def _reset(self, pattern: Pattern | None) -> None:
        self._pattern = pattern
        self._current = None
        self._places = []
        self._low = self._high = self._held.stop

    @property
    def _is_complete(self) -> bool:
        is_all = self._low <= self._held.start and self._high >= self._held.stop
        return self._pattern is None or is_all

    def _show_first(self) -> None:
        """Show the newest match that is not below where the search began, if it is known."""
        index = bisect_right(self._places, -self._bottom - 1, key=neg)
        if index < len(self._places):
            self._show(self._places[index])
        elif self._is_complete and self._places:
            self._show(self._places[-1])

    def _show(self, place: int) -> None:
        self._current = place
        self._mark(self._pattern, place)
        self._view.show_place(place)

    def _index(self, place: int) -> int:
        return bisect_left(self._places, -place, key=neg)


def _shifted(position: Position, place: int, moved: int) -> Position:
    return (position[0] - moved, position[1]) if position[0] < place else position
