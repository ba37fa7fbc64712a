"""``kill -9`` of the broker and of its gateways under load: ``python -m bench.kills``.

After each kill every person must have said something that came back before the talk may be
disturbed again, at a moment that the seed decides. In the end what was acknowledged, what everybody
saw and what the journal holds are compared. Unlike the rest of ``bench``, this stands on
``tests.faults``, and on Hubbub's own client.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import time
from typing import TYPE_CHECKING, Final

from bench import report
from bench.processes import BenchError
from tests.faults.injectors import House
from tests.faults.traffic import Town
from tests.processes import Processes

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from bench.report import Figures

_UNITS: Final = {
    "kills_of_broker": "{:.0f}",
    "kills_of_gateway": "{:.0f}",
    "lost": "{:.0f}",
    "twice": "{:.0f}",
    "out_of_order": "{:.0f}",
    "acknowledged": "{:,.0f}",
    "seen": "{:,.0f}",
    "connections": "{:,.0f}",
    "messages_per_s": "{:,.0f}",
    "talks_again_broker_median_s": "{:.2f}",
    "talks_again_broker_worst_s": "{:.2f}",
    "talks_again_gateway_median_s": "{:.2f}",
    "talks_again_gateway_worst_s": "{:.2f}",
    "late_s": "{:.2f}",
}
_FLAGS: Final = ("--rate=0", "--burst=0", "--idle-timeout=3600", f"--keep-messages={10**9}")
_CLIENTS: Final = 5
_LONGEST_WAIT_S: Final = 1.0


def measure(options: argparse.Namespace) -> Figures:
    """Make one run with a broker of its own."""
    processes = Processes()
    try:
        return asyncio.run(_run(options, processes))
    except AssertionError as error:
        raise BenchError(str(error)) from error
    finally:
        processes.close()


async def _run(options: argparse.Namespace, processes: Processes) -> Figures:
    house = House(processes, *_FLAGS, *options.broker, own_gateway=True)
    assert house.gateway is not None
    async with Town(options.seed) as town:
        town.nc.add(options.people // 2, house.broker.door)
        town.nc.add(options.people - options.people // 2, house.gateway.door)
        for number in range(_CLIENTS):
            town.add_scripted(f"Bot{number}", house.broker.listen)
        town.add_raw("Raw", house.broker.listen)
        town.add_hose(house.broker.publish)
        await town.arrive()
        kinds = ["broker"] * options.broker_kills
        kinds += [town.rng.choice(["child", "gateway"]) for _ in range(options.gateway_kills)]
        town.rng.shuffle(kinds)
        started = time.monotonic()
        town.talk(options.per_second)
        took = await _kill(town, house, kinds, options)
        said, seconds = town.ledger.last, time.monotonic() - started
        await town.settle()
        checked = await town.check(house.broker)
        connections = len(town.nc.witnesses)
        late_s = town.late_s
    of_gateway = took["child"] + took["gateway"]
    return {
        "kills_of_broker": len(took["broker"]),
        "kills_of_gateway": len(of_gateway),
        "lost": len(checked.lost),
        "twice": len(checked.twice),
        "out_of_order": len(checked.disordered),
        "acknowledged": checked.acknowledged,
        "seen": checked.seen,
        "connections": connections,
        "messages_per_s": said / seconds,
        **_middle_and_worst("broker", took["broker"]),
        **_middle_and_worst("gateway", of_gateway),
        "late_s": late_s,
    }


async def _kill(
    town: Town, house: House, kinds: Sequence[str], options: argparse.Namespace
) -> dict[str, list[float]]:
    """Kill one after the other; return how long it took until everybody talked again."""
    took: dict[str, list[float]] = {"broker": [], "child": [], "gateway": []}
    for count, kind in enumerate(kinds, 1):
        await asyncio.sleep(town.rng.uniform(0, _LONGEST_WAIT_S))
        killed = time.monotonic()
        match kind:
            case "broker":
                await house.kill_broker()
                back = asyncio.create_task(house.start_broker())
            case "child":
                await house.kill_child()
                back = asyncio.create_task(asyncio.sleep(0))  # the broker starts it again
            case _:
                await house.kill_gateway()
                back = asyncio.create_task(house.start_gateway())
        await asyncio.gather(back, town.all_talk())
        took[kind].append(time.monotonic() - killed)
        if not options.json:
            told = f"{count}/{len(kinds)} {kind}: everybody talks again after {took[kind][-1]:.2f}"
            print(f"{told} s; {town.ledger.last} said", flush=True)
    return took


def _middle_and_worst(part: str, times: Sequence[float]) -> Figures:
    return {
        f"talks_again_{part}_median_s": statistics.median(times) if times else 0.0,
        f"talks_again_{part}_worst_s": max(times, default=0.0),
    }


def main() -> int:
    """Run from the command line."""
    options = report.parser("bench.kills", "kill -9 under load: what is lost, how long it takes.")
    add = options.add_argument
    add("--broker", dest="broker_kills", type=int, default=100, help="kills of the broker")
    add("--gateway", dest="gateway_kills", type=int, default=100, help="kills of a gateway")
    add("--people", type=report.positive, default=200, help="people on nc, at two gateways")
    add("--per-second", type=report.positive_float, default=500, help="messages a second in all")
    add("--seed", type=int, default=random.SystemRandom().randrange(1 << 32), help="of all chance")
    add("--flag", dest="broker", action="append", default=[], help="flag for chat-broker")
    return report.run(options.parse_args(), measure, _UNITS)


if __name__ == "__main__":
    sys.exit(main())
