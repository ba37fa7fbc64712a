"""Line mode in memory: on a real link and broker, with a fake clock, lock, and pipes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from client.line_json import JsonLines
from client.line_mode import LineMode
from client.line_output import LineOutput
from client.line_plain import PlainLines
from client.settings import ClientSettings
from protocol.phrases import Language
from protocol.rendering import Renderer
from runtime.clock import timestamp
from tests.loopback import WALL_MS, Loop, Node, token

if TYPE_CHECKING:
    from typing import Any

ZONE_MINUTES = 480


@dataclass
class Lines:
    """Somebody in line mode.

    Attributes:
        out: standard output so far.
        err: standard error so far.
        number: of its token.
        drains: whether somebody reads standard output.
        names_in_use: names that other clients of this machine have.
    """

    loop: Loop
    node: Node
    mode: LineMode
    output: LineOutput
    number: int
    out: str = ""
    err: str = ""
    drains: bool = True
    names_in_use: set[str] = field(default_factory=set)
    session: int = 0
    taken: int = 0

    def settle(self) -> None:
        """Let everything happen that follows at once."""
        while True:
            opened = self._open()
            self.loop.settle()
            told, self.taken = self.node.notices[self.taken :], len(self.node.notices)
            self.mode.notice(told, self.loop.now)
            self.mode.tick(self.loop.now)
            written = self._write()
            if not (opened or told or written):
                self.loop.settle()
                return

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        end = self.loop.now + seconds
        self.settle()
        while self.loop.now < end:
            due = self.mode.next_deadline()
            step = end if due is None else min(end, max(due, self.loop.now))
            self.loop.wait(step - self.loop.now)
            self.settle()

    def type(self, text: str | bytes) -> None:
        """Give it input, as much as there is."""
        self.mode.received(text.encode() if isinstance(text, str) else text, self.loop.now)
        self.settle()

    def end(self) -> None:
        """The input is over."""
        self.mode.ended(self.loop.now)
        self.settle()

    def stop(self) -> None:
        """Send it a signal."""
        self.mode.stop(self.loop.now)
        self.settle()

    def take(self) -> list[str]:
        """Return the lines of standard output since the last call."""
        lines, self.out = self.out.splitlines(), ""
        return lines

    def take_objects(self) -> list[dict[str, Any]]:
        """Return the JSON objects of standard output since the last call."""
        return [msgspec.json.decode(line) for line in self.take()]

    def status(self) -> int | None:
        """Return the exit status, None before the end."""
        return self.mode.exit_status

    def reads(self) -> bool:
        """Return whether input is wanted."""
        return self.mode.is_reading

    def _open(self) -> bool:
        opening = self.mode.take_opening()
        if opening is None:
            return False
        if opening.name in self.names_in_use:
            self.mode.name_in_use(opening.name)
            return True
        if opening.anew:
            self.number += 1000
        link, now = self.node.link, self.loop.now
        self.session = link.open(token(self.number), now, name=opening.name)
        self.mode.opened(link, self.session, now)
        return True

    def _write(self) -> bool:
        wrote = False
        while self.drains and self.mode.has_output:
            wrote = True
            self.out += self.mode.take_output(self.loop.now)
        self.err += self.output.take_sentences()
        return wrote


def start(
    loop: Loop,
    *,
    name: str = "Duke",
    json: bool = False,
    room: str = "lobby",
    message: str | None = None,
    interactive: bool = False,
    language: Language = Language.EN,
    number: int = 0,
) -> Lines:
    """Start line mode, with the ``number``-th token if one is given; nothing happens yet."""
    settings = ClientSettings(name=name, room=room, json=json, language=language)
    renderer = Renderer(language, lambda _: ZONE_MINUTES, lambda: WALL_MS + round(loop.now * 1000))
    presenter = JsonLines(renderer, timestamp) if json else PlainLines(renderer)
    output = LineOutput(presenter, renderer, "chat-client", mute=message is not None)
    mode = LineMode(settings, output, message=message, interactive=interactive)
    node = loop.node()
    return Lines(loop, node, mode, output, number or len(loop.nodes))


def arrive(loop: Loop, name: str = "Duke", *, json: bool = False, interactive: bool = False) -> (
    Lines
):  # fmt: skip
    """Let somebody come in, and forget what was written until then."""
    lines = start(loop, name=name, json=json, interactive=interactive)
    lines.settle()
    lines.take()
    lines.err = ""
    return lines


def somebody(loop: Loop, name: str = "Ann", number: int = 500) -> tuple[Node, int]:
    """Let somebody else come in, on a link alone; return it and the session."""
    node = loop.node()
    session = node.open(number, name)
    loop.settle()
    return node, session
