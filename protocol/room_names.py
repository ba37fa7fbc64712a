"""What rooms may be called: one form of each name, so that nobody waits in the wrong room. Pure."""

from __future__ import annotations

from typing import Final

from protocol import names
from protocol.errors import Code, Refusal
from protocol.limits import ROOM_CHARACTERS
from protocol.text import clean

SIGN: Final = "#"
TALK_SIGN: Final = "@"


def normal(typed: str) -> str:
    """Return the form in which a room's name is stored: without ``#``, in lower case.

    Raises:
        Refusal: ``room_not_allowed`` with its ``limit``: empty, too long, or with what names of
            people may not have either (RFC 8266, and no white space), or a minus in front.
    """
    name = typed.removeprefix(SIGN)
    # A minus starts an option: `#--private` was meant as one.
    if not name or len(name) > ROOM_CHARACTERS or name.startswith("-"):
        raise _not_allowed(typed)
    try:
        stored = names.compared(names.shown(name, ROOM_CHARACTERS))
        again = names.compared(names.shown(stored, ROOM_CHARACTERS))
    except Refusal as refusal:
        raise _not_allowed(typed) from refusal
    if again != stored:
        raise _not_allowed(typed)
    return stored


def talk(one: str, other: str) -> str:
    """Return the name of the room for the two people with these ids."""
    first, second = sorted((one, other))
    return f"{TALK_SIGN}{first}:{second}"


def shown(name: str) -> str:
    """Return the name of a room, but for conversations of two, as people type it."""
    return f"{SIGN}{name}"


def _not_allowed(typed: str) -> Refusal:
    name = clean(typed[:ROOM_CHARACTERS])
    return Refusal(Code.ROOM_NOT_ALLOWED, room=name, limit=ROOM_CHARACTERS)
