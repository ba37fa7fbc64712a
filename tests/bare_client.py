"""A peer that uses nothing of Hubbub's: written from ``docs/reference/protocol.md`` alone.

    python tests/bare_client.py tcp://127.0.0.1:5555

It plays a fixed scene against a broker whose lobby is empty, and prints what it found as one JSON
object. It needs pyzmq, and knows no time but the poller's.
"""

import json
import secrets
import sys
from collections.abc import Callable
from typing import Any

import zmq

VERSION = 1
LARGEST_MESSAGE = 1048576
ANSWER_WITHIN_MS = 10_000

Message = list[Any]
Socket = zmq.Socket[bytes]
Context = zmq.Context[Socket]


class FailedError(Exception):
    """The broker did not answer as the page says."""


class Room:
    """The events of one room, delivered in order, each once."""

    def __init__(self, name: str, start: int) -> None:
        self.name = name
        self.next = start
        self.head = start - 1
        self.events: list[Message] = []

    def saw_head(self, head: int) -> None:
        self.head = max(self.head, head)

    def take(self, events: list[Message]) -> None:
        """Deliver what follows; what lies beyond a hole only says how far the room is."""
        for event in events:
            number = event[1]
            self.saw_head(number)
            if number == self.next:
                self.events.append(event)
                self.next += 1

    @property
    def has_hole(self) -> bool:
        return self.next <= self.head


class Peer:
    """One session on one connection at a time."""

    def __init__(self, context: Context, endpoint: str, name: str) -> None:
        self.context = context
        self.endpoint = endpoint
        self.name = name
        self.token = secrets.token_hex(16)
        self.applied = 0
        self.request = 0
        self.journal = ""
        self.link = secrets.token_hex(8)
        self.attempt = 0
        self.room = Room("", 1)
        self.dealer: Socket | None = None
        self.sub: Socket | None = None
        self.poller = zmq.Poller()
        self.inbox: list[Message] = []
        self.published_heads: list[int] = []

    # ---- sockets

    def connect(self) -> None:
        self.close()
        self.attempt += 1
        self.inbox.clear()
        self.dealer = self.open(zmq.DEALER, self.endpoint)

    def subscribe(self, welcome: dict[str, Any]) -> None:
        host = self.endpoint.removeprefix("tcp://").rpartition(":")[0]
        self.sub = self.open(zmq.SUB, welcome["publish"].replace("*", host))
        self.sub.setsockopt(zmq.SUBSCRIBE, self.topic())

    def topic(self) -> bytes:
        return self.room.name.encode() + b"\0"

    def open(self, kind: int, endpoint: str) -> Socket:
        socket = self.context.socket(kind)
        socket.setsockopt(zmq.RECONNECT_IVL, -1)
        socket.setsockopt(zmq.MAXMSGSIZE, LARGEST_MESSAGE)
        socket.setsockopt(zmq.LINGER, 0)
        socket.connect(endpoint)
        self.poller.register(socket, zmq.POLLIN)
        return socket

    def close(self) -> None:
        if self.dealer is not None:
            self.drop(self.dealer)
        self.dealer = None
        self.unsubscribe()

    def unsubscribe(self) -> None:
        if self.sub is not None:
            self.drop(self.sub)
        self.sub = None

    def drop(self, socket: Socket) -> None:
        self.poller.unregister(socket)
        socket.close()

    # ---- reading and writing

    def send(self, *messages: Message) -> None:
        assert self.dealer is not None
        self.dealer.send(json.dumps(list(messages)).encode())

    def read(self) -> None:
        """Take what has come; fail if nothing comes at all."""
        ready = dict(self.poller.poll(ANSWER_WITHIN_MS))
        if not ready:
            raise FailedError("the broker says nothing")
        if self.dealer is not None and self.dealer in ready:
            self.inbox += json.loads(self.dealer.recv())
        if self.sub is not None and self.sub in ready:
            topic, body = self.sub.recv_multipart()
            if topic != self.topic():
                raise FailedError(f"a broadcast of another topic: {topic!r}")
            self.take_broadcast(json.loads(body))

    def take_broadcast(self, message: Message) -> None:
        if message[1] != self.journal or message[2] != self.room.name:
            return
        if message[0] == "events":
            self.room.take(message[3])
        elif message[0] == "head":
            self.published_heads.append(message[3])
            self.room.saw_head(message[3])

    def wait(self, tag: str, matches: Callable[[Message], bool] = lambda _: True) -> Message:
        """Return the first message with this tag, and pass over the others before it."""
        while True:
            while self.inbox:
                message = self.inbox.pop(0)
                if message[0] == tag and matches(message):
                    return message
            self.read()

    # ---- the protocol

    def hello(self) -> dict[str, Any]:
        parts = [self.name, "client", "", "", self.link, self.attempt]
        self.send(["hello", 1, self.token, VERSION, *parts])
        message = self.wait("welcome")
        names = ["session", "id", "user_id", "name", "resumed", "applied", "journal", "heartbeat",
                 "timeout", "publish", "lobby", "rooms", "limits"]  # fmt: skip
        welcome = dict(zip(names, message[1:], strict=False))
        self.applied, self.journal = welcome["applied"], welcome["journal"]
        return welcome

    def do(self, command: Message) -> int:
        """Send the next command, and wait until it is stored."""
        n = self.applied + 1
        self.send(["do", 1, n, command])
        self.wait("ack", lambda ack: ack[2] >= n)
        self.applied = n
        return n

    def ask(self, question: Message) -> Message:
        self.request += 1
        request = self.request
        self.send(["ask", 1, request, question])
        answer: Message = self.wait("answer", lambda message: message[2] == request)[3]
        return answer

    def join(self, room: str) -> Message:
        n = self.do(["join", room])
        entered = self.wait("entered", lambda message: message[2] == n)
        self.room = Room(room, entered[5])
        self.room.saw_head(entered[6])
        return entered

    def beat(self) -> Message:
        self.send(["beat"])
        alive = self.wait("alive")
        for room, head in alive[2]:
            if room == self.room.name:
                self.room.saw_head(head)
        return alive

    def repair(self) -> int:
        """Ask for the pages that are missing; return how many there were."""
        pages = 0
        while self.room.has_hole:
            page = self.ask(["page", self.room.name, self.room.next])
            pages += 1
            self.room.saw_head(page[5])
            self.room.next = max(self.room.next, page[4])
            self.room.take(page[3])
        return pages

    def read_until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            self.read()


def speak_first(context: Context, endpoint: str) -> str:
    """A connection that has not said hello."""
    stranger = Peer(context, endpoint, "stranger")
    stranger.connect()
    stranger.send(["do", 1, 1, ["join", "lobby"]])
    refused = stranger.wait("refused")
    stranger.close()
    return str(refused[4])


def texts(events: list[Message]) -> list[str]:
    return [event[6] for event in events if event[0] == "said"]


def play(context: Context, endpoint: str) -> dict[str, Any]:
    found: dict[str, Any] = {"stranger": speak_first(context, endpoint)}
    peer = Peer(context, endpoint, "Bare")
    peer.connect()
    welcome = peer.hello()
    found["opened"] = [welcome["resumed"], welcome["applied"], welcome["name"]]
    lobby = welcome["lobby"]
    entered = peer.join(lobby)
    found["entered"] = [entered[4], entered[5], entered[7]]

    # Said before the SUB is there: the head of the subscription tells of it, a page brings it.
    for text in ("one", "two", "three"):
        peer.do(["say", lobby, text])
    peer.subscribe(welcome)
    peer.read_until(lambda: bool(peer.published_heads))
    found["head on subscription"] = peer.published_heads[0]
    found["pages"] = peer.repair()
    found["replayed"] = texts(peer.room.events)

    # Live, and a heartbeat after it.
    peer.do(["say", lobby, "waves", True])
    peer.read_until(lambda: not peer.room.has_hole and "waves" in texts(peer.room.events))
    found["heads in alive"] = peer.beat()[2]
    found["heads in the next"] = peer.beat()[2]

    # The last message is lost: nothing but the heartbeat's head tells of it.
    peer.unsubscribe()
    peer.do(["say", lobby, "lost on the way"])
    found["hole before alive"] = peer.room.has_hole
    peer.beat()
    found["hole after alive"] = peer.room.has_hole
    peer.repair()

    # A number left out.
    peer.send(["do", 1, peer.applied + 5, ["say", lobby, "too far ahead"]])
    refused = peer.wait("refused")
    found["hole in numbers"] = [refused[4], refused[6]["expected"] - peer.applied]

    # The same token on a new connection; what was applied is sent again.
    before = [welcome["id"], peer.applied]
    numbers = [peer.applied - 1, peer.applied]
    peer.connect()
    welcome = peer.hello()
    found["resumed"] = welcome["resumed"] and [welcome["id"], welcome["applied"]] == before
    found["head on resume"] = [room[:3] for room in welcome["rooms"]] == [
        [lobby, peer.room.head, peer.room.events[0][1]]
    ]
    repeats: list[Message] = [["waves", True], ["lost on the way"]]
    for n, said in zip(numbers, repeats, strict=True):
        peer.send(["do", 1, n, ["say", lobby, *said]])
        peer.wait("ack", lambda ack: ack[2] >= before[1])
    peer.published_heads.clear()
    peer.subscribe(welcome)
    peer.read_until(lambda: bool(peer.published_heads))
    peer.repair()
    peer.do(["say", lobby, "back"])
    peer.read_until(lambda: "back" in texts(peer.room.events))
    found["people"] = [person[2] for person in peer.ask(["who", lobby])[4]]
    peer.do(["quit"])
    peer.read_until(lambda: peer.room.events[-1][0] == "left")
    found["numbers"] = [event[1] for event in peer.room.events]
    found["said"] = texts(peer.room.events)
    found["reason"] = peer.room.events[-1][6]
    peer.close()
    return found


def main() -> None:
    context: Context = zmq.Context()
    try:
        found = play(context, sys.argv[1])
    finally:
        context.destroy(linger=0)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
