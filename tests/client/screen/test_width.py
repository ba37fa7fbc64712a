"""What reaches the grid is harmless, and is as wide as it is said to be."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prompt_toolkit.utils import get_cwidth

from client.screen.width import MARKS, cells, clip, printable, printable_line
from tests.client.screen.hostile import NASTY, is_harmless, nasty_texts


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("hello", "hello"),
        ("two\nlines", "two\nlines"),
        ("你好 café", "你好 café"),
        ("a\x1b]0;owned\x07b\x1b[2Jc", "abc"),
        ("a\x00b\x07", "ab"),
        ("a\u202eb\u200fc", "abc"),
        ("a\u00a0b\u2003c\u3000d", "a b c  d"),
        ("👩\u200d👧 👍🏽 ❤\ufe0f", "👩👧 👍 ❤"),
        ("🇩🇪", "DE"),
        ("e\u0301", "e\u0301"),
        ("\u0301e", "e"),
        ("e \u0301e\n\u0301", "e e\n"),
        ("e" + "\u0301" * 10_000, "e" + "\u0301" * MARKS),
        ("\ue000\U0010fffe", "\ufffd\ufffd"),
        ("soft\u00adhyphen", "softhyphen"),
        ("\U0001fae8", "\U0001fae8"),
    ],
)
def test_what_stands_for_a_text(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_text_in_one_line() -> None:
    assert printable_line("a\nb\r\nc\x1b[31m") == "a b c"


@settings(deadline=None)
@given(nasty_texts)
def test_whatever_comes_is_harmless_and_stays_as_it_is(text: str) -> None:
    shown = printable(text)
    assert all(map(is_harmless, shown.split("\n")))
    assert printable(shown) == shown


@settings(deadline=None)
@given(nasty_texts)
def test_cells_are_counted_as_the_screen_counts_them(text: str) -> None:
    shown = printable_line(text)
    assert cells(shown) == get_cwidth(shown)


@pytest.mark.parametrize("text", NASTY)
def test_every_single_trick(text: str) -> None:
    assert all(map(is_harmless, printable(text).split("\n")))


@settings(deadline=None)
@given(nasty_texts, st.integers(0, 20))
def test_a_clipped_text_fits_and_shows_its_cut(text: str, width: int) -> None:
    shown = printable_line(text)
    cut = clip(shown, width)
    assert cells(cut) <= width
    if cells(shown) <= width:
        assert cut == shown
    elif width:
        assert cut.endswith("…")
        assert shown.startswith(cut[:-1])


@pytest.mark.parametrize(
    ("text", "width", "cut"),
    [("hello", 5, "hello"), ("hello", 4, "hel…"), ("你好吗", 5, "你好…"), ("你好吗", 4, "你…")],
)
def test_a_wide_character_is_never_cut_in_half(text: str, width: int, cut: str) -> None:
    assert clip(text, width) == cut


def test_so_many_characters_that_not_all_are_remembered() -> None:
    text = "".join(map(chr, range(0x20000, 0x25000)))
    assert printable(text) == text
    assert cells(text) == 2 * len(text)
