"""What people may be called, and when two names are the same name (RFC 8266)."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from precis_i18n import get_profile

from protocol.errors import Code, Refusal
from protocol.limits import NAME_CHARACTERS, ROOM_CHARACTERS

_LONGEST: Final = max(NAME_CHARACTERS, ROOM_CHARACTERS)
_shown: Final = get_profile("NicknameCasePreserved")
_compared: Final = get_profile("NicknameCaseMapped")
_FORBIDDEN: Final = re.compile(r"[\s:|()\[\]{}<>]|^[#@/\\]")
# Letters and symbols that look like nothing: a line without a name reads as the program's own.
_BLANK: Final = re.compile("[\u115f\u1160\u2800\u3164\uffa0]")


def shown(name: str, limit: int = NAME_CHARACTERS) -> str:
    """Return the name as it is shown (RFC 8266, NicknameCasePreserved).

    Raises:
        Refusal: ``name_empty``, ``name_too_long`` with its ``limit``, or ``name_not_allowed``.
    """
    if not name or name.isspace():
        raise Refusal(Code.NAME_EMPTY)
    if len(name) > limit:
        raise Refusal(Code.NAME_TOO_LONG, limit=limit)
    try:
        name = _shown.enforce(name)
    except UnicodeEncodeError as error:
        raise Refusal(Code.NAME_NOT_ALLOWED) from error
    if len(name) > limit:  # normalisation may have grown it
        raise Refusal(Code.NAME_TOO_LONG, limit=limit)
    if _FORBIDDEN.search(name) or _BLANK.search(name) or not any(map(_is_telling, name)):
        raise Refusal(Code.NAME_NOT_ALLOWED)
    return name


def compared(name: str) -> str:
    """Return the form in which names are compared (RFC 8266, NicknameCaseMapped).

    An ID such as ``127.0.0.1:40000`` is a name too until its owner takes another, and is returned
    as it is. So is what is longer than any name, which nothing that is worn equals.
    """
    if name.isascii() and " " not in name:
        return name.lower()
    if len(name) > _LONGEST:  # nobody's: a batch of such letters would be looked at for a second
        return name
    try:
        return _compared.enforce(name)
    except UnicodeEncodeError:
        return name


def _is_telling(character: str) -> bool:
    """Whether this is a letter, a digit or a picture: ``*`` alone would pass for an action."""
    category = unicodedata.category(character)
    return category[0] in "LN" or category == "So"
