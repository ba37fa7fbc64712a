"""Compares what was said and acknowledged, what each witness saw, and what the journal holds.

Every text is ``m`` and a number that is used once, so that a line is known wherever it turns up.
"Acknowledged" is one's own line coming back to an nc person on the same connection, a settled
command of a link, an ``ack`` to a raw client. A witness is one view of the room: one connection of
an nc person, or one session of a scripted client.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from broker.sqlite_journal import SqliteJournal
from protocol.events import Event, Joined, Said

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from protocol.events import AnyEvent

LOBBY: Final = "lobby"
TEXT: Final = re.compile(r"m(\d+)\b")
_SHOWN: Final = 10
_PAGE_EVENTS: Final = 1000
_PAGE_BYTES: Final = 1 << 20
_decode: Final = msgspec.json.Decoder[Event](Event).decode


def number_of(text: str) -> int:
    """Return the number of a text; 0 if it is none of ours."""
    match = TEXT.match(text)
    return int(match[1]) if match else 0


class Ledger:
    """What was said, by whom, and what of it was acknowledged.

    Attributes:
        said: the numbers of each author, in the order in which they were said. An author is one
            connection of an nc person, or one session.
        acknowledged: the numbers that must never be lost.
        last: the last number given out.
    """

    def __init__(self) -> None:
        self.said: dict[str, list[int]] = {}
        self.acknowledged: set[int] = set()
        self.last = 0

    def say(self, author: str) -> int:
        """Return the number of the author's next text."""
        self.last += 1
        self.said.setdefault(author, []).append(self.last)
        return self.last


@dataclass(eq=False)
class Witness:
    """One view of the room.

    Attributes:
        name: for complaints.
        user_id: of the nc person, to look where the view starts; empty for others.
        chunks: the numbers seen, as they came; a chunk may be shared with others who saw the same.
        gone: after how many of them it was announced that some are no longer kept.
        stayed: whether it was there to the end, and must have seen all up to the end.
    """

    name: str
    user_id: str = ""
    chunks: list[tuple[int, ...]] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)
    seen: int = 0
    stayed: bool = False

    def take(self, numbers: tuple[int, ...]) -> None:
        """Note what was seen."""
        if numbers:
            self.chunks.append(numbers)
            self.seen += len(numbers)

    def missed_some(self) -> None:
        """It was announced that what comes next is no longer kept."""
        self.gone.add(self.seen)

    @property
    def numbers(self) -> list[int]:
        """All that was seen."""
        return [number for chunk in self.chunks for number in chunk]


class Stored(NamedTuple):
    """The lobby as the journal holds it.

    Attributes:
        order: the numbers of all texts, in the room's order.
        joined: how many texts there were before each of the joins of a user ID.
        events: how many events are kept.
        complaints: what is wrong with the journal itself.
    """

    order: list[int]
    joined: dict[str, list[int]]
    events: int
    complaints: list[str]


@dataclass
class Report:
    """What is wrong, by promise. Nothing is, if it is empty."""

    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    said: int = 0
    acknowledged: int = 0
    stored: int = 0
    seen: int = 0
    witnesses: int = 0

    @property
    def complaints(self) -> list[str]:
        """All of them."""
        return self.lost + self.twice + self.disordered

    def __str__(self) -> str:
        told = (
            f"{self.said} said, {self.acknowledged} acknowledged, {self.stored} stored, "
            f"{self.seen} seen by {self.witnesses} witnesses: {len(self.lost)} lost, "
            f"{len(self.twice)} twice, {len(self.disordered)} out of order"
        )
        return "\n".join([told, *(f"  {text}" for text in self.complaints[:_SHOWN])])


def read_journal(path: Path) -> Stored:
    """Read the lobby of a journal whose broker has stopped."""
    journal = SqliteJournal(
        path,
        fsync=False,
        keep_messages=0,
        keep_days=0,
        boot_id="",
        new_id=lambda: os.urandom(8).hex(),
    )
    try:
        state = journal.load()
        return stored(_events(journal, state.rooms[LOBBY].head) if LOBBY in state.rooms else [])
    finally:
        journal.close(None)


def _events(journal: SqliteJournal, head: int) -> Iterator[AnyEvent]:
    """Yield what is kept, page by page: the sessions' entries are pruned on their own."""
    first = 1
    while first <= head:
        page = journal.page(LOBBY, first, head, _PAGE_EVENTS, _PAGE_BYTES)
        for body in page.events:
            yield _decode(body)
        first = max(first, page.oldest) + len(page.events)


def stored(events: Iterable[AnyEvent]) -> Stored:
    """Take apart a room's events."""
    order: list[int] = []
    joined: dict[str, list[int]] = {}
    complaints: list[str] = []
    before, count = 0, 0
    for event in events:
        count += 1
        if before and event.number != before + 1:
            complaints.append(f"journal: event {event.number} follows {before}")
        before = event.number
        if isinstance(event, Joined):
            joined.setdefault(event.user_id, []).append(len(order))
        elif isinstance(event, Said) and (number := number_of(event.text)):
            order.append(number)
    return Stored(order, joined, count, complaints)


class Checker:
    """Holds everything against the journal."""

    def __init__(self, ledger: Ledger, held: Stored) -> None:
        self._ledger = ledger
        self._held = held
        self._place = {number: place for place, number in enumerate(held.order)}
        self._slices: dict[tuple[int, ...], tuple[int, int] | None] = {}
        self.report = Report(
            said=ledger.last,
            acknowledged=len(ledger.acknowledged),
            stored=len(held.order),
            disordered=list(held.complaints),
        )

    def check(self, witnesses: Iterable[Witness]) -> Report:
        """Check all, and return what is wrong."""
        self._check_journal()
        for witness in witnesses:
            self._check_witness(witness)
        return self.report

    def _check_journal(self) -> None:
        report = self.report
        missing = sorted(self._ledger.acknowledged - self._place.keys())
        report.lost += [f"m{number} was acknowledged and is not stored" for number in missing]
        if len(self._place) != len(self._held.order):
            counts = Counter(self._held.order)
            report.twice += [f"m{n} is stored {count} times" for n, count in counts.items()
                             if count > 1]  # fmt: skip
        for author, numbers in self._ledger.said.items():
            places = [self._place.get(number, -1) for number in numbers]
            while places and places[-1] < 0:
                places.pop()  # the last ones may not have been taken
            if -1 in places:
                hole = numbers[places.index(-1)]
                report.lost.append(f"{author}: m{hole} is not stored, but later ones are")
            elif places != sorted(places):
                report.disordered.append(f"{author}: not stored in the order in which it was said")

    def _check_witness(self, witness: Witness) -> None:
        self.report.witnesses += 1
        self.report.seen += witness.seen
        expected, seen = -1, 0
        for chunk in witness.chunks:
            found = self._slice(chunk)
            if found is None or witness.gone or (expected >= 0 and found[0] != expected):
                self._look_closely(witness)
                return
            if not seen:
                self._check_start(witness, found[0])
            expected = found[0] + len(chunk)
            seen += len(chunk)
        self._check_end(witness, expected)

    def _slice(self, chunk: tuple[int, ...]) -> tuple[int, int] | None:
        """Return the places of a chunk in the journal, if it is a piece without a hole."""
        if chunk not in self._slices:
            first = self._place.get(chunk[0], -1)
            same = first >= 0 and self._held.order[first : first + len(chunk)] == list(chunk)
            self._slices[chunk] = (first, first + len(chunk)) if same else None
        return self._slices[chunk]

    def _look_closely(self, witness: Witness) -> None:
        """Go through a view number by number, to say what exactly is wrong."""
        report, known, expected = self.report, set[int](), -1
        for count, number in enumerate(witness.numbers):
            place = self._place.get(number)
            if number in known:
                report.twice.append(f"{witness.name}: m{number} was seen twice")
                continue
            known.add(number)
            if place is None:
                report.lost.append(f"{witness.name}: m{number} was seen and is not stored")
                continue
            if not count:
                self._check_start(witness, place)
            elif place > expected and count not in witness.gone:
                report.lost.append(
                    f"{witness.name}: {place - expected} missing before m{number}, the "
                    f"first is m{self._held.order[expected]}"
                )
            elif place < expected:
                report.disordered.append(f"{witness.name}: m{number} was seen too late")
            expected = max(expected, place + 1)
        self._check_end(witness, expected)

    def _check_start(self, witness: Witness, first: int) -> None:
        if witness.user_id and first not in self._held.joined.get(witness.user_id, []):
            number = self._held.order[first]
            self.report.lost.append(
                f"{witness.name}: m{number} is not the first after {witness.user_id} came in"
            )

    def _check_end(self, witness: Witness, expected: int) -> None:
        if witness.stayed and witness.seen and expected != len(self._held.order):
            missing = len(self._held.order) - expected
            self.report.lost.append(f"{witness.name}: the last {missing} are missing")
