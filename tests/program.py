"""A running program, watched through its pipes.

Nothing here sleeps. Output is collected by a thread a pipe, and :meth:`Program.read_until` returns
as soon as the text is there, or fails with all that was seen instead.
"""

from __future__ import annotations

import codecs
import os
import re
import select
import signal
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

DEADLINE_S: Final = 30.0
"""How long anything may take on a busy machine; what happens is seen when it happens."""
_READ_BYTES: Final = 65536


class Output:
    """What a pipe has given so far; a thread reads it from the start, so it never fills up."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._changed = threading.Condition()
        self._taken: list[str] = []
        self._fresh: list[str] = []
        self._ended = False
        self._thread = threading.Thread(target=self._collect, args=(pipe,), daemon=True)
        self._thread.start()

    @property
    def text(self) -> str:
        """All that has come, taken or not."""
        with self._changed:
            return "".join(self._taken + self._fresh)

    def read_until(self, pattern: str | re.Pattern[str], timeout: float = DEADLINE_S) -> str | None:
        """Take text up to the end of the first match; None if it does not come in time.

        A ``str`` is looked for as it stands; a compiled pattern is searched.
        """
        wanted = re.compile(re.escape(pattern)) if isinstance(pattern, str) else pattern
        with self._changed:
            found = self._changed.wait_for(lambda: self._find(wanted) or self._ended, timeout)
            match = self._find(wanted) if found else None
            return None if match is None else self._take(match.end())

    def read_to_end(self, timeout: float = DEADLINE_S) -> str | None:
        """Take everything up to the end of the output; None if it does not end in time."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._ended, timeout):
                return None
            return self._take(len(self._join()))

    def join(self) -> None:
        """Wait until the pipe has ended, which it does with the processes that hold it."""
        self._thread.join(DEADLINE_S)

    def _find(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        return pattern.search(self._join())

    def _join(self) -> str:
        if len(self._fresh) != 1:
            self._fresh = ["".join(self._fresh)]
        return self._fresh[0]

    def _take(self, length: int) -> str:
        text = self._join()
        self._taken.append(text[:length])
        self._fresh = [text[length:]]
        return text[:length]

    def _collect(self, pipe: IO[bytes]) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        with pipe:
            while True:
                data = os.read(pipe.fileno(), _READ_BYTES)
                with self._changed:
                    self._fresh.append(decoder.decode(data, final=not data))
                    self._ended = not data
                    self._changed.notify_all()
                if not data:
                    return


class Program:
    """A started process: what it prints is observed, what it reads is written.

    Attributes:
        stdout: its standard output so far.
        stderr: its standard error so far.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> None:
        self.command = list(command)
        # A session of its own, so that what it starts can be found, and ended with it.
        self._process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self.stdout = Output(self._process.stdout)
        self.stderr = Output(self._process.stderr)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """Its exit status, None while it runs."""
        return self._process.poll()

    def read_until(self, pattern: str | re.Pattern[str], timeout: float = DEADLINE_S) -> str:
        """Take its output up to the end of the first match, and return it.

        A ``str`` is looked for as it stands; a compiled pattern is searched.
        """
        text = self.stdout.read_until(pattern, timeout)
        assert text is not None, self._unseen(pattern)
        return text

    def read_lines(self, *lines: str) -> None:
        """Take these whole lines, which must come next and in this order."""
        for line in lines:
            seen = self.read_until("\n")
            assert seen == f"{line}\n", f"expected {line!r}\n{self._unseen(line)}"

    def read_to_end(self, timeout: float = DEADLINE_S) -> str:
        """Take the rest of its output, up to its end."""
        text = self.stdout.read_to_end(timeout)
        assert text is not None, self._unseen("the end of the output")
        return text

    def read_log(self, pattern: str | re.Pattern[str], timeout: float = DEADLINE_S) -> str:
        """Take its standard error up to the end of the first match, and return it."""
        text = self.stderr.read_until(pattern, timeout)
        assert text is not None, self._unseen(pattern)
        return text

    def send(self, data: str | bytes) -> None:
        """Write to its standard input at once."""
        assert self._process.stdin is not None
        self._process.stdin.write(data.encode() if isinstance(data, str) else data)
        self._process.stdin.flush()

    def send_line(self, line: str) -> None:
        """Write one line to its standard input."""
        self.send(f"{line}\n")

    def end_input(self) -> None:
        """Close its standard input."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def wait(self, timeout: float = DEADLINE_S) -> int:
        """Return its exit status once it has ended."""
        return self._process.wait(timeout)

    def kill(self) -> None:
        """``kill -9`` it and wait until it is gone; what it started is left alone."""
        self._process.kill()
        self._process.wait(DEADLINE_S)

    def terminate(self) -> int:
        """Ask it to stop (SIGTERM), and return its exit status once it has."""
        self._process.terminate()
        return self.wait()

    def children(self) -> list[int]:
        """Return the ids of the other processes of its session that still run."""
        return [pid for pid in _session_members(self.pid) if pid != self.pid]

    def wait_for_no_children(self, timeout: float = DEADLINE_S) -> None:
        """Return once nothing that it started runs any more."""
        give_up_at = time.monotonic() + timeout
        while children := self.children():
            for pid in children:
                assert _has_ended(pid, give_up_at - time.monotonic()), f"{pid} still runs"

    def end(self) -> None:
        """End it and all that it started, whatever state they are in; collect the output."""
        for pid in [self.pid, *self.children()]:
            if pid != self.pid or self.returncode is None:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self._process.wait(DEADLINE_S)
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        self.stdout.join()
        self.stderr.join()

    def _unseen(self, wanted: object) -> str:
        return (
            f"{wanted!r} was not seen from {' '.join(self.command)} (status {self.returncode})\n"
            f"--- stdout\n{self.stdout.text[-4000:]}\n--- stderr\n{self.stderr.text[-4000:]}"
        )


def _has_ended(pid: int, within: float) -> bool:
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], max(0.0, within))[0])
    finally:
        os.close(descriptor)


def _session_members(session: int) -> Iterable[int]:
    """Return the processes of a session that have not ended, as Linux tells in ``/proc``."""
    members: list[int] = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            # pid (name) state parent group session ...
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if fields[0] not in "ZX" and int(fields[3]) == session:
            members.append(int(entry.name))
    return members
