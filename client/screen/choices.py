"""Lists over the messages from which one line is taken: rooms, messages that were found. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from client.screen.overlays import FEWEST_ROWS
from client.screen.width import cells, clip, printable_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from client.screen.fragments import Row


class Choice(NamedTuple):
    """One line: what it is, what is said of it, and what taking it does at a time."""

    key: str
    text: str
    take: Callable[[float], None]


class Choices:
    """A list of which one line is selected.

    Attributes:
        title: what stands above it.
    """

    def __init__(
        self, title: str, choices: Sequence[Choice], hint: str, *, selected: int = 0
    ) -> None:
        self.title = title
        self._choices = list(choices)
        self._hint = hint
        self._selected = max(0, min(selected, len(self._choices) - 1))
        self._top = 0
        self._height = 1

    @property
    def choice(self) -> Choice | None:
        """The line that is selected; None if there is none."""
        return self._choices[self._selected] if self._choices else None

    def select(self, by: int) -> None:
        """Select the line so many further; it stops at the ends."""
        self._selected = max(0, min(self._selected + by, len(self._choices) - 1))

    def page(self, direction: int) -> None:
        """Go a page down (1) or up (-1)."""
        self.select(direction * max(1, self._height - 1))

    def rows(self, width: int, height: int) -> list[Row]:
        """Return the list, at most ``height`` rows of ``width`` cells, the selected one among."""
        has_hint = height >= FEWEST_ROWS
        self._height = max(1, height - 1 - has_hint)
        lowest = self._selected - self._height + 1
        self._top = max(0, lowest, min(self._top, self._selected))
        shown = self._choices[self._top : self._top + self._height]
        column = min(max((cells(printable_line(c.key)) for c in shown), default=0), width // 2)
        body = [
            self._row(choice, column, width, is_selected=place == self._selected)
            for place, choice in enumerate(shown, self._top)
        ]
        title = _filled("class:overlay.title", printable_line(self.title), width)
        hint = [_filled("class:overlay.key", self._hint, width)] if has_hint else []
        return [title, *body, *hint][:height]

    def _row(self, choice: Choice, column: int, width: int, *, is_selected: bool) -> Row:
        key = clip(printable_line(choice.key), column)
        key = f" {key}{' ' * (column - cells(key))}  "
        text = clip(printable_line(choice.text), max(0, width - cells(key)))
        space = " " * max(0, width - cells(key) - cells(text))
        if is_selected:
            return [("class:overlay.selected", key + text + space)]
        return [("class:overlay.key", key), ("class:overlay", text + space)]


def _filled(style: str, text: str, width: int) -> Row:
    text = clip(f" {text}", width)
    return [(style, text + " " * (width - cells(text)))]
