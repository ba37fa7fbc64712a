"""The index beside a real journal: what is handed over, read again, pruned and damaged."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from broker import search_backlog, search_schema, search_thread
from broker.journal import StoredEntry
from broker.records import RoomEntry
from broker.search import SearchHits, SearchQuery
from broker.search_thread import Search
from broker.sqlite_journal import SqliteJournal
from broker.sqlite_journal_follow import later
from protocol.codec import encode
from protocol.events import Deleted, Edited, RoomEvent, Said


class House:
    """A journal and its index, as the broker has them, with one room."""

    def __init__(self, folder: Path | None, journal_id: str = "j") -> None:
        self.path = folder and folder / "search.db"
        self.journal = SqliteJournal(
            folder and folder / "journal.db",
            fsync=False,
            keep_messages=0,
            keep_days=0,
            boot_id="b",
            new_id=lambda: journal_id,
        )
        state = self.journal.load()
        self.head = state.rooms["lobby"].head
        self.search = Search(
            self.path, self.journal.id, self.journal.sequence, asyncio.get_running_loop()
        )
        self.reads = True

    def commit(self, *events: Callable[[int], RoomEvent]) -> None:
        entries = []
        for make in events:
            self.head += 1
            event = make(self.head)
            assert isinstance(event, Said | Edited | Deleted)
            entries.append(StoredEntry(RoomEntry("lobby", event), encode(event)))
        self.journal.commit(entries)
        self.search.committed(self.journal.sequence, entries)

    def say(self, *texts: str) -> None:
        self.commit(*(said(text) for text in texts))

    def feed(self) -> None:
        """Read on in the journal for an index that is behind, as the broker does between turns."""
        while self.reads and (after := self.search.wanted()) is not None:
            self.search.read(after, self.journal.later(after, 7))

    def close(self) -> None:
        self.search.close()
        self.journal.close(None)

    async def ask(self, words: str) -> SearchHits | None:
        answer = asyncio.get_running_loop().create_future()
        self.search.search(SearchQuery(words, {"lobby": 1}, 100), answer.set_result)
        hits: SearchHits | None = await answer
        return hits

    async def numbers(self, words: str) -> list[int]:
        """Search until the index is not behind; return what was found, oldest first."""
        while True:
            hits = await self.ask(words)
            if hits is not None and not hits.behind:
                return [number for _, number in reversed(hits.places)]


def said(text: str) -> Callable[[int], RoomEvent]:
    return lambda number: Said(number, number, "a", "Ann", 0, text)


@asynccontextmanager
async def house(folder: Path | None, journal_id: str = "j") -> AsyncIterator[House]:
    made = House(folder, journal_id)
    made.search.start(made.feed)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_thread, "_REST_S", 0.01)


@pytest.fixture(params=["file", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path if request.param == "file" else None


async def test_a_search_finds_what_was_committed_before_it(folder: Path | None) -> None:
    async with house(folder) as here:
        assert await here.numbers("one") == []
        for number in range(1, 20):
            here.say(f"one w{number}")
            hits = await here.ask(f"w{number}")
            assert hits == SearchHits([("lobby", number)], 0, behind=False)
        here.commit(lambda number: Edited(number, 1, "a", "Ann", 0, 19, "two"))
        here.commit(lambda number: Deleted(number, 1, "a", "Ann", 0, 18))
        assert await here.numbers("one") == list(range(1, 18))
        assert await here.numbers("two") == [19]


async def test_an_index_that_is_behind_reads_the_journal_and_says_so(
    folder: Path | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house(folder) as here:
        assert await here.numbers("one") == []
        here.reads = False
        monkeypatch.setattr(search_thread, "_WAIT_S", 0.01)
        monkeypatch.setattr(search_backlog, "MOST_WAITING", 10)
        here.say(*["one"] * 11, "two")
        here.say("three")
        hits = await here.ask("one")
        assert hits is not None
        assert hits.behind
        here.reads = True
        here.feed()
        assert await here.numbers("one") == list(range(1, 12))
        assert await here.numbers("three") == [13]
        here.say("four")
        assert await here.numbers("four") == [14]


async def test_an_index_goes_on_after_a_start_with_what_is_missing(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        here.say("one", "two", "three")
        assert await here.numbers("one") == [1]
    unheard = House(tmp_path)
    unheard.say("one", "four")
    unheard.commit(lambda number: Edited(number, 1, "a", "Ann", 0, 2, "one"))
    unheard.commit(lambda number: Deleted(number, 1, "a", "Ann", 0, 3))
    unheard.close()
    async with house(tmp_path) as here:
        assert await here.numbers("one") == [1, 2, 4]
        assert await here.numbers("four") == [5]
        assert await here.numbers("two") == await here.numbers("three") == []


async def test_what_is_removed_from_the_journal_is_removed_from_the_index(
    folder: Path | None,
) -> None:
    async with house(folder) as here:
        here.say(*["one"] * 450)
        assert await here.numbers("one") == list(range(351, 451))
        here.search.prune({"lobby": 448, "elsewhere": 5})
        while await here.numbers("one") != [449, 450]:
            await asyncio.sleep(0)


async def test_the_index_of_another_journal_is_made_anew(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        here.say("one")
        assert await here.numbers("one") == [1]
    (tmp_path / "journal.db").unlink()
    async with house(tmp_path, "another") as here:
        here.say("two")
        assert await here.numbers("two") == [1]
        assert await here.numbers("one") == []


@pytest.mark.parametrize("harm", ["DROP TABLE messages", "DELETE FROM lookup_data"])
async def test_an_index_that_is_damaged_while_it_is_used_is_made_anew(
    tmp_path: Path, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with house(tmp_path) as here:
        here.say("one", "two")
        assert await here.numbers("one") == [1]
        with closing(sqlite3.connect(tmp_path / "search.db")) as db:
            db.execute(harm)
            db.commit()
        here.say("one")
        assert await here.numbers("one") == [1, 3]
    assert "built anew" in caplog.text


async def test_what_is_damaged_in_the_journal_is_passed_over(tmp_path: Path) -> None:
    before = House(tmp_path)
    before.say(*["one"] * 20)
    before.close()
    with closing(sqlite3.connect(tmp_path / "journal.db")) as db:
        db.execute("UPDATE entries SET body = 'x' WHERE number = 7")
        slice_of_all = later(db, "the journal", 0, 20, 100)
        one_by_one = [later(db, "the journal", after, 20, 1) for after in range(20)]
    kept = [*range(1, 7), *range(8, 21)]
    assert [event.sequence for event in slice_of_all.events] == kept
    assert slice_of_all.upto == 20
    assert [event.sequence for part in one_by_one for event in part.events] == kept


async def test_a_search_that_cannot_be_had_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(search_schema, "OLDEST_SQLITE", (99, 0, 0))
    async with house(tmp_path) as here:
        while await here.ask("one") is not None:  # until that is found out
            pass
        here.say("one")
        assert await here.ask("one") is None
    assert "the search is off: SQLite is" in caplog.text


async def test_who_asked_is_answered_when_a_search_fails_unforeseen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with house(tmp_path) as here:
        here.say("one")
        assert await here.numbers("one") == [1]
        monkeypatch.delattr(search_thread, "find")
        answers = await asyncio.gather(here.ask("one"), here.ask("one"))
        assert {*answers, await here.ask("one")} == {None}
    assert "the search is off until the broker starts again" in caplog.text


async def test_a_search_that_is_turned_off_keeps_no_file(tmp_path: Path) -> None:
    here = House(tmp_path)
    here.search = Search(here.path, "j", 0, asyncio.get_running_loop(), is_on=False)
    here.search.start(here.feed)
    here.say("one")
    assert here.search.wanted() is None
    assert await here.ask("one") is None
    here.close()
    assert not (tmp_path / "search.db").exists()
