"""Bytes to lines of text, for every door that reads lines. Pure.

Any chunking of the same bytes gives the same lines. LF and CR LF end a line, bytes that are no
UTF-8 are replaced, and text is cleaned. A line past the limit is reported once, and the next one
is read; of an unfinished line no more than the limit is held.
"""

from __future__ import annotations

from typing import Final

from protocol.text import clean


class TooLong:
    """Stands for a line above the limit, whose text is gone."""


TOO_LONG: Final = TooLong()


class LineCutter:
    """Cuts a stream of bytes into cleaned lines.

    Args:
        limit: bytes of a line, its end not counted.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._line = b""
        self._skipping = False

    @property
    def held(self) -> int:
        """How many bytes of the unfinished line are held."""
        return len(self._line)

    def feed(self, data: bytes) -> list[str | TooLong]:
        """Return the lines that ``data`` completes."""
        if b"\n" not in data:
            self._keep(data)
            return []
        first, *rest = data.split(b"\n")
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
