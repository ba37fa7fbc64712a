"""What happens in rooms and to the broker, to everybody whom it concerns. Pure."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from client.notices import RoomEvents, RoomLeft, Status
from protocol.errors import LinkError
from protocol.events import PUT_OUT, Left, Reason
from protocol.phrases import Phrase

if TYPE_CHECKING:
    from gateway.comings import Comings
    from gateway.hall import Hall
    from gateway.intake import Intake
    from gateway.person import Person

# The person goes on without the room.
_STAYS: Final = PUT_OUT | {Reason.LEFT}


class Deliveries:
    """Brings rooms' events to their people, and news of the broker to all.

    Attributes:
        told_waiting: everybody knows that the broker does not answer.
        stopping: the door closes.
    """

    def __init__(self, hall: Hall, intake: Intake, comings: Comings) -> None:
        self.told_waiting = self.stopping = False
        self._told_stopping = False
        self._hall = hall
        self._intake = intake
        self._comings = comings

    def events(self, delivery: RoomEvents, now: float) -> None:
        """Show a room's next events."""
        hall = self._hall
        view = hall.view(delivery.room)
        if delivery.gone:
            for person, data in view.gone(delivery.gone):
                hall.output.send(person, data)
        if not delivery.events:
            return
        for person, data in view.deliver(delivery.events, hall.by_id.get):
            hall.output.send(person, data)
        hall.gather(delivery.room, view, now)
        for event in delivery.events:
            author = hall.by_id.get(event.author)
            start = None if author is None else author.rooms.get(delivery.room)
            if author is None or start is None or event.number < start:
                continue
            if isinstance(event, Left) and view.is_left_by(event):
                self._left(author, delivery.room, event, now)
            elif author.leaving or author.seen_by:
                self._take_lines(author, now)

    def room_left(self, person: Person, notice: RoomLeft, now: float) -> None:
        """The person is out of a room, and may not have seen how."""
        if notice.reason and notice.reason not in _STAYS and not notice.code:
            return  # they are going for good
        if notice.code:
            self._hall.output.refuse(person, notice.code, notice.fields)
        if notice.room in person.rooms:
            self._hall.leave(person, notice.room, notice.reason)
        elif person.held_by == notice.room:
            person.held_by = ""
        self._take_lines(person, now)

    def status(self, status: Status) -> None:
        """The connection to the broker came up, or was lost."""
        if status is Status.WAITING and self.stopping:
            self._hall.remove_all()
        elif status is Status.WAITING and not self.told_waiting:
            self.told_waiting = True
            self._tell_all(Phrase.WAITING)
        elif status is Status.CONNECTED and self.told_waiting:
            self.told_waiting = self._told_stopping = False
            self._tell_all(Phrase.BACK)

    def broker_stopping(self) -> None:
        """The broker stops."""
        if not (self._told_stopping or self.stopping):
            self._tell_all(Phrase.STOPPING)
        self._told_stopping = True

    def journal_changed(self) -> None:
        """All numbers start afresh."""
        self._tell_all(Phrase.NEW_JOURNAL)
        for view in self._hall.views.values():
            view.forget_events()

    def _left(self, person: Person, room: str, event: Left, now: float) -> None:
        again = person.again.pop(room, None)
        if event.reason == Reason.LOST:
            self._hall.view(room).lost(person, event.number)
        elif event.reason in _STAYS and not event.everywhere:
            self._hall.leave(person, room, event.reason)
        else:
            self._hall.view(room).leave(person)
            return
        # Who is in again by now may have been told so before this exit came.
        if again is not None and again.number > event.number:
            self._comings.entered(person, again, now)
        # Not at once: the link tells of this exit once more, which must not end what lines begin.
        self._hall.timers.set(person.key, now)

    def _take_lines(self, person: Person, now: float) -> None:
        # The link may have forgotten a session whose end is yet to be read here.
        with suppress(LinkError):
            self._intake.take(person, now)

    def _tell_all(self, phrase: Phrase) -> None:
        self._hall.output.tell_all(self._hall.people.values(), phrase)
