"""Time, chance, and the record of what happened."""

from __future__ import annotations

import heapq
import random
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class ViolationError(AssertionError):
    """An invariant does not hold."""


class World:
    """Runs what is scheduled, in the order of simulated time; deterministic for a seed.

    Attributes:
        time: simulated seconds.
        chance: the one source of randomness.
        counts: how often each fault happened and each invariant was checked.
    """

    def __init__(self, seed: int, *, tracing: bool = False) -> None:
        self.time = 0.0
        self.chance = random.Random(seed)
        self.counts: Counter[str] = Counter()
        self._tracing = tracing
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._serial = 0

    def next_serial(self) -> int:
        """Return a number that was not returned before."""
        self._serial += 1
        return self._serial

    def after(self, delay: float, action: Callable[[], None]) -> None:
        """Schedule ``action`` in ``delay`` simulated seconds."""
        heapq.heappush(self._queue, (self.time + delay, self.next_serial(), action))

    def run_until(self, end: float) -> None:
        """Do all that is scheduled up to ``end``."""
        while self._queue and self._queue[0][0] <= end:
            self.time, _, action = heapq.heappop(self._queue)
            action()
        self.time = end

    def trace(self, who: str, what: str, *details: object) -> None:
        """Note a step, when somebody reads along."""
        if self._tracing:
            print(f"{self.time:9.3f}  {who:<10} {what}", *details)

    def check(self, invariant: str, holds: bool, *details: object) -> None:
        """Count a check of ``invariant``.

        Raises:
            ViolationError: it does not hold.
        """
        self.counts[f"invariant {invariant}"] += 1
        if not holds:
            raise ViolationError(f"{invariant} at {self.time:.3f}: {' '.join(map(str, details))}")

    def fault(self, name: str) -> None:
        """Count a fault."""
        self.counts[f"fault {name}"] += 1
        self.trace("FAULT", name)


class Clock:
    """A node's monotonic clock: it starts anywhere and drifts."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._offset = world.chance.uniform(0, 1000)
        self._rate = world.chance.uniform(0.95, 1.05)

    def now(self) -> float:
        """Return the node's time in seconds."""
        return self._offset + self._world.time * self._rate

    def until(self, deadline: float) -> float:
        """Return simulated seconds from now until the node's clock shows ``deadline``."""
        return max(0.0, (deadline - self.now()) / self._rate)
