"""Raw ZeroMQ clients: nothing of Hubbub's, only pyzmq and ``docs/reference/protocol.md``.

One speaks, a command at a time. One listens to everything, as a log would.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import zmq
import zmq.asyncio

from tests.faults.checker import LOBBY, Ledger, number_of

if TYPE_CHECKING:
    from collections.abc import Callable

ANSWER_WITHIN_S: Final = 0.5
BEAT_EVERY_S: Final = 0.5
_SAID_TEXT: Final = 6


class RawSpeaker:
    """One session that says one thing at a time, over as many connections as it takes.

    Attributes:
        heard_own: the last own number that was acknowledged.
        is_in: whether it is in the lobby.
        connections: how many it made.
    """

    def __init__(
        self,
        name: str,
        endpoint: str,
        ledger: Ledger,
        context: zmq.asyncio.Context,
        changed: Callable[[], None],
    ) -> None:
        self.name = name
        self.heard_own = 0
        self.connections = 0
        self.is_in = False
        self._endpoint = endpoint
        self._ledger = ledger
        self._context = context
        self._changed = changed
        self._token = secrets.token_hex(16)
        self._link = secrets.token_hex(8)
        self._applied = 0
        self._under_way = ""
        self._waiting: list[int] = []
        self._more = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    @property
    def unsettled(self) -> int:
        """How many messages are not acknowledged."""
        return len(self._waiting)

    def say(self) -> int:
        """Say one more thing when it is its turn; return its number."""
        self._waiting.append(self._ledger.say(self.name))
        self._more.set()
        return self._waiting[-1]

    async def close(self) -> None:
        """Leave without a word.

        Raises:
            AssertionError: the broker did something that the protocol does not allow.
        """
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        while True:
            dealer = self._context.socket(zmq.DEALER)
            dealer.setsockopt(zmq.LINGER, 0)
            dealer.setsockopt(zmq.RECONNECT_IVL, -1)
            try:
                dealer.connect(self._endpoint)
                self.connections += 1
                await self._talk(dealer)
            except TimeoutError:
                continue
            finally:
                dealer.close()

    async def _talk(self, dealer: zmq.asyncio.Socket) -> None:
        await self._send(dealer, ["hello", 1, self._token, 1, self.name, "client", "", "",
                                  self._link, self.connections])  # fmt: skip
        welcome = await self._wait(dealer, "welcome")
        assert welcome[6] - self._applied in (0, 1), welcome  # one command is under way at most
        if welcome[6] > self._applied:
            self._settle()
        if not welcome[12]:  # in no room yet
            await self._do(dealer, "join")
        self.is_in = True
        self._changed()
        while True:
            if self._waiting:
                await self._do(dealer, "say")
            else:
                await self._idle(dealer)

    def _settle(self) -> None:
        """The command that was under way is applied."""
        self._applied += 1
        if self._under_way == "say":
            self._acknowledge()

    def _acknowledge(self) -> None:
        self.heard_own = self._waiting.pop(0)
        self._ledger.acknowledged.add(self.heard_own)
        self._changed()

    async def _do(self, dealer: zmq.asyncio.Socket, kind: str) -> None:
        self._under_way, n = kind, self._applied + 1
        text = [f"m{self._waiting[0]}"] if kind == "say" else []
        while True:
            await self._send(dealer, ["do", 1, n, [kind, LOBBY, *text]])
            answer = await self._wait(dealer, "ack", "refused")
            if answer[0] == "ack":
                if answer[2] >= n:
                    break
            elif answer[4] == "journal_unavailable":
                await asyncio.sleep(answer[6]["retry_after"] / 1000)  # as the protocol asks
            else:
                raise AssertionError(answer)
        self._settle()

    async def _idle(self, dealer: zmq.asyncio.Socket) -> None:
        self._more.clear()
        try:
            await asyncio.wait_for(self._more.wait(), BEAT_EVERY_S)
        except TimeoutError:
            await self._send(dealer, ["beat"])
            await self._wait(dealer, "alive")

    async def _send(self, dealer: zmq.asyncio.Socket, message: list[Any]) -> None:
        async with asyncio.timeout(ANSWER_WITHIN_S):  # it waits while there is no connection
            await dealer.send(json.dumps([message]).encode())

    async def _wait(self, dealer: zmq.asyncio.Socket, *tags: str) -> list[Any]:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            while True:
                for message in json.loads(await dealer.recv()):
                    if message[0] in tags:
                        return list(message)
                    if message[0] == "refused" and message[4] == "hello_required":
                        raise TimeoutError


class Firehose:
    """A SUB on everything: it may miss events, but never sees one that a restart takes back.

    Attributes:
        said: the number of our text by the event's number.
        complaints: what must never happen.
    """

    def __init__(
        self, publish: str, context: zmq.asyncio.Context, changed: Callable[[], None]
    ) -> None:
        self.said: dict[int, int] = {}
        self.last = 0
        self.complaints: list[str] = []
        self._changed = changed
        self._socket = context.socket(zmq.SUB)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.SUBSCRIBE, b"")
        self._socket.connect(publish)
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Listen no more.

        Raises:
            AssertionError: what came could not be read.
        """
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        self._socket.close()

    def check(self, order: list[int]) -> list[str]:
        """Return what is wrong, given the texts in the order of the journal."""
        heard = [number for _, number in sorted(self.said.items())]
        known = set(heard)
        missing = [f"firehose: m{number} was published and is not stored"
                   for number in sorted(known - set(order))]  # fmt: skip
        if not missing and heard != [number for number in order if number in known]:
            missing.append("firehose: another order than the journal's")
        return self.complaints + missing

    async def _run(self) -> None:
        while True:
            _, body = await self._socket.recv_multipart()
            message = json.loads(body)
            if message[0] == "events" and message[2] == LOBBY:
                for event in message[3]:
                    self._take(event)
                self._changed()

    def _take(self, event: list[Any]) -> None:
        if event[1] <= self.last:
            self.complaints.append(f"firehose: event {event[1]} came after {self.last}")
        self.last = event[1]
        if event[0] == "said" and (number := number_of(event[_SAID_TEXT])):
            self.said[event[1]] = number
