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
    CommandDelayed,
    CommandRefused,
    HelloRefused,
    IdleWarning,
    JournalChanged,
    QuestionRefused,
    RoomClosed,
    RoomEntered,
    RoomEvents,
    SessionOver,
    Settled,
    Status,
    StatusChanged,
    Welcomed,
)
from gateway import person as limits
from gateway.output import Outbound
from gateway.person import Listing, Person, Phase
from gateway.rate import LineRate
from gateway.view import RoomView
from protocol.deadlines import Deadlines
from protocol.errors import LinkError
from protocol.events import Left, Reason
from protocol.limits import LINE_BYTES, ROSTER_PEOPLE
from protocol.lines import TooLong
from protocol.messages import Join, People, Quit, Rename, Say, Who
from protocol.phrases import Phrase
from protocol.slash import TABLE, CommandError, Intent, ShowHelp, ShowPeople, Speak

if TYPE_CHECKING:
    from collections.abc import Iterable

    from client.link import Link
    from client.notices import Notice
    from gateway.output import DoorOutput
    from protocol.rendering import Renderer

DOOR: Final = "nc"
PEOPLE_LISTED: Final = 200
# What the person sees in the room itself, or did by themselves.
_SAID_ELSEWHERE: Final = frozenset({"quit", "idle", "slow", "lost"})


class Door:
    """Everybody who came in by plain TCP."""

    def __init__(self, link: Link, renderer: Renderer, rate: float) -> None:
        self._link = link
        self._renderer = renderer
        self._rate = rate
        self._people: dict[int, Person] = {}
        self._by_session: dict[int, Person] = {}
        self._by_id: dict[str, Person] = {}
        self._views: dict[str, RoomView] = {}
        self._timers: Deadlines[int] = Deadlines()
        self._told_waiting = self._told_stopping = self._stopping = False
        self._output = Outbound(renderer)

    def __len__(self) -> int:
        """Return how many people there are."""
        return len(self._people)

    # ---- from the server

    def connected(self, key: int, address: str, token: str, now: float) -> None:
        """Somebody connected from ``address`` (``ip:port``); ``token`` is 128 random bits."""
        session = self._link.open(token, now, door=DOOR, address=address)
        person = Person(key, session, LineRate(self._rate, now))
        self._people[key] = self._by_session[session] = person
        if self._told_waiting:
            self._output.tell(person, Phrase.WAITING)

    def received(self, key: int, data: bytes, now: float) -> None:
        """Bytes came in."""
        person = self._people.get(key)
        if person is None or person.leaving:
            return
        person.take(person.reader.feed(data))
        before = self._link.unsettled(person.session)
        self._take_lines(person, now)
        made_command = self._link.unsettled(person.session) > before
        if not made_command and now - person.active_at >= limits.ACTIVE_EVERY_S:
            self._report_active(person, now)

    def ended(self, key: int, now: float) -> None:
        """The person sends no more, but may still read."""
        person = self._people.get(key)
        if person is not None and not person.leaving:
            person.take(person.reader.end())
            person.leaving = True
            self._take_lines(person, now)

    def lost(self, key: int, now: float) -> None:
        """The connection is gone. What was sent before is said."""
        person = self._people.get(key)
        if person is None:
            return
        person.connected = False
        self._output.forget(person)
        self.ended(key, now)
        self._take_lines(person, now)

    def cut(self, key: int) -> None:
        """The person does not read, and too much waits: they are out."""
        person = self._people.get(key)
        if person is None:
            return
        person.connected = False
        person.waiting.clear()
        person.leaving = True
        if person.phase is not Phase.LEAVING:
            person.phase = Phase.LEAVING
            self._link.submit(person.session, Quit(slow=True))

    def quit_all(self, *, with_broker: bool = False) -> None:
        """The gateway stops: say so to everybody, and leave. Without a broker, nobody waits."""
        if with_broker:  # whose own word of it may come later, or never
            self._tell_stopping()
        self._stopping = True
        for person in self._people.values():
            self._output.tell(person, Phrase.GATEWAY_STOPPING)
            if person.phase is not Phase.LEAVING:
                person.phase = Phase.LEAVING
                self._link.submit(person.session, Quit())
        if self._link.status is Status.WAITING:
            self._remove_all()

    def tick(self, now: float) -> None:
        """Take the lines that waited for their time."""
        for key in self._timers.expired(now):
            if person := self._people.get(key):
                self._take_lines(person, now)

    def next_deadline(self) -> float | None:
        """Return when :meth:`tick` has something to do, or None."""
        return self._timers.next()

    def take_output(self) -> DoorOutput:
        """Return what is to be done with the sockets, and forget it."""
        return self._output.take()

    # ---- from the link

    def notice(self, notices: Iterable[Notice], now: float) -> None:
        """Take what happened on the link."""
        for notice in notices:
            match notice:
                case RoomEvents():
                    self._deliver(notice, now)
                case StatusChanged(status):
                    self._status(status)
                case BrokerStopping():
                    self._tell_stopping()
                case JournalChanged():
                    self._output.tell_all(self._people.values(), Phrase.NEW_JOURNAL)
                    for view in self._views.values():
                        view.forget_events()
                case RoomClosed(room):
                    self._views.pop(room, None)
                case _:
                    if person := self._by_session.get(notice.session):
                        # The link may have forgotten a session whose end is yet to be read here.
                        with suppress(LinkError):
                            self._notice_of(person, notice, now)

    def _notice_of(
        self,
        person: Person,
        notice: Welcomed | HelloRefused | Settled | CommandRefused | CommandDelayed | Answered
        | QuestionRefused | RoomEntered | IdleWarning | SessionOver,
        now: float,
    ) -> None:  # fmt: skip
        match notice:
            case Settled(_, commands):
                person.told_delay = False
                if isinstance(commands[-1].command, Quit):
                    self._remove(person)
                else:
                    self._take_lines(person, now)
            case RoomEntered():
                self._entered(person, notice, now)
            case Welcomed():
                self._welcomed(person, notice)
            case Answered(_, request, answer):
                if isinstance(answer, People):
                    self._list_people(person, request, answer, now)
            case IdleWarning(_, seconds):
                self._output.tell(person, Phrase.IDLE_WARNING, seconds=seconds)
            case SessionOver(_, code):
                self._session_over(person, code)
            case _:
                self._refused(person, notice, now)

    def _refused(
        self,
        person: Person,
        notice: HelloRefused | CommandRefused | CommandDelayed | QuestionRefused,
        now: float,
    ) -> None:
        if not (isinstance(notice, CommandDelayed) and person.told_delay):
            self._output.tell(person, notice.code, **notice.fields)
        match notice:
            case CommandDelayed():
                person.told_delay = True
            case HelloRefused():
                self._remove(person)
            case QuestionRefused(_, request):
                person.listings.pop(request, None)
                self._take_lines(person, now)
            case CommandRefused(command=Join()):
                person.phase = Phase.LEAVING
                self._link.submit(person.session, Quit())
            case CommandRefused():
                person.unseen -= 1
                self._take_lines(person, now)

    # ---- arriving and leaving

    def _welcomed(self, person: Person, notice: Welcomed) -> None:
        person.id = notice.welcome.id
        self._by_id[person.id] = person
        if notice.again:
            person.unseen = self._link.unsettled(person.session)
            self._output.tell(person, Phrase.SESSION_LOST)
        elif person.phase is Phase.ARRIVING and not person.room:
            self._output.tell(person, Phrase.WELCOME, user_id=notice.welcome.user_id)
            self._link.submit(person.session, Join(notice.welcome.lobby))

    def _entered(self, person: Person, notice: RoomEntered, now: float) -> None:
        if not person.room:
            recent = notice.entered.recent if notice.entered else ()
            self._output.write(person, self._renderer.history(recent))
            self._output.tell(person, Phrase.HINT)
        view = self._views.get(notice.room)
        if view is None:
            view = self._views[notice.room] = RoomView(self._renderer)
        if person.key not in view.members:
            person.room, person.start = notice.room, notice.number
            self._output.send(person, view.enter(person))
        if person.phase is Phase.ARRIVING:
            person.phase = Phase.IN
        self._take_lines(person, now)

    def _session_over(self, person: Person, code: str) -> None:
        if code not in _SAID_ELSEWHERE:
            self._output.tell(person, code)
        self._remove(person)

    def _remove(self, person: Person) -> None:
        for view in self._views.values():
            view.leave(person)
        if self._by_id.get(person.id) is person:
            del self._by_id[person.id]
        del self._people[person.key], self._by_session[person.session]
        self._timers.cancel(person.key)
        self._output.close(person)

    def _remove_all(self) -> None:
        for person in list(self._people.values()):
            self._remove(person)

    # ---- lines

    def _take_lines(self, person: Person, now: float) -> None:
        """Carry out waiting lines while they may be, and read on only when none waits."""
        while person.waiting and person.phase is Phase.IN and self._may_take(person, now):
            self._carry_out(person, person.waiting.popleft(), now)
        if person.leaving and not person.waiting and not person.listings:
            self._leave(person, now)
        # A burst is read at once even if it waits: what a caller leaves unread in the kernel is
        # lost when it hangs up.
        self._output.read(person, reading=len(person.waiting) < limits.LINES_WAITING)

    def _may_take(self, person: Person, now: float) -> bool:
        if self._link.unsettled(person.session) >= limits.UNSETTLED_LINES:
            return False
        if person.rate.is_rested(now):
            person.told_fast = False
        if person.rate.take(now):
            return True
        self._timers.set(person.key, person.rate.next_at())
        if not person.told_fast:
            person.told_fast = True
            self._output.tell(person, Phrase.TOO_FAST)
        return False

    def _leave(self, person: Person, now: float) -> None:
        # Somebody still arriving leaves once the broker has let them in.
        if person.phase is not Phase.IN:
            return
        # Lost events cannot be asked for once the session is over, so that people first see what
        # they did; but not for ever.
        person.leave_by = person.leave_by or now + limits.LAST_WORDS_WITHIN_S
        if person.connected and person.unseen > 0 and now < person.leave_by:
            self._timers.set(person.key, person.leave_by)
        else:
            person.phase = Phase.LEAVING
            self._link.submit(person.session, Quit())

    def _carry_out(self, person: Person, line: str | TooLong, now: float) -> None:
        if isinstance(line, TooLong):
            self._output.tell(person, Phrase.LINE_TOO_LONG, limit=LINE_BYTES)
            return
        try:
            intent = TABLE.parse(line, in_room=bool(person.room), bare_words=True)
            self._do(person, intent, now)
        except CommandError as error:
            self._output.tell(person, error.phrase, **error.fields)

    def _do(self, person: Person, intent: Intent, now: float) -> None:
        match intent:
            case Speak(text, action):
                self._submit(person, Say(person.room, text, action))
            case Rename():
                self._submit(person, intent)
            case ShowPeople(everybody):
                limit = ROSTER_PEOPLE if everybody else PEOPLE_LISTED
                question = Who(person.room, limit=limit)
                request = self._link.ask(person.session, question)
                person.listings[request] = Listing(everybody)
                self._report_active(person, now)
            case ShowHelp():
                self._output.write(person, self._renderer.help(intent))
            case Quit():
                person.waiting.clear()
                person.leaving = True

    def _submit(self, person: Person, command: Say | Rename) -> None:
        self._link.submit(person.session, command)
        person.unseen += 1

    def _report_active(self, person: Person, now: float) -> None:
        person.active_at = now
        if person.phase is Phase.IN:
            self._link.active(person.session)

    def _list_people(self, person: Person, request: int, people: People, now: float) -> None:
        listing = person.listings.pop(request, None)
        if listing is None:
            return
        listing.shown += len(people.people)
        more = people.total - listing.shown
        if listing.everybody and more > 0 and people.people:
            after = people.people[-1].joined
            question = Who(people.room, after=after, limit=ROSTER_PEOPLE)
            person.listings[self._link.ask(person.session, question)] = listing
            more = 0
        self._output.write(person, self._renderer.people(people, more=more))
        self._take_lines(person, now)

    def _deliver(self, delivery: RoomEvents, now: float) -> None:
        view = self._views.get(delivery.room)
        if view is None:
            view = self._views[delivery.room] = RoomView(self._renderer)
        if delivery.gone:
            for person in view.members.values():
                self._output.tell(person, Phrase.GONE, count=delivery.gone)
        if not delivery.events:
            return
        for person, data in view.deliver(delivery.events, self._by_id.get):
            self._output.send(person, data)
        for event in delivery.events:
            author = self._by_id.get(event.author)
            if author is None or event.number < author.start:
                continue
            # Who was lost and is still here enters again, and is to miss nothing in between.
            if isinstance(event, Left) and event.reason != Reason.LOST:
                view.leave(author)
            elif author.leaving:
                with suppress(LinkError):  # as in notice: its session may be over by now
                    self._take_lines(author, now)

    def _status(self, status: Status) -> None:
        if status is Status.WAITING and self._stopping:
            self._remove_all()
        elif status is Status.WAITING and not self._told_waiting:
            self._told_waiting = True
            self._output.tell_all(self._people.values(), Phrase.WAITING)
        elif status is Status.CONNECTED and self._told_waiting:
            self._told_waiting = self._told_stopping = False
            self._output.tell_all(self._people.values(), Phrase.BACK)

    def _tell_stopping(self) -> None:
        if not (self._told_stopping or self._stopping):
            self._output.tell_all(self._people.values(), Phrase.STOPPING)
        self._told_stopping = True
