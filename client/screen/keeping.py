"""What is kept of the screen for the next run. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.saved_state import Saved, SavedRoom

if TYPE_CHECKING:
    from client.screen.navigation import Navigation
    from client.screen.sending import Sending
    from client.screen.state import ScreenState
    from client.screen.tabs import Tab


def to_keep(state: ScreenState, sending: Sending, navigation: Navigation) -> Saved:
    """Return everything that the next run is to know, as it is at this moment."""
    applied, pending = sending.kept()
    kept = {tab.room: _room(state, tab) for tab in state.tabs}
    return Saved(
        rooms=state.kept.rooms | kept,
        order=[tab.room for tab in state.tabs],
        focus=state.tabs.focus.room,
        fold=state.fold if state.fold != state.settings.fold_presence else None,
        show_rooms=navigation.show_rooms,
        show_people=navigation.show_people,
        applied=applied,
        pending=pending,
    )


def read_mark(state: ScreenState, tab: Tab) -> tuple[str, int]:
    """Return the journal and the number up to which the room was read."""
    if tab.transcript.last and tab.transcript.read:
        return state.own.journal, tab.transcript.read
    return tab.mark


def _room(state: ScreenState, tab: Tab) -> SavedRoom:
    journal, read = read_mark(state, tab)
    return SavedRoom(
        draft=tab.draft.text,
        cursor=tab.draft.cursor,
        history=list(tab.inputs),
        journal=journal,
        read=read,
        notify=tab.level if tab.chosen else None,
    )
