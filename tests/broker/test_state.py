"""The fold: what is remembered of sessions that are over, and restoring a snapshot."""

from __future__ import annotations

import msgspec
import pytest

from broker.person import EndedSession, reopens
from broker.records import Closed, IgnoredPerson, Opened, RoomEntry, TookName
from broker.state import ENDED_SESSIONS_KEPT, IGNORED_KEPT, LOBBY, Snapshot, State
from protocol.events import Joined, Left, Reason, Said
from protocol.questions import Kind
from protocol.room_names import talk


def opened(number: int, name: str = "") -> Opened:
    return Opened(f"s{number}", "h", f"u{number}", name or f"n{number}", "client", "", 7)


def test_only_the_lost_come_back() -> None:
    assert [r for r in Reason if reopens(EndedSession(1, r))] == [Reason.LOST]


def test_a_bounded_number_of_ended_sessions_is_remembered_the_oldest_forgotten() -> None:
    state = State()
    for number in range(ENDED_SESSIONS_KEPT + 5):
        state.apply(opened(number))
        state.apply(Closed(f"s{number}", 0, Reason.LOST, 7))
    assert len(state.ended) == ENDED_SESSIONS_KEPT
    assert "s4" not in state.ended
    assert "s5" in state.ended


def test_a_session_opened_again_goes_on_with_its_numbers() -> None:
    state = State()
    state.apply(opened(1))
    state.apply(RoomEntry(LOBBY, Joined(1, 7, "s1", "n1", 1, "u1")))
    state.apply(TookName("s1", 2, "Ann"))
    state.apply(RoomEntry(LOBBY, Left(2, 7, "s1", "Ann", 0, Reason.LOST)))
    state.apply(Closed("s1", 0, Reason.LOST, 7))
    assert state.ended["s1"] == EndedSession(2, Reason.LOST, "Ann", "u1")
    assert state.owner_of("ann") is None
    state.apply(opened(1, "Bob"))
    assert not state.ended
    assert state.sessions["s1"].applied == 2
    assert state.owner_of("BOB") == "s1"


def test_a_closing_command_is_the_last_applied() -> None:
    state = State()
    state.apply(opened(1))
    state.apply(Closed("s1", 1, Reason.QUIT, 7))
    assert state.ended["s1"].applied == 1


@pytest.mark.parametrize("room", [LOBBY, "other"])
def test_a_snapshot_restores_everything(room: str) -> None:
    state = State()
    state.apply(opened(1, "Ann"))
    state.apply(opened(2))
    state.apply(RoomEntry(room, Joined(1, 7, "s1", "Ann", 1, "u1")))
    state.apply(RoomEntry(room, Said(2, 7, "s1", "Ann", 2, "x")))
    state.apply(Closed("s2", 0, Reason.LOST, 7))
    stored = msgspec.json.encode(state.snapshot())
    restored = State.restore(msgspec.json.decode(stored, type=Snapshot))
    assert msgspec.json.encode(restored.snapshot()) == stored
    assert restored.owner_of("ANN") == "s1"
    restored.apply(TookName("s1", 3, "Eve"))
    assert state.sessions["s1"].name == "Ann"


def test_a_snapshot_of_before_there_were_other_rooms_is_read() -> None:
    stored = (
        b'{"sessions":[{"id":"s1","token_hash":"h","user_id":"u","name":"Ann","door":"nc",'
        b'"carrier":"","applied":3,"opened":7,"rooms":{"lobby":5}}],'
        b'"rooms":[{"name":"lobby","head":9,"members":{"s1":5}}],'
        b'"ended":[["s2",{"applied":4,"reason":"lost"}]]}'
    )
    state = State.restore(msgspec.json.decode(stored, type=Snapshot))
    assert state.rooms[LOBBY].is_public
    assert state.person("s2") == EndedSession(4, Reason.LOST)
    assert (state.directory.inhabited, state.directory.public) == (1, 1)
    state.apply(opened(2))
    state.apply(RoomEntry(LOBBY, Joined(10, 7, "s2", "n2", 5, "u2")))
    assert state.sessions["s2"].applied == 5


def test_a_room_of_which_only_events_are_left_is_nobodys_and_closed() -> None:
    """Else what was private would be anybody's to read after a damage."""
    state = State()
    state.apply(RoomEntry("den", Joined(1, 7, "s1", "n1", 1, "u1")))
    state.apply(RoomEntry(talk("s1", "s2"), Joined(1, 7, "s1", "n1", 0, "u1")))
    assert [room.kind for room in state.rooms.values()] == [Kind.PUBLIC, Kind.PRIVATE, Kind.TALK]
    assert not state.rooms["den"].owner


def test_a_person_ignores_no_more_than_so_many() -> None:
    state = State()
    state.apply(opened(1))
    for number in range(IGNORED_KEPT + 1):
        state.apply(IgnoredPerson("s1", number + 1, f"x{number}", "x", ignored=True))
    assert list(state.sessions["s1"].ignored)[0::999] == ["x1", f"x{IGNORED_KEPT}"]
