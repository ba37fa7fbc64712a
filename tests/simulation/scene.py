"""One run: a broker, clients, a gateway with people, faults, and what must hold in the end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from client.notices import Status
from protocol.events import Event, Joined, Left, Renamed, Said
from tests.simulation.broker_node import BrokerNode, Disk
from tests.simulation.faults import FAULTS
from tests.simulation.network import Weather
from tests.simulation.people import LOBBY, ClientPerson, GatewayNode, NcPerson
from tests.simulation.world import World

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from tests.simulation.link_node import LinkNode

INVARIANTS: Final = (
    "a passing failure drops nothing",
    "a view starts where it was said to",
    "all is settled",
    "all is well",
    "contiguous journal",
    "every member sees the last event",
    "messages below the limit",
    "nc sees no hole and no repeat",
    "nc sees the last message",
    "no hole and no repeat",
    "no session is lost for good",
    "no unbounded queue",
    "nobody who is gone stays in the room",
    "nothing acknowledged is lost",
    "nothing is dropped in silence",
    "nothing is said twice",
    "nothing refused is said",
    "one order",
    "one's own login is seen",
    "own messages in order",
    "rosters converge",
    "what is seen is in the journal",
)
CLIENTS: Final = 3
NC_PEOPLE: Final = 4
COMMANDS: Final = 200
FAULTS_A_RUN: Final = 10
ACTIVE_S: Final = 40.0
QUIET_S: Final = 25.0
SETTLED_S: Final = 2.0
"""Two heartbeats: what was lost on the way is noticed by then."""
RETURN_AFTER_S: Final = 1.0
KEEP_MESSAGES: Final = (40, 10_000, 10_000)
_SPOKEN: Final = re.compile(r"^(?!-- )\S+: ([cn][0-9-]+\.\d+)$")
_GONE: Final = re.compile(r"^-- messages no longer kept: \d+\.$")


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
        self.disk = Disk(self.world.chance.choice(KEEP_MESSAGES))
        self.broker = BrokerNode(self.world, self.disk)
        self.broker.start()
        self.clients = [
            ClientPerson(self.world, self.weather, self.broker, i) for i in range(CLIENTS)
        ]
        self._gateways_made = 0
        self.gateway = self._new_gateway()
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
        self._ask_rosters()
        while self._moved():  # somebody idled out just now: a beat may have to tell of it
            self._ask_rosters()
        self._check()
        self.disk.close(None)
        return Result(self.seed, self.commands, self.world.counts)

    def _ask_rosters(self) -> None:
        for person in self.clients:
            person.node.ask_roster()

    def _moved(self) -> bool:
        """Let some heartbeats pass; return whether anything happened in the room meanwhile."""
        core = self.broker.core
        before = core.state.rooms[LOBBY].head if core else None
        self.world.run_until(self.world.time + SETTLED_S)
        return core is not None and core.state.rooms[LOBBY].head != before

    def nodes(self) -> list[LinkNode]:
        """Every peer."""
        return [*(person.node for person in self.clients), self.gateway]

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
        chosen = chance.randrange(len(self.clients) + NC_PEOPLE)
        if chosen < len(self.clients):
            return self.clients[chosen].act()
        if len(people) < NC_PEOPLE:
            self.gateway.arrive()
        elif chance.random() < 0.03:
            self.gateway.hang_up(chance.choice(people))
        else:
            chance.choice(people).act()
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

    # ---- what must hold in the end

    def _check(self) -> None:
        committed = self.disk.committed
        numbers = [event.number for event in committed]
        self.world.check("contiguous journal", numbers == list(range(1, len(numbers) + 1)))
        said = [event for event in committed if isinstance(event, Said)]
        self._check_texts([event.text for event in said])
        for person in self.clients:
            self._check_client(person)
        for nc_person in (*self.past_people, *self.gateway.people.values()):
            self._check_nc(nc_person, [event.text for event in said])
        alive = {session for node in self.nodes() for session in node.ids}
        members = self.broker.core.state.rooms[LOBBY].members if self.broker.core else {}
        ghosts = members.keys() - alive
        self.world.check("nobody who is gone stays in the room", not ghosts, ghosts)
        self.world.check("all is well", self.gateway.link.status is Status.CONNECTED)

    def _check_texts(self, texts: list[str]) -> None:
        self.world.check("nothing is said twice", len(texts) == len(set(texts)))
        by_speaker: dict[str, int] = {}
        for text in texts:
            speaker, _, index = text.partition(".")
            in_order = int(index) > by_speaker.get(speaker, -1)
            self.world.check("own messages in order", in_order, text)
            by_speaker[speaker] = int(index)
        stored = set(texts)
        for person in self.clients:
            lost = person.settled - stored
            self.world.check("nothing acknowledged is lost", not lost, person.name, lost)
            refused = person.refused & stored
            self.world.check("nothing refused is said", not refused, person.name, refused)

    def _check_client(self, person: ClientPerson) -> None:
        node, core = person.node, self.broker.core
        if core is None or not node.is_up:
            return
        self.world.check("no session is lost for good", node.session is not None, node.name)
        self.world.check(
            "all is well", node.link.status is Status.CONNECTED, node.name, node.link.status
        )
        waiting = node.link.unsettled(node.session or 0)
        self.world.check("all is settled", waiting == 0, node.name, waiting)
        unheard = node.submitted - person.settled - person.refused
        self.world.check("nothing is dropped in silence", not unheard, node.name, unheard)
        head = core.state.rooms[LOBBY].head
        seen = node.reached(LOBBY)
        self.world.check("every member sees the last event", seen == head, node.name, seen, head)
        if node.roster is not None:
            names = [p.name for p in node.roster.people]
            actual = _members(self.disk.committed[: node.roster.at])
            self.world.check("rosters converge", names == actual, node.name, names, actual)

    def _check_nc(self, person: NcPerson, texts: list[str]) -> None:
        """A person reads a piece of the room's messages, in order, each once, without a hole."""
        place = {text: index for index, text in enumerate(texts)}
        before: int | None = None
        for gone, text in _read(person.lines):
            at = place.get(text)
            self.world.check("what is seen is in the journal", at is not None, person.key, text)
            if at is None:
                continue
            next_one = before is None or at == before + 1 or (gone and at > before)
            self.world.check("nc sees no hole and no repeat", next_one, person.key, text)
            before = at
        if not person.is_connected or person.gateway is not self.gateway:
            return
        address = person.address
        logins = sum(line.startswith(f"[{address}]:") for line in person.lines)
        self.world.check("one's own login is seen", logins >= 1, person.key, logins)
        if before is not None:
            self.world.check(
                "nc sees the last message", before == len(texts) - 1, person.key, texts[before:]
            )


def _read(lines: list[str]) -> Iterator[tuple[bool, str]]:
    """Yield what was said live, and whether a gap was announced before it."""
    gone = False
    for line in lines:
        if _GONE.match(line):
            gone = True
        elif match := _SPOKEN.match(line):
            yield gone, match[1]
            gone = False


def _members(events: list[Event]) -> list[str]:
    """Return the names of those who are in the room after ``events``, in the order they came."""
    members: dict[str, str] = {}
    for event in events:
        match event:
            case Joined():
                members[event.author] = event.name
            case Renamed():
                members[event.author] = event.new_name
            case Left():
                del members[event.author]
            case _:
                pass
    return list(members.values())
