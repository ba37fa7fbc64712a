"""Connections between peers and the broker, with what TCP and ZeroMQ do to them.

A channel is in order. Different channels are not in order among each other. A cut channel loses
what is on its way, or, when it is cut ``late``, still delivers to the broker after the peer has
given it up. A SUB loses broadcasts without a word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.world import World

USUAL_DELAY_S = 0.002
SPIKE_DELAY_S = 0.4
LATE_BY_S = 1.0


class Weather:
    """The state of the network that all channels share."""

    def __init__(self) -> None:
        self.spike = False


class Channel:
    """One direction of a connection: in order, with random delays, until it is cut."""

    def __init__(self, world: World, weather: Weather, receive: Callable[[bytes], None]) -> None:
        self._world = world
        self._weather = weather
        self._receive = receive
        self._last = 0.0
        self._sent = 0
        self._stalled = False
        self._waiting: list[tuple[int, bytes]] = []
        self._open = True
        self._extra = 0.0

    @property
    def is_open(self) -> bool:
        """Whether anything sent now may arrive."""
        return self._open

    def send(self, body: bytes) -> None:
        """Have ``body`` arrive later, after all that was sent before."""
        self._sent += 1
        self._travel(self._sent, body)

    def delay_the_rest(self) -> None:
        """What is on its way takes much longer: it lies in some buffer."""
        self._extra = self._world.chance.uniform(0, LATE_BY_S)

    def cut(self) -> None:
        """Lose what is on its way and all that follows."""
        self._open = False
        self._waiting.clear()

    def stall(self) -> None:
        """Let nothing through, without anybody being told (a partition)."""
        self._stalled = True

    def resume(self) -> None:
        """The partition is over: what was sent meanwhile comes through, as TCP would have it."""
        self._stalled = False
        waiting, self._waiting = sorted(self._waiting), []
        for serial, body in waiting:
            self._travel(serial, body)

    def _travel(self, serial: int, body: bytes) -> None:
        if not self._open:
            return
        if self._stalled:
            self._waiting.append((serial, body))
            return
        delay = SPIKE_DELAY_S if self._weather.spike else USUAL_DELAY_S
        at = max(self._last, self._world.time + self._world.chance.uniform(0, delay))
        self._last = at
        self._world.after(at - self._world.time, lambda: self._arrive(serial, body))

    def _arrive(self, serial: int, body: bytes) -> None:
        if self._open and self._stalled:
            self._waiting.append((serial, body))
        elif self._open and self._extra:
            self._world.after(self._extra, lambda: self._receive(body))
        elif self._open:
            self._receive(body)


class Subscription:
    """A SUB: its topics, and the channel on which broadcasts come, if they are not lost."""

    def __init__(self, channel: Channel, topics: set[bytes]) -> None:
        self.channel = channel
        self.topics = topics

    def wants(self, topic: bytes) -> bool:
        """Return whether a broadcast on ``topic`` is for this SUB."""
        return any(topic.startswith(wanted) for wanted in self.topics)
