"""Scrolling, the past from the broker, the search in the room, and jumps, in a terminal."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

import pytest

from tests.processes import needs_nc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.doors.people import Somebody
    from tests.terminal import Terminal
    from tests.terminals.hall import Hall

pytestmark = needs_nc

COUNT: Final = 400
"""Messages in the room before anybody comes: several pages."""


@pytest.fixture(scope="module")
def ann(hall: Hall) -> Somebody:
    somebody = hall.person("Ann")
    for number in range(COUNT):
        somebody.says(f"old {number:03} {'needle' if number in {7, 250} else 'hay'}")
    somebody.program.read_until(f"old {COUNT - 1} hay\n")
    return somebody


@pytest.fixture(scope="module")
def shared(hall: Hall, ann: Somebody) -> Terminal:
    return hall.client("Duke")


@pytest.fixture
def duke(shared: Terminal) -> Iterator[Terminal]:
    """The client of this module, at the end of the room before and after."""
    yield shared
    shared.press("escape")
    shared.press("end")
    shared.wait_until_gone("-MORE(")


def held(terminal: Terminal) -> list[str]:
    return re.findall(r"old \d+", terminal.text)


def go_up_to(duke: Terminal, text: str) -> None:
    """Press PgUp, each time once the screen has moved, until a text is there."""
    while not duke.find(text):
        before = held(duke)
        duke.press("pageup")
        duke.wait(partial(has_moved, before), text)


def has_moved(before: list[str], seen: Terminal) -> bool:
    return held(seen) != before


def test_page_up_reaches_the_very_first_message(duke: Terminal) -> None:
    duke.wait_for(f"old {COUNT - 1}")
    go_up_to(duke, "old 000")
    duke.press("pagedown")
    duke.wait_until_gone("old 000")
    duke.press("end")
    duke.wait_for(f"old {COUNT - 1}")


def test_the_place_is_held_while_messages_arrive(duke: Terminal, ann: Somebody) -> None:
    duke.press("pageup", "pageup")
    duke.wait_for(re.compile(r"-MORE\(\d+\)-"))
    place = held(duke)
    below = int(re.findall(r"-MORE\((\d+)\)-", duke.text)[0])
    for number in range(3):
        ann.says(f"new {number}")
    duke.wait_for(f"-MORE({below + 3})-")
    assert held(duke) == place
    duke.press("end")
    duke.wait_for("new 2")
    duke.wait_until_gone("-MORE(")


def test_search_in_the_room(duke: Terminal) -> None:
    go_up_to(duke, "old 249")
    duke.press("end")
    duke.wait_until_gone("-MORE(")
    duke.press("c-s")
    duke.type("NEEDLE")
    duke.wait_for("nothing found")
    duke.press("c-u")
    duke.type(r"old \d+ n..dle")
    duke.wait_for(re.compile(r"old 250 needle"))
    duke.press("escape")
    duke.wait_until_gone("old 250 needle")
    duke.wait_until_gone("-MORE(")


def test_a_bad_pattern_is_told(duke: Terminal) -> None:
    duke.press("c-s")
    duke.type("(")
    duke.wait_for(re.compile(r"find: \("))
    duke.press("escape")
    duke.wait_until_gone("find: ")
