"""Questions that have to be answered before anything is typed: another name, a long paste. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from protocol.limits import TEXT_CHARACTERS


@dataclass(frozen=True, slots=True)
class Field:
    """A line that takes the keys instead of the input.

    Attributes:
        label: what stands before it.
        text: what was typed.
    """

    label: str
    text: str = ""


class Question(Enum):
    """What an answer is for."""

    NAME = auto()
    """Under which name to open the session."""
    AGAIN = auto()
    """Whether to open a session again."""
    BANNED = auto()
    """Nothing: no session would be opened yet, and to offer one would be to offer a way round."""


@dataclass(slots=True)
class Prompt:
    """A question with a field.

    Attributes:
        question: what it is about.
        sentence: why it is asked.
        field: for the answer.
    """

    question: Question
    sentence: str
    field: Field


@dataclass(frozen=True, slots=True)
class Paste:
    """A long paste that waits for the person's word."""

    text: str

    @property
    def lines(self) -> int:
        """How many lines it has; an end of line at its end starts no other."""
        return self.text.removesuffix("\n").count("\n") + 1

    @property
    def is_too_long(self) -> bool:
        """Whether no message can hold it."""
        return len(self.text.removesuffix("\n")) > TEXT_CHARACTERS
