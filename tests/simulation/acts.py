"""What people want: one command or question after the other, most of which make sense.

Nothing here knows more than a person could, but for ids and who is where, so that most of it
succeeds; some of it is guessed, wrong, or not allowed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from protocol import commands as c
from protocol import questions as q
from protocol.events import Reason
from protocol.messages import ADMIN_DOOR
from protocol.questions import Kind
from tests.simulation.places import LOBBY

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from protocol.commands import Command
    from protocol.questions import Question
    from tests.simulation.ledger import Ledger
    from tests.simulation.places import Place
    from tests.simulation.world import World

    Wish = Callable[["Wishes"], "Command | Question | None"]

NAMES: Final = ("Ann", "Bob", "Cat", "Duke", "Eve")
PUBLIC_ROOMS: Final = (LOBBY, "dev", "ops")
PRIVATE_ROOMS: Final = ("den", "nest")
SOON_S: Final = 3
"""How long a ban or mute lasts, so that its end comes while people still act."""


class Wishes:
    """Somebody's, at one moment.

    Args:
        world: for chance.
        ledger: who is where.
        me: the public id of who wishes.
        room: the room that the person looks at; empty for none.
        say: returns what to say next.
        rooms: those that the person may look at instead.
    """

    def __init__(
        self,
        world: World,
        ledger: Ledger,
        me: str,
        room: str,
        say: Callable[[], str],
        rooms: Sequence[str] = (),
    ) -> None:
        self.chance = world.chance
        self.ledger = ledger
        self.me = me
        self.room = room
        self.say = say
        self._rooms = rooms

    def look_where_one_operates(self) -> None:
        """Look at a room in which one may act, if there is one."""
        rooms = [self.ledger.rooms[room] for room in self._rooms if room in self.ledger.rooms]
        own = [place.name for place in rooms if place.has_role(self.me)]
        self.room = self.chance.choice(own) if own else self.room

    @property
    def place(self) -> Place | None:
        return self.ledger.rooms.get(self.room)

    def somebody(self, people: Sequence[str] | None = None) -> str:
        """Return the id of somebody else, or a name that may be anybody's or nobody's."""
        known = self.ledger.people
        people = people or [who for who, one in known.items() if not one.ended]
        others = [w for w in people if w != self.me and known[w].door != ADMIN_DOOR]
        if not others or self.chance.random() < 0.1:
            return self.chance.choice(NAMES)
        return self.chance.choice(others)

    def neighbour(self) -> str:
        """Return somebody else in the same room, mostly."""
        place = self.place
        return self.somebody(list(place.members) if place and self.chance.random() < 0.9 else None)

    def address(self) -> str:
        """Return the address of somebody, for a ban."""
        known = [one.ip for one in self.ledger.people.values() if one.ip and not one.ended]
        return self.chance.choice(known) if known else "10.9.9.9"

    def text_of_somebody(self) -> str:
        """Return something that was said, to look for it."""
        latest = list(self.ledger.words)[-20:]
        return self.chance.choice(latest) if latest else "c0"

    def any_room(self) -> str:
        """Return a room that one may not even be in."""
        return self.chance.choice((*self.ledger.rooms, "nowhere"))


def _talks(w: Wishes) -> list[str]:
    """Return the conversations of two that somebody is in."""
    rooms = w.ledger.rooms.values()
    return [place.name for place in rooms if place.kind is Kind.TALK and w.me in place.members]


def _lost_friend(w: Wishes) -> Command | None:
    """Say something to somebody who was lost in the middle of a conversation."""
    for room in _talks(w):
        if not w.ledger.here(w.ledger.rooms[room].other(w.me)):
            return c.Say(room, w.say())
    return None


def _invite(w: Wishes) -> Command | None:
    """Ask somebody into a private room that one is in, or now and then into the one looked at."""
    own = [p for p in w.ledger.rooms.values() if p.kind is Kind.PRIVATE and w.me in p.members]
    if own and w.chance.random() < 0.9:
        place = w.chance.choice(own)
        gone = [who for who in place.stays if who not in place.members and w.ledger.here(who)]
        again = gone if w.chance.random() < 0.5 else None
        return c.Invite(place.name, w.somebody(again))
    return c.Invite(w.room, w.somebody()) if w.room and w.chance.random() < 0.05 else None


def _change(w: Wishes, command: Command) -> Command | None:
    """Change what one said last in a room, or now and then where there is nothing of one's own."""
    has_spoken = w.place is not None and w.me in w.place.last_said
    return command if has_spoken or w.chance.random() < 0.1 else None


def _come_again(w: Wishes) -> Command | None:
    """Enter a room that one left, or was put out of."""
    rooms = [
        place.name
        for place in w.ledger.rooms.values()
        if place.kind is not Kind.TALK and w.me in place.stays and w.me not in place.members
    ]
    return c.Join(w.chance.choice(rooms)) if rooms else None


def _lost_from(place: Place | None, ledger: Ledger) -> list[str]:
    """Return who was lost from a room, and may come back."""
    stays = place.stays if place else {}
    return [who for who in stays if ledger.people[who].ended == Reason.LOST]


def _mute_or_ban(w: Wishes) -> Command:
    seconds = w.chance.choice((SOON_S, SOON_S, 0))
    if w.chance.random() < 0.5:
        return c.Mute(w.room, w.neighbour(), seconds, "noise")
    who = w.address() if w.chance.random() < 0.2 else w.neighbour()
    lost = _lost_from(w.place, w.ledger)
    if lost and w.chance.random() < 0.6:
        who = w.chance.choice(lost)
    return c.Ban(w.room, who, seconds, "noise")


def _rebel(w: Wishes) -> Command | None:
    """Act, as an operator, against the owner of the room."""
    place = w.place
    if place is None or w.me not in place.operators or place.owner in {"", w.me}:
        return None
    return c.Kick(w.room, place.owner) if w.chance.random() < 0.5 else c.Mute(w.room, place.owner)


def _let_speak(w: Wishes) -> Command | None:
    """Take a ban or a mute back, which may be over by now."""
    place = w.place
    barred = place.barred if place and w.room else w.ledger.barred
    options: list[Command] = [c.Unban(w.room, who) for who in barred.banned]
    options += [c.Unmute(w.room, who) for who in barred.muted]
    return w.chance.choice(options) if options else None


def _page(w: Wishes) -> Question:
    place = w.place
    head = place.head if place else 1
    return q.Page(w.room, w.chance.randint(1, max(1, head)))


def _since(w: Wishes) -> Question:
    place = w.place
    events = place.versions if place else []
    at = w.chance.choice(events)[0].at if events else 0
    return q.Since(w.room, at)


TALKING: Final[dict[Wish, int]] = {
    lambda w: c.Say(w.room, w.say(), w.chance.random() < 0.1): 40,
    lambda w: c.Tell(w.somebody(), w.say()): 10,
    _lost_friend: 3,
    lambda w: _change(w, c.Edit(w.room, w.say())): 8,
    lambda w: _change(w, c.Delete(w.room)): 4,
    lambda w: c.Rename(w.chance.choice(NAMES)): 4,
    lambda w: c.Away(w.chance.choice(("", "lunch"))): 2,
    lambda _: c.Away(away=False): 2,
    lambda w: c.Ignore(w.somebody(), w.chance.random() < 0.6): 2,
}
ROOMS: Final[dict[Wish, int]] = {
    lambda w: c.Join(w.chance.choice(PUBLIC_ROOMS)): 7,
    lambda w: c.Join(w.chance.choice(PRIVATE_ROOMS), private=True): 10,
    lambda w: c.Leave(w.room): 5,
    _invite: 16,
    _come_again: 10,
    lambda w: c.Subject(w.room, w.chance.choice(("", "tea", "coffee"))): 2,
}
OPERATING: Final[dict[Wish, int]] = {
    lambda w: c.Kick(w.room, w.neighbour(), "noise"): 3,
    _mute_or_ban: 6,
    _let_speak: 8,
    _rebel: 20,
    lambda w: c.Op(w.room, w.neighbour(), w.chance.random() < 0.8): 5,
    lambda w: c.Slow(w.room, w.chance.choice((0, 1, 2))): 2,
    lambda w: c.Delete(w.room, w.neighbour()): 3,
    lambda w: c.Announce(w.room, "hear, hear"): 1,
    lambda w: q.Bans(w.room): 1,
}
ASKING: Final[dict[Wish, int]] = {
    lambda w: q.Who(w.room): 1,
    _page: 2,
    _since: 2,
    lambda w: q.Recent(w.room, 5): 2,
    lambda _: q.Rooms(): 1,
    lambda w: q.Whois(w.somebody()): 1,
    lambda w: q.Acts(w.room): 1,
    lambda w: q.Search(w.text_of_somebody()): 3,
    lambda w: q.Search(w.chance.choice("cn") + "*", author=w.somebody()): 1,
}
GUESSING: Final[dict[Wish, int]] = {
    lambda w: q.Page(w.any_room(), 1): 1,
    lambda w: q.Recent(w.any_room()): 1,
    lambda w: q.Who(w.any_room()): 1,
    lambda w: q.Since(w.any_room(), 0): 1,
    lambda w: q.Acts(w.any_room()): 1,
    lambda w: q.Search(w.text_of_somebody(), w.any_room()): 1,
    lambda w: c.Join(w.any_room()): 1,
    lambda w: c.Say(w.any_room(), w.say()): 1,
    lambda w: c.Kick(w.any_room(), w.somebody()): 1,
}
ADMINISTERING: Final[dict[Wish, int]] = {
    lambda w: c.Op("", w.somebody(), w.chance.random() < 0.8): 6,
    lambda w: c.Op(w.room, w.neighbour()): 4,
    lambda w: c.Kick(w.room, w.neighbour(), "noise"): 3,
    _mute_or_ban: 8,
    _let_speak: 8,
    lambda w: c.Kick("", w.somebody(), "noise"): 1,
    lambda w: c.Ban("", w.somebody(), SOON_S, "noise"): 1,
    lambda w: c.Ban("", w.address(), SOON_S, "noise"): 1,
    lambda w: c.Mute("", w.somebody(), SOON_S, "noise"): 3,
    lambda _: c.Announce("", "the machine stops at noon"): 2,
    lambda w: c.Slow(w.room, w.chance.choice((0, 2))): 2,
    lambda w: c.Delete(w.room, w.neighbour()): 2,
    lambda _: q.Everybody(): 2,
    lambda _: q.Stats(): 2,
    lambda _: q.Rooms(): 2,
    lambda w: q.Who(w.any_room()): 2,
    lambda w: q.Acts(w.room): 2,
    lambda w: q.Bans(w.room): 2,
}
KINDS: Final = ((TALKING, 50), (ROOMS, 16), (OPERATING, 14), (ASKING, 12), (GUESSING, 4))


def wanted(wishes: Wishes) -> Command | Question | None:
    """Return what somebody wants next; None for what cannot be wanted now."""
    chance = wishes.chance
    (kind,) = chance.choices([kind for kind, _ in KINDS], [weight for _, weight in KINDS])
    if kind is OPERATING:
        wishes.look_where_one_operates()
        if wishes.ledger.is_everywhere(wishes.me) and chance.random() < 0.05:
            wishes.room = ""
    return _one_of(kind, wishes)


def administered(wishes: Wishes) -> Command | Question | None:
    """Return what the administrator of the machine wants next."""
    return _one_of(ADMINISTERING, wishes)


def _one_of(kind: dict[Wish, int], wishes: Wishes) -> Command | Question | None:
    for wish in wishes.chance.choices(list(kind), list(kind.values()), k=4):
        if (made := wish(wishes)) is not None:
            return made
    return None
