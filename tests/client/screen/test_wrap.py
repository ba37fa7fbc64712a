"""Text breaks where a reader expects it, and no row is too wide."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.screen.width import cells, printable
from client.screen.wrap import wrap
from tests.client.screen.hostile import nasty_texts


def rows(text: str, width: int) -> list[str]:
    return [text[start:end] for start, end in wrap(text, width)]


@pytest.mark.parametrize(
    ("text", "width", "wrapped"),
    [
        ("", 5, [""]),
        ("hello", 5, ["hello"]),
        ("hello world", 5, ["hello", "world"]),
        ("hello world", 8, ["hello", "world"]),
        ("hello   world", 6, ["hello", "world"]),
        ("hello world", 11, ["hello world"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("ab cdefghij", 4, ["ab", "cdef", "ghij"]),
        ("  abcdefgh", 4, ["  ab", "cdef", "gh"]),
        ("one\n\ntwo three", 5, ["one", "", "two", "three"]),
        ("      ", 3, [""]),
        ("ab      ", 3, ["ab"]),
        ("你好世界", 4, ["你好", "世界"]),
        ("你好世界", 5, ["你好", "世界"]),
        ("hi 你好世界", 6, ["hi 你", "好世界"]),
        ("你好ab cd", 5, ["你好", "ab cd"]),
        ("你好吗，世界", 6, ["你好", "吗，世", "界"]),
        ("e\u0301e\u0301e\u0301", 2, ["e\u0301e\u0301", "e\u0301"]),
    ],
)
def test_where_it_breaks(text: str, width: int, wrapped: list[str]) -> None:
    assert rows(text, width) == wrapped


@settings(deadline=None)
@given(nasty_texts, st.integers(2, 90))
def test_rows_fit_and_only_spaces_and_line_ends_are_lost(text: str, width: int) -> None:
    text = printable(text)
    spans = wrap(text, width)
    assert all(cells(text[start:end]) <= width for start, end in spans)
    ends = [0, *(end for _, end in spans)]
    starts = [*(start for start, _ in spans), len(text)]
    assert all(not text[a:b].strip(" \n") for a, b in zip(ends, starts, strict=True))
    assert len(spans) >= text.count("\n") + 1


@settings(deadline=None)
@given(st.lists(st.text("ab", min_size=1, max_size=9)), st.integers(9, 30))
def test_no_word_is_cut_that_fits_in_a_row(words: list[str], width: int) -> None:
    assert " ".join(rows(" ".join(words), width)).split() == words
