"""Names: what may be worn, and which two are the same (RFC 8266)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import names
from protocol.errors import Code, Refusal
from protocol.limits import NAME_CHARACTERS, ROOM_CHARACTERS

anything = st.text(max_size=NAME_CHARACTERS + 5)


def refused(name: str) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        names.shown(name)
    return refusal.value


@pytest.mark.parametrize("name", ["Foo", "Duke", "李雷", "Пётр", "ΣΑΣ", "a-b_c.d", "\u265a", "😀"])
def test_these_are_worn_as_typed(name: str) -> None:
    assert names.shown(name) == name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ＤＵＫＥ", "DUKE"),
        ("Richard\u2163", "RichardIV"),  # RFC 8266, table 1: RICHARD with the Roman numeral four
        ("e\u0301", "\u00e9"),
        (" Duke ", "Duke"),
        ("\u3000Duke", "Duke"),
    ],
)
def test_these_are_shown_in_their_plain_form(name: str, expected: str) -> None:
    assert names.shown(name) == expected


@pytest.mark.parametrize("name", ["", " ", "\u3000", "\t\n"])
def test_a_name_needs_a_character(name: str) -> None:
    assert refused(name).code is Code.NAME_EMPTY


@pytest.mark.parametrize(
    "name",
    [
        "two words", "two\u3000words", "a:b", "a|b", "a(b", "a)b", "a[b", "a]b", "a{b", "a}b",
        "a<b", "a>b", "#room", "@you", "/quit", "\\rename", "a：b", "⑴",
        "＃room", "／quit", "127.0.0.1:5",
        "a\nb", "a\x1b[31m", "a\u202eb", "a\u200bb", "a\u00adb", "a\x00", "\ud800", "a\ufeff",
        "\U000e0041", "\uffff", "*", "--", "+", "…", "\u2800", "a\u3164b", "\uffa0",
    ],
    ids=ascii,
)  # fmt: skip
def test_these_are_not_allowed(name: str) -> None:
    assert refused(name).code is Code.NAME_NOT_ALLOWED


@pytest.mark.parametrize("name", ["a#", "a@b", "a/b", "a\\b"])
def test_some_characters_are_only_forbidden_at_the_start(name: str) -> None:
    assert names.shown(name) == name


@pytest.mark.parametrize(
    "name", ["x" * (NAME_CHARACTERS + 1), "\ufdfa" * 30, "㎖" * NAME_CHARACTERS]
)
def test_a_name_is_at_most_so_long(name: str) -> None:
    refusal = refused(name)
    assert refusal.code is Code.NAME_TOO_LONG
    assert refusal.fields == {"limit": NAME_CHARACTERS}


@pytest.mark.parametrize("character", ["x", "李", "😀"])
def test_a_name_may_be_so_long(character: str) -> None:
    assert names.shown(character * NAME_CHARACTERS) == character * NAME_CHARACTERS


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Foo", "foo"),
        ("DUKE", "Duke"),
        ("ＤＵＫＥ", "duke"),
        ("ПЁТР", "пётр"),
        ("e\u0301", "É"),
        ("\u212a", "k"),
        ("Richard\u2163", "richardiv"),
        ("\u03d2", "υ"),
        (" Foo ", "foo"),
    ],
)
def test_these_are_the_same_name(one: str, other: str) -> None:
    assert names.compared(one) == names.compared(other)


@pytest.mark.parametrize(("one", "other"), [("Foo", "Fo"), ("Sigma", "Stigma"), ("李", "季")])
def test_these_are_different_names(one: str, other: str) -> None:
    assert names.compared(one) != names.compared(other)


@pytest.mark.parametrize("user_id", ["127.0.0.1:5", "[::1]:40000", "[fe80::1%eth0]:80"])
def test_an_id_compares_to_itself(user_id: str) -> None:
    assert names.compared(user_id) == user_id
    assert names.compared("duke") != user_id


@given(anything)
def test_any_text_is_shown_or_refused(name: str) -> None:
    try:
        shown = names.shown(name)
    except Refusal:
        return
    assert 0 < len(shown) <= NAME_CHARACTERS
    assert not any(c.isspace() or c in ":|()[]{}<>" for c in shown)
    assert names.shown(shown) == shown
    assert names.compared(name) == names.compared(shown)


@given(anything)
def test_comparing_never_fails_and_is_stable_for_what_is_shown(name: str) -> None:
    names.compared(name)
    try:
        key = names.compared(names.shown(name))
    except Refusal:
        return
    assert names.compared(key) == key


@given(st.from_regex(r"[A-Za-z0-9._-]{1,20}", fullmatch=True))
def test_case_makes_no_difference(name: str) -> None:
    assert names.compared(name) == names.compared(name.upper()) == names.compared(name.swapcase())


def test_what_is_too_long_for_a_name_is_not_even_normalised() -> None:
    grows = "\ufdfa"  # one character that stands for a sentence of eighteen
    assert len(names.compared(grows * ROOM_CHARACTERS)) > ROOM_CHARACTERS
    assert names.compared(grows * 15_000) == grows * 15_000
