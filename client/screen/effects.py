"""What the model asks of the program around it: it rings no bell and ends no process itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bell:
    """Ring the terminal's bell."""


@dataclass(frozen=True, slots=True)
class DesktopNotification:
    """Have the terminal show a notification. Both texts are safe to be sent to a terminal."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class LoadDraft:
    """Show ``Model.draft`` and ``Model.input_history`` in the input, in place of what is there."""


@dataclass(frozen=True, slots=True)
class InsertText:
    """Put ``text`` into the input at the cursor, so that it can be undone."""

    text: str


@dataclass(frozen=True, slots=True)
class LoadField:
    """Show ``Model.field``, a new one, with its text; None gives the keys back to the input."""


@dataclass(frozen=True, slots=True)
class OpenAs:
    """Claim ``name`` on this machine, open a session under it, and say so to ``Model.opened``."""

    name: str


@dataclass(frozen=True, slots=True)
class OpenAgain:
    """Open a session again as whoever was claimed, and say so to ``Model.opened``.

    Attributes:
        name: what the person is called now, which may be another name than was claimed.
        renew: the token there is cannot be used again: make a new one first.
    """

    name: str
    renew: bool = False


@dataclass(frozen=True, slots=True)
class Save:
    """``Model.saved()`` has changed: keep it on disk.

    Attributes:
        at_once: before anything more is sent to the broker; else soon.
    """

    at_once: bool = False


@dataclass(frozen=True, slots=True)
class Exit:
    """End the program.

    Attributes:
        status: the exit status.
        sentence: what to print on the terminal once the screen is gone; may be empty.
        session_over: the session has ended; its token is worth nothing any more.
    """

    status: int
    sentence: str = ""
    session_over: bool = False


Open = OpenAs | OpenAgain
Effect = Bell | DesktopNotification | LoadDraft | InsertText | LoadField | Open | Save | Exit
