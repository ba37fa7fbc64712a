"""The panes, sizes, colours and languages of the screen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.processes import needs_nc

if TYPE_CHECKING:
    from tests.terminals.hall import Hall

pytestmark = needs_nc


def test_panes_toggle_and_hide_by_themselves(hall: Hall) -> None:
    duke = hall.client("Duke", columns=100)
    rooms, people = "1 #lobby", "│Duke"
    duke.wait_for(rooms, people)
    duke.press("f7")
    duke.wait_until_gone(rooms)
    duke.press("f8")
    duke.wait_until_gone(people)
    duke.press("f7", "f8")
    duke.wait_for(rooms, people)
    duke.resize(79, 24)
    duke.wait_until_gone(rooms)
    duke.wait_until_gone(people)
    duke.resize(100, 30)
    duke.wait_for(rooms, people)


def test_usable_at_60_by_15(hall: Hall) -> None:
    emma = hall.client("Emma", columns=60, rows=15)
    ann = hall.person("Ann")
    ann.says("a line that is too long for a screen of sixty cells and so has a second row")
    emma.wait_for("a second row")
    emma.say("it is")
    ann.program.read_until("Emma: it is\n")
    emma.wait_for("Emma it is", "connected", "lobby")
    cursor = emma.painted(lambda seen: seen.cursor)
    assert cursor is not None
    assert cursor.row == 14


@pytest.mark.parametrize(
    ("colours", "environment", "kind"),
    [
        ("auto", {}, "256"),
        ("auto", {"COLORTERM": "truecolor"}, "true"),
        ("auto", {"NO_COLOR": "1"}, "mono"),
        ("mono", {}, "mono"),
        ("16", {}, "16"),
        ("256", {"NO_COLOR": "1"}, "256"),
        ("true", {}, "true"),
    ],
)
def test_colours(
    colours: str, environment: dict[str, str], kind: str, hall: Hall, request: pytest.FixtureRequest
) -> None:
    config = hall.settings_file(f'colours = "{colours}"\n')
    name = request.node.callspec.id
    fay = hall.client(name, f"--config={config}", environment=environment)
    kinds = set()
    for sequence in re.findall(rb"\x1b\[([\d;]+)m", fay.output):
        numbers = [int(number) for number in sequence.split(b";")]
        if 38 in numbers or 48 in numbers:
            kinds.add("true" if b"8;2;" in sequence else "256")
        elif any(30 <= number <= 47 or 90 <= number <= 107 for number in numbers):
            kinds.add("16")
    assert kinds == ({kind} - {"mono"})


def test_the_other_language(hall: Hall) -> None:
    li = hall.client_in(re.compile("已连接"), "李雷", "--language=zh")
    li.press("f1")
    li.wait_for("描述动作")


def test_help_is_made_from_the_tables(hall: Hall) -> None:
    gus = hall.client("Gus", rows=100)
    gus.press("f1")
    gus.wait_for("/nick NAME", "Ctrl-K", "go to a room by part of its name")
    gus.press("escape")
    gus.wait_until_gone("/nick NAME")
    gus.say("/help nick")
    gus.wait_for("take another name")


def test_a_theme_from_the_settings_file(hall: Hall) -> None:
    config = hall.settings_file('theme = "mine"\n[themes.mine]\ntopic = "#102030 bg:#a0b0c0"\n')
    hal = hall.client("Hal", f"--config={config}", environment={"COLORTERM": "truecolor"})
    look = hal.cell(0, 1)
    assert (look.text, look.colour, look.background) == ("#", "102030", "a0b0c0")
