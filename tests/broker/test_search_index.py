from __future__ import annotations

import itertools
import re
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from broker import search_index, search_reader, search_schema
from broker.search import Change, SearchFailed, SearchQuery, SearchUnsupported
from broker.search_index import SearchIndex
from broker.search_reader import Found, find
from broker.search_schema import open_for_search, open_index
from broker.search_words import words_of
from protocol.events import Deleted, Edited, Said
from protocol.names import compared
from tests.broker.test_search_words import finds

ROOMS = ("lobby", "ops", "私室")
AUTHORS = ("a1", "b2", "Ü 3")
NAMES = ("a1", "Ann", "ANN", "ÜNAL", "ünal", "小明", "one", "127.0.0.1:40000")
WORDS = ("one", "two", "foo_bar", "你好吗", "好吗", "吗你", "!")
FAR = 10**12


def search(index: SearchIndex, query: SearchQuery) -> Found:
    return find(index.db, query, time.monotonic() + 60)


def said(sequence: int, text: str, *, room: str = "lobby", number: int = 0) -> Change:
    return Change(sequence, room, Said(number or sequence, sequence, "a1", "A", 1, text))


def found_texts(index: SearchIndex, words: str) -> list[int]:
    query = SearchQuery(words, {"lobby": 1}, 1000)
    return [number for _, number in search(index, query).places]


class Killed(BaseException):
    """The process is gone, here and now."""


@dataclass
class Message:
    sequence: int
    room: str
    number: int
    at: int
    author: str
    name: str
    text: str


class IndexMachine(RuleBasedStateMachine):
    """An index that follows a log, against a list of messages that is looked through."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(prefix="hubbub-search-"))
        self.lives = 0
        self.path = self.home / "search.db"
        self.sequence = 0
        self.log: list[Change] = []
        self.heads = dict.fromkeys(ROOMS, 0)
        self.pruned = dict.fromkeys(ROOMS, 0)
        self.messages: dict[tuple[str, int], Message] = {}
        self.at = 1_000_000
        self.index = SearchIndex(self.path, "j", 0)

    def teardown(self) -> None:
        self.index.close()
        shutil.rmtree(self.home)

    # ---- what happens in the rooms

    @rule(
        room=st.sampled_from(ROOMS),
        author=st.sampled_from(AUTHORS),
        name=st.sampled_from(NAMES),
        words=st.lists(st.sampled_from(WORDS), max_size=4),
        later=st.integers(-2000, 5000),
        skipped=st.sampled_from([1, 1, 1, 2, 700]),
    )
    def say(
        self, room: str, author: str, name: str, words: list[str], later: int, skipped: int
    ) -> None:
        self.at += later
        self.sequence += skipped
        number = self._next(room)
        text = " ".join(words) or "."
        self.log.append(Change(self.sequence, room, Said(number, self.at, author, name, 1, text)))
        message = Message(self.sequence, room, number, self.at, author, name, text)
        self.messages[room, number] = message

    @precondition(lambda self: self.messages)
    @rule(data=st.data(), word=st.sampled_from(WORDS))
    def edit(self, data: st.DataObject, word: str) -> None:
        message = data.draw(st.sampled_from(list(self.messages.values())))
        self.sequence += 1
        event = Edited(self._next(message.room), self.at, "x", "X", 1, message.number, word)
        self.log.append(Change(self.sequence, message.room, event))
        message.text = word

    @precondition(lambda self: self.messages)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        message = data.draw(st.sampled_from(list(self.messages.values())))
        self.sequence += 1
        event = Deleted(self._next(message.room), self.at, "x", "X", 1, message.number)
        self.log.append(Change(self.sequence, message.room, event))
        del self.messages[message.room, message.number]

    @rule(room=st.sampled_from(ROOMS), share=st.integers(1, 3))
    def prune(self, room: str, share: int) -> None:
        number = self.pruned[room] + (self.heads[room] - self.pruned[room]) // share
        self.pruned[room] = number
        for place in [place for place in self.messages if place[0] == room and place[1] <= number]:
            del self.messages[place]
        self.log = [c for c in self.log if c.room != room or c.event.number > number]

    # ---- the index follows

    @rule(count=st.integers(1, 5))
    def follow(self, count: int) -> None:
        """Hand over what was committed, as it was."""
        waiting = [change for change in self.log if change.sequence > self.index.sequence][:count]
        if waiting:
            self.index.apply(waiting, waiting[-1].sequence)

    @rule()
    def restart(self) -> None:
        self.index.close()
        self._start()

    @rule(count=st.integers(0, 4), is_first=st.booleans())
    def kill(self, count: int, is_first: bool) -> None:
        """Die in the middle of a transaction; the files stay as they are."""
        waiting = [change for change in self.log if change.sequence > self.index.sequence]
        self.lives += 1
        other = self.home / f"life-{self.lives}"
        other.mkdir()

        def until_killed() -> Iterator[Change]:
            yield from waiting[:count]
            for file in self.home.glob("search.db*"):
                shutil.copy(file, other)
            raise Killed

        with pytest.raises(Killed):
            self.index.apply(until_killed(), self.sequence)
        self.index.close()
        for file in self.home.glob("search.db*"):
            file.unlink()
        for file in other.iterdir():
            if is_first or file.suffix != ".db-shm":
                shutil.move(file, self.home)
        self._start()

    def _start(self) -> None:
        before = self.index.sequence
        self.index = SearchIndex(self.path, "j", self.sequence)
        assert self.index.sequence == before
        for room, number in self.pruned.items():
            while self.index.prune(room, number):
                pass

    def _catch_up(self) -> None:
        """Read the rest as the journal has it: edits and deletions are in the messages, too."""
        waiting = (change for change in self.log if change.sequence > self.index.sequence)
        self.index.apply([self._stored(change) for change in waiting], self.sequence)
        for room, number in self.pruned.items():
            while self.index.prune(room, number):
                pass

    def _stored(self, change: Change) -> Change:
        event = change.event
        if isinstance(event, Said):
            message = self.messages.get((change.room, event.number))
            text = message.text if message else ""
            kept = Said(
                event.number, event.at, event.author, event.name, 1, text, deleted=message is None
            )
            return msgspec.structs.replace(change, event=kept)
        if isinstance(event, Edited):
            message = self.messages.get((change.room, event.target))
            if message is None or message.text != event.text:
                blank = Edited(
                    event.number, event.at, event.author, event.name, 1, event.target, ""
                )
                return msgspec.structs.replace(change, event=blank)
        return change

    # ---- searching

    @rule(
        words=st.lists(st.sampled_from([*WORDS, "on*", "你", "foo"]), max_size=2).map(" ".join),
        rooms=st.dictionaries(st.sampled_from((*ROOMS, "none")), st.integers(0, 8), min_size=1),
        author=st.sampled_from(["", "", *AUTHORS]),
        name=st.sampled_from(["", *NAMES]),
        after=st.sampled_from([0, 0, -3000, -500]),
        before=st.sampled_from([0, 0, -2000, 200]),
        limit=st.sampled_from([1, 2, 20]),
    )
    def look_closely(
        self,
        words: str,
        rooms: dict[str, int],
        author: str,
        name: str,
        after: int,
        before: int,
        limit: int,
    ) -> None:
        earlier, later = before and self.at + before, after and self.at + after
        under = compared(name) if author else ""
        self._look(SearchQuery(words, rooms, limit, author, earlier, later, name=under))

    @rule(words=st.sampled_from(["", *WORDS]), rooms=st.sets(st.sampled_from(ROOMS), min_size=2))
    def look(self, words: str, rooms: set[str]) -> None:
        self._look(SearchQuery(words, dict.fromkeys(sorted(rooms), 1), 3))

    def _look(self, query: SearchQuery) -> None:
        self._catch_up()
        words, rooms, limit, author, before, after, _, name = query
        expected = [
            (message.room, message.number)
            for message in sorted(self.messages.values(), key=lambda m: -m.sequence)
            if message.number >= rooms.get(message.room, FAR)
            and (not words or finds(words, message.text))
            and (author in ("", message.author) or name == compared(message.name))
            and (not after or message.at >= after)
            and (not before or message.at < before)
        ]
        with closing(open_for_search(self.path)) as reader:
            pages = list(pages_of(reader, query))
        assert [place for page in pages for place in page] == expected
        assert all(len(page) == limit for page in pages[:-1])

    def _next(self, room: str) -> int:
        self.heads[room] += 1
        return self.heads[room]


def pages_of(db: sqlite3.Connection, query: SearchQuery) -> Iterator[list[tuple[str, int]]]:
    while True:
        places, older = find(db, query, time.monotonic() + 60)
        yield places
        if not older:
            return
        query = query._replace(older_than=older)


TestIndexMachine = IndexMachine.TestCase
TestIndexMachine.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a handful of messages goes through what a million would."""
    monkeypatch.setattr(search_reader, "_FIRST_STEP", 2)
    monkeypatch.setattr(search_reader, "_LARGEST_STEP", 4)
    monkeypatch.setattr(search_index, "PRUNE_SLICE", 2)


@given(st.lists(st.text(min_size=1, max_size=20), max_size=8))
def test_the_index_holds_the_words_as_they_are(texts: list[str]) -> None:
    index = SearchIndex(None, "j", 0)
    with closing(index.db) as db:
        index.apply([said(n, text) for n, text in enumerate(texts, 1)], len(texts))
        db.execute("CREATE VIRTUAL TABLE seen USING fts5vocab(lookup, instance)")
        rows = db.execute("SELECT doc, term FROM seen ORDER BY doc, offset").fetchall()
    for number, text in enumerate(texts, 1):
        assert [term for doc, term in rows if doc == number][3:] == words_of(text)


@given(st.lists(st.text(max_size=20), min_size=1, max_size=6, unique_by=compared))
def test_a_name_finds_what_was_said_under_it_and_no_more(worn: list[str]) -> None:
    index = SearchIndex(None, "j", 0)
    with closing(index.db):
        lines = [
            Change(n, "lobby", Said(n, n, f"p{n}", name, 1, f"word {name}"))
            for n, name in enumerate(worn, 1)
        ]
        index.apply(lines, len(lines))
        for number, name in enumerate(worn, 1):
            query = SearchQuery("word", {"lobby": 1}, 9, "nobody", name=compared(name))
            assert search(index, query).places == ([("lobby", number)] if compared(name) else [])


def lay(path: Path) -> None:
    """Make an index that holds one message, said as entry 5."""
    index = SearchIndex(path, "j", 5)
    index.apply([said(5, "one")], 5)
    index.close()


@pytest.mark.parametrize(
    ("journal", "last", "kept"), [("j", 5, True), ("other", 5, False), ("j", 4, False)]
)
def test_an_index_is_used_for_the_journal_that_it_was_made_of(
    tmp_path: Path, journal: str, last: int, kept: bool
) -> None:
    lay(tmp_path / "search.db")
    with closing(SearchIndex(tmp_path / "search.db", journal, last)) as index:
        assert index.sequence == (5 if kept else 0)
        assert found_texts(index, "one") == ([5] if kept else [])


def test_an_index_made_with_other_words_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(tmp_path / "search.db")
    monkeypatch.setattr(search_schema, "_FORMAT", "2 2 another Unicode")
    with closing(SearchIndex(tmp_path / "search.db", "j", 5)) as index:
        assert index.sequence == 0


def noise(file: Path) -> None:
    file.write_bytes(b"noise" * 2000)


def beheaded(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:5000])


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def without_state(file: Path) -> None:
    with closing(sqlite3.connect(file)) as db:
        db.execute("DROP TABLE state")


@pytest.mark.parametrize("harm", [noise, beheaded, emptied, without_state])
def test_a_damaged_file_is_made_anew(tmp_path: Path, harm: Iterable[object]) -> None:
    path = tmp_path / "search.db"
    lay(path)
    assert callable(harm)
    harm(path)
    with closing(SearchIndex(path, "j", 5)) as index:
        index.apply([said(5, "one")], 5)
        assert found_texts(index, "one") == [5]
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_event_that_does_not_fit_is_damage_and_changes_nothing(tmp_path: Path) -> None:
    with closing(SearchIndex(tmp_path / "search.db", "j", 5)) as index:
        index.apply([said(1, "one", number=1)], 1)
        twice = [said(2, "two", room="ops"), said(3, "one", number=1)]
        with pytest.raises(SearchFailed):
            index.apply(twice, 3)
        assert index.sequence == 1
        index.apply([said(2, "two", room="ops")], 2)
        query = SearchQuery("two", {"ops": 1}, 5)
        assert search(index, query).places == [("ops", 2)]


def test_what_was_deleted_is_not_left_beside_the_file(tmp_path: Path) -> None:
    index = SearchIndex(tmp_path / "search.db", "j", 2)
    with closing(open_for_search(tmp_path / "search.db")) as reader:
        reader.execute("SELECT * FROM state").fetchall()
        index.apply([said(1, "psst!")], 1)
        index.apply([Change(2, "lobby", Deleted(2, 1, "a1", "A", 0, 1))], 2)
        assert any(b"psst!" in file.read_bytes() for file in tmp_path.iterdir())
        index.close()
        assert not any(b"psst!" in file.read_bytes() for file in tmp_path.iterdir())


def test_text_that_was_taken_away_is_overwritten_and_its_words_when_sqlite_merges(
    tmp_path: Path,
) -> None:
    path = tmp_path / "search.db"
    psst, hush = "Psst! " * 2000, "Hush! " * 2000  # on pages of their own
    with closing(SearchIndex(path, "j", 9)) as index:
        index.apply([said(1, "one"), said(2, psst), said(3, hush), said(4, "four")], 4)
        index.apply([Change(5, "lobby", Deleted(5, 1, "a1", "A", 0, 2))], 5)
        index.apply([Change(6, "lobby", Edited(6, 1, "a1", "A", 0, 3, "three"))], 6)
        index.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        left = path.read_bytes()
        assert b"Psst" not in left
        assert b"Hush" not in left
        index.db.execute("INSERT INTO lookup (lookup) VALUES ('optimize')")
    left = path.read_bytes()
    assert b"psst" not in left
    assert b"hush" not in left


def test_one_character_is_found_without_going_through_all_words_that_start_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(search_reader, "_LOOK_AT_CLOCK_EVERY", 1)
    index = SearchIndex(None, "j", 301)
    steps: dict[str, int] = {}
    with closing(index.db):
        lines = [" ".join(f"e{n}x{k}" for k in range(100)) for n in range(1, 300)]
        index.apply([said(n, line) for n, line in enumerate([*lines, "e", "other"], 1)], 301)
        for words in ("other", "e*"):
            clock = itertools.count()
            with monkeypatch.context() as patch:
                patch.setattr(time, "monotonic", lambda clock=clock: next(clock))
                find(index.db, SearchQuery(words, {"lobby": 1}, 1), FAR)
            steps[words] = next(clock)
    assert steps["e*"] < steps["other"] * 1.5


def test_an_old_sqlite_has_no_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_schema, "OLDEST_SQLITE", (99, 0, 0))
    with pytest.raises(SearchUnsupported, match=re.escape("99.0.0 is needed")):
        open_index(None, "j", 0)


def test_a_search_ends_when_it_takes_too_long(tmp_path: Path) -> None:
    with closing(SearchIndex(tmp_path / "search.db", "j", 5)) as index:
        index.apply([said(n, f"w{n}") for n in range(1, 3000)], 3000)
        with pytest.raises(SearchFailed, match="interrupted"):
            find(index.db, SearchQuery("w*", {"lobby": 1}, 10_000), time.monotonic() - 1)
        assert found_texts(index, "w2999") == [2999]
