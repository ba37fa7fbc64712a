"""Deadlines in order: finding the expired ones costs O(expired), not O(all)."""

from __future__ import annotations

import heapq
from typing import Generic, TypeVar

Key = TypeVar("Key")
_Place = tuple[float, int]  # when, and a serial number that no other has


class Deadlines(Generic[Key]):
    """At most one deadline a key, on the caller's clock (seconds).

    Moving a deadline later, which every message does, only overwrites a number: its old place in
    the heap is corrected when it comes up. Ties are broken by the order in which they were last
    set, so that a simulation always sees the same sequence.
    """

    def __init__(self) -> None:
        self._due: dict[Key, _Place] = {}
        self._queued: dict[Key, _Place] = {}
        self._heap: list[tuple[_Place, Key]] = []
        self._serial = 0

    def __len__(self) -> int:
        """Return how many deadlines are set."""
        return len(self._due)

    def __contains__(self, key: Key) -> bool:
        """Return whether ``key`` has a deadline."""
        return key in self._due

    def set(self, key: Key, when: float) -> None:
        """Set or move the deadline of ``key``."""
        self._serial += 1
        place = self._due[key] = (when, self._serial)
        queued = self._queued.get(key)
        if queued is None or place < queued:
            self._push(key, place)
            self._trim()

    def cancel(self, key: Key) -> None:
        """Forget the deadline of ``key``, if there is one."""
        if self._due.pop(key, None) is not None:
            self._trim()

    def next(self) -> float | None:
        """Return the earliest deadline, or None."""
        self._settle()
        return self._heap[0][0][0] if self._heap else None

    def first(self) -> tuple[float, Key] | None:
        """Return the earliest deadline and its key, or None."""
        self._settle()
        if not self._heap:
            return None
        (when, _), key = self._heap[0]
        return when, key

    def expired(self, now: float) -> list[Key]:
        """Remove and return the keys whose deadline is at or before ``now``, earliest first."""
        keys: list[Key] = []
        while True:
            self._settle()
            if not self._heap or self._heap[0][0][0] > now:
                return keys
            _, key = heapq.heappop(self._heap)
            del self._due[key], self._queued[key]
            keys.append(key)

    def _push(self, key: Key, place: _Place) -> None:
        self._queued[key] = place
        heapq.heappush(self._heap, (place, key))

    def _settle(self) -> None:
        """Make the top of the heap a deadline that is really due then."""
        while self._heap:
            place, key = self._heap[0]
            due = self._due.get(key)
            if due == place:
                return
            heapq.heappop(self._heap)
            if self._queued.get(key) != place:
                continue
            del self._queued[key]
            if due is not None:
                self._push(key, due)

    def _trim(self) -> None:
        """Keep the heap within a small multiple of what is set, at O(1) a call on average."""
        if len(self._heap) > 2 * len(self._due) + 64:
            self._queued = dict(self._due)
            self._heap = [(place, key) for key, place in self._due.items()]
            heapq.heapify(self._heap)
