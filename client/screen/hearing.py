"""Hands what the link tells to the part of the model whose business it is. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from client.notices import (
    Answered,
    BrokerStopping,
    CommandDelayed,
    CommandRefused,
    HelloRefused,
    IdleWarning,
    IgnoredNow,
    InvitedTo,
    JournalChanged,
    QuestionRefused,
    RoomClosed,
    RoomEntered,
    RoomEvents,
    RoomLeft,
    SessionOver,
    Settled,
    Status,
    StatusChanged,
    Welcomed,
)
from protocol.commands import Quit
from protocol.phrases import Phrase

if TYPE_CHECKING:
    from client.notices import AboutSession, Notice
    from client.screen.composing import Composing
    from client.screen.inquiring import Inquiries
    from client.screen.membership import Membership
    from client.screen.reading import Reading
    from client.screen.sending import Sending
    from client.screen.session import SessionDesk
    from client.screen.state import ScreenState
    from client.screen.status import StatusLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts of the model that are told something."""

    sending: Sending
    reading: Reading
    membership: Membership
    inquiries: Inquiries
    session: SessionDesk
    composing: Composing
    status: StatusLine


class Hearing:
    """Everything that the link tells."""

    def __init__(self, state: ScreenState, parts: Parts) -> None:
        self._state = state
        self._sending = parts.sending
        self._reading = parts.reading
        self._membership = parts.membership
        self._inquiries = parts.inquiries
        self._session = parts.session
        self._composing = parts.composing
        self._status = parts.status

    def hear(self, notice: Notice, now: float, at: int) -> None:
        """Take one notice."""
        match notice:
            case RoomEvents():
                if hidden := self._membership.spoken_in(notice):
                    self._entered(hidden, now, at)
                self._reading.events(notice, now, at)
            case StatusChanged():
                if notice.status is Status.WAITING:
                    self._inquiries.interrupted()
                self._session.status_changed(notice, at)
            case RoomClosed(room):
                self._reading.closed(room)
            case JournalChanged():
                self._inquiries.renumbered()
                self._reading.journal_changed(at)
            case BrokerStopping():
                self._status.stopping = True
                self._state.note_everywhere(at, self._state.say(Phrase.STOPPING))
            case _ if notice.session == self._state.own.session:
                self._of_session(notice, now, at)

    def _of_session(self, notice: AboutSession, now: float, at: int) -> None:
        match notice:
            case Welcomed():
                self._membership.welcomed(notice.welcome)
                self._session.welcomed(notice, now, at)
            case HelloRefused():
                self._inquiries.over()
                self._session.refused(notice, at)
            case SessionOver():
                self._inquiries.over()
                self._session.over(notice, at)
            case IdleWarning(_, seconds):
                self._composing.must_show_life = True
                self._state.note(at, self._state.say(Phrase.IDLE_WARNING, seconds=seconds))
            case RoomEntered() | RoomLeft() | InvitedTo() | IgnoredNow():
                self._of_rooms(notice, now, at)
            case _:
                self._of_requests(notice, now, at)

    def _of_requests(
        self,
        notice: Settled | CommandRefused | CommandDelayed | Answered | QuestionRefused,
        now: float,
        at: int,
    ) -> None:
        match notice:
            case Settled(_, commands):
                self._sending.settled(commands, now)
                if isinstance(commands[-1].command, Quit):
                    self._session.quit_acknowledged()
            case CommandRefused():
                self._session.command_refused(notice, now, at)
            case CommandDelayed(_, code, fields):
                self._delayed(self._state.refusal(code, fields), at)
            case Answered():
                if not self._inquiries.answered(notice):
                    self._reading.answered(notice, now)
            case QuestionRefused():
                if not self._inquiries.refused(notice, now, at):
                    self._reading.refused(notice, now)

    def _of_rooms(
        self, notice: RoomEntered | RoomLeft | InvitedTo | IgnoredNow, now: float, at: int
    ) -> None:
        match notice:
            case RoomEntered():
                self._entered(notice, now, at)
            case RoomLeft():
                self._membership.left(notice, at)
            case InvitedTo():
                self._membership.invited(notice, now, at)
            case IgnoredNow(_, ignored):
                for shown in self._membership.ignoring(ignored, at):
                    self._entered(shown, now, at)

    def _entered(self, notice: RoomEntered, now: float, at: int) -> None:
        if self._membership.entered(notice):
            self._reading.entered(notice, now)
            self._session.entered(notice.room, at)

    def _delayed(self, sentence: str, at: int) -> None:
        if not self._sending.delayed:
            self._sending.delayed = True
            self._state.note(at, sentence)
