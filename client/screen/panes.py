"""The panes around the messages: the rooms, the people, the line above; and the title. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from client.screen.width import cells, clip, printable_line
from client.settings import Notify
from protocol.phrases import Phrase

if TYPE_CHECKING:
    from client.screen.fragments import Fragment, Row
    from client.screen.roster import Member
    from client.screen.state import ScreenState
    from client.screen.tabs import Tab
    from client.settings import ClientSettings

PROGRAM = "Hubbub"
_LEAST_MESSAGES = 40
"""Cells that the messages keep at least when panes are shown."""


class Panes(NamedTuple):
    """How many cells each pane has, its border not counted; 0 for one that is hidden."""

    rooms: int
    people: int


def pane_widths(
    settings: ClientSettings, columns: int, *, show_rooms: bool, show_people: bool
) -> Panes:
    """Return how wide the panes are on a screen of so many columns."""
    if columns < settings.narrow_below:
        return Panes(0, 0)
    rooms = settings.rooms_width if show_rooms else 0
    people = settings.people_width if show_people else 0
    if columns - rooms - people < _LEAST_MESSAGES:
        people = 0
    if columns - rooms - people < _LEAST_MESSAGES:
        rooms = 0
    return Panes(rooms, people)


def shown_name(tab: Tab) -> str:
    """Return the name of a room as it is shown."""
    return printable_line(tab.room)


def title(state: ScreenState) -> str:
    """Return the title of the terminal's window: what is unread, and where the person is."""
    unread = sum(tab.unread for tab in state.tabs)
    mentions = sum(tab.mentions for tab in state.tabs)
    more = "+" * any(tab.unread and tab.transcript.has_more_unread for tab in state.tabs)
    calls = f", {mentions}!" if mentions else ""
    count = f"({unread}{more}{calls}) " if unread else ""
    return f"{count}{shown_name(state.tabs.focus)} - {PROGRAM}"


def topic_row(state: ScreenState, width: int) -> Row:
    """Return the line above the messages."""
    tab = state.tabs.focus
    people = len(tab.roster)
    count = state.say(Phrase.PEOPLE_COUNT, count=people) if people else ""
    left = clip(f" {shown_name(tab)}", width)
    right = f"{count} "
    space = width - cells(left) - cells(right)
    if space < 1 or not count:
        return [("class:topic", left + " " * (width - cells(left)))]
    return [("class:topic", left + " " * space + right)]


def rooms_rows(state: ScreenState, width: int, height: int) -> list[Row]:
    """Return the list of rooms, scrolled so that the one that is shown is in sight."""
    tabs = list(state.tabs)
    focus = tabs.index(state.tabs.focus)
    first = max(0, focus - height + 1)
    return [
        _room_row(tab, place, width, is_focus=place - 1 == focus)
        for place, tab in enumerate(tabs[first : first + height], start=first + 1)
    ]


def _room_row(tab: Tab, place: int, width: int, *, is_focus: bool) -> Row:
    counts = _counts(tab)
    counts_width = sum(cells(text) for _, text in counts)
    name = clip(f"{place} {shown_name(tab)}", max(0, width - counts_width))
    space = max(0, width - counts_width - cells(name))
    return [(_room_style(tab, is_focus=is_focus), name + " " * space), *counts]


def _counts(tab: Tab) -> list[Fragment]:
    """Return all that is unread, then how much of it is meant for the person."""
    row: list[Fragment] = []
    if tab.unread > tab.mentions:
        row.append(("class:count", f" {tab.unread_shown}"))
    if tab.mentions:
        calls = tab.unread_shown if tab.private else tab.mentions
        row.append(("class:count.mention", f" {calls}!"))
    return row


def _room_style(tab: Tab, *, is_focus: bool) -> str:
    if is_focus:
        return "class:room.focus"
    if tab.level is Notify.MUTE:
        return "class:room.muted"
    if tab.mentions:
        return "class:room.mention"
    return "class:room.unread" if tab.unread else "class:room"


def people_rows(state: ScreenState, width: int, height: int) -> list[Row]:
    """Return the people of the room that is shown, and how many more there are."""
    roster = state.tabs.focus.roster
    shown = roster.part(0, height)
    rows: list[Row] = [
        [(_person_style(state, member), clip(printable_line(member.name), width))]
        for member in shown
    ]
    if len(roster) > len(shown) and height:
        rows[height - 1 :] = [[("class:time", clip(f"+{len(roster) - height + 1}", width))]]
    return rows


def _person_style(state: ScreenState, member: Member) -> str:
    return "class:person.own" if member.id == state.own.id else "class:person"
