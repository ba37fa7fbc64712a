"""Pages, rosters, and the size of everything that leaves."""

from __future__ import annotations

from broker.room import Room
from broker.state import LOBBY
from protocol.commands import Join, Say
from protocol.errors import Code
from protocol.events import Said
from protocol.limits import (
    PAGE_EVENTS,
    QUESTIONS_A_TURN,
    RECENT_MESSAGES,
    REPLY_BATCH_BYTES,
    REPLY_MAX_BYTES,
    ROSTER_PEOPLE,
    SUBJECT_CHARACTERS,
    TEXT_CHARACTERS,
)
from protocol.messages import Answer, Ask, BrokerMessage, Do, Entered, Events, Hello, Refused
from protocol.questions import Page, People, RoomList, Rooms, Who
from tests.broker.hub import Disk, Hub, peer, token

DOOR = peer(9, trusted=True)
LARGEST = "\U0001f600" * TEXT_CHARACTERS
WIDE_NAME = "\U00020000" * 27


def answer(messages: list[BrokerMessage]) -> object:
    (found,) = (m for m in messages if isinstance(m, Answer))
    return found.answer


def page(hub: Hub, first: int, last: int = 0) -> Events:
    found = answer(hub.send(peer(1), Ask(1, 1, Page(LOBBY, first, last))))
    assert isinstance(found, Events)
    return found


def who(hub: Hub, after: int = 0, limit: int = ROSTER_PEOPLE) -> People:
    found = answer(hub.send(DOOR, Ask(1, 1, Who(LOBBY, after, limit))))
    assert isinstance(found, People)
    return found


def crowd(hub: Hub, count: int) -> None:
    """Let many people in, with the longest names and addresses."""
    for number in range(1, count + 1):
        address = f"[ffff:ffff:ffff:ffff:ffff:ffff:ffff:{number:04x}%interface]:{number + 10000}"
        hello = Hello(number, token(number), name=f"{WIDE_NAME}{number}", address=address)
        hub.send(DOOR, hello, Do(number, 1, Join(LOBBY)))


def test_a_page_states_its_room_and_stays_within_its_bounds() -> None:
    hub = Hub()
    ann = hub.enter(1, "Ann")
    for index in range(9):
        hub.say(ann, f"{index}")
    found = page(hub, 3, 5)
    assert (found.journal, found.room, found.oldest, found.head) == ("j", LOBBY, 1, 10)
    assert [e.number for e in found.events] == [3, 4, 5]
    assert [e.number for e in page(hub, 9).events] == [9, 10]
    assert [e.number for e in page(hub, 9, 5000).events] == [9, 10]
    assert page(hub, 11).events == ()
    assert page(hub, 5, 3).events == ()


def test_a_page_is_cut_by_count() -> None:
    hub = Hub()
    ann = hub.enter(1, "Ann")
    commands = [Do(1, n, Say(LOBBY, "x")) for n in range(2, PAGE_EVENTS + 100)]
    hub.send(ann, *commands)
    assert [e.number for e in page(hub, 1).events] == list(range(1, PAGE_EVENTS + 1))
    assert page(hub, PAGE_EVENTS).events[0].number == PAGE_EVENTS


def test_pages_broadcasts_and_entrances_are_cut_by_bytes() -> None:
    hub = Hub()
    ann = hub.enter(1, "Ann")
    with hub.turn() as left:
        hub.core.receive(ann, [Do(1, n, Say(LOBBY, LARGEST)) for n in range(2, 102)])
    assert all(len(body) <= REPLY_MAX_BYTES for body in left.bodies)
    assert len(left.published) > 1
    assert [e.number for e in left.events] == list(range(2, 102))
    cut = page(hub, 2)
    assert 1 < len(cut.events) < 100
    with hub.turn() as left:
        hub.core.receive(ann, [Ask(1, n, Page(LOBBY, 2)) for n in range(1, 9)])
        hub.core.receive(peer(2), [Hello(1, token(2)), Do(1, 1, Join(LOBBY))])
    assert max(map(len, left.bodies)) <= REPLY_MAX_BYTES
    assert len(left.to(ann)) == 8
    (entered,) = (m for m in left.to(peer(2)) if isinstance(m, Entered))
    assert len(entered.recent) == RECENT_MESSAGES


def test_escapes_make_nothing_too_large() -> None:
    hub = Hub()
    ann = hub.enter(1, "Ann")
    texts = ['"' * TEXT_CHARACTERS, "\\" * TEXT_CHARACTERS, "x" + "\n" * (TEXT_CHARACTERS - 1)]
    with hub.turn() as left:
        hub.core.receive(ann, [Do(1, n, Say(LOBBY, texts[n % 3])) for n in range(2, 80)])
    assert all(len(body) <= REPLY_BATCH_BYTES + 1024 for body in left.bodies)
    assert {e.text for e in left.events if isinstance(e, Said)} == set(texts)


def test_a_page_below_what_is_kept_says_so() -> None:
    hub = Hub(disk=Disk(keep_messages=2))
    ann = hub.enter(1, "Ann")
    for index in range(10):
        hub.say(ann, f"{index}")
    for _ in range(2):  # retention never passes the older snapshot
        hub.disk.journal._snapshot_every = 0
        hub.disk.maintain(hub.state, 0)
        hub.disk.journal._snapshot_every = 10_000
        hub.say(ann, "more")
    while hub.disk.maintain(hub.state, 0):
        pass
    found = page(hub, 1)
    assert found.oldest > 1
    assert found.events[0].number == found.oldest


def test_a_roster_is_in_the_order_of_coming_and_cut_at_the_limit() -> None:
    hub = Hub()
    crowd(hub, ROSTER_PEOPLE + 5)
    with hub.turn() as left:
        hub.core.receive(DOOR, [Ask(1, 1, Who(LOBBY, 0, 10**6))])
    assert max(map(len, left.bodies)) <= REPLY_MAX_BYTES
    first = who(hub, limit=10**6)
    assert (first.total, first.at, len(first.people)) == (ROSTER_PEOPLE + 5,) * 2 + (ROSTER_PEOPLE,)
    rest = who(hub, after=first.people[-1].joined)
    assert [p.joined for p in (*first.people, *rest.people)] == list(range(1, ROSTER_PEOPLE + 6))
    assert len(who(hub, limit=7).people) == 7
    assert first.people[4].name == f"{WIDE_NAME}5"


def test_a_list_of_rooms_is_cut_where_a_message_is_full_and_goes_on() -> None:
    hub = Hub()
    hub.enter(1, "Ann")
    for number in range(300):
        room = Room(f"{number:03}", members={"x": 1}, subject="\U0001f600" * SUBJECT_CHARACTERS)
        hub.state.rooms[room.name] = room
        hub.state.directory.filled(room)
    found: list[str] = []
    while len(found) < 301:
        asked = Rooms(found[-1] if found else "", 1000)
        with hub.turn() as left:
            hub.core.receive(peer(1), [Ask(1, 1, asked)])
        assert max(map(len, left.bodies)) <= REPLY_MAX_BYTES
        listed = answer(left.to(peer(1)))
        assert isinstance(listed, RoomList)
        assert listed.total == 301
        assert len(listed.rooms) < 300
        found += [line.room for line in listed.rooms]
    assert found == sorted(hub.state.rooms)


def test_many_answers_to_one_peer_are_cut_into_messages() -> None:
    hub = Hub()
    crowd(hub, 300)
    with hub.turn() as left:
        hub.core.receive(DOOR, [Ask(1, n, Who(LOBBY)) for n in range(1, 40)])
    assert len(left.bodies) > 1
    assert len(left.to(DOOR)) == 39
    assert max(map(len, left.bodies)) <= REPLY_BATCH_BYTES


def test_a_flood_of_questions_is_answered_in_part() -> None:
    hub = Hub()
    hub.enter(1, "Ann")
    asked = [Ask(1, request, Page(LOBBY, 1)) for request in range(1, 101)]
    answers = hub.send(peer(1), *asked)
    refused = [a for a in answers if isinstance(a, Refused)]
    assert len(answers) - len(refused) == QUESTIONS_A_TURN
    assert {a.code for a in refused} == {Code.BUSY}
    assert [a.request for a in refused] == list(range(QUESTIONS_A_TURN + 1, 101))
    assert all(a.fields["retry_after"] for a in refused)
    assert isinstance(hub.send(peer(1), asked[0])[0], Answer)
