"""The TCP side of the plain door: owns the people's sockets. What they mean is the door's."""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
from typing import TYPE_CHECKING, Final

from protocol.endpoints import HostPort
from runtime.listening import BACKLOG

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from client.notices import Notice
    from gateway.door import Door

SEND_BUFFER_BYTES: Final = 64 * 1024
"""Fixed, because the kernel would else grow it to megabytes that no limit of ours counts."""
LAST_BYTES_WITHIN_S: Final = 10.0
"""How long a connection that is being closed may take to read what waits for it."""
READ_BYTES: Final = 16 * 1024
"""At a time from one person: who floods has no more than this waiting for its turn."""
_TOKEN_BYTES: Final = 16

_log = logging.getLogger(__name__)


class PeopleServer:
    """Feeds the door from TCP connections, and writes once a person a turn.

    Args:
        door: the pure half.
        send_limit: bytes that may wait for one reader before it is cut off.

    Attributes:
        everybody_left: set while nobody is here.
        buffer: what was read last; emptied before the loop reads from anybody else.
    """

    def __init__(self, door: Door, send_limit: int, loop: asyncio.AbstractEventLoop) -> None:
        self.everybody_left = asyncio.Event()
        self.buffer = bytearray(READ_BYTES)
        self._door = door
        self._send_limit = send_limit
        self._wake: Callable[[], None] = lambda: None
        self._loop = loop
        self._transports: dict[int, asyncio.Transport] = {}
        self._last_key = 0
        self._timer: asyncio.TimerHandle | None = None
        self._server: asyncio.Server | None = None

    async def serve(self, listening: socket.socket, wake: Callable[[], None]) -> None:
        """Accept people on ``listening`` from now on; ``wake`` schedules a turn of the link."""
        self._wake = wake
        self._server = await self._loop.create_server(
            lambda: _Connection(self), sock=listening, backlog=BACKLOG
        )

    def stop_accepting(self) -> None:
        """Let nobody else in."""
        if self._server is not None:
            self._server.close()

    def close(self) -> None:
        """Close every connection; what was written is still sent."""
        if self._timer is not None:
            self._timer.cancel()
        for transport in self._transports.values():
            transport.close()

    def _close(self, transport: asyncio.Transport) -> None:
        transport.close()
        if transport.get_write_buffer_size():
            # Who does not read must not hold the connection and its bytes for ever.
            self._loop.call_later(LAST_BYTES_WITHIN_S, transport.abort)

    def on_notices(self, notices: Sequence[Notice], now: float) -> None:
        """Take the link's part of a turn: what happened there, then what is due, then writing."""
        self._door.notice(notices, now)
        self._door.tick(now)
        self._write()
        self._set_timer()
        if len(self._door):
            self.everybody_left.clear()
        else:
            self.everybody_left.set()

    # ---- from the connections

    def connected(self, transport: asyncio.Transport) -> int:
        """Somebody connected; return the connection's key."""
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        transport.set_write_buffer_limits(high=self._send_limit)
        host, port = transport.get_extra_info("peername")[:2]
        address = str(HostPort(host, port))
        self._last_key += 1
        self._transports[self._last_key] = transport
        token = secrets.token_hex(_TOKEN_BYTES)
        self._door.connected(self._last_key, address, token, self._loop.time())
        self._wake()
        return self._last_key

    def received(self, key: int, data: bytes) -> None:
        """Bytes came in."""
        self._log_turned_away(key, self._door.received(key, data, self._loop.time()))
        self._wake()

    def ended(self, key: int) -> None:
        """The person sends no more."""
        self._log_turned_away(key, self._door.ended(key, self._loop.time()))
        self._wake()

    def lost(self, key: int) -> None:
        """The connection is gone."""
        if self._transports.pop(key, None) is not None:
            self._door.lost(key, self._loop.time())
            self._wake()

    def _log_turned_away(self, key: int, protocol: str) -> None:
        if protocol:
            address = HostPort(*self._transports[key].get_extra_info("peername")[:2])
            _log.info("%s speaks %s and was turned away", address, protocol)

    # ---- output

    def _write(self) -> None:
        output = self._door.take_output()
        for key, pieces in output.writes.items():
            transport = self._transports.get(key)
            if transport is None:
                continue
            transport.write(pieces[0] if len(pieces) == 1 else b"".join(pieces))
            if transport.get_write_buffer_size() > self._send_limit:
                self._cut(key, transport)
        for key in output.closed:
            if transport := self._transports.pop(key, None):
                self._close(transport)
        for key, reading in output.reading.items():
            if transport := self._transports.get(key):
                self._read(transport, reading=reading)

    def _read(self, transport: asyncio.Transport, *, reading: bool) -> None:
        if transport.is_closing():
            return
        if reading:
            transport.resume_reading()
        else:
            transport.pause_reading()

    def _cut(self, key: int, transport: asyncio.Transport) -> None:
        address = HostPort(*transport.get_extra_info("peername")[:2])
        waiting = transport.get_write_buffer_size()
        _log.warning(
            "%s does not read: cut off with %d bytes waiting (limit %d)",
            address, waiting, self._send_limit,
        )  # fmt: skip
        del self._transports[key]
        transport.abort()
        self._door.cut(key)
        self._wake()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        due = self._door.next_deadline()
        self._timer = None if due is None else self._loop.call_at(due, self._wake)


class _Connection(asyncio.BufferedProtocol):
    def __init__(self, server: PeopleServer) -> None:
        self._server = server
        self._key = 0

    def get_buffer(self, sizehint: int) -> memoryview:
        return memoryview(self._server.buffer)[: sizehint if sizehint > 0 else None]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._key = self._server.connected(transport)

    def buffer_updated(self, nbytes: int) -> None:
        self._server.received(self._key, bytes(self._server.buffer[:nbytes]))

    def eof_received(self) -> bool:
        self._server.ended(self._key)
        return True  # keep the other half open: the person may still read

    def connection_lost(self, exc: Exception | None) -> None:
        _log.debug("a connection is gone: %s", exc)
        self._server.lost(self._key)
