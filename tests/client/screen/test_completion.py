"""The menu of completions: what it shows of a long list, and how wide it is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document

from client.screen.candidates import Candidate
from client.screen.completion import MENU_ROWS, CompletionMenu, complete
from client.screen.fragments import Row
from client.screen.width import cells
from tests.client.screen.stub_model import StubModel


def model_with(*candidates: Candidate) -> StubModel:
    model = StubModel()
    model.possible = list(candidates)
    return model


def typed(text: str) -> Buffer:
    return Buffer(document=Document(text))


def text_of(row: Row) -> str:
    return "".join(text for _, text in row)


def people(count: int) -> list[Candidate]:
    return [Candidate(f"p{number}: ", 1, f"p{number}", "spoke") for number in range(count)]


def test_nothing_possible_changes_nothing() -> None:
    buffer = typed("abc")
    complete(buffer, model_with())
    assert buffer.text == "abc"
    menu = CompletionMenu(buffer, 80)
    assert (menu.width, menu.height, menu.rows(0, 0)) == (0, 0, [])


def test_backwards_starts_with_the_last() -> None:
    buffer = typed("p")
    complete(buffer, model_with(*people(3)), backward=True)
    assert buffer.text == "p2: "


def test_what_stands_after_the_cursor_stays() -> None:
    buffer = Buffer(document=Document("p there", 1))
    complete(buffer, model_with(*people(2)))
    assert (buffer.text, buffer.cursor_position) == ("p0:  there", 4)


def test_the_model_is_asked_about_what_stands_before_the_cursor() -> None:
    buffer, model = Buffer(document=Document("ab cd", 2)), model_with()
    complete(buffer, model)
    assert model.told == [("complete", "ab")]


def test_the_selected_one_is_in_sight_and_marked() -> None:
    buffer = typed("p")
    model = model_with(*people(20))
    for number in range(20):
        complete(buffer, model)
        menu = CompletionMenu(buffer, 80)
        rows = menu.rows(menu.width, menu.height)
        assert len(rows) == MENU_ROWS
        selected = [row for row in rows if row[0][0] == "class:completion.selected"]
        assert [text_of(row).split()[0] for row in selected] == [f"p{number}"]


def test_hints_stand_in_a_column_of_their_own() -> None:
    buffer = typed("/")
    complete(
        buffer, model_with(Candidate("/me ", 1, "/me", "an act"), Candidate("/who", 1, "/who"))
    )
    menu = CompletionMenu(buffer, 80)
    assert [text_of(row) for row in menu.rows(menu.width, menu.height)] == [
        " /me   an act ",
        " /who         ",
    ]


@given(
    st.lists(
        st.tuples(st.text("aé你😀 ", min_size=1, max_size=40), st.text("bß界 ", max_size=90)),
        min_size=2,
        max_size=12,
    ),
    st.integers(1, 100),
)
def test_every_row_is_as_wide_as_the_menu(shown: list[tuple[str, str]], columns: int) -> None:
    buffer = typed("x")
    complete(buffer, model_with(*(Candidate("y", 1, text, hint) for text, hint in shown)))
    menu = CompletionMenu(buffer, columns)
    assert menu.width <= columns
    for row in menu.rows(menu.width, menu.height):
        assert sum(cells(text) for _, text in row) == menu.width
