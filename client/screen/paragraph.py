"""Texts that are wrapped beside what stands before them, and the rows of one entry. Pure.

Rows are made when they are asked for. What is kept of a text is where it breaks.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final, NamedTuple

from client.screen.width import cells
from client.screen.wrap import wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.screen.fragments import Row
    from client.screen.wrap import Span


class Styled(NamedTuple):
    """A piece of a text that has its own style."""

    start: int
    end: int
    style: str


class Paragraph:
    """A text that is wrapped beside what stands before its first row."""

    def __init__(
        self, prefix: Row, text: str, width: int, style: str, pieces: Sequence[Styled] = ()
    ) -> None:
        """``pieces`` stand from left to right, none over another."""
        self._prefix = prefix
        self._indent = " " * sum(cells(text) for _, text in prefix)
        self._text = text
        self._style = style
        self._breaks: Sequence[Span] = wrap(text, width)
        self._pieces = pieces

    def __len__(self) -> int:
        return len(self._breaks)

    def rows(self, start: int, stop: int) -> list[Row]:
        """Return the rows from ``start`` to ``stop``."""
        return [self._row(index) for index in range(start, min(stop, len(self._breaks)))]

    def row_of(self, style: str) -> int:
        """Return the first row that has a piece in ``style``, or 0."""
        start = next((piece.start for piece in self._pieces if piece.style.endswith(style)), 0)
        return max(0, bisect_right(self._breaks, start, key=lambda span: span[0]) - 1)

    def _row(self, index: int) -> Row:
        start, end = self._breaks[index]
        row = list(self._prefix) if index == 0 else [("", self._indent)] if self._indent else []
        first = bisect_right(self._pieces, start, key=lambda piece: piece.end)
        for piece in self._pieces[first:]:
            if piece.start >= end:
                break
            if piece.start > start:
                row.append((self._style, self._text[start : piece.start]))
                start = piece.start
            stop = min(piece.end, end)
            row.append((piece.style, self._text[start:stop]))
            start = stop
        if start < end:
            row.append((self._style, self._text[start:end]))
        return row


class Block:
    """All rows of one entry; ``focus`` is the one to look at first."""

    def __init__(self, parts: Sequence[Row | Paragraph], focus: int = 0) -> None:
        self._parts = parts
        self.focus = focus
        self.count = sum(len(part) if isinstance(part, Paragraph) else 1 for part in parts)

    def rows(self, start: int, stop: int) -> list[Row]:
        """Return the rows from ``start`` to ``stop``."""
        rows: list[Row] = []
        for part in self._parts:
            if not isinstance(part, Paragraph):
                rows += [part] if start <= 0 < stop else []
                length = 1
            else:
                rows += part.rows(max(start, 0), stop)
                length = len(part)
            start -= length
            stop -= length
        return rows


EMPTY: Final = Block(())
