"""People in the simulation with a client of their own, and the administrator of the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from broker.decide_hello import identify
from client.link import Link
from client.notices import (
    Answered,
    CommandRefused,
    HelloRefused,
    InvitedTo,
    QuestionRefused,
    SessionOver,
    Settled,
    Welcomed,
)
from protocol.commands import Ban, Edit, Join, Kick, Quit, Say, Tell
from protocol.errors import Code
from protocol.messages import ADMIN_DOOR, Events
from protocol.questions import Kind, Page, People, Who
from tests.simulation.acts import SOON_S, Wishes, administered, wanted
from tests.simulation.link_node import LinkNode
from tests.simulation.places import LOBBY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.notices import Notice
    from protocol.commands import Command
    from protocol.questions import Question
    from tests.simulation.broker_node import BrokerNode
    from tests.simulation.network import Weather
    from tests.simulation.world import World

ACCEPTED = 0.8
"""How many invitations are."""
PUT_OUT = frozenset({Code.KICKED, Code.BANNED})
COMES_AGAIN_S = 2.0
WORDS = Say | Tell | Edit
PRIVATE_WEIGHT = 4
"""Conversations of two are so many that nobody would look at a private room otherwise."""


class ClientPerson:
    """Somebody with a client: it may be killed, and comes back with the same token.

    Attributes:
        settled: what was said and acknowledged.
        refused: what was not said.
    """

    def __init__(self, world: World, weather: Weather, broker: BrokerNode, index: int) -> None:
        self.world = world
        self.name = f"c{index}"
        self.address = f"10.1.0.{index + 1}"
        self.token = self.new_token()
        self._place = (weather, broker)
        self._said = 0
        self.settled: set[str] = set()
        self.refused: set[str] = set()
        self.starts = 0
        self.node = ClientNode(self, *self._place)

    def new_token(self) -> str:
        """Return 128 random bits."""
        return f"{self.world.chance.getrandbits(128):032x}"

    def start_again(self) -> None:
        """Start the client anew: only the token and the count of starts were kept."""
        self.starts += 1
        self.node = ClientNode(self, *self._place)

    def say(self) -> str:
        """Return what to say next."""
        self._said += 1
        return f"{self.name}.{self._said - 1}"

    def act(self) -> bool:
        """Do something; return False if there is nobody to do it, or nothing to do."""
        node = self.node
        if not node.is_up or node.session is None:
            return False
        if not node.id:  # who has not come in yet speaks all the same
            node.want(Say(LOBBY, self.say()))
            return True
        rooms = list(node.inside.get(node.session, {}))
        wish = wanted(Wishes(self.world, node.ledger, node.id, node.looks_at(), self.say, rooms))
        if wish is not None:
            node.want(wish)
        return wish is not None


class ClientNode(LinkNode):
    """A link with one session."""

    def __init__(self, person: ClientPerson, weather: Weather, broker: BrokerNode) -> None:
        link = Link(person.world.chance.random, person.name, attempts=person.starts * 1000)
        address = person.address
        super().__init__(person.world, weather, broker, person.name, link, address=address)
        self.person = person
        self.submitted: set[str] = set()
        self.rosters: dict[str, People] = {}
        self.session: int | None = None
        self.banned = False
        self.past: dict[str, Events] = {}
        self._asked_past: dict[int, str] = {}
        self.open()

    @property
    def id(self) -> str:
        """The public id of the session, once it is known."""
        return "" if self.session is None else self.ids.get(self.session, "")

    def open(self) -> None:
        """Say hello, with the token that is kept."""
        if self.is_up and self.session is None:
            self.session = self.link.open(self.person.token, self.clock.now())
            self.wake()

    def want(self, wish: Command | Question) -> None:
        """Hand a command or question to the link."""
        if self.session is None:
            return
        self.world.trace(self.name, "wants", wish)
        if isinstance(wish, WORDS):
            self.submitted.add(wish.text)
        self.pass_on(self.session, wish)

    def looks_at(self) -> str:
        """Return the room that the person looks at; empty for none."""
        inside = self.inside.get(self.session or 0, {})
        if not inside:
            return ""
        kinds = [where.kind for where in inside.values()]
        weights = [PRIVATE_WEIGHT if kind is Kind.PRIVATE else 1 for kind in kinds]
        (room,) = self.world.chance.choices(list(inside), weights)
        return room

    def ask_all(self) -> None:
        """Ask who is in each of one's rooms, and what was said in those that are not public."""
        self.rosters.clear()
        self.past.clear()
        self._asked_past.clear()
        if self.session is None:
            return
        for room, where in self.inside.get(self.session, {}).items():
            self.link.ask(self.session, Who(room))
            if self.ledger.rooms[room].is_closed:
                request = self.link.ask(self.session, Page(room, where.first))
                self._asked_past[request] = room
        self.wake()

    def on_notices(self, notices: Sequence[Notice], now: float) -> None:
        """Note what was acknowledged and what was refused."""
        super().on_notices(notices, now)
        for notice in notices:
            match notice:
                case Settled(_, commands):
                    words = (p.command for p in commands)
                    said = {command.text for command in words if isinstance(command, WORDS)}
                    self.person.settled |= said
                    self.world.trace(self.name, "acknowledged", sorted(said))
                case CommandRefused(command=command, code=code):
                    passing = code in {Code.JOURNAL_UNAVAILABLE, Code.TOO_FAST}
                    self.world.check("a passing failure drops nothing", not passing, self.name)
                    if isinstance(command, WORDS):
                        self.person.refused.add(command.text)
                    self.world.trace(self.name, "refused", notice)
                case Answered(answer=People() as people):
                    self.rosters[people.room] = people
                case Answered(request=request, answer=Events() as page):
                    if self._asked_past.pop(request, None) == page.room:
                        self.past[page.room] = page
                case QuestionRefused():
                    self.world.trace(self.name, "question refused", notice)
                case Welcomed():
                    self._come_in(notice)
                case InvitedTo(room=room) if self.world.chance.random() < ACCEPTED:
                    self.want(Join(room))
                case SessionOver(code=code) | HelloRefused(code=code):
                    self._over(code)
                case _:
                    pass

    def _come_in(self, notice: Welcomed) -> None:
        self.banned = False
        self.ledger.ips[notice.welcome.id] = self.person.address
        if self.id in self.ledger.people:
            self.ledger.people[self.id].ip = self.person.address
        is_new = not (notice.again or notice.welcome.resumed)
        rooms = {head.room for head in notice.welcome.rooms}
        if LOBBY not in rooms and LOBBY not in notice.rejoined and (is_new or not rooms):
            self.want(Join(LOBBY))

    def _over(self, code: str) -> None:
        """Whoever was put out comes again as another person, unless a ban keeps them out."""
        self.world.trace(self.name, "is over", code)
        ended = self.ledger.ended_of(self.person.token)
        put_out = code in PUT_OUT or (code == Code.SESSION_ENDED and ended in PUT_OUT)
        self.world.check("no session is lost for good", put_out, self.name, code)
        self.session = None
        self.banned = code == Code.BANNED
        self.submitted.clear()
        self.person.token = self.person.new_token()
        self.world.after(COMES_AGAIN_S, self.open)


class AdminNode(LinkNode):
    """``chat-admin``: a trusted session that is in no room, and goes once all is done."""

    def __init__(self, world: World, weather: Weather, broker: BrokerNode, serial: int) -> None:
        link = Link(world.chance.random, f"admin{serial}")
        super().__init__(world, weather, broker, f"admin{serial}", link, trusted=True)
        token = f"{world.chance.getrandbits(128):032x}"
        self._id, _ = identify(token)
        self._session = self.link.open(token, self.clock.now(), door=ADMIN_DOOR)
        self._is_going = False

    def act(self) -> bool:
        """Do something, perhaps the last thing; return False if that cannot be now."""
        chance, any_kind = self.world.chance, self.world.chance.random() < 0.1
        known = (place for place in self.ledger.rooms.values() if place.members)
        rooms = [p.name for p in known if any_kind or p.kind is not Kind.TALK]
        room = chance.choice(rooms) if rooms else LOBBY
        wish = administered(Wishes(self.world, self.ledger, self._id, room, str))
        if wish is None or self._is_going:
            return False
        self.world.trace(self.name, "wants", wish)
        self.pass_on(self._session, wish)
        if chance.random() < 0.4:
            self.go()
        return True

    def put_somebody_out(self) -> None:
        """Kick somebody with a connection of their own out of the lobby."""
        known = self.ledger.people
        members = [who for who in self.ledger.rooms[LOBBY].members if known[who].door == "client"]
        if members and not self._is_going:
            self.pass_on(self._session, Kick(LOBBY, self.world.chance.choice(members)))

    def put_out(self, who: str) -> bool:
        """Put somebody out of a room of theirs, or out of all; return False if that cannot be."""
        chance, rooms = self.world.chance, self.ledger.rooms.values()
        inside = [p for p in rooms if who in p.members and p.kind is not Kind.TALK]
        if not inside or self._is_going:
            return False
        private = [place for place in inside if place.is_closed]
        room = "" if chance.random() < 0.1 else chance.choice(private or inside).name
        act = Kick(room, who) if chance.random() < 0.7 else Ban(room, who, SOON_S)
        self.pass_on(self._session, act)
        return True

    def go(self) -> None:
        """Leave once all is done."""
        if not self._is_going and self.is_up:
            self._is_going = True
            self.link.submit(self._session, Quit())
            self.wake()

    def on_notices(self, notices: Sequence[Notice], now: float) -> None:
        """End with the session."""
        super().on_notices(notices, now)
        for notice in notices:
            if isinstance(notice, SessionOver | HelloRefused):
                self.world.check("no session is lost for good", self._is_going, self.name, notice)
                self.kill()
