"""What leaves the broker after a commit: broadcasts, and replies with what they read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from broker.turn import Asked, JoinedRoom, Located, Outgoing, Turn
from protocol import limits
from protocol.codec import batches, decode_event, embed, encode, runs
from protocol.endpoints import topic_of
from protocol.errors import Code, JournalError, MessageError
from protocol.events import Said
from protocol.messages import Answer, BrokerMessage, Entered, Events, Head, Refused
from protocol.phrases import Language, say
from protocol.questions import Acts, Found, Happened, Hit, Page, Recent, Since

if TYPE_CHECKING:
    from broker.journal import Journal
    from broker.presence import Peer
    from broker.state import State


class Answers:
    """Makes what leaves for one committed turn."""

    def __init__(self, state: State, journal: Journal, journal_id: str, language: Language) -> None:
        self._state = state
        self._journal = journal
        self._journal_id = journal_id
        self._language = language

    def outgoing(self, turn: Turn) -> Outgoing:
        """Return the turn's broadcasts and replies, each below its limit.

        What a peer is sent of rooms that are not public follows its other replies.
        """
        replies: dict[Peer, list[bytes]] = {
            peer: [encode(self._resolve(message)) for message in messages]
            for peer, messages in turn.replies.items()
        }
        self._whisper(turn, replies)
        bodies = [
            (peer, body)
            for peer, messages in replies.items()
            for body in batches(messages, limits.REPLY_BATCH_BYTES)
        ]
        return Outgoing(self._published(turn), bodies, turn.searches, turn.copies)

    def _published(self, turn: Turn) -> list[tuple[bytes, bytes]]:
        published = [
            (_topic(room), self._events(room, run))
            for room, encoded_events in turn.published.items()
            for run in runs(encoded_events, limits.REPLY_BATCH_BYTES)
        ]
        for room in sorted(turn.topics & self._state.rooms.keys()):  # one made may have failed
            head = Head(self._journal_id, room, self._state.rooms[room].head)
            published.append((_topic(room), encode(head)))
        return published

    def _whisper(self, turn: Turn, replies: dict[Peer, list[bytes]]) -> None:
        """Add the events of rooms that are not public to what each of their members is sent."""
        for room, whispers in turn.whispered.items():
            for events, peers in whispers.runs():
                bodies = [self._events(room, run) for run in runs(events, limits.REPLY_BATCH_BYTES)]
                for peer in peers:
                    replies.setdefault(peer, []).extend(bodies)

    def _events(self, room: str, run: list[bytes]) -> bytes:
        return encode(Events(self._journal_id, room, embed(run)))

    # ---- what is read from the journal

    def _resolve(self, reply: BrokerMessage | Asked | Located | JoinedRoom) -> BrokerMessage:
        if isinstance(reply, JoinedRoom):
            return self._entered(reply)
        if not isinstance(reply, Asked | Located):
            return reply
        try:
            answer = self._found(reply) if isinstance(reply, Located) else self._read(reply)
        except JournalError:
            code = Code.JOURNAL_UNAVAILABLE
            fields: dict[str, int | str] = {"retry_after": limits.RETRY_AFTER_MS}
            return Refused(reply.session, 0, reply.request, code, say(self._language, code), fields)
        return Answer(reply.session, reply.request, answer)

    def _read(self, asked: Asked) -> Events | Happened:
        room, journal = asked.room, self._journal
        match asked.question:
            case Page(first=first, last=last):
                return self._page(asked, first, last)
            case Since(at=at):
                return self._page(asked, journal.since(room, at), 0)
            case Recent(limit=limit, before=before):
                count = min(limit, limits.MOST_RECENT_MESSAGES)
                recent = journal.recent(room, _below(asked, before), count, asked.first)
                return _happened(room, self._as_of(asked.head, room, asked.person, recent))
            case Acts(limit=limit, before=before):
                count = min(limit, limits.MOST_RECENT_MESSAGES)
                return _happened(
                    room, journal.acts(room, _below(asked, before), count, asked.first)
                )

    def _page(self, asked: Asked, first: int, last: int) -> Events:
        page = self._journal.page(
            asked.room,
            max(first, asked.first),
            min(last or asked.head, asked.head),
            limits.PAGE_EVENTS,
            limits.REPLY_BATCH_BYTES,
        )
        oldest = max(page.oldest, asked.first)
        events = self._as_of(asked.head, asked.room, asked.person, page.events)
        return Events(self._journal_id, asked.room, embed(events), oldest, asked.head)

    def _found(self, located: Located) -> Found:
        by_room: dict[str, set[int]] = {}
        for room, number in located.places:
            by_room.setdefault(room, set()).add(number)
        read = {room: self._journal.events(room, numbers) for room, numbers in by_room.items()}
        hits = [
            Hit(room, embed([body])[0])
            for room, number in located.places
            if (body := read[room].get(number)) is not None
            and _is_there(body)
            and not self._is_out(room, located.person)
        ]
        return Found(tuple(hits), located.older, located.behind)

    def _entered(self, joined: JoinedRoom) -> Entered:
        entered = joined.entered
        room = self._state.rooms[entered.room]
        # Who was put out in the same turn learns no more of the room than they saw.
        head = room.head if joined.person in room.members else entered.head
        try:
            recent = self._journal.recent(
                entered.room, entered.number, limits.RECENT_MESSAGES, entered.first
            )
        except JournalError:
            recent = []  # the join is committed: it is answered, if without its past
        recent = self._as_of(head, room.name, joined.person, recent)
        return msgspec.structs.replace(entered, head=head, recent=embed(recent))

    def _is_out(self, room: str, person: str) -> bool:
        """Whether who might read a room that is not public was put out in the same turn."""
        known = self._state.rooms[room]
        return not known.is_public and person not in known.members

    def _as_of(self, head: int, room: str, person: str, events: list[bytes]) -> list[bytes]:
        """Return events as they are; to who is out, nothing of what was edited after ``head``."""
        if not self._is_out(room, person):
            return events
        return [_unless_edited(body, head) for body in events]


def _topic(room: str) -> bytes:
    return topic_of(room).encode()


def _below(asked: Asked, before: int) -> int:
    return min(before or asked.head + 1, asked.head + 1)


def _happened(room: str, events: list[bytes]) -> Happened:
    """Return the last events that one answer has room for."""
    newest_first = next(runs(events[::-1], limits.REPLY_BATCH_BYTES), [])
    return Happened(room, embed(newest_first[::-1]))


def _is_there(body: bytes) -> bool:
    """Whether it is a message that nobody has deleted meanwhile."""
    event = _message(body)
    return event is not None and not event.deleted


def _message(body: bytes) -> Said | None:
    """Return the message, if it is one that this version can read."""
    try:
        event = decode_event(body)
    except MessageError:
        return None
    return event if isinstance(event, Said) else None


def _unless_edited(body: bytes, head: int) -> bytes:
    """Return a message as deleted if it was edited after ``head``: its text is a later one."""
    event = _message(body)
    if event is None or event.edited <= head:
        return body
    return encode(msgspec.structs.replace(event, text="", edited=0, deleted=True))
