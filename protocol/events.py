"""What happens in a room: the numbered events that every member sees in the same order.

On the wire an event is an array: kind, number, time, author, name, the author's command number,
then what the kind adds. A receiver passes over kinds and trailing fields that it does not know.
Specified in ``docs/reference/protocol.md``, section "Events".
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

import msgspec

from protocol.limits import LARGEST_NUMBER

Number = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_NUMBER)]
Milliseconds = Annotated[int, msgspec.Meta(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER)]


class Reason(StrEnum):
    """Why somebody left."""

    QUIT = "quit"
    LOST = "lost"
    IDLE = "idle"
    SLOW = "slow"
    LEFT = "left"
    KICKED = "kicked"
    BANNED = "banned"
    ADDRESS_BANNED = "address_banned"


PUT_OUT: Final = frozenset({Reason.KICKED, Reason.BANNED, Reason.ADDRESS_BANNED})
"""The reasons for which an operator had somebody leave."""


class RoomEvent(msgspec.Struct, frozen=True, array_like=True):
    """What every event of a room carries.

    Attributes:
        number: its place in the room, contiguous from 1.
        at: when it was committed, in milliseconds since 1970 (UTC). Only for showing.
        author: the id of the session that caused it.
        name: the author's name at that moment.
        n: the number of the command that caused it in the author's session; 0 if none did.
    """

    number: Number
    at: Milliseconds
    author: str
    name: str
    n: Number


class Joined(RoomEvent, frozen=True, array_like=True, tag="joined"):
    """Somebody came in. ``user_id`` is the person's public ID (``ip:port`` on the nc door)."""

    user_id: str = ""


class Left(RoomEvent, frozen=True, array_like=True, tag="left"):
    """Somebody is gone; ``reason`` is one of :class:`Reason`, or one of a later Hubbub.

    Who was kicked or banned is named by the event before, but not whose address was.
    ``everywhere``: out of the whole broker.
    """

    reason: str = Reason.QUIT
    everywhere: bool = False


class Said(RoomEvent, frozen=True, array_like=True, tag="said"):
    """Somebody spoke; ``action`` is the ``/me`` form.

    ``text`` is as it was last edited. ``edited`` is the number of the event that did so, or 0;
    ``deleted`` says that the text was taken away.
    """

    text: str = ""
    action: bool = False
    edited: Number = 0
    deleted: bool = False


class Renamed(RoomEvent, frozen=True, array_like=True, tag="renamed"):
    """Somebody changed from ``name`` to ``new_name``."""

    new_name: str = ""


class SubjectSet(RoomEvent, frozen=True, array_like=True, tag="subject_set"):
    """Somebody set the room's subject; empty: took it away."""

    text: str = ""


class Invited(RoomEvent, frozen=True, array_like=True, tag="invited"):
    """Somebody invited ``who``, then called ``who_name``."""

    who: str = ""
    who_name: str = ""


class WentAway(RoomEvent, frozen=True, array_like=True, tag="went_away"):
    """Somebody is away (``away``), for a reason that may be empty, or is back."""

    away: bool = True
    why: str = ""


class Edited(RoomEvent, frozen=True, array_like=True, tag="edited"):
    """The author changed their message ``target``; the text is blank once it is changed again."""

    target: Number = 0
    text: str = ""


class Deleted(RoomEvent, frozen=True, array_like=True, tag="deleted"):
    """The text of message ``target``, which ``whose`` wrote, was taken away."""

    target: Number = 0
    whose: str = ""
    whose_name: str = ""


# ---- what operators do: the author is the operator. ``everywhere``: in the whole broker


class Kicked(RoomEvent, frozen=True, array_like=True, tag="kicked"):
    """``who`` was put out."""

    who: str = ""
    who_name: str = ""
    why: str = ""
    everywhere: bool = False


class Banned(RoomEvent, frozen=True, array_like=True, tag="banned"):
    """``who``, or an address (then ``who`` is empty and ``who_name`` is the address), is kept out.

    ``until`` is in milliseconds since 1970; 0 is for ever.
    """

    who: str = ""
    who_name: str = ""
    until: Milliseconds = 0
    why: str = ""
    everywhere: bool = False


class Unbanned(RoomEvent, frozen=True, array_like=True, tag="unbanned"):
    """A ban was taken back."""

    who: str = ""
    who_name: str = ""
    everywhere: bool = False


class Muted(RoomEvent, frozen=True, array_like=True, tag="muted"):
    """``who`` may read but not speak, until a time in milliseconds since 1970 (0: for ever)."""

    who: str = ""
    who_name: str = ""
    until: Milliseconds = 0
    why: str = ""
    everywhere: bool = False


class Unmuted(RoomEvent, frozen=True, array_like=True, tag="unmuted"):
    """``who`` may speak again."""

    who: str = ""
    who_name: str = ""
    everywhere: bool = False


class Appointed(RoomEvent, frozen=True, array_like=True, tag="appointed"):
    """``who`` became an operator, or is one no more."""

    who: str = ""
    who_name: str = ""
    operator: bool = True
    everywhere: bool = False


class Slowed(RoomEvent, frozen=True, array_like=True, tag="slowed"):
    """Each person may speak once in so many seconds; 0: as they like."""

    seconds: Number = 0


class Announced(RoomEvent, frozen=True, array_like=True, tag="announced"):
    """An operator told everybody something."""

    text: str = ""
    everywhere: bool = False


class Unknown(RoomEvent, frozen=True, array_like=True, tag="unknown"):
    """Stands for an event of a later Hubbub: its number counts, and nothing is shown."""


ActEvent = Kicked | Banned | Unbanned | Muted | Unmuted | Appointed | Slowed | Announced
Event = (
    Joined | Left | Said | Renamed | SubjectSet | Invited | WentAway | Edited | Deleted | ActEvent
)
AnyEvent = Event | Unknown
