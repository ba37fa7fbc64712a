from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker import decide_rooms
from broker.decide import decide
from broker.decide_hello import identify, open_session
from broker.draft import Deciding
from broker.journal import Journal, StoredEntry
from broker.records import Closed, Entry, Opened, RoomEntry
from broker.sqlite_journal import SqliteJournal
from broker.sqlite_journal_header import FORMAT
from broker.state import LOBBY, State
from protocol.codec import decode_event, encode
from protocol.commands import (
    Away,
    Ban,
    Command,
    Delete,
    Edit,
    Ignore,
    Invite,
    Join,
    Kick,
    Leave,
    Mute,
    Op,
    Quit,
    Rename,
    Say,
    Slow,
    Subject,
    Tell,
    Unban,
)
from protocol.errors import JournalCorrupt, JournalTooNew, JournalUnavailable, Refusal
from protocol.events import Joined, Reason, Said
from protocol.limits import Limits
from protocol.messages import ADMIN_DOOR, Hello

DAY = 86_400_000
NOW = 1_000 * DAY
ALL = 10**9

Open = Callable[..., SqliteJournal]


class House:
    """A state and a journal that hold the same, as in the broker."""

    def __init__(self, journal: SqliteJournal) -> None:
        self.journal = journal
        self.state = journal.load()

    def store(self, *entries: Entry) -> None:
        for entry in entries:
            self.state.apply(entry)
        self.journal.commit([stored(entry) for entry in entries])

    def say(self, *texts: str, at: int = NOW, room: str = LOBBY) -> None:
        for text in texts:
            self.store(said(self.state, text, at, room))

    def upkeep(self, wall_ms: int = NOW) -> None:
        while self.journal.maintain(self.state, wall_ms):
            pass

    def texts(self, room: str = LOBBY) -> list[str]:
        page = self.journal.page(room, 0, ALL, ALL, ALL)
        return [event.text for event in map(decode_event, page.events) if isinstance(event, Said)]


def stored(entry: Entry) -> StoredEntry:
    return StoredEntry(entry, encode(entry.event if isinstance(entry, RoomEntry) else entry))


def next_number(state: State, room: str) -> int:
    return state.rooms[room].head + 1 if room in state.rooms else 1


def said(state: State, text: str, at: int = NOW, room: str = LOBBY) -> RoomEntry:
    return RoomEntry(room, Said(next_number(state, room), at, "a", "Ann", 0, text))


def joined(state: State, at: int = NOW, room: str = LOBBY) -> RoomEntry:
    return RoomEntry(room, Joined(next_number(state, room), at, "b", "Bob", 0, "b"))


def as_journal(journal: SqliteJournal) -> Journal:
    """Let mypy compare the class with the interface."""
    return journal


def opened(number: int) -> Opened:
    return Opened(f"s{number}", "hash", f"s{number}", f"name {number}", "client", "", NOW)


def contents(state: State) -> bytes:
    return msgspec.json.encode(state.snapshot())


def make(path: Path | None, **options: Any) -> SqliteJournal:
    defaults: dict[str, Any] = {
        "fsync": False,
        "keep_messages": 0,
        "keep_days": 0,
        "boot_id": "boot",
        "new_id": lambda: "id",
    }
    return SqliteJournal(path, **(defaults | options))


def killed_copy(path: Path, name: str = "copy.db") -> Path:
    """Return the files as they are at this moment: what a kill would leave."""
    target = path.with_name(name)
    for ending in ("", "-wal"):
        source = Path(f"{path}{ending}")
        if source.exists():
            shutil.copy(source, f"{target}{ending}")
    return target


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def opening() -> Iterator[Open]:
    """Open journals that are closed, uncleanly unless they already are, after the test."""
    journals: list[SqliteJournal] = []

    def opened_journal(path: Path | None, **options: Any) -> SqliteJournal:
        journals.append(make(path, **options))
        return journals[-1]

    yield opened_journal
    for journal in journals:
        journal.close(None)


def alter(path: Path, statement: str, *values: object) -> None:
    """Damage a closed journal."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        assert db.execute(statement, values).rowcount == 1


# ---- round trip


@pytest.mark.parametrize("in_memory", [False, True])
def test_what_was_committed_is_read_back(opening: Open, path: Path, in_memory: bool) -> None:
    house = House(opening(None if in_memory else path))
    house.store(opened(1), joined(house.state), said(house.state, "zero", room="other"))
    house.say("one", "two")
    assert house.texts() == ["one", "two"]
    assert house.texts("other") == ["zero"]
    assert contents(house.journal.load()) == contents(house.state)


def test_a_kill_loses_nothing_and_a_close_neither(opening: Open, path: Path) -> None:
    house = House(opening(path))
    house.store(opened(1), joined(house.state))
    house.say("one")
    after_kill = House(opening(killed_copy(path)))
    assert contents(after_kill.state) == contents(house.state)
    house.journal.close(house.state)
    assert not Path(f"{path}-wal").exists()
    after_close = House(opening(path))
    assert contents(after_close.state) == contents(house.state)
    after_close.say("two")
    assert after_close.texts() == ["one", "two"]


def test_the_file_is_its_owners_alone(opening: Open, path: Path) -> None:
    opening(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_number_out_of_order_is_a_mistake_of_the_caller(opening: Open) -> None:
    house = House(opening(None))
    wrong = RoomEntry(LOBBY, Said(2, NOW, "a", "Ann", 0, "x"))
    with pytest.raises(ValueError, match="event 2 of 'lobby' follows event 0"):
        house.journal.commit([stored(opened(1)), stored(wrong)])
    house.say("one")
    assert house.texts() == ["one"]


# ---- any history

LOSE = "lose"
ADMIN = 0
TOKENS = [f"{person:032x}" for person in range(5)]
IDS = [identify(token)[0] for token in TOKENS]
ROOMS = st.sampled_from([LOBBY, LOBBY, "den", "vault"])
OTHERS = st.sampled_from(IDS)
WORDS = st.sampled_from(["hello", "again", ""])
ACTS = st.one_of(
    st.builds(Say, ROOMS, WORDS, st.booleans()),
    st.sampled_from([Rename("Duke"), Rename("Zoë"), Quit(), LOSE, Away("tea"), Away(away=False)]),
    st.builds(Join, ROOMS, st.booleans()),
    st.builds(Leave, ROOMS),
    st.builds(Edit, ROOMS, WORDS),
    st.builds(Edit, st.just(LOBBY), st.sampled_from(["an edit", "a longer edit"])),
    st.builds(Delete, ROOMS, st.one_of(st.just(""), OTHERS)),
    st.builds(Say, st.just(LOBBY), st.sampled_from(["one", "two"])),
    st.builds(Tell, OTHERS, WORDS),
    st.builds(Subject, ROOMS, WORDS),
    st.builds(Invite, ROOMS, OTHERS),
    st.builds(Ignore, OTHERS, st.booleans()),
    st.builds(Kick, ROOMS, OTHERS),
    st.builds(Ban, ROOMS, OTHERS, st.sampled_from([0, 3600])),
    st.builds(Unban, ROOMS, OTHERS),
    st.builds(Mute, ROOMS, OTHERS, st.sampled_from([0, 3600])),
    st.builds(Op, ROOMS, OTHERS, st.booleans()),
    st.builds(Slow, ROOMS, st.sampled_from([0, 60])),
)


def caused(state: State, what: str | Command, person: int, at: int) -> list[Entry]:
    """Return what the broker would store; who is not there yet comes in first."""
    session_id, token_hash = identify(TOKENS[person])
    session = state.sessions.get(session_id)
    try:
        if session is None:
            door = ADMIN_DOOR if person == ADMIN else "nc"
            hello = Hello(session=1, token=TOKENS[person], door=door)
            return open_session(state, hello, session_id, token_hash, at)
        if not session.rooms and person != ADMIN:
            what = Join(LOBBY)
        if isinstance(what, str):
            return decide_rooms.close(state, session, 0, Reason.LOST, at)
        deciding = Deciding(state, session, session.applied + 1, at, Limits(), 100)
        return decide(deciding, what, {})
    except Refusal:
        return []


@settings(max_examples=60, deadline=None)
@given(
    operations=st.lists(st.tuples(ACTS, st.integers(0, 4)), min_size=20, max_size=120),
    snapshot_every=st.integers(1, 30),
    keep_messages=st.integers(0, 5),
    keep_days=st.integers(0, 2),
)
def test_snapshot_and_tail_give_the_fold_of_the_unpruned_log(
    operations: list[tuple[str | Command, int]],
    snapshot_every: int,
    keep_messages: int,
    keep_days: int,
) -> None:
    whole = make(None)
    pruned = make(
        None, snapshot_every=snapshot_every, keep_messages=keep_messages, keep_days=keep_days
    )
    state = whole.load()
    pruned.load()
    everybody_comes = [(Join(LOBBY), person) for person in [*range(5), *range(5)]]
    for step, (what, person) in enumerate(everybody_comes + operations):
        wall_ms = NOW + step * DAY // 10
        for entry in caused(state, what, person, wall_ms):
            state.apply(entry)
            whole.commit([stored(entry)])
            pruned.commit([stored(entry)])
        pruned.maintain(state, wall_ms)
    fold = State()
    for _, entry in whole.entries():
        fold.apply(entry)
    running = pruned._rooms
    assert contents(pruned.load()) == contents(fold) == contents(state)
    assert running == pruned._rooms, "what is kept in memory is what a start finds"
    for room in state.rooms:
        kept = pruned.page(room, 0, ALL, ALL, ALL)
        everything = whole.page(room, 0, ALL, ALL, ALL).events
        assert kept.events == everything[kept.oldest - 1 :]
    # The snapshot before the last must still do.
    latest = max(pruned._snapshots, default=0)
    pruned._db.execute("UPDATE snapshots SET crc = 0 WHERE sequence = ?", (latest,))
    if pruned._snapshots:
        assert contents(pruned.load()) == contents(state)
    for journal in (whole, pruned):
        journal.close(None)


# ---- pages


def test_pages_are_cut_by_range_count_and_size(opening: Open) -> None:
    house = House(opening(None))
    house.say(*"abcdefghij")
    size = len(encode(said(State(), "a").event)) + 1
    page = house.journal.page
    assert numbers(page(LOBBY, 3, 5, 100, ALL).events) == [3, 4, 5]
    assert numbers(page(LOBBY, 0, 99, 4, ALL).events) == [1, 2, 3, 4]
    assert numbers(page(LOBBY, 2, 9, 100, size * 3).events) == [2, 3, 4]
    assert numbers(page(LOBBY, 2, 9, 100, 1).events) == [2]
    assert page(LOBBY, 11, 99, 100, ALL) == (1, [])
    assert page(LOBBY, 5, 4, 100, ALL) == (1, [])
    assert page("never used", 0, 9, 100, ALL) == (1, [])


def numbers(events: list[bytes]) -> list[int]:
    return [decode_event(event).number for event in events]


def test_recent_messages_among_many_other_events(opening: Open) -> None:
    house = House(opening(None))
    house.say("one", "two", "three")
    house.store(*[RoomEntry(LOBBY, joined_at(n)) for n in range(4, 2004)])
    house.say("four")
    recent = house.journal.recent
    assert numbers(recent(LOBBY, 2005, 3)) == [2, 3, 2004]
    assert numbers(recent(LOBBY, 2004, 2)) == [2, 3]
    assert numbers(recent(LOBBY, 3, 20)) == [1, 2]
    assert recent(LOBBY, 1, 20) == []
    assert recent("never used", 5, 20) == []


def joined_at(number: int) -> Joined:
    return Joined(number, NOW, "b", "Bob", 0, "b")


# ---- retention


def test_retention_by_count_keeps_the_newest_messages(opening: Open, path: Path) -> None:
    house = House(opening(path, keep_messages=3, snapshot_every=10))
    house.store(opened(1))
    house.say(*"abcdefghi")
    house.upkeep()
    assert house.texts() == list("abcdefghi"), "one snapshot: a start may need every entry"
    house.store(*[RoomEntry(LOBBY, joined_at(n)) for n in range(10, 20)])
    house.upkeep()
    page = house.journal.page(LOBBY, 0, ALL, ALL, ALL)
    assert page.oldest == 7
    assert numbers(page.events) == list(range(7, 20))
    assert house.texts() == ["g", "h", "i"]
    assert [sequence for (sequence,) in rows(house, "SELECT sequence FROM entries LIMIT 1")] == [8]
    assert contents(House(opening(killed_copy(path))).state) == contents(house.state)


def rows(house: House, query: str) -> list[Any]:
    return house.journal._db.execute(query).fetchall()


def test_retention_never_passes_the_older_snapshot(opening: Open) -> None:
    house = House(opening(None, keep_messages=1, snapshot_every=10))
    house.say(*(str(n) for n in range(25)))
    house.upkeep()
    house.say(*(str(n) for n in range(25, 30)))
    house.upkeep()
    assert house.journal.page(LOBBY, 0, 1, 1, ALL).oldest == 1
    house.say(*(str(n) for n in range(30, 40)))
    house.upkeep()
    assert house.journal._snapshots == [25, 40]
    assert house.journal.page(LOBBY, 0, 1, 1, ALL).oldest == 26


def test_retention_by_age_removes_a_prefix_only(opening: Open) -> None:
    house = House(opening(None, keep_days=2, snapshot_every=1))
    house.say("old", at=NOW - 3 * DAY)
    house.say("older", at=NOW - 4 * DAY)
    house.say("young")
    house.say("old behind a young one", at=NOW - 3 * DAY)
    house.upkeep()
    house.say("last")
    house.upkeep()
    assert house.texts() == ["young", "old behind a young one", "last"]
    assert house.journal.page(LOBBY, 0, ALL, ALL, ALL).oldest == 3


def test_a_room_that_is_wholly_removed_goes_on(opening: Open, path: Path) -> None:
    house = House(opening(path, keep_days=1, snapshot_every=1))
    house.say("a", "b", room="quiet")
    house.upkeep()
    house.store(opened(1))
    house.upkeep(NOW + 2 * DAY)
    assert house.journal.page("quiet", 0, ALL, ALL, ALL) == (3, [])
    assert house.journal.recent("quiet", 9, 9) == []
    house.journal.close(house.state)
    again = House(opening(path))
    assert again.journal.page("quiet", 0, ALL, ALL, ALL) == (3, [])
    again.say("c", room="quiet")
    assert again.texts("quiet") == ["c"]
    assert numbers(again.journal.recent("quiet", 9, 9)) == [3]


def test_retention_works_in_slices(opening: Open) -> None:
    house = House(opening(None, keep_messages=10, snapshot_every=2000))
    house.store(*[RoomEntry(LOBBY, Said(n, NOW, "a", "A", 0, "x")) for n in range(1, 2001)])
    house.upkeep()
    house.store(*[RoomEntry(LOBBY, Said(n, NOW, "a", "A", 0, "x")) for n in range(2001, 4001)])
    oldest = []
    while house.journal.maintain(house.state, NOW):
        oldest.append(house.journal.page(LOBBY, 0, 1, 1, ALL).oldest)
    assert max(b - a for a, b in zip([1, *oldest], oldest, strict=False)) == 500
    assert house.journal.page(LOBBY, 0, 1, 1, ALL).oldest == 2001


def test_ages_are_looked_at_once_a_minute_and_the_clock_may_go_back(opening: Open) -> None:
    house = House(opening(None, keep_days=1, snapshot_every=2))
    house.say("a", "b")
    house.upkeep()
    house.say("c", "d")
    house.upkeep()
    expiry = NOW + DAY + 1
    house.upkeep(expiry - 30_000)
    house.upkeep(expiry)
    assert house.texts() == list("abcd"), "looked less than a minute ago"
    house.upkeep(NOW - 5 * DAY)
    assert house.texts() == list("abcd")
    house.upkeep(expiry)
    assert house.texts() == ["c", "d"]


# ---- failures


def fill_disk(journal: SqliteJournal) -> None:
    (pages,) = journal._db.execute("PRAGMA page_count").fetchone()
    journal._db.execute(f"PRAGMA max_page_count = {pages}")


def test_a_full_disk_refuses_everything_and_then_goes_on(opening: Open, path: Path) -> None:
    house = House(opening(path))
    house.say("one")
    before = contents(house.state)
    fill_disk(house.journal)
    large = said(house.state, "x" * 100_000)
    batch = [stored(entry) for entry in (said(house.state, "x", room="new"), opened(1), large)]
    for _ in range(2):
        with pytest.raises(JournalUnavailable, match="full"):
            house.journal.commit(batch)
        assert not house.journal._db.in_transaction
        assert house.journal.page("new", 0, 9, 9, ALL) == (1, [])
        with pytest.raises(JournalUnavailable):
            house.journal.probe()
        assert contents(house.journal.load()) == before
    house.journal._db.execute(f"PRAGMA max_page_count = {ALL}")
    house.journal.probe()
    house.journal.commit(batch)
    for one in batch:
        house.state.apply(one.entry)
    house.say("two")
    assert house.texts() == ["one", "x" * 100_000, "two"]
    assert contents(House(opening(killed_copy(path))).state) == contents(house.state)


def test_a_failed_commit_changes_no_count(opening: Open) -> None:
    house = House(opening(None))
    house.say("one")
    fill_disk(house.journal)
    with pytest.raises(JournalUnavailable):
        house.journal.commit([stored(said(house.state, "x" * 100_000))])
    house.journal._db.execute(f"PRAGMA max_page_count = {ALL}")
    house.say("two")
    assert numbers(house.journal.recent(LOBBY, 9, 9)) == [1, 2]
    assert contents(house.journal.load()) == contents(house.state)


def test_failed_upkeep_rests_for_a_second(opening: Open) -> None:
    house = House(opening(None, snapshot_every=1))
    house.store(opened(1))
    house.journal._db.execute("PRAGMA query_only = ON")
    with pytest.raises(JournalUnavailable):
        house.journal.maintain(house.state, NOW)
    assert not house.journal.maintain(house.state, NOW + 999)
    house.journal._db.execute("PRAGMA query_only = OFF")
    assert house.journal.maintain(house.state, NOW + 1000)
    assert house.journal._snapshots == [1]


def test_a_journal_in_use_is_refused(opening: Open, path: Path) -> None:
    opening(path)
    with pytest.raises(JournalUnavailable, match="in use by another process"):
        make(path)


@pytest.mark.parametrize("content", [b"not a database" * 100, b"short", b"SQLite format 3\0" * 50])
def test_a_file_that_is_no_database_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(JournalCorrupt) as caught:
        make(path)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == content


def test_the_database_of_another_program_is_refused(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE theirs (x)")
    content = path.read_bytes()
    with pytest.raises(JournalUnavailable, match="is not a Hubbub journal"):
        make(path)
    assert path.read_bytes() == content


def test_a_path_that_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JournalUnavailable, match="cannot be opened: No such file"):
        make(tmp_path / "absent" / "journal.db")
    with pytest.raises(JournalUnavailable, match="cannot be opened: Is a directory"):
        make(tmp_path)


def test_a_later_format_is_refused_and_untouched(path: Path) -> None:
    journal = make(path)
    journal.close(journal.load())
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute(f"PRAGMA user_version = {FORMAT + 1}")
    content = path.read_bytes()
    with pytest.raises(JournalTooNew, match=r"journal\.db was written by a later Hubbub"):
        make(path)
    assert path.read_bytes() == content
    assert [file.name for file in path.parent.iterdir()] == [path.name]


# ---- damage

CHANGED = "UPDATE entries SET body = CAST(replace(body, 'two', 'tvo') AS BLOB) WHERE sequence = ?"


def three_messages(path: Path, *, snapshot: bool) -> State:
    house = House(make(path))
    house.say("one", "two", "three")
    house.journal.close(house.state if snapshot else None)
    return house.state


def test_a_damaged_body_is_found_when_it_is_read(
    opening: Open, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    three_messages(path, snapshot=True)
    alter(path, CHANGED, 2)
    journal = opening(path)
    journal.load()
    for _ in range(2):
        oldest, events = journal.page(LOBBY, 1, 3, 9, ALL)
        assert (oldest, numbers(events)) == (1, [1])
        oldest, events = journal.page(LOBBY, 2, 3, 9, ALL)
        assert (oldest, numbers(events)) == (3, [3])
        assert journal.page(LOBBY, 2, 2, 9, ALL) == (3, [])
        assert numbers(journal.recent(LOBBY, 4, 9)) == [3]
        assert journal.recent(LOBBY, 3, 9) == []
    assert numbers(journal.page(LOBBY, 3, 3, 9, ALL).events) == [3]
    named = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(named) == 1
    assert "event 2 of 'lobby' is damaged" in named[0]


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (CHANGED, r"entry 2 \(event 2 of 'lobby'\) is damaged"),
        ("DELETE FROM entries WHERE sequence = ?", "entry 2 is missing"),
        ("UPDATE entries SET room = 9 WHERE sequence = ?", "the room of entry 2 is missing"),
        ("UPDATE entries SET number = -7 WHERE sequence = ?", r"\(event -7 of .* is damaged"),
        ("UPDATE entries SET body = 'text' WHERE sequence = ?", "entry 2 .* is damaged"),
    ],
)
def test_a_damaged_tail_is_found_at_the_start(
    opening: Open, path: Path, statement: str, message: str
) -> None:
    three_messages(path, snapshot=False)
    alter(path, statement, 2)
    with pytest.raises(JournalCorrupt, match=f"journal.db: .*{message}"):
        opening(path).load()


def test_a_log_that_ends_before_its_snapshot_is_found(opening: Open, path: Path) -> None:
    three_messages(path, snapshot=True)
    alter(path, "DELETE FROM entries WHERE sequence = 3")
    with pytest.raises(JournalCorrupt, match="ends at entry 2, before the snapshot at 3"):
        opening(path).load()


def test_entries_that_do_not_follow_are_found(opening: Open) -> None:
    journal = opening(None)
    journal.load()
    journal.commit([stored(Closed("nobody", 0, "lost", NOW))])
    with pytest.raises(JournalCorrupt, match="entry 1 does not follow"):
        journal.load()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE snapshots SET crc = crc + 1 WHERE sequence = 12",
        "UPDATE snapshots SET body = CAST('{}' AS BLOB) WHERE sequence = 12",
        "UPDATE snapshots SET body = 'text' WHERE sequence = 12",
    ],
)
def test_a_damaged_snapshot_is_passed_over(opening: Open, path: Path, statement: str) -> None:
    house = House(make(path, snapshot_every=4, keep_messages=1))
    for turn in range(3):
        house.store(opened(turn))
        house.say("a", "b", "c")
        house.upkeep()
    house.journal.close(house.state)
    alter(path, statement)
    again = House(opening(path, snapshot_every=4))
    assert contents(again.state) == contents(house.state)
    assert again.journal._snapshots == [8]
    again.upkeep()
    assert again.journal._snapshots == [8, 12]
    assert contents(again.journal.load()) == contents(house.state)
    again.journal._db.execute("UPDATE snapshots SET crc = 0")
    with pytest.raises(JournalCorrupt, match="entry 1 is missing"):
        again.journal.load()


# ---- the journal id


@pytest.mark.parametrize(
    ("clean", "same_boot", "fsync", "kept"),
    [
        (True, False, False, True),
        (False, True, False, True),
        (False, False, True, True),
        (False, False, False, False),
    ],
)
def test_the_id_is_kept_unless_commits_may_be_lost(
    opening: Open, path: Path, clean: bool, same_boot: bool, fsync: bool, kept: bool
) -> None:
    house = House(make(path, fsync=fsync, new_id=lambda: "first"))
    house.say("one")
    house.journal.close(house.state if clean else None)
    again = opening(path, boot_id="boot" if same_boot else "next", new_id=lambda: "second")
    assert again.id == ("first" if kept else "second")
    # The mark of a clean stop holds for one start only.
    third = opening(killed_copy(path), boot_id="third boot", new_id=lambda: "third")
    assert third.id == "third"


def test_an_unknown_start_of_the_machine_equals_none(opening: Open, path: Path) -> None:
    make(path, boot_id="", new_id=lambda: "first").close(None)
    assert opening(path, boot_id="", new_id=lambda: "second").id == "second"


def test_closing_twice_is_harmless_and_a_failed_close_still_closes(path: Path) -> None:
    house = House(make(path))
    house.say("one")
    house.journal._db.execute("PRAGMA query_only = ON")
    with pytest.raises(JournalUnavailable):
        house.journal.close(house.state)
    house.journal.close(None)
    with pytest.raises(JournalUnavailable):
        house.say("two")
    again = House(make(path))
    assert again.texts() == ["one"]
    again.journal.close(again.state)
