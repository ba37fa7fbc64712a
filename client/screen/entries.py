"""What a transcript holds: the events of a room themselves, and the few lines that are no event."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple

from protocol.events import (
    ActEvent,
    AnyEvent,
    Deleted,
    Invited,
    Joined,
    Left,
    Reason,
    Renamed,
    Said,
    SubjectSet,
    WentAway,
)

Presence = Joined | Left | Renamed | WentAway
"""Somebody came, went, took another name, or is away or back."""
Happening = SubjectSet | Invited | Deleted | ActEvent
"""Something else that stands in a line of its own."""
_PUT_OUT = frozenset({Reason.KICKED, Reason.BANNED})


class NoteKind(Enum):
    """What a local line is."""

    INFO = auto()
    ERROR = auto()
    GAP = auto()
    """Messages that ought to stand here are gone."""


@dataclass(frozen=True, slots=True)
class Note:
    """A local line, which nobody else sees."""

    at: int
    text: str
    kind: NoteKind


@dataclass(slots=True)
class Group:
    """Consecutive people who came, went or took another name; at least one."""

    events: list[Presence] = field(default_factory=list)


class Progress(Enum):
    """How far an own message has come that is not in the room yet."""

    PENDING = auto()
    SETTLED = auto()
    REFUSED = auto()


@dataclass(slots=True)
class OwnLine:
    """An own message that is not in the room yet; ``reason`` says why it was refused."""

    at: int
    text: str
    action: bool
    progress: Progress = Progress.PENDING
    reason: str = ""


Entry = Said | Group | Note | Happening
"""What stands between two others in a room."""


def shown(event: AnyEvent) -> Said | Presence | Happening | None:
    """Return ``event`` if it stands somewhere; None if it only changes something, or is unknown.

    Who was put out is named by the event before; and who takes back a message of their own is
    seen from what is left of it.
    """
    match event:
        case Left(reason=reason) if reason in _PUT_OUT:
            return None
        case Deleted(author=author, whose=whose) if author == whose:
            return None
        case _ if isinstance(event, Said | Presence | Happening):
            return event
        case _:
            return None


class Spoke(NamedTuple):
    """Somebody else said ``text``; ``mention`` when it names the person."""

    name: str
    text: str
    mention: bool
