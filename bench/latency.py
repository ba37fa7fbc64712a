"""How long a line takes from its speaker to each reader: ``python -m bench.latency``."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final

from bench import report
from bench.paced import PacedTalk
from bench.people import Crowd
from bench.processes import IDLE_S, Broker

if TYPE_CHECKING:
    import argparse

    from bench.report import Figures

_UNITS: Final = {
    "p50_ms": "{:.2f}",
    "p99_ms": "{:.2f}",
    "max_ms": "{:.2f}",
    "deliveries": "{:,.0f}",
    "late_ms": "{:.2f}",
    "broker_load": "{:.0%} of a core",
    "gateway_load": "{:.0%} of a core",
    "own_load": "{:.0%} of a core",
}
_MARKER: Final = b"everybody is here"


def measure(options: argparse.Namespace) -> Figures:
    """Make one run with a broker of its own."""
    with (
        Broker("--rate=0", "--burst=0", f"--idle-timeout={IDLE_S}", *options.broker) as broker,
        Crowd(broker.door, options.deadline) as crowd,
    ):
        crowd.arrive(options.people)
        crowd.settle(_MARKER)
        speakers = crowd.people[: options.senders]
        talk = PacedTalk(crowd, speakers, crowd.people, options.per_second, options.text)
        before, own_before, started = broker.cpu_seconds(), time.process_time(), time.monotonic()
        talk.run(lambda elapsed: elapsed < options.seconds * 1e9)
        seconds = time.monotonic() - started
        used, own = broker.cpu_seconds().since(before), time.process_time() - own_before
    ordered = sorted(talk.latencies)
    return {
        "p50_ms": report.percentile(ordered, 0.5) / 1e6,
        "p99_ms": report.percentile(ordered, 0.99) / 1e6,
        "max_ms": ordered[-1] / 1e6,
        "deliveries": len(ordered),
        "late_ms": talk.late / 1e6,
        "broker_load": used.broker / seconds,
        "gateway_load": used.gateway / seconds,
        "own_load": own / seconds,
    }


def main() -> int:
    """Run from the command line."""
    options = report.parser("bench.latency", "Time of a line from its speaker to each reader.")
    add = options.add_argument
    add("--people", type=report.positive, default=100, help="people on nc, speakers too")
    add("--per-second", type=report.positive_float, default=50, help="lines a second in all")
    add("--seconds", type=report.positive_float, default=5, help="how long they talk")
    add("--senders", type=report.positive, default=10, help="how many of the people speak")
    add("--text", type=report.positive, default=32, help="bytes of each line's text, 23 at least")
    add("--broker", action="append", default=[], metavar="FLAG", help="flag for chat-broker")
    return report.run(options.parse_args(), measure, _UNITS)


if __name__ == "__main__":
    sys.exit(main())
