"""What cannot start says so in one line and leaves nothing behind; settings come from a file."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from tests.doors.people import arrive
from tests.processes import HOST, free_ports, needs_nc, script

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.processes import Processes
    from tests.program import Program


def refused(program: Program) -> str:
    """Return the one line with which a program refused to start."""
    assert program.wait() == 2
    errors = program.stderr.read_to_end()
    assert errors is not None
    assert program.read_to_end() == ""
    assert program.children() == []
    assert errors.endswith("\n")
    assert errors.count("\n") == 1, errors
    return errors


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody listens, between two that are free."""
    first = free_ports(4)
    with socket.create_server((HOST, first + 1)):
        yield first + 1


def start(processes: Processes, *flags: str) -> Program:
    """Start a broker on ports of its own; flags given later win."""
    port = free_ports(3)
    defaults = [f"--listen=tcp://{HOST}:{port}", f"--data={processes.folder()}"]
    door = [] if "--no-gateway" in flags else [f"--gateway={HOST}:{port + 2}"]
    return processes.start([script("chat-broker"), *defaults, *door, *flags])


@needs_nc
def test_a_second_broker_on_the_same_folder_is_refused(processes: Processes) -> None:
    broker = processes.broker()
    error = refused(start(processes, f"--data={broker.data}"))
    assert error == (
        f"chat-broker: Another broker uses {broker.data}: stop it, or choose another --data.\n"
    )
    arrive(processes, "nc", broker.door)


def test_the_port_for_clients_is_taken(processes: Processes, taken: int) -> None:
    error = refused(start(processes, f"--listen=tcp://{HOST}:{taken}"))
    assert f"tcp://{HOST}:{taken} is taken" in error


def test_the_port_for_broadcasts_is_taken(processes: Processes, taken: int) -> None:
    error = refused(start(processes, f"--listen=tcp://{HOST}:{taken - 1}"))
    assert f"tcp://{HOST}:{taken} is taken" in error
    error = refused(start(processes, f"--publish=tcp://{HOST}:{taken}"))
    assert f"tcp://{HOST}:{taken} is taken" in error


def test_the_port_for_people_is_taken(processes: Processes, taken: int) -> None:
    error = refused(start(processes, f"--gateway={HOST}:{taken}"))
    assert f"Cannot open the nc door at {HOST}:{taken}: Address already in use." in error
    gateway = processes.start(
        [script("chat-gateway"), "--broker=ipc:///nowhere", f"--listen={HOST}:{taken}"]
    )
    assert f"Cannot open the nc door at {HOST}:{taken}: Address already in use." in refused(gateway)


def test_a_folder_that_cannot_be_made(processes: Processes, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for folder in (file, file / "below"):
        error = refused(start(processes, f"--data={folder}"))
        assert str(folder) in error


def test_a_folder_that_cannot_be_written(processes: Processes) -> None:
    folder = "/proc/sys/kernel"  # not even the administrator may make files there
    assert folder in refused(start(processes, f"--data={folder}"))


@pytest.mark.parametrize(
    ("flag", "told"),
    [
        ("--fly", "--fly"),
        ("--idle-timeout=soon", "idle-timeout"),
        ("--idle-timeout=-1", "idle-timeout"),
        ("--idle-timeout=nan", "idle-timeout"),
        ("--rate=-1", "rate"),
        ("--send-limit=1", "send-limit"),
        ("--language=tlh", "--language"),
        ("--listen=5555", "'5555' is no endpoint"),
        ("--listen=tcp://127.0.0.1:99999", "is no address"),
        ("--listen=tcp://0.0.0.0:5555", "--insecure"),
        ("--gateway=8080", "'8080' is no address"),
        ("--gateway-endpoint=tcp://127.0.0.1:1", "is no local endpoint"),
        ("--gateway-endpoint=ipc:///" + "x" * 120, "is too long"),
        ("--heartbeat=20", "timeout must be longer than heartbeat"),
        ("--config=/nowhere/settings.toml", "/nowhere/settings.toml"),
        ("--no-gateway=1", "--no-gateway"),
        ("word", "word"),
    ],
)
def test_a_flag_that_cannot_be_used(processes: Processes, flag: str, told: str) -> None:
    error = refused(start(processes, flag))
    assert error.startswith("chat-broker: ")
    assert told in error


@pytest.mark.parametrize(
    ("flag", "told"),
    [
        ("--fly", "--fly"),
        ("--broker=nonsense", "'nonsense' is no local endpoint"),
        ("--broker=tcp://nowhere", "is no address"),
        ("--broker=ipc://relative", "is no local endpoint"),
        ("--broker=ipc:///" + "x" * 120, "too long"),
        ("--listen=here", "'here' is no address"),
        ("--rate=many", "rate"),
        ("--language=tlh", "--language"),
    ],
)
def test_a_gateway_flag_that_cannot_be_used(processes: Processes, flag: str, told: str) -> None:
    error = refused(processes.start([script("chat-gateway"), flag]))
    assert error.startswith("chat-gateway: ")
    assert told in error


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("idle-timeout = 'soon'", "idle-timeout"),
        ("idle-timeout = -1", "idle-timeout"),
        ("fly = true", "fly"),
        ("language = 'tlh'", "language"),
        ("no TOML at all", "no valid TOML"),
        ("rate = true", "rate"),
    ],
)
def test_a_settings_file_that_cannot_be_used(
    processes: Processes, tmp_path: Path, settings: str, told: str
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(settings)
    error = refused(start(processes, f"--config={file}"))
    assert str(file) in error
    assert told in error


@needs_nc
def test_settings_from_a_file_and_flags_over_them(processes: Processes, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("language = 'zh'\nidle-timeout = 0\nsend_limit = 65536\nlog-format = 'json'\n")
    broker = processes.broker(f"--config={file}", "--log-level=info")
    arrive(processes, "nc", broker.door, language="zh")
    assert broker.terminate() == 0
    assert '"message":"stopping"' in broker.stderr.text
    broker = processes.broker(f"--config={file}", "--language=en")
    arrive(processes, "nc", broker.door)


@needs_nc
def test_nothing_is_kept_in_memory(processes: Processes) -> None:
    port = free_ports(3)
    folder = processes.folder()
    state = {"XDG_STATE_HOME": str(folder)}
    command = [
        script("chat-broker"),
        f"--listen=tcp://{HOST}:{port}",
        f"--gateway={HOST}:{port + 2}",
        "--memory",
    ]
    program = processes.start(command, state)
    program.read_until(f"nc {HOST} {port + 2}\n")
    program.read_until("  gateways: ipc://")
    assert not list(folder.rglob("journal.db"))


def test_no_door(processes: Processes) -> None:
    broker = processes.broker("--no-gateway")
    assert broker.children() == []
    assert "nc " not in broker.stdout.text
    with socket.socket() as caller:
        assert caller.connect_ex(broker.door) != 0
