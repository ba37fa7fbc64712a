"""The sockets of the door: what is closed is gone, even if nobody reads."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

import pytest

from gateway import server
from gateway.output import DoorOutput
from gateway.server import PeopleServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.door import Door


class ScriptedDoor:
    """Stands for the door: gives the output that a test wants."""

    def __init__(self) -> None:
        self.output = DoorOutput()
        self.arrived = asyncio.Event()
        self.cut_off: list[int] = []

    def __len__(self) -> int:
        return 0

    def connected(self, key: int, address: str, token: str, now: float) -> None:
        self.arrived.set()

    def lost(self, key: int, now: float) -> None:
        pass

    def ended(self, key: int, now: float) -> str:
        return ""

    def cut(self, key: int) -> None:
        self.cut_off.append(key)

    def notice(self, notices: object, now: float) -> None:
        pass

    def tick(self, now: float) -> None:
        pass

    def next_deadline(self) -> float | None:
        return None

    def take_output(self) -> DoorOutput:
        output, self.output = self.output, DoorOutput()
        return output


@asynccontextmanager
async def serve(limit: int) -> AsyncIterator[tuple[ScriptedDoor, PeopleServer, socket.socket]]:
    """Yield a server with one caller, whose receive buffer is small."""
    loop = asyncio.get_running_loop()
    door = ScriptedDoor()
    people = PeopleServer(cast("Door", door), limit, loop)
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.socket() as caller:
        await people.serve(listening, lambda: None)
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        caller.setblocking(False)
        await loop.sock_connect(caller, listening.getsockname())
        await asyncio.wait_for(door.arrived.wait(), 10)
        yield door, people, caller
        people.stop_accepting()


async def read_all(caller: socket.socket) -> bytes:
    data = b""
    loop = asyncio.get_running_loop()
    while piece := await asyncio.wait_for(loop.sock_recv(caller, 65536), 10):
        data += piece
    return data


async def test_what_was_written_is_sent_before_the_end() -> None:
    async with serve(1 << 20) as (door, people, caller):
        door.output = DoorOutput({1: [b"a" * 300_000, b"b" * 300_000]}, [1])
        people.on_notices((), 0.0)
        assert await read_all(caller) == b"a" * 300_000 + b"b" * 300_000


async def test_who_does_not_read_the_last_bytes_is_not_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "LAST_BYTES_WITHIN_S", 0.0)
    async with serve(1 << 20) as (door, people, caller):
        door.output = DoorOutput({1: [b"a" * 600_000]}, [1])
        people.on_notices((), 0.0)
        assert len(await read_all(caller)) < 600_000


async def test_who_is_above_the_limit_is_cut_off() -> None:
    async with serve(65536) as (door, people, caller):
        door.output = DoorOutput({1: [b"a" * 1_000_000]})
        people.on_notices((), 0.0)
        assert door.cut_off == [1]
        assert len(await read_all(caller)) < 1_000_000
