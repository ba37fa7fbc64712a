"""Who is shown a room on the nc door, and from where on, when people come and go out of turn."""

from __future__ import annotations

import pytest

from client.notices import IgnoredNow, JournalChanged, RoomEntered, RoomEvents, RoomLeft
from gateway.person import UNSETTLED_LINES
from protocol.commands import Say
from protocol.events import AnyEvent, Banned, Joined, Left, Said, SubjectSet
from protocol.messages import Ignored
from protocol.questions import Found, Hit, Kind
from tests.gateway.inmemory import HINT, House
from tests.gateway.scripted import AT, Booth, events_of


def said(who: int, text: str, n: int = 0) -> AnyEvent:
    return Said(0, AT, f"p{who}", f"P{who}", n, text)


def left(who: int, reason: str) -> AnyEvent:
    return Left(0, AT, f"p{who}", f"P{who}", 0, reason)


def joined(who: int) -> AnyEvent:
    return Joined(0, AT, f"p{who}", f"P{who}", 1, f"x:{who}")


def entered(who: int, room: str, number: int, first: int = 1) -> RoomEntered:
    return RoomEntered(who, room, number, None, Kind.PRIVATE, "", first)


def in_den() -> Booth:
    """Persons 1 and 2 are in the private room #den, which has three events."""
    booth = Booth()
    booth.arrive("P1", "P2")
    for key in (1, 2):
        booth.enter(key, "den", f"P{key}", kind=Kind.PRIVATE)
    booth.happen("den", said(9, "hello"))
    booth.forget()
    return booth


# ---- lost, with others of the same door in the room


def test_who_was_lost_reads_nothing_until_they_are_in_again() -> None:
    booth = in_den()
    ban = Banned(0, AT, "p9", "P9", 4, "", "10.0.0.1", 0, "spam")
    booth.happen("den", left(1, "lost"), left(2, "lost"), ban, said(9, "secret"))
    assert booth.seen(1) == ""
    assert booth.seen(2) == "P1 exit already!\n"
    booth.tell(entered(2, "den", 8))
    booth.happen("den", joined(2), said(9, "more"))
    assert booth.seen(2) == "P9 banned 10.0.0.1: spam\nP9: secret\nP9: more\n"
    booth.tell(RoomLeft(1, "den", "", code="banned", fields={"room": "den"}))
    booth.happen("den", said(9, "gone"))
    assert booth.seen(1) == (
        "You are banned from #den.\n-- you are in #den no more.\n"
        "-- what you type goes nowhere now: /focus #lobby talks there.\n"
    )


@pytest.mark.parametrize("is_early", [False, True])
def test_who_comes_back_after_being_lost_reads_on_from_where_they_may(is_early: bool) -> None:
    booth = in_den()
    again = entered(1, "den", 8, first=7)
    if is_early:
        booth.tell(again)
    booth.happen("den", left(1, "lost"), said(2, "not for 1"))
    if is_early:
        booth.happen("den", said(2, "nor this"), said(2, "this"))
    else:
        booth.happen("den", said(2, "nor this"), said(2, "this"))
        booth.tell(again)
    booth.happen("den", joined(1), said(2, "and this"))
    assert booth.seen(1) == "P2: this\nP2: and this\n"


# ---- an entering that came before the exit


def test_an_entering_of_long_ago_does_not_bring_anybody_back() -> None:
    booth = in_den()
    booth.tell(entered(1, "den", 8))  # its exit is never seen
    booth.tell(RoomLeft(1, "den", ""), RoomLeft(2, "den", ""), JournalChanged())
    booth.heads.clear()
    for key in (1, 2):
        booth.enter(key, "den", kind=Kind.PRIVATE)
    booth.happen("den", left(1, "left"))
    booth.forget()
    booth.happen("den", *(said(2, "secret") for _ in range(9)))
    assert booth.seen(1) == ""
    assert booth.seen(2) == "P2: secret\n" * 9


def test_an_answer_that_comes_late_does_not_change_the_subject_back() -> None:
    booth = Booth()
    booth.arrive("P1", "P2")
    booth.enter(1, "dev", subject="old")
    booth.happen("dev", joined(2), SubjectSet(0, AT, "p9", "P9", 1, "new"))
    booth.tell(RoomEntered(2, "dev", 2, None, Kind.PUBLIC, "old"))
    booth.forget()
    booth.type(1, "/topic\n")
    assert booth.seen(1) == "#dev is about: new\n"


def test_the_subject_is_known_though_the_answer_to_the_join_was_lost() -> None:
    booth = Booth()
    booth.arrive("P1")
    booth.tell(RoomEntered(1, "dev", 2, None, Kind.PUBLIC, "fun"))
    booth.type(1, "/topic\n")
    assert booth.seen(1).endswith("#dev is about: fun\n")


# ---- still arriving


def test_who_is_told_something_before_the_lobby_lets_them_in_waits_for_it() -> None:
    booth = Booth()
    booth.arrive("P1")
    key = booth.connect()
    booth.settle(key)
    booth.enter(key, "@p1:p2", "P2", kind=Kind.TALK, other="p1", other_name="P1")
    booth.happen("@p1:p2", said(1, "psst"))
    booth.type(key, "hello\n")
    assert booth.wanted(key) == []
    booth.enter(key, "lobby", "P2")
    assert booth.seen(key).endswith(f"[private] P1: psst\n{HINT}[10.0.0.1:2]:[P2] ===> login!!\n")
    assert booth.wanted(key) == [Say("lobby", "hello")]


def test_who_arrives_while_the_broker_goes_and_comes_is_welcomed_once() -> None:
    house = House()
    gateway = house.gateway()
    new = gateway.connect()
    gateway.holds_replies = True
    house.settle()
    gateway.replies = type(gateway.replies)(list(gateway.replies)[:1])
    gateway.holds_replies = False
    gateway.turn()  # welcomed, and the answer to the join is lost
    house.kill()
    house.start()
    house.wait(10)
    assert new.text.count("welcome") == 1
    assert new.text.count("login!!") == 1
    new.type("hi\n")
    assert "already" not in new.text
    assert new.text.endswith(": hi\n")


# ---- what one person may cost


def test_questions_wait_too_when_nobody_answers() -> None:
    booth = Booth()
    booth.arrive("P1")
    booth.type(1, "/rooms\n" * (UNSETTLED_LINES + 100))
    assert len(booth.link.questions) == UNSETTLED_LINES


def test_who_is_let_in_late_reads_what_came_since_as_far_as_it_is_kept() -> None:
    booth = Booth()
    booth.arrive("P1", "P2")
    booth.enter(1, "dev")
    for minutes in (0, 8, 16):
        booth.happen("dev", Said(0, AT + minutes * 60_000, "p9", "P9", 0, f"at {minutes}"))
    booth.forget()
    booth.tell(entered(2, "dev", 1))
    assert booth.seen(2) == "-- you talk in #dev now.\nP9: at 8\nP9: at 16\n"


def test_what_is_no_longer_kept_is_told_with_its_room() -> None:
    booth = in_den()
    booth.type(2, "/focus #lobby\n")
    booth.forget()
    booth.tell(RoomEvents("den", (), gone=3))
    assert booth.seen(1) == "-- messages no longer kept: 3.\n"
    assert booth.seen(2) == "#den -- messages no longer kept: 3.\n"


# ---- ignored


def test_what_is_found_leaves_out_who_is_ignored() -> None:
    booth = Booth()
    booth.arrive("P1")
    booth.tell(IgnoredNow(1, [Ignored("p2", "P2")]))
    booth.forget()
    booth.type(1, "/search a\n")
    hits = tuple(Hit("lobby", event) for event in events_of([said(2, "a"), said(3, "a")]))
    booth.answer(Found(hits))
    assert booth.seen(1) == "-- 16:53+08 #lobby:2 P3: a\n"


def test_who_had_quit_when_the_door_closes_misses_no_line() -> None:
    booth = Booth()
    booth.arrive("P1")
    booth.type(1, "/quit\n")
    booth.link.commands.clear()  # acknowledged, and not heard of yet
    booth.door.quit_all()
    booth.tell()
    assert booth.seen(1) == "-- this door is closing; goodbye.\n"
