"""What must hold in the end, once every fault is over and the rooms are quiet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from broker.state import State
from client.notices import Status
from protocol.events import Joined, Said
from protocol.questions import Kind
from tests.simulation.places import LOBBY
from tests.simulation.reading import Reading

if TYPE_CHECKING:
    from broker.core import Core
    from tests.simulation.link_node import LinkNode
    from tests.simulation.nc_people import NcPerson
    from tests.simulation.people import ClientNode, ClientPerson
    from tests.simulation.places import Place
    from tests.simulation.scene import Scene

_encode: Final = msgspec.json.Encoder().encode


class Ending:
    """Checks the end of a run."""

    def __init__(self, scene: Scene, core: Core) -> None:
        self._scene = scene
        self._core = core
        self._world = scene.world
        self._ledger = scene.disk.ledger

    def check(self) -> None:
        """Look at everything.

        Raises:
            ViolationError: an invariant does not hold.
        """
        self._journal()
        self._order()
        for person in self._scene.clients:
            self._words_of(person)
            if person.node.is_up:
                self._client(person.node)
        for node in self._scene.nodes():
            if node.is_up:
                self._views(node)
        for nc_person in (*self._scene.past_people, *self._scene.gateway.people.values()):
            self._nc(nc_person)
        self._ghosts()
        is_well = self._scene.gateway.link.status is Status.CONNECTED
        self._check("all is well", is_well)

    def check_rooms(self) -> None:
        """Look whether everybody knows where they are, without having asked for anything.

        Raises:
            ViolationError: somebody does not.
        """
        for person in self._scene.clients:
            node = person.node
            if node.is_up and node.session is not None and not node.banned:
                self._same_rooms(node, node.session)
        gateway = self._scene.gateway
        for nc_person in gateway.people.values():
            if nc_person.is_connected and nc_person.id:
                self._same_rooms(gateway, nc_person.key)

    # ---- what is stored

    def _journal(self) -> None:
        """The state is the fold of the log, and no text that was taken away is in it."""
        folded = State()
        for entry in self._ledger.entries:
            folded.apply(entry)
        state = _all_of(self._core.state)
        self._check("the state is the fold of the log", _all_of(folded) == state)
        loaded = self._scene.disk.load()
        self._check("the state is the fold of the log", _all_of(loaded) == state)
        for place in self._ledger.rooms.values():
            kept = self._scene.disk.page(place.name, 1, place.head, place.head, 2**30)
            for number, body in enumerate(kept.events, kept.oldest):
                is_it = body == _encode(place.now(number))
                self._check("the journal holds the result", is_it, place.name, number, body)

    def _order(self) -> None:
        by_speaker: dict[str, int] = {}
        for text in self._ledger.words:
            speaker, _, index = text.partition(".")
            in_order = int(index) > by_speaker.get(speaker, -1)
            self._check("own messages in order", in_order, text)
            by_speaker[speaker] = int(index)

    def _words_of(self, person: ClientPerson) -> None:
        stored = self._ledger.words.keys()
        lost = person.settled - stored
        self._check("nothing acknowledged is lost", not lost, person.name, lost)
        refused = person.refused & stored
        self._check("nothing refused is said", not refused, person.name, refused)

    def _ghosts(self) -> None:
        alive = {session for node in self._scene.nodes() for session in node.ids.values()}
        for room in self._core.state.rooms.values():
            ghosts = room.members.keys() - alive
            if room.kind is not Kind.TALK:  # who was lost stays there
                self._check("nobody who is gone stays in the room", not ghosts, room.name, ghosts)

    # ---- clients

    def _client(self, node: ClientNode) -> None:
        if node.banned:  # and tries again and again: by its address, as it has been others since
            barred, now = self._ledger.barred, self._scene.broker.wall_ms
            holds = barred.bans_of("", node.person.address, now)
            self._check("no session is lost for good", holds, node.name)
            return
        self._check("no session is lost for good", node.session is not None, node.name)
        if node.session is None:
            return
        status = node.link.status
        self._check("all is well", status is Status.CONNECTED, node.name, status)
        waiting = node.link.unsettled(node.session)
        self._check("all is settled", waiting == 0, node.name, waiting)
        person = node.person
        unheard = node.submitted - person.settled - person.refused
        self._check("nothing is dropped in silence", not unheard, node.name, unheard)
        for place in self._ledger.rooms.values():
            if node.id in place.members:
                self._client_in(node, place)
        self._told_while_lost(node)

    def _client_in(self, node: ClientNode, place: Place) -> None:
        room = place.name
        seen = node.reached(room)
        self._check("every member sees the last event", seen == place.head, node.name, room, seen)
        if room in node.rosters:
            roster = node.rosters[room]
            names, actual = [p.name for p in roster.people], place.names_at(roster.at)
            self._check("rosters converge", names == actual, node.name, room, names, actual)
        if place.is_closed and (page := node.past.get(room)):
            numbers = [event.number for event in page.events]
            stay = place.belongs(node.id)
            first = max(page.oldest, stay.first if stay else 0)
            whole = numbers == list(range(first, place.head + 1))
            self._check("a private room is read from the first join on", whole, room, numbers)

    def _told_while_lost(self, node: ClientNode) -> None:
        """What was said to somebody who was lost is read after the return."""
        for room, number in self._ledger.told_to_lost.get(node.id, ()):
            page = node.past.get(room)
            place = self._ledger.rooms[room]
            if node.id not in place.members or (page is not None and number < page.oldest):
                continue  # who left the conversation since sees nothing of it
            if page is None:
                self._check("what is said to who is lost is read later", False, node.name, room)
                continue
            said = [event for event in page.events if event.number == number]
            is_read = said == [place.now(number)]
            self._check("what is said to who is lost is read later", is_read, node.name, room)

    def _same_rooms(self, node: LinkNode, session: int) -> None:
        """A peer knows which rooms it is in."""
        me = node.ids.get(session, "")
        actual = sorted(p.name for p in self._ledger.rooms.values() if me in p.members)
        told = sorted(node.inside.get(session, {}))
        self._check("peers know their rooms", told == actual, node.name, session, told, actual)

    def _views(self, node: LinkNode) -> None:
        """Whoever saw a message before it was changed sees it as it is now."""
        for room, view in node.views.items():
            place = self._ledger.rooms[room]
            for number, text in view.items():
                now = place.now(number)
                is_it = isinstance(now, Said) and now.text == text
                self._check("everybody sees the last edit", is_it, node.name, room, text, now)

    # ---- people with nc

    def _nc(self, person: NcPerson) -> None:
        reading = Reading(self._world, self._ledger, person)
        reading.check()
        state = self._core.state
        session = state.sessions.get(person.id)
        if not person.is_connected or person.gateway is not self._scene.gateway or session is None:
            return
        reading.check_end(session.rooms)
        lobby = self._ledger.rooms[LOBBY]
        came = sum(
            isinstance(versions[0], Joined) and versions[0].author == person.id
            for versions in lobby.versions
        )
        logins = sum(f"[{person.address}]:[" in line for line in person.lines)
        if came:
            self._check("one's own login is seen", logins >= 1, person.key, logins)

    def _check(self, invariant: str, holds: bool, *details: object) -> None:
        self._world.check(invariant, holds, *details)


def _all_of(state: State) -> bytes:
    kept = (state.sessions, state.rooms, state.ended, state.operators, state.bans, state.muted)
    return _encode(kept)
