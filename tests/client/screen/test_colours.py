"""A name keeps its colour."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from client.screen.colours import COLOURS, OWN, nick_style


def test_a_colour_never_changes_from_one_version_to_the_next() -> None:
    assert nick_style("Ann") == nick_style("ann") == "class:nick.3"
    assert nick_style("小明") == "class:nick.12"


def test_the_own_name_has_its_own_colour() -> None:
    assert nick_style("Duke", "duke") == OWN
    assert nick_style("", "") != OWN


@given(st.text())
def test_every_name_has_a_colour(name: str) -> None:
    number = nick_style(name).removeprefix("class:nick.")
    assert 0 <= int(number) < COLOURS


def test_all_colours_are_used() -> None:
    assert len({nick_style(f"user{number}") for number in range(200)}) == COLOURS
