"""The sessions of a link: of each its hello, its outbox, and the rooms that it is in."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

from client.outbox import Outbox
from protocol.errors import LinkError
from protocol.questions import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from protocol.events import Left
    from protocol.messages import Hello
    from protocol.questions import Question


class Due(Enum):
    """What happens to a session at a deadline."""

    HELLO_AGAIN = auto()
    SEND_AGAIN = auto()
    GIVE_UP_LEFT = auto()
    FORGET = auto()


@dataclass(slots=True)
class Membership:
    """What the link knows of a session in a room.

    Attributes:
        number: the number of its ``joined``; 0 until that is known.
        kind: what the room is.
        first: the lowest number that the session may read.
        leaving: it is over, and its ``left`` has not come yet.
        reason: what to say of that if it does not come.
    """

    number: int = 0
    kind: Kind = Kind.PUBLIC
    first: int = 1
    leaving: bool = False
    reason: str = ""


@dataclass(slots=True)
class LinkSession:
    """What the link knows of one session.

    Attributes:
        hello: what is said on every new connection.
        id: its public id, once welcomed.
        outbox: its commands.
        rooms: the rooms it is in.
        rejoining: the rooms that it enters again, by the serial of the join.
        exits: own exits that came before the answer to the join before, by room.
        questions: the questions without an answer, by request.
        welcomed: whether this connection's hello was answered.
        may_be_anew: it may have been lost and opened anew though a welcome says that it goes on:
            an earlier hello was not answered, or the broker has another journal.
        over: why the session is over, once it is; it stays until its last events have come.
        over_fields: what that comes with.
    """

    hello: Hello
    id: str = ""
    outbox: Outbox = field(default_factory=Outbox)
    rooms: dict[str, Membership] = field(default_factory=dict)
    rejoining: dict[int, str] = field(default_factory=dict)
    exits: dict[str, Left] = field(default_factory=dict)
    questions: dict[int, Question] = field(default_factory=dict)
    welcomed: bool = False
    may_be_anew: bool = False
    over: str = ""
    over_fields: Mapping[str, int | str] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """The connection's number for the session."""
        return self.hello.session


class Sessions:
    """All sessions that a link carries.

    Attributes:
        by_number: by the link's number.
        by_id: by their public id, once they were welcomed.
    """

    def __init__(self) -> None:
        self.by_number: dict[int, LinkSession] = {}
        self.by_id: dict[str, LinkSession] = {}

    def add(self, hello: Hello) -> None:
        """Carry one more session."""
        self.by_number[hello.session] = LinkSession(hello)

    def carried(self, number: int) -> LinkSession:
        """Return the session.

        Raises:
            LinkError: it is not carried (any more).
        """
        session = self.by_number.get(number)
        if session is None:
            raise LinkError(f"session {number} is not carried")
        return session

    def welcomed(self, session: LinkSession, public_id: str) -> None:
        """This connection's hello was answered."""
        session.welcomed, session.id = True, public_id
        self.by_id[public_id] = session

    def remove(self, session: LinkSession) -> None:
        """Carry the session no longer."""
        del self.by_number[session.number]
        if self.by_id.get(session.id) is session:
            del self.by_id[session.id]
