"""Who is sent the events of rooms that are not public: members' connections, and nobody else.

An event goes to each connection that carries somebody who is in the room before or after it: who
leaves sees their own exit, and nothing that follows. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from broker.presence import Peer, Presence

_Run = tuple[int, int]


class Whispers:
    """The events of one room in one turn, and who is sent which of them."""

    def __init__(self) -> None:
        self._pieces: list[tuple[frozenset[Peer], list[bytes]]] = []

    def add(self, encoded: bytes, peers: frozenset[Peer]) -> None:
        """Add an event for ``peers``; the same object stands for the same peers as before."""
        if not self._pieces or self._pieces[-1][0] is not peers:
            self._pieces.append((peers, []))
        self._pieces[-1][1].append(encoded)

    def runs(self) -> Iterator[tuple[list[bytes], list[Peer]]]:
        """Yield runs of events, each with all who are sent exactly that one, oldest first."""
        together: dict[_Run, list[Peer]] = {}
        for peer, run in self._run_of_each():
            together.setdefault(run, []).append(peer)
        for (start, end), peers in sorted(together.items(), key=lambda item: item[0]):
            pieces = self._pieces[start:end]
            yield [encoded for _, events in pieces for encoded in events], peers

    def _run_of_each(self) -> Iterator[tuple[Peer, _Run]]:
        since: dict[Peer, int] = {}
        for place, (peers, _) in enumerate(self._pieces):
            if place:
                for peer in self._pieces[place - 1][0] - peers:
                    yield peer, (since.pop(peer), place)
            for peer in peers:
                since.setdefault(peer, place)
        for peer, start in since.items():
            yield peer, (start, len(self._pieces))


class Audience:
    """Knows the connections of the members of rooms, until somebody comes or goes.

    In a large room it costs more to find them than to tell them, where one gateway carries them.
    """

    def __init__(self, presence: Presence) -> None:
        self._presence = presence
        self._changes = presence.changes
        self._known: dict[str, frozenset[Peer]] = {}

    def of(self, room: str, members: Iterable[str]) -> frozenset[Peer]:
        """Return the connections of the ``members`` of ``room``."""
        if self._changes != self._presence.changes:
            self.forget()
        peers = self._known.get(room)
        if peers is None:
            attached = self._presence.attached
            peers = self._known[room] = frozenset(
                attached[member].connection.peer for member in members if member in attached
            )
        return peers

    def changed(self, room: str) -> None:
        """Somebody entered or left ``room``."""
        self._known.pop(room, None)

    def forget(self) -> None:
        """Somebody was connected or ceased to be, or the rooms are others than was thought."""
        self._changes = self._presence.changes
        self._known.clear()
