"""Who was put out of a public room learns it even if that broadcast is lost."""

from __future__ import annotations

from broker.presence import Peer
from protocol.commands import Invite, Join, Kick, Say
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


def test_a_room_that_is_not_public_is_told_of_no_more() -> None:
    hub = Hub()
    ann, bob = hub.enter(1, "Ann"), hub.enter(2, "Bob")
    hub.do(ann, Join("den", private=True))
    hub.do(ann, Invite("den", "Bob"))
    hub.do(bob, Join("den"))
    assert "den" in heads(hub, bob)
    hub.do(ann, Kick("den", "Bob"))
    assert heads(hub, bob) == {}
