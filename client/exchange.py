"""What is said between a link and the broker about sessions and rooms. Pure.

:class:`client.link.Link` makes the connections; this module speaks on whichever there is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from client import actions, notices
from client.commands import Commands
from client.rooms import Rooms
from client.session import Due, LinkSession
from protocol import codec
from protocol.deadlines import Deadlines
from protocol.endpoints import topic_of
from protocol.errors import Code, LinkError
from protocol.events import Left, Reason
from protocol.messages import (
    Ack,
    Alive,
    Answer,
    Ask,
    BrokerMessage,
    End,
    Ended,
    Entered,
    Events,
    Join,
    Page,
    PeerMessage,
    Question,
    Quit,
    Refused,
    Rename,
    Stopping,
    Warned,
    Welcome,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.actions import Action
    from client.notices import Notice
    from client.outbox import Pending
    from protocol.messages import Broadcast, Command, Hello

    AboutSession = Ack | Welcome | Entered | Refused | Ended | Warned

LAST_EVENTS_WITHIN_S: Final = 2.0  # that a session waits for once it is over
ASK_AGAIN_S: Final = 0.2


class Exchange:
    """Sessions and rooms of a link, and every message about them.

    Attributes:
        sessions: by the link's number.
        rooms: their feeds.
        timers: deadlines of sessions.
        messages: encoded, to be sent in this order.
        actions: what the adapter is to do.
        notices: what the owner is to know.
    """

    def __init__(self, random: Callable[[], float]) -> None:
        self.sessions: dict[int, LinkSession] = {}
        self.rooms = Rooms(random)
        self.timers: Deadlines[tuple[Due, int]] = Deadlines()
        self.messages: list[bytes] = []
        self.actions: list[Action] = []
        self.notices: list[Notice] = []
        self.commands = Commands(self.timers)
        self._by_id: dict[str, LinkSession] = {}
        self._journal = ""
        self._publish = ""
        self._last_request = 0

    # ---- from the owner

    def add(self, hello: Hello) -> None:
        """Carry one more session."""
        self.sessions[hello.session] = LinkSession(hello)

    def submit(self, number: int, command: Command) -> int:
        """Queue a command; return its serial."""
        return self.commands.submit(self.session(number), command)

    def ask(self, number: int, question: Question) -> int:
        """Ask a question; return its request number."""
        session = self.session(number)
        self._last_request += 1
        session.questions[self._last_request] = question
        if session.welcomed:
            self.send(Ask(number, self._last_request, question))
        return self._last_request

    def session(self, number: int) -> LinkSession:
        """Return the session.

        Raises:
            LinkError: it is not carried (any more).
        """
        session = self.sessions.get(number)
        if session is None:
            raise LinkError(f"session {number} is not carried")
        return session

    # ---- from the link

    def send(self, message: PeerMessage) -> None:
        """Queue a message."""
        self.messages.append(codec.encode(message))

    def take_messages(self, now: float) -> list[bytes]:
        """Return all that is to be sent now, in order."""
        messages, self.messages = self.messages + self.commands.take(now), []
        return messages

    def connection_lost(self) -> None:
        """Nothing more is said on this connection."""
        self.messages.clear()
        self.commands.connection_lost()
        for session in list(self.sessions.values()):
            session.welcomed = False
            if session.over:
                self._forget(session)

    def came_up(self, welcome: Welcome, now: float) -> None:
        """A new connection was welcomed for the first time."""
        self._publish = welcome.publish
        if self._journal and self._journal != welcome.journal:
            self.rooms.clear()
            self.notices.append(notices.JournalChanged())
        self._journal = welcome.journal
        self.rooms.reconnected(now)
        self.subscribe()

    def subscribe(self) -> None:
        """Ask for a new SUB with all topics."""
        if self.rooms.feeds:
            topics = tuple(topic_of(room) for room in self.rooms.feeds)
            self.actions.append(actions.Subscribe(self._publish, topics))

    def published(self, message: Broadcast, now: float) -> None:
        """Take a broadcast."""
        if message.journal != self._journal:
            return
        self._deliver(self.rooms.broadcast(message, now), now)

    def tick(self, now: float) -> None:
        """Do what is due by now; only while connected."""
        if self.rooms.subscribe_due(now):
            self.subscribe()
        for page in self.rooms.due_pages(now):
            self._ask_page(page, now)
        for due, number in self.timers.expired(now):
            if session := self.sessions.get(number):
                self._session_due(due, session)

    def next_deadline(self) -> float | None:
        """Return when :meth:`tick` has something to do, or None."""
        times = (self.rooms.next_deadline(), self.timers.next())
        return min((time for time in times if time is not None), default=None)

    def handle(self, message: BrokerMessage, now: float) -> None:
        """Take one message of the broker."""
        match message:
            case Alive():
                self._alive(message, now)
            case Answer():
                self._answer(message, now)
            case Stopping():
                self.notices.append(notices.BrokerStopping())
            case _:
                session = self.sessions.get(message.session)
                if session is not None:
                    self._handle_for(session, message, now)

    # ---- messages about one session

    def _handle_for(self, session: LinkSession, message: AboutSession, now: float) -> None:
        match message:
            case Ack():
                self._settle(session, session.outbox.acknowledged(message.n), now)
            case Welcome():
                self._welcome(session, message, now)
            case Entered():
                self._entered(session, message, now)
            case Refused():
                self._refused(session, message, now)
            case Ended():
                self._over(session, message.code, now)
            case Warned():
                self.notices.append(notices.IdleWarning(session.number, message.seconds))

    def _welcome(self, session: LinkSession, welcome: Welcome, now: float) -> None:
        if session.welcomed:
            return
        is_first = not session.id
        session.welcomed, session.id = True, welcome.id
        self._by_id[welcome.id] = session
        if is_first:
            session.outbox.started(welcome.applied)
            settled = []
        else:
            settled = session.outbox.resumed(welcome.applied)
        self._settle(session, settled, now)
        # Lost and opened anew, perhaps by a hello whose welcome never came: enter again.
        missing = [room for room in session.rooms if room not in {r.room for r in welcome.rooms}]
        again = not is_first and bool(missing or not welcome.resumed)
        self.notices.append(notices.Welcomed(welcome.session, welcome, again, missing))
        self._resume_rooms(session, welcome, now)
        for room in reversed(missing):
            self.commands.submit(session, Join(room), first=True)
        self.commands.send_later(session)
        if not missing:  # else they are asked once the session is back in its rooms
            self._ask_again(session)

    def _ask_again(self, session: LinkSession) -> None:
        for request, question in session.questions.items():
            self.send(Ask(session.number, request, question))

    def _resume_rooms(self, session: LinkSession, welcome: Welcome, now: float) -> None:
        before, session.rooms = session.rooms, {}
        for room, head, joined in ((r.room, r.head, r.joined) for r in welcome.rooms):
            session.rooms[room] = joined
            # 0: the answer to the join was lost. Not there: an earlier process was in it.
            start = joined if before.get(room) == 0 else head + 1
            self._open_room(room, start, head, now)
            if before.get(room) != joined:
                view = joined if room in before else start
                self.notices.append(notices.RoomEntered(session.number, room, view, None))

    def _entered(self, session: LinkSession, entered: Entered, now: float) -> None:
        if entered.journal != self._journal:
            return
        room, number = entered.room, entered.number
        session.rooms[room] = number
        self._open_room(room, number, entered.head, now)
        self.notices.append(notices.RoomEntered(entered.session, room, number, entered))
        self._ask_again(session)

    def _alive(self, alive: Alive, now: float) -> None:
        if alive.journal == self._journal and self.rooms.beat(alive.heads, now):
            self.subscribe()

    def _answer(self, answer: Answer, now: float) -> None:
        session = self.sessions.get(answer.session)
        if session and session.questions.pop(answer.request, None):
            told = notices.Answered(answer.session, answer.request, answer.answer)
            self.notices.append(told)
        elif self.rooms.is_page(answer.request) and isinstance(answer.answer, Events):
            self._deliver(self.rooms.page(answer.request, answer.answer, now), now)

    def _refused(self, session: LinkSession, refused: Refused, now: float) -> None:
        addressed = bool(refused.n or refused.request)
        if addressed and refused.code == Code.SESSION_ENDED and not session.over:
            self._hello_again(session, refused, now)
        elif refused.request:
            self._question_refused(session, refused, now)
        elif refused.n:
            self._command_refused(session, refused, now)
        else:
            self._hello_refused(session, refused, now)

    def _hello_again(self, session: LinkSession, refused: Refused, now: float) -> None:
        """The broker closed the session without a word: learn why, or open it again."""
        if session.welcomed:
            session.welcomed = False  # its commands wait for the answer
            self.send(session.hello)
        if self.rooms.is_page(refused.request):
            self.rooms.page_refused(refused.request, now)

    def _hello_refused(self, session: LinkSession, refused: Refused, now: float) -> None:
        if session.welcomed:  # about something else, from a broker that is older than we are
            return
        retry_after = int(refused.fields.get("retry_after", 0))
        if retry_after:
            self.timers.set((Due.HELLO_AGAIN, session.number), now + retry_after / 1000)
            delayed = notices.CommandDelayed(session.number, refused.code, refused.fields)
            self.notices.append(delayed)
        elif refused.code == Code.NAME_TAKEN and session.id:
            # It was lost, and somebody took its name: better under its ID than not at all.
            session.hello = msgspec.structs.replace(session.hello, name="")
            self.send(session.hello)
        elif refused.code == Code.SESSION_ENDED and session.id:
            applied = int(refused.fields.get("applied", 0))
            self._settle(session, session.outbox.resumed(applied), now)
            if session.number in self.sessions:  # settling a quit has ended it already
                session.over = str(refused.fields.get("reason", refused.code))
                self._forget(session)
        else:
            why = notices.HelloRefused(session.number, refused.code, refused.fields)
            self._forget(session, why)

    def _command_refused(self, session: LinkSession, refused: Refused, now: float) -> None:
        dropped, told = self.commands.refused(session, refused, now)
        if told is not None:
            self.notices.append(told)
        if dropped is not None and isinstance(dropped.command, Join):
            self._close_if_empty(dropped.command.room)

    def _question_refused(self, session: LinkSession, refused: Refused, now: float) -> None:
        request = refused.request
        question = session.questions.pop(request, None)
        if self.rooms.is_page(request):
            wait = int(refused.fields.get("retry_after", 0)) / 1000
            self.rooms.page_refused(request, now, wait)
        elif question is not None:
            told = notices.QuestionRefused(session.number, request, refused.code, refused.fields)
            self.notices.append(told)

    # ---- sessions and rooms

    def _settle(self, session: LinkSession, settled: list[Pending], now: float) -> None:
        if settled:
            self.notices.append(notices.Settled(session.number, settled))
            for _, command in settled:
                if isinstance(command, Join):  # its number comes with the answer to the join
                    session.rooms.setdefault(command.room, 0)
                elif isinstance(command, Rename):
                    session.hello = msgspec.structs.replace(session.hello, name=command.name)
            if isinstance(settled[-1].command, Quit):
                self._over(session, Reason.QUIT, now)
        self.commands.send_later(session)

    def _over(self, session: LinkSession, code: str, now: float) -> None:
        """The session is over; it is forgotten once its own last events were delivered."""
        session.over = session.over or code
        if session.rooms and code != End.TAKEN_OVER:  # then it goes on elsewhere
            self.timers.set((Due.FORGET, session.number), now + LAST_EVENTS_WITHIN_S)
        else:
            self._forget(session)

    def _forget(self, session: LinkSession, told: notices.HelloRefused | None = None) -> None:
        del self.sessions[session.number]
        if self._by_id.get(session.id) is session:
            del self._by_id[session.id]
        self.commands.forget(session.number)
        for due in Due:
            self.timers.cancel((due, session.number))
        self.notices.append(told or notices.SessionOver(session.number, session.over))
        for room in list(session.rooms):
            self._close_if_empty(room)

    def _session_due(self, due: Due, session: LinkSession) -> None:
        match due:  # a timer of an earlier connection means nothing on this one
            case Due.HELLO_AGAIN if not session.welcomed:
                self.send(session.hello)
            case Due.SEND_AGAIN:
                self.commands.send_later(session)
            case Due.FORGET:
                self._forget(session)

    def _deliver(self, delivery: notices.RoomEvents | None, now: float) -> None:
        if delivery is None:
            return
        self.notices.append(delivery)
        for event in delivery.events:
            if isinstance(event, Left) and (session := self._by_id.get(event.author)):
                self._left(session, delivery.room, event, now)

    def _left(self, session: LinkSession, room: str, left: Left, now: float) -> None:
        # Who was lost and is still carried says hello again, and enters again then.
        is_back_soon = left.reason == Reason.LOST and not session.over
        if is_back_soon or session.rooms.get(room, left.number) >= left.number:
            return
        del session.rooms[room]
        self._close_if_empty(room)
        if session.over and not session.rooms:
            self._over(session, session.over, now)

    def _open_room(self, room: str, start: int, head: int, now: float) -> None:
        if not self.rooms.open(room, start, head, now):
            return
        if len(self.rooms.feeds) == 1:
            self.subscribe()
        else:
            self.actions.append(actions.AddTopic(topic_of(room)))

    def _close_if_empty(self, room: str) -> None:
        is_wanted = any(room in session.rooms for session in self.sessions.values())
        if room in self.rooms.feeds and not is_wanted:
            self.rooms.close(room)
            self.actions.append(actions.RemoveTopic(topic_of(room)))
            self.notices.append(notices.RoomClosed(room))

    def _ask_page(self, page: Page, now: float) -> None:
        members = (s for s in self.sessions.values() if page.room in s.rooms and s.welcomed)
        session = next((s for s in members if not s.over), None)
        if session is None:  # none is back in the room yet
            self.rooms.feeds[page.room].ask_again(now + ASK_AGAIN_S)
        else:
            self._last_request += 1
            self.rooms.asked(self._last_request, page.room)
            self.send(Ask(session.number, self._last_request, page))
