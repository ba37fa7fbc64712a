"""Any comings and goings, with answers and events lost: a link knows who is where, and reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from client.notices import RoomClosed, RoomEntered, RoomEvents, RoomLeft
from protocol.commands import Join, Leave
from protocol.endpoints import topic_of
from protocol.errors import Code
from protocol.events import Kicked, Reason
from protocol.messages import Ack, Alive, Answer, Ask, Do, Entered, Events, Hello, Refused, RoomHead
from protocol.questions import Kind, Page
from tests.client.scripted_broker import ScriptedBroker, joined, left, public_id, said

if TYPE_CHECKING:
    from protocol.codec import Malformed
    from protocol.events import AnyEvent
    from protocol.messages import BrokerMessage, PeerMessage

SESSIONS = (1, 2)
KINDS = {"lobby": Kind.PUBLIC, "dev": Kind.PUBLIC, "den": Kind.PRIVATE}

sessions = st.sampled_from(SESSIONS)
rooms = st.sampled_from(sorted(KINDS))


@dataclass
class Room:
    """A room as the broker has it: who is in it since when, and from where they may read."""

    kind: Kind
    events: list[AnyEvent] = field(default_factory=list)
    members: dict[int, int] = field(default_factory=dict)
    first: dict[int, int] = field(default_factory=dict)

    @property
    def head(self) -> int:
        return len(self.events)


class Comings(RuleBasedStateMachine):
    """A broker of two sessions and three rooms, whose answers and events may be lost."""

    def __init__(self) -> None:
        super().__init__()
        self.broker = ScriptedBroker(carrier="g")
        self.rooms = {name: Room(kind) for name, kind in KINDS.items()}
        self.applied = dict.fromkeys(SESSIONS, 0)
        self.deaf = False
        self.seen = 0
        self.inside: dict[tuple[int, str], int] = {}
        self.delivered: dict[str, list[int]] = {name: [] for name in KINDS}
        for _ in SESSIONS:
            self.broker.open()
        self.serve()

    # ---- what happens

    @rule(session=sessions, room=rooms)
    def join(self, session: int, room: str) -> None:
        self.broker.link.submit(session, Join(room))

    @rule(session=sessions, room=rooms)
    def leave(self, session: int, room: str) -> None:
        self.broker.link.submit(session, Leave(room))

    @rule(room=rooms)
    def say(self, room: str) -> None:
        self.happen(room, said(self.rooms[room].head + 1))

    @rule(session=sessions, room=rooms)
    def kick(self, session: int, room: str) -> None:
        place = self.rooms[room]
        if session in place.members:
            act = Kicked(place.head + 1, 0, "idop", "Op", 1, public_id(session), "Ann", "noise")
            gone = left(place.head + 2, session, Reason.KICKED)
            self.go_out(session, room)
            self.happen(room, act, gone)

    @rule(deaf=st.booleans())
    def lose_events(self, deaf: bool) -> None:
        self.deaf = deaf

    @rule()
    def carry(self) -> None:
        self.serve()

    @rule(seconds=st.sampled_from([0.1, 3.0]))
    def wait(self, seconds: float) -> None:
        self.broker.wait(seconds)
        self.serve()

    @rule(applies=st.booleans(), lost=st.booleans())
    def cut(self, applies: bool, lost: bool) -> None:
        """The connection breaks: what was sent is carried out or not, and nothing comes back."""
        self.broker.turn()
        if applies:
            for message in self.take():
                if isinstance(message, Do):
                    self.carry_out(message)
        else:
            self.take()
        if lost:
            for name, room in self.rooms.items():
                for session in list(room.members):
                    del room.members[session]
                    room.events.append(left(room.head + 1, session, Reason.LOST))
                assert name in KINDS
        self.broker.reconnect()
        for hello in [message for message in self.take() if isinstance(message, Hello)]:
            session = hello.session
            places = [
                RoomHead(name, room.head, room.members[session], room.kind, "", room.first[session])
                for name, room in self.rooms.items()
                if session in room.members
            ]
            applied = self.applied[session]
            self.broker.welcome(session, *places, applied=applied, resumed=not lost)
        self.serve()

    # ---- what must hold

    @invariant()
    def the_owner_can_follow(self) -> None:
        """A room's numbers go up from when it is opened to when it is closed."""
        for notice in self.broker.notices[self.seen :]:
            match notice:
                case RoomEntered(session, room, number):
                    self.inside[session, room] = number
                case RoomLeft(session, room):
                    self.inside.pop((session, room), None)
                case RoomClosed(room):
                    self.delivered[room].clear()
                case RoomEvents(room, events, gone):
                    assert not gone
                    before = self.delivered[room]
                    assert not before or events[0].number > before[-1]
                    before += [event.number for event in events]
        self.seen = len(self.broker.notices)

    def teardown(self) -> None:
        """In the end everybody is where the broker has them, and misses nothing."""
        self.deaf = False
        self.serve()
        self.cut(applies=False, lost=False)
        for _ in range(4):
            heads = [(name, room.head) for name, room in self.rooms.items() if room.members]
            self.broker.tell(Alive(self.broker.journal, tuple(heads)))
            self.broker.wait(3)
            self.serve()
        self.the_owner_can_follow()
        there = {
            (session, name): number
            for name, room in self.rooms.items()
            for session, number in room.members.items()
        }
        assert self.inside == there
        public = {name for name, room in self.rooms.items() if room.kind == Kind.PUBLIC}
        read = {topic_of(room) for _, room in there if room in public}
        assert (self.broker.topics or set()) == read
        for (_, name), number in there.items():
            wanted = range(number, self.rooms[name].head + 1)
            assert set(wanted) <= set(self.delivered[name])

    # ---- the broker

    def take(self) -> list[PeerMessage | Malformed]:
        sent, self.broker.sent = self.broker.sent, []
        return sent

    def serve(self) -> None:
        """Answer all that the link sends, until it has nothing more to say."""
        self.broker.turn()
        while sent := self.take():
            for message in sent:
                if isinstance(message, Do):
                    self.broker.tell(*self.carry_out(message))
                elif isinstance(message, Ask) and isinstance(message.question, Page):
                    self.broker.tell(self.page(message, message.question))

    def carry_out(self, do: Do) -> list[BrokerMessage]:
        """Do what is asked; return the answer, after its events or before them."""
        session, applied = do.session, self.applied[do.session]
        if do.n <= applied:
            return [Ack(session, applied)]
        if do.n > applied + 1:
            fields: dict[str, int | str] = {"expected": applied + 1}
            return [Refused(session, do.n, 0, Code.NUMBER_EXPECTED, "", fields)]
        assert isinstance(do.command, Join | Leave)
        room = self.rooms[do.command.room]
        is_join = isinstance(do.command, Join)
        if (session in room.members) == is_join:
            code = Code.ALREADY_IN_ROOM if is_join else Code.NOT_IN_ROOM
            return [Refused(session, do.n, 0, code)]
        self.applied[session] += 1
        if not is_join:
            self.go_out(session, do.command.room)
            self.happen(do.command.room, left(room.head + 1, session))
            return [Ack(session, do.n)]
        number = room.head + 1
        room.members[session] = number
        room.first.setdefault(session, number if room.kind == Kind.PRIVATE else 1)
        self.happen(do.command.room, joined(number, session))
        first = room.first[session]
        entered = Entered(
            session,
            do.n,
            self.broker.journal,
            do.command.room,
            number,
            number,
            1,
            kind=room.kind,
            first=first,
        )
        return [Ack(session, do.n), entered]

    def page(self, ask: Ask, page: Page) -> BrokerMessage:
        room = self.rooms[page.room]
        if ask.session not in room.members:
            return Refused(ask.session, 0, ask.request, Code.NOT_IN_ROOM)
        oldest = room.first[ask.session]
        events = tuple(room.events[max(page.first, oldest) - 1 : page.last or None])
        answer = Events(self.broker.journal, page.room, events, oldest, room.head)
        return Answer(ask.session, ask.request, answer)

    def go_out(self, session: int, name: str) -> None:
        room = self.rooms[name]
        del room.members[session], room.first[session]

    def happen(self, name: str, *events: AnyEvent) -> None:
        room = self.rooms[name]
        room.events += events
        if not self.deaf:
            self.broker.happen(name, *events, kind=room.kind)


TestComings = Comings.TestCase
TestComings.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
