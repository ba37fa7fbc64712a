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
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyte

from tests.processes import DEADLINE_S, script

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_READ_BYTES: Final = 65536
_LOG_SHOWN: Final = 4000
# Makes the terminal that it was given the one that controls its session, as a terminal emulator
# does, then becomes the program. Forking here would not do: this process has threads.
_LAUNCHER: Final = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execvp(sys.argv[1], sys.argv[1:])"
)

_NAMED_KEYS: Final = {
    "enter": "\r", "tab": "\t", "s-tab": "\x1b[Z", "escape": "\x1b", "backspace": "\x7f",
    "delete": "\x1b[3~", "space": " ", "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C",
    "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F", "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~", "f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "f4": "\x1bOS",
    "f5": "\x1b[15~", "f6": "\x1b[17~", "f7": "\x1b[18~", "f8": "\x1b[19~", "f9": "\x1b[20~",
    "c-_": "\x1f",
}  # fmt: skip
PASTE_START, PASTE_END = "\x1b[200~", "\x1b[201~"
FOCUS_IN, FOCUS_OUT = "\x1b[I", "\x1b[O"


def key_bytes(key: str) -> str:
    """Return what a terminal sends for a key, named as in :mod:`client.screen.keymap`.

    Keys of a sequence are separated by spaces: ``escape a`` is Alt-A.
    """
    return "".join(_single_key(name) for name in key.split(" "))


def _single_key(name: str) -> str:
    if name in _NAMED_KEYS:
        return _NAMED_KEYS[name]
    if len(name) == len("c-a") and name.startswith("c-"):
        return chr(ord(name[-1].upper()) & 0x1F)
    if len(name) != 1:
        raise ValueError(f"there is no key {name!r}")
    return name


class Notification(NamedTuple):
    """What a program asked the terminal to show on the desktop."""

    title: str
    body: str


class Cell(NamedTuple):
    """One cell of the screen. Colours are pyte's: a name, six hexadecimal digits, ``default``."""

    text: str
    colour: str
    background: str
    bold: bool
    dim: bool
    italic: bool
    underlined: bool
    reverse: bool


class Place(NamedTuple):
    """A cell's place, counted from 0 at the top left."""

    row: int
    column: int


class _Emulator(pyte.Screen):
    """pyte's screen, with what it leaves out: faint text, and counts of what leaves no trace."""

    def __init__(self, columns: int, rows: int) -> None:
        super().__init__(columns, rows)
        self.bells = 0
        self.unknown: Counter[str] = Counter()

    def bell(self, *_: Any) -> None:
        self.bells += 1

    def select_graphic_rendition(self, *attributes: int, **_: Any) -> None:
        # pyte knows no faint text, and nothing here blinks: the one stands for the other.
        super().select_graphic_rendition(*_faint_as_blink(attributes))

    def debug(self, *arguments: Any, **_: Any) -> None:
        self.unknown[repr(arguments)] += 1


def _faint_as_blink(attributes: tuple[int, ...]) -> list[int]:
    """Replace 2 (faint) by 5 (blink), and 22 (neither bold nor faint) by what ends both."""
    made: list[int] = []
    rest = list(attributes)
    while rest:
        code = rest.pop(0)
        if code in {38, 48}:  # a colour: its numbers are no attributes
            count = 4 if rest[:1] == [2] else 2
            made += [code, *rest[:count]]
            del rest[:count]
        elif code == 22:
            made += [22, 25]
        else:
            made.append(5 if code == 2 else code)
    return made


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
        self._screen = _Emulator(columns, rows)
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

    def find(self, pattern: str | re.Pattern[str]) -> Place | None:
        """Return where the text is on the screen, the lowest place if it is there twice."""
        wanted = re.compile(re.escape(pattern)) if isinstance(pattern, str) else pattern
        with self._changed:
            for row in reversed(range(self._screen.lines)):
                cells = self._cells(row)
                if match := wanted.search("".join(cells)):
                    return Place(row, _column_of(cells, match.start()))
        return None

    @property
    def rows(self) -> list[str]:
        """The text of each row, without the blanks at its end."""
        with self._changed:
            return ["".join(self._cells(row)).rstrip() for row in range(self._screen.lines)]

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
            char = self._screen.buffer[row][column]
            return Cell(
                char.data, char.fg, char.bg, char.bold, char.blink, char.italics, char.underscore,
                char.reverse,
            )  # fmt: skip

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
        found = re.findall(rb"\x1b\](9|777);(.*?)(?:\a|\x1b\\)", self.output, re.DOTALL)
        made: list[Notification] = []
        for kind, body in found:
            text = body.decode()
            _, title, text = text.split(";", 2) if kind == b"777" else ("", "", text)
            made.append(Notification(title, text))
        return made

    @property
    def modes(self) -> set[int]:
        """The private modes that are on, such as 1049 (other screen) and 2004 (brackets)."""
        on: set[int] = set()
        for numbers, letter in re.findall(rb"\x1b\[\?([\d;]+)([hl])", self.output):
            for number in map(int, numbers.split(b";")):
                (on.add if letter == b"h" else on.discard)(number)
        return on

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

    def _cells(self, row: int) -> list[str]:
        buffered = self._screen.buffer[row]
        return [buffered[column].data for column in range(self._screen.columns)]

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


def _column_of(cells: list[str], offset: int) -> int:
    """Return which cell holds the character at ``offset`` of the joined cells."""
    length = 0
    for column, cell in enumerate(cells):
        length += len(cell)
        if length > offset:
            return column
    return len(cells)
