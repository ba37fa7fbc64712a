"""Whoever is sent the events of a room that is not public is sent those that are theirs, in order.

However often people come and go in one turn, an event is encoded for all its hearers together.
"""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from broker.audience import Audience, Whispers
from broker.presence import Peer, Presence, PresenceSettings
from tests.broker.hub import peer

HEARERS = st.frozensets(st.sampled_from([peer(number) for number in range(5)]))


@given(st.lists(HEARERS, max_size=12), st.booleans())
def test_each_peer_hears_exactly_the_events_meant_for_it(
    meant: list[frozenset[Peer]], same_object: bool
) -> None:
    whispers = Whispers()
    known: dict[frozenset[Peer], frozenset[Peer]] = {}
    for number, peers in enumerate(meant):
        whispers.add(b"%d" % number, known.setdefault(peers, peers) if same_object else peers)
    heard: dict[Peer, list[bytes]] = {}
    for events, hearers in whispers.runs():
        assert hearers
        for who in hearers:
            heard.setdefault(who, []).extend(events)
    expected: dict[Peer, list[bytes]] = {}
    for number, peers in enumerate(meant):
        for who in peers:
            expected.setdefault(who, []).append(b"%d" % number)
    assert heard == expected


def test_the_hearers_of_a_room_are_looked_for_only_after_somebody_came_or_went() -> None:
    presence = Presence(PresenceSettings())
    audience = Audience(presence)
    looked = 0

    def members() -> Iterator[str]:
        nonlocal looked
        looked += 1
        yield from ("ann", "bob")

    def hearers() -> set[Peer]:
        return set(audience.of("den", members()))

    def connect(session: str, who: Peer) -> None:
        presence.attach(session, "client", presence.connect(who, "", 0, 0.0), 1, 0.0)

    connect("ann", peer(1))
    assert hearers() == hearers() == {peer(1)}
    assert looked == 1
    connect("bob", peer(2))
    assert hearers() == {peer(1), peer(2)}
    presence.drop(peer(1), 0.0)
    assert hearers() == {peer(2)}
    presence.forget("bob")
    assert hearers() == set()
    audience.changed("den")
    hearers()
    assert looked == 5


def test_events_for_the_same_people_are_one_run() -> None:
    whispers = Whispers()
    stays, goes = peer(1), peer(2)
    both, one = frozenset({stays, goes}), frozenset({stays})
    for number, peers in enumerate((both, both, one, one)):
        whispers.add(b"%d" % number, peers)
    assert list(whispers.runs()) == [
        ([b"0", b"1"], [goes]),
        ([b"0", b"1", b"2", b"3"], [stays]),
    ]
