"""Heartbeats, silence, grace, idling and carriers: what time and connections do to sessions."""

from __future__ import annotations

import pytest

from broker.core import CHILD_CARRIER, Core
from broker.presence import Due, PresenceSettings
from broker.state import LOBBY
from protocol.commands import Join, Quit, Say
from protocol.errors import Code
from protocol.events import Left, Reason
from protocol.messages import (
    Ack,
    Active,
    Alive,
    Ask,
    Beat,
    Carried,
    Do,
    Ended,
    Hello,
    Refused,
    Stopping,
    Warned,
    Welcome,
)
from protocol.questions import Who
from tests.broker.hub import Hub, peer, token

ANN, BOB = peer(1), peer(2)
DOOR, NEW_DOOR = peer(8, trusted=True), peer(9, trusted=True)


def reasons(hub: Hub) -> list[str]:
    """Return why people left so far."""
    events = (getattr(e.entry, "event", None) for e in hub.disk.committed)
    return [event.reason for event in events if isinstance(event, Left)]


def carry(hub: Hub, carrier: str, *numbers: int, door: str = "nc") -> None:
    """Let people come in through the gateway."""
    for number in numbers:
        hello = Hello(number, token(number), name=f"p{number}", door=door, carrier=carrier)
        hub.send(DOOR, hello, Do(number, 1, Join(LOBBY)))


# ---- beats


def test_a_beat_answers_with_the_heads_that_moved() -> None:
    hub = Hub()
    ann, bob = hub.enter(1, "Ann"), hub.enter(2, "Bob")
    assert hub.send(ann, Beat()) == [Alive("j", ((LOBBY, 2),))]
    assert hub.send(ann, Beat()) == [Alive("j")]
    hub.say(bob, "x")
    assert hub.send(ann, Beat()) == [Alive("j", ((LOBBY, 3),))]
    assert hub.send(bob, Beat()) == [Alive("j", ((LOBBY, 3),))]


def test_a_beat_of_one_who_is_in_no_room() -> None:
    hub = Hub()
    hub.enter(1, "Ann")
    assert hub.send(BOB, Hello(1, token(2)), Beat())[1:] == [Alive("j")]


# ---- silence


def test_the_silent_are_put_out_then_lost() -> None:
    hub = Hub(PresenceSettings(timeout=15, grace=30))
    ann = hub.enter(1, "Ann")
    assert hub.core.next_deadline() == hub.now + 15
    assert not hub.wait(14.9).replies
    left = hub.wait(0.1)
    assert [m.code for m in left.to(ann) if isinstance(m, Refused)] == [Code.HELLO_REQUIRED]
    assert not hub.core._presence.attached
    assert not hub.wait(29.9).events
    (gone,) = hub.wait(0.1).events
    assert isinstance(gone, Left)
    assert (gone.reason, gone.n, gone.name) == (Reason.LOST, 0, "Ann")
    assert hub.core.next_deadline() is None


def test_any_message_is_a_sign_of_life() -> None:
    hub = Hub(PresenceSettings(timeout=15, idle=0))
    ann = hub.enter(1, "Ann")
    for message in (Beat(), Ask(1, 1, Who(LOBBY)), Active(1), Do(1, 2, Say(LOBBY, "x"))):
        hub.now += 14
        hub.send(ann, message)
        assert not hub.wait(0).to(ann)


def test_who_comes_back_within_the_grace_never_left() -> None:
    hub = Hub(PresenceSettings(timeout=15, grace=30))
    hub.enter(1, "Ann")
    hub.wait(16)
    hub.now += 29
    (again,) = hub.send(BOB, Hello(1, token(1)))
    assert isinstance(again, Welcome)
    assert (again.resumed, again.applied, len(again.rooms)) == (True, 1, 1)
    hub.now += 2
    assert not hub.act(Core.tick).events


def test_a_lost_session_is_opened_again_and_its_numbers_go_on() -> None:
    hub = Hub(PresenceSettings(timeout=15, grace=30))
    ann = hub.enter(1, "Ann")
    hub.say(ann, "once")
    hub.wait(16)
    hub.wait(31)
    answers = hub.send(BOB, Hello(1, token(1), name="Ann"), Do(1, 2, Say(LOBBY, "once")))
    first, ack = answers
    assert isinstance(first, Welcome)
    assert (first.resumed, first.applied, first.rooms) == (False, 2, ())
    assert ack == Ack(1, 2)
    assert hub.send(BOB, Do(1, 3, Join(LOBBY)))[0] == Ack(1, 3)
    assert hub.room_numbers() == [1, 2, 3, 4]


def test_a_session_that_quit_is_not_opened_again() -> None:
    hub = Hub()
    ann = hub.enter(1, "Ann")
    hub.do(ann, Quit())
    (answer,) = hub.send(BOB, Hello(1, token(1)))
    assert isinstance(answer, Refused)
    assert answer.code == Code.SESSION_ENDED
    assert answer.fields == {"reason": "quit", "applied": 2}


def test_a_restart_gives_full_grace() -> None:
    hub = Hub(PresenceSettings(timeout=15, grace=30))
    hub.enter(1, "Ann")
    hub.now += 1000
    hub.restart()
    assert not hub.wait(29).events
    assert reasons(hub) == []
    hub.wait(1)
    assert reasons(hub) == [Reason.LOST]


def test_a_peer_that_cannot_be_reached_is_put_out() -> None:
    hub = Hub()
    ann = hub.enter(1, "Ann")
    hub.act(lambda core: core.unreachable(ann))
    hub.act(lambda core: core.unreachable(ann))
    (answer,) = hub.send(ann, Beat())
    assert isinstance(answer, Refused)
    assert answer.code == Code.HELLO_REQUIRED


def test_everybody_is_told_of_a_stop() -> None:
    hub = Hub()
    hub.enter(1, "Ann")
    hub.enter(2, "Bob")
    left = hub.act(Core.stopping)
    assert all(isinstance(left.to(p)[0], Stopping) for p in (ANN, BOB))


# ---- idling


IDLE = PresenceSettings(timeout=1e6, idle=60, idle_warning=15)


def test_the_idle_are_warned_then_put_out() -> None:
    hub = Hub(IDLE)
    ann = hub.enter(1, "Ann", door="nc")
    assert not hub.wait(44).to(ann)
    assert hub.wait(1).to(ann) == [Warned(1, 15)]
    left = hub.wait(15)
    (ended,) = left.to(ann)
    assert isinstance(ended, Ended)
    assert (ended.session, ended.code) == (1, "idle")
    assert ended.sentence
    assert reasons(hub) == [Reason.IDLE]
    (answer,) = hub.send(BOB, Hello(1, token(1)))
    assert isinstance(answer, Refused)
    assert answer.fields["reason"] == "idle"


@pytest.mark.parametrize("door", ["client", "", "NC"])
def test_idling_is_for_the_plain_door(door: str) -> None:
    hub = Hub(IDLE)
    hub.enter(1, "Ann", door=door)
    assert not hub.wait(1000).replies


def test_idling_can_be_turned_off() -> None:
    hub = Hub(PresenceSettings(timeout=1e6, idle=0))
    hub.enter(1, "Ann", door="nc")
    assert not hub.wait(10_000).replies


@pytest.mark.parametrize(
    ("message", "resets"),
    [
        (Active(1), True),
        (Do(1, 2, Say(LOBBY, "x")), True),
        (Do(1, 2, Say(LOBBY, "")), True),
        (Ask(1, 1, Who(LOBBY)), False),
        (Beat(), False),
        (Active(7), False),
    ],
)
def test_what_a_person_does_resets_the_idle_clock(
    message: Active | Do | Ask | Beat, resets: bool
) -> None:
    hub = Hub(IDLE)
    ann = hub.enter(1, "Ann", door="nc")
    hub.wait(50)
    hub.send(ann, message)
    hub.wait(11)
    assert (reasons(hub) == []) is resets
    if resets:
        assert hub.wait(34).to(ann) == [Warned(1, 15)]
        hub.wait(15)
        assert reasons(hub) == [Reason.IDLE]


def test_a_short_limit_warns_halfway() -> None:
    hub = Hub(PresenceSettings(timeout=1e6, idle=10, idle_warning=15))
    ann = hub.enter(1, "Ann", door="nc")
    assert hub.wait(5).to(ann) == [Warned(1, 5)]


def test_who_is_not_connected_does_not_idle() -> None:
    hub = Hub(PresenceSettings(timeout=15, grace=1000, idle=60))
    hub.enter(1, "Ann", door="nc")
    hub.wait(20)
    hub.wait(500)
    assert reasons(hub) == []


# ---- carriers


def test_a_gateway_lists_what_it_carries_and_the_rest_leave_at_once() -> None:
    hub = Hub()
    carry(hub, "g", 1, 2, 3)
    hub.enter(5, "Eve")
    hub.send(NEW_DOOR, Hello(2, token(2), carrier="g"))
    hub.send(NEW_DOOR, Carried("g"))
    assert {s.name for s in hub.state.sessions.values()} == {"p2", "Eve"}
    assert reasons(hub) == [Reason.LOST, Reason.LOST]


def test_another_gateway_keeps_its_people() -> None:
    hub = Hub()
    carry(hub, "g", 1)
    hub.send(NEW_DOOR, Hello(1, token(2), carrier="h"))
    hub.send(NEW_DOOR, Carried("h"))
    assert len(hub.state.sessions) == 2


def test_a_list_that_arrives_late_ends_nobody_on_a_newer_connection() -> None:
    hub = Hub()
    hub.send(NEW_DOOR, Hello(1, token(1), carrier="g", link="l", attempt=2))
    hub.send(DOOR, Hello(2, token(2), carrier="g", link="l", attempt=1), Carried("g"))
    assert len(hub.state.sessions) == 2


def test_a_stranger_says_nothing_about_gateways() -> None:
    hub = Hub()
    carry(hub, "g", 1)
    ann = hub.enter(4, "Ann")
    (answer,) = hub.send(ann, Carried("g"))
    assert isinstance(answer, Refused)
    assert answer.code == Code.NOT_TRUSTED
    assert len(hub.state.sessions) == 2


def test_the_child_takes_its_people_with_it() -> None:
    hub = Hub()
    carry(hub, CHILD_CARRIER, 1, 2)
    carry(hub, "other", 3)
    hub.act(lambda core: core.carrier_ended(CHILD_CARRIER))
    assert {s.name for s in hub.state.sessions.values()} == {"p3"}
    assert set(hub.core._presence.attached) == set(hub.state.sessions)


@pytest.mark.parametrize("seconds", [31, 61])
def test_a_carrier_ends_in_the_turn_in_which_its_people_would_leave(seconds: float) -> None:
    """A broker that slept finds both due in one turn."""
    hub = Hub(PresenceSettings(timeout=1e6, grace=30, idle=60))
    carry(hub, "g", 1, 2)
    if seconds == 31:
        hub.act(lambda core: core.unreachable(DOOR))
    hub.now += seconds

    def end(core: Core) -> None:
        core.carrier_ended("g")
        core.tick()

    hub.act(end)
    assert reasons(hub) == [Reason.LOST, Reason.LOST]


def test_private_rooms_do_not_wait_for_people_of_a_child_that_is_gone() -> None:
    hub = Hub()
    carry(hub, CHILD_CARRIER, 1)
    hub.send(DOOR, Do(1, 2, Join("vault", private=True)))
    ann = hub.enter(5, "Ann")
    assert hub.send(ann, Do(1, 2, Join("vault")))[0].code == Code.INVITE_ONLY  # type: ignore[union-attr]
    hub.act(lambda core: core.carrier_ended(CHILD_CARRIER))
    assert hub.send(ann, Do(1, 2, Join("vault")))[0] == Ack(1, 2)
    refused = hub.send(NEW_DOOR, Hello(1, token(1), carrier=CHILD_CARRIER))
    assert [message.code for message in refused] == [Code.SESSION_ENDED]  # type: ignore[union-attr]


def test_a_session_closed_and_opened_again_in_one_turn_stays_connected() -> None:
    hub = Hub()
    carry(hub, "g", 1)
    with hub.turn() as left:
        hub.core.receive(NEW_DOOR, [Hello(9, token(9)), Carried("g")])
        hub.core.receive(NEW_DOOR, [Hello(1, token(1), name="p1", carrier="g")])
    assert [w.resumed for w in left.to(NEW_DOOR) if isinstance(w, Welcome)] == [False, False]
    attachment = hub.core._presence.attached[hub.session("p1")]
    assert attachment.connection.peer == NEW_DOOR
    assert hub.send(NEW_DOOR, Do(1, 2, Join(LOBBY)))[0] == Ack(1, 2)


def test_deadlines_are_forgotten_with_their_session() -> None:
    hub = Hub(IDLE)
    ann = hub.enter(1, "Ann", door="nc")
    session = hub.session("Ann")
    hub.do(ann, Quit())
    assert not any((due, session) in hub.core._presence._sessions for due in Due)
    assert not hub.core._presence.connections[ann].sessions
