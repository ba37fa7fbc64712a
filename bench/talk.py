"""Made-up talk with the frequencies of real talk: rooms, people, words and characters.

Some words are of a known frequency; nobody else says them.
"""

from __future__ import annotations

import random
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOMS: Final = 200
PEOPLE: Final = 500
_TEXTS: Final = 50_000
_WORDS: Final = 50_000
_CHARACTERS: Final = 3000
_CHINESE: Final = 0.3
_LETTERS: Final = "etaoinshrdlucmfwyp"
_FIRST_CHARACTER: Final = 0x5200


FREQUENT_CHARACTER: Final = chr(_FIRST_CHARACTER)
"""The one that is said most."""


class Marks(NamedTuple):
    """What stands in this share of all messages: a word, and two Chinese characters."""

    name: str
    share: float
    word: str
    pair: str


MARKS: Final = (
    Marks("rare", 0.00001, "zeppelin", "\u4e19\u4e01"),
    Marks("some", 0.01, "quibble", "\u4e09\u4e03"),
    Marks("half", 0.5, "jovial", "\u4e59\u4e5d"),
)


class Line(NamedTuple):
    """A message: numbers of the room and the author, and the text."""

    room: int
    author: int
    text: str


class Talk:
    """An endless talk, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        words = ["".join(self._pick(_LETTERS, 2, 11)) for _ in range(_WORDS)]
        characters = [chr(_FIRST_CHARACTER + index) for index in range(_CHARACTERS)]
        self._words = words, _zipf(_WORDS, 2.0)
        self._characters = characters, _zipf(_CHARACTERS, 20.0)
        self._texts = [self._text() for _ in range(_TEXTS)]
        self._said = 0

    def lines(self, count: int) -> Iterator[Line]:
        """Yield the next ``count`` messages."""
        rooms = self._random.choices(range(ROOMS), cum_weights=_zipf(ROOMS, 1.0), k=count)
        authors = self._random.choices(range(PEOPLE), cum_weights=_zipf(PEOPLE, 5.0), k=count)
        texts = self._random.choices(self._texts, k=count)
        for room, author, text in zip(rooms, authors, texts, strict=True):
            self._said += 1
            marks = []
            for mark in MARKS:
                period = round(1 / mark.share)
                if self._said % period == period // 2:
                    marks.append(mark.word)
                if self._said % period == period // 3:
                    marks.append(mark.pair)
            yield Line(room, author, " ".join((text, *marks)))

    def _text(self) -> str:
        if self._random.random() < _CHINESE:
            parts = (self._some(*self._characters, 2.0) for _ in range(self._random.randint(1, 3)))
            return "\uff0c".join("".join(part) for part in parts)
        return " ".join(self._some(*self._words, 2.0))

    def _some(self, of: Sequence[str], weights: Sequence[float], size: float) -> list[str]:
        count = max(1, round(self._random.lognormvariate(size, 0.6)))
        return self._random.choices(of, cum_weights=weights, k=count)

    def _pick(self, of: str, least: int, most: int) -> list[str]:
        return self._random.choices(of, k=self._random.randint(least, most))


def _zipf(count: int, offset: float) -> list[float]:
    """Return cumulated weights: the n-th is said in proportion to 1 / (n + offset)."""
    return list(accumulate(1 / (index + offset) for index in range(count)))
