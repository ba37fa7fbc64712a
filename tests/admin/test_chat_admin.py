"""``chat-admin`` against a real broker, with a person at nc."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from runtime.exits import EXIT_FAILED, EXIT_SIGNAL, EXIT_USAGE
from tests.processes import Broker, Processes, needs_nc


def admin(broker: Broker, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "admin", f"--data={broker.data}", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def written_to(broker: Broker, output: int) -> tuple[int, str]:
    """Return the exit status and standard error of ``stats`` where its answer goes there."""
    command = [sys.executable, "-m", "admin", f"--data={broker.data}", "stats"]
    done = subprocess.run(
        command, stdout=output, stderr=subprocess.PIPE, text=True, check=False, timeout=60
    )
    return done.returncode, done.stderr


def told(broker: Broker, *words: str) -> Any:
    """Return what a command answers in JSON."""
    done = admin(broker, "--json", *words)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


@needs_nc
def test_an_evening_of_the_administrator(processes: Processes, tmp_path: Path) -> None:
    broker = processes.broker()
    duke = processes.nc(broker.door)
    duke.read_until("/quit to leave.\n")
    duke.send_line("rename|Duke")
    duke.read_until("rename successfully!\n")

    (person,) = told(broker, "who")
    assert (person["name"], person["address"], person["door"]) == ("Duke", "127.0.0.1", "nc")
    assert [room["room"] for room in told(broker, "rooms")] == ["lobby"]
    assert told(broker, "stats")["people"] == 1

    assert told(broker, "announce", "The kitchen opens.") == {"done": True}
    duke.read_until("The kitchen opens.\n")
    told(broker, "mute", "duke", "--room", "lobby", "--for", "1h", "--why", "noise")
    duke.read_until("muted")
    duke.send_line("hello?")
    duke.read_until("You are muted in #lobby until")
    (mute,) = told(broker, "bans", "--room", "#lobby")
    assert (mute["name"], mute["mute"], mute["why"]) == ("Duke", True, "noise")
    told(broker, "unmute", "duke", "--room", "lobby")

    copy = tmp_path / "folder" / "journal.db"
    copy.parent.mkdir(mode=0o700)
    assert told(broker, "backup", str(copy))["size"] == copy.stat().st_size

    told(broker, "ban", "127.0.0.1", "--for", "1h", "--why", "closing time")
    duke.read_until("closing time")
    late = processes.nc(broker.door)
    late.read_until("You are banned until")
    assert told(broker, "who") == []
    told(broker, "unban", "127.0.0.1")
    processes.nc(broker.door).read_until("/quit to leave.\n")

    acts = [act["act"] for act in told(broker, "modlog", "--room", "lobby")]
    assert acts == ["announced", "muted", "unmuted", "banned", "unbanned"]

    refused = admin(broker, "kick", "nobody")
    assert refused.returncode == EXIT_FAILED
    assert (
        refused.stderr
        == "chat-admin: There is nobody called nobody here: chat-admin who lists who is.\n"
    )
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        said = "chat-admin: The answer cannot be written: No space left on device.\n"
        assert written_to(broker, full.fileno()) == (EXIT_FAILED, said)
    read_end, write_end = os.pipe()
    os.close(read_end)
    assert written_to(broker, write_end) == (EXIT_SIGNAL + signal.SIGPIPE, "")
    os.close(write_end)
    # The copy is a journal of its own, with what was said until then.
    old = processes.broker(data=copy.parent)
    assert [act["act"] for act in told(old, "modlog")] == ["announced", "muted", "unmuted"]


def test_without_a_broker_one_line_says_so(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for words, status, sentence in (
        (["stats"], EXIT_FAILED, "No broker listens at"),
        (["dance"], EXIT_USAGE, "invalid choice: 'dance'"),
        (["ban", "duke", "--for", "soon"], EXIT_USAGE, "'soon' is no time"),
        (["kick", "\udcff"], EXIT_USAGE, r"'\udcff' is no UTF-8"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "admin", f"--data={tmp_path}", *words],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == status
        assert sentence in done.stderr
        assert done.stderr.count("\n") == 1
