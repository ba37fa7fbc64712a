"""Completion of what is being typed: the model says what is possible, and a menu shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prompt_toolkit.buffer import CompletionState
from prompt_toolkit.completion import Completion

from client.screen.width import cells, clip

if TYPE_CHECKING:
    from prompt_toolkit.buffer import Buffer

    from client.screen.fragments import Row
    from client.screen.model import Model

MENU_ROWS: Final = 8
_MENU_CELLS: Final = 60
_AROUND: Final = 2
"""A space before and one after a completion."""
_BEFORE_HINT: Final = 3
"""A space before a completion, and two between it and its hint."""


def complete(buffer: Buffer, model: Model, *, backward: bool = False) -> None:
    """Put the next completion in, or the one before; the first time, ask for them."""
    if buffer.complete_state is not None:
        if backward:
            buffer.complete_previous()
        else:
            buffer.complete_next()
        return
    completions = [
        Completion(
            candidate.text,
            -candidate.start,
            display=candidate.display,
            display_meta=candidate.hint,
        )
        for candidate in model.candidates(buffer.document.text_before_cursor)
    ]
    if not completions:
        return
    buffer.save_to_undo_stack()
    buffer.complete_state = CompletionState(buffer.document, completions)
    buffer.go_to_completion(len(completions) - 1 if backward else 0)
    if len(completions) == 1:
        buffer.complete_state = None


class CompletionMenu:
    """The rows of the menu, and the space that they take."""

    def __init__(self, buffer: Buffer, columns: int) -> None:
        state = buffer.complete_state
        self._completions = state.completions if state is not None else []
        self._selected = state.complete_index if state is not None else None
        text = max((cells(shown.display_text) for shown in self._completions), default=0)
        hint = max((cells(shown.display_meta_text) for shown in self._completions), default=0)
        self._hint_at = text + (_BEFORE_HINT if hint else _AROUND)
        wanted = self._hint_at + (hint + 1 if hint else 0)
        self.width = min(wanted, _MENU_CELLS, columns) if self._completions else 0
        self.height = min(len(self._completions), MENU_ROWS)

    def rows(self, width: int, height: int) -> list[Row]:
        """Return the completions around the one that is selected."""
        first = max(0, (self._selected or 0) - height + 1)
        shown = self._completions[first : first + height]
        return [
            self._row(completion, width, is_selected=number == self._selected)
            for number, completion in enumerate(shown, first)
        ]

    def _row(self, completion: Completion, width: int, *, is_selected: bool) -> Row:
        text_style = "class:completion.selected" if is_selected else "class:completion"
        hint_style = "class:completion.selected" if is_selected else "class:completion.hint"
        text = clip(f" {completion.display_text}", width)
        text += " " * (min(self._hint_at, width) - cells(text))
        hint = clip(completion.display_meta_text, max(0, width - cells(text) - 1))
        space = " " * (width - cells(text) - cells(hint))
        return [(text_style, text), (hint_style, hint + space)]
