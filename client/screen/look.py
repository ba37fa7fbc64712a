"""How a room's lines are to look, whatever they say; and a moment in the person's time zone."""

from __future__ import annotations

from dataclasses import dataclass

from protocol.phrases import Language


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A moment as the person's clock and calendar show it; ``weekday`` 0 is Monday."""

    year: int
    month: int
    day: int
    weekday: int
    hour: int
    minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the lines of every room have in common.

    Attributes:
        language: of the sentences.
        own_name: the person's name now; it has its own colour, and calling it is a mention.
        own_ids: the ids of the person's sessions: what these say is never unread.
        highlight: further words that are mentions.
        name_column: cells for names, where the screen is wide enough.
        fold: show people who come, go or change names in one line, and leave out the silent.
        silent_after_ms: who has said nothing for so long before is silent,
        unmask_within_ms: unless they say something within so long after.
    """

    language: Language = Language.EN
    own_name: str = ""
    own_ids: frozenset[str] = frozenset()
    highlight: tuple[str, ...] = ()
    name_column: int = 14
    fold: bool = True
    silent_after_ms: int = 5 * 60_000
    unmask_within_ms: int = 30 * 60_000
