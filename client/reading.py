"""Which rooms a link reads, and for whom: subscriptions, pages, the end of a room. Pure.

A room is read once for all sessions of the link that are in it: from the first that enters to the
last that leaves. :class:`client.rooms.Rooms` delivers it in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from client import actions, notices
from client.rooms import Rooms
from protocol.endpoints import topic_of
from protocol.questions import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.outgoing import Outgoing
    from client.session import LinkSession
    from protocol.messages import Entered, RoomHead
    from protocol.questions import Page

ASK_AGAIN_S: Final = 0.2


class Reading:
    """Opens and closes feeds, and asks for what they lack.

    Attributes:
        rooms: the feeds.
    """

    def __init__(self, out: Outgoing, random: Callable[[], float]) -> None:
        self.rooms = Rooms(random)
        self._out = out
        self._readers: dict[str, dict[int, LinkSession]] = {}
        self._publish = ""

    def reconnected(self, publish: str, now: float) -> None:
        """There is a new connection, and broadcasts come from ``publish``."""
        self._publish = publish
        self.rooms.reconnected(now)
        self.subscribe()

    def tick(self, now: float) -> None:
        """Do what is due by now; only while connected."""
        if self.rooms.subscribe_due(now):
            self.subscribe()
        for page in self.rooms.due_pages(now):
            self._ask(page, now)

    def subscribe(self) -> None:
        """Ask for a new SUB with all topics."""
        if self.rooms.public:
            topics = tuple(topic_of(room) for room in self.rooms.public)
            self._out.act(actions.Subscribe(self._publish, topics))

    def expect(self, session: LinkSession, room: str) -> None:
        """The session is in the room or will be: keep reading it, once it is open."""
        self._readers.setdefault(room, {})[session.number] = session

    def open(self, session: LinkSession, place: RoomHead | Entered, start: int, now: float) -> None:
        """Read the room for the session; from ``start`` on, if nobody else read it before."""
        self.expect(session, place.room)
        is_public = place.kind == Kind.PUBLIC
        if self.rooms.open(place.room, start, place.head, now, public=is_public) and is_public:
            if len(self.rooms.public) == 1:
                self.subscribe()
            else:
                self._out.act(actions.AddTopic(topic_of(place.room)))
        self._skip(place.room, now)

    def stop(self, session: LinkSession, room: str, now: float) -> None:
        """Read the room no more for the session, and close it if that was the last one."""
        readers = self._readers.get(room, {})
        readers.pop(session.number, None)
        if readers:
            self._skip(room, now)
            return
        self._readers.pop(room, None)
        if room in self.rooms.feeds:
            if room in self.rooms.public:
                self._out.act(actions.RemoveTopic(topic_of(room)))
            self.rooms.close(room)
            self._out.tell(notices.RoomClosed(room))

    def _skip(self, room: str, now: float) -> None:
        """Pass over what none of those for whom the room is read may read."""
        feed = self.rooms.feeds.get(room)
        readers = self._readers[room].values()
        if feed and not any(_first(reader, room) <= feed.next for reader in readers):
            self.rooms.skip(room, min(_first(reader, room) for reader in readers), now)

    def _ask(self, page: Page, now: float) -> None:
        readers = self._readers.get(page.room, {}).values()
        session = next((reader for reader in readers if _may_ask(reader, page)), None)
        if session is None:  # none is back in the room yet
            self.rooms.ask_again(page.room, now + ASK_AGAIN_S)
        else:
            self.rooms.asked(self._out.ask(session.number, page), page.room)


def _first(session: LinkSession, room: str) -> int:
    membership = session.rooms.get(room)
    # Who is yet to enter again may read from where they were.
    return membership.first if membership else 0


def _may_ask(session: LinkSession, page: Page) -> bool:
    where = session.rooms.get(page.room)
    if where is None or where.leaving or where.first > page.first:
        return False
    return session.welcomed and not session.over
