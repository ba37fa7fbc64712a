"""What a typed line may mean beside a command of the protocol: what doors do by themselves. Pure.

A command or question whose ``room`` is empty is meant for the room in focus: see :func:`aimed`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, TypeVar

import msgspec

from protocol.commands import (
    Announce,
    Away,
    Ban,
    Delete,
    Edit,
    Ignore,
    Invite,
    Join,
    Kick,
    Leave,
    Mute,
    Op,
    Quit,
    Rename,
    Slow,
    Subject,
    Tell,
    Unban,
    Unmute,
)
from protocol.questions import Acts, Bans, Rooms, Whois


@dataclass(frozen=True, slots=True)
class Speak:
    """Say ``text`` in the room in focus; ``action`` is the ``/me`` form."""

    text: str
    action: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """Say ``text`` in the private conversation in which somebody else spoke last."""

    text: str


@dataclass(frozen=True, slots=True)
class ShowPeople:
    """List who is in the room in focus; everybody, or the first page of them."""

    everybody: bool = False


@dataclass(frozen=True, slots=True)
class ShowHelp:
    """List the commands, or explain the one named by ``topic``."""

    topic: str = ""


@dataclass(frozen=True, slots=True)
class ShowSubject:
    """Say what the room in focus is about."""


@dataclass(frozen=True, slots=True)
class ShowIgnored:
    """List who is ignored."""


@dataclass(frozen=True, slots=True)
class ShowHistory:
    """Show what was said in the room in focus: the last ``count`` messages, or ``since`` a time.

    ``since`` is as typed, for :func:`protocol.times.time`; empty for a count.
    """

    count: int
    since: str = ""


@dataclass(frozen=True, slots=True)
class Focus:
    """Make another room the one in focus, or the conversation with the person of that name.

    ``is_room``: it was typed with a room's sign, so that no person is meant.
    """

    room: str
    is_room: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class FindMessages:
    """Search on the broker. Times are as typed, for :func:`protocol.times.time`."""

    words: str
    room: str = ""
    author: str = ""
    after: str = ""
    before: str = ""


CommandIntent = (
    Join
    | Leave
    | Invite
    | Subject
    | Tell
    | Edit
    | Delete
    | Rename
    | Away
    | Ignore
    | Quit
    | Kick
    | Ban
    | Unban
    | Mute
    | Unmute
    | Op
    | Slow
    | Announce
)
QuestionIntent = Rooms | Whois | Bans | Acts
LocalIntent = (
    Speak
    | Reply
    | ShowPeople
    | ShowHelp
    | ShowSubject
    | ShowIgnored
    | ShowHistory
    | Focus
    | FindMessages
)
Intent = CommandIntent | QuestionIntent | LocalIntent

EVERYWHERE: Final = "*"
"""As a room of an intent: the whole broker."""

_Aimed = TypeVar("_Aimed", bound=msgspec.Struct)


def aimed(meant: _Aimed, focus: str) -> _Aimed:
    """Return a command or question as it is sent: with the room in ``focus`` if it names none."""
    room = getattr(meant, "room", None)
    if room == "":
        return msgspec.structs.replace(meant, room=focus)
    if room == EVERYWHERE:
        return msgspec.structs.replace(meant, room="")
    return meant
