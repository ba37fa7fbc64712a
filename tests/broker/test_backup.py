"""Copies of the journal, made while it goes on."""

from __future__ import annotations

import asyncio
import errno
import os
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from broker.journal import StoredEntry
from broker.records import Entry, Opened, RoomEntry
from broker.sqlite_journal import SqliteJournal
from broker.sqlite_journal_backup import Backups
from broker.state import LOBBY, State
from protocol.codec import encode
from protocol.errors import Code
from protocol.events import Said

NOW = 1_700_000_000_000


def opened(path: Path | None, new_id: str = "new") -> SqliteJournal:
    return SqliteJournal(
        path, fsync=False, keep_messages=0, keep_days=0, boot_id="boot", new_id=lambda: new_id
    )


class House:
    """A journal that is written."""

    def __init__(self, path: Path | None) -> None:
        self.journal = opened(path, "first")
        self.state = self.journal.load()
        self.commit(Opened("duke", "h", "id", "Duke", "nc", "", NOW))

    def commit(self, entry: Entry) -> None:
        event = entry.event if isinstance(entry, RoomEntry) else entry
        self.state.apply(entry)
        self.journal.commit([StoredEntry(entry, encode(event))])

    def say(self, text: str) -> None:
        number = self.state.rooms[LOBBY].head + 1
        self.commit(RoomEntry(LOBBY, Said(number, NOW, "duke", "Duke", number, text)))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    kept = House(tmp_path / "journal.db")
    yield kept
    kept.journal.close(None)


@pytest.fixture
async def backups(house: House) -> AsyncIterator[Backups]:
    made = Backups(house.journal, asyncio.get_running_loop())
    yield made
    made.close()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def copied(
    backups: Backups, target: str, meanwhile: Callable[[], None] = lambda: None
) -> int | Code:
    done: asyncio.Future[int | Code] = asyncio.get_running_loop().create_future()
    backups.begin(target, done.set_result)
    meanwhile()
    return await done


def restored(path: Path) -> tuple[str, State, int]:
    """Return the id and state of a copy, and its messages."""
    journal = opened(path)
    try:
        state = journal.load()
        return journal.id, state, len(journal.recent(LOBBY, 10**9, 10**6))
    finally:
        journal.close(None)


async def test_a_copy_is_what_was_committed_when_it_began_and_is_another_journal(
    house: House, backups: Backups, tmp_path: Path
) -> None:
    for number in range(500):
        house.say(f"before {number}")
    then = encode(house.state.snapshot())
    target = tmp_path / "copy.db"

    def go_on() -> None:
        for number in range(500):
            house.say(f"meanwhile {number}" * 20)

    size = await copied(backups, str(target), go_on)
    assert size == target.stat().st_size
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    journal_id, state, messages = restored(target)
    assert (journal_id, messages) == ("new", 500)
    assert encode(state.snapshot()) == then
    assert house.journal.id == "first"
    assert len(house.journal.recent(LOBBY, 10**9, 10**6)) == 1000


async def test_a_second_copy_has_what_came_after_the_first(
    house: House, backups: Backups, tmp_path: Path
) -> None:
    for count in (1, 2, 3):
        house.say("more")
        target = tmp_path / f"copy-{count}.db"
        assert isinstance(await copied(backups, str(target)), int)
        assert restored(target)[2] == count
    assert not [name for name in names(tmp_path) if name.startswith(".")]


async def test_nothing_is_written_over(house: House, backups: Backups, tmp_path: Path) -> None:
    target = tmp_path / "letter"
    target.write_text("dear Coco")
    assert await copied(backups, str(target)) == Code.FILE_EXISTS
    assert target.read_text() == "dear Coco"
    house.say("still here")


async def test_one_copy_is_made_at_a_time(backups: Backups, tmp_path: Path) -> None:
    answers: list[int | Code] = []
    first = copied(
        backups,
        str(tmp_path / "one"),
        lambda: backups.begin(str(tmp_path / "two"), answers.append),
    )
    assert isinstance(await first, int)
    assert answers == [Code.BUSY]
    assert not (tmp_path / "two").exists()


@pytest.mark.parametrize("target", ["relative.db", "/nowhere/copy.db", "/dev/null/copy.db"])
async def test_a_copy_that_cannot_be_made_leaves_the_journal_as_it_was(
    house: House, backups: Backups, target: str, tmp_path: Path
) -> None:
    assert await copied(backups, target) == Code.BACKUP_FAILED
    house.say("goes on")
    assert isinstance(await copied(backups, str(tmp_path / "copy.db")), int)


async def test_a_broker_that_stops_gives_the_copy_up_and_leaves_nothing_half_done(
    house: House, backups: Backups, tmp_path: Path
) -> None:
    backups.begin(str(tmp_path / "copy.db"), lambda _: pytest.fail("it was given up"))
    backups._is_closing.set()  # as close() does, in the middle
    backups.close()
    await asyncio.sleep(0)
    made = [name for name in names(tmp_path) if "copy" in name]
    assert made in ([], ["copy.db"])
    # It may have been complete already; then it is whole.
    assert all((tmp_path / name).stat().st_size for name in made)
    assert all(restored(tmp_path / name)[2] == 0 for name in made)


async def test_a_folder_that_cannot_be_synced_holds_a_copy_all_the_same(
    house: House, backups: Backups, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = os.fsync

    def unless_folder(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", unless_folder)
    house.say("one")
    assert isinstance(await copied(backups, str(tmp_path / "copy.db")), int)
    assert restored(tmp_path / "copy.db")[2] == 1


async def test_a_journal_in_memory_is_not_copied(tmp_path: Path) -> None:
    house = House(None)
    backups = Backups(house.journal, asyncio.get_running_loop())
    assert await copied(backups, str(tmp_path / "copy.db")) == Code.BACKUP_FAILED
    house.say("goes on")
    backups.close()
    house.journal.close(None)
    assert names(tmp_path) == []
