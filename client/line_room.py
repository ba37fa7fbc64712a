"""What line mode writes of its room, as fast as standard output takes it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from client.backlog import Backlog, Gone, Renumbered

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from client.backlog import Item
    from client.line_output import LineOutput
    from client.link import Link
    from protocol.events import AnyEvent
    from protocol.messages import Events

EVENTS_A_TIME: Final = 200


class LineRoom:
    """One room, read at the pace of its reader.

    Args:
        room: its name.
        output: where events are written.
        on_own: called with each event that one caused oneself, when it is written.

    Attributes:
        own: one's public id.
    """

    def __init__(self, room: str, output: LineOutput, on_own: Callable[[AnyEvent], None]) -> None:
        self.own = ""
        self._room = room
        self._output = output
        self._on_own = on_own
        self._backlog: Backlog | None = None
        self._history_to = 0

    @property
    def is_open(self) -> bool:
        """Whether the room is read."""
        return self._backlog is not None

    def __len__(self) -> int:
        """Return how many events can be written now."""
        return len(self._backlog) if self._backlog else 0

    def open(self, start: int, head: int = 0) -> None:
        """Read from ``start`` on; what there is already, up to ``head``, is history."""
        if not self._output.mute:
            self._history_to = head
            self._backlog = Backlog(self._room, start, head)

    def close(self) -> None:
        """Nobody reads any more."""
        self._backlog = None

    def receive(self, room: str, events: Sequence[AnyEvent], gone: int) -> None:
        """Take a delivery of the link."""
        if self._backlog is not None and room == self._room:
            self._backlog.receive(events, gone)

    def renumbered(self) -> None:
        """The broker has another journal."""
        self._history_to = 0
        if self._backlog is not None:
            self._backlog.renumbered()

    def write(self) -> None:
        """Write what comes next."""
        if self._backlog is not None:
            for item in self._backlog.take(EVENTS_A_TIME):
                self._output.write(self._shown(item))

    def catch_up(self, link: Link, session: int, now: float) -> None:
        """Ask for what did not fit, once there is space again."""
        if self._backlog is not None and (page := self._backlog.ask(now)):
            self._backlog.asked(link.ask(session, page))

    def answered(self, request: int, page: Events) -> None:
        """The answer to a question of :meth:`catch_up`, or to another one."""
        if self._backlog is not None and self._backlog.is_asked(request):
            self._backlog.answered(page)

    def question_refused(self, request: int, fields: Mapping[str, int | str], now: float) -> None:
        """A question of :meth:`catch_up` was refused, or another one."""
        if self._backlog is not None and self._backlog.is_asked(request):
            self._backlog.refused(fields, now)

    def next_deadline(self) -> float | None:
        """Return when :meth:`catch_up` has something to do, or None."""
        return self._backlog.next_deadline() if self._backlog else None

    def _shown(self, item: Item) -> list[str]:
        presenter = self._output.presenter
        if isinstance(item, Gone | Renumbered):
            return presenter.happened(self._room, item, self.own)
        if item.number <= self._history_to:
            return presenter.history(self._room, [item], self.own)
        if item.author == self.own:
            self._on_own(item)
        return presenter.happened(self._room, item, self.own)
