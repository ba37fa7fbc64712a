"""Connections between a client and the broker that are cut, or carry nothing for a while."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from client.notices import Status
from tests.faults.proxy import Proxy
from tests.faults.traffic import Town
from tests.processes import HOST, Address

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.faults.scripted import ScriptedClient
    from tests.processes import Broker, Processes

FLAGS: Final = ("--no-gateway", "--burst=0", "--heartbeat=0.2", "--timeout=1")
FAULTS: Final = 3


class Far:
    """A scripted client that reaches the broker through two proxies, one for each socket."""

    def __init__(self, town: Town, commands: Proxy, broadcasts: Proxy, publish: str) -> None:
        self.commands = commands
        self.broadcasts = broadcasts
        self.client: ScriptedClient = town.add_scripted(
            "Far", commands.endpoint, {publish: broadcasts.endpoint}
        )


@asynccontextmanager
async def far_client(town: Town, broker: Broker) -> AsyncIterator[Far]:
    """Let one client come in from far away, and two others as usual; everybody talks."""
    commands = Proxy(Address(HOST, broker.first_port))
    broadcasts = Proxy(Address(HOST, broker.first_port + 1))
    await commands.open()
    await broadcasts.open()
    try:
        town.add_scripted("Near", broker.listen)
        town.add_raw("Raw", broker.listen)
        far = Far(town, commands, broadcasts, broker.publish)
        await town.arrive()
        town.talk(200)
        yield far
    finally:
        await commands.close()
        await broadcasts.close()


async def test_connections_are_cut(processes: Processes) -> None:
    broker = processes.broker(*FLAGS)
    async with Town() as town, far_client(town, broker) as far:
        for _ in range(FAULTS):
            for proxies in ([far.commands], [far.broadcasts], [far.commands, far.broadcasts]):
                await town.until_acknowledged(town.rng.randrange(1, 40))
                before = [proxy.connections for proxy in proxies]
                for proxy in proxies:
                    proxy.cut()
                await town.until(
                    lambda: [p.connections for p in proxies] > before,  # noqa: B023
                    "it connects again",
                )
                await town.all_talk()
        await town.settle()
        report = await town.check(broker)
        assert report.stored == report.said
        assert far.client.reopened == 0


async def test_connections_stall(processes: Processes) -> None:
    broker = processes.broker(*FLAGS)
    async with Town() as town, far_client(town, broker) as far:
        for _ in range(2):
            await town.until_acknowledged(town.rng.randrange(1, 40))
            far.client.statuses.clear()
            far.commands.stall()
            far.broadcasts.stall()
            far.client.say()
            await town.until(
                lambda: Status.WAITING in far.client.statuses, "the silence is noticed"
            )
            # Late, what the old connection carried arrives beside the new one.
            far.commands.flow()
            far.broadcasts.flow()
            await town.all_talk()
        await town.settle()
        report = await town.check(broker)
        assert report.stored == report.said
        assert far.client.reopened == 0


async def test_broadcasts_stall(processes: Processes) -> None:
    """The SUB is silent while heads move: the link asks for what is missing, and replaces it."""
    broker = processes.broker(*FLAGS)
    async with Town() as town, far_client(town, broker) as far:
        seen = far.client.witness.seen
        await town.until(lambda: far.client.witness.seen > seen + 50, "broadcasts come")
        repaired = far.client.link.repaired
        connections = far.broadcasts.connections
        far.broadcasts.stall()
        await town.until(lambda: far.broadcasts.connections > connections, "the SUB is replaced")
        await town.until(lambda: far.client.link.repaired > repaired, "it asks for what is missing")
        far.broadcasts.flow()
        await town.settle()
        await town.check(broker)
        assert Status.WAITING not in far.client.statuses  # its DEALER was never given up
