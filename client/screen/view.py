"""Which rows of a long text are on the screen, and how that moves.

A position is an entry's place and a row within it. While the view is scrolled the position of its
top stays the same, whatever comes after it or before it. Only what is near is ever laid out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from client.screen.fragments import Row
from client.screen.paragraph import Block

Position = tuple[int, int]

_CONTEXT: Final = 4
"""What is jumped to has a part of the screen, one in so many, above it."""


class Lines(Protocol):
    """What a view looks at."""

    @property
    def start(self) -> int:
        """The place of the first block."""

    @property
    def stop(self) -> int:
        """The place after the last block."""

    def block(self, place: int) -> Block:
        """Return the block at ``place``."""


class View:
    """A screenful of blocks.

    Attributes:
        top: the position of the first row, or None at the end.
        bottom: the position after the last row that was shown.
        height: rows of the screen.
    """

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self.top: Position | None = None
        self.bottom: Position = (0, 0)
        self.height = 1

    def show(self, height: int) -> list[Row]:
        """Return what is visible on ``height`` rows, one fewer unless the end is visible."""
        self.height = height
        first = self.first()
        return self._rows(first, self._visible)

    def first(self) -> Position:
        """Return the position of the first visible row."""
        if self.top is not None:
            self.go_to(self.top)  # its entry may be gone, or have fewer rows
        return self._last_top() if self.top is None else self.top

    def go_to(self, top: Position | None) -> None:
        """Show what is at ``top``, or the end if that is on the same screen."""
        if top is not None:
            place, row = max(top, (self._lines.start, 0))
            if place < self._lines.stop:
                row = min(row, max(0, self._lines.block(place).count - 1))
            top = self._down((place, row), 0)
        self.top = None if top is None or top >= self._last_top() else top

    def hold(self, before: int, insert: Callable[[], int]) -> None:
        """Let blocks be inserted before a place, while the first visible row stays where it is.

        Args:
            before: the place.
            insert: returns how far what stands before it has moved.
        """
        place, row = self.first()
        if self.top is None:
            insert()
            return
        below = self._lines.block(place).count - row
        moved = insert()
        place -= moved if place < before else 0
        self.top = (place, max(0, self._lines.block(place).count - below))

    def show_place(self, place: int) -> None:
        """Show the entry at ``place``, unless it is visible, and something of what is before it."""
        focus = (place, self._lines.block(place).focus)
        first = self.first()
        if not first <= focus < self._down(first, self._visible):
            self.go_to(self._up(focus, self.height // _CONTEXT))

    def down(self, rows: int) -> None:
        """Go down by ``rows``, or to the end."""
        self.go_to(self._down(self.first(), rows))

    def up(self, rows: int) -> int:
        """Go up by ``rows``; return how many of them there are not."""
        top, missing = self._climb(self.first(), rows)
        self.go_to(top)
        return missing

    @property
    def _visible(self) -> int:
        """How many rows of the screen show blocks."""
        return self.height if self.top is None else self.height - 1

    def _rows(self, top: Position, height: int) -> list[Row]:
        place, row = top
        rows: list[Row] = []
        while place < self._lines.stop and len(rows) < height:
            wanted = height - len(rows)
            block = self._lines.block(place)
            rows += block.rows(row, row + wanted)
            if block.count - row > wanted:
                row += wanted
            else:
                place, row = place + 1, 0
        self.bottom = (place, row)
        return rows

    def _last_top(self) -> Position:
        """Return the top of the screen that shows the end."""
        return self._up((self._lines.stop, 0), self.height)

    def _up(self, position: Position, rows: int) -> Position:
        return self._climb(position, rows)[0]

    def _climb(self, position: Position, rows: int) -> tuple[Position, int]:
        """Go up; return the position, and how many rows there were too few."""
        place, row = position
        while rows > row:
            if place == self._lines.start:
                return self._down((place, 0), 0), rows - row
            rows -= row
            place -= 1
            row = self._lines.block(place).count
        return self._down((place, row - rows), 0), 0

    def _down(self, position: Position, rows: int) -> Position:
        """Go down; the result is at a row that exists, or the end."""
        place, row = position
        row += rows
        while place < self._lines.stop:
            count = self._lines.block(place).count
            if row < count:
                return place, row
            row -= count
            place += 1
        return place, 0
