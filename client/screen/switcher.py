"""The switcher: rooms found by some characters of their names, the likeliest first. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from client.screen.tabs import Tab

_AT_START: Final = 8
_AFTER_BREAK: Final = 6
_IN_A_ROW: Final = 4
_BREAKS: Final = frozenset(" -_./#")


def score(pattern: str, name: str) -> int | None:
    """Return how well ``pattern`` fits ``name``: its characters are all in it, in order.

    The start of the name, starts of its parts, and characters in a row count more; None if it does
    not fit.
    """
    pattern, name = pattern.casefold(), name.casefold()
    total, place, before = 0, 0, -2
    for character in pattern:
        if character.isspace():
            continue
        found = name.find(character, place)
        if found < 0:
            return None
        if found == 0:
            total += _AT_START
        elif found == before + 1:
            total += _IN_A_ROW
        elif name[found - 1] in _BREAKS:
            total += _AFTER_BREAK
        total -= min(found - place, _IN_A_ROW)
        before, place = found, found + 1
    return total


class Switcher:
    """The open switcher.

    Attributes:
        text: what was typed.
        found: the rooms that fit it, the best first.
        selected: the place of the one that Enter goes to.
    """

    def __init__(self, tabs: Iterable[Tab], last: Tab) -> None:
        self._tabs = sorted(tabs, key=lambda tab: (-tab.urgency, tab is not last))
        self.text = ""
        self.found = list(self._tabs)
        self.selected = 0

    def type(self, text: str) -> None:
        """Look for other rooms."""
        self.text, self.selected = text, 0
        scores = [(score(text.removeprefix("#"), _name(tab)), tab) for tab in self._tabs]
        fitting = [(points, tab) for points, tab in scores if points is not None]
        self.found = [tab for _, tab in sorted(fitting, key=_rank)]

    def select(self, by: int) -> None:
        """Select another room, around the end of the list."""
        if self.found:
            self.selected = (self.selected + by) % len(self.found)

    @property
    def choice(self) -> Tab | None:
        """The room that is selected; None if none fits."""
        return self.found[self.selected] if self.found else None


def _rank(found: tuple[int, Tab]) -> tuple[int, int]:
    points, tab = found
    return -points, len(_name(tab))


def _name(tab: Tab) -> str:
    return tab.name.removeprefix("#")
