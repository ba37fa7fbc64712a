"""How a room is kept for the people of one door: who counts, and what a line costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from gateway.gathering import Headcount
from gateway.person import Choosy, Person
from gateway.rate import LineRate
from gateway.view import RoomView
from protocol.events import AnyEvent, Joined, Left, Said
from protocol.phrases import Language
from protocol.rendering import Renderer
from tests.gateway.scripted import AT

if TYPE_CHECKING:
    import pytest


def view_of_room(choosy: Choosy | None = None) -> RoomView:
    renderer = Renderer(Language.EN, lambda _: 480, lambda: AT)
    return RoomView(renderer, "lobby", choosy or Choosy())


def somebody(key: int) -> Person:
    return Person(key, key, LineRate(0, 0.0), f"p{key}", focus="lobby", rooms={"lobby": 1})


def said(number: int) -> AnyEvent:
    return Said(number, AT, "x", "X", number, "hi")


def deliver(view: RoomView, *events: AnyEvent) -> dict[int, bytes]:
    return {person.key: data for person, data in view.deliver(events, lambda _: None)}


@given(
    goes=st.lists(st.booleans(), min_size=1, max_size=30),
    answers=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1),
)
def test_people_are_counted_whenever_the_answers_to_joins_come(
    goes: list[bool], answers: list[tuple[int, int]]
) -> None:
    people = [100]
    for goes_out in goes:
        people.append(people[-1] + (-1 if goes_out else 1))
    view = view_of_room()
    late = sorted((min(seen, len(goes)), min(about, len(goes))) for seen, about in answers)
    newest = 0
    for number, goes_out in enumerate([*goes, False], 0):
        for _, about in (answer for answer in late if answer[0] == number):
            view.count_people(about, people[about])
            newest = max(newest, about, number)
            assert view.headcount.people == people[newest]
        if number < len(goes):
            at = (number + 1, AT, f"x{number}", f"X{number}", 1)
            deliver(view, Left(*at) if goes_out else Joined(*at))


def test_who_comes_into_a_busy_room_costs_no_look_at_all_that_was_said_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[int] = []
    view = view_of_room()
    deliver(view, *map(said, range(1, 2001)))
    see = Headcount.see

    def watched(count: Headcount, event: AnyEvent) -> None:
        seen.append(event.number)
        see(count, event)

    monkeypatch.setattr(Headcount, "see", watched)
    for number in (1990, 2001, 2002, 2003):
        view.count_people(number, 5)
    assert seen == list(range(1991, 2001))


def test_who_ignores_somebody_reads_nothing_of_them_as_long_as_they_do() -> None:
    choosy = Choosy()
    view = view_of_room(choosy)
    hiding, elsewhere, reading = (somebody(key) for key in range(3))
    for person in (hiding, reading):
        view.enter(person)
    choosy.ignore(hiding, {"x": "X", "y": "Y"})
    choosy.ignore(elsewhere, {"x": "X"})
    assert deliver(view, said(1)) == {reading.key: b"X: hi\n"}
    choosy.ignore(hiding, {"y": "Y"})
    assert deliver(view, said(2)) == {hiding.key: b"X: hi\n", reading.key: b"X: hi\n"}
    for person in (hiding, elsewhere):
        choosy.forget(person)
    assert choosy.ignored_by == {}
