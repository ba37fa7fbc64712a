"""The peer's half of the protocol: one connection, its sessions, and their rooms. Pure.

The owner opens sessions, submits commands and asks questions; the adapter passes in what arrives
and the time. After either, :meth:`Link.take_actions`, :meth:`Link.take_notices` and
:meth:`Link.flush` say what to do with the sockets, what happened, and what to send.
Specified in ``docs/reference/protocol.md``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from client import actions, notices
from client.connection import Connection
from client.exchange import Exchange
from client.notices import Status
from protocol import codec
from protocol.errors import Code, MessageError
from protocol.limits import COMMAND_BATCH_BYTES
from protocol.messages import Active, Alive, Beat, BrokerMessage, Carried, Hello, Refused, Welcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.actions import Action
    from client.notices import Notice
    from protocol.commands import Command
    from protocol.questions import Question

GOODBYE_WITHIN_S: Final = 5.0
"""Programs that leave wait no longer for the broker's word; a person at a screen is more hasty."""


class Link:
    """One connection to a broker, made again as often as needed.

    Args:
        random: returns a number from 0 to 1, for jitter.
        name: made from random bits; tells the broker which connections are this link's.
        carrier: the gateway's name for itself; empty for a peer with one session.
        attempts: connections that earlier processes made under this name.
    """

    def __init__(
        self, random: Callable[[], float], name: str, carrier: str = "", attempts: int = 0
    ) -> None:
        self._name = name
        self._carrier = carrier
        self._attempt = attempts
        self._batch_bytes = COMMAND_BATCH_BYTES
        self._connection = Connection(random)
        self._exchange = Exchange(random)
        self._last_session = 0

    # ---- for the owner

    @property
    def status(self) -> Status:
        """The state of the connection."""
        return self._connection.status

    @property
    def round_trip(self) -> float | None:
        """Seconds that the last answered heartbeat took there and back; None before the first."""
        return self._connection.round_trip

    @property
    def beat_waits_since(self) -> float | None:
        """When the oldest heartbeat without an answer was sent; None if there is none."""
        return self._connection.beat_waits_since

    @property
    def holes(self) -> int:
        """How often events were lost on the way; what came before broadcasts did is not lost."""
        return self._exchange.rooms.holes

    @property
    def repaired(self) -> int:
        """How many events were lost on the way and came by asking for them."""
        return self._exchange.rooms.repaired

    @property
    def has_hole(self) -> bool:
        """Whether events that were lost have not come yet."""
        return self._exchange.rooms.has_hole

    def open(
        self, token: str, now: float, *, name: str = "", door: str = "client", address: str = ""
    ) -> int:
        """Open the session that ``token`` names; return the number by which the link knows it."""
        self._last_session += 1
        hello = Hello(
            self._last_session,
            token,
            name=name,
            door=door,
            address=address,
            carrier=self._carrier,
            link=self._name,
            attempt=self._attempt,
        )
        self._exchange.sessions.add(hello)
        if self.status is not Status.WAITING:
            self._exchange.out.send(hello)
            self._connection.spoke(now)
        return hello.session

    def submit(self, session: int, command: Command) -> int:
        """Queue a command; return its serial. It is sent until it is settled or refused."""
        return self._exchange.submit(session, command)

    def ask(self, session: int, question: Question) -> int:
        """Ask a question; return its request number. It is asked until it is answered."""
        return self._exchange.ask(session, question)

    def active(self, session: int) -> None:
        """The person typed something that made no command; at most once a second."""
        if self._exchange.sessions.carried(session).welcomed:
            self._exchange.out.send(Active(session))

    def unsettled(self, session: int) -> int:
        """Return how many of the session's commands are not yet settled; 0 once it is over."""
        carried = self._exchange.sessions.by_number.get(session)
        return len(carried.outbox) if carried else 0

    # ---- for the adapter

    def replied(self, body: bytes, now: float) -> None:
        """Take a message from the DEALER."""
        if self.status is Status.WAITING:
            return
        self._connection.heard(now)
        try:
            messages = codec.decode_broker_batch(body)
        except MessageError:
            return
        for message in messages:
            if not self._handle(message, now):
                return

    def published(self, body: bytes, now: float) -> None:
        """Take a message from the SUB."""
        try:
            message = codec.decode_broadcast(body)
        except MessageError:
            return
        self._exchange.published(message, now)

    def disconnected(self, now: float) -> None:
        """The DEALER's connection was seen to break, or could not be made."""
        if self.status is not Status.WAITING:
            self._lost(now)

    def broadcasts_lost(self, now: float) -> None:
        """The SUB's connection was seen to break, or could not be made."""
        if self.status is Status.CONNECTED:
            self._exchange.rooms.broadcasts_lost(now)

    def tick(self, now: float) -> None:
        """Do what is due by now."""
        if self._connection.attempt_due(now):
            self._connect(now)
        elif self._connection.given_up(now):
            self._lost(now)
        elif self._connection.beat_due(now):
            self._exchange.out.send(Beat())
        if self.status is not Status.WAITING:
            self._exchange.tick(now)

    def next_deadline(self) -> float | None:
        """Return when :meth:`tick` has something to do, or None."""
        times = [self._connection.next_deadline()]
        if self.status is not Status.WAITING:
            times.append(self._exchange.next_deadline())
        return min((time for time in times if time is not None), default=None)

    def flush(self, now: float) -> list[bytes]:
        """Return the messages to send now, in order, each below the broker's limit."""
        return list(codec.batches(self._exchange.take_messages(now), self._batch_bytes))

    def take_actions(self) -> list[Action]:
        """Return what to do with the sockets, in order, and forget it."""
        out = self._exchange.out
        taken, out.actions = out.actions, []
        return taken

    def take_notices(self) -> list[Notice]:
        """Return what the owner is to know, in order, and forget it."""
        out = self._exchange.out
        taken, out.notices = out.notices, []
        return taken

    # ---- the connection

    def _connect(self, now: float) -> None:
        self._exchange.out.act(actions.Connect())
        self._attempt += 1
        for session in self._exchange.sessions.by_number.values():
            session.hello = msgspec.structs.replace(session.hello, attempt=self._attempt)
            self._exchange.out.send(session.hello)
        if self._carrier and self._exchange.sessions.by_number:
            self._exchange.out.send(Carried(self._carrier))
        self._connection.connecting(now, expects_answer=bool(self._exchange.sessions.by_number))

    def _lost(self, now: float) -> None:
        self._connection.lost(now)
        self._exchange.connection_lost(now)
        retry_at = self._connection.retry_at
        self._exchange.out.tell(notices.StatusChanged(Status.WAITING, retry_at))

    def _handle(self, message: BrokerMessage, now: float) -> bool:
        """Take a message; return whether the connection is still good."""
        if isinstance(message, Refused) and message.code == Code.HELLO_REQUIRED:
            self._lost(now)
            return False
        if isinstance(message, Alive):
            self._connection.beat_answered(now)
        elif isinstance(message, Welcome):
            self._welcomed(message, now)
        self._exchange.handle(message, now)
        if self._exchange.commands.out_of_step:
            self._lost(now)
            return False
        return True

    def _welcomed(self, welcome: Welcome, now: float) -> None:
        heartbeat, timeout = welcome.heartbeat / 1000, welcome.timeout / 1000
        if self._connection.welcomed(heartbeat, timeout, now):
            self._exchange.out.tell(notices.StatusChanged(Status.CONNECTED))
            self._batch_bytes = min(COMMAND_BATCH_BYTES, welcome.limits.batch)
            self._exchange.memberships.came_up(welcome, now)
