"""What is done to the terminal besides painting on it: title, bell, notifications, focus, programs.

Titles and notifications come from the model, which has cleaned them.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from prompt_toolkit.application import in_terminal
from prompt_toolkit.input.ansi_escape_sequences import ANSI_SEQUENCES
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import ColorDepth

from client.settings import Colours, Desktop

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from prompt_toolkit.output import Output

FOCUS_KEY: Final = Keys.ControlF24
"""Stands for both reports of focus; which it is, is in the data of the key press."""
FOCUS_IN: Final = "\x1b[I"
FOCUS_OUT: Final = "\x1b[O"
_REPORT_FOCUS: Final = "\x1b[?1004h"
_REPORT_NO_FOCUS: Final = "\x1b[?1004l"
_KEEP_TITLE: Final = "\x1b[22;2t"
_RESTORE_TITLE: Final = "\x1b[23;2t"
_EDITORS: Final = ("editor", "nano", "vim", "vi", "emacs")
_PLAIN_TERMINALS: Final = ("linux", "eterm-color")
_DEPTHS: Final = {
    Colours.MONO: ColorDepth.DEPTH_1_BIT,
    Colours.SIXTEEN: ColorDepth.DEPTH_4_BIT,
    Colours.C256: ColorDepth.DEPTH_8_BIT,
    Colours.TRUE: ColorDepth.DEPTH_24_BIT,
}


def read_focus_reports() -> None:
    """Have the input turn reports of focus into :data:`FOCUS_KEY`."""
    ANSI_SEQUENCES[FOCUS_IN] = ANSI_SEQUENCES[FOCUS_OUT] = FOCUS_KEY


def colour_depth(colours: Colours, environment: Mapping[str, str]) -> ColorDepth:
    """Return how many colours to use; what is set explicitly counts more than ``NO_COLOR``."""
    if colours is not Colours.AUTO:
        return _DEPTHS[colours]
    if environment.get("NO_COLOR"):
        return ColorDepth.DEPTH_1_BIT
    if environment.get("COLORTERM", "").lower() in {"truecolor", "24bit"}:
        return ColorDepth.DEPTH_24_BIT
    name = environment.get("TERM", "").lower()
    if name.endswith("-direct"):
        return ColorDepth.DEPTH_24_BIT
    if "256color" in name or name.startswith(("xterm-kitty", "alacritty", "foot", "wezterm")):
        return ColorDepth.DEPTH_8_BIT
    if name in {"", "dumb"} or name.startswith(("vt1", "vt2")):
        return ColorDepth.DEPTH_1_BIT
    return ColorDepth.DEPTH_4_BIT


class Terminal:
    """The terminal around the screen.

    Args:
        output: where its sequences go.
        desktop: how it is asked to show a notification.
        environment: of the process; it names the terminal and the person's editor.
    """

    def __init__(self, output: Output, desktop: Desktop, environment: Mapping[str, str]) -> None:
        self._output = output
        self._desktop = desktop
        self._environment = environment
        self._has_title = environment.get("TERM", "") not in _PLAIN_TERMINALS
        self._title = ""
        self._program: asyncio.subprocess.Process | None = None
        self._edited: Path | None = None

    def enter(self) -> None:
        """Keep the title there is, and have the terminal report focus."""
        self._output.write_raw((_KEEP_TITLE if self._has_title else "") + _REPORT_FOCUS)
        self._title = ""

    def leave(self) -> None:
        """Undo what :meth:`enter` and :meth:`set_title` did."""
        if self._title:
            self._output.clear_title()
        self._output.write_raw(_REPORT_NO_FOCUS + (_RESTORE_TITLE if self._has_title else ""))
        self._output.flush()

    def set_title(self, title: str) -> None:
        """Show ``title`` from the next paint on."""
        if title != self._title:
            self._title = title
            self._output.set_title(title)

    def bell(self) -> None:
        """Ring."""
        self._output.bell()

    def notify(self, title: str, body: str) -> None:
        """Have the desktop show a notification, if that is wanted."""
        # The sequences have no way to quote the mark between their fields.
        title, body = (part.replace(";", ",") for part in (title, body))
        if self._desktop is Desktop.OSC9:
            self._output.write_raw(f"\x1b]9;{title}: {body}\x07")
        elif self._desktop is Desktop.OSC777:
            self._output.write_raw(f"\x1b]777;notify;{title};{body}\x07")
        self._output.flush()

    async def edit(self, text: str) -> str | None:
        """Return what the person makes of ``text`` in an editor; None if nothing came of it.

        The loop goes on meanwhile.

        Raises:
            OSError: no editor could be run, or the text not be handed over.
        """
        path = self._edited = _file_with(text)
        try:
            async with in_terminal():
                self.leave()
                try:
                    status = await self._run_editor(path)
                finally:
                    self.enter()
            return _text_of(path) if status == 0 else None
        finally:
            self._edited = None
            _remove(path)

    def edited_so_far(self) -> str:
        """Return what the editor that runs has saved by now; empty if none runs, or nothing is."""
        if self._edited is None:
            return ""
        try:
            return _text_of(self._edited)
        except OSError:
            return ""

    async def suspend(self) -> None:
        """Stop the process and those started with it, as Ctrl-Z does, until the shell goes on."""
        async with in_terminal():
            self.leave()
            os.kill(0, signal.SIGTSTP)
            self.enter()

    @property
    def is_lent(self) -> bool:
        """Whether another program has the terminal."""
        return self._program is not None

    def end_program(self) -> None:
        """End the program that has the terminal, if there is one."""
        if self._program is not None:
            with suppress(ProcessLookupError):
                self._program.terminate()

    async def _run_editor(self, path: Path) -> int:
        for command in self._editors():
            try:
                words = shlex.split(command)
                self._program = await asyncio.create_subprocess_exec(*words, str(path))
            except (OSError, ValueError):
                continue
            try:
                return await self._program.wait()
            finally:
                self._program = None
        raise FileNotFoundError("no editor")

    def _editors(self) -> Iterator[str]:
        for variable in ("VISUAL", "EDITOR"):
            if command := self._environment.get(variable, "").strip():
                yield command
        yield from _EDITORS


def _file_with(text: str) -> Path:
    """Return a new file that holds ``text``, which only its owner may read."""
    descriptor, name = tempfile.mkstemp(".txt", "hubbub-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8", "replace"))
    except OSError:
        _remove(Path(name))
        raise
    return Path(name)


def _text_of(path: Path) -> str:
    """Return the file's text without the end of its last line, which editors add."""
    return path.read_text(encoding="utf-8", errors="replace").removesuffix("\n")


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
