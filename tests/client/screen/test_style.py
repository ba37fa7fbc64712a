"""The looks: readable on any background, in any number of colours, and changed by themes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.styles import Attrs, Style, default_ui_style, merge_styles

from client import screen
from client.screen.style import NAMES_256, NAMES_TRUE, default_look, make_style
from client.screen.terminal import colour_depth
from client.settings import Colours
from client.themes import STYLED_PARTS, check_style
from tests.client.screen.driving import Glass

MANY = [ColorDepth.DEPTH_8_BIT, ColorDepth.DEPTH_24_BIT]
READABLE = 3.0
BLACK, WHITE = "000000", "ffffff"


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2."""

    def linear(part: str) -> float:
        share = int(part, 16) / 255
        return share / 12.92 if share <= 0.03928 else float(((share + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(colour[place : place + 2]) for place in (0, 2, 4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def attrs(style: Style, classes: str) -> Attrs:
    return merge_styles([default_ui_style(), style]).get_attrs_for_style_str(classes)


def shown_as(depth: ColorDepth, classes: str) -> str:
    """The escape sequence that a terminal gets."""
    glass = Glass()
    output = glass.output()
    output.set_attributes(attrs(make_style(depth, {}), classes), depth)
    output.flush()
    return glass.raw


def test_the_scale_is_the_known_one() -> None:
    assert contrast(BLACK, WHITE) == pytest.approx(21)
    assert contrast("777777", WHITE) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(("names", "least"), [(NAMES_256, 3.8), (NAMES_TRUE, 4.3)])
def test_names_stand_out_from_black_and_from_white(names: tuple[str, ...], least: float) -> None:
    assert len(set(names)) == 16
    for name in names:
        colour = name.removeprefix("#")
        assert contrast(colour, BLACK) >= least, name
        assert contrast(colour, WHITE) >= least, name


@pytest.mark.parametrize("depth", MANY)
def test_everything_is_readable_on_black_and_on_white(depth: ColorDepth) -> None:
    style = make_style(depth, {})
    for part in STYLED_PARTS:
        look = attrs(style, f"class:{part}")
        if look.bgcolor:
            assert look.color, part
            assert contrast(look.color, look.bgcolor) >= READABLE, part
        elif look.color and not part.startswith(("status", "overlay", "completion")):
            assert contrast(look.color, BLACK) >= READABLE, part
            assert contrast(look.color, WHITE) >= READABLE, part


@pytest.mark.parametrize("depth", MANY)
@pytest.mark.parametrize("bar", ["status", "overlay", "completion"])
def test_what_stands_on_a_bar_is_readable_there(depth: ColorDepth, bar: str) -> None:
    style = make_style(depth, {})
    for part in STYLED_PARTS:
        if part.startswith(f"{bar}."):
            look = attrs(style, f"class:{bar} class:{part}")
            assert look.color
            assert look.bgcolor
            assert contrast(look.color, look.bgcolor) >= READABLE, part


def test_256_colours_are_shown_as_they_are() -> None:
    for number, name in enumerate(NAMES_256):
        red, green, blue = (int(name[place : place + 2], 16) for place in (1, 3, 5))
        steps = [0x00, 0x5F, 0x87, 0xAF, 0xD7, 0xFF]
        code = 16 + 36 * steps.index(red) + 6 * steps.index(green) + steps.index(blue)
        assert f"38;5;{code}m" in shown_as(ColorDepth.DEPTH_8_BIT, f"class:nick.{number}")


def test_16_colours_are_named_and_tell_names_apart() -> None:
    looks = {shown_as(ColorDepth.DEPTH_4_BIT, f"class:nick.{number}") for number in range(16)}
    assert len(looks) == 16
    assert not any("38;" in look for look in looks)


def test_mono_has_no_colour_and_still_tells_the_parts_apart() -> None:
    look = default_look(ColorDepth.DEPTH_1_BIT)
    for part in look:
        sequence = shown_as(ColorDepth.DEPTH_1_BIT, f"class:{part}")
        codes = sequence.removeprefix("\x1b[").removesuffix("m").split(";")
        assert all(int(code) < 30 for code in codes), part
    assert shown_as(ColorDepth.DEPTH_1_BIT, "class:text.mention") == "\x1b[0;7m"
    assert shown_as(ColorDepth.DEPTH_1_BIT, "class:time") == "\x1b[0;2m"


def test_every_part_is_painted_and_everything_painted_is_a_part() -> None:
    source = "".join(path.read_text() for path in Path(screen.__path__[0]).glob("*.py"))
    painted = set(re.findall(r"class:([a-z]+(?:\.[a-z]+)*)", source)) | {"nick"}
    assert painted == {part for part in STYLED_PARTS if not part.startswith("nick.")} | {"nick.own"}


@pytest.mark.parametrize("depth", list(ColorDepth))
def test_a_look_says_nothing_that_a_theme_could_not(depth: ColorDepth) -> None:
    for part, look in default_look(depth).items():
        assert part in STYLED_PARTS
        assert check_style(look) == ""


@pytest.mark.parametrize("depth", list(ColorDepth))
def test_a_mention_is_reversed(depth: ColorDepth) -> None:
    style = make_style(depth, {})
    assert attrs(style, "class:text class:text.mention").reverse
    assert attrs(style, "class:nick.3 class:text.mention").reverse


def test_a_theme_replaces_what_it_names() -> None:
    style = make_style(ColorDepth.DEPTH_24_BIT, {"time": "#123456", "status": "bg:#ffffff"})
    assert attrs(style, "class:time") == attrs(
        make_style(ColorDepth.DEPTH_24_BIT, {}), ""
    )._replace(color="123456")
    assert attrs(style, "class:status").bgcolor == "ffffff"
    assert attrs(style, "class:status class:status.late").color == "ffd75f"


def test_the_special_wins_over_the_general_in_whatever_order_a_theme_has_them() -> None:
    theme = {"status.late": "#aa0000", "status": "#00aa00"}
    style = make_style(ColorDepth.DEPTH_24_BIT, theme)
    assert attrs(style, "class:status class:status.late").color == "aa0000"


@pytest.mark.parametrize(
    ("environment", "depth"),
    [
        ({"TERM": "xterm-256color", "NO_COLOR": "1", "COLORTERM": "truecolor"}, 1),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, 8),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, 24),
        ({"TERM": "xterm-256color", "COLORTERM": "24bit"}, 24),
        ({"TERM": "xterm-direct"}, 24),
        ({"TERM": "screen-256color"}, 8),
        ({"TERM": "xterm-kitty"}, 8),
        ({"TERM": "xterm"}, 4),
        ({"TERM": "linux"}, 4),
        ({"TERM": "vt220"}, 1),
        ({}, 1),
    ],
)
def test_the_number_of_colours_is_what_the_terminal_has(
    environment: dict[str, str], depth: int
) -> None:
    assert colour_depth(Colours.AUTO, environment) is ColorDepth(f"DEPTH_{depth}_BIT")


def test_what_is_set_counts_more_than_what_the_terminal_says() -> None:
    environment = {"NO_COLOR": "1", "TERM": "linux"}
    assert colour_depth(Colours.TRUE, environment) is ColorDepth.DEPTH_24_BIT
    assert colour_depth(Colours.C256, environment) is ColorDepth.DEPTH_8_BIT
    assert colour_depth(Colours.SIXTEEN, environment) is ColorDepth.DEPTH_4_BIT
    assert colour_depth(Colours.MONO, {"TERM": "xterm-direct"}) is ColorDepth.DEPTH_1_BIT
