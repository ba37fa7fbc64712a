"""Where a text breaks into rows of a given width."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from client.screen.width import digits_of

Span = tuple[int, int]
"""The start and the end (exclusive) of a piece of a text."""

NARROWEST: Final = 2
"""The narrowest row; a wide character needs it."""
_NEVER_FIRST: Final = frozenset(",.!?:;)]}…、。，！？：；）」』”’》】")  # noqa: RUF001
"""What closes does not begin a row, where another break is near."""


def wrap(text: str, width: int) -> list[Span]:
    """Return the rows of printable ``text``, at least one, as spans of at most ``width`` cells.

    A line feed ends a row. A row breaks at spaces, which then belong to no row, or beside a wide
    character; a longer word is cut. ``width`` is at least :data:`NARROWEST`.
    """
    digits = digits_of(text)
    rows: list[Span] = []
    start = 0
    while (end := digits.find("\n", start)) >= 0:
        _wrap_line(rows, text, digits, (start, end), width)
        start = end + 1
    _wrap_line(rows, text, digits, (start, len(text)), width)
    return rows


def _wrap_line(rows: list[Span], text: str, digits: str, line: Span, width: int) -> None:
    start, end = line
    if end - start <= width // 2:
        rows.append(line)
        return
    offsets = _offsets(digits, start, end)
    while (cut := _fitting(offsets, start - line[0], width) + line[0]) < end:
        stop = _break(text, digits, start, cut)
        rows.append((start, _without_spaces(digits, start, stop)))
        start = stop
        while start < end and digits[start] == " ":
            start += 1
        if start == end:
            return
    rows.append((start, end))


def _offsets(digits: str, start: int, end: int) -> Sequence[int]:
    """Return how many cells of a line stand before each of its places."""
    line = digits[start:end]
    if "0" not in line and "2" not in line:
        return range(end - start + 1)
    return list(accumulate(map(int, line.replace(" ", "1")), initial=0))


def _fitting(offsets: Sequence[int], start: int, width: int) -> int:
    """Return the furthest place such that what stands from ``start`` to it fits."""
    return bisect_right(offsets, offsets[start] + width) - 1


def _break(text: str, digits: str, start: int, cut: int) -> int:
    """Return the best place to break at or before ``cut``, which is after ``start``."""
    if digits[cut] == " ":
        return cut
    place = max(digits.rfind(" ", start, cut), _beside_wide(digits, start, cut) - 1) + 1
    if place <= start or not digits[start:place].strip():
        return cut
    if text[place] in _NEVER_FIRST and place - 1 > start and digits[place - 1] == "2":
        return place - 1
    return place


def _beside_wide(digits: str, start: int, cut: int) -> int:
    """Return the last place up to ``cut`` before or after a wide character, or 0."""
    if digits[cut] == "2":
        return cut
    place = digits.rfind("2", start, cut) + 1
    while place and digits[place] == "0":
        place += 1
    return place


def _without_spaces(digits: str, start: int, stop: int) -> int:
    return start + len(digits[start:stop].rstrip(" "))
