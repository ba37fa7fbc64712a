"""People who speak at a steady pace, and how long each line takes to each reader.

A line carries the moment at which it was due, not the one at which it was sent: whoever is held up
and speaks late still counts the whole delay. Speaker and reader share one clock.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from bench.processes import BenchError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.people import Crowd, Person

_LINE: Final = re.compile(rb": due(\d+) x*\n")
_EXIT: Final = b" exit already!\n"
_CHUNKS_KEPT: Final = 64
_LONGEST_WAIT_S: Final = 0.05


class _Chunk(NamedTuple):
    """What one read held: the lines' due moments, exits seen, and the start of a next line."""

    due: tuple[int, ...]
    exits: int
    rest: bytes


class PacedTalk:
    """A number of people, each in turn, say ``per_second`` lines a second in all.

    Args:
        crowd: everybody.
        speakers: who speak.
        listeners: whose latencies count, and who must read every line.
        per_second: lines a second.
        text: bytes of each line's text, at least.

    Attributes:
        latencies: of each line to each listener, in nanoseconds, as they came.
        exits: how often the first listener saw somebody leave.
        last_exit: when that was last, by ``time.perf_counter_ns``.
        late: how far behind its pace the speaking was at worst, in nanoseconds.
    """

    def __init__(
        self,
        crowd: Crowd,
        speakers: Sequence[Person],
        listeners: Sequence[Person],
        per_second: float,
        text: int,
    ) -> None:
        self.latencies: list[int] = []
        self.exits = 0
        self.last_exit = 0
        self.late = 0
        self._crowd = crowd
        self._speakers = speakers
        self._first = listeners[0].index
        self._interval = round(1e9 / per_second)
        self._padding = text
        self._read = {person.index: 0 for person in listeners}
        self._sums = dict.fromkeys(self._read, 0)
        self._sent = self._sum = self._missing = 0
        self._chunks: dict[bytes, _Chunk] = {}

    def run(self, goes_on: Callable[[int], bool]) -> None:
        """Talk while ``goes_on(nanoseconds so far)``, then wait until everybody has read all.

        Raises:
            BenchError: not everybody read every line once.
        """
        started = due = time.perf_counter_ns()
        while goes_on((now := time.perf_counter_ns()) - started):
            while due <= now:
                self._say(due)
                self.late = max(self.late, now - due)
                due += self._interval
            wait_s = (due - time.perf_counter_ns()) / 1e9
            self._crowd.turn(min(wait_s, _LONGEST_WAIT_S), self._on_data)
        give_up_at = self._crowd.give_up_at()
        while self._missing:
            self._crowd.turn(_LONGEST_WAIT_S, self._on_data)
            self._crowd.check(give_up_at, f"{self._missing} lines were not read")
        if set(self._read.values()) != {self._sent} or set(self._sums.values()) != {self._sum}:
            raise BenchError("not every listener read every line once")

    def _say(self, due: int) -> None:
        speaker = self._speakers[self._sent % len(self._speakers)]
        self._sent += 1
        self._sum += due
        self._missing += len(self._read)
        self._crowd.send(speaker, b"due%d " % due + b"x" * (self._padding - 23) + b"\n")

    def _on_data(self, person: Person, data: bytes) -> None:
        index = person.index
        if index not in self._read:
            return
        now = time.perf_counter_ns()
        text = person.tail + data
        chunk = self._chunks.get(text) or self._parse(text)
        person.tail = chunk.rest
        for due in chunk.due:
            self.latencies.append(now - due)
            self._sums[index] += due
        self._read[index] += len(chunk.due)
        self._missing -= len(chunk.due)
        if chunk.exits and index == self._first:
            self.exits += chunk.exits
            self.last_exit = now

    def _parse(self, text: bytes) -> _Chunk:
        """Take a read apart; most people read the same bytes, so the last few are remembered."""
        whole = text.rfind(b"\n") + 1
        lines = text[:whole]
        due = tuple(map(int, _LINE.findall(lines)))
        chunk = _Chunk(due, lines.count(_EXIT), text[whole:])
        if len(self._chunks) >= _CHUNKS_KEPT:
            self._chunks.clear()
        self._chunks[text] = chunk
        return chunk
