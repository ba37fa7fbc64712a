"""What a bot may ask the broker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.listing import Listing
from protocol.events import Event, Said, Unknown
from protocol.limits import LISTED_ROOMS, RECENT_MESSAGES
from protocol.messages import Events
from protocol.questions import (
    Described,
    Found,
    Happened,
    Page,
    People,
    Recent,
    RoomList,
    Rooms,
    Search,
    Since,
    Whois,
)

if TYPE_CHECKING:
    from client.bot_session import BotSession
    from protocol.questions import Person, Question, RoomLine


class BotQuestions:
    """The questions of one session; without a room the one that was joined last is meant."""

    def __init__(self, session: BotSession) -> None:
        self._session = session
        self._room = ""

    async def people(self, room: str = "") -> list[Person]:
        """Return who is in a room, in the order in which they came.

        Raises:
            Refused: the bot is not in that room.
            Ended: the session is over.
        """
        listing = Listing(room or self._room, everybody=True)
        people: list[Person] = []
        while listing.question is not None:
            page = await self._session.ask(listing.question, People)
            people += page.people
            listing.answered(page)
        return people

    async def list_rooms(self) -> list[RoomLine]:
        """Return the rooms that the bot may know of, by name; private conversations are left out.

        Raises:
            Ended: the session is over.
        """
        rooms: list[RoomLine] = []
        while True:
            after = rooms[-1].room if rooms else ""
            page = await self._session.ask(Rooms(after, LISTED_ROOMS), RoomList)
            rooms += page.rooms
            if not page.rooms or len(rooms) >= page.total:
                return rooms

    async def whois(self, who: str) -> Described:
        """Return what is known of somebody, by name or public id.

        Raises:
            Refused: there is nobody of that name.
            Ended: the session is over.
        """
        return await self._session.ask(Whois(who), Described)

    async def recent(
        self, count: int = RECENT_MESSAGES, room: str = "", *, before: int = 0
    ) -> list[Said]:
        """Return the last messages of a room, those with numbers below ``before`` if it is given.

        Raises:
            Refused: the bot is not in that room.
            Ended: the session is over.
        """
        answer = await self._session.ask(Recent(room or self._room, count, before), Happened)
        return [event for event in answer.events if isinstance(event, Said)]

    async def history(self, first: int, last: int = 0, room: str = "") -> list[Event]:
        """Return the events of a room from number ``first`` to ``last`` (0: to the newest).

        At most a page of them is returned, 1000: ask for the next one after the last number.
        Numbers that the broker no longer keeps are missing.

        Raises:
            Refused: the bot is not in that room.
            Ended: the session is over.
        """
        page = await self._session.ask(Page(room or self._room, max(1, first), last), Events)
        return _known(page)

    async def since(self, at: int, room: str = "") -> list[Event]:
        """Return a page of a room's events from a time on, in milliseconds since 1970.

        Raises:
            Refused: the bot is not in that room.
            Ended: the session is over.
        """
        return _known(await self._session.ask(Since(room or self._room, at), Events))

    async def search(
        self, words: str, room: str = "", *, author: str = "", after: int = 0, before: int = 0,
        limit: int = 20, older: int = 0,
    ) -> Found:  # fmt: skip
        """Return messages that hold all of ``words``, newest first, in the bot's rooms.

        Args:
            words: what to look for.
            room: only there.
            author: only by this person, a name or public id.
            after: only at this time or later, in milliseconds since 1970.
            before: only earlier than this.
            limit: how many at most.
            older: only older ones than where another answer ended: its ``older``.

        Raises:
            Refused: it cannot be looked for.
            Ended: the session is over.
        """
        question = Search(words, room, author, after, before, limit, older)
        return await self._session.ask(question, Found)

    async def ask(self, question: Question) -> object:
        """Ask any other question of the protocol, such as ``Bans(room)``; return its answer.

        Raises:
            Refused: there is no answer.
            Ended: the session is over.
        """
        return await self._session.ask(question, object)


def _known(page: Events) -> list[Event]:
    return [event for event in page.events if not isinstance(event, Unknown)]
