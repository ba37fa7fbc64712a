"""The input of a client in a terminal: editing, history, pastes, completion, the editor."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.processes import needs_nc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.doors.people import Somebody
    from tests.terminal import Terminal
    from tests.terminals.hall import Hall

pytestmark = needs_nc

EDITOR = """#!/bin/sh
printf 'from the editor, after: ' > "$1.new"
cat "$1" >> "$1.new"
mv "$1.new" "$1"
"""


@pytest.fixture(scope="module")
def ann(hall: Hall) -> Somebody:
    return hall.person("Ann")


@pytest.fixture(scope="module")
def shared(hall: Hall, ann: Somebody) -> Terminal:
    editor = hall.terminals.folder() / "editor"
    editor.write_text(EDITOR)
    editor.chmod(0o700)
    return hall.client("Duke", environment={"EDITOR": str(editor)})


@pytest.fixture
def duke(shared: Terminal) -> Iterator[Terminal]:
    """The client of this module, its input empty before and after."""
    yield shared
    if shared.rows[-1] != ">":
        shared.press("c-c")
        shared.wait(lambda seen: seen.rows[-1] == ">", "an empty input")


def heard(ann: Somebody, line: str) -> None:
    ann.program.read_until(f"Duke: {line}\n")


def test_emacs_keys_and_undo(duke: Terminal, ann: Somebody) -> None:
    duke.type("two words")
    duke.press("c-a")
    duke.type("now ")
    duke.press("c-e", "c-w")
    duke.wait(lambda seen: seen.rows[-1].endswith("now two"), "the last word gone")
    duke.press("c-_")
    duke.wait_for("now two words")
    duke.press("enter")
    heard(ann, "now two words")


def test_history_and_its_search(duke: Terminal, ann: Somebody) -> None:
    for line in ("first line", "second line", "other"):
        duke.say(line)
        heard(ann, line)
    duke.press("up", "up")
    duke.wait(lambda seen: seen.rows[-1].endswith("second line"), "the line before the last")
    duke.press("down")
    duke.wait(lambda seen: seen.rows[-1].endswith("other"), "the last line")
    duke.press("down")
    duke.press("c-r")
    duke.type("first")
    duke.wait(lambda seen: any("first line" in row for row in seen.rows[-2:]), "what is found")
    duke.press("enter")
    duke.press("enter")
    heard(ann, "first line")


def test_the_box_grows_with_a_message_of_several_lines(duke: Terminal) -> None:
    start = duke.painted(lambda seen: seen.cursor)
    duke.type("one")
    for text in ("two", "three"):
        duke.press("escape enter")
        duke.type(text)
    duke.wait(lambda seen: seen.rows[-1].endswith("three"), "three rows of input")
    assert [row.split()[-1] for row in duke.rows[-3:]] == ["one", "two", "three"]
    duke.press("c-c")
    duke.wait(lambda seen: seen.cursor == start, "an empty input")


def test_a_short_paste_waits_for_enter(duke: Terminal, ann: Somebody) -> None:
    duke.paste("pasted one\npasted two\n")
    duke.wait_for("pasted one", "pasted two")
    duke.press("enter")
    ann.program.read_until("Duke: pasted one\nDuke: pasted two\n")


@pytest.mark.parametrize("answer", ["s", "e", "c"])
def test_a_long_paste_asks(answer: str, duke: Terminal, ann: Somebody) -> None:
    lines = [f"{answer} line {number}" for number in range(6)]
    duke.paste("\n".join(lines))
    duke.wait_for("6 lines")
    duke.press(answer)
    duke.wait_until_gone("6 lines")
    if answer == "e":
        duke.wait_for(lines[-1])
        duke.press("enter")
    if answer != "c":
        ann.program.read_until("".join(f"Duke: {line}\n" for line in lines))
    duke.say(f"after {answer}")
    if answer == "c":
        ann.program.read_lines(f"Duke: after {answer}")
    else:
        heard(ann, f"after {answer}")


def test_completion_of_commands_names_and_emoji(duke: Terminal, ann: Somebody) -> None:
    duke.type("/ni")
    duke.press("tab")
    duke.wait(lambda seen: "/nick " in f"{seen.rows[-1]} ", "the command")
    duke.wait_for("NAME")
    duke.press("c-c")
    duke.type("An")
    duke.press("tab")
    duke.wait(lambda seen: seen.rows[-1].endswith("Ann:"), "the name")
    duke.type("look :thumbsu")
    duke.press("tab")
    duke.wait(lambda seen: "👍" in seen.rows[-1], "the emoji")
    duke.press("enter")
    ann.program.read_until(re.compile(r"Duke: Ann: look 👍 ?\n"))


def test_the_editor_writes_the_message(duke: Terminal, ann: Somebody) -> None:
    duke.type("a draft")
    duke.press("c-o")
    duke.wait_for("from the editor, after: a draft")
    duke.press("enter")
    heard(ann, "from the editor, after: a draft")


def test_what_is_refused_can_be_taken_back(duke: Terminal, ann: Somebody) -> None:
    for _ in range(2):  # a single paste of so much would not be taken in
        duke.paste("x" * 2500)
    duke.press("enter")
    duke.wait_for(re.compile(r"1 refused"))
    duke.press("escape r")
    duke.wait_until_gone("refused")
    duke.wait_for(re.compile("^  x{90}"))
    duke.press("c-c")
    duke.say("short enough")
    ann.program.read_lines("Duke: short enough")


def test_ctrl_c_clears_before_it_quits(hall: Hall) -> None:
    gus = hall.client("Gus")
    gus.type("half a line")
    gus.wait_for("half a line")
    gus.press("c-c")
    gus.wait_until_gone("half a line")
    gus.press("c-c")
    gus.wait_for("Ctrl-C again quits")
    assert gus.returncode is None
    gus.press("c-c")
    assert gus.wait_ended() == 0


def test_vi_keys_by_option(hall: Hall, ann: Somebody) -> None:
    config = hall.settings_file('editing = "vi"\n')
    vic = hall.client("Vic", f"--config={config}")
    vic.type("one two three")
    vic.press("escape")
    vic.wait(lambda seen: seen.cursor and seen.rows[-1].endswith("three"), "the line")
    vic.type("bdwA!")
    vic.wait(lambda seen: seen.rows[-1].endswith("one two !"), "a word less")
    vic.press("enter")
    ann.program.read_until("Vic: one two !\n")
