"""The messages between a peer and the broker, as tagged structs (JSON arrays on the wire).

A peer sends batches of :data:`PeerMessage` on DEALER; the broker answers with batches of
:data:`BrokerMessage` and publishes one :data:`Broadcast` a message on XPUB. Specified in
``docs/reference/protocol.md``. ``session`` is always the number by which a connection names one of
its sessions; a connection never uses such a number again.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from protocol.commands import Command
from protocol.events import AnyEvent, Number
from protocol.limits import PROTOCOL_VERSION, Limits
from protocol.questions import (
    BackedUp,
    BanList,
    Counted,
    Described,
    Everyone,
    Found,
    Happened,
    Kind,
    People,
    Positive,
    Question,
    RoomList,
)

# ---- peer to broker

ADMIN_DOOR: Final = "admin"
"""The door of who administers the broker from its machine; only a trusted connection has it."""


class Hello(msgspec.Struct, frozen=True, array_like=True, tag="hello"):
    """Open a session, or resume the one that the token names.

    Attributes:
        session: the connection's number for it.
        token: 32 hexadecimal digits made from 128 random bits by the peer.
        version: the protocol's number.
        name: the name wanted; empty for the person's ID.
        door: how the person came in (``client``, ``nc``, …).
        address: the person's ``ip:port``; only a trusted connection may state it.
        carrier: which gateway carries the session; only a trusted connection may state it.
        link: random, the same for all connections that one process makes; may be empty.
        attempt: counts the connections of that process. What arrives late on an older connection
            never takes a session away from a newer one.
    """

    session: Positive
    token: str
    version: int = PROTOCOL_VERSION
    name: str = ""
    door: str = "client"
    address: str = ""
    carrier: str = ""
    link: str = ""
    attempt: Number = 0


class Do(msgspec.Struct, frozen=True, array_like=True, tag="do"):
    """Carry out a command, the session's ``n``-th."""

    session: Positive
    n: Positive
    command: Command


class Ask(msgspec.Struct, frozen=True, array_like=True, tag="ask"):
    """Answer a question; ``request`` comes back with the answer."""

    session: Positive
    request: Positive
    question: Question


class Active(msgspec.Struct, frozen=True, array_like=True, tag="active"):
    """The person typed something that made no command; at most once a second."""

    session: Positive


class Carried(msgspec.Struct, frozen=True, array_like=True, tag="carried"):
    """A gateway has said hello for all that it carries; its other sessions leave at once."""

    carrier: str


class Beat(msgspec.Struct, frozen=True, array_like=True, tag="beat"):
    """I am here."""


PeerMessage = Hello | Do | Ask | Active | Carried | Beat

# ---- broker to peer


class RoomHead(msgspec.Struct, frozen=True, array_like=True):
    """A room that the session is in.

    Attributes:
        room: its name.
        head: the number of its last event.
        joined: the number at which the session came in.
        kind: what it is; the events of a public one are published, those of others come here.
        subject: what it is about; may be empty.
        first: the lowest number that the person may read.
        other: the other person's id in a conversation of two.
        other_name: and their name, as far as it is known.
    """

    room: str
    head: Number
    joined: Number
    kind: Kind = Kind.PUBLIC
    subject: str = ""
    first: Number = 1
    other: str = ""
    other_name: str = ""


class Ignored(msgspec.Struct, frozen=True, array_like=True):
    """A person whose words the doors hide from this one; ``name`` as it was last known."""

    id: str
    name: str


class Welcome(msgspec.Struct, frozen=True, array_like=True, tag="welcome"):
    """The answer to ``hello``.

    Attributes:
        session: as in the hello.
        id: the session's public, stable id; events name their author by it.
        user_id: what people see as the person's ID.
        name: the session's name now.
        resumed: False when the session was opened (or opened again after it was lost).
        applied: the last command number applied; the next is one more.
        journal: the journal's id. When it changes, forget every number.
        heartbeat: milliseconds between two beats.
        timeout: milliseconds of silence after which either end is given up.
        publish: the XPUB endpoint; a host of ``*`` stands for the one connected to.
        lobby: the room that everybody enters first.
        rooms: the rooms that the session is in.
        limits: see :class:`protocol.limits.Limits`.
        message_of_the_day: shown once, when the person comes in; may be empty.
        ignored: whose words the doors hide.
        away: whether the person is away, and ``why``.
        operator: whether the person is an operator of the whole broker.
    """

    session: Positive
    id: str
    user_id: str
    name: str
    resumed: bool
    applied: Number
    journal: str
    heartbeat: Positive
    timeout: Positive
    publish: str
    lobby: str
    rooms: tuple[RoomHead, ...] = ()
    limits: Limits = Limits()
    message_of_the_day: str = ""
    ignored: tuple[Ignored, ...] = ()
    away: bool = False
    why: str = ""
    operator: bool = False


class Ack(msgspec.Struct, frozen=True, array_like=True, tag="ack"):
    """Every command up to ``n`` is applied and committed."""

    session: Positive
    n: Positive


class Refused(msgspec.Struct, frozen=True, array_like=True, tag="refused"):
    """A hello (``n`` and ``request`` 0), command (``n``) or question (``request``) was refused."""

    session: Number
    n: Number
    request: Number
    code: str
    sentence: str = ""
    fields: dict[str, int | str] = {}


class Events(msgspec.Struct, frozen=True, array_like=True, tag="events"):
    """Consecutive events of a room: a broadcast, a page of history, or what members are sent.

    Members are sent the events of rooms that are not public. ``oldest`` is the lowest number still
    kept, and ``head`` the highest; both are stated in pages.
    """

    journal: str
    room: str
    events: tuple[AnyEvent, ...] = ()
    oldest: Number = 0
    head: Number = 0


AnyAnswer = (
    People
    | Events
    | RoomList
    | Described
    | BanList
    | Happened
    | Found
    | Everyone
    | Counted
    | BackedUp
)
"""What a question can be answered with."""


class Answer(msgspec.Struct, frozen=True, array_like=True, tag="answer"):
    """The answer to question ``request``."""

    session: Positive
    request: Number
    answer: AnyAnswer


class Entered(msgspec.Struct, frozen=True, array_like=True, tag="entered"):
    """The answer to ``join`` (or to the first ``tell``): the person's view starts at ``number``.

    It comes unasked, with ``n`` 0, to whom somebody tells something for the first time.
    ``recent`` are the last messages before it that the person may read, ``total`` the people in
    the room at ``number``, ``head`` the room's head when this was answered; the rest is as in
    :class:`RoomHead`.
    """

    session: Positive
    n: Number
    journal: str
    room: str
    number: Number
    head: Number
    total: Number
    recent: tuple[AnyEvent, ...] = ()
    kind: Kind = Kind.PUBLIC
    subject: str = ""
    first: Number = 1
    other: str = ""
    other_name: str = ""


class Invitation(msgspec.Struct, frozen=True, array_like=True, tag="invitation"):
    """Somebody (``by``, called ``name``) invited the person into a room."""

    session: Positive
    room: str
    by: str
    name: str
    kind: Kind = Kind.PRIVATE


class Ignoring(msgspec.Struct, frozen=True, array_like=True, tag="ignoring"):
    """Whose words the doors hide from this person now."""

    session: Positive
    ignored: tuple[Ignored, ...] = ()


class Head(msgspec.Struct, frozen=True, array_like=True, tag="head"):
    """The head of a room; ``journal`` says of which numbering."""

    journal: str
    room: str
    head: Number


class Alive(msgspec.Struct, frozen=True, array_like=True, tag="alive"):
    """The answer to ``beat``: the heads that moved since the last answer."""

    journal: str
    heads: tuple[tuple[str, Number], ...] = ()


class Warned(msgspec.Struct, frozen=True, array_like=True, tag="warned"):
    """The session will be put out for idling in ``seconds`` unless the person types."""

    session: Positive
    seconds: Number


class End(StrEnum):
    """Why the broker ended a session."""

    TAKEN_OVER = "taken_over"
    IDLE = "idle"
    KICKED = "kicked"
    BANNED = "banned"


class Ended(msgspec.Struct, frozen=True, array_like=True, tag="ended"):
    """The session is over on this connection; do not come back by yourself.

    ``code`` is one of :class:`End`, or one of a later Hubbub.
    """

    session: Positive
    code: str
    sentence: str = ""
    fields: dict[str, int | str] = {}


class Stopping(msgspec.Struct, frozen=True, array_like=True, tag="stopping"):
    """The broker stops on purpose; sessions may be resumed when it is back."""

    sentence: str = ""


Broadcast = Events | Head
BrokerMessage = (
    Welcome
    | Ack
    | Refused
    | Answer
    | Entered
    | Invitation
    | Ignoring
    | Alive
    | Warned
    | Ended
    | Stopping
    | Events
    | Head
)
