"""Real processes for tests: brokers, gateways, ``nc`` and ``ncat``.

Ask for the fixture ``processes`` (in ``tests/conftest.py``): whatever it started is ended with the
test, by its id, and so is whatever those processes started themselves.

    def test_hello(processes: Processes) -> None:
        broker = processes.broker()
        duke = processes.nc(broker.door)
        duke.read_until("/quit to leave.\n")
        duke.send_line("hello")
        duke.read_until(": hello\n")
"""

from __future__ import annotations

import functools
import itertools
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from tests.program import Program

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HOST: Final = "127.0.0.1"
# Below the range from which systems take ports for outgoing connections.
_PORTS: Final = range(10_000, 32_000)
_PORTS_OF_A_PROCESS: Final = 200
_BLOCK: Final = 4


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
