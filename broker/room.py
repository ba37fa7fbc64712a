"""A room of the journaled state: its members, what it is, and who may do what in it."""

from __future__ import annotations

import msgspec

from protocol.limits import LAST_WORDS_KEPT
from protocol.questions import Kind, Role
from protocol.room_names import TALK_SIGN


class Ban(msgspec.Struct, frozen=True):
    """Somebody, or an address, is kept out.

    Attributes:
        who: the person's id; empty for an address.
        name: the person's name when it was made, or the address.
        by: the name of whoever made it.
        until: when it ends, in milliseconds since 1970; 0 for never.
        why: the reason given.
    """

    who: str
    name: str
    by: str
    until: int = 0
    why: str = ""

    @property
    def subject(self) -> str:
        """Who or what it concerns: a person's id, or an address."""
        return self.who or self.name

    def holds(self, wall_ms: int) -> bool:
        """Return whether it has not ended."""
        return not self.until or wall_ms < self.until


class Room(msgspec.Struct, omit_defaults=True):
    """A numbered sequence of events and the people in it, in the order in which they came.

    Attributes:
        name: as stored, without ``#``.
        head: the number of its last event.
        members: the people in it, each with the number of their ``joined``.
        kind: what it is, for life.
        subject: what it is about.
        owner: the person who made it; empty when that person is gone for good.
        operators: people who may moderate it.
        slow: seconds between two messages of one person; 0 for none.
        readers: who may come back into a room that is not public, each with the lowest number that
            they may read.
        invited: who may come into a private room.
        muted: people who may not speak, by id.
        bans: who is kept out, by id or address.
        last_said: the last message of each of the latest speakers, oldest first.
        slow_since: when each speaker last spoke in slow mode, in milliseconds since 1970.
    """

    name: str
    head: int = 0
    members: dict[str, int] = {}
    kind: Kind = Kind.PUBLIC
    subject: str = ""
    owner: str = ""
    operators: list[str] = []
    slow: int = 0
    readers: dict[str, int] = {}
    invited: list[str] = []
    muted: dict[str, Ban] = {}
    bans: dict[str, Ban] = {}
    last_said: dict[str, int] = {}
    slow_since: dict[str, int] = {}

    @property
    def is_public(self) -> bool:
        """Whether anybody may read it."""
        return self.kind is Kind.PUBLIC

    @property
    def is_without_owner(self) -> bool:
        """Whether nobody is in it and nobody moderates it: who enters makes it again."""
        return not (self.members or self.owner or self.operators)

    def role(self, person: str) -> Role:
        """Return what ``person`` may do here."""
        if self.kind is Kind.TALK:
            return Role.NONE
        if person == self.owner:
            return Role.OWNER
        return Role.OPERATOR if person in self.operators else Role.NONE

    def first_for(self, person: str) -> int:
        """Return the lowest number that a member may read."""
        return 1 if self.kind is Kind.PUBLIC else self.readers.get(person, self.head + 1)

    def admits(self, person: str) -> bool:
        """Return whether ``person`` may come in, as far as the kind of the room goes."""
        if self.kind is Kind.PUBLIC:
            return True
        if self.kind is Kind.TALK:
            return person in pair(self.name)
        if person in self.readers or person in self.invited or self.role(person) is not Role.NONE:
            return True
        # Nobody is left who could ever come in or read it: it is anybody's again.
        return self.is_without_owner and not (self.readers or self.invited)

    def forget(self, person: str) -> None:
        """``person`` is gone for good; what was decided against them stays."""
        if self.owner == person:
            self.owner = ""
        if person in self.operators:
            self.operators = [other for other in self.operators if other != person]
        if person in self.invited:
            self.invited.remove(person)
        for people in (self.readers, self.muted, self.last_said, self.slow_since):
            people.pop(person, None)

    def shut_out(self, person: str) -> None:
        """``person`` comes into a private room only by another invitation, or by a role."""
        self.readers.pop(person, None)
        if person in self.invited:
            self.invited.remove(person)

    def put_out(self, person: str) -> None:
        """An operator had ``person`` leave a private room: a role would let them in again."""
        self.shut_out(person)
        self.operators = [other for other in self.operators if other != person]

    def spoke(self, person: str, number: int) -> bool:
        """``person`` said message ``number``: their last one; return whether none was known."""
        is_first = self.last_said.pop(person, None) is None
        self.last_said[person] = number
        if len(self.last_said) > LAST_WORDS_KEPT:
            del self.last_said[next(iter(self.last_said))]
        return is_first


def pair(talk: str) -> tuple[str, str]:
    """Return the ids of the two people of a conversation, by the name of its room."""
    first, _, second = talk.removeprefix(TALK_SIGN).partition(":")
    return first, second


def other_in(talk: str, person: str) -> str:
    """Return the id of the other person of a conversation."""
    first, second = pair(talk)
    return second if person == first else first
