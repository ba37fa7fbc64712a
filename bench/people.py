"""Many people on nc, in one process, by epoll.

They connect as ``nc`` does, send lines, and read as fast as they can; what a measurement does
with the bytes that they read is its own.
"""

from __future__ import annotations

import resource
import select
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self

from bench.processes import BenchError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from types import TracebackType

ARRIVING_AT_ONCE: Final = 200
"""People who have connected and not yet seen their own login line, at most."""
_READ_BYTES: Final = 65536
_CONNECT_WITHIN_S: Final = 10.0
_SPARE_DESCRIPTORS: Final = 64
_BIG_ROOM: Final = 100
"""With more people the door gathers comings and goings into one line a second."""
_QUIET_S: Final = 1.5


class Person:
    """One connection.

    Attributes:
        index: its place in the crowd.
        name: the person's name, which is the ID.
        tail: what was read and waits for the rest of its line.
    """

    __slots__ = ("index", "name", "out", "sock", "tail")

    def __init__(self, index: int, sock: socket.socket) -> None:
        self.index = index
        self.sock = sock
        host, port = sock.getsockname()[:2]
        self.name = f"{host}:{port}".encode()
        self.tail = b""
        self.out = b""


class Crowd:
    """Everybody who came in through one door.

    Args:
        door: where to connect.
        deadline_s: how long each step may take before the measurement is given up.

    Attributes:
        people: everybody, in the order in which they connected.
        lost: the indexes of those who were cut off.
        received: bytes that all of them have read.
    """

    def __init__(self, door: tuple[str, int], deadline_s: float) -> None:
        self.people: list[Person] = []
        self.lost: set[int] = set()
        self.received = 0
        self._door = door
        self._deadline_s = deadline_s
        self._by_descriptor: dict[int, Person] = {}
        # Made before the sockets, so that its descriptor is small enough for select().
        self._epoll = select.epoll()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._epoll.close()
        for person in self.people:
            person.sock.close()

    # ---- coming in

    def arrive(
        self,
        count: int,
        *,
        small_buffers: Collection[int] = (),
        at_once: int = ARRIVING_AT_ONCE,
        over_s: float = 0.0,
    ) -> None:
        """Let ``count`` people connect, and wait until each has seen its own login line.

        Args:
            count: how many.
            small_buffers: the indexes of those whose kernel buffers are as small as can be.
            at_once: who have connected and not yet seen their own login line, at most.
            over_s: the seconds over which they connect evenly; 0: as fast as they can.
        """
        _allow_descriptors(count)
        arriving: set[int] = set()

        def look_for_login(person: Person, data: bytes) -> None:
            if person.index in arriving:
                person.tail += data
                login = b"[%b]:[%b] ===> login!!\n" % (person.name, person.name)
                if login in person.tail:
                    person.tail = b""
                    arriving.remove(person.index)

        give_up_at, started = self.give_up_at(), time.monotonic()
        while len(self.people) < count or arriving:
            passed = time.monotonic() - started
            due = count if passed >= over_s else int(count * passed / over_s)
            while len(self.people) < due and len(arriving) < at_once:
                index = len(self.people)
                arriving.add(index)
                self._connect(index, small_buffers=index in small_buffers)
            self.turn(0.1 if due == count else 0.01, look_for_login)
            self.check(give_up_at, f"{len(arriving)} people did not see themselves come in")

    def settle(self, marker: bytes) -> None:
        """Let the first person say ``marker``, and wait until everybody has read up to there.

        What is read after this was said after this.
        """
        if len(self.people) > _BIG_ROOM:
            self.be_quiet()
        waiting = {person.index for person in self.people}
        line = b"%b: %b\n" % (self.people[0].name, marker)
        for person in self.people:
            person.tail = b""

        def look_for_marker(person: Person, data: bytes) -> None:
            text = person.tail + data
            if person.index in waiting and line in text:
                waiting.remove(person.index)
                if not text.endswith(line):
                    raise BenchError(f"somebody speaks too early: {text[-200:]!r}")
                text = b""
            person.tail = text[-len(line) :]

        self.send(self.people[0], marker + b"\n")
        give_up_at = self.give_up_at()
        while waiting:
            self.turn(0.1, look_for_marker)
            self.check(give_up_at, f"{len(waiting)} people did not read {marker!r}")
        for person in self.people:
            person.tail = b""

    def be_quiet(self) -> None:
        """Read until nothing more comes by itself: in a big room news of others waits a second."""
        quiet_at, received = time.monotonic() + _QUIET_S, self.received
        give_up_at = self.give_up_at()
        while time.monotonic() < quiet_at:
            self.turn(0.1, lambda _person, _data: None)
            if self.received != received:
                quiet_at, received = time.monotonic() + _QUIET_S, self.received
            self.check(give_up_at, "the door is never quiet")

    def _connect(self, index: int, *, small_buffers: bool) -> None:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if small_buffers:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.settimeout(_CONNECT_WITHIN_S)
        sock.connect(self._door)
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        person = Person(index, sock)
        self.people.append(person)
        self._by_descriptor[sock.fileno()] = person
        self._epoll.register(sock.fileno(), select.EPOLLIN)

    # ---- talking

    def send(self, person: Person, data: bytes) -> None:
        """Let a person write; what the socket does not take now is sent in later turns."""
        was_waiting = bool(person.out)
        person.out += data
        if not was_waiting:
            self._flush(person)

    def turn(self, timeout: float, on_data: Callable[[Person, bytes], None]) -> None:
        """Wait up to ``timeout`` seconds, and read once from everybody who has something."""
        # select() waits to the microsecond; epoll alone rounds up to a millisecond.
        select.select([self._epoll.fileno()], [], [], max(0.0, timeout))
        people = self._by_descriptor
        for descriptor, events in self._epoll.poll(0, max(1, len(people))):
            person = people[descriptor]
            if events & select.EPOLLOUT:
                self._flush(person)
            if events & ~select.EPOLLOUT:
                try:
                    data = person.sock.recv(_READ_BYTES)
                except BlockingIOError:
                    continue
                except ConnectionError:
                    data = b""
                if data:
                    self.received += len(data)
                    on_data(person, data)
                else:
                    self.lost.add(person.index)
                    self._epoll.unregister(descriptor)

    def hang_up(self, count: int) -> None:
        """Let the last ``count`` people close their connections."""
        for person in self.people[len(self.people) - count :]:
            del self._by_descriptor[person.sock.fileno()]
            person.sock.close()
        del self.people[len(self.people) - count :]

    def stop_reading(self, people: Iterable[Person]) -> None:
        """Let these people read no more; they stay connected."""
        for person in people:
            self._epoll.unregister(person.sock.fileno())

    def give_up_at(self) -> float:
        """Return when a step that starts now has taken too long."""
        return time.monotonic() + self._deadline_s

    def check(self, give_up_at: float, complaint: str) -> None:
        """Give the measurement up if somebody was cut off, or it is too late.

        Raises:
            BenchError: it is; the text says what was waited for.
        """
        if self.lost:
            raise BenchError(f"{len(self.lost)} people lost their connection")
        if time.monotonic() > give_up_at:
            raise BenchError(f"not within {self._deadline_s:g} s: {complaint}")

    def _flush(self, person: Person) -> None:
        sent = 0
        with suppress(BlockingIOError):
            sent = person.sock.send(person.out)
        person.out = person.out[sent:]
        events = select.EPOLLIN | (select.EPOLLOUT if person.out else 0)
        self._epoll.modify(person.sock.fileno(), events)


def _allow_descriptors(count: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < count + _SPARE_DESCRIPTORS:
        raise BenchError(f"{count} people need more descriptors than the hard limit of {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, hard), hard))
