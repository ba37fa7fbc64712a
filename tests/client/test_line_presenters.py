"""What line mode writes: every object of ``--json``, and nothing that drives a terminal."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.backlog import Gone, Renumbered
from client.line_json import JsonLines
from client.line_plain import PlainLines
from client.line_presenter import Place
from protocol.events import (
    Announced,
    AnyEvent,
    Banned,
    Deleted,
    Edited,
    Invited,
    Joined,
    Kicked,
    Left,
    Muted,
    Renamed,
    Said,
    SubjectSet,
    Unknown,
    WentAway,
)
from protocol.intents import ShowHelp
from protocol.phrases import Language
from protocol.questions import (
    BanLine,
    BanList,
    Described,
    Found,
    Hit,
    Kind,
    People,
    Person,
    RoomLine,
    RoomList,
)
from protocol.rendering import Renderer
from protocol.slash import CommandError
from runtime.clock import timestamp
from tests.client.line_nodes import arrive, somebody, start
from tests.loopback import Loop

AT = 1_760_000_000_000
TIME = "2025-10-09T08:53:20.000Z"
SAID = {"text": "hi", "action": False, "edited": 0, "deleted": False}
EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egood\r\x00\u2066 \ufeff\U000e0041"


def plain() -> PlainLines:
    return PlainLines(Renderer(Language.EN, lambda _: 0))


def json() -> JsonLines:
    return JsonLines(Renderer(Language.EN, lambda _: 0), timestamp)


def place(room: str = "lobby", own: str = "b", *, focus: bool = True) -> Place:
    return Place(room, own, is_lobby=room == "lobby", is_focus=focus)


def talk(other: str = "Ann") -> Place:
    return Place("@a:b", "b", kind=Kind.TALK, other="a", other_name=other)


def common(kind: str, number: int, *, own: bool = False, history: bool = False) -> dict[str, Any]:
    return {
        "type": kind,
        "room": "lobby",
        "number": number,
        "time": TIME,
        "author": "a",
        "name": "Ann",
        "own": own,
        "history": history,
    }


@pytest.mark.parametrize(
    ("kind", "event", "extra"),
    [
        ("said", Said(1, AT, "a", "Ann", 1, "hi"), SAID),
        ("said", Said(1, AT, "a", "Ann", 1, "hi", True, 9), SAID | {"action": True, "edited": 9}),
        ("joined", Joined(1, AT, "a", "Ann", 1, "1.2.3.4:5"), {"user_id": "1.2.3.4:5"}),
        ("left", Left(1, AT, "a", "Ann", 0, "lost"), {"reason": "lost", "everywhere": False}),
        ("renamed", Renamed(1, AT, "a", "Ann", 2, "Anna"), {"new_name": "Anna"}),
        ("subject_set", SubjectSet(1, AT, "a", "Ann", 2, "news"), {"text": "news"}),
        ("edited", Edited(1, AT, "a", "Ann", 2, 7, "better"), {"target": 7, "text": "better"}),
        (
            "banned",
            Banned(1, AT, "a", "Ann", 2, "e", "Eve", AT, "spam"),
            {"who": "e", "who_name": "Eve", "until": TIME, "why": "spam", "everywhere": False},
        ),
        (
            "muted",
            Muted(1, AT, "a", "Ann", 2, "e", "Eve"),
            {"who": "e", "who_name": "Eve", "until": None, "why": "", "everywhere": False},
        ),
    ],
)
def test_an_event_as_json(kind: str, event: AnyEvent, extra: dict[str, Any]) -> None:
    (line,) = json().happened(place(own="b"), event)
    assert msgspec.json.decode(line) == {**common(kind, 1), **extra}
    (line,) = json().happened(place(own="a"), event)
    assert msgspec.json.decode(line) == {**common(kind, 1, own=True), **extra}


def test_a_private_conversation_as_json_names_the_other() -> None:
    (line,) = json().happened(talk(), Said(1, AT, "b", "Bob", 1, "psst"))
    told = msgspec.json.decode(line)
    assert (told["room"], told["with"], told["own"]) == ("@a:b", "Ann", True)


def test_history_as_json_is_marked_and_has_messages_only() -> None:
    events: list[AnyEvent] = [
        Joined(1, AT, "a", "Ann", 1),
        Said(2, AT, "a", "Ann", 2, "hi"),
        Unknown(3, 0, "", "", 0),
    ]
    (line,) = json().history(place(own="a"), events)
    assert msgspec.json.decode(line) == {**common("said", 2, own=True, history=True), **SAID}


def test_answers_as_json() -> None:
    def answer(lines: list[str]) -> Any:
        (line,) = lines
        return msgspec.json.decode(line)

    said, act = Said(2, AT, "b", "Bob", 2, "hi"), Kicked(3, AT, "a", "Ann", 1, "e", "Eve")
    events: list[AnyEvent] = [said, Joined(3, AT, "a", "Ann", 1)]
    told = answer(json().said_before(place(), events, more=True, hidden=False))
    assert (told["type"], told["room"], told["more"]) == ("history", "lobby", True)
    assert told["messages"] == [
        {**common("said", 2, own=True, history=True), **SAID, "author": "b", "name": "Bob"}
    ]
    told = answer(json().acts(place(), [act]))
    assert (told["type"], told["acts"][0]["type"], told["acts"][0]["who"]) == (
        "modlog",
        "kicked",
        "e",
    )
    told = answer(json().found(Found((Hit("ops", said),), older=7), place))
    assert (told["type"], told["older"], told["behind"]) == ("found", 7, False)
    assert (told["messages"][0]["room"], told["messages"][0]["own"]) == ("ops", True)
    told = answer(json().found(Found((Hit("@a:b", said),)), lambda _: talk()))
    assert (told["messages"][0]["with"], told["messages"][0]["own"]) == ("Ann", True)
    rooms = RoomList(3, (RoomLine("ops", Kind.PRIVATE, 2, "alerts", invited=True),))
    assert answer(json().fact(rooms)) == {
        "type": "rooms", "total": 3, "rooms": [
            {"room": "ops", "kind": "private", "people": 2, "subject": "alerts", "member": False,
             "invited": True},
        ],
    }  # fmt: skip
    bans = BanList("ops", (BanLine("e", "Eve", "Ann", AT), BanLine("", "1.2.3.4", "Ann")))
    told = answer(json().fact(bans))
    assert [ban["until"] for ban in told["bans"]] == [TIME, None]
    who = Described("e", "1.2.3.4:5", "Eve", "nc", AT, 3, rooms=("lobby",))
    told = answer(json().fact(who))
    assert (told["type"], told["since"], told["rooms"]) == ("whois", TIME, ["lobby"])


def test_what_is_missing() -> None:
    gone = ["-- messages no longer kept: 3."]
    assert plain().happened(place(), Gone(3)) == gone
    assert plain().happened(place("ops", focus=False), Gone(3)) == [f"#ops {gone[0]}"]
    assert json().happened(place(), Gone(3)) == ['{"type":"gone","room":"lobby","count":3}']
    assert json().happened(place(), Renumbered()) == ['{"type":"renumbered","room":"lobby"}']


def test_events_of_a_later_hubbub_are_passed_over() -> None:
    later = Unknown(1, AT, "a", "Ann", 1)
    assert plain().happened(place(), later) == json().happened(place(), later) == []


def test_people_as_json() -> None:
    page = People("lobby", 9, 3, (Person("a", "1.2.3.4:5", "Ann", 4),))
    (line,) = json().people(page, more=2)
    assert msgspec.json.decode(line) == {
        "type": "people",
        "room": "lobby",
        "number": 9,
        "total": 3,
        "more": 2,
        "people": [
            {
                "id": "a",
                "user_id": "1.2.3.4:5",
                "name": "Ann",
                "joined": 4,
                "role": "",
                "away": False,
                "why": "",
            }
        ],
    }


# ---- lines for people


def test_where_a_line_comes_from_stands_in_front_of_it() -> None:
    two = Said(1, AT, "a", "Ann", 1, "one\ntwo")
    away, own = place("ops", focus=False), Said(2, AT, "b", "Bob", 1, "psst")
    assert plain().happened(place("ops"), two) == ["Ann: one\nAnn: two"]
    assert plain().happened(away, two) == ["#ops Ann: one\n#ops Ann: two"]
    assert plain().happened(talk(), two) == ["[private] Ann: one\n[private] Ann: two"]
    assert plain().happened(talk(), own) == ["[private to Ann] Bob: psst"]
    assert plain().history(away, [two])[1].endswith(" #ops Ann: two")
    assert plain().history(talk(), [two])[0].endswith(" [private] Ann: one")


def test_one_act_in_several_rooms_is_told_once() -> None:
    lines = plain()
    for act in (
        Renamed(1, AT, "a", "Ann", 5, "Anna"),
        Left(2, AT, "a", "Anna", 6),
        WentAway(3, AT, "c", "Cid", 2, True, "tea"),
        Announced(4, AT, "o", "Olga", 2, "lunch", everywhere=True),
    ):
        (line,) = lines.happened(place("ops", focus=False), act)
        assert not line.startswith("#")
        later = msgspec.structs.replace(act, number=act.number + 10)
        assert lines.happened(place(), later) == []
    left = Left(5, AT, "c", "Cid", 7, "left")
    assert lines.happened(place(), left)
    assert lines.happened(place("ops"), left)


def test_help_as_json() -> None:
    (line,) = json().help(ShowHelp())
    told = msgspec.json.decode(line)
    assert told["type"] == "help"
    assert told["text"].startswith("Commands:\n")
    with pytest.raises(CommandError):
        json().help(ShowHelp("fly"))


@given(st.text() | st.just(EVIL))
def test_no_line_holds_what_a_terminal_obeys(text: str) -> None:
    text = text.encode(errors="replace").decode()
    events: list[AnyEvent] = [
        Said(1, AT, "a", text, 1, text),
        Joined(1, AT, "a", text, 1, text),
        Left(1, AT, "a", text, 1),
        Renamed(1, AT, "a", text, 1, text),
        SubjectSet(1, AT, "a", text, 1, text),
        Invited(1, AT, "a", text, 1, "e", text),
        WentAway(1, AT, "a", text, 1, True, text),
        Edited(1, AT, "a", text, 1, 1, text),
        Deleted(1, AT, "a", text, 1, 1, "e", text),
        Kicked(1, AT, "a", text, 1, "e", text, text),
        Banned(1, AT, "a", text, 1, "e", text, 0, text),
        Announced(1, AT, "a", text, 1, text),
    ]
    page = People("lobby", 1, 1, (Person("a", text, text, 1, why=text, away=True),))
    for event in events:
        for line in (
            *plain().happened(place(), event),
            *plain().happened(talk(), event),
            *plain().history(place(), [event]),
            *plain().people(page, more=0),
            *plain().acts(place(), [event]),
            *plain().fact(RoomList(1, (RoomLine(text, Kind.PUBLIC, 1, text),))),
            *plain().fact(BanList("lobby", (BanLine("a", text, text, why=text),))),
            *plain().fact(Described("a", text, text, text, AT, 1, True, (text,), True, text)),
            *plain().found(Found((Hit(text, event),)), place),
            *plain().found(Found((Hit("@a:b", event),)), lambda _: talk(text)),
        ):
            assert not set(line) & set("\x1b\x9b\x85\r\x00\u202e\u2066\ufeff\U000e0041")
        (line,) = json().happened(place(), event)
        assert not set(line) & set("\x1b\x9b\x7f\x85\r\n\x00\u202e\u2066\u2028\ufeff\U000e0041")
        assert msgspec.json.decode(line)["name"] == text


def test_a_name_cannot_make_a_line_of_its_own() -> None:
    fake = Said(1, AT, "a", "Eve\nDuke", 1, "I owe you\nDuke: yes")
    assert plain().happened(place(), fake) == ["Eve Duke: I owe you\nEve Duke: Duke: yes"]


def test_times_that_no_calendar_has() -> None:
    assert timestamp(2**53) == timestamp(-(2**53)) == "1970-01-01T00:00:00.000Z"


def test_a_talk_as_json() -> None:
    loop = Loop()
    ann, session = somebody(loop)
    ann.say(session, "before")
    loop.settle()
    lines = start(loop, json=True)
    lines.settle()
    connected, entered, before, joined = lines.take_objects()
    assert connected["type"] == "connected"
    assert (connected["name"], connected["resumed"]) == ("Duke", False)
    assert {"id", "user_id", "journal"} <= connected.keys()
    assert entered == {
        "type": "entered", "room": "lobby", "number": joined["number"], "kind": "public",
        "subject": "", "people": 2, "other": "", "other_name": "",
    }  # fmt: skip
    assert (before["type"], before["text"], before["history"]) == ("said", "before", True)
    assert (joined["author"], joined["own"]) == (connected["id"], True)
    lines.type("hello\n")
    (said,) = lines.take_objects()
    assert (said["text"], said["own"], said["history"]) == ("hello", True, False)
    lines.end()
    (left,) = lines.take_objects()
    assert (left["type"], left["reason"]) == ("left", "quit")


def test_refusals_as_json_name_the_line_and_the_code() -> None:
    loop = Loop()
    somebody(loop)
    lines = arrive(loop, json=True)
    lines.type("/fly\n/nick Ann\n")
    assert lines.take_objects() == [
        {
            "type": "refused",
            "line": 1,
            "code": "unknown_slash_command",
            "sentence": "There is no command /fly: /help lists them, and // says a /.",
            "fields": {"command": "/fly"},
        },
        {
            "type": "refused",
            "line": 2,
            "code": "name_taken",
            "sentence": "The name Ann is taken: choose another.",
            "fields": {"name": "Ann"},
        },
    ]


def test_the_connection_as_json() -> None:
    loop = Loop()
    lines = arrive(loop, json=True)
    loop.full = True
    lines.type("one\n")
    loop.settle()
    assert [told["type"] for told in lines.take_objects()] == ["delayed"]
    loop.full = False
    loop.kill()
    lines.settle()
    assert lines.take_objects() == [{"type": "waiting"}]
    loop.start()
    lines.wait(5)
    connected, said = lines.take_objects()
    assert (connected["type"], connected["resumed"]) == ("connected", True)
    assert (said["type"], said["text"]) == ("said", "one")
