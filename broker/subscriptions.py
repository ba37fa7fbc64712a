"""How fast one connection may subscribe. Pure.

libzmq keeps some 10 KiB for every topic that anybody subscribed to, without a limit, and ROUTER's
limits do not apply to an XPUB.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

SUBSCRIPTIONS_BURST: Final = 1000
SUBSCRIPTIONS_PER_S: Final = 10.0
_CONNECTIONS_KEPT: Final = 10_000


class Verdict(Enum):
    """What to do about a subscription."""

    ADMIT = auto()
    PUT_OUT = auto()
    IGNORE = auto()


class SubscriptionRate:
    """A token bucket for each connection, known by its descriptor.

    A descriptor is used again by a later connection, which starts with what is left; it fills up.
    """

    def __init__(self) -> None:
        self._buckets: dict[int, tuple[float, float]] = {}

    def judge(self, descriptor: int, now: float) -> Verdict:
        """Take a subscription of a connection at ``now`` (seconds); it is put out only once."""
        tokens, since = self._buckets.pop(descriptor, (float(SUBSCRIPTIONS_BURST), now))
        tokens = min(SUBSCRIPTIONS_BURST, tokens + (now - since) * SUBSCRIPTIONS_PER_S)
        left = max(tokens - 1, -1.0)
        self._buckets[descriptor] = (left, now)
        while len(self._buckets) > _CONNECTIONS_KEPT:
            del self._buckets[next(iter(self._buckets))]
        if left >= 0:
            return Verdict.ADMIT
        return Verdict.PUT_OUT if tokens >= 0 else Verdict.IGNORE
