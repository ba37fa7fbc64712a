"""A room as the log has it: its events in all their versions, and who may read which of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from protocol.events import PUT_OUT, Event, Joined, Left, Reason, Renamed
from protocol.questions import Kind

LOBBY: Final = "lobby"


@dataclass
class Stay:
    """A time in which somebody belongs to a room.

    Attributes:
        first: the lowest number that they may read.
        spells: from each entering to the leaving that followed it, if one did.
        over: the number with which they ceased to belong; being lost does not count.
    """

    first: int
    spells: list[list[int]] = field(default_factory=list)
    over: int | None = None

    def may_read(self, number: int) -> bool:
        return self.first <= number and (self.over is None or number <= self.over)

    def may_hear(self, number: int) -> bool:
        """Whether it happened while they were inside."""
        return any(
            spell[0] <= number and (len(spell) == 1 or number <= spell[1]) for spell in self.spells
        )


@dataclass
class Barred:
    """Bans and mutes, each with its end (0: none), by person or address; ``ever`` who had any."""

    banned: dict[str, int] = field(default_factory=dict)
    muted: dict[str, int] = field(default_factory=dict)
    ever: set[str] = field(default_factory=set)

    def add(self, bars: dict[str, int], subject: str, until: int, at: int) -> None:
        """Add one; those that are over go."""
        for other in [other for other, end in bars.items() if end and end <= at]:
            del bars[other]
        bars[subject] = until
        self.ever.add(subject)

    def bans_of(self, person: str, ip: str, at: int) -> bool:
        """Whether a ban of the person or of the address holds."""
        return _holds(self.banned, person, at) or _holds(self.banned, ip, at)

    def mutes(self, person: str, at: int) -> bool:
        """Whether a mute of the person holds."""
        return _holds(self.muted, person, at)


def _holds(bars: dict[str, int], subject: str, at: int) -> bool:
    return subject in bars and (not bars[subject] or at < bars[subject])


@dataclass
class Place:
    """A room.

    Attributes:
        versions: of each event how it was committed, and then as later ones changed it.
        members: who is in it, with the number of their ``joined``.
        stays: of each person, the last one last.
        ever_invited: who was invited at any time.
        spoke: when somebody last spoke in slow mode.
        last_said: each person's message that may still be changed.
        last_edit: the last ``edited`` event of each message.
    """

    name: str
    kind: Kind = Kind.PUBLIC
    owner: str = ""
    versions: list[list[Event]] = field(default_factory=list)
    members: dict[str, int] = field(default_factory=dict)
    stays: dict[str, list[Stay]] = field(default_factory=dict)
    invited: dict[str, None] = field(default_factory=dict)
    ever_invited: set[str] = field(default_factory=set)
    operators: dict[str, None] = field(default_factory=dict)
    barred: Barred = field(default_factory=Barred)
    slow: int = 0
    spoke: dict[str, int] = field(default_factory=dict)
    last_said: dict[str, int] = field(default_factory=dict)
    last_edit: dict[int, int] = field(default_factory=dict)

    @property
    def head(self) -> int:
        return len(self.versions)

    @property
    def is_closed(self) -> bool:
        """Whether only those inside may know of it."""
        return self.kind is not Kind.PUBLIC

    def now(self, number: int) -> Event:
        """Return an event as it is stored now."""
        return self.versions[number - 1][-1]

    def has_version(self, event: object) -> bool:
        """Whether an event is or was stored so."""
        number = getattr(event, "number", 0)
        return 0 < number <= self.head and event in self.versions[number - 1]

    def other(self, person: str) -> str:
        """Return the other one of a conversation of two."""
        first, _, second = self.name[1:].partition(":")
        return second if person == first else first

    # ---- people

    def has_role(self, person: str) -> bool:
        return self.kind is not Kind.TALK and (person == self.owner or person in self.operators)

    def ever_barred(self, person: str) -> bool:
        return bool(self.barred.ever) and (person in self.barred.ever or bool(self.barred.banned))

    def belongs(self, person: str) -> Stay | None:
        """Return somebody's stay that is not over."""
        stays = self.stays.get(person)
        return stays[-1] if stays and stays[-1].over is None else None

    def admits(self, person: str) -> bool:
        """Whether somebody may enter a private room."""
        if person in self.invited or self.has_role(person) or self.belongs(person):
            return True
        kept = any(stays[-1].over is None for stays in self.stays.values())
        return not (self.members or self.owner or self.operators or self.invited or kept)

    def invite(self, person: str) -> None:
        self.ever_invited.add(person)
        if self.kind is Kind.PRIVATE:
            self.invited[person] = None

    def enter(self, person: str, number: int) -> None:
        self.members[person] = number
        self.invited.pop(person, None)
        stay = self.belongs(person)
        if stay is None:
            stay = Stay(1 if self.kind is Kind.TALK else number)
            self.stays.setdefault(person, []).append(stay)
        stay.spells.append([number])

    def leave(self, person: str, number: int, reason: str) -> None:
        self.members.pop(person, None)
        if self.kind is Kind.PRIVATE and reason in PUT_OUT:
            self.operators.pop(person, None)
        stay = self.belongs(person)
        if stay is None:
            return
        stay.spells[-1].append(number)
        if reason != Reason.LOST:
            stay.over = number
            self.invited.pop(person, None)

    def shut_out(self, person: str) -> None:
        """Somebody is banned from a private room: who is not in it needs an invitation, too."""
        self.invited.pop(person, None)
        if person not in self.members and (stay := self.belongs(person)):
            stay.over = self.head

    def make_again(self, owner: str) -> None:
        """The room has a new owner; a private one tells them nothing of those before."""
        self.owner = owner
        if self.kind is Kind.PRIVATE:
            self.slow = 0
            self.spoke.clear()
            self.barred = Barred()

    def forget(self, person: str) -> None:
        """Somebody is gone for good."""
        if self.owner == person:
            self.owner = ""
        self.operators.pop(person, None)
        self.invited.pop(person, None)
        for kept in (self.last_said, self.spoke, self.barred.muted):
            kept.pop(person, None)
        if stay := self.belongs(person):
            stay.over = self.head

    def note_slow(self, person: str, at: int) -> None:
        """Somebody spoke; who rested for long enough since then is forgotten."""
        if self.slow:
            self.spoke.pop(person, None)
            self.spoke[person] = at
            while self.spoke[first := next(iter(self.spoke))] <= at - self.slow * 1000:
                del self.spoke[first]

    # ---- reading

    def may_read(self, person: str, number: int) -> bool:
        return any(stay.may_read(number) for stay in self.stays.get(person, ()))

    def may_hear(self, person: str, number: int) -> bool:
        return any(stay.may_hear(number) for stay in self.stays.get(person, ()))

    def left_at(self, person: str) -> int:
        """Return the number of somebody's last exit."""
        return self.stays[person][-1].spells[-1][-1]

    def names_at(self, number: int) -> list[str]:
        """Return the names of those who were inside after an event, in the order they came."""
        members: dict[str, str] = {}
        for event, *_ in self.versions[:number]:
            match event:
                case Joined():
                    members[event.author] = event.name
                case Renamed() if event.author in members:
                    members[event.author] = event.new_name
                case Left():
                    members.pop(event.author, None)
                case _:
                    pass
        return list(members.values())
