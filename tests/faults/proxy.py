"""A TCP proxy between a client and the broker that can cut and stall its connections."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from tests.processes import HOST, free_ports

if TYPE_CHECKING:
    from tests.processes import Address

_READ_BYTES: Final = 65536


class Proxy:
    """Forwards to ``target``.

    Attributes:
        port: where it listens.
        connections: how many there were.
    """

    def __init__(self, target: Address) -> None:
        self.port = free_ports()
        self.connections = 0
        self._target = target
        self._server: asyncio.Server | None = None
        self._flows = asyncio.Event()
        self._flows.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def endpoint(self) -> str:
        """Where clients connect."""
        return f"tcp://{HOST}:{self.port}"

    async def open(self) -> None:
        """Accept connections."""
        self._server = await asyncio.start_server(self._serve, HOST, self.port)

    async def close(self) -> None:
        """Cut all, and accept no more."""
        if self._server is not None:
            self._server.close()
        self.cut()
        for task in list(self._tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def cut(self) -> None:
        """Break every connection, with all that is under way."""
        for writer in self._writers:
            writer.transport.abort()

    def stall(self) -> None:
        """Carry nothing, in either direction, on old connections and on new ones."""
        self._flows.clear()

    def flow(self) -> None:
        """Carry what waits, and go on."""
        self._flows.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        self.connections += 1
        try:
            there, back = await asyncio.open_connection(self._target.host, self._target.port)
            self._writers.add(back)
            forth = asyncio.create_task(self._carry(reader, back))
            try:
                await self._carry(there, writer)
            finally:
                forth.cancel()
                with suppress(asyncio.CancelledError):
                    await forth
                back.transport.abort()
                self._writers.discard(back)
        except (OSError, asyncio.CancelledError):
            pass  # nobody listens there, or the test is over
        finally:
            writer.transport.abort()
            self._writers.discard(writer)
            self._tasks.discard(task)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(_READ_BYTES):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
        writer.transport.abort()
