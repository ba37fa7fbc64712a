"""How many lines a second reach people, and what they cost: ``python -m bench.load``.

One or more people speak as fast as their own lines come back, everybody reads, and what everybody
read is checked: every line, once, and in one order.
"""

from __future__ import annotations

import sys
import time
import zlib
from typing import TYPE_CHECKING, Final

from bench import report
from bench.people import Crowd
from bench.processes import IDLE_S, BenchError, Broker, Usage

if TYPE_CHECKING:
    import argparse

    from bench.people import Person
    from bench.report import Figures

_MARKER: Final = b"everybody is here"
_UNITS: Final = {
    "deliveries_per_s": "{:,.0f}",
    "messages_per_s": "{:,.0f}",
    "elapsed_s": "{:.3f}",
    "broker_cpu_s": "{:.2f}",
    "gateway_cpu_s": "{:.2f}",
    "load_cpu_s": "{:.2f}",
    "memory_a_person_kib": "{:.1f}",
    "of_it_broker_kib": "{:.1f}",
    "of_it_gateway_kib": "{:.1f}",
    "peak_after_load_mib": "{:.1f}",
}


class _Sender:
    """Somebody who speaks, with a bounded number of their own lines not yet read back."""

    def __init__(self, person: Person, texts: list[bytes]) -> None:
        self.person = person
        self.texts = texts
        self.sent = 0
        self.seen = 0
        self._own = b"\n" + person.name + b": "
        self._tail = b"\n"

    def read(self, data: bytes) -> None:
        """Count own lines."""
        text = self._tail + data
        self.seen += text.count(self._own)
        # Too short for a whole start of a line, so that none is counted twice.
        self._tail = text[-(len(self._own) - 1) :]

    def may_send(self, window: int, allowed: int) -> bytes:
        """Return the lines to send now, and count them as sent."""
        until = min(len(self.texts), self.seen + window, allowed)
        if until <= self.sent:
            return b""
        lines = b"".join(self.texts[self.sent : until])
        self.sent = until
        return lines


class _Load:
    def __init__(self, crowd: Crowd, options: argparse.Namespace) -> None:
        self._crowd = crowd
        self._window = max(1, options.window // options.senders)
        self._rate: float = options.rate
        self._senders = [
            _Sender(person, _texts(number, options))
            for number, person in enumerate(crowd.people[: options.senders])
        ]
        self._sender_of = {sender.person.index: sender for sender in self._senders}
        self.total = sum(len(sender.texts) for sender in self._senders)
        count = len(crowd.people)
        self._lines = [0] * count
        self._sums = [0] * count
        self._done = 0
        self._reference: list[bytes] = []

    def run(self) -> float:
        """Say everything, and return how long it took until everybody had read all of it."""
        crowd, give_up_at = self._crowd, self._crowd.give_up_at()
        started = time.perf_counter()
        while self._done < len(crowd.people):
            allowed = sys.maxsize
            if self._rate:
                each = self._rate / len(self._senders)
                allowed = int((time.perf_counter() - started) * each) + 1
            for sender in self._senders:
                if lines := sender.may_send(self._window, allowed):
                    crowd.send(sender.person, lines)
            crowd.turn(0.001 if self._rate else 0.1, self._read)
            missing = len(crowd.people) - self._done
            crowd.check(give_up_at, f"{missing} people have not read every line")
        return time.perf_counter() - started

    def check(self) -> None:
        """Check what everybody read against what was said.

        Raises:
            BenchError: a line is missing, or there twice, or out of order.
        """
        read = b"".join(self._reference)
        lines = read.splitlines(keepends=True)
        if len(lines) != self.total:
            raise BenchError(f"{len(lines)} lines were read of {self.total}")
        for sender in self._senders:
            start = sender.person.name + b": "
            own = b"".join(line.removeprefix(start) for line in lines if line.startswith(start))
            if own != b"".join(sender.texts):
                raise BenchError(f"not what {sender.person.name!r} said, or not in that order")
        if set(self._lines) != {self.total}:
            raise BenchError(f"somebody read {max(self._lines)} lines, not {self.total}")
        if set(self._sums) != {zlib.crc32(read)}:
            raise BenchError("not everybody read the same bytes")

    def _read(self, person: Person, data: bytes) -> None:
        index = person.index
        before = self._lines[index]
        after = self._lines[index] = before + data.count(b"\n")
        self._sums[index] = zlib.crc32(data, self._sums[index])
        if before < self.total <= after:
            self._done += 1
        if index == 0:
            self._reference.append(data)
        if sender := self._sender_of.get(index):
            sender.read(data)


def measure(options: argparse.Namespace) -> Figures:
    """Make one run with a broker of its own."""
    with (
        Broker("--rate=0", "--burst=0", f"--idle-timeout={IDLE_S}", *options.broker) as broker,
        Crowd(broker.door, options.deadline) as crowd,
    ):
        empty = broker.memory()
        arriving_since = time.perf_counter()
        crowd.arrive(options.people)
        crowd.settle(_MARKER)
        arrived_s = time.perf_counter() - arriving_since
        full = broker.memory().since(empty)
        load = _Load(crowd, options)
        before, own_before = broker.cpu_seconds(), time.process_time()
        elapsed = load.run()
        own, used = time.process_time() - own_before, broker.cpu_seconds().since(before)
        peak = broker.memory()
        load.check()
    return _figures(options.people, load.total, elapsed, used, own, full, peak) | {
        "arrived_s": arrived_s
    }


def _figures(
    people: int, lines: int, elapsed: float, used: Usage, own: float, full: Usage, peak: Usage
) -> Figures:
    return {
        "deliveries_per_s": people * lines / elapsed,
        "messages_per_s": lines / elapsed,
        "elapsed_s": elapsed,
        "broker_cpu_s": used.broker,
        "gateway_cpu_s": used.gateway,
        "load_cpu_s": own,
        "memory_a_person_kib": full.both / people / 1024,
        "of_it_broker_kib": full.broker / people / 1024,
        "of_it_gateway_kib": full.gateway / people / 1024,
        "peak_after_load_mib": peak.both / 1024**2,
    }


def _texts(number: int, options: argparse.Namespace) -> list[bytes]:
    share, rest = divmod(options.lines, options.senders)
    count = share + (number < rest)
    return [f"{number} {n} ".encode().ljust(options.text, b"x") + b"\n" for n in range(count)]


def main() -> int:
    """Run from the command line."""
    options = report.parser("bench.load", "Deliveries a second, their cost, memory a person.")
    add = options.add_argument
    add("--people", type=report.positive, default=100, help="people on nc, senders too")
    add("--lines", type=report.positive, default=20_000, help="lines said in all")
    add("--senders", type=report.positive, default=1, help="how many of the people speak")
    add("--rate", type=float, default=0, help="lines a second in all; 0: as the window lets")
    add("--window", type=report.positive, default=2000, help="lines not yet read back")
    add("--text", type=report.positive, default=32, help="bytes of each line's text")
    add("--broker", action="append", default=[], metavar="FLAG", help="flag for chat-broker")
    asked = options.parse_args()
    if asked.senders > asked.people:
        options.error("--senders cannot be more than --people")
    return report.run(asked, measure, _UNITS | {"arrived_s": "{:.2f}"})


if __name__ == "__main__":
    sys.exit(main())
