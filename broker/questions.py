"""Questions: what the state knows is answered at once, what the journal holds after the commit.

Either way who asked learns what they might know at the moment of the question, whatever else
happens in the same turn.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from broker import lists
from broker.administration import Administration
from broker.ban_list import ban_list
from broker.finding import known_person, room_of, somebody
from broker.moderation import place_of_act
from broker.search import SearchQuery
from broker.search_words import phrases_of
from broker.state import LOBBY
from broker.turn import Asked, Handled, Located, Searching
from protocol import limits, names, text
from protocol.errors import Code, Refusal
from protocol.messages import ADMIN_DOOR, Answer
from protocol.questions import (
    Acts,
    AdminQuestion,
    Bans,
    Described,
    Kind,
    Page,
    Recent,
    Rooms,
    Search,
    Since,
    Who,
    Whois,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from broker.desk import Desk
    from broker.person import Session
    from broker.presence import Connection, Peer
    from broker.room import Room
    from broker.search import SearchHits
    from broker.turn import Copying
    from protocol.messages import Ask
    from protocol.questions import BanList, People, RoomList

Reading = Page | Since | Recent | Acts

SEARCHES_AT_ONCE: Final = 1
"""Searches of one person that wait for their answer: the places in the queue are for everybody."""


class Questions:
    """Answers questions."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._administration = Administration(desk)
        self._searches: Counter[str] = Counter()

    def ask(self, connection: Connection, ask: Ask) -> None:
        """Answer a question, or refuse to."""
        desk, peer = self._desk, connection.peer
        desk.turn.handled.append(Handled(peer, ask.session, 0, ask.request))
        session = desk.state.sessions.get(connection.sessions.get(ask.session, ""))
        try:
            if session is None:
                raise Refusal(Code.SESSION_ENDED, reason="unknown")
            if desk.turn.count_question(peer) > limits.QUESTIONS_A_TURN and not peer.trusted:
                raise Refusal(Code.BUSY, retry_after=limits.RETRY_AFTER_MS)
            self._answer(peer, ask, session)
        except Refusal as refusal:
            desk.refuse(peer, refusal, ask.session, request=ask.request)

    def found(self, searching: Searching, hits: SearchHits | None) -> None:
        """A search was carried out; ``hits`` None: it could not be."""
        desk = self._desk
        peer, number, request, person, query = searching
        self.no_search([searching])
        session = desk.session_of(peer, number)
        if session is None or session.id != person:
            return  # nobody waits any more
        desk.turn.handled.append(Handled(peer, number, 0, request))
        if hits is None:
            refusal = Refusal(Code.SEARCH_UNAVAILABLE, retry_after=limits.RETRY_AFTER_MS)
            desk.refuse(peer, refusal, number, request=request)
            return
        readable = _readable(desk, session)
        places = [
            (room, place)
            for room, place in hits.places
            if place >= readable.get(room, limits.LARGEST_NUMBER)
        ]
        # Nor does who was put out meanwhile learn that there is more.
        may_go_on = all(readable.get(room) == first for room, first in query.rooms.items())
        older = hits.older if may_go_on else 0
        desk.turn.reply(peer, Located(number, request, places, older, hits.behind, person))

    def no_search(self, searches: Iterable[Searching]) -> None:
        """These searches wait no longer: they are over, or the turn that asked for them failed."""
        for searching in searches:
            self._searches[searching.person] -= 1
            if not self._searches[searching.person]:
                del self._searches[searching.person]

    def copied(self, copying: Copying, outcome: int | Code) -> None:
        """The journal was copied, in so many bytes; or it was not."""
        self._administration.copied(copying, outcome)

    # ---- one kind of question each

    def _answer(self, peer: Peer, ask: Ask, session: Session) -> None:
        question = ask.question
        if isinstance(question, AdminQuestion):
            self._administration.answer(peer, ask, question, session)
        elif isinstance(question, Reading):
            self._read(peer, ask, question, session)
        elif isinstance(question, Search):
            self._search(peer, ask, question, session)
        else:
            answer = self._known(question, session)
            self._desk.turn.reply(peer, Answer(ask.session, ask.request, answer))

    def _known(
        self, question: Who | Rooms | Whois | Bans, session: Session
    ) -> People | RoomList | Described | BanList:
        state = self._desk.state
        match question:
            case Who():
                return lists.people(state, self._roster_of(session, question.room), question)
            case Rooms():
                is_admin = session.door == ADMIN_DOOR
                return (lists.every_room if is_admin else lists.rooms)(state, session, question)
            case Whois():
                return self._describe(session, question.who)
            case Bans():
                return self._bans(session, question.room)

    def _read(self, peer: Peer, ask: Ask, question: Reading, session: Session) -> None:
        state = self._desk.state
        room = self._log_of(session, question) or room_of(state, session, question.room)
        if isinstance(question, Acts) and room.kind is Kind.TALK:
            raise Refusal(Code.NOT_IN_PRIVATE)
        first = room.first_for(session.id)
        asked = Asked(ask.session, ask.request, question, room.name, first, room.head, session.id)
        self._desk.turn.reply(peer, asked)

    def _roster_of(self, session: Session, name: str) -> Room:
        """Return the room whose people are asked for: the administrator sees those of all."""
        room = self._desk.state.rooms.get(name)
        if session.door == ADMIN_DOOR and room is not None and room.kind is not Kind.TALK:
            return room
        return room_of(self._desk.state, session, name)

    def _log_of(self, session: Session, question: Reading) -> Room | None:
        """Return the public room whose acts an operator of the whole broker may read from outside.

        No name stands for the lobby, where acts for the whole broker are.
        """
        state = self._desk.state
        if not isinstance(question, Acts) or not self._is_everywhere(session):
            return None
        room = state.rooms.get(question.room or LOBBY)
        return room if room is not None and room.is_public else None

    def _is_everywhere(self, session: Session) -> bool:
        return session.door == ADMIN_DOOR or session.id in self._desk.state.operators

    def _describe(self, session: Session, who: str) -> Described:
        desk = self._desk
        person = somebody(desk.state, who)
        shared = tuple(
            room
            for room in person.rooms
            if room in session.rooms and desk.state.rooms[room].kind is not Kind.TALK
        )
        address = desk.addresses.of.get(person.id, "") if session.door == ADMIN_DOOR else ""
        return desk.describe(person, shared, address)

    def _bans(self, session: Session, name: str) -> BanList:
        desk = self._desk
        place_of_act(desk.deciding(session, 0), name)
        return ban_list(desk.state, name, desk.wall_ms)

    # ---- search

    def _search(self, peer: Peer, ask: Ask, question: Search, session: Session) -> None:
        desk = self._desk
        if self._searches[session.id] >= SEARCHES_AT_ONCE:
            raise Refusal(Code.BUSY, retry_after=limits.RETRY_AFTER_MS)
        query = self._query(question, session)
        self._searches[session.id] += 1
        searching = Searching(peer, ask.session, ask.request, session.id, query)
        desk.turn.searches.append(searching)

    def _query(self, question: Search, session: Session) -> SearchQuery:
        state = self._desk.state
        if len(question.words) > limits.SEARCH_CHARACTERS:
            raise Refusal(Code.SEARCH_TOO_LONG, limit=limits.SEARCH_CHARACTERS)
        words = text.clean(question.words)
        if not phrases_of(words):
            raise Refusal(Code.SEARCH_EMPTY)
        rooms = _readable(self._desk, session)
        if question.room:
            room = room_of(state, session, question.room)
            rooms = {room.name: rooms[room.name]}
        who = question.author
        return SearchQuery(
            words,
            rooms,
            min(question.limit, limits.FOUND_MESSAGES),
            known_person(state, who) or who,  # of somebody long gone it may still be the id
            question.before,
            question.after,
            question.older,
            names.compared(who),
        )


def _readable(desk: Desk, session: Session) -> dict[str, int]:
    """Return the rooms that a person is in, each with the lowest number they may read."""
    rooms = desk.state.rooms
    return {name: rooms[name].first_for(session.id) for name in session.rooms}
