"""What line mode reads: bytes to numbered lines that wait for their turn. Pure."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

from protocol.limits import TEXT_CHARACTERS
from protocol.lines import LineCutter, TooLong

if TYPE_CHECKING:
    from collections.abc import Iterable

# In UTF-8 a line above this has more characters than a message may have.
LINE_BYTES: Final = 4 * TEXT_CHARACTERS


class Line(NamedTuple):
    """A line and its place in the input, counted from 1."""

    number: int
    text: str | TooLong


class LineInput:
    """Lines in the order in which they were read; blank ones count and say nothing.

    Attributes:
        waiting: lines that were not taken yet.
        ended: nothing more will be read.
    """

    def __init__(self) -> None:
        self.waiting: deque[Line] = deque()
        self.ended = False
        self._cutter = LineCutter(LINE_BYTES)
        self._count = 0

    @property
    def is_exhausted(self) -> bool:
        """Whether every line was taken and no other comes."""
        return self.ended and not self.waiting

    def feed(self, data: bytes) -> None:
        """Take bytes."""
        self._add(self._cutter.feed(data))

    def end(self) -> None:
        """Nothing more comes: the last line counts without its end."""
        if not self.ended:
            self.ended = True
            self._add(self._cutter.end())

    def stop(self) -> None:
        """Read no more; what was not taken is dropped."""
        self.ended = True
        self.waiting.clear()

    def _add(self, lines: Iterable[str | TooLong]) -> None:
        for text in lines:
            self._count += 1
            if isinstance(text, TooLong) or text.strip():
                self.waiting.append(Line(self._count, text))
