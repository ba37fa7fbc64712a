"""What the journal holds: the events of rooms, and the events of sessions.

A room's events are those of :mod:`protocol.events`. Session events never leave the broker; they
exist so that the state can be folded from the log alone.
"""

from __future__ import annotations

import msgspec

from protocol.events import Event
from protocol.questions import Kind


class Opened(msgspec.Struct, frozen=True, array_like=True, tag="opened"):
    """A session was opened, or opened again after it was lost."""

    session: str
    token_hash: str
    user_id: str
    name: str
    door: str
    carrier: str
    at: int


class TookName(msgspec.Struct, frozen=True, array_like=True, tag="took_name"):
    """Command ``n`` of a session changed its name."""

    session: str
    n: int
    name: str


class SetAway(msgspec.Struct, frozen=True, array_like=True, tag="set_away"):
    """With command ``n`` a session's person is away, for a reason that may be empty, or is back."""

    session: str
    n: int
    away: bool
    why: str


class IgnoredPerson(msgspec.Struct, frozen=True, array_like=True, tag="ignored"):
    """With command ``n`` somebody ignores ``who``, called ``name``, or (``ignored`` False) not."""

    session: str
    n: int
    who: str
    name: str
    ignored: bool


class Closed(msgspec.Struct, frozen=True, array_like=True, tag="closed"):
    """A session is over. ``n`` is the command that ended it, or 0."""

    session: str
    n: int
    reason: str
    at: int


class Made(msgspec.Struct, frozen=True, array_like=True, tag="made"):
    """A room was made, or made again: it keeps its kind and its numbers, and has a new owner.

    ``session`` is the owner; of a conversation of two it is who began it.
    """

    session: str
    room: str
    kind: Kind


SessionEvent = Opened | TookName | SetAway | IgnoredPerson | Closed | Made


class RoomEntry(msgspec.Struct, frozen=True):
    """An event of a room."""

    room: str
    event: Event


Entry = RoomEntry | SessionEvent
