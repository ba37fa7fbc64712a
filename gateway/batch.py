"""The events of one delivery, each rendered once, and who reads which of them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.person import Person
    from protocol.events import AnyEvent


Shown: TypeAlias = "tuple[AnyEvent, str | None, bool]"
"""An event, what others than its author read of it at once (None for nothing), and whether it comes
in each room of its author, and is told once, without the room.

One is made for every line that is said, and a named tuple takes half a microsecond more.
"""


class Batch:
    """Events of one delivery: what most read, and what each author reads."""

    def __init__(self, shown: Sequence[Shown]) -> None:
        self.shown = shown
        self._told: list[int] = []
        self._own: dict[str, list[int]] = {}

    def lines(self) -> list[str]:
        """Return what everybody reads who caused none of it."""
        return [line for _, line, _ in self.shown if line is not None]

    def concerning(self, person: Person) -> Iterator[Shown]:
        """Yield what the person may read, in order: of thousands who come that is one's own."""
        if not self._own:
            self._sort()
        own = self._own.get(person.id, ())
        places = sorted({*self._told, *own}) if own else self._told
        return (self.shown[place] for place in places)

    def _sort(self) -> None:
        self._told = [place for place, (_, line, _) in enumerate(self.shown) if line is not None]
        for place, (event, _, _) in enumerate(self.shown):
            self._own.setdefault(event.author, []).append(place)
