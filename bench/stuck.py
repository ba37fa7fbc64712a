"""What people who stop reading cost the others: ``python -m bench.stuck``.

Two kinds of run alternate. In one, some people stop reading while the talk goes on, until the last
of them is cut off; in the other nobody does, for as long. The ratio of the others' p99 counts.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final

from bench import report
from bench.paced import PacedTalk
from bench.people import Crowd
from bench.processes import IDLE_S, BenchError, Broker

if TYPE_CHECKING:
    import argparse

    from bench.report import Figures

_UNITS: Final = {
    "p99_ratio": "{:.3f}",
    "p99_with_ms": "{:.2f}",
    "p99_without_ms": "{:.2f}",
    "p50_with_ms": "{:.2f}",
    "p50_without_ms": "{:.2f}",
    "seconds_to_last_cut": "{:.1f}",
    "lines_with": "{:,.0f}",
    "late_with_ms": "{:.2f}",
    "late_without_ms": "{:.2f}",
}
_MARKER: Final = b"everybody is here"
_WARM_UP_NS: Final = 1e9


def measure(options: argparse.Namespace) -> Figures:
    """Make one pair of runs, each with a broker of its own."""
    stuck, seconds = _run(options, with_stuck=True, seconds=options.deadline)
    free, _ = _run(options, with_stuck=False, seconds=seconds)
    return {
        "p99_ratio": stuck["p99"] / free["p99"],
        "seconds_to_last_cut": seconds,
        "lines_with": seconds * options.per_second,
        **{f"{name}_with_ms": value for name, value in stuck.items()},
        **{f"{name}_without_ms": value for name, value in free.items()},
    }


def _run(options: argparse.Namespace, *, with_stuck: bool, seconds: float) -> tuple[Figures, float]:
    """Return the others' figures in milliseconds, and how long it was to the last cut-off."""
    flags = (
        "--rate=0",
        "--burst=0",
        f"--idle-timeout={IDLE_S}",
        f"--send-limit={options.send_limit}",
    )
    with Broker(*flags, *options.broker) as broker, Crowd(broker.door, options.deadline) as crowd:
        free = options.people - options.stuck
        crowd.arrive(options.people, small_buffers=range(free, options.people))
        crowd.settle(_MARKER)
        others, stuck = crowd.people[:free], crowd.people[free:]
        speakers = others[: options.senders]
        warm_up = PacedTalk(crowd, speakers, crowd.people, options.per_second, options.text)
        warm_up.run(lambda elapsed: elapsed < _WARM_UP_NS)
        talk = PacedTalk(crowd, speakers, others, options.per_second, options.text)
        expected = len(stuck) if with_stuck else sys.maxsize
        if with_stuck:
            crowd.stop_reading(stuck)
        stalled = time.perf_counter_ns()
        talk.run(lambda elapsed: talk.exits < expected and elapsed < seconds * 1e9)
        if with_stuck and talk.exits < expected:
            raise BenchError(f"{talk.exits} of {expected} were cut off in {seconds:g} s")
        cut = broker.log().count("does not read: cut off")
        if cut != (expected if with_stuck else 0):
            raise BenchError(f"the log tells of {cut} who were cut off")
    ordered = sorted(talk.latencies)
    figures = {
        "p50": report.percentile(ordered, 0.5) / 1e6,
        "p99": report.percentile(ordered, 0.99) / 1e6,
        "late": talk.late / 1e6,
    }
    return figures, (talk.last_exit - stalled) / 1e9


def main() -> int:
    """Run from the command line."""
    options = report.parser("bench.stuck", "The others' p99 with and without stuck readers.")
    add = options.add_argument
    add("--people", type=report.positive, default=1000, help="people on nc")
    add("--stuck", type=report.positive, default=100, help="how many of them stop reading")
    add("--per-second", type=report.positive_float, default=40, help="lines a second in all")
    add("--text", type=report.positive, default=1000, help="bytes of each line's text")
    add("--senders", type=report.positive, default=10, help="how many of the others speak")
    add("--send-limit", type=report.positive, default=262_144, help="bytes that cut a reader off")
    add("--broker", action="append", default=[], metavar="FLAG", help="flag for chat-broker")
    options.set_defaults(runs=5)
    asked = options.parse_args()
    if asked.stuck + asked.senders > asked.people:
        options.error("--stuck and --senders cannot be more than --people")
    return report.run(asked, measure, _UNITS)


if __name__ == "__main__":
    sys.exit(main())
