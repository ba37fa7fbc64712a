"""The peer's half: the link to a broker, on which every door and program stands.

For bots there is :func:`connect`; see ``docs/how-to/bots.md``. What it needs is imported when it
is first named, so that the other doors start without it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from client.backlog import Gone, Renumbered
    from client.bot import Chat, connect
    from client.bot_rooms import Happening, Invitation, Out, Room
    from client.errors import Ended, Refused, Unreachable
    from client.identity import NameInUse
    from client.notices import Status
    from protocol.errors import HubbubError
    from protocol.events import (
        Announced,
        Appointed,
        Banned,
        Deleted,
        Edited,
        Invited,
        Joined,
        Kicked,
        Left,
        Muted,
        Renamed,
        Said,
        Slowed,
        SubjectSet,
        Unbanned,
        Unmuted,
        WentAway,
    )
    from protocol.questions import Described, Found, Kind, Person, RoomLine

__all__ = [
    "Announced",
    "Appointed",
    "Banned",
    "Chat",
    "Deleted",
    "Described",
    "Edited",
    "Ended",
    "Found",
    "Gone",
    "Happening",
    "HubbubError",
    "Invitation",
    "Invited",
    "Joined",
    "Kicked",
    "Kind",
    "Left",
    "Muted",
    "NameInUse",
    "Out",
    "Person",
    "Refused",
    "Renamed",
    "Renumbered",
    "Room",
    "RoomLine",
    "Said",
    "Slowed",
    "Status",
    "SubjectSet",
    "Unbanned",
    "Unmuted",
    "Unreachable",
    "WentAway",
    "connect",
]

_HOMES = {
    "client.backlog": (
        "Gone",
        "Renumbered",
    ),
    "client.bot": (
        "Chat",
        "connect",
    ),
    "client.bot_rooms": (
        "Happening",
        "Invitation",
        "Out",
        "Room",
    ),
    "client.errors": (
        "Ended",
        "Refused",
        "Unreachable",
    ),
    "client.identity": ("NameInUse",),
    "client.notices": ("Status",),
    "protocol.errors": ("HubbubError",),
    "protocol.events": (
        "Announced",
        "Appointed",
        "Banned",
        "Deleted",
        "Edited",
        "Invited",
        "Joined",
        "Kicked",
        "Left",
        "Muted",
        "Renamed",
        "Said",
        "Slowed",
        "SubjectSet",
        "Unbanned",
        "Unmuted",
        "WentAway",
    ),
    "protocol.questions": (
        "Described",
        "Found",
        "Kind",
        "Person",
        "RoomLine",
    ),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Import what is named, on first use."""
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), name)
