"""What operators may do, to whom, and what holds afterwards."""

from __future__ import annotations

import ipaddress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.ban_list import ban_list
from broker.barred import may_connect, may_enter, may_speak
from broker.draft import Deciding
from broker.moderation import decide_act, place_of_act
from broker.records import Closed, Entry, Made, Opened, RoomEntry
from broker.room_acts import BANS_KEPT
from broker.state import LOBBY, Snapshot, State
from protocol.codec import encode
from protocol.commands import Act, Announce, Ban, Kick, Mute, Op, Slow, Unban, Unmute
from protocol.errors import Code, Refusal
from protocol.events import (
    Announced,
    Appointed,
    Banned,
    Edited,
    Event,
    Invited,
    Joined,
    Kicked,
    Left,
    Muted,
    Reason,
    Said,
    Slowed,
    Unbanned,
    Unmuted,
)
from protocol.limits import LONGEST_S, REPLY_BATCH_BYTES, SLOWEST_S, WHY_CHARACTERS, Limits
from protocol.messages import ADMIN_DOOR
from protocol.questions import BanLine, Kind
from protocol.room_names import talk

NOW = 1_700_000_000_000
HOUR = 3_600_000
TALK = talk("ann", "bob")


class House:
    """Ann owns #kitchen and #attic (private), Bob and Coco are in both but for Coco's attic."""

    def __init__(self) -> None:
        self.state = State()
        self.addresses = {"bob": "10.0.0.7", "coco": "10.0.0.7", "ann": "10.0.0.1"}
        self.now = NOW
        for person in ("ann", "bob", "coco"):
            self.open(person)
        self.open("root", ADMIN_DOOR)
        self.make("kitchen", Kind.PUBLIC, "ann", "bob", "coco")
        self.make("attic", Kind.PRIVATE, "ann", "bob")
        self.make(TALK, Kind.TALK, "ann", "bob")
        for person in ("ann", "bob", "coco"):
            self.join(LOBBY, person)

    def open(self, person: str, door: str = "nc") -> None:
        name = person.capitalize()
        self.state.apply(Opened(person, "h", f"id-{person}", name, door, "", NOW))

    def make(self, room: str, kind: Kind, *people: str) -> None:
        self.state.apply(Made(people[0], room, kind))
        for person in people:
            self.join(room, person)

    def happens(self, kind: type[Event], room: str, person: str, *what: Any) -> None:
        known = self.state.rooms.get(room)
        number = known.head + 1 if known else 1
        event = kind(number, self.now, person, person.capitalize(), 0, *what)
        self.state.apply(RoomEntry(room, event))

    def join(self, room: str, person: str) -> None:
        self.happens(Joined, room, person)

    def says(self, room: str, person: str) -> None:
        self.happens(Said, room, person, "hello")

    def deciding(self, person: str) -> Deciding:
        session = self.state.sessions[person]
        return Deciding(self.state, session, session.applied + 1, self.now, Limits(), 10_000)

    def act(self, person: str, act: Act) -> list[Entry]:
        """Have somebody act; what comes of it is applied, and checked to be in order."""
        deciding = self.deciding(person)
        entries = decide_act(deciding, act, self.addresses)
        for entry in entries:
            if isinstance(entry, RoomEntry):
                assert entry.event.number == self.state.rooms[entry.room].head + 1
                assert entry.event.at == self.now
            self.state.apply(entry)
        first = entries[0]
        assert isinstance(first, RoomEntry)
        assert (first.event.author, first.event.n) == (person, deciding.n)
        if person in self.state.sessions:
            assert self.state.sessions[person].applied == deciding.n
        return entries

    def refused(self, person: str, act: Act) -> tuple[Code, dict[str, int | str]]:
        before = encode(self.state.snapshot())
        with pytest.raises(Refusal) as caught:
            decide_act(self.deciding(person), act, self.addresses)
        assert encode(self.state.snapshot()) == before
        return caught.value.code, caught.value.fields

    def barred(self, room: str | None, person: str, address: str = "") -> tuple[Code, Any] | None:
        place = None if room is None else self.state.rooms[room]
        try:
            may_speak(self.state, place, person, address, self.now)
        except Refusal as refusal:
            return refusal.code, refusal.fields
        return None

    def people(self, room: str) -> list[str]:
        return list(self.state.rooms[room].members)


@pytest.fixture
def house() -> House:
    return House()


# ---- who may act


@pytest.mark.parametrize(
    ("person", "room", "code"),
    [
        ("bob", "kitchen", Code.NOT_OPERATOR),
        ("bob", "", Code.NOT_OPERATOR),
        ("ann", "", Code.NOT_OPERATOR),
        ("ann", "nowhere", Code.NO_SUCH_ROOM),
        ("coco", "attic", Code.NO_SUCH_ROOM),
        ("coco", TALK, Code.NO_SUCH_ROOM),
        ("root", TALK, Code.NO_SUCH_ROOM),
        ("ann", TALK, Code.NOT_IN_PRIVATE),
    ],
)
def test_acts_need_a_role_and_tell_strangers_nothing(
    house: House, person: str, room: str, code: Code
) -> None:
    for act in (
        Kick(room, "coco"), Ban(room, "coco"), Unban(room, "coco"), Mute(room, "coco"),
        Unmute(room, "coco"), Op(room, "coco"), Slow(room, 5), Announce(room, "hear"),
    ):  # fmt: skip
        assert house.refused(person, act)[0] is code
    with pytest.raises(Refusal) as caught:
        place_of_act(house.deciding(person), room)
    assert caught.value.code is code


def test_who_is_invited_knows_of_the_room_but_is_not_in_it(house: House) -> None:
    house.happens(Invited, "attic", "ann", "coco", "Coco")
    assert house.refused("coco", Kick("attic", "bob")) == (Code.NOT_IN_ROOM, {"room": "attic"})


def test_an_operator_of_the_room_acts_there_and_nowhere_else(house: House) -> None:
    house.act("ann", Op("kitchen", "BOB"))
    house.act("bob", Kick("kitchen", "coco"))
    assert house.people("kitchen") == ["ann", "bob"]
    assert house.refused("bob", Kick(LOBBY, "coco"))[0] is Code.NOT_OPERATOR
    house.act("ann", Op("kitchen", "bob", operator=False))
    assert house.refused("bob", Kick("kitchen", "ann"))[0] is Code.NOT_OPERATOR


def test_an_operator_of_the_broker_acts_everywhere_but_gets_into_no_private_room(
    house: House,
) -> None:
    (appointed,) = house.act("root", Op("", "coco"))
    assert appointed == RoomEntry(
        LOBBY, Appointed(4, NOW, "root", "Root", 1, "coco", "Coco", True, True)
    )
    house.act("coco", Slow("kitchen", 5))
    house.act("coco", Mute("attic", "bob"))
    house.act("coco", Kick("kitchen", "ann"))
    assert house.refused("coco", Op("attic", "coco"))[0] is Code.NOT_A_MEMBER
    assert not house.state.rooms["attic"].admits("coco")
    assert house.refused("root", Op("", "coco")) == (Code.ALREADY_SO, {})
    house.act("root", Op("", "coco", operator=False))
    assert house.refused("coco", Slow("kitchen", 0))[0] is Code.NOT_OPERATOR


def test_nobody_in_a_room_acts_against_its_owner(house: House) -> None:
    house.act("ann", Op("kitchen", "bob"))
    owner = (Code.IS_OWNER, {"who": "Ann", "room": "kitchen"})
    for act in (Kick("kitchen", "ann"), Ban("kitchen", "ann"), Mute("kitchen", "ann")):
        assert house.refused("bob", act) == owner
    assert house.refused("bob", Op("kitchen", "ann", operator=False)) == owner
    assert house.refused("root", Op("kitchen", "ann", operator=False)) == owner
    house.act("root", Mute("kitchen", "ann"))
    house.act("root", Kick("kitchen", "ann"))
    assert house.people("kitchen") == ["bob", "coco"]


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (Kick("kitchen", "ann"), Code.YOURSELF),
        (Ban("kitchen", "ann"), Code.YOURSELF),
        (Mute("kitchen", "ann"), Code.YOURSELF),
        (Kick("kitchen", "nobody"), Code.NO_SUCH_PERSON),
        (Kick("kitchen", "root"), Code.NO_SUCH_PERSON),
        (Ban("kitchen", "nobody"), Code.NO_SUCH_PERSON),
        (Ban("kitchen", "10.0.0.9:4000"), Code.NO_SUCH_PERSON),
        (Mute("kitchen", "10.0.0.7"), Code.NO_SUCH_PERSON),
        (Op("kitchen", "nobody"), Code.NO_SUCH_PERSON),
        (Kick("attic", "coco"), Code.NOT_A_MEMBER),
        (Op("attic", "coco"), Code.NOT_A_MEMBER),
        (Op("kitchen", "bob", operator=False), Code.ALREADY_SO),
        (Op("kitchen", "ann"), Code.ALREADY_SO),
        (Slow("kitchen", 0), Code.ALREADY_SO),
        (Unban("kitchen", "bob"), Code.NOT_BANNED),
        (Unmute("kitchen", "bob"), Code.NOT_MUTED),
        (Ban("kitchen", "bob", LONGEST_S + 1), Code.TIME_TOO_LONG),
        (Mute("kitchen", "bob", LONGEST_S + 1), Code.TIME_TOO_LONG),
        (Slow("kitchen", SLOWEST_S + 1), Code.SLOW_TOO_LONG),
        (Kick("kitchen", "bob", "x" * (WHY_CHARACTERS + 1)), Code.WHY_TOO_LONG),
        (Announce("kitchen", " "), Code.TEXT_EMPTY),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_reason(house: House, act: Act, code: Code) -> None:
    assert house.refused("ann", act)[0] is code


# ---- what comes of it


def test_who_is_kicked_leaves_after_the_act_and_may_come_back(house: House) -> None:
    assert house.act("ann", Kick("kitchen", "bob", "too\nloud")) == [
        RoomEntry("kitchen", Kicked(4, NOW, "ann", "Ann", 1, "bob", "Bob", "too loud")),
        RoomEntry("kitchen", Left(5, NOW, "bob", "Bob", 0, Reason.KICKED)),
    ]
    assert house.people("kitchen") == ["ann", "coco"]
    assert house.people("attic") == ["ann", "bob"]
    may_enter(house.state, house.state.rooms["kitchen"], "bob", "", NOW)


def test_who_is_put_out_of_a_private_room_must_be_invited_again(house: House) -> None:
    house.act("ann", Op("attic", "bob"))
    house.act("ann", Kick("attic", "bob"))
    assert not house.state.rooms["attic"].admits("bob")


def test_who_is_kicked_from_the_broker_leaves_everything_for_good(house: House) -> None:
    entries = house.act("root", Kick("", "bob", "spam"))
    assert entries[0] == RoomEntry(
        LOBBY, Kicked(4, NOW, "root", "Root", 1, "bob", "Bob", "spam", True)
    )
    assert [e.room for e in entries[1:-1] if isinstance(e, RoomEntry)] == [
        "kitchen", "attic", TALK, LOBBY,
    ]  # fmt: skip
    assert entries[-1] == Closed("bob", 0, Reason.KICKED, NOW)
    assert house.state.person("bob") is None


def test_a_ban_holds_until_its_end_and_puts_out_who_is_in(house: House) -> None:
    entries = house.act("ann", Ban("kitchen", "bob", 3600, "spam"))
    until = NOW + HOUR
    banned = Banned(4, NOW, "ann", "Ann", 1, "bob", "Bob", until, "spam")
    assert entries == [
        RoomEntry("kitchen", banned),
        RoomEntry("kitchen", Left(5, NOW, "bob", "Bob", 0, Reason.BANNED)),
    ]
    room = house.state.rooms["kitchen"]
    for now, holds in ((NOW, True), (until - 1, True), (until, False)):
        if holds:
            with pytest.raises(Refusal) as caught:
                may_enter(house.state, room, "bob", "", now)
            fields = {"room": "kitchen", "until": until, "why": "spam"}
            assert (caught.value.code, caught.value.fields) == (Code.BANNED, fields)
        else:
            may_enter(house.state, room, "bob", "", now)


def test_a_ban_can_be_made_another_and_taken_back(house: House) -> None:
    house.act("ann", Ban("kitchen", "bob", 60))
    house.act("ann", Ban("kitchen", "bob"))
    assert house.refused("ann", Ban("kitchen", "bob")) == (Code.ALREADY_SO, {})
    house.act("ann", Ban("kitchen", "bob", 60))
    (unbanned,) = house.act("ann", Unban("kitchen", "BOB"))
    assert unbanned == RoomEntry("kitchen", Unbanned(8, NOW, "ann", "Ann", 4, "bob", "Bob"))
    may_enter(house.state, house.state.rooms["kitchen"], "bob", "", NOW)


def test_a_ban_is_found_by_the_name_it_was_made_with_when_the_person_is_gone(
    house: House,
) -> None:
    house.act("ann", Ban("kitchen", "bob"))
    house.state.apply(Closed("bob", 0, Reason.QUIT, NOW))
    house.act("ann", Unban("kitchen", "Bob"))
    assert not house.state.rooms["kitchen"].bans


def test_who_was_lost_is_banned_by_id(house: House) -> None:
    house.state.apply(Closed("bob", 0, Reason.LOST, NOW))
    house.act("root", Ban("", "bob"))
    with pytest.raises(Refusal, match="banned"):
        may_connect(house.state, "bob", "", NOW)


def test_who_was_lost_and_banned_needs_an_invitation_afterwards_whatever_they_were(
    house: House,
) -> None:
    house.act("ann", Op("attic", "bob"))
    house.happens(Left, "attic", "bob", Reason.LOST)
    house.state.apply(Closed("bob", 0, Reason.LOST, NOW))
    attic = house.state.rooms["attic"]
    assert attic.admits("bob")
    house.act("ann", Ban("attic", "bob", 60))
    assert not attic.admits("bob")


def test_the_ban_of_an_address_puts_out_who_comes_from_it_but_for_operators(house: House) -> None:
    house.act("ann", Op("kitchen", "bob"))
    entries = house.act("bob", Ban("kitchen", "::ffff:10.0.0.7", 60))
    assert entries[0] == RoomEntry(
        "kitchen", Banned(5, NOW, "bob", "Bob", 1, "", "10.0.0.7", NOW + 60_000)
    )
    assert house.people("kitchen") == ["ann", "bob"]
    room = house.state.rooms["kitchen"]
    may_enter(house.state, room, "bob", "10.0.0.7", NOW)
    may_enter(house.state, room, "coco", "10.0.0.8", NOW)
    with pytest.raises(Refusal, match="banned"):
        may_enter(house.state, room, "duke", "10.0.0.7", NOW)
    house.act("ann", Unban("kitchen", "10.0.0.7"))
    may_enter(house.state, room, "coco", "10.0.0.7", NOW)


def test_the_address_of_a_ban_cannot_hold_what_is_no_address(house: House) -> None:
    (entry,) = house.act("ann", Ban("kitchen", "fe80::1%\x1b]0;mine\x07\nDuke: hello"))
    assert isinstance(entry, RoomEntry)
    assert isinstance(entry.event, Banned)
    assert entry.event.who_name == "fe80::1"
    house.act("ann", Unban("kitchen", "fe80::1%eth0"))


def test_a_ban_from_the_broker_ends_sessions_and_refuses_new_ones(house: House) -> None:
    house.act("root", Op("", "bob"))
    house.act("root", Ban("", "10.0.0.7", 60, "flood"))
    assert list(house.state.sessions) == ["ann", "bob", "root"]
    assert house.state.ended["coco"].reason == Reason.BANNED
    may_connect(house.state, "bob", "10.0.0.7", NOW)
    may_connect(house.state, "other", "10.0.0.8", NOW)
    with pytest.raises(Refusal) as caught:
        may_connect(house.state, "other", "10.0.0.7", NOW)
    assert caught.value.fields == {"until": NOW + 60_000, "why": "flood"}
    may_connect(house.state, "other", "10.0.0.7", NOW + 60_000)


def test_who_is_muted_reads_and_does_not_speak(house: House) -> None:
    (muted,) = house.act("ann", Mute("kitchen", "bob", 60, "calm down"))
    until = NOW + 60_000
    assert muted == RoomEntry(
        "kitchen", Muted(4, NOW, "ann", "Ann", 1, "bob", "Bob", until, "calm down")
    )
    assert house.barred("kitchen", "bob") == (Code.MUTED, {"room": "kitchen", "until": until})
    assert house.barred("attic", "bob") is None
    may_enter(house.state, house.state.rooms["kitchen"], "bob", "", NOW)
    (unmuted,) = house.act("ann", Unmute("kitchen", "bob"))
    assert unmuted == RoomEntry("kitchen", Unmuted(5, NOW, "ann", "Ann", 2, "bob", "Bob"))
    assert house.barred("kitchen", "bob") is None


def test_who_is_muted_in_the_broker_speaks_nowhere_in_private_neither(house: House) -> None:
    house.act("root", Mute("", "bob"))
    for room in ("kitchen", "attic", None):
        assert house.barred(room, "bob") == (Code.MUTED, {"until": 0})
    house.act("root", Unmute("", "bob"))
    assert house.barred(None, "bob") is None


def test_who_came_back_from_a_banned_address_does_not_speak(house: House) -> None:
    house.act("ann", Ban("kitchen", "10.9.9.9"))
    assert house.barred("kitchen", "bob", "10.9.9.9") == (
        Code.BANNED, {"room": "kitchen", "until": 0, "why": ""},
    )  # fmt: skip


def test_slow_mode_lets_each_speak_once_in_so_long_and_operators_as_they_like(
    house: House,
) -> None:
    (slowed,) = house.act("ann", Slow("kitchen", 10))
    assert slowed == RoomEntry("kitchen", Slowed(4, NOW, "ann", "Ann", 1, 10))
    house.says("kitchen", "bob")
    house.says("kitchen", "ann")
    house.now += 2500
    slow = (Code.SLOW_MODE, {"room": "kitchen", "seconds": 8})
    assert house.barred("kitchen", "bob") == slow
    assert house.barred("kitchen", "coco") is None
    assert house.barred("kitchen", "ann") is None
    house.now += 7500
    assert house.barred("kitchen", "bob") is None
    house.happens(Edited, "kitchen", "bob", 5, "what is changed is heard, too")
    assert house.barred("kitchen", "bob") == (Code.SLOW_MODE, {"room": "kitchen", "seconds": 10})
    house.act("ann", Slow("kitchen", 0))
    assert house.barred("kitchen", "bob") is None


def test_a_clock_that_was_set_back_keeps_nobody_waiting(house: House) -> None:
    house.act("ann", Slow("kitchen", 10))
    house.says("kitchen", "bob")
    house.now -= HOUR
    assert house.barred("kitchen", "bob") is None


def test_an_announcement_reaches_everybody_and_conversations_only_where_it_must(
    house: House,
) -> None:
    (one,) = house.act("ann", Announce("kitchen", "dinner"))
    assert one == RoomEntry("kitchen", Announced(4, NOW, "ann", "Ann", 1, "dinner"))
    everywhere = house.act("root", Announce("", "stop"))
    rooms = [entry.room for entry in everywhere if isinstance(entry, RoomEntry)]
    assert rooms == [LOBBY, "kitchen", "attic"]
    for room in (LOBBY, "kitchen", "attic"):
        house.happens(Left, room, "bob", Reason.LEFT)
    everywhere = house.act("root", Announce("", "stop"))
    rooms = [entry.room for entry in everywhere if isinstance(entry, RoomEntry)]
    assert rooms == [LOBBY, "kitchen", "attic", TALK]


# ---- the lists


def test_the_list_has_what_still_holds(house: House) -> None:
    house.act("ann", Ban("kitchen", "10.0.0.9", 60, "spam"))
    house.act("ann", Ban("kitchen", "coco"))
    house.act("ann", Mute("kitchen", "bob", 3600))
    assert ban_list(house.state, "kitchen", NOW + 60_000).bans == (
        BanLine("coco", "Coco", "Ann", 0, "", False),
        BanLine("bob", "Bob", "Ann", NOW + HOUR, "", True),
    )
    assert [line.name for line in ban_list(house.state, "kitchen", NOW).bans] == [
        "10.0.0.9", "Coco", "Bob",
    ]  # fmt: skip
    assert ban_list(house.state, "", NOW).bans == ()


def test_a_list_of_bans_is_bounded_and_its_answer_fits_one_message(house: House) -> None:
    first = ipaddress.ip_address("10.1.0.0")
    for number in range(BANS_KEPT + 5):
        house.act("ann", Ban("kitchen", str(first + number), 0, "好" * WHY_CHARACTERS))
    kept = house.state.rooms["kitchen"].bans
    assert len(kept) == BANS_KEPT
    assert "10.1.0.4" not in kept
    answer = ban_list(house.state, "kitchen", NOW)
    assert REPLY_BATCH_BYTES - 4096 < len(encode(answer)) < REPLY_BATCH_BYTES
    assert answer.bans[-1].name == str(first + BANS_KEPT + 4)


def test_bans_that_have_ended_make_room_for_others(house: House) -> None:
    house.act("ann", Ban("kitchen", "10.0.0.8", 1))
    house.now += 1000
    house.act("ann", Ban("kitchen", "10.0.0.9"))
    assert list(house.state.rooms["kitchen"].bans) == ["10.0.0.9"]


PEOPLE = st.sampled_from(["ann", "bob", "coco", "root", "10.0.0.7", "nobody"])
PLACES = st.sampled_from(["kitchen", "attic", LOBBY, "", "nowhere"])
SECONDS = st.sampled_from([0, 1, 3600])
ACTS: st.SearchStrategy[Act] = st.one_of(
    st.builds(Kick, PLACES, PEOPLE),
    st.builds(Ban, PLACES, PEOPLE, SECONDS),
    st.builds(Unban, PLACES, PEOPLE),
    st.builds(Mute, PLACES, PEOPLE, SECONDS),
    st.builds(Unmute, PLACES, PEOPLE),
    st.builds(Op, PLACES, PEOPLE, st.booleans()),
    st.builds(Slow, PLACES, SECONDS),
    st.builds(Announce, PLACES, st.just("hear")),
)


@given(acts=st.lists(st.tuples(st.sampled_from(["ann", "bob", "coco", "root"]), ACTS), max_size=12))
def test_whatever_operators_do_the_state_is_what_a_snapshot_gives_back(
    acts: list[tuple[str, Act]],
) -> None:
    house = House()
    for person, act in acts:
        if person not in house.state.sessions:
            continue
        try:
            house.act(person, act)
        except Refusal:
            continue
        house.now += 500
        for room in house.state.rooms.values():
            assert not set(room.members) - set(house.state.sessions)
            assert not any(person in room.bans for person in room.members)
    taken = encode(house.state.snapshot())
    restored = State.restore(msgspec.json.decode(taken, type=Snapshot))
    assert encode(restored.snapshot()) == taken
