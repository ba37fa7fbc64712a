"""One person's link on real sockets: what every mode of the client and the bots stand on.

Importing this imports ZeroMQ. A program that paints a screen first makes its link without it.
"""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

from client.link import Link
from client.zmq_link import ZmqLink
from runtime.sockets import make_context

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from client.notices import Notice


class Peer:
    """Connects a link to a broker, and keeps it connected; on the running asyncio loop.

    Args:
        endpoint: the broker's, as ``tcp://host:port``.
        on_notices: called in each turn with what happened, perhaps nothing, and the loop's time;
            what it submits to the link leaves in the same turn.
        link_name: see :attr:`client.identity.Identity.link_name`; not with ``link``.
        attempts: see :attr:`client.identity.Identity.attempts`; not with ``link``.
        link: one that exists already.

    Attributes:
        link: open sessions and submit commands here, then :meth:`wake`.
    """

    def __init__(
        self,
        endpoint: str,
        on_notices: Callable[[Sequence[Notice], float], None],
        link_name: str = "",
        attempts: int = 0,
        *,
        link: Link | None = None,
    ) -> None:
        jitter = random.Random()  # noqa: S311 - spreads reconnects, guards nothing
        self.link = link or Link(jitter.random, link_name, attempts=attempts)
        self._context = make_context()
        loop = asyncio.get_running_loop()
        self._adapter = ZmqLink(self.link, endpoint, self._context, loop, on_notices)
        self.wake()

    def wake(self) -> None:
        """Something was submitted to the link: send it soon."""
        self._adapter.wake()

    def close(self, linger_ms: int = 0) -> None:
        """Close the sockets; wait at most ``linger_ms`` until what was handed over is sent."""
        self._adapter.close(linger_ms)
        self._context.term()
