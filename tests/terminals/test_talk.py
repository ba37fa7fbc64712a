"""A client in a terminal and people on ``nc`` talk with each other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.processes import needs_nc

if TYPE_CHECKING:
    from tests.terminals.hall import Hall

pytestmark = needs_nc


def test_both_talk(hall: Hall) -> None:
    duke = hall.client("Duke")
    ann = hall.person("Ann")
    duke.say("hello there")
    ann.program.read_until("Duke: hello there\n")
    ann.says("hi Duke")
    duke.wait_for("Duke hello there", "Ann hi Duke", re.compile(r"│\d\d:\d\d "))
    # Both are among the people.
    duke.wait_for(re.compile(r"Ann\s*$"), re.compile(r"Duke\s*$"))


def test_actions_names_and_lists(hall: Hall) -> None:
    emma = hall.client("Emma")
    ben = hall.person("Ben")
    emma.say("/me waves")
    ben.program.read_until("* Emma waves\n")
    emma.wait_for(re.compile(r"\* Emma waves"))
    ben.says("/me nods")
    emma.wait_for(re.compile(r"\* Ben nods"))
    emma.say("/nick Emily")
    ben.program.read_until("Emma is now Emily\n")
    emma.say("//help is a command")
    ben.program.read_until("Emily: /help is a command\n")
    emma.say("/who")
    emma.wait_for(
        "In #lobby: ", re.compile(r"Ben +127\.0\.0\.1:\d+"), re.compile("Emily +[0-9a-f]")
    )
    emma.press("escape")
    emma.wait_until_gone("In #lobby: ")


def test_one_message_of_several_lines(hall: Hall) -> None:
    fay = hall.client("Fay")
    guy = hall.person("Guy")
    fay.type("one")
    fay.press("escape enter")
    fay.type("two")
    fay.press("c-j")
    fay.say("three")
    guy.program.read_until("Fay: one\nFay: two\nFay: three\n")
    place = fay.wait_for(re.compile("Fay one"))
    rows = fay.rows[place.row : place.row + 3]
    column = rows[0].index("one")
    assert [row[column : column + 5].strip() for row in rows] == ["one", "two", "three"]


def test_wide_and_combining_characters_keep_their_columns(hall: Hall) -> None:
    hugo = hall.client("Hugo")
    ida = hall.person("Ida")
    ida.says("你好，世界 e\u0301 👍 |")
    place = hugo.wait_for("你好，世界")
    assert hugo.find("|") is not None
    row = hugo.rows[place.row]
    assert "e\u0301" in row or "é" in row
    ida.says("|" * 19)
    under = hugo.wait_for("|" * 19)
    edge = hugo.find(re.compile(r"👍 \|"))
    assert edge is not None
    # 5 wide characters, a space, one with its mark, a space, a wide one, a space: 16 cells before.
    assert hugo.cell(edge.row, under.column + 16).text == "|"


def test_quit_leaves_the_room_and_gives_the_terminal_back(hall: Hall) -> None:
    jan = hall.client("Jan")
    kim = hall.person("Kim")
    assert {1049, 2004} <= jan.modes
    jan.say("/quit")
    kim.program.read_until("Jan exit already!\n")
    assert jan.wait_ended() == 0
    assert not {1049, 2004, 1004, 1000, 1006} & jan.modes
