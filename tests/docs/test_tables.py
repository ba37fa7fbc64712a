"""The tables of keys and commands in the docs are those of the code."""

from __future__ import annotations

import pytest

from client.screen.keymap import KEYS, When
from protocol.command_table import TABLE
from tests.docs.pages import DOCS
from tests.docs.tables import markdown, rewritten, tables

MADE = tables()


@pytest.mark.parametrize("page", MADE)
def test_tables_are_those_of_the_code(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    assert text == rewritten(text, MADE[page]), "run: python -m tests.docs.tables --write"


def test_no_key_and_no_command_is_left_out() -> None:
    keys = "".join(row[0] for rows in MADE["reference/keys.md"].values() for row in rows)
    in_rows_of_their_own = [key for key in KEYS if not key.shown.startswith("Alt-")]
    assert all(
        f"`{part}`" in keys for key in in_rows_of_their_own for part in key.shown.split(", ")
    )
    assert "`Alt-1` … `Alt-9`" in keys
    assert set(MADE["reference/keys.md"]) == {when.name.lower() for when in When}
    commands = MADE["reference/commands.md"]["commands"]
    assert [row[0].split()[0].strip("`") for row in commands[1:]] == [f"/{r.name}" for r in TABLE]


def test_a_page_is_rewritten_between_its_markers() -> None:
    page = "# A\n\n<!-- table: one -->\n\n| old |\n| --- |\n## B\n\n<!-- table: two -->\n\n"
    made = {"one": [["key"], ["a|b"]], "two": [["x", "y"], ["", "1"]]}
    after = rewritten(page, made)
    assert after == (
        "# A\n\n<!-- table: one -->\n\n| key |\n| --- |\n| a\\|b |\n\n## B\n\n"
        "<!-- table: two -->\n\n| x | y |\n| --- | --- |\n| | 1 |\n"
    )
    assert rewritten(after, made) == after


@pytest.mark.parametrize("page", ["", "<!-- table: one -->\n\n" * 2, "<!-- table: other -->\n\n"])
def test_a_page_with_other_tables_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="the page has the tables"):
        rewritten(page, {"one": [["key"]]})


def test_a_table() -> None:
    assert markdown([["a", "b"], ["1", "2"]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |\n"
