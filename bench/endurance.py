"""A day's messages, by count, through one broker: ``python -m bench.endurance``.

A few people on nc speak as fast as their own lines come back, everybody reads. Memory of broker and
gateway, and the journal's files, are looked at again and again: the first tenth is compared with
the last.
"""

from __future__ import annotations

import re
import sqlite3
import statistics
import sys
import tempfile
import time
import zlib
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from bench import report
from bench.people import Crowd
from bench.processes import IDLE_S, BenchError, Broker, Usage

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from bench.people import Person
    from bench.report import Figures

_UNITS: Final = {
    "messages": "{:,.0f}",
    "messages_per_s": "{:,.0f}",
    "elapsed_s": "{:.0f}",
    "broker_first_tenth_mib": "{:.1f}",
    "broker_last_tenth_mib": "{:.1f}",
    "broker_ratio": "{:.3f}",
    "gateway_first_tenth_mib": "{:.1f}",
    "gateway_last_tenth_mib": "{:.1f}",
    "gateway_ratio": "{:.3f}",
    "files_first_tenth_mib": "{:.1f}",
    "files_last_tenth_mib": "{:.1f}",
    "files_largest_mib": "{:.1f}",
    "messages_kept": "{:,.0f}",
    "oldest_kept_is_message": "{:,.0f}",
}
_MARKER: Final = b"everybody is here"
_MIB: Final = 1024**2
_SAMPLES: Final = 1000
_SPOKEN: Final = re.compile(rb"^\S+: (\d+) (\d+) x*$", re.MULTILINE)


class _Sample(NamedTuple):
    memory: Usage
    files: int


class _Talk:
    """Senders with a bounded number of own lines not yet read back; what all read is checked."""

    def __init__(self, crowd: Crowd, options: argparse.Namespace) -> None:
        self._crowd = crowd
        self._padding = b"x" * max(1, options.text - 12)
        self._total: int = options.messages
        self._senders: list[Person] = crowd.people[: options.senders]
        self._window: int = options.window // options.senders
        self._sent = [0] * options.senders
        self._heard = [0] * options.senders
        self._lines = [0] * len(crowd.people)
        self._sums = [0] * len(crowd.people)

    @property
    def read(self) -> int:
        """How many lines the slowest person has read."""
        return min(self._lines)

    def turn(self) -> None:
        """Send what may be sent, and read what is there."""
        said = sum(self._sent)
        for index, person in enumerate(self._senders):
            first = self._sent[index]
            last = min(self._heard[index] + self._window, first + self._total - said)
            if last - first >= self._window // 4 or (last > first and first == self._heard[index]):
                lines = [b"%d %d %b\n" % (index, n, self._padding) for n in range(first, last)]
                self._crowd.send(person, b"".join(lines))
                self._sent[index] = last
                said += last - first
        self._crowd.turn(0.1, self._on_data)

    def check(self) -> None:
        """Check that everybody read the same.

        Raises:
            BenchError: somebody did not.
        """
        if set(self._lines) != {self._total} or len(set(self._sums)) != 1:
            raise BenchError("not everybody read the same lines")

    def _on_data(self, person: Person, data: bytes) -> None:
        index = person.index
        self._lines[index] += data.count(b"\n")
        self._sums[index] = zlib.crc32(data, self._sums[index])
        if index:
            return
        text = person.tail + data
        whole = text.rfind(b"\n") + 1
        person.tail = text[whole:]
        for sender, number in _SPOKEN.findall(text, 0, whole):
            if int(number) != self._heard[int(sender)]:
                raise BenchError(f"{int(number)} of sender {int(sender)} came out of order")
            self._heard[int(sender)] += 1


def measure(options: argparse.Namespace) -> Figures:
    """Make one run with a broker of its own."""
    with tempfile.TemporaryDirectory(prefix="hubbub-endurance-") as folder:
        data = Path(folder) / "data"
        flags = ["--rate=0", "--burst=0", f"--idle-timeout={IDLE_S}", f"--data={data}"]
        flags += [f"--keep-messages={options.keep}", f"--send-limit={64 * _MIB}"]
        with (
            Broker(*flags, *options.broker) as broker,
            Crowd(broker.door, options.deadline) as crowd,
        ):
            crowd.arrive(options.people)
            crowd.settle(_MARKER)
            samples, seconds = _talk(options, broker, crowd, data)
        kept, oldest = _kept(data / "journal.db")
    if kept > options.keep * 1.1 + 2000:
        raise BenchError(f"{kept} messages are kept, not {options.keep}")
    return {
        "messages": options.messages,
        "messages_per_s": options.messages / seconds,
        "elapsed_s": seconds,
        **_tenths("broker", [sample.memory.broker for sample in samples]),
        **_tenths("gateway", [sample.memory.gateway for sample in samples]),
        **_tenths("files", [sample.files for sample in samples]),
        "files_largest_mib": max(sample.files for sample in samples) / _MIB,
        "messages_kept": kept,
        "oldest_kept_is_message": oldest,
    }


def _talk(
    options: argparse.Namespace, broker: Broker, crowd: Crowd, data: Path
) -> tuple[list[_Sample], float]:
    talk = _Talk(crowd, options)
    step = max(1, options.messages // _SAMPLES)
    samples: list[_Sample] = []
    started = time.perf_counter()
    give_up_at = crowd.give_up_at()
    while talk.read < options.messages:
        talk.turn()
        if talk.read >= len(samples) * step:
            samples.append(_Sample(broker.memory(), _size(data)))
            give_up_at = crowd.give_up_at()
            if not options.json and len(samples) % (_SAMPLES // 10) == 0:
                memory = samples[-1].memory
                print(
                    f"{talk.read:,} messages: broker {memory.broker / _MIB:.1f} MiB, gateway "
                    f"{memory.gateway / _MIB:.1f} MiB, files {samples[-1].files / _MIB:.1f} MiB",
                    flush=True,
                )
        crowd.check(give_up_at, "nothing is read any more")
    talk.check()
    return samples, time.perf_counter() - started


def _tenths(name: str, values: Sequence[float]) -> Figures:
    tenth = max(1, len(values) // 10)
    first, last = statistics.median(values[:tenth]), statistics.median(values[-tenth:])
    return {
        f"{name}_first_tenth_mib": first / _MIB,
        f"{name}_last_tenth_mib": last / _MIB,
        f"{name}_ratio": last / first,
    }


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())


def _kept(journal: Path) -> tuple[int, int]:
    """Return how many messages the stopped broker's journal holds, and which is the oldest."""
    with closing(sqlite3.connect(journal)) as db:
        kept, oldest = db.execute(
            "SELECT count(*), min(said) FROM entries WHERE is_said = 1"
        ).fetchone()
    return int(kept), int(oldest)


def main() -> int:
    """Run from the command line."""
    options = report.parser("bench.endurance", "Memory and files over millions of messages.")
    add = options.add_argument
    add("--messages", type=report.positive, default=5_000_000, help="messages in all")
    add("--people", type=report.positive, default=4, help="people on nc, senders too")
    add("--senders", type=report.positive, default=2, help="how many of the people speak")
    add("--window", type=report.positive, default=2000, help="lines not yet read back")
    add("--text", type=report.positive, default=32, help="bytes of each line's text")
    add("--keep", type=report.positive, default=100_000, help="messages that the broker keeps")
    add("--broker", action="append", default=[], metavar="FLAG", help="flag for chat-broker")
    asked = options.parse_args()
    if asked.senders > asked.people:
        options.error("--senders cannot be more than --people")
    return report.run(asked, measure, _UNITS)


if __name__ == "__main__":
    sys.exit(main())
