"""What a link tells its owner, in the order in which it happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final

from protocol.events import Reason
from protocol.questions import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from client.outbox import Pending
    from protocol.commands import Command
    from protocol.events import AnyEvent
    from protocol.messages import AnyAnswer, Entered, Ignored, Welcome


class Status(Enum):
    """The state of the connection, as a person may want to see it."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """The connection came up, or was lost; while waiting, ``retry_at`` is the next attempt."""

    status: Status
    retry_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Welcomed:
    """The broker knows the session.

    Attributes:
        session: the link's number for it.
        welcome: what the broker said.
        again: it had been lost and was opened anew.
        rejoined: rooms that the link enters again, before all that waits to be sent.
    """

    session: int
    welcome: Welcome
    again: bool
    rejoined: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class HelloRefused:
    """The session was not opened, and is forgotten."""

    session: int
    code: str
    fields: Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class Settled:
    """Commands of the session are acknowledged: they are in the journal."""

    session: int
    commands: Sequence[Pending]


@dataclass(frozen=True, slots=True)
class CommandRefused:
    """A command was refused and dropped."""

    session: int
    serial: int
    command: Command
    code: str
    fields: Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class CommandDelayed:
    """A command, or the hello, was refused for now; the link sends it again by itself."""

    session: int
    code: str
    fields: Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to a question of the owner."""

    session: int
    request: int
    answer: AnyAnswer


@dataclass(frozen=True, slots=True)
class QuestionRefused:
    """A question of the owner was refused."""

    session: int
    request: int
    code: str
    fields: Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class RoomEntered:
    """The session is in the room; its view starts at ``number``.

    Attributes:
        session: the link's number for it.
        room: the room's name.
        number: what comes before is history.
        entered: what the broker answered; missing when that was lost with a connection. Its ``n``
            is 0 when nobody asked: somebody told the session something.
        kind: what the room is.
        subject: what it is about, when this was answered.
        first: the lowest number that the session may read.
        other: the other person's id in a conversation of two.
        other_name: and their name.
    """

    session: int
    room: str
    number: int
    entered: Entered | None
    kind: Kind = Kind.PUBLIC
    subject: str = ""
    first: int = 1
    other: str = ""
    other_name: str = ""


OF_THE_SESSION: Final = frozenset({Reason.QUIT, Reason.IDLE, Reason.SLOW})
"""Whoever leaves so is in no room; that the session is over is told by itself."""


@dataclass(frozen=True, slots=True)
class RoomLeft:
    """The session is not in the room any more, but goes on.

    Not told when the session is over: then :class:`SessionOver` says it for all rooms. Told also
    where the session came in and went out while the connection was lost, though nobody entered.

    Attributes:
        session: the link's number for it.
        room: the room's name.
        reason: as in ``left``; empty when it is not known (nobody told while the connection was
            lost), or when the room could not be entered again after the session was lost.
        by: the name of the operator who did it, if one did.
        why: the reason that they gave.
        until: when a ban ends, in milliseconds since 1970; 0: never, or there is none.
        code: why the room could not be entered again.
        fields: what that code comes with.
    """

    session: int
    room: str
    reason: str
    by: str = ""
    why: str = ""
    until: int = 0
    code: str = ""
    fields: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RoomEvents:
    """The room's next events, after ``gone`` numbers that are no longer kept.

    They are for those sessions of the link that are in the room, each from the ``number`` of its
    :class:`RoomEntered` to its own ``left``. Whoever carries several sessions shows them to nobody
    else: the room may be private.
    """

    room: str
    events: Sequence[AnyEvent]
    gone: int = 0


@dataclass(frozen=True, slots=True)
class RoomClosed:
    """No session of this link is in the room any more."""

    room: str


@dataclass(frozen=True, slots=True)
class InvitedTo:
    """``by``, called ``name``, invited the session into a room."""

    session: int
    room: str
    by: str
    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class IgnoredNow:
    """Whose words are hidden from the session from now on; at first ``welcome`` says it."""

    session: int
    ignored: Sequence[Ignored]


@dataclass(frozen=True, slots=True)
class IdleWarning:
    """The session will be put out in ``seconds`` unless the person types."""

    session: int
    seconds: int


@dataclass(frozen=True, slots=True)
class SessionOver:
    """The session is over and forgotten; ``code`` says why (``quit`` when it asked for it).

    ``fields`` are what the code comes with: who put the session out, why, and until when.
    """

    session: int
    code: str
    fields: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BrokerStopping:
    """The broker said that it stops."""


@dataclass(frozen=True, slots=True)
class JournalChanged:
    """The broker has another journal: all room numbers start afresh, and messages may be lost."""


AboutSession = (
    Welcomed
    | HelloRefused
    | Settled
    | CommandRefused
    | CommandDelayed
    | Answered
    | QuestionRefused
    | RoomEntered
    | RoomLeft
    | InvitedTo
    | IgnoredNow
    | IdleWarning
    | SessionOver
)
Notice = AboutSession | StatusChanged | RoomEvents | RoomClosed | BrokerStopping | JournalChanged
