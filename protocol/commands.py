"""The commands: what changes state, and is numbered. Structs, JSON arrays on the wire.

``room`` is a room's name as it is stored, without the ``#`` that people type; ``who`` is a person's
name in any case or public id, which the broker resolves when it carries the command out. Specified
in ``docs/reference/protocol.md``, section "Commands".
"""

from __future__ import annotations

import msgspec

from protocol.events import Number


class Join(msgspec.Struct, frozen=True, array_like=True, tag="join"):
    """Enter a room, which is made if there is none; ``private`` counts only when it is made."""

    room: str
    private: bool = False


class Leave(msgspec.Struct, frozen=True, array_like=True, tag="leave"):
    """Leave a room."""

    room: str


class Invite(msgspec.Struct, frozen=True, array_like=True, tag="invite"):
    """Let ``who`` into a private room, or tell them of a public one."""

    room: str
    who: str


class Subject(msgspec.Struct, frozen=True, array_like=True, tag="subject"):
    """Set a room's subject; empty takes it away."""

    room: str
    text: str


class Say(msgspec.Struct, frozen=True, array_like=True, tag="say"):
    """Speak in a room; ``action`` is the ``/me`` form."""

    room: str
    text: str
    action: bool = False


class Tell(msgspec.Struct, frozen=True, array_like=True, tag="tell"):
    """Speak to ``who`` in private, in the room of the two, which is made if there is none."""

    who: str
    text: str
    action: bool = False


class Edit(msgspec.Struct, frozen=True, array_like=True, tag="edit"):
    """Change one's own last message in a room; ``number`` 0 stands for whichever that is."""

    room: str
    text: str
    number: Number = 0


class Delete(msgspec.Struct, frozen=True, array_like=True, tag="delete"):
    """Blank one's own last message in a room, or as an operator the last one of ``who``.

    ``number`` 0 stands for whichever that is.
    """

    room: str
    who: str = ""
    number: Number = 0


class Rename(msgspec.Struct, frozen=True, array_like=True, tag="rename"):
    """Take another name."""

    name: str


class Away(msgspec.Struct, frozen=True, array_like=True, tag="away"):
    """Be away, for a reason that may be empty; or be back (``away`` False)."""

    why: str = ""
    away: bool = True


class Ignore(msgspec.Struct, frozen=True, array_like=True, tag="ignore"):
    """Have the doors hide what ``who`` says, or no longer (``ignored`` False)."""

    who: str
    ignored: bool = True


class Quit(msgspec.Struct, frozen=True, array_like=True, tag="quit"):
    """End the session for good. ``slow`` is for a gateway that cut off a stuck reader."""

    slow: bool = False


# ---- what operators do. An empty ``room`` stands for the whole broker


class Kick(msgspec.Struct, frozen=True, array_like=True, tag="kick"):
    """Put ``who`` out of a room."""

    room: str
    who: str
    why: str = ""


class Ban(msgspec.Struct, frozen=True, array_like=True, tag="ban"):
    """Keep ``who``, here a person or an IP address, out of a room.

    For ``seconds``; 0 is without an end.
    """

    room: str
    who: str
    seconds: Number = 0
    why: str = ""


class Unban(msgspec.Struct, frozen=True, array_like=True, tag="unban"):
    """Take a ban back. ``who`` may also be the name that the ban was made with."""

    room: str
    who: str


class Mute(msgspec.Struct, frozen=True, array_like=True, tag="mute"):
    """Let ``who`` read but not speak in a room for ``seconds``; 0 is without an end."""

    room: str
    who: str
    seconds: Number = 0
    why: str = ""


class Unmute(msgspec.Struct, frozen=True, array_like=True, tag="unmute"):
    """Take a mute back."""

    room: str
    who: str


class Op(msgspec.Struct, frozen=True, array_like=True, tag="op"):
    """Make ``who`` an operator, or one no more (``operator`` False)."""

    room: str
    who: str
    operator: bool = True


class Slow(msgspec.Struct, frozen=True, array_like=True, tag="slow"):
    """Let each person speak only once in so many seconds; 0 takes that back."""

    room: str
    seconds: Number


class Announce(msgspec.Struct, frozen=True, array_like=True, tag="announce"):
    """Tell everybody in a room something, or in every room."""

    room: str
    text: str


RoomCommand = Join | Leave | Invite | Subject | Say | Edit | Delete
PersonCommand = Tell | Rename | Away | Ignore | Quit
Act = Kick | Ban | Unban | Mute | Unmute | Op | Slow | Announce
Command = RoomCommand | PersonCommand | Act
