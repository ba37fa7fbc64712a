"""Traffic of all kinds at once, paced and seeded, and a check of everything at the end.

A :class:`Town` holds nc people, scripted clients and raw ZeroMQ clients on one loop. Nothing here
waits for time to pass: :meth:`Town.until` returns as soon as something holds.
"""

from __future__ import annotations

import asyncio
import random
import signal
import sys
import time
from typing import TYPE_CHECKING, Final, Self

import zmq.asyncio

from runtime.sockets import make_context
from tests.faults.checker import Checker, Ledger, Report, Witness, read_journal
from tests.faults.nc_people import NcCrowd
from tests.faults.raw import Firehose, RawSpeaker
from tests.faults.scripted import ScriptedClient

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.processes import Broker

WITHIN_S: Final = 60.0
TURN_S: Final = 0.02


class Town:
    """Everybody who talks.

    Args:
        seed: decides who speaks; printed, so that a failure can be told apart from luck.

    Attributes:
        rng: seeded; for whoever injects faults, too.
        ledger: what was said and acknowledged.
        nc: the people on nc.
        scripted: the scripted clients.
        raw: the raw clients.
        hoses: who listens to everything.
        late_s: how far behind its pace the talk was at worst.
    """

    def __init__(self, seed: int | None = None) -> None:
        self.seed = random.SystemRandom().randrange(1 << 32) if seed is None else seed
        sys.stderr.write(f"seed {self.seed}\n")
        sys.stderr.flush()
        self.rng = random.Random(self.seed)
        self.ledger = Ledger()
        self._changed = asyncio.Event()
        self._context = make_context()
        self._raw_context = zmq.asyncio.Context()
        self.nc = NcCrowd(self.ledger, asyncio.get_running_loop(), self._changed.set)
        self.scripted: list[ScriptedClient] = []
        self.raw: list[RawSpeaker] = []
        self.hoses: list[Firehose] = []
        self.late_s = 0.0
        self._talk: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.hush()
        self.nc.close()
        for client in self.scripted:
            client.close()
        for speaker in self.raw:
            await speaker.close()
        for hose in self.hoses:
            await hose.close()
        self._context.destroy(linger=0)
        self._raw_context.destroy(linger=0)

    # ---- who is there

    @property
    def clients(self) -> list[ScriptedClient | RawSpeaker]:
        """Everybody who is not on nc."""
        return [*self.scripted, *self.raw]

    def add_scripted(
        self, name: str, endpoint: str, publish: Mapping[str, str] | None = None
    ) -> ScriptedClient:
        """Let one more scripted client come in."""
        client = ScriptedClient(
            name, endpoint, self.ledger, self._context, self._changed.set, publish=publish,
            rng=random.Random(self.rng.random()),
        )  # fmt: skip
        self.scripted.append(client)
        return client

    def add_raw(self, name: str, endpoint: str) -> RawSpeaker:
        """Let one more raw client come in."""
        speaker = RawSpeaker(name, endpoint, self.ledger, self._raw_context, self._changed.set)
        self.raw.append(speaker)
        return speaker

    def add_hose(self, publish: str) -> Firehose:
        """Listen to everything."""
        hose = Firehose(publish, self._raw_context, self._changed.set)
        self.hoses.append(hose)
        return hose

    async def arrive(self) -> None:
        """Return once everybody is in."""
        await self.until(self.all_in, "everybody is in")

    def all_in(self) -> bool:
        """Return whether everybody is in."""
        return self.nc.all_in() and all(one.is_in for one in self.clients)

    # ---- waiting

    async def until(self, holds: Callable[[], bool], what: str, within_s: float = WITHIN_S) -> None:
        """Return as soon as something holds.

        Raises:
            AssertionError: it does not in time, or somebody saw what must never happen.
        """
        give_up_at = time.monotonic() + within_s
        while not holds():
            self._changed.clear()
            left = give_up_at - time.monotonic()
            try:
                await asyncio.wait_for(self._changed.wait(), max(0.0, left))
            except TimeoutError:
                raise AssertionError(f"not within {within_s:g} s: {what}\n{self}") from None

    async def until_acknowledged(self, more: int) -> None:
        """Return once so many more messages are acknowledged: a moment that nobody can foresee."""
        enough = len(self.ledger.acknowledged) + more
        await self.until(
            lambda: len(self.ledger.acknowledged) >= enough, f"{more} more are acknowledged"
        )

    async def all_talk(self) -> float:
        """Let everybody say something from now on; return how long until each was acknowledged."""
        started, mark = time.monotonic(), self.ledger.last
        self.nc.greets = True
        for person in self.nc.people:
            if person.is_connected:
                person.say()
        for one in self.clients:
            one.say()
        await self.until(lambda: self.all_heard(mark), "everybody talks again")
        self.nc.greets = False
        return time.monotonic() - started

    def all_heard(self, since: int) -> bool:
        """Return whether everybody has had something acknowledged that came after ``since``."""
        return self.nc.all_heard(since) and all(one.heard_own > since for one in self.clients)

    # ---- talking

    def talk(self, per_second: float, padding: int = 0) -> None:
        """Let people talk from now on, so many messages a second in all, whoever it is."""
        assert self._talk is None
        self._talk = asyncio.create_task(self._speak(per_second, "x" * padding))

    async def hush(self) -> None:
        """Let nobody say anything more."""
        if self._talk is not None:
            self._talk.cancel()
            await asyncio.gather(self._talk, return_exceptions=True)
            self._talk = None

    async def _speak(self, per_second: float, padding: str) -> None:
        due = time.monotonic()
        while True:
            now = time.monotonic()
            self.late_s = max(self.late_s, now - due)
            while due <= now:
                due += 1 / per_second
                self._say_something(padding)
            await asyncio.sleep(max(TURN_S, due - time.monotonic()))

    def _say_something(self, padding: str) -> None:
        people = self.nc.people
        chosen = self.rng.randrange(len(people) + len(self.scripted) + len(self.raw))
        if chosen < len(people):
            for step in range(len(people)):
                person = people[(chosen + step) % len(people)]
                if person.is_connected:
                    person.say(padding)
                    return
        elif chosen < len(people) + len(self.scripted):
            self.scripted[chosen - len(people)].say(padding)
        else:
            self.raw[chosen - len(people) - len(self.scripted)].say()

    # ---- the end

    async def settle(self) -> None:
        """Let nobody speak any more, and return once all has been acknowledged and seen by all.

        Whoever is connected has seen what was said on this connection, and the last message.
        """
        await self.hush()
        await self.until(self._is_settled, "all that was said is acknowledged")
        everybody: list[Witness] = [
            *(person.witness for person in self.nc.people if person.is_connected),
            *(client.witness for client in self.scripted),
        ]
        for witness in everybody:
            witness.stayed = True
        speaker = next((p for p in self.nc.people if p.is_connected), None) or self.scripted[0]
        last = speaker.say()
        await self.until(
            lambda: all(w.chunks and w.chunks[-1][-1] == last for w in everybody),
            "everybody has seen the last message",
        )

    def _is_settled(self) -> bool:
        return self.all_in() and not (
            any(person.pending for person in self.nc.people)
            or any(one.unsettled for one in self.clients)
        )

    async def check(self, broker: Broker) -> Report:
        """Stop the broker, and hold everything against its journal.

        Raises:
            AssertionError: something does not hold; the text says what.
        """
        witnesses = [*self.nc.witnesses, *(client.witness for client in self.scripted)]
        self.nc.close()
        for client in self.scripted:
            client.close()
        broker.signal(signal.SIGTERM)
        status = await asyncio.to_thread(broker.wait)
        held = read_journal(broker.data / "journal.db")
        report = Checker(self.ledger, held).check(witnesses)
        for client in self.scripted:
            report.disordered += client.complaints
        for hose in self.hoses:
            report.disordered += hose.check(held.order)
        report.lost += [] if status == 0 else [f"the broker ended with {status}"]
        sys.stderr.write(f"{report}\n")
        assert not report.complaints, f"seed {self.seed}: {report}"
        return report

    def __str__(self) -> str:
        waiting = {
            person.author: (person.is_in, len(person.pending), person.told[-3:])
            for person in self.nc.people
            if person.pending or not person.is_in
        }
        clients = {
            one.name: (one.is_in, one.heard_own, one.unsettled)
            for one in self.clients
            if one.unsettled or not one.is_in
        }
        shown = dict(list(waiting.items())[:10])
        return (
            f"seed {self.seed}; {self.ledger.last} said, {len(self.ledger.acknowledged)} "
            f"acknowledged; nc (in, pending, told): {shown} of {len(waiting)}; "
            f"clients (in, heard own, pending): {clients}"
        )
