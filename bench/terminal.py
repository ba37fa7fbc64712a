"""How fast the full screen is, and what it holds: ``python -m bench.terminal``.

First some clients are started, one after the other, until each has painted its first frame. Then
one client takes in many messages, and while more arrive at a steady pace, keys are pressed and
their characters waited for on the screen.
"""

from __future__ import annotations

import multiprocessing
import random
import signal
import sys
import time
from typing import TYPE_CHECKING, Final

from bench import report
from bench.client import Client
from bench.paced import PacedTalk
from bench.people import Crowd
from bench.processes import IDLE_S, BenchError, Broker

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from types import TracebackType
    from typing import Self

    from bench.people import Person
    from bench.report import Figures

_UNITS: Final = {
    "first_paint_ms": "{:.0f}",
    "key_to_paint_p50_ms": "{:.2f}",
    "key_to_paint_p99_ms": "{:.2f}",
    "key_to_paint_max_ms": "{:.2f}",
    "quiet_p50_ms": "{:.2f}",
    "quiet_p99_ms": "{:.2f}",
    "frames_per_s": "{:.0f}",
    "client_load": "{:.0%} of a core",
    "late_ms": "{:.2f}",
    "memory_with_messages_mib": "{:.1f}",
    "memory_without_mib": "{:.1f}",
    "of_it_messages_mib": "{:.1f}",
}
_SPEAKERS: Final = 4
_MARKERS: Final = "ΓΔΘ"
"""Said by somebody when everything before is to have arrived; each stands on the screen once."""
_LETTERS: Final = "бвгджзиклмнптуфцчшщэюя"
"""Keys that are in no message, so that each is painted only because it was pressed."""
_CLEAR: Final = "\x15"  # Ctrl-U
_BETWEEN_KEYS_S: Final = (0.02, 0.06)


class Talkers:
    """People on nc in a process of their own, so that who measures has nothing else to do."""

    def __init__(self, door: tuple[str, int], options: argparse.Namespace) -> None:
        self._deadline_s: float = options.deadline
        context = multiprocessing.get_context("fork")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_talk, args=(theirs, door, options), daemon=True)
        self._process.start()
        theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.join()
        self._pipe.close()

    def say(self, text: str) -> None:
        """Say one line."""
        self._pipe.send(("say", text))
        self.answer()

    def start(self, lines: int, per_second: float) -> None:
        """Say ``lines`` lines at a pace; as many as come until :meth:`stop` if that is 0."""
        self._pipe.send(("talk", (lines, per_second)))

    def stop(self) -> float:
        """Say no more; return what :meth:`answer` does."""
        self._pipe.send(("stop", None))
        return self.answer()

    @property
    def done(self) -> bool:
        """Whether :meth:`answer` would not have to wait."""
        return self._pipe.poll()

    def answer(self) -> float:
        """Wait until it is done, and return how far behind its pace it was at worst, in seconds.

        Raises:
            BenchError: not everybody read every line, or nothing was heard in time.
        """
        if not self._pipe.poll(self._deadline_s):
            raise BenchError(f"not within {self._deadline_s:g} s: the talkers are not done")
        answer = self._pipe.recv()
        if isinstance(answer, str):
            raise BenchError(answer)
        return float(answer)


def _talk(pipe: Connection, door: tuple[str, int], options: argparse.Namespace) -> None:
    """Do what is asked through the pipe, in the other process."""
    # Whoever measures ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    try:
        with Crowd(door, options.deadline) as crowd:
            crowd.arrive(_SPEAKERS)
            pipe.send(0)
            while True:
                # The broker speaks to them meanwhile, and they would be cut off.
                crowd.turn(0.05, _ignore)
                if pipe.poll():
                    kind, value = pipe.recv()
                    pipe.send(_say(crowd, value) if kind == "say" else _run(pipe, crowd, value))
    except BenchError as error:
        pipe.send(str(error))


def _ignore(_person: Person, _data: bytes) -> None:
    pass


def _say(crowd: Crowd, text: str) -> float:
    crowd.send(crowd.people[0], f"{text}\n".encode())
    return 0


def _run(pipe: Connection, crowd: Crowd, asked: tuple[int, float]) -> float:
    lines, per_second = asked
    talk = PacedTalk(crowd, crowd.people, crowd.people, per_second, 60)
    if lines:
        talk.run(lambda elapsed: elapsed < lines / per_second * 1e9)
    else:
        talk.run(lambda _: not pipe.poll())
        pipe.recv()
    return talk.late / 1e9


def measure(options: argparse.Namespace) -> Figures:
    """Make one run, with brokers of its own."""
    paints = sorted(_first_paints(options))
    return {"first_paint_ms": report.percentile(paints, 0.5) * 1000} | _under_load(options)


def _first_paints(options: argparse.Namespace) -> Iterator[float]:
    """Yield how long each start took."""
    with Broker(f"--idle-timeout={IDLE_S}", *options.broker) as broker:
        for number in range(options.starts):
            with Client(broker.listen, f"starter{number}", options.deadline) as client:
                yield client.first_paint() - client.started


def _under_load(options: argparse.Namespace) -> Figures:
    flags = ("--rate=0", "--burst=0", f"--idle-timeout={IDLE_S}", *options.broker)
    markers = iter(_MARKERS)
    with Broker(*flags) as broker, Talkers(broker.door, options) as talkers:
        talkers.answer()
        with Client(broker.listen, "Duke", options.deadline) as client:
            client.first_paint()
            _take_in(client, talkers, next(markers))
            without = client.memory()
            quiet = _press(client, options.keys // 2)
            _hold(client, talkers, options, next(markers))
            full = client.memory()
            talkers.start(0, options.per_second)
            client.read_for(1.0)
            frames, cpu, started = client.frames, client.cpu_seconds(), time.perf_counter()
            busy = _press(client, options.keys)
            seconds = time.perf_counter() - started
            frames, cpu = client.frames - frames, client.cpu_seconds() - cpu
            late = talkers.stop()
            _take_in(client, talkers, next(markers))
    return {
        "key_to_paint_p50_ms": report.percentile(busy, 0.5) * 1000,
        "key_to_paint_p99_ms": report.percentile(busy, 0.99) * 1000,
        "key_to_paint_max_ms": busy[-1] * 1000,
        "quiet_p50_ms": report.percentile(quiet, 0.5) * 1000,
        "quiet_p99_ms": report.percentile(quiet, 0.99) * 1000,
        "frames_per_s": frames / seconds,
        "client_load": cpu / seconds,
        "late_ms": late * 1000,
        "memory_with_messages_mib": full / 1024**2,
        "memory_without_mib": without / 1024**2,
        "of_it_messages_mib": (full - without) / 1024**2,
    }


def _hold(client: Client, talkers: Talkers, options: argparse.Namespace, marker: str) -> None:
    """Have as many messages said as the client is to hold, and wait until it has them."""
    talkers.start(options.messages, options.fill)
    while not talkers.done:
        client.read_for(0.05)
    talkers.answer()
    _take_in(client, talkers, marker)


def _take_in(client: Client, talkers: Talkers, marker: str) -> None:
    """Wait until the client has painted what is said last."""
    talkers.say(marker)
    client.wait_for(marker)


def _press(client: Client, keys: int) -> list[float]:
    """Press keys at random moments; return in order of size how long each took to be painted."""
    taken: list[float] = []
    for number in range(keys):
        letter = _LETTERS[number % len(_LETTERS)]
        if letter == _LETTERS[0]:
            client.press(_CLEAR)
        client.read_for(random.uniform(*_BETWEEN_KEYS_S))
        pressed = time.perf_counter()
        client.press(letter)
        taken.append(client.wait_for(letter) - pressed)
    client.press(_CLEAR)
    return sorted(taken)


def main() -> int:
    """Run from the command line."""
    options = report.parser("bench.terminal", "First paint, key to paint, and memory.")
    add = options.add_argument
    add("--starts", type=report.positive, default=10, help="clients started to time first paint")
    add("--messages", type=report.positive, default=50_000, help="messages held")
    add("--fill", type=report.positive_float, default=2500, help="a second while they are said")
    add("--per-second", type=report.positive_float, default=500, help="messages arriving then")
    add("--keys", type=report.positive, default=600, help="keys pressed meanwhile")
    add("--broker", action="append", default=[], metavar="FLAG", help="flag for chat-broker")
    return report.run(options.parse_args(), measure, _UNITS)


if __name__ == "__main__":
    sys.exit(main())
