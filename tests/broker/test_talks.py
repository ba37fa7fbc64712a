"""Conversations of two: who is brought in, what is kept for the absent, and when it is over."""

from __future__ import annotations

from typing import Any

import pytest

from broker import decide_words, state
from broker.presence import PresenceSettings
from broker.state import LOBBY
from protocol.commands import (
    Delete,
    Edit,
    Ignore,
    Invite,
    Join,
    Leave,
    Mute,
    Quit,
    Rename,
    Say,
    Subject,
    Tell,
)
from protocol.errors import Code
from protocol.events import Joined, Left, Reason, Said
from protocol.limits import Limits
from protocol.messages import Ack, Entered, Events, Hello, Welcome
from protocol.questions import Acts, Kind, Page, Role, Rooms, Who, Whois
from protocol.room_names import talk
from tests.broker.hub import Hub, peer, token
from tests.broker.hub import Left as Sent

ANN, BOB, CEE = peer(1), peer(2), peer(3)


def house(presence: PresenceSettings | None = None) -> Hub:
    hub = Hub(presence or PresenceSettings(timeout=1e6, grace=30))
    for number, name in enumerate(("Ann", "Bob", "Cee"), 1):
        hub.enter(number, name)
    return hub


def between(hub: Hub, one: str = "Ann", other: str = "Bob") -> str:
    return talk(hub.session(one), hub.session(other))


def entered(left: Sent, who: Any) -> Entered:
    (found,) = (m for m in left.to(who) if isinstance(m, Entered))
    return found


def lose(hub: Hub, who: Any) -> None:
    """Let a connection break and the grace period pass."""
    hub.act(lambda core: core.unreachable(who))
    hub.wait(31)


def test_the_first_words_bring_both_in_and_tell_each_who_the_other_is() -> None:
    hub = house()
    left = hub.carry_out(ANN, Tell("BOB", "psst"))
    room = between(hub)
    assert not left.published
    assert CEE not in left.replies
    for who, n, other in ((ANN, 2, "Bob"), (BOB, 0, "Ann")):
        told = entered(left, who)
        assert (told.n, told.room, told.kind, told.first) == (n, room, Kind.TALK, 1)
        assert (told.other, told.other_name) == (hub.session(other), other)
        assert (told.total, told.head) == (2, 3)
    assert [type(m) for m in left.to(ANN)] == [Ack, Entered, Events]
    assert [type(e) for e in left.heard(ANN)] == [Joined, Joined, Said]
    assert [e.n for e in left.heard(ANN)] == [0, 0, 2]
    assert [type(e) for e in left.heard(BOB)] == [Joined, Said]
    again = hub.carry_out(BOB, Tell("ann", "what?"))
    assert [type(m) for m in again.to(BOB)] == [Ack, Events]
    assert [e.text for e in again.heard(ANN)] == ["what?"]
    assert hub.state.snapshot() == hub.fold().snapshot()


def test_both_read_all_of_it_and_nobody_else_anything() -> None:
    hub = house()
    hub.carry_out(ANN, Tell("bob", "psst"))
    room = between(hub)
    assert [e.number for e in hub.answer(BOB, Page(room, 1)).events] == [1, 2, 3]
    for asked in (Page(room, 1), Who(room), Say(room, "x"), Join(room), Leave(room)):
        refused, nowhere = hub.refusal(CEE, asked), hub.refusal(CEE, Join("@x:y"))
        assert refused.code == nowhere.code == Code.NO_SUCH_ROOM
    assert hub.answer(ANN, Rooms()).total == 1
    assert hub.answer(ANN, Whois("bob")).rooms == (LOBBY,)
    acts = (Mute(room, "bob"), Delete(room, "bob"), Acts(room))
    for command in (Invite(room, "cee"), Subject(room, "x"), *acts):
        assert hub.refusal(ANN, command).code == Code.NOT_IN_PRIVATE


def test_who_left_comes_back_by_themselves_or_by_being_told_something() -> None:
    hub = house()
    hub.carry_out(ANN, Tell("bob", "one"))
    room = between(hub)
    hub.carry_out(BOB, Leave(room))
    back = entered(hub.carry_out(BOB, Join(room)), BOB)
    assert [e.text for e in back.recent if isinstance(e, Said)] == ["one"]
    hub.carry_out(BOB, Leave(room))
    left = hub.carry_out(ANN, Say(room, "two"))
    assert (entered(left, BOB).n, entered(left, BOB).other_name) == (0, "Ann")
    assert [getattr(e, "text", "") for e in left.heard(BOB)] == ["", "two"]
    hub.carry_out(BOB, Leave(room))
    hub.carry_out(ANN, Leave(room))
    left = hub.carry_out(ANN, Tell("bob", "three"))
    assert entered(left, ANN).n == hub.applied(ANN)
    assert {ANN, BOB} == set(left.replies)


def test_what_is_said_to_who_was_lost_is_there_when_they_are_back() -> None:
    hub = house()
    hub.carry_out(ANN, Tell("bob", "one"))
    room = between(hub)
    bob = hub.session("Bob")
    lose(hub, BOB)
    assert bob in hub.state.rooms[room].members
    assert bob not in hub.state.rooms[LOBBY].members
    hub.carry_out(ANN, Say(room, "two"))
    hub.carry_out(ANN, Tell("bob", "three"))
    hub.carry_out(ANN, Tell(bob, "four"))
    people = hub.answer(ANN, Who(room)).people
    assert [(p.name, p.role) for p in people] == [("Ann", Role.NONE), ("Bob", Role.NONE)]
    hub.restart()
    hub.send(ANN, Hello(1, token(1)))
    with hub.turn() as left:
        hub.core.receive(BOB, [Hello(1, token(2), name="Rob")])
    (welcome,) = left.to(BOB)[:1]
    assert isinstance(welcome, Welcome)
    assert not welcome.resumed
    (head,) = welcome.rooms
    assert (head.room, head.first, head.other_name) == (room, 1, "Ann")
    assert [e.new_name for e in left.heard(ANN)] == ["Rob"]
    texts = [getattr(e, "text", "") for e in hub.answer(BOB, Page(room, 1)).events]
    assert texts == ["", "", "one", "two", "three", "four", ""]


def test_it_is_over_when_one_is_gone_for_good_and_stays_readable() -> None:
    hub = house()
    hub.carry_out(ANN, Tell("bob", "one"))
    room, bob = between(hub), hub.session("Bob")
    left = hub.carry_out(BOB, Quit())
    assert [e.reason for e in left.heard(ANN)] == [Reason.QUIT]
    for said in (Say(room, "x"), Tell(bob, "x")):
        refused = hub.refusal(ANN, said)
        assert (refused.code, refused.fields) == (Code.NO_SUCH_PERSON, {"who": "Bob"})
    assert hub.refusal(ANN, Tell("bob", "x")).code == Code.NO_SUCH_PERSON
    assert len(hub.answer(ANN, Page(room, 1)).events) == 4
    (welcome,) = hub.send(ANN, Hello(1, token(1)))
    assert isinstance(welcome, Welcome)
    assert welcome.rooms[1].other_name == "Bob"


def test_nobody_comes_into_what_two_said_who_are_both_gone() -> None:
    hub = house()
    hub.carry_out(ANN, Tell("bob", "psst"))
    room = between(hub)
    hub.carry_out(ANN, Quit())
    hub.carry_out(BOB, Quit())
    assert hub.refusal(CEE, Join(room)).code == Code.NO_SUCH_ROOM


def test_one_does_not_talk_to_oneself_and_what_is_said_may_be_changed() -> None:
    hub = house()
    assert hub.refusal(ANN, Tell("ann", "x")).code == Code.YOURSELF
    assert hub.refusal(ANN, Tell("bob", " ")).code == Code.TEXT_EMPTY
    hub.carry_out(ANN, Tell("bob", "one"))
    left = hub.carry_out(ANN, Edit(between(hub), "two"))
    assert [e.text for e in left.heard(BOB)] == ["two"]
    assert [e.new_name for e in hub.carry_out(BOB, Rename("Rob")).heard(ANN)] == ["Rob"]


def test_those_who_are_told_something_are_not_kept_from_other_rooms_by_it() -> None:
    limits = Limits(rooms=2, burst=0, joins_per_minute=0)
    hub = Hub(limits=limits)
    for number, name in enumerate(("Ann", "Bob", "Cee", "Dan"), 1):
        hub.enter(number, name)
    hub.carry_out(ANN, Tell("bob", "x"))
    assert hub.refusal(ANN, Tell("cee", "x")).code == Code.TOO_MANY_ROOMS
    hub.carry_out(BOB, Join("dev"))
    hub.carry_out(CEE, Tell("bob", "x"))
    hub.carry_out(peer(4), Tell("bob", "x"))
    assert len(hub.state.sessions[hub.session("Bob")].rooms) == 5
    hub.carry_out(BOB, Tell("dan", "the talk is there already"))


def test_past_very_many_conversations_one_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """First one of which the other is gone, then the oldest: a Welcome stays small."""
    monkeypatch.setattr(decide_words, "TALKS_KEPT", 2)
    hub = house()
    dan, eve = hub.enter(4, "Dan"), hub.enter(5, "Eve")
    hub.carry_out(BOB, Tell("ann", "x"))
    hub.carry_out(CEE, Tell("ann", "x"))
    with_bob, with_cee = between(hub), between(hub, "Ann", "Cee")
    hub.carry_out(CEE, Quit())
    left = hub.carry_out(dan, Tell("ann", "x"))
    assert (LOBBY, with_bob) == tuple(hub.state.sessions[hub.session("Ann")].rooms)[:2]
    assert [e.reason for e in left.heard(ANN) if isinstance(e, Left)] == [Reason.LEFT]
    assert not hub.state.rooms[with_cee].members
    hub.carry_out(eve, Tell("ann", "x"))
    assert hub.session("Ann") not in hub.state.rooms[with_bob].members
    assert hub.state.snapshot() == hub.fold().snapshot()


def test_who_was_lost_long_ago_leaves_and_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "ENDED_SESSIONS_KEPT", 1)
    hub = house()
    hub.carry_out(ANN, Tell("bob", "x"))
    hub.carry_out(BOB, Join("den", private=True))
    hub.carry_out(BOB, Ignore("cee"))
    room, bob = between(hub), hub.session("Bob")
    lose(hub, BOB)
    assert hub.state.rooms["den"].readers.keys() == {bob}
    left = hub.carry_out(CEE, Quit())
    assert [e.reason for e in left.heard(ANN)] == [Reason.LOST]
    assert list(hub.state.ended) != [bob]
    assert bob not in hub.state.rooms[room].members
    assert hub.state.rooms["den"].owner == ""
    assert not hub.state.rooms["den"].readers
    assert hub.refusal(ANN, Say(room, "x")).code == Code.NO_SUCH_PERSON
    assert hub.state.snapshot() == hub.fold().snapshot()
