"""ZeroMQ sockets with every default that matters set on purpose."""

from __future__ import annotations

import ctypes
import os
from typing import TYPE_CHECKING, Final

import zmq

from protocol.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

Context = zmq.Context[zmq.Socket[bytes]]
Socket = zmq.Socket[bytes]

HANDSHAKE_MS: Final = 3000
BACKLOG: Final = 1024
HEARTBEAT_INTERVAL_MS: Final = 10_000
HEARTBEAT_TIMEOUT_MS: Final = 30_000
# Accepted by the stable library by number only; tried once in make_context.
_ZAP_ENFORCE_DOMAIN: Final = 93


def make_context() -> Context:
    """Return a new ZeroMQ context whose identities a stranger cannot guess.

    libzmq numbers ROUTER's connections from libc's ``rand()``, which it never seeds: whoever
    claims the next number as a routing id aborts the process. The seed comes from the system.
    """
    ctypes.CDLL(None).srand(int.from_bytes(os.urandom(4), "big"))
    context: Context = zmq.Context()
    with context.socket(zmq.ROUTER) as probe:
        enforce_zap(probe)
    return context


def enforce_zap(socket: Socket) -> None:
    """Refuse connections whenever the ZAP handler cannot be asked (the default lets them in).

    Raises:
        UsageError: this libzmq does not have the option.
    """
    try:
        socket.setsockopt(_ZAP_ENFORCE_DOMAIN, 1)
    except zmq.ZMQError as error:
        raise UsageError("This libzmq cannot enforce ZAP: install the pinned pyzmq.") from error


def configure(
    socket: Socket, *, largest: int, send_queue: int, receive_queue: int, linger_ms: int
) -> None:
    """Set the limits that libzmq leaves open: sizes in bytes, queues in messages."""
    socket.setsockopt(zmq.MAXMSGSIZE, largest)
    socket.setsockopt(zmq.SNDHWM, send_queue)
    socket.setsockopt(zmq.RCVHWM, receive_queue)
    socket.setsockopt(zmq.LINGER, linger_ms)
    socket.setsockopt(zmq.HANDSHAKE_IVL, HANDSHAKE_MS)
    socket.setsockopt(zmq.BACKLOG, BACKLOG)
    socket.setsockopt(zmq.HEARTBEAT_IVL, HEARTBEAT_INTERVAL_MS)
    socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS)


def allow_ipv6(socket: Socket, endpoint: str) -> None:
    """Let ``socket`` use an IPv6 address, if the endpoint is one."""
    socket.setsockopt(zmq.IPV6, int("[" in endpoint))


def drain(socket: Socket, messages: int, size: int) -> Iterator[list[bytes]]:
    """Yield what has arrived without waiting: at most ``messages``, and about ``size`` bytes."""
    while messages > 0 and size > 0:
        try:
            frames = socket.recv_multipart(zmq.NOBLOCK)
        except zmq.Again:
            return
        yield frames
        messages -= 1
        size -= sum(map(len, frames))


def drain_with_addresses(
    socket: Socket, messages: int, size: int
) -> Iterator[tuple[str, list[bytes]]]:
    """Yield as :func:`drain` does, each message with the address of the host that sent it."""
    while messages > 0 and size > 0:
        try:
            received = socket.recv_multipart(zmq.NOBLOCK, copy=False)
        except zmq.Again:
            return
        frames = [frame.bytes for frame in received]
        yield str(received[-1].get("Peer-Address")), frames
        messages -= 1
        size -= sum(map(len, frames))


def drain_frames(socket: Socket, frames: int) -> Iterator[zmq.Frame]:
    """Yield single frames that have arrived, with what libzmq knows of where they came from."""
    for _ in range(frames):
        try:
            yield socket.recv(zmq.NOBLOCK, copy=False)
        except zmq.Again:
            return
