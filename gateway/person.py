"""One person on the plain TCP door. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Final, NamedTuple

from client.acts import SeenActs
from client.unseen import Unseen
from gateway.foreign import FirstLine
from gateway.lines import LineReader
from protocol.lines import TooLong
from protocol.names import compared
from protocol.room_names import TALK_SIGN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from client.notices import RoomEntered
    from gateway.rate import LineRate
    from protocol.events import AnyEvent


UNSETTLED_LINES: Final = 1024
"""Lines of one person that the broker has not settled or answered; past it no more are taken."""
LAST_WORDS_WITHIN_S: Final = 2.0
"""How long own acts whose events do not come are waited for."""
ACTIVE_EVERY_S: Final = 1.0
LINES_WAITING: Final = 1000
"""Lines of one person that wait for their turn; past it the socket is not read."""
CHARACTERS_WAITING: Final = 256 * 1024
"""The same in characters, each of which may take four bytes."""


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
        first: looks whether it is a person.
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
        typed: how many characters these have.
        held_by: the room that must be entered or left before lines are taken again.
        wants_private: the room that is to be private, if it is made by the line that entered it.
        silent: commands by the link's number of which no event is shown to the person.
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
    first: FirstLine = field(default_factory=FirstLine)
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
    typed: int = 0
    held_by: str = ""
    wants_private: str = ""
    silent: set[int] = field(default_factory=set)
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
        for line in lines:
            if isinstance(line, TooLong) or line.strip():
                self.waiting.append(line)
                self.typed += _length(line)

    def next_line(self) -> None:
        """The first of the lines that wait has had its turn."""
        self.typed -= _length(self.waiting.popleft())

    def forget_lines(self) -> None:
        """None of the lines that wait will have a turn."""
        self.waiting.clear()
        self.typed = 0

    @property
    def may_type(self) -> bool:
        """Whether more lines may come to wait."""
        return len(self.waiting) < LINES_WAITING and self.typed < CHARACTERS_WAITING

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


def _length(line: str | TooLong) -> int:
    return len(line) if isinstance(line, str) else 0


class Choosy:
    """Those for whom the lines that all share may be wrong, by connection.

    Attributes:
        ignored_by: who hides somebody's words, by the id of that somebody.
        roaming: who is in several rooms, and sees some acts in each.
    """

    def __init__(self) -> None:
        self.ignored_by: dict[str, dict[int, Person]] = {}
        self.roaming: dict[int, Person] = {}

    def moved(self, person: Person) -> None:
        """The person's rooms changed."""
        if len(person.rooms) > 1:
            self.roaming[person.key] = person
        else:
            self.roaming.pop(person.key, None)

    def ignore(self, person: Person, ignored: dict[str, str]) -> None:
        """The person hides the words of these, by id, with their names, and of nobody else."""
        for who in person.ignored.keys() - ignored.keys():
            hiding = self.ignored_by[who]
            del hiding[person.key]
            if not hiding:
                del self.ignored_by[who]
        for who in ignored.keys() - person.ignored.keys():
            self.ignored_by.setdefault(who, {})[person.key] = person
        person.ignored = ignored

    def forget(self, person: Person) -> None:
        """The person is gone."""
        self.ignore(person, {})
        self.roaming.pop(person.key, None)
