"""Links in private rooms and conversations of a real core: who hears what, and comes back."""

from __future__ import annotations

from broker.presence import PresenceSettings
from broker.state import LOBBY
from client.notices import (
    CommandDelayed,
    CommandRefused,
    InvitedTo,
    RoomClosed,
    RoomEntered,
    RoomEvents,
    RoomLeft,
    SessionOver,
    Welcomed,
)
from protocol.commands import Invite, Join, Kick, Leave, Quit, Say, Tell
from protocol.errors import Code
from protocol.events import Reason, Said
from protocol.limits import Limits
from protocol.questions import Kind
from tests.loopback import Loop, Node

PRESENCE = PresenceSettings(timeout=15, grace=30, idle=0)
DEN = "den"


def texts(node: Node, room: str) -> list[str]:
    told = [notice for notice in node.told(RoomEvents) if notice.room == room]
    return [event.text for notice in told for event in notice.events if isinstance(event, Said)]


def people(loop: Loop, *names: str) -> list[tuple[Node, int]]:
    """Return a link and its session for each name, all in the lobby."""
    found = []
    for number, name in enumerate(names, 1):
        node = loop.node()
        found.append((node, node.open(number, name)))
    loop.settle()
    return found


def den() -> tuple[Loop, Node, int, Node, int, Node, int]:
    """Return Ann and Bob, who are in a private room, and Cee, who is not."""
    loop = Loop(PRESENCE)
    (ann, a), (bob, b), (cee, c) = people(loop, "Ann", "Bob", "Cee")
    ann.link.submit(a, Join(DEN, private=True))
    ann.link.submit(a, Invite(DEN, "bob"))
    loop.settle()
    bob.link.submit(b, Join(DEN))
    loop.settle()
    return loop, ann, a, bob, b, cee, c


def rooms_told(node: Node) -> set[str]:
    return {notice.room for notice in node.told(RoomEvents)}


def test_a_private_room_is_heard_by_its_members_alone() -> None:
    loop, ann, a, bob, b, cee, c = den()
    assert [n.room for n in bob.told(InvitedTo)] == [DEN]
    ann.link.submit(a, Say(DEN, "psst"))
    cee.link.submit(c, Join(DEN))
    loop.settle()
    assert texts(ann, DEN) == texts(bob, DEN) == ["psst"]
    assert rooms_told(cee) == {LOBBY}
    assert [n.code for n in cee.told(CommandRefused)] == [Code.INVITE_ONLY]
    (entered,) = [n for n in bob.told(RoomEntered) if n.room == DEN]
    assert (entered.kind, entered.first) == (Kind.PRIVATE, entered.number)
    assert bob.link.unsettled(b) == 0
    assert not [topic for topic in ann.topics | bob.topics if DEN in topic]


def test_what_a_lost_connection_kept_from_a_private_room_is_repaired() -> None:
    loop, ann, a, bob, _, _, _ = den()
    bob.cut(noticed=False)
    ann.link.submit(a, Say(DEN, "one"))
    loop.wait(40)
    ann.link.submit(a, Say(DEN, "two"))
    loop.wait(6)
    assert texts(bob, DEN) == ["one", "two"]


def test_who_was_lost_comes_back_into_private_rooms_and_conversations() -> None:
    loop, ann, a, bob, b, _, _ = den()
    ann.link.submit(a, Tell("Bob", "hello"))
    loop.settle()
    (talk,) = [n.room for n in bob.told(RoomEntered) if n.kind == Kind.TALK]
    assert texts(bob, talk) == ["hello"]
    bob.mute = True
    bob.link.submit(b, Say(DEN, "I was away"))
    loop.wait(60)
    ann.link.submit(a, Tell("Bob", "are you there?"))
    ann.link.submit(a, Say(DEN, "he is gone"))
    loop.wait(5)
    bob.mute = False
    loop.wait(12)
    assert bob.told(Welcomed)[-1].again
    assert texts(bob, talk) == ["hello", "are you there?"]
    assert texts(bob, DEN) == texts(ann, DEN) == ["he is gone", "I was away"]
    assert not bob.told(RoomLeft)


def test_who_was_kicked_out_of_a_private_room_hears_no_more_of_it() -> None:
    loop, ann, a, bob, b, _, _ = den()
    ann.link.submit(a, Kick(DEN, "bob", "noise"))
    ann.link.submit(a, Say(DEN, "without him"))
    bob.link.submit(b, Say(DEN, "hey"))
    loop.wait(12)
    assert bob.told(RoomLeft) == [RoomLeft(b, DEN, Reason.KICKED, "Ann", "noise")]
    assert bob.told(RoomClosed) == [RoomClosed(DEN)]
    assert "without him" not in texts(bob, DEN)
    bob.link.submit(b, Join(DEN))
    loop.settle()
    assert bob.told(CommandRefused)[-1].code == Code.INVITE_ONLY


def test_who_was_kicked_while_away_is_told_and_stays_out() -> None:
    loop, ann, a, bob, b, _, _ = den()
    bob.cut()
    ann.link.submit(a, Kick(DEN, "bob"))
    ann.turn()
    loop._turn()
    ann.link.submit(a, Say(DEN, "without him"))
    loop.wait(12)
    assert bob.told(RoomLeft) == [RoomLeft(b, DEN, "")]
    assert texts(bob, DEN) == []
    assert bob.link.unsettled(b) == 0


def test_a_room_left_and_entered_again_begins_there() -> None:
    loop, ann, a, bob, b, _, _ = den()
    bob.link.submit(b, Leave(DEN))
    loop.settle()
    assert bob.told(RoomLeft) == [RoomLeft(b, DEN, Reason.LEFT)]
    ann.link.submit(a, Say(DEN, "without him"))
    ann.link.submit(a, Invite(DEN, "bob"))
    loop.settle()
    bob.link.submit(b, Join(DEN))
    loop.settle()
    ann.link.submit(a, Say(DEN, "with him"))
    loop.wait(6)
    assert texts(bob, DEN) == ["with him"]
    entered = bob.told(RoomEntered)[-1]
    assert entered.first == entered.number


def test_two_people_of_one_gateway_read_a_private_room_once() -> None:
    loop = Loop(PRESENCE)
    gate = loop.node(carrier="g")
    a, b = gate.open(1, "Ann"), gate.open(2, "Bob")
    gate.link.submit(a, Join(DEN, private=True))
    gate.link.submit(a, Invite(DEN, "bob"))
    loop.settle()
    gate.link.submit(b, Join(DEN))
    gate.link.submit(a, Say(DEN, "psst"))
    gate.link.submit(a, Leave(DEN))
    loop.settle()
    assert texts(gate, DEN).count("psst") == 1
    assert [(n.session, n.room) for n in gate.told(RoomLeft)] == [(a, DEN)]
    assert not gate.told(RoomClosed)
    gate.link.submit(b, Quit())
    loop.settle()
    assert [(n.session, n.code) for n in gate.told(SessionOver)] == [(b, "quit")]
    assert gate.told(RoomClosed) == [RoomClosed(DEN)]


def test_whoever_is_too_fast_waits_and_loses_nothing() -> None:
    loop = Loop(PRESENCE, limits=Limits(burst=5, per_second=10))
    (ann, a), (bob, _) = people(loop, "Ann", "Bob")
    said = [str(number) for number in range(30)]
    ann.say(a, *said)
    loop.settle()
    assert len(bob.texts) < len(said)
    assert {n.code for n in ann.told(CommandDelayed)} == {Code.TOO_FAST}
    loop.wait(4)
    assert bob.texts == said
    assert not ann.told(CommandRefused)
