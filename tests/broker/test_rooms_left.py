"""Who was put out of a public room learns it even if that broadcast is lost."""

from __future__ import annotations

from broker.core import HEADS_A_BEAT
from broker.presence import Peer
from broker.room import Room
from broker.state import LOBBY
from protocol.commands import Invite, Join, Kick, Say
from protocol.limits import LARGEST_NUMBER, REPLY_MAX_BYTES
from protocol.messages import Alive, Beat
from tests.broker.hub import Hub


def heads(hub: Hub, who: Peer) -> dict[str, int]:
    (alive,) = [message for message in hub.send(who, Beat()) if isinstance(message, Alive)]
    return dict(alive.heads)


def test_the_next_heartbeat_tells_the_head_of_a_room_that_one_is_out_of_once() -> None:
    hub = Hub()
    ann, bob = hub.enter(1, "Ann"), hub.enter(2, "Bob")
    hub.do(ann, Join("dev"))
    hub.do(bob, Join("dev"))
    hub.do(ann, Kick("dev", "Bob"))
    assert heads(hub, bob)["dev"] == hub.state.rooms["dev"].head
    hub.do(ann, Say("dev", "peace"))
    assert heads(hub, bob) == {}


def test_so_many_heads_that_no_peer_would_take_them_are_told_beat_by_beat() -> None:
    hub = Hub()
    ann = hub.enter(1, "Ann")
    person = hub.state.sessions[hub.session("Ann")]
    for number in range(2 * HEADS_A_BEAT + 5):
        name = f"{number:04}" + "\U0001f600" * 60
        hub.state.rooms[name] = Room(name, LARGEST_NUMBER)
        person.rooms[name] = 1
    told: list[dict[str, int]] = []
    for _ in range(4):
        hub.state.rooms[LOBBY].head += 1  # who always has news is not told it before all others
        with hub.turn() as left:
            hub.core.receive(ann, [Beat()])
        assert all(len(body) < REPLY_MAX_BYTES for body in left.bodies)
        told += [dict(m.heads) for m in left.to(ann) if isinstance(m, Alive)]
    assert [len(heads) for heads in told] == [HEADS_A_BEAT, HEADS_A_BEAT, 7, 1]
    assert {room for heads in told for room in heads} == set(person.rooms)


def test_a_room_that_is_not_public_is_told_of_no_more() -> None:
    hub = Hub()
    ann, bob = hub.enter(1, "Ann"), hub.enter(2, "Bob")
    hub.do(ann, Join("den", private=True))
    hub.do(ann, Invite("den", "Bob"))
    hub.do(bob, Join("den"))
    assert "den" in heads(hub, bob)
    hub.do(ann, Kick("den", "Bob"))
    assert heads(hub, bob) == {}
