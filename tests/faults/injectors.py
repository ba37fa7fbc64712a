"""What can happen to a broker and its gateways, done to real processes."""

from __future__ import annotations

import asyncio
import os
import resource
import select
import signal
from typing import TYPE_CHECKING

from tests.program import DEADLINE_S

if TYPE_CHECKING:
    from tests.processes import Broker, Gateway, Processes


class House:
    """A broker with the gateway that it runs, and perhaps a gateway on its own.

    Attributes:
        broker: the one that runs now.
        gateway: the one on its own, if there is one.
    """

    def __init__(self, processes: Processes, *flags: str, own_gateway: bool = False) -> None:
        self._processes = processes
        self.broker: Broker = processes.broker(*flags)
        self.gateway: Gateway | None = None
        if own_gateway:
            endpoint = self.broker.endpoint_for_gateways
            self.gateway = processes.gateway(endpoint, "--rate=0")

    async def kill_broker(self) -> None:
        """``kill -9`` the broker, and return once it is dead."""
        await asyncio.to_thread(self.broker.kill)

    async def start_broker(self) -> None:
        """Start it again on the same ports and folder, and return once it is ready."""
        self.broker = await asyncio.to_thread(self._processes.restart, self.broker)

    async def kill_child(self) -> None:
        """``kill -9`` the gateway that the broker runs, which starts another; wait for its end."""
        await asyncio.to_thread(kill, await self.child())

    async def kill_gateway(self) -> None:
        """``kill -9`` the gateway on its own, and return once it is dead."""
        assert self.gateway is not None
        await asyncio.to_thread(self.gateway.kill)

    async def start_gateway(self) -> None:
        """Start it again, and return once its door is open."""
        assert self.gateway is not None
        endpoint, port = self.broker.endpoint_for_gateways, self.gateway.door.port
        self.gateway = await asyncio.to_thread(
            self._processes.gateway, endpoint, "--rate=0", port=port
        )

    async def child(self) -> int:
        """Return the id of the gateway that the broker runs, once it runs one."""
        while not (children := self.broker.children()):
            await asyncio.sleep(0)  # it is being started again
        return children[0]


def kill(pid: int) -> None:
    """``kill -9`` a process that is not ours to wait for, and return once it is dead."""
    descriptor = os.pidfd_open(pid)
    try:
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        assert select.select([descriptor], [], [], DEADLINE_S)[0], f"{pid} does not die"
    finally:
        os.close(descriptor)


def limit_files(pid: int, size: int) -> None:
    """Let a process write no file beyond ``size`` bytes from now on: its disk is full.

    Needs no privilege, and can be taken back. Python ignores SIGXFSZ, so that a write fails with
    EFBIG as it does with ENOSPC on a full disk.
    """
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))


def lift_limit(pid: int) -> None:
    """The disk has room again."""
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))
