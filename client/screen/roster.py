"""Who is in one room: asked for in pages, then kept up to date by the room's events. Pure.

A page says at which number it is true, and the events seen here may be behind that number or ahead
of it. So everybody is remembered with the number up to which they are known; and while pages are
outstanding, who left and who changed names is too.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from protocol.events import Appointed, Joined, Left, Renamed, Said, WentAway
from protocol.names import compared
from protocol.questions import Role, Who

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from protocol.events import AnyEvent
    from protocol.questions import People

SPEAKERS_REMEMBERED: Final = 1000


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in the room, as known at number ``as_of``.

    ``compared`` is the name in the form in which names are compared. It takes too long to make it
    for everybody when a name is completed.
    """

    id: str
    user_id: str
    name: str
    compared: str
    as_of: int
    role: Role = Role.NONE
    away: bool = False
    why: str = ""


Change = Renamed | WentAway | Appointed
"""What changes a member, who stays."""


class Roster:
    """The people of one room.

    Attributes:
        complete: everybody has been asked for.
        is_coming: everybody is being asked for.
        version: another number after every change.
    """

    def __init__(self, room: str) -> None:
        self.complete = False
        self.is_coming = True
        self.version = 0
        self._room = room
        self._total = 0
        self._after = 0
        self._asked = 0
        self._members: dict[str, Member] = {}
        self._sorted: list[tuple[str, str]] = []
        self._left: dict[str, int] = {}
        self._changes: dict[str, list[Change]] = {}
        self._roles: dict[str, Role] = {}
        self._speakers: OrderedDict[str, None] = OrderedDict()

    def __len__(self) -> int:
        """Return how many people there are, as far as is known."""
        return len(self._members) if self.complete else max(len(self._members), self._total)

    def __iter__(self) -> Iterator[Member]:
        """Iterate over those who are known, by name."""
        return (self._members[id_] for _, id_ in self._sorted)

    def part(self, start: int, stop: int) -> list[Member]:
        """Return those from place ``start`` to ``stop`` of all who are known, by name."""
        return [self._members[id_] for _, id_ in self._sorted[start:stop]]

    def find(self, id_: str) -> Member | None:
        """Return the member with an id, if known."""
        return self._members.get(id_)

    @property
    def known(self) -> int:
        """How many people are known."""
        return len(self._members)

    # ---- asking

    def forget(self) -> None:
        """What is known may be wrong: all is to be asked for again."""
        self.complete, self.is_coming = False, True
        self.version += 1
        self._total = self._after = 0
        self._members.clear()
        self._sorted.clear()
        self._left.clear()
        self._changes.clear()

    def question(self, limit: int) -> Who:
        """Return the question for the next page of at most ``limit`` people."""
        self._asked = limit
        return Who(self._room, after=self._after, limit=limit)

    def answered(self, people: People) -> None:
        """Take a page; another is to be asked for unless the roster is ``complete`` now."""
        self._total = people.total
        self.version += 1
        for person in people.people:
            self._after = max(self._after, person.joined)
            known = self._members.get(person.id)
            if self._left.get(person.id, 0) > people.at or (known and known.as_of > people.at):
                continue
            member = Member(
                person.id, person.user_id, person.name, compared(person.name),
                people.at, person.role, person.away, person.why,
            )  # fmt: skip
            for change in self._changes.get(person.id, ()):
                member = _changed(member, change)
            if member.role is not Role.NONE or person.id in self._roles:
                self._roles[person.id] = member.role
            self._put(member)
        if len(people.people) < self._asked:
            self.complete = True
            self._ask_no_more()

    def refused(self) -> None:
        """The broker does not tell: the people who are known are not everybody."""
        self.version += 1
        self._ask_no_more()

    # ---- events

    def apply(self, events: Sequence[AnyEvent]) -> None:
        """Take the room's next events."""
        for event in events:
            match event:
                case Said(author=author):
                    self._spoke(author)
                case Joined(author=author, user_id=user_id, name=name, number=number):
                    if self._is_news(author, number):
                        role = self._roles.get(author, Role.NONE)
                        self._put(Member(author, user_id, name, compared(name), number, role))
                        self._left.pop(author, None)
                case Left(author=author, number=number):
                    self._leave(author, number)
                case Renamed(author=author) | WentAway(author=author):
                    self._change(author, event)
                case Appointed(who=who, everywhere=False):
                    self._appoint(who, event)

    def spoke_before(self, events: Sequence[AnyEvent]) -> None:
        """Take who spoke in events older than all others."""
        for event in reversed(events):
            if isinstance(event, Said) and event.author not in self._speakers:
                self._speakers[event.author] = None
                self._speakers.move_to_end(event.author, last=False)

    def by_recent_speech(self) -> Iterator[Member]:
        """Iterate over everybody: who spoke last first, then the silent by name."""
        for id_ in reversed(self._speakers):
            if id_ in self._members:
                yield self._members[id_]
        yield from (member for member in self if member.id not in self._speakers)

    # ---- helpers

    def _ask_no_more(self) -> None:
        self.is_coming = False
        self._left.clear()
        self._changes.clear()

    def _spoke(self, author: str) -> None:
        self._speakers[author] = None
        self._speakers.move_to_end(author)
        if len(self._speakers) > SPEAKERS_REMEMBERED:
            self._speakers.popitem(last=False)

    def _is_news(self, author: str, number: int) -> bool:
        member = self._members.get(author)
        return member is None or member.as_of < number

    def _leave(self, author: str, number: int) -> None:
        if not self._is_news(author, number):
            return
        self._remove(author)
        if self.is_coming:
            self._left[author] = number

    def _change(self, id_: str, change: Change) -> None:
        if member := self._members.get(id_):
            self._put(_changed(member, change))
        if self.is_coming:
            self._changes.setdefault(id_, []).append(change)

    def _appoint(self, id_: str, change: Appointed) -> None:
        """Remember who is an operator, also while they are somewhere else."""
        self._change(id_, change)
        member = self._members.get(id_)
        if member is None or member.as_of == change.number:
            self._roles[id_] = Role.OPERATOR if change.operator else Role.NONE

    def _put(self, member: Member) -> None:
        self._remove(member.id)
        self.version += 1
        self._members[member.id] = member
        insort(self._sorted, (member.name.casefold(), member.id))

    def _remove(self, id_: str) -> None:
        if member := self._members.pop(id_, None):
            place = bisect_left(self._sorted, (member.name.casefold(), id_))
            del self._sorted[place]
            self.version += 1


def _changed(member: Member, change: Change) -> Member:
    """Return a member after a change, unless it is known already."""
    if change.number <= member.as_of:
        return member
    member = replace(member, as_of=change.number)
    match change:
        case Renamed(new_name=name):
            return replace(member, name=name, compared=compared(name))
        case WentAway(away=away, why=why):
            return replace(member, away=away, why=why if away else "")
        case Appointed(operator=operator):
            return replace(member, role=Role.OPERATOR if operator else Role.NONE)
