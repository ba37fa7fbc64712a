"""A room as the people of one door see it: each event is rendered once and shared. Pure."""

from __future__ import annotations

from collections import deque
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from client.acts import is_everywhere, is_hidden
from gateway.batch import Batch
from gateway.gathering import BIG_ROOM, Gathering, Headcount, is_gathered
from gateway.person import Partner
from protocol import room_names
from protocol.events import (
    Joined,
    Left,
    Reason,
    Renamed,
    Said,
    SubjectSet,
)
from protocol.limits import LARGEST_NUMBER
from protocol.phrases import Phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gateway.batch import Shown
    from gateway.person import Choosy, Person
    from protocol.events import AnyEvent
    from protocol.rendering import Renderer

RECENT_EVENTS: Final = 10_000
"""Kept for people whose answer to ``join`` comes after the events that follow it."""
RECENT_MS: Final = 10 * 60 * 1000
"""How long they are kept while more happens; else a door would hold 5 MB of each busy room."""


class RoomView:
    """Turns the room's events into bytes for each member.

    Args:
        renderer: makes the lines.
        name: the room's name.
        choosy: for whom the shared lines may be wrong.
        is_lobby: whether people come in through this room.

    Attributes:
        members: who sees the room, by connection.
        headcount: how many people are in it, on other doors too.
        gathering: comings and goings that are not told yet.
        subject: what the room is about.
        is_public: whether everybody may read it; then who is lost is shown what follows meanwhile.
    """

    def __init__(
        self, renderer: Renderer, name: str, choosy: Choosy, *, is_lobby: bool = True
    ) -> None:
        self.members: dict[int, Person] = {}
        self.headcount = Headcount()
        self.gathering = Gathering()
        self.subject = ""
        self.is_public = True
        self._renderer = renderer
        self._name = name
        self._choosy = choosy
        self._is_lobby = is_lobby
        self._is_talk = name.startswith(room_names.TALK_SIGN)
        self._label = room_names.shown(name)
        self._recent: deque[Shown] = deque(maxlen=RECENT_EVENTS)
        self._last = 0
        self._fresh: dict[int, Person] = {}

    def enter(self, person: Person) -> bytes:
        """Let a person see the room from their start on; return what came since then."""
        self.members[person.key] = person
        start = person.rooms[self._name]
        if start > self._last:
            self._fresh[person.key] = person
        since = list(takewhile(lambda shown: shown[0].number >= start, reversed(self._recent)))
        batch = Batch(since[::-1])
        for event, _, _ in batch.concerning(person):
            if event.author == person.id:
                person.unseen.saw(event)
        return self._bytes_for(person, batch)

    def count_people(self, number: int, people: int) -> None:
        """There were so many people in the room right after event ``number``."""
        since = takewhile(lambda shown: shown[0].number > number, reversed(self._recent))
        self.headcount.state(number, people, [event for event, _, _ in since][::-1])

    def learn_subject(self, number: int, subject: str) -> None:
        """The room was about ``subject`` right after event ``number``, or later."""
        if number >= self._last:  # else its events have told more
            self.subject = subject

    def leave(self, person: Person) -> None:
        """The person sees the room no longer."""
        self.members.pop(person.key, None)
        self._fresh.pop(person.key, None)

    def lost(self, person: Person, number: int) -> None:
        """The person was lost by event ``number``, and enters again if they may."""
        person.lost_at[self._name] = number
        person.rooms[self._name] = LARGEST_NUMBER
        self._fresh[person.key] = person

    def forget_events(self) -> None:
        """The room's numbers start afresh; its members see it once they have entered it again.

        Until then the room of that name may be somebody else's.
        """
        self._recent.clear()
        self._fresh = dict(self.members)
        self._last = 0
        self.headcount.forget()
        self.gathering = Gathering()
        for person in self.members.values():
            person.rooms[self._name] = LARGEST_NUMBER
            person.again.pop(self._name, None)
            person.lost_at.pop(self._name, None)

    def gone(self, count: int) -> Iterator[tuple[Person, bytes]]:
        """Yield what each member reads of the next ``count`` events, which are no longer kept."""
        line = self._renderer.say(Phrase.GONE, count=count)
        for person in self.members.values():
            if person.rooms[self._name] < LARGEST_NUMBER:
                yield person, _bytes([self._placed(person, line, is_own=False)])

    def deliver(
        self, events: Sequence[AnyEvent], person_of: Callable[[str], Person | None]
    ) -> Iterator[tuple[Person, bytes]]:
        """Yield what each member reads of the room's next events.

        Args:
            events: consecutive, after those of the last call.
            person_of: returns the person of this door behind a session's public id.
        """
        shown = [self._show(event) for event in events]
        self._recent.extend(shown)
        self._forget_old(events[-1].at)
        apart = self._who_sees_otherwise(shown, person_of)
        self._last = events[-1].number
        batch = Batch(shown)
        plain = _bytes(batch.lines())
        if plain:
            labelled = b""
            for person in list(self.members.values()):
                if person.key in apart:
                    continue
                if person.focus == self._name:
                    yield person, plain
                else:
                    labelled = labelled or _bytes(self._labelled(shown))
                    yield person, labelled
        for person in apart.values():
            if data := self._bytes_for(person, batch):
                yield person, data

    def gathered(self) -> Iterator[tuple[Person, bytes]]:
        """Yield what each member reads of the comings and goings since the last call."""
        gathering, self.gathering = self.gathering, Gathering()
        made: dict[tuple[int, int, bool], bytes] = {}
        for person in list(self.members.values()):
            came, left = gathering.since(person.rooms[self._name])
            in_focus = person.focus == self._name
            if not (came or left):
                continue
            data = made.get((came, left, in_focus))
            if data is None:
                line = gathering.lines[-1] if came + left == 1 else self._count(came, left)
                line = line if in_focus else _with_label(self._label, line)
                data = made[came, left, in_focus] = _bytes([line])
            yield person, data

    def _forget_old(self, now_ms: int) -> None:
        """Forget what nobody waits for by now."""
        if any(self._name in person.lost_at for person in self._fresh.values()):
            return
        while self._recent[0][0].at < now_ms - RECENT_MS:
            self._recent.popleft()

    def _show(self, event: AnyEvent) -> Shown:
        """Render an event for those who did not cause it, and keep count."""
        if type(event) is Said:  # nearly all are
            return event, self._renderer.to_others(event), False
        line = None
        if not (self._is_talk and isinstance(event, Joined)):
            line = self._renderer.to_others(event, lobby=self._is_lobby)
        # What is gathered is told before what follows it, though few are left by then.
        is_big = self.headcount.people > BIG_ROOM or len(self.gathering) > 0
        self.headcount.see(event)
        if isinstance(event, SubjectSet):
            self.subject = event.text
        if is_big and line is not None and isinstance(event, Joined | Left) and is_gathered(event):
            self.gathering.add(event, line)
            line = None
        return event, line, is_everywhere(event)

    def _who_sees_otherwise(
        self, shown: Sequence[Shown], person_of: Callable[[str], Person | None]
    ) -> dict[int, Person]:
        """Return the members for whom the shared lines are wrong.

        They are the authors of acts that read differently to oneself, those whose view starts
        within these events, those who ignore an author, and those who saw an act in another room.
        """
        first, last = shown[0][0].number, shown[-1][0].number
        apart = self._start_within(first, last)
        if self._is_talk:
            self._hear(shown)
            return dict(self.members)
        for event, _, _ in shown:
            person = person_of(event.author)
            if person is None or person.key not in self.members:
                continue
            if type(event) is not Said and isinstance(event, Left | Renamed | Joined):
                apart[person.key] = person
            if event.number >= person.rooms[self._name]:
                person.unseen.saw(event)
        if ignored_by := self._choosy.ignored_by:
            for author in {event.author for event, _, _ in shown}:
                apart |= self._members_of(ignored_by.get(author, {}))
        if any(everywhere and line is not None for _, line, everywhere in shown):
            apart |= self._members_of(self._choosy.roaming)
        return apart

    def _members_of(self, people: dict[int, Person]) -> dict[int, Person]:
        """Return those of ``people`` who see the room; many may be in other rooms of the door."""
        few, others = sorted((people, self.members), key=len)
        return {key: person for key, person in few.items() if key in others}

    def _start_within(self, first: int, last: int) -> dict[int, Person]:
        fresh = {key: p for key, p in self._fresh.items() if p.rooms[self._name] > first}
        self._fresh = {key: p for key, p in self._fresh.items() if p.rooms[self._name] > last}
        return fresh

    def _hear(self, shown: Sequence[Shown]) -> None:
        """In a conversation of two: note who spoke to whom, and what the other is called."""
        for person in self.members.values():
            for event, _, _ in shown:
                if event.number < person.rooms[self._name]:
                    continue
                if event.author == person.id:
                    person.unseen.saw(event)
                    continue
                name = event.new_name if isinstance(event, Renamed) else event.name
                is_here = not isinstance(event, Left) or event.reason == Reason.LEFT
                person.others.pop(self._name, None)
                person.others[self._name] = Partner(event.author, name, is_here)
                if isinstance(event, Said) and event.author not in person.ignored:
                    person.reply_to = event.author

    def _bytes_for(self, person: Person, batch: Batch) -> bytes:
        """Return what one person reads of these events, from their coming to their going."""
        start = person.rooms[self._name]
        lines: list[str] = []
        for event, line, everywhere in batch.concerning(person):
            if event.number < start or is_hidden(event, person.ignored):
                continue
            is_own = event.author == person.id
            text = self._to_author(event) if is_own else line
            if text is not None and not (everywhere and person.has_seen(event)):
                lines.append(text if everywhere else self._placed(person, text, is_own=is_own))
            if is_own and isinstance(event, Left) and self.is_left_by(event):
                break
        return _bytes(lines)

    def is_left_by(self, event: Left) -> bool:
        """Return whether its author is shown nothing that follows.

        Who was lost and is still here enters again, and is to miss nothing in between. What others
        may not read is kept back until then: perhaps they are not let in any more.
        """
        return event.reason != Reason.LOST or not self.is_public

    def _to_author(self, event: AnyEvent) -> str | None:
        """Return what the author reads; that they entered a room is told by the answer to that."""
        if isinstance(event, Joined) and not self._is_lobby:
            return None
        return self._renderer.to_author(event, lobby=self._is_lobby)

    def _placed(self, person: Person, text: str, *, is_own: bool) -> str:
        """Return the text with the room that it comes from, if that is not the one in focus."""
        if self._is_talk:
            other = person.others.get(self._name)
            name = other.name if other else ""
            phrase = Phrase.PRIVATE_OWN_LINE if is_own else Phrase.PRIVATE_LINE
            lines = text.split("\n")
            return "\n".join(self._renderer.say(phrase, name=name, line=line) for line in lines)
        return text if person.focus == self._name else _with_label(self._label, text)

    def _labelled(self, shown: Sequence[Shown]) -> list[str]:
        return [
            line if everywhere else _with_label(self._label, line)
            for _, line, everywhere in shown
            if line is not None
        ]

    def _count(self, came: int, left: int) -> str:
        if not (came and left):
            phrase = Phrase.GATHERED_CAME if came else Phrase.GATHERED_LEFT
        else:
            phrase = Phrase.GATHERED if came > 1 else Phrase.GATHERED_ONE
        return self._renderer.say(phrase, came=came, left=left)


def _with_label(label: str, text: str) -> str:
    if "\n" not in text:
        return f"{label} {text}"
    return "\n".join(f"{label} {line}" for line in text.split("\n"))


def _bytes(lines: Sequence[str]) -> bytes:
    return "".join([f"{line}\n" for line in lines]).encode()
