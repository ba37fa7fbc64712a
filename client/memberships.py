"""Which sessions of a link are in which rooms, by all that is said about it. Pure.

A session comes in by ``welcome`` and ``entered``, and goes out by its own ``left``; where that was
lost, by what the broker refuses. :class:`client.reading.Reading` reads the rooms.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from client import notices
from client.session import Membership
from protocol import room_names
from protocol.commands import Join
from protocol.errors import Code, Refusal
from protocol.events import PUT_OUT, Banned, Kicked, Left, Reason
from protocol.questions import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.outgoing import Outgoing
    from client.reading import Reading
    from client.session import LinkSession, Sessions
    from protocol.messages import Alive, Broadcast, Entered, Events, Refused, RoomHead, Welcome

_OUTSIDE: Final = frozenset({Code.NOT_IN_ROOM, Code.NO_SUCH_ROOM})
"""Told about a room that we are in, they mean that we are not; and whoever is out may not even
know that a private room exists."""
_ACTS: Final = (Kicked, Banned)


class Missing(NamedTuple):
    """Rooms that the session was in and that its welcome lacks: entered again, or left for good."""

    rejoined: Sequence[str]
    left: Sequence[str]


class Memberships:
    """Where each session is, and every message about that."""

    def __init__(self, sessions: Sessions, reading: Reading, out: Outgoing) -> None:
        self._sessions = sessions
        self._reading = reading
        self._out = out
        self._acts: dict[str, Kicked | Banned] = {}
        self._journal = ""

    def came_up(self, welcome: Welcome, now: float) -> None:
        """A new connection was welcomed for the first time."""
        if self._journal and self._journal != welcome.journal:
            self._leave_private(now)
            for session in self._sessions.by_number.values():
                session.may_be_anew = True
            self._reading.rooms.clear()
            self._out.tell(notices.JournalChanged())
        self._journal = welcome.journal
        self._reading.reconnected(welcome.publish, now)

    # ---- coming in

    def missing(self, session: LinkSession, welcome: Welcome) -> Missing:
        """Tell rooms that one was lost from, and enters again, from those that one is out of."""
        listed = {room.room for room in welcome.rooms}
        gone = [room for room in session.rooms if room not in listed]
        # Who was lost is in no room but talks, also if the welcome of the hello that opened the
        # session anew never came. Anybody else left the rooms that are missing, or was put out.
        is_here = any(room.kind != Kind.TALK for room in welcome.rooms)
        if welcome.resumed and (is_here or not session.may_be_anew):
            return Missing((), gone)
        rejoined = [room for room in gone if self._may_rejoin(session.rooms[room])]
        return Missing(rejoined, [room for room in gone if room not in rejoined])

    def resume(
        self, session: LinkSession, welcome: Welcome, missing: Missing, now: float, *, first: bool
    ) -> list[Join]:
        """Take the rooms in which the broker has the session; return how to enter the rest.

        ``first``: the link had no welcome for the session yet.
        """
        for place in welcome.rooms:
            known = session.rooms.get(place.room)
            is_shown = first or (known is not None and known.number > 0)
            # An earlier process showed what is there, as far as it went. What was entered since,
            # though the answer was lost, is shown from its beginning.
            start = place.head + 1 if is_shown else place.joined
            if known is None or known.number != place.joined:
                self._left_before(session, place.room)
                view = start if known is None else place.joined
                self._tell_entered(session, place, view, None)
            self._enter(session, place, place.joined, start, now)
        for room in missing.left:
            self.leave(session, room, now)
        for room in missing.rejoined:
            del session.rooms[room]
        return [Join(room) for room in missing.rejoined]

    def entered(self, session: LinkSession, entered: Entered, now: float) -> None:
        """The session came into a room, whether it asked or somebody told it something."""
        if entered.journal != self._journal:
            return
        exit_ = session.exits.pop(entered.room, None)
        if exit_ is not None and exit_.number > entered.number:  # broadcasts overtook this answer
            session.rooms.pop(entered.room, None)
            self._tell_left(session, entered.room, exit_.reason)
            self._reading.stop(session, entered.room, now)
            return
        known = session.rooms.get(entered.room)
        # Acknowledgements overtake this answer: that of the leave after the join, too.
        has_left_again = known is not None and known.leaving and not known.number
        if not has_left_again:
            self._left_before(session, entered.room)
        self._tell_entered(session, entered, entered.number, entered)
        self._enter(session, entered, entered.number, entered.number, now)
        if has_left_again:
            self.leaving(session, entered.room)

    def joined(self, session: LinkSession, typed: str) -> None:
        """A join is in the journal; its number comes with its answer."""
        room = _stored(typed)
        self._left_before(session, room)
        if room not in session.rooms:
            session.rooms[room] = Membership()
            self._reading.expect(session, room)

    @staticmethod
    def _may_rejoin(membership: Membership) -> bool:
        return membership.kind != Kind.TALK and not membership.leaving

    def _left_before(self, session: LinkSession, room: str) -> None:
        """The session enters the room again before the event of its leave has come."""
        known = session.rooms.get(room)
        if known is not None and known.leaving:
            del session.rooms[room]
            self._tell_left(session, room, known.reason)

    def _enter(
        self, session: LinkSession, place: RoomHead | Entered, number: int, start: int, now: float
    ) -> None:
        session.rooms[place.room] = Membership(number, place.kind, place.first)
        self._reading.open(session, place, start, now)

    def _tell_entered(
        self, session: LinkSession, place: RoomHead | Entered, view: int, entered: Entered | None
    ) -> None:
        told = notices.RoomEntered(
            session.number,
            place.room,
            view,
            entered,
            place.kind,
            place.subject,
            place.first,
            place.other,
            place.other_name,
        )
        self._out.tell(told)

    # ---- going out

    def leaving(self, session: LinkSession, room: str, reason: str = Reason.LEFT) -> bool:
        """The session left the room; return whether its event has yet to come."""
        membership = session.rooms.get(room)
        if membership is None:
            return False
        if not membership.leaving:
            membership.leaving, membership.reason = True, reason
        return True

    def give_up_left(self, session: LinkSession, now: float) -> None:
        """The events that were waited for do not come: go without."""
        for room in [room for room, where in session.rooms.items() if where.leaving]:
            self.leave(session, room, now)

    def refused(self, session: LinkSession, room: str, code: str) -> bool:
        """Something about the room was refused; return whether the session was put out of it.

        If so, its ``left`` may still come: refusals overtake events.
        """
        return code in _OUTSIDE and self.leaving(session, room, "")

    def not_rejoined(self, session: LinkSession, room: str, refused: Refused, now: float) -> None:
        """The room from which the session was lost cannot be entered again."""
        told = notices.RoomLeft(session.number, room, "", code=refused.code, fields=refused.fields)
        self._out.tell(told)
        self._reading.stop(session, room, now)

    def leave(self, session: LinkSession, room: str, now: float) -> None:
        """The session is not in the room any more, though its ``left`` was not seen."""
        self._tell_left(session, room, session.rooms.pop(room).reason)
        self._reading.stop(session, room, now)

    def _leave_private(self, now: float) -> None:
        """Be in no room of the journal before that a new one of its name could let anybody into.

        What waits to be said there is then refused, and not said in public.
        """
        for session in self._sessions.by_number.values():
            session.exits.clear()
            kinds = [(room, where.kind, where.number) for room, where in session.rooms.items()]
            for room, kind, number in kinds:
                if kind != Kind.PUBLIC or not number:  # not known yet
                    self.leave(session, room, now)

    def _tell_left(self, session: LinkSession, room: str, reason: str) -> None:
        if session.over:
            return
        is_act = reason in PUT_OUT
        act = self._acts.get(room) if is_act else None
        by, why = (act.name, act.why) if act else ("", "")
        until = act.until if isinstance(act, Banned) else 0
        self._out.tell(notices.RoomLeft(session.number, room, reason, by, why, until))

    # ---- what happens in the rooms

    def published(self, message: Broadcast, now: float) -> list[LinkSession]:
        """Take what the SUB heard; return the sessions that left a room by it."""
        if message.journal != self._journal:
            return []
        return self._deliver(self._reading.rooms.broadcast(message, now), now)

    def sent(self, message: Broadcast, now: float) -> list[LinkSession]:
        """Take what members of a room are sent; return the sessions that left a room by it."""
        if message.journal != self._journal:
            return []
        return self._deliver(self._reading.rooms.received(message, now), now)

    def page(
        self, session: LinkSession | None, request: int, page: Events, now: float
    ) -> list[LinkSession]:
        """Take a page that a session asked for; return the sessions that left a room by it."""
        rooms = self._reading.rooms
        where = session.rooms.get(page.room) if session else None
        if where is not None and where.first > rooms.feeds[page.room].next:
            # It left and came in again meanwhile: the page was cut to what it may read now.
            rooms.page_refused(request, now)
            return []
        return self._deliver(rooms.page(request, page, now), now)

    def alive(self, alive: Alive, now: float) -> None:
        """Take the answer to a heartbeat."""
        if alive.journal == self._journal and self._reading.rooms.beat(alive.heads, now):
            self._reading.subscribe()

    def _deliver(self, delivery: notices.RoomEvents | None, now: float) -> list[LinkSession]:
        if delivery is None:
            return []
        self._out.tell(delivery)
        room, gone = delivery.room, []
        for event in delivery.events:
            if isinstance(event, _ACTS):
                self._acts[room] = event  # whom it puts out leaves in the events that follow
            elif isinstance(event, Left):
                session = self._sessions.by_id.get(event.author)
                if session is not None and self._left(session, room, event, now):
                    gone.append(session)
            elif self._acts:
                self._acts.pop(room, None)
        return gone

    def _left(self, session: LinkSession, room: str, left: Left, now: float) -> bool:
        membership = session.rooms.get(room)
        # Who was lost and is still carried says hello again, and enters again then.
        if left.reason == Reason.LOST and not session.over:
            return False
        if membership is None or not (membership.number or session.over):
            # Of an earlier stay, or of one whose answer is yet to come.
            session.exits[room] = left
            return False
        if membership.number >= left.number:
            return False
        del session.rooms[room]
        if not left.everywhere:  # else the session is over in a moment, which says it for all
            self._tell_left(session, room, left.reason)
        self._reading.stop(session, room, now)
        return True


def _stored(typed: str) -> str:
    with suppress(Refusal):  # of a newer broker, which allows more
        return room_names.normal(typed)
    return typed
