"""Nothing that one person types drives another person's terminal."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import Code, Refusal
from protocol.limits import TEXT_CHARACTERS
from protocol.text import clean, clean_message

DANGEROUS = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
INTRODUCERS = "\x1b[]PX^_\\\x9b\x9d\x90\x98\x9e\x9f\x9c\x07\n\r\t 0;m?hA"

hostile = st.text(st.sampled_from(INTRODUCERS), max_size=60)
anything = st.text() | hostile | st.lists(st.text(max_size=5) | hostile, max_size=9).map("".join)


@given(anything)
def test_no_control_survives(text: str) -> None:
    assert not DANGEROUS.search(clean(text))


@given(anything)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(anything)
def test_what_is_clean_can_be_sent(text: str) -> None:
    assert clean(text).encode().decode() == clean(text)


@given(st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"])))
def test_ordinary_text_is_unchanged(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "你好，世界！",
        "👩‍👩‍👧‍👦 ☺️ 🇨🇳",
        "Z͑͗a\u0301lgo",
        "می‌خواهم",
        "שלום 123",
        "two\nlines\n",
        "  indented",
        "'\"\\<>&{}%s",
        "",
    ],
)
def test_these_stay_as_typed(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\x1b[31mred\x1b[0m", "ared"),
        ("a\x9b31mred", "ared"),
        ("\x1b]0;owned\x07title", "title"),
        ("\x1b]0;owned\x1b\\title", "title"),
        ("\x9d0;owned\x9ctitle", "title"),
        ("\x1b]8;;http://x\x07link\x1b]8;;\x07", "link"),
        ("\x1b]52;c;cm0gLXJm\x07clip", "clip"),
        ("\x1bPq#0~~\x1b\\sixel", "sixel"),
        ("\x1b_Gpayload\x1b\\kitty", "kitty"),
        ("\x1b^secret\x1b\\x", "x"),
        ("\x1bXsecret\x1b\\x", "x"),
        ("\x1bcreset", "reset"),
        ("\x1b(0lqk", "lqk"),
        ("\x1b[?1049hfull", "full"),
        ("\x1b\x1b[31mred", "red"),
        ("\x1b[\x1b[31m31mred", "31mred"),
        ("unfinished\x1b]0;rest", "unfinished"),
        ("first\x1b]0;rest\nsecond", "first\nsecond"),
        ("end\x1b", "end"),
        ("end\x1b[", "end"),
        ("a\tb", "a   b"),
        ("a\r\nb\rc\u2028d\u2029e\x85f", "a\nb\nc\nd\ne\nf"),
        ("overwrite\rme", "overwrite\nme"),
        ("bell\x07null\x00back\x08del\x7f", "bellnullbackdel"),
        ("evil\u202egpj.exe\u2066x\u2069\u200f\u061c", "evilgpj.exex"),
        ("\ufeffmark", "mark"),
        ("half\ud83d", "half"),
    ],
)
def test_cleaning(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    "unit",
    [
        "\x1b]",
        "\x1b[",
        "\x1b",
        "\x1b[1;",
        "\x1b ",
        "\x9b0 ",
        "\x9d",
        "\t",
        "\r",
        "a\x1b]x",
        "\x1b\\",
    ],
    ids=ascii,
)
def test_cleaning_takes_linear_time(unit: str) -> None:
    started = time.process_time()
    for text in (unit * 100_000, unit[0] + unit[1:] * 100_000):
        assert not DANGEROUS.search(clean(text))
    assert time.process_time() - started < 5  # quadratic would take minutes


def test_a_message_is_returned_clean_and_otherwise_as_typed() -> None:
    assert clean_message("  \x1b[1mhi\x1b[0m\n there ") == "  hi\n there "


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n\n",
        "\u3000",
        "\x1b[31m",
        "\x00\x07",
        "\u202e",
        "\t",
        "\u200b\u200d",
        "\u2800 \ufe0f",
    ],
)
def test_nothing_to_say_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refusal:
        clean_message(text)
    assert refusal.value.code is Code.TEXT_EMPTY


@pytest.mark.parametrize("text", ["x" * (TEXT_CHARACTERS + 1), "\t" * TEXT_CHARACTERS + "x"])
def test_too_much_to_say_is_refused_with_the_limit(text: str) -> None:
    with pytest.raises(Refusal) as refusal:
        clean_message(text)
    assert refusal.value.code is Code.TEXT_TOO_LONG
    assert refusal.value.fields == {"limit": TEXT_CHARACTERS}


@pytest.mark.parametrize("character", ["x", "\U0001f600"])
def test_as_much_as_is_allowed_is_said_whole(character: str) -> None:
    text = character * TEXT_CHARACTERS
    assert clean_message(text) == text


@given(anything)
def test_a_message_is_clean_or_refused(text: str) -> None:
    try:
        said = clean_message(text)
    except Refusal:
        return
    assert said.strip()
    assert not DANGEROUS.search(said)
