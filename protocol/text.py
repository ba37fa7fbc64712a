"""Untrusted text is cleaned here and nowhere else.

What one person types must not drive another person's terminal, nor pretend to be another line.
"""

from __future__ import annotations

import re
from typing import Final

from protocol.errors import Code, Refusal
from protocol.limits import TEXT_CHARACTERS

# ECMA-48 control strings (OSC, DCS, APC, PM, SOS) up to their end, CSI sequences, then two-byte
# escapes, each with its 8-bit introducer. An unfinished one is taken as far as it goes.
_SEQUENCES: Final = re.compile(
    r"(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|\x1b[ -/]*[0-~]?"
)
# C0 but for the line feed, DEL, C1; bidi marks, embeddings, overrides and isolates; line and
# paragraph separators; interlinear marks; tags; the byte order mark;
# lone surrogates, which no encoder takes.
_CONTROLS: Final = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
# Anything but white space and what looks like nothing.
_SEEN: Final = re.compile(
    r"[^\s\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2064\u2800\u3164"
    r"\ufe00-\ufe0f\uffa0]"
)
_LINE_ENDS: Final = re.compile("\r\n?|\u2028|\u2029|\x85")
_TAB_WIDTH: Final = 4


def clean(text: str) -> str:
    """Return ``text`` without control characters, escape sequences and bidi controls.

    Line feeds stay (one message may have several lines); other line ends become line feeds, and a
    tab becomes spaces.
    """
    if text.isascii() and text.isprintable():
        return text
    if not _CONTROLS.search(text):
        return text
    text = _LINE_ENDS.sub("\n", text).expandtabs(_TAB_WIDTH)
    return _CONTROLS.sub("", _SEQUENCES.sub("", text))


def clean_message(text: str) -> str:
    """Return what is said, cleaned; white space at its ends stays.

    Raises:
        Refusal: ``text_empty``, or ``text_too_long`` with its ``limit``.
    """
    if len(text) > TEXT_CHARACTERS:
        raise Refusal(Code.TEXT_TOO_LONG, limit=TEXT_CHARACTERS)
    text = clean(text)
    if len(text) > TEXT_CHARACTERS:  # tabs may have grown
        raise Refusal(Code.TEXT_TOO_LONG, limit=TEXT_CHARACTERS)
    if not _SEEN.search(text):
        raise Refusal(Code.TEXT_EMPTY)
    return text
