"""Everybody in a room is listed, however many come and go meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from client.listing import FIRST_PAGE, Listing
from protocol.limits import ROSTER_PEOPLE
from protocol.questions import People, Person, Who

if TYPE_CHECKING:
    from collections.abc import Iterable


def page(room: Iterable[int], question: Who, most: int = ROSTER_PEOPLE) -> People:
    """What a broker answers while those who came in at these numbers are in the room."""
    joined = sorted(room)
    wanted = [number for number in joined if number > question.after]
    people = (Person(f"id{n}", f"user{n}", f"name{n}", n) for n in wanted)
    listed = tuple(people)[: min(question.limit, most)]
    return People("lobby", 9999, len(joined), listed)


def is_complete(listing: Listing) -> bool:
    return listing.question is None


def test_a_first_page_says_how_many_more_there_are() -> None:
    listing = Listing("lobby", everybody=False)
    assert listing.question == Who("lobby", limit=FIRST_PAGE)
    listing.answered(page(range(1, FIRST_PAGE + 4), listing.question))
    assert listing.more == 3
    assert is_complete(listing)


def test_a_small_room_is_one_question() -> None:
    listing = Listing("lobby", everybody=True)
    assert listing.question is not None
    listing.answered(page(range(1, 4), listing.question))
    assert listing.more == 0
    assert is_complete(listing)


@given(
    st.integers(0, 3 * ROSTER_PEOPLE),
    st.lists(st.sets(st.integers(1, 3 * ROSTER_PEOPLE), max_size=900), max_size=4),
    st.sampled_from([ROSTER_PEOPLE, 700]),
)
def test_who_stays_is_listed_whoever_leaves(size: int, leaving: list[set[int]], most: int) -> None:
    room = set(range(1, size + 1))
    listing = Listing("lobby", everybody=True)
    listed: list[int] = []
    departures = iter(leaving if most == ROSTER_PEOPLE else [])
    while listing.question is not None:
        answer = page(room, listing.question, most)
        listed += [person.joined for person in answer.people]
        listing.answered(answer)
        room -= next(departures, set())
    assert room <= set(listed)
    assert len(listed) == len(set(listed))
