"""From which IP addresses people come, and how many may come from one. Pure; never journaled."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from broker.rates import Rate
from protocol.endpoints import parse_host_port
from protocol.errors import Code, Refusal, UsageError

if TYPE_CHECKING:
    from collections.abc import Container, Mapping


def ip_of(address: str) -> str:
    """Return the IP address in ``ip`` or ``ip:port``, each in its one form; nothing if none is.

    An IPv4 address that came over IPv6 (``::ffff:10.0.0.7``) is that IPv4 address.
    """
    if ip := _ip(address):
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
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return str(address)


class Addresses:
    """Where each session comes from, as far as that is known.

    Args:
        most: sessions of one address, and how many of them may be opened in a minute; 0: no limit.
            It does not apply to this machine itself.
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
        if len(self._at.get(address, ())) >= self._most:
            raise Refusal(Code.TOO_MANY_SESSIONS, limit=self._most)
        self._openings.take(address, now)

    def place(self, session: str, address: str) -> None:
        """A session was opened, or came back, from ``address``."""
        self.drop(session)
        if address:
            self._of[session] = address
            self._at.setdefault(address, set()).add(session)

    def drop(self, session: str) -> None:
        """A session is over."""
        address = self._of.pop(session, None)
        if address is None:
            return
        there = self._at[address]
        there.discard(session)
        if not there:
            del self._at[address]

    def reconcile(self, sessions: Container[str]) -> None:
        """Agree with a state that was rebuilt and has these sessions."""
        for session in [known for known in self._of if known not in sessions]:
            self.drop(session)
