"""The client's settings as values: what can be set, within which limits, and the defaults. Pure.

How they are read is in :mod:`client.config`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

import msgspec

from protocol.endpoints import DEFAULT_BROKER
from protocol.limits import ROOM_CHARACTERS
from protocol.phrases import Language

DEFAULT_ROOM: Final = "lobby"
DEFAULT_THEME: Final = "default"


class Notify(StrEnum):
    """What in a room rings the bell and counts as activity."""

    ALL = "all"
    MENTIONS = "mentions"
    MUTE = "mute"


class Editing(StrEnum):
    """The keys of the input box."""

    EMACS = "emacs"
    VI = "vi"


class Colours(StrEnum):
    """How many colours are used; ``AUTO`` asks the terminal."""

    AUTO = "auto"
    MONO = "mono"
    SIXTEEN = "16"
    C256 = "256"
    TRUE = "true"


class Desktop(StrEnum):
    """The escape sequence that makes the terminal show a notification."""

    OFF = "off"
    OSC9 = "osc9"
    OSC777 = "osc777"


Cells = Annotated[int, msgspec.Meta(ge=4, le=80)]
Columns = Annotated[int, msgspec.Meta(ge=0, le=1000)]
Minutes = Annotated[int, msgspec.Meta(ge=0, le=1440)]
Theme = dict[str, str]


class ClientSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set; what each means is in :data:`client.settings_file.MEANINGS`.

    ``send`` is for the command line alone, and None unless it was given. ``silent_after`` and
    ``unmask_within`` are in minutes. ``state`` is filled in once the settings are read.
    """

    name: str = ""
    connect: str = DEFAULT_BROKER
    room: Annotated[str, msgspec.Meta(min_length=1, max_length=ROOM_CHARACTERS)] = DEFAULT_ROOM
    plain: bool = False
    json: bool = False
    send: str | None = None
    language: Language = Language.EN
    state: str = ""
    editing: Editing = Editing.EMACS
    colours: Colours = Colours.AUTO
    mouse: bool = False
    name_column: Cells = 14
    rooms_width: Cells = 16
    people_width: Cells = 18
    narrow_below: Columns = 80
    messages_held: Annotated[int, msgspec.Meta(ge=100, le=1_000_000)] = 50_000
    page: Annotated[int, msgspec.Meta(ge=10, le=1000)] = 100
    paste_lines: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 5
    notify: Notify = Notify.MENTIONS
    bell: bool = True
    desktop: Desktop = Desktop.OFF
    highlight: tuple[Annotated[str, msgspec.Meta(min_length=1)], ...] = ()
    fold_presence: bool = True
    silent_after: Minutes = 5
    unmask_within: Minutes = 30
    theme: str = DEFAULT_THEME
    notify_rooms: dict[str, Notify] = {}
    themes: dict[str, Theme] = {}
