"""The plain TCP door: people's bytes to commands, the link's notices to lines. Pure.

The server passes in what happens to sockets; after each turn it takes the output, and the sockets
to close, pause and resume.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from client.notices import (
    Answered,
    BrokerStopping,
    IdleWarning,
    IgnoredNow,
    InvitedTo,
    JournalChanged,
    RoomClosed,
    RoomEntered,
    RoomEvents,
    RoomLeft,
    SessionOver,
    Settled,
    StatusChanged,
    Welcomed,
)
from gateway import person as limits
from gateway.answers import Answers
from gateway.comings import Comings
from gateway.deliveries import Deliveries
from gateway.hall import Hall
from gateway.intake import Intake
from gateway.intents import Intents
from gateway.person import Person
from gateway.rate import LineRate
from protocol.commands import Quit, Rename
from protocol.errors import LinkError
from protocol.phrases import Phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from client.link import Link
    from client.notices import AboutSession, Notice
    from client.outbox import Pending
    from gateway.output import DoorOutput
    from protocol.rendering import Renderer

DOOR: Final = "nc"


class Door:
    """Everybody who came in by plain TCP."""

    def __init__(self, link: Link, renderer: Renderer, rate: float) -> None:
        self._hall = Hall(link, renderer)
        self._rate = rate
        self._intents = Intents(self._hall)
        self._intake = Intake(self._hall, self._intents)
        self._comings = Comings(self._hall, self._intake)
        self._deliveries = Deliveries(self._hall, self._intake, self._comings)
        self._answers = Answers(self._hall, self._intake)

    def __len__(self) -> int:
        """Return how many people there are."""
        return len(self._hall.people)

    # ---- from the server

    def connected(self, key: int, address: str, token: str, now: float) -> None:
        """Somebody connected from ``address`` (``ip:port``); ``token`` is 128 random bits."""
        session = self._hall.link.open(token, now, door=DOOR, address=address)
        person = Person(key, session, LineRate(self._rate, now))
        self._hall.add(person)
        if self._deliveries.told_waiting:
            self._hall.output.tell(person, Phrase.WAITING)

    def received(self, key: int, data: bytes, now: float) -> str:
        """Bytes came in; return which other protocol they are of, and nothing for a person's."""
        person = self._hall.people.get(key)
        if person is None or person.leaving:
            return ""
        if protocol := person.first.feed(data):
            self._comings.turn_away(person, protocol)
            return protocol
        link = self._hall.link
        person.take(person.reader.feed(data))
        before = link.unsettled(person.session)
        self._intake.take(person, now)
        made_command = link.unsettled(person.session) > before
        if not made_command and now - person.active_at >= limits.ACTIVE_EVERY_S:
            self._intents.report_active(person, now)
        return ""

    def ended(self, key: int, now: float) -> str:
        """The person sends no more, but may still read; return as :meth:`received`."""
        person = self._hall.people.get(key)
        if person is None or person.leaving:
            return ""
        if protocol := person.first.end():
            self._comings.turn_away(person, protocol)
            return protocol
        person.take(person.reader.end())
        person.leaving = True
        self._intake.take(person, now)
        return ""

    def lost(self, key: int, now: float) -> None:
        """The connection is gone. What was sent before is said."""
        person = self._hall.people.get(key)
        if person is None:
            return
        person.connected = False
        self._hall.output.forget(person)
        self.ended(key, now)
        self._intake.take(person, now)

    def cut(self, key: int) -> None:
        """The person does not read, and too much waits: they are out."""
        if person := self._hall.people.get(key):
            self._comings.cut(person)

    def quit_all(self, *, with_broker: bool = False) -> None:
        """The gateway stops: say so to everybody, and leave. Without a broker, nobody waits."""
        if with_broker:  # whose own word of it may come later, or never
            self._deliveries.broker_stopping()
        self._deliveries.stopping = True
        self._comings.quit_all()

    def tick(self, now: float) -> None:
        """Take the lines that waited for their time, and tell what was gathered until now."""
        self._hall.tell_gathered(now)
        for key in self._hall.timers.expired(now):
            if person := self._hall.people.get(key):
                self._intake.take(person, now)

    def next_deadline(self) -> float | None:
        """Return when :meth:`tick` has something to do, or None."""
        times = (self._hall.timers.next(), self._hall.next_gathered())
        return min((time for time in times if time is not None), default=None)

    def take_output(self) -> DoorOutput:
        """Return what is to be done with the sockets, and forget it."""
        return self._hall.output.take()

    # ---- from the link

    def notice(self, notices: Iterable[Notice], now: float) -> None:
        """Take what happened on the link."""
        for notice in notices:
            match notice:
                case RoomEvents():
                    self._deliveries.events(notice, now)
                case StatusChanged(status):
                    self._deliveries.status(status)
                case BrokerStopping():
                    self._deliveries.broker_stopping()
                case JournalChanged():
                    self._deliveries.journal_changed()
                case RoomClosed(room):
                    self._hall.views.pop(room, None)
                case _:
                    if person := self._hall.by_session.get(notice.session):
                        # The link may have forgotten a session whose end is yet to be read here.
                        with suppress(LinkError):
                            self._notice_of(person, notice, now)

    def _notice_of(self, person: Person, notice: AboutSession, now: float) -> None:
        match notice:
            case Settled(_, commands):
                self._settled(person, commands, now)
            case RoomEntered():
                self._comings.entered(person, notice, now)
            case RoomLeft():
                self._deliveries.room_left(person, notice, now)
            case Welcomed():
                self._comings.welcomed(person, notice)
            case Answered():
                self._answers.show(person, notice, now)
            case InvitedTo():
                self._comings.invited(person, notice)
            case IgnoredNow():
                self._comings.ignored(person, notice)
            case IdleWarning(_, seconds):
                self._hall.output.tell(person, Phrase.IDLE_WARNING, seconds=seconds)
            case SessionOver():
                self._comings.over(person, notice)
            case _:
                self._comings.refused(person, notice, now)

    def _settled(self, person: Person, commands: Sequence[Pending], now: float) -> None:
        person.told_delay = False
        if isinstance(commands[-1].command, Quit):
            self._hall.remove(person)
            return
        person.unseen.settled(pending.serial for pending in commands)
        if person.silent:
            self._confirm(person, commands)
        self._intake.settled(person, now)

    def _confirm(self, person: Person, commands: Sequence[Pending]) -> None:
        """Tell the person what was done, as nothing else will."""
        for serial, command in commands:
            if serial in person.silent:
                person.silent.discard(serial)
                phrase = Phrase.RENAMED_SELF if isinstance(command, Rename) else Phrase.DONE
                self._hall.output.tell(person, phrase)
