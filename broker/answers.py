"""What leaves the broker after a commit: broadcasts, and replies with what they read."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from broker.records import RoomEntry
from broker.turn import Asked, JoinedRoom, Outgoing, Turn
from protocol import limits
from protocol.codec import batches, embed, encode, runs
from protocol.endpoints import topic_of
from protocol.errors import Code, JournalError
from protocol.messages import (
    Answer,
    BrokerMessage,
    Entered,
    Events,
    Head,
    Page,
    People,
    Person,
    Refused,
    Who,
)
from protocol.phrases import Language, say

if TYPE_CHECKING:
    from broker.journal import Journal
    from broker.state import State


class Answers:
    """Makes what leaves for one committed turn."""

    def __init__(self, state: State, journal: Journal, journal_id: str, language: Language) -> None:
        self._state = state
        self._journal = journal
        self._journal_id = journal_id
        self._language = language

    def outgoing(self, turn: Turn) -> Outgoing:
        """Return the turn's broadcasts and replies, each below its limit."""
        replies = [
            (peer, body)
            for peer, messages in turn.replies.items()
            for body in batches(
                (encode(self._resolve(message)) for message in messages),
                limits.REPLY_BATCH_BYTES,
            )
        ]
        return Outgoing(self._published(turn), replies)

    def _published(self, turn: Turn) -> list[tuple[bytes, bytes]]:
        by_room: dict[str, list[bytes]] = {}
        for entry, encoded in turn.entries:
            if isinstance(entry, RoomEntry):
                by_room.setdefault(entry.room, []).append(encoded)
        published = [
            (_topic(room), encode(Events(self._journal_id, room, embed(run))))
            for room, encoded_events in by_room.items()
            for run in runs(encoded_events, limits.REPLY_BATCH_BYTES)
        ]
        for room in sorted(turn.topics):
            head = Head(self._journal_id, room, self._state.rooms[room].head)
            published.append((_topic(room), encode(head)))
        return published

    def _resolve(self, reply: BrokerMessage | Asked | JoinedRoom) -> BrokerMessage:
        if isinstance(reply, JoinedRoom):
            return self._entered(reply)
        if not isinstance(reply, Asked):
            return reply
        try:
            return self._read(reply)
        except JournalError:
            code = Code.JOURNAL_UNAVAILABLE
            fields: dict[str, int | str] = {"retry_after": limits.RETRY_AFTER_MS}
            return Refused(reply.session, 0, reply.request, code, say(self._language, code), fields)

    def _read(self, reply: Asked) -> BrokerMessage:
        match reply.question:
            case Who():
                answer: People | Events = self._people(reply.question)
            case Page():
                answer = self._page(reply.question)
        return Answer(reply.session, reply.request, answer)

    def _people(self, question: Who) -> People:
        room = self._state.rooms[question.room]
        after = (
            (session_id, joined)
            for session_id, joined in room.members.items()
            if joined > question.after
        )
        count = min(question.limit, limits.ROSTER_PEOPLE)
        sessions = self._state.sessions
        people = tuple(
            Person(session_id, sessions[session_id].user_id, sessions[session_id].name, joined)
            for session_id, joined in islice(after, count)
        )
        return People(room.name, room.head, len(room.members), people)

    def _page(self, question: Page) -> Events:
        room = self._state.rooms[question.room]
        last = min(question.last or room.head, room.head)
        page = self._journal.page(
            room.name, question.first, last, limits.PAGE_EVENTS, limits.REPLY_BATCH_BYTES
        )
        return Events(self._journal_id, room.name, embed(page.events), page.oldest, room.head)

    def _entered(self, joined: JoinedRoom) -> Entered:
        room = self._state.rooms[joined.room]
        try:
            recent = self._journal.recent(joined.room, joined.number, limits.RECENT_MESSAGES)
        except JournalError:
            recent = []  # the join is committed: it is answered, if without its past
        return Entered(
            session=joined.session,
            n=joined.n,
            journal=self._journal_id,
            room=room.name,
            number=joined.number,
            head=room.head,
            total=joined.total,
            recent=embed(recent),
        )


def _topic(room: str) -> bytes:
    return topic_of(room).encode()
