"""What whoever talks through :mod:`client` has to expect; part of the one error tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from protocol.errors import Code, HubbubError
from protocol.phrases import keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from protocol.rendering import Renderer

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
        code: why: ``taken_over``, ``idle``, ``banned``, …
        fields: what the sentence is about (``by``, ``why``, ``until``, …).
    """

    def __init__(self, code: str, sentence: str, fields: Mapping[str, int | str]) -> None:
        super().__init__(sentence)
        self.code = code
        self.fields = dict(fields)


class Unreachable(HubbubError):  # noqa: N818 - says what happened
    """No broker answers; the text is a sentence for a person."""


def how_it_ended(renderer: Renderer, code: str, fields: Mapping[str, int | str]) -> str:
    """Return the sentence that says why a session is over."""
    if code in keys(renderer.language):
        return renderer.refusal(code, fields)
    return renderer.refusal(Code.SESSION_ENDED, {"reason": code})
