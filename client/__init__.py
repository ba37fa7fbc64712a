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
    from client.bot_rooms import Happening
    from client.errors import Ended, Refused, Unreachable
    from client.identity import NameInUse
    from client.notices import Status
    from protocol.errors import HubbubError
    from protocol.events import Joined, Left, Renamed, Said
    from protocol.messages import Person

__all__ = [
    "Chat",
    "Ended",
    "Gone",
    "Happening",
    "HubbubError",
    "Joined",
    "Left",
    "NameInUse",
    "Person",
    "Refused",
    "Renamed",
    "Renumbered",
    "Said",
    "Status",
    "Unreachable",
    "connect",
]

_HOMES = {
    "client.backlog": ("Gone", "Renumbered"),
    "client.bot": ("Chat", "connect"),
    "client.bot_rooms": ("Happening",),
    "client.errors": ("Ended", "Refused", "Unreachable"),
    "client.identity": ("NameInUse",),
    "client.notices": ("Status",),
    "protocol.errors": ("HubbubError",),
    "protocol.events": ("Joined", "Left", "Renamed", "Said"),
    "protocol.messages": ("Person",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Import what is named, on first use."""
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), name)
