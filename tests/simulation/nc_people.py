"""People in the simulation behind a gateway, with nc."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.link import Link
from client.notices import IgnoredNow, InvitedTo, Welcomed
from gateway.door import Door
from protocol.phrases import Language
from protocol.rendering import Renderer
from tests.simulation.acts import Wishes, wanted
from tests.simulation.link_node import LinkNode
from tests.simulation.people import ACCEPTED
from tests.simulation.typed import line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.notices import Notice
    from gateway.person import Person
    from tests.simulation.broker_node import BrokerNode
    from tests.simulation.network import Weather
    from tests.simulation.world import World


class NcPerson:
    """Somebody with nc, behind a gateway; lives as long as the TCP connection.

    Attributes:
        lines: what they read.
        ignored: whom they ignored at any time.
    """

    def __init__(self, gateway: GatewayNode, key: int) -> None:
        self.gateway = gateway
        self.key = key
        self.lines: list[str] = []
        self.is_connected = True
        self.ignored: set[str] = set()
        # Two people to an address.
        self.address = f"10.0.{gateway.serial}.{key // 2}:{key}"
        self._said = 0

    @property
    def id(self) -> str:
        """The public id, once it is known: the door opens one session after the other."""
        return self.gateway.ids.get(self.key, "")

    @property
    def known(self) -> Person | None:
        """What the door knows of the person."""
        return self.gateway.door._hall.people.get(self.key)

    def say(self) -> str:
        """Return what to say next."""
        self._said += 1
        return f"n{self.gateway.serial}-{self.key}.{self._said - 1}"

    def act(self) -> bool:
        """Do something; return False if there is nothing to do."""
        known = self.known
        # Who has not come in yet types all the same.
        typed = self._line(known) if known is not None and self.id else self.say()
        if typed is None:
            return False
        self.gateway.typed(self, typed)
        return True

    def _line(self, known: Person) -> str | None:
        chance = self.gateway.world.chance
        others = [room for room in known.rooms if room not in known.others and room != known.focus]
        dice = chance.random()
        if dice < 0.05 and others:
            return f"/focus #{chance.choice(others)}"
        if dice < 0.10 and known.others:
            return f"/focus {chance.choice(list(known.others.values())).name}"
        if dice < 0.15 and known.reply_to:
            return f"/reply {self.say()}"
        ledger, world = self.gateway.ledger, self.gateway.world
        wish = wanted(Wishes(world, ledger, self.id, known.focus, self.say))
        return None if wish is None else line(wish)


class GatewayNode(LinkNode):
    """A gateway process with its people."""

    def __init__(self, world: World, weather: Weather, broker: BrokerNode, serial: int) -> None:
        name = f"gateway{serial}"
        link = Link(world.chance.random, name, name)
        super().__init__(world, weather, broker, name, link, trusted=True)
        self.serial = serial
        self.people: dict[int, NcPerson] = {}
        self.door = Door(self.link, Renderer(Language.EN, lambda _: 0), rate=0)
        self._last_key = 0

    def arrive(self) -> NcPerson:
        """Somebody connects."""
        self._last_key += 1
        person = self.people[self._last_key] = NcPerson(self, self._last_key)
        token = f"{self.world.chance.getrandbits(128):032x}"
        self.door.connected(person.key, person.address, token, self.clock.now())
        self.wake()
        return person

    def typed(self, person: NcPerson, typed: str) -> None:
        """Somebody types a line."""
        if self.is_up and not self.paused and person.is_connected:
            self.world.trace(self.name, f"person {person.key} types", typed)
            self._hear()
            self.door.received(person.key, f"{typed}\n".encode(), self.clock.now())
            self.wake()

    def hang_up(self, person: NcPerson) -> None:
        """Somebody's input ends."""
        self._hear()
        self.door.ended(person.key, self.clock.now())
        self.wake()

    def _hear(self) -> None:
        """Tell the door all that came before, as the adapter does in the turn in which it comes."""
        self.on_notices(self.link.take_notices(), self.clock.now())

    def on_notices(self, notices: Sequence[Notice], now: float) -> None:
        """Let the door write."""
        super().on_notices(notices, now)
        self.door.notice(notices, now)
        self.door.tick(now)
        output = self.door.take_output()
        for key, pieces in output.writes.items():
            lines = b"".join(pieces).decode().splitlines()
            self.people[key].lines += lines
        for key in output.closed:
            self.people[key].is_connected = False
        for notice in notices:
            match notice:
                case InvitedTo(session, room) if self.world.chance.random() < ACCEPTED:
                    self.typed(self.people[session], f"/join #{room}")
                case IgnoredNow(session, ignored):
                    self.people[session].ignored |= {who.id for who in ignored}
                case Welcomed(session, welcome):
                    self.people[session].ignored |= {who.id for who in welcome.ignored}
                case _:
                    pass

    def next_deadline(self) -> float | None:
        """Return when the door has something to do."""
        return self.door.next_deadline()
