"""``kill -9`` of the broker and of gateways while everybody talks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.faults.injectors import House
from tests.faults.traffic import Town

if TYPE_CHECKING:
    from tests.processes import Processes

KILLS: Final = 3
FLAGS: Final = ("--rate=0", "--burst=0", "--idle-timeout=0")


async def fill(town: Town, house: House) -> None:
    """Let people of all kinds come in, at both doors."""
    broker = house.broker
    town.nc.add(12, broker.door)
    if house.gateway is not None:
        town.nc.add(12, house.gateway.door)
    for name in ("Ann", "Ben"):
        town.add_scripted(name, broker.listen)
    town.add_raw("Raw", broker.listen)
    town.add_hose(broker.publish)
    await town.arrive()


@pytest.mark.parametrize("part", ["broker", "child", "gateway"])
async def test_kills(processes: Processes, part: str) -> None:
    house = House(processes, *FLAGS, own_gateway=True)
    async with Town() as town:
        await fill(town, house)
        town.talk(150)
        for _ in range(KILLS):
            await town.until_acknowledged(town.rng.randrange(1, 100))
            if part == "broker":
                await house.kill_broker()
                await house.start_broker()
            elif part == "child":
                await house.kill_child()
            else:
                await house.kill_gateway()
                await house.start_gateway()
            await town.all_talk()
        await town.settle()
        await town.check(house.broker)
        outside = town.nc.people[12:]
        if part == "broker":  # a gateway on its own keeps its people
            assert {person.connections for person in outside} == {1}
            for person in outside:
                assert person.told.count("-- waiting for the broker; what you type is kept.") == (
                    person.told.count("-- back; what you typed is on its way.")
                )
                assert 1 <= len(person.told) <= 2 * KILLS + 1
        elif part == "child":
            assert {person.connections for person in town.nc.people[:12]} == {KILLS + 1}
        assert all(client.reopened == 0 for client in town.scripted)
