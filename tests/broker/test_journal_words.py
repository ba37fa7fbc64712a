"""Editing and deleting: what is stored, and then read in every way, is the result."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.check import INTACT, check
from broker.records import RoomEntry
from broker.sqlite_journal import SqliteJournal
from broker.sqlite_journal_write import mark_of
from broker.state import LOBBY
from protocol.codec import decode_event
from protocol.errors import JournalUnavailable
from protocol.events import AnyEvent, Deleted, Edited, Event, Muted, Said
from tests.broker.test_sqlite_journal import (
    ALL,
    NOW,
    House,
    alter,
    contents,
    fill_disk,
    joined_at,
    killed_copy,
    make,
    numbers,
    stored,
)

PAGE = 100_000
LONG = "z" * 3000  # several of these do not fit on one page of the database


@contextmanager
def house(path: Path | None = None, **options: Any) -> Iterator[House]:
    journal = make(path, **options)
    try:
        yield House(journal)
    finally:
        journal.close(None)


def said_at(number: int, text: str, author: str = "a") -> Said:
    return Said(number, NOW, author, "Ann", 0, text)


def edited_at(number: int, target: int, text: str) -> Edited:
    return Edited(number, NOW, "a", "Ann", 0, target, text)


def deleted_at(number: int, target: int, author: str = "a") -> Deleted:
    return Deleted(number, NOW, author, "Ann", 0, target, "a", "Ann")


def muted_at(number: int) -> Muted:
    return Muted(number, NOW, "o", "Olga", 0, "a", "Ann")


def put(house: House, *events: Event, room: str = LOBBY) -> None:
    """Store all in one commit."""
    entries = [RoomEntry(room, event) for event in events]
    for entry in entries:
        house.state.apply(entry)
    house.journal.commit([stored(entry) for entry in entries])


def texts(house: House, room: str = LOBBY) -> dict[int, str]:
    events = map(decode_event, house.journal.page(room, 1, ALL, ALL, ALL).events)
    return {event.number: event.text for event in events if isinstance(event, Said | Edited)}


# ---- one by one


@pytest.mark.parametrize("at_once", [False, True])
def test_every_reading_shows_the_result(at_once: bool) -> None:
    with house() as broker:
        events: list[Event] = [
            said_at(1, "one"), said_at(2, "two"), said_at(3, "three"),
            edited_at(4, 1, "uno"), edited_at(5, 1, "ein"), edited_at(6, 2, "dos"),
            deleted_at(7, 2),
        ]  # fmt: skip
        for some in [events] if at_once else [[event] for event in events]:
            put(broker, *some)
        first = said_at(1, "ein")
        expected = [
            msgspec.structs.replace(first, edited=5),
            msgspec.structs.replace(said_at(2, ""), edited=6, deleted=True),
            said_at(3, "three"),
            edited_at(4, 1, ""), edited_at(5, 1, "ein"), edited_at(6, 2, ""),
            events[-1],
        ]  # fmt: skip
        read = broker.journal.page(LOBBY, 1, 9, 9, PAGE).events
        assert [decode_event(event) for event in read] == expected
        assert broker.journal.recent(LOBBY, 9, 9) == read[:3]
        assert broker.journal.event(LOBBY, 2) == read[1]
        assert [entry.event for _, entry in room_entries(broker.journal)] == expected
        assert contents(broker.journal.load()) == contents(broker.state)


def room_entries(journal: SqliteJournal) -> Iterator[tuple[int, RoomEntry]]:
    for sequence, entry in journal.entries():
        if isinstance(entry, RoomEntry):
            yield sequence, entry


def test_what_is_deleted_stays_so() -> None:
    with house() as broker:
        put(broker, said_at(1, "one"), deleted_at(2, 1), edited_at(3, 1, "two"), deleted_at(4, 1))
        assert texts(broker) == {1: "", 3: ""}


def test_a_failed_commit_changes_no_text() -> None:
    with house() as broker:
        put(broker, said_at(1, "one"))
        fill_disk(broker.journal)
        longer = edited_at(2, 1, "x" * 100_000)
        with pytest.raises(JournalUnavailable):
            broker.journal.commit([stored(RoomEntry(LOBBY, longer))])
        broker.journal._db.execute(f"PRAGMA max_page_count = {ALL}")
        assert texts(broker) == {1: "one"}
        put(broker, deleted_at(2, 1))
        assert texts(broker) == {1: ""}


def test_a_message_that_retention_removed_needs_no_change(tmp_path: Path) -> None:
    with house(tmp_path / "journal.db", keep_messages=1, snapshot_every=1) as broker:
        put(broker, said_at(1, "one"), edited_at(2, 1, "the first"), said_at(3, "two"))
        broker.upkeep()
        put(broker, said_at(4, "three"))
        broker.upkeep()
        put(broker, said_at(5, "four"))
        broker.upkeep()
        assert broker.journal.page(LOBBY, 1, 9, 9, PAGE).oldest == 5
        put(broker, edited_at(6, 1, "again"), edited_at(7, 5, "vier"))
        assert texts(broker) == {5: "vier", 6: "again", 7: "vier"}
        put(broker, deleted_at(8, 1))
        assert texts(broker) == {5: "vier", 6: "", 7: "vier"}, "what the edit said is gone as well"


DAMAGED_BODY = "UPDATE entries SET body = CAST('[]' AS BLOB) WHERE sequence = 1"
DAMAGED_KIND = "UPDATE entries SET body = 'text' WHERE sequence = 1"


def test_a_damaged_edit_keeps_nobody_from_deleting_the_message(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    first = House(make(path))
    put(first, said_at(1, "one"), edited_at(2, 1, "uno"))
    first.journal.close(first.state)
    alter(path, "UPDATE entries SET body = 'text' WHERE sequence = 2")
    with house(path) as broker:
        put(broker, deleted_at(3, 1))
        said = broker.journal.event(LOBBY, 1)
        assert said is not None
        assert decode_event(said) == msgspec.structs.replace(said_at(1, ""), edited=2, deleted=True)
        assert b"uno" not in said


@pytest.mark.parametrize("damage", [DAMAGED_BODY, DAMAGED_KIND])
def test_a_damaged_message_keeps_nothing_from_being_stored(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "journal.db"
    first = House(make(path))
    put(first, said_at(1, "one"), said_at(2, "two"), edited_at(3, 1, "uno"))
    first.journal.close(first.state)
    alter(path, damage)
    with house(path) as broker:
        put(broker, deleted_at(4, 1), edited_at(5, 2, "dos"))
        page = broker.journal.page(LOBBY, 1, 9, 9, PAGE)
        assert (page.oldest, numbers(page.events)) == (2, [2, 3, 4, 5])
        assert texts(broker) == {2: "dos", 3: "", 5: "dos"}


def test_a_page_of_the_database_that_cannot_be_read_keeps_nothing_from_being_stored(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "journal.db"
    first = House(make(path))
    put(first, *(said_at(number, LONG) for number in range(1, 9)))
    first.journal.close(first.state)
    overwrite(path, b'["said",3,')
    with house(path) as broker:
        put(broker, deleted_at(9, 3), deleted_at(10, 8))
        page = broker.journal.page(LOBBY, 4, 99, 99, PAGE)
        assert numbers(page.events)[-2:] == [9, 10]
        assert texts_after(broker, 8)[8] == ""
    assert "event 9 of 'lobby' cannot change event 3" in caplog.text


def test_a_change_that_damage_has_no_room_for_keeps_nothing_from_being_stored(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "journal.db"
    first = House(make(path))
    put(first, *(said_at(number, f"{number} " + "x" * 400) for number in range(1, 60)))
    first.journal.close(first.state)
    overwrite(path, b'["said",20,')
    with house(path) as broker:
        # They stand on pages beside the damaged one, which have no room for so much more.
        longer = [edited_at(60, 11, "y" * 900), edited_at(61, 29, "y" * 900)]
        put(broker, *longer, deleted_at(62, 50), said_at(63, "after"))
        assert texts_after(broker, 29)[29].startswith("29 x")
        assert texts_after(broker, 50)[50] == ""
        assert texts_after(broker, 62) == {63: "after"}
    assert "edited messages stay as they were" in caplog.text
    assert mark_of(path).exists(), "the next start puts the file in order"


def overwrite(path: Path, what: bytes) -> None:
    """Make the page of the database that holds ``what`` unreadable."""
    content = path.read_bytes()
    start = content.rindex(what) // 4096 * 4096
    path.write_bytes(content[:start] + b"\xff" * 8 + content[start + 8 :])


def texts_after(house: House, first: int) -> dict[int, str]:
    events = map(decode_event, house.journal.page(LOBBY, first, ALL, ALL, ALL).events)
    return {event.number: event.text for event in events if isinstance(event, Said)}


@pytest.mark.parametrize("size", [1, 12_000], ids=["short", "on overflow pages"])
def test_the_file_keeps_nothing_of_what_was_taken_back(tmp_path: Path, size: int) -> None:
    path = tmp_path / "journal.db"
    broker = House(make(path))
    for text, number in (("secret one", 1), ("secret two", 2)):
        put(broker, said_at(number, text * size))
    put(broker, edited_at(3, 1, "secret three" * size), said_at(4, "open"))
    put(broker, deleted_at(5, 1), edited_at(6, 2, "open"))
    broker.journal.close(broker.state)
    content = path.read_bytes()
    assert b"secret" not in content
    assert b"open" in content


# ---- whatever comes

ROOMS = (LOBBY, "other")
TEXTS = st.sampled_from(["a", "bcd", "", LONG])
STEPS = st.one_of(
    st.lists(
        st.tuples(
            st.sampled_from(["say", "edit", "edit", "delete", "moderate", "join", "mute"]),
            st.sampled_from(ROOMS),
            st.integers(1, 30),
            TEXTS,
        ),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(["kill", "stop", "upkeep", "fail"]),
    st.tuples(st.just("damage"), st.sampled_from(ROOMS), st.integers(1, 30)),
)


def is_act(event: AnyEvent) -> bool:
    return isinstance(event, Muted) or (isinstance(event, Deleted) and event.author != event.whose)


class Model:
    """What must be read: every event as it is after all that followed it."""

    def __init__(self, folder: Path, keep_messages: int) -> None:
        self.path = folder / "0.db"
        self.options = {"keep_messages": keep_messages, "snapshot_every": 6}
        self.house = House(make(self.path, **self.options))
        self.events: dict[str, dict[int, AnyEvent]] = {room: {} for room in ROOMS}
        self.damaged: set[tuple[str, int]] = set()
        self.lives = 0

    def step(self, step: Any) -> None:
        match step:
            case "kill":
                self.lives += 1
                self.path = killed_copy(self.path, f"{self.lives}.db")
                self.house.journal.close(None)
                self.start()
            case "stop":
                self.house.journal.close(self.house.state)
                self.start()
            case "upkeep":
                self.house.upkeep()
            case "fail":
                self.fail()
            case "damage", room, number:
                self.damage(room, number)
            case _:
                self.commit(step)

    def start(self) -> None:
        before = contents(self.house.state)
        self.house = House(make(self.path, **self.options))
        assert contents(self.house.state) == before

    def made(self, operations: list[tuple[str, str, int, str]]) -> list[RoomEntry]:
        heads = {room: max(known, default=0) for room, known in self.events.items()}
        entries = []
        for what, room, back, text in operations:
            number = heads[room] = heads[room] + 1
            target = number - back
            event: Event
            match what if target > 0 else "say":
                case "say":
                    event = said_at(number, text)
                case "edit":
                    event = edited_at(number, target, text)
                case "delete":
                    event = deleted_at(number, target)
                case "moderate":
                    event = deleted_at(number, target, "o")
                case "mute":
                    event = muted_at(number)
                case _:
                    event = joined_at(number)
            entries.append(RoomEntry(room, event))
        return entries

    def commit(self, operations: list[tuple[str, str, int, str]]) -> None:
        for entry in (entries := self.made(operations)):
            room, event = entry.room, entry.event
            self.events[room][event.number] = event
            if isinstance(event, Edited | Deleted):
                self.rewrite(self.events[room], room, event)
            self.house.state.apply(entry)
        self.house.journal.commit([stored(entry) for entry in entries])

    def rewrite(self, events: dict[int, AnyEvent], room: str, by: Edited | Deleted) -> None:
        for number, event in events.items():
            if (room, number) in self.damaged or number == by.number:
                continue
            if isinstance(event, Edited) and event.target == by.target:
                events[number] = msgspec.structs.replace(event, text="")
        target = events.get(by.target)
        if not isinstance(target, Said) or target.deleted:
            return
        if isinstance(by, Deleted):
            events[by.target] = msgspec.structs.replace(target, text="", deleted=True)
        else:
            events[by.target] = msgspec.structs.replace(target, text=by.text, edited=by.number)

    def fail(self) -> None:
        """Have a commit fail that changes all there is."""
        head = max(self.events[LOBBY], default=0)
        operations = [("edit", LOBBY, 2 * back + 1, "x" * 300_000) for back in range(head)]
        fill_disk(self.house.journal)
        if operations:
            with pytest.raises(JournalUnavailable):
                self.house.journal.commit([stored(entry) for entry in self.made(operations)])
        self.house.journal._db.execute(f"PRAGMA max_page_count = {ALL}")

    def damage(self, room: str, number: int) -> None:
        """Change a stored body below the newest snapshot: a start does not read it."""
        statement = """
            UPDATE entries SET body = zeroblob(5) WHERE number = ? AND sequence <= ?
            AND room = (SELECT id FROM rooms WHERE name = ?)
        """
        below = max(self.house.journal._snapshots, default=0)
        if self.house.journal._db.execute(statement, (number, below, room)).rowcount:
            self.damaged.add((room, number))

    def check(self) -> None:
        for room in ROOMS:
            self.check_room(room, self.events[room])

    def check_room(self, room: str, events: dict[int, AnyEvent]) -> None:
        journal = self.house.journal
        head = max(events, default=0)
        pruned = journal._rooms[room].pruned if room in journal._rooms else 0
        readable = {
            number: event
            for number, event in events.items()
            if number > pruned and (room, number) not in self.damaged
        }
        served: dict[int, AnyEvent] = {}
        at = 1
        while at <= head:
            oldest, page = journal.page(room, at, head, 4, PAGE)
            served |= {event.number: event for event in map(decode_event, page)}
            at = max(at, oldest) + len(page)
        assert served == readable
        found = journal.events(room, range(head + 3))
        assert {number: decode_event(event) for number, event in found.items()} == readable
        acts = [number for number, event in readable.items() if is_act(event)]
        assert numbers(journal.acts(room, head + 1, 99)) == acts
        assert numbers(journal.acts(room, head, 2, 3)) == [n for n in acts if 3 <= n < head][-2:]
        if not self.damaged:
            words = [number for number, event in readable.items() if isinstance(event, Said)]
            assert numbers(journal.recent(room, head + 1, 99)) == words
            words = [number for number in words if number < head][-3:]
            assert numbers(journal.recent(room, head, 3, 4)) == [n for n in words if n >= 4]


@settings(max_examples=30, deadline=None)
@given(steps=st.lists(STEPS, min_size=5, max_size=25), keep_messages=st.sampled_from([0, 2, 5]))
def test_whatever_is_done_the_result_is_read(steps: list[Any], keep_messages: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        model = Model(Path(folder), keep_messages)
        for step in steps:
            model.step(step)
            if isinstance(step, str):
                model.check()
        model.check()
        model.house.journal.close(model.house.state)
        if not model.damaged:
            model.path.rename(Path(folder) / "journal.db")
            status, lines = check(Path(folder))
            assert status == INTACT, lines
