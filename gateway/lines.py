"""Bytes from a person's TCP connection to lines of text. Pure.

Any chunking of the same bytes gives the same lines. CR LF, LF, and the CR NUL of telnet (RFC 854)
end or vanish as a person would expect; telnet negotiation is dropped; bytes that are no UTF-8 are
replaced. A line past the limit is reported once, and the next one is read.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from protocol.limits import LINE_BYTES
from protocol.text import clean

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


class TooLong:
    """Stands for a line above the limit, whose text is gone."""


TOO_LONG: Final = TooLong()


class LineReader:
    """Cuts a stream of bytes into cleaned lines."""

    def __init__(self, limit: int = LINE_BYTES) -> None:
        self._limit = limit
        self._line = b""
        self._skipping = False
        self._telnet = _Telnet.DATA
        self._negotiated = 0

    def feed(self, data: bytes) -> list[str | TooLong]:
        """Return the lines that ``data`` completes."""
        plain = self._without_telnet(data)
        if b"\n" not in plain:
            self._keep(plain)
            return []
        first, *rest = plain.split(b"\n")
        last = rest.pop()
        self._keep(first)
        lines = [self._finish(), *map(self._decode, rest)]
        self._keep(last)
        return lines

    def end(self) -> list[str | TooLong]:
        """The stream is over: return the last line if it had no end."""
        return [self._finish()] if self._line or self._skipping else []

    def _keep(self, piece: bytes) -> None:
        """Add to the unfinished line, of which no more than the limit is held."""
        if self._skipping:
            return
        self._line += piece
        # One more than the limit: the last byte may be the CR of a CR LF.
        if len(self._line) > self._limit + 1:
            self._line = b""
            self._skipping = True

    def _finish(self) -> str | TooLong:
        line, self._line = self._line, b""
        skipped, self._skipping = self._skipping, False
        return TOO_LONG if skipped else self._decode(line)

    def _decode(self, raw: bytes) -> str | TooLong:
        # One CR is not counted, as in _keep, so that no chunking makes a difference.
        if len(raw.removesuffix(b"\r")) > self._limit:
            return TOO_LONG
        return clean(raw.replace(b"\0", b"").rstrip(b"\r").decode(errors="replace"))

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
