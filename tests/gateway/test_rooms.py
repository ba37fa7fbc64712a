"""Several rooms, private talk and big rooms on the nc door: who reads what, and how."""

from __future__ import annotations

import pytest

from client.notices import IgnoredNow, InvitedTo, JournalChanged, RoomLeft, SessionOver
from gateway.gathering import BIG_ROOM
from protocol.commands import Announce, Join, Kick, Leave, Say, Tell
from protocol.events import (
    Announced,
    AnyEvent,
    Banned,
    Deleted,
    Edited,
    Joined,
    Kicked,
    Left,
    Renamed,
    Said,
    SubjectSet,
    WentAway,
)
from protocol.messages import Events, Ignored
from protocol.questions import (
    BanLine,
    BanList,
    Described,
    Found,
    Happened,
    Hit,
    Kind,
    Recent,
    RoomLine,
    RoomList,
    Search,
    Since,
)
from tests.gateway.scripted import AT, Booth, events_of

NEW_JOURNAL = "-- the broker came back with another history; messages may be missing.\n"
ROOMLESS = "-- you are in no room now: /join #lobby goes back, /rooms lists them.\n"


def said(who: int, text: str, n: int = 0, **more: object) -> AnyEvent:
    return Said(0, AT, f"p{who}", f"P{who}", n, text, **more)  # type: ignore[arg-type]


def left(who: int, reason: str, n: int = 0) -> AnyEvent:
    return Left(0, AT, f"p{who}", f"P{who}", n, reason)


def put_out_of_all(who: int) -> AnyEvent:
    return Left(0, AT, f"p{who}", f"P{who}", 0, "kicked", everywhere=True)


def in_two_rooms() -> Booth:
    """Person 1 is in the lobby and in #dev, which is in focus; person 2 in the lobby."""
    booth = Booth()
    booth.arrive("P1", "P2")
    booth.type(1, "/join #Dev\n")
    assert booth.wanted(1) == [Join("dev")]
    booth.settle(1)
    booth.enter(1, "dev", "P1", subject="bugs", total=3)
    return booth


# ---- rooms and the one in focus


def test_a_room_that_is_entered_comes_into_focus() -> None:
    booth = in_two_rooms()
    assert booth.seen(1) == "-- you talk in #dev now; people here: 3.\n#dev is about: bugs\n"
    booth.happen("dev", said(9, "here"))
    booth.happen("lobby", said(2, "there\nand more"))
    assert booth.seen(1) == "P9: here\n#lobby P2: there\n#lobby P2: and more\n"
    booth.type(1, "hi\n")
    assert booth.wanted(1) == [Say("dev", "hi")]
    booth.type(1, "/focus #lobby\n")
    assert booth.seen(1) == "-- you talk in #lobby now.\n"
    booth.happen("dev", said(9, "here"))
    booth.happen("lobby", said(2, "there"))
    assert booth.seen(1) == "#dev P9: here\nP2: there\n"


def test_a_room_that_one_is_in_needs_no_join_and_others_cannot_be_focused() -> None:
    booth = in_two_rooms()
    booth.type(1, "/join lobby\n/focus #ops\n")
    assert booth.seen(1).splitlines()[-2:] == [
        "-- you talk in #lobby now.",
        "You are not in #ops: join it first.",
    ]
    assert booth.wanted(1) == []


@pytest.mark.parametrize("line", ["/join #vault", "/join #a(b)", "/focus #vault"])
def test_what_was_typed_with_a_join_that_is_refused_is_said_nowhere(line: str) -> None:
    booth = Booth()
    booth.arrive("P1")
    booth.type(1, f"{line}\nsecret\n/who\n")
    if booth.wanted(1) == [Join("vault")]:
        booth.refuse(1, "invite_only", room="vault")
    assert booth.wanted(1) == []
    told = booth.seen(1).splitlines()
    assert told[1] == "-- what you type goes nowhere now: /focus #lobby talks there."
    assert told[2].startswith("You talk in no room")
    booth.type(1, "/focus #lobby\nhi\n")
    assert booth.wanted(1) == [Say("lobby", "hi")]


def test_a_join_that_is_refused_changes_nothing_for_what_is_typed_later() -> None:
    booth = Booth()
    booth.arrive("P1")
    booth.type(1, "/join #vault\n")
    booth.refuse(1, "invite_only", room="vault")
    booth.type(1, "hi\n")
    assert booth.wanted(1) == [Say("lobby", "hi")]


def test_lines_after_join_and_leave_wait_for_the_room_that_they_are_meant_for() -> None:
    booth = Booth()
    booth.arrive("P1")
    booth.type(1, "/join #dev\nhi\n/leave\nback\n")
    assert booth.wanted(1) == [Join("dev")]
    booth.settle(1)
    booth.enter(1, "dev", "P1")
    assert booth.wanted(1) == [Say("dev", "hi"), Leave("dev")]
    booth.settle(1)
    booth.happen("dev", said(1, "hi", n=2), left(1, "left", n=3))
    assert booth.wanted(1) == [Say("lobby", "back")]
    assert booth.seen(1).endswith(
        "P1: hi\n-- you are in #dev no more.\n-- you talk in #lobby now.\n"
    )


def test_who_is_in_no_room_stays_connected() -> None:
    booth = Booth()
    booth.arrive("P1")
    booth.type(1, "/leave\n")
    booth.settle(1)
    booth.happen("lobby", left(1, "left", n=2))
    assert booth.seen(1) == "-- you are in #lobby no more.\n" + ROOMLESS
    booth.type(1, "hello\n/leave\n")
    assert (
        booth.seen(1)
        == "You talk in no room: /join #lobby, /focus one of yours, or wait a moment.\n" * 2
    )
    booth.type(1, "/join #lobby\n")
    booth.settle(1)
    booth.enter(1, "lobby", "P1")
    assert booth.seen(1).endswith("[10.0.0.1:1]:[P1] ===> login!!\n")
    assert not booth.closed


def test_who_is_not_let_into_the_lobby_stays_connected_too() -> None:
    booth = Booth()
    booth.arrive("P1")
    assert booth.connect() == 2
    booth.refuse(2, "banned", room="lobby", until=AT + 3_600_000, why="spam")
    banned = "You are banned from #lobby until 17:54+08: spam.\n"
    assert booth.seen(2) == f"welcome 10.0.0.1:2\n{banned}{ROOMLESS}"
    booth.type(2, "/join #dev\n")
    assert booth.wanted(2) == [Join("dev")]


def test_coming_and_going_in_other_rooms() -> None:
    booth = in_two_rooms()
    booth.seen(1)
    booth.happen("dev", Joined(0, AT, "p9", "P9", 1, "x:1"), left(9, "left", 2))
    booth.type(1, "/focus #lobby\n")
    booth.happen("dev", Joined(0, AT, "p9", "P9", 3, "x:1"), left(9, "left", 4))
    assert booth.seen(1) == (
        "P9 came in\nP9 left\n-- you talk in #lobby now.\n#dev P9 came in\n#dev P9 left\n"
    )


def test_with_another_journal_a_room_is_seen_only_once_it_was_entered_again() -> None:
    booth = in_two_rooms()
    booth.arrive("P3")
    booth.tell(JournalChanged())
    booth.heads.clear()
    booth.enter(2, "dev", "P2", kind=Kind.PRIVATE)
    booth.happen("dev", said(2, "secret"))
    assert booth.seen(1) == NEW_JOURNAL
    assert booth.seen(2).endswith("P2: secret\n")
    booth.tell(RoomLeft(1, "dev", "", code="invite_only", fields={"room": "dev"}))
    booth.happen("dev", said(2, "secret"))
    booth.enter(1, "lobby", "P1")
    booth.happen("lobby", said(3, "hi"))
    assert booth.seen(1) == (
        "The room #dev is private: somebody in it must invite you.\n"
        "-- you are in #dev no more.\n"
        "-- what you type goes nowhere now: /focus #lobby talks there.\n"
        "#lobby [10.0.0.1:1]:[P1] ===> login!!\n#lobby P3: hi\n"
    )


# ---- one act in several rooms


@pytest.mark.parametrize("order", [("lobby", "dev"), ("dev", "lobby")])
@pytest.mark.parametrize(
    ("act", "line"),
    [
        (Renamed(0, AT, "p9", "Nine", 5, "Ten"), "Nine is now Ten\n"),
        (Left(0, AT, "p9", "Nine", 5, "quit"), "Nine exit already!\n"),
        (Left(0, AT, "p9", "Nine", 0, "idle"), "Nine timeout exit already!\n"),
        (WentAway(0, AT, "p9", "Nine", 5, True, "lunch"), "Nine is away: lunch\n"),
        (Announced(0, AT, "p9", "Nine", 5, "all", True), "Announcement of Nine: all\n"),
    ],
)
def test_one_act_in_several_rooms_is_shown_once(
    act: AnyEvent, line: str, order: tuple[str, str]
) -> None:
    booth = in_two_rooms()
    booth.forget()
    for room in order:
        booth.happen(room, act)
    assert booth.seen(1) == line
    assert booth.seen(2) == line


def test_the_same_act_again_is_another() -> None:
    booth = in_two_rooms()
    booth.forget()
    for n in (5, 6):
        for room in ("lobby", "dev"):
            booth.happen(room, WentAway(0, AT, "p9", "Nine", n, n == 5, ""))
    assert booth.seen(1) == "Nine is away\nNine is back\n"


def test_half_close_waits_for_ones_own_acts_once_each() -> None:
    booth = in_two_rooms()
    booth.forget()
    booth.type(1, "/nick Anna\nlast words\n")
    booth.door.ended(1, booth.now)
    booth.settle(1)
    rename = Renamed(0, AT, "p1", "P1", 3, "Anna")
    booth.happen("lobby", rename)
    booth.happen("dev", rename)
    assert booth.wanted(1) == []
    booth.happen("dev", said(1, "last words", n=4))
    assert booth.seen(1) == "rename successfully!\nP1: last words\n"
    assert [type(command).__name__ for command in booth.wanted(1)] == ["Quit"]


def test_half_close_waits_for_what_shows_in_no_room_until_it_is_done() -> None:
    booth = Booth()
    booth.arrive("P1")
    booth.type(1, "/ignore P2\n")
    booth.door.ended(1, booth.now)
    assert [type(command).__name__ for command in booth.wanted(1)] == ["Ignore"]
    booth.settle(1)
    booth.tell(IgnoredNow(1, [Ignored("p2", "P2")]))
    assert booth.seen(1) == "You see nothing of P2 any more.\n"
    assert [type(command).__name__ for command in booth.wanted(1)] == ["Quit"]


def test_half_close_waits_for_answers() -> None:
    booth = Booth()
    booth.arrive("P1")
    booth.type(1, "/rooms\n")
    booth.door.ended(1, booth.now)
    assert booth.wanted(1) == []
    booth.answer(RoomList(1, (RoomLine("lobby", Kind.PUBLIC, 1),)))
    assert booth.seen(1) == "#lobby, people: 1\n"
    assert [type(command).__name__ for command in booth.wanted(1)] == ["Quit"]


# ---- private talk


def in_talk() -> Booth:
    """Persons 1 and 2 talk in private; the names are those that the broker knows."""
    booth = Booth()
    booth.arrive("P1", "P2", "P3")
    booth.type(1, "/msg p2 hi\n")
    assert booth.wanted(1) == [Tell("p2", "hi")]
    booth.settle(1)
    talk = {"kind": Kind.TALK}
    booth.enter(1, "@p1:p2", "P1", other="p2", other_name="P2", **talk)
    booth.enter(2, "@p1:p2", "P2", other="p1", other_name="P1", **talk)
    booth.happen("@p1:p2", said(1, "hi", n=2))
    return booth


def test_private_talk_is_marked_and_seen_by_the_two_alone() -> None:
    booth = in_talk()
    assert booth.seen(1) == "[private to P2] P1: hi\n"
    assert booth.seen(2) == "[private] P1: hi\n"
    assert booth.seen(3) == ""
    booth.type(2, "/reply yes?\n")
    assert booth.wanted(2) == [Tell("p1", "yes?")]
    booth.settle(2)
    booth.happen("@p1:p2", said(2, "yes?", n=2), said(2, "waves\ntwice", n=3, action=True))
    assert booth.seen(1) == "[private] P2: yes?\n[private] * P2 waves\n[private] * P2 twice\n"
    assert booth.seen(2).startswith("[private to P1] P2: yes?\n")
    booth.type(2, "in the room\n")
    assert booth.wanted(2) == [Say("lobby", "in the room")]


def test_what_is_found_in_a_conversation_says_with_whom() -> None:
    booth = in_talk()
    booth.forget()
    booth.type(1, "/search hi\n")
    booth.answer(Found((Hit("@p1:p2", *events_of([said(1, "hi", n=2)])),)))
    assert booth.seen(1) == "-- 16:53+08 [private with P2]:1 P1: hi\n"


def test_a_conversation_in_focus_takes_plain_lines() -> None:
    booth = in_talk()
    booth.type(2, "/focus P1\noh\n/history 5\n/topic\n")
    assert booth.wanted(2) == [Say("@p1:p2", "oh")]
    assert booth.seen(2).splitlines()[-1] == "-- you talk with P1 in private now."
    booth.settle(2)
    assert booth.question() == Recent("@p1:p2", 5)
    booth.happen("@p1:p2", said(2, "oh", n=1))
    assert booth.seen(2).splitlines()[-1] == "That is not for a conversation of two."
    booth.happen("@p1:p2", said(1, "still marked"))
    booth.type(2, "/leave\nfor all\n")
    assert booth.wanted(2) == [Leave("@p1:p2")]
    booth.settle(2)
    booth.happen("@p1:p2", left(2, "left", n=2))
    assert booth.seen(2) == "[private] P1: still marked\n-- you talk in #lobby now.\n"
    assert booth.wanted(2) == [Say("lobby", "for all")]


def test_words_for_a_conversation_that_the_broker_ended_are_said_nowhere() -> None:
    booth = in_talk()
    booth.type(2, "/focus P1\n")
    booth.forget()
    booth.happen("@p1:p2", left(2, "left"))  # they were in very many
    booth.tell(RoomLeft(2, "@p1:p2", "left"))
    assert booth.seen(2) == "-- what you type goes nowhere now: /focus #lobby talks there.\n"
    booth.type(2, "for one only\n")
    assert booth.wanted(2) == []


def test_the_other_is_called_as_they_are_called_now() -> None:
    booth = in_talk()
    booth.forget()
    for room in ("lobby", "@p1:p2"):
        booth.happen(room, Renamed(0, AT, "p2", "P2", 4, "Duke"))
    booth.happen("@p1:p2", said(1, "oh", n=3))
    assert booth.seen(1) == "P2 is now Duke\n[private to Duke] P1: oh\n"


def test_nobody_to_reply_to() -> None:
    booth = Booth()
    booth.arrive("P1")
    booth.type(1, "/reply hi\n")
    assert booth.seen(1) == "Nobody has written to you in private: /msg NAME TEXT begins.\n"


def test_who_is_ignored_is_not_seen() -> None:
    booth = in_talk()
    booth.forget()
    booth.type(1, "/ignore P2\n")
    booth.settle(1)
    booth.tell(IgnoredNow(1, [Ignored("p2", "P2")]))
    booth.happen("lobby", said(2, "a"), said(3, "b"), WentAway(0, AT, "p2", "P2", 7, True, "x"))
    booth.happen("@p1:p2", said(2, "c"))
    booth.happen("lobby", Renamed(0, AT, "p2", "P2", 8, "Duke"))
    booth.type(1, "/ignore\n/reply no\n")
    booth.tell(IgnoredNow(1, []))
    booth.happen("lobby", said(2, "d"))
    assert booth.seen(1) == (
        "You see nothing of P2 any more.\nP3: b\nP2 is now Duke\nYou ignore: P2\n"
        "Nobody has written to you in private: /msg NAME TEXT begins.\n"
        "You see P2 again.\nP2: d\n"
    )
    assert "P2: a\nP3: b\nP2 is away: x\n" in booth.seen(3)


def test_an_invitation_says_how_to_come() -> None:
    booth = Booth()
    booth.arrive("P1")
    booth.tell(InvitedTo(1, "sec", "p2", "P2", Kind.PRIVATE))
    assert booth.seen(1) == "-- P2 invites you: /join #sec enters.\n"


# ---- words, and what operators do


def test_changes_are_told() -> None:
    booth = Booth()
    booth.arrive("P1")
    booth.happen(
        "lobby",
        Edited(0, AT, "p2", "P2", 3, 1, "new\nP3: fake"),
        Deleted(0, AT, "p2", "P2", 4, 1, "p2", "P2"),
        Deleted(0, AT, "p2", "P2", 5, 1, "p3", "P3"),
        SubjectSet(0, AT, "p2", "P2", 6, "fun"),
        Banned(0, AT, "p2", "P2", 7, "", "10.0.0.9", AT + 86_400_000, "spam", True),
    )
    booth.type(1, "/topic\n")
    assert booth.seen(1) == (
        "P2 edited: new\nP2 edited: P3: fake\nP2 deleted a message\nP2 deleted a message of P3\n"
        "P2 set the subject: fun\n"
        "P2 banned 10.0.0.9 until 2025-10-10 16:54+08: spam (everywhere)\n#lobby is about: fun\n"
    )


def test_who_is_put_out_of_a_room_reads_why_and_goes_on() -> None:
    booth = in_two_rooms()
    booth.arrive("P3")
    booth.happen("dev", Kicked(0, AT, "p9", "P9", 4, "p1", "P1", "spam"), left(1, "kicked"))
    booth.happen("dev", said(9, "gone"))
    booth.tell(RoomLeft(1, "dev", "kicked", "P9", "spam"))
    assert booth.seen(1) == (
        "P9 put P1 out: spam\n-- you are in #dev no more.\n"
        "-- what you type goes nowhere now: /focus #lobby talks there.\n"
    )
    before = booth.link.unsettled(1)
    booth.type(1, "and what is more\n")
    assert booth.link.unsettled(1) == before
    assert booth.seen(1).startswith("You talk in no room")


def test_who_is_put_out_of_everything_reads_why() -> None:
    booth = in_two_rooms()
    booth.forget()
    kick = Kicked(0, AT, "p9", "P9", 4, "p1", "P1", "spam", True)
    booth.happen("dev", put_out_of_all(1))
    booth.happen("lobby", kick, put_out_of_all(1))
    booth.tell(SessionOver(1, "kicked", {"by": "P9", "why": "spam"}))
    assert booth.seen(1) == (
        "#lobby P9 put P1 out: spam (everywhere)\nYou were put out by P9: spam.\n"
    )
    assert booth.seen(2) == "P9 put P1 out: spam (everywhere)\n"
    assert booth.closed == {1}


def test_acts_are_meant_for_the_room_in_focus() -> None:
    booth = in_two_rooms()
    booth.type(1, "/kick P2 spam\n/announce hello\n")
    assert booth.wanted(1) == [Kick("dev", "P2", "spam"), Announce("", "hello")]


# ---- what was said before


def test_history_has_its_time_and_zone_and_shows_what_became_of_it() -> None:
    booth = Booth()
    booth.arrive("P1")
    booth.type(1, "/history 3\n")
    assert booth.question() == Recent("lobby", 3)
    booth.answer(
        Happened(
            "lobby",
            events_of(
                [
                    Said(0, AT - 86_400_000, "p2", "P2", 1, "old"),
                    said(2, "new", edited=7),
                    said(2, "", deleted=True),
                ]
            ),
        )
    )
    assert booth.seen(1) == (
        "-- 2025-10-08 16:53+08 P2: old\n-- 16:53+08 P2: new (edited)\n-- 16:53+08 P2: (deleted)\n"
    )
    booth.type(1, "/history since 2h\n/history since soon\n")
    assert booth.question() == Since("lobby", AT - 7_200_000)
    booth.answer(Events("j", "lobby", events_of([said(2, "x")]), 1, 9))
    assert booth.seen(1).splitlines() == [
        "That is no time: write 14:30, 2026-11-21, 2026-11-21T14:30, or 2h for two hours ago.",
        "-- 16:53+08 P2: x",
        "… and more was said after that.",
    ]


def test_search() -> None:
    booth = Booth()
    booth.arrive("P1")
    booth.type(1, "/search pizza in:#dev from:P2 after:2h\n")
    assert booth.question() == Search("pizza", "dev", "P2", AT - 7_200_000)
    hits = tuple(
        Hit(room, event)
        for room, event in zip(("dev", "@p1:p2"), events_of([said(2, "a"), said(2, "b")]),
                               strict=True)
    )  # fmt: skip
    booth.answer(Found(hits, older=5, behind=True))
    assert booth.seen(1).splitlines() == [
        "-- 16:53+08 #dev:1 P2: a",
        "-- 16:53+08 [private]:2 P2: b",
        "… and older ones: add before:TIME, or more words.",
        "-- the search does not know everything yet: ask again later.",
    ]


def test_answers() -> None:
    booth = Booth()
    booth.arrive("P1")
    for line, answer, told in (
        (
            "/rooms",
            RoomList(3, (RoomLine("dev", Kind.PRIVATE, 2, "bugs", True),
                         RoomLine("ops", Kind.PRIVATE, 1, "", False, True))),
            ("#dev, people: 2, private, you are in it: bugs\n"
            "#ops, people: 1, private, you are invited\n… and 1 more rooms.\n"),
        ),
        (
            "/whois P2",
            Described("p2", "10.0.0.1:2", "P2", "nc", AT, 90, False, ("dev", "ops"), True, "lunch",
                      True),
            ("userid:10.0.0.1:2, username:P2, id:p2\n  here since 16:53+08 by nc, idle for 1m30s\n"
            "  not connected just now\n  rooms that you share: #dev #ops\n  away: lunch\n"
            "  operator everywhere\n"),
        ),
        (
            "/bans",
            BanList("lobby", (BanLine("p2", "P2", "P1", AT + 60_000, "spam"),
                              BanLine("p3", "P3", "P1", 0, "", True))),
            "banned: P2 until 16:55+08: spam (by P1)\nmuted: P3 (by P1)\n",
        ),
        ("/bans", BanList("lobby"), "Nobody is banned or muted here.\n"),
        (
            "/modlog",
            Happened("lobby", events_of([Kicked(0, AT, "p1", "P1", 4, "p2", "P2", "spam")])),
            "-- 16:53+08 P1 put P2 out: spam\n",
        ),
        ("/modlog", Happened("lobby"), "Operators have done nothing here.\n"),
        ("/history", Happened("lobby"), "Nothing was said here.\n"),
        ("/search x", Found(), "Nothing was found.\n"),
    ):  # fmt: skip
        booth.type(1, f"{line}\n")
        booth.answer(answer)
        assert booth.seen(1) == told


# ---- big rooms


def crowded(count: int = BIG_ROOM + 1) -> Booth:
    booth = Booth()
    booth.arrive(*(f"P{number}" for number in range(1, count + 1)))
    booth.wait(2)
    booth.forget()
    return booth


def test_up_to_a_hundred_people_everybody_is_told_of_each() -> None:
    booth = crowded(BIG_ROOM - 1)
    booth.happen("lobby", Joined(0, AT, "x", "X", 1, "x:1"))
    assert booth.seen(1) == "[x:1]:[X] ===> login!!\n"


def test_in_a_big_room_comings_and_goings_are_one_line_a_second() -> None:
    booth = crowded()
    joins = [Joined(0, AT, f"x{n}", f"X{n}", 1, f"x:{n}") for n in range(37)]
    booth.happen("lobby", *joins[:20])
    booth.happen("lobby", *joins[20:], *(left(n, "quit") for n in range(900, 912)))
    booth.happen("lobby", said(2, "hi"), left(950, "kicked"))
    assert booth.seen(1) == "P2: hi\n"
    booth.wait(0.9)
    assert booth.seen(1) == ""
    booth.wait(0.2)
    assert booth.seen(1) == "37 people came, 12 left\n"
    booth.wait(5)
    assert booth.seen(1) == ""
    booth.happen("lobby", joins[0])
    booth.wait(1.1)
    assert booth.seen(1) == "[x:0]:[X0] ===> login!!\n"


def test_in_a_big_room_ones_own_login_stays_and_is_not_counted_for_oneself() -> None:
    booth = crowded()
    first, second = booth.come_in("Q1"), booth.come_in("Q2")
    for key in (first, second):
        assert booth.seen(key).endswith("===> login!!\n")
    booth.happen("lobby", Joined(0, AT, "x", "X", 1, "x:1"))
    booth.wait(1.1)
    assert booth.seen(1) == "3 people came\n"
    assert booth.seen(first) == "2 people came\n"
    assert booth.seen(second) == "[x:1]:[X] ===> login!!\n"


def test_what_is_gathered_is_told_before_an_exit_that_leaves_a_hundred() -> None:
    booth = crowded()
    booth.happen("lobby", Joined(0, AT, "x", "X", 1, "x:1"), *(left(n, "quit") for n in (901, 902)))
    booth.happen("lobby", Left(0, AT, "x", "X", 2, "quit"))
    assert booth.seen(1) == ""
    booth.wait(1.1)
    assert booth.seen(1) == "1 person came, 3 left\n"
    booth.happen("lobby", left(903, "quit"))
    assert booth.seen(1) == "P903 exit already!\n"


def test_in_a_storm_each_reads_a_handful_of_lines() -> None:
    booth = crowded()
    people = [*range(1, BIG_ROOM + 1), *(booth.come_in(f"Q{number}") for number in range(300))]
    booth.wait(2)
    assert max(booth.seen(key).count("\n") for key in people) == 4
