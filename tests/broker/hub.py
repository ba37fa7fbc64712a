"""A core with a journal in memory, driven turn by turn: no sockets, and time passed in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from broker.core import Core
from broker.journal import StoredEntry, StoredPage
from broker.presence import Peer, PresenceSettings
from broker.records import RoomEntry
from broker.sqlite_journal import SqliteJournal
from broker.state import LOBBY, State
from broker.turn import Copying, Searching
from broker.turns import finish_turn
from broker.welcome import CoreSettings
from protocol.codec import Malformed, decode_broadcast, decode_broker_batch
from protocol.commands import Command, Join, Say
from protocol.errors import JournalUnavailable
from protocol.events import Event
from protocol.limits import Limits
from protocol.messages import (
    Answer,
    Ask,
    Broadcast,
    BrokerMessage,
    Do,
    Events,
    Hello,
    PeerMessage,
    Refused,
)
from protocol.questions import Question

WALL_MS = 1_700_000_000_000
ENTER = Join(LOBBY)
UNLIMITED = Limits(burst=0, joins_per_minute=0, renames_per_minute=0, sessions_per_address=0)


def token(number: int) -> str:
    return f"{number:032x}"


def peer(number: int, *, trusted: bool = False) -> Peer:
    return Peer(trusted, number.to_bytes(4, "big"))


def new_journal(keep_messages: int = 0) -> SqliteJournal:
    return SqliteJournal(
        None,
        fsync=False,
        keep_messages=keep_messages,
        keep_days=0,
        boot_id="b",
        new_id=lambda: "j",
    )


class Disk:
    """A journal that refuses commits, or reads, while it is told to."""

    def __init__(self, keep_messages: int = 0) -> None:
        self.full = False
        self.blind = False
        self.journal = new_journal(keep_messages)
        self.committed: list[StoredEntry] = []

    @property
    def id(self) -> str:
        return self.journal.id

    def load(self) -> State:
        return self.journal.load()

    def commit(self, entries: Sequence[StoredEntry]) -> None:
        self.probe()
        self.journal.commit(entries)
        self.committed += entries

    def probe(self) -> None:
        if self.full:
            raise JournalUnavailable("the disk is full")

    def page(self, room: str, first: int, last: int, count: int, size: int) -> StoredPage:
        self._see()
        return self.journal.page(room, first, last, count, size)

    def recent(self, room: str, before: int, count: int, first: int = 1) -> list[bytes]:
        self._see()
        return self.journal.recent(room, before, count, first)

    def acts(self, room: str, before: int, count: int, first: int = 1) -> list[bytes]:
        self._see()
        return self.journal.acts(room, before, count, first)

    def since(self, room: str, at: int) -> int:
        self._see()
        return self.journal.since(room, at)

    def event(self, room: str, number: int) -> bytes | None:
        self._see()
        return self.journal.event(room, number)

    def events(self, room: str, numbers: Iterable[int]) -> dict[int, bytes]:
        self._see()
        return self.journal.events(room, numbers)

    def maintain(self, state: State, wall_ms: int) -> bool:
        return self.journal.maintain(state, wall_ms)

    def close(self, state: State | None) -> None:
        self.journal.close(state)

    def _see(self) -> None:
        if self.blind:
            raise JournalUnavailable("the disk gives no answer")


@dataclass
class Left:
    """What left in one turn."""

    replies: dict[Peer, list[BrokerMessage]] = field(default_factory=dict)
    published: list[tuple[bytes, Broadcast]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    searches: list[Searching] = field(default_factory=list)
    copies: list[Copying] = field(default_factory=list)

    def to(self, who: Peer) -> list[BrokerMessage]:
        return self.replies.get(who, [])

    def heard(self, who: Peer) -> list[Any]:
        """Return the events of rooms that are not public that ``who`` was sent."""
        return [e for m in self.to(who) if isinstance(m, Events) for e in m.events]

    @property
    def events(self) -> list[Event]:
        return [e for _, b in self.published for e in getattr(b, "events", ())]


class Hub:
    """A broker that takes turns when told."""

    def __init__(
        self,
        presence: PresenceSettings | None = None,
        disk: Disk | None = None,
        limits: Limits = UNLIMITED,
        max_rooms: int = 10_000,
    ) -> None:
        self.disk = disk or Disk()
        self.now = 100.0
        self.settings = CoreSettings(
            presence or PresenceSettings(),
            publish="pub",
            publish_trusted="ipc:pub",
            limits=limits,
            max_rooms=max_rooms,
            message_of_the_day="Be kind.",
        )
        self.core = Core(self.disk.load(), self.disk.id, self.settings, self.now)
        self._n: dict[Peer, int] = {}

    def restart(self) -> None:
        """Kill the broker and start it again."""
        self.core = Core(self.disk.load(), self.disk.id, self.settings, self.now)

    @property
    def state(self) -> State:
        return self.core.state

    @contextmanager
    def turn(self) -> Iterator[Left]:
        """Have a turn; what left is there after the block."""
        left = Left()
        self.core.begin(self.now, WALL_MS + round(self.now * 1000))
        yield left
        outgoing, _ = finish_turn(self.core, self.disk)
        left.searches += outgoing.searches
        left.copies += outgoing.copies
        for who, body in outgoing.replies:
            left.bodies.append(body)
            left.replies.setdefault(who, []).extend(decode_broker_batch(body))
        for topic, body in outgoing.published:
            left.bodies.append(body)
            left.published.append((topic, decode_broadcast(body)))

    def send(self, who: Peer, *messages: PeerMessage | Malformed) -> list[BrokerMessage]:
        """Have a turn with one batch; return the answers to it."""
        with self.turn() as left:
            self.core.receive(who, messages)
        return left.to(who)

    def act(self, action: Callable[[Core], None]) -> Left:
        """Have a turn with some other input."""
        with self.turn() as left:
            action(self.core)
        return left

    def wait(self, seconds: float) -> Left:
        """Let time pass at once, and have a turn."""
        self.now += seconds
        return self.act(Core.tick)

    def enter(self, number: int, name: str, door: str = "client") -> Peer:
        """Let somebody say hello and join the lobby, as session 1 of an own connection."""
        who = peer(number)
        self.send(who, Hello(1, token(number), name=name, door=door), Do(1, 1, ENTER))
        self._n[who] = 1
        return who

    def do(self, who: Peer, command: Command) -> list[BrokerMessage]:
        """Carry out the next command of somebody who entered, one turn for it."""
        self._n[who] += 1
        return self.send(who, Do(1, self._n[who], command))

    def carry_out(self, who: Peer, command: Command) -> Left:
        """Carry out the next command of session 1; return all that left in that turn."""
        n = self.applied(who) + 1
        left = self.act(lambda core: core.receive(who, [Do(1, n, command)]))
        assert not [m for m in left.to(who) if isinstance(m, Refused)], left.to(who)
        self._n[who] = n
        return left

    def refusal(self, who: Peer, asked: Command | Question) -> Refused:
        """Return the refusal of a command or question, which nobody else hears of."""
        if isinstance(asked, Question):
            left = self.act(lambda core: core.receive(who, [Ask(1, 1, asked)]))
        else:
            n = self.applied(who) + 1
            left = self.act(lambda core: core.receive(who, [Do(1, n, asked)]))
        assert not left.published
        assert list(left.replies) == [who]
        (refused,) = left.to(who)
        assert isinstance(refused, Refused)
        return refused

    def answer(self, who: Peer, question: Question) -> Any:
        """Return the answer to a question."""
        (answer,) = self.send(who, Ask(1, 1, question))
        assert isinstance(answer, Answer), answer
        return answer.answer

    def applied(self, who: Peer) -> int:
        session = self.core._desk.session_of(who, 1)
        return session.applied if session is not None else 0

    def say(self, who: Peer, text: str) -> list[BrokerMessage]:
        return self.do(who, Say(LOBBY, text))

    def session(self, name: str) -> str:
        """Return the id of the session that wears ``name``."""
        found = self.state.owner_of(name)
        assert found is not None
        return found

    def fold(self) -> State:
        """Return the fold of everything that was committed."""
        state = State()
        for stored in self.disk.committed:
            state.apply(stored.entry)
        return state

    def room_numbers(self, room: str = LOBBY) -> list[int]:
        return [
            entry.event.number
            for entry in (stored.entry for stored in self.disk.committed)
            if isinstance(entry, RoomEntry) and entry.room == room
        ]
