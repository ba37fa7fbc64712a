"""Which way to talk is chosen, and that each imports only what it needs."""

from __future__ import annotations

import os
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from client.main import Mode, choose_mode, main
from client.settings import ClientSettings
from client.settings_file import default_file
from protocol.errors import UsageError
from runtime.exits import EXIT_FAILED, EXIT_USAGE
from tests.processes import script

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.processes import Processes
    from tests.terminal import Terminals

TERMINAL = {"TERM": "xterm-256color"}


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "isatty", lambda descriptor: True)
    monkeypatch.setenv("TERM", TERMINAL["TERM"])


def let_talk(
    monkeypatch: pytest.MonkeyPatch, mode: str, talk: Callable[[ClientSettings], int]
) -> None:
    """Put ``talk`` in the place of a mode."""
    monkeypatch.setitem(sys.modules, mode, SimpleNamespace(run=talk))


@pytest.mark.parametrize(
    ("settings", "environment", "is_terminal", "mode"),
    [
        (ClientSettings(), TERMINAL, True, Mode.SCREEN),
        (ClientSettings(), TERMINAL, False, Mode.LINES),
        (ClientSettings(plain=True), TERMINAL, True, Mode.LINES),
        (ClientSettings(), {"TERM": "dumb"}, True, Mode.LINES),
        (ClientSettings(), {}, True, Mode.LINES),
        (ClientSettings(send="hi"), TERMINAL, True, Mode.SEND),
        (ClientSettings(send=""), TERMINAL, True, Mode.SEND),
        (ClientSettings(send="hi", plain=True), TERMINAL, False, Mode.SEND),
    ],
)
def test_mode(
    settings: ClientSettings, environment: dict[str, str], is_terminal: bool, mode: Mode
) -> None:
    assert choose_mode(settings, environment, is_terminal=is_terminal) is mode


def test_lines_are_talked_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "isatty", lambda descriptor: descriptor == 0)
    let_talk(monkeypatch, "client.line_mode_io", lambda settings: len(settings.name))
    assert main(["--name=Duke"]) == 4


def test_the_screen_asks_for_a_name(monkeypatch: pytest.MonkeyPatch, terminal: None) -> None:
    let_talk(monkeypatch, "client.screen.app", lambda settings: len(settings.name))
    assert main([]) == 0


@pytest.mark.parametrize("flag", ["--plain", "--json", "--send=hi"])
def test_other_modes_need_a_name(terminal: None, flag: str) -> None:
    with pytest.raises(UsageError, match="--name NAME"):
        main([flag])


def interrupt(settings: ClientSettings) -> int:
    raise KeyboardInterrupt


def test_who_interrupts_a_talk_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    let_talk(monkeypatch, "client.line_mode_io", interrupt)
    assert main(["--name=Duke", "--plain"]) == 0


def test_an_interrupted_message_is_not_taken_for_an_acknowledged_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    let_talk(monkeypatch, "client.line_mode_io", interrupt)
    assert main(["--name=Duke", "--send=done", "--language=zh"]) == EXIT_FAILED
    assert capsys.readouterr().err == "chat-client: 已中断：消息可能没有发出。\n"


def imported_by(processes: Processes, *arguments: str) -> set[str]:
    """Return the modules that a real process has imported when it ends, or may talk."""
    listing = (
        "import sys\n"
        "from client.main import main\n"
        "try:\n"
        f"    main({list(arguments)!r})\n"
        "finally:\n"
        "    print('modules:', *sys.modules)\n"
    )
    program = processes.start([sys.executable, "-c", listing])
    program.read_until("modules:")
    return set(program.read_to_end().split())


@pytest.mark.parametrize("flag", ["--help", "--print-config"])
def test_what_only_prints_imports_neither_network_nor_screen(
    processes: Processes, flag: str
) -> None:
    imported = imported_by(processes, flag)
    assert "client.settings" in imported
    assert not imported & {"zmq", "prompt_toolkit", "asyncio", "precis_i18n", "client.link"}


def test_lines_import_no_screen(processes: Processes) -> None:
    # Port 1 has no broker, so that this mode has all that it needs when it gives up.
    imported = imported_by(processes, "--name=Duke", "--plain", "--connect=tcp://127.0.0.1:1")
    assert "zmq" in imported
    assert not {name for name in imported if name.startswith(("prompt_toolkit", "client.screen"))}


def test_the_command_prints_the_default_file(processes: Processes) -> None:
    program = processes.start([script("chat-client"), "--print-config"])
    assert program.read_to_end() == default_file()
    assert program.wait() == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--fly"], "--fly"),
        (["--name=Duke", "--connect=here"], "The setting connect cannot be used"),
        (["--name=Duke", "--config=/nowhere/x.toml"], "/nowhere/x.toml"),
        (["--plain"], "--name NAME"),
        ([], "--name NAME"),
    ],
)
def test_a_wrong_command_line_is_one_line(
    processes: Processes, arguments: list[str], told: str
) -> None:
    for command in ([script("chat-client")], [sys.executable, "-m", "client"]):
        program = processes.start([*command, *arguments])
        assert program.wait() == EXIT_USAGE
        errors = program.stderr.read_to_end()
        assert errors is not None
        assert errors.startswith("chat-client: ")
        assert told in errors
        assert errors.count("\n") == 1


def test_in_a_terminal_that_shows_no_screen_there_are_lines(terminals: Terminals) -> None:
    client = terminals.start([script("chat-client")], {"TERM": "dumb"})
    assert client.wait_ended() == EXIT_USAGE  # where the full screen would ask
    assert "--name NAME" in client.text
