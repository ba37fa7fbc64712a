"""How people write durations and times, and how these are shown. Pure.

``now`` and times are in milliseconds since 1970 (UTC); ``offset_at`` returns the zone's offset from
UTC in minutes at such a time.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_PART: Final = re.compile(r"([0-9]{1,6})([smhdw])")
_DURATION: Final = re.compile(r"(?:[0-9]{1,6}[smhdw])+")
_TIME: Final = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_DAY: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{1,2}):([0-9]{2}))?")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)


def duration(text: str) -> int | None:
    """Return the seconds in ``10m``, ``2h``, ``1w`` or ``1D12H``; None if it is no such thing."""
    text = text.lower()
    if not _DURATION.fullmatch(text):
        return None
    return sum(int(count) * _SECONDS[unit] for count, unit in _PART.findall(text))


def time(text: str, now: int, offset_at: Callable[[int], int]) -> int | None:
    """Return the time that a person means; None if it is none.

    ``14:30`` is the last time that the clock showed that; ``2026-11-21`` the start of that day;
    ``2026-11-21T14:30`` a minute; ``2h`` so long ago.
    """
    if (ago := duration(text)) is not None:
        return now - ago * 1000
    local_now = _EPOCH + timedelta(milliseconds=now, minutes=offset_at(now))
    try:
        if match := _TIME.fullmatch(text):
            hour, minute = map(int, match.groups())
            local = local_now.replace(hour=hour, minute=minute, second=0, microsecond=0)
            if local > local_now:
                local -= timedelta(days=1)
        elif match := _DAY.fullmatch(text):
            year, month, day, hour, minute = (int(part or 0) for part in match.groups())
            local = datetime(year, month, day, hour, minute, tzinfo=UTC)
        else:
            return None
    except (ValueError, OverflowError):
        return None
    as_utc = (local - _EPOCH) // _MS
    return as_utc - offset_at(as_utc - offset_at(as_utc) * 60_000) * 60_000


def shown(at: int, now: int, offset_at: Callable[[int], int]) -> str:
    """Return a time with its zone, as ``14:30+01``; on another day than ``now``, with the date."""
    offset = offset_at(at)
    try:
        local = _EPOCH + timedelta(milliseconds=at, minutes=offset)
        today = (_EPOCH + timedelta(milliseconds=now, minutes=offset_at(now))).date()
    except OverflowError:
        return "?"
    hours, minutes = divmod(abs(offset), 60)
    zone = f"{'-' if offset < 0 else '+'}{hours:02}{f'{minutes:02}' if minutes else ''}"
    form = "%H:%M" if local.date() == today else "%Y-%m-%d %H:%M"
    return local.strftime(form) + zone


def lasting(seconds: int) -> str:
    """Return a duration as people write it: ``90`` is ``1m30s``; nothing is ``0s``."""
    parts: list[str] = []
    for unit in ("d", "h", "m", "s"):
        count, seconds = divmod(seconds, _SECONDS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
