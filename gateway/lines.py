"""Bytes from a person's TCP connection to lines of text. Pure.

Lines are cut as :mod:`protocol.lines` says. On top of that, the CR NUL of telnet (RFC 854) vanishes
as a person would expect, and telnet negotiation is dropped.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from protocol.limits import LINE_BYTES
from protocol.lines import LineCutter

if TYPE_CHECKING:
    from protocol.lines import TooLong

_SE, _SB, _WILL, _DONT, _IAC = 240, 250, 251, 254, 255
_FIRST_COMMAND: Final = 236
"""EOF, SUSP, ABORT and EOR (RFC 1184, RFC 885) stand right below the commands of RFC 854."""
_LONGEST_SUBNEGOTIATION: Final = 1024
"""What follows is text again, so that a stray byte pair cannot silence a person."""


class _Telnet(Enum):
    DATA = auto()
    COMMAND = auto()
    OPTION = auto()
    SUBNEGOTIATION = auto()
    SUBNEGOTIATION_COMMAND = auto()


class LineReader:
    """Cuts a stream of bytes into cleaned lines."""

    def __init__(self, limit: int = LINE_BYTES) -> None:
        self._cutter = LineCutter(limit)
        self._telnet = _Telnet.DATA
        self._negotiated = 0

    def feed(self, data: bytes) -> list[str | TooLong]:
        """Return the lines that ``data`` completes."""
        return self._cutter.feed(self._without_telnet(data))

    def end(self) -> list[str | TooLong]:
        """The stream is over: return the last line if it had no end."""
        return self._cutter.end()

    def _without_telnet(self, data: bytes) -> bytes:
        """Return ``data`` without negotiation (RFC 854); IAC IAC is the byte 255."""
        if self._telnet is _Telnet.DATA and _IAC not in data:
            return data
        plain = bytearray()
        at = 0
        while at < len(data):
            if self._telnet is _Telnet.DATA:
                found = data.find(_IAC, at)
                end = len(data) if found < 0 else found
                plain += data[at:end]
                at = end
                if found < 0:
                    break
                self._telnet = _Telnet.COMMAND
            elif self._telnet is _Telnet.COMMAND and data[at] < _FIRST_COMMAND:
                # No telnet: a byte 255 that is no UTF-8 either. What follows is text.
                self._telnet = _Telnet.DATA
                plain.append(_IAC)
                continue
            elif self._next_telnet(data[at]):
                plain.append(_IAC)
            at += 1
        return bytes(plain)

    def _next_telnet(self, byte: int) -> bool:
        """Take one byte of a sequence; return whether it stands for the byte 255 of the text."""
        state, self._telnet = self._telnet, _Telnet.DATA
        if state is _Telnet.COMMAND:
            if byte == _SB:
                self._telnet = _Telnet.SUBNEGOTIATION
                self._negotiated = 0
            elif _WILL <= byte <= _DONT:
                self._telnet = _Telnet.OPTION
            return byte == _IAC
        if state is _Telnet.OPTION:
            return False
        self._negotiated += 1
        if self._negotiated > _LONGEST_SUBNEGOTIATION:
            return False
        if state is _Telnet.SUBNEGOTIATION:
            inside = _Telnet.SUBNEGOTIATION_COMMAND if byte == _IAC else _Telnet.SUBNEGOTIATION
            self._telnet = inside
        elif byte != _SE:
            self._telnet = _Telnet.SUBNEGOTIATION
        return False
