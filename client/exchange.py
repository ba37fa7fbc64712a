"""What is said between a link and the broker, on whichever connection there is. Pure.

:class:`client.link.Link` makes the connections; this module hands each message to the part that it
concerns: a session's life, its rooms, its commands, or a question.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from client import notices
from client.commands import Commands
from client.lifecycle import Lifecycle
from client.memberships import Memberships
from client.outgoing import Outgoing
from client.reading import Reading
from client.session import Due, LinkSession, Sessions
from protocol.deadlines import Deadlines
from protocol.errors import Code
from protocol.messages import (
    Ack,
    Alive,
    Answer,
    Ask,
    BrokerMessage,
    Ended,
    Entered,
    Events,
    Head,
    Ignoring,
    Invitation,
    Refused,
    Stopping,
    Warned,
    Welcome,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from client.rooms import Rooms
    from protocol.commands import Command
    from protocol.messages import Broadcast
    from protocol.questions import Question

    AboutSession = Ack | Welcome | Entered | Refused | Ended | Invitation | Ignoring | Warned


class Exchange:
    """Sessions and rooms of a link, and every message about them.

    Attributes:
        sessions: all that are carried.
        memberships: the rooms that they are in.
        commands: what they want done.
        out: what is to be sent, done and told.
    """

    def __init__(self, random: Callable[[], float]) -> None:
        self.out = Outgoing()
        self.sessions = Sessions()
        self._timers: Deadlines[tuple[Due, int]] = Deadlines()
        self.commands = Commands(self._timers)
        self._reading = Reading(self.out, random)
        self.memberships = Memberships(self.sessions, self._reading, self.out)
        self._life = Lifecycle(
            self.sessions, self.memberships, self._reading, self.commands, self._timers, self.out
        )

    @property
    def rooms(self) -> Rooms:
        """The feeds of all rooms."""
        return self._reading.rooms

    # ---- from the owner

    def submit(self, number: int, command: Command) -> int:
        """Queue a command; return its serial."""
        return self.commands.submit(self.sessions.carried(number), command)

    def ask(self, number: int, question: Question) -> int:
        """Ask a question; return its request number."""
        session = self.sessions.carried(number)
        request = self.out.next_request()
        session.questions[request] = question
        if session.welcomed:
            self.out.send(Ask(number, request, question))
        return request

    # ---- from the link

    def take_messages(self, now: float) -> list[bytes]:
        """Return all that is to be sent now, in order."""
        messages, self.out.messages = self.out.messages + self.commands.take(now), []
        return messages

    def connection_lost(self, now: float) -> None:
        """Nothing more is said on this connection."""
        self.out.messages.clear()
        self.commands.connection_lost()
        self._life.connection_lost(now)

    def published(self, message: Broadcast, now: float) -> None:
        """Take a broadcast."""
        self._have_left(self.memberships.published(message, now), now)

    def tick(self, now: float) -> None:
        """Do what is due by now; only while connected."""
        self._reading.tick(now)
        for due, number in self._timers.expired(now):
            if session := self.sessions.by_number.get(number):
                self._life.due(due, session, now)

    def next_deadline(self) -> float | None:
        """Return when :meth:`tick` has something to do, or None."""
        times = (self.rooms.next_deadline(), self._timers.next())
        return min((time for time in times if time is not None), default=None)

    def handle(self, message: BrokerMessage, now: float) -> None:
        """Take one message of the broker."""
        match message:
            case Alive():
                self.memberships.alive(message, now)
            case Answer():
                self._answer(message, now)
            case Events() | Head():
                self._have_left(self.memberships.sent(message, now), now)
            case Stopping():
                self.out.tell(notices.BrokerStopping())
            case _:
                session = self.sessions.by_number.get(message.session)
                if session is not None:
                    self._handle_for(session, message, now)

    # ---- messages about one session

    def _handle_for(self, session: LinkSession, message: AboutSession, now: float) -> None:
        match message:
            case Ack():
                self._life.acknowledged(session, message.n, now)
            case Welcome():
                self._life.welcome(session, message, now)
            case Entered():
                self.memberships.entered(session, message, now)
            case Refused():
                self._refused(session, message, now)
            case Ended():
                self._life.over(session, message.code, now, message.fields)
            case _:
                self.out.tell(self._news(session.number, message))

    @staticmethod
    def _news(number: int, message: Invitation | Ignoring | Warned) -> notices.Notice:
        match message:
            case Invitation(_, room, by, name, kind):
                return notices.InvitedTo(number, room, by, name, kind)
            case Ignoring(_, ignored):
                return notices.IgnoredNow(number, ignored)
            case Warned(_, seconds):
                return notices.IdleWarning(number, seconds)

    def _answer(self, answer: Answer, now: float) -> None:
        session = self.sessions.by_number.get(answer.session)
        request, told = answer.request, answer.answer
        if session and session.questions.pop(request, None):
            self.out.tell(notices.Answered(answer.session, request, told))
        elif self.rooms.is_page(request) and isinstance(told, Events):
            self._have_left(self.memberships.page(session, request, told, now), now)

    def _have_left(self, sessions: Iterable[LinkSession], now: float) -> None:
        for session in sessions:
            self._life.left(session, now)

    # ---- refusals

    def _refused(self, session: LinkSession, refused: Refused, now: float) -> None:
        addressed = bool(refused.n or refused.request)
        if addressed and refused.code == Code.SESSION_ENDED and not session.over:
            self._life.hello_again(session)
            if self.rooms.is_page(refused.request):
                self.rooms.page_refused(refused.request, now)
        elif refused.request:
            self._question_refused(session, refused, now)
        elif refused.n:
            self._life.refused(session, refused, now)
        else:
            self._life.hello_refused(session, refused, now)

    def _question_refused(self, session: LinkSession, refused: Refused, now: float) -> None:
        request = refused.request
        question = session.questions.pop(request, None)
        if self.rooms.is_page(request):
            wait = int(refused.fields.get("retry_after", 0)) / 1000
            room = self.rooms.page_refused(request, now, wait)
            self._life.outside(session, room, refused.code, now)
        elif question is not None:
            told = notices.QuestionRefused(session.number, request, refused.code, refused.fields)
            self.out.tell(told)
            room = getattr(question, "room", "")
            self._life.outside(session, room, refused.code, now)
