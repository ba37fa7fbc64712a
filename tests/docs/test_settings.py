"""The page of the client's settings has the settings, parts and words of the code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

from client.config import default_settings_file, parse_settings
from client.identity import claim
from client.settings import ClientSettings
from client.settings_file import describe
from client.themes import ANSI_COLOURS, ATTRIBUTES, STYLED_PARTS, check_style
from protocol.endpoints import DEFAULT_BROKER
from protocol.errors import UsageError
from tests.docs.pages import Page, code

if TYPE_CHECKING:
    from pathlib import Path

PAGE: Final = Page("reference/settings.md")
_CODE: Final = re.compile("`([^`]+)`")


def test_settings_are_those_of_the_code() -> None:
    rows = [[code(row[0]), row[1].replace("`", ""), *row[2:]] for row in PAGE.table("Settings")]
    assert rows == [[s.key, s.values, f"`{s.default}`", s.meaning] for s in describe()]


def taken(text: str, folder: Path) -> ClientSettings:
    path = folder / "client.toml"
    path.write_text(text)
    return parse_settings([f"--config={path}"])


def test_the_tables_of_the_page_are_taken(tmp_path: Path) -> None:
    (text,) = PAGE.blocks("Settings", "toml")
    settings = taken(text, tmp_path)
    assert settings.theme in settings.themes
    assert settings.notify_rooms


def test_the_settings_of_the_how_to_are_taken(tmp_path: Path) -> None:
    (text,) = Page("how-to/screen.md").blocks("Be called, and only then", "toml")
    settings = taken(text, tmp_path)
    assert settings.notify_rooms
    assert settings.desktop is not ClientSettings().desktop


@pytest.mark.parametrize(
    ("line", "text"),
    [(0, "name-column = 2"), (1, "[themes.evening]\ntime = 'grey'"), (2, "name-colum = 14")],
)
def test_errors_look_as_the_page_says(line: int, text: str, tmp_path: Path) -> None:
    path = tmp_path / "client.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as error:
        parse_settings([f"--config={path}"])
    (shown,) = PAGE.blocks("What an error looks like", "")
    told = str(error.value).replace(str(path), "/home/duke/.config/hubbub/client.toml")
    assert shown.splitlines()[line] == f"chat-client: {told}"


def test_the_place_of_the_default_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", "/home/duke")
    (commands,) = PAGE.blocks("Settings of the client", "")
    assert str(default_settings_file()).replace("/home/duke", "~") in commands


def test_parts_of_the_screen_are_those_of_the_code() -> None:
    parts: list[str] = []
    for row in PAGE.table("Parts of the screen"):
        assert row[1]
        if row[0] == "`nick.0` to `nick.15`":
            parts += [f"nick.{number}" for number in range(16)]
        else:
            parts.append(code(row[0]))
    assert parts == list(STYLED_PARTS)


def test_words_of_styles_are_those_of_the_code() -> None:
    words = [word for row in PAGE.table("Styles") for word in _CODE.findall(row[0])]
    assert [word for word in words if word in ATTRIBUTES] == list(ATTRIBUTES)
    assert set(words) - set(ATTRIBUTES) == {
        "#rrggbb", "#rgb", "ansired", "default", "bg:", "noinherit",
    }  # fmt: skip
    assert not check_style("default noinherit nobold bg:ansired #abc")
    colours = {word for word in _CODE.findall(PAGE.sections["Styles"]) if word[:4] == "ansi"}
    assert colours == set(ANSI_COLOURS)


def test_files_are_called_as_the_page_says(tmp_path: Path) -> None:
    identity = claim(tmp_path, DEFAULT_BROKER, "Duke")
    identity.saved_path.touch()
    identity.close()
    files = {code(row[0]) for row in PAGE.table("State")}
    assert files == {path.name for path in tmp_path.iterdir()}
