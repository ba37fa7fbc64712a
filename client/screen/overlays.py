"""Pages of text that lie over the messages until they are closed: the help, the people. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from client.screen.panes import marked_name
from client.screen.width import cells, clip, printable_line
from client.screen.wrap import wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from client.screen.fragments import Row
    from client.screen.roster import Member, Roster

FEWEST_ROWS: Final = 4
"""A page with fewer rows shows what it is about rather than how it is closed."""
_NARROWEST_TEXT: Final = 20
_NARROWEST_KEY: Final = 24


class Line(NamedTuple):
    """A line of a page: a key or a name, and what is said of it; either may be empty."""

    key: str
    text: str = ""
    style: str = ""


class Body(Protocol):
    """What stands on a page."""

    def resize(self, width: int) -> None:
        """Lay everything out in ``width`` cells from now on."""

    def __len__(self) -> int:
        """Return how many rows there are."""

    def part(self, start: int, stop: int) -> list[Row]:
        """Return the rows from ``start`` to ``stop``, or fewer at the end."""


class Wrapped:
    """Lines whose texts are wrapped beside a column that is as wide as the widest key."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._rows: list[Row] = []
        self._width = 0

    def resize(self, width: int) -> None:
        """Lay everything out in ``width`` cells from now on."""
        if width == self._width:
            return
        self._width = width
        column = _column(self._lines, width)
        self._rows = []
        for line in self._lines:
            self._rows += _with_text(line, column, width) if line.text else [_alone(line, width)]

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self._rows)

    def part(self, start: int, stop: int) -> list[Row]:
        """Return the rows from ``start`` to ``stop``, or fewer at the end."""
        return self._rows[start:stop]


def _user_id(member: Member) -> str:
    return member.user_id


class PeopleList:
    """The people of a room, each in one row, laid out when it is looked at.

    Args:
        roster: the people.
        last: a line at the end; none if it is empty.
        said_of: returns what is said of somebody.
    """

    def __init__(
        self, roster: Roster, last: str = "", said_of: Callable[[Member], str] = _user_id
    ) -> None:
        self._roster = roster
        self._said_of = said_of
        self._last = last
        self._width = 1

    def resize(self, width: int) -> None:
        """Lay everything out in ``width`` cells from now on."""
        self._width = width

    def __len__(self) -> int:
        """Return how many rows there are."""
        return self._roster.known + bool(self._last)

    def part(self, start: int, stop: int) -> list[Row]:
        """Return the rows from ``start`` to ``stop``, or fewer at the end."""
        lines = [self._line(member) for member in self._roster.part(start, stop)]
        column = _column(lines, self._width)
        rows = [
            _with_text(line._replace(key=clip(line.key, max(0, column - 1))), column, self._width)[
                0
            ]
            if line.text
            else _alone(line, self._width)
            for line in lines
        ]
        if self._last and stop > self._roster.known:
            rows.append(_alone(Line(self._last), self._width))
        return rows

    def _line(self, member: Member) -> Line:
        style = "class:overlay class:person.away" if member.away else ""
        return Line(marked_name(member), self._said_of(member), style)


class Overlay:
    """A page that can be scrolled.

    Attributes:
        title: what stands above it.
    """

    def __init__(self, title: str, body: Body, hint: str) -> None:
        self.title = title
        self._body = body
        self._hint = hint
        self._top = 0
        self._height = 1

    def replace(self, title: str, body: Body) -> None:
        """Show something newer at the same place."""
        self.title, self._body = title, body

    def scroll(self, by: int) -> None:
        """Go so many rows down."""
        last = max(0, len(self._body) - self._height)
        self._top = min(max(0, self._top + by), last)

    def page(self, direction: int) -> None:
        """Go a page down (1) or up (-1); one row stays."""
        self.scroll(direction * max(1, self._height - 1))

    def rows(self, width: int, height: int) -> list[Row]:
        """Return the page: as many rows as it needs, at most ``height``, of ``width`` cells."""
        self._body.resize(max(1, width - 2))
        has_hint = height >= FEWEST_ROWS
        self._height = max(1, height - 1 - has_hint)
        self.scroll(0)
        shown = self._body.part(self._top, self._top + self._height)
        title = [("class:overlay.title", " " + clip(printable_line(self.title), width - 1))]
        hint = [("class:overlay.key", " " + clip(self._hint, width - 1))]
        shown = [title, *shown, hint] if has_hint else [title, *shown]
        return [_padded(row, width) for row in shown][:height]


def _column(lines: Sequence[Line], width: int) -> int:
    """Return the width of the column of keys; those that are wider stand above their texts."""
    widths = [cells(printable_line(line.key)) + 2 for line in lines if line.text]
    most = min(max(width // 3, _NARROWEST_KEY), max(0, width - _NARROWEST_TEXT))
    return max((wide for wide in widths if wide <= most), default=min(most, max(widths, default=0)))


def _alone(line: Line, width: int) -> Row:
    return [(line.style or "class:overlay.title", clip(printable_line(line.key), width))]


def _with_text(line: Line, column: int, width: int) -> list[Row]:
    style = line.style or "class:overlay"
    key, text = printable_line(line.key), printable_line(line.text)
    rows: list[Row] = []
    if cells(key) >= column and key:
        parts = (key[start:end] for start, end in wrap(key, max(2, width)))
        rows += [[("class:overlay.key", part)] for part in parts]
        key = ""
    for number, (start, end) in enumerate(wrap(text, max(2, width - column))):
        before = "" if number else key
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
