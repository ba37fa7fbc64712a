"""What it takes when thousands come in through nc at once: ``python -m bench.crowd``.

For each size of the crowd there is a fresh broker. Everybody connects, spread evenly over some
seconds or as fast as one process can, and waits for the own login line; then somebody speaks, and
everybody must read it. Every byte that the door sent is counted: it must grow with people, not with
their square. At last half of them hang up at once.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final

from bench import report
from bench.people import Crowd
from bench.processes import IDLE_S, BenchError, Broker

if TYPE_CHECKING:
    import argparse

    from bench.report import Figures

SIZES: Final = (1000, 2000, 4000, 8000)
_WITHIN_S: Final = 10.0
_OVER_S: Final = 5.0
_STEEPEST: Final = 1.5
"""How many times the bytes a person of the smallest crowd those of the largest may be."""
_UNITS: Final = {
    "arrived_s": "{:.2f}",
    "bytes_a_person": "{:,.0f}",
    "bytes_mib": "{:,.1f}",
    "leaving_bytes_a_person": "{:,.0f}",
    "broker_cpu_s": "{:.2f}",
    "gateway_cpu_s": "{:.2f}",
    "load_cpu_s": "{:.2f}",
    "memory_a_person_kib": "{:.1f}",
}


def measure(options: argparse.Namespace) -> Figures:
    """Let each crowd come, and check that the cost of one person does not grow with the crowd.

    Raises:
        BenchError: somebody was not served, or not in time, or costs more in a larger crowd.
    """
    figures: Figures = {}
    for people in options.people:
        figures |= {f"{name}_of_{people}": value for name, value in _come(people, options).items()}
    each = [figures[f"bytes_a_person_of_{people}"] for people in options.people]
    if each[-1] > _STEEPEST * each[0]:
        raise BenchError(f"a person costs more bytes in a larger crowd: {each}")
    slowest = max(figures[f"arrived_s_of_{people}"] for people in options.people)
    if slowest > options.within:
        raise BenchError(f"not everybody was in after {options.within:g} s, but {slowest:.1f} s")
    return figures


def _come(people: int, options: argparse.Namespace) -> Figures:
    with (
        Broker("--rate=0", "--burst=0", f"--idle-timeout={IDLE_S}", *options.broker) as broker,
        Crowd(broker.door, options.deadline) as crowd,
    ):
        empty, before, own = broker.memory(), broker.cpu_seconds(), time.process_time()
        started = time.perf_counter()
        crowd.arrive(people, at_once=people, over_s=options.over)
        arrived = time.perf_counter() - started
        own = time.process_time() - own
        used = broker.cpu_seconds().since(before)
        crowd.settle(b"everybody is here")
        came = crowd.received
        full = broker.memory().since(empty)
        leaving = _leave(crowd, people // 2)
        return {
            "arrived_s": arrived,
            "bytes_a_person": came / people,
            "bytes_mib": came / 1024**2,
            "leaving_bytes_a_person": leaving / (people - people // 2),
            "broker_cpu_s": used.broker,
            "gateway_cpu_s": used.gateway,
            "load_cpu_s": own,
            "memory_a_person_kib": full.both / people / 1024,
        }


def _leave(crowd: Crowd, count: int) -> int:
    """Let so many people hang up at once; return the bytes that the others read about it."""
    before = crowd.received
    crowd.hang_up(count)
    crowd.be_quiet()
    return crowd.received - before


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(sorted(map(report.positive, text.split(","))))


def main() -> int:
    """Run from the command line."""
    options = report.parser("bench.crowd", "Thousands coming in through nc at once: time, bytes.")
    add = options.add_argument
    add("--people", type=_sizes, default=SIZES, metavar="N,N", help="sizes of the crowd")
    add("--over", type=float, default=_OVER_S, help="seconds over which they come; 0: at once")
    add("--within", type=report.positive_float, default=_WITHIN_S, help="seconds until all are in")
    add("--broker", action="append", default=[], metavar="FLAG", help="flag for chat-broker")
    asked = options.parse_args()
    units = {
        f"{name}_of_{people}": unit for people in asked.people for name, unit in _UNITS.items()
    }
    return report.run(asked, measure, units)


if __name__ == "__main__":
    sys.exit(main())
