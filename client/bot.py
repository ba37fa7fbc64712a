"""The scripting API: a chat as an asynchronous context manager, on the same link as every door.

::

    async with connect("tcp://127.0.0.1:5555", name="echo") as chat:
        await chat.join("lobby")
        async for room, event in chat.events():
            if isinstance(event, Said) and event.author != chat.id:
                await chat.say(event.text, room)

Lost connections are made again without a word: what was said and not yet acknowledged is sent
again and takes effect once, and events go on where they were.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from client import notices
from client.bot_rooms import BotRooms, Happening
from client.errors import Refused, Unreachable, ended
from client.identity import claim
from client.link import GOODBYE_WITHIN_S
from client.listing import Listing
from client.notices import Status
from client.peer import Peer
from protocol.endpoints import DEFAULT_BROKER, check_broker_endpoint
from protocol.errors import Code, LinkError, Refusal
from protocol.events import Event, Reason, Renamed, Said, Unknown
from protocol.limits import PAGE_EVENTS
from protocol.messages import End, Events, Join, Page, People, Quit, Rename, Say
from protocol.names import shown
from protocol.phrases import Language, Phrase, say
from protocol.text import clean_message
from runtime.folders import default_state_folder
from runtime.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from client.identity import Identity
    from client.notices import Notice
    from protocol.messages import Command, Person, Question, Welcome

_Answer = TypeVar("_Answer", People, Events)


@asynccontextmanager
async def connect(
    endpoint: str = DEFAULT_BROKER,
    *,
    name: str,
    wait: bool = False,
    held: int = PAGE_EVENTS,
    state: str | Path | None = None,
    language: Language = Language.EN,
) -> AsyncIterator[Chat]:
    """Come in under ``name``; leave when the block ends, once all that was said is acknowledged.

    Args:
        endpoint: the broker, as ``tcp://HOST:PORT``.
        name: what the bot is called.
        wait: wait for a broker that does not answer, instead of raising ``Unreachable``.
        held: events held of each room while the bot is busy; see :meth:`Chat.events`.
        state: the folder for the session's secret, by which a bot that crashed comes back as
            itself; None for the platform's.
        language: of the sentences in errors.

    Raises:
        HubbubError: ``endpoint`` is none.
        Unreachable: no broker answers.
        Refused: the name is taken, or not allowed.
        NameInUse: another program of this machine has the name.
    """
    check_broker_endpoint(endpoint)
    folder = Path(state or Path(default_state_folder(), "client"))
    identity = claim(folder, endpoint, name)
    try:
        async with Chat(endpoint, name, identity, wait=wait, held=held, language=language) as chat:
            yield chat
    finally:
        identity.close()


class Chat:
    """One session; :func:`connect` makes it.

    Attributes:
        id: the session's public id: the ``author`` of its events.
        name: what the bot is called now.
        journal: names the numbering of events; when it changes, numbers that were kept mean
            nothing any more.
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
        self._endpoint = endpoint
        self._identity = identity
        self._wait = wait
        self._language = language
        self._loop = asyncio.get_running_loop()
        self._peer = Peer(endpoint, self._on_notices, identity.link_name, identity.attempts)
        self._link = self._peer.link
        self._session = 0
        self._room = ""
        self._rooms = BotRooms(held)
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self._settling: Waiting[None] = Waiting(self._loop)
        self._asking: Waiting[People | Events] = Waiting(self._loop)
        self._over = ""
        self._changed = asyncio.Event()

    # ---- for the bot

    @property
    def status(self) -> Status:
        """The state of the connection."""
        return self._link.status

    async def statuses(self) -> AsyncIterator[Status]:
        """Yield the state of the connection, and each later one; those that passed are left out."""
        last: Status | None = None
        while not self._over:
            if self.status is not last:
                last = self.status
                yield last
            else:
                await self._changed.wait()

    async def join(self, room: str = "lobby") -> list[Said]:
        """Enter a room, and return the last messages said there before.

        Raises:
            Refused: there is no such room.
            Ended: the session is over.
        """
        if (page := self._rooms.last_page(room)) is not None:
            self._rooms.resume(room, (await self._ask(page, Events)).events)
        elif room not in self._rooms:
            await self._do(Join(room))
            while room not in self._rooms:
                await self._changed.wait()
                self._check()
        self._room = room
        return [event for event in self._rooms.recent(room) if isinstance(event, Said)]

    async def say(self, text: str, room: str = "", *, action: bool = False) -> None:
        """Say something; return once it is acknowledged, and so in the journal.

        Args:
            text: one message, of one line or several.
            room: where; the room that was joined last unless it is said.
            action: as ``/me``.

        Raises:
            Refused: the broker will not have it.
            Ended: the session is over. What was said last may or may not have been heard.
        """
        try:
            text = clean_message(text)
        except Refusal as refusal:
            raise self._refused(refusal.code, refusal.fields) from None
        await self._do(Say(room or self._room, text, action))

    async def rename(self, name: str) -> None:
        """Take another name.

        Raises:
            Refused: it is taken, or not allowed.
            Ended: the session is over.
        """
        try:
            name = shown(name)
        except Refusal as refusal:
            raise self._refused(refusal.code, refusal.fields) from None
        await self._do(Rename(name))
        self.name = name

    async def people(self, room: str = "") -> list[Person]:
        """Return who is in a room, in the order in which they came.

        Raises:
            Refused: the bot is not in that room.
            Ended: the session is over.
        """
        listing = Listing(room or self._room, everybody=True)
        people: list[Person] = []
        while listing.question is not None:
            page = await self._ask(listing.question, People)
            people += page.people
            listing.answered(page)
        return people

    async def history(self, first: int, last: int = 0, room: str = "") -> list[Event]:
        """Return the events of a room from number ``first`` to ``last`` (0: to the newest).

        At most a page of them is returned, 1000: ask for the next one after the last number.
        Numbers that the broker no longer keeps are missing.

        Raises:
            Refused: the bot is not in that room.
            Ended: the session is over.
        """
        page = await self._ask(Page(room or self._room, max(1, first), last), Events)
        return [event for event in page.events if not isinstance(event, Unknown)]

    async def events(self) -> AsyncIterator[tuple[str, Happening]]:
        """Yield what happens in the rooms that were joined, the bot's own acts too.

        A room's events come in order, each once. A bot that is slower than its rooms loses
        nothing: ``held`` events of each room are kept for it, and what came after them is asked
        for again once it has caught up. :class:`client.Gone` says how many the broker no longer
        kept by then. :class:`client.Renumbered` says that the broker came back with another
        journal.

        Raises:
            Ended: the broker ended the session. When the bot leaves, the events just end.
        """
        while True:
            busy = False
            for room, happening in self._rooms.take():
                busy = True
                self._catch_up()
                yield room, happening
            if not busy:
                if self._over:
                    break
                await self._changed.wait()
        if self._over != Reason.QUIT:
            self._check()

    async def __aenter__(self) -> Self:
        """Open the session."""
        self._hello()
        try:
            await self._opened
        except BaseException:
            self._peer.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leave, once all that was said is acknowledged, if that does not take too long."""
        with suppress(LinkError, TimeoutError):
            if not self._over:
                self._link.submit(self._session, Quit())
                self._peer.wake()
                async with asyncio.timeout(GOODBYE_WITHIN_S):
                    while not self._over:
                        await self._changed.wait()
        self._end(Reason.QUIT)
        self._peer.close()

    # ---- commands and questions

    def _hello(self) -> None:
        now = self._loop.time()
        self._session = self._link.open(self._identity.token, now, name=self.name)
        self._peer.wake()

    async def _do(self, command: Command) -> None:
        self._check()
        settled = self._settling.add(self._link.submit(self._session, command))
        self._peer.wake()
        await settled

    async def _ask(self, question: Question, kind: type[_Answer]) -> _Answer:
        while True:
            self._check()
            answered = self._asking.add(self._link.ask(self._session, question))
            self._peer.wake()
            try:
                answer = await answered
            except Refused as refused:
                if not (wait := int(refused.fields.get("retry_after", 0))):
                    raise
                await asyncio.sleep(wait / 1000)
                continue
            if isinstance(answer, kind):
                return answer
            raise LinkError(f"a {type(answer).__name__} is no answer to {question}")

    def _catch_up(self) -> None:
        with suppress(LinkError):  # the session is over
            for backlog, page in self._rooms.pages(self._loop.time()):
                backlog.asked(self._link.ask(self._session, page))
                self._peer.wake()

    # ---- from the link

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
                    self._session_over(Reason.QUIT)  # its last events are not waited for
            case notices.Answered(_, request, answer):
                self._asking.resolve(request, answer)
                if isinstance(answer, Events):
                    self._rooms.answered(request, answer)
            case notices.CommandRefused(_, serial, _, code, fields):
                self._settling.fail(serial, self._refused(code, fields))
            case notices.QuestionRefused(_, request, code, fields):
                self._asking.fail(request, self._refused(code, fields))
                self._rooms.question_refused(request, fields, self._loop.time())
            case notices.RoomEntered() | notices.RoomEvents() | notices.JournalChanged():
                self._rooms_told(notice)
            case _:
                self._session_told(notice)

    def _rooms_told(
        self, notice: notices.RoomEntered | notices.RoomEvents | notices.JournalChanged
    ) -> None:
        match notice:
            case notices.RoomEntered(_, room, number, entered):
                self._rooms.entered(room, number, entered.recent if entered else ())
            case notices.RoomEvents(room, events, gone):
                self._rooms.receive(room, events, gone)
                for event in events:
                    if isinstance(event, Renamed) and event.author == self.id:
                        self.name = event.new_name
            case notices.JournalChanged():
                self._rooms.renumbered()

    def _session_told(self, notice: Notice) -> None:
        match notice:
            case notices.StatusChanged(Status.WAITING):
                if not (self._opened.done() or self._wait):
                    fields = {"endpoint": self._endpoint}
                    sentence = say(self._language, Phrase.NO_BROKER, fields)
                    self._opened.set_exception(Unreachable(sentence))
            case notices.HelloRefused(_, Code.SESSION_ENDED):
                self._identity.renew()
                self._hello()
            case notices.HelloRefused(_, code, fields):
                if not self._opened.done():
                    self._opened.set_exception(self._refused(code, fields))
                self._end(code)
            case notices.SessionOver(_, code):
                self._session_over(code)

    def _welcomed(self, welcome: Welcome) -> None:
        self.id, self.name, self.journal = welcome.id, welcome.name, welcome.journal
        if not self._opened.done():
            self._rooms.found(welcome.rooms)
            self._opened.set_result(None)

    # ---- the end

    def _session_over(self, code: str) -> None:
        if not self._over and code != End.TAKEN_OVER:
            self._identity.renew()
        self._end(code)

    def _end(self, code: str) -> None:
        """Nothing more happens; whoever waits for something learns it."""
        if self._over:
            return
        self._over = code
        for waiting in (self._settling, self._asking):
            waiting.fail_all(ended(self._language, code))
        self._pulse()

    def _check(self) -> None:
        if self._over:
            raise ended(self._language, self._over)

    def _refused(self, code: str, fields: Mapping[str, int | str]) -> Refused:
        return Refused(code, say(self._language, code, fields), fields)

    def _pulse(self) -> None:
        """Wake everybody who waits for something to change."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
