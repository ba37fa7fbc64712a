"""Whatever is lost, repeated or reordered: each event is delivered once, in order."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.feed import ANSWER_WITHIN_S, Delivery, RoomFeed
from client.rooms import PAGES_AT_ONCE, REPAIR_JITTER_S, Rooms
from protocol.events import Said
from protocol.limits import PAGE_EVENTS
from protocol.messages import Events, Head
from protocol.questions import Page


def batch(first: int, last: int) -> list[Said]:
    return [Said(n, 0, "a", "Ann", 0, f"{n}") for n in range(first, last + 1)]


def numbers(delivery: Delivery) -> list[int]:
    return [event.number for event in delivery.events]


def test_what_fits_is_delivered_at_once_and_the_old_is_dropped() -> None:
    feed = RoomFeed("r", 3)
    assert numbers(feed.receive(batch(1, 2), 0)) == []
    assert numbers(feed.receive(batch(1, 4), 0)) == [3, 4]
    assert numbers(feed.receive(batch(3, 4), 0)) == []
    assert numbers(feed.receive(batch(5, 5), 0)) == [5]
    assert numbers(feed.receive([], 0)) == []
    assert feed.ask(0) is None


def test_a_hole_is_asked_for_and_what_lies_beyond_is_held() -> None:
    feed = RoomFeed("r", 1)
    assert numbers(feed.receive(batch(4, 6), 2.0)) == []
    assert feed.ask(1.9) is None
    assert feed.ask(2.0) == Page("r", 1, 3)
    assert numbers(feed.receive(batch(7, 8), 9.0)) == []
    assert feed.ask(2.0 + ANSWER_WITHIN_S) == Page("r", 1, 3)
    assert numbers(feed.page(batch(1, 3), 1, 8, 0)) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert not feed._held
    assert (feed.holes, feed.repaired) == (0, 0)  # published before broadcasts were heard


def test_what_is_missing_after_broadcasts_were_heard_is_lost() -> None:
    feed = RoomFeed("r", 1)
    feed.receive(batch(1, 1), 0)
    feed.receive(batch(14, 14), 0)
    assert (feed.holes, feed.is_open) == (0, False)
    assert feed.ask(0) == Page("r", 2, 13)
    assert (feed.holes, feed.is_open) == (1, True)
    feed.page(batch(2, 8), 1, 14, 0)
    feed.ask(0)
    assert (feed.holes, feed.repaired, feed.is_open) == (1, 7, True)
    feed.page(batch(9, 13), 1, 14, 0)
    assert (feed.holes, feed.repaired, feed.is_open) == (1, 12, False)
    feed.receive(batch(16, 16), 0)
    feed.ask(0)
    feed.page(batch(15, 15), 1, 16, 0)
    assert (feed.holes, feed.repaired) == (2, 13)


def test_what_comes_late_but_before_it_is_asked_for_was_not_lost() -> None:
    feed = RoomFeed("r", 1)
    feed.receive(batch(1, 1), 0)
    feed.saw_head(3, 1.0)
    feed.receive(batch(2, 3), 0.5)
    assert feed.ask(1.0) is None
    assert feed.holes == 0


def test_what_a_heartbeat_tells_is_lost_if_the_one_before_found_nothing_missing() -> None:
    rooms = Rooms(lambda: 0.0)
    rooms.open("r", 1, 0, 0.0)
    rooms.beat([], 5.0)
    rooms.beat([("r", 2)], 10.0)
    ask(rooms, 10.0, 1)
    assert rooms.has_hole
    rooms.page(1, Events("j", "r", tuple(batch(1, 2)), 1, 2), 10.0)
    assert (rooms.holes, rooms.repaired, rooms.has_hole) == (1, 2, False)


def test_what_a_subscription_tells_as_it_takes_effect_is_not_lost() -> None:
    rooms = Rooms(lambda: 0.0)
    rooms.open("r", 1, 0, 0.0)
    rooms.broadcast(events("r", 1, 1), 0.0)
    rooms.reconnected(1.0)
    rooms.broadcast(Head("j", "r", 3), 1.0)  # said on this connection before it took effect
    ask(rooms, 1.0, 1)
    rooms.page(1, Events("j", "r", tuple(batch(2, 3)), 1, 3), 1.0)
    assert (rooms.holes, rooms.repaired) == (0, 0)


def test_what_was_said_while_the_connection_was_lost_is_not_lost() -> None:
    rooms = Rooms(lambda: 0.0)
    rooms.open("r", 1, 0, 0.0)
    rooms.broadcast(events("r", 1, 1), 0.0)
    rooms.broadcast(events("r", 3, 3), 0.0)
    ask(rooms, 0.0, 1)
    rooms.reconnected(1.0)
    rooms.open("r", 10, 9, 1.0)
    ask(rooms, 1.0, 2)
    rooms.page(2, Events("j", "r", tuple(batch(2, 2)), 1, 9), 1.0)
    ask(rooms, 1.0, 3)
    rooms.page(3, Events("j", "r", tuple(batch(4, 9)), 1, 9), 1.0)
    assert (rooms.holes, rooms.repaired) == (1, 1)  # the one before it broke


def test_an_unanswered_question_is_asked_again() -> None:
    feed = RoomFeed("r", 1)
    feed.saw_head(2, 0.0)
    assert feed.ask(0.0) == Page("r", 1, 0)
    assert feed.ask(ANSWER_WITHIN_S - 0.1) is None
    assert feed.ask(ANSWER_WITHIN_S) == Page("r", 1, 0)
    feed.ask_again(7.0)
    assert feed.ask_at == 7.0


def test_one_page_is_held_and_past_that_only_the_head_is_remembered() -> None:
    feed = RoomFeed("r", 1)
    feed.receive(batch(2, PAGE_EVENTS // 2), 0)
    feed.receive(batch(PAGE_EVENTS // 2 + 1, 3 * PAGE_EVENTS), 0)
    assert len(feed._held) == PAGE_EVENTS
    assert feed.head == 3 * PAGE_EVENTS
    assert numbers(feed.page(batch(1, 1), 1, 1, 5.0))[-1] == PAGE_EVENTS + 1
    assert feed.ask(5.0) == Page("r", PAGE_EVENTS + 2, 0)


@pytest.mark.parametrize(("held", "gone"), [((), 9), ((8, 12), 9), ((11, 12), 9), ((5, 6), 9)])
def test_what_is_no_longer_kept_is_passed_over_and_told(held: tuple[int, ...], gone: int) -> None:
    feed = RoomFeed("r", 1)
    if held:
        feed.receive(batch(*held), 0)
    feed.saw_head(12, 0)
    delivery = feed.page(batch(10, 12), 10, 12, 0)
    assert delivery.gone == gone
    assert numbers(delivery) == [10, 11, 12]
    assert feed.ask_at is None


def test_nothing_is_kept_at_all() -> None:
    feed = RoomFeed("r", 1)
    feed.saw_head(5, 0)
    assert feed.page([], 6, 5, 0) == ([], 5)
    assert (feed.next, feed.ask_at) == (6, None)


def test_a_broker_with_less_than_it_said_is_not_asked_in_a_circle() -> None:
    feed = RoomFeed("r", 1)
    feed.saw_head(5, 0)
    feed.page([], 1, 0, 1.0)
    assert feed.ask_at == 1.0 + ANSWER_WITHIN_S


class ModelRoom:
    """A room whose broadcasts go astray, the feed that follows it, and what was delivered."""

    def __init__(self, start: int, page: int) -> None:
        self.feed = RoomFeed("r", start)
        self.start = start
        self.head = start - 1
        self.oldest = 1
        self.now = 0.0
        self.flying: list[list[Said]] = []
        self.seen: list[int] = []
        self.gone: list[int] = []
        self._page = page
        self._last = start - 1

    def grow(self, size: int) -> None:
        self.flying.append(batch(self.head + 1, self.head + size))
        self.head += size

    def broadcast(self, index: int, *, arrives: bool, stays: bool) -> None:
        """Let a batch arrive, be lost, or be there to arrive again."""
        if self.flying:
            index %= len(self.flying)
            if arrives:
                self._take(self.feed.receive(self.flying[index], self.now))
            if not stays:
                del self.flying[index]

    def repair(self, *, answered: bool) -> bool:
        """Let a page be asked for if one is due; return whether it was."""
        question = self.feed.ask(self.now)
        if question is not None and answered:
            first = max(question.first, self.oldest)
            last = min(question.last or self.head, self.head, first + self._page - 1)
            answer = batch(first, last)
            self._take(self.feed.page(answer, self.oldest, self.head, self.now))
        return question is not None

    def _take(self, delivery: Delivery) -> None:
        self.gone += range(self._last + 1, self._last + 1 + delivery.gone)
        self.seen += numbers(delivery)
        self._last = max([self.start - 1, *self.gone[-1:], *self.seen[-1:]])


_acts = st.tuples(st.integers(0, 6), st.integers(1, 4), st.booleans(), st.booleans())


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.integers(1, 5), st.sampled_from([1, 3, 7]), st.lists(_acts, max_size=30))
def test_any_loss_repetition_and_reordering(
    start: int, page: int, acts: list[tuple[int, int, bool, bool]]
) -> None:
    room = ModelRoom(start, page)
    for kind, size, one, other in acts:
        room.now += 1
        if kind <= 1:
            room.grow(size)
        elif kind <= 3:
            room.broadcast(size, arrives=one, stays=other)
        elif kind == 4:
            room.feed.saw_head(room.head, room.now)
        elif kind == 5:
            room.repair(answered=one)
        else:
            room.oldest = min(room.oldest + size - 1, room.head + 1)
    room.feed.saw_head(room.head, room.now)
    room.feed.ask_again(room.now)
    for _ in range(2 * room.head + 10):
        room.now += ANSWER_WITHIN_S
        if not room.repair(answered=True):
            break
    assert room.feed.ask_at is None
    assert room.feed.next == room.head + 1
    assert room.seen == sorted(set(room.seen))
    assert sorted(room.gone + room.seen) == list(range(start, room.head + 1))
    assert all(number < room.oldest for number in room.gone)


# ---- all rooms of a link


def events(room: str, first: int, last: int) -> Events:
    return Events("j", room, tuple(batch(first, last)))


def rooms_with_holes(count: int) -> Rooms:
    rooms = Rooms(lambda: 1.0)
    for index in range(count):
        rooms.open(f"r{index}", 1, 2, 0.0)
    return rooms


def ask(rooms: Rooms, now: float, first_request: int) -> list[str]:
    asked = [page.room for page in rooms.due_pages(now)]
    for request, room in enumerate(asked, first_request):
        rooms.asked(request, room)
    return asked


def test_a_limited_number_of_rooms_is_repaired_at_once_and_the_others_wait_quietly() -> None:
    rooms = rooms_with_holes(PAGES_AT_ONCE + 2)
    asked = ask(rooms, 0.0, 1)
    assert len(asked) == PAGES_AT_ONCE
    assert rooms.next_deadline() == ANSWER_WITHIN_S
    rooms.page(1, Events("j", asked[0], tuple(batch(1, 2)), 1, 2), 0.1)
    assert rooms.next_deadline() == 0.0
    assert len(ask(rooms, 0.1, 10)) == 1
    assert rooms.next_deadline() == ANSWER_WITHIN_S
    assert len(ask(rooms, ANSWER_WITHIN_S, 20)) == PAGES_AT_ONCE - 1


def test_a_hole_that_many_have_is_asked_for_with_jitter() -> None:
    rooms = Rooms(lambda: 0.5)
    rooms.open("r", 1, 0, 0.0)
    assert rooms.broadcast(events("r", 3, 3), 1.0) is None
    assert rooms.next_deadline() == 1.0 + REPAIR_JITTER_S / 2


def test_a_refused_page_is_asked_for_again_no_sooner_than_told() -> None:
    rooms = rooms_with_holes(1)
    ask(rooms, 0.0, 1)
    rooms.page_refused(1, 10.0, 1.0)
    assert rooms.next_deadline() == 10.0 + 1.0 + REPAIR_JITTER_S
    assert not rooms.is_page(1)


def test_what_was_repaired_is_counted_for_good() -> None:
    rooms = Rooms(lambda: 0.0)
    for room in ("r0", "r1"):
        rooms.open(room, 1, 0, 0.0)
        rooms.broadcast(events(room, 1, 1), 0.0)
        rooms.broadcast(events(room, 4, 4), 0.0)
    ask(rooms, 0.0, 1)
    rooms.page(1, Events("j", "r0", tuple(batch(2, 3)), 1, 4), 0.1)
    rooms.page(2, Events("j", "r1", tuple(batch(2, 3)), 1, 4), 0.1)
    assert (rooms.holes, rooms.repaired) == (2, 4)
    rooms.close("r0")
    assert (rooms.holes, rooms.repaired) == (2, 4)
    rooms.clear()
    assert (rooms.holes, rooms.repaired) == (2, 4)


def test_rooms_that_nobody_is_in_are_passed_over() -> None:
    rooms = Rooms(lambda: 0.0)
    assert rooms.broadcast(events("r", 1, 1), 0.0) is None
    assert rooms.broadcast(Head("j", "r", 4), 0.0) is None
    assert not rooms.beat([("r", 4)], 0.0)
    assert rooms.next_deadline() is None
