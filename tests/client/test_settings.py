"""What can be set, what the settings file says of it, and what a style may be."""

from __future__ import annotations

import tomllib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.styles import Style

from client.screen.style import default_look
from client.settings import ClientSettings
from client.settings_file import MEANINGS, NOT_IN_A_FILE, default_file, describe
from client.themes import ANSI_COLOURS, ATTRIBUTES, STYLED_PARTS, check_part, check_style
from protocol.limits import PAGE_EVENTS

KEYS = {field.name.replace("_", "-") for field in msgspec.structs.fields(ClientSettings)}
COLOURS = st.one_of(
    st.sampled_from(["default", *ANSI_COLOURS]),
    st.from_regex(r"#([0-9a-fA-F]{3}){1,2}", fullmatch=True),
)
WORDS = st.one_of(
    COLOURS,
    COLOURS.map("bg:{}".format),
    COLOURS.map("fg:{}".format),
    st.sampled_from([*ATTRIBUTES, *(f"no{word}" for word in ATTRIBUTES), "noinherit"]),
)


def read_file(text: str) -> ClientSettings:
    """Return what a settings file sets, with the types taken strictly."""
    values = {key.replace("-", "_"): value for key, value in tomllib.loads(text).items()}
    return msgspec.convert(values, ClientSettings)


def test_the_default_file_reads_as_the_defaults() -> None:
    assert read_file(default_file()) == ClientSettings()


def test_the_default_file_names_every_setting_once_with_a_comment_above() -> None:
    assert set(MEANINGS) == KEYS - NOT_IN_A_FILE
    assert list(tomllib.loads(default_file())) == [setting.key for setting in describe()]
    lines = default_file().splitlines()
    for key in MEANINGS:
        (place,) = (i for i, line in enumerate(lines) if line.startswith((f"{key} =", f"[{key}]")))
        assert lines[place - 1].startswith("# ")


def test_what_the_default_file_shows_as_samples_can_be_taken() -> None:
    samples = default_file().partition("[notify-rooms]")[2].replace("\n# Themes", "\n## Themes")
    uncommented = "\n".join(
        line.removeprefix("# ") if "=" in line or line.startswith("# [") else ""
        for line in samples.splitlines()
    )
    settings = read_file(f"[notify-rooms]\n{uncommented}")
    assert settings.notify_rooms["lobby"] == "all"
    (theme,) = settings.themes.values()
    assert theme
    assert not any(check_part(part) or check_style(style) for part, style in theme.items())


def test_the_lines_of_the_default_file_fit_a_terminal() -> None:
    assert max(map(len, default_file().splitlines())) <= 96


def test_limits_are_stated_and_hold() -> None:
    stated = {setting.key: setting.values for setting in describe()}
    assert stated["name-column"] == "4 to 80"
    assert stated["notify"] == "all, mentions, mute"
    for width in (3, 81):
        with pytest.raises(msgspec.ValidationError):
            read_file(f"name-column = {width}")


def test_no_page_is_asked_for_that_the_broker_would_cut() -> None:
    assert next(s.values for s in describe() if s.key == "page").endswith(f" {PAGE_EVENTS}")


@given(st.lists(WORDS).map(" ".join))
def test_a_style_that_is_taken_is_one_for_the_screen(style: str) -> None:
    assert check_style(style) == ""
    Style.from_dict(dict.fromkeys(STYLED_PARTS, style))


@given(st.text(max_size=20))
def test_whatever_is_taken_never_makes_the_screen_fail(style: str) -> None:
    if not check_style(style):
        Style.from_dict({"time": style})


@pytest.mark.parametrize(
    "style", ["red", "#12", "#12345g", "bold,dim", "bg:", "bg:fg:#fff", "class:time", "[x]", "#"]
)
def test_other_words_are_named(style: str) -> None:
    assert check_style(f"bold {style}") == f"{style!r} is neither a colour nor an attribute"


@pytest.mark.parametrize("depth", ColorDepth)
def test_the_default_theme_could_stand_in_a_settings_file(depth: ColorDepth) -> None:
    for part, style in default_look(depth).items():
        assert not check_part(part), part
        assert not check_style(style), style


def test_parts_of_the_screen() -> None:
    assert len(set(STYLED_PARTS)) == len(STYLED_PARTS)
    assert not any(check_part(part) for part in STYLED_PARTS)
    assert check_part("tim")
