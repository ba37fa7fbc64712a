"""Plain ZeroMQ sockets on an asyncio loop: one callback when any of them may have messages.

Three times the throughput of ``zmq.asyncio`` (measured: 185 k against 55 k messages a second), at
the price of one trap: the descriptor is edge-triggered, and a send may swallow the edge. So the
state of every socket is looked at again after each callback, and once a second besides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import zmq

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from runtime.sockets import Socket

_WATCHDOG_S: Final = 1.0


class Pump:
    """Calls ``on_ready`` soon after messages arrive; the callback drains a bounded batch."""

    def __init__(self, loop: asyncio.AbstractEventLoop, on_ready: Callable[[], None]) -> None:
        self._loop = loop
        self._on_ready = on_ready
        self._sockets: dict[Socket, int] = {}
        self._scheduled: asyncio.Handle | None = None
        self._closed = False
        self._watchdog = loop.call_later(_WATCHDOG_S, self._watch)

    def add(self, socket: Socket) -> None:
        """Watch ``socket``."""
        descriptor = int(socket.getsockopt(zmq.FD))
        self._sockets[socket] = descriptor
        self._loop.add_reader(descriptor, self.wake)
        self.wake()

    def remove(self, socket: Socket) -> None:
        """Stop watching ``socket``; call it before closing the socket."""
        self._loop.remove_reader(self._sockets.pop(socket))

    def wake(self) -> None:
        """Call back soon, once, however often this is called before."""
        if self._scheduled is None and not self._closed:
            self._scheduled = self._loop.call_soon(self._run)

    def close(self) -> None:
        """Stop watching everything; the sockets stay open."""
        self._closed = True
        self._watchdog.cancel()
        if self._scheduled is not None:
            self._scheduled.cancel()
        for socket in list(self._sockets):
            self.remove(socket)

    def _run(self) -> None:
        self._scheduled = None
        try:
            self._on_ready()
        finally:
            if any(int(socket.getsockopt(zmq.EVENTS)) & zmq.POLLIN for socket in self._sockets):
                self.wake()

    def _watch(self) -> None:
        self.wake()
        self._watchdog = self._loop.call_later(_WATCHDOG_S, self._watch)
