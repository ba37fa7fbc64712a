"""Binds the key table: what each row does is done here by the input box, or by the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_toolkit.filters import is_searching, vi_navigation_mode
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.key_binding.vi_state import InputMode
from prompt_toolkit.keys import Keys
from prompt_toolkit.search import SearchDirection, start_search

from client.screen.completion import complete
from client.screen.filters import (
    completion_is_open,
    escape_is_alone,
    in_mode,
    key_counts,
    vi_is_inserting,
)
from client.screen.keymap import KEYS, Action, When
from client.screen.terminal import FOCUS_IN, FOCUS_KEY, FOCUS_OUT

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import TypeAlias

    from prompt_toolkit.key_binding import KeyPressEvent

    from client.screen.editor import Editor
    from client.screen.stage import Stage

    Handler: TypeAlias = Callable[[KeyPressEvent], None]
    Task: TypeAlias = Callable[[], Coroutine[None, None, None]]

_ESCAPE = "escape"


def make_bindings(stage: Stage, editor: Editor, *, edit: Task, suspend: Task) -> KeyBindings:
    """Return the bindings of all rows of the table, and of what is no key.

    Args:
        stage: holds the model.
        editor: the input box.
        edit: lets the person edit the draft in a program of their own.
        suspend: gives the terminal back to the shell for a while.
    """
    bindings = KeyBindings()
    of_input = _input_actions(stage, editor, edit, suspend)
    for key in KEYS:
        handler = of_input.get(key.action) or _model_action(stage, key.action)
        for sequence in key.keys:
            bindings.add(
                *sequence.split(),
                filter=key_counts(stage, key),
                eager=escape_is_alone if sequence == _ESCAPE else False,
                save_before=_edits if key.action is Action.NEWLINE else _edits_not,
            )(handler)
    _bind_escape(bindings)
    _bind_reports(bindings, stage, editor)
    return bindings


def _model_action(stage: Stage, action: Action) -> Handler:
    def handle(_event: KeyPressEvent) -> None:
        stage.do(action)

    return handle


def _in_background(task: Task) -> Handler:
    def handle(event: KeyPressEvent) -> None:
        event.app.create_background_task(task())

    return handle


def _input_actions(
    stage: Stage, editor: Editor, edit: Task, suspend: Task
) -> dict[Action, Handler]:
    """Return what the input box and the terminal do, by action."""

    def send(event: KeyPressEvent) -> None:
        stage.submit(editor.buffer.text)
        event.app.vi_state.input_mode = InputMode.INSERT

    def search(_event: KeyPressEvent) -> None:
        start_search(direction=SearchDirection.BACKWARD)

    def redraw(event: KeyPressEvent) -> None:
        event.app.renderer.clear()

    return {
        Action.SEND: send,
        Action.NEWLINE: lambda _event: editor.buffer.insert_text("\n"),
        Action.HISTORY_PREVIOUS: lambda event: _go_down(editor, -event.arg),
        Action.HISTORY_NEXT: lambda event: _go_down(editor, event.arg),
        Action.HISTORY_SEARCH: search,
        Action.COMPLETE: lambda _event: complete(editor.buffer, stage.model),
        Action.COMPLETE_BACK: lambda _event: complete(editor.buffer, stage.model, backward=True),
        Action.EDITOR: _in_background(edit),
        Action.UNDO: lambda _event: editor.buffer.undo(),
        Action.REDRAW: redraw,
        Action.SUSPEND: _in_background(suspend),
    }


def _go_down(editor: Editor, lines: int) -> None:
    """Go down in the input, or on in what was sent; up and back with a negative number."""
    if lines > 0:
        editor.buffer.auto_down(lines)
    elif lines < 0:
        editor.buffer.auto_up(-lines)


def _bind_escape(bindings: KeyBindings) -> None:
    """Bind what Esc does in the input box; it waits for nothing where it has a meaning."""

    @bindings.add(_ESCAPE, filter=vi_is_inserting, eager=escape_is_alone)
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        buffer.cursor_position += buffer.document.get_cursor_left_position()
        event.app.vi_state.input_mode = InputMode.NAVIGATION

    @bindings.add(_ESCAPE, filter=completion_is_open, eager=escape_is_alone)
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.cancel_completion()


def _bind_reports(bindings: KeyBindings, stage: Stage, editor: Editor) -> None:
    """Bind what is typed over a page, and what the terminal sends by itself: pastes, focus."""
    typing = in_mode(stage, When.INPUT) & ~is_searching
    answering = in_mode(stage, When.FINDING, When.SWITCHER, When.PROMPT)
    reading = in_mode(stage, When.OVERLAY, When.LIST)

    @bindings.add(Keys.BracketedPaste, filter=typing)
    def _(event: KeyPressEvent) -> None:
        text = _lines(event.data)
        if stage.model.pasted(text):
            editor.insert(text)

    @bindings.add(Keys.BracketedPaste, filter=answering)
    def _(event: KeyPressEvent) -> None:
        editor.insert(" ".join(_lines(event.data).split("\n")))

    @bindings.add(Keys.BracketedPaste, filter=reading)
    def _(event: KeyPressEvent) -> None:
        stage.typed_over(_lines(event.data))

    @bindings.add(Keys.Any, filter=reading & ~vi_navigation_mode)
    def _(event: KeyPressEvent) -> None:
        if event.data.isprintable():
            stage.typed_over(event.data)

    @bindings.add(FOCUS_KEY, save_before=_edits_not)
    def _(event: KeyPressEvent) -> None:
        if event.data in {FOCUS_IN, FOCUS_OUT}:
            stage.focused(is_focused=event.data == FOCUS_IN)


def _edits(_event: KeyPressEvent) -> bool:
    """Say that the text before can be undone to."""
    return True


def _edits_not(_event: KeyPressEvent) -> bool:
    return False


def _lines(pasted: str) -> str:
    """Return a paste with the ends of lines that everybody else uses."""
    return pasted.replace("\r\n", "\n").replace("\r", "\n")
