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

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from client.bot_questions import BotQuestions
from client.bot_session import BotSession
from client.identity import claim
from protocol import room_names
from protocol.commands import Delete, Edit, Invite, Join, Leave, Rename, Say, Tell
from protocol.endpoints import DEFAULT_BROKER, check_broker_endpoint
from protocol.errors import Code, Refusal
from protocol.events import Said
from protocol.limits import PAGE_EVENTS
from protocol.messages import Events
from protocol.names import shown
from protocol.phrases import Language
from protocol.text import clean_message
from runtime.folders import default_state_folder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from client.bot_rooms import Happening, Room
    from client.notices import Status
    from protocol.commands import Command


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
        session = BotSession(endpoint, name, identity, wait=wait, held=held, language=language)
        async with Chat(session) as chat:
            yield chat
    finally:
        identity.close()


class Chat(BotQuestions):
    """One session; :func:`connect` makes it.

    Whatever is refused raises ``Refused``; once the session is over every call raises ``Ended``.
    Rooms are named without ``#``; the names of private conversations begin with ``@``.
    """

    # ---- who and where

    @property
    def id(self) -> str:
        """The session's public id: the ``author`` of its events."""
        return self._session.id

    @property
    def name(self) -> str:
        """What the bot is called now."""
        return self._session.name

    @property
    def journal(self) -> str:
        """Names the numbering of events; when it changes, kept numbers mean nothing any more."""
        return self._session.journal

    @property
    def rooms(self) -> dict[str, Room]:
        """The rooms that the bot is in, private conversations too, by name."""
        return dict(self._session.rooms.known)

    @property
    def status(self) -> Status:
        """The state of the connection."""
        return self._session.link.status

    def statuses(self) -> AsyncIterator[Status]:
        """Yield the state of the connection, and each later one; those that passed are left out."""
        return self._session.statuses()

    # ---- rooms

    async def join(self, room: str = "lobby", *, private: bool = False) -> list[Said]:
        """Enter a room, and return the last messages said there before.

        Args:
            room: its name, with or without ``#``. It is made if there is none.
            private: whether it is private, if it is made. One that was there before is what it
                was: see :attr:`rooms`.

        Raises:
            Refused: it may not be entered, or the bot is out of it again already.
            Ended: the session is over.
        """
        room, session = self._checked(room_names.normal, room), self._session
        rooms = session.rooms
        if (page := rooms.last_page(room)) is not None:
            rooms.resume(room, (await session.ask(page, Events)).events)
        elif room not in rooms:
            entries, exits = rooms.entries[room], rooms.exits[room]
            await session.do(Join(room, private))
            await session.until(lambda: rooms.entries[room] > entries or rooms.exits[room] > exits)
            if rooms.entries[room] == entries:
                raise session.refused(Code.NOT_IN_ROOM, {"room": room})
        self._room = room
        return [event for event in rooms.recent(room) if isinstance(event, Said)]

    async def leave(self, room: str = "") -> None:
        """Leave a room, or a private conversation.

        :class:`client.Out` is the last that comes from there.

        Raises:
            Refused: the bot is not in it.
            Ended: the session is over.
        """
        room, session = room or self._room, self._session
        if not room.startswith(room_names.TALK_SIGN):
            room = self._checked(room_names.normal, room)
        exits = session.rooms.exits[room]
        await session.do(Leave(room))
        await session.until(lambda: session.rooms.exits[room] != exits)

    async def invite(self, who: str, room: str = "") -> None:
        """Let somebody into a private room, or tell them of a public one.

        Raises:
            Refused: the broker will not have it.
            Ended: the session is over.
        """
        await self.do(Invite(room or self._room, who))

    # ---- talking

    async def say(self, text: str, room: str = "", *, action: bool = False) -> None:
        """Say something; return once it is acknowledged, and so in the journal.

        Args:
            text: one message, of one line or several.
            room: where, a private conversation too; the room that was joined last unless it is
                said.
            action: as ``/me``.

        Raises:
            Refused: the broker will not have it.
            Ended: the session is over. What was said last may or may not have been heard.
        """
        await self.do(Say(room or self._room, self._checked(clean_message, text), action))

    async def tell(self, who: str, text: str, *, action: bool = False) -> None:
        """Say something to one person alone.

        Args:
            who: a name, or the public id that is the ``author`` of events.
            text: as in :meth:`say`.
            action: as there.

        Raises:
            Refused: there is nobody of that name, or the broker will not have it.
            Ended: the session is over. What was said last may or may not have been heard.
        """
        await self.do(Tell(who, self._checked(clean_message, text), action))

    async def edit(self, text: str, room: str = "") -> None:
        """Change what the bot said last in a room.

        Raises:
            Refused: there is no such message, or the broker will not have it.
            Ended: the session is over.
        """
        await self.do(Edit(room or self._room, self._checked(clean_message, text)))

    async def delete(self, room: str = "", who: str = "") -> None:
        """Take away what the bot said last in a room, or as an operator what ``who`` said last.

        Raises:
            Refused: there is no such message, or the broker will not have it.
            Ended: the session is over.
        """
        await self.do(Delete(room or self._room, who))

    async def rename(self, name: str) -> None:
        """Take another name.

        Raises:
            Refused: it is taken, or not allowed.
            Ended: the session is over.
        """
        name = self._checked(shown, name)
        await self.do(Rename(name))
        self._session.name = name

    async def do(self, command: Command) -> None:
        """Carry out any other command of the protocol, such as ``Kick(room, who, why)``.

        Raises:
            Refused: the broker will not have it.
            Ended: the session is over.
        """
        await self._session.do(command)

    # ---- what happens

    def events(self) -> AsyncIterator[tuple[str, Happening]]:
        """Yield what happens in the rooms that the bot is in, the bot's own acts too.

        A room's events come in order, each once. A bot that is slower than its rooms loses
        nothing: ``held`` events of each room are kept for it, and what came after them is asked
        for again once it has caught up. :class:`client.Gone` says how many the broker no longer
        kept by then. :class:`client.Renumbered` says that the broker came back with another
        journal, :class:`client.Out` that the bot is in the room no more, and
        :class:`client.Invitation` that somebody invited it there.

        Raises:
            Ended: the broker ended the session. When the bot leaves, the events just end.
        """
        return self._session.happenings()

    async def __aenter__(self) -> Self:
        """Open the session."""
        await self._session.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leave, once all that was said is acknowledged, if that does not take too long."""
        await self._session.close()

    def _checked(self, check: Callable[[str], str], text: str) -> str:
        """Return a text or name as it is sent; what the broker would refuse is refused here."""
        try:
            return check(text)
        except Refusal as refusal:
            raise self._session.refused(refusal.code, refusal.fields) from None
