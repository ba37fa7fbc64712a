"""Rooms: making, entering and leaving them, and what those outside a private one learn."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from broker.core import Core
from broker.decide_hello import identify
from broker.state import LOBBY
from protocol.commands import (
    Ban,
    Delete,
    Edit,
    Invite,
    Join,
    Kick,
    Leave,
    Op,
    Quit,
    Rename,
    Say,
    Subject,
    Unban,
)
from protocol.errors import Code
from protocol.events import Invited, Joined, Kicked, Reason, Said, SubjectSet
from protocol.events import Left as Exit
from protocol.limits import LARGEST_NUMBER
from protocol.messages import (
    Alive,
    Ask,
    Beat,
    Do,
    Entered,
    Events,
    Hello,
    Invitation,
    Refused,
    Welcome,
)
from protocol.questions import (
    Acts,
    Kind,
    Page,
    Question,
    Recent,
    Role,
    RoomLine,
    Rooms,
    Search,
    Since,
    Who,
    Whois,
)
from tests.broker.hub import UNLIMITED, Hub, Left, peer, token

ANN, BOB, CEE = peer(1), peer(2), peer(3)
DEN = Join("den", private=True)


def house() -> Hub:
    """Return a broker with Ann, Bob and Cee in the lobby, and Ann's private den."""
    hub = Hub()
    for number, name in enumerate(("Ann", "Bob", "Cee"), 1):
        hub.enter(number, name)
    hub.carry_out(ANN, DEN)
    return hub


def shared() -> Hub:
    """Return the same with Bob in the den from number 4 on, where Ann spoke before and after."""
    hub = house()
    hub.carry_out(ANN, Say("den", "before"))
    hub.carry_out(ANN, Invite("den", "bob"))
    hub.carry_out(BOB, Join("den"))
    hub.carry_out(ANN, Say("den", "after"))
    return hub


def entered(left: Left, who: Any = ANN) -> Entered:
    (found,) = (m for m in left.to(who) if isinstance(m, Entered))
    return found


def lines(hub: Hub, who: Any, question: Rooms | None = None) -> list[RoomLine]:
    return list(hub.answer(who, question or Rooms()).rooms)


# ---- public rooms


def test_a_room_is_made_by_joining_under_one_form_of_its_name_and_owned_by_who_did() -> None:
    hub = house()
    first = entered(hub.carry_out(ANN, Join("#Dev")))
    assert (first.room, first.number, first.total, first.kind) == ("dev", 1, 1, Kind.PUBLIC)
    left = hub.carry_out(BOB, Join("DEV", private=True))
    assert entered(left, BOB).kind is Kind.PUBLIC
    assert [topic for topic, _ in left.published] == [b"dev\0"]
    roster = hub.answer(BOB, Who("dev")).people
    assert [(p.name, p.role) for p in roster] == [("Ann", Role.OWNER), ("Bob", Role.NONE)]


def test_who_leaves_is_out_and_stays_connected_in_no_room_at_all() -> None:
    hub = house()
    left = hub.carry_out(CEE, Leave(LOBBY))
    (exit_line,) = left.events
    assert isinstance(exit_line, Exit)
    assert (exit_line.name, exit_line.reason) == ("Cee", Reason.LEFT)
    assert hub.refusal(CEE, Say(LOBBY, "x")).code == Code.NOT_IN_ROOM
    assert hub.answer(CEE, Rooms()).total == 1
    assert entered(hub.carry_out(CEE, Join(LOBBY)), CEE).room == LOBBY


def test_a_room_made_again_goes_on_with_its_numbers_kind_and_subject() -> None:
    hub = house()
    hub.carry_out(BOB, Join("dev"))
    hub.carry_out(BOB, Subject("dev", "code"))
    hub.carry_out(BOB, Quit())
    assert [line.room for line in lines(hub, CEE)] == [LOBBY]
    again = entered(hub.carry_out(CEE, Join("dev", private=True)), CEE)
    assert (again.number, again.kind, again.subject) == (4, Kind.PUBLIC, "code")
    assert hub.answer(CEE, Who("dev")).people[0].role is Role.OWNER
    assert hub.state.snapshot() == hub.fold().snapshot()


def test_an_owner_who_left_is_still_the_owner_and_nobody_else_becomes_one() -> None:
    hub = house()
    hub.carry_out(ANN, Join("dev"))
    hub.carry_out(ANN, Leave("dev"))
    hub.carry_out(BOB, Join("dev"))
    assert hub.state.rooms["dev"].role(hub.session("Bob")) is Role.NONE
    assert hub.state.rooms["dev"].role(hub.session("Ann")) is Role.OWNER
    hub.carry_out(BOB, Leave(LOBBY))
    assert hub.state.rooms[LOBBY].owner == ""


def test_rooms_are_listed_by_name_page_after_page() -> None:
    hub = house()
    for room in ("zoo", "aye", "dev"):
        hub.carry_out(ANN, Join(room))
    hub.carry_out(ANN, Subject("dev", "  two\nlines "))
    assert [line.room for line in lines(hub, BOB)] == ["aye", "dev", LOBBY, "zoo"]
    assert hub.answer(ANN, Rooms()).total == 5
    assert [line.room for line in lines(hub, ANN, Rooms("aye", 2))] == ["den", "dev"]
    assert [line.room for line in lines(hub, BOB, Rooms("aye", 2))] == ["dev", LOBBY]
    assert lines(hub, ANN, Rooms("den", 1)) == [
        RoomLine("dev", Kind.PUBLIC, 1, "two lines", member=True)
    ]


def test_one_person_is_in_so_many_rooms_and_so_many_rooms_have_people() -> None:
    hub = Hub(limits=_limits(rooms=2), max_rooms=2)
    ann, bob = hub.enter(1, "Ann"), hub.enter(2, "Bob")
    hub.carry_out(ann, Join("dev"))
    assert hub.refusal(ann, Join("zoo")).fields == {"limit": 2}
    full = hub.refusal(bob, Join("zoo"))
    assert (full.code, full.fields) == (Code.ROOMS_FULL, {"limit": 2})
    hub.carry_out(bob, Join("dev"))
    hub.carry_out(ann, Leave("dev"))
    hub.carry_out(bob, Leave("dev"))
    hub.carry_out(bob, Join("zoo"))
    assert hub.refusal(ann, Join("dev")).code == Code.ROOMS_FULL


def _limits(rooms: int) -> Any:
    return type(UNLIMITED)(
        rooms=rooms, burst=0, joins_per_minute=0, renames_per_minute=0, sessions_per_address=0
    )


# ---- private rooms


def test_a_private_room_is_entered_by_invitation_which_is_used_up() -> None:
    hub = house()
    assert hub.refusal(BOB, Join("den")).code == Code.INVITE_ONLY
    left = hub.carry_out(ANN, Invite("den", "BOB"))
    assert left.to(BOB) == [Invitation(1, "den", hub.session("Ann"), "Ann", Kind.PRIVATE)]
    assert not left.published
    (event,) = left.heard(ANN)
    assert isinstance(event, Invited)
    assert event.who == hub.session("Bob")
    assert lines(hub, BOB)[0] == RoomLine("den", Kind.PRIVATE, 1, invited=True)
    hub.carry_out(BOB, Join("den"))
    hub.carry_out(BOB, Leave("den"))
    assert hub.refusal(BOB, Join("den")).code == Code.INVITE_ONLY
    hub.carry_out(ANN, Leave("den"))
    hub.carry_out(ANN, Join("den"))  # the owner comes and goes


def test_an_invitation_to_a_public_room_tells_of_it() -> None:
    hub = house()
    hub.carry_out(ANN, Join("dev"))
    assert [m.kind for m in hub.carry_out(ANN, Invite("dev", "bob")).to(BOB)] == [Kind.PUBLIC]  # type: ignore[union-attr]
    assert hub.state.rooms["dev"].invited == []


def test_events_of_a_private_room_go_to_its_members_alone() -> None:
    hub = shared()
    with hub.turn() as left:
        hub.core.receive(ANN, [Do(1, n, Say("den", f"{n}")) for n in range(6, 9)])
        hub.core.subscribed(b"den\0")
    assert not left.published
    assert CEE not in left.replies
    (told,) = left.to(BOB)
    assert isinstance(told, Events)
    assert [e.text for e in told.events] == ["6", "7", "8"]  # type: ignore[union-attr]
    acknowledged, own = left.to(ANN)
    assert own == told
    assert [type(m).__name__ for m in (acknowledged, own)] == ["Ack", "Events"]


def test_who_leaves_sees_their_own_exit_and_nothing_after_it() -> None:
    hub = shared()
    with hub.turn() as left:
        hub.core.receive(ANN, [Do(1, 6, Say("den", "last for Bob"))])
        hub.core.receive(BOB, [Do(1, 3, Leave("den"))])
        hub.core.receive(ANN, [Do(1, 7, Say("den", "secret")), Do(1, 8, Invite("den", "cee"))])
        hub.core.receive(CEE, [Do(1, 2, Join("den")), Do(1, 3, Say("den", "I am in"))])
    assert [type(e) for e in left.heard(BOB)] == [Said, Exit]
    assert [e.number for e in left.heard(ANN)] == [6, 7, 8, 9, 10, 11]
    assert [type(e) for e in left.heard(CEE)] == [Joined, Said]
    bodies = dict(zip(left.replies, left.bodies, strict=True))
    assert [who for who, body in bodies.items() if b"secret" in body] == [ANN]


def test_who_is_put_out_in_the_turn_of_their_question_learns_nothing_later() -> None:
    hub = shared()
    with hub.turn() as left:
        hub.core.receive(BOB, [Ask(1, 1, Page("den", 1)), Ask(1, 2, Recent("den"))])
        hub.core.receive(ANN, [Do(1, 6, Kick("den", "bob", "out")), Do(1, 7, Say("den", "x"))])
        hub.core.receive(BOB, [Ask(1, 3, Page("den", 1))])
    first, recent, refused, last = left.to(BOB)
    assert [e.number for e in first.answer.events] == [4, 5]  # type: ignore[union-attr]
    assert [e.number for e in recent.answer.events] == [5]  # type: ignore[union-attr]
    assert isinstance(refused, Refused)
    assert refused.code == Code.NO_SUCH_ROOM
    assert [type(e) for e in last.events] == [Kicked, Exit]  # type: ignore[union-attr]


def test_who_is_put_out_in_the_turn_of_their_question_reads_no_later_edit() -> None:
    hub = shared()
    questions: list[Question] = [Page("den", 1), Recent("den"), Since("den", 0)]
    with hub.turn() as left:
        hub.core.receive(BOB, [Ask(1, n, question) for n, question in enumerate(questions, 1)])
        hub.core.receive(ANN, [Do(1, 6, Kick("den", "bob")), Do(1, 7, Edit("den", "our secret"))])
    assert len(left.to(BOB)) == len(questions) + 1
    assert "our secret" not in str(left.to(BOB))


@pytest.mark.parametrize("question", [Page("den", 1), Recent("den"), Since("den", 0), Acts("den")])
def test_a_member_reads_from_their_first_join_on(question: Page | Recent | Since | Acts) -> None:
    hub = shared()
    hub.carry_out(ANN, Op("den", "bob"))
    assert all(e.number >= 4 for e in hub.answer(BOB, question).events)
    assert hub.answer(BOB, question).events
    assert hub.answer(BOB, Page("den", 1)).oldest == 4
    assert hub.answer(BOB, Page("den", 2, 3)).events == ()


def test_who_was_lost_comes_back_and_reads_from_their_first_join_on() -> None:
    hub = shared()
    hub.act(lambda core: core.unreachable(BOB))
    hub.send(ANN, Beat())
    hub.now += 31
    hub.send(ANN, Beat())
    hub.wait(0)
    assert hub.session("Ann")
    hub.carry_out(ANN, Say("den", "missed"))
    (welcome,) = hub.send(BOB, Hello(1, token(2), name="Bob"))
    assert isinstance(welcome, Welcome)
    assert (welcome.resumed, welcome.rooms) == (False, ())
    left = hub.carry_out(BOB, Join("den"))
    assert entered(left, BOB).first == 4
    assert [getattr(e, "text", "") for e in entered(left, BOB).recent] == ["after", "missed"]
    assert hub.answer(BOB, Page("den", 1)).oldest == 4


def test_who_left_on_purpose_reads_from_the_next_join_on() -> None:
    hub = shared()
    hub.carry_out(BOB, Leave("den"))
    hub.carry_out(ANN, Say("den", "among us"))
    hub.carry_out(ANN, Invite("den", "bob"))
    back = entered(hub.carry_out(BOB, Join("den")), BOB)
    assert (back.number, back.first, back.recent) == (9, 9, ())
    assert [e.number for e in hub.answer(BOB, Page("den", 1)).events] == [9]


@pytest.mark.parametrize(
    "asked",
    [
        Page("{}", 1),
        Page("{}", LARGEST_NUMBER),
        Who("{}"),
        Recent("{}"),
        Since("{}", 0),
        Acts("{}"),
        Search("x", "{}"),
        Say("{}", "x"),
        Leave("{}"),
        Invite("{}", "ann"),
        Subject("{}", "x"),
        Edit("{}", "x"),
        Delete("{}"),
        Delete("{}", "ann"),
        Kick("{}", "ann"),
    ],
    ids=lambda asked: type(asked).__name__,
)
def test_outside_a_private_room_is_as_one_that_there_is_not(asked: Any) -> None:
    hub = shared()
    fields = asked.__struct_fields__

    def about(room: str) -> Any:
        return type(asked)(*(getattr(asked, f) if f != "room" else room for f in fields))

    nowhere = hub.refusal(CEE, about("cab"))
    assert nowhere.code == Code.NO_SUCH_ROOM
    there = hub.refusal(CEE, about("den"))
    assert (there.code, there.sentence.replace("den", "cab")) == (nowhere.code, nowhere.sentence)
    assert "den" not in {line.room for line in lines(hub, CEE)}
    assert hub.answer(CEE, Whois("ann")).rooms == (LOBBY,)
    (alive,) = hub.send(CEE, Beat())
    assert isinstance(alive, Alive)
    assert dict(alive.heads).keys() == {LOBBY}


def test_heads_of_private_rooms_are_told_to_members() -> None:
    hub = shared()
    hub.send(BOB, Beat())
    hub.carry_out(ANN, Say("den", "x"))
    (alive,) = hub.send(BOB, Beat())
    assert isinstance(alive, Alive)
    assert alive.heads == (("den", 6),)
    (welcome,) = hub.send(BOB, Hello(1, token(2)))
    assert isinstance(welcome, Welcome)
    head = welcome.rooms[1]
    assert (head.room, head.head, head.joined, head.first, head.kind) == (
        "den", 6, 4, 4, Kind.PRIVATE,
    )  # fmt: skip


def test_a_private_room_of_nobody_is_anybodys_again_and_tells_nothing_of_before() -> None:
    hub = shared()
    hub.carry_out(ANN, Subject("den", "our secret"))
    hub.carry_out(ANN, Quit())
    assert hub.refusal(CEE, Join("den")).code == Code.INVITE_ONLY
    hub.carry_out(BOB, Leave("den"))
    again = entered(hub.carry_out(CEE, Join("den")), CEE)
    assert (again.kind, again.subject, again.recent) == (Kind.PRIVATE, "", ())
    assert again.first == again.number
    assert hub.answer(CEE, Who("den")).people[0].role is Role.OWNER
    assert [e.number for e in hub.answer(CEE, Page("den", 1)).events] == [again.number]


def test_who_makes_a_private_room_again_does_not_learn_who_spoke_in_it() -> None:
    hub = shared()
    hub.carry_out(BOB, Say("den", "our secret"))
    hub.carry_out(BOB, Leave("den"))
    hub.carry_out(ANN, Quit())
    hub.carry_out(CEE, Join("den"))
    assert hub.refusal(CEE, Delete("den", "bob")).code == Code.NO_SUCH_MESSAGE


def test_who_was_lost_and_banned_meanwhile_is_not_back_when_the_ban_ends() -> None:
    hub = shared()
    bob = hub.session("bob")
    hub.act(lambda core: core.unreachable(BOB))
    for _ in range(4):  # the grace period is over, and Ann is still there
        hub.wait(10)
        hub.send(ANN, Beat())
    hub.carry_out(ANN, Ban("den", bob, 60))
    hub.carry_out(ANN, Say("den", "while he is banned"))
    hub.send(BOB, Hello(1, token(2), name="Bob"))
    assert hub.refusal(BOB, Join("den")).code == Code.BANNED
    hub.now += 61  # no tick: he is not silent for so long
    assert hub.refusal(BOB, Join("den")).code == Code.INVITE_ONLY


def test_a_ban_ends_an_invitation() -> None:
    hub = shared()
    hub.carry_out(ANN, Invite("den", "cee"))
    hub.carry_out(ANN, Ban("den", "cee"))
    hub.carry_out(ANN, Unban("den", "cee"))
    assert hub.refusal(CEE, Join("den")).code == Code.INVITE_ONLY


def test_the_ban_of_an_address_is_told_to_nobody_outside_a_private_room() -> None:
    hub = Hub()
    for who, name in ((ANN, "Ann"), (CEE, "Cee")):
        hello = Hello(1, token(int.from_bytes(who.routing_id)), name=name)
        hub.act(partial(Core.receive, peer=who, messages=[hello], address="10.0.0.7"))
    hub.carry_out(ANN, DEN)
    hub.carry_out(ANN, Ban("den", "10.0.0.7", 0, "what happened in there"))
    refused = hub.refusal(CEE, Join("den"))
    assert (refused.code, refused.fields) == (Code.INVITE_ONLY, {"room": "den"})


def test_one_connection_with_many_members_is_told_once() -> None:
    door = peer(9, trusted=True)
    hub = house()
    for number in (1, 2):
        hub.send(door, Hello(number, token(number + 10)), Do(number, 1, Join(LOBBY)))
        who = identify(token(number + 10))[0]
        hub.carry_out(ANN, Invite("den", who))
        hub.send(door, Do(number, 2, Join("den")))
    with hub.turn() as left:
        hub.core.receive(ANN, [Do(1, 5, Say("den", "x"))])
    assert [len(m.events) for m in left.to(door) if isinstance(m, Events)] == [1]
    with hub.turn() as left:
        hub.core.receive(door, [Do(1, 3, Leave("den"))])
        hub.core.receive(ANN, [Do(1, 6, Say("den", "y"))])
    assert [type(e) for e in left.heard(door)] == [Exit, Said]


def test_nothing_of_a_private_room_leaves_if_the_commit_fails() -> None:
    hub = shared()
    hub.disk.full = True
    with hub.turn() as left:
        hub.core.receive(ANN, [Do(1, 6, Say("den", "x")), Ask(1, 1, Who("den"))])
    assert list(left.replies) == [ANN]
    assert {type(m) for m in left.to(ANN)} == {Refused}


# ---- subjects


def test_a_subject_is_set_and_taken_away() -> None:
    hub = house()
    (event,) = hub.carry_out(BOB, Subject(LOBBY, "be kind")).events
    assert isinstance(event, SubjectSet)
    assert hub.state.rooms[LOBBY].subject == "be kind"
    (welcome,) = hub.send(CEE, Hello(1, token(3)))
    assert isinstance(welcome, Welcome)
    assert welcome.rooms[0].subject == "be kind"
    hub.carry_out(BOB, Subject(LOBBY, ""))
    assert hub.state.rooms[LOBBY].subject == ""


def test_a_name_is_changed_in_every_room_at_once() -> None:
    hub = shared()
    left = hub.carry_out(BOB, Rename("Rob"))
    assert [e.name for e in left.events] == ["Bob"]
    assert [e.new_name for e in left.heard(ANN)] == ["Rob"]
