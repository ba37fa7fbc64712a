"""Where the parts find each other: default endpoints, and the forms that a person may type."""

from __future__ import annotations

import ipaddress
import re
from typing import Final, NamedTuple

from protocol.errors import UsageError

DEFAULT_BROKER: Final = "tcp://127.0.0.1:5555"
DEFAULT_DOOR: Final = "127.0.0.1:8080"
LOCAL: Final = "ipc://"
TOPIC_END: Final = "\0"
_LONGEST_SOCKET_PATH: Final = 107
LARGEST_PORT: Final = 65535
_PORT: Final = re.compile("[0-9]{1,5}")
_HOST: Final = re.compile(r"[^\s:/@\[\]\x00-\x1f\x7f]+")
# What libzmq takes as a host; anything else makes it raise, in the middle of a turn.
_CONNECTED_HOST: Final = re.compile(r"[A-Za-z0-9._:%-]+")


class HostPort(NamedTuple):
    """A TCP address; IPv6 without its brackets."""

    host: str
    port: int

    def __str__(self) -> str:
        """Return ``host:port``, an IPv6 host in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def parse_host_port(text: str) -> HostPort:
    """Return the address in ``host:port`` or ``[ipv6]:port``; port 0 lets the system choose.

    Raises:
        UsageError: it is no such address.
    """
    host, colon, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    host = host[1:-1] if bracketed else host
    good = _is_ipv6(host) if bracketed else _HOST.fullmatch(host)
    if not colon or not good or not _PORT.fullmatch(port) or int(port) > LARGEST_PORT:
        raise UsageError(f"{text!r} is no address: write HOST:PORT, such as {DEFAULT_DOOR}.")
    return HostPort(host, int(port))


def _is_ipv6(host: str) -> bool:
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return _HOST.fullmatch(host.replace(":", ".")) is not None  # a scope may hold anything


def parse_tcp_endpoint(text: str) -> HostPort:
    """Return the address in ``tcp://host:port``.

    Raises:
        UsageError: it is no such endpoint.
    """
    if not text.startswith("tcp://"):
        raise UsageError(f"{text!r} is no endpoint: write tcp://HOST:PORT, as {DEFAULT_BROKER}.")
    return parse_host_port(text.removeprefix("tcp://"))


def check_broker_endpoint(text: str) -> None:
    """Check that ``text`` is an endpoint to which a client can connect.

    Raises:
        UsageError: it is none.
    """
    address = parse_tcp_endpoint(text)
    if address.port == 0 or not _CONNECTED_HOST.fullmatch(address.host):
        raise UsageError(f"{text!r} is no place to connect to.")


def parse_local_endpoint(text: str) -> str:
    """Return the path of the local socket in ``ipc:///path``.

    Raises:
        UsageError: it is no such endpoint, or longer than the system allows.
    """
    if not text.startswith(LOCAL + "/"):
        raise UsageError(f"{text!r} is no local endpoint: write {LOCAL}/PATH.")
    path = text.removeprefix(LOCAL)
    if len(publish_beside(path).encode("utf-8", "surrogateescape")) > _LONGEST_SOCKET_PATH:
        raise UsageError(f"The path of the local socket {path} is too long: choose a shorter one.")
    return path


def default_gateway_endpoint(data: str) -> str:
    """Return the local socket of the broker that keeps its data in ``data``."""
    return f"{LOCAL}{data}/sockets/gateway"


def publish_beside(endpoint: str) -> str:
    """Return the local XPUB endpoint that belongs to a local ROUTER endpoint."""
    return f"{endpoint}.pub"


def topic_of(room: str) -> str:
    """Return the topic of a room. Its end keeps ``lobby`` from matching ``lobby2``."""
    return room + TOPIC_END
