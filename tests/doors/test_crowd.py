"""A thousand people on plain sockets, as many ``nc`` would be, and one of them not reading."""

from __future__ import annotations

import re
import resource
import selectors
import socket
import time
from typing import TYPE_CHECKING, Final

import pytest

from tests.program import DEADLINE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.processes import Address, Processes

PEOPLE: Final = 1000
LINE: Final = "x" * 4000
BATCH: Final = 10
READY: Final = b"/quit to leave.\n"
SPOKEN: Final = re.compile(rb"Duke: (\d{5}) x+")


class Listener:
    """One person's socket, and what it must see: every number once, in order."""

    def __init__(self, door: Address) -> None:
        self.sock = socket.create_connection(door)
        self.sock.setblocking(False)
        self.id = "{}:{}".format(*self.sock.getsockname())
        self.is_in = False
        self.heard = 0
        self.left: set[bytes] = set()
        self._rest = b""

    def read(self) -> None:
        """Take what there is."""
        data = self.sock.recv(1 << 20)
        assert data, f"{self.id} was cut off"
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if line.startswith(b"Duke: "):
                spoken = SPOKEN.fullmatch(line)
                assert spoken is not None
                assert int(spoken[1]) == self.heard
                self.heard += 1
            elif line.endswith(b" exit already!"):
                self.left.add(line)
            elif line + b"\n" == b"Type a line to talk, /help for the commands, " + READY:
                self.is_in = True


class Crowd:
    """Everybody who reads, watched until something holds."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self.listeners: list[Listener] = []

    def add(self, listener: Listener) -> None:
        self.listeners.append(listener)
        self._selector.register(listener.sock, selectors.EVENT_READ, listener)

    def read_until(self, holds: Callable[[], bool]) -> None:
        give_up_at = time.monotonic() + DEADLINE_S
        while not holds():
            ready = self._selector.select(max(0.0, give_up_at - time.monotonic()))
            assert ready, "nothing comes any more"
            for key, _ in ready:
                key.data.read()

    def close(self) -> None:
        self._selector.close()
        for listener in self.listeners:
            listener.sock.close()


@pytest.fixture
def crowd() -> Iterator[Crowd]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    crowd = Crowd()
    try:
        yield crowd
    finally:
        crowd.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_one_of_a_thousand_does_not_read(processes: Processes, crowd: Crowd) -> None:
    broker = processes.broker("--rate=0", "--burst=0", "--idle-timeout=0")
    duke = Listener(broker.door)
    crowd.add(duke)
    duke.sock.sendall(b"rename|Duke\n")
    with socket.socket() as stuck:
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stuck.connect(broker.door)
        stuck_exit = "{}:{} exit already!".format(*stuck.getsockname()).encode()
        for _ in range(PEOPLE - 2):
            crowd.add(Listener(broker.door))
        crowd.read_until(lambda: all(listener.is_in for listener in crowd.listeners))

        sent = 0
        while stuck_exit not in duke.left:
            assert sent < 2000, "never cut off"
            batch = range(sent, sent + BATCH)
            duke.sock.setblocking(True)
            duke.sock.sendall("".join(f"{number:05} {LINE}\n" for number in batch).encode())
            duke.sock.setblocking(False)
            sent += BATCH
            crowd.read_until(lambda: all(person.heard == sent for person in crowd.listeners))  # noqa: B023
    duke.sock.setblocking(True)
    duke.sock.sendall(f"{sent:05} {LINE}\n".encode())
    duke.sock.setblocking(False)
    crowd.read_until(lambda: all(person.heard == sent + 1 for person in crowd.listeners))
    assert all(listener.left == {stuck_exit} for listener in crowd.listeners)
    address = stuck_exit.partition(b" ")[0].decode()
    broker.read_log(f"{address} does not read: cut off with ")
    assert "Traceback" not in broker.stderr.text
