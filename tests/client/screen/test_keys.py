"""What each key does, driven through the input of a terminal."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pytest
from prompt_toolkit.key_binding.vi_state import InputMode

from client.screen.candidates import Candidate
from client.screen.effects import InsertText, LoadDraft
from client.screen.keymap import KEYS, Action, Key, When
from client.screen.prompts import Field
from client.screen.tabs import Draft
from tests.client.screen.driving import Desk, desk
from tests.client.screen.stub_model import StubModel

ENTER, ESC, TAB, SHIFT_TAB = "\r", "\x1b", "\t", "\x1b[Z"
UP, DOWN, END = "\x1b[A", "\x1b[B", "\x1b[F"
CTRL_C, CTRL_D, CTRL_J, CTRL_R, UNDO = "\x03", "\x04", "\x0a", "\x12", "\x1f"
BYTES = {
    "enter": ENTER, "escape": ESC, "tab": TAB, "s-tab": SHIFT_TAB, "up": UP, "down": DOWN,
    "end": END, "pageup": "\x1b[5~", "pagedown": "\x1b[6~", "f1": "\x1bOP", "f6": "\x1b[17~",
    "f7": "\x1b[18~", "f8": "\x1b[19~", "f9": "\x1b[20~", "c-_": UNDO,
}  # fmt: skip

Sit: TypeAlias = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest.fixture
def sit(tmp_path: Path) -> Sit:
    return partial(desk, tmp_path)


def bytes_of(sequence: str) -> str:
    return "".join(
        BYTES.get(name) or (chr(ord(name[2]) - 96) if name.startswith("c-") else name)
        for name in sequence.split()
    )


def paste(text: str) -> str:
    return f"\x1b[200~{text}\x1b[201~"


BY_THE_INPUT = {
    Action.SEND, Action.NEWLINE, Action.HISTORY_PREVIOUS, Action.HISTORY_NEXT,
    Action.HISTORY_SEARCH, Action.COMPLETE, Action.COMPLETE_BACK, Action.EDITOR, Action.UNDO,
    Action.REDRAW, Action.SUSPEND,
}  # fmt: skip
"""What the input box and the terminal do themselves."""


def done_by_the_model() -> list[tuple[Key, str]]:
    return [
        (key, sequence) for key in KEYS if key.action not in BY_THE_INPUT for sequence in key.keys
    ]


@pytest.mark.parametrize(("key", "sequence"), done_by_the_model())
async def test_every_row_of_the_table_reaches_the_model(sit: Sit, key: Key, sequence: str) -> None:
    fields = {When.FINDING, When.SWITCHER, When.PROMPT}
    mode = When.INPUT if key.when is When.ALWAYS else key.when

    def prepare(model: StubModel) -> None:
        model.current_mode = mode
        model.current_field = Field("? ") if mode in fields else None

    async with sit(prepare=prepare) as at:
        await at.press(bytes_of(sequence))
        await at.until(lambda: key.action in at.model.told)
        assert [told for told in at.model.told if isinstance(told, Action)] == [key.action]
        assert at.text == ""


@pytest.mark.parametrize("mode", [mode for mode in When if mode is not When.ALWAYS])
async def test_the_shell_can_be_gone_to_whatever_has_the_keys(
    sit: Sit, monkeypatch: pytest.MonkeyPatch, mode: When
) -> None:
    stopped: list[tuple[int, int]] = []

    def prepare(model: StubModel) -> None:
        model.current_mode = mode

    async with sit(prepare=prepare) as at:
        monkeypatch.setattr(os, "kill", lambda *call: stopped.append(call))
        at.keys.send_text("\x1a")
        await at.until(lambda: stopped == [(0, signal.SIGTSTP)])


async def test_enter_says_what_was_typed(sit: Sit) -> None:
    async with sit() as at:
        await at.press("h", "i", ENTER)
        assert ("submit", "hi") in at.model.told
        assert at.text == ""


@pytest.mark.parametrize("newline", [CTRL_J, ESC + ENTER])
async def test_several_lines_are_one_message(sit: Sit, newline: str) -> None:
    async with sit() as at:
        await at.press("one", newline, "two", ENTER)
        assert at.model.told.count(("submit", "one\ntwo")) == 1


async def test_the_model_knows_every_draft_while_it_is_typed(sit: Sit) -> None:
    async with sit() as at:
        await at.press("abc", "\x1b[D")
        assert at.model.draft == Draft("abc", 2)


async def test_each_room_has_its_own_draft_cursor_undo_and_history(sit: Sit) -> None:
    async with sit() as at:
        await at.press("sent", ENTER, "one", " two", "\x17", "\x1b[D")
        at.model.go_to("tea")
        await at.press(DOWN)
        assert at.text == ""
        await at.press("cup", UP)
        assert at.text == "cup"  # nothing was sent from here
        at.model.go_to("lobby")
        await at.press(DOWN)
        assert (at.text, at.app.application.current_buffer.cursor_position) == ("one ", 3)
        await at.press(UNDO)
        assert at.text == "one two"
        await at.press(UP)
        assert at.text == "sent"


async def test_a_draft_that_the_model_changes_is_shown(sit: Sit) -> None:
    async with sit() as at:
        at.model.rooms["lobby"].draft = Draft("taken back", 5)
        at.model.effects.append(LoadDraft())
        await at.press(DOWN)
        assert (at.text, at.app.application.current_buffer.cursor_position) == ("taken back", 5)


async def test_text_of_the_model_goes_in_at_the_cursor_and_can_be_undone(sit: Sit) -> None:
    async with sit() as at:
        await at.press("ab", "\x1b[D")
        at.model.effects.append(InsertText("--"))
        await at.press(DOWN)
        assert at.text == "a--b"
        await at.press(UNDO)
        assert at.text == "ab"


async def test_a_field_takes_the_keys_until_it_goes(sit: Sit) -> None:
    async with sit() as at:
        await at.press("draft")
        at.model.ask(When.FINDING, Field("find: ", "x"))
        await at.press(DOWN)
        assert at.sees("find: x")
        await at.press("y")
        assert at.model.told[-1] == ("field", "xy")
        at.model.ask(When.INPUT, None)
        await at.press(ESC)
        assert at.text == "draft"
        assert at.model.draft.text == "draft"


@pytest.mark.parametrize("mode", [When.OVERLAY, When.LIST])
async def test_what_is_typed_over_a_page_is_for_the_model_to_decide(sit: Sit, mode: When) -> None:
    async with sit() as at:
        at.model.ask(mode, None)
        await at.press("\x1b[I", "x", "é", paste("two\r\nlines"), TAB, "\x1b[24~", "\x15")
        typed = [told for told in at.model.told if told != ("focused", True)]
        assert typed == [("typed over", text) for text in ("x", "é", "two\nlines")]
        assert at.text == ""


async def test_the_commands_of_vi_are_not_typed_over_a_page(sit: Sit) -> None:
    async with sit(editing="vi") as at:
        await at.press(ESC)
        await at.until(lambda: at.app.application.vi_state.input_mode is InputMode.NAVIGATION)
        at.model.ask(When.OVERLAY, None)
        await at.press("\x1b[I", "jZq")
        assert at.model.told == [("focused", True), Action.CANCEL]


async def test_nothing_is_typed_while_a_paste_waits_for_an_answer(sit: Sit) -> None:
    async with sit() as at:
        await at.press("draft")
        at.model.ask(When.PASTE, None)
        await at.press("\x1b[I")
        await at.press("xy\x15\x1b[O")
        at.model.ask(When.INPUT, None)
        await at.press("\x1b[I", "!")
        assert at.text == "draft!"


async def test_a_paste_goes_in_and_never_sends(sit: Sit) -> None:
    async with sit() as at:
        await at.press(paste("one\r\ntwo\rthree\n"))
        assert at.model.told == [("pasted", "one\ntwo\nthree\n")]
        assert at.text == "one\ntwo\nthree\n"
        await at.press(UNDO)
        assert at.text == ""


async def test_a_paste_that_is_asked_about_does_not_go_in(sit: Sit) -> None:
    async with sit() as at:
        at.model.takes_pastes = False
        await at.press(paste("a\nb\nc\nd\ne\nf\n"))
        assert at.text == ""


async def test_a_paste_into_a_field_is_one_line(sit: Sit) -> None:
    async with sit() as at:
        at.model.ask(When.PROMPT, Field("name: "))
        await at.press(DOWN, paste("an\nn"))
        assert at.model.told[-1] == ("field", "an n")


async def test_ctrl_d_quits_only_from_an_empty_input(sit: Sit) -> None:
    async with sit() as at:
        await at.press("ab", "\x01", CTRL_D)
        assert at.text == "b"
        await at.press(CTRL_D, CTRL_D)
        assert at.model.told == [Action.QUIT]


async def test_end_moves_the_cursor_unless_the_messages_are_scrolled(sit: Sit) -> None:
    async with sit() as at:
        await at.press("ab", "\x01", END)
        assert at.app.application.current_buffer.cursor_position == 2
        assert at.model.told == []
        at.model.is_at_end = False
        await at.press(END)
        assert at.model.told == [Action.TO_END]


async def test_up_moves_in_a_draft_of_several_lines_before_it_goes_back(sit: Sit) -> None:
    async with sit() as at:
        await at.press("sent", ENTER, "one", CTRL_J, "two", UP)
        assert at.text == "one\ntwo"
        await at.press(UP)
        assert at.text == "sent"
        await at.press(DOWN)
        assert at.text == "one\ntwo"


@pytest.mark.parametrize(
    ("number", "keys", "shown"),
    [
        (ESC + "02", UP, "second"),
        (ESC + "0", UP, "draft"),
        (ESC + "0", DOWN, "draft"),
        (ESC + "-", UP, "draft"),
        (ESC + "-", DOWN, "third"),
        (ESC + "-2", DOWN, "second"),
    ],
)
async def test_a_number_before_up_and_down_says_how_far_and_which_way(
    sit: Sit, number: str, keys: str, shown: str
) -> None:
    async with sit() as at:
        for text in ("first", "second", "third"):
            await at.press(text, ENTER)
        await at.press("draft", number, keys)
        assert at.text == shown


async def test_ctrl_r_finds_what_was_sent(sit: Sit) -> None:
    async with sit() as at:
        await at.press("first", ENTER, "second", ENTER, CTRL_R, "f")
        assert at.sees("sent before: f")
        await at.press("ir", ENTER)
        assert at.text == "first"
        assert ("submit", "first") in at.model.told
        assert at.model.told.count(("submit", "first")) == 1
        assert at.model.draft.text == "first"


async def test_ctrl_r_is_given_up_with_ctrl_c(sit: Sit) -> None:
    async with sit() as at:
        await at.press("first", ENTER, "draft", CTRL_R, "fir", CTRL_C)
        assert at.text == "draft"
        assert Action.CLEAR_OR_QUIT not in at.model.told


async def test_another_room_ends_the_search_of_what_was_sent(sit: Sit) -> None:
    async with sit() as at:
        await at.press("first", ENTER, CTRL_R, "f")
        at.model.go_to("tea")
        at.wires[0].notify([object()], 0.0)  # type: ignore[list-item]
        await at.until(lambda: not at.sees("sent before"))
        await at.press("x")
        assert at.text == "x"


async def test_tab_puts_in_one_completion_after_the_other(sit: Sit) -> None:
    async with sit() as at:
        at.model.possible = [Candidate("Ann: ", 1, "Ann"), Candidate("Abe: ", 1, "Abe", "away")]
        await at.press("A", TAB)
        assert at.text == "Ann: "
        assert at.sees(" Abe")
        await at.press(TAB)
        assert at.text == "Abe: "
        await at.press(SHIFT_TAB)
        assert at.text == "Ann: "
        await at.press("h")
        assert at.text == "Ann: h"
        assert not at.sees(" Abe")
        await at.press(UNDO)
        assert at.text == "Ann: "
        await at.press(UNDO)
        assert at.text == "A"


async def test_esc_gives_up_a_completion(sit: Sit) -> None:
    async with sit() as at:
        at.model.possible = [Candidate("Ann: ", 1, "Ann"), Candidate("Abe: ", 1, "Abe")]
        await at.press("A", TAB, ESC)
        assert at.text == "A"
        assert not at.sees("Abe")


async def test_the_only_completion_needs_no_menu(sit: Sit) -> None:
    async with sit() as at:
        at.model.possible = [Candidate("/help ", 2, "/help", "/help: what there is")]
        await at.press("/h", TAB)
        assert at.text == "/help "
        assert not at.sees("what there is")


async def test_keys_typed_at_once_after_tab_follow_the_completion(sit: Sit) -> None:
    async with sit() as at:
        at.model.possible = [Candidate("Ann: ", 1, "Ann")]
        await at.press(f"A{TAB}hi{ENTER}")
        assert ("submit", "Ann: hi") in at.model.told


async def test_esc_alone_is_not_waited_for(sit: Sit) -> None:
    async with sit() as at:
        at.model.ask(When.FINDING, Field("find: "))
        await at.press(DOWN)
        at.app.application.timeoutlen = 3600.0
        await at.press(ESC)
        await at.until(lambda: Action.CANCEL in at.model.told)


async def test_esc_and_a_key_by_hand_are_an_alt_key(sit: Sit) -> None:
    async with sit() as at:
        at.keys.send_text(ESC)
        at.keys.flush()
        await at.press("a")
        assert at.model.told == [Action.NEXT_ACTIVE]


async def test_reports_of_focus_reach_the_model_and_type_nothing(sit: Sit) -> None:
    async with sit() as at:
        await at.press("\x1b[O", "\x1b[I")
        assert at.model.told == [("focused", False), ("focused", True)]
        assert at.text == ""


async def test_vi_keys_when_they_are_set(sit: Sit) -> None:
    async with sit(editing="vi") as at:
        at.app.application.timeoutlen = 3600.0
        await at.press("hello", ESC)
        await at.until(lambda: at.app.application.vi_state.input_mode is InputMode.NAVIGATION)
        await at.press("0", "x", "a", "E")
        assert at.text == "eEllo"
        assert at.model.told == []
        await at.press(ENTER)
        assert at.model.told == [("submit", "eEllo")]


async def test_vi_starts_each_line_and_field_in_insert_mode(sit: Sit) -> None:
    async with sit(editing="vi") as at:
        vi = at.app.application.vi_state
        await at.press("said", ESC)
        await at.until(lambda: vi.input_mode is InputMode.NAVIGATION)
        await at.press(ENTER, "x")
        assert at.text == "x"
        await at.press(ESC)
        await at.until(lambda: vi.input_mode is InputMode.NAVIGATION)
        at.model.ask(When.SWITCHER, Field("go to: "))
        await at.press("\x1b[I", "t")
        assert at.model.told[-1] == ("field", "t")


async def test_vi_survives_an_operator_up_to_what_was_found_in_another_line(
    sit: Sit, tmp_path: Path
) -> None:
    async with sit(editing="vi") as at:
        vi = at.app.application.vi_state
        for text in ("first world x", "second world y", "third world"):
            await at.press(text, ENTER)
        await at.press(ESC)
        await at.until(lambda: vi.input_mode is InputMode.NAVIGATION)
        await at.press("/world", ENTER, ESC)
        await at.until(lambda: vi.input_mode is InputMode.NAVIGATION)
        await at.press("dd")
        bells = at.glass.raw.count("\a")
        at.keys.send_text("dn")
        await at.until(lambda: at.glass.raw.count("\a") > bells)
        assert at.text == ""
        await at.press("i", "hello", ENTER)
        assert ("submit", "hello") in at.model.told
        assert "cursor_position" in (tmp_path / "screen.log").read_text()
