"""What each command line asks of the broker, and what it prints of the answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from admin.config import COMMANDS, parse_settings
from admin.report import Report
from admin.requests import steps
from protocol.commands import Announce, Ban, Command, Kick, Mute, Op, Slow, Unban, Unmute
from protocol.errors import HubbubError, UsageError
from protocol.events import Announced, Kicked, Unknown
from protocol.questions import (
    Acts,
    BackedUp,
    Backup,
    BanLine,
    BanList,
    Bans,
    Counted,
    Described,
    Everybody,
    Everyone,
    Happened,
    Kind,
    People,
    Person,
    RoomLine,
    RoomList,
    Rooms,
    Stats,
    Who,
)


def clock(at: int) -> str:
    return f"<{at}>"


def asked(line: str, answers: Iterator[object]) -> tuple[list[object], Report]:
    """Have a command run to its end; return what it asked, and its report."""
    running = steps(parse_settings(line.split()), lambda path: f"/here/{path}", clock)
    wanted: list[object] = []
    answer = None
    while True:
        try:
            wanted.append(running.send(answer))
        except StopIteration as end:
            return wanted, end.value
        answer = next(answers)


def one(line: str, answer: object = None) -> tuple[object, list[str]]:
    (wanted,), report = asked(line, iter([answer]))
    return wanted, report.lines


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("kick duke", Kick("", "duke")),
        ("kick duke --room #Kitchen --why noise", Kick("kitchen", "duke", "noise")),
        ("ban duke", Ban("", "duke")),
        ("ban 10.0.0.7 --for 1d12h --why flood", Ban("", "10.0.0.7", 129_600, "flood")),
        ("unban duke --room kitchen", Unban("kitchen", "duke")),
        ("mute duke --for 10M", Mute("", "duke", 600)),
        ("unmute duke", Unmute("", "duke")),
        ("op duke --room kitchen", Op("kitchen", "duke")),
        ("deop duke", Op("", "duke", operator=False)),
        ("slow 10s --room kitchen", Slow("kitchen", 10)),
        ("slow off --room kitchen", Slow("kitchen", 0)),
        ("slow 0 --room kitchen", Slow("kitchen", 0)),
        ("announce dinner", Announce("", "dinner")),
        ("announce dinner --room kitchen", Announce("kitchen", "dinner")),
    ],
)
def test_acts_are_the_commands_of_the_protocol(line: str, command: Command) -> None:
    assert one(line) == (command, ["Done."])


@pytest.mark.parametrize(
    "line",
    [
        "", "dance", "kick", "kick duke coco", "ban duke --for soon", "ban duke --for 0s",
        "slow 10s", "slow soon --room kitchen", "kick duke --room a|b", "modlog --count 0",
        "modlog --count many", "who --data d --endpoint ipc:///e", "stats --wait 0",
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_said(line: str) -> None:
    with pytest.raises(UsageError):
        asked(line, iter([]))


def test_options_may_stand_before_and_after_the_command() -> None:
    for line in ("--json --data /d --wait 3 stats", "stats --json --data /d --wait 3"):
        settings = parse_settings(line.split())
        assert (settings.json, settings.data, settings.wait) == (True, "/d", 3.0)


def described(person: str, **more: Any) -> Described:
    rooms = ("lobby", "attic")
    return Described(person, f"{person}-id", person.title(), "nc", 5, 90, rooms=rooms, **more)


def test_who_lists_everybody_page_by_page() -> None:
    duke = described("duke", address="10.0.0.7", operator=True, away=True, why="lunch")
    coco = described("coco", connected=False)
    wanted, report = asked("who", iter([Everyone(2, (duke,)), Everyone(2, (coco,)), Everyone(2)]))
    assert wanted == [Everybody("", 1000), Everybody("duke", 1000), Everybody("coco", 1000)]
    assert report.lines[1:] == [
        "Duke\tduke\t10.0.0.7\tnc\t<5>\t1m30s\toperator, away: lunch\t#lobby #attic",
        "Coco\tcoco\t-\tnc\t<5>\t1m30s\tlost\t#lobby #attic",
    ]
    listed = json.loads(report.printed(as_json=True))
    assert [(one["name"], one["rooms"]) for one in listed] == [
        ("Duke", ["lobby", "attic"]), ("Coco", ["lobby", "attic"]),
    ]  # fmt: skip


def test_who_in_a_room_and_the_rooms_are_listed_page_by_page() -> None:
    duke = Person("duke", "10.0.0.7:1", "Duke", 7)
    pages = iter([People("kitchen", 9, 1, (duke,)), People("kitchen", 9, 1)])
    wanted, report = asked("who --room #kitchen", pages)
    assert wanted == [Who("kitchen", 0, 1000), Who("kitchen", 7, 1000)]
    assert report.lines[1:] == ["Duke\tduke\t10.0.0.7:1\t-\t-"]
    line = RoomLine("attic", Kind.PRIVATE, 3, "old things")
    wanted, report = asked("rooms", iter([RoomList(1, (line,)), RoomList(1)]))
    assert wanted == [Rooms("", 1000), Rooms("attic", 1000)]
    assert report.lines[1:] == ["#attic\tprivate\t3\told things"]


def test_lists_say_what_holds_and_what_was_done() -> None:
    bans = BanList("", (BanLine("", "10.0.0.7", "Ann", 9, "flood"), BanLine("b", "Bob", "Ann")))
    wanted, lines = one("bans", bans)
    assert wanted == Bans("")
    assert lines[1:] == ["ban\t10.0.0.7\t-\t<60000>\tAnn\tflood", "ban\tBob\tb\tfor ever\tAnn\t"]
    kicked = Kicked(3, 5, "a", "Ann", 1, "b", "Bob", "noise", True)
    happened = Happened(
        "", (kicked, Announced(4, 6, "a", "Ann", 2, "hear\n<9>\tall"), Unknown(5, 7, "", "", 0))
    )
    wanted, lines = one("modlog --count 3", happened)
    assert wanted == Acts("", 3)
    assert lines == [
        "<5>\tAnn put Bob out: noise (everywhere)",
        "<6>\tAnnouncement of Ann: hear <9>\tall",
        "<7>\t?",
    ]
    (_,), report = asked("modlog", iter([happened]))
    acts = json.loads(report.printed(as_json=True))
    assert [act["act"] for act in acts] == ["kicked", "announced", "unknown"]
    assert acts[0]["who_name"] == "Bob"
    assert one("modlog", Happened(""))[1] == ["Nothing."]


def test_numbers_and_copies() -> None:
    wanted, lines = one("stats", Counted(5, 4, 3, 2, 1, 0, 7, 8, 9, 10, 11))
    assert wanted == Stats()
    assert lines[:2] == ["started:\t<5>", "people:\t4"]
    wanted, lines = one("backup copy.db", BackedUp("/here/copy.db", 4096))
    assert wanted == Backup("/here/copy.db")
    assert lines == ["Copied 4096 bytes to /here/copy.db"]


def test_a_broker_that_answers_something_else_is_not_believed() -> None:
    for line in COMMANDS:
        if line in {"who", "rooms", "bans", "modlog", "stats"}:
            with pytest.raises(HubbubError, match="another version"):
                asked(line, iter([BackedUp("", 0)]))
