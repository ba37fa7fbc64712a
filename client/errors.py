"""What whoever talks through :mod:`client` has to expect; part of the one error tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from protocol.errors import Code, HubbubError
from protocol.phrases import keys, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from protocol.phrases import Language

ABOUT_THE_NAME: Final = frozenset(
    {Code.NAME_TAKEN, Code.NAME_EMPTY, Code.NAME_TOO_LONG, Code.NAME_NOT_ALLOWED}
)
"""Refusals of a hello that another name may mend."""


class Refused(HubbubError):  # noqa: N818 - says what happened
    """The broker will not do that; the text is a sentence for a person.

    Attributes:
        code: stable, for programs: one of :class:`protocol.errors.Code`, or one of a later Hubbub.
        fields: what the sentence is about (``limit``, ``name``, …).
    """

    def __init__(self, code: str, sentence: str, fields: Mapping[str, int | str]) -> None:
        super().__init__(sentence)
        self.code = code
        self.fields = dict(fields)


class Ended(HubbubError):  # noqa: N818 - says what happened
    """The session is over, and the broker ended it; the text is a sentence for a person.

    Attributes:
        code: why: ``taken_over``, ``idle``, …
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class Unreachable(HubbubError):  # noqa: N818 - says what happened
    """No broker answers; the text is a sentence for a person."""


def ended(language: Language, code: str) -> Ended:
    """Return the error that says why a session is over."""
    known = code in keys(language)
    sentence = say(language, code if known else Code.SESSION_ENDED, {"reason": code})
    return Ended(code, sentence)
