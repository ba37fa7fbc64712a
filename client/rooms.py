"""The feeds of all rooms of a link: subscriptions, holes, pages, and a watch over the SUB.

The events of public rooms come by the SUB, those of others by the DEALER. All else is the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from client.connection import Backoff
from client.feed import RoomFeed
from client.notices import RoomEvents
from protocol.messages import Head

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from protocol.messages import Broadcast, Events
    from protocol.questions import Page

REPAIR_JITTER_S: Final = 0.1
"""A hole that many may have is asked for after a random part of this."""
PAGES_AT_ONCE: Final = 4
"""Rooms of one link that are repaired at the same time."""
SILENT_BEATS: Final = 2
"""Heartbeats with moved heads and a silent SUB before the SUB is replaced."""


class Rooms:
    """Delivers every room of the link in order; pure.

    Attributes:
        feeds: the delivery of each room.
        public: those of them that the SUB hears.
    """

    def __init__(self, random: Callable[[], float]) -> None:
        self.feeds: dict[str, RoomFeed] = {}
        self.public: dict[str, RoomFeed] = {}
        self._random = random
        self._lacking: dict[str, RoomFeed] = {}
        self._pages: dict[int, str] = {}
        self._heard_broadcast = False
        self._silent_beats = 0
        self._subscribe_at: float | None = None
        self._backoff = Backoff(random)
        self._holes_before = 0
        self._repaired_before = 0

    @property
    def holes(self) -> int:
        """How often events were lost on the way."""
        return self._holes_before + sum(feed.holes for feed in self.feeds.values())

    @property
    def repaired(self) -> int:
        """How many events that were lost on the way came by asking for them."""
        return self._repaired_before + sum(feed.repaired for feed in self.feeds.values())

    @property
    def has_hole(self) -> bool:
        """Whether events that were lost have not come yet."""
        return any(feed.is_open for feed in self.feeds.values())

    def open(self, room: str, start: int, head: int, now: float, *, public: bool = True) -> bool:
        """Deliver ``room`` from ``start`` on, or where it is; return whether it is a new one."""
        feed = self.feeds.get(room)
        is_new = feed is None
        if feed is None:
            feed = self.feeds[room] = RoomFeed(room, start)
            if public:
                self.public[room] = feed
        if feed.start_at(start):
            self._forget_page(room)  # it says nothing about what comes before it
        feed.saw_head(head, now)
        self._look_at(feed)
        return is_new

    def close(self, room: str) -> None:
        """Forget ``room``."""
        feed = self.feeds.pop(room)
        self.public.pop(room, None)
        self._lacking.pop(room, None)
        self._holes_before += feed.holes
        self._repaired_before += feed.repaired
        self._forget_page(room)

    def clear(self) -> None:
        """Forget all."""
        self._holes_before, self._repaired_before = self.holes, self.repaired
        self.feeds.clear()
        self.public.clear()
        self._lacking.clear()
        self._pages.clear()

    def skip(self, room: str, number: int, now: float) -> None:
        """Go on at ``number`` in ``room``: what is missing below it is not for us."""
        feed = self.feeds[room]
        feed.skip(number, now)
        self._look_at(feed)

    def ask_again(self, room: str, ask_at: float) -> None:
        """What is missing of ``room`` could not be asked for: ask at ``ask_at``."""
        feed = self.feeds[room]
        feed.ask_again(ask_at)
        self._look_at(feed)

    def broadcast(self, message: Broadcast, now: float) -> RoomEvents | None:
        """Take what the SUB heard; return what can be delivered."""
        self._heard_broadcast = True
        self._backoff.reset()
        return self.received(message, now)

    def received(self, message: Broadcast, now: float) -> RoomEvents | None:
        """Take what is told of a room on either socket; return what can be delivered."""
        feed = self.feeds.get(message.room)
        if feed is None:
            return None
        if isinstance(message, Head):
            feed.saw_head(message.head, self._soon(now))
            feed.heard()
            self._look_at(feed)
            return None
        delivery = feed.receive(message.events, self._soon(now))
        self._look_at(feed)
        return RoomEvents(message.room, delivery.events) if delivery.events else None

    def beat(self, heads: Iterable[tuple[str, int]], now: float) -> bool:
        """Take the heads of a heartbeat answer; return whether the SUB must be replaced."""
        moved = False
        for known in self.feeds.values():
            known.heard()  # a beat after the subscription, which takes effect much sooner
        for room, head in heads:
            if feed := self.feeds.get(room):
                # Counted though a page may have brought it: the SUB did not.
                moved |= room in self.public
                feed.saw_head(head, self._soon(now))
                self._look_at(feed)
        # A beat without news proves nothing: a room may be slow, and its SUB dead all the same.
        self._silent_beats = 0 if self._heard_broadcast else self._silent_beats + moved
        self._heard_broadcast = False
        if self._silent_beats < SILENT_BEATS:
            return False
        self._silent_beats = 0
        return True

    def due_pages(self, now: float) -> list[Page]:
        """Return the pages to ask for now; each is to be registered with :meth:`asked`."""
        # A question that went unanswered does not count against the limit.
        waiting = {room for room in self._pages.values() if room in self.feeds}
        pages: list[Page] = []
        for feed in self._lacking.values():
            if feed.room not in waiting and len(waiting) >= PAGES_AT_ONCE:
                continue
            if page := feed.ask(now):
                waiting.add(feed.room)
                pages.append(page)
        return pages

    def asked(self, request: int, room: str) -> None:
        """Question ``request`` asks for a page of ``room``."""
        self._forget_page(room)
        self._pages[request] = room

    def page(self, request: int, page: Events, now: float) -> RoomEvents | None:
        """Take the answer to a page; return what can be delivered, None if nothing."""
        room = self._pages.pop(request)
        delivery = self.feeds[room].page(page.events, page.oldest, page.head, now)
        self._look_at(self.feeds[room])
        if not delivery.events and not delivery.gone:
            return None
        return RoomEvents(room, delivery.events, delivery.gone)

    def broadcasts_lost(self, now: float) -> None:
        """The SUB's connection broke: another is to be made, not in a hurry if that goes on."""
        self._subscribe_at = now + self._backoff.next()

    def subscribe_due(self, now: float) -> bool:
        """Return whether it is time for another SUB, once."""
        if self._subscribe_at is None or self._subscribe_at > now:
            return False
        self._subscribe_at = None
        return True

    def is_page(self, request: int) -> bool:
        """Return whether ``request`` is a page that is still wanted."""
        return request in self._pages

    def page_refused(self, request: int, now: float, wait: float = 0.0) -> str:
        """A page was refused: ask again soon, after ``wait`` at least. Return its room."""
        room = self._pages.pop(request)
        self.ask_again(room, self._soon(now) + max(wait, REPAIR_JITTER_S))
        return room

    def reconnected(self, now: float) -> None:
        """Questions of the old connection have no answer any more."""
        self._pages.clear()
        self._silent_beats = 0
        self._subscribe_at = None
        for feed in self.feeds.values():
            feed.catch_up(now)
            self._look_at(feed)

    def next_deadline(self) -> float | None:
        """Return when a page is to be asked for or a SUB to be made, or None."""
        # At the limit only an unanswered question can be asked again, and nothing else is due.
        waiting = {room for room in self._pages.values() if room in self.feeds}
        full = len(waiting) >= PAGES_AT_ONCE
        times = [self.feeds[room].ask_at for room in (waiting if full else self._lacking)]
        times.append(self._subscribe_at)
        return min((time for time in times if time is not None), default=None)

    def _look_at(self, feed: RoomFeed) -> None:
        """Remember which rooms lack something: there are few of them, and many rooms."""
        if feed.ask_at is None:
            self._lacking.pop(feed.room, None)
        else:
            self._lacking[feed.room] = feed

    def _forget_page(self, room: str) -> None:
        self._pages = {r: name for r, name in self._pages.items() if name != room}

    def _soon(self, now: float) -> float:
        return now + self._random() * REPAIR_JITTER_S
