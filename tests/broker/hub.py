"""A core with a journal in memory, driven turn by turn: no sockets, and time passed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from broker.core import Core
from broker.journal import StoredEntry, StoredPage
from broker.presence import Peer, PresenceSettings
from broker.records import RoomEntry
from broker.sqlite_journal import SqliteJournal
from broker.state import LOBBY, State
from broker.turns import finish_turn
from broker.welcome import CoreSettings
from protocol.codec import Malformed, decode_broadcast, decode_broker_batch
from protocol.errors import JournalUnavailable
from protocol.events import Event
from protocol.messages import (
    Broadcast,
    BrokerMessage,
    Command,
    Do,
    Hello,
    Join,
    PeerMessage,
    Say,
)

WALL_MS = 1_700_000_000_000
ENTER = Join(LOBBY)


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

    def recent(self, room: str, before: int, count: int) -> list[bytes]:
        self._see()
        return self.journal.recent(room, before, count)

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

    def to(self, who: Peer) -> list[BrokerMessage]:
        return self.replies.get(who, [])

    @property
    def events(self) -> list[Event]:
        return [e for _, b in self.published for e in getattr(b, "events", ())]


class Hub:
    """A broker that takes turns when told."""

    def __init__(self, presence: PresenceSettings | None = None, disk: Disk | None = None) -> None:
        self.disk = disk or Disk()
        self.now = 100.0
        self.settings = CoreSettings(
            presence or PresenceSettings(), publish="pub", publish_trusted="ipc:pub"
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
        for entry, _ in self.disk.committed:
            state.apply(entry)
        return state

    def room_numbers(self, room: str = LOBBY) -> list[int]:
        return [
            entry.event.number
            for entry, _ in self.disk.committed
            if isinstance(entry, RoomEntry) and entry.room == room
        ]
