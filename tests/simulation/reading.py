"""What somebody with nc read, line by line, against what was said."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from protocol.events import Edited, Said
from protocol.questions import Kind
from tests.simulation.ledger import TEXT, Ledger, Words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulation.nc_people import NcPerson
    from tests.simulation.places import Place
    from tests.simulation.world import World

_GONE: Final = re.compile(r"^-- messages no longer kept: \d+\.$")
_PAST: Final = "-- "


class Reading:
    """Goes through the lines of one person."""

    def __init__(self, world: World, ledger: Ledger, person: NcPerson) -> None:
        self._world = world
        self._ledger = ledger
        self._person = person
        self._last: dict[str, int] = {}
        self._gone_before: dict[str, bool] = {}
        self._gone = False
        self._seen: set[str] = set()

    def check(self) -> None:
        """Look at every line: in order, each once, without a hole, and nothing of others."""
        for line in self._person.lines:
            if _GONE.match(line):
                self._gone = True
                self._gone_before.clear()
            elif match := TEXT.search(line):
                self._look_at(line, match[0])

    def check_end(self, rooms: dict[str, int]) -> None:
        """Look whether all was read in the rooms that the person is in since these numbers."""
        for room, joined in rooms.items():
            place = self._ledger.rooms[room]
            for _, text in self._required(place, joined, place.head + 1):
                seen = text in self._seen or self._gone
                self._check("nc sees the last message", seen, room, text)

    def _look_at(self, line: str, text: str) -> None:
        words = self._ledger.words.get(text)
        self._check("what is seen is in the journal", words is not None, line)
        if words is None:
            return
        place = self._ledger.rooms[words.room]
        me = self._person.id
        if line.startswith(_PAST):
            may = not place.is_closed or place.may_read(me, words.target)
            self._check("nc reads nothing of others", may, line)
            return
        self._check("nc tells rooms apart", _fits(line, place), line, words)
        at = self._place_of(place, words)
        self._check("nc reads nothing of others", at is not None, line, words)
        if at is None:
            return
        before = self._last.get(place.name, 0)
        self._check("nc sees no hole and no repeat", at > before, line, before)
        if self._gone_before.get(place.name, False) and self._in_one_spell(place, before, at):
            missing = list(self._required(place, before + 1, at))
            self._check("nc sees no hole and no repeat", not missing, line, missing)
        self._gone_before[place.name] = True
        self._last[place.name] = at
        self._seen.add(text)

    def _place_of(self, place: Place, words: Words) -> int | None:
        """Return which event a line may be: the message as it was edited, or the edit."""
        before = self._last.get(place.name, 0)
        own = [n for n in (words.target, words.number) if place.may_read(self._person.id, n)]
        return min((n for n in own if n > before), default=max(own, default=None))

    def _in_one_spell(self, place: Place, first: int, last: int) -> bool:
        spells = (spell for stay in place.stays.get(self._person.id, ()) for spell in stay.spells)
        return any(s[0] <= first and (len(s) == 1 or last <= s[1]) for s in spells)

    def _required(self, place: Place, first: int, end: int) -> Iterator[tuple[int, str]]:
        """Yield what must be read of these events: what nobody changed or hid."""
        for number in range(first, end):
            versions, event = place.versions[number - 1], place.now(number)
            if event.author in self._person.ignored:
                continue
            is_unchanged = isinstance(event, Said) and len(versions) == 1
            if (
                isinstance(event, Said | Edited)
                and event.text
                and (is_unchanged or isinstance(event, Edited))
            ):
                yield number, event.text

    def _check(self, invariant: str, holds: bool, *details: object) -> None:
        self._world.check(invariant, holds, self._person.gateway.name, self._person.key, *details)


def _fits(line: str, place: Place) -> bool:
    """Whether a line says of which room it is, unless that is the one in focus."""
    if line.startswith("["):
        return place.kind is Kind.TALK
    if line.startswith("#"):
        return line.startswith(f"#{place.name} ")
    return place.kind is not Kind.TALK
