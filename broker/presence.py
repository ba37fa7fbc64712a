"""Who is connected, and until when: the volatile half of the broker. Never journaled."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple

from protocol.deadlines import Deadlines


class Peer(NamedTuple):
    """The address of a connection: which pair of sockets, and its routing id (never shown)."""

    trusted: bool
    routing_id: bytes


@dataclass(slots=True)
class Connection:
    """One DEALER that has said hello.

    Attributes:
        peer: where it is.
        sessions: its sessions by the number that it gave them.
        told: the heads that it was told in answers to its heartbeats; 0 is to be told.
        link: which process made it, by its own word; empty if it did not say.
        attempt: counts the connections of that process.
    """

    peer: Peer
    link: str = ""
    attempt: int = 0
    sessions: dict[int, str] = field(default_factory=dict)
    told: dict[str, int] = field(default_factory=dict)

    def is_older_than(self, link: str, attempt: int) -> bool:
        """Return whether the same process made the connection ``attempt`` after this one."""
        return bool(link) and self.link == link and self.attempt < attempt


class Attachment(NamedTuple):
    """Where a session is connected, and its number there."""

    connection: Connection
    number: int


class Due(Enum):
    """What happens to a session at a deadline."""

    GRACE_ENDS = auto()
    IDLE_WARNING = auto()
    IDLE_ENDS = auto()


@dataclass(frozen=True, slots=True)
class PresenceSettings:
    """Intervals in seconds. ``idle`` 0 turns idling off; it applies to ``idle_doors``."""

    timeout: float = 15.0
    grace: float = 30.0
    idle: float = 60.0
    idle_warning: float = 15.0
    idle_doors: frozenset[str] = frozenset({"nc"})


class Presence:
    """Connections, what they carry, and every deadline of the broker.

    Attributes:
        connections: who has said hello.
        attached: where each session is connected.
        changes: counts how often a session was connected or ceased to be.
    """

    def __init__(self, settings: PresenceSettings, now: float = 0.0) -> None:
        self._settings = settings
        self._started = now
        limit = settings.idle
        self._idle_after = {
            Due.IDLE_WARNING: max(limit - settings.idle_warning, limit / 2),
            Due.IDLE_ENDS: limit,
        }
        self.connections: dict[Peer, Connection] = {}
        self.attached: dict[str, Attachment] = {}
        self.changes = 0
        self._active_at: dict[str, float] = {}
        self._silence: Deadlines[Peer] = Deadlines()
        self._sessions: Deadlines[tuple[Due, str]] = Deadlines()

    # ---- connections

    def heard(self, connection: Connection, now: float) -> None:
        """Any message proves that the peer is there."""
        self._silence.set(connection.peer, now + self._settings.timeout)

    def connect(self, peer: Peer, link: str, attempt: int, now: float) -> Connection:
        """Return the connection of ``peer``, made if need be."""
        connection = self.connections.get(peer)
        if connection is None:
            connection = self.connections[peer] = Connection(peer, link, attempt)
        self.heard(connection, now)
        return connection

    def drop(self, peer: Peer, now: float) -> None:
        """Forget a connection; its sessions are held for the grace period."""
        connection = self.connections.pop(peer, None)
        self._silence.cancel(peer)
        if connection is None:
            return
        self.changes += 1
        for session in connection.sessions.values():
            del self.attached[session]
            self.hold(session, now)

    # ---- sessions

    def attach(self, session: str, door: str, connection: Connection, number: int, now: float) -> (
        Attachment | None
    ):  # fmt: skip
        """Connect a session; return where it was connected until now, if elsewhere."""
        self.changes += 1
        before = self.attached.get(session)
        if before is not None:
            del before.connection.sessions[before.number]
        connection.sessions[number] = session
        self.attached[session] = Attachment(connection, number)
        self._sessions.cancel((Due.GRACE_ENDS, session))
        self._active_at.setdefault(session, now)
        self._start_idling(session, door, now)
        moved = before is not None and (before.connection, before.number) != (connection, number)
        return before if moved else None

    def forget(self, session: str) -> Attachment | None:
        """Drop everything about a session that is over; return where it was connected."""
        self.changes += 1
        self._active_at.pop(session, None)
        for due in Due:
            self._sessions.cancel((due, session))
        attachment = self.attached.pop(session, None)
        if attachment is not None:
            del attachment.connection.sessions[attachment.number]
        return attachment

    def hold(self, session: str, now: float) -> None:
        """Keep an unconnected session for the grace period."""
        self._sessions.cancel((Due.IDLE_WARNING, session))
        self._sessions.cancel((Due.IDLE_ENDS, session))
        self._sessions.set((Due.GRACE_ENDS, session), now + self._settings.grace)

    def active(self, session: str, now: float) -> None:
        """The person did something: the idle clock starts again.

        This is only noted: moving two deadlines was a tenth of what a message costs. They are moved
        when they come up.
        """
        self._active_at[session] = now

    def idle_for(self, session: str, now: float) -> int:
        """Return the whole seconds since the person did something, or the broker started."""
        return max(0, int(now - self._active_at.get(session, self._started)))

    def _start_idling(self, session: str, door: str, now: float) -> None:
        if self._settings.idle and door in self._settings.idle_doors:
            self._idle_from(session, now)

    def _idle_from(self, session: str, at: float) -> None:
        for due, seconds in self._idle_after.items():
            self._sessions.set((due, session), at + seconds)

    def _is_put_off(self, when: float, due: Due, session: str) -> bool:
        """Move deadlines that came up at ``when``, if the person did something since."""
        if due is Due.GRACE_ENDS:
            return False
        active_at = self._active_at.get(session, self._started)
        if active_at + self._idle_after[due] <= when:
            return False
        self._idle_from(session, active_at)
        return True

    def reconcile(self, doors: dict[str, str], now: float) -> None:
        """Agree with a state that was rebuilt: ``doors`` are its sessions and how they came in."""
        for session in list(self.attached):
            if session not in doors:
                self.forget(session)
        for session, door in doors.items():
            if session in self.attached:
                if (Due.IDLE_ENDS, session) not in self._sessions:
                    self._start_idling(session, door, now)
            elif (Due.GRACE_ENDS, session) not in self._sessions:
                self.hold(session, now)
        for connection in self.connections.values():
            connection.told.clear()  # what was told may have been lost

    # ---- time

    def silent(self, now: float) -> list[Peer]:
        """Return the peers that were silent for too long."""
        return self._silence.expired(now)

    def due(self, now: float) -> list[tuple[Due, str]]:
        """Return the sessions' deadlines that have passed, earliest first."""
        return [key for key in self._sessions.expired(now) if not self._is_put_off(now, *key)]

    def next_deadline(self, *, sessions: bool) -> float | None:
        """Return when something is due next; ``sessions`` False leaves theirs out."""
        times = [self._silence.next(), self._next_of_sessions() if sessions else None]
        return min((time for time in times if time is not None), default=None)

    def _next_of_sessions(self) -> float | None:
        while (first := self._sessions.first()) is not None:
            when, key = first
            if not self._is_put_off(when, *key):
                return when
        return None

    @property
    def idle_seconds_left(self) -> int:
        """Whole seconds between the warning and the end."""
        limit = self._settings.idle
        return max(1, round(min(self._settings.idle_warning, limit / 2)))
