"""A ``chat-client`` in a pseudo-terminal, started for one measurement and ended after it.

What it paints is looked at as bytes: an emulated screen would take processor time that the client
needs. It writes only the cells that change, so that a word may come in pieces or not at all; what
is waited for is a single character that was nowhere on the screen before.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import sys
import tempfile
import termios
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from bench.processes import BenchError, cpu_seconds, resident

if TYPE_CHECKING:
    from types import TracebackType

COLUMNS: Final = 100
ROWS: Final = 30
_OTHER_SCREEN: Final = b"\x1b[?1049h"
_FRAME_END: Final = b"\x1b[?25h"
_READ_BYTES: Final = 65536
_TAIL: Final = 16
_SHOWN: Final = 4000


class Client:
    """A client that has just been started.

    Args:
        endpoint: the broker's.
        name: the person's.
        deadline_s: how long each step may take before the measurement is given up.

    Attributes:
        pid: its process.
        started: when, by ``time.perf_counter``.
        frames: how many it has painted so far.
    """

    def __init__(self, endpoint: str, name: str, deadline_s: float) -> None:
        self.frames = 0
        self._deadline_s = deadline_s
        self._home = Path(tempfile.mkdtemp(prefix="hubbub-bench-"))
        self._tail = b""
        self._last = b""
        command = [sys.executable, "-P", "-m", "client", f"--connect={endpoint}", f"--name={name}"]
        environment = _environment(self._home)
        self.started = time.perf_counter()
        self.pid, self._master = pty.fork()
        if not self.pid:
            # The size must be there before the program asks for it.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
            os.execve(command[0], command, environment)  # noqa: S606 - no shell is wanted

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            sys.stderr.write(f"the client painted last: {self._last!r}\n")
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._master)
        shutil.rmtree(self._home, ignore_errors=True)

    def first_paint(self) -> float:
        """Return when its first frame was complete, by ``time.perf_counter``."""
        seen = b""
        give_up_at = self._give_up_at()
        while True:
            seen += self._read(give_up_at, "the first frame")
            _, switched, after = seen.partition(_OTHER_SCREEN)
            # The cursor is shown as well when the terminal is set up, before anything is drawn.
            if switched and b"lobby" in after and _FRAME_END in after.partition(b"lobby")[2]:
                return time.perf_counter()

    def press(self, keys: str) -> None:
        """Send keys."""
        os.write(self._master, keys.encode())

    def wait_for(self, character: str) -> float:
        """Read until ``character`` is painted, and return when, by ``time.perf_counter``."""
        wanted = character.encode()
        give_up_at = self._give_up_at()
        while wanted not in self._read(give_up_at, repr(character)):
            pass
        return time.perf_counter()

    def read_for(self, seconds: float) -> None:
        """Read what it paints for so long."""
        until = time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            if select.select([self._master], [], [], left)[0]:
                self._read(self._give_up_at(), "more")

    def cpu_seconds(self) -> float:
        """Return the processor time that it has used, user and system."""
        return cpu_seconds(self.pid)

    def memory(self) -> float:
        """Return its resident memory, in bytes."""
        return resident(self.pid)

    def _give_up_at(self) -> float:
        return time.monotonic() + self._deadline_s

    def _read(self, give_up_at: float, awaited: str) -> bytes:
        """Return what comes next, with the last bytes of what came before."""
        left = give_up_at - time.monotonic()
        if not select.select([self._master], [], [], max(0.0, left))[0]:
            raise BenchError(
                f"not within {self._deadline_s:g} s: the client did not paint {awaited}"
            )
        try:
            data = os.read(self._master, _READ_BYTES)
        except OSError as error:  # EIO: it has ended
            raise BenchError(f"the client ended instead of painting {awaited}") from error
        text = self._tail + data
        self.frames += text.count(_FRAME_END) - self._tail.count(_FRAME_END)
        self._tail = text[-_TAIL:]
        self._last = (self._last + data)[-_SHOWN:]
        return text


def _environment(home: Path) -> dict[str, str]:
    """Return that of a usual terminal, with settings and state of its own."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return kept | {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
    }
