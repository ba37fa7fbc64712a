"""The keys that go somewhere, find something, or open something, in a terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

from tests.processes import needs_nc
from tests.terminals.hall import look_away

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.doors.people import Somebody
    from tests.terminal import Terminal
    from tests.terminals.hall import Hall

pytestmark = needs_nc

LINES: Final = 90
CALLS: Final = {10: "Duke: first call", 50: "and Duke, again"}


@pytest.fixture(scope="module")
def ann(hall: Hall) -> Somebody:
    somebody = hall.person("Ann")
    for number in range(LINES):
        somebody.says(
            f"line {number:02} {CALLS.get(number, 'needle' if number % 40 == 5 else '')}."
        )
    somebody.program.read_until(f"line {LINES - 1} .\n")
    return somebody


@pytest.fixture(scope="module")
def shared(hall: Hall, ann: Somebody) -> Terminal:
    return hall.client("Duke", rows=24)


@pytest.fixture
def duke(shared: Terminal) -> Iterator[Terminal]:
    """The client of this module: in the input, at the end of the room, before and after."""
    shared.wait_for(f"line {LINES - 1}")
    yield shared
    shared.press("end")
    shared.wait_until_gone("-MORE(")


@pytest.mark.parametrize(
    ("key", "answer"),
    [
        ("escape 2", "no room at that place"),
        ("escape a", "nothing new anywhere"),
        ("escape u", "nothing unread here"),
        ("escape n", "no further mention"),
        ("escape r", "nothing was refused"),
    ],
)
def test_a_key_that_finds_nothing_says_so(key: str, answer: str, duke: Terminal) -> None:
    duke.press(key)
    duke.wait_for(answer)


@pytest.mark.parametrize("key", ["escape 1", "c-n", "c-p", "escape /"])
def test_with_one_room_the_keys_stay_in_it(key: str, duke: Terminal) -> None:
    duke.press(key)
    duke.type("still here")
    duke.wait_for("> still here", "1 #lobby")
    duke.press("c-c")
    duke.wait_until_gone("still here")


def test_mentions_are_jumped_to(duke: Terminal) -> None:
    duke.press("escape p")
    duke.wait_for("and Duke, again", "-MORE(")
    duke.press("escape p")
    duke.wait_for("Duke: first call")
    duke.press("escape n")
    duke.wait_for("and Duke, again")
    assert duke.find("Duke: first call") is None


def test_lines_and_screens(duke: Terminal) -> None:
    duke.press("escape up", "escape up")
    # The note about F1 is the last line of a first start.
    duke.wait_for("-MORE(2)-", f"line {LINES - 2}")
    assert duke.find(f"line {LINES - 1}") is None
    duke.press("escape down")
    duke.wait_for("-MORE(1)-", f"line {LINES - 1}")
    duke.press("pageup")
    duke.wait_for(re.compile(r"-MORE\(\d\d\)-"), f"line {LINES - 25}")
    assert duke.find(f"line {LINES - 5}") is None
    duke.press("pagedown")
    duke.wait_for(f"line {LINES - 5}")


def test_finding_older_and_newer_and_staying(duke: Terminal) -> None:
    duke.press("c-s")
    duke.type("needle")
    duke.wait_for("line 85 needle", "3 found")
    duke.press("c-s")
    duke.wait_for("line 45 needle")
    duke.press("up")
    duke.wait_for("line 05 needle")
    duke.press("down")
    duke.wait_for("line 45 needle")
    duke.press("enter")
    duke.wait_until_gone("3 found")
    duke.wait_for("line 45 needle", "-MORE(")


def test_the_switcher(duke: Terminal) -> None:
    duke.press("c-k")
    duke.wait_for("go to: ", "Rooms")
    duke.type("zzz")
    duke.wait_for("no such room")
    duke.press("c-u")
    duke.type("lby")
    duke.wait_for("go to: lby")
    duke.wait_until_gone("no such room")
    duke.press("enter")
    duke.wait_for(re.compile("^> *$"))
    duke.press("c-k")
    duke.wait_for("go to: ")
    duke.press("escape")
    duke.wait_for(re.compile("^> *$"))


def test_the_help_scrolls_and_closes(duke: Terminal) -> None:
    for key in ("escape", "q", "enter", "c-c"):
        duke.press("f1")
        duke.wait_for("Help", "Esc closes")
        duke.press(key)
        duke.wait_until_gone("Esc closes")
    duke.press("f1")
    duke.wait_for("Commands:")
    duke.press(*["pagedown"] * 12)
    duke.wait_for("When you are asked something:")
    duke.press(*["pageup"] * 12)
    duke.wait_for("Commands:")
    duke.press("down")
    duke.wait_until_gone("Commands:")
    duke.press("escape")
    duke.wait_until_gone("Esc closes")


def test_redraw(duke: Terminal) -> None:
    before = len(duke.output)
    duke.press("c-l")
    duke.wait(lambda seen: b"lobby" in seen.output[before:], "the whole screen again")
    duke.wait(lambda seen: seen.cursor is not None, "the end of the frame")
    duke.wait_for("1 #lobby", "│Duke", re.compile("^>"))


def test_ctrl_d_leaves_when_the_input_is_empty(hall: Hall) -> None:
    eve = hall.client("Eve")
    eve.type("x")
    eve.press("left", "c-d")
    eve.wait(lambda seen: seen.rows[-1] == ">", "the x deleted")
    assert eve.returncode is None
    eve.press("c-d")
    assert eve.wait_ended() == 0


def test_the_first_unread_message(hall: Hall, ann: Somebody) -> None:
    uma = hall.client("Uma", rows=24)
    look_away(uma)
    for number in range(40):
        ann.says(f"unread {number:02}")
    uma.wait_for("unread 39")
    assert uma.find("unread 00") is None
    uma.press("escape u")
    uma.wait_for("── new ──", "unread 00")
    assert uma.title == "(40) #lobby - Hubbub"
    uma.press("escape c")
    uma.wait(lambda seen: seen.title == "#lobby - Hubbub", "everything read")
