"""How far somebody in line mode is, what they need to go on, and how it ends. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, NamedTuple

from runtime.exits import EXIT_FAILED, EXIT_SIGNAL

_SIGPIPE: Final = 13
EXIT_PIPE_CLOSED: Final = EXIT_SIGNAL + _SIGPIPE
"""As a shell reports a program that SIGPIPE ended."""


class Phase(Enum):
    """How far the person is."""

    NAMING = auto()
    OPENING = auto()
    ARRIVING = auto()
    IN = auto()
    LEAVING = auto()
    OVER = auto()


NOT_IN_YET: Final = frozenset({Phase.NAMING, Phase.OPENING, Phase.ARRIVING})


class Opening(NamedTuple):
    """A session is to be opened under ``name``; ``anew`` with a new token."""

    name: str
    anew: bool = False


@dataclass
class Course:
    """Where somebody stands.

    Attributes:
        name: what they are called, or want to be.
        opening: the session to open next.
        phase: how far they are.
    """

    name: str
    opening: Opening | None = None
    phase: Phase = Phase.OPENING

    def open(self, name: str, *, anew: bool = False) -> None:
        """Have a session opened."""
        self.name = name
        self.opening = Opening(name, anew)
        self.phase = Phase.OPENING


def exit_status(*, failed: bool, pipe_is_closed: bool) -> int:
    """Return what the shell is told."""
    if pipe_is_closed:
        return EXIT_PIPE_CLOSED
    return EXIT_FAILED if failed else 0
