"""A room has one name, however it is typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import room_names
from protocol.errors import Code, Refusal
from protocol.limits import ROOM_CHARACTERS


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("#dev", "dev"), ("dev", "dev"), ("#Dev", "dev"), ("ＤＥＶ", "dev"), ("#日本", "日本"),
     ("İstanbul", "i̇stanbul"), ("a" * ROOM_CHARACTERS, "a" * ROOM_CHARACTERS)],
)  # fmt: skip
def test_names_have_one_form(typed: str, stored: str) -> None:
    assert room_names.normal(typed) == stored


@pytest.mark.parametrize(
    "typed",
    ["", "#", "##", "@a:b", "a b", "a|b", "a:b", "-", "#--private",
     "\u2800", "a\nb", "#/x", "\ud800",
     "a" * (ROOM_CHARACTERS + 1)],
)  # fmt: skip
def test_what_is_no_name_is_refused(typed: str) -> None:
    with pytest.raises(Refusal) as raised:
        room_names.normal(typed)
    assert raised.value.code is Code.ROOM_NOT_ALLOWED


@given(st.text(max_size=80))
def test_the_one_form_is_its_own(typed: str) -> None:
    try:
        stored = room_names.normal(typed)
    except Refusal:
        return
    assert room_names.normal(stored) == room_names.normal(room_names.shown(stored)) == stored
    assert len(stored) <= ROOM_CHARACTERS
    assert not stored.startswith((room_names.SIGN, room_names.TALK_SIGN))


def test_a_conversation_has_one_name_for_both() -> None:
    assert room_names.talk("b", "a") == room_names.talk("a", "b") == "@a:b"
