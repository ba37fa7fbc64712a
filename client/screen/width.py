"""Text made safe for a grid of cells, and measured as the screen will measure it.

Terminals disagree about characters that join their neighbours, so none reaches the grid: joiners,
variation selectors and skin tones are dropped, and a flag is shown as the letters that make it.
What is left is measured code point by code point, as prompt_toolkit does.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from wcwidth import wcwidth

from protocol.text import clean

MARKS: Final = 4
"""Combining marks that one character keeps; no living script needs more."""
ELLIPSIS: Final = "…"
_REMEMBERED: Final = 10_000
"""Code points whose treatment is remembered, so that nobody can fill the memory with them."""
_REPLACEMENT: Final = "\ufffd"
_FIRST_FLAG_LETTER: Final = 0x1F1E6
_LAST_FLAG_LETTER: Final = 0x1F1FF
# Default-ignorable characters that count as letters or marks, and skin tones.
_JOINING: Final = re.compile(
    "[\u034f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0"
    "\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef]"
)


class _Shown(dict[int, str | None]):
    """What stands for a code point on the grid, as :meth:`str.translate` wants it."""

    def __missing__(self, code: int) -> str | None:
        shown = _shown(chr(code))
        if len(self) < _REMEMBERED:
            self[code] = shown
        return shown


class _Digits(dict[int, str]):
    """The cells of a code point, as a digit; a space and a line feed stand for themselves."""

    def __missing__(self, code: int) -> str:
        digit = str(max(0, wcwidth(chr(code))))
        if len(self) < _REMEMBERED:
            self[code] = digit
        return digit


def _shown(character: str) -> str | None:
    category = unicodedata.category(character)
    if category == "Zs":
        return " " * max(1, wcwidth(character))
    if category == "Cf" or _JOINING.match(character):
        return None
    if _FIRST_FLAG_LETTER <= ord(character) <= _LAST_FLAG_LETTER:
        return chr(ord("A") + ord(character) - _FIRST_FLAG_LETTER)
    # A wide character that this Python does not know yet is an emoji of a later Unicode.
    is_unknown = category in {"Cc", "Cs", "Co", "Cn"} and wcwidth(character) != 2  # noqa: PLR2004
    return _REPLACEMENT if is_unknown else character


_SHOWN: Final = _Shown({ord("\n"): "\n"})
_DIGITS: Final = _Digits({ord(" "): " ", ord("\n"): "\n"})


def printable(text: str) -> str:
    """Return ``text`` as it may stand on the screen; line feeds stay.

    Nothing in it moves the cursor, joins its neighbours or changes the direction. A combining mark
    stands on a character of the same word, with at most :data:`MARKS` - 1 others.
    """
    if text.isascii() and text.isprintable():
        return text
    text = clean(text).translate(_SHOWN)
    digits = digits_of(text)
    return _with_few_marks(text, digits) if "0" in digits else text


def printable_line(text: str) -> str:
    """Return ``text`` as :func:`printable`, in one line."""
    return printable(text).replace("\n", " ")


def digits_of(text: str) -> str:
    """Return the cells of each character of printable ``text``: ``0``, ``1`` or ``2``.

    A space and a line feed stand for themselves; the space has one cell.
    """
    return text.translate(_DIGITS)


def cells(text: str) -> int:
    """Return how many cells printable ``text``, of one line, takes."""
    if text.isascii():
        return len(text)
    digits = digits_of(text)
    return len(digits) - digits.count("0") + digits.count("2")


def clip(text: str, width: int) -> str:
    """Return printable ``text``, of one line, cut to ``width`` cells; ``…`` shows the cut."""
    if cells(text) <= width:
        return text
    if width <= 0:
        return ""
    room = width - 1
    end = 0
    for digit in digits_of(text):
        room -= 1 if digit == " " else int(digit)
        if room < 0:
            break
        end += 1
    return text[:end] + ELLIPSIS


def _with_few_marks(text: str, digits: str) -> str:
    kept: list[str] = []
    marks = MARKS  # one that has no character to stand on is dropped
    for character, digit in zip(text, digits, strict=True):
        if digit == "0":
            marks += 1
            if marks > MARKS:
                continue
        else:
            marks = 0 if digit in "12" else MARKS
        kept.append(character)
    return "".join(kept)
