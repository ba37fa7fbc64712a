"""One person on the plain TCP door. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Final, NamedTuple

from client.acts import SeenActs
from client.unseen import Unseen
from gateway.lines import LineReader
from protocol.names import compared
from protocol.room_names import TALK_SIGN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from client.notices import RoomEntered
    from gateway.rate import LineRate
    from protocol.events import AnyEvent
    from protocol.lines import TooLong


UNSETTLED_LINES: Final = 1024
"""Lines of one person that the broker has not settled or answered; past it no more are taken."""
LAST_WORDS_WITHIN_S: Final = 2.0
"""How long own acts whose events do not come are waited for."""
ACTIVE_EVERY_S: Final = 1.0
LINES_WAITING: Final = 1000
"""Lines of one person that wait for their turn; past it the socket is not read."""


class Phase(Enum):
    """How far a person is."""

    ARRIVING = auto()
    IN = auto()
    LEAVING = auto()


@dataclass(slots=True)
class Listing:
    """A roster being shown: everybody, or its first page; ``shown`` so far."""

    everybody: bool
    shown: int = 0


class Acts:
    """Stands for a question about what operators did."""


class Other:
    """Stands for a question whose answer says by itself what it is."""


Asked = Listing | Acts | Other


class Partner(NamedTuple):
    """The other in a conversation of two; ``is_here``: not seen to go for good."""

    id: str
    name: str
    is_here: bool = True


@dataclass(slots=True)
class Person:
    """What the door knows of one connection.

    Attributes:
        key: the connection.
        session: the link's number for the person's session.
        rate: how fast lines are taken.
        id: the session's public id, once it is known.
        reader: cuts bytes into lines.
        phase: how far the person is.
        focus: the room in focus; empty if there is none.
        rooms: the rooms that the person is in, the last entered last, each with the room number
            at which their view of it starts.
        again: a later entering of a room whose leaving before has not been shown yet.
        lost_at: the rooms that the person was lost from, each with the number of that exit: they
            are shown nothing more of it until they are in again.
        others: the other in each conversation of two; who was heard of last comes last.
        talked: conversations that the person left, and was shown all of.
        reply_to: the id of who spoke to the person in private last.
        ignored: whose words are hidden, by id, with their names.
        waiting: lines that are not taken yet.
        held_by: the room that must be entered or left before lines are taken again.
        asked: the questions that are not answered yet.
        reading: whether the socket is read.
        told_fast: whether the person was told that lines wait, in this episode.
        told_delay: whether the person was told that commands wait, in this episode.
        unseen: own acts, of which the first is to join, whose events were not shown yet.
        seen_by: when a line waits no longer for ``unseen``; 0 while none does.
        leaving: the person wants to leave once all lines are taken.
        leave_by: when somebody who wants to leave waits no longer for ``unseen``; 0 before that.
        connected: whether anything can still be written.
        active_at: when input without a command was last reported.
    """

    key: int
    session: int
    rate: LineRate
    id: str = ""
    reader: LineReader = field(default_factory=LineReader)
    phase: Phase = Phase.ARRIVING
    focus: str = ""
    rooms: dict[str, int] = field(default_factory=dict)
    again: dict[str, RoomEntered] = field(default_factory=dict)
    lost_at: dict[str, int] = field(default_factory=dict)
    others: dict[str, Partner] = field(default_factory=dict)
    talked: set[str] = field(default_factory=set)
    reply_to: str = ""
    ignored: dict[str, str] = field(default_factory=dict)
    waiting: deque[str | TooLong] = field(default_factory=deque)
    held_by: str = ""
    asked: dict[int, Asked] = field(default_factory=dict)
    reading: bool = True
    told_fast: bool = False
    told_delay: bool = False
    unseen: Unseen = field(default_factory=lambda: Unseen(1))
    seen_by: float = 0.0
    leaving: bool = False
    leave_by: float = 0.0
    connected: bool = True
    active_at: float = -1.0
    _acts: SeenActs = field(default_factory=SeenActs)

    def take(self, lines: Iterable[str | TooLong]) -> None:
        """Have ``lines`` wait for their turn; blank ones say nothing and cost nothing."""
        self.waiting.extend(line for line in lines if not isinstance(line, str) or line.strip())

    def enter(self, room: str, start: int) -> None:
        """The person is in ``room``, and sees it from number ``start`` on."""
        self.rooms.pop(room, None)
        self.rooms[room] = start

    def leave(self, room: str) -> None:
        """The person is in ``room`` no more; the one entered last before comes into focus."""
        for known in (self.rooms, self.others, self.again, self.lost_at):
            known.pop(room, None)
        if self.focus == room:
            rest = (name for name in reversed(self.rooms) if not name.startswith(TALK_SIGN))
            self.focus = next(rest, "")

    def talk_with(self, name: str) -> str:
        """Return the conversation with who is called so (as names are compared), or nothing.

        Of several the last one, and none with somebody who has gone before one with who is here.
        """
        talks = [t for t, other in self.others.items() if compared(other.name) == name]
        here = [talk for talk in talks if self.others[talk].is_here]
        return (here or talks or [""])[-1]

    def has_seen(self, act: AnyEvent) -> bool:
        """Return whether an act that comes in several rooms was seen before; now it was."""
        return len(self.rooms) > 1 and self._acts.has_seen(act)


class Choosy:
    """Those for whom the lines that all share may be wrong, by connection.

    Attributes:
        ignoring: who hides somebody's words.
        roaming: who is in several rooms, and sees some acts in each.
    """

    def __init__(self) -> None:
        self.ignoring: dict[int, Person] = {}
        self.roaming: dict[int, Person] = {}

    def review(self, person: Person) -> None:
        """The person's rooms changed, or whom they ignore."""
        _keep(self.ignoring, person, needed=bool(person.ignored))
        _keep(self.roaming, person, needed=len(person.rooms) > 1)

    def forget(self, person: Person) -> None:
        """The person is gone."""
        self.ignoring.pop(person.key, None)
        self.roaming.pop(person.key, None)


def _keep(people: dict[int, Person], person: Person, *, needed: bool) -> None:
    if needed:
        people[person.key] = person
    else:
        people.pop(person.key, None)
