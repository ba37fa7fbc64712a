"""The page of ``chat-admin`` has its commands and options."""

from __future__ import annotations

import argparse
import re
import signal
from typing import Final

from admin.config import COMMANDS, _parser
from admin.settings import AdminSettings
from runtime.exits import EXIT_FAILED, EXIT_SIGNAL, EXIT_USAGE
from tests.docs.pages import Page, code

PAGE: Final = Page("reference/admin.md")
HOW_TO: Final = Page("how-to/moderate.md")


def usage(name: str) -> str:
    """Return how the page writes a command."""
    words = [name]
    for argument in COMMANDS[name][1]:
        value = argument.options["metavar"]
        if not argument.flag.startswith("-"):
            words.append(value)
        elif argument.options.get("required"):
            words.append(f"{argument.flag} {value}")
        else:
            words.append(f"[{argument.flag} {value}]")
    return " ".join(words)


def test_commands_are_those_of_the_parser() -> None:
    rows = [[code(row[0]), row[1]] for row in PAGE.table("Commands")]
    assert rows == [[usage(name), meaning] for name, (meaning, _) in COMMANDS.items()]


def test_options_are_those_of_the_parser() -> None:
    options = [
        action
        for action in _parser()._actions
        if action.option_strings and not isinstance(action, argparse._HelpAction)
    ]
    defaults = AdminSettings()
    for row, action in zip(PAGE.table("Options"), options, strict=True):
        flag = action.option_strings[0]
        default = getattr(defaults, flag.removeprefix("--"))
        assert row[:3] == [f"`{flag}`", action.metavar or "", f"`{default:g}`" if default else ""]


def test_statuses_are_those_of_the_source() -> None:
    signals = [EXIT_SIGNAL + signal.SIGINT, EXIT_SIGNAL + signal.SIGPIPE]
    statuses = [0, EXIT_FAILED, EXIT_USAGE, *signals]
    assert [int(row[0]) for row in PAGE.table("Output")] == statuses


def test_every_command_that_the_how_to_shows_exists() -> None:
    shown = re.findall(r"chat-admin (?:--json )?([a-z]+)", HOW_TO.text)
    assert len(shown) >= 8
    assert set(shown) <= COMMANDS.keys()
