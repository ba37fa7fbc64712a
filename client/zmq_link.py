"""The adapter of a link: owns its DEALER and SUB, and the clock."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

import zmq
from zmq.utils.monitor import parse_monitor_message

from client.actions import AddTopic, Connect, RemoveTopic, Subscribe
from client.notices import Status
from protocol.limits import REPLY_MAX_BYTES
from runtime.pump import Pump
from runtime.sockets import allow_ipv6, configure, drain

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence

    from client.actions import Action
    from client.link import Link
    from client.notices import Notice
    from runtime.sockets import Context, Socket

_MESSAGES_A_TURN: Final = 256
_BYTES_A_TURN: Final = 1024 * 1024
_SEND_QUEUE: Final = 1000
_RECEIVE_QUEUE: Final = 10_000
_BROKEN: Final = (
    zmq.EVENT_DISCONNECTED
    | zmq.EVENT_CLOSED
    | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    | zmq.EVENT_HANDSHAKE_FAILED_AUTH
)


class ZmqLink:
    """Runs a :class:`client.link.Link` over real sockets on an asyncio loop.

    Args:
        link: the pure half.
        endpoint: the broker's ROUTER.
        on_notices: called in each turn with what happened and ``now``; what it submits to the
            link leaves in the same turn.
    """

    def __init__(
        self,
        link: Link,
        endpoint: str,
        context: Context,
        loop: asyncio.AbstractEventLoop,
        on_notices: Callable[[Sequence[Notice], float], None],
    ) -> None:
        self._link = link
        self._endpoint = endpoint
        self._context = context
        self._loop = loop
        self._on_notices = on_notices
        self._pump = Pump(loop, self._turn)
        self._dealer: Socket | None = None
        self._sub: Socket | None = None
        self._monitors: dict[Socket, Socket] = {}
        self._outgoing: deque[bytes] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def wake(self) -> None:
        """The owner submitted something: have a turn soon."""
        self._pump.wake()

    def close(self, linger_ms: int = 0) -> None:
        """Close the sockets; what was handed over is still sent within ``linger_ms``."""
        if self._timer is not None:
            self._timer.cancel()
        self._close(self._sub)
        self._close(self._dealer, linger_ms)
        self._sub = self._dealer = None
        self._pump.close()

    def _turn(self) -> None:
        now = self._loop.time()
        self._receive(now)
        self._link.tick(now)
        self._on_notices(self._link.take_notices(), now)
        for action in self._link.take_actions():
            self._act(action)
        self._send(now)
        self._set_timer()

    def _receive(self, now: float) -> None:
        for socket, monitor in list(self._monitors.items()):
            if self._broke(monitor):
                self._look_no_more(socket)
                if socket is self._dealer:
                    self._drain_dealer(now)
                    self._link.disconnected(now)
                else:
                    self._link.broadcasts_lost(now)
        self._drain_dealer(now)
        if self._sub is not None:
            for frames in drain(self._sub, _MESSAGES_A_TURN, _BYTES_A_TURN):
                self._link.published(frames[-1], now)

    def _drain_dealer(self, now: float) -> None:
        if self._dealer is not None:
            for frames in drain(self._dealer, _MESSAGES_A_TURN, _BYTES_A_TURN):
                self._link.replied(frames[-1], now)

    def _send(self, now: float) -> None:
        if self._dealer is None or self._link.status is Status.WAITING:
            return
        # While the queue to the broker is full nothing more is taken from the link, so that what
        # people type waits in its outbox, where it is counted.
        if not self._outgoing:
            self._outgoing.extend(self._link.flush(now))
        while self._outgoing:
            try:
                self._dealer.send(self._outgoing[0], zmq.NOBLOCK)
            except zmq.Again:
                return
            self._outgoing.popleft()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        due = self._link.next_deadline()
        self._timer = None if due is None else self._loop.call_at(due, self._pump.wake)

    def _act(self, action: Action) -> None:
        match action:
            case Connect():
                self._close(self._dealer)
                self._close(self._sub)
                self._sub = None
                self._outgoing.clear()
                self._dealer = self._open(zmq.DEALER, self._endpoint, ())
            case Subscribe(endpoint, topics):
                self._close(self._sub)
                self._sub = self._open(zmq.SUB, self._resolve(endpoint), topics)
            case AddTopic(topic):
                if self._sub is not None:
                    self._sub.setsockopt(zmq.SUBSCRIBE, topic.encode())
            case RemoveTopic(topic):
                if self._sub is not None:
                    self._sub.setsockopt(zmq.UNSUBSCRIBE, topic.encode())

    def _open(self, kind: int, endpoint: str, topics: Sequence[str]) -> Socket:
        socket = self._context.socket(kind)
        # Subscriptions above SNDHWM would be dropped without a word.
        send_queue = 0 if kind == zmq.SUB else _SEND_QUEUE
        configure(
            socket,
            largest=REPLY_MAX_BYTES,
            send_queue=send_queue,
            receive_queue=_RECEIVE_QUEUE,
            linger_ms=0,
        )
        socket.setsockopt(zmq.RECONNECT_IVL, -1)
        monitor = socket.get_monitor_socket(_BROKEN)
        for topic in topics:
            socket.setsockopt(zmq.SUBSCRIBE, topic.encode())
        allow_ipv6(socket, endpoint)
        socket.connect(endpoint)
        self._monitors[socket] = monitor
        self._pump.add(monitor)
        self._pump.add(socket)
        return socket

    def _broke(self, monitor: Socket) -> bool:
        events = [
            parse_monitor_message(frames)["event"]
            for frames in drain(monitor, _MESSAGES_A_TURN, _BYTES_A_TURN)
        ]
        return any(int(event) & _BROKEN for event in events)

    def _look_no_more(self, socket: Socket) -> None:
        monitor = self._monitors.pop(socket, None)
        if monitor is not None:
            self._pump.remove(monitor)
            socket.disable_monitor()
            monitor.close()

    def _close(self, socket: Socket | None, linger_ms: int = 0) -> None:
        if socket is not None:
            self._look_no_more(socket)
            self._pump.remove(socket)
            socket.close(linger=linger_ms)

    def _resolve(self, publish: str) -> str:
        """Put the host that was connected to in place of ``*``."""
        if "://*:" not in publish:
            return publish
        host = self._endpoint.removeprefix("tcp://").rpartition(":")[0]
        return publish.replace("*", host)
