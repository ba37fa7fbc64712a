"""From which IP addresses people come, and how many may come from one. Pure; never journaled."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

from broker.rates import Rate
from protocol.endpoints import parse_host_port
from protocol.errors import Code, Refusal, UsageError

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

_PREFIX_BITS: Final = 64


def ip_of(address: str) -> str:
    """Return the IP address in ``ip`` or ``ip:port``, each in its one form; nothing if none is.

    An IPv4 address that came over IPv6 (``::ffff:10.0.0.7``) is that IPv4 address. The zone of an
    IPv6 address (``%eth0``), which may be any text at all, is left out.
    """
    # No IP address has one colon, and looking for one in vain is what costs.
    if address.count(":") != 1 and (ip := _ip(address)):
        return ip
    try:
        return _ip(parse_host_port(address).host)
    except UsageError:
        return ""


def _ip(text: str) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or ipaddress.IPv6Address(int(address))
    return str(address)


def _host_of(address: str) -> str:
    """Return what one machine has: an IPv4 address, or a network of 2**64 IPv6 addresses."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv4Address):
        return address
    return str(ipaddress.IPv6Network((int(ip), _PREFIX_BITS), strict=False))


class Addresses:
    """Where each session comes from, as far as that is known.

    Args:
        most: sessions of one address (of one network, for IPv6), and how many of them may be opened
            in a minute; 0: no limit. It does not apply to this machine itself.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._of: dict[str, str] = {}
        self._at: dict[str, set[str]] = {}
        self._openings = Rate(most, most / 60)

    @property
    def of(self) -> Mapping[str, str]:
        """The address of each session that has one."""
        return self._of

    def admit(self, address: str, now: float) -> None:
        """Look whether one more session may be opened from ``address`` at ``now`` (seconds).

        Raises:
            Refusal: ``too_many_sessions`` with its ``limit``, or ``too_fast``.
        """
        if not self._most or not address or ipaddress.ip_address(address).is_loopback:
            return
        host = _host_of(address)
        if len(self._at.get(host, ())) >= self._most:
            raise Refusal(Code.TOO_MANY_SESSIONS, limit=self._most)
        self._openings.take(host, now)

    def place(self, session: str, address: str) -> None:
        """A session was opened, or came back, from ``address``."""
        self.drop(session)
        if address:
            self._of[session] = address
            self._at.setdefault(_host_of(address), set()).add(session)

    def drop(self, session: str) -> None:
        """A session is over."""
        address = self._of.pop(session, None)
        if address is None:
            return
        host = _host_of(address)
        there = self._at[host]
        there.discard(session)
        if not there:
            del self._at[host]

    def reconcile(self, sessions: Container[str]) -> None:
        """Agree with a state that was rebuilt and has these sessions."""
        for session in [known for known in self._of if known not in sessions]:
            self.drop(session)
