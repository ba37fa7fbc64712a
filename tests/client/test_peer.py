"""One person's link on real sockets, against a real broker."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Self

import pytest

from client.identity import claim
from client.link import Link
from client.notices import (
    RoomEntered,
    RoomEvents,
    SessionOver,
    Settled,
    Status,
    StatusChanged,
    Welcomed,
)
from client.peer import Peer
from protocol.commands import Join, Quit, Say
from tests.processes import HOST, free_ports
from tests.program import DEADLINE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from client.identity import Identity
    from client.notices import Notice
    from protocol.commands import Command
    from tests.processes import Broker, Processes


class Person:
    """Collects what a peer is told, and waits for what a test expects."""

    def __init__(self, endpoint: str, identity: Identity | None = None) -> None:
        self.notices: list[Notice] = []
        self._changed = asyncio.Event()
        if identity is None:
            self.peer = Peer(endpoint, self._on_notices, "0123456789abcdef")
            token = "0" * 32
        else:
            self.peer = Peer(endpoint, self._on_notices, identity.link_name, identity.attempts)
            token = identity.token
        now = asyncio.get_running_loop().time()
        self.session = self.peer.link.open(token, now, name="Duke")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.peer.close()

    def _on_notices(self, notices: Sequence[Notice], now: float) -> None:
        self.notices += notices
        if notices:
            self._changed.set()

    async def told(self, is_it: Callable[[Notice], bool]) -> Notice:
        """Return the first notice ever that is the one."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                self._changed.clear()
                for notice in self.notices:
                    if is_it(notice):
                        return notice
                await self._changed.wait()

    def do(self, command: Command) -> None:
        self.peer.link.submit(self.session, command)
        self.peer.wake()

    async def welcomed(self) -> Welcomed:
        notice = await self.told(lambda notice: isinstance(notice, Welcomed))
        assert isinstance(notice, Welcomed)
        return notice


@pytest.fixture
def broker(processes: Processes) -> Broker:
    return processes.broker("--no-gateway")


async def test_a_message_is_acknowledged_and_comes_back(broker: Broker) -> None:
    with Person(broker.listen) as duke:
        assert not (await duke.welcomed()).welcome.resumed
        duke.do(Join("lobby"))
        duke.do(Say("lobby", "hello"))
        await duke.told(
            lambda n: isinstance(n, Settled) and n.commands[-1].command != Join("lobby")
        )
        await duke.told(lambda n: isinstance(n, RoomEvents) and "hello" in str(n.events))


async def test_a_link_that_exists_already_is_taken(broker: Broker) -> None:
    link = Link(lambda: 0.5, "0123456789abcdef")
    told = asyncio.get_running_loop().create_future()

    def on_notices(notices: Sequence[Notice], now: float) -> None:
        if notices and not told.done():
            told.set_result(notices[0])

    link.open("0" * 32, 0.0)
    peer = Peer(broker.listen, on_notices, link=link)
    assert peer.link is link
    assert await asyncio.wait_for(told, DEADLINE_S) == StatusChanged(Status.CONNECTED)
    peer.close()


async def test_who_crashed_comes_back_as_themselves(broker: Broker, tmp_path: Path) -> None:
    identity = claim(tmp_path, broker.listen, "Duke")
    with Person(broker.listen, identity) as duke:
        before = await duke.welcomed()
        duke.do(Join("lobby"))
        await duke.told(lambda n: isinstance(n, RoomEntered))
    identity.close()  # as a crash does: nothing was said to the broker
    identity = claim(tmp_path, broker.listen, "Duke")
    with Person(broker.listen, identity) as duke:
        after = await duke.welcomed()
    assert after.welcome.resumed
    assert after.welcome.id == before.welcome.id
    assert after.welcome.applied == 1
    identity.close()


async def test_who_left_comes_back_as_somebody_new(broker: Broker, tmp_path: Path) -> None:
    identity = claim(tmp_path, broker.listen, "Duke")
    with Person(broker.listen, identity) as duke:
        before = await duke.welcomed()
        duke.do(Quit())
        await duke.told(lambda n: isinstance(n, SessionOver))
    identity.renew()
    with Person(broker.listen, identity) as duke:
        after = await duke.welcomed()
    assert not after.welcome.resumed
    assert after.welcome.id != before.welcome.id
    identity.close()


async def test_no_broker_is_known_by_the_first_attempt() -> None:
    with Person(f"tcp://{HOST}:{free_ports()}") as duke:
        notice = await duke.told(lambda n: isinstance(n, StatusChanged))
    assert isinstance(notice, StatusChanged)
    assert notice.status is Status.WAITING
    assert duke.notices[0] is notice


async def test_closing_waits_no_longer_than_it_was_told() -> None:
    with socket.create_server((HOST, 0)) as silent:
        silent.setblocking(False)
        duke = Person(f"tcp://{HOST}:{silent.getsockname()[1]}")
        accepted, _ = await asyncio.get_running_loop().sock_accept(silent)
        with accepted:
            duke.peer.close(linger_ms=50)  # with its hello unsent, ZeroMQ itself waits for ever
