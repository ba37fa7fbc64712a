"""A session's commands from the moment they are submitted until the broker has journaled them.

Commands are numbered by their place: the first in the queue is always the one after the last
applied. A refusal consumes no number, so dropping a command renumbers what follows by itself.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from protocol.commands import Command

IN_FLIGHT: Final = 1024
"""Commands sent and not yet acknowledged, at most, so that a refusal voids a bounded number."""


class Pending(NamedTuple):
    """A command that is not yet acknowledged; ``serial`` is its owner's handle for it."""

    serial: int
    command: Command


class Outbox:
    """Numbers, sends, and sends again; pure, with ``now`` in seconds passed in.

    Attributes:
        applied: the last number known to be applied.
    """

    def __init__(self) -> None:
        self.applied = 0
        self._queue: deque[Pending] = deque()
        self._sent = 0
        self._wait_until = 0.0
        self._resent_from = 0

    def __len__(self) -> int:
        """Return how many commands are not yet acknowledged."""
        return len(self._queue)

    @property
    def has_unsent(self) -> bool:
        """Whether something could be sent now."""
        return self._sent < min(len(self._queue), IN_FLIGHT)

    def add(self, pending: Pending) -> None:
        """Queue a command."""
        self._queue.append(pending)

    def add_first(self, pending: Pending) -> None:
        """Queue a command before all others; only while nothing of this connection is sent."""
        self._queue.appendleft(pending)

    def ready(self, now: float) -> list[tuple[int, Command]]:
        """Return the commands to send now with their numbers, and count them as sent."""
        if self._wait_until > now:
            return []
        first = self._sent
        last = min(len(self._queue), IN_FLIGHT)
        if first >= last:
            return []
        self._sent = last
        if first == 0 and last == len(self._queue):
            batch = enumerate(self._queue, self.applied + 1)
            return [(n, pending.command) for n, pending in batch]
        return [(self.applied + 1 + i, self._queue[i].command) for i in range(first, last)]

    def waiting_until(self) -> float | None:
        """Return when a refusal's ``retry_after`` is over, while something waits for it."""
        return self._wait_until if self._wait_until and self._queue else None

    def acknowledged(self, n: int) -> list[Pending]:
        """Everything up to ``n`` is applied; return what that settles."""
        settled = [self._queue.popleft() for _ in range(min(n - self.applied, len(self._queue)))]
        self.applied = max(self.applied, n)
        self._sent = max(0, self._sent - len(settled))
        self._resent_from = 0
        self._wait_until = 0.0
        return settled

    def started(self, applied: int) -> None:
        """The first welcome: a session of an earlier process goes on after ``applied``.

        Nothing that is queued here was sent, so nothing of it is settled.
        """
        self.applied = applied

    def resumed(self, applied: int) -> list[Pending]:
        """A new connection states what is applied; send the rest again. Return what is settled."""
        settled = self.acknowledged(applied) if applied >= self.applied else []
        self.applied = applied
        self._sent = self._resent_from = 0
        self._wait_until = 0.0
        return settled

    def refused(self, n: int, fields: Mapping[str, int | str], now: float) -> Pending | None:
        """Command ``n`` was refused; return it if it is dropped, None if it will be sent again.

        Whatever was sent after it is void: the broker refuses each such command too, with the
        number that it expects. Those echoes mean nothing (:meth:`is_echo`).
        """
        if n != self.applied + 1 or not self._queue:
            return None
        self._sent = 0
        self._resent_from = n
        retry_after = int(fields.get("retry_after", 0))
        self._wait_until = now + retry_after / 1000 if retry_after else 0.0
        if retry_after:
            return None
        return self._queue.popleft()

    def is_echo(self, expected: int) -> bool:
        """Return whether a refusal that expects this number follows from one known already."""
        return expected == self._resent_from
