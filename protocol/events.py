"""What happens in a room: the numbered events that every member sees in the same order.

On the wire an event is an array: kind, number, time, author, name, the author's command number,
then what the kind adds. A receiver passes over kinds and trailing fields that it does not know.
Specified in ``docs/reference/protocol.md``, section "Events".
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

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
    """Somebody is gone; ``reason`` is one of :class:`Reason`, or one of a later Hubbub."""

    reason: str = Reason.QUIT


class Said(RoomEvent, frozen=True, array_like=True, tag="said"):
    """Somebody spoke; ``action`` is the ``/me`` form."""

    text: str = ""
    action: bool = False


class Renamed(RoomEvent, frozen=True, array_like=True, tag="renamed"):
    """Somebody changed from ``name`` to ``new_name``."""

    new_name: str = ""


class Unknown(RoomEvent, frozen=True, array_like=True, tag="unknown"):
    """Stands for an event of a later Hubbub: its number counts, and nothing is shown."""


Event = Joined | Left | Said | Renamed
AnyEvent = Event | Unknown
