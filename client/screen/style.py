"""What each part of the screen looks like: the default look per number of colours, and themes.

Whether a terminal is dark or light cannot be known. So what has no background of its own is of a
middle brightness, which stands out from black and from white by at least 3:1 (the names by 3.8:1
with 256 colours, and by 4.3:1 with all), and everything else sets both of its colours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prompt_toolkit.output import ColorDepth
from prompt_toolkit.styles import Style

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES_TRUE: Final = (
    *("#d52f44", "#d04e00", "#b06900", "#967300", "#7e7e00", "#4f8700", "#008a4e", "#008874"),
    *("#00868b", "#0084a4", "#007fc9", "#4267e8", "#7a58e2", "#a04acb", "#bb3ca7", "#cd317a"),
)
"""Evenly spread hues."""
NAMES_256: Final = (
    *("#d70000", "#d75f00", "#af5f00", "#af5f5f", "#878700", "#5f8700", "#008700", "#00875f"),
    *("#008787", "#0087af", "#0087d7", "#005fff", "#875fff", "#af5fd7", "#d700d7", "#d70087"),
)
"""Colours of the cube of 216, so that no terminal changes them by its palette."""
_ANSI: Final = ("ansired", "ansigreen", "ansiyellow", "ansiblue", "ansimagenta", "ansicyan")
NAMES_16: Final = (
    *_ANSI,
    *(f"{colour} bold" for colour in _ANSI),
    *(f"{colour} underline" for colour in _ANSI[:4]),
)
NAMES_MONO: Final = ("",) * 16

_EVERYWHERE: Final = {
    "time": "dim",
    "border": "dim",
    "nick.own": "bold",
    "action": "italic",
    "text.mention": "reverse",
    "text.pending": "dim",
    "text.deleted": "dim",
    "mark": "dim",
    "day": "bold",
    "presence": "dim",
    "gap": "dim",
    "more": "reverse",
    "room.focus": "reverse",
    "room.unread": "bold",
    "room.mention": "bold",
    "room.muted": "dim",
    "count": "bold",
    "count.mention": "bold",
    "person.own": "bold",
    "person.away": "dim",
    "overlay.title": "bold",
    "overlay.key": "bold",
    "prompt": "bold",
}
_MONO: Final = {
    "text.refused": "bold",
    "room.private": "underline",
    "unread": "bold",
    "act": "bold",
    "note": "dim",
    "note.error": "bold",
    "match": "underline",
    "match.current": "reverse",
    "count.mention": "bold reverse",
    "topic": "reverse",
    "status": "reverse",
    "status.late": "bold",
    "status.waiting": "bold",
    "status.refused": "bold",
    "overlay": "reverse",
    "overlay.selected": "noreverse bold",
    "completion": "reverse",
    "completion.selected": "noreverse bold",
}
_SIXTEEN: Final = {
    "text.refused": "ansired",
    "room.private": "underline",
    "unread": "ansired",
    "act": "ansimagenta",
    "note": "ansicyan",
    "note.error": "ansired",
    "match": "ansiblack bg:ansiyellow",
    "match.current": "ansiwhite bg:ansimagenta",
    "room.mention": "ansired bold",
    "count.mention": "ansired bold",
    "topic": "ansiwhite bg:ansiblue",
    "status": "ansiwhite bg:ansiblue",
    "status.late": "ansibrightyellow bold",
    "status.waiting": "ansibrightyellow bold",
    "status.refused": "ansiwhite bg:ansired bold",
    "overlay": "ansiwhite bg:ansiblue",
    "overlay.selected": "ansiblack bg:ansicyan",
    "completion": "ansiwhite bg:ansiblue",
    "completion.selected": "ansiblack bg:ansicyan",
    "prompt": "ansicyan bold",
}
_MANY: Final = {
    "text.refused": "#d70000",
    "room.private": "italic",
    "unread": "#d75f00",
    "act": "#af5fd7",
    "note": "#0087af",
    "note.error": "#d70000",
    "match": "#1c1c1c bg:#d7d75f",
    "match.current": "#1c1c1c bg:#ff875f",
    "room.mention": "#d70000 bold",
    "count.mention": "#d70000 bold",
    "topic": "#e4e4e4 bg:#303030",
    "status": "#e4e4e4 bg:#303030",
    "status.ok": "#87d787",
    "status.late": "#ffd75f bold",
    "status.waiting": "#ffd75f bold",
    "status.refused": "#ff8787 bold",
    "overlay": "#e4e4e4 bg:#303030",
    "overlay.key": "#87d7ff bold",
    "overlay.selected": "#1c1c1c bg:#afd7ff",
    "completion": "#e4e4e4 bg:#303030",
    "completion.selected": "#1c1c1c bg:#afd7ff",
    "completion.hint": "#a8a8a8",
    "prompt": "#0087af bold",
}
_LOOKS: Final = {
    ColorDepth.DEPTH_1_BIT: (_MONO, NAMES_MONO),
    ColorDepth.DEPTH_4_BIT: (_SIXTEEN, NAMES_16),
    ColorDepth.DEPTH_8_BIT: (_MANY, NAMES_256),
    ColorDepth.DEPTH_24_BIT: (_MANY, NAMES_TRUE),
}


def default_look(depth: ColorDepth) -> dict[str, str]:
    """Return the style of each part that has one."""
    look, names = _LOOKS[depth]
    return {f"nick.{number}": name for number, name in enumerate(names)} | _EVERYWHERE | look


def make_style(depth: ColorDepth, theme: Mapping[str, str]) -> Style:
    """Return the default look with what ``theme`` says in its place.

    Raises:
        ValueError: the theme holds something that is no style.
    """
    look = default_look(depth) | dict(theme)
    # A later rule wins over an earlier one, so the general comes before the special.
    return Style(sorted(look.items(), key=lambda rule: rule[0].count(".")))
