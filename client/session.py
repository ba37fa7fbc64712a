"""One session of a link: its hello, its outbox, and the rooms that it is in."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

from client.outbox import Outbox

if TYPE_CHECKING:
    from protocol.messages import Hello, Question


class Due(Enum):
    """What happens to a session at a deadline."""

    HELLO_AGAIN = auto()
    SEND_AGAIN = auto()
    FORGET = auto()


@dataclass(slots=True)
class LinkSession:
    """What the link knows of one session.

    Attributes:
        hello: what is said on every new connection.
        id: its public id, once welcomed.
        outbox: its commands.
        rooms: the rooms it is in, each with the number of its ``joined``.
        questions: the questions without an answer, by request.
        welcomed: whether this connection's hello was answered.
        over: why the session is over, once it is; it stays until its last events have come.
    """

    hello: Hello
    id: str = ""
    outbox: Outbox = field(default_factory=Outbox)
    rooms: dict[str, int] = field(default_factory=dict)
    questions: dict[int, Question] = field(default_factory=dict)
    welcomed: bool = False
    over: str = ""

    @property
    def number(self) -> int:
        """The connection's number for the session."""
        return self.hello.session
