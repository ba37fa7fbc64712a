"""When to connect, when to beat, when to give up: the life of one connection after another.

====================  =========================================  ======================
status                leaves it when                             for
====================  =========================================  ======================
``CONNECTING``        the broker answers                         ``CONNECTED``
``CONNECTING``        no answer in time, or the socket broke     ``WAITING``
``CONNECTED``         silence past the timeout, or it broke      ``WAITING``
``WAITING``           the backoff is over                        ``CONNECTING``
====================  =========================================  ======================
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from client.notices import Status

if TYPE_CHECKING:
    from collections.abc import Callable

ANSWER_WITHIN_S: Final = 3.0
BACKOFF_FIRST_S: Final = 0.1
BACKOFF_LAST_S: Final = 5.0


class Backoff:
    """Growing pauses that are never in step with those of others."""

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self._attempts = 0

    def next(self) -> float:
        """Return the next pause in seconds, longer than the one before up to a limit."""
        pause = min(BACKOFF_LAST_S, BACKOFF_FIRST_S * 2.0**self._attempts)
        self._attempts = min(self._attempts + 1, 16)
        return pause * (0.5 + self._random() / 2)

    def reset(self) -> None:
        """All is well: the next pause is short again."""
        self._attempts = 0


class Connection:
    """Heartbeats and backoff; pure, with ``now`` in seconds passed in.

    Attributes:
        status: see the table above.
        retry_at: the next attempt, while waiting.
        round_trip: seconds from the last answered beat to its answer; None before the first.
    """

    def __init__(self, random: Callable[[], float]) -> None:
        self.status = Status.WAITING
        self.retry_at = 0.0
        self.round_trip: float | None = None
        self._beat_sent: float | None = None
        self._backoff = Backoff(random)
        self._heartbeat = self._timeout = 0.0
        self._beat_at = 0.0
        self._give_up_at: float | None = None

    def connecting(self, now: float, *, expects_answer: bool) -> None:
        """A new socket was made; an answer is due if anything was said on it."""
        self.status = Status.CONNECTING
        self._give_up_at = now + ANSWER_WITHIN_S if expects_answer else None

    def spoke(self, now: float) -> None:
        """Something was said that the broker must answer."""
        if self._give_up_at is None:
            self._give_up_at = now + ANSWER_WITHIN_S

    def welcomed(self, heartbeat: float, timeout: float, now: float) -> bool:
        """The broker answered a hello and stated its intervals; return whether this is news."""
        is_news = self.status is not Status.CONNECTED
        self.status = Status.CONNECTED
        self._backoff.reset()
        self._heartbeat, self._timeout = heartbeat, timeout
        if is_news:
            self._beat_at = now + heartbeat
        self.heard(now)
        return is_news

    def heard(self, now: float) -> None:
        """Any message proves that the broker is there."""
        if self.status is Status.CONNECTED:
            self._give_up_at = now + self._timeout

    def lost(self, now: float) -> None:
        """Wait before the next attempt: longer each time, and never in step with others."""
        self.status = Status.WAITING
        self.retry_at = now + self._backoff.next()
        self._give_up_at = self._beat_sent = None

    def attempt_due(self, now: float) -> bool:
        """Return whether it is time to connect."""
        return self.status is Status.WAITING and self.retry_at <= now

    def given_up(self, now: float) -> bool:
        """Return whether the broker was silent for too long."""
        return self._give_up_at is not None and self._give_up_at <= now

    def beat_due(self, now: float) -> bool:
        """Return whether a heartbeat is to be sent now; the next one is due an interval later."""
        if self.status is not Status.CONNECTED or self._beat_at > now:
            return False
        self._beat_at = now + self._heartbeat
        self._beat_sent = now if self._beat_sent is None else self._beat_sent
        return True

    def beat_answered(self, now: float) -> None:
        """The broker answered a beat."""
        if self._beat_sent is not None:
            self.round_trip, self._beat_sent = now - self._beat_sent, None

    @property
    def beat_waits_since(self) -> float | None:
        """When the oldest beat without an answer was sent; None if there is none."""
        return self._beat_sent

    def next_deadline(self) -> float | None:
        """Return when one of the above becomes true, or None."""
        if self.status is Status.WAITING:
            return self.retry_at
        times = [self._give_up_at, self._beat_at if self.status is Status.CONNECTED else None]
        return min((time for time in times if time is not None), default=None)
