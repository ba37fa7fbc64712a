"""The page of the command lines has the flags, values and defaults of the commands."""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

import broker.config
import client.config
import gateway.config
from broker.config import BrokerSettings
from client.settings import ClientSettings
from gateway.config import GatewaySettings
from protocol.endpoints import DEFAULT_BROKER
from protocol.errors import UsageError
from protocol.phrases import Language, Phrase, say
from runtime.command_line import Parser, read_settings
from runtime.exits import EXIT_FAILED, EXIT_USAGE
from tests.docs.pages import Page, code

PAGE: Final = Page("reference/command-line.md")
COMMANDS: Final = pytest.mark.parametrize(
    ("program", "parse", "kind"),
    [
        ("chat-broker", broker.config.parse_settings, BrokerSettings),
        ("chat-client", client.config.parse_settings, ClientSettings),
        ("chat-gateway", gateway.config.parse_settings, GatewaySettings),
    ],
)

MODULES: Final = {
    "chat-broker": broker.config,
    "chat-client": client.config,
    "chat-gateway": gateway.config,
}
NO_SETTINGS: Final = {"--config", "--print-config"}

Parse = Callable[[Sequence[str]], Any]


def parser_of(program: str, parse: Parse, monkeypatch: pytest.MonkeyPatch) -> Parser:
    """Return the parser with which a command reads its command line."""
    found: list[Parser] = []

    def read(kind: type[Any], parser: Parser, *rest: Any) -> Any:
        found.append(parser)
        return read_settings(kind, parser, *rest)

    monkeypatch.setattr(MODULES[program], "read_settings", read)
    parse([])
    (parser,) = found
    assert parser.prog == program
    return parser


def value_of(action: argparse.Action) -> str:
    """Return how the page writes what a flag takes."""
    if action.nargs == 0:
        return ""
    if action.choices:
        return ", ".join(f"`{choice}`" for choice in action.choices)
    return str(action.metavar)


def default_of(flag: str, defaults: Any) -> str:
    """Return how the page writes a default; nothing for what is off or worked out."""
    value = getattr(defaults, flag.removeprefix("--").replace("-", "_"), "")
    if value is False or value is None or value == "":
        return ""
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


@COMMANDS
def test_flags_are_those_of_the_parser(
    program: str, parse: Parse, kind: type[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = [
        action
        for action in parser_of(program, parse, monkeypatch)._actions
        if action.help != argparse.SUPPRESS and action.dest != "help"
    ]
    defaults = kind()
    rows = PAGE.table(program)
    assert [row[:3] for row in rows] == [
        [f"`{action.option_strings[0]}`", value_of(action), default_of(action.option_strings[0],
         defaults)]
        for action in shown
    ]  # fmt: skip
    assert all(row[3] for row in rows)
    # The help of a flag names the same default, where it is short enough to be read there.
    for action in shown:
        stated = default_of(action.option_strings[0], defaults).strip("`")
        if stated and stated != "1048576":
            assert stated in str(action.help)


@COMMANDS
def test_every_flag_is_a_setting(program: str, parse: Parse, kind: type[Any]) -> None:
    flags = {code(row[0]) for row in PAGE.table(program)} - NO_SETTINGS
    settings = {f"--{field.name.replace('_', '-')}" for field in msgspec.structs.fields(kind)}
    assert flags <= settings
    # The client's other settings are for its file: tests/docs/test_settings.py.
    if kind is not ClientSettings:
        assert settings - flags == (
            set() if kind is BrokerSettings else {"--inherited-socket", "--carrier"}
        )


def test_the_settings_file_of_the_page_is_taken(tmp_path: Path) -> None:
    (text,) = PAGE.blocks("Settings file", "toml")
    path = tmp_path / "settings.toml"
    path.write_text(text)
    settings = broker.config.parse_settings([f"--config={path}", "--keep-days=1"])
    values = {key.replace("-", "_"): value for key, value in tomllib.loads(text).items()}
    assert {key: getattr(settings, key) for key in values} == {**values, "keep_days": 1}


@pytest.mark.parametrize("text", ["unknown = 1", 'rate = "10"', "config = 'x'"])
def test_what_the_page_says_is_refused_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    with pytest.raises(UsageError):
        broker.config.parse_settings([f"--config={path}"])


def test_exit_statuses_are_those_of_the_source() -> None:
    assert [int(row[0]) for row in PAGE.table("Exit statuses")] == [0, EXIT_USAGE]
    *statuses, by_signal = PAGE.tables("chat-client")[1][1:]
    assert [int(row[0]) for row in statuses] == [0, EXIT_FAILED, EXIT_USAGE]
    assert by_signal[0] == "128 + N"


def test_the_sentence_without_a_broker_is_the_one_of_the_page() -> None:
    sentence = say(Language.EN, Phrase.NO_BROKER, {"endpoint": DEFAULT_BROKER})
    assert PAGE.blocks("chat-client", "") == [f"chat-client: {sentence}\n"]
