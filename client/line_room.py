"""What line mode writes of one room, as fast as standard output takes it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from client.acts import is_hidden
from client.backlog import Backlog, Gone, Renumbered
from protocol.events import Renamed, SubjectSet
from protocol.limits import PAGE_EVENTS, RECENT_MESSAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping, Sequence

    from client.backlog import Item
    from client.line_output import LineOutput
    from client.line_presenter import Place
    from client.link import Link
    from protocol.events import AnyEvent
    from protocol.messages import Events

EVENTS_A_TIME: Final = 200


class LineRoom:
    """One room, read at the pace of its reader.

    Args:
        place: what is known of it; kept up to date here.
        output: where events are written.
        ignored: whose words are hidden, by id.
        on_shown: called with each event of the room when it is written.

    Attributes:
        place: see above.
        is_told: the reader knows of it.
    """

    def __init__(
        self,
        place: Place,
        output: LineOutput,
        ignored: Container[str],
        on_shown: Callable[[Place, AnyEvent], None],
    ) -> None:
        self.place = place
        self.is_told = False
        self._output = output
        self._ignored = ignored
        self._on_shown = on_shown
        self._backlog: Backlog | None = None
        self._history_to = 0

    @property
    def has_output(self) -> bool:
        """Whether :meth:`write` has something to do."""
        return self._backlog is not None and len(self._backlog) > 0

    def open(self, start: int) -> None:
        """Read from number ``start`` on."""
        if not self._output.mute:
            self._backlog = Backlog(self.place.room, start)

    def resume(self, first: int, head: int) -> None:
        """Read on after ``head``; the last messages before it, from ``first`` on, are history."""
        if not self._output.mute:
            self._history_to = head
            start = max(1, first, head - RECENT_MESSAGES + 1)
            self._backlog = Backlog(self.place.room, start, head)

    def close(self) -> None:
        """Nobody reads any more."""
        self._backlog = None

    def leave(self) -> None:
        """One is out of the room: write what has come, and say how much has not."""
        if self._backlog is not None:
            self.write(PAGE_EVENTS)
            if missing := self._backlog.missing:
                self._output.add(self._output.presenter.happened(self.place, Gone(missing)))
        self.close()

    def receive(self, events: Sequence[AnyEvent], gone: int) -> None:
        """Take a delivery of the link."""
        for event in events:
            if isinstance(event, SubjectSet):
                self.place.subject = event.text
        if self._backlog is not None:
            self._backlog.receive(events, gone)

    def renumbered(self) -> None:
        """The broker has another journal."""
        self._history_to = 0
        if self._backlog is not None:
            self._backlog.renumbered()

    def write(self, most: int = EVENTS_A_TIME) -> None:
        """Write what comes next."""
        if self._backlog is not None:
            for item in self._backlog.take(most):
                self._output.add(self._shown(item))

    def readable(self, events: Sequence[AnyEvent]) -> Iterator[AnyEvent]:
        """Yield the events that are not hidden."""
        return (event for event in events if not is_hidden(event, self._ignored))

    # ---- what did not fit

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
        return None if self._backlog is None else self._backlog.next_deadline()

    # ---- one event

    def _shown(self, item: Item) -> list[str]:
        presenter, place = self._output.presenter, self.place
        if isinstance(item, Gone | Renumbered):
            return presenter.happened(place, item)
        if place.is_talk and item.author == place.other:
            place.other_name = item.new_name if isinstance(item, Renamed) else item.name
        if is_hidden(item, self._ignored):
            return []
        if item.number <= self._history_to:
            return presenter.history(place, [item])
        self._on_shown(place, item)
        return presenter.happened(place, item)
