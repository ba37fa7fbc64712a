"""Programs that speak another protocol to the door: none of it may be said. Pure.

A web page can make a browser send lines of its choice to any port of its machine.
"""

from __future__ import annotations

import re
from typing import Final

HTTP: Final = "HTTP"
_SIGNATURES: Final = {b"\xff\x00": "ZMTP", b"\x16\x03": "TLS"}
"""Neither begins anything that telnet sends."""
_REQUEST: Final = re.compile(rb"[A-Z-]+ (?:[/*]|https?:|[^ ]+:\d+ )")
_VERSION: Final = re.compile(rb" HTTP/\d(?:\.\d)?\r?\Z")
_HEAD_BYTES: Final = 256
_TAIL_BYTES: Final = 16
_HTTP_ANSWER: Final = (
    "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "\r\n{}\n"
)


class FirstLine:
    """Looks at the start and the end of the first line of a connection, however long it is."""

    __slots__ = ("_head", "_is_over", "_tail")

    def __init__(self) -> None:
        self._head = self._tail = b""
        self._is_over = False

    def feed(self, data: bytes) -> str:
        """Return which other protocol these next bytes show to be spoken; empty for none yet."""
        if self._is_over:
            return ""
        line, end, _ = data.partition(b"\n")
        self._head += line[: _HEAD_BYTES - len(self._head)]
        self._tail = (self._tail + line)[-_TAIL_BYTES:]
        return self.end() if end else _SIGNATURES.get(self._head[:2], "")

    def end(self) -> str:
        """The line is over, with or without its end: return as :meth:`feed`."""
        if self._is_over:
            return ""
        self._is_over = True
        is_request = _REQUEST.match(self._head) and _VERSION.search(self._tail)
        return HTTP if is_request else _SIGNATURES.get(self._head[:2], "")


def answer(protocol: str, sentence: str) -> bytes:
    """Return a sentence as a program that speaks ``protocol`` can show it to its person."""
    return (_HTTP_ANSWER if protocol == HTTP else "{}\n").format(sentence).encode()
