"""A mention is the whole name or word, in any letter case and any script."""

from __future__ import annotations

import pytest

from client.screen.mentions import Mentions


@pytest.mark.parametrize(
    "text",
    ["Duke", "hi duke!", "DUKE: look", "@Duke", "(duke)", "你好Duke吗", "ask\nDuke", "Duke,Ann"],
)
def test_somebody_is_called(text: str) -> None:
    assert text in Mentions(["Duke"])


@pytest.mark.parametrize("text", ["", "Dukes", "archduke", "duke_2", "Dúke", "du ke", "éduke"])
def test_nobody_is_called(text: str) -> None:
    assert text not in Mentions(["Duke"])


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("小明", "请问小明在吗"),
        ("a.b*", "see A.B* now"),
        ("[x]", "is [X] here"),
        ("zoë", "Hi ZOË"),
        ("on call", "who is On Call?"),
        ("두크", "두크가 왔다"),
    ],
)
def test_names_of_every_kind(word: str, text: str) -> None:
    assert text in Mentions([word])


def test_a_word_means_itself_and_is_no_pattern() -> None:
    assert "axb" not in Mentions(["a.b"])


def test_without_words_nothing_is_a_mention() -> None:
    assert "anything" not in Mentions(["", ""])
