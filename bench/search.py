"""How long searches take while people talk, and what the index costs: ``python -m bench.search``.

This one runs the parts of the broker in its own process: its journal, its search index with their
threads, and a loop that commits messages at a steady pace as the broker's turns do.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from string import ascii_lowercase
from typing import TYPE_CHECKING, Final, NamedTuple

from bench import report
from bench.processes import BenchError
from bench.talk import FREQUENT_CHARACTER, MARKS, PEOPLE, ROOMS, Talk
from broker.journal import StoredEntry
from broker.records import RoomEntry
from broker.search import SearchHits, SearchQuery
from broker.search_thread import Search
from broker.sqlite_journal import SqliteJournal
from protocol.codec import encode
from protocol.events import Said

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    from bench.report import Figures

_LIMIT: Final = 20
_SLICE: Final = 200
_FILL: Final = 500
_TURN_S: Final = 0.02
_PAUSE_S: Final = 0.01
_PAIR_TURN: Final = 10
_ROOMS_OF_MEMBER: Final = 30
_STARTED_MS: Final = 1_700_000_000_000


class _Class(NamedTuple):
    """A kind of search; ``least`` is how many of 20 messages it must find."""

    name: str
    query: SearchQuery
    least: int


def _classes(messages: int) -> list[_Class]:
    everywhere = {f"room{number}": 1 for number in range(ROOMS)}
    member = dict(random.Random(5).sample(sorted(everywhere.items()), _ROOMS_OF_MEMBER))
    small = {f"room{ROOMS - 1}": 1}
    rare, some, half = MARKS
    author = _author(PEOPLE - 1)
    made = []
    for mark in MARKS:
        least = min(_LIMIT, int(messages * mark.share))
        for what, words in (("word", mark.word), ("pair", mark.pair)):
            query = SearchQuery(words, everywhere, _LIMIT)
            made.append(_Class(f"{mark.name}_{what}", query, least))
    for name, words, rooms, by in (
        ("member_half", half.word, member, ""),
        ("member_rare", rare.word, member, ""),
        ("in_room_half", half.word, small, ""),
        ("in_room_some", some.word, small, ""),
        ("from_half", half.pair, everywhere, author),
        ("from_some", some.word, everywhere, author),
        ("two_words", f"{half.word} {some.pair}", everywhere, ""),
        ("character", FREQUENT_CHARACTER, everywhere, ""),
        ("starts_with", "e*", everywhere, ""),
        ("many_starts", " ".join(f"{letter}*" for letter in ascii_lowercase), everywhere, ""),
        ("nothing", "unsaid", everywhere, ""),
    ):
        made.append(_Class(name, SearchQuery(words, rooms, _LIMIT, by), 0))
    return made


class _House:
    """A journal with its index and somebody who talks."""

    def __init__(self, folder: Path, talk: Talk, *, is_on: bool = True) -> None:
        self._talk = talk
        self._heads: dict[int, int] = {}
        self._said = 0
        self._index = folder / "search.db"
        self._is_on = is_on
        self._loop = asyncio.get_running_loop()
        self.journal = SqliteJournal(
            folder / "journal.db",
            fsync=False,
            keep_messages=0,
            keep_days=0,
            boot_id="bench",
            new_id=lambda: "bench",
        )
        self.journal.load()
        self.search: Search | None = None

    def start_search(self) -> None:
        journal = self.journal
        self.search = Search(
            self._index, journal.id, journal.sequence, self._loop, is_on=self._is_on
        )
        self.search.start(self._feed)

    def prepared(self, count: int) -> list[StoredEntry]:
        """Return the next messages, numbered and encoded."""
        entries = []
        for room, author, text in self._talk.lines(count):
            number = self._heads[room] = self._heads.get(room, 0) + 1
            self._said += 1
            event = Said(number, _STARTED_MS + self._said, _author(author), "Ann", number, text)
            entries.append(StoredEntry(RoomEntry(f"room{room}", event), encode(event)))
        return entries

    def commit(self, entries: list[StoredEntry]) -> int:
        """Commit, hand over, and return the nanoseconds that the handing over took."""
        self.journal.commit(entries)
        if self.search is None:
            return 0
        started = time.perf_counter_ns()
        self.search.committed(self.journal.sequence, entries)
        return time.perf_counter_ns() - started

    async def ask(self, query: SearchQuery) -> SearchHits:
        answer = self._loop.create_future()
        assert self.search is not None
        self.search.search(query, answer.set_result)
        hits: SearchHits | None = await answer
        if hits is None:
            raise BenchError(f"a search for {query.words!r} failed")
        return hits

    async def until_complete(self, give_up_at: float) -> None:
        while (await self.ask(SearchQuery("unsaid", {}, 1))).behind:
            if time.monotonic() > give_up_at:
                raise BenchError("the index did not catch up in time")
            await asyncio.sleep(0.05)

    def file_bytes(self) -> int:
        return self._index.stat().st_size

    def close(self) -> None:
        if self.search is not None:
            self.search.close()
        self.journal.close(None)

    def _feed(self) -> None:
        """Hand over one slice, as the broker does between two turns."""
        assert self.search is not None
        after = self.search.wanted()
        if after is not None:
            self.search.read(after, self.journal.later(after, _SLICE))
            if self.search.wanted() is not None:
                self._loop.call_soon(self._feed)


def _author(number: int) -> str:
    return f"{number:016x}"


@contextmanager
def _folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="hubbub-bench-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


class _Flow:
    """People talk at a steady pace until told to stop."""

    def __init__(self, house: _House, per_second: float) -> None:
        self.handed_ns: list[int] = []
        self.said = 0
        self.turns_ns: list[int] = []
        self.late_s = 0.0
        self._house = house
        self._per_turn = max(1, round(per_second * _TURN_S))
        self._interval_s = self._per_turn / per_second

    async def run(self) -> None:
        due = time.perf_counter()
        while True:
            entries = self._house.prepared(self._per_turn)
            started = time.perf_counter_ns()
            self.handed_ns.append(self._house.commit(entries))
            self.turns_ns.append(time.perf_counter_ns() - started)
            self.said += len(entries)
            due += self._interval_s
            left = due - time.perf_counter()
            self.late_s = max(self.late_s, -left)
            await asyncio.sleep(max(0.0, left))


async def _searches(
    house: _House, classes: list[_Class], rounds: int, give_up_at: float
) -> Figures:
    times: dict[str, list[float]] = {kind.name: [] for kind in classes}
    order = classes * rounds
    random.Random(7).shuffle(order)
    for kind in order:
        started = time.perf_counter()
        hits = await house.ask(kind.query)
        times[kind.name].append((time.perf_counter() - started) * 1000)
        if hits.behind or len(hits.places) < kind.least:
            raise BenchError(f"{kind.name} found {len(hits.places)} (behind: {hits.behind})")
        if time.monotonic() > give_up_at:
            raise BenchError("the searches took too long")
        await asyncio.sleep(_PAUSE_S)
    figures: Figures = {}
    for name, taken in times.items():
        taken.sort()
        figures[f"{name}_p50_ms"] = report.percentile(taken, 0.5)
        figures[f"{name}_p99_ms"] = report.percentile(taken, 0.99)
    return figures


async def _throughput(messages: int, deadline_s: float, *, is_on: bool) -> float:
    """Return messages a second committed as fast as the journal takes them."""
    with _folder() as folder:
        house = _House(folder, Talk(3), is_on=is_on)
        house.start_search()
        if is_on:
            await house.until_complete(time.monotonic() + deadline_s)
        turns = [house.prepared(_PAIR_TURN) for _ in range(messages // _PAIR_TURN)]
        started = time.perf_counter()
        for turn in turns:
            house.commit(turn)
            await asyncio.sleep(0)
        taken = time.perf_counter() - started
        house.close()
    return messages / taken


async def _paced(options: argparse.Namespace, *, is_on: bool) -> tuple[list[int], float]:
    """Return how long each turn's commit took, and this thread's processor time a message."""
    with _folder() as folder:
        house = _House(folder, Talk(4), is_on=is_on)
        house.start_search()
        if is_on:
            await house.until_complete(time.monotonic() + options.deadline)
        flow = _Flow(house, options.per_second)
        started = time.thread_time_ns()
        talking = asyncio.create_task(flow.run())
        await asyncio.sleep(options.seconds)
        used = time.thread_time_ns() - started
        talking.cancel()
        house.close()
    return sorted(flow.turns_ns), used / flow.said


async def _costs(options: argparse.Namespace) -> Figures:
    """Compare with and without an index, the two in turns."""
    ratios = []
    turns: dict[bool, list[int]] = {True: [], False: []}
    cpu: dict[bool, list[float]] = {True: [], False: []}
    for pair in range(options.pairs):
        rates = {}
        for is_on in (True, False) if pair % 2 else (False, True):
            rates[is_on] = await _throughput(options.burst, options.deadline, is_on=is_on)
            taken, used = await _paced(options, is_on=is_on)
            turns[is_on] += taken
            cpu[is_on].append(used)
        ratios.append(rates[True] / rates[False])
    figures = {"commits_with_to_without_ratio": sorted(ratios)[len(ratios) // 2]}
    for is_on, name in ((True, "with"), (False, "without")):
        taken = sorted(turns[is_on])
        figures[f"turn_{name}_p50_us"] = report.percentile(taken, 0.5) / 1000
        figures[f"turn_{name}_p99_us"] = report.percentile(taken, 0.99) / 1000
        figures[f"main_thread_{name}_us"] = sorted(cpu[is_on])[len(cpu[is_on]) // 2] / 1000
    return figures


async def _run(options: argparse.Namespace) -> Figures:
    with _folder() as folder:
        house = _House(folder, Talk(1))
        for _ in range(options.messages // _FILL):
            house.commit(house.prepared(_FILL))
        started = time.perf_counter()
        house.start_search()
        await house.until_complete(time.monotonic() + options.deadline)
        build_s = time.perf_counter() - started
        index_mib = house.file_bytes() / 2**20
        flow = _Flow(house, options.per_second)
        talking = asyncio.create_task(flow.run())
        classes = _classes(options.messages)
        await _searches(house, classes, 2, time.monotonic() + options.deadline)  # warm
        figures = await _searches(
            house, classes, options.searches, time.monotonic() + options.deadline
        )
        talking.cancel()
        figures |= {
            "index_mib": index_mib,
            "built_messages_per_s": options.messages / build_s,
            "hand_over_p50_us": report.percentile(sorted(flow.handed_ns), 0.5) / 1000,
            "hand_over_p99_us": report.percentile(sorted(flow.handed_ns), 0.99) / 1000,
            "flow_late_ms": flow.late_s * 1000,
        }
        house.close()
    return figures | await _costs(options)


def _units(classes: list[_Class]) -> Mapping[str, str]:
    units = {f"{kind.name}_{p}_ms": "{:.2f}" for kind in classes for p in ("p50", "p99")}
    return units | {
        "built_messages_per_s": "{:,.0f}",
        "index_mib": "{:.0f}",
        "flow_late_ms": "{:.1f}",
        "hand_over_p50_us": "{:.0f}",
        "hand_over_p99_us": "{:.0f}",
        "commits_with_to_without_ratio": "{:.3f}",
        "turn_with_p50_us": "{:.0f}",
        "turn_without_p50_us": "{:.0f}",
        "turn_with_p99_us": "{:.0f}",
        "turn_without_p99_us": "{:.0f}",
        "main_thread_with_us": "{:.1f}",
        "main_thread_without_us": "{:.1f}",
    }


def main() -> int:
    """Measure, and return the exit status."""
    parser = report.parser("bench.search", "Measure the search index while people talk.")
    add = parser.add_argument
    add("--messages", type=report.positive, default=1_000_000, help="in the journal at the start")
    add("--per-second", type=report.positive_float, default=500.0, help="said meanwhile")
    add("--searches", type=report.positive, default=100, help="of each kind")
    add("--pairs", type=report.positive, default=5, help="comparisons with and without an index")
    add("--burst", type=report.positive, default=20_000, help="messages committed at full speed")
    add("--seconds", type=report.positive_float, default=3.0, help="of talk in each comparison")
    options = parser.parse_args()
    units = dict(_units(_classes(options.messages)))
    return report.run(options, lambda chosen: asyncio.run(_run(chosen)), units)


if __name__ == "__main__":
    sys.exit(main())
