"""Pages over the messages: what is on the screen is laid out, and nothing else."""

from __future__ import annotations

import pytest

from client.screen import overlays
from client.screen.overlays import Line, Overlay, PeopleList, Wrapped
from client.screen.roster import Roster
from client.screen.wrap import wrap
from protocol.questions import People, Person
from tests.client.screen.events import joined, lines


def crowd(count: int) -> Roster:
    roster = Roster("lobby")
    roster.question(count + 1)
    people = tuple(Person(f"i{n}", f"user-{n}", f"p{n:05}", n + 1) for n in range(count))
    roster.answered(People("lobby", count, count, people))
    return roster


def shown(page: Overlay, height: int = 8, width: int = 40) -> list[str]:
    """The page without its title and its hint."""
    return lines(page.rows(width, height))[1:-1]


def test_people_are_listed_each_in_one_row() -> None:
    page = Overlay("People", PeopleList(crowd(100), "and others"), "Esc")
    assert shown(page, 5) == [f" p{n:05}  user-{n}" for n in range(3)]
    page.page(1)
    assert shown(page, 5)[0] == " p00002  user-2"
    page.scroll(1000)
    assert shown(page, 5)[1:] == [" p00099  user-99", " and others"]


def test_a_page_stays_at_its_place_when_people_come(monkeypatch: pytest.MonkeyPatch) -> None:
    laid_out = 0

    def counting(text: str, width: int) -> object:
        nonlocal laid_out
        laid_out += 1
        return wrap(text, width)

    monkeypatch.setattr(overlays, "wrap", counting)
    roster = crowd(10_000)
    page = Overlay("People", PeopleList(roster), "Esc")
    shown(page)
    page.scroll(5000)
    before = shown(page)
    roster.apply([joined(20_000, "zoe")])
    page.replace("People", PeopleList(roster))
    assert shown(page) == before
    assert laid_out == 3 * len(before)


def test_somebody_without_an_address_has_a_row_too() -> None:
    roster = Roster("lobby")
    roster.question(10)
    roster.answered(People("lobby", 1, 1, (Person("i", "", "Ann", 1),)))
    assert shown(Overlay("People", PeopleList(roster), "Esc")) == [" Ann"]


def test_texts_are_wrapped_beside_the_widest_key() -> None:
    page = Overlay("Help", Wrapped([Line("Keys:"), Line("F1", "one two three four five six")]), "")
    assert shown(page, 9, 26) == [" Keys:", " F1  one two three four", "    five six"]


def test_a_page_of_few_rows_shows_its_beginning_before_how_it_is_closed() -> None:
    page = Overlay("People", PeopleList(crowd(3)), "Esc")
    assert lines(page.rows(40, 3)) == [" People", " p00000  user-0", " p00001  user-1"]
    page.page(1)
    assert lines(page.rows(40, 3))[1:] == [" p00001  user-1", " p00002  user-2"]
    assert lines(page.rows(40, 4))[-1] == " Esc"
