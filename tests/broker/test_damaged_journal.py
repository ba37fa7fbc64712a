"""Damage of every kind: the readable part is kept, the rest is named and kept aside."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from broker.check import check
from broker.records import Closed, RoomEntry
from broker.sqlite_journal_header import FORMAT
from broker.sqlite_journal_salvage import Started, ranges, start
from broker.sqlite_journal_wal import damage_of_wal, wal_of
from broker.sqlite_journal_write import mark_of
from broker.state import LOBBY
from broker.turns import finish_turn, try_again
from protocol.codec import decode_event
from protocol.commands import Say
from protocol.errors import JournalError, JournalTooNew, JournalUnavailable, UsageError
from protocol.events import Joined, Said
from protocol.messages import Ack, Do, Refused
from protocol.questions import Kind
from tests.broker.hub import Hub, peer
from tests.broker.test_sqlite_journal import (
    ALL,
    CHANGED,
    NOW,
    House,
    alter,
    contents,
    killed_copy,
    make,
    numbers,
    opened,
    said,
    stored,
)

STAMP = "20261121T000000Z"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def salvaged(path: Path, **options: Any) -> Started:
    options.setdefault("new_id", lambda: "second")
    return start(path, STAMP, lambda: make(path, **options))


def written(path: Path, *, clean: bool, snapshot_every: int = 10_000, turns: int = 6) -> House:
    """Write two rooms, people, and snapshots; return the house, closed."""
    house = House(make(path, new_id=lambda: "first", snapshot_every=snapshot_every))
    for turn in range(turns):
        house.store(opened(turn))
        who = f"s{turn}"
        number = house.state.rooms[LOBBY].head + 1
        house.store(RoomEntry(LOBBY, Joined(number, NOW, who, f"name {turn}", 0, who)))
        house.say(f"one {turn}", f"two {turn}", f"three {turn}")
        house.say(f"aside {turn}", room="other")
        house.upkeep()
    house.journal.close(house.state if clean else None)
    return house


def everything(path: Path) -> dict[str, list[bytes]]:
    """Return the rooms' events as they stand in an intact journal."""
    house = House(make(path))
    events = {room: house.journal.page(room, 1, ALL, ALL, ALL).events for room in house.state.rooms}
    house.journal.close(house.state)
    return events


def served(started: Started, room: str) -> dict[int, bytes]:
    """Read a room as a peer does, page by page; return its events by number."""
    head = started.state.rooms[room].head if room in started.state.rooms else 0
    found: dict[int, bytes] = {}
    number = 1
    while number <= head:
        page = started.journal.page(room, number, head, 7, ALL)
        moved = max(number, min(page.oldest, head + 1))
        for event in page.events:
            assert decode_event(event).number == moved
            found[moved] = event
            moved += 1
        assert moved > number, "a peer would ask in a circle"
        number = moved
    return found


def goes_on(started: Started) -> None:
    """The journal takes more, and starts again with the same."""
    state = started.state
    event = said(state, "more")
    state.apply(event)
    started.journal.commit([stored(event)])
    last = started.journal.page(LOBBY, event.event.number, ALL, 9, ALL).events
    assert numbers(last) == [event.event.number]
    assert contents(started.journal.load()) == contents(state)


# ---- a start


def test_an_intact_journal_is_left_alone(path: Path) -> None:
    house = written(path, clean=True)
    started = salvaged(path)
    assert started.salvage is None
    assert started.journal.id == "first"
    assert contents(started.state) == contents(house.state)
    started.journal.close(None)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_damaged_tail_is_folded_up_to_the_damage(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    house = House(make(path, new_id=lambda: "first"))
    house.say("one", "two", "three", "four")
    house.journal.close(None)
    alter(path, CHANGED, 2)
    started = salvaged(path)
    assert started.salvage is not None
    assert started.journal.id == "second"
    assert started.state.rooms[LOBBY].head == 1
    assert list(served(started, LOBBY)) == [1]
    goes_on(started)
    text = " ".join(started.salvage.lines)
    assert "event 2 of 'lobby') is damaged" in text
    assert "3 entries from there on took no part" in text
    assert "readable in the damaged file alone: 3 to 4" in text
    assert started.salvage.aside.name == f"journal.db.damaged-{STAMP}"
    assert text.count("\n") == 0
    assert all(line in caplog.text for line in started.salvage.lines)
    with closing(sqlite3.connect(started.salvage.aside)) as db:
        assert db.execute("SELECT count(*) FROM entries").fetchone() == (4,)
    started.journal.close(started.state)
    assert check(path.parent)[0] == 0
    again = salvaged(path)
    assert again.salvage is None
    assert again.journal.id == "second"
    again.journal.close(None)


def test_old_damage_stays_a_known_loss_after_a_salvage(path: Path) -> None:
    house = written(path, clean=False, snapshot_every=10)
    events = everything(killed_copy(path))
    (last,) = [house.journal._sequence]
    alter(path, "DELETE FROM entries WHERE sequence = 3")
    alter(path, "UPDATE entries SET crc = crc + 1 WHERE sequence = 4")
    alter(path, "DELETE FROM entries WHERE sequence = ?", last)
    started = salvaged(path)
    assert started.salvage is not None
    text = " ".join(started.salvage.lines)
    assert "lost: 2 to 3" in text
    found = served(started, LOBBY)
    assert found == {n: body for n, body in enumerate(events[LOBBY], 1) if n not in {2, 3}}
    assert [n for n in numbers(started.journal.recent(LOBBY, ALL, ALL)) if n < 4] == []
    goes_on(started)
    started.journal.close(started.state)
    status, lines = check(path.parent)
    assert status == 0
    assert any("lost to damage found earlier: 2 to 3" in line for line in lines)


def test_a_log_that_ends_before_its_snapshot_keeps_the_state(path: Path) -> None:
    house = written(path, clean=True)
    alter(path, "DELETE FROM entries WHERE sequence = ?", house.journal._sequence)
    started = salvaged(path)
    assert started.salvage is not None
    assert contents(started.state) == contents(house.state)
    assert len(served(started, "other")) == 5
    assert "'other': events kept: 5, up to number 6; lost: 6" in " ".join(started.salvage.lines)
    goes_on(started)
    started.journal.close(None)


def test_without_a_snapshot_the_events_are_kept(path: Path) -> None:
    house = House(make(path, snapshot_every=4, keep_messages=2))
    for turn in range(4):
        house.store(opened(turn))
        house.say("a", "b", "c")
        house.upkeep()
    house.journal.close(house.state)
    kept = everything(killed_copy(path))[LOBBY]
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("UPDATE snapshots SET crc = 0")
    started = salvaged(path)
    assert started.salvage is not None
    assert not started.state.sessions
    assert list(served(started, LOBBY).values()) == kept
    assert started.state.rooms[LOBBY].head == 12
    text = " ".join(started.salvage.lines)
    assert "who was present" in text
    assert "snapshot at entry 16 is damaged" in text
    goes_on(started)
    started.journal.close(None)


def test_a_room_of_which_only_its_messages_are_known_is_nobody_s_and_closed(path: Path) -> None:
    house = House(make(path, snapshot_every=4, keep_messages=3))
    for text in "abcdefgh":
        house.say(text)
        house.say(text, room="vault")
        house.say(text, room="@a:b")
        house.upkeep()
    house.journal.close(house.state)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("UPDATE snapshots SET crc = 0")
    started = salvaged(path)
    kinds = {name: (room.kind, room.owner) for name, room in started.state.rooms.items()}
    assert kinds == {
        LOBBY: (Kind.PUBLIC, ""), "vault": (Kind.PRIVATE, ""), "@a:b": (Kind.TALK, "")
    }  # fmt: skip
    assert not any(room.readers for room in started.state.rooms.values())
    assert served(started, "vault")
    started.journal.close(started.state)


def test_rooms_without_their_names_are_found_by_checksum(path: Path) -> None:
    written(path, clean=True)
    events = everything(killed_copy(path))
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("DELETE FROM rooms")
    started = salvaged(path)
    for room, bodies in events.items():
        assert list(served(started, room).values()) == bodies
    started.journal.close(None)


@pytest.mark.parametrize("content", [b"not a database" * 100, b"short", b"SQLite format 3\0" * 50])
def test_what_is_no_database_is_kept_aside(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert check(path.parent)[0] == 1
    for count in ("", "-2"):
        path.write_bytes(content)
        started = salvaged(path)
        assert started.salvage is not None
        assert started.salvage.aside.name == f"journal.db.damaged-{STAMP}{count}"
        assert started.salvage.aside.read_bytes() == content
        assert "Nothing in it can be read" in " ".join(started.salvage.lines)
        goes_on(started)
        started.journal.close(None)


def test_a_file_that_is_gone_beside_its_write_ahead_log_is_damage(path: Path) -> None:
    live = House(make(path))
    live.say("one")
    copy = killed_copy(path)
    live.journal.close(None)
    copy.unlink()
    started = start(copy, STAMP, lambda: make(copy))
    assert started.salvage is not None
    assert wal_of(started.salvage.aside).exists()
    started.journal.close(None)


def test_a_later_format_and_the_database_of_another_program_stay_where_they_are(
    path: Path,
) -> None:
    written(path, clean=True)
    alter_header(path, f"PRAGMA user_version = {FORMAT + 1}")
    content = path.read_bytes()
    with pytest.raises(JournalTooNew):
        salvaged(path)
    with pytest.raises(JournalTooNew):
        check(path.parent)
    path.unlink()
    alter_header(path, "CREATE TABLE theirs (x)")
    with pytest.raises(JournalUnavailable, match="not a Hubbub journal"):
        salvaged(path)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert content


def alter_header(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute(statement)


def test_our_own_file_without_its_mark_is_salvaged(path: Path) -> None:
    written(path, clean=True)
    events = everything(killed_copy(path))
    alter_header(path, "PRAGMA application_id = 1")
    started = salvaged(path)
    assert started.salvage is not None
    assert list(served(started, LOBBY).values()) == events[LOBBY]
    started.journal.close(None)


def test_a_salvage_killed_at_any_step_is_done_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each replacement of a file is the last thing that the process does."""
    written(path, clean=False)
    alter(path, CHANGED.replace("two", "one"), 3)
    wanted: dict[int, bytes] = {}
    for step in range(4):
        folder = path.parent / str(step)
        folder.mkdir()
        mine = folder / path.name
        shutil.copy(path, mine)
        left = [step]

        def stopped(self: Path, target: Path, left: list[int] = left) -> Path:
            left[0] -= 1
            if left[0] < 0:
                raise KeyboardInterrupt
            shutil.move(self, target)
            return target

        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", stopped)
            try:
                salvaged(mine).journal.close(None)
            except KeyboardInterrupt:
                assert step < 2
        started = salvaged(mine, new_id=lambda: "third")
        assert started.journal.id != "first"
        found = served(started, LOBBY)
        wanted = wanted or found
        assert found == wanted
        started.journal.close(None)


def test_writing_that_meets_damage_has_the_next_start_rebuild(path: Path) -> None:
    house = House(make(path, new_id=lambda: "first"))
    house.say("one", "two")
    # As a damaged index would have it: the number is taken already.
    house.journal._rooms[LOBBY].head = 1
    with pytest.raises(JournalUnavailable):
        house.journal.commit([stored(RoomEntry(LOBBY, Said(2, NOW, "a", "A", 0, "x")))])
    house.journal.close(None)
    assert mark_of(path).exists()
    started = salvaged(path)
    assert started.journal.id == "second"
    assert list(served(started, LOBBY)) == [1, 2]
    assert not mark_of(path).exists()
    started.journal.close(None)


# ---- the write-ahead log


def test_damage_in_the_write_ahead_log_is_not_passed_over(path: Path) -> None:
    house = House(make(path, new_id=lambda: "first"))
    for number in range(20):
        house.say(str(number))
    copy = killed_copy(path)
    house.journal.close(None)
    assert damage_of_wal(copy) is None
    data = wal_of(copy).read_bytes()
    chance = random.Random(1)
    for place in [0, 20, 40, len(data) - 1, *(chance.randrange(len(data)) for _ in range(30))]:
        target = path.with_name("flipped.db")
        shutil.copy(copy, target)
        wal_of(target).write_bytes(flipped(data, place))
        # The last four bytes of a frame's head and so on: whatever a checksum covers.
        assert damage_of_wal(target) is not None, place
        started = start(target, f"{place}", partial(make, target))
        assert started.salvage is not None
        assert started.journal.id == "id"
        started.journal.close(None)


def flipped(data: bytes, place: int, bit: int = 1) -> bytes:
    return data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :]


# ---- anything


@pytest.mark.parametrize("clean", [True, False])
@pytest.mark.parametrize("seed", [*range(6), 148, 238])
def test_random_damage_never_crashes_and_never_gives_what_was_not_committed(
    tmp_path: Path, seed: int, clean: bool
) -> None:
    chance = random.Random(seed)
    origin = tmp_path / "origin.db"
    live = House(make(origin, new_id=lambda: "first", snapshot_every=15))
    for turn in range(40):
        live.store(opened(turn))
        live.say(f"one {turn}", "x" * chance.randrange(300))
        live.say("aside", room="other")
        if turn % 3 == 0:
            live.store(Closed(f"s{turn}", 0, "lost", NOW))
        live.upkeep()
    source = origin if clean else killed_copy(origin)
    live.journal.close(live.state)
    events = everything(killed_copy(source, "whole.db"))
    for round_ in range(12):
        folder = tmp_path / f"{round_}"
        folder.mkdir()
        path = folder / "journal.db"
        shutil.copy(source, path)
        if wal_of(source).exists():
            shutil.copy(wal_of(source), wal_of(path))
        what = damage_something(path, chance)
        held = {file.name: file.read_bytes() for file in folder.iterdir()}
        status = status_of(folder)
        assert {file.name: file.read_bytes() for file in folder.iterdir()} == held
        try:
            started = salvaged(path)
        except (JournalUnavailable, JournalTooNew):
            assert status == 2
            continue
        is_complete = is_served(started, events)
        # A write-ahead log that was cut off looks like a write that a kill cut short.
        assert is_complete or started.salvage or status == 1 or what == "truncated"
        try:
            goes_on(started)
        except JournalUnavailable:
            # Damage that only this commit could meet: the next start rebuilds.
            started.journal.close(None)
            started = salvaged(path)
            assert started.salvage is not None
            is_served(started, events)
            goes_on(started)
        if started.salvage is not None:
            assert started.journal.id == "second"
        try:
            started.journal.close(started.state)
        except JournalUnavailable:
            # Damage that only the last snapshot could meet: so it is with that.
            before = contents(started.state)
            started = salvaged(path)
            assert started.salvage is not None
            assert contents(started.state) == before
            started.journal.close(started.state)


def status_of(folder: Path) -> int:
    try:
        status, lines = check(folder)
    except (JournalError, UsageError):
        return 2
    assert len(lines) > 1
    assert lines[-1] == ("The journal is damaged." if status else "The journal is intact.")
    return status


def is_served(started: Started, events: dict[str, list[bytes]]) -> bool:
    """Check that what is served was committed; return whether it is all of it."""
    is_complete = True
    for room, bodies in events.items():
        found = served(started, room)
        for number, event in found.items():
            assert event == bodies[number - 1]
        for event in started.journal.recent(room, ALL, 20):
            assert event in bodies
        is_complete &= len(found) == len(bodies)
    return is_complete


def damage_something(path: Path, chance: random.Random) -> str:
    files = [path, wal_of(path)] if wal_of(path).exists() else [path]
    target = chance.choice(files)
    data = bytearray(target.read_bytes())
    what = chance.choice(["flip", "flip", "flips", "truncated", "zeros"])
    match what:
        case "flip" | "flips":
            for _ in range(1 if what == "flip" else 20):
                data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        case "truncated":
            del data[chance.randrange(len(data)) :]
        case _:
            at = chance.randrange(len(data)) // 4096 * 4096
            data[at : at + 4096] = bytes(len(data[at : at + 4096]))
    target.write_bytes(data)
    return what


# ---- the check


def test_the_check_tells_rooms_and_snapshots_and_changes_nothing(path: Path) -> None:
    live = House(make(path, snapshot_every=15))
    live.say(*map(str, range(20)))
    live.upkeep()
    live.say("more", room="other")
    folder = path.parent / "killed"
    folder.mkdir()
    for file in (path, wal_of(path)):
        shutil.copy(file, folder)
    live.journal.close(None)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    status, lines = check(folder)
    assert status == 0
    assert "Log: up to entry 21; snapshots at entries: 20" in lines
    assert "Room 'lobby': events 1 to 20 (20 of them)" in lines
    assert "Room 'other': events 1 to 1 (1 of them)" in lines
    assert lines[-1] == "The journal is intact."
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        (CHANGED.replace("?", "4"), "entry 4 (event 3 of 'lobby') is damaged"),
        ("DELETE FROM entries WHERE sequence = 4", "room 'lobby': missing: 3"),
        ("DELETE FROM entries WHERE sequence = 4", "entries missing: 4"),
        ("UPDATE snapshots SET crc = crc + 1 WHERE sequence = 12", "the snapshot at entry 12"),
        ("UPDATE entries SET at = 1 WHERE sequence = 4", "entry 4: its time differs"),
        ("UPDATE entries SET said = 99 WHERE sequence = 4", "entry 4: its count of messages"),
        ("UPDATE rooms SET pruned = 1 WHERE id = 1", "events up to 1 should have been removed"),
        ("DELETE FROM rooms WHERE id = 1", "room 'lobby': its record is damaged"),
    ],
)
def test_the_check_names_each_damage(path: Path, statement: str, line: str) -> None:
    house = House(make(path))
    house.store(opened(1))
    house.say("one", "two", "two", *"abcdefgh")
    house.journal.close(house.state)
    with closing(sqlite3.connect(path)) as db:
        # As if nothing had been snapshot yet, so that what is missing shows in the log as well.
        if "entries missing" in line:
            db.execute("DELETE FROM snapshots")
            db.commit()
    alter(path, statement)
    status, lines = check(path.parent)
    assert status == 1
    assert any(text.startswith(f"DAMAGED: {line}") or line in text for text in lines), lines


def test_there_is_nothing_to_check(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(UsageError, match="There is no journal"):
            check(folder)
    make(tmp_path / "journal.db")._db.close()


@pytest.mark.parametrize(
    ("numbers_", "text"),
    [([3], "3"), ([1, 2, 3, 7], "1 to 3, 7"), (list(range(0, 60, 2)), "and more (30 in all)")],
)
def test_numbers_in_words(numbers_: list[int], text: str) -> None:
    assert ranges(numbers_).endswith(text)


# ---- a state that cannot be read back


def test_while_the_state_cannot_be_read_nothing_but_refusals_leaves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hub = Hub()
    ann = peer(1)
    hub.enter(1, "Ann")
    hub.disk.full = True

    def blind() -> Any:
        raise JournalUnavailable("the disk gives no answer")

    def act() -> list[Any]:
        return hub.send(ann, Do(1, 2, Say(LOBBY, "x")))

    with monkeypatch.context() as patch:
        patch.setattr(hub.disk, "load", blind)
        for _ in range(3):
            (answer,) = act()
            assert isinstance(answer, Refused)
            assert answer.code == "journal_unavailable"
        assert not hub.act(lambda core: core.subscribed(b"lobby\0")).published
        hub.disk.full = False
        with pytest.raises(JournalUnavailable):
            try_again(hub.core, hub.disk)
        (answer,) = act()
        assert isinstance(answer, Refused)
        assert not hub.core.writable
    try_again(hub.core, hub.disk)
    assert contents(hub.state) == contents(hub.disk.load())
    assert act() == [Ack(1, 2)]
    hub.core.begin(0, 0)
    assert finish_turn(hub.core, hub.disk)[1] is None
