"""Where the regions stand, and that what the terminal shows is always the last paint."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prompt_toolkit.application import Application
from prompt_toolkit.application.current import set_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.input import DummyInput
from prompt_toolkit.layout import (
    BufferControl,
    Float,
    FloatContainer,
    FormattedTextControl,
    HSplit,
    Layout,
    Window,
)

from client.screen.candidates import Candidate
from client.screen.controls import Columns, Rows, SafeText
from client.screen.fragments import Row
from client.screen.keymap import Action, When
from client.screen.panes import Panes
from client.screen.prompts import Field
from tests.client.screen.driving import Desk, Glass, desk
from tests.client.screen.stub_model import StubModel

CTRL_J = "\n"
Sit: TypeAlias = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest.fixture
def sit(tmp_path: Path) -> Sit:
    return partial(desk, tmp_path)


def numbered(_width: int, height: int) -> list[Row]:
    return [[("class:text", f"message {number}")] for number in range(height)]


def with_panes(model: StubModel) -> None:
    model.widths = Panes(16, 18)
    model.messages = numbered


# ---- regions


async def test_rooms_stand_left_people_right_and_the_input_below(sit: Sit) -> None:
    async with sit(prepare=with_panes) as at:
        rows = at.glass.rows
        assert rows[0] == "the topic"
        assert rows[1] == "lobby           │message 0" + " " * 35 + "│Ann"
        assert rows[2] == "tea             │message 1" + " " * 35 + "│Bob"
        assert rows[21] == " " * 16 + "│message 20" + " " * 34 + "│"
        assert rows[22:] == ["connected", ">"]


async def test_without_panes_messages_have_the_whole_width(sit: Sit) -> None:
    glass = Glass(60, 15)

    def prepare(model: StubModel) -> None:
        model.messages = lambda width, height: [[("", "x" * width)]] * height

    async with sit(glass=glass, prepare=prepare) as at:
        assert at.glass.rows[1:13] == ["x" * 60] * 12
        assert at.glass.rows[13:] == ["connected", ">"]


async def test_the_input_grows_to_a_third_and_then_scrolls(sit: Sit) -> None:
    async with sit(prepare=with_panes) as at:
        await at.press("a", CTRL_J, "b")
        assert at.glass.rows[21:] == ["connected", "> a", "  b"]
        for line in range(20):
            await at.press(CTRL_J, f"line{line}")
        assert at.glass.rows[15] == "connected"
        assert at.glass.rows[16:] == [f"  line{line}" for line in range(12, 20)]


async def test_a_long_line_wraps_in_the_input(sit: Sit) -> None:
    async with sit() as at:
        await at.press("x" * 100)
        assert at.glass.rows[21:] == ["connected", "> " + "x" * 78, "  " + "x" * 22]


async def test_the_usage_of_a_command_stands_above_the_input(sit: Sit) -> None:
    async with sit() as at:
        at.model.usage = "/me TEXT  say what you do"
        await at.press("/")
        assert at.glass.rows[21:] == ["connected", "/me TEXT  say what you do", "> /"]


async def test_a_question_stands_above_its_field(sit: Sit) -> None:
    async with sit() as at:
        at.model.question = [("class:prompt", "That name is taken.")]
        at.model.ask(When.PROMPT, Field("Another name: ", "Duke2"))
        await at.press("\x1b[I", "!")
        assert at.glass.rows[22:] == ["That name is taken.", "Another name: Duke2!"]


async def test_what_is_wrong_with_a_search_stands_above_its_field(sit: Sit) -> None:
    async with sit() as at:
        at.model.question = [("class:prompt", "That pattern cannot be read.")]
        at.model.ask(When.FINDING, Field("find: ", "("))
        await at.press("\x1b[I", "x")
        assert at.glass.rows[22:] == ["That pattern cannot be read.", "find: (x"]


async def test_a_label_leaves_space_for_what_is_typed(sit: Sit) -> None:
    async with sit() as at:
        at.model.ask(When.FINDING, Field("a label that is too long " * 10, "x"))
        await at.press("\x1b[I", "yz")
        assert at.glass.rows[23].startswith("a label that is too long a label")
        assert at.glass.rows[23].endswith("…xyz")


async def test_on_the_smallest_screen_a_page_leaves_the_topic_and_the_input(sit: Sit) -> None:
    async with sit(glass=Glass(20, 5)) as at:
        at.model.page = [[("class:overlay", f"help {number}")] for number in range(9)]
        at.model.ask(When.OVERLAY, None)
        await at.press("\x1b[I")
        assert at.glass.rows == ["the topic", "help 0", "help 1", "help 2", ">"]


async def test_a_page_lies_over_the_messages_and_goes(sit: Sit) -> None:
    async with sit(prepare=with_panes) as at:
        at.model.page = [[("class:overlay", f"help {number}")] for number in range(3)]
        at.model.ask(When.OVERLAY, None)
        await at.press("\x1b[I")
        assert [row.strip() for row in at.glass.rows[1:4]] == [
            "l help 0",
            "t help 1",
            "help 2",
        ] or [row[1:7] for row in at.glass.rows[1:4]] == ["help 0", "help 1", "help 2"]
        assert at.glass.rows[4].endswith("│")
        assert at.glass.screen.cursor.hidden
        at.model.ask(When.INPUT, None)
        await at.press("\x1b[I")
        assert not at.sees("help")
        assert at.sees("message 1 ")
        assert not at.glass.screen.cursor.hidden


async def test_the_menu_stands_above_the_word_being_completed(sit: Sit) -> None:
    async with sit(prepare=with_panes) as at:
        at.model.possible = [Candidate("Ann: ", 1, "Ann"), Candidate("Abe: ", 1, "Abe")]
        await at.press("hi A", "\t")
        assert at.glass.rows[23] == "> hi Ann:"
        assert at.glass.rows[21][5:10] == " Ann "
        assert at.glass.rows[22][5:10] == " Abe"


async def test_the_screen_follows_the_size_of_the_terminal(sit: Sit) -> None:
    async with sit(prepare=with_panes) as at:
        for columns, rows in ((120, 40), (61, 15), (10, 4), (80, 24)):
            at.glass.screen.resize(rows, columns)
            at.model.widths = Panes(16, 18) if columns >= 80 else Panes(0, 0)
            at.app.application.renderer.erase(leave_alternate_screen=False)
            await at.press("\x1b[I")
            assert at.glass.rows[-2:] == ["connected", ">"]


async def test_the_wheel_scrolls_the_messages_if_the_mouse_is_used(sit: Sit) -> None:
    async with sit(prepare=with_panes, mouse=True) as at:
        await at.press("\x1b[<64;30;5M")
        assert at.model.told == [Action.LINE_UP] * 3
        await at.press("\x1b[<65;30;5M")
        assert at.model.told[3:] == [Action.LINE_DOWN] * 3


async def test_the_mouse_is_left_to_the_terminal_otherwise(sit: Sit) -> None:
    async with sit() as at:
        assert "\x1b[?1000h" not in at.glass.raw


# ---- rows on the terminal


class Slides:
    """Regions that show what a test says, painted without a loop."""

    def __init__(self, columns: int, rows: int) -> None:
        self.left: list[Row] = []
        self.right: list[Row] = []
        self.page: list[Row] = []
        self.glass = Glass(columns, rows)
        body = Columns(
            [
                Rows(lambda _width, _height: self.left, fills=lambda: True),
                Rows(lambda _width, _height: self.right, width=lambda: 5),
            ]
        )
        page = Float(
            Rows(lambda _width, _height: self.page, style="class:overlay"),
            left=3,
            top=1,
            width=lambda: 6 if self.page else 0,
            height=lambda: len(self.page),
        )
        window = Window(FormattedTextControl("", focusable=True), height=0)
        self.application: Application[None] = Application(
            Layout(FloatContainer(HSplit([body, window]), [page])),
            full_screen=True,
            input=DummyInput(),
            output=self.glass.output(),
        )

    def paint(
        self, left: Sequence[Row], right: Sequence[Row] = (), page: Sequence[Row] = ()
    ) -> list[str]:
        self.left, self.right, self.page = list(left), list(right), list(page)
        with set_app(self.application):
            self.application.renderer.render(self.application, self.application.layout)
        return self.glass.rows


def plain(*texts: str) -> list[Row]:
    return [[("", text)] for text in texts]


def test_a_row_that_becomes_shorter_leaves_nothing_behind() -> None:
    slides = Slides(20, 3)
    slides.paint(plain("abcdefghijklmno", "second"))
    assert slides.paint(plain("ab")) == ["ab", "", ""]


def test_a_row_too_wide_is_cut_even_within_a_wide_character() -> None:
    slides = Slides(10, 2)
    assert slides.paint(plain("abcd你好"), plain("right")) == ["abcd right", ""]


def test_control_characters_are_shown_and_not_obeyed() -> None:
    slides = Slides(30, 2)
    assert slides.paint(plain("a\x1b[2Jb\rc\x9bd")) == ["a^[[2Jb^Mc<9b>d", ""]
    assert "\x1b[2Jb" not in slides.glass.raw


def test_a_page_over_half_a_wide_character_does_not_move_the_row() -> None:
    slides = Slides(20, 3)
    slides.paint(plain("", "你好你好你好你"), plain(), plain("123456"))
    assert slides.glass.rows[1].replace(" ", "") == "你123456好你"
    columns = slides.glass.screen.buffer[1]
    assert [columns[place].data for place in (0, 2, 3, 8, 9, 10)] == [
        "你",
        " ",
        "1",
        "6",
        " ",
        "好",
    ]
    assert slides.paint(plain("", "你好你好你好你"))[1].replace(" ", "") == "你好你好你好你"


texts = st.text(st.sampled_from("ab 你é\u0301"), max_size=9)
rows = st.lists(
    st.lists(st.tuples(st.sampled_from(["", "class:a", "reverse"]), texts), max_size=4),
    max_size=4,
)


@settings(max_examples=60)
@given(st.lists(st.tuples(rows, rows, rows), min_size=2, max_size=5))
def test_the_terminal_shows_the_last_paint_whatever_was_there_before(
    frames: list[tuple[list[Row], list[Row], list[Row]]],
) -> None:
    after_others, alone = Slides(16, 4), Slides(16, 4)
    for frame in frames:
        seen = after_others.paint(*frame)
    assert seen == alone.paint(*frames[-1])
    assert [
        [(cell.data, cell.reverse) for _, cell in sorted(line.items()) if cell.data.strip()]
        for _, line in sorted(after_others.glass.screen.buffer.items())
    ] == [
        [(cell.data, cell.reverse) for _, cell in sorted(line.items()) if cell.data.strip()]
        for _, line in sorted(alone.glass.screen.buffer.items())
    ]


def test_pasted_text_with_characters_that_join_is_shown_with_dots() -> None:
    buffer = Buffer()
    buffer.text = "a\u202eb e" + "\u0301" * 7 + " 你"
    glass = Glass(30, 1)
    application: Application[None] = Application(
        Layout(Window(BufferControl(buffer, input_processors=[SafeText()]))),
        full_screen=True,
        input=DummyInput(),
        output=glass.output(),
    )
    buffer.load_history_if_not_yet_loaded = lambda: None  # type: ignore[method-assign]
    with set_app(application):
        application.renderer.render(application, application.layout)
    assert "a·b e" + "\u0301" * 4 + "··· 你" in glass.raw
