"""Any sequence of inputs leaves the broker consistent."""

from __future__ import annotations

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from broker.core import Core
from broker.decide import identify
from broker.presence import Due, Peer, PresenceSettings
from broker.records import RoomEntry
from broker.state import LOBBY, Snapshot, State
from protocol import names
from protocol.messages import (
    Ack,
    Active,
    Ask,
    Beat,
    Carried,
    Command,
    Do,
    Hello,
    Join,
    Page,
    PeerMessage,
    Quit,
    Refused,
    Rename,
    Say,
    Welcome,
    Who,
)
from tests.broker.hub import Hub, peer, token

PEERS = [peer(1), peer(2), peer(8, trusted=True), peer(9, trusted=True)]
TOKENS = [token(i) for i in range(1, 5)]
IDS = [identify(t)[0] for t in TOKENS]
NAMES = ["", "", "Ann", "ANN", "Bob", "a b", *IDS]
SETTINGS = PresenceSettings(timeout=15, grace=30, idle=60, idle_warning=15)

commands: st.SearchStrategy[Command] = st.one_of(
    st.just(Join(LOBBY)),
    st.just(Join(LOBBY)),
    st.builds(Say, st.sampled_from([LOBBY, "nowhere"]), st.sampled_from(["x", "y", " "])),
    st.builds(Rename, st.sampled_from(NAMES)),
    st.builds(Rename, st.sampled_from(IDS)),
    st.builds(Quit, st.booleans()),
)
numbers = st.integers(1, 4)
hellos = st.builds(
    Hello,
    session=numbers,
    token=st.sampled_from(TOKENS),
    name=st.sampled_from(NAMES),
    door=st.sampled_from(["nc", "client"]),
    address=st.sampled_from(["", "", "", "10.0.0.1:5"]),
    carrier=st.sampled_from(["", "", "g"]),
    link=st.sampled_from(["", "l"]),
    attempt=st.integers(0, 2),
)
questions = st.one_of(st.builds(Who, st.just(LOBBY)), st.builds(Page, st.just(LOBBY), numbers))


class Brokers(RuleBasedStateMachine):
    """Peers do anything at all; disks fill; time passes; the broker is killed."""

    def __init__(self) -> None:
        super().__init__()
        self.hub = Hub(SETTINGS)
        self.applied: dict[str, int] = {}

    @rule(
        batches=st.lists(
            st.tuples(
                st.sampled_from(PEERS),
                st.lists(
                    st.one_of(
                        hellos,
                        st.tuples(numbers, st.integers(-1, 2), commands),
                        st.builds(Ask, numbers, numbers, questions),
                        st.builds(Active, numbers),
                        st.just(Beat()),
                        st.just(Carried("g")),
                    ),
                    min_size=1,
                    max_size=5,
                ),
            ),
            min_size=1,
            max_size=4,
        ),
        full=st.sampled_from([False, False, False, True]),
        ends=st.booleans(),
        seconds=st.sampled_from([0.0, 0.0, 1.0, 16.0, 31.0, 61.0]),
    )
    def turn(
        self,
        batches: list[tuple[Peer, list[PeerMessage | tuple[int, int, Command]]]],
        full: bool,
        ends: bool,
        seconds: float,
    ) -> None:
        self.hub.disk.full = full
        self.hub.now += seconds
        before = {s.id: s.applied for s in self.hub.state.sessions.values()}
        with self.hub.turn() as left:
            for who, messages in batches:
                self.hub.core.receive(who, [self.numbered(who, m) for m in messages])
            if ends:
                self.hub.core.carrier_ended("g")
                self.hub.core.subscribed(b"lobby\0")
            self.hub.core.tick()
            failing = full and bool(self.hub.core.turn.entries)
        if failing:
            assert not self.hub.core.writable
            assert not left.events
            assert before == {s.id: s.applied for s in self.hub.state.sessions.values()}
            for answers in left.replies.values():
                assert not any(isinstance(m, Ack | Welcome) for m in answers)
        for answers in left.replies.values():
            for answer in answers:
                if isinstance(answer, Refused):
                    assert answer.sentence
        numbers_published = [e.number for e in left.events]
        assert len(numbers_published) == len(set(numbers_published))

    def numbered(self, who: Peer, message: PeerMessage | tuple[int, int, Command]) -> PeerMessage:
        """Give a command a number near the one expected."""
        if not isinstance(message, tuple):
            return message
        number, offset, command = message
        connection = self.hub.core._presence.connections.get(who)
        carried = connection.sessions if connection else {}
        if carried and offset != -1:  # mostly of a session that is there
            number = sorted(carried)[number % len(carried)]
        session = self.hub.state.sessions.get(carried.get(number, ""))
        applied = session.applied if session else 0
        return Do(number, max(1, applied + (offset if offset in {-1, 0, 2} else 1)), command)

    @rule()
    def probe(self) -> None:
        self.hub.disk.full = False
        self.hub.core.writable = True

    @rule(who=st.sampled_from(PEERS))
    def unreachable(self, who: Peer) -> None:
        self.hub.core.unreachable(who)

    @rule(keeps=st.booleans())
    def restart(self, keeps: bool) -> None:
        if keeps:
            self.hub.disk.maintain(self.hub.state, 0)
        self.hub.restart()

    @rule()
    def many_people_talk(self) -> None:
        self.hub.disk.full = False
        self.hub.core.writable = True
        for who, which in zip(PEERS, range(1, 5), strict=True):
            session = self.hub.state.sessions.get(identify(token(which))[0])
            applied = session.applied if session else 0
            hello = Hello(which + 10, token(which))
            self.hub.send(
                who, hello, Do(which + 10, applied + 1, Join(LOBBY)),
                Do(which + 10, applied + 2, Say(LOBBY, "z")),
            )  # fmt: skip

    @invariant()
    def rooms_are_contiguous(self) -> None:
        committed = self.hub.room_numbers()
        assert committed == list(range(1, len(committed) + 1))
        assert self.hub.state.rooms[LOBBY].head == len(committed)

    @invariant()
    def applied_numbers_are_contiguous(self) -> None:
        seen: dict[str, set[int]] = {}
        for entry, _ in self.hub.disk.committed:
            if isinstance(entry, RoomEntry):
                seen.setdefault(entry.event.author, set()).add(entry.event.n)
            else:
                seen.setdefault(entry.session, set()).add(getattr(entry, "n", 0))
        state = self.hub.state
        for session, numbers_seen in seen.items():
            live, ended = state.sessions.get(session), state.ended.get(session)
            assert (live is None) is not (ended is None)
            last = live.applied if live else ended.applied if ended else 0
            assert numbers_seen - {0} == set(range(1, last + 1))
            assert last >= self.applied.get(session, 0)
            self.applied[session] = last

    @invariant()
    def members_are_the_sessions_in_the_room(self) -> None:
        state = self.hub.state
        for room in state.rooms.values():
            inside = {s.id: s.rooms[room.name] for s in state.sessions.values()
                      if room.name in s.rooms}  # fmt: skip
            assert room.members == inside
            assert list(room.members.values()) == sorted(room.members.values())

    @invariant()
    def names_are_unique(self) -> None:
        sessions = self.hub.state.sessions
        worn = {names.compared(s.name): s.id for s in sessions.values()}
        assert worn == self.hub.state._by_name
        assert len(worn) == len(sessions)

    @invariant()
    def the_state_is_the_fold_of_what_is_committed(self) -> None:
        stored = msgspec.json.encode(self.hub.state.snapshot())
        assert stored == msgspec.json.encode(self.hub.fold().snapshot())
        restored = State.restore(msgspec.json.decode(stored, type=Snapshot))
        assert restored.snapshot() == self.hub.state.snapshot()
        assert restored._by_name == self.hub.state._by_name
        assert msgspec.json.encode(self.hub.disk.load().snapshot()) == stored

    @invariant()
    def presence_agrees(self) -> None:
        presence, state = self.hub.core._presence, self.hub.state
        assert set(presence.attached) <= set(state.sessions)
        for session, (connection, number) in presence.attached.items():
            assert presence.connections[connection.peer] is connection
            assert connection.sessions[number] == session
        carried = sum(len(c.sessions) for c in presence.connections.values())
        assert carried == len(presence.attached)
        for connection in presence.connections.values():
            assert connection.peer.trusted or len(connection.sessions) <= 1
            assert connection.peer in presence._silence
        for session in state.sessions:
            held = (Due.GRACE_ENDS, session) in presence._sessions
            assert held is (session not in presence.attached)
        assert len(presence._silence) == len(presence.connections)

    def teardown(self) -> None:
        """Whoever is left can be brought to an end."""
        self.probe()
        for seconds in (16, 31):
            self.hub.now += seconds
            self.hub.act(Core.tick)
        assert not self.hub.state.sessions
        assert self.hub.core.next_deadline() is None
        self.hub.disk.close(None)


TestBrokers = Brokers.TestCase
TestBrokers.settings = settings(
    max_examples=100, stateful_step_count=30, deadline=None, derandomize=True
)
