"""Where everything stands: regions that ask the model for exactly the rows they have space for.

::

    topic
    rooms  │ messages           │ people
    status
    question, or how the command being typed is used
    > input
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prompt_toolkit.application import get_app
from prompt_toolkit.data_structures import Size
from prompt_toolkit.filters import is_searching
from prompt_toolkit.layout.containers import Float, FloatContainer, HSplit
from prompt_toolkit.layout.layout import Layout
from prompt_toolkit.mouse_events import MouseEventType

from client.screen.completion import CompletionMenu
from client.screen.controls import Columns, Rows
from client.screen.keymap import Action, When
from client.screen.overlays import FEWEST_ROWS
from client.screen.width import clip

if TYPE_CHECKING:
    from collections.abc import Callable

    from prompt_toolkit.layout.mouse_handlers import MouseHandler
    from prompt_toolkit.mouse_events import MouseEvent

    from client.screen.editor import Editor
    from client.screen.fragments import Row
    from client.screen.stage import Stage

_WHEEL_ROWS: Final = 3
_OVERLAY_CELLS: Final = 78
_OVERLAY_MARGIN: Final = 2
"""Rows that stay free above and below a page over the messages, where there are enough."""
_WITH_PAGE: Final = frozenset({When.OVERLAY, When.LIST, When.SWITCHER})
_WITH_QUESTION: Final = frozenset({When.PASTE, When.PROMPT, When.FINDING})
_RULE: Final = "│"


def make_layout(
    stage: Stage, editor: Editor, screen_size: Callable[[], Size], *, with_mouse: bool
) -> Layout:
    """Return the layout of the screen.

    Args:
        stage: holds the model.
        editor: the input box.
        screen_size: returns the size of the screen.
        with_mouse: the wheel scrolls the messages.
    """
    regions = _Regions(stage, editor, screen_size)
    one = _fixed(1)
    body = Columns(
        [
            Rows(regions.rooms, width=regions.rooms_width, fills=regions.has_rooms),
            Rows(_rule, width=lambda: int(regions.has_rooms())),
            Rows(
                regions.messages,
                fills=regions.has_people,
                on_mouse=_wheel(stage) if with_mouse else None,
            ),
            Rows(_rule, width=lambda: int(regions.has_people())),
            Rows(regions.people, width=regions.people_width),
        ]
    )
    screen = HSplit(
        [
            Rows(regions.topic, height=one, style="class:topic"),
            body,
            Rows(regions.status, height=one, style="class:status"),
            Rows(regions.above_input, height=regions.above_input_height),
            editor.container,
        ]
    )
    page = Float(
        Rows(regions.page, style="class:overlay"),
        top=1,
        width=regions.page_width,
        height=regions.page_height,
    )
    menu = Float(
        Rows(regions.menu, style="class:completion"),
        xcursor=True,
        ycursor=True,
        width=regions.menu_width,
        height=regions.menu_height,
    )
    return Layout(FloatContainer(screen, [page, menu]), focused_element=editor.container)


class _Regions:
    """What the regions show, and the sizes of those that have not always the same."""

    def __init__(self, stage: Stage, editor: Editor, screen_size: Callable[[], Size]) -> None:
        self._stage = stage
        self._editor = editor
        self._size = screen_size
        self._page: list[Row] = []
        self._above: Row = []
        self._menu = CompletionMenu(editor.buffer, 0)

    def rooms_width(self) -> int:
        return self._stage.model.panes(self._size().columns).rooms

    def people_width(self) -> int:
        return self._stage.model.panes(self._size().columns).people

    def has_rooms(self) -> bool:
        return self.rooms_width() > 0

    def has_people(self) -> bool:
        return self.people_width() > 0

    def rooms(self, width: int, height: int) -> list[Row]:
        return self._stage.model.rooms_rows(width, height)

    def messages(self, width: int, height: int) -> list[Row]:
        return self._stage.model.message_rows(width, height)

    def people(self, width: int, height: int) -> list[Row]:
        return self._stage.model.people_rows(width, height)

    def topic(self, width: int, _height: int) -> list[Row]:
        return [self._stage.model.topic_row(width)]

    def status(self, width: int, _height: int) -> list[Row]:
        return [self._stage.model.status_row(width, self._stage.now())]

    def above_input_height(self) -> int:
        model, width = self._stage.model, self._size().columns
        if model.mode in _WITH_QUESTION:
            self._above = model.prompt_row(width)
        elif model.mode is When.INPUT and not is_searching():
            hint = model.hint(self._editor.buffer.text)
            self._above = [("class:note", clip(hint, width))] if hint else []
        else:
            self._above = []
        return 1 if self._above else 0

    def above_input(self, _width: int, _height: int) -> list[Row]:
        return [self._above]

    def page_width(self) -> int:
        columns = self._size().columns
        return min(_OVERLAY_CELLS, columns) if self._stage.model.mode in _WITH_PAGE else 0

    def page_height(self) -> int:
        if self._stage.model.mode not in _WITH_PAGE:
            self._page = []
        else:
            rows = self._size().rows
            below_topic = rows - 2  # the input stays: the switcher is typed into
            most = max(1, rows - 2 * _OVERLAY_MARGIN - 1, min(FEWEST_ROWS, below_topic))
            self._page = self._stage.model.overlay_rows(self.page_width(), most)
        return len(self._page)

    def page(self, _width: int, _height: int) -> list[Row]:
        return self._page

    def menu_width(self) -> int:
        self._menu = CompletionMenu(self._editor.buffer, self._size().columns)
        return self._menu.width

    def menu_height(self) -> int:
        return self._menu.height

    def menu(self, width: int, height: int) -> list[Row]:
        return self._menu.rows(width, height)


def _fixed(cells: int) -> Callable[[], int]:
    return lambda: cells


def _rule(_width: int, height: int) -> list[Row]:
    return [[("class:border", _RULE)]] * height


def _wheel(stage: Stage) -> MouseHandler:
    actions = {
        MouseEventType.SCROLL_UP: Action.LINE_UP,
        MouseEventType.SCROLL_DOWN: Action.LINE_DOWN,
    }

    def handle(event: MouseEvent) -> None:
        if (action := actions.get(event.event_type)) is not None:
            for _ in range(_WHEEL_ROWS):
                stage.do(action)
            get_app().invalidate()

    return handle
