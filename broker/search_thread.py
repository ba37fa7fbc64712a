"""Follows the journal with the search index, and answers searches, beside the broker's own thread.

One thread writes the index, another one searches it. The broker's thread only hands over what it
has committed, and after a start slices of the journal, which no other thread can read.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from broker.search import SearchDamaged, SearchFailed, SearchHits, SearchUnsupported
from broker.search_backlog import MOST_WAITING, Backlog
from broker.search_index import SearchIndex
from broker.search_reader import find
from broker.search_schema import open_for_search, throw_away

if TYPE_CHECKING:
    import asyncio
    import sqlite3
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from broker.journal import StoredEntry
    from broker.search import Later, SearchQuery

_GATHER_S: Final = 0.25
"""How long commits are gathered for one of the index, unless a search waits for them."""
_REST: Final = 3
"""How many times as long as it wrote the index rests while people talk."""
_NEARLY: Final = MOST_WAITING
"""Up to so many missing entries a search waits a moment for the index; else it says ``behind``."""
_WAIT_S: Final = 0.5
_SEARCH_WITHIN_S: Final = 2.0
_SEARCHES_WAITING: Final = 64
_REST_S: Final = 5.0
_CLOSE_WITHIN_S: Final = 10.0

_log: Final = logging.getLogger(__name__)


class _Job(NamedTuple):
    """A search that waits; ``upto`` is what the index is to hold for it."""

    query: SearchQuery
    on_done: Callable[[SearchHits | None], None]
    upto: int


class Search:
    """The search index with its threads. Every method is for the loop's thread.

    Args:
        path: the file; None for an index in memory.
        journal: the journal's id.
        last: the journal's last sequence.
        loop: where answers are given.
        is_on: whether there is an index at all.
    """

    def __init__(
        self,
        path: Path | None,
        journal: str,
        last: int,
        loop: asyncio.AbstractEventLoop,
        *,
        is_on: bool = True,
    ) -> None:
        self._path = path
        self._journal = journal
        self._loop = loop
        self._is_on = is_on
        self._on_wanted: Callable[[], None] = lambda: None
        # One lock guards everything below but for the connections; each thread has its own bell.
        self._lock = threading.Lock()
        self._to_write = threading.Condition(self._lock)
        self._to_search = threading.Condition(self._lock)
        self._backlog = Backlog(last)
        self._jobs: deque[_Job] = deque()
        self._indexed = 0
        self._index: SearchIndex | None = None
        self._is_damaged = self._is_closing = self._search_waits = False
        self._reader: sqlite3.Connection | None = None
        self._read_of: SearchIndex | None = None
        # In memory both threads share one connection.
        self._connection: AbstractContextManager[object] = (
            threading.Lock() if path is None else nullcontext()
        )
        self._prunes: dict[str, int] = {}
        self._rest_s = 0.0
        self._threads = [
            threading.Thread(target=self._guarded, args=(body,), name=name, daemon=True)
            for name, body in (("search-index", self._keep_index), ("search", self._answer))
        ]

    def start(self, on_wanted: Callable[[], None]) -> None:
        """Start the threads; ``on_wanted`` is called when :meth:`wanted` may have changed."""
        self._on_wanted = on_wanted
        if self._is_on:
            for thread in self._threads:
                thread.start()

    def close(self) -> None:
        """End the threads; searches that wait are not answered."""
        with self._lock:
            self._is_closing = True
            self._to_write.notify()
            self._to_search.notify()
            if self._reader is not None:
                self._reader.interrupt()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(_CLOSE_WITHIN_S)

    # ---- following the journal

    def committed(self, last: int, entries: Sequence[StoredEntry]) -> None:
        """Hand over a commit; nobody may change ``entries`` any more.

        Args:
            last: the sequence of the last of them.
            entries: what was committed.
        """
        with self._lock:
            is_first = not self._backlog.count
            self._backlog.committed(last, entries)
            if is_first:  # from then on it looks at the clock by itself
                self._to_write.notify()

    def wanted(self) -> int | None:
        """Return after which sequence :meth:`read` wants a slice of the journal now, or None."""
        with self._lock:
            return self._backlog.wanted()

    def read(self, after: int, later: Later) -> None:
        """Hand over the slice of the journal that follows ``after``."""
        with self._lock:
            self._backlog.read(after, later)
            self._to_write.notify()

    def prune(self, pruned: Mapping[str, int]) -> None:
        """Have removed from the index what was removed from the journal.

        Args:
            pruned: up to which number, for each room that was pruned.
        """
        with self._lock:
            self._backlog.prune(pruned)
            self._to_write.notify()

    # ---- searching

    def search(self, query: SearchQuery, on_done: Callable[[SearchHits | None], None]) -> None:
        """Look something up; the answer comes later, on the loop.

        Args:
            query: what to look for.
            on_done: called with the answer, or with None when there is none: the search is off,
                took too long, too many wait, or the disk gives no answer.
        """
        with self._lock:
            is_taken = self._is_on and len(self._jobs) < _SEARCHES_WAITING
            if is_taken:
                self._jobs.append(_Job(query, on_done, self._backlog.last))
                self._to_search.notify()
        if not is_taken:
            self._loop.call_soon(on_done, None)

    # ---- both threads

    def _guarded(self, body: Callable[[], None]) -> None:
        try:
            body()
        except Exception:
            _log.exception("an internal error: the search is off until the broker starts again")
            self._turn_off()

    def _turn_off(self) -> None:
        with self._lock:
            self._is_on = False
            jobs = list(self._jobs)
            self._jobs.clear()
            self._backlog.end()
        for job in jobs:
            self._on_loop(job.on_done, None)

    def _on_loop(self, call: Callable[..., None], *values: object) -> None:
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(call, *values)

    # ---- the thread that writes

    def _keep_index(self) -> None:
        told = ""
        while not self._is_closing:
            try:
                self._follow()
            except SearchUnsupported as error:
                _log.warning("the search is off: %s", error)
                self._turn_off()
                return
            except SearchDamaged as error:
                _log.warning("%s; the index is thrown away and built anew", error)
                self._throw_away()
            except SearchFailed as error:
                if str(error) != told:
                    told = str(error)
                    _log.warning("%s; this is tried again", error)
            with self._lock:
                self._to_write.wait_for(lambda: self._is_closing, _REST_S)

    def _throw_away(self) -> None:
        if self._path is not None:
            with suppress(SearchFailed):  # opening it says so, too
                throw_away(self._path)

    def _follow(self) -> None:
        """Keep an index up to date until the end, or until it fails."""
        index = SearchIndex(self._path, self._journal, self._backlog.last)
        missing = self._backlog.last - index.sequence
        is_building = missing > MOST_WAITING
        if is_building:
            _log.info("the search index reads up to %d entries of the journal", missing)
        with self._lock:
            self._backlog.begin(index.sequence)
            self._index, self._indexed, self._is_damaged = index, index.sequence, False
            self._to_search.notify()
        self._on_loop(self._on_wanted)
        try:
            while self._step(index):
                if is_building and self._backlog.is_following:
                    is_building = False
                    _log.info("the search index is complete")
        finally:
            with self._lock:
                self._backlog.end()
                self._index = None
            with self._connection:
                index.close()

    def _step(self, index: SearchIndex) -> bool:
        """Do what there is to do, or wait for it; return False at the end."""
        with self._lock:
            self._to_write.wait_for(self._has_work)
            is_gathering = self._backlog.is_following and not self._prunes
            pause_s = max(_GATHER_S, self._rest_s) if is_gathering else self._rest_s
            self._to_write.wait_for(self._is_urgent, pause_s)
            if self._is_closing:
                return False
            if self._is_damaged:
                raise SearchDamaged("a search met damage")
            taken = self._backlog.take()
            self._prunes |= self._backlog.pruned
            self._backlog.pruned.clear()
            is_wanted = self._backlog.wanted() is not None
            last = self._backlog.last
        started = time.monotonic()
        if is_wanted:  # to be read while this is written
            self._on_loop(self._on_wanted)
        with self._connection:
            if taken.upto > index.sequence:
                index.apply(taken.changes, taken.upto)
            if self._prunes:
                room, number = next(iter(self._prunes.items()))
                if not index.prune(room, number):
                    del self._prunes[room]
        with self._lock:
            # While people talk most of the time is theirs: the threads share one interpreter.
            is_talk = self._backlog.last != last
            self._rest_s = (time.monotonic() - started) * _REST if is_talk else 0.0
            self._indexed = index.sequence
            if self._search_waits:
                self._to_search.notify()
        return True

    def _has_work(self) -> bool:
        backlog = self._backlog
        return bool(
            self._is_closing or self._is_damaged or backlog.count or backlog.pruned or self._prunes
        )

    def _is_urgent(self) -> bool:
        return self._is_closing or self._is_damaged or self._search_waits

    # ---- the thread that searches

    def _answer(self) -> None:
        try:
            while True:
                with self._lock:
                    self._to_search.wait_for(lambda: self._is_closing or self._jobs)
                    if self._is_closing:
                        return
                    job = self._jobs.popleft()
                    is_behind = self._wait_for_index(job.upto)
                    index = self._index
                answer = None
                try:
                    answer = self._answer_to(job.query, index, is_behind=is_behind)
                finally:  # an internal error, too, must leave nobody waiting
                    self._on_loop(job.on_done, answer)
        finally:
            self._let_reader_go()

    def _wait_for_index(self, upto: int) -> bool:
        """Give the index a moment to take in what is missing; return whether something still is."""
        if self._indexed < upto <= self._indexed + _NEARLY:
            self._search_waits = True
            self._to_write.notify()
            self._to_search.wait_for(lambda: self._is_closing or self._indexed >= upto, _WAIT_S)
            self._search_waits = False
        return self._indexed < upto

    def _answer_to(
        self, query: SearchQuery, index: SearchIndex | None, *, is_behind: bool
    ) -> SearchHits | None:
        if index is None:
            return SearchHits([], 0, behind=True) if self._is_on else None
        try:
            with self._connection:
                found = find(self._reader_of(index), query, time.monotonic() + _SEARCH_WITHIN_S)
        except SearchDamaged as error:
            _log.warning("%s", error)
            with self._lock:
                self._is_damaged = index is self._index  # else it is thrown away already
                self._to_write.notify()
            return None
        except SearchFailed as error:
            _log.info("a search has no answer: %s", error)
            return None
        return SearchHits(found.places, found.older, is_behind)

    def _reader_of(self, index: SearchIndex) -> sqlite3.Connection:
        if self._path is None:
            return index.db
        if self._reader is None or self._read_of is not index:
            self._let_reader_go()
            reader = open_for_search(self._path)
            with self._lock:
                self._reader, self._read_of = reader, index
        return self._reader

    def _let_reader_go(self) -> None:
        with self._lock:
            reader, self._reader, self._read_of = self._reader, None, None
        if reader is not None:
            reader.close()
