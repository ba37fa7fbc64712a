"""What the events of a room say of the room itself, and of the person in it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol.events import Joined, Muted, Renamed, Slowed, SubjectSet, Unmuted, WentAway

if TYPE_CHECKING:
    from collections.abc import Iterable

    from client.screen.state import Own
    from client.screen.tabs import Tab
    from protocol.events import AnyEvent


def learn(tab: Tab, events: Iterable[AnyEvent], own: Own) -> bool:
    """Take the next events of a room; return whether the person has another name now."""
    is_renamed = False
    for event in events:
        match event:
            case Renamed(author=author, new_name=name) if author == own.id:
                own.name, is_renamed = name, True
            case WentAway(author=author) if author == own.id:
                own.away, own.why = event.away, event.why
            case Renamed(author=author, new_name=name) if author == tab.other:
                tab.other_name = name
            case Joined(author=author, name=name) if author == tab.other:
                tab.other_name = name
            case SubjectSet(text=text):
                tab.subject = text
            case _:
                _learn_limit(tab, event, own)
    return is_renamed


def recall(tab: Tab, events: Iterable[AnyEvent], own: Own) -> None:
    """Take events from before the person came: of what they may do, the last word counts."""
    for event in events:
        _learn_limit(tab, event, own)


def _learn_limit(tab: Tab, event: AnyEvent, own: Own) -> None:
    match event:
        case Slowed(seconds=seconds):
            if _is_news(tab, "slow", event.number):
                tab.slow = seconds
        case Muted(who=who, until=until, everywhere=everywhere) if who == own.id:
            _learn_mute(own if everywhere else tab, event.number, until)
        case Unmuted(who=who, everywhere=everywhere) if who == own.id:
            _learn_mute(own if everywhere else tab, event.number, None)
        case _:
            pass


def _learn_mute(where: Tab | Own, number: int, until: int | None) -> None:
    if _is_news(where, "muted", number):
        where.muted = until


def _is_news(where: Tab | Own, what: str, number: int) -> bool:
    """Return whether event ``number`` is the last word on something, and remember it."""
    is_news = number >= where.told_at.get(what, 0)
    if is_news:
        where.told_at[what] = number
    return is_news
