"""What line mode writes: every object of ``--json``, and nothing that drives a terminal."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.backlog import Gone, Renumbered
from client.line_events import JsonLines, PlainLines
from protocol.events import AnyEvent, Joined, Left, Renamed, Said, Unknown
from protocol.messages import People, Person
from protocol.phrases import Language
from protocol.rendering import Renderer
from protocol.slash import CommandError, ShowHelp
from runtime.clock import timestamp
from tests.client.line_nodes import arrive, somebody, start
from tests.loopback import Loop

AT = 1_760_000_000_000
TIME = "2025-10-09T08:53:20.000Z"
EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egood\r\x00\u2066 \ufeff\U000e0041"


def plain() -> PlainLines:
    return PlainLines(Renderer(Language.EN, lambda _: 0))


def json() -> JsonLines:
    return JsonLines(Renderer(Language.EN, lambda _: 0), timestamp)


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
    ("event", "extra"),
    [
        (Said(1, AT, "a", "Ann", 1, "hi\n你好"), {"text": "hi\n你好", "action": False}),
        (Said(1, AT, "a", "Ann", 1, "waves", action=True), {"text": "waves", "action": True}),
        (Joined(1, AT, "a", "Ann", 1, "1.2.3.4:5"), {"user_id": "1.2.3.4:5"}),
        (Left(1, AT, "a", "Ann", 0, "lost"), {"reason": "lost"}),
        (Renamed(1, AT, "a", "Ann", 2, "Anna"), {"new_name": "Anna"}),
    ],
)
def test_an_event_as_json(event: AnyEvent, extra: dict[str, Any]) -> None:
    kind = type(event).__name__.lower()
    (line,) = json().happened("lobby", event, "b")
    assert msgspec.json.decode(line) == {**common(kind, 1), **extra}
    (line,) = json().happened("lobby", event, "a")
    assert msgspec.json.decode(line) == {**common(kind, 1, own=True), **extra}


def test_history_as_json_is_marked_and_has_messages_only() -> None:
    events: list[AnyEvent] = [
        Joined(1, AT, "a", "Ann", 1),
        Said(2, AT, "a", "Ann", 2, "hi"),
        Unknown(3, 0, "", "", 0),
    ]
    (line,) = json().history("lobby", events, "a")
    assert msgspec.json.decode(line) == {
        **common("said", 2, own=True, history=True), "text": "hi", "action": False
    }  # fmt: skip


def test_what_is_missing() -> None:
    assert plain().happened("lobby", Gone(3), "a") == ["-- messages no longer kept: 3."]
    assert json().happened("lobby", Gone(3), "a") == ['{"type":"gone","room":"lobby","count":3}']
    assert json().happened("lobby", Renumbered(), "") == ['{"type":"renumbered","room":"lobby"}']


def test_events_of_a_later_hubbub_are_passed_over() -> None:
    later = Unknown(1, AT, "a", "Ann", 1)
    assert plain().happened("lobby", later, "") == json().happened("lobby", later, "") == []


def test_people_as_json() -> None:
    page = People("lobby", 9, 3, (Person("a", "1.2.3.4:5", "Ann", 4),))
    (line,) = json().people(page, more=2)
    assert msgspec.json.decode(line) == {
        "type": "people",
        "room": "lobby",
        "number": 9,
        "total": 3,
        "more": 2,
        "people": [{"id": "a", "user_id": "1.2.3.4:5", "name": "Ann", "joined": 4}],
    }


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
    ]
    page = People("lobby", 1, 1, (Person("a", text, text, 1),))
    for event in events:
        for line in (
            *plain().happened("lobby", event, "b"),
            *plain().history("lobby", [event], "b"),
            *plain().people(page, more=0),
        ):
            assert not set(line) & set("\x1b\x9b\x85\r\x00\u202e\u2066\ufeff\U000e0041")
        (line,) = json().happened("lobby", event, "b")
        assert not set(line) & set("\x1b\x9b\x7f\x85\r\n\x00\u202e\u2066\u2028\ufeff\U000e0041")
        assert msgspec.json.decode(line)["name"] == text


def test_a_name_cannot_make_a_line_of_its_own() -> None:
    fake = Said(1, AT, "a", "Eve\nDuke", 1, "I owe you\nDuke: yes")
    assert plain().happened("lobby", fake, "") == ["Eve Duke: I owe you\nEve Duke: Duke: yes"]


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
    assert entered == {"type": "entered", "room": "lobby", "number": joined["number"]}
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
