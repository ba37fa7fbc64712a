"""The input box: a buffer for the draft of each room, and one for the field that may replace it.

A buffer has its own text, cursor, undo and history, so each room does. The model holds the drafts,
and is told of every change; it says when something else is to be shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_toolkit.application import get_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.filters import is_searching
from prompt_toolkit.history import History
from prompt_toolkit.key_binding.vi_state import InputMode
from prompt_toolkit.layout.containers import ConditionalContainer, HSplit, Window
from prompt_toolkit.layout.controls import (
    BufferControl,
    FormattedTextControl,
    SearchBufferControl,
)
from prompt_toolkit.layout.dimension import Dimension
from prompt_toolkit.layout.processors import BeforeInput
from prompt_toolkit.search import stop_search
from prompt_toolkit.utils import get_cwidth

from client.screen.controls import SafeText
from client.screen.filters import WITHOUT_INPUT
from client.screen.width import clip
from protocol.phrases import Phrase, say

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable, Sequence

    from prompt_toolkit.formatted_text import StyleAndTextTuples
    from prompt_toolkit.layout.layout import Layout

    from client.screen.stage import Stage

_PROMPT = "> "
_HEIGHT_SHARE = 3
"""The box grows up to one row of so many."""


class Editor:
    """The input box.

    Args:
        stage: holds the model.
        screen_rows: returns the height of the screen.

    Attributes:
        container: what the layout shows.
    """

    def __init__(self, stage: Stage, screen_rows: Callable[[], int]) -> None:
        self._stage = stage
        self._drafts: dict[str, Buffer] = {}
        self._field = Buffer(multiline=False)
        self._told_draft = ("", 0)
        self._told_field = ""
        self._search = SearchBufferControl(
            Buffer(multiline=False),
            input_processors=[BeforeInput(self._search_label, "class:prompt")],
            ignore_case=True,
        )
        self._control = BufferControl(
            self._draft(""),
            input_processors=[SafeText()],
            search_buffer_control=self._search,
            preview_search=True,
            menu_position=self._menu_position,
        )
        self._window = Window(
            self._control,
            height=lambda: Dimension(min=1, max=max(1, screen_rows() // _HEIGHT_SHARE)),
            wrap_lines=True,
            dont_extend_height=True,
            get_line_prefix=self._prefix,
        )
        self._nothing = Window(FormattedTextControl(focusable=True), height=0)
        self.container = HSplit(
            [
                ConditionalContainer(Window(self._search, height=1), is_searching),
                self._window,
                self._nothing,
            ]
        )

    @property
    def buffer(self) -> Buffer:
        """What takes the keys."""
        return self._control.buffer

    # ---- from the model to the screen

    def load_draft(self) -> None:
        """Show the draft of the room in focus, with its undo if it is as it was left."""
        model = self._stage.model
        draft, history = model.draft, list(model.input_history)
        buffer = self._draft(model.focus)
        if isinstance(buffer.history, _RoomHistory) and buffer.history.strings != history:
            buffer.history.strings = history
            buffer.reset(Document(draft.text, draft.cursor))
        elif (buffer.text, buffer.cursor_position) != (draft.text, draft.cursor):
            buffer.reset(Document(draft.text, draft.cursor))
        self._told_draft = (buffer.text, buffer.cursor_position)
        if model.field is None:
            self._show(buffer)

    def load_field(self) -> None:
        """Show the model's field, or the draft again when there is none."""
        field = self._stage.model.field
        if field is None:
            self.load_draft()
            return
        self._field.reset(Document(field.text))
        self._told_field = field.text
        self._show(self._field)

    def insert(self, text: str) -> None:
        """Insert ``text`` at the cursor, so that it can be undone."""
        self.buffer.save_to_undo_stack()
        self.buffer.insert_text(text)

    def replace_draft(self, room: str, text: str) -> None:
        """Make ``text`` the draft of a room, shown or not, so that it can be undone."""
        buffer = self._draft(room)
        buffer.save_to_undo_stack()
        buffer.document = Document(text)
        self._stage.model.edited(room, text)

    def keep_focus(self, layout: Layout) -> None:
        """Give the keys to the box, or to nothing while there is nothing to type into."""
        if self._stage.model.mode in WITHOUT_INPUT:
            layout.current_window = self._nothing
        elif not layout.is_searching:
            layout.current_window = self._window

    # ---- from the screen to the model

    def tell_changes(self) -> None:
        """Tell the model what was edited, if anything was."""
        model, buffer = self._stage.model, self.buffer
        if buffer is self._field:
            if model.field is not None and buffer.text != self._told_field:
                self._told_field = buffer.text
                model.field_changed(buffer.text)
        elif (buffer.text, buffer.cursor_position) != self._told_draft:
            self._told_draft = (buffer.text, buffer.cursor_position)
            model.draft_changed(*self._told_draft)

    # ---- how it looks

    def _show(self, buffer: Buffer) -> None:
        if buffer is self._control.buffer:
            return
        if is_searching():
            stop_search()
        self._control.buffer = buffer
        get_app().vi_state.input_mode = InputMode.INSERT

    def _draft(self, room: str) -> Buffer:
        buffer = self._drafts.get(room)
        if buffer is None:
            buffer = self._drafts[room] = Buffer(history=_RoomHistory())
        return buffer

    def _menu_position(self) -> int | None:
        state = self.buffer.complete_state
        if state is None or not state.completions:
            return None
        return state.original_document.cursor_position + state.completions[0].start_position

    def _prefix(self, line: int, wrapped: int) -> StyleAndTextTuples:
        field = self._stage.model.field
        half = get_app().output.get_size().columns // 2
        label = _PROMPT if field is None else clip(field.label, half)
        if line or wrapped:
            return [("", " " * get_cwidth(label))]
        return [("class:prompt", label)]

    def _search_label(self) -> str:
        return say(self._stage.model.language, Phrase.HISTORY_SEARCH_LABEL)


class _RoomHistory(History):
    """What was sent from a room; the model keeps it."""

    def __init__(self) -> None:
        super().__init__()
        self.strings: Sequence[str] = []

    async def load(self) -> AsyncGenerator[str, None]:
        for string in self.load_history_strings():
            yield string

    def load_history_strings(self) -> Iterable[str]:
        return list(reversed(self.strings))

    def store_string(self, string: str) -> None:
        """Do nothing: the model does."""
