"""``chat-client``: picks a mode, and imports what that mode needs and no more."""

from __future__ import annotations

import os
import sys
from enum import Enum, auto
from typing import TYPE_CHECKING, Final, NoReturn

from client.config import PROGRAM, parse_settings
from protocol.errors import UsageError
from protocol.phrases import Phrase, say
from runtime.command_line import run_program
from runtime.exits import EXIT_FAILED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from client.settings import ClientSettings

_STDIN: Final = 0
_STDOUT: Final = 1


class Mode(Enum):
    """The ways to talk."""

    SEND = auto()
    LINES = auto()
    SCREEN = auto()


def run() -> NoReturn:
    """The entry point of ``chat-client``."""
    run_program(PROGRAM, main)


def main(arguments: Sequence[str]) -> int:
    """Talk until the person leaves; return the exit status.

    Raises:
        HubbubError: it cannot start.
    """
    settings = parse_settings(arguments)
    is_terminal = os.isatty(_STDIN) and os.isatty(_STDOUT)
    mode = choose_mode(settings, os.environ, is_terminal=is_terminal)
    if not settings.name and mode is not Mode.SCREEN:
        raise UsageError("Say what you are called: --name NAME.")
    try:
        return _run(settings, mode)
    except KeyboardInterrupt:
        if mode is not Mode.SEND:
            return 0
        # Nobody may take an interrupted --send for one that was acknowledged.
        sys.stderr.write(f"{PROGRAM}: {say(settings.language, Phrase.INTERRUPTED)}\n")
        return EXIT_FAILED


def choose_mode(
    settings: ClientSettings, environment: Mapping[str, str], *, is_terminal: bool
) -> Mode:
    """Return the mode that the settings and the terminal ask for."""
    if settings.send is not None:
        return Mode.SEND
    if settings.plain or not is_terminal or environment.get("TERM", "") in {"", "dumb"}:
        return Mode.LINES
    return Mode.SCREEN


def _run(settings: ClientSettings, mode: Mode) -> int:
    if mode is Mode.SCREEN:
        from client.screen.app import run as talk  # noqa: PLC0415 - costs others 0.1 s
    else:
        from client.line_mode_io import run as talk  # noqa: PLC0415 - not for --help
    return talk(settings)
