"""The questions and their answers: they change nothing, and may be repeated.

Specified in ``docs/reference/protocol.md``, section "Questions".
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from protocol.events import AnyEvent, Milliseconds, Number
from protocol.limits import LARGEST_NUMBER

Positive = Annotated[int, msgspec.Meta(ge=1, le=LARGEST_NUMBER)]


class Kind(StrEnum):
    """What a room is, from its making on."""

    PUBLIC = "public"
    PRIVATE = "private"
    TALK = "talk"


class Role(StrEnum):
    """What a person may do in a room, beyond speaking."""

    NONE = ""
    OPERATOR = "operator"
    OWNER = "owner"


# ---- questions


class Who(msgspec.Struct, frozen=True, array_like=True, tag="who"):
    """Who is in a room: at most ``limit`` people who came in after room number ``after``."""

    room: str
    after: Number = 0
    limit: Positive = 200


class Page(msgspec.Struct, frozen=True, array_like=True, tag="page"):
    """The events of a room from ``first`` to ``last`` (0: to the head), cut at a page."""

    room: str
    first: Positive
    last: Number = 0


class Since(msgspec.Struct, frozen=True, array_like=True, tag="since"):
    """A page of a room's events from the first one at ``at`` or later."""

    room: str
    at: Milliseconds


class Recent(msgspec.Struct, frozen=True, array_like=True, tag="recent"):
    """The last ``limit`` messages of a room below number ``before`` (0: all)."""

    room: str
    limit: Positive = 20
    before: Number = 0


class Rooms(msgspec.Struct, frozen=True, array_like=True, tag="rooms"):
    """The rooms that the person may know of, by name: at most ``limit`` after ``after``."""

    after: str = ""
    limit: Positive = 200


class Whois(msgspec.Struct, frozen=True, array_like=True, tag="whois"):
    """Who somebody is."""

    who: str


class Bans(msgspec.Struct, frozen=True, array_like=True, tag="bans"):
    """Who is banned or muted; an empty ``room`` stands for the whole broker. For operators."""

    room: str


class Acts(msgspec.Struct, frozen=True, array_like=True, tag="acts"):
    """What operators did in a room: the last ``limit`` of their events below ``before``."""

    room: str
    limit: Positive = 50
    before: Number = 0


class Search(msgspec.Struct, frozen=True, array_like=True, tag="search"):
    """Messages that hold all of ``words``, newest first, in the rooms that the person is in.

    Attributes:
        words: what to look for.
        room: only in this room; empty for all.
        author: only by this person, a name or public id; empty for all.
        after: only at this time or later, in milliseconds since 1970; 0 for all.
        before: only earlier than this; 0 for all.
        limit: how many at most.
        older: only older ones than where the answer before ended (its ``older``); 0 for all.
    """

    words: str
    room: str = ""
    author: str = ""
    after: Milliseconds = 0
    before: Milliseconds = 0
    limit: Positive = 20
    older: Number = 0


# ---- what only the administrator of the broker's machine may ask


class Everybody(msgspec.Struct, frozen=True, array_like=True, tag="everybody"):
    """Who is in the whole broker, by id: at most ``limit`` people after ``after``."""

    after: str = ""
    limit: Positive = 200


class Stats(msgspec.Struct, frozen=True, array_like=True, tag="stats"):
    """Numbers about the broker."""


class Backup(msgspec.Struct, frozen=True, array_like=True, tag="backup"):
    """Write a copy of the journal to ``path``, an absolute one on the broker's machine.

    There must be no such file yet. The answer comes when the copy is complete.
    """

    path: str


AdminQuestion = Everybody | Stats | Backup
Question = Who | Page | Since | Recent | Rooms | Whois | Bans | Acts | Search | AdminQuestion


# ---- answers; an answer of events is `protocol.messages.Events`


class Person(msgspec.Struct, frozen=True, array_like=True):
    """One line of a roster. ``joined`` is the room number at which the person came in."""

    id: str
    user_id: str
    name: str
    joined: Number
    role: Role = Role.NONE
    away: bool = False
    why: str = ""


class People(msgspec.Struct, frozen=True, array_like=True, tag="people"):
    """Who is in ``room`` at number ``at``, in the order in which they came; ``total`` in all."""

    room: str
    at: Number
    total: Number
    people: tuple[Person, ...] = ()


class RoomLine(msgspec.Struct, frozen=True, array_like=True):
    """One room of a list. ``member`` and ``invited`` are the asker's."""

    room: str
    kind: Kind
    people: Number
    subject: str = ""
    member: bool = False
    invited: bool = False


class RoomList(msgspec.Struct, frozen=True, array_like=True, tag="room_list"):
    """Rooms by name, conversations of two left out; ``total`` in all."""

    total: Number
    rooms: tuple[RoomLine, ...] = ()


class Described(msgspec.Struct, frozen=True, array_like=True, tag="described"):
    """Who somebody is.

    Attributes:
        id: the public id.
        user_id: what people see as the person's ID.
        name: the name.
        door: how the person came in.
        since: when the session was opened, in milliseconds since 1970.
        idle: seconds since the person last did something.
        connected: False while the person is held for the grace period.
        rooms: the rooms that both are in, conversations of two left out.
        away: whether the person is away, and ``why``.
        operator: whether of the whole broker.
        address: the IP address of the person; only told to administrators.
    """

    id: str
    user_id: str
    name: str
    door: str
    since: Milliseconds
    idle: Number
    connected: bool = True
    rooms: tuple[str, ...] = ()
    away: bool = False
    why: str = ""
    operator: bool = False
    address: str = ""


class BanLine(msgspec.Struct, frozen=True, array_like=True):
    """A ban, or a mute (``mute``).

    Attributes:
        who: the person's id; empty for an address.
        name: the person's name when it was made, or the address.
        by: the name of whoever made it.
        until: when it ends, in milliseconds since 1970; 0 for never.
        why: the reason given.
        mute: whether the person may read.
    """

    who: str
    name: str
    by: str
    until: Milliseconds = 0
    why: str = ""
    mute: bool = False


class BanList(msgspec.Struct, frozen=True, array_like=True, tag="ban_list"):
    """The bans and mutes of a room, oldest first."""

    room: str
    bans: tuple[BanLine, ...] = ()


class Happened(msgspec.Struct, frozen=True, array_like=True, tag="happened"):
    """Events of a room that need not follow each other, oldest first."""

    room: str
    events: tuple[AnyEvent, ...] = ()


class Hit(msgspec.Struct, frozen=True, array_like=True):
    """A message that was found."""

    room: str
    event: AnyEvent


class Found(msgspec.Struct, frozen=True, array_like=True, tag="found"):
    """What a search found, newest first.

    ``older`` asks for what comes after; 0: that is all. ``behind``: the index has not yet read
    everything that is kept.
    """

    hits: tuple[Hit, ...] = ()
    older: Number = 0
    behind: bool = False


class Everyone(msgspec.Struct, frozen=True, array_like=True, tag="everyone"):
    """People of the whole broker by id, with all their rooms; ``total`` in all."""

    total: Number
    people: tuple[Described, ...] = ()


class Counted(msgspec.Struct, frozen=True, array_like=True, tag="counted"):
    """Numbers about the broker.

    Attributes:
        started: when it was started, in milliseconds since 1970.
        people: sessions, those that are held for the grace period included.
        connected: sessions that are connected.
        connections: connections that have said hello.
        rooms: rooms with people in them.
        private: how many of these are private.
        talks: conversations of two.
        events: events of all rooms since they were made.
        operators: operators of the whole broker.
        bans: bans from the whole broker.
        mutes: mutes in the whole broker.
    """

    started: Milliseconds
    people: Number
    connected: Number
    connections: Number
    rooms: Number
    private: Number
    talks: Number
    events: Number
    operators: Number
    bans: Number
    mutes: Number


class BackedUp(msgspec.Struct, frozen=True, array_like=True, tag="backed_up"):
    """The copy at ``path`` is complete, with ``size`` bytes."""

    path: str
    size: Number
