"""How a room's lines are to look, whatever they say; and a moment in the person's time zone."""

from __future__ import annotations

from calendar import timegm
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from protocol.phrases import Language

LATEST_MS: Final = 253_370_764_800_000
"""The start of the year 9999; a later time is shown as this one."""
_MS_A_MINUTE: Final = 60_000
_S_A_MINUTE: Final = 60


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A moment as the person's clock and calendar show it; ``weekday`` 0 is Monday."""

    year: int
    month: int
    day: int
    weekday: int
    hour: int
    minute: int


def moment(local: Callable[[int], LocalTime], at: int) -> LocalTime:
    """Return what ``local`` says of ``at``, in milliseconds since 1970, or of the nearest time."""
    return local(max(0, min(at, LATEST_MS)))


def offset_of(local: Callable[[int], LocalTime]) -> Callable[[int], int]:
    """Return what tells by how many minutes the person's zone is ahead of UTC at a time."""

    def offset_at(at: int) -> int:
        at = max(0, min(at, LATEST_MS))
        when = local(at)
        minutes = timegm((when.year, when.month, when.day, when.hour, when.minute, 0))
        return minutes // _S_A_MINUTE - at // _MS_A_MINUTE

    return offset_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the lines of every room have in common.

    Attributes:
        language: of the sentences.
        own_name: the person's name now; it has its own colour, and calling it is a mention.
        own_ids: the ids of the person's sessions: what these say is never unread.
        ignored: the ids of those whose words are hidden.
        highlight: further words that are mentions.
        name_column: cells for names, where the screen is wide enough.
        fold: show people who come, go or change names in one line, and leave out the silent.
        silent_after_ms: who has said nothing for so long before is silent,
        unmask_within_ms: unless they say something within so long after.
    """

    language: Language = Language.EN
    own_name: str = ""
    own_ids: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()
    highlight: tuple[str, ...] = ()
    name_column: int = 14
    fold: bool = True
    silent_after_ms: int = 5 * 60_000
    unmask_within_ms: int = 30 * 60_000
