"""A door without a broker: a test says what the link tells, and sees what the door asks of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Final

from client.notices import (
    Answered,
    CommandRefused,
    RoomEntered,
    RoomEvents,
    Settled,
    Status,
    Welcomed,
)
from client.outbox import Pending
from gateway.door import Door
from protocol.commands import Join
from protocol.events import AnyEvent, Joined
from protocol.messages import Entered, Welcome
from protocol.phrases import Language
from protocol.questions import Kind
from protocol.rendering import Renderer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.link import Link
    from client.notices import Notice
    from protocol.commands import Command
    from protocol.questions import Question

AT: Final = 1_760_000_000_000
"""2025-10-09 08:53:20 UTC."""


@dataclass
class ScriptedLink:
    """Notes what the door wants; everything stays unsettled until the test settles it."""

    status: Status = Status.CONNECTED
    commands: dict[int, tuple[int, Command]] = field(default_factory=dict)
    questions: dict[int, tuple[int, Question]] = field(default_factory=dict)
    _serials: count[int] = field(default_factory=lambda: count(1))
    _sessions: count[int] = field(default_factory=lambda: count(1))

    def open(self, token: str, now: float, *, door: str, address: str) -> int:
        return next(self._sessions)

    def submit(self, session: int, command: Command) -> int:
        serial = next(self._serials)
        self.commands[serial] = (session, command)
        return serial

    def ask(self, session: int, question: Question) -> int:
        request = next(self._serials)
        self.questions[request] = (session, question)
        return request

    def active(self, session: int) -> None:
        pass

    def unsettled(self, session: int) -> int:
        return sum(owner == session for owner, _ in self.commands.values())


class Booth:
    """A door and its people; person 1 is ``p1``, and so on."""

    def __init__(self, language: Language = Language.EN) -> None:
        self.now = 0.0
        self.link = ScriptedLink()
        link: Link = self.link  # type: ignore[assignment]
        self.door = Door(link, Renderer(language, lambda _: 480, lambda: AT), rate=0)
        self.heads: dict[str, int] = {}
        self.closed: set[int] = set()
        self._screens: dict[int, bytes] = {}

    # ---- people

    def arrive(self, *names: str) -> None:
        """Let people come into the lobby, and forget what they saw of that."""
        for name in names:
            self.come_in(name)
        self.forget()

    def connect(self) -> int:
        """Let somebody connect; return their key."""
        key = len(self._screens) + 1
        self._screens[key] = b""
        self.door.connected(key, f"10.0.0.1:{key}", "0" * 32, self.now)
        self.tell(Welcomed(key, self.welcome(key), again=False))
        return key

    def come_in(self, name: str) -> int:
        """Let somebody come into the lobby; return their key."""
        key = self.connect()
        self.settle(key)
        self.enter(key, "lobby", name=name)
        return key

    def enter(self, key: int, room: str, name: str = "", **more: object) -> None:
        """The broker lets somebody into a room, and everybody there sees it."""
        number = self.heads.get(room, 0) + 1
        fields: dict[str, object] = {"kind": Kind.PUBLIC, "subject": "", "total": number} | more
        entered = Entered(
            key, 1, "j", room, number, number, int(str(fields["total"])),
            tuple(fields.get("recent", ())),  # type: ignore[arg-type]
        )  # fmt: skip
        self.tell(
            RoomEntered(
                key, room, number, entered, Kind(str(fields["kind"])), str(fields["subject"]), 1,
                str(fields.get("other", "")), str(fields.get("other_name", "")),
            )
        )  # fmt: skip
        self.happen(room, Joined(0, AT, f"p{key}", name or f"p{key}", 1, f"10.0.0.1:{key}"))

    def type(self, key: int, text: str) -> None:
        """Somebody types lines."""
        self.door.received(key, text.encode(), self.now)
        self._take()

    def seen(self, key: int) -> str:
        """Return what somebody saw since the last call."""
        data, self._screens[key] = self._screens[key], b""
        return data.decode()

    def forget(self) -> None:
        """Forget what everybody saw."""
        for key in self._screens:
            self._screens[key] = b""

    def bytes_seen(self) -> int:
        """Return how many bytes everybody saw since they were forgotten."""
        return sum(map(len, self._screens.values()))

    # ---- the broker's word

    def welcome(self, key: int, **more: object) -> Welcome:
        """Return a welcome for somebody."""
        return Welcome(
            key, f"p{key}", f"10.0.0.1:{key}", f"p{key}", False, 0, "j", 5000, 15000, "pub",
            "lobby", **more,  # type: ignore[arg-type]
        )  # fmt: skip

    def tell(self, *notices: Notice) -> None:
        """Let the link say something."""
        self.door.notice(notices, self.now)
        self.door.tick(self.now)
        self._take()

    def happen(self, room: str, *events: AnyEvent) -> None:
        """Let events happen in a room, each with the next number."""
        numbered: list[AnyEvent] = []
        for event in events:
            self.heads[room] = self.heads.get(room, 0) + 1
            rest = [getattr(event, name) for name in event.__struct_fields__[1:]]
            numbered.append(type(event)(self.heads[room], *rest))
        self.tell(RoomEvents(room, numbered))

    def settle(self, key: int) -> None:
        """Acknowledge what somebody wanted."""
        done = [serial for serial, (owner, _) in self.link.commands.items() if owner == key]
        pending = [Pending(serial, self.link.commands.pop(serial)[1]) for serial in done]
        self.tell(Settled(key, pending))

    def refuse(self, key: int, code: str, **fields: int | str) -> None:
        """Refuse the oldest command of somebody."""
        serial = min(s for s, (owner, _) in self.link.commands.items() if owner == key)
        _, command = self.link.commands.pop(serial)
        self.tell(CommandRefused(key, serial, command, code, fields))

    def answer(self, answer: object) -> None:
        """Answer the only question."""
        ((request, (session, _)),) = self.link.questions.items()
        self.link.questions.clear()
        self.tell(Answered(session, request, answer))  # type: ignore[arg-type]

    def wanted(self, key: int) -> list[Command]:
        """Return what somebody wants and the broker has not settled."""
        return [
            command
            for owner, command in self.link.commands.values()
            if owner == key and not (isinstance(command, Join) and command.room == "lobby")
        ]

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        self.tell()

    def question(self) -> Question:
        """Return the only question that is not answered."""
        ((_, question),) = self.link.questions.values()
        return question

    def _take(self) -> None:
        output = self.door.take_output()
        for key, pieces in output.writes.items():
            self._screens[key] += b"".join(pieces)
        self.closed.update(output.closed)


def events_of(events: Sequence[AnyEvent]) -> tuple[AnyEvent, ...]:
    """Return events numbered from 1."""
    return tuple(
        type(event)(number, *[getattr(event, name) for name in event.__struct_fields__[1:]])
        for number, event in enumerate(events, 1)
    )
