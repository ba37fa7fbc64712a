"""The picture of a screen has its text, at its place and in its colours."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.docs.svg import CELL_HEIGHT, CELL_WIDTH, draw
from tests.terminal_output import Cell, Place

SVG = "{http://www.w3.org/2000/svg}"


def cells(text: str, **look: Any) -> list[Cell]:
    plain = Cell("", "default", "default", False, False, False, False, False)
    return [plain._replace(text=char, **look) for char in text]


def drawn(*rows: list[Cell]) -> tuple[list[ET.Element], list[ET.Element]]:
    """Return the texts and the boxes of a picture, less those of the window itself."""
    root = ET.fromstring(draw(rows, "A <title>"))  # noqa: S314 - it is our own
    texts, boxes = (list(root.iter(f"{SVG}{tag}")) for tag in ("text", "rect"))
    assert texts[0].text == "A <title>"
    return texts[1:], boxes[1:]


def left(element: ET.Element) -> float:
    return float(element.attrib["x"])


def test_blanks_and_equal_looks_cost_nothing() -> None:
    texts, boxes = drawn(cells("   "), cells("ab c  "), cells("<&>"))
    assert [text.text for text in texts] == ["ab c", "<&>"]
    assert not boxes
    first, second = texts
    assert left(first) == left(second)
    assert float(second.attrib["y"]) - float(first.attrib["y"]) == CELL_HEIGHT


def test_texts_begin_anew_after_blanks_and_around_wide_characters() -> None:
    (wide,) = cells("中")
    grid = [*cells("one two  three"), wide, wide._replace(text="")]
    (first, second, third), _ = drawn(grid)
    assert [first.text, second.text, third.text] == ["one two", "three", "中"]
    assert left(second) - left(first) == pytest.approx(9 * CELL_WIDTH)
    assert left(third) - left(first) == pytest.approx(14 * CELL_WIDTH)


def test_lines_meet_those_of_the_next_row() -> None:
    root = ET.fromstring(draw([cells("│──", colour="red")] * 2, ""))  # noqa: S314 - it is our own
    paths = [path.attrib for path in root.iter(f"{SVG}path")][1:]
    down = [path["d"] for path in paths if "v" in path["d"]]
    across = [path["d"] for path in paths if "h" in path["d"]]
    assert len(down) == len(across) == 2
    assert all(path.endswith(f"v{CELL_HEIGHT}") for path in down)
    assert all(path.endswith(f"h{2 * CELL_WIDTH:g}") for path in across)
    assert len({path["stroke"] for path in paths}) == 1


def test_the_cursor_is_a_box() -> None:
    with_cursor = draw([cells("ab")], "", Place(0, 1))
    assert with_cursor.count("<rect") == draw([cells("ab")], "").count("<rect") + 1


def test_each_look_has_its_place() -> None:
    row = cells("ab") + cells(" red", colour="red", bold=True) + cells("x", colour="00ff7f")
    (plain, red, true), _ = drawn(row)
    assert [plain.text, red.text, true.text] == ["ab", "red", "x"]
    assert left(red) - left(plain) == pytest.approx(3 * CELL_WIDTH)
    assert "fill" not in plain.attrib
    assert red.attrib["font-weight"] == "bold"
    assert re.fullmatch("#[0-9a-f]{6}", red.attrib["fill"])
    assert true.attrib["fill"] == "#00ff7f"


def test_wide_characters_take_two_cells() -> None:
    wide, after = cells("中y")
    (text, tail), _ = drawn([wide, wide._replace(text=""), after._replace(underlined=True)])
    assert (text.text, float(text.attrib["textLength"])) == ("中", 2 * CELL_WIDTH)
    assert left(tail) - left(text) == pytest.approx(2 * CELL_WIDTH)


def test_a_background_is_a_box_and_reverse_swaps() -> None:
    row = cells("on", background="112233") + cells("not", colour="445566", reverse=True)
    (on, reverse), boxes = drawn(row)
    assert [box.attrib["fill"] for box in boxes] == ["#112233", "#445566"]
    assert "fill" not in on.attrib
    assert reverse.attrib["fill"] != "#445566"


def test_other_looks() -> None:
    (text,), _ = drawn(cells("x", dim=True, italic=True, underlined=True))
    assert {"opacity", "font-style", "text-decoration"} <= set(text.attrib)
