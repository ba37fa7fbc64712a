"""How fast one person may act. Pure; never journaled."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final

from protocol.errors import Code, Refusal

if TYPE_CHECKING:
    from protocol.limits import Limits

_KEPT: Final = 10_000
"""Keys of one rate before those are dropped that have rested long enough to start afresh."""


class Rate:
    """A token bucket for each key: ``burst`` at once, then ``per_second``; 0 of either: no limit.

    Kept is only when the bucket of a key will be full again.
    """

    def __init__(self, burst: float, per_second: float) -> None:
        self._unlimited = not (burst and per_second)
        self._each = 0.0 if self._unlimited else 1 / per_second
        self._depth = max(burst, 1) * self._each
        self._full_at: dict[str, float] = {}
        self._sweep_at = _KEPT

    def take(self, key: str, now: float) -> None:
        """Take a token of ``key`` at ``now`` (seconds).

        Raises:
            Refusal: ``too_fast``, with ``retry_after`` in milliseconds; nothing was taken.
        """
        if self._unlimited:
            return
        full_at = max(self._full_at.get(key, now), now) + self._each
        wait = full_at - now - self._depth
        if wait > _NOISE:
            raise Refusal(Code.TOO_FAST, retry_after=max(1, ceil(wait * 1000)))
        self._full_at[key] = full_at
        if len(self._full_at) > self._sweep_at:
            self._sweep(now)

    def forget(self, key: str) -> None:
        """``key`` is over."""
        self._full_at.pop(key, None)

    def _sweep(self, now: float) -> None:
        """Drop what has rested; as what stays may double before the next time, this costs O(1)."""
        self._full_at = {key: at for key, at in self._full_at.items() if at > now}
        self._sweep_at = max(_KEPT, 2 * len(self._full_at))


_NOISE: Final = 1e-9
"""Seconds that adding up may be off by."""


class Rates:
    """What the limits allow one session to do: commands, and of them rooms and names.

    To go away or to come back is told in every room, as a name is: they have the same limit.
    """

    def __init__(self, limits: Limits) -> None:
        self._commands = Rate(limits.burst, limits.per_second)
        self._joins = Rate(limits.joins_per_minute, limits.joins_per_minute / 60)
        self._renames = Rate(limits.renames_per_minute, limits.renames_per_minute / 60)
        self._aways = Rate(limits.renames_per_minute, limits.renames_per_minute / 60)

    def take_command(self, session: str, now: float) -> None:
        """Count a command of ``session`` at ``now`` (seconds).

        Raises:
            Refusal: ``too_fast`` with ``retry_after``, here and below.
        """
        self._commands.take(session, now)

    def take_join(self, session: str, now: float) -> None:
        """Count a room that is entered."""
        self._joins.take(session, now)

    def take_rename(self, session: str, now: float) -> None:
        """Count a name that is taken."""
        self._renames.take(session, now)

    def take_away(self, session: str, now: float) -> None:
        """Count somebody going away or coming back."""
        self._aways.take(session, now)

    def forget(self, session: str) -> None:
        """The session is over."""
        for rate in (self._commands, self._joins, self._renames, self._aways):
            rate.forget(session)
