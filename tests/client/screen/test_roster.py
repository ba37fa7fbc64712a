"""The people of a room, against a model that knows the truth, however answers are delayed."""

from hypothesis import given
from hypothesis import strategies as st

from client.screen.roster import Roster
from protocol.events import AnyEvent, Joined, Left, Renamed, Said
from protocol.messages import People, Person


def names(roster: Roster) -> dict[str, str]:
    return {member.id: member.name for member in roster}


def page(at: int, people: list[tuple[str, int]], total: int | None = None) -> People:
    listed = tuple(Person(name, name, name, joined) for name, joined in people)
    return People("lobby", at, total if total is not None else len(people), listed)


def test_a_page_that_is_full_is_followed_by_another() -> None:
    roster = Roster("lobby")
    assert roster.question(2).after == 0
    roster.answered(page(9, [("ann", 1), ("bob", 2)], total=3))
    assert len(roster) == 3
    question = roster.question(2)
    assert (question.after, question.limit) == (2, 2)
    roster.answered(page(9, [("cat", 5)], total=3))
    assert roster.complete
    assert [member.name for member in roster] == ["ann", "bob", "cat"]


def test_who_left_before_the_answer_is_not_in_it_for_the_events_that_follow() -> None:
    roster = Roster("lobby")
    roster.question(10)
    roster.apply([Left(5, 0, "ann", "ann", 0)])
    roster.answered(page(4, [("ann", 1), ("bob", 2)]))
    assert names(roster) == {"bob": "bob"}


def test_a_refused_list_is_asked_for_no_more_and_what_is_known_stays() -> None:
    roster = Roster("lobby")
    roster.question(2)
    roster.answered(page(9, [("ann", 1), ("bob", 2)], total=5))
    before = roster.version
    roster.refused()
    assert (roster.complete, roster.is_coming) == (False, False)
    assert roster.version != before
    roster.apply([Left(n, 0, f"p{n}", f"p{n}", 0) for n in range(10, 100)])
    roster.apply([Renamed(n, 0, f"p{n}", f"p{n}", 0, f"q{n}") for n in range(100, 200)])
    assert not roster._left  # else they would grow for as long as the program runs
    assert not roster._renamed
    roster.apply([Left(200, 0, "ann", "ann", 0)])
    assert names(roster) == {"bob": "bob"}
    roster.forget()
    assert roster.is_coming


def test_who_spoke_last_comes_first() -> None:
    roster = Roster("lobby")
    roster.question(10)
    roster.answered(page(4, [("ann", 1), ("bob", 2), ("cat", 3), ("dan", 4)]))
    roster.apply([Said(5, 0, "cat", "cat", 1, "x"), Said(6, 0, "bob", "bob", 1, "x")])
    roster.spoke_before([Said(1, 0, "bob", "bob", 1, "x"), Said(2, 0, "dan", "dan", 1, "x")])
    assert [member.id for member in roster.by_recent_speech()] == ["bob", "cat", "dan", "ann"]


@st.composite
def histories(draw: st.DrawFn) -> list[AnyEvent]:
    """A room's events: people come, go, come again, and take other names."""
    present: dict[str, str] = {}
    events: list[AnyEvent] = []
    for number in range(1, draw(st.integers(1, 40)) + 1):
        id_ = draw(st.sampled_from("abcdef"))
        if id_ not in present:
            present[id_] = f"{id_}0"
            events.append(Joined(number, 0, id_, present[id_], 0, f"user-{id_}"))
        elif draw(st.booleans()):
            events.append(Left(number, 0, id_, present.pop(id_), 0))
        else:
            before, present[id_] = present[id_], f"{id_}{number}"
            events.append(Renamed(number, 0, id_, before, 0, present[id_]))
    return events


def truth(events: list[AnyEvent], at: int) -> dict[str, tuple[str, int]]:
    """Who was in the room at a number: the name, and the number at which they came in."""
    present: dict[str, tuple[str, int]] = {}
    for event in events[:at]:
        match event:
            case Joined(author=author, name=name, number=number):
                present[author] = (name, number)
            case Left(author=author):
                present.pop(author, None)
            case Renamed(author=author, new_name=name):
                present[author] = (name, present[author][1])
            case _:
                pass
    return present


@given(histories(), st.data())
def test_pages_ahead_of_the_events_or_behind_them_make_no_difference(
    events: list[AnyEvent], data: st.DataObject
) -> None:
    roster = Roster("lobby")
    start = seen = data.draw(st.integers(0, len(events)))
    answered_at = start
    limit = data.draw(st.integers(1, 4))
    while not roster.complete:
        question = roster.question(limit)
        # The answer may be true at any number since it was asked, and events come meanwhile.
        answered_at = data.draw(st.integers(answered_at, len(events)))
        until = data.draw(st.integers(seen, len(events)))
        roster.apply(events[seen:until])
        seen = until
        present = sorted(truth(events, answered_at).items(), key=lambda item: item[1][1])
        listed = [(id_, *known) for id_, known in present if known[1] > question.after][:limit]
        people = tuple(Person(id_, f"user-{id_}", name, n) for id_, name, n in listed)
        roster.answered(People("lobby", answered_at, len(present), people))
    for event in events[seen:]:
        roster.apply([event])
    assert names(roster) == {id_: name for id_, (name, _) in truth(events, len(events)).items()}
    assert len(roster) == len(truth(events, len(events)))
    shown = [member.name for member in roster]
    assert shown == sorted(shown)
    assert [member.name for member in roster.part(0, 3)] == shown[:3]
