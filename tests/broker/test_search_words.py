from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.search_words import Phrase, phrases_of, words_of

HAN = st.text("的一是不人我在有他这中大来上国", max_size=12)
KANA = st.text("あいうかガギー々漢字ンッ고양이가", max_size=12)
LATIN = st.text("abcXYZ019", max_size=6)
BETWEEN = st.text(" ,.;/_-!?、。「」\n", min_size=1, max_size=3)
TEXTS = st.lists(st.one_of(HAN, KANA, LATIN, BETWEEN), max_size=8).map("".join)


def finds(search: str, text: str) -> bool:
    """What the index does with words and phrases, said plainly."""
    words = words_of(text)
    phrases = phrases_of(search)
    return bool(phrases) and all(
        any(
            words[at : at + len(phrase.words) - 1] == phrase.words[:-1]
            and at + len(phrase.words) <= len(words)
            and (
                words[at + len(phrase.words) - 1].startswith(phrase.words[-1])
                if phrase.is_prefix
                else words[at + len(phrase.words) - 1] == phrase.words[-1]
            )
            for at in range(len(words))
        )
        for phrase in phrases
    )


@given(st.one_of(HAN, KANA), BETWEEN, st.one_of(HAN, KANA), st.data())
def test_any_neighbours_are_found_where_they_stand(
    one: str, between: str, other: str, data: st.DataObject
) -> None:
    text = f"{one}{between}{other}"
    runs = [run for run in (one, other) if len(run) > 1]
    if runs:
        run = data.draw(st.sampled_from(runs))
        start = data.draw(st.integers(0, len(run) - 2))
        end = data.draw(st.integers(start + 2, len(run)))
        assert finds(run[start:end], text)


@given(TEXTS, st.one_of(HAN, KANA).filter(bool))
def test_characters_are_found_exactly_where_they_stand_side_by_side(text: str, run: str) -> None:
    assert finds(run, text) == (run in text)


@given(TEXTS, LATIN.filter(bool))
def test_a_word_is_found_exactly_where_it_is_a_word(text: str, word: str) -> None:
    assert finds(word, text) == (word.lower() in re.findall("[a-z0-9]+", text.lower()))


@given(TEXTS, LATIN.filter(bool))
def test_the_start_of_a_word_is_found_with_a_star(text: str, start: str) -> None:
    found = any(w.startswith(start.lower()) for w in re.findall("[a-z0-9]+", text.lower()))
    assert finds(f"{start}*", text) == found


@given(st.one_of(TEXTS, st.text(max_size=40)))
def test_every_part_of_a_text_finds_it(text: str) -> None:
    for part in text.split():
        if phrases_of(part):
            assert finds(part, text)


@given(st.text(max_size=40))
def test_words_have_no_character_that_the_index_would_cut_at_or_change(text: str) -> None:
    for word in words_of(text):
        assert re.fullmatch(r"[a-z0-9\x80-\U0010ffff]{1,64}", word)


@pytest.mark.parametrize(
    ("search", "text"),
    [
        ("STRASSE", "die Straße"),
        ("ＦＵＬＬ", "full width"),
        ("ｶﾞｷﾞ", "ガギグ"),
        ("cafe\u0301", "un café"),
        ("हिन्दी", "मैं हिन्दी बोलता हूँ"),
        ("ครับ", "สวัสดีครับ"),
        ("고양이", "우리 고양이가 잔다"),
        ("foo_bar", "see lib/foo_bar.py"),
        ("lib/foo", "see lib/foo_bar.py"),
        ("10.0.0.1", "ssh root@10.0.0.1:22"),
        ("don't", "I don't know"),
        ("手机iPhone", "买手机iPhone好"),
        ("iPhone手机", "买iPhone手机壳"),
        ("葛城", "葛\U000e0100城"),
        ("吗", "你好吗"),
        ("你", "你好吗"),
        ("x" * 100, "x" * 100),
    ],
)
def test_finds(search: str, text: str) -> None:
    assert finds(search, text)


def test_what_is_named_again_is_looked_for_once() -> None:
    assert phrases_of("e* a.b E* .e* a.b e") == [
        Phrase(["e"], is_prefix=True),
        Phrase(["a", "b"], is_prefix=False),
        Phrase(["e"], is_prefix=False),
    ]


@pytest.mark.parametrize(
    ("search", "text"),
    [
        ("好吗啡", "你好，好吗？吗啡"),
        ("10.0.0.1", "10.0.1.0 and 0.0.1"),
        ("foo bar", "foo only"),
        ("cat", "concatenate"),
        ("x" * 99, "x" * 100),
        ("**", "anything"),
        ("🎉", "🎉"),
    ],
)
def test_does_not_find(search: str, text: str) -> None:
    assert not finds(search, text)
