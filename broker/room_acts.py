"""How what operators do changes a room, or the whole broker. Pure: a part of ``State.apply``.

That a person is in a room no more is told by their ``left``, which follows the act.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from broker.room import Ban
from protocol.events import (
    ActEvent,
    Appointed,
    Banned,
    Muted,
    Slowed,
    Unbanned,
    Unmuted,
)
from protocol.questions import Kind

if TYPE_CHECKING:
    from broker.room import Room
    from broker.state import State

BANS_KEPT: Final = 1000
"""Bans, and mutes, of one room or of the broker; past that the oldest is forgotten."""


def apply_act(room: Room, event: ActEvent) -> None:
    """Fold an operator's event that concerns ``room`` alone."""
    if isinstance(event, Slowed):
        room.slow = event.seconds
        room.slow_since = {}
        return
    _apply(room, event)
    if isinstance(event, Banned) and room.kind is Kind.PRIVATE:
        room.put_out(event.who)  # who was lost, or only invited, has no exit that would do it


def apply_everywhere(state: State, event: ActEvent) -> None:
    """Fold an operator's event that concerns the whole broker."""
    _apply(state, event)


def spoke_slowly(room: Room, person: str, at: int) -> None:
    """Remember that ``person`` spoke at ``at`` (milliseconds since 1970), as slow mode needs it."""
    if not room.slow:
        return
    since = room.slow_since
    since.pop(person, None)
    since[person] = at
    rested = at - room.slow * 1000
    while since[first := next(iter(since))] <= rested:
        del since[first]


def _apply(holder: Room | State, event: ActEvent) -> None:
    match event:
        case Banned(who=who, who_name=name, until=until, why=why):
            _add(holder.bans, Ban(who, name, event.name, until, why), event.at)
        case Unbanned(who=who, who_name=name):
            holder.bans.pop(who or name, None)
        case Muted(who=who, who_name=name, until=until, why=why):
            _add(holder.muted, Ban(who, name, event.name, until, why), event.at)
        case Unmuted(who=who):
            holder.muted.pop(who, None)
        case Appointed(who=who, operator=operator):
            others = [person for person in holder.operators if person != who]
            holder.operators = [*others, who] if operator else others
        case _:
            pass


def _add(bans: dict[str, Ban], ban: Ban, at: int) -> None:
    """Add a ban as the latest; those that have ended go."""
    for subject in [subject for subject, known in bans.items() if not known.holds(at)]:
        del bans[subject]
    bans.pop(ban.subject, None)
    bans[ban.subject] = ban
    if len(bans) > BANS_KEPT:
        del bans[next(iter(bans))]
