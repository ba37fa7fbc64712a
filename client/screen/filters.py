"""The states of the screen by which keys and regions are switched, as named predicates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prompt_toolkit.application import get_app
from prompt_toolkit.filters import (
    Always,
    Condition,
    has_completions,
    is_searching,
    vi_insert_mode,
)

from client.screen.keymap import Action, When

if TYPE_CHECKING:
    from prompt_toolkit.filters import Filter

    from client.screen.keymap import Key
    from client.screen.stage import Stage

WITHOUT_INPUT: Final = frozenset({When.OVERLAY, When.LIST, When.PASTE})
"""Modes in which nothing can be typed."""


@Condition
def escape_is_alone() -> bool:
    """Return whether Esc was pressed by itself, and not sent as the first half of an Alt key.

    A terminal sends the two halves of an Alt key at once, so the second is already waiting here.
    """
    return not get_app().key_processor.input_queue


completion_is_open: Final[Filter] = has_completions & ~is_searching
vi_is_inserting: Final[Filter] = vi_insert_mode & ~is_searching


def key_counts(stage: Stage, key: Key) -> Filter:
    """Return the predicate whether a row of the key table counts now."""
    if key.action is Action.SUSPEND:
        return Always()
    if key.when is When.ALWAYS:
        in_mode = Condition(lambda: stage.model.mode not in {When.PASTE, When.PROMPT})
    else:
        in_mode = Condition(lambda: stage.model.mode is key.when)
    if key.action is Action.QUIT:
        return in_mode & ~is_searching & input_is_empty
    if key.action is Action.TO_END:
        typing = Condition(lambda: stage.model.mode is When.INPUT and stage.model.at_end)
        return in_mode & ~is_searching & (~typing | input_is_empty)
    return in_mode & ~is_searching


def in_mode(stage: Stage, *modes: When) -> Condition:
    """Return the predicate whether one of ``modes`` has the keys."""
    return Condition(lambda: stage.model.mode in modes)


@Condition
def input_is_empty() -> bool:
    """Return whether nothing is typed."""
    return not get_app().current_buffer.text
