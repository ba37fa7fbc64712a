"""Any sequence of inputs leaves the broker consistent, and tells nobody what is not for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from broker.core import Core
from broker.decide_hello import identify
from broker.presence import Due, Peer, PresenceSettings
from broker.records import RoomEntry
from broker.search import SearchHits
from broker.state import LOBBY, Snapshot, State
from protocol import commands as c
from protocol import names
from protocol import questions as q
from protocol.commands import Command, Join, Say
from protocol.messages import (
    Ack,
    Active,
    Ask,
    Beat,
    Carried,
    Do,
    Events,
    Hello,
    PeerMessage,
    Refused,
    Welcome,
)
from protocol.room_names import talk
from tests.broker.belonging import Belonging
from tests.broker.hub import Hub, Left, peer, token

PEERS = [peer(1), peer(2), peer(8, trusted=True), peer(9, trusted=True), peer(7, trusted=True)]
TOKENS = [token(i) for i in range(1, 6)]
ADMIN = 4
IDS = [identify(t)[0] for t in TOKENS]
NAMES = ["", "", "Ann", "ANN", "Bob", "a b", *IDS]
SETTINGS = PresenceSettings(timeout=15, grace=30, idle=60, idle_warning=15)
PRIVATE = "den"
TALKS = [talk(IDS[0], IDS[1]), talk(IDS[1], IDS[2])]

rooms = st.sampled_from([LOBBY, "dev", PRIVATE, PRIVATE, *TALKS])
everywhere = st.sampled_from([LOBBY, "dev", PRIVATE, "", *TALKS])
people = st.sampled_from([*IDS, "ann", "bob"])
words = st.sampled_from(["x", "y", " "])
seconds_of_acts = st.sampled_from([0, 5])
acts_of_operators: st.SearchStrategy[Command] = st.one_of(
    st.builds(c.Kick, everywhere, people),
    st.builds(c.Ban, everywhere, st.one_of(people, st.just("10.0.0.1")), seconds_of_acts),
    st.builds(c.Unban, everywhere, people),
    st.builds(c.Mute, everywhere, people, seconds_of_acts),
    st.builds(c.Op, everywhere, people, st.booleans()),
    st.builds(c.Slow, rooms, seconds_of_acts),
    st.builds(c.Announce, everywhere, words),
)
commands: st.SearchStrategy[Command] = st.one_of(
    st.just(Join(LOBBY)),
    st.builds(Join, rooms),
    st.builds(Join, st.sampled_from(["#Den", "dev"]), st.just(True)),
    st.builds(c.Leave, rooms),
    st.builds(c.Invite, rooms, people),
    st.builds(c.Invite, st.just(PRIVATE), people),
    st.builds(c.Subject, rooms, words),
    st.builds(Say, st.one_of(rooms, st.just("nowhere")), words),
    st.builds(Say, rooms, words),
    st.builds(c.Tell, people, words),
    st.builds(c.Tell, people, words),
    st.builds(c.Edit, rooms, words),
    st.builds(c.Delete, rooms, st.sampled_from(["", *IDS])),
    st.builds(c.Rename, st.sampled_from(NAMES)),
    st.builds(c.Rename, st.sampled_from(IDS)),
    st.builds(c.Away, words, st.booleans()),
    st.builds(c.Ignore, people, st.booleans()),
    st.builds(c.Quit, st.booleans()),
    acts_of_operators,
)
numbers = st.integers(1, 4)
hellos = st.builds(
    Hello,
    session=numbers,
    token=st.sampled_from(TOKENS),
    name=st.sampled_from(NAMES),
    door=st.sampled_from(["nc", "client", "client", "admin"]),
    address=st.sampled_from(["", "", "", "10.0.0.1:5"]),
    carrier=st.sampled_from(["", "", "g"]),
    link=st.sampled_from(["", "l"]),
    attempt=st.integers(0, 2),
)
questions: st.SearchStrategy[q.Question] = st.one_of(
    st.builds(q.Who, rooms),
    st.builds(q.Page, rooms, numbers),
    st.builds(q.Page, st.just(PRIVATE), numbers),
    st.builds(q.Recent, rooms),
    st.builds(q.Since, rooms, st.just(0)),
    st.builds(q.Acts, rooms),
    st.just(q.Rooms()),
    st.builds(q.Whois, people),
    st.builds(q.Bans, everywhere),
    st.builds(q.Search, st.just("x"), st.one_of(rooms, st.just(""))),
)


class Brokers(RuleBasedStateMachine):
    """Peers do anything at all; disks fill; time passes; the broker is killed."""

    def __init__(self) -> None:
        super().__init__()
        self.hub = Hub(SETTINGS)
        self.belonging = Belonging()
        self.carried: dict[Peer, set[str]] = {}
        self.heads: dict[str, int] = {}
        self.seen: dict[str, int] = {}
        self.folded = State()
        self.number = 10
        self.admins: set[str] = set()
        self.followed = 0

    @rule(
        batches=st.lists(
            st.tuples(
                st.sampled_from(PEERS),
                st.lists(
                    st.one_of(
                        hellos,
                        st.tuples(numbers, st.integers(-1, 2), commands),
                        st.tuples(numbers, st.just(1), commands),
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
        with self.judged() as left:
            for who, messages in batches:
                for message in messages:
                    self.hub.core.receive(who, [self.numbered(who, message)])
                    self.note_who_is_where()
            if ends:
                self.hub.core.carrier_ended("g")
                for room in (LOBBY, "dev", PRIVATE, *TALKS):
                    self.hub.core.subscribed(f"{room}\0".encode())
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

    def note_who_is_where(self) -> None:
        sessions = self.hub.state.sessions.values()
        self.admins |= {session.id for session in sessions if session.door == "admin"}
        for who, connection in self.hub.core._presence.connections.items():
            self.carried.setdefault(who, set()).update(connection.sessions.values())

    @contextmanager
    def judged(self) -> Iterator[Left]:
        """Have a turn, and look at what left."""
        presence = self.hub.core._presence
        changes = presence.changes
        with self.hub.turn() as left:
            yield left
        self.belonging.follow(self.hub.disk.committed)
        self.judge(left)
        if presence.changes == changes:
            for who, (connection, _) in presence.attached.items():
                sent = (m for m in left.to(connection.peer) if isinstance(m, Events))
                heard = {(m.room, event.number) for m in sent for event in m.events}
                assert set(self.belonging.owed(who)) <= heard

    def judge(self, left: Left) -> None:
        """Nobody is told what is not for them; what is published is consecutive and public."""
        for who, answers in left.replies.items():
            for answer in answers:
                carried = self.carried.get(who, set())
                self.belonging.judge(answer, carried, admin=bool(carried & self.admins))
        published: dict[str, list[int]] = {}
        for topic, broadcast in left.published:
            assert topic == f"{broadcast.room}\0".encode()
            assert not self.belonging.is_closed(broadcast.room)
            events = getattr(broadcast, "events", ())
            published.setdefault(broadcast.room, []).extend(event.number for event in events)
        for row in published.values():
            assert row == list(range(row[0], row[0] + len(row))) if row else True

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
        before = msgspec.json.encode(self.hub.state.snapshot())
        self.hub.restart()
        assert msgspec.json.encode(self.hub.state.snapshot()) == before

    def does(self, which: int, *done: Command | q.Question) -> None:
        """Let somebody come in, if need be, and do and ask something, all in one turn."""
        self.probe()
        with self.judged():
            self.go(which, *done)

    def go(self, which: int, *done: Command | q.Question) -> None:
        who, person = PEERS[which], IDS[which]
        receive = self.hub.core.receive
        attached = self.hub.core._presence.attached.get(person)
        if attached is None:
            taken = self.hub.core._presence.connections.get(who)
            self.number = max((*(taken.sessions if taken else ()), self.number)) + 1
            door = "admin" if which == ADMIN else "nc"
            receive(who, [Hello(self.number, TOKENS[which], door=door)])
            attached = self.hub.core._presence.attached.get(person)
        self.note_who_is_where()
        for what in done:
            session = self.hub.state.sessions.get(person)
            if attached is None or session is None:
                return
            peer, number = attached.connection.peer, attached.number
            if isinstance(what, q.Question):
                receive(peer, [Ask(number, 1, what)])
            else:
                receive(peer, [Do(number, session.applied + 1, what)])

    def all_do(self, *done: Command | q.Question) -> None:
        """Let everybody come in and do the same."""
        for which in range(len(TOKENS) - 1):
            self.does(which, *done)

    @rule(
        acts=st.lists(
            st.tuples(
                st.integers(0, 3), st.lists(st.one_of(commands, questions), min_size=1, max_size=4)
            ),
            min_size=1,
            max_size=4,
        )
    )
    def people_act(self, acts: list[tuple[int, list[Command | q.Question]]]) -> None:
        self.probe()
        with self.judged():
            for which, done in acts:
                self.go(which, *done)

    @rule(done=st.lists(st.one_of(acts_of_operators, questions), min_size=1, max_size=3))
    def the_administrator_acts(self, done: list[Command | q.Question]) -> None:
        self.does(ADMIN, *done)

    @rule()
    def many_people_talk(self) -> None:
        self.all_do(Join(LOBBY), Say(LOBBY, "z"))

    @rule(who=people)
    def many_people_whisper(self, who: str) -> None:
        self.all_do(c.Tell(who, "psst"), Say(TALKS[0], "psst"))

    @rule(who=people)
    def people_meet_in_private(self, who: str) -> None:
        self.all_do(Join(PRIVATE, private=True))
        self.all_do(c.Invite(PRIVATE, who))
        self.all_do(Join(PRIVATE), Say(PRIVATE, "secret"))

    @rule(room=rooms)
    def everybody_asks(self, room: str) -> None:
        asked = (q.Page(room, 1), q.Since(room, 0), q.Recent(room), q.Acts(room), q.Who(room))
        self.all_do(*asked)

    @rule(which=st.integers(0, 3), first=st.booleans())
    def somebody_leaves_and_tries_to_come_back(self, which: int, first: bool) -> None:
        done: tuple[Command | q.Question, ...] = (
            c.Leave(PRIVATE),
            Join(PRIVATE),
            q.Recent(PRIVATE),
        )
        self.does(which, *done[0 if first else 1 :])

    @rule(which=st.integers(0, 3), other=st.integers(0, 3))
    def one_leaves_while_another_speaks(self, which: int, other: int) -> None:
        self.probe()
        with self.judged():
            self.go(other, Say(PRIVATE, "before"))
            self.go(which, c.Leave(PRIVATE))
            self.go(other, Say(PRIVATE, "after"))

    @rule(order=st.permutations(PEERS))
    def an_index_that_knows_all_answers_searches(self, order: list[Peer]) -> None:
        """Even if it named every message there is, nobody would be told of more than is theirs."""
        self.probe()
        with self.hub.turn() as asked:
            for who in order:
                connection = self.hub.core._presence.connections.get(who)
                for number in connection.sessions if connection else ():
                    self.hub.core.receive(who, [Ask(number, 1, q.Search("secret"))])
        everything = [
            (entry.room, entry.event.number)
            for entry in (stored.entry for stored in self.hub.disk.committed)
            if isinstance(entry, RoomEntry)
        ]
        with self.judged():
            for search in asked.searches:
                self.hub.core.found(search, SearchHits(everything, 0, behind=False))

    @invariant()
    def numbers_are_contiguous(self) -> None:
        """Those of each room's events, and those of each session's commands."""
        state = self.hub.state
        for stored in self.hub.disk.committed[self.followed :]:
            entry = stored.entry
            self.folded.apply(entry)
            if isinstance(entry, RoomEntry):
                room, event = entry.room, entry.event
                assert event.number == self.heads.get(room, 0) + 1
                self.heads[room] = event.number
            n = entry.event.n if isinstance(entry, RoomEntry) else getattr(entry, "n", 0)
            who = entry.event.author if isinstance(entry, RoomEntry) else entry.session
            assert n - self.seen.setdefault(who, 0) in {0, 1} or n == 0
            self.seen[who] = max(n, self.seen[who])
        self.followed = len(self.hub.disk.committed)
        assert {r.name: r.head for r in state.rooms.values() if r.head} == self.heads
        for session, last in self.seen.items():
            live, ended = state.sessions.get(session), state.ended.get(session)
            assert (live is None) is not (ended is None)
            assert last == (live.applied if live else ended.applied if ended else None)

    @invariant()
    def members_are_the_people_in_the_room(self) -> None:
        state = self.hub.state
        for room in state.rooms.values():
            inside = {s: p.rooms[room.name] for s in (*state.sessions, *state.ended)
                      if (p := state.person(s)) and room.name in p.rooms}  # fmt: skip
            assert room.members == inside
            assert list(room.members.values()) == sorted(room.members.values())
            kept = room.readers.keys() - room.members.keys()
            assert room.is_public is (room.kind is q.Kind.PUBLIC)
            assert not (room.is_public and room.readers)
            assert room.is_public or room.members.keys() <= room.readers.keys()
            assert all(state.person(reader) for reader in kept)
        assert not any(s.rooms for s in state.ended.values() if s.reason != "lost")

    @invariant()
    def nobody_who_is_gone_for_good_is_anything(self) -> None:
        state = self.hub.state
        for room in state.rooms.values():
            somebody = {room.owner, *room.operators, *room.invited, *room.muted, *room.last_said}
            assert all(state.person(who) for who in somebody - {""})
        assert all(state.person(who) for who in (*state.operators, *state.muted))

    @invariant()
    def names_are_unique(self) -> None:
        sessions = self.hub.state.sessions
        worn = {names.compared(s.name): s.id for s in sessions.values()}
        assert worn == self.hub.state._by_name
        assert len(worn) == len(sessions)

    @invariant()
    def the_state_is_the_fold_of_what_is_committed(self) -> None:
        stored = msgspec.json.encode(self.hub.state.snapshot())
        assert stored == msgspec.json.encode(self.folded.snapshot())
        restored = State.restore(msgspec.json.decode(stored, type=Snapshot))
        assert restored.snapshot() == self.hub.state.snapshot()
        assert restored._by_name == self.hub.state._by_name
        known, again = self.hub.state.directory, restored.directory
        counts = (known.inhabited, known.private, known.talks, known._public)
        assert counts == (again.inhabited, again.private, again.talks, again._public)
        for person, places in again._places.items():
            assert places.keys() <= known._places[person].keys()

    @invariant()
    def the_hearers_that_are_remembered_are_those_that_are_connected(self) -> None:
        desk = self.hub.core._desk
        attached = desk.presence.attached
        for room in desk.state.rooms.values():
            if not room.is_public:
                here = {attached[who].connection.peer for who in room.members if who in attached}
                assert desk._hearers(room.name) == here

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
