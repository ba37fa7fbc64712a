"""Nobody outside a private room or conversation can get a byte of it, whatever they try.

Everything is tried on a real broker with plain sockets. What an outsider was sent is kept as raw
bytes, and searched for what only members may know.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest
import zmq

from tests.bare_client import Context, Message, Peer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.processes import Processes

VAULT: Final = "vault"
SECRETS: Final = ("xyzzy", "plugh", "回声定位", "Subjectum", "Reasonable")
LARGEST: Final = 1_000_000

# Whatever names a room can be tried on one that is not one's own.
QUESTIONS: Final[list[Message]] = [
    ["who", VAULT],
    ["page", VAULT, 1],
    ["page", VAULT, 3, 3],
    ["page", VAULT, LARGEST],
    ["since", VAULT, 0],
    ["recent", VAULT, 200],
    ["acts", VAULT],
    ["bans", VAULT],
    ["search", "xyzzy", VAULT],
]
COMMANDS: Final[list[Message]] = [
    ["say", VAULT, "may I?"],
    ["leave", VAULT],
    ["invite", VAULT, "Outsider"],
    ["invite", VAULT, "Ann"],
    ["subject", VAULT, "mine"],
    ["edit", VAULT, "mine", 3],
    ["delete", VAULT, "Ann", 3],
    ["kick", VAULT, "Ann"],
    ["ban", VAULT, "Ann"],
    ["unban", VAULT, "Ann"],
    ["mute", VAULT, "Ann"],
    ["unmute", VAULT, "Ann"],
    ["op", VAULT, "Outsider"],
    ["slow", VAULT, 0],
    ["announce", VAULT, "open up"],
]


class Spy(Peer):
    """A peer that keeps every byte that it is sent, and subscribes to everything."""

    def __init__(self, context: Context, endpoint: str, name: str) -> None:
        super().__init__(context, endpoint, name)
        self.raw: list[bytes] = []
        self.published: list[Message] = []

    def listen(self, publish: str, *topics: str) -> None:
        """Subscribe to everything, and to ``topics``; return once that has taken effect."""
        self.unsubscribe()
        self.sub = self.open(zmq.SUB, publish)
        for topic in ("", *topics, "lobby\0"):  # the last one is answered with a head
            self.sub.setsockopt(zmq.SUBSCRIBE, topic.encode())
        self.published.clear()
        self.read_until(lambda: any(message[0] == "head" for message in self.published))

    def read(self) -> None:
        ready = dict(self.poller.poll(10_000))
        assert ready, "the broker says nothing"
        if self.dealer in ready:
            assert self.dealer is not None
            body = self.dealer.recv()
            self.raw.append(body)
            self.inbox += json.loads(body)
        if self.sub is not None and self.sub in ready:
            frames = self.sub.recv_multipart()
            self.raw += frames
            self.published.append(json.loads(frames[1]))

    def command(self, command: Message) -> Message:
        """Send a command that must be refused; return its code and fields."""
        self.send(["do", 1, self.applied + 1, command])
        refused = self.wait("refused")
        return [refused[4], refused[6]]

    def question(self, question: Message) -> Message:
        """Ask what must be refused; return the code and fields."""
        self.request += 1
        self.send(["ask", 1, self.request, question])
        refused = self.wait("refused")
        return [refused[4], refused[6]]

    def hear_all(self, speaker: Peer, fence: str) -> None:
        """Return once everything that was sent and published so far has been read.

        ``speaker`` says the fence in the lobby: what was decided before it was sent before it.
        """
        speaker.do(["say", "lobby", fence])
        self.read_until(lambda: any(fence in json.dumps(said) for said in self.published))
        self.beat()

    def assert_knows_nothing(self, *but: str) -> None:
        everything = b"\n".join(self.raw)
        for secret in SECRETS:
            if secret not in but:
                assert secret.encode() not in everything
                assert json.dumps(secret).strip('"').encode() not in everything


def enter(peer: Peer) -> dict[str, Any]:
    peer.connect()
    welcome = peer.hello()
    peer.join("lobby")
    return welcome


@pytest.fixture
def context() -> Iterator[Context]:
    context: Context = zmq.Context()
    yield context
    context.destroy(linger=0)


class Scene:
    """Ann and Bob are in a private room and talk in private; a spy is in the lobby with them."""

    def __init__(self, processes: Processes, context: Context) -> None:
        self.broker = processes.broker("--burst=0", "--joins-per-minute=0")
        self.ann, self.bob, self.carl = (
            Peer(context, self.broker.listen, name) for name in ("Ann", "Bob", "Carl")
        )
        self.ids = [enter(peer)["id"] for peer in (self.ann, self.bob, self.carl)]
        self.spy = Spy(context, self.broker.listen, "Outsider")
        topics = (VAULT, f"{VAULT}\0", "@", self.talk, f"{self.talk}\0")
        self.spy.listen(enter(self.spy)["publish"], *topics)

    @property
    def talk(self) -> str:
        one, other = sorted(self.ids[:2])
        return f"@{one}:{other}"

    def fill(self) -> None:
        """Everything that a private room and a conversation can hold."""
        self.ann.do(["join", VAULT, True])
        self.ann.do(["invite", VAULT, "Bob"])
        self.bob.wait("invitation")
        self.bob.join(VAULT)
        self.ann.do(["say", VAULT, "xyzzy"])
        self.bob.do(["say", VAULT, "回声定位 waves", True])
        self.ann.do(["subject", VAULT, "Subjectum"])
        self.ann.do(["edit", VAULT, "xyzzy again"])
        self.bob.do(["delete", VAULT])
        self.ann.do(["mute", VAULT, "Bob", 60, "Reasonable"])
        self.ann.do(["unmute", VAULT, "Bob"])
        self.ann.do(["tell", "Bob", "plugh"])
        self.bob.do(["tell", "Ann", "plugh plugh"])


@pytest.fixture
def scene(processes: Processes, context: Context) -> Scene:
    return Scene(processes, context)


def test_an_outsider_gets_nothing(scene: Scene) -> None:
    spy = scene.spy
    none_such = {str(q): spy.question([q[0], "nowhere", *q[2:]]) for q in QUESTIONS[:-1]}
    scene.fill()
    spy.hear_all(scene.ann, "all was said")

    # A raw SUB on everything, and on the very topics: neither an event nor a head.
    rooms = {message[2] for message in spy.published}
    assert rooms == {"lobby"}

    # Replays, guessed numbers and names are answered as if there were no such room.
    for question in QUESTIONS:
        code, fields = spy.question(question)
        assert code == "no_such_room"
        if str(question) in none_such:
            assert [code, {**fields, "room": "nowhere"}] == none_such[str(question)]
    for command in COMMANDS:
        assert spy.command(command)[0] == "no_such_room"
    for question in QUESTIONS:
        of_talk = [part if part != VAULT else scene.talk for part in question]
        assert spy.question(of_talk)[0] == "no_such_room"
    for command in COMMANDS:
        of_talk = [part if part != VAULT else scene.talk for part in command]
        assert spy.command(of_talk)[0] == "no_such_room"
    assert spy.command(["join", VAULT])[0] == "invite_only"
    assert spy.command(["join", scene.talk])[0] in {"no_such_room", "room_not_allowed"}

    # A search, in which a member finds it; the list of rooms; what is told of people.
    assert scene.ann.ask(["search", "again"])[1][0][0] == VAULT
    for words in ("xyzzy", "plugh", "回声", "again"):
        assert spy.ask(["search", words])[1] == []
    assert [line[0] for line in spy.ask(["rooms"])[2]] == ["lobby"]
    assert spy.ask(["whois", "Ann"])[8] == ["lobby"]
    assert {room for room, _ in spy.beat()[2]} <= {"lobby"}

    spy.hear_all(scene.bob, "all was tried")
    spy.assert_knows_nothing()


def test_who_was_put_out_gets_nothing_more(scene: Scene, context: Context) -> None:
    spy = scene.spy
    scene.ann.do(["join", VAULT, True])
    scene.ann.do(["invite", VAULT, "Outsider"])
    spy.wait("invitation")
    spy.do(["join", VAULT])
    spy.wait("entered")
    scene.ann.do(["say", VAULT, "welcome"])
    scene.ann.do(["kick", VAULT, "Outsider"])
    spy.wait("events", lambda message: message[3][-1][0] == "left")
    scene.ann.do(["say", VAULT, "xyzzy"])
    spy.hear_all(scene.ann, "said behind the back")
    for _ in range(2):  # on this connection, and with the session resumed on another one
        for question in QUESTIONS:
            assert spy.question(question)[0] == "no_such_room"
        assert spy.command(["say", VAULT, "still here"])[0] == "no_such_room"
        assert spy.command(["join", VAULT])[0] == "invite_only"
        assert spy.ask(["search", "xyzzy"])[1] == []
        assert VAULT not in {room for room, _ in spy.beat()[2]}
        spy.connect()
        welcome = spy.hello()
        assert welcome["resumed"]
        assert [room[0] for room in welcome["rooms"]] == ["lobby"]
        spy.listen(welcome["publish"], f"{VAULT}\0")
        scene.ann.do(["say", VAULT, "xyzzy once more"])
    spy.hear_all(scene.ann, "all was tried")
    spy.assert_knows_nothing()


def test_who_comes_later_reads_nothing_from_before(scene: Scene) -> None:
    spy = scene.spy
    scene.fill()
    scene.ann.do(["invite", VAULT, "Outsider"])
    spy.wait("invitation")
    spy.do(["join", VAULT])
    entered = spy.wait("entered")
    number, recent, first = entered[5], entered[8], entered[11]
    assert recent == []
    assert first == number
    for question in (["page", VAULT, 1], ["page", VAULT, 1, number - 1], ["since", VAULT, 0]):
        assert all(event[1] >= number for event in spy.ask(question)[3])
    assert spy.ask(["recent", VAULT, 200])[2] == []
    assert spy.ask(["acts", VAULT])[2] == []
    assert spy.ask(["search", "xyzzy"])[1] == []
    # The subject is what the room is about now: a member may know it.
    spy.hear_all(scene.ann, "all was tried")
    spy.assert_knows_nothing("Subjectum")
