"""Draws a terminal's screen as SVG: text that can be read and searched, in its colours. Pure."""

from __future__ import annotations

import re
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.terminal_output import Cell, Place

CELL_WIDTH: Final = 8.4
CELL_HEIGHT: Final = 18
_BASELINE: Final = 13
_MARGIN: Final = 12
_BAR: Final = 30
_FONT: Final = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"
_INK: Final = "#d5d9e0"
_PAPER: Final = "#1b1f27"
_FAINT: Final = 0.6
_LINES: Final = ("│", "─")
"""Drawn as lines, so that they meet those of the next row."""
_PIECE: Final = re.compile(r"│|─+|w+|n(?: ?n)*")
_COLOURS: Final = {
    "black": "#3b414d", "red": "#f07178", "green": "#a5d67b", "brown": "#e6c07b",
    "blue": "#74b3f2", "magenta": "#d49ae8", "cyan": "#6fcfd6", "white": "#d5d9e0",
    "brightblack": "#7d8797", "brightred": "#ff8b92", "brightgreen": "#bfe89a",
    "brightbrown": "#ffd98f", "brightblue": "#96caff",
    "brightmagenta": "#e6b5f5", "bfightmagenta": "#e6b5f5", "brightcyan": "#92e4ea",
    "brightwhite": "#ffffff",
}  # fmt: skip
"""By pyte's names, one of which it misspells."""


def draw(grid: Sequence[Sequence[Cell]], title: str, cursor: Place | None = None) -> str:
    """Return a screen as an SVG document; ``title`` stands in the bar of the window."""
    width = round(max(map(len, grid)) * CELL_WIDTH + 2 * _MARGIN)
    height = len(grid) * CELL_HEIGHT + _BAR + 2 * _MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">',
        f'<g font-family="{_FONT}" font-size="14" fill="{_INK}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" rx="8" fill="{_PAPER}"/>',
        f'<path d="M0 {_BAR}H{width}" stroke="#ffffff" stroke-opacity=".15"/>',
        *(f'<circle cx="{18 + 18 * dot}" cy="15" r="5" fill="#525a68"/>' for dot in range(3)),
        f'<text x="{width / 2:g}" y="20" text-anchor="middle" opacity=".7">{escape(title)}</text>',
    ]
    for number, cells in enumerate(grid):
        lines += _row(cells, _BAR + _MARGIN + number * CELL_HEIGHT)
    if cursor is not None:
        x, top = _MARGIN + cursor.column * CELL_WIDTH, _BAR + _MARGIN + cursor.row * CELL_HEIGHT
        lines.append(_box(x, top, 1, _INK))
    return "\n".join([*lines, "</g>", "</svg>", ""])


def _row(cells: Sequence[Cell], top: int) -> Iterator[str]:
    column = 0
    for look, group in groupby(cells, lambda cell: cell._replace(text="")):
        run = list(group)
        x = _MARGIN + column * CELL_WIDTH
        ink, paper = _inks(look)
        if paper != _PAPER:
            yield _box(x, top, len(run), paper)
        attributes = _attributes(look)
        for start, text, width in _pieces(run):
            place = x + start * CELL_WIDTH
            if text[0] in _LINES:
                yield _line(place, top, text, ink, attributes)
            else:
                ink_of_text = f' fill="{ink}"' if ink != _INK else ""
                yield _text(place, top, text, width, ink_of_text + attributes)
        column += len(run)


def _box(x: float, top: int, cells: int, colour: str) -> str:
    width = cells * CELL_WIDTH
    return (
        f'<rect x="{x:.5g}" y="{top}" width="{width:.5g}" height="{CELL_HEIGHT}" fill="{colour}"/>'
    )


def _pieces(run: Sequence[Cell]) -> Iterator[tuple[int, str, int]]:
    """Yield where in a run a text starts, the text, and its cells.

    Each begins anew after two blanks, and where wide characters begin or end: fonts do not keep to
    the cells, and a drift must not add up. A wide character has an empty cell behind it.
    """
    kinds = "".join(_kind(cell, after) for cell, after in pairwise([*run, run[0]]))
    for piece in _PIECE.finditer(kinds):
        start, end = piece.span()
        yield start, "".join(cell.text for cell in run[start:end]), end - start


def _kind(cell: Cell, after: Cell) -> str:
    if cell.text == " ":
        return " "
    if cell.text in _LINES:
        return cell.text
    return "w" if not cell.text or not after.text else "n"


def _line(x: float, top: int, text: str, ink: str, attributes: str) -> str:
    if text == "│":
        path = f"M{x + CELL_WIDTH / 2:.5g} {top}v{CELL_HEIGHT}"
    else:
        path = f"M{x:.5g} {top + CELL_HEIGHT / 2:g}h{len(text) * CELL_WIDTH:.5g}"
    return f'<path d="{path}" stroke="{ink}"{attributes}/>'


def _text(x: float, top: int, text: str, cells: int, attributes: str) -> str:
    width = cells * CELL_WIDTH
    return (
        f'<text x="{x:.5g}" y="{top + _BASELINE}" textLength="{width:.5g}"{attributes}>'
        f"{escape(text)}</text>"
    )


def _attributes(look: Cell) -> str:
    return "".join(
        (
            ' font-weight="bold"' if look.bold else "",
            ' font-style="italic"' if look.italic else "",
            ' text-decoration="underline"' if look.underlined else "",
            f' opacity="{_FAINT}"' if look.dim else "",
        )
    )


def _inks(look: Cell) -> tuple[str, str]:
    """Return the colours of the text and of what is behind it."""
    ink = _colour(look.colour, _INK)
    paper = _colour(look.background, _PAPER)
    return (paper, ink) if look.reverse else (ink, paper)


def _colour(name: str, otherwise: str) -> str:
    if name == "default":
        return otherwise
    return _COLOURS.get(name) or f"#{name}"
