"""Who may read what, worked out from the committed events alone: what the broker is judged by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from broker.journal import StoredEntry
from broker.records import Made, RoomEntry
from broker.state import LOBBY
from protocol.events import AnyEvent, Appointed, Invited, Joined, Left, Reason
from protocol.messages import Alive, Answer, BrokerMessage, Entered, Events, Welcome
from protocol.questions import Found, Happened, Kind, People, RoomList


@dataclass
class Span:
    """A time that somebody was in a room; what they may read reaches back to ``first``."""

    first: int
    joined: int
    left: int | None = None

    def may_read(self, number: int, before: int) -> bool:
        """Whether a question of the turn that began at head ``before`` may be answered so."""
        is_now = self.left is None or self.left > before
        return is_now and self.first <= number and (self.left is None or number <= self.left)

    def may_hear(self, number: int) -> bool:
        return self.joined <= number and (self.left is None or number <= self.left)


@dataclass
class Belonging:
    """Follows the journal.

    Attributes:
        kinds: what each room is.
        spans: for room and person, the times that they were in it.
    """

    kinds: dict[str, Kind] = field(default_factory=lambda: {LOBBY: Kind.PUBLIC})
    spans: dict[tuple[str, str], list[Span]] = field(default_factory=dict)
    _seen: int = 0
    _heads: dict[str, int] = field(default_factory=dict)
    _heads_before: dict[str, int] = field(default_factory=dict)
    _readers: dict[tuple[str, str], int] = field(default_factory=dict)
    _invited: set[tuple[str, str]] = field(default_factory=set)
    _roles: set[tuple[str, str]] = field(default_factory=set)

    def follow(self, committed: list[StoredEntry]) -> None:
        """Learn what was committed in a turn."""
        self._heads_before = dict(self._heads)
        for entry in (stored.entry for stored in committed[self._seen :]):
            if isinstance(entry, Made):
                self.kinds.setdefault(entry.room, entry.kind)
                self._roles.add((entry.room, entry.session))
            elif isinstance(entry, RoomEntry):
                self._learn(entry.room, entry.event)
        self._seen = len(committed)

    def _learn(self, room: str, event: AnyEvent) -> None:
        key = room, event.author
        self._heads[room] = event.number
        if isinstance(event, Invited):
            self._invited.add((room, event.who))
        elif isinstance(event, Appointed):
            (self._roles.add if event.operator else self._roles.discard)((room, event.who))
        elif isinstance(event, Joined):
            if self.kinds[room] is Kind.PRIVATE:
                assert any(key in known for known in (self._invited, self._roles, self._readers))
            self._invited.discard(key)
            first = 1 if self.kinds[room] is Kind.TALK else event.number
            first = self._readers.setdefault(key, first)
            self.spans.setdefault(key, []).append(Span(first, event.number))
        elif isinstance(event, Left):
            self.spans[key][-1].left = event.number
            if event.reason != Reason.LOST:
                self._readers.pop(key, None)
                self._invited.discard(key)

    def owed(self, person: str) -> Iterator[tuple[str, int]]:
        """Yield room and number of each event of the turn that ``person`` must be sent."""
        for (room, who), spans in self.spans.items():
            if who == person and self.is_closed(room):
                for number in range(self._heads_before.get(room, 0) + 1, self._heads[room] + 1):
                    if any(span.may_hear(number) for span in spans):
                        yield room, number

    def is_closed(self, room: str) -> bool:
        return self.kinds[room] is not Kind.PUBLIC

    def judge(self, message: BrokerMessage, people: Iterable[str], *, admin: bool = False) -> None:
        """Fail if ``message`` tells more of a room than any of ``people`` may know.

        The administrator may know which rooms there are, and who is in them.
        """
        if admin and isinstance(message, Answer) and isinstance(message.answer, RoomList | People):
            return
        known = tuple(people)
        for room, numbers, heard in _told(message):
            if not self.is_closed(room):
                continue
            spans = [span for who in known for span in self.spans.get((room, who), ())]
            assert spans, (room, message)
            for number in numbers:
                before = self._heads_before.get(room, 0)
                may = [s.may_hear(number) if heard else s.may_read(number, before) for s in spans]
                assert any(may), (room, number, spans, message)


def _told(message: BrokerMessage) -> Iterator[tuple[str, list[int], bool]]:
    """Yield rooms with the numbers of events told of them, and whether as they happened."""
    match message:
        case Events(room=room, events=events):
            yield room, [event.number for event in events], True
        case Entered(room=room, number=number, recent=recent):
            yield room, [number], True
            yield room, [event.number for event in recent], False
        case Alive(heads=heads):
            yield from ((room, [], True) for room, _ in heads)
        case Welcome(rooms=rooms):
            yield from ((head.room, [head.joined], True) for head in rooms)
        case Answer(answer=Events(room=room, events=events) | Happened(room=room, events=events)):
            yield room, [event.number for event in events], False
        case Answer(answer=People(room=room)):
            yield room, [], False
        case Answer(answer=RoomList(rooms=rooms)):
            yield from ((line.room, [], False) for line in rooms if not line.invited)
        case Answer(answer=Found(hits=hits)):
            yield from ((hit.room, [hit.event.number], False) for hit in hits)
        case _:
            pass
