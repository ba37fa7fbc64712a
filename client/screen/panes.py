"""The panes around the messages: the rooms, the people, the line above; and the title. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from client.screen.width import cells, clip, printable_line
from client.settings import Notify
from protocol.phrases import Phrase
from protocol.questions import Kind, Role
from protocol.times import lasting

if TYPE_CHECKING:
    from client.screen.fragments import Fragment, Row
    from client.screen.roster import Member
    from client.screen.state import ScreenState
    from client.screen.tabs import Tab
    from client.settings import ClientSettings

PROGRAM = "Hubbub"
SEPARATOR = " · "
OPERATOR = "@"
"""Stands before the name of whoever is an operator of a room."""
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
    return printable_line(tab.name)


def title(state: ScreenState) -> str:
    """Return the title of the terminal's window: what is unread, and where the person is."""
    unread = sum(tab.unread for tab in state.tabs)
    mentions = sum(tab.mentions for tab in state.tabs)
    more = "+" * any(tab.unread and tab.transcript.has_more_unread for tab in state.tabs)
    calls = f", {mentions}!" if mentions else ""
    count = f"({unread}{more}{calls}) " if unread else ""
    return f"{count}{shown_name(state.tabs.focus)} - {PROGRAM}"


def topic_row(state: ScreenState, width: int) -> Row:
    """Return the line above the messages: the room, its subject, and what holds there."""
    tab = state.tabs.focus
    name = f" {shown_name(tab)}"
    right = SEPARATOR.join(_facts(state, tab)) + " "
    space = width - cells(right) - 1
    if space < cells(name) or not right.strip():
        right, space = "", width
    subject = f"{SEPARATOR}{printable_line(tab.subject)}" if tab.subject else ""
    left = clip(name + subject, space)
    return [("class:topic", left + " " * (width - cells(left) - cells(right)) + right)]


def _facts(state: ScreenState, tab: Tab) -> list[str]:
    facts = []
    if tab.kind is not Kind.PUBLIC:
        facts.append(state.say(Phrase.TOPIC_PRIVATE))
    if tab.slow:
        facts.append(state.say(Phrase.TOPIC_SLOW, time=lasting(tab.slow)))
    if tab.private:
        other = tab.roster.find(tab.other)
        if other is not None and other.away:
            facts.append(away(state, other.why))
    elif people := len(tab.roster):
        facts.append(state.say(Phrase.PEOPLE_COUNT, count=people))
    return facts


def away(state: ScreenState, why: str) -> str:
    """Return that somebody is away, and why."""
    said = state.say(Phrase.ACT_WHY, why=printable_line(why)) if why else ""
    return state.say(Phrase.AWAY_NOW, why=said)


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
    kind = "" if tab.kind is Kind.PUBLIC else "class:room.private "
    if is_focus:
        return f"{kind}class:room.focus"
    if tab.level is Notify.MUTE:
        return f"{kind}class:room.muted"
    if tab.mentions:
        return f"{kind}class:room.mention"
    if tab.unread:
        return f"{kind}class:room.unread"
    return kind.strip() or "class:room"


def people_rows(state: ScreenState, width: int, height: int) -> list[Row]:
    """Return the people of the room that is shown, and how many more there are."""
    roster = state.tabs.focus.roster
    shown = roster.part(0, height)
    rows: list[Row] = [
        [(_person_style(state, member), clip(marked_name(member), width))] for member in shown
    ]
    if len(roster) > len(shown) and height:
        rows[height - 1 :] = [[("class:time", clip(f"+{len(roster) - height + 1}", width))]]
    return rows


def marked_name(member: Member) -> str:
    """Return a person's name as it is listed, marked if they are an operator."""
    mark = OPERATOR if member.role is not Role.NONE else ""
    return mark + printable_line(member.name)


def _person_style(state: ScreenState, member: Member) -> str:
    style = "class:person.own" if member.id == state.own.id else "class:person"
    return f"{style} class:person.away" if member.away else style
