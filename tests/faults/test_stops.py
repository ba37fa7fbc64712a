"""Processes that are stopped and continued (SIGSTOP, SIGCONT), and readers that are stuck."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Final

import pytest

from client.notices import Status
from tests.faults.injectors import House
from tests.faults.test_kills import fill
from tests.faults.traffic import Town

if TYPE_CHECKING:
    from tests.processes import Processes

FLAGS: Final = ("--rate=0", "--burst=0", "--idle-timeout=0", "--heartbeat=0.2", "--timeout=1")
SESSION_LOST: Final = "-- you were away too long and had left; you are in again."


async def test_a_stopped_broker(processes: Processes) -> None:
    house = House(processes, *FLAGS, own_gateway=True)
    async with Town() as town:
        await fill(town, house)
        town.talk(100)
        for _ in range(2):
            await town.until_acknowledged(town.rng.randrange(1, 100))
            for client in town.scripted:
                client.statuses.clear()
            house.broker.signal(signal.SIGSTOP)
            await town.until(
                lambda: all(Status.WAITING in client.statuses for client in town.scripted),
                "the links give a silent broker up",
            )
            house.broker.signal(signal.SIGCONT)
            await town.all_talk()
        await town.settle()
        report = await town.check(house.broker)
        assert report.stored == report.said
        assert {person.connections for person in town.nc.people} == {1}


@pytest.mark.parametrize("part", ["child", "gateway"])
async def test_a_stopped_gateway(processes: Processes, part: str) -> None:
    house = House(processes, *FLAGS, "--grace=0.2", own_gateway=True)
    async with Town() as town:
        await fill(town, house)
        ann = town.scripted[0]
        town.talk(100)
        await town.until_acknowledged(50)
        gateway = house.gateway.pid if house.gateway and part == "gateway" else await house.child()
        stopped = town.nc.people[12:] if part == "gateway" else town.nc.people[:12]
        os.kill(gateway, signal.SIGSTOP)
        await town.until(lambda: ann.left == len(stopped), "the others see them leave")
        os.kill(gateway, signal.SIGCONT)
        await town.all_talk()
        await town.settle()
        report = await town.check(house.broker)
        # They were put out, and are told so; what they typed meanwhile is said all the same.
        assert report.stored == report.said
        assert {person.connections for person in town.nc.people} == {1}
        assert {person.told.count(SESSION_LOST) for person in stopped} == {1}


async def test_stuck_readers(processes: Processes) -> None:
    house = House(processes, "--rate=0", "--burst=0", "--idle-timeout=0", "--send-limit=65536")
    async with Town() as town:
        await fill(town, house)
        town.talk(400, padding=3000)
        await town.until_acknowledged(50)
        stuck = town.nc.people[:4]
        for person in stuck:
            person.stop_reading()
        await town.until(
            lambda: all(person.connections == 2 for person in stuck), "they are cut off"
        )
        await town.settle()
        await town.check(house.broker)
        assert {person.connections for person in town.nc.people[4:]} == {1}
