"""What a link tells its owner, in the order in which it happened."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from client.outbox import Pending
    from protocol.events import AnyEvent
    from protocol.messages import Command, Entered, Events, People, Welcome


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
    answer: People | Events


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

    ``entered`` is missing when the answer was lost with a connection.
    """

    session: int
    room: str
    number: int
    entered: Entered | None


@dataclass(frozen=True, slots=True)
class RoomEvents:
    """The room's next events, after ``gone`` numbers that are no longer kept."""

    room: str
    events: Sequence[AnyEvent]
    gone: int = 0


@dataclass(frozen=True, slots=True)
class RoomClosed:
    """No session of this link is in the room any more."""

    room: str


@dataclass(frozen=True, slots=True)
class IdleWarning:
    """The session will be put out in ``seconds`` unless the person types."""

    session: int
    seconds: int


@dataclass(frozen=True, slots=True)
class SessionOver:
    """The session is over and forgotten; ``code`` says why (``quit`` when it asked for it)."""

    session: int
    code: str


@dataclass(frozen=True, slots=True)
class BrokerStopping:
    """The broker said that it stops."""


@dataclass(frozen=True, slots=True)
class JournalChanged:
    """The broker has another journal: all room numbers start afresh, and messages may be lost."""


Notice = (
    StatusChanged
    | Welcomed
    | HelloRefused
    | Settled
    | CommandRefused
    | CommandDelayed
    | Answered
    | QuestionRefused
    | RoomEntered
    | RoomEvents
    | RoomClosed
    | IdleWarning
    | SessionOver
    | BrokerStopping
    | JournalChanged
)
