"""The wall clock's words: this machine's time zone, and times as programs write them."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

_SECONDS_A_MINUTE: Final = 60
_BEYOND: Final = (OverflowError, ValueError, OSError)


def offset_at(at_ms: int) -> int:
    """Return this machine's offset from UTC in minutes at a time in milliseconds since 1970."""
    with suppress(*_BEYOND):
        offset = datetime.fromtimestamp(at_ms / 1000).astimezone().utcoffset()
        return int(offset.total_seconds()) // _SECONDS_A_MINUTE if offset else 0
    return 0


def timestamp(at_ms: int) -> str:
    """Return a time in milliseconds since 1970 as ISO 8601 in UTC; 1970 if no calendar has it."""
    try:
        at = datetime.fromtimestamp(at_ms / 1000, UTC)
    except _BEYOND:
        at = datetime.fromtimestamp(0, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
