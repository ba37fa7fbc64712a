"""People in the simulation: with a client of their own, or behind a gateway with nc."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.link import Link
from client.notices import (
    Answered,
    CommandRefused,
    HelloRefused,
    SessionOver,
    Settled,
    Welcomed,
)
from gateway.door import Door
from protocol.errors import Code
from protocol.messages import Join, People, Rename, Say, Who
from protocol.phrases import Language
from protocol.rendering import Renderer
from tests.simulation.link_node import LinkNode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.notices import Notice
    from tests.simulation.broker_node import BrokerNode
    from tests.simulation.network import Weather
    from tests.simulation.world import World

LOBBY = "lobby"
NAMES = ("Ann", "Bob", "Cat", "Duke", "Eve")


class ClientPerson:
    """Somebody with a client: it may be killed, and comes back with the same token."""

    def __init__(self, world: World, weather: Weather, broker: BrokerNode, index: int) -> None:
        self.world = world
        self.name = f"c{index}"
        self.token = f"{world.chance.getrandbits(128):032x}"
        self._place = (weather, broker)
        self.said: list[str] = []
        self.settled: set[str] = set()
        self.refused: set[str] = set()
        self.starts = 0
        self.node = ClientNode(self, *self._place)

    def start_again(self) -> None:
        """Start the client anew: only the token and the count of starts were kept."""
        self.starts += 1
        self.node = ClientNode(self, *self._place)

    def act(self) -> bool:
        """Say something, mostly; return False if there is nobody to say it."""
        node = self.node
        if not node.is_up or node.session is None:
            return False
        if self.world.chance.random() < 0.15:
            node.submit(Rename(self.world.chance.choice(NAMES)))
            return True
        text = f"{self.name}.{len(self.said)}"
        self.said.append(text)
        node.submit(Say(LOBBY, text))
        return True


class ClientNode(LinkNode):
    """A link with one session."""

    def __init__(self, person: ClientPerson, weather: Weather, broker: BrokerNode) -> None:
        link = Link(person.world.chance.random, person.name, attempts=person.starts * 1000)
        super().__init__(person.world, weather, broker, person.name, link)
        self._person = person
        self.submitted: set[str] = set()
        self.roster: People | None = None
        self.session: int | None = None
        self.open()

    def open(self) -> None:
        """Say hello, with the token that is kept."""
        self.session = self.link.open(self._person.token, self.clock.now())
        self.wake()

    def submit(self, command: Say | Rename | Join) -> None:
        """Hand a command to the link."""
        if self.session is not None:
            self.world.trace(self.name, "submits", command)
            self.submitted |= {command.text} if isinstance(command, Say) else set()
            self.link.submit(self.session, command)
            self.wake()

    def ask_roster(self) -> None:
        """Ask who is in the room."""
        self.roster = None
        if self.session is not None:
            self.link.ask(self.session, Who(LOBBY))
            self.wake()

    def on_notices(self, notices: Sequence[Notice], now: float) -> None:
        """Note what was acknowledged and what was refused."""
        super().on_notices(notices, now)
        for notice in notices:
            match notice:
                case Settled(_, commands):
                    said = {p.command.text for p in commands if isinstance(p.command, Say)}
                    self._person.settled |= said
                    self.world.trace(self.name, "acknowledged", sorted(said))
                case CommandRefused(command=Say() as command, code=code):
                    passing = code == Code.JOURNAL_UNAVAILABLE
                    self.world.check("a passing failure drops nothing", not passing, self.name)
                    self._person.refused.add(command.text)
                    self.world.trace(self.name, "refused", notice)
                case Answered(answer=People() as people):
                    self.roster = people
                case Welcomed():
                    if not notice.welcome.rooms and not notice.again:
                        self.submit(Join(LOBBY))
                case SessionOver() | HelloRefused():
                    self.session = None
                case _:
                    pass


class NcPerson:
    """Somebody with nc, behind a gateway; lives as long as the TCP connection."""

    def __init__(self, gateway: GatewayNode, key: int) -> None:
        self.gateway = gateway
        self.key = key
        self.said: list[str] = []
        self.lines: list[str] = []
        self.is_connected = True
        self.address = f"10.0.{gateway.serial}.1:{key}"

    def act(self) -> None:
        """Say something, mostly."""
        chance = self.gateway.world.chance.random()
        if chance < 0.1:
            self.gateway.typed(self, f"rename|{self.gateway.world.chance.choice(NAMES)}")
        elif chance < 0.15:
            self.gateway.typed(self, "who")
        else:
            text = f"n{self.gateway.serial}-{self.key}.{len(self.said)}"
            self.said.append(text)
            self.gateway.typed(self, text)


class GatewayNode(LinkNode):
    """A gateway process with its people."""

    def __init__(self, world: World, weather: Weather, broker: BrokerNode, serial: int) -> None:
        name = f"gateway{serial}"
        super().__init__(world, weather, broker, name, Link(world.chance.random, name, name))
        self._trusted = True
        self.serial = serial
        self.people: dict[int, NcPerson] = {}
        self._door = Door(self.link, Renderer(Language.EN, lambda _: 0), rate=0)
        self._pieces: dict[int, bytes] = {}
        self._last_key = 0

    def arrive(self) -> NcPerson:
        """Somebody connects."""
        self._last_key += 1
        person = self.people[self._last_key] = NcPerson(self, self._last_key)
        token = f"{self.world.chance.getrandbits(128):032x}"
        self._door.connected(person.key, person.address, token, self.clock.now())
        self.wake()
        return person

    def typed(self, person: NcPerson, line: str) -> None:
        """Somebody types a line."""
        if self.is_up and not self.paused and person.is_connected:
            self.world.trace(self.name, f"person {person.key} types", line)
            self._door.received(person.key, f"{line}\n".encode(), self.clock.now())
            self.wake()

    def hang_up(self, person: NcPerson) -> None:
        """Somebody's input ends."""
        self._door.ended(person.key, self.clock.now())
        self.wake()

    def on_notices(self, notices: Sequence[Notice], now: float) -> None:
        """Let the door write."""
        super().on_notices(notices, now)
        self._door.notice(notices, now)
        self._door.tick(now)
        output = self._door.take_output()
        for key, pieces in output.writes.items():
            lines = b"".join(pieces).decode().splitlines()
            self.people[key].lines += lines
        for key in output.closed:
            self.people[key].is_connected = False

    def next_deadline(self) -> float | None:
        """Return when the door has something to do."""
        return self._door.next_deadline()
