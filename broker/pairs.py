"""The broker's two pairs of sockets: one for everybody, one for the gateways of this machine."""

from __future__ import annotations

import errno
import os
import socket as posix
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import zmq

from broker.zap import DOMAIN
from protocol.endpoints import LOCAL, parse_local_endpoint, parse_tcp_endpoint
from protocol.errors import UsageError
from protocol.limits import COMMAND_MAX_BYTES, SUBSCRIPTION_MAX_BYTES
from runtime.sockets import allow_ipv6, configure, enforce_zap

if TYPE_CHECKING:
    from runtime.sockets import Context, Socket

_QUEUE: Final = 1000
_REPLY_QUEUE: Final = 100
"""Replies may be 256 KiB each, and stay in memory while a peer that does not read is connected."""
_TRUSTED_QUEUE: Final = 100_000
_LINGER_MS: Final = 500


class SocketPair:
    """A bound ROUTER and the XPUB beside it.

    Args:
        endpoint: where the ROUTER listens.
        publish: where the XPUB listens.
        trusted: whether whoever can reach it is trusted.

    Raises:
        UsageError: an endpoint cannot be bound.
    """

    def __init__(self, context: Context, endpoint: str, publish: str, *, trusted: bool) -> None:
        self.trusted = trusted
        queue = _TRUSTED_QUEUE if trusted else _QUEUE
        self.router = context.socket(zmq.ROUTER)
        self.xpub = context.socket(zmq.XPUB)
        for socket, largest in (
            (self.router, COMMAND_MAX_BYTES),
            (self.xpub, SUBSCRIPTION_MAX_BYTES),
        ):
            configure(
                socket,
                largest=largest,
                send_queue=_REPLY_QUEUE if socket is self.router and not trusted else queue,
                receive_queue=queue,
                linger_ms=_LINGER_MS,
            )
        self.router.setsockopt(zmq.ROUTER_MANDATORY, 1)
        self.router.setsockopt(zmq.ROUTER_HANDOVER, 0)
        self.xpub.setsockopt(zmq.XPUB_VERBOSE, 1)
        try:
            self.endpoint = _bind(self.router, endpoint)
            self.publish = _bind(self.xpub, publish)
        except UsageError:
            self.close()
            raise

    def cut_subscriber(self, descriptor: int) -> None:
        """Cut off the subscriber behind a descriptor of libzmq's, if it still is one of ours."""
        port = parse_tcp_endpoint(self.publish).port
        with suppress(OSError), posix.socket(fileno=os.dup(descriptor)) as subscriber:
            if subscriber.getsockname()[1] == port:
                subscriber.shutdown(posix.SHUT_RDWR)

    def close(self) -> None:
        """Close both sockets; what was sent lingers for a moment."""
        self.router.close()
        self.xpub.close()


def prepare_local_endpoint(endpoint: str) -> None:
    """Make the folder of a local socket private to its owner, and look that nobody listens there.

    libzmq would take the path away from whoever does.

    Raises:
        UsageError: it is no local endpoint, or cannot be used.
    """
    path = Path(parse_local_endpoint(endpoint))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = stat.S_IMODE(path.parent.stat().st_mode)
    except OSError as error:
        raise UsageError(f"Cannot make the folder {path.parent}: {error.strerror}.") from error
    if mode & 0o077:
        raise UsageError(f"Others can reach the local socket: chmod 700 {path.parent}")
    with posix.socket(posix.AF_UNIX) as probe:
        if probe.connect_ex(str(path)) == 0:
            raise UsageError(f"Another broker listens on {endpoint}.")


def _bind(socket: Socket, endpoint: str) -> str:
    """Bind, and return the endpoint as it really is (a port of 0 is chosen by the system)."""
    if not endpoint.startswith(LOCAL):
        socket.setsockopt(zmq.ZAP_DOMAIN, DOMAIN)
        enforce_zap(socket)
    allow_ipv6(socket, endpoint)
    try:
        socket.bind(endpoint)
    except zmq.ZMQError as error:
        if error.errno == errno.EADDRINUSE:
            raise UsageError(f"{endpoint} is taken: stop what listens there, or choose another "
                             "with --listen or --publish.") from error  # fmt: skip
        raise UsageError(f"Cannot listen on {endpoint}: {error.strerror}.") from error
    return socket.getsockopt_string(zmq.LAST_ENDPOINT)
