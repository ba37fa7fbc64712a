"""Texts as somebody would make them who wants to harm a screen, and what must not get there."""

from __future__ import annotations

import unicodedata

from hypothesis import strategies as st
from wcwidth import wcwidth

from client.screen.width import MARKS

NASTY = (
    "\x1b]0;owned\x07",
    "\x1b[2J\x1b[31m",
    "\x9b5A",
    "a\x00b\x08\x7f\r\x0b",
    "\u202eevil\u2066\u200f",
    "e" + "\u0301" * 10_000,
    "\u0301" * 50,
    "\n\u0301x \u0302y",
    "x" * 4096,
    "\n" * 300,
    " " * 300 + "x",
    "你好，世界。" * 200,
    "👩‍👩‍👧‍👦👍🏽🇩🇪❤️",
    "\ud800\udfff",
    "\u2028\u2029\u0085",
    "\u3000\u00a0\u2003",
    "\u1100\u1161\u11a8\u3164\uffa0",
    "\U000e0041\U0010ffff\ue000\uffff",
)

nasty_texts = st.lists(
    st.one_of(
        st.sampled_from(NASTY),
        st.text(max_size=40),
        st.text("ab 你é\u0301\n\t👍", max_size=80),
    ),
    max_size=4,
).map("".join)


def is_harmless(text: str) -> bool:
    """Whether nothing in a piece of a row can do anything but fill cells."""
    marks = MARKS
    for character in text:
        cells = wcwidth(character)
        if cells < 0 or unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}:
            return False
        if cells == 0:
            marks += 1
            if marks > MARKS:
                return False
        else:
            marks = MARKS if character == " " else 0
    return True
