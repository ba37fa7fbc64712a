"""Questions that have to be answered before anything is typed: another name, a long paste. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


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
        """How many lines it has."""
        return count_lines(self.text)


def count_lines(text: str) -> int:
    """Return how many lines ``text`` has; an end of line at its end starts no other."""
    return text.removesuffix("\n").count("\n") + 1
