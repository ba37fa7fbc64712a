"""What the plain TCP door wants done with its sockets, gathered until the turn ends. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.person import Person
    from protocol.rendering import Renderer


@dataclass(slots=True)
class DoorOutput:
    """What the server is to do after a turn.

    Attributes:
        writes: bytes by connection, in order.
        closed: connections to close once their bytes are written.
        reading: connections to read from, or not.
    """

    writes: dict[int, list[bytes]] = field(default_factory=dict)
    closed: list[int] = field(default_factory=list)
    reading: dict[int, bool] = field(default_factory=dict)


class Outbound:
    """Gathers one turn's output in the door's language."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._output = DoorOutput()

    def take(self) -> DoorOutput:
        """Return what was gathered, and forget it."""
        output, self._output = self._output, DoorOutput()
        return output

    def tell(self, person: Person, phrase: str, **fields: int | str) -> None:
        """Say one sentence to one person."""
        self.write(person, [self._renderer.say(phrase, **fields)])

    def refuse(self, person: Person, code: str, fields: Mapping[str, int | str]) -> None:
        """Say to one person why something is not done, or that it is over."""
        self.write(person, [self._renderer.refusal(code, fields)])

    def tell_all(self, people: Iterable[Person], phrase: str) -> None:
        """Say one sentence to many people."""
        line = f"{self._renderer.say(phrase)}\n".encode()
        for person in people:
            self.send(person, line)

    def write(self, person: Person, lines: Iterable[str]) -> None:
        """Write lines."""
        self.send(person, "".join(f"{line}\n" for line in lines).encode())

    def send(self, person: Person, data: bytes) -> None:
        """Write bytes, if anything can be written."""
        if person.connected and data:
            self._output.writes.setdefault(person.key, []).append(data)

    def forget(self, person: Person) -> None:
        """The connection is gone: what was to be written is not."""
        self._output.writes.pop(person.key, None)

    def read(self, person: Person, *, reading: bool) -> None:
        """Read from the connection from now on, or not."""
        if reading != person.reading and person.connected:
            person.reading = self._output.reading[person.key] = reading

    def close(self, person: Person) -> None:
        """Close the connection once its bytes are written."""
        self._output.closed.append(person.key)
