"""Drafts and the rest come back after a crash, and no disk can stop the chat."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from client import saved as module
from client.saved import Store, load
from client.saved_state import (
    HISTORY_LENGTH,
    Saved,
    SavedPending,
    SavedRefused,
    SavedRoom,
    doubted,
    merged,
    without_words,
)
from client.settings import Notify

if TYPE_CHECKING:
    from pathlib import Path

TEXT = st.text(st.characters(codec=None), max_size=20)  # with lone surrogates
ROOMS = st.builds(
    SavedRoom,
    draft=TEXT,
    cursor=st.integers(0, 99),
    history=st.lists(TEXT, max_size=3),
    journal=TEXT,
    read=st.integers(0, 2**53),
    notify=st.sampled_from([None, *Notify]),
    other=TEXT,
    other_name=TEXT,
)
STATES = st.builds(
    Saved,
    rooms=st.dictionaries(TEXT, ROOMS, max_size=3),
    order=st.lists(TEXT, max_size=3),
    inside=st.lists(TEXT, max_size=3),
    focus=TEXT,
    fold=st.sampled_from([None, True, False]),
    show_rooms=st.booleans(),
    show_people=st.booleans(),
    applied=st.integers(0, 2**53),
    pending=st.lists(
        st.builds(SavedPending, room=TEXT, text=TEXT, action=st.booleans(), unsent=st.booleans()),
        max_size=3,
    ),
    refused=st.lists(
        st.builds(SavedRefused, room=TEXT, text=TEXT, action=st.booleans(), reason=TEXT),
        max_size=3,
    ),
    session=TEXT,
    starts=st.integers(0, 2**32),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "duke.saved"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STATES)
def test_whatever_was_saved_is_loaded(path: Path, state: Saved) -> None:
    assert Store(path).write(state) == ""
    assert load(path) == state


def test_nothing_is_saved_yet(path: Path) -> None:
    told: list[Path] = []
    assert load(path, told.append) == Saved()
    assert told == []


def test_the_file_is_readable_by_its_owner_alone(path: Path) -> None:
    Store(path).write(Saved(focus="den"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_what_did_not_change_is_not_written_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(path)
    store.write(Saved(focus="den"))
    written = path.stat().st_ino
    store.write(Saved(focus="den"))
    assert path.stat().st_ino == written
    store.write(Saved())
    assert load(path) == Saved()


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"rooms": 1}',
        b'{"rooms": {"den": {"draft": "x"',
        b"[" * 100_000,
        b'{"applied": 1e999}',
    ],
)
def test_a_damaged_file_is_set_aside(path: Path, damage: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(damage)
    told: list[Path] = []
    assert load(path, told.append) == Saved()
    (aside,) = told
    assert aside.read_bytes() == damage
    assert load(path, told.append) == Saved()
    assert told == [aside]
    assert Store(path).write(Saved(focus="den")) == ""
    assert load(path).focus == "den"


def test_what_a_later_version_added_is_no_damage(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('{"focus": "den", "pinned": ["lobby"]}')
    told: list[Path] = []
    assert load(path, told.append) == Saved(focus="den")
    assert told == []


def test_a_file_that_cannot_be_read_or_written(path: Path) -> None:
    path.mkdir(parents=True)
    told: list[Path] = []
    assert load(path, told.append) == Saved()
    assert told == []
    assert Store(path).write(Saved(focus="den")) == "Is a directory"


def full(path: Path, data: bytes) -> None:
    raise OSError(28, "No space left on device")


def test_a_full_disk_leaves_what_was_there_and_is_tried_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(path)
    store.write(Saved(focus="den"))
    with monkeypatch.context() as patch:
        patch.setattr(module, "replace_private", full)
        assert store.write(Saved(focus="lobby")) == "No space left on device"
    assert load(path).focus == "den"
    assert store.write(Saved(focus="lobby")) == ""
    assert load(path).focus == "lobby"


def test_after_a_failure_the_same_is_written_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(path)
    store.write(Saved(focus="den"))
    with monkeypatch.context() as patch:
        patch.setattr(module, "replace_private", full)
        store.write(Saved(focus="lobby"))
    path.unlink()  # it was set aside
    assert store.write(Saved(focus="den")) == ""
    assert load(path).focus == "den"


# ---- doubts, and other names


def test_what_was_sent_is_left_to_the_person_and_what_was_not_is_still_sent() -> None:
    sent, unsent = SavedPending("den", "sent", action=True), SavedPending("den", "x", unsent=True)
    commands = [SavedPending("den", ""), SavedPending("", "Anna")]
    old = SavedRefused("den", "old", reason="why")
    before = Saved(applied=3, pending=[*commands, sent, unsent], refused=[old])
    after = doubted(before)
    assert after.pending == [unsent]
    assert after.refused == [old, SavedRefused("den", "sent", action=True)]


@given(STATES)
def test_in_doubt_nothing_that_was_typed_is_dropped(state: Saved) -> None:
    after = doubted(state, all_of_it=True)
    assert after.pending == []
    messages = [(kept.room, kept.text) for kept in state.pending if kept.room and kept.text]
    left = [(kept.room, kept.text) for kept in after.refused[len(state.refused) :]]
    assert left == messages


@given(STATES)
def test_what_stays_with_a_name_has_no_words(state: Saved) -> None:
    left = without_words(state)
    assert left.pending == []
    assert left.refused == []
    assert [room.draft for room in left.rooms.values()] == [""] * len(state.rooms)
    histories = [room.history for room in left.rooms.values()]
    assert histories == [room.history for room in state.rooms.values()]


@given(ROOMS, ROOMS)
def test_rooms_of_two_names_are_put_together(ours: SavedRoom, theirs: SavedRoom) -> None:
    both = merged(ours, theirs)
    assert both.draft == (ours.draft or theirs.draft)
    for draft in (ours.draft, theirs.draft):
        assert draft in {"", both.draft, *both.history}
    assert set(ours.history) | set(theirs.history) <= {*both.history, ours.draft}
    assert both.notify == (ours.notify or theirs.notify)


def test_no_more_inputs_are_remembered_of_two_names_than_of_one() -> None:
    ours = SavedRoom(history=[f"ours {number}" for number in range(HISTORY_LENGTH)])
    theirs = SavedRoom(history=["theirs"])
    assert merged(ours, theirs).history == ours.history
    assert merged(theirs, ours).history[-1] == "theirs"
    assert len(merged(theirs, ours).history) == HISTORY_LENGTH
