"""Who may connect at all: the answer to libzmq's questions (ZAP, ZeroMQ RFC 27).

A handler runs even while everybody is admitted: without one, libzmq accepts ZMTP 1 and HTTP bytes
as messages. It is started before any socket is bound, and libzmq is told to fail closed.
"""

from __future__ import annotations

import ipaddress
import logging
from typing import TYPE_CHECKING, Final

import zmq

from runtime.sockets import drain

if TYPE_CHECKING:
    from runtime.sockets import Context, Socket

ZAP_ENDPOINT: Final = "inproc://zeromq.zap.01"
DOMAIN: Final = b"hubbub"
_VERSION: Final = b"1.0"
_OK, _TRY_LATER, _MALFORMED = b"200", b"300", b"400"
_PARTS_BEFORE_CREDENTIALS: Final = 8
_REQUESTS_A_TURN: Final = 256

CONNECTIONS_BURST: Final = 100
CONNECTIONS_PER_S: Final = 20.0
_ADDRESSES_KEPT: Final = 10_000

_log = logging.getLogger(__name__)


class ConnectionRate:
    """How fast one address may connect; this machine itself is not limited. Pure."""

    def __init__(self) -> None:
        self._buckets: dict[str, tuple[float, float]] = {}

    def admits(self, address: str, now: float) -> bool:
        """Return whether ``address`` may connect once more at ``now`` (seconds)."""
        if _is_local(address):
            return True
        tokens, since = self._buckets.pop(address, (float(CONNECTIONS_BURST), now))
        tokens = min(CONNECTIONS_BURST, tokens + (now - since) * CONNECTIONS_PER_S)
        admitted = tokens >= 1
        self._buckets[address] = (tokens - admitted, now)
        while len(self._buckets) > _ADDRESSES_KEPT:
            del self._buckets[next(iter(self._buckets))]
        return admitted


class ZapHandler:
    """Answers on the context's ZAP endpoint. Nothing that a stranger sends makes it raise."""

    def __init__(self, context: Context) -> None:
        self.socket: Socket = context.socket(zmq.ROUTER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.bind(ZAP_ENDPOINT)
        self._rate = ConnectionRate()

    def answer(self, now: float) -> None:
        """Answer every question that waits."""
        for frames in drain(self.socket, _REQUESTS_A_TURN, 1 << 20):
            identity, _, *request = frames
            status = self._judge(request, now)
            request_id = request[1] if len(request) > 1 else b""
            reply = [identity, b"", _VERSION, request_id, status, b"", b"", b""]
            self.socket.send_multipart(reply, zmq.NOBLOCK)

    def close(self) -> None:
        """Close the endpoint; from then on nobody is admitted."""
        self.socket.close()

    def _judge(self, request: list[bytes], now: float) -> bytes:
        if len(request) < _PARTS_BEFORE_CREDENTIALS - 2 or request[0] != _VERSION:
            return _MALFORMED
        address = request[3].decode(errors="replace")
        if self._rate.admits(address, now):
            return _OK
        _log.warning("%s connects too often, and is refused for a while", address)
        return _TRY_LATER


def _is_local(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
