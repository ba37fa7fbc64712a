"""A broker with its gateway child, started for one measurement and ended after it."""

from __future__ import annotations

import os
import random
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

HOST: Final = "127.0.0.1"
IDLE_S: Final = 3600
"""Long enough that nobody is put out, while the idle clocks cost what they cost in real use."""
_READY_WITHIN_S: Final = 20.0
_STOP_WITHIN_S: Final = 15.0
# Below the range from which systems take ports for outgoing connections.
_PORTS: Final = range(10_000, 32_000)
_DOOR: Final = re.compile(rb"people: +nc (\S+) (\d+)\n")
_LAST_LINE: Final = re.compile(rb"gateways: .*\n")
_TICKS_A_SECOND: Final = os.sysconf("SC_CLK_TCK")


class BenchError(Exception):
    """A measurement that cannot be trusted, or did not end in time."""


class Usage(NamedTuple):
    """What the two processes have used: seconds of a core, or bytes of memory."""

    broker: float
    gateway: float

    def since(self, before: Usage) -> Usage:
        """Return the difference."""
        return Usage(self.broker - before.broker, self.gateway - before.gateway)

    @property
    def both(self) -> float:
        """The sum."""
        return self.broker + self.gateway


class Broker:
    """A ``chat-broker`` on free loopback ports, its data in a folder of its own.

    Args:
        flags: what is added to its command line.

    Attributes:
        door: where people connect.
        listen: the endpoint for clients.
        pid: the broker's process.
        gateway_pid: its child.
    """

    def __init__(self, *flags: str) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="hubbub-bench-"))
        self._log = self._folder / "log"
        first = _free_ports(3)
        self.listen = f"tcp://{HOST}:{first}"
        command = [
            sys.executable, "-P", "-m", "broker",
            f"--listen={self.listen}", f"--gateway={HOST}:{first + 2}",
            f"--data={self._folder / 'data'}", *flags,
        ]  # fmt: skip
        with self._log.open("wb") as log:
            # Its own session: an interrupt from the terminal reaches the benchmark alone, which
            # then ends the broker in order.
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        self.pid = self._process.pid
        try:
            self.door = self._wait_until_ready()
            self.gateway_pid = self._find_gateway()
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            sys.stderr.write(self.log()[-4000:])
        self.stop()

    def cpu_seconds(self) -> Usage:
        """Return the processor time that each has used, user and system."""
        return Usage(cpu_seconds(self.pid), cpu_seconds(self.gateway_pid))

    def memory(self) -> Usage:
        """Return the resident memory of each, in bytes."""
        return Usage(resident(self.pid), resident(self.gateway_pid))

    def log(self) -> str:
        """Return what both have logged so far."""
        return self._log.read_text(errors="replace")

    def stop(self) -> None:
        """Ask the broker to stop, which takes its gateway down; end it if it does not."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(_STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                # The gateway ends by itself: its standard input closes with the broker.
                self._process.kill()
                self._process.wait(_STOP_WITHIN_S)
        if self._process.stdout is not None:
            self._process.stdout.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _wait_until_ready(self) -> tuple[str, int]:
        assert self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        give_up_at = time.monotonic() + _READY_WITHIN_S
        said = b""
        while not _LAST_LINE.search(said):
            left = give_up_at - time.monotonic()
            ready, _, _ = select.select([pipe], [], [], max(0.0, left))
            data = os.read(pipe, 4096) if ready else b""
            if not data:
                raise BenchError(f"the broker did not become ready: {self.log()}")
            said += data
        match = _DOOR.search(said)
        if match is None:
            raise BenchError(f"the broker did not say where its door is: {said!r}")
        return match[1].decode(), int(match[2])

    def _find_gateway(self) -> int:
        children = [pid for pid, parent in _parents() if parent == self.pid]
        if len(children) != 1:
            raise BenchError(f"the broker has the children {children}, not one gateway")
        return children[0]


def _free_ports(count: int) -> int:
    """Return the first of ``count`` consecutive loopback ports on which nobody listens."""
    for _ in range(1000):
        first = random.choice(_PORTS)
        probes: list[socket.socket] = []
        try:
            for port in range(first, first + count):
                probes.append(socket.create_server((HOST, port)))  # noqa: PERF401 - closed below
        except OSError:
            continue
        finally:
            for probe in probes:
                probe.close()
        return first
    raise BenchError("no free ports")


def _parents() -> Iterator[tuple[int, int]]:
    """Yield each running process with its parent."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(FileNotFoundError, ProcessLookupError):
                yield int(entry.name), int(_stat(int(entry.name))[1])


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has used, user and system."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND


def _stat(pid: int) -> list[str]:
    """Return the fields of ``/proc/PID/stat`` that follow the name: state, parent, ..."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def resident(pid: int) -> float:
    """Return the resident memory of a process, in bytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return float(pages * os.sysconf("SC_PAGE_SIZE"))
