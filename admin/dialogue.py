"""The talk with the broker about one command: messages in, messages out. Pure.

One session is opened for one command line, and ended with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin.settings import PROGRAM
from protocol.commands import Command, Quit
from protocol.errors import Code, Fields, HubbubError
from protocol.messages import (
    ADMIN_DOOR,
    Ack,
    Answer,
    Ask,
    BrokerMessage,
    Do,
    Ended,
    Hello,
    PeerMessage,
    Refused,
    Stopping,
    Welcome,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from admin.report import Report
    from admin.requests import Steps

    SentenceOf = Callable[[str, Fields], str]

_SESSION: Final = 1


class Dialogue:
    """Takes the steps of a command one after another.

    Args:
        token: the session's token.
        steps: what to do.
        sentence_of: says a refusal or an end.

    Attributes:
        report: what came of it, once it is over.
        retry_after: milliseconds after which :meth:`again` is to be called; None: not at all.
        heartbeat: milliseconds between two signs of life while nothing else is to be sent.
        problem: why the broker does not do it now, where it may later.
    """

    def __init__(self, token: str, steps: Steps, sentence_of: SentenceOf) -> None:
        self.report: Report | None = None
        self.retry_after: int | None = None
        self.problem: HubbubError | None = None
        self.heartbeat = 1000
        self._steps = steps
        self._sentence_of = sentence_of
        self._is_open = False
        self._applied = 0
        self._request = 0
        self._waiting: PeerMessage = Hello(_SESSION, token, door=ADMIN_DOOR)

    def again(self) -> PeerMessage:
        """Return what waits for an answer, to be sent (again)."""
        self.retry_after = None
        return self._waiting

    def goodbye(self) -> PeerMessage | None:
        """Return what ends the session, if there is one that has not been ended."""
        if not self._is_open:
            return None
        self._is_open = False
        return Do(_SESSION, self._applied + 1, Quit())

    def received(self, message: BrokerMessage) -> PeerMessage | None:
        """Return what to send next, if anything.

        Raises:
            HubbubError: the command cannot be carried out.
        """
        waiting = self._waiting
        match message:
            case Welcome(applied=applied, heartbeat=heartbeat):
                self._is_open, self._applied, self.heartbeat = True, applied, heartbeat
                return self._next(None) if isinstance(waiting, Hello) else None
            case Ack(n=n) if isinstance(waiting, Do) and n >= waiting.n:
                self._applied = n
                return self._next(None)
            case Answer(request=request) if request == self._request:
                return self._next(message.answer) if isinstance(waiting, Ask) else None
            case Refused():
                self._refused(message)
            case Ended(code=code, sentence=sentence):
                self._is_open = False
                raise HubbubError(self._said(code, message.fields, sentence))
            case Stopping(sentence=sentence):
                raise HubbubError(sentence)
        return None

    def _refused(self, refused: Refused) -> None:
        retry_after = refused.fields.get("retry_after")
        sentence = self._said(refused.code, refused.fields, refused.sentence)
        problem = HubbubError(sentence)
        if not isinstance(retry_after, int):
            raise problem
        self.problem, self.retry_after = problem, retry_after

    def _said(self, code: str, fields: Fields, sentence: str) -> str:
        """Return the sentence here, with local times; that of a later broker for a later code."""
        if code == Code.NO_SUCH_PERSON:  # that of the doors names a command that no shell has
            who = fields.get("who", "")
            return f"There is nobody called {who} here: {PROGRAM} who lists who is."
        said = self._sentence_of(code, fields)
        return said if said != code or not sentence else sentence

    def _next(self, answer: object) -> PeerMessage | None:
        self.problem = None
        try:
            step = self._steps.send(answer)
        except StopIteration as end:
            self.report = end.value
            return self.goodbye()
        if isinstance(step, Command):
            self._waiting = Do(_SESSION, self._applied + 1, step)
        else:
            self._request += 1
            self._waiting = Ask(_SESSION, self._request, step)
        return self._waiting
