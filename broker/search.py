"""What is asked of the search index, what it answers, and what it learns of. Pure.

The index knows places only: whoever asked it reads the text from the journal, and judges again
whether the person may read it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import msgspec

from broker.journal import Journal
from broker.records import RoomEntry
from protocol.errors import HubbubError
from protocol.events import Deleted, Edited, Said

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from broker.journal import StoredEntry

_Change = Said | Edited | Deleted
_change: Final[msgspec.json.Decoder[_Change]] = msgspec.json.Decoder(_Change)
_TAGS: Final = (b'["said"', b'["edited"', b'["deleted"')


class SearchQuery(NamedTuple):
    """What a person looks for. Everything that is asked for must hold.

    Attributes:
        words: as the person wrote them; see :mod:`broker.search_words`.
        rooms: where to look: each room with the first number that the person may read.
        limit: how many places to return at most.
        author: the id of who must have said it; empty for anybody.
        before_ms: it was said before this moment, in milliseconds since 1970; 0 for any.
        after_ms: it was said at this moment or later; 0 for any.
        older_than: go on from here: the ``older`` of the answer before; 0 to begin.
        name: with ``author``: or the name that it was said under, as names are compared.
    """

    words: str
    rooms: Mapping[str, int]
    limit: int
    author: str = ""
    before_ms: int = 0
    after_ms: int = 0
    older_than: int = 0
    name: str = ""


class SearchHits(NamedTuple):
    """Where it was said.

    Attributes:
        places: room and number of each message, newest first.
        older: where to go on; 0 when there is nothing more.
        behind: whether messages that were committed before the question are not yet in the index.
    """

    places: list[tuple[str, int]]
    older: int
    behind: bool


class Change(msgspec.Struct, frozen=True):
    """A committed event that changes what is found; ``sequence`` is its place in the journal."""

    sequence: int
    room: str
    event: _Change


class LaterEvent(NamedTuple):
    """An event of a room as it is stored now: a message that was edited has its last text."""

    sequence: int
    room: str
    body: bytes


class Later(NamedTuple):
    """A slice of the journal.

    Attributes:
        events: those of rooms that can be read, in the order of their commits.
        upto: the sequence up to which that is all.
    """

    events: list[LaterEvent]
    upto: int


class FollowedJournal(Journal, Protocol):
    """A journal that an index can follow."""

    @property
    def sequence(self) -> int:
        """The sequence of the last entry."""

    def later(self, after: int, count: int) -> Later:
        """Return the next ``count`` entries that follow the sequence ``after``."""

    def take_pruned(self) -> dict[str, int]:
        """Return up to which number rooms were pruned since this was last asked (or loaded)."""


class SearchFailed(HubbubError):  # noqa: N818 - says what happened
    """The index cannot be used now; the text says why."""


class SearchUnsupported(SearchFailed):
    """There can be no index here, whatever is tried."""


class SearchDamaged(SearchFailed):
    """What the index holds is not what was written: it must be built anew."""


def changes_committed(entries: Sequence[StoredEntry], first: int) -> Iterator[Change]:
    """Yield what matters of a commit whose first entry has the sequence ``first``."""
    for sequence, stored in enumerate(entries, first):
        entry = stored.entry
        if isinstance(entry, RoomEntry) and isinstance(entry.event, _Change):
            yield Change(sequence, entry.room, entry.event)


def changes_stored(events: Iterable[LaterEvent]) -> Iterator[Change]:
    """Yield what matters of what was read from the journal."""
    for sequence, room, body in events:
        if body.startswith(_TAGS):
            try:
                event = _change.decode(body)
            except (
                msgspec.MsgspecError,
                UnicodeDecodeError,
            ):  # written by a later Hubbub, with the same tag
                continue
            yield Change(sequence, room, event)
