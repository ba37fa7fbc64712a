"""Drives the screen: keys through a pipe, an emulated terminal to look at, and no sleeps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pyte
from prompt_toolkit.application import create_app_session
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from client.link import Link
from client.notices import Notice
from client.screen.app import ScreenApp
from client.settings import ClientSettings
from tests.client.screen.stub_model import StubModel

COLUMNS, ROWS = 80, 24
PATIENCE_S = 20.0


class Glass:
    """A terminal, as what is written to it makes it look; ``raw`` is all that was written."""

    encoding = "utf-8"

    def __init__(self, columns: int = COLUMNS, rows: int = ROWS) -> None:
        self.screen = pyte.Screen(columns, rows)
        self.raw = ""
        self._stream = pyte.Stream(self.screen)

    def output(self) -> Vt100_Output:
        return Vt100_Output(
            self,  # type: ignore[arg-type]  # has what is used of a text file
            self.size,
            term="xterm-256color",
            enable_cpr=False,
        )

    def write(self, data: str) -> None:
        self.raw += data
        self._stream.feed(data)

    def flush(self) -> None:
        """Do nothing: what is written is seen at once."""

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return -1

    def size(self) -> Size:
        return Size(rows=self.screen.lines, columns=self.screen.columns)

    @property
    def rows(self) -> list[str]:
        return [row.rstrip() for row in self.screen.display]


class Wire:
    """The connection of a link that goes nowhere."""

    def __init__(self, on_notices: Callable[[Sequence[Notice], float], None], link: Link) -> None:
        self.notify = on_notices
        self.link = link
        self.wakes = 0
        self.closed = False

    def wake(self) -> None:
        self.wakes += 1

    def close(self, linger_ms: int = 0) -> None:
        self.closed = True


@dataclass(kw_only=True)
class Seat:
    """A running screen, and somebody before it."""

    app: ScreenApp
    glass: Glass
    keys: PipeInput
    ended: asyncio.Future[int] = field(init=False)
    paints: int = 0

    def __post_init__(self) -> None:
        self._painted = asyncio.Event()
        self._painted_before_key: int | None = None
        self.app.application.after_render += self._after_render
        self.app.application.key_processor.after_key_press += self._after_key

    async def press(self, *keys: str) -> None:
        """Press keys one after the other, each once the effect of the one before is painted."""
        for key in keys:
            self._painted_before_key = None
            self.keys.send_text(key)
            await self.until(self._key_is_painted)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for a paint after which ``holds`` is true."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                self._painted.clear()
                await self._painted.wait()

    async def shows(self, text: str) -> None:
        """Wait until ``text`` is on the screen."""
        await self.until(lambda: self.sees(text))

    def sees(self, text: str) -> bool:
        return any(text in row for row in self.glass.rows)

    @property
    def text(self) -> str:
        """What is typed."""
        return self.app.application.current_buffer.text

    def _key_is_painted(self) -> bool:
        return self._painted_before_key is not None and self.paints > self._painted_before_key

    def _after_key(self, _sender: object) -> None:
        self._painted_before_key = self.paints

    def _after_render(self, _sender: object) -> None:
        self.paints += 1
        self._painted.set()


@dataclass(kw_only=True)
class Desk(Seat):
    """A screen whose model only remembers, and whose connection goes nowhere."""

    model: StubModel
    wires: list[Wire]


@asynccontextmanager
async def desk(
    folder: Path,
    *,
    glass: Glass | None = None,
    environment: Mapping[str, str] | None = None,
    kind: type[StubModel] = StubModel,
    prepare: Callable[[StubModel], None] = lambda _model: None,
    **settings: object,
) -> AsyncIterator[Desk]:
    """Run the screen, with a model that only remembers, until the end of the block."""
    glass = glass or Glass()
    chosen = msgspec.convert({"state": str(folder), **settings}, ClientSettings)
    model = kind()
    prepare(model)
    wires: list[Wire] = []

    def connect(
        _endpoint: str, on_notices: Callable[[Sequence[Notice], float], None], *, link: Link
    ) -> Wire:
        wires.append(Wire(on_notices, link))
        return wires[-1]

    with create_pipe_input() as keys, create_app_session(input=keys, output=glass.output()):
        app = ScreenApp(chosen, environment or {}, connect, lambda *_: model)
        running = Desk(app=app, glass=glass, keys=keys, model=model, wires=wires)
        running.ended = asyncio.ensure_future(app.main())
        try:
            await running.until(lambda: bool(wires))
            yield running
        finally:
            if not running.ended.done() and not app.application.is_done:
                app.application.exit(result=0)
            await asyncio.wait([running.ended])
