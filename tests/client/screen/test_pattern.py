"""Patterns mean what they mean to ``re``, and no text makes one slow."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.screen.pattern import LONGEST_PATTERN, Pattern, PatternError
from protocol.phrases import Language, Phrase, say


@pytest.mark.parametrize(
    ("pattern", "text", "spans"),
    [
        ("lo", "hello, hello", [(3, 5), (10, 12)]),
        ("HELLO", "hello HELLO", [(6, 11)]),
        ("hello", "Hello HELLO", [(0, 5), (6, 11)]),
        (r"\Wyes", "no, YES", [(3, 7)]),
        ("[A-Z]x", "ax Bx", [(3, 5)]),
        ("^b", "a\nb b", [(2, 3)]),
        ("b$", "b b\nab", [(2, 3), (5, 6)]),
        (r"\bann\b", "ann anna ann", [(0, 3), (9, 12)]),
        ("x*", "axx", [(1, 3)]),
        ("()", "abc", []),
        ("你.", "你好", [(0, 2)]),
        (".", "a\nb", [(0, 1), (2, 3)]),
        (r"(a)\1", "aab", [(0, 2)]),
    ],
)
def test_where_it_matches(pattern: str, text: str, spans: list[tuple[int, int]]) -> None:
    compiled = Pattern(pattern)
    assert compiled.spans(text) == spans
    assert compiled.matches(text) is (bool(spans) or bool(re.match(pattern, "")))


@pytest.mark.parametrize(
    ("pattern", "phrase"),
    [
        ("(", Phrase.PATTERN_UNREADABLE),
        ("a)", Phrase.PATTERN_UNREADABLE),
        ("[", Phrase.PATTERN_UNREADABLE),
        ("\\", Phrase.PATTERN_UNREADABLE),
        ("*", Phrase.PATTERN_UNREADABLE),
        ("a**", Phrase.PATTERN_UNREADABLE),
        ("a" * (LONGEST_PATTERN + 1), Phrase.PATTERN_TOO_LONG),
        ("(a{1000}){1000}", Phrase.PATTERN_TOO_LONG),
        ("(((){1000}){1000}){1000}", Phrase.PATTERN_TOO_LONG),
    ],
)
def test_what_cannot_be_searched_for_is_said_in_a_sentence(pattern: str, phrase: Phrase) -> None:
    with pytest.raises(PatternError) as caught:
        Pattern(pattern)
    assert caught.value.phrase is phrase
    for language in Language:
        assert " ? " not in say(language, caught.value.phrase, caught.value.fields)


def test_a_pattern_that_takes_too_long_is_given_up() -> None:
    compiled = Pattern("(a+)+$")
    slow = "a" * 4096 + "!"
    compiled.spans(slow)  # comes back
    with pytest.raises(PatternError) as caught:
        any(compiled.matches(slow) for _ in range(100))
    assert caught.value.phrase is Phrase.PATTERN_TOO_SLOW


@settings(deadline=None)
@given(st.text(max_size=20), st.text(max_size=20))
def test_any_pattern_is_read_or_refused(pattern: str, text: str) -> None:
    with suppress(PatternError):
        Pattern(pattern).matches(text)
