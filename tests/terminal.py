"""A real program in a real pseudo-terminal, and the screen that a person would see.

A thread reads what the program writes, from the start, and draws it on an emulated screen; nothing
here sleeps. :meth:`Terminal.wait` returns as soon as the screen is as wanted, or fails with the
screen as it is. Ask for the fixture ``terminals`` (in ``tests/conftest.py``): whatever it started
is ended with the test, by its id.

    def test_hello(processes: Processes, terminals: Terminals) -> None:
        broker = processes.broker()
        duke = terminals.client(broker.listen, "Duke")
        duke.wait_for("connected")
        duke.type("hello")
        duke.press("enter")
        duke.wait_for("Duke hello")
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import pyte

from tests.processes import script
from tests.program import DEADLINE_S
from tests.terminal_keys import FOCUS_IN, FOCUS_OUT, PASTE_END, PASTE_START, key_bytes
from tests.terminal_output import Emulator, Place, modes_in, notifications_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.terminal_output import Cell, Notification

T = TypeVar("T")

_READ_BYTES: Final = 65536
_LOG_SHOWN: Final = 4000
# Makes the terminal that it was given the one that controls its session, as a terminal emulator
# does, then becomes the program. Forking here would not do: this process has threads.
_LAUNCHER: Final = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execvp(sys.argv[1], sys.argv[1:])"
)


class Terminal:
    """A program in a pseudo-terminal of its own.

    Args:
        command: the program and its arguments.
        environment: its whole environment.
        columns: width of the screen in cells.
        rows: height of the screen.
        home: where it may leave a log.
    """

    def __init__(
        self,
        command: list[str],
        environment: Mapping[str, str],
        columns: int,
        rows: int,
        home: Path,
    ) -> None:
        self.command = command
        self._home = home
        self._changed = threading.Condition()
        self._screen = Emulator(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._output = bytearray()
        self._ended = False
        self._master, slave = pty.openpty()
        try:
            _set_size(slave, columns, rows)
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _LAUNCHER, *command],
                stdin=slave,
                stdout=slave,
                stderr=slave,
                env=environment,
                start_new_session=True,
            )
        finally:
            os.close(slave)
        self._thread = threading.Thread(target=self._collect, daemon=True)
        self._thread.start()

    # ---- what the person does

    def type(self, text: str) -> None:
        """Type characters."""
        data = text.encode()
        while data:
            data = data[os.write(self._master, data) :]

    def press(self, *keys: str) -> None:
        """Press keys by name, such as ``enter``, ``c-k``, ``escape a``, ``pageup``."""
        self.type("".join(map(key_bytes, keys)))

    def say(self, line: str) -> None:
        """Type a line, and press Enter."""
        self.type(line)
        self.press("enter")

    def paste(self, text: str) -> None:
        """Paste a text, as a terminal does that brackets it."""
        self.type(f"{PASTE_START}{text}{PASTE_END}")

    def focus(self, focused: bool) -> None:
        """Bring the terminal's window to the front, or another one."""
        self.type(FOCUS_IN if focused else FOCUS_OUT)

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the window; the program is told by the system."""
        with self._changed:
            self._screen.resize(rows, columns)
            _set_size(self._master, columns, rows)

    # ---- what is to be seen

    def wait(
        self,
        wanted: Callable[[Terminal], object],
        what: str = "that",
        timeout: float = DEADLINE_S,
    ) -> None:
        """Return as soon as ``wanted`` says that the screen is as it should be.

        Raises:
            AssertionError: it is not in time; the text says ``what``, and shows the screen.
        """
        with self._changed:
            found = self._changed.wait_for(lambda: wanted(self) or self._ended, timeout)
            seen = found and wanted(self)
            assert seen, f"{what} was not seen\n{self.describe()}"

    def wait_for(self, *patterns: str | re.Pattern[str], timeout: float = DEADLINE_S) -> Place:
        """Return where the first of the texts is, once all are on the screen.

        A ``str`` is looked for as it stands, within one row; a compiled pattern is searched.
        """
        self.wait(lambda seen: all(map(seen.find, patterns)), repr(patterns), timeout)
        place = self.find(patterns[0])
        assert place is not None, self.describe()
        return place

    def wait_until_gone(self, pattern: str | re.Pattern[str], timeout: float = DEADLINE_S) -> None:
        """Return once the text is not on the screen (any more)."""
        self.wait(lambda seen: not seen.find(pattern), f"the end of {pattern!r}", timeout)

    def painted(self, look: Callable[[Terminal], T]) -> T:
        """Return what is to be seen once nothing is half painted: the cursor is hidden meanwhile.

        Raises:
            AssertionError: the cursor stays hidden.
        """
        with self._changed:  # nothing is painted before the look is over
            self.wait(lambda seen: seen.cursor is not None, "the end of a frame")
            return look(self)

    def find(self, pattern: str | re.Pattern[str]) -> Place | None:
        """Return where the text is on the screen, the lowest place if it is there twice."""
        wanted = re.compile(re.escape(pattern)) if isinstance(pattern, str) else pattern
        with self._changed:
            return self._screen.place_of(wanted)

    @property
    def rows(self) -> list[str]:
        """The text of each row, without the blanks at its end."""
        with self._changed:
            return ["".join(self._screen.texts(row)).rstrip() for row in range(self._screen.lines)]

    @property
    def grid(self) -> list[list[Cell]]:
        """Every cell of the screen, row by row."""
        with self._changed:
            columns, rows = self.size
            return [[self.cell(row, column) for column in range(columns)] for row in range(rows)]

    @property
    def text(self) -> str:
        """The whole screen."""
        return "\n".join(self.rows)

    def cell(self, row: int, column: int) -> Cell:
        """Return one cell with its looks."""
        with self._changed:
            return self._screen.cell(row, column)

    def look_of(self, pattern: str | re.Pattern[str]) -> Cell:
        """Return the first cell of a text that is on the screen."""
        with self._changed:
            place = self.find(pattern)
            assert place is not None, f"{pattern!r} is not there\n{self.describe()}"
            return self.cell(*place)

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        with self._changed:
            return self._screen.columns, self._screen.lines

    @property
    def cursor(self) -> Place | None:
        """Where the cursor is, None while it is hidden."""
        with self._changed:
            cursor = self._screen.cursor
            return None if cursor.hidden else Place(cursor.y, cursor.x)

    @property
    def title(self) -> str:
        """The window's title."""
        with self._changed:
            return str(self._screen.title)

    @property
    def bells(self) -> int:
        """How often the bell has rung."""
        with self._changed:
            return self._screen.bells

    @property
    def output(self) -> bytes:
        """Every byte that the program has written."""
        with self._changed:
            return bytes(self._output)

    @property
    def notifications(self) -> list[Notification]:
        """What was to be shown on the desktop, by OSC 9 and OSC 777."""
        return notifications_in(self.output)

    @property
    def modes(self) -> set[int]:
        """The private modes that are on, such as 1049 (other screen) and 2004 (brackets)."""
        return modes_in(self.output)

    def describe(self) -> str:
        """Return the screen in a frame, and what was logged, for the text of a failure."""
        with self._changed:
            width = self._screen.columns
            frame = "+" + "-" * width + "+"
            body = "\n".join(f"|{row}" for row in self.rows)
            state = "has ended" if self._ended else "runs"
            return (
                f"{' '.join(self.command)} ({state}; title {self.title!r}, cursor {self.cursor}, "
                f"{self.bells} bells)\n{frame}\n{body}\n{frame}\n{self._logged()}"
            )

    # ---- the process

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """Its exit status, None while it runs."""
        return self._process.poll()

    def wait_ended(self, timeout: float = DEADLINE_S) -> int:
        """Return its exit status once it has ended, and all that it wrote was drawn."""
        with self._changed:
            ended = self._changed.wait_for(lambda: self._ended, timeout)
            assert ended, f"it still runs\n{self.describe()}"
        return self._process.wait(timeout)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """``kill -9`` it, and wait until it is gone."""
        self._process.kill()
        self._process.wait(DEADLINE_S)

    def end(self) -> None:
        """End it, whatever state it is in."""
        with suppress(ProcessLookupError):
            # What it started (an editor, say) is in its group, as nobody gave it another.
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait(DEADLINE_S)
        self._thread.join(DEADLINE_S)
        os.close(self._master)

    # ---- inside

    def _logged(self) -> str:
        logs = sorted(self._home.rglob("*.log"))
        return "\n".join(f"--- {log}\n{log.read_text()[-_LOG_SHOWN:]}" for log in logs)

    def _collect(self) -> None:
        while True:
            data = self._read()
            with self._changed:
                self._output += data
                self._stream.feed(data)
                self._ended = not data
                # A frame that came in pieces is looked at when it is whole.
                if not data or not select.select([self._master], [], [], 0)[0]:
                    self._changed.notify_all()
            if not data:
                return

    def _read(self) -> bytes:
        try:
            return os.read(self._master, _READ_BYTES)
        except OSError:  # EIO: nobody has the other end open any more
            return b""


class Terminals:
    """Starts programs in terminals and ends them all."""

    def __init__(self) -> None:
        self._started: list[Terminal] = []
        self._folders: list[Path] = []

    def folder(self) -> Path:
        """Return a new private folder."""
        path = Path(tempfile.mkdtemp(prefix="hubbub-terminal-"))
        self._folders.append(path)
        return path

    def start(
        self,
        command: list[str],
        environment: Mapping[str, str] | None = None,
        *,
        columns: int = 100,
        rows: int = 30,
        home: Path | None = None,
    ) -> Terminal:
        """Start any program; its home is ``home``, or a new folder."""
        home = home or self.folder()
        whole = terminal_environment(home) | dict(environment or {})
        terminal = Terminal(command, whole, columns, rows, home)
        self._started.append(terminal)
        return terminal

    def client(
        self,
        endpoint: str,
        name: str,
        *flags: str,
        columns: int = 100,
        rows: int = 30,
        home: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Terminal:
        """Start a ``chat-client``; the same ``home`` makes it the same person again."""
        command = [script("chat-client"), f"--name={name}", f"--connect={endpoint}", *flags]
        return self.start(command, environment, columns=columns, rows=rows, home=home)

    def close(self) -> None:
        """End everything."""
        for terminal in reversed(self._started):
            terminal.end()
        for folder in self._folders:
            shutil.rmtree(folder)


def terminal_environment(home: Path) -> dict[str, str]:
    """Return the environment of a usual terminal, whose settings and state are in ``home``."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
    }


def _set_size(descriptor: int, columns: int, rows: int) -> None:
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
