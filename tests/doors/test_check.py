"""``chat-broker --check``, and a start on a damaged journal, with real processes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from tests.broker.test_sqlite_journal import CHANGED, House, alter, make
from tests.processes import script

if TYPE_CHECKING:
    from tests.processes import Processes


def written(folder: Path, *, damaged: bool) -> None:
    house = House(make(folder / "journal.db"))
    house.say("one", "two", "three")
    house.journal.close(None)
    if damaged:
        alter(folder / "journal.db", CHANGED, 2)


def checked(processes: Processes, folder: Path) -> tuple[int, str, str]:
    program = processes.start([script("chat-broker"), "--check", f"--data={folder}"])
    status = program.wait()
    errors = program.stderr.read_to_end()
    assert errors is not None
    return status, program.read_to_end(), errors


def test_an_intact_journal(processes: Processes) -> None:
    folder = processes.folder()
    written(folder, damaged=False)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    status, text, errors = checked(processes, folder)
    assert (status, errors) == (0, "")
    assert text.splitlines() == [
        f"Journal: {folder}/journal.db",
        "Log: up to entry 3; snapshots at entries: none",
        "Room 'lobby': events 1 to 3 (3 of them)",
        "The journal is intact.",
    ]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_damaged_journal(processes: Processes) -> None:
    folder = processes.folder()
    written(folder, damaged=True)
    status, text, errors = checked(processes, folder)
    assert (status, errors) == (1, "")
    assert "\nDAMAGED: entry 2 (event 2 of 'lobby') is damaged\n" in text
    assert text.endswith("\nThe journal is damaged.\n")


def test_what_cannot_be_checked(processes: Processes) -> None:
    folder = processes.folder()
    status, text, errors = checked(processes, folder)
    assert (status, text) == (2, "")
    assert errors == (
        f"chat-broker: There is no journal in {folder}: choose the folder with --data.\n"
    )
    assert not list(folder.iterdir())
    written(folder, damaged=False)
    with closing(sqlite3.connect(folder / "journal.db")) as db:
        db.execute("PRAGMA user_version = 99")
    status, text, errors = checked(processes, folder)
    assert (status, text) == (2, "")
    assert "later Hubbub" in errors


def test_a_journal_in_use_and_one_left_by_a_crash(processes: Processes) -> None:
    broker = processes.broker("--no-gateway")
    status, text, errors = checked(processes, broker.data)
    assert (status, text) == (2, "")
    assert errors == f"chat-broker: A broker uses {broker.data}: stop it before --check.\n"
    broker.kill()
    status, text, errors = checked(processes, broker.data)
    assert (status, errors) == (0, "")
    assert text.endswith("No events.\nThe journal is intact.\n")


def test_a_broker_starts_on_a_damaged_journal(processes: Processes) -> None:
    folder = processes.folder()
    written(folder, damaged=True)
    broker = processes.broker("--no-gateway", data=folder)
    line = broker.read_log("under a new id.\n")
    assert "event 2 of 'lobby') is damaged" in line
    assert list(folder.glob("journal.db.damaged-*Z"))
    assert broker.terminate() == 0
    assert checked(processes, folder)[0] == 0
