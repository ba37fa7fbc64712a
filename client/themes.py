"""What a theme may say: the styled parts of the screen, and the words of a style. Pure.

The words are those of prompt_toolkit that every terminal can show, read here so that a settings
file is checked without it.
"""

from __future__ import annotations

import re
from typing import Final

STYLED_PARTS: Final = (
    *("time", "nick", "nick.own", *(f"nick.{number}" for number in range(16)), "action"),
    *("text", "text.own", "text.mention", "text.pending", "text.refused"),
    *("text.deleted", "mark"),
    *(
        "day",
        "unread",
        "presence",
        "act",
        "note",
        "note.error",
        "gap",
        "more",
        "match",
        "match.current",
    ),
    *("border", "room", "room.focus", "room.unread", "room.mention", "room.muted"),
    "room.private",
    *("count", "count.mention", "topic", "person", "person.own", "person.away"),
    *("status", "status.ok", "status.late", "status.waiting", "status.refused"),
    *("overlay", "overlay.title", "overlay.key", "overlay.selected", "prompt"),
    *("completion", "completion.selected", "completion.hint"),
)
ATTRIBUTES: Final = ("bold", "dim", "italic", "underline", "strike", "blink", "reverse")
ANSI_COLOURS: Final = (
    *("ansiblack", "ansired", "ansigreen", "ansiyellow", "ansiblue", "ansimagenta", "ansicyan"),
    *("ansigray", "ansibrightblack", "ansibrightred", "ansibrightgreen", "ansibrightyellow"),
    *("ansibrightblue", "ansibrightmagenta", "ansibrightcyan", "ansiwhite", "ansidefault"),
)
_HEX: Final = re.compile("#(?:[0-9a-fA-F]{3}){1,2}")
_WORDS: Final = frozenset(
    {"noinherit", *ATTRIBUTES, *(f"no{attribute}" for attribute in ATTRIBUTES)}
)
_COLOURS: Final = frozenset({"default", *ANSI_COLOURS})


def check_part(part: str) -> str:
    """Return why a theme cannot style ``part``, or an empty text."""
    return "" if part in STYLED_PARTS else "there is no such part of the screen"


def check_style(style: str) -> str:
    """Return why ``style`` is no style, or an empty text.

    A style is words with spaces between: a colour, ``bg:`` and a colour, attributes such as
    ``bold``, each also with ``no`` before it, and ``noinherit``. A colour is ``#rrggbb``,
    ``#rgb``, one of :data:`ANSI_COLOURS`, or ``default``.
    """
    for word in style.split():
        colour = word[3:] if word.startswith(("bg:", "fg:")) else word
        if word not in _WORDS and colour not in _COLOURS and not _HEX.fullmatch(colour):
            return f"{word!r} is neither a colour nor an attribute"
    return ""
