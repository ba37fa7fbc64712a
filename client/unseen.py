"""Which acts of one's own are yet to come back as events, so that nobody leaves too early. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.acts import is_everywhere
from protocol.commands import Announce, Away, Ignore, Join, Rename, Tell
from protocol.events import Said

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from protocol.commands import Command
    from protocol.events import AnyEvent


class Unseen:
    """Counts one's own acts whose events were not shown yet.

    Args:
        count: how many there are already.

    Attributes:
        count: how many there are.
    """

    __slots__ = ("_last_everywhere", "_without_event", "count")

    def __init__(self, count: int = 0) -> None:
        self.count = count
        self._without_event: set[int] = set()
        self._last_everywhere = 0

    def submitted(self, serial: int, command: Command, rooms: Collection[str], lobby: str) -> None:
        """A command is on its way.

        Args:
            serial: the link's number for it.
            command: the command.
            rooms: those whose events are shown.
            lobby: the room in which is told what concerns the whole broker.
        """
        if _is_seen(command, rooms, lobby):
            self.count += 1
        else:
            self._without_event.add(serial)

    def settled(self, serials: Iterable[int]) -> None:
        """Commands are acknowledged; their events come."""
        if self._without_event:
            self._without_event.difference_update(serials)

    def refused(self, serial: int) -> None:
        """A command was refused; it has no event."""
        if serial in self._without_event:
            self._without_event.discard(serial)
        else:
            self.count = max(0, self.count - 1)

    def saw(self, event: AnyEvent) -> None:
        """An event of one's own is shown."""
        # What follows from an act, and in whose name nothing was asked for, has no number.
        if not event.n:
            return
        if type(event) is not Said and is_everywhere(event):  # nearly all are
            if event.n <= self._last_everywhere:
                return
            self._last_everywhere = event.n
        self.count = max(0, self.count - 1)

    def lost(self, unsettled: int) -> None:
        """What was done before is not waited for; ``unsettled`` commands are sent again."""
        self.count = unsettled
        self._last_everywhere = 0


def _is_seen(command: Command, rooms: Collection[str], lobby: str) -> bool:
    """Return whether an event of one's own is shown if this is carried out."""
    match command:
        case Ignore():
            return False
        case Rename() | Away() | Announce(room=""):
            return bool(rooms)
        case Tell() | Join():
            return True
        case _:  # what concerns everybody is told in the lobby
            return (getattr(command, "room", "") or lobby) in rooms
