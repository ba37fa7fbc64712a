"""A full screen before a broker that says what the test says, and does nothing by itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, cast

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
from client.saved_state import Saved
from client.screen.model import Model
from client.settings import ClientSettings
from protocol.events import Joined, Said
from protocol.messages import Entered, Events, RoomHead, Welcome
from protocol.questions import Kind, Page, People, Person, Who
from tests.client.screen.screens import HEIGHT, WIDTH, local, text_of, texts
from tests.loopback import WALL_MS

if TYPE_CHECKING:
    from client.link import Link
    from client.notices import Notice
    from client.screen.keymap import Action, When
    from protocol.commands import Command
    from protocol.events import AnyEvent
    from protocol.questions import Question

OWN = "a" * 16
JOURNAL = "j"


@dataclass
class FakeLink:
    """Remembers what the model asks of its link."""

    status: Status = Status.CONNECTED
    round_trip: float | None = None
    beat_waits_since: float | None = None
    holes: int = 0
    repaired: int = 0
    has_hole: bool = False
    queue: list[Pending] = field(default_factory=list)
    asked: dict[int, Question] = field(default_factory=dict)
    serials: count[int] = field(default_factory=lambda: count(1))

    def submit(self, _session: int, command: Command) -> int:
        self.queue.append(Pending(next(self.serials), command))
        return self.queue[-1].serial

    def ask(self, _session: int, question: Question) -> int:
        request = next(self.serials)
        self.asked[request] = question
        return request

    def active(self, _session: int) -> None:
        """Do nothing."""


class Alone:
    """One person called ann, in the lobby."""

    def __init__(self, *rooms: RoomHead, saved: Saved | None = None, **welcome: object) -> None:
        self.link = FakeLink()
        self.now = 0.0
        self.numbers: dict[str, int] = {}
        link = cast("Link", self.link)
        self.model = Model(link, ClientSettings(name="ann"), local, saved or Saved())
        self.model.opened(1, "ann")
        said = Welcome(
            1, OWN, "ann", "ann", bool(rooms), 0, JOURNAL, 1000, 1000, "", "lobby", rooms,
            **welcome,  # type: ignore[arg-type]
        )  # fmt: skip
        self.hear(Welcomed(1, said, again=False))
        for room in rooms:
            self.numbers[room.room] = room.head
            self.hear(
                RoomEntered(
                    1, room.room, room.head + 1, None,
                    room.kind, room.subject, room.first, room.other, room.other_name,
                )
            )  # fmt: skip
        if not rooms:
            self.enter("lobby")

    @property
    def at(self) -> int:
        return WALL_MS + round(self.now * 1000)

    @property
    def submitted(self) -> list[Command]:
        """The commands that wait for an answer."""
        return [pending.command for pending in self.link.queue]

    # ---- the broker

    def hear(self, *notices: Notice) -> None:
        self.model.notice(notices, self.now, self.at)

    def enter(
        self,
        room: str,
        kind: Kind = Kind.PUBLIC,
        *,
        subject: str = "",
        other: str = "",
        other_name: str = "",
        n: int = 1,
    ) -> None:
        """Let the person into a room, with nobody but them in it."""
        number = self.numbers[room] = self.numbers.get(room, 0) + 1
        entered = Entered(
            1, n, JOURNAL, room, number, number, 1, (), kind, subject, 1, other, other_name
        )
        self.hear(
            RoomEntered(1, room, number, entered, kind, subject, 1, other, other_name),
            RoomEvents(room, [Joined(number, self.at, OWN, "ann", n, "ann")]),
        )
        self.answer_all(People(room, number, 1, (Person(OWN, "ann", "ann", number),)))

    def happens(self, room: str, *events: AnyEvent) -> None:
        """Let things happen in a room; they get their numbers here."""
        for event in events:
            number = self.numbers[room] = self.numbers.get(room, 0) + 1
            fields = {name: getattr(event, name) for name in event.__struct_fields__}
            numbered = type(event)(**fields | {"number": number, "at": self.at})
            self.hear(RoomEvents(room, [numbered]))

    def say(self, room: str, text: str, name: str = "bob", n: int = 0) -> int:
        """Let somebody say something; return the number."""
        author = OWN if name == "ann" else name
        self.happens(room, Said(0, 0, author, name, n, text))
        return self.numbers[room]

    def settle(self) -> None:
        """Acknowledge all commands."""
        pending, self.link.queue = self.link.queue, []
        if pending:
            self.hear(Settled(1, pending))

    def refuse(self, code: str, **fields: int | str) -> None:
        """Refuse the last command; what came before it is acknowledged."""
        refused = self.link.queue.pop()
        self.settle()
        self.hear(CommandRefused(1, refused.serial, refused.command, code, fields))

    def answer_all(self, people: People) -> None:
        """Answer who is in a room, and that there is no past if the room is new."""
        for request, question in list(self.link.asked.items()):
            is_past = isinstance(question, Page) and people.at > 1
            if is_past or question.room != people.room:  # type: ignore[union-attr]
                continue
            del self.link.asked[request]
            empty = Events(JOURNAL, people.room, (), 1, people.at)
            self.hear(Answered(1, request, people if isinstance(question, Who) else empty))

    def answer(self, answer: object) -> None:
        """Answer the last question."""
        request = max(self.link.asked)
        del self.link.asked[request]
        self.hear(Answered(1, request, answer))  # type: ignore[arg-type]

    def question(self) -> Question:
        """Return the last question."""
        return self.link.asked[max(self.link.asked)]

    # ---- the person

    def type(self, text: str) -> None:
        self.model.draft_changed(text, len(text))
        self.model.submit(text, self.now, self.at)

    def press(self, *actions: Action) -> None:
        for action in actions:
            self.model.do(action, self.now, self.at)
            self.rows()

    # ---- what is seen

    def rows(self) -> list[str]:
        return texts(self.model.message_rows(WIDTH, HEIGHT))

    @property
    def shown(self) -> str:
        return "\n".join(self.rows())

    def style_of(self, part: str) -> str:
        """Return the style of what is shown of the first piece of a message with ``part``."""
        rows = self.model.message_rows(WIDTH, HEIGHT)
        return next(style for row in rows for style, text in row if part in text)

    @property
    def mode(self) -> When:
        return self.model.mode

    @property
    def status(self) -> str:
        return text_of(self.model.status_row(200, self.now)).strip()

    @property
    def topic(self) -> str:
        return text_of(self.model.topic_row(WIDTH)).strip()

    @property
    def rooms(self) -> list[str]:
        return [" ".join(row.split()) for row in texts(self.model.rooms_rows(20, 20))]

    @property
    def people(self) -> list[str]:
        return texts(self.model.people_rows(18, 20))

    @property
    def page(self) -> list[str]:
        """The page or list over the messages."""
        return [" ".join(row.split()) for row in texts(self.model.overlay_rows(WIDTH, HEIGHT))]
