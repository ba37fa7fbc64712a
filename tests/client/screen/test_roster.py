"""The people of a room, against a model that knows the truth, however answers are delayed."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from client.screen.roster import Roster
from protocol.events import AnyEvent, Appointed, Joined, Left, Renamed, Said, WentAway
from protocol.questions import People, Person, Role


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
    assert not roster._changes
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
    kinds = st.sampled_from(("left", "renamed", "away", "operator"))
    for number in range(1, draw(st.integers(1, 40)) + 1):
        id_ = draw(st.sampled_from("abcdef"))
        if id_ not in present:
            present[id_] = f"{id_}0"
            events.append(Joined(number, 0, id_, present[id_], 0, f"user-{id_}"))
            continue
        match draw(kinds):
            case "left":
                events.append(Left(number, 0, id_, present.pop(id_), 0))
            case "renamed":
                before, present[id_] = present[id_], f"{id_}{number}"
                events.append(Renamed(number, 0, id_, before, 0, present[id_]))
            case "away":
                away = draw(st.booleans())
                events.append(WentAway(number, 0, id_, present[id_], 0, away, "lunch"))
            case _:
                made = draw(st.booleans())
                events.append(Appointed(number, 0, "op", "op", 0, id_, present[id_], made))
    return events


def truth(events: list[AnyEvent], at: int) -> dict[str, Person]:
    """Who is in the room at a number."""
    present: dict[str, Person] = {}
    roles: dict[str, Role] = {}
    for event in events[:at]:
        match event:
            case Joined(author=author, name=name, number=number, user_id=user_id):
                role = roles.get(author, Role.NONE)
                present[author] = Person(author, user_id, name, number, role)
            case Left(author=author):
                present.pop(author, None)
            case Renamed(author=author, new_name=name):
                present[author] = replace(present[author], name=name)
            case WentAway(author=author, away=away, why=why):
                present[author] = replace(present[author], away=away, why=why if away else "")
            case Appointed(who=who, operator=operator):
                roles[who] = Role.OPERATOR if operator else Role.NONE
                present[who] = replace(present[who], role=roles[who])
            case _:
                pass
    return present


def known(roster: Roster) -> dict[str, tuple[str, bool, str]]:
    return {member.id: (member.name, member.away, member.why) for member in roster}


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
        present = sorted(truth(events, answered_at).values(), key=lambda person: person.joined)
        people = tuple(person for person in present if person.joined > question.after)[:limit]
        roster.answered(People("lobby", answered_at, len(present), people))
    for event in events[seen:]:
        roster.apply([event])
    last = truth(events, len(events))
    assert known(roster) == {id_: (p.name, p.away, p.why) for id_, p in last.items()}
    assert len(roster) == len(last)
    shown = [member.name for member in roster]
    assert shown == sorted(shown)
    assert [member.name for member in roster.part(0, 3)] == shown[:3]
    # Who became an operator before anything was seen, and came again, is not known as one.
    for member in roster:
        assert member.role in {Role.NONE, last[member.id].role}


def test_operators_are_known_as_such_also_when_they_come_again() -> None:
    roster = Roster("lobby")
    roster.question(10)
    roster.answered(page(2, [("ann", 1), ("bob", 2)]))
    roster.apply([Appointed(3, 0, "ann", "ann", 1, "bob", "bob")])
    roster.apply([Left(4, 0, "bob", "bob", 0), Joined(5, 0, "bob", "bob", 0, "bob")])
    assert [member.role for member in roster] == [Role.NONE, Role.OPERATOR]
    roster.apply([Appointed(6, 0, "ann", "ann", 2, "bob", "bob", operator=False)])
    assert [member.role for member in roster] == [Role.NONE, Role.NONE]
