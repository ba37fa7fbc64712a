"""Finds a person's name, and the words that they want to see, in what is said."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

# Scripts that put no space between words: a name stands free beside them.
_UNSPACED: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ud7ff\uf900-\ufaff\uff66-\uffdc"
_ASTRAL: Final = "\U00020000-\U0003ffff"
_LETTER: Final = rf"[^\W{_UNSPACED}{_ASTRAL}]"
_IS_LETTER: Final = re.compile(_LETTER)


class Mentions:
    """A name and further words, found as whole words in any letter case."""

    def __init__(self, words: Iterable[str]) -> None:
        patterns = [_whole(word) for word in sorted(set(words), key=len, reverse=True) if word]
        self._pattern = re.compile("|".join(patterns), re.IGNORECASE) if patterns else None

    def __contains__(self, text: str) -> bool:
        return self._pattern is not None and self._pattern.search(text) is not None


def _whole(word: str) -> str:
    before = f"(?<!{_LETTER})" if _IS_LETTER.match(word[0]) else ""
    after = f"(?!{_LETTER})" if _IS_LETTER.match(word[-1]) else ""
    return f"{before}{re.escape(word)}{after}"
