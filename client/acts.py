"""Acts as every door of lines shows them: once though they come in several rooms, or not. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from protocol.events import Announced, Edited, Left, Reason, Renamed, Said, WentAway

if TYPE_CHECKING:
    from collections.abc import Container

    from protocol.events import AnyEvent

_ACTS_KEPT: Final = 256
"""Acts seen in one room that may come in another; those of one turn come close together."""
_OF_ONE_ROOM: Final = frozenset({Reason.LEFT, Reason.KICKED, Reason.BANNED})


def is_everywhere(event: AnyEvent) -> bool:
    """Return whether an act comes in each room of its author, and is told once."""
    match event:
        case Left(reason=reason):
            return reason not in _OF_ONE_ROOM
        case Announced(everywhere=everywhere):
            return everywhere
        case _:
            return isinstance(event, Renamed | WentAway)


def is_hidden(event: AnyEvent, ignored: Container[str]) -> bool:
    """Return whether an event is not shown to who ignores the people with these ids."""
    return event.author in ignored and isinstance(event, Said | Edited | WentAway)


class SeenActs:
    """The last acts that came in several rooms."""

    __slots__ = ("_seen",)

    def __init__(self) -> None:
        self._seen: dict[tuple[str, type, int, int], None] = {}

    def has_seen(self, act: AnyEvent) -> bool:
        """Return whether an act was seen before; now it was."""
        same = (act.author, type(act), act.n, act.at)
        if same in self._seen:
            return True
        self._seen[same] = None
        if len(self._seen) > _ACTS_KEPT:
            del self._seen[next(iter(self._seen))]
        return False
