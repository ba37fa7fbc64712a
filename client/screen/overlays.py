"""Pages of text that lie over the messages until they are closed: the help, the people. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from client.screen.width import cells, clip, printable_line
from client.screen.wrap import wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.screen.fragments import Row

_NARROWEST_TEXT = 20


class Line(NamedTuple):
    """A line of a page: a key or a name, and what is said of it; either may be empty."""

    key: str
    text: str = ""
    style: str = ""


class Overlay:
    """A page that can be scrolled.

    Attributes:
        title: what stands above it.
    """

    def __init__(self, title: str, lines: Sequence[Line], hint: str) -> None:
        self.title = title
        self._lines = list(lines)
        self._hint = hint
        self._top = 0
        self._height = 1
        self._rows: list[Row] = []
        self._width = 0

    def replace(self, title: str, lines: Sequence[Line]) -> None:
        """Show something newer at the same place."""
        self.title, self._lines, self._width = title, list(lines), 0

    def scroll(self, by: int) -> None:
        """Go so many rows down."""
        last = max(0, len(self._rows) - self._height)
        self._top = min(max(0, self._top + by), last)

    def page(self, direction: int) -> None:
        """Go a page down (1) or up (-1); one row stays."""
        self.scroll(direction * max(1, self._height - 1))

    def rows(self, width: int, height: int) -> list[Row]:
        """Return the page: as many rows as it needs, at most ``height``, of ``width`` cells."""
        if width != self._width:
            self._width = width
            self._rows = _lay_out(self._lines, max(1, width - 2))
        self._height = max(1, height - 2)
        self.scroll(0)
        shown = self._rows[self._top : self._top + self._height]
        body = [_padded(row, width) for row in shown]
        title = [("class:overlay.title", " " + clip(printable_line(self.title), width - 1))]
        hint = [("class:overlay.key", " " + clip(self._hint, width - 1))]
        return [_padded(title, width), *body, _padded(hint, width)][:height]


def _lay_out(lines: Sequence[Line], width: int) -> list[Row]:
    """Return the rows: keys in a column as wide as the widest, and texts wrapped beside it."""
    widest = max((cells(line.key) for line in lines if line.text), default=0) + 2
    column = min(widest, max(0, width - _NARROWEST_TEXT))
    rows: list[Row] = []
    for line in lines:
        rows += _with_text(line, column, width) if line.text else [_alone(line, width)]
    return rows


def _alone(line: Line, width: int) -> Row:
    return [(line.style or "class:overlay.title", clip(printable_line(line.key), width))]


def _with_text(line: Line, column: int, width: int) -> list[Row]:
    style = line.style or "class:overlay"
    key = clip(printable_line(line.key), max(0, column - 1))
    text = printable_line(line.text)
    rows: list[Row] = []
    for start, end in wrap(text, max(2, width - column)):
        before = key if not rows else ""
        padding = " " * (column - cells(before))
        rows.append([("class:overlay.key", before + padding), (style, text[start:end])])
    return rows


def _padded(row: Row, width: int) -> Row:
    """Return ``row`` one cell in, and filled up to ``width``."""
    is_title = row and row[0][1].startswith(" ")
    start: Row = [] if is_title else [("class:overlay", " ")]
    filled = start + row
    used = sum(cells(text) for _, text in filled)
    return [*filled, ("class:overlay", " " * max(0, width - used))]
