"""Many people as ``nc`` would bring them: plain sockets, one epoll, on the loop of the test.

Whoever loses the connection comes back at once, as somebody who starts ``nc`` again.
"""

from __future__ import annotations

import re
import select
import socket
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.faults.checker import Ledger, Witness

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterable

    from tests.processes import Address

_READ_BYTES: Final = 262_144
_CONNECT_WITHIN_S: Final = 2.0
_TRY_AGAIN_S: Final = 0.03
_CHUNKS_KEPT: Final = 512
_SPOKEN: Final = re.compile(rb"^\S+: m(\d+)\b", re.MULTILINE)
# What was said before stands there with its time: "-- 10:32+00 Duke: hello".
_TOLD: Final = re.compile(rb"^(?:-- (?!\d\d:\d\d[+-]).*|The broker cannot .*)$", re.MULTILINE)
_GONE: Final = b"-- messages no longer kept: "
_HINT: Final = b"/quit to leave.\n"


class _Chunk(NamedTuple):
    """The whole lines of one read: numbers said, sentences told, whether one came in."""

    numbers: tuple[int, ...]
    told: tuple[str, ...]
    is_hint: bool
    is_gone: bool


class NcPerson:
    """One person, and one connection after the other.

    Attributes:
        witness: what the present connection has seen.
        told: the sentences about the broker that this connection read.
        is_in: whether it was let in.
        pending: own numbers of this connection that were not read back.
        heard_own: the last own number that was read back, on any connection.
        connections: how many there were.
    """

    def __init__(self, crowd: NcCrowd, index: int, door: Address) -> None:
        self.index = index
        self.door = door
        self.witness = Witness("")
        self.told: list[str] = []
        self.is_in = False
        self.pending: set[int] = set()
        self.heard_own = 0
        self.connections = 0
        self.reads = True
        self._crowd = crowd
        self._sock: socket.socket | None = None
        self._out = b""
        self._tail = b""

    @property
    def author(self) -> str:
        """The present connection, as an author."""
        return f"nc {self.index}/{self.connections}"

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection."""
        return self._sock is not None

    # ---- the connection

    def connect(self) -> None:
        """Connect, or try again soon."""
        crowd = self._crowd
        if crowd.closed or self._sock is not None:
            return
        try:
            sock = socket.create_connection(self.door, _CONNECT_WITHIN_S)
        except OSError:
            crowd.loop.call_later(_TRY_AGAIN_S, self.connect)
            return
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock = sock
        self.connections += 1
        host, port = sock.getsockname()[:2]
        self.witness = Witness(self.author, f"{host}:{port}")
        crowd.witnesses.append(self.witness)
        self.told, self.pending = [], set()
        self.is_in = False
        self._out = self._tail = b""
        crowd.watch(sock.fileno(), self)
        if crowd.greets:
            self.say()

    def close(self) -> None:
        """Leave without a word."""
        if self._sock is not None:
            self._crowd.forget(self._sock.fileno())
            self._sock.close()
            self._sock = None

    def stop_reading(self) -> None:
        """Read no more, but stay connected."""
        self.reads = False
        self._set_events()

    def read_on(self) -> None:
        """Read again."""
        self.reads = True
        self._set_events()

    # ---- talking

    def say(self, padding: str = "") -> int:
        """Type one more line; return its number."""
        number = self._crowd.ledger.say(self.author)
        self.pending.add(number)
        self.type(f"m{number} {padding}\n".encode())
        return number

    def type(self, data: bytes) -> None:
        """Type anything; what the socket does not take now is written later."""
        self._out += data
        self._flush()

    def ready(self, events: int) -> None:
        """Read and write what can be."""
        if events & select.EPOLLOUT:
            self._flush()
        if self._sock is None or not (events & ~select.EPOLLOUT):
            return
        try:
            data = self._sock.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._take(data)
        else:
            self._lost()

    def _take(self, data: bytes) -> None:
        text = self._tail + data
        whole = text.rfind(b"\n") + 1
        self._tail = text[whole:]
        if not whole:
            return
        chunk = self._crowd.parse(text[:whole])
        if chunk.is_gone:  # rare: find out after which line
            for line in text[:whole].splitlines(keepends=True):
                if line.startswith(_GONE):
                    self.witness.missed_some()
                self.witness.take(self._crowd.parse(line).numbers)
        else:
            self.witness.take(chunk.numbers)
        self.told += chunk.told
        self.is_in = self.is_in or chunk.is_hint
        if self.pending and (own := self.pending.intersection(chunk.numbers)):
            self.pending -= own
            self.heard_own = max(own)
            self._crowd.ledger.acknowledged |= own

    def _lost(self) -> None:
        self.close()
        self.reads = True
        self._crowd.told_before.update(self.told)
        self.connect()

    def _flush(self) -> None:
        if self._sock is None or not self._out:
            return
        try:
            sent = self._sock.send(self._out)
        except BlockingIOError:
            sent = 0
        except OSError:
            sent = len(self._out)  # the connection broke; what it brought is read first
        self._out = self._out[sent:]
        self._set_events()

    def _set_events(self) -> None:
        if self._sock is not None:
            events = (select.EPOLLIN if self.reads else 0) | (select.EPOLLOUT if self._out else 0)
            self._crowd.set_events(self._sock.fileno(), events)


class NcCrowd:
    """Everybody on nc.

    Args:
        ledger: where all that is said is written down.
        changed: called whenever somebody read something.

    Attributes:
        people: all of them.
        witnesses: every connection there ever was.
        greets: whether people type a line as soon as they are connected, before they are let in.
        told_before: the sentences told on connections that are gone.
    """

    def __init__(
        self, ledger: Ledger, loop: asyncio.AbstractEventLoop, changed: Callable[[], None]
    ) -> None:
        self.ledger = ledger
        self.loop = loop
        self.people: list[NcPerson] = []
        self.witnesses: list[Witness] = []
        self.told_before: Counter[str] = Counter()
        self.greets = False
        self.closed = False
        self._changed = changed
        self._epoll = select.epoll()
        self._by_descriptor: dict[int, NcPerson] = {}
        self._events: dict[int, int] = {}
        self._chunks: dict[bytes, _Chunk] = {}
        loop.add_reader(self._epoll.fileno(), self._ready)

    def add(self, count: int, door: Address) -> list[NcPerson]:
        """Let so many more people come in at ``door``; they are not in yet."""
        added = [NcPerson(self, len(self.people) + index, door) for index in range(count)]
        self.people += added
        for person in added:
            person.connect()
        return added

    def all_in(self) -> bool:
        """Return whether everybody is in."""
        return all(person.is_in and person.is_connected for person in self.people)

    def all_heard(self, since: int, people: Iterable[NcPerson] | None = None) -> bool:
        """Return whether everybody said something after number ``since`` and read it back."""
        return all(person.heard_own > since for person in people or self.people)

    def close(self) -> None:
        """Everybody leaves without a word."""
        if self.closed:
            return
        self.closed = True
        for person in self.people:
            person.close()
        self.loop.remove_reader(self._epoll.fileno())
        self._epoll.close()

    # ---- for the people

    def watch(self, descriptor: int, person: NcPerson) -> None:
        """Tell ``person`` what happens to a socket."""
        self._by_descriptor[descriptor] = person
        self._events[descriptor] = select.EPOLLIN
        self._epoll.register(descriptor, select.EPOLLIN)

    def set_events(self, descriptor: int, events: int) -> None:
        """Watch for other events."""
        if self._events[descriptor] != events:
            self._events[descriptor] = events
            self._epoll.modify(descriptor, events)

    def forget(self, descriptor: int) -> None:
        """Watch a socket no more."""
        self._epoll.unregister(descriptor)
        del self._by_descriptor[descriptor], self._events[descriptor]

    def parse(self, lines: bytes) -> _Chunk:
        """Take lines apart; most people read the same bytes, so the last few are remembered."""
        chunk = self._chunks.get(lines)
        if chunk is None:
            if len(self._chunks) >= _CHUNKS_KEPT:
                self._chunks.clear()
            chunk = self._chunks[lines] = _Chunk(
                tuple(map(int, _SPOKEN.findall(lines))),
                tuple(line.decode() for line in _TOLD.findall(lines)),
                _HINT in lines,
                _GONE in lines,
            )
        return chunk

    def _ready(self) -> None:
        for descriptor, events in self._epoll.poll(0, max(1, len(self._by_descriptor))):
            if person := self._by_descriptor.get(descriptor):
                person.ready(events)
        self._changed()
