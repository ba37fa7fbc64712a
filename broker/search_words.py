"""What a text can be found by, and what a search looks for. Pure, and the same for ever.

Words are compared after compatibility normalisation and case folding. A word is a run of letters,
digits and their marks; everything else (``_``, ``/``, ``.``) stands between words. Scripts that
are written without spaces between words are cut into pairs of characters instead, so that any two
neighbours are found wherever they stand: 你好吗 gives 你好, 好吗, and 吗 where the run ends.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple

WORDS_VERSION: Final = f"1 {unicodedata.unidata_version}"
"""Changes whenever a text may give other words: an index made with another one is of no use."""

_PIECE: Final = 64
"""Characters of a word; a longer run of letters is several words, the same for text and search."""

# Thai and Lao, Burmese, Hangul, Khmer, kana and what belongs to it, Han.
_UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3000-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
# Where combining marks are; looking at every character there is would take a tenth of a second.
_MARKED: Final = ((0x300, 0x3100), (0xA000, 0xAC00), (0xFB00, 0xFF00), (0x10000, 0x1F000))
# Shown as nothing: soft hyphen, joiners, variation selectors.
_UNSEEN: Final = re.compile("[\u00ad\u200c\u200d\u2060\ufe00-\ufe0f\U000e0100-\U000e01ef]+")


def _marks() -> str:
    """Return the combining marks as the inside of a character class."""
    marks = (
        chr(code)
        for first, end in _MARKED
        for code in range(first, end)
        if unicodedata.category(chr(code)).startswith("M")
    )
    return "".join(marks)


_OF_WORD: Final = f"[^\\W_]|[{_marks()}]"
_RUNS: Final = re.compile(
    f"((?:(?=[{_UNSPACED}])(?:{_OF_WORD}))+)"
    f"|((?![{_UNSPACED}])[^\\W_](?:(?![{_UNSPACED}])(?:{_OF_WORD})){{0,{_PIECE - 1}}})"
)
_ASCII_WORDS: Final = re.compile(f"[a-z0-9]{{1,{_PIECE}}}")


class Phrase(NamedTuple):
    """Words that must follow each other.

    Attributes:
        words: at least one.
        is_prefix: whether the last one need only be the start of a word.
    """

    words: list[str]
    is_prefix: bool


def words_of(text: str) -> list[str]:
    """Return the words of ``text``, in order.

    Each is made of lower-case ASCII letters and digits, and of characters beyond ASCII.
    """
    plain = _plain(text)
    return _ASCII_WORDS.findall(plain) if plain.isascii() else _cut(plain)[0]


def phrases_of(search: str) -> list[Phrase]:
    """Return what a text must hold to be found by ``search``: all of it.

    What stands between two spaces is one phrase, so that ``10.0.0.1`` and ``你好吗`` are found as
    they stand. A ``*`` after a word has every word found that starts so. What has no letter or
    digit is passed over.
    """
    phrases: list[Phrase] = []
    for part in _plain(search).split():
        words, last_run = _cut(part)
        if not words:
            continue
        if last_run > 1:
            words.pop()  # in the text the run may go on
        phrase = Phrase(words, last_run == 1 or (not last_run and part.endswith("*")))
        if phrase not in phrases:  # each costs as much again
            phrases.append(phrase)
    return phrases


def _plain(text: str) -> str:
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", folded))


def _cut(plain: str) -> tuple[list[str], int]:
    """Return the words, and how long the run without spaces is that they end with; 0: none."""
    words: list[str] = []
    last_run = 0
    for match in _RUNS.finditer(plain):
        unspaced, word = match.groups()
        if word is not None:
            words.append(word)
            last_run = 0
            continue
        words += [unspaced[index : index + 2] for index in range(len(unspaced))]
        last_run = len(unspaced)
    return words, last_run
