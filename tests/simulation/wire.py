"""What leaves the broker, message by message, judged by the ledger: to whom is what told?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from broker.decide_hello import identify
from protocol.codec import decode_broadcast, decode_broker_batch
from protocol.endpoints import topic_of
from protocol.errors import Code
from protocol.events import Said
from protocol.messages import (
    Ack,
    Alive,
    Answer,
    BrokerMessage,
    Entered,
    Events,
    Head,
    Hello,
    Invitation,
    Refused,
    Welcome,
)
from protocol.questions import BanList, Described, Found, Happened, Kind, People, RoomList
from tests.simulation.ledger import TEXT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from broker.presence import Peer
    from broker.turn import Outgoing
    from protocol.events import AnyEvent, Event
    from tests.simulation.ledger import Ledger
    from tests.simulation.places import Place
    from tests.simulation.world import World

INSIDE = "outsiders get nothing of a private room"


class Wire:
    """Follows who is on which connection: by the tokens shown there, and by what is answered."""

    def __init__(self, world: World, ledger: Ledger, wall_ms: Callable[[], int]) -> None:
        self._world = world
        self._ledger = ledger
        self._wall_ms = wall_ms
        self._number: dict[tuple[Peer, int], str] = {}
        self._people: dict[Peer, dict[str, None]] = {}

    def forget(self) -> None:
        """The broker is gone, and every connection with it."""
        self._number.clear()
        self._people.clear()

    def judge(self, outgoing: Outgoing) -> None:
        """Judge all that leaves in one turn, whose entries the ledger has."""
        for topic, body in outgoing.published:
            self._published(topic, body)
        replies = [(peer, body, decode_broker_batch(body)) for peer, body in outgoing.replies]
        welcomed: dict[str, set[Peer]] = {}
        for peer, _, messages in replies:
            for message in messages:
                if isinstance(message, Welcome):
                    welcomed.setdefault(message.id, set()).add(peer)
        for peer, body, messages in replies:
            for message in messages:
                if not isinstance(message, Ack):
                    self._message(peer, message)
            self._look_for_withdrawn(body)
        for who, peers in welcomed.items():
            for peer, people in self._people.items():
                if peer not in peers:
                    people.pop(who, None)

    def heard(self, peer: Peer, hello: Hello) -> None:
        """Somebody proved by a token who is on a connection, until they are welcomed elsewhere."""
        who, _ = identify(hello.token)
        self._number[peer, hello.session] = who
        self._people.setdefault(peer, {})[who] = None

    # ---- broadcasts

    def _published(self, topic: bytes, body: bytes) -> None:
        message = decode_broadcast(body)
        place = self._ledger.rooms.get(message.room)
        is_public = place is not None and not place.is_closed
        told = topic == topic_of(message.room).encode() and is_public
        self._check("nothing private is published", told, topic, body)
        if place is None:
            return
        for text in TEXT.findall(body.decode()):
            words = self._ledger.words.get(text)
            is_here = words is None or words.room == message.room
            self._check("nothing private is published", is_here, topic, text)
        if isinstance(message, Events):
            self._as_it_happened(place, message.events)
        self._look_for_withdrawn(body)

    def _as_it_happened(self, place: Place, events: Iterable[AnyEvent]) -> None:
        for event in events:
            known = 0 < event.number <= place.head
            is_it = known and place.versions[event.number - 1][0] == event
            self._check("what is told is what is stored", is_it, place.name, event)

    def _look_for_withdrawn(self, body: bytes) -> None:
        """What was deleted, or said otherwise since, in an earlier turn, leaves no more."""
        withdrawn = self._ledger.withdrawn
        if withdrawn and (texts := TEXT.findall(body.decode())):
            told = withdrawn.intersection(texts)
            self._check("a deleted text is told no more", not told, told)

    # ---- replies

    def _message(self, peer: Peer, message: BrokerMessage) -> None:
        match message:
            case Events() | Head():
                self._heard(self._people.get(peer, {}), message)
            case Alive(heads=heads) if heads:
                for room, _ in heads:
                    self._check_inside(room, self._people.get(peer, {}))
            case Welcome(id=who, rooms=rooms):
                for head in rooms:
                    self._check_inside(head.room, [who])
                    if self._is_closed(head.room):
                        self._check_readable(head.room, who, head.first)
            case Entered(room=room, recent=recent, number=number):
                who = self._who(peer, message.session)
                self._check_inside(room, [who])
                if self._is_closed(room):
                    self._check_readable(room, who, number)
                self._read(room, who, recent)
            case Invitation(room=room):
                self._invited(room, self._who(peer, message.session))
            case Answer():
                self._world.counts[f"answer {type(message.answer).__name__}"] += 1
                self._answered(self._who(peer, message.session), message)
            case Refused():
                self._world.counts[f"refusal {message.code}"] += 1
                self._refused(self._who(peer, message.session), message)
            case _:
                pass

    def _heard(self, people: Iterable[str], message: Events | Head) -> None:
        place = self._ledger.rooms.get(message.room)
        self._check("public rooms are told by broadcasts", place is not None and place.is_closed)
        if place is None or isinstance(message, Head):
            return
        self._as_it_happened(place, message.events)
        for event in message.events:
            hears = any(place.may_hear(who, event.number) for who in people)
            self._check(INSIDE, hears, people, place.name, event)

    def _answered(self, who: str, answer: Answer) -> None:
        ledger = self._ledger
        is_admin = ledger.is_admin(who)
        match answer.answer:
            case Events(room=room, events=events) | Happened(room=room, events=events):
                if self._is_closed(room):
                    self._check_inside(room, [who])
                self._read(room, who, events)
            case People(room=room) if not is_admin:
                self._check_inside(room, [who])
            case Found():
                self._found(who, answer.answer)
            case RoomList():
                self._listed(who, answer.answer)
            case Described(rooms=rooms):
                for room in rooms:
                    self._check_inside(room, [who])
            case BanList(room=room) if room:
                place = ledger.rooms[room]
                may = place.has_role(who) or ledger.is_everywhere(who)
                self._check("only operators see bans", may, who, room)
            case _:
                pass

    def _found(self, who: str, found: Found) -> None:
        for hit in found.hits:
            self._check_inside(hit.room, [who])
            self._read(hit.room, who, [hit.event])
            is_there = isinstance(hit.event, Said) and not hit.event.deleted
            self._check("only what is still said is found", is_there, hit)

    def _listed(self, who: str, listed: RoomList) -> None:
        is_admin = self._ledger.is_admin(who)
        for line in listed.rooms:
            self._check(INSIDE, line.kind is not Kind.TALK, who, line)
            if not (is_admin or self._was_invited(line.room, who)):
                self._check_inside(line.room, [who])

    def _read(self, room: str, who: str, events: Iterable[AnyEvent]) -> None:
        """Judge what was read from the journal: as it is now, and not below where one begins."""
        place = self._ledger.rooms[room]
        for event in events:
            is_it = 0 < event.number <= place.head and event in _as_told(place, who, event.number)
            self._check("pages show the result", is_it, room, event)
            if place.is_closed:
                self._check_readable(room, who, event.number)

    def _refused(self, who: str, refused: Refused) -> None:
        """Who is outside and guesses a name learns nothing from a question about it."""
        room = str(refused.fields.get("room", ""))
        if refused.code in {Code.BANNED, Code.MUTED} and "until" in refused.fields:
            until = refused.fields["until"]
            holds = not until or int(until) > self._wall_ms()
            self._check("bans and mutes end", holds, who, refused)
        if not refused.request or not self._is_closed(room) or self._ledger.is_everywhere(who):
            return
        if not (self._ledger.is_inside(room, who) or self._was_invited(room, who)):
            hides = refused.code == Code.NO_SUCH_ROOM
            self._check("who guesses learns nothing", hides, who, refused)

    def _invited(self, room: str, who: str) -> None:
        place = self._ledger.rooms[room]
        if place.is_closed:
            may = self._was_invited(room, who) or self._ledger.is_inside(room, who)
            self._check(INSIDE, may, "invited", room, who)

    def _was_invited(self, room: str, who: str) -> bool:
        return who in self._ledger.rooms[room].ever_invited

    # ---- checks

    def _who(self, peer: Peer, session: int) -> str:
        return self._number.get((peer, session), "")

    def _is_closed(self, room: str) -> bool:
        place = self._ledger.rooms.get(room)
        return place is not None and place.is_closed

    def _check_inside(self, room: str, people: Iterable[str]) -> None:
        if self._is_closed(room):
            inside = any(self._ledger.is_inside(room, who) for who in people)
            self._check(INSIDE, inside, room, people)

    def _check_readable(self, room: str, who: str, number: int) -> None:
        may = self._ledger.may_read(room, who, number)
        self._check("nobody reads below their first join", may, room, who, number)

    def _check(self, invariant: str, holds: bool, *details: object) -> None:
        self._world.check(invariant, holds, *details)


def _as_told(place: Place, who: str, number: int) -> list[Event]:
    """Return how somebody may be told an event: as it is stored now.

    To who is out of a private room since the question, a message that was changed meanwhile has no
    text, and must not have one that it got after the exit.
    """
    now = place.now(number)
    if not place.is_closed or who in place.members or not isinstance(now, Said) or not now.edited:
        return [now]
    blank = msgspec.structs.replace(now, text="", edited=0, deleted=True)
    return [blank] if now.edited > place.left_at(who) else [blank, now]
