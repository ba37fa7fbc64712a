"""The settings file as a person reads it: what each setting means, and the documented default.

The page ``docs/reference/settings.md`` has its table from here. Pure.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec
from msgspec import inspect

from client.settings import ClientSettings

NOT_IN_A_FILE: Final = frozenset({"send"})
MEANINGS: Final = {
    "name": "What you are called. Empty: the full screen asks, other modes need --name.",
    "connect": "The broker.",
    "room": "The room that is entered first.",
    "plain": "Lines in, lines out, even in a terminal.",
    "json": "One event a line, as JSON; implies plain.",
    "language": "The language of everything that Hubbub says.",
    "state": "The folder for tokens, drafts and input history. Empty: the platform's.",
    "editing": "The keys of the input box.",
    "colours": "How many colours are used; auto asks the terminal. NO_COLOR means mono.",
    "mouse": (
        "Whether the wheel scrolls the messages and a click sets the cursor in the input. Text is "
        "then selected only with Shift held."
    ),
    "name-column": "The width of the column of names, in cells.",
    "rooms-width": "The width of the list of rooms, in cells.",
    "people-width": "The width of the list of people, in cells.",
    "narrow-below": "Both lists hide by themselves where there are fewer columns.",
    "messages-held": "Events of each room that are held; PgUp fetches older ones again.",
    "page": "Events that PgUp fetches at once.",
    "paste-lines": "A paste of more lines asks before anything is sent.",
    "notify": "What in a room rings the bell and notifies.",
    "bell": "Whether notifying rings the terminal's bell.",
    "desktop": (
        "The escape sequence that makes the terminal show a notification. osc9: iTerm2, kitty, "
        "WezTerm, Ghostty. osc777: foot, urxvt, WezTerm, Ghostty. No terminal tells which it knows."
    ),
    "highlight": "Words that count as a mention, besides your name.",
    "fold-presence": "Whether joins, leaves and renames in a row are one line.",
    "silent-after": (
        "Minutes since somebody last spoke after which their coming and going is left out."
    ),
    "unmask-within": "Minutes within which it is shown after all, when they speak.",
    "theme": "The theme: default, or one of those in this file.",
    "notify-rooms": "The same as notify, for single rooms.",
    "themes": (
        "Themes of your own: what differs from the default one, by part of the screen. A style is "
        "words: #rrggbb or a name such as ansired, bg:#rrggbb, bold, dim, italic, underline, "
        "strike, blink, reverse, each also with no before it, and noinherit."
    ),
}
_SAMPLES: Final = {
    "notify-rooms": ("[notify-rooms]", '# lobby = "all"', '# builds = "mute"'),
    "themes": (
        *("[themes]", "# [themes.mine]", '# time = "dim"', '# "nick.own" = "bold #ffaf00"'),
        '# status = "bg:ansiblue ansiwhite"',
    ),
}
_LINE: Final = 96


class Setting(NamedTuple):
    """One key of the file: what it may be, its default as TOML, and what it means."""

    key: str
    values: str
    default: str
    meaning: str


def describe() -> list[Setting]:
    """Return every setting that may stand in the file, in the order of the file."""
    defaults = ClientSettings()
    return [
        Setting(key, _values(field.type), _toml(getattr(defaults, field.name)), MEANINGS[key])
        for field in msgspec.structs.fields(ClientSettings)
        if (key := field.name.replace("_", "-")) not in NOT_IN_A_FILE
    ]


def default_file() -> str:
    """Return the file that says what is so without it, with every setting explained."""
    lines = [
        "# The settings of chat-client. Every key is here with its default: keep what you change.",
        "# Flags of the command line win over this file.",
    ]
    for setting in describe():
        values = f" ({setting.values})" if setting.values else ""
        lines += ["", *_comment(setting.meaning + values)]
        lines += _SAMPLES.get(setting.key) or (f"{setting.key} = {setting.default}",)
    return "\n".join(lines) + "\n"


def _comment(text: str) -> list[str]:
    lines = ["#"]
    for word in text.split():
        if len(lines[-1]) + 1 + len(word) > _LINE:
            lines.append("#")
        lines[-1] += f" {word}"
    return lines


def _values(kind: object) -> str:
    match inspect.type_info(kind):
        case inspect.EnumType(cls=words):
            return ", ".join(str(word.value) for word in words)
        case inspect.IntType(ge=least, le=most):
            return f"{least} to {most}"
        case inspect.BoolType():
            return "true, false"
        case _:
            return ""


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case tuple() | dict():
            return "[]" if isinstance(value, tuple) else "{}"
        case _:
            return str(value)
