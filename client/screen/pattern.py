"""Searches with regular expressions that a person typed: bounded in time, whatever the pattern.

Python's own ``re`` cannot be interrupted, and one bad pattern would freeze the screen. The regex
library understands the same patterns and gives up after a time.
"""

from __future__ import annotations

import re
from math import prod
from typing import Final

import regex

from client.screen.wrap import Span
from protocol.errors import HubbubError
from protocol.phrases import Phrase

LONGEST_PATTERN: Final = 200
MOST_REPEATS: Final = 1000
"""The product of all counted repeats: the library writes them out, ``(a{1000}){1000}`` as well."""
_WITHIN_S: Final = 0.01
"""What one text may take."""
_GIVES_UP_AFTER: Final = 10
"""Texts that took too long."""
_SLOW_COST: Final = 100_000
_COST_OF_TEXT: Final = 16
"""What looking at a text costs besides its characters."""
_COUNTED: Final = re.compile(r"\{(\d*),?(\d*)\}")
_ESCAPES: Final = re.compile(r"\\.", re.DOTALL)


class PatternError(HubbubError):
    """A pattern that cannot be searched for.

    Attributes:
        phrase: what to tell the person.
        fields: the values for the phrase.
    """

    def __init__(self, phrase: Phrase, **fields: int | str) -> None:
        super().__init__(phrase, fields)
        self.phrase = phrase
        self.fields = fields


class Pattern:
    """A regular expression; letter case counts when one of its letters is a capital.

    Attributes:
        cost: what searching has cost so far, in characters looked at; a text that took too long
            counts as many.
    """

    def __init__(self, pattern: str) -> None:
        """Read ``pattern``.

        Raises:
            PatternError: if it cannot be searched for.
        """
        counts = (int(high or low or 0) for low, high in _COUNTED.findall(pattern))
        if len(pattern) > LONGEST_PATTERN or prod(map(_at_least_one, counts)) > MOST_REPEATS:
            raise PatternError(Phrase.PATTERN_TOO_LONG)
        plain = _ESCAPES.sub("", pattern)
        flags = regex.MULTILINE | (regex.IGNORECASE if plain == plain.lower() else 0)
        try:
            self._compiled = regex.compile(pattern, flags)
        except regex.error as error:
            raise PatternError(Phrase.PATTERN_UNREADABLE) from error
        except (RecursionError, OverflowError, ValueError) as error:
            raise PatternError(Phrase.PATTERN_TOO_LONG) from error
        self.cost = 0
        self._slow = 0

    def matches(self, text: str) -> bool:
        """Return whether the pattern fits anywhere in ``text``.

        Raises:
            PatternError: it takes too long, and not for the first time.
        """
        self.cost += _COST_OF_TEXT + len(text)
        try:
            return self._compiled.search(text, timeout=_WITHIN_S) is not None
        except TimeoutError as error:
            self.cost += _SLOW_COST
            self._slow += 1
            if self._slow >= _GIVES_UP_AFTER:
                raise PatternError(Phrase.PATTERN_TOO_SLOW) from error
            return False

    def spans(self, text: str) -> list[Span]:
        """Return where the matches lie, from left to right, none of them empty.

        Where finding them takes too long, those found by then.
        """
        spans: list[Span] = []
        try:
            for match in self._compiled.finditer(text, timeout=_WITHIN_S):
                spans.append(match.span())  # noqa: PERF401 - what was found stays if it times out
        except TimeoutError:
            pass
        return [(start, end) for start, end in spans if end > start]


def _at_least_one(count: int) -> int:
    return max(1, count)
