"""Links against a real core in memory: everything that a connection can go through."""

from __future__ import annotations

import pytest

from broker.presence import PresenceSettings
from broker.state import LOBBY
from client.notices import (
    Answered,
    BrokerStopping,
    CommandDelayed,
    CommandRefused,
    HelloRefused,
    IdleWarning,
    JournalChanged,
    QuestionRefused,
    RoomClosed,
    RoomEntered,
    RoomEvents,
    SessionOver,
    Settled,
    Status,
    StatusChanged,
    Welcomed,
)
from protocol.commands import Quit, Rename, Say
from protocol.errors import Code, LinkError
from protocol.events import Joined, Left, Reason, Said
from protocol.limits import PAGE_EVENTS
from protocol.questions import Page, People, Who
from tests.loopback import Loop, Node

PRESENCE = PresenceSettings(timeout=15, grace=30, idle=60, idle_warning=15)


def settled(node: Node) -> list[int]:
    """Return the serials of all commands that were settled, in order."""
    return [pending.serial for notice in node.told(Settled) for pending in notice.commands]


def committed(loop: Loop) -> list[str]:
    """Return all that was said, as the journal has it."""
    events = [entry.event for _, entry in loop.journal.entries() if hasattr(entry, "event")]
    return [event.text for event in events if isinstance(event, Said)]


def numbers(node: Node) -> list[int]:
    return [event.number for event in node.events]


def pair() -> tuple[Loop, Node, int, Node, int]:
    """Return Ann and Bob, both in the lobby."""
    loop = Loop(PRESENCE)
    ann, bob = loop.node(), loop.node()
    a = ann.open(1, "Ann")
    loop.settle()
    b = bob.open(2, "Bob")
    loop.settle()
    return loop, ann, a, bob, b


def test_open_join_and_say() -> None:
    loop, ann, a, bob, b = pair()
    serials = ann.say(a, "hello", "there")
    loop.settle()
    assert [n.welcome.name for n in ann.told(Welcomed)] == ["Ann"]
    assert settled(ann)[-2:] == serials
    (entered,) = bob.told(RoomEntered)
    assert (entered.session, entered.room, entered.number) == (b, LOBBY, 2)
    assert ann.texts == bob.texts == ["hello", "there"]
    assert numbers(ann) == [1, 2, 3, 4]
    assert numbers(bob) == [2, 3, 4]
    assert ann.link.unsettled(a) == 0
    assert ann.link.status is Status.CONNECTED
    assert [n.status for n in ann.told(StatusChanged)] == [Status.CONNECTED]


def test_everything_waits_until_the_broker_is_there() -> None:
    loop = Loop(PRESENCE)
    loop.kill()
    ann = loop.node()
    a = ann.open(1, "Ann")
    ann.say(a, "early")
    loop.wait(30)
    assert ann.link.status is Status.WAITING
    assert ann.link.unsettled(a) == 2
    loop.start()
    loop.wait(6)
    assert ann.texts == ["early"]


def test_after_a_reconnect_what_was_not_acknowledged_takes_effect_once() -> None:
    loop, ann, a, bob, _ = pair()
    serials = ann.say(a, "one", "two")
    ann.turn()
    loop._turn()  # applied, and the acknowledgement is lost
    ann.cut()
    serials += ann.say(a, "three")
    loop.wait(6)
    assert committed(loop) == bob.texts == ann.texts == ["one", "two", "three"]
    assert settled(ann)[-3:] == serials
    assert not any(isinstance(event, Left) for event in bob.events)
    assert [n.again for n in ann.told(Welcomed)] == [False, False]


def test_a_command_that_never_arrived_is_sent_again() -> None:
    loop, ann, a, bob, _ = pair()
    ann.say(a, "lost on the way")
    ann.turn()
    loop.incoming.clear()
    ann.cut()
    loop.wait(6)
    assert bob.texts == ["lost on the way"]


def test_a_broker_that_is_killed_and_starts_again() -> None:
    loop, ann, a, bob, b = pair()
    ann.say(a, "before")
    loop.settle()
    loop.kill()
    ann.say(a, "meanwhile")
    bob.say(b, "me too")
    loop.wait(3)
    loop.start()
    loop.wait(12)
    assert sorted(committed(loop)) == ["before", "me too", "meanwhile"]
    assert ann.texts == bob.texts == committed(loop)
    assert numbers(ann) == [1, 2, 3, 4, 5]
    assert not any(isinstance(event, Left) for event in ann.events)


def test_a_crash_between_commit_and_answer_says_nothing_twice() -> None:
    loop, ann, a, bob, _ = pair()
    ann.say(a, "once")
    ann.turn()
    loop._turn()
    loop.kill()
    loop.start()
    loop.wait(6)
    assert committed(loop) == bob.texts == ann.texts == ["once"]


def test_a_lost_session_is_opened_again_and_enters_its_rooms_before_what_was_pending() -> None:
    loop, ann, a, bob, _ = pair()
    ann.mute = True
    ann.say(a, "I was away")
    loop.wait(60)
    (left,) = (event for event in bob.events if isinstance(event, Left))
    assert left.reason == Reason.LOST
    ann.mute = False
    loop.wait(12)
    assert [n.again for n in ann.told(Welcomed)] == [False, True]
    assert bob.texts == ["I was away"]
    assert [type(event) for event in bob.events[-2:]] == [Joined, Said]
    assert ann.texts == ["I was away"]
    assert numbers(ann)[-1] == 5


def test_a_session_closed_without_a_word_says_hello_again() -> None:
    """Two gateways with one carrier: the people of one are ended by the list of the other."""
    loop = Loop(PRESENCE)
    gate = loop.node(carrier="g")
    a = gate.open(1, "Ann")
    loop.settle()
    loop.core.begin(loop.now, 0)
    loop.core.carrier_ended("g")
    loop.journal.commit(loop.core.turn.entries)
    loop.core.committed(loop.journal)
    request = gate.link.ask(a, Who(LOBBY))
    serials = gate.say(a, "still here", "and again")
    loop.wait(6)
    assert not gate.told(CommandRefused)
    assert settled(gate)[-2:] == serials
    assert committed(loop) == ["still here", "and again"]
    answered = [n.request for n in gate.told(Answered)]
    assert answered + [n.request for n in gate.told(QuestionRefused)] == [request]


def test_another_journal_gives_fresh_numbers() -> None:
    loop, ann, a, bob, b = pair()
    ann.say(a, *map(str, range(20)))
    loop.settle()
    loop.kill()
    loop.start_with_new_journal()
    loop.wait(6)
    assert len(ann.told(JournalChanged)) == len(bob.told(JournalChanged)) == 1
    ann.say(a, "new")
    bob.say(b, "world")
    loop.wait(6)
    assert ann.texts[-2:] == bob.texts[-2:] == ["new", "world"]
    assert set(committed(loop)) == {"new", "world"}
    assert ann.link.unsettled(a) == 0
    after = numbers(ann)[numbers(ann).index(22) + 1 :]
    assert after == list(range(after[0], after[0] + len(after)))


def test_the_loss_of_the_last_message_shows_at_the_next_beat() -> None:
    loop, ann, a, bob, _ = pair()
    bob.loses_broadcasts = True
    ann.say(a, "the last")
    loop.settle()
    bob.loses_broadcasts = False
    assert bob.texts == []
    loop.wait(5.2)
    assert bob.texts == ["the last"]
    assert numbers(bob) == [2, 3]
    assert bob.link.repaired > 0


def test_a_hole_is_repaired_at_once() -> None:
    loop, ann, a, bob, _ = pair()
    bob.loses_broadcasts = True
    ann.say(a, "lost")
    loop.settle()
    bob.loses_broadcasts = False
    ann.say(a, "seen")
    loop.wait(0.2)
    assert bob.texts == ["lost", "seen"]


def test_a_large_hole_comes_in_pages() -> None:
    loop, ann, a, bob, _ = pair()
    bob.loses_broadcasts = True
    ann.say(a, *map(str, range(2 * PAGE_EVENTS + 500)))
    loop.settle()
    bob.loses_broadcasts = False
    loop.wait(6)
    assert bob.texts == [str(i) for i in range(2 * PAGE_EVENTS + 500)]


def test_a_silent_sub_is_replaced_after_two_beats() -> None:
    loop, ann, a, bob, _ = pair()
    before = bob.subscribed
    bob.topics.clear()
    for index in range(3):
        ann.say(a, f"{index}")
        loop.wait(5)
    assert bob.subscribed == before + 1
    ann.say(a, "heard at once")
    loop.wait(0.2)
    assert bob.texts == ["0", "1", "2", "heard at once"]


def test_a_silent_sub_of_a_slow_room_is_replaced_too() -> None:
    loop, ann, a, bob, _ = pair()
    before = bob.subscribed
    bob.topics.clear()
    for index in range(3):
        ann.say(a, f"{index}")
        loop.wait(12)
    assert bob.subscribed == before + 1


def test_a_quiet_room_keeps_its_sub() -> None:
    loop, ann, a, bob, _ = pair()
    before = bob.subscribed
    for _ in range(20):
        ann.say(a, "x")
        loop.wait(7)
    assert bob.subscribed == before


def test_a_broken_sub_is_made_again() -> None:
    loop, ann, a, bob, _ = pair()
    bob.topics.clear()
    ann.say(a, "missed")
    loop.settle()
    bob.link.broadcasts_lost(loop.now)
    loop.wait(0.2)
    assert bob.texts == ["missed"]


def test_a_quit_delivers_ones_own_last_event_and_ends_the_session() -> None:
    loop, ann, a, bob, _ = pair()
    ann.say(a, "bye")
    ann.link.submit(a, Quit())
    loop.settle()
    assert [(n.session, n.code) for n in ann.told(SessionOver)] == [(a, "quit")]
    last = ann.events[-1]
    assert isinstance(last, Left)
    assert last.reason == Reason.QUIT
    assert isinstance(bob.events[-1], Left)
    assert ann.told(RoomClosed)
    assert isinstance(ann.notices[-1], SessionOver | RoomClosed)
    with pytest.raises(LinkError):
        ann.link.submit(a, Say(LOBBY, "x"))


def test_a_quit_whose_last_event_is_lost_ends_soon() -> None:
    loop, ann, a, _, _ = pair()
    ann.loses_broadcasts = True
    ann.link.submit(a, Quit())
    loop.wait(3)
    assert [n.code for n in ann.told(SessionOver)] == ["quit"]


@pytest.mark.parametrize("room", ["", LOBBY])
def test_a_quit_whose_acknowledgement_is_lost_is_settled_on_return(room: str) -> None:
    loop = Loop(PRESENCE)
    ann = loop.node()
    a = ann.open(1, "Ann", room=room)
    loop.settle()
    serial = ann.link.submit(a, Quit())
    ann.turn()
    loop._turn()
    ann.cut()
    loop.wait(6)
    assert settled(ann)[-1] == serial
    assert [n.code for n in ann.told(SessionOver)] == ["quit"]
    assert not loop.core.state.sessions


@pytest.mark.parametrize("name", ["ann", "a b"])
def test_a_hello_that_is_refused_is_told_and_forgotten(name: str) -> None:
    loop, _, _, bob, _ = pair()
    cee = loop.node()
    c = cee.open(3, name)
    loop.wait(60)
    (refused,) = cee.told(HelloRefused)
    assert refused.session == c
    assert cee.link.unsettled(c) == 0
    again = cee.open(3, "Cee")
    loop.wait(6)
    assert cee.told(Welcomed)[-1].session == again
    assert isinstance(bob.events[-1], Joined)


def test_a_name_taken_while_one_was_lost_is_given_up_for_the_id() -> None:
    loop, ann, a, bob, b = pair()
    ann.mute = True
    loop.wait(60)
    bob.link.submit(b, Rename("Ann"))
    loop.full = True
    loop.settle()
    ann.say(a, "pending")
    loop.full = False
    ann.mute = False
    loop.wait(30)
    assert not ann.told(HelloRefused)
    again = ann.told(Welcomed)[-1]
    assert again.again
    assert again.welcome.name == again.welcome.user_id
    said = [event for event in bob.events if isinstance(event, Said) and event.text == "pending"]
    assert [event.name for event in said] == [again.welcome.name]


def test_who_is_taken_over_does_not_come_back_by_itself() -> None:
    loop, ann, a, bob, _ = pair()
    other = loop.node()
    other.open(1, "Ann", room="")
    loop.wait(1)  # there are no last events to wait for
    assert [(n.session, n.code) for n in ann.told(SessionOver)] == [(a, "taken_over")]
    loop.wait(2)
    ann.cut()
    loop.wait(120)
    assert len(ann.told(Welcomed)) == 1
    assert len(other.told(Welcomed)) == 1
    assert not any(isinstance(event, Left) for event in bob.events)
    (entered,) = other.told(RoomEntered)  # what was before can be asked for
    assert (entered.number, entered.entered) == (3, None)


def test_many_sessions_on_one_link() -> None:
    loop = Loop(PRESENCE)
    gate = loop.node(carrier="g")
    sessions = [gate.open(i, f"p{i}") for i in range(1, 301)]
    loop.settle()
    assert len(gate.told(RoomEntered)) == 300
    assert numbers(gate) == list(range(1, 301))
    for session in sessions:
        gate.say(session, f"from {session}")
    gate.turn()
    loop._turn()
    gate.cut()
    loop.wait(6)
    assert sorted(committed(loop)) == sorted(f"from {s}" for s in sessions)
    assert gate.texts == committed(loop)
    for session in sessions[:299]:
        gate.link.submit(session, Quit())
    loop.settle()
    assert len(gate.told(SessionOver)) == 299
    assert not gate.told(RoomClosed)
    gate.link.submit(sessions[-1], Quit())
    loop.settle()
    assert gate.told(RoomClosed)
    assert numbers(gate) == list(range(1, 901))


def test_a_gateway_that_returns_lists_whom_it_carries() -> None:
    loop = Loop(PRESENCE)
    gate = loop.node(carrier="g")
    gate.open(1, "Ann")
    gone = gate.open(2, "Bob")
    loop.settle()
    gate.mute = True
    gate.link.submit(gone, Quit())
    exchange = gate.link._exchange
    exchange._life.forget(exchange.sessions.carried(gone), loop.now)
    gate.mute = False
    gate.cut()
    loop.wait(6)
    assert [s.name for s in loop.core.state.sessions.values()] == ["Ann"]


def test_a_full_disk_delays_and_loses_nothing() -> None:
    loop, ann, a, bob, b = pair()
    loop.full = True
    serials = ann.say(a, "one", "two", "three")
    cee = loop.node()
    c = cee.open(3, "Cee")
    loop.wait(5)
    assert bob.texts == []
    assert ann.told(CommandDelayed)
    loop.full = False
    loop.wait(8)
    assert bob.texts == ann.texts == ["one", "two", "three"]
    assert settled(ann)[-3:] == serials
    assert [n.session for n in cee.told(Welcomed)] == [c]
    assert not cee.told(HelloRefused)
    assert bob.link.unsettled(b) == 0


def test_a_delay_is_told_once_however_many_wait() -> None:
    loop, ann, a, _, _ = pair()
    loop.full = True
    ann.say(a, *map(str, range(100)))
    loop.settle()
    assert len(ann.told(CommandDelayed)) == 1


def test_what_follows_a_command_that_was_delayed_and_then_refused_is_sent() -> None:
    loop, ann, a, bob, _ = pair()
    loop.full = True
    bad = ann.link.submit(a, Rename("Bob"))
    ann.say(a, "what follows")
    ann.turn()
    ann.link.submit(a, Say(LOBBY, "x"))
    loop.settle()
    loop.full = False
    loop.wait(8)
    assert [n.serial for n in ann.told(CommandRefused)] == [bad]
    assert bob.texts == ["what follows", "x"]


def test_a_refused_command_is_dropped_and_the_rest_renumbered() -> None:
    loop, ann, a, bob, _ = pair()
    ann.say(a, "a")
    (bad,) = ann.say(a, " ")
    worse = ann.link.submit(a, Rename("Bob"))
    ann.say(a, "b", "c")
    loop.settle()
    assert [(n.serial, n.code) for n in ann.told(CommandRefused)] == [
        (bad, Code.TEXT_EMPTY),
        (worse, Code.NAME_TAKEN),
    ]
    assert bob.texts == ["a", "b", "c"]


def test_more_than_may_be_in_flight() -> None:
    loop, ann, a, bob, _ = pair()
    texts = [str(i) for i in range(3000)]
    ann.say(a, *texts)
    loop.settle()
    assert bob.texts == texts


def test_questions_are_asked_until_they_are_answered() -> None:
    loop, ann, a, _, _ = pair()
    first = ann.link.ask(a, Who(LOBBY))
    ann.turn()
    ann.cut()
    second = ann.link.ask(a, Page(LOBBY, 1))
    loop.wait(6)
    assert [n.request for n in ann.told(Answered)] == [first, second]
    roster = ann.told(Answered)[0].answer
    assert isinstance(roster, People)
    assert [p.name for p in roster.people] == ["Ann", "Bob"]
    bad = ann.link.ask(a, Who("nowhere"))
    loop.settle()
    assert [(n.request, n.code) for n in ann.told(QuestionRefused)] == [(bad, Code.NO_SUCH_ROOM)]


def test_idling_is_warned_of_and_ends_the_session() -> None:
    loop = Loop(PRESENCE)
    ann = loop.node()
    a = ann.open(1, "Ann", door="nc")
    loop.wait(46)
    assert [(n.session, n.seconds) for n in ann.told(IdleWarning)] == [(a, 15)]
    ann.link.active(a)
    loop.wait(44)
    assert not ann.told(SessionOver)
    loop.wait(17)
    assert [n.code for n in ann.told(SessionOver)] == ["idle"]
    last = ann.events[-1]
    assert isinstance(last, Left)
    assert last.reason == Reason.IDLE
    loop.wait(60)
    assert not loop.core.state.sessions


def test_a_broker_that_says_that_it_stops() -> None:
    loop, ann, _, _, _ = pair()
    loop.core.begin(loop.now, 0)
    loop.core.stopping()
    for peer, body in loop.core.committed(loop.journal).replies:
        loop._peers[peer].replies.append(body)
    loop.settle()
    assert ann.told(BrokerStopping)


def test_a_broker_that_falls_silent_is_given_up_and_resumed() -> None:
    loop, ann, a, bob, _ = pair()
    ann.mute = True
    loop.wait(16)
    assert [n.status for n in ann.told(StatusChanged)][1] is Status.WAITING
    ann.say(a, "later")
    ann.mute = False
    loop.wait(6)
    assert bob.texts == ["later"]
    assert not any(isinstance(event, Left) for event in bob.events)


def test_what_is_no_longer_kept_is_told() -> None:
    loop = Loop(PRESENCE, keep_messages=3)
    ann, bob = loop.node(), loop.node()
    a = ann.open(1, "Ann")
    bob.open(2, "Bob")
    loop.settle()
    bob.loses_broadcasts = True
    loop.journal._snapshot_every = 10
    for index in range(60):
        ann.say(a, f"{index}")
        loop.settle()
        while loop.journal.maintain(loop.core.state, 0):
            pass
    bob.loses_broadcasts = False
    loop.wait(6)
    gone = sum(n.gone for n in bob.told(RoomEvents))
    assert gone > 0
    assert bob.texts[-1] == "59"
    assert len(bob.events) + gone == 62 - bob.told(RoomEntered)[0].number + 1


def test_noise_changes_nothing() -> None:
    loop, ann, a, _, _ = pair()
    for noise in (b"", b"[", b"{}", b"\xff", b'[["later",1]]', b'["events","other","lobby",[]]'):
        ann.link.replied(noise, loop.now)
        ann.link.published(noise, loop.now)
    ann.say(a, "fine")
    loop.settle()
    assert ann.texts == ["fine"]


def test_another_process_goes_on_where_the_room_is_now() -> None:
    loop, ann, _, bob, b = pair()
    for number in range(50):
        bob.say(b, f"before {number}")
    loop.settle()
    ann.cut()
    again = loop.node()
    again.open(1, "Ann", room="")
    loop.settle()
    bob.say(b, "after")
    loop.settle()
    assert [event.text for event in again.events if isinstance(event, Said)] == ["after"]
    (entered,) = again.told(RoomEntered)
    assert entered.number == again.events[0].number


def test_heartbeats_tell_how_far_the_broker_is() -> None:
    loop, ann, *_ = pair()

    def pulse() -> tuple[bool, bool]:
        return ann.link.round_trip is not None, ann.link.beat_waits_since is not None

    assert pulse() == (False, False)
    loop.wait(12)
    assert pulse() == (True, False)
    ann.mute = True
    loop.wait(7)
    assert pulse() == (True, True)
