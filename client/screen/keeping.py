"""What is kept of the screen for the next run, and what another name brings. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from client.saved_state import Saved, SavedRoom, merged
from client.screen.tabs import Draft, ReadMark
from protocol.questions import Kind
from protocol.room_names import TALK_SIGN

if TYPE_CHECKING:
    from client.screen.navigation import Navigation
    from client.screen.sending import Sending
    from client.screen.state import ScreenState
    from client.screen.tabs import Tab


def to_keep(state: ScreenState, sending: Sending, navigation: Navigation) -> Saved:
    """Return everything that the next run is to know, as it is at this moment."""
    saved = Saved(
        rooms=_rooms(state),
        order=[tab.room for tab in state.tabs],
        inside=_inside(state),
        focus=state.tabs.focus.room,
        fold=state.fold if state.fold != state.settings.fold_presence else None,
        show_rooms=navigation.show_rooms,
        show_people=navigation.show_people,
    )
    return sending.keep(saved)


def adopt(state: ScreenState, sending: Sending, navigation: Navigation, saved: Saved) -> None:
    """Take what is kept of the name under which the person goes on; nothing typed is lost."""
    rooms = saved.rooms | {
        room: merged(ours, saved.rooms.get(room, SavedRoom()))
        for room, ours in _rooms(state).items()
    }
    state.kept = replace(saved, rooms=rooms)
    for tab in state.tabs:
        _put(tab, rooms[tab.room])
    navigation.show_rooms, navigation.show_people = saved.show_rooms, saved.show_people
    state.fold = state.settings.fold_presence if saved.fold is None else saved.fold
    state.load_draft()
    sending.restore(saved)


def read_mark(state: ScreenState, tab: Tab) -> tuple[str, int]:
    """Return the journal and the number up to which the room was read."""
    if tab.transcript.last and tab.transcript.read:
        return state.own.journal, tab.transcript.read
    return tab.mark


def _rooms(state: ScreenState) -> dict[str, SavedRoom]:
    """Return all rooms; a conversation that is over never comes back under its name."""
    kept = state.kept.rooms
    if state.own.welcomed:
        kept = {room: k for room, k in kept.items() if not room.startswith(TALK_SIGN)}
    return kept | {tab.room: _room(state, tab) for tab in state.tabs}


def _inside(state: ScreenState) -> list[str]:
    """Return the rooms that the session brings the next run into again, if it lasts."""
    if state.own.has_quit or not state.own.session:
        return []
    return [tab.room for tab in state.tabs if not tab.is_closed]


def _put(tab: Tab, kept: SavedRoom) -> None:
    """Have a tab go on with what is kept of its room."""
    tab.draft = Draft(kept.draft, min(kept.cursor, len(kept.draft)))
    tab.inputs = list(kept.history)
    tab.mark = ReadMark(kept.journal, kept.read)
    if kept.notify is not None:
        tab.level, tab.chosen = kept.notify, True


def _room(state: ScreenState, tab: Tab) -> SavedRoom:
    journal, read = read_mark(state, tab)
    return SavedRoom(
        draft=tab.draft.text,
        cursor=tab.draft.cursor,
        history=list(tab.inputs),
        journal=journal,
        read=read,
        notify=tab.level if tab.chosen else None,
        private=tab.kind is Kind.PRIVATE,
        other=tab.other,
        other_name=tab.other_name,
    )
