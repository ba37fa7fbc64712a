"""How fast one person's lines are taken: a burst at once, then so many a second. Pure."""

from __future__ import annotations

BURST = 20


class LineRate:
    """A token bucket that makes lines wait; it drops nothing.

    Args:
        per_s: lines a second in the long run; 0 for no limit.
        now: the time in seconds.
    """

    def __init__(self, per_s: float, now: float) -> None:
        self._per_s = per_s
        self._tokens = float(BURST)
        self._since = now

    def take(self, now: float) -> bool:
        """Take one line if it is time; return whether it was."""
        if not self._per_s:
            return True
        self._tokens = self._tokens_at(now)
        self._since = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def is_rested(self, now: float) -> bool:
        """Return whether a whole burst can be taken again."""
        return self._tokens_at(now) >= BURST

    def next_at(self) -> float:
        """Return when the next line can be taken."""
        # A hair later, so that rounding never makes a timer come too early and wait again.
        return self._since + (1 - self._tokens) / self._per_s + 1e-6

    def _tokens_at(self, now: float) -> float:
        return min(BURST, self._tokens + (now - self._since) * self._per_s)
