"""Scripted clients: the real link and its real adapter, in this process or in one of their own.

    python -m tests.faults.scripted ENDPOINT NAME

joins the lobby and prints a line for each event, ``NUMBER TEXT``, until its input ends.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import sys
from typing import TYPE_CHECKING, Final

from client.link import Link
from client.notices import (
    CommandDelayed,
    CommandRefused,
    HelloRefused,
    JournalChanged,
    RoomEntered,
    RoomEvents,
    SessionOver,
    Settled,
    Status,
    StatusChanged,
    Welcomed,
)
from client.zmq_link import ZmqLink
from protocol.commands import Join, Say
from protocol.events import Left, Said
from runtime.sockets import make_context
from tests.faults.checker import LOBBY, Ledger, Witness, number_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from client.notices import Notice
    from protocol.events import AnyEvent
    from runtime.sockets import Context

TOKEN_BYTES: Final = 16


class RedirectedLink(ZmqLink):
    """The adapter, but for a broker that is reached through proxies.

    Attributes:
        redirected: where to connect in place of what the broker states.
    """

    redirected: Mapping[str, str] = {}

    def _resolve(self, publish: str) -> str:
        return self.redirected.get(publish, publish)


class ScriptedClient:
    """One session in the lobby.

    Attributes:
        link: the pure half.
        witness: what it saw.
        pending: own numbers by serial that are not settled.
        heard_own: the last own number that was settled.
        first: the room number at which its view starts; 0 before it is in.
        next: the room number that must come next.
        complaints: what must never happen.
        delayed: how often a command had to wait for the journal.
        left: how many people it saw leave.
        reopened: how often the session had been lost.
        statuses: every state of the connection.
    """

    def __init__(
        self,
        name: str,
        endpoint: str,
        ledger: Ledger,
        context: Context,
        changed: Callable[[], None],
        *,
        publish: Mapping[str, str] | None = None,
        rng: random.Random | None = None,
        on_event: Callable[[AnyEvent], None] = lambda event: None,
    ) -> None:
        self.name = name
        self.witness = Witness(name)
        self.pending: dict[int, int] = {}
        self.heard_own = 0
        self.first = self.next = 0
        self.complaints: list[str] = []
        self.delayed = self.left = self.reopened = 0
        self.statuses: list[Status] = []
        self._ledger = ledger
        self._changed = changed
        self._on_event = on_event
        self.link = Link((rng or random.Random()).random, secrets.token_hex(8))
        loop = asyncio.get_running_loop()
        self.adapter = RedirectedLink(self.link, endpoint, context, loop, self._notices)
        self.adapter.redirected = publish or {}
        token = secrets.token_hex(TOKEN_BYTES)
        self._session = self.link.open(token, loop.time(), name=name)
        self.link.submit(self._session, Join(LOBBY))
        self.adapter.wake()

    @property
    def is_in(self) -> bool:
        """Whether it is in the lobby."""
        return bool(self.first)

    @property
    def unsettled(self) -> int:
        """How many messages are not acknowledged."""
        return len(self.pending)

    def say(self, padding: str = "") -> int:
        """Submit one more message; return its number."""
        number = self._ledger.say(self.name)
        serial = self.link.submit(self._session, Say(LOBBY, f"m{number} {padding}"))
        self.pending[serial] = number
        self.adapter.wake()
        return number

    def close(self) -> None:
        """Leave without a word."""
        self.adapter.close()

    # ---- notices

    def _notices(self, notices: Sequence[Notice], now: float) -> None:
        for notice in notices:
            self._notice(notice)
        if notices:
            self._changed()

    def _notice(self, notice: Notice) -> None:
        match notice:
            case RoomEvents():
                self._deliver(notice)
            case Settled(_, commands):
                for pending in commands:
                    if number := self.pending.pop(pending.serial, 0):
                        self.heard_own = number
                        self._ledger.acknowledged.add(number)
            case RoomEntered(number=number):
                self.first = self.first or number
            case StatusChanged(status):
                self.statuses.append(status)
            case CommandDelayed():
                self.delayed += 1
            case Welcomed(again=True):
                self.reopened += 1
            case CommandRefused() | HelloRefused() | SessionOver() | JournalChanged():
                self.complaints.append(f"{self.name}: {notice}")
            case _:
                pass

    def _deliver(self, notice: RoomEvents) -> None:
        if notice.gone:
            self.witness.missed_some()
            self.next += notice.gone
        for event in notice.events:
            # The first may come before the answer to the join, and is then checked by what follows.
            if self.next and event.number != self.next:
                self.complaints.append(f"{self.name}: {event.number} came in place of {self.next}")
            self.next = event.number + 1
            if isinstance(event, Said) and (number := number_of(event.text)):
                self.witness.take((number,))
            self.left += isinstance(event, Left)
            self._on_event(event)


async def _main(endpoint: str, name: str) -> None:
    ended = asyncio.Event()
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)

    def show(event: AnyEvent) -> None:
        sys.stdout.write(f"{event.number} {getattr(event, 'text', '').split(' ')[0]}\n")
        sys.stdout.flush()

    with make_context() as context:
        client = ScriptedClient(name, endpoint, Ledger(), context, ended.set, on_event=show)
        await reader.read()
        sys.stdout.write(
            f"repaired {client.link.repaired} connected "
            f"{client.statuses.count(Status.CONNECTED)} complaints {client.complaints}\n"
        )
        client.close()


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
