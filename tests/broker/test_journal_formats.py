"""Files of an older format: read as they are by ``--check``, and brought up to date by a start."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from zlib import crc32

import msgspec
import pytest

from broker import journal_schema
from broker.check import INTACT, check
from broker.sqlite_journal import SqliteJournal
from broker.sqlite_journal_header import FORMAT
from broker.sqlite_journal_salvage import start
from broker.state import LOBBY
from protocol.errors import JournalUnavailable
from protocol.events import Deleted, Edited, Muted
from protocol.questions import Kind
from tests.broker.test_journal_words import overwrite, put, texts
from tests.broker.test_sqlite_journal import (
    ALL,
    NOW,
    House,
    contents,
    killed_copy,
    make,
    numbers,
)

# ---- format 1, as the first Hubbub wrote it

LAYOUT_1 = """
    PRAGMA application_id = 1215652450;
    PRAGMA user_version = 1;
    CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
    CREATE TABLE rooms (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        pruned INTEGER NOT NULL DEFAULT 0,
        pruned_said INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE entries (
        sequence INTEGER PRIMARY KEY,
        room INTEGER NOT NULL,
        number INTEGER NOT NULL,
        said INTEGER NOT NULL,
        is_said INTEGER NOT NULL,
        at INTEGER NOT NULL,
        crc INTEGER NOT NULL,
        body BLOB NOT NULL
    );
    CREATE UNIQUE INDEX entries_of_room ON entries (room, number) WHERE room > 0;
    CREATE UNIQUE INDEX entries_said ON entries (room, said) WHERE is_said = 1;
    CREATE INDEX entries_of_sessions ON entries (room) WHERE room = 0;
    CREATE TABLE snapshots (sequence INTEGER PRIMARY KEY, crc INTEGER NOT NULL, body BLOB NOT NULL);
    PRAGMA journal_mode = WAL;
"""
ANN = {
    "id": "ann", "token_hash": "hash", "user_id": "ann", "name": "Ann", "door": "client",
    "carrier": "", "applied": 0, "opened": NOW, "rooms": {LOBBY: 1},
}  # fmt: skip
ENDED = [["bob", {"applied": 3, "reason": "lost"}]]


def sealed(room: str, number: int, body: bytes) -> int:
    seed = crc32(room.encode() + b"\0") if room != "snapshot" else 0
    return crc32(body, crc32(number.to_bytes(8, "little"), seed))


def encoded(*values: object) -> bytes:
    return msgspec.json.encode(values)


def written_by_format_1(path: Path, messages: int = 30, *, clean: bool = True) -> None:
    """Write what the first Hubbub would: Ann comes and speaks; two snapshots, and a tail."""
    rows: list[tuple[object, ...]] = []
    opened = encoded("opened", "ann", "hash", "ann", "Ann", "client", "", NOW)
    rows.append((1, 0, 0, 0, 0, 0, sealed("", 0, opened), opened))
    came = encoded("joined", 1, NOW, "ann", "Ann", 1, "ann")
    rows.append((2, 1, 1, 0, 0, NOW, sealed(LOBBY, 1, came), came))
    for said in range(1, messages + 1):
        number, at = said + 1, NOW + said
        body = encoded("said", number, at, "ann", "Ann", said + 1, f"message {said}", False)
        rows.append((said + 2, 1, number, said, 1, at, sealed(LOBBY, number, body), body))
    path.touch(mode=0o600)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript(LAYOUT_1)
        db.execute("INSERT INTO rooms (id, name) VALUES (1, ?)", (LOBBY,))
        db.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        for sequence in (messages // 3, messages * 2 // 3):
            head = sequence - 1
            ann = ANN | {"applied": head}
            room = {"name": LOBBY, "head": head, "members": {"ann": 1}}
            body = msgspec.json.encode({"sessions": [ann], "rooms": [room], "ended": ENDED})
            values = sequence, sealed("snapshot", sequence, body), body
            db.execute("INSERT INTO snapshots VALUES (?, ?, ?)", values)
        meta = {"id": "first", "boot": "boot", "clean": int(clean), "fsync": 0}
        db.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "journal.db"
    written_by_format_1(path)
    return path


def format_of(path: Path) -> int:
    return int.from_bytes(path.read_bytes()[60:64], "big")


# ---- what is done about it


def test_it_is_brought_up_to_date_and_goes_on(path: Path) -> None:
    house = House(make(path))
    assert house.journal.id == "first"
    assert format_of(path) == FORMAT
    assert house.texts() == [f"message {n}" for n in range(1, 31)]
    session = house.state.sessions["ann"]
    assert (session.applied, session.rooms) == (31, {LOBBY: 1})
    assert house.state.rooms[LOBBY].kind is Kind.PUBLIC
    assert house.state.ended["bob"].applied == 3
    put(
        house,
        Edited(32, NOW, "ann", "Ann", 32, 31, "the last one"),
        Muted(33, NOW, "o", "Olga", 1, "bob", "Bob"),
        Deleted(34, NOW, "ann", "Ann", 33, 31, "ann", "Ann"),
    )
    assert texts(house)[31] == texts(house)[32] == ""
    assert numbers(house.journal.acts(LOBBY, ALL, 9)) == [33]
    assert numbers(house.journal.recent(LOBBY, 4, 9)) == [2, 3]
    after_kill = House(make(killed_copy(path)))
    assert contents(after_kill.state) == contents(house.state)
    for journal in (after_kill.journal, house.journal):
        journal.close(None)
    status, lines = check(path.parent)
    assert status == INTACT, lines


def test_a_check_reads_it_and_changes_nothing(path: Path) -> None:
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    status, lines = check(path.parent)
    assert status == INTACT, lines
    assert f"Format: an older one; the next start brings it to format {FORMAT}" in lines
    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == before


def test_snapshots_of_both_formats_are_checked(path: Path) -> None:
    house = House(make(path, snapshot_every=5))
    for turn in range(3):
        house.say(f"more {turn}")
        house.upkeep()
        house.journal.close(house.state)
        status, lines = check(path.parent)
        assert status == INTACT, lines
        assert not [line for line in lines if line.startswith("Format")]
        house = House(make(path, snapshot_every=5))
    house.journal.close(house.state)


def test_a_change_of_format_that_fails_changes_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements = journal_schema._ADDED_IN_2
    with monkeypatch.context() as patched:
        fails = "INSERT INTO meta (key) VALUES ('id')"
        patched.setattr(journal_schema, "_ADDED_IN_2", (*statements, fails))
        with pytest.raises(JournalUnavailable):
            make(path)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (1,)
        names = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    assert "entries_found" not in names
    journal = make(path)
    assert journal.load().rooms[LOBBY].head == 31
    journal.close(None)


def test_a_damaged_one_is_salvaged_into_this_format(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    written_by_format_1(path, messages=300)
    overwrite(path, b'"message 20"')

    def opened() -> SqliteJournal:
        return make(path, new_id=lambda: "second")

    started = start(path, "20261121T000000Z", opened)
    assert started.salvage is not None
    assert started.journal.id == "second"
    assert format_of(path) == FORMAT
    assert format_of(started.salvage.aside) == 1
    assert started.state.rooms[LOBBY].head == 301
    last = started.journal.event(LOBBY, 301)
    assert last is not None
    assert b'"message 300"' in last
    assert started.journal.event(LOBBY, 21) is None
    started.journal.close(None)
