"""What becomes of pastes, and of messages that were refused."""

from __future__ import annotations

import pytest

from client.screen.keymap import Action, When
from client.screen.tabs import Draft
from protocol.events import Said
from protocol.limits import TEXT_CHARACTERS
from tests.client.screen.alone import Alone
from tests.client.screen.screens import Screen, ScreenLoop


@pytest.fixture
def ann() -> Screen:
    return ScreenLoop().arrive("ann")


def paste(screen: Screen, text: str) -> None:
    """Do what the program does with a paste."""
    if screen.model.pasted(text):
        screen.write(text)
    screen.run_effects()


DIRTY = "a\x1b[31mb\x00c\u202ed\te"
CLEAN = "abcd e"


def test_a_short_paste_is_cleaned_like_a_long_one(ann: Screen) -> None:
    paste(ann, DIRTY)
    assert ann.input == CLEAN
    ann.press(Action.CLEAR_OR_QUIT)
    lines = ann.settings.paste_lines + 1
    paste(ann, "\n".join([DIRTY] * lines))
    ann.press(Action.PASTE_EDIT)
    assert ann.input == "\n".join([CLEAN] * lines)


def test_a_paste_of_which_nothing_is_left_is_nothing(ann: Screen) -> None:
    paste(ann, "\x1b[31m\x00")
    assert not ann.input
    assert ann.mode() is When.INPUT


def test_a_paste_that_no_message_can_hold_is_not_put_in_without_a_word(ann: Screen) -> None:
    paste(ann, "x" * TEXT_CHARACTERS + "\n")
    assert len(ann.input) == TEXT_CHARACTERS + 1
    ann.press(Action.CLEAR_OR_QUIT)
    paste(ann, "x" * 200_000)
    assert not ann.input
    assert ann.mode() is When.PASTE
    assert ann.question.startswith("200000 characters, where 4096 can be sent")
    ann.press(Action.PASTE_SEND)
    assert ann.mode() is When.PASTE
    assert "refused" not in ann.status
    ann.press(Action.CANCEL)
    assert not ann.input
    paste(ann, "x" * 5000)
    ann.press(Action.PASTE_EDIT)
    assert len(ann.input) == 5000


@pytest.mark.parametrize("is_long", [True, False])
def test_blank_lines_around_what_is_said_are_not_sent(ann: Screen, is_long: bool) -> None:
    text = "\n \n  one\n\n" + "more\n" * is_long * ann.settings.paste_lines + "two\n\n"
    if is_long:
        paste(ann, text)
        ann.press(Action.PASTE_SEND)
    else:
        ann.send(text)
    (said,) = [event.text for event in ann.events if isinstance(event, Said)]
    assert said == "  " + text.strip()


def test_a_long_paste_of_blank_lines_says_nothing(ann: Screen) -> None:
    before = ann.rows()
    paste(ann, "\n" * (ann.settings.paste_lines + 2))
    ann.press(Action.PASTE_SEND)
    assert ann.rows() == before
    assert "refused" not in ann.status


def test_ctrl_c_on_an_empty_input_drops_what_was_refused(ann: Screen) -> None:
    ann.send("x" * 5000)
    ann.send("y" * 5000)
    ann.write("a thought")
    ann.press(Action.CLEAR_OR_QUIT)
    assert "2 refused" in ann.status
    ann.press(Action.CLEAR_OR_QUIT)
    assert "1 refused" in ann.status
    assert "yyy" not in ann.shown
    assert "Up brings it back" in ann.status
    assert ann.model.input_history[-1] == "y" * 5000
    ann.press(Action.CLEAR_OR_QUIT)
    assert "1 refused" not in ann.status
    assert "xxx" not in ann.shown
    ann.press(Action.CLEAR_OR_QUIT)
    assert "Ctrl-C again quits" in ann.status


def test_of_a_refused_message_no_more_is_shown_than_could_be_sent(ann: Screen) -> None:
    ann.send("x" * 200_000)
    rows = ann.rows(height=1000)
    assert sum(row.count("x") for row in rows) == TEXT_CHARACTERS
    ann.press(Action.TAKE_BACK)
    assert len(ann.input) == 200_000


# ---- after a command that was refused


def test_another_command_takes_the_place_of_one_that_was_refused() -> None:
    ann = Alone()
    ann.type("/edit")
    ann.model.draft_changed("/edit/", 6)
    assert ann.model.draft == Draft("/", 1)
    assert ann.model.input_history[-1] == "/edit"
    ann.type("/kick nobody")
    assert "There is no command" not in ann.shown


def test_a_refused_command_can_be_corrected() -> None:
    ann = Alone()
    ann.type("/edit")
    for text in ("/edit a", "/edit a/"):
        ann.model.draft_changed(text, len(text))
    assert ann.model.draft.text == "/edit a/"
    ann.model.draft_changed("/edit", 5)
    ann.model.draft_changed("/edit/", 6)
    assert ann.model.draft.text == "/edit/"
