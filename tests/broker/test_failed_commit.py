"""A turn whose commit failed took no effect, and everybody in it is told to try again."""

from __future__ import annotations

import pytest

from broker.core import Core
from broker.presence import PresenceSettings
from broker.state import LOBBY
from protocol.codec import Malformed
from protocol.commands import Command, Invite, Join, Quit, Rename, Say
from protocol.errors import Code
from protocol.messages import (
    Ack,
    Alive,
    Ask,
    Beat,
    Carried,
    Do,
    Ended,
    Hello,
    Refused,
    Warned,
    Welcome,
)
from protocol.questions import Who
from tests.broker.hub import Hub, peer, token

ANN, BOB, CEE = peer(1), peer(2), peer(3)
IDLE = PresenceSettings(timeout=1e6, grace=30, idle=60, idle_warning=15)


def full(presence: PresenceSettings | None = None) -> Hub:
    """Return a broker with Ann and Bob, and a disk that is full."""
    hub = Hub(presence)
    hub.enter(1, "Ann", door="nc")
    hub.enter(2, "Bob", door="nc")
    hub.disk.full = True
    return hub


def recover(hub: Hub) -> None:
    """Let the probe succeed, as the adapter would."""
    hub.disk.full = False
    hub.core.writable = True


def test_every_hello_command_and_question_of_the_turn_is_refused() -> None:
    hub = full()
    with hub.turn() as left:
        hub.core.receive(ANN, [Do(1, 2, Say(LOBBY, "lost")), Do(1, 3, Say("nowhere", "x"))])
        hub.core.receive(BOB, [Ask(1, 9, Who(LOBBY)), Malformed(Code.UNKNOWN_COMMAND, 1, 2, 0)])
        hub.core.receive(CEE, [Hello(1, token(3), name="Cee"), Do(1, 1, Join(LOBBY))])
    assert not left.published
    for who in (ANN, BOB, CEE):
        for message in left.to(who):
            assert isinstance(message, Refused)
            assert message.code == Code.JOURNAL_UNAVAILABLE
            assert int(message.fields["retry_after"]) > 0
            assert message.sentence
    addresses = [(m.session, m.n, m.request) for m in left.to(ANN) if isinstance(m, Refused)]
    assert addresses == [(1, 2, 0), (1, 3, 0)]
    addresses = [(m.session, m.n, m.request) for m in left.to(BOB) if isinstance(m, Refused)]
    assert addresses == [(1, 0, 9), (1, 2, 0)]
    assert hub.state.snapshot() == hub.fold().snapshot()
    assert set(hub.core._presence.attached) == set(hub.state.sessions)


def test_nothing_is_written_until_a_probe_succeeds_and_no_number_is_lost() -> None:
    hub = full()
    hub.say(ANN, "lost")
    assert not hub.core.writable
    hub.disk.full = False
    (answer,) = hub.send(ANN, Do(1, 2, Say(LOBBY, "again")))
    assert isinstance(answer, Refused)
    assert answer.code == Code.JOURNAL_UNAVAILABLE
    (answer,) = hub.send(CEE, Hello(1, token(3)))
    assert isinstance(answer, Refused)
    assert answer.code == Code.JOURNAL_UNAVAILABLE
    assert not hub.core.turn.entries
    recover(hub)
    assert hub.send(ANN, Do(1, 2, Say(LOBBY, "again"))) == [Ack(1, 2)]
    assert hub.room_numbers() == [1, 2, 3]


def test_what_needs_no_commit_goes_on() -> None:
    hub = full()
    hub.say(ANN, "lost")
    (again,) = hub.send(CEE, Hello(1, token(1)))
    assert isinstance(again, Welcome)
    assert again.resumed
    assert isinstance(hub.send(CEE, Beat())[0], Alive)
    assert hub.send(CEE, Do(1, 1, Join(LOBBY))) == [Ack(1, 1)]
    (answer,) = hub.send(CEE, Do(1, 9, Join(LOBBY)))
    assert isinstance(answer, Refused)
    assert answer.code == Code.NUMBER_EXPECTED


@pytest.mark.parametrize("command", [Quit(), Rename("Cee"), Say(LOBBY, "x")])
def test_the_session_is_as_before(command: Command) -> None:
    hub = full(IDLE)
    before = hub.fold().snapshot()
    hub.send(ANN, Do(1, 2, command))
    assert hub.state.snapshot() == before
    recover(hub)
    assert hub.send(ANN, Do(1, 2, command)) == [Ack(1, 2)]
    assert hub.state.snapshot() == hub.fold().snapshot()


def test_who_did_not_come_into_a_private_room_after_all_hears_nothing_of_it() -> None:
    hub = full()
    hub.disk.full = False
    hub.do(ANN, Join("den", private=True))
    hub.do(ANN, Invite("den", "Bob"))
    hub.disk.full = True
    with hub.turn():
        hub.core.receive(BOB, [Do(1, 2, Join("den"))])
        hub.core.receive(ANN, [Do(1, 4, Say("den", "lost"))])
    recover(hub)
    left = hub.carry_out(ANN, Say("den", "ours"))
    assert [event.text for event in left.heard(ANN)] == ["ours"]
    assert not left.to(BOB)


def test_an_open_that_failed_leaves_no_trace_and_may_be_repeated() -> None:
    hub = full()
    hub.send(CEE, Hello(1, token(3), name="Cee"), Do(1, 1, Join(LOBBY)))
    assert len(hub.core._presence.attached) == 2
    assert hub.core._presence.connections[CEE].sessions == {}
    recover(hub)
    answers = hub.send(CEE, Hello(1, token(3), name="Cee"), Do(1, 1, Join(LOBBY)))
    assert isinstance(answers[0], Welcome)
    assert answers[1] == Ack(1, 1)


def test_who_was_to_be_lost_is_lost_later() -> None:
    hub = full(IDLE)
    hub.act(lambda core: core.unreachable(ANN))
    hub.wait(30)
    assert len(hub.state.sessions) == 2
    assert not hub.wait(30).events
    recover(hub)
    hub.wait(0)
    assert [s.name for s in hub.state.sessions.values()] == ["Bob"] or not hub.state.sessions
    assert hub.state.snapshot() == hub.fold().snapshot()


def test_who_was_to_be_put_out_for_idling_starts_afresh() -> None:
    hub = full(IDLE)
    hub.wait(45)
    hub.wait(15)
    assert len(hub.state.sessions) == 2
    recover(hub)
    assert hub.wait(45).to(ANN) == [Warned(1, 15)]
    (ended,) = hub.wait(15).to(ANN)
    assert isinstance(ended, Ended)


def test_a_session_taken_over_in_a_failed_turn_is_told_all_the_same() -> None:
    hub = full()
    with hub.turn() as left:
        hub.core.receive(CEE, [Hello(1, token(1))])
        hub.core.receive(BOB, [Do(1, 2, Say(LOBBY, "x"))])
    assert [type(m) for m in left.to(ANN)] == [Ended]
    assert [type(m) for m in left.to(CEE)] == [Refused]
    assert isinstance(hub.send(CEE, Hello(1, token(1)))[0], Welcome)


def test_warnings_answers_to_beats_and_rejections_survive_a_failed_turn() -> None:
    hub = full(IDLE)
    hub.send(BOB, Do(1, 2, Say(LOBBY, "x")))
    recover(hub)
    hub.now += 45
    hub.disk.full = True
    with hub.turn() as left:
        hub.core.receive(BOB, [Do(1, 2, Say(LOBBY, "x")), Beat(), Carried("g")])
        hub.core.receive(CEE, [Beat()])
        hub.core.unreadable(CEE)
        hub.core.tick()
    assert left.to(ANN) == [Warned(1, 15)]
    assert [m.code for m in left.to(CEE) if isinstance(m, Refused)] == [
        Code.HELLO_REQUIRED,
        Code.BAD_MESSAGE,
    ]
    assert [m.code if isinstance(m, Refused) else m for m in left.to(BOB)] == [
        Alive("j"),
        Code.NOT_TRUSTED,
        Code.JOURNAL_UNAVAILABLE,
    ]


def test_a_head_that_was_told_and_lost_is_told_again() -> None:
    """Else the loss of the last message would not be seen."""
    hub = full()
    hub.send(ANN, Beat())
    with hub.turn():
        hub.core.receive(BOB, [Do(1, 2, Say(LOBBY, "lost"))])
        hub.core.receive(ANN, [Beat()])
    recover(hub)
    hub.send(BOB, Do(1, 2, Say(LOBBY, "kept")))
    assert hub.send(ANN, Beat()) == [Alive("j", ((LOBBY, 3),))]


def test_a_child_that_ends_while_nothing_can_be_stored() -> None:
    hub = full()
    hub.send(peer(9, trusted=True), Hello(1, token(9)))
    hub.act(lambda core: core.carrier_ended(""))
    assert len(hub.state.sessions) == 2
    assert set(hub.core._presence.attached) == set(hub.state.sessions)
    recover(hub)
    hub.act(Core.tick)
    assert not hub.state.sessions


def test_a_subscription_in_a_failed_turn_learns_the_head_as_it_is() -> None:
    hub = full()

    def fail(core: Core) -> None:
        core.receive(ANN, [Do(1, 2, Say(LOBBY, "lost"))])
        core.subscribed(b"lobby\0")

    def make(core: Core) -> None:
        core.receive(ANN, [Do(1, 2, Join("dev"))])
        core.subscribed(b"dev\0")

    ((topic, head),) = hub.act(fail).published
    assert topic == b"lobby\0"
    assert getattr(head, "head", None) == 2
    recover(hub)
    hub.disk.full = True
    assert not hub.act(make).published
