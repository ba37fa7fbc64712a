"""What a transcript holds: the events of a room themselves, and the few lines that are no event."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple

from protocol.events import Joined, Left, Renamed, Said

Presence = Joined | Left | Renamed
"""Somebody came, went, or took another name."""


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


Entry = Said | Group | Note
"""What stands between two others in a room."""


class Spoke(NamedTuple):
    """Somebody else said ``text``; ``mention`` when it names the person."""

    name: str
    text: str
    mention: bool
