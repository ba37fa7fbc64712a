"""What a program writes to a terminal: drawn on an emulated screen, or leaving no trace there."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, NamedTuple

import pyte


class Notification(NamedTuple):
    """What a program asked the terminal to show on the desktop."""

    title: str
    body: str


class Cell(NamedTuple):
    """One cell of the screen. Colours are pyte's: a name, six hexadecimal digits, ``default``."""

    text: str
    colour: str
    background: str
    bold: bool
    dim: bool
    italic: bool
    underlined: bool
    reverse: bool


class Place(NamedTuple):
    """A cell's place, counted from 0 at the top left."""

    row: int
    column: int


class Emulator(pyte.Screen):
    """pyte's screen, with what it leaves out: faint text, and counts of what leaves no trace."""

    def __init__(self, columns: int, rows: int) -> None:
        super().__init__(columns, rows)
        self.bells = 0
        self.unknown: Counter[str] = Counter()

    def bell(self, *_: Any) -> None:
        self.bells += 1

    def select_graphic_rendition(self, *attributes: int, **_: Any) -> None:
        # pyte knows no faint text, and nothing here blinks: the one stands for the other.
        super().select_graphic_rendition(*_faint_as_blink(attributes))

    def debug(self, *arguments: Any, **_: Any) -> None:
        self.unknown[repr(arguments)] += 1

    def texts(self, row: int) -> list[str]:
        """Return the text of each cell of a row; what a wide character covers has none."""
        buffered = self.buffer[row]
        return [buffered[column].data for column in range(self.columns)]

    def cell(self, row: int, column: int) -> Cell:
        """Return one cell with its looks."""
        char = self.buffer[row][column]
        return Cell(
            char.data, char.fg, char.bg, char.bold, char.blink, char.italics, char.underscore,
            char.reverse,
        )  # fmt: skip

    def place_of(self, wanted: re.Pattern[str]) -> Place | None:
        """Return where a text is, the lowest place if it is there twice."""
        for row in reversed(range(self.lines)):
            texts = self.texts(row)
            if match := wanted.search("".join(texts)):
                return Place(row, _column_of(texts, match.start()))
        return None


def _faint_as_blink(attributes: tuple[int, ...]) -> list[int]:
    """Replace 2 (faint) by 5 (blink), and 22 (neither bold nor faint) by what ends both."""
    made: list[int] = []
    rest = list(attributes)
    while rest:
        code = rest.pop(0)
        if code in {38, 48}:  # a colour: its numbers are no attributes
            count = 4 if rest[:1] == [2] else 2
            made += [code, *rest[:count]]
            del rest[:count]
        elif code == 22:
            made += [22, 25]
        else:
            made.append(5 if code == 2 else code)
    return made


def _column_of(cells: list[str], offset: int) -> int:
    """Return which cell holds the character at ``offset`` of the joined cells."""
    length = 0
    for column, cell in enumerate(cells):
        length += len(cell)
        if length > offset:
            return column
    return len(cells)


def notifications_in(output: bytes) -> list[Notification]:
    """Return what was to be shown on the desktop, by OSC 9 and OSC 777."""
    found = re.findall(rb"\x1b\](9|777);(.*?)(?:\a|\x1b\\)", output, re.DOTALL)
    made: list[Notification] = []
    for kind, body in found:
        text = body.decode()
        _, title, text = text.split(";", 2) if kind == b"777" else ("", "", text)
        made.append(Notification(title, text))
    return made


def modes_in(output: bytes) -> set[int]:
    """Return the private modes that are on, such as 1049 (other screen) and 2004 (brackets)."""
    on: set[int] = set()
    for numbers, letter in re.findall(rb"\x1b\[\?([\d;]+)([hl])", output):
        for number in map(int, numbers.split(b";")):
            (on.add if letter == b"h" else on.discard)(number)
    return on
