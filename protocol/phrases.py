"""Every sentence that a person reads, in every language.

A phrase is looked up by key and language and filled with fields. The keys of refusals are the
codes of :mod:`protocol.errors`, so that a door can say a refusal in its own language.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from protocol.chinese import CHINESE
from protocol.chinese_refusals import CHINESE_REFUSALS
from protocol.english import ENGLISH
from protocol.english_refusals import ENGLISH_REFUSALS
from protocol.phrase_keys import Phrase

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Language", "Phrase", "keys", "say"]


class Language(StrEnum):
    """The languages that people may choose."""

    EN = "en"
    ZH = "zh"


_LANGUAGES: Final = {
    Language.EN: {**ENGLISH, **ENGLISH_REFUSALS},
    Language.ZH: {**CHINESE, **CHINESE_REFUSALS},
}


class _Fields(dict[str, int | str]):
    """A sentence is shown even when a newer broker left out a field."""

    def __missing__(self, key: str) -> str:
        return "?"


def say(language: Language, key: str, fields: Mapping[str, int | str] | None = None) -> str:
    """Return the sentence for ``key``; an unknown key, from a newer broker, is returned itself."""
    template = _LANGUAGES[language].get(key)
    return key if template is None else template.format_map(_Fields(fields or {}))


def keys(language: Language) -> frozenset[str]:
    """Return every key that has a sentence in ``language``."""
    return frozenset(_LANGUAGES[language])
