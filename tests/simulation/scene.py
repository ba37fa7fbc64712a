"""One run: a broker, clients, a gateway with people, faults, and what must hold in the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.simulation.broker_node import BrokerNode
from tests.simulation.disk import Disk
from tests.simulation.ending import Ending
from tests.simulation.faults import FAULTS
from tests.simulation.ledger import Ledger
from tests.simulation.nc_people import GatewayNode, NcPerson
from tests.simulation.network import Weather
from tests.simulation.people import AdminNode, ClientPerson
from tests.simulation.world import World

if TYPE_CHECKING:
    from collections import Counter

    from tests.simulation.link_node import LinkNode

INVARIANTS: Final = (
    "a deleted text is told no more",
    "a passing failure drops nothing",
    "a private room is read from the first join on",
    "a room is made before it is used",
    "a room made again stays what it was",
    "a view ends with one's stay",
    "a view starts where it was said to",
    "all is settled",
    "all is well",
    "bans and mutes end",
    "contiguous journal",
    "every member sees the last event",
    "everybody sees the last edit",
    "messages below the limit",
    "nc reads nothing of others",
    "nc sees no hole and no repeat",
    "nc sees the last message",
    "nc tells rooms apart",
    "no hole and no repeat",
    "no session is lost for good",
    "no unbounded queue",
    "nobody comes in uninvited",
    "nobody reads below their first join",
    "nobody who is gone stays in the room",
    "nothing acknowledged is lost",
    "nothing is dropped in silence",
    "nothing is said twice",
    "nothing private is published",
    "nothing refused is said",
    "one order",
    "one's own login is seen",
    "only members speak",
    "only operators act",
    "only operators see bans",
    "only the last own message is changed",
    "only what is still said is found",
    "outsiders get nothing of a private room",
    "own messages in order",
    "pages show the result",
    "peers know their rooms",
    "public rooms are told by broadcasts",
    "rosters converge",
    "slow mode slows",
    "the journal holds the result",
    "the state is the fold of the log",
    "what is said to who is lost is read later",
    "what is seen is in the journal",
    "what is told is what is stored",
    "who guesses learns nothing",
    "who is banned stays outside",
    "who is put out is out",
    "who may not speak says nothing",
)
CLIENTS: Final = 3
NC_PEOPLE: Final = 4
COMMANDS: Final = 200
ADMINISTERED: Final = 0.07
PUT_OUT_AT_LAST: Final = 0.3
"""How often somebody is put out of a room once the faults are over, with nothing to follow it."""
FAULTS_A_RUN: Final = 10
ACTIVE_S: Final = 40.0
QUIET_S: Final = 19.0
SETTLED_S: Final = 3.0
"""Two heartbeats: what was lost on the way is noticed by then."""
RETURN_AFTER_S: Final = 1.0
KEEP_MESSAGES: Final = (40, 10_000, 10_000)


@dataclass
class Result:
    """What a run did."""

    seed: int
    commands: int
    counts: Counter[str]


class Scene:
    """All parts of one run."""

    def __init__(self, seed: int, *, tracing: bool = False) -> None:
        self.seed = seed
        self.world = World(seed, tracing=tracing)
        self.weather = Weather()
        self.ledger = Ledger(self.world)
        self.disk = Disk(self.world, self.ledger, self.world.chance.choice(KEEP_MESSAGES))
        self.broker = BrokerNode(self.world, self.disk)
        self.broker.start()
        self.clients = [
            ClientPerson(self.world, self.weather, self.broker, i) for i in range(CLIENTS)
        ]
        self._gateways_made = self._admins_made = 0
        self.gateway = self._new_gateway()
        self.admin: AdminNode | None = None
        self.past_people: list[NcPerson] = []
        self.commands = 0

    def run(self) -> Result:
        """Act, let faults happen, heal, wait, and check.

        Raises:
            ViolationError: an invariant does not hold.
        """
        chance = self.world.chance
        for _ in range(COMMANDS):
            self.world.after(chance.uniform(0, ACTIVE_S), self._act)
        for _ in range(FAULTS_A_RUN):
            self.world.after(chance.uniform(0, ACTIVE_S), self._go_wrong)
        self.world.run_until(ACTIVE_S)
        self._heal()
        self.world.run_until(ACTIVE_S + QUIET_S)
        while self._moved():  # somebody idled out just now: a beat may have to tell of it
            pass
        if self.broker.core is not None:
            Ending(self, self.broker.core).check_rooms()
        self._ask_all()
        while self._moved():
            self._ask_all()
        if self.broker.core is not None:
            Ending(self, self.broker.core).check()
        self.disk.close(None)
        return Result(self.seed, self.commands, self.world.counts)

    def _ask_all(self) -> None:
        for person in self.clients:
            person.node.ask_all()

    def _moved(self) -> bool:
        """Let some heartbeats pass; return whether anything happened meanwhile."""
        before = len(self.ledger.entries)
        self.world.run_until(self.world.time + SETTLED_S)
        return len(self.ledger.entries) != before

    def nodes(self) -> list[LinkNode]:
        """Every peer."""
        admins = [self.admin] if self.admin is not None and self.admin.is_up else []
        return [*(person.node for person in self.clients), self.gateway, *admins]

    def kill_broker(self, away: float | None = None) -> None:
        """Kill the broker, if it has not died by itself, and start it again."""
        self.broker.crash()
        for node in self.nodes():
            node.broker_crashed()
        pause = self.world.chance.uniform(0.01, 1) if away is None else away
        self.world.after(pause, self._start_broker)

    def replace_gateway(self) -> None:
        """Kill the gateway and start another."""
        self.past_people += self.gateway.people.values()
        for person in self.gateway.people.values():
            person.is_connected = False
        self.gateway.kill()
        self.gateway = self._new_gateway()

    # ---- the run

    def _act(self) -> None:
        while not self._somebody_acts():
            pass
        self.commands += 1

    def _somebody_acts(self) -> bool:
        chance = self.world.chance
        people = [person for person in self.gateway.people.values() if person.is_connected]
        if chance.random() < ADMINISTERED:
            return self.admin_at_work().act()
        chosen = chance.randrange(len(self.clients) + NC_PEOPLE)
        if chosen < len(self.clients):
            return self.clients[chosen].act()
        if len(people) < NC_PEOPLE:
            self.gateway.arrive()
        elif chance.random() < 0.03:
            self.gateway.hang_up(chance.choice(people))
        else:
            return chance.choice(people).act()
        return True

    def _go_wrong(self) -> None:
        fault = self.world.chance.choice(FAULTS)
        while not fault(self):
            fault = self.world.chance.choice(FAULTS)
        self.world.fault(fault.__name__)

    def _new_gateway(self) -> GatewayNode:
        self._gateways_made += 1
        gateway = GatewayNode(self.world, self.weather, self.broker, self._gateways_made)
        for _ in range(NC_PEOPLE):
            gateway.arrive()
        return gateway

    def admin_at_work(self) -> AdminNode:
        """Return the administrator's program, which is started if need be."""
        if self.admin is None or not self.admin.is_up:
            self._admins_made += 1
            self.admin = AdminNode(self.world, self.weather, self.broker, self._admins_made)
        return self.admin

    def _start_broker(self) -> None:
        if not self.broker.is_up:
            self.broker.start()

    def _heal(self) -> None:
        self.world.trace("HEAL", "every fault is over")
        self.disk.full = False
        self.weather.spike = False
        # Even if broadcasts are lost to the end, heads and pages bring everything.
        self.broker.loss = self.world.chance.choice((0.0, 0.3, 1.0))
        self.broker.crash_at = None
        self.broker.paused = False
        self._start_broker()
        self.broker.wake()
        for node in self.nodes():
            node.unpause()
            node.resume_network()
        if self.world.chance.random() < PUT_OUT_AT_LAST:
            self.admin_at_work().put_somebody_out()
        if self.admin is not None:
            self.admin.go()
