"""What the log says, worked out from its entries alone: by this the broker is judged.

Nothing here is the broker's: rooms, people, roles and texts are folded anew from what was
committed, and each entry is judged as it comes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec

from broker.decide_hello import identify
from broker.records import Closed, Entry, Made, Opened, RoomEntry, TookName
from protocol.events import (
    ActEvent,
    Appointed,
    Banned,
    Deleted,
    Edited,
    Event,
    Invited,
    Joined,
    Kicked,
    Left,
    Muted,
    Reason,
    Renamed,
    Said,
    Slowed,
    SubjectSet,
    Unbanned,
    Unmuted,
    WentAway,
)
from protocol.messages import ADMIN_DOOR
from protocol.questions import Kind
from tests.simulation.places import LOBBY, Barred, Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.simulation.world import World

TEXT: Final = re.compile(r"\b[cn][0-9]+(?:-[0-9]+)?\.[0-9]+\b")
"""Everything that anybody says is such a word, and nobody says one twice."""


@dataclass
class Somebody:
    """A session, over or not: ``ended`` is why it is over, empty while it is not."""

    name: str
    door: str
    ip: str = ""
    ended: str = ""


@dataclass
class Words:
    """Where something was said: ``number`` is the event's own, ``target`` that of the message."""

    room: str
    number: int
    target: int
    author: str


@dataclass
class Ledger:
    """Follows the log.

    Attributes:
        rooms: by name.
        people: by public id.
        operators: who moderates everywhere.
        barred: who is banned or muted everywhere.
        entries: all of the log.
        words: all that was said, in the order of the log.
        withdrawn: texts that were changed or taken away in an earlier turn.
        told_to_lost: places of what was said to people who were lost at that time.
        left_now: memberships and invitations that ended in this turn.
    """

    world: World
    rooms: dict[str, Place] = field(default_factory=lambda: {LOBBY: Place(LOBBY)})
    people: dict[str, Somebody] = field(default_factory=dict)
    operators: dict[str, None] = field(default_factory=dict)
    barred: Barred = field(default_factory=Barred)
    entries: list[Entry] = field(default_factory=list)
    words: dict[str, Words] = field(default_factory=dict)
    withdrawn: set[str] = field(default_factory=set)
    told_to_lost: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    left_now: set[tuple[str, str]] = field(default_factory=set)
    ips: dict[str, str] = field(default_factory=dict)
    _withdrawn_now: set[str] = field(default_factory=set)
    _put_out: dict[str, str] = field(default_factory=dict)

    def begin_turn(self) -> None:
        """What follows is another turn."""
        self.left_now.clear()
        self.withdrawn |= self._withdrawn_now
        self._withdrawn_now.clear()

    def follow(self, entries: Sequence[Entry]) -> None:
        """Take what was just committed, and judge it."""
        for entry in entries:
            self.entries.append(entry)
            match entry:
                case RoomEntry(room, event):
                    self._event(room, event)
                case Opened():
                    ip = self.ips.get(entry.session, entry.user_id.rpartition(":")[0])
                    self.people[entry.session] = Somebody(entry.name, entry.door, ip)
                case TookName(session=session, name=name):
                    self.people[session].name = name
                case Made():
                    self._made(entry)
                case Closed():
                    self._closed(entry)
                case _:
                    pass
        self.world.check("who is put out is out", not self._put_out, self._put_out)

    # ---- who may know what

    def here(self, person: str) -> bool:
        """Whether somebody's session is not over."""
        known = self.people.get(person)
        return known is not None and not known.ended

    def ended_of(self, token: str) -> str:
        """Return why the session that a token names is over; empty if it is not."""
        known = self.people.get(identify(token)[0])
        return "" if known is None else known.ended

    def is_admin(self, person: str) -> bool:
        """Whether it is the administrator of the machine."""
        known = self.people.get(person)
        return known is not None and known.door == ADMIN_DOOR

    def is_everywhere(self, person: str) -> bool:
        """Whether somebody moderates the whole broker."""
        return person in self.operators or self.is_admin(person)

    def moderates(self, place: Place, person: str) -> bool:
        """Whether somebody may act in a room."""
        return place.has_role(person) or self.is_everywhere(person)

    def is_inside(self, room: str, person: str) -> bool:
        """Whether somebody is in a room, or was earlier in this turn."""
        return person in self.rooms[room].members or (room, person) in self.left_now

    def may_read(self, room: str, person: str, number: int) -> bool:
        """Whether somebody may read this event of a room that is not public in this turn."""
        if not self.is_inside(room, person):
            return False
        lately = 2 if (room, person) in self.left_now else 1
        return any(s.may_read(number) for s in self.rooms[room].stays[person][-lately:])

    # ---- sessions and rooms

    def _made(self, made: Made) -> None:
        place = self.rooms.get(made.room)
        if place is None:
            self.rooms[made.room] = Place(made.room, made.kind, made.session)
            return
        kept = made.kind is place.kind and not (place.members or place.owner or place.operators)
        self.world.check("a room made again stays what it was", kept, made)
        place.make_again(made.session)

    def _closed(self, closed: Closed) -> None:
        self.people[closed.session].ended = closed.reason
        self._put_out.pop(closed.session, None)
        if closed.reason == Reason.LOST:
            return
        for place in self.rooms.values():
            place.forget(closed.session)
        self.operators.pop(closed.session, None)
        self.barred.muted.pop(closed.session, None)

    # ---- events

    def _event(self, room: str, event: Event) -> None:
        place = self.rooms.get(room)
        self.world.counts[f"event {type(event).__name__}"] += 1
        self.world.check("a room is made before it is used", place is not None, room)
        if place is None:
            return
        next_one = event.number == place.head + 1
        self.world.check("contiguous journal", next_one, room, event, place.head)
        self._look_who_is_put_out(room, event)
        place.versions.append([event])
        match event:
            case Joined():
                self._joined(place, event)
            case Left():
                self._left(place, event)
            case Said(text=text):
                self._spoke(place, event, text, event.number)
                place.last_said[event.author] = event.number
            case Edited(target=target, text=text):
                last = place.last_said.get(event.author)
                self.world.check("only the last own message is changed", last == target, event)
                self._spoke(place, event, text, target)
                self._rewrite(place, target, event)
            case Deleted():
                self._deleted(place, event)
            case Invited(who=who):
                place.invite(who)
            case SubjectSet():
                self._check_silence(place, event)
            case Renamed(n=n) if n:
                self._check_mutes(place, event)
            case WentAway(why=why) if why:
                self._check_mutes(place, event)
            case _ if isinstance(event, ActEvent):
                self._act(place, event)
            case _:
                pass

    def _joined(self, place: Place, event: Joined) -> None:
        who = event.author
        if place.kind is Kind.PRIVATE:
            self.world.check("nobody comes in uninvited", place.admits(who), place.name, event)
        if place.kind is not Kind.TALK and place.ever_barred(who):
            banned = place.barred.bans_of(who, self._ip_of(place, who), event.at)
            self.world.check("who is banned stays outside", not banned, place.name, event)
        place.enter(who, event.number)

    def _left(self, place: Place, event: Left) -> None:
        self.left_now.add((place.name, event.author))
        place.leave(event.author, event.number, event.reason)

    def _spoke(self, place: Place, event: Said | Edited, text: str, target: int) -> None:
        is_in = event.author in place.members
        self.world.check("only members speak", is_in, place.name, event)
        self.world.check("nothing is said twice", text not in self.words, event)
        self._check_silence(place, event)
        if place.slow and not self.moderates(place, event.author):
            rested = event.at - place.spoke.get(event.author, event.at - place.slow * 1000)
            is_slow = not 0 <= rested < place.slow * 1000
            self.world.check("slow mode slows", is_slow, place.name, event, place.slow)
        place.note_slow(event.author, event.at)
        self.words[text] = Words(place.name, event.number, target, event.author)
        if place.kind is Kind.TALK and not self.here(other := place.other(event.author)):
            self.told_to_lost.setdefault(other, []).append((place.name, event.number))

    def _check_silence(self, place: Place, event: Event) -> None:
        who = event.author
        if place.kind is Kind.TALK:
            silenced = self.barred.mutes(who, event.at)
        else:
            silenced = (
                self.barred.mutes(who, event.at)
                or place.barred.mutes(who, event.at)
                or place.barred.bans_of(who, self._ip_of(place, who), event.at)
            )
        if who in self.barred.ever or place.ever_barred(who):
            self.world.check("who may not speak says nothing", not silenced, place.name, event)

    def _check_mutes(self, place: Place, event: Event) -> None:
        """Check one of the rooms in which a new name or a reason is told."""
        who = event.author
        silenced = self.barred.mutes(who, event.at) or place.barred.mutes(who, event.at)
        if who in self.barred.ever or place.ever_barred(who):
            self.world.check("who may not speak says nothing", not silenced, place.name, event)

    def _ip_of(self, place: Place, person: str) -> str:
        """Return an address whose ban concerns somebody: not one who moderates there."""
        known = self.people.get(person)
        return "" if known is None or self.moderates(place, person) else known.ip

    def _rewrite(self, place: Place, target: int, event: Edited) -> None:
        said = place.now(target)
        if isinstance(said, Said):
            self._withdrawn_now.add(said.text)
            changed = msgspec.structs.replace(said, text=event.text, edited=event.number)
            place.versions[target - 1].append(changed)
        self._blank_edit(place, target)
        place.last_edit[target] = event.number

    def _blank_edit(self, place: Place, target: int) -> None:
        before = place.last_edit.get(target)
        edit = place.now(before) if before else None
        if isinstance(edit, Edited):
            place.versions[edit.number - 1].append(msgspec.structs.replace(edit, text=""))

    def _deleted(self, place: Place, event: Deleted) -> None:
        whose, target = event.whose, event.target
        may = event.author == whose or self.moderates(place, event.author)
        is_last = place.last_said.pop(whose, None) == target
        self.world.check("only the last own message is changed", may and is_last, event)
        said = place.now(target)
        if isinstance(said, Said):
            self._withdrawn_now.add(said.text)
            blank = msgspec.structs.replace(said, text="", deleted=True)
            place.versions[target - 1].append(blank)
        self._blank_edit(place, target)

    # ---- what operators do

    def _act(self, place: Place, act: ActEvent) -> None:
        everywhere = getattr(act, "everywhere", False)
        who = getattr(act, "who", "")
        may = self.is_everywhere(act.author)
        if not everywhere:
            may |= place.has_role(act.author) and not (
                isinstance(act, Kicked | Banned | Muted) and who and who == place.owner
            )
        self.world.check("only operators act", may, place.name, act)
        barred = self.barred if everywhere else place.barred
        match act:
            case Kicked() | Banned() if who:
                if self.here(who) if everywhere else who in place.members:
                    self._put_out[who if everywhere else place.name] = who
            case Slowed(seconds=seconds):
                place.slow = seconds
                place.spoke.clear()
            case Appointed(operator=operator):
                operators = self.operators if everywhere else place.operators
                operators.pop(who, None)
                if operator:
                    operators[who] = None
            case _:
                pass
        match act:
            case Banned(who_name=name, until=until):
                barred.add(barred.banned, who or name, until, act.at)
                if not everywhere and place.kind is Kind.PRIVATE:
                    place.shut_out(who)
            case Muted(until=until):
                barred.add(barred.muted, who, until, act.at)
            case Unbanned(who_name=name):
                barred.banned.pop(who or name, None)
            case Unmuted():
                barred.muted.pop(who, None)
            case _:
                pass

    def _look_who_is_put_out(self, room: str, event: Event) -> None:
        who = self._put_out.pop(room, None)
        if who is not None:
            is_exit = isinstance(event, Left) and event.author == who
            self.world.check("who is put out is out", is_exit, room, who, event)
