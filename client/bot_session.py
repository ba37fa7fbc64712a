"""The session of a bot: its connection, and who waits for what of it."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from client import notices
from client.bot_rooms import BotRooms
from client.errors import Ended, Refused, Unreachable, how_it_ended
from client.link import GOODBYE_WITHIN_S
from client.notices import Status
from client.peer import Peer
from protocol.commands import Quit
from protocol.errors import Code, LinkError
from protocol.events import Reason, Renamed
from protocol.messages import End, Events
from protocol.phrases import Phrase
from protocol.rendering import Renderer
from runtime.clock import offset_at
from runtime.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from client.bot_rooms import Happening
    from client.identity import Identity
    from client.notices import Notice
    from protocol.commands import Command
    from protocol.messages import Welcome
    from protocol.phrases import Language
    from protocol.questions import Question

_Answer = TypeVar("_Answer")


class BotSession:
    """One session on a link of its own.

    Args:
        endpoint: the broker.
        name: what the bot wants to be called.
        identity: the session's secret.
        wait: wait for a broker that does not answer at the start.
        held: events held of each room.
        language: of the sentences in errors.

    Attributes:
        id: the session's public id.
        name: what the bot is called now.
        journal: names the numbering of events.
        rooms: what comes in the rooms.
        link: the protocol.
    """

    def __init__(
        self,
        endpoint: str,
        name: str,
        identity: Identity,
        *,
        wait: bool,
        held: int,
        language: Language,
    ) -> None:
        self.id = self.journal = ""
        self.name = name
        self.rooms = BotRooms(held)
        self._endpoint = endpoint
        self._identity = identity
        self._wait = wait
        self._renderer = Renderer(language, offset_at, _now_ms)
        self._loop = asyncio.get_running_loop()
        self._peer = Peer(endpoint, self._on_notices, identity.link_name, identity.attempts)
        self.link = self._peer.link
        self._session = 0
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self._settling: Waiting[None] = Waiting(self._loop)
        self._asking: Waiting[object] = Waiting(self._loop)
        self._over = ""
        self._over_fields: Mapping[str, int | str] = {}
        self._changed = asyncio.Event()

    # ---- from the beginning to the end

    async def open(self) -> None:
        """Open the session.

        Raises:
            Unreachable: no broker answers.
            Refused: the name is taken, or not allowed.
        """
        self._hello()
        try:
            await self._opened
        except BaseException:
            self._peer.close()
            raise

    async def close(self) -> None:
        """Leave, once all that was said is acknowledged, if that does not take too long."""
        try:
            with suppress(LinkError, TimeoutError):
                if not self._over:
                    self.link.submit(self._session, Quit())
                    self._peer.wake()
                    async with asyncio.timeout(GOODBYE_WITHIN_S):
                        await self.until(lambda: bool(self._over))
        finally:
            self._end(Reason.QUIT, {})
            self._peer.close()

    def check(self) -> None:
        """Go on, if there is a session.

        Raises:
            Ended: there is none any more.
        """
        if self._over:
            raise self._ended()

    async def until(self, happened: Callable[[], bool]) -> None:
        """Return once something has happened.

        Raises:
            Ended: it has not, and the session is over.
        """
        while not happened():
            self.check()
            await self._changed.wait()

    async def statuses(self) -> AsyncIterator[Status]:
        """Yield the state of the connection, and each later one."""
        last: Status | None = None
        while not self._over:
            if self.link.status is not last:
                last = self.link.status
                yield last
            else:
                await self._changed.wait()

    # ---- what the bot does

    async def do(self, command: Command) -> None:
        """Have the broker carry out a command; return once it is acknowledged.

        Raises:
            Refused: the broker will not.
            Ended: the session is over.
        """
        self.check()
        settled = self._settling.add(self.link.submit(self._session, command))
        self._peer.wake()
        await settled

    async def ask(self, question: Question, kind: type[_Answer]) -> _Answer:
        """Ask the broker, again if it is busy; a broker that cannot search may never be able to.

        Raises:
            Refused: there is no answer.
            Ended: the session is over.
        """
        while True:
            self.check()
            answered = self._asking.add(self.link.ask(self._session, question))
            self._peer.wake()
            try:
                answer = await answered
            except Refused as refused:
                wait = int(refused.fields.get("retry_after", 0))
                if not wait or refused.code == Code.SEARCH_UNAVAILABLE:
                    raise
                await asyncio.sleep(wait / 1000)
                continue
            if isinstance(answer, kind):
                return answer
            raise LinkError(f"a {type(answer).__name__} is no answer to {question}")

    async def happenings(self) -> AsyncIterator[tuple[str, Happening]]:
        """Yield what happens in the rooms; it ends when the bot leaves.

        Raises:
            Ended: the broker ended the session.
        """
        while True:
            busy = False
            for room, happening in self.rooms.take():
                busy = True
                self._catch_up()
                yield room, happening
            if not busy:
                if self._over:
                    break
                await self._changed.wait()
        if self._over != Reason.QUIT:
            self.check()

    def refused(self, code: str, fields: Mapping[str, int | str]) -> Refused:
        """Return the error that says why something is not done."""
        return Refused(code, self._renderer.refusal(code, fields), fields)

    # ---- from the link

    def _hello(self) -> None:
        now = self._loop.time()
        self._session = self.link.open(self._identity.token, now, name=self.name)
        self._peer.wake()

    def _catch_up(self) -> None:
        with suppress(LinkError):  # the session is over
            for backlog, page in self.rooms.pages(self._loop.time()):
                backlog.asked(self.link.ask(self._session, page))
                self._peer.wake()

    def _on_notices(self, told: Sequence[Notice], _: float) -> None:
        for notice in told:
            self._notice(notice)
        self._catch_up()
        if told:
            self._pulse()

    def _notice(self, notice: Notice) -> None:
        match notice:
            case notices.Welcomed(_, welcome):
                self._welcomed(welcome)
            case notices.Settled(_, commands):
                for serial, _ in commands:
                    self._settling.resolve(serial, None)
                if isinstance(commands[-1].command, Quit):
                    self._session_over(Reason.QUIT, {})  # its last events are not waited for
            case notices.Answered(_, request, answer):
                self._asking.resolve(request, answer)
                if isinstance(answer, Events):
                    self.rooms.answered(request, answer)
            case notices.CommandRefused(_, serial, _, code, fields):
                self._settling.fail(serial, self.refused(code, fields))
            case notices.QuestionRefused(_, request, code, fields):
                self._asking.fail(request, self.refused(code, fields))
                self.rooms.question_refused(request, fields, self._loop.time())
            case notices.SessionOver(_, code, fields):
                self._session_over(code, fields)
            case _:
                self._told(notice)

    def _told(self, notice: Notice) -> None:
        match notice:
            case notices.RoomEntered():
                self.rooms.entered(notice)
            case notices.RoomLeft():
                self.rooms.left(notice)
            case notices.InvitedTo():
                self.rooms.invited(notice)
            case notices.RoomEvents(room, events, gone):
                self.rooms.receive(room, events, gone)
                for event in events:
                    if isinstance(event, Renamed) and event.author == self.id:
                        self.name = event.new_name
            case notices.JournalChanged():
                self.rooms.renumbered()
            case notices.StatusChanged(Status.WAITING):
                self._without_broker()
            case notices.HelloRefused(_, Code.SESSION_ENDED):
                self._identity.renew()
                self._hello()
            case notices.HelloRefused(_, code, fields):
                if not self._opened.done():
                    self._opened.set_exception(self.refused(code, fields))
                self._end(code, fields)

    def _without_broker(self) -> None:
        if not (self._opened.done() or self._wait):
            sentence = self._renderer.say(Phrase.NO_BROKER, endpoint=self._endpoint)
            self._opened.set_exception(Unreachable(sentence))

    def _welcomed(self, welcome: Welcome) -> None:
        self.id, self.name, self.journal = welcome.id, welcome.name, welcome.journal
        if not self._opened.done():
            self.rooms.found(welcome.rooms)
            self._opened.set_result(None)

    def _session_over(self, code: str, fields: Mapping[str, int | str]) -> None:
        if not self._over and code != End.TAKEN_OVER:
            self._identity.renew()
        self._end(code, fields)

    def _end(self, code: str, fields: Mapping[str, int | str]) -> None:
        """Nothing more happens; whoever waits for something learns it."""
        if self._over:
            return
        self._over, self._over_fields = code, fields
        for waiting in (self._settling, self._asking):
            waiting.fail_all(self._ended())
        self._pulse()

    def _ended(self) -> Ended:
        sentence = how_it_ended(self._renderer, self._over, self._over_fields)
        return Ended(self._over, sentence, self._over_fields)

    def _pulse(self) -> None:
        """Wake everybody who waits for something to change."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
