"""Listening TCP sockets, with one clear line when they cannot be had."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Final

from protocol.errors import UsageError

if TYPE_CHECKING:
    from protocol.endpoints import HostPort

BACKLOG: Final = 4096
"""Callers that may wait to be accepted: thousands may come at once."""


def listen_tcp(address: HostPort, advice: str) -> socket.socket:
    """Return a listening TCP socket at ``address``.

    Raises:
        UsageError: it is taken, or cannot be had; the text ends with ``advice``.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        return socket.create_server(tuple(address), family=family, backlog=BACKLOG)
    except OSError as error:
        # The text of create_server repeats the address; those of a lookup have no errno.
        number = error.errno or 0
        reason = os.strerror(number) if number > 0 else error.strerror or str(error)
        raise UsageError(f"Cannot open the nc door at {address}: {reason}. {advice}") from error
