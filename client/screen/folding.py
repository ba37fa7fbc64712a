"""People who come, go and change names, in one line, without those who only pass through."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from client.screen.entries import Presence
from client.screen.width import printable_line
from protocol.events import Joined, Renamed, Said

CAME, WENT, CHANGED = "+", "−", "→"  # noqa: RUF001 - a minus sign is as wide as the plus


class Speech:
    """Who spoke when, in the messages that are held.

    Times are the events' own. Should the broker's clock have been set back, somebody may be taken
    for silent, or not, around that moment; nothing else depends on it.
    """

    def __init__(self) -> None:
        self._times: dict[str, list[int]] = {}

    def append(self, event: Said) -> None:
        """Somebody said something, after all that is held."""
        self._times.setdefault(event.name, []).append(event.at)

    def prepend(self, events: Iterable[Said]) -> None:
        """These were said, in this order, before all that is held and has numbers."""
        older = Speech()
        for event in events:
            older.append(event)
        for name, times in older._times.items():
            known = self._times.setdefault(name, [])
            place = bisect_left(known, times[0])  # what another journal numbered may be older
            known[place:place] = times

    def drop(self, events: Iterable[Said]) -> None:
        """The oldest messages, these, are no longer held."""
        counts: dict[str, int] = {}
        for event in events:
            counts[event.name] = counts.get(event.name, 0) + 1
        for name, count in counts.items():
            times = self._times[name]
            if count == len(times):
                del self._times[name]
            else:
                del times[:count]

    def spoke(self, name: str, since: int, until: int) -> bool:
        """Return whether ``name`` said something from ``since`` to ``until``."""
        times = self._times.get(name, ())
        place = bisect_left(times, since)
        return place < len(times) and times[place] <= until


def names_of(event: Presence) -> tuple[str, ...]:
    """Return the names that the person has before and after."""
    return (event.name, event.new_name) if isinstance(event, Renamed) else (event.name,)


def folded(events: Iterable[Presence]) -> str:
    """Return what changed, in one line: ``+ann -bob ann→anna``.

    Somebody who came and went is shown once, ``+-ann``, and one who went and came ``-+ann``,
    however often that was. Somebody who came and took another name has come under that name.
    """
    signs: dict[tuple[str, ...], str] = {}
    for event in events:
        names = names_of(event)
        sign = CAME if isinstance(event, Joined) else WENT
        if isinstance(event, Renamed):
            if signs.get(names[:1]) != CAME:
                signs[names] = ""
                continue
            del signs[names[:1]]
            names, sign = names[1:], CAME
        first = signs.get(names, sign)[0]
        signs[names] = first if first == sign else first + sign
    return " ".join(
        sign + CHANGED.join(map(printable_line, names)) for names, sign in signs.items()
    )
