"""Real processes for tests: brokers, gateways, ``nc`` and ``ncat``, watched through their pipes.

Nothing here sleeps. Output is collected by a thread a pipe, and :meth:`Program.read_until` returns
as soon as the text is there, or fails with all that was seen instead. Ask for the fixture
``processes`` (in ``tests/conftest.py``): whatever it started is ended with the test, by its id,
and so is whatever those processes started themselves.

    def test_hello(processes: Processes) -> None:
        broker = processes.broker()
        duke = processes.nc(broker.door)
        duke.read_until("/quit to leave.\n")
        duke.send_line("hello")
        duke.read_until(": hello\n")
"""

from __future__ import annotations

import codecs
import functools
import itertools
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

HOST: Final = "127.0.0.1"
DEADLINE_S: Final = 30.0
"""How long anything may take on a busy machine; what happens is seen when it happens."""
# Below the range from which systems take ports for outgoing connections.
_PORTS: Final = range(10_000, 32_000)
_PORTS_OF_A_PROCESS: Final = 200
_BLOCK: Final = 4
_READ_BYTES: Final = 65536


def free_ports(count: int = 1) -> int:
    """Return the first of ``count`` consecutive loopback ports, at most 4, that nobody has."""
    assert count <= _BLOCK
    blocks, _ = _own_ports()
    while True:
        first = next(blocks)
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


@functools.cache
def _own_ports() -> tuple[Iterator[int], socket.socket]:
    """Return the blocks of ports of this process, without end, and what keeps others off them.

    A port that is found free is taken only later, by a program that starts, or by none on purpose;
    neither another test process nor the next call may come upon it meanwhile.
    """
    for at in range(0, len(_PORTS), _PORTS_OF_A_PROCESS):
        mark = socket.socket(socket.AF_UNIX)
        try:
            mark.bind(f"\0hubbub-tests-{_PORTS[at]}")  # no file: it goes with the process
        except OSError:
            mark.close()
        else:
            return itertools.cycle(_PORTS[at : at + _PORTS_OF_A_PROCESS : _BLOCK]), mark
    raise RuntimeError("too many test processes for so many ports")


def find_nc() -> str | None:
    """Return the path of netcat-openbsd, or None."""
    for name in ("nc.openbsd", "nc"):
        path = shutil.which(name)
        if path is not None:
            told = subprocess.run([path, "-h"], capture_output=True, check=False, timeout=10)
            if b"OpenBSD" in told.stdout + told.stderr:
                return path
    return None


NC: Final = find_nc()
NCAT: Final = shutil.which("ncat")
needs_nc: Final = pytest.mark.skipif(NC is None, reason="nc (netcat-openbsd) is not installed")
needs_ncat: Final = pytest.mark.skipif(NCAT is None, reason="ncat is not installed")


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


class Address(NamedTuple):
    """Where people or peers connect."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Broker(Program):
    """A ``chat-broker`` on ports of its own.

    Attributes:
        listen: the endpoint for clients.
        publish: the endpoint of the broadcasts, one port up.
        door: where nc people connect.
        data: its folder.
    """

    def __init__(
        self,
        data: Path,
        first_port: int,
        flags: Sequence[str],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.data = data
        self.first_port = first_port
        self.flags = list(flags)
        self.environment = dict(environment or {})
        self.listen = f"tcp://{HOST}:{first_port}"
        self.publish = f"tcp://{HOST}:{first_port + 1}"
        self.door = Address(HOST, first_port + 2)
        door = [] if "--no-gateway" in self.flags else [f"--gateway={self.door}"]
        super().__init__(
            [script("chat-broker"), f"--listen={self.listen}", *door, f"--data={data}", *flags],
            environment,
        )
        self.endpoint_for_gateways = ""

    def wait_until_ready(self) -> None:
        """Return once it has printed where to connect."""
        self.read_until("  gateways: ")
        self.endpoint_for_gateways = self.read_until("\n").strip()

    def gateway_pid(self) -> int:
        """Return the id of the gateway that it runs."""
        (pid,) = self.children()
        return pid


class Gateway(Program):
    """A ``chat-gateway`` of its own. ``door`` is where nc people connect."""

    def __init__(
        self, endpoint: str, port: int, flags: Sequence[str], environment: Mapping[str, str] | None
    ) -> None:
        self.door = Address(HOST, port)
        command = [script("chat-gateway"), f"--broker={endpoint}", f"--listen={self.door}", *flags]
        super().__init__(command, environment)


class Processes:
    """Starts processes and ends them all; the fixture ``processes`` gives one to a test."""

    def __init__(self) -> None:
        self._programs: list[Program] = []
        self._folders: list[Path] = []

    def folder(self) -> Path:
        """Return a new private folder with a short path, as local sockets need."""
        path = Path(tempfile.mkdtemp(prefix="hubbub-"))
        self._folders.append(path)
        return path

    def broker(
        self,
        *flags: str,
        data: Path | None = None,
        first_port: int | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Broker:
        """Start a broker, and return once it is ready.

        ``--listen``, ``--gateway`` and ``--data`` are chosen here: three free ports in a row from
        ``first_port``, and a new folder unless ``data`` is given.
        """
        first = free_ports(3) if first_port is None else first_port
        broker = Broker(data or self.folder(), first, flags, environment)
        self._programs.append(broker)
        broker.wait_until_ready()
        return broker

    def restart(self, broker: Broker) -> Broker:
        """Start a broker as another one was started, which has ended: same ports, same folder."""
        return self.broker(
            *broker.flags,
            data=broker.data,
            first_port=broker.first_port,
            environment=broker.environment,
        )

    def gateway(
        self,
        endpoint: str,
        *flags: str,
        port: int | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Gateway:
        """Start a gateway on its own, and return once its door is open."""
        gateway = Gateway(endpoint, free_ports() if port is None else port, flags, environment)
        self._programs.append(gateway)
        gateway.read_until(re.compile(r"The door is open: .*\n"))
        return gateway

    def start(
        self, command: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> Program:
        """Start any program."""
        program = Program(command, environment)
        self._programs.append(program)
        return program

    def nc(self, door: Address, *flags: str) -> Program:
        """Connect with netcat-openbsd."""
        assert NC is not None, "mark the test with needs_nc"
        return self.start([NC, *flags, door.host, str(door.port)])

    def ncat(self, door: Address, *flags: str) -> Program:
        """Connect with ncat."""
        assert NCAT is not None, "mark the test with needs_ncat"
        return self.start([NCAT, *flags, door.host, str(door.port)])

    def close(self) -> None:
        """End everything."""
        for program in reversed(self._programs):
            program.end()
        for folder in self._folders:
            shutil.rmtree(folder)


def script(name: str) -> str:
    """Return the path of one of our commands, installed beside the Python that runs the tests."""
    return str(Path(sys.executable).with_name(name))


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
