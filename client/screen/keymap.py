"""The table of keys: the one list from which bindings, the help on the screen and the docs come."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from protocol.phrases import Phrase

if TYPE_CHECKING:
    from collections.abc import Iterator


class When(Enum):
    """What has the keys. Keys of ``ALWAYS`` count everywhere but in ``PASTE`` and ``PROMPT``."""

    ALWAYS = auto()
    INPUT = auto()
    """The input box."""
    FINDING = auto()
    """The field of the search in the room."""
    SWITCHER = auto()
    """The field of the switcher between rooms."""
    OVERLAY = auto()
    """A page of text over the messages, such as the help."""
    LIST = auto()
    """A list over the messages of which one line is taken, such as the rooms."""
    PASTE = auto()
    """The question what to do with a long paste."""
    PROMPT = auto()
    """The field of a question, such as that for another name."""


class Action(Enum):
    """What a key does; the first ones are done by the input box or the terminal itself."""

    SEND = auto()
    NEWLINE = auto()
    HISTORY_PREVIOUS = auto()
    HISTORY_NEXT = auto()
    HISTORY_SEARCH = auto()
    COMPLETE = auto()
    COMPLETE_BACK = auto()
    EDITOR = auto()
    UNDO = auto()
    REDRAW = auto()
    SUSPEND = auto()

    TAKE_BACK = auto()
    CLEAR_OR_QUIT = auto()
    QUIT = auto()

    SWITCHER = auto()
    ROOM_1 = auto()
    ROOM_2 = auto()
    ROOM_3 = auto()
    ROOM_4 = auto()
    ROOM_5 = auto()
    ROOM_6 = auto()
    ROOM_7 = auto()
    ROOM_8 = auto()
    ROOM_9 = auto()
    NEXT_ROOM = auto()
    PREVIOUS_ROOM = auto()
    NEXT_ACTIVE = auto()
    LAST_ROOM = auto()

    PAGE_UP = auto()
    PAGE_DOWN = auto()
    LINE_UP = auto()
    LINE_DOWN = auto()
    TO_END = auto()
    FIRST_UNREAD = auto()
    NEXT_MENTION = auto()
    PREVIOUS_MENTION = auto()
    MARK_ALL_READ = auto()
    FIND = auto()

    TOGGLE_ROOMS = auto()
    TOGGLE_PEOPLE = auto()
    FOLD = auto()
    NOTIFY_LEVEL = auto()
    HELP = auto()

    OLDER = auto()
    """The match before, in the search of the room."""
    NEWER = auto()
    SELECT_PREVIOUS = auto()
    SELECT_NEXT = auto()
    ACCEPT = auto()
    CANCEL = auto()
    PASTE_SEND = auto()
    PASTE_EDIT = auto()


ROOM_ACTIONS: Final = tuple(Action[f"ROOM_{number}"] for number in range(1, 10))


@dataclass(frozen=True, slots=True)
class Key:
    """One row of the table.

    Attributes:
        keys: alternatives, each a sequence of prompt_toolkit's names separated by spaces.
        shown: how the help shows them.
        action: what they do.
        summary: the phrase that says so.
        when: what has the keys when they count.
    """

    keys: tuple[str, ...]
    shown: str
    action: Action
    summary: Phrase
    when: When = When.ALWAYS


def _rooms() -> Iterator[Key]:
    for number, action in enumerate(ROOM_ACTIONS, start=1):
        yield Key((f"escape {number}",), f"Alt-{number}", action, Phrase.KEY_ROOM)


KEYS: Final[tuple[Key, ...]] = (
    Key(("enter",), "Enter", Action.SEND, Phrase.KEY_SEND, When.INPUT),
    Key(("escape enter", "c-j"), "Alt-Enter, Ctrl-J", Action.NEWLINE, Phrase.KEY_NEWLINE,
        When.INPUT),
    Key(("up",), "Up", Action.HISTORY_PREVIOUS, Phrase.KEY_HISTORY_PREVIOUS, When.INPUT),
    Key(("down",), "Down", Action.HISTORY_NEXT, Phrase.KEY_HISTORY_NEXT, When.INPUT),
    Key(("c-r",), "Ctrl-R", Action.HISTORY_SEARCH, Phrase.KEY_HISTORY_SEARCH, When.INPUT),
    Key(("tab",), "Tab", Action.COMPLETE, Phrase.KEY_COMPLETE, When.INPUT),
    Key(("s-tab",), "Shift-Tab", Action.COMPLETE_BACK, Phrase.KEY_COMPLETE_BACK, When.INPUT),
    Key(("c-o",), "Ctrl-O", Action.EDITOR, Phrase.KEY_EDITOR, When.INPUT),
    Key(("c-_",), "Ctrl-_", Action.UNDO, Phrase.KEY_UNDO, When.INPUT),
    Key(("escape r",), "Alt-R", Action.TAKE_BACK, Phrase.KEY_TAKE_BACK, When.INPUT),
    Key(("c-k",), "Ctrl-K", Action.SWITCHER, Phrase.KEY_SWITCHER),
    *_rooms(),
    Key(("c-n",), "Ctrl-N", Action.NEXT_ROOM, Phrase.KEY_NEXT_ROOM),
    Key(("c-p",), "Ctrl-P", Action.PREVIOUS_ROOM, Phrase.KEY_PREVIOUS_ROOM),
    Key(("escape a",), "Alt-A", Action.NEXT_ACTIVE, Phrase.KEY_NEXT_ACTIVE),
    Key(("escape /",), "Alt-/", Action.LAST_ROOM, Phrase.KEY_LAST_ROOM),
    Key(("pageup",), "PgUp", Action.PAGE_UP, Phrase.KEY_PAGE_UP),
    Key(("pagedown",), "PgDn", Action.PAGE_DOWN, Phrase.KEY_PAGE_DOWN),
    Key(("escape up",), "Alt-Up", Action.LINE_UP, Phrase.KEY_LINE_UP),
    Key(("escape down",), "Alt-Down", Action.LINE_DOWN, Phrase.KEY_LINE_DOWN),
    Key(("end",), "End", Action.TO_END, Phrase.KEY_TO_END),
    Key(("escape u",), "Alt-U", Action.FIRST_UNREAD, Phrase.KEY_FIRST_UNREAD),
    Key(("escape p",), "Alt-P", Action.PREVIOUS_MENTION, Phrase.KEY_PREVIOUS_MENTION),
    Key(("escape n",), "Alt-N", Action.NEXT_MENTION, Phrase.KEY_NEXT_MENTION),
    Key(("escape c",), "Alt-C", Action.MARK_ALL_READ, Phrase.KEY_MARK_ALL_READ),
    Key(("c-s",), "Ctrl-S", Action.FIND, Phrase.KEY_FIND, When.INPUT),
    Key(("f1",), "F1", Action.HELP, Phrase.KEY_HELP),
    Key(("f6",), "F6", Action.FOLD, Phrase.KEY_FOLD),
    Key(("f7",), "F7", Action.TOGGLE_ROOMS, Phrase.KEY_TOGGLE_ROOMS),
    Key(("f8",), "F8", Action.TOGGLE_PEOPLE, Phrase.KEY_TOGGLE_PEOPLE),
    Key(("f9",), "F9", Action.NOTIFY_LEVEL, Phrase.KEY_NOTIFY_LEVEL),
    Key(("c-l",), "Ctrl-L", Action.REDRAW, Phrase.KEY_REDRAW),
    Key(("c-z",), "Ctrl-Z", Action.SUSPEND, Phrase.KEY_SUSPEND),
    Key(("c-c",), "Ctrl-C", Action.CLEAR_OR_QUIT, Phrase.KEY_CLEAR_OR_QUIT),
    Key(("c-d",), "Ctrl-D", Action.QUIT, Phrase.KEY_QUIT, When.INPUT),
    Key(("c-s", "up"), "Ctrl-S, Up", Action.OLDER, Phrase.KEY_OLDER, When.FINDING),
    Key(("down",), "Down", Action.NEWER, Phrase.KEY_NEWER, When.FINDING),
    Key(("enter",), "Enter", Action.ACCEPT, Phrase.KEY_FIND_ACCEPT, When.FINDING),
    Key(("escape",), "Esc", Action.CANCEL, Phrase.KEY_FIND_CANCEL, When.FINDING),
    Key(("up",), "Up", Action.SELECT_PREVIOUS, Phrase.KEY_SELECT_PREVIOUS, When.SWITCHER),
    Key(("down", "tab"), "Down, Tab", Action.SELECT_NEXT, Phrase.KEY_SELECT_NEXT, When.SWITCHER),
    Key(("enter",), "Enter", Action.ACCEPT, Phrase.KEY_SWITCHER_ACCEPT, When.SWITCHER),
    Key(("escape",), "Esc", Action.CANCEL, Phrase.KEY_CLOSE, When.SWITCHER),
    Key(("up",), "Up", Action.LINE_UP, Phrase.KEY_LINE_UP, When.OVERLAY),
    Key(("down",), "Down", Action.LINE_DOWN, Phrase.KEY_LINE_DOWN, When.OVERLAY),
    Key(("escape", "q", "enter"), "Esc, Q, Enter", Action.CANCEL, Phrase.KEY_CLOSE, When.OVERLAY),
    Key(("up",), "Up", Action.SELECT_PREVIOUS, Phrase.KEY_LIST_PREVIOUS, When.LIST),
    Key(("down",), "Down", Action.SELECT_NEXT, Phrase.KEY_LIST_NEXT, When.LIST),
    Key(("enter",), "Enter", Action.ACCEPT, Phrase.KEY_LIST_ACCEPT, When.LIST),
    Key(("escape", "q"), "Esc, Q", Action.CANCEL, Phrase.KEY_CLOSE, When.LIST),
    Key(("s", "enter"), "S, Enter", Action.PASTE_SEND, Phrase.KEY_PASTE_SEND, When.PASTE),
    Key(("e",), "E", Action.PASTE_EDIT, Phrase.KEY_PASTE_EDIT, When.PASTE),
    Key(("c", "escape", "c-c"), "C, Esc", Action.CANCEL, Phrase.KEY_PASTE_CANCEL, When.PASTE),
    Key(("enter",), "Enter", Action.ACCEPT, Phrase.KEY_PROMPT_ACCEPT, When.PROMPT),
    Key(("pageup",), "PgUp", Action.PAGE_UP, Phrase.KEY_PAGE_UP, When.PROMPT),
    Key(("pagedown",), "PgDn", Action.PAGE_DOWN, Phrase.KEY_PAGE_DOWN, When.PROMPT),
    Key(("c-c",), "Ctrl-C", Action.CLEAR_OR_QUIT, Phrase.KEY_PROMPT_QUIT, When.PROMPT),
)  # fmt: skip
"""In the order in which help shows them.

``TO_END`` counts in the input only while it is empty or the messages are scrolled up, and
``HISTORY_PREVIOUS`` and ``HISTORY_NEXT`` on its first and last line: elsewhere these keys move the
cursor. ``QUIT`` counts while the input is empty, and ``SUSPEND`` whatever has the keys.
"""
