"""The core's commands, hellos and numbers."""

from __future__ import annotations

import pytest

from broker.core import Core
from broker.decide_hello import identify
from broker.state import LOBBY
from protocol.codec import Malformed
from protocol.commands import Command, Join, Quit, Rename, Say
from protocol.errors import Code
from protocol.events import Joined, Left, Reason, Renamed, Said
from protocol.limits import NAME_CHARACTERS, PROTOCOL_VERSION, ROOM_CHARACTERS, TEXT_CHARACTERS
from protocol.messages import (
    Ack,
    Ask,
    Beat,
    BrokerMessage,
    Do,
    Ended,
    Entered,
    Head,
    Hello,
    Refused,
    Welcome,
)
from protocol.questions import Page, Who
from tests.broker.hub import WALL_MS, Hub, peer, token

ANN, BOB = peer(1), peer(2)
DOOR = peer(9, trusted=True)


def codes(messages: list[BrokerMessage]) -> list[str]:
    return [m.code for m in messages if isinstance(m, Refused)]


def welcome(messages: list[BrokerMessage]) -> Welcome:
    (found,) = (m for m in messages if isinstance(m, Welcome))
    return found


def refused(messages: list[BrokerMessage]) -> Refused:
    (found,) = (m for m in messages if isinstance(m, Refused))
    return found


# ---- hello


def test_hello_opens_resumes_and_may_be_repeated() -> None:
    hub = Hub()
    first = welcome(hub.send(ANN, Hello(1, token(1), name="Ann")))
    assert first.name == "Ann"
    assert first.id == first.user_id == identify(token(1))[0]
    assert not first.resumed
    assert (first.applied, first.journal, first.publish, first.rooms) == (0, "j", "pub", ())
    assert welcome(hub.send(ANN, Hello(1, token(1), name="Else"))).resumed
    hub.send(ANN, Do(1, 1, Join(LOBBY)))
    again = welcome(hub.send(ANN, Hello(1, token(1))))
    assert (again.resumed, again.applied, again.name) == (True, 1, "Ann")
    (room,) = again.rooms
    assert (room.room, room.head, room.joined) == (LOBBY, 1, 1)


def test_who_gives_no_name_wears_the_id() -> None:
    hub = Hub()
    first = welcome(hub.send(ANN, Hello(1, token(1))))
    assert first.name == first.user_id


def test_a_trusted_connection_states_addresses_and_learns_its_own_endpoint() -> None:
    hub = Hub()
    said = hub.send(
        DOOR,
        Hello(1, token(1), address="10.0.0.1:5", carrier="g"),
        Hello(2, token(2), address="10.0.0.1:5", carrier="g"),
    )
    first, second = (m for m in said if isinstance(m, Welcome))
    assert (first.name, first.user_id, first.publish) == ("10.0.0.1:5", "10.0.0.1:5", "ipc:pub")
    assert (second.name, second.user_id) == ("10.0.0.1:5-2", "10.0.0.1:5")


@pytest.mark.parametrize(
    ("hello", "code"),
    [
        (Hello(1, token(7), version=PROTOCOL_VERSION + 1), Code.VERSION_UNSUPPORTED),
        (Hello(1, "no token"), Code.BAD_TOKEN),
        (Hello(1, token(7).replace("7", "G")), Code.BAD_TOKEN),
        (Hello(1, token(7), address="1.2.3.4:5"), Code.NOT_TRUSTED),
        (Hello(1, token(7), carrier="g"), Code.NOT_TRUSTED),
        (Hello(1, token(7), name="ANN"), Code.NAME_TAKEN),
        (Hello(1, token(7), name="a b"), Code.NAME_NOT_ALLOWED),
        (Hello(1, token(7), name=identify(token(1))[0]), Code.NAME_NOT_ALLOWED),
        (Hello(1, token(7), name=" "), Code.NAME_EMPTY),
        (Hello(1, token(7), name="x" * (NAME_CHARACTERS + 1)), Code.NAME_TOO_LONG),
    ],
)
def test_a_hello_that_is_refused(hello: Hello, code: Code) -> None:
    hub = Hub()
    hub.enter(1, "Ann")
    answer = refused(hub.send(BOB, hello))
    assert (answer.code, answer.session, answer.n, answer.request) == (code, 1, 0, 0)
    assert answer.sentence
    assert codes(hub.send(BOB, Beat())) == [Code.HELLO_REQUIRED]


def test_another_token_with_the_same_id_is_refused() -> None:
    hub = Hub()
    hub.enter(1, "Ann")
    hub.state.sessions[identify(token(1))[0]].token_hash = "another"
    assert codes(hub.send(BOB, Hello(1, token(1)))) == [Code.BAD_TOKEN]


def test_one_session_on_a_plain_connection_and_many_on_a_trusted_one() -> None:
    hub = Hub()
    hub.send(ANN, Hello(1, token(1)))
    assert codes(hub.send(ANN, Hello(2, token(2)))) == [Code.ONE_SESSION]
    assert codes(hub.send(ANN, Hello(1, token(2)))) == [Code.SESSION_IN_USE]
    assert not codes(hub.send(DOOR, Hello(1, token(3)), Hello(2, token(4))))
    assert codes(hub.send(DOOR, Hello(2, token(5)))) == [Code.SESSION_IN_USE]


def test_a_session_that_ended_in_this_turn_makes_room_for_another() -> None:
    hub = Hub()
    hub.send(ANN, Hello(1, token(1)))
    assert not codes(hub.send(ANN, Do(1, 1, Quit()), Hello(2, token(2))))
    assert [a.number for a in hub.core._presence.attached.values()] == [2]


@pytest.mark.parametrize("message", [Do(1, 1, Join(LOBBY)), Ask(1, 1, Who(LOBBY)), Beat()])
def test_a_stranger_is_asked_for_a_hello_once_a_batch(message: Do | Ask | Beat) -> None:
    assert codes(Hub().send(ANN, message, message)) == [Code.HELLO_REQUIRED]


def test_a_stranger_learns_that_a_hello_could_not_be_read() -> None:
    hello = Malformed(Code.BAD_MESSAGE, session=1)
    assert codes(Hub().send(ANN, hello, hello)) == [Code.BAD_MESSAGE]


def test_the_newest_connection_wins_and_the_older_one_is_told() -> None:
    hub = Hub()
    hub.enter(1, "Ann")
    with hub.turn() as left:
        hub.core.receive(BOB, [Hello(5, token(1))])
    assert [(m.session, m.code) for m in left.to(ANN) if isinstance(m, Ended)] == [
        (1, "taken_over")
    ]
    assert welcome(left.to(BOB)).applied == 1
    assert codes(hub.send(ANN, Do(1, 2, Say(LOBBY, "late")))) == [Code.SESSION_ENDED]
    hub.act(lambda core: core.unreachable(ANN))
    assert hub.core._presence.attached[hub.session("Ann")].number == 5


def test_an_older_connection_of_the_same_process_takes_nothing_back() -> None:
    hub = Hub()
    hub.send(BOB, Hello(1, token(1), link="l", attempt=2))
    assert codes(hub.send(ANN, Hello(1, token(1), link="l", attempt=1))) == [Code.HELLO_REQUIRED]


def test_a_session_moves_to_another_number_of_the_same_gateway() -> None:
    hub = Hub()
    hub.send(DOOR, Hello(1, token(1)))
    moved = hub.send(DOOR, Hello(2, token(1)))
    assert isinstance(moved[0], Ended)
    assert (moved[0].session, welcome(moved).session) == (1, 2)


# ---- numbers


def test_a_repeat_is_acknowledged_and_not_applied() -> None:
    hub = Hub()
    ann = hub.enter(1, "Ann")
    hub.say(ann, "once")
    assert hub.send(ann, Do(1, 2, Say(LOBBY, "once"))) == [Ack(1, 2)]
    assert hub.send(ann, Do(1, 1, Join(LOBBY))) == [Ack(1, 2)]
    assert hub.room_numbers() == [1, 2]


def test_a_join_sent_twice_in_one_turn_is_answered_once() -> None:
    hub = Hub()
    said = hub.send(ANN, Hello(1, token(1)), Do(1, 1, Join(LOBBY)), Do(1, 1, Join(LOBBY)))
    assert sum(isinstance(m, Entered) for m in said) == 1


def test_a_hole_is_refused_with_the_number_expected() -> None:
    hub = Hub()
    ann = hub.enter(1, "Ann")
    answer = refused(hub.send(ann, Do(1, 5, Say(LOBBY, "far"))))
    assert (answer.code, answer.n, answer.fields) == (Code.NUMBER_EXPECTED, 5, {"expected": 2})
    assert hub.room_numbers() == [1]


def test_a_refusal_consumes_no_number() -> None:
    hub = Hub()
    ann = hub.enter(1, "Ann")
    assert codes(hub.send(ann, Do(1, 2, Say(LOBBY, " ")))) == [Code.TEXT_EMPTY]
    assert hub.send(ann, Do(1, 2, Say(LOBBY, "fine"))) == [Ack(1, 2)]


def test_one_cumulative_acknowledgement_a_session_before_later_refusals() -> None:
    hub = Hub()
    hub.send(DOOR, Hello(1, token(1)), Hello(2, token(2)))
    said = hub.send(
        DOOR,
        Do(1, 1, Join(LOBBY)),
        Do(2, 1, Join(LOBBY)),
        Do(1, 2, Say(LOBBY, "a")),
        Do(1, 3, Say(LOBBY, "b")),
        Do(1, 4, Say("nowhere", "c")),
        Do(1, 5, Say(LOBBY, "d")),
    )
    assert [m for m in said if isinstance(m, Ack)] == [Ack(1, 3), Ack(2, 1)]
    assert [(m.n, m.code) for m in said if isinstance(m, Refused)] == [
        (4, Code.NO_SUCH_ROOM),
        (5, Code.NUMBER_EXPECTED),
    ]
    assert said.index(Ack(1, 3)) < next(i for i, m in enumerate(said) if isinstance(m, Refused))


def test_a_malformed_command_is_answered_at_its_address() -> None:
    hub = Hub()
    ann = hub.enter(1, "Ann")
    answer = refused(hub.send(ann, Malformed(Code.UNKNOWN_COMMAND, 1, 2, 0)))
    assert (answer.code, answer.session, answer.n) == (Code.UNKNOWN_COMMAND, 1, 2)
    noise = hub.send(ann, *[Malformed(Code.BAD_MESSAGE)] * 1000)
    assert len(noise) < 20
    left = hub.act(lambda core: core.unreadable(ann))
    assert codes(left.to(ann)) == [Code.BAD_MESSAGE]


# ---- commands


def test_a_join_is_answered_with_a_snapshot() -> None:
    hub = Hub()
    ann = hub.enter(1, "Ann")
    for index in range(25):
        hub.say(ann, f"{index}")
    with hub.turn() as left:
        hub.core.receive(BOB, [Hello(1, token(2), name="Bob"), Do(1, 1, Join(LOBBY))])
        hub.core.receive(ann, [Do(1, 27, Say(LOBBY, "after"))])
    (entered,) = (m for m in left.to(BOB) if isinstance(m, Entered))
    assert (entered.session, entered.n, entered.room, entered.journal) == (1, 1, LOBBY, "j")
    assert (entered.number, entered.head, entered.total) == (27, 28, 2)
    assert [e.text for e in entered.recent if isinstance(e, Said)] == [str(i) for i in range(5, 25)]
    joined, after = left.events
    assert isinstance(joined, Joined)
    assert (joined.number, joined.name, joined.n) == (27, "Bob", 1)
    assert joined.user_id == joined.author == hub.session("Bob")
    assert isinstance(after, Said)


def test_a_join_is_answered_though_the_past_cannot_be_read() -> None:
    hub = Hub()
    hub.disk.blind = True
    said = hub.send(ANN, Hello(1, token(1)), Do(1, 1, Join(LOBBY)), Ask(1, 7, Page(LOBBY, 1)))
    (entered,) = (m for m in said if isinstance(m, Entered))
    assert (entered.number, entered.recent) == (1, ())
    answer = refused(said)
    assert (answer.code, answer.n, answer.request) == (Code.JOURNAL_UNAVAILABLE, 0, 7)
    assert int(answer.fields["retry_after"]) > 0


def test_everything_that_happens_in_a_room() -> None:
    hub = Hub()
    ann, bob = hub.enter(1, "Ann"), hub.enter(2, "Bob")
    ann_id, bob_id = hub.session("Ann"), hub.session("Bob")
    hub.say(ann, "hi")
    hub.do(ann, Say(LOBBY, "waves", action=True))
    hub.do(ann, Rename("Anna"))
    with hub.turn() as left:
        hub.core.receive(ann, [Do(1, 5, Quit())])
    hub.do(bob, Quit(slow=True))
    events = [e.entry.event for e in hub.disk.committed if hasattr(e.entry, "event")][2:]
    at = WALL_MS + round(hub.now * 1000)
    assert events == [
        Said(3, at, ann_id, "Ann", 2, "hi"),
        Said(4, at, ann_id, "Ann", 3, "waves", action=True),
        Renamed(5, at, ann_id, "Ann", 4, "Anna"),
        Left(6, at, ann_id, "Anna", 5, Reason.QUIT),
        Left(7, at, bob_id, "Bob", 2, Reason.SLOW),
    ]
    assert left.to(ann) == [Ack(1, 5)]
    assert not hub.state.sessions


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (Say(LOBBY, ""), Code.TEXT_EMPTY),
        (Say(LOBBY, "\x1b[1m"), Code.TEXT_EMPTY),
        (Say(LOBBY, "x" * (TEXT_CHARACTERS + 1)), Code.TEXT_TOO_LONG),
        (Say("nowhere", "x"), Code.NO_SUCH_ROOM),
        (Join("a b"), Code.ROOM_NOT_ALLOWED),
        (Join(LOBBY), Code.ALREADY_IN_ROOM),
        (Rename("Ann"), Code.NAME_SAME),
        (Rename("bob"), Code.NAME_TAKEN),
        (Rename(""), Code.NAME_EMPTY),
        (Rename("a|b"), Code.NAME_NOT_ALLOWED),
        # To ban who is called so would be to ban an address.
        (Rename("10.0.0.7"), Code.NAME_NOT_ALLOWED),
        (Rename(identify(token(2))[0]), Code.NAME_NOT_ALLOWED),
        (Rename("x" * (NAME_CHARACTERS + 1)), Code.NAME_TOO_LONG),
    ],
)
def test_a_command_that_is_refused(command: Command, code: Code) -> None:
    hub = Hub()
    ann = hub.enter(1, "Ann")
    hub.enter(2, "Bob")
    with hub.turn() as left:
        hub.core.receive(ann, [Do(1, 2, command)])
    assert codes(left.to(ann)) == [code]
    assert not left.published
    assert hub.state.sessions[hub.session("Ann")].applied == 1


def test_one_speaks_only_in_rooms_that_one_is_in() -> None:
    hub = Hub()
    hub.send(ANN, Hello(1, token(1)))
    assert codes(hub.send(ANN, Do(1, 1, Say(LOBBY, "x")))) == [Code.NOT_IN_ROOM]
    assert codes(hub.send(ANN, Ask(1, 1, Who(LOBBY)))) == [Code.NOT_IN_ROOM]
    assert codes(hub.send(ANN, Ask(1, 1, Page("nowhere", 1)))) == [Code.NO_SUCH_ROOM]
    assert codes(hub.send(ANN, Ask(3, 1, Who(LOBBY)))) == [Code.SESSION_ENDED]


def test_a_refusal_repeats_no_more_of_a_room_than_a_name() -> None:
    hub = Hub()
    ann = hub.enter(1, "Ann")
    for message in (Ask(1, 1, Who("x" * 9999)), Do(1, 2, Join("\x1b]0;x\x07" * 99))):
        room = refused(hub.send(ann, message)).fields["room"]
        assert isinstance(room, str)
        assert len(room) <= ROOM_CHARACTERS
        assert "\x1b" not in room


def test_a_door_is_remembered_by_its_first_characters() -> None:
    hub = Hub()
    hub.send(ANN, Hello(1, token(1), door="d" * 9999))
    (session,) = hub.state.sessions.values()
    assert len(session.door) == NAME_CHARACTERS


def test_an_id_worn_by_another_is_not_taken_back() -> None:
    """Two wearing one name would end the broker when the second takes another."""
    hub = Hub()
    stranger = identify(token(2))[0]
    ann = hub.enter(1, stranger)
    bob = hub.enter(2, "")
    assert hub.state.sessions[stranger].name == f"{stranger}-2"
    assert codes(hub.send(bob, Do(1, 2, Rename(stranger)))) == [Code.NAME_TAKEN]
    hub.do(ann, Rename("Ann"))
    assert not codes(hub.send(bob, Do(1, 2, Rename(stranger))))
    hub.send(bob, Do(1, 3, Rename("Bob")))
    assert {s.name for s in hub.state.sessions.values()} == {"Ann", "Bob"}


def test_one_may_go_back_to_ones_address_and_change_ones_case() -> None:
    hub = Hub()
    hub.send(DOOR, Hello(1, token(1), address="10.0.0.1:5"))
    for n, name in enumerate(("Duke", "DUKE", "10.0.0.1:5"), 1):
        assert not codes(hub.send(DOOR, Do(1, n, Rename(name))))
    assert [s.name for s in hub.state.sessions.values()] == ["10.0.0.1:5"]


def test_commands_of_one_turn_see_each_other() -> None:
    hub = Hub()
    ann = hub.enter(1, "Ann")
    with hub.turn() as left:
        hub.core.receive(ann, [Do(1, 2, Rename("Anna"))])
        hub.core.receive(BOB, [Hello(1, token(2), name="Ann"), Do(1, 1, Join(LOBBY))])
        hub.core.receive(BOB, [Do(1, 2, Say(LOBBY, "I am Ann now"))])
        hub.core.receive(ann, [Do(1, 3, Rename("ann"))])
    assert not codes(left.to(BOB))
    assert codes(left.to(ann)) == [Code.NAME_TAKEN]
    assert [e.number for e in left.events] == [2, 3, 4]
    assert len(left.published) == 1


def test_nothing_is_made_to_leave_before_the_commit() -> None:
    hub = Hub()
    ann = hub.enter(1, "Ann")
    before = len(hub.disk.committed)
    hub.core.begin(hub.now, 0)
    hub.core.receive(ann, [Do(1, 2, Say(LOBBY, "x"))])
    assert len(hub.core.turn.entries) == 1
    assert len(hub.disk.committed) == before
    hub.disk.commit(hub.core.turn.entries)
    assert hub.core.committed(hub.disk).published


# ---- heads


def test_a_subscription_publishes_the_head_once_a_turn() -> None:
    hub = Hub()
    hub.enter(1, "Ann")

    def subscribe(core: Core) -> None:
        for topic in (b"lobby\0", b"lobby\0", b"lobby", b"lobby2\0", b"", b"\xff\0"):
            core.subscribed(topic)

    assert hub.act(subscribe).published == [(b"lobby\0", Head("j", LOBBY, 1))]
    assert not hub.act(lambda _: None).published


def test_a_topic_never_begins_another() -> None:
    hub = Hub()
    hub.enter(1, "Ann")
    topic, _ = hub.act(lambda core: core.subscribed(b"lobby\0")).published[0]
    assert not b"lobby2\0".startswith(topic)
