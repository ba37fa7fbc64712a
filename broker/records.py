"""What the journal holds: the events of rooms, and the events of sessions.

A room's events are those of :mod:`protocol.events`. Session events never leave the broker; they
exist so that the state can be folded from the log alone.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from protocol.events import Event


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


class Closed(msgspec.Struct, frozen=True, array_like=True, tag="closed"):
    """A session is over. ``n`` is the command that ended it, or 0."""

    session: str
    n: int
    reason: str
    at: int


SessionEvent = Opened | TookName | Closed


class RoomEntry(NamedTuple):
    """An event of a room."""

    room: str
    event: Event


Entry = RoomEntry | SessionEvent
