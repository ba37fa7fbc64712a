"""People at full screens: real models on real links, joined in memory to a real broker's core.

A screen does what the program around a model does: it carries notices, types into an input that
only the model's effects fill or clear, opens sessions, and keeps what is to be kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, TypeVar

from client.link import Link
from client.saved_state import Saved
from client.screen import effects
from client.screen.keymap import Action, When
from client.screen.look import LocalTime
from client.screen.model import Model
from client.settings import ClientSettings
from tests.loopback import WALL_MS, Loop, Node

if TYPE_CHECKING:
    from client.screen.fragments import Row

WIDTH = 80
HEIGHT = 20
_Effect = TypeVar("_Effect")
_DAY_MS = 86_400_000
_TOKENS = count(1_000_000)


def local(ms: int) -> LocalTime:
    """Return the time of day in UTC; all is on one day."""
    minutes = ms % _DAY_MS // 60_000
    return LocalTime(2023, 11, 14, 1, minutes // 60, minutes % 60)


def text_of(row: Row) -> str:
    return "".join(text for _, text in row)


def texts(rows: list[Row]) -> list[str]:
    return [text_of(row).rstrip() for row in rows]


def styles_of(row: Row, part: str) -> str:
    """Return the style of the piece of a row that has ``part`` in it."""
    return next(style for style, text in row if part in text)


@dataclass(eq=False)
class Screen(Node):
    """One person at a full screen.

    Attributes:
        model: the one under test.
        input: what stands in the input box.
        asked: every effect of the model.
        locked: names that other clients of this machine use.
        tokens: the token of each name.
    """

    model: Model = field(init=False)
    settings: ClientSettings = field(default_factory=ClientSettings)
    kept: Saved = field(default_factory=Saved)
    tokens: dict[str, int] = field(default_factory=dict)
    locked: set[str] = field(default_factory=set)
    asked: list[effects.Effect] = field(default_factory=list)
    input: str = ""
    is_running: bool = True

    def __post_init__(self) -> None:
        self.model = Model(self.link, self.settings, local, self.kept)
        self.run_effects()

    # ---- the program

    @property
    def at(self) -> int:
        return WALL_MS + round(self.loop.now * 1000)

    def turn(self) -> bool:
        if not self.is_running:
            return False
        seen = len(self.notices)
        busy = super().turn()
        self.model.notice(self.notices[seen:], self.loop.now, self.at)
        due = self.model.next_deadline()
        if due is not None and due <= self.loop.now:
            self.model.tick(self.loop.now, self.at)
        return self.run_effects() or busy

    def run_effects(self) -> bool:
        taken = self.model.take_effects()
        self.asked += taken
        for effect in taken:
            match effect:
                case effects.LoadDraft():
                    self.input = self.model.draft.text
                case effects.InsertText(text):
                    self.write(text)
                case effects.OpenAs(name, renew):
                    self._open(name, renew=renew)
                case effects.Exit():
                    self.is_running = False
                case _:
                    pass
        return bool(taken)

    def _open(self, name: str, *, renew: bool) -> None:
        if name in self.locked:
            self.model.name_in_use(name)
            return
        if renew or name not in self.tokens:
            self.tokens[name] = next(_TOKENS)
        token = f"{self.tokens[name]:032x}"
        session = self.link.open(token, self.loop.now, name=name)
        self.model.opened(session, name)

    def die(self) -> Saved:
        """The process is killed; return what it had kept on disk."""
        kept = self.model.saved()
        self.is_running = False
        self.cut(noticed=False)
        self.loop.nodes.remove(self)
        return kept

    # ---- the person

    def write(self, text: str) -> None:
        """Type at the end of the input."""
        self.input += text
        self.model.draft_changed(self.input, len(self.input))

    def enter(self, text: str = "") -> None:
        """Type and press Enter; nothing is carried yet."""
        if text:
            self.write(text)
        self.model.submit(self.input, self.loop.now, self.at)
        self.run_effects()

    def send(self, text: str) -> None:
        """Type, press Enter, and let everything happen."""
        self.enter(text)
        self.loop.settle()

    def press(self, *actions: Action) -> None:
        """Press keys, and let everything happen."""
        for action in actions:
            self.model.do(action, self.loop.now, self.at)
            self.run_effects()
        self.loop.settle()

    def look_away(self) -> None:
        self.model.focused(False, self.loop.now, self.at)

    def look(self) -> None:
        self.model.focused(True, self.loop.now, self.at)

    # ---- what is seen

    def mode(self) -> When:
        return self.model.mode

    def rows(self, width: int = WIDTH, height: int = HEIGHT) -> list[str]:
        """Return the messages on the screen, without trailing spaces."""
        return texts(self.model.message_rows(width, height))

    def around_rule(self) -> tuple[list[str], list[str]]:
        """Return the messages above and below the rule at the first unread one."""
        rows = self.model.message_rows(WIDTH, HEIGHT)
        place = next(i for i, row in enumerate(rows) if "class:unread" in dict(row))
        return texts(rows[:place]), texts(rows[place + 1 :])

    @property
    def has_rule(self) -> bool:
        rows = self.model.message_rows(WIDTH, HEIGHT)
        return any("class:unread" in dict(row) for row in rows)

    @property
    def shown(self) -> str:
        """All messages on the screen."""
        return "\n".join(self.rows())

    @property
    def status(self) -> str:
        return text_of(self.model.status_row(200, self.loop.now)).strip()

    @property
    def people(self) -> list[str]:
        return texts(self.model.people_rows(18, 50))

    @property
    def rooms(self) -> list[str]:
        return texts(self.model.rooms_rows(16, 20))

    @property
    def overlay(self) -> list[str]:
        return [text.strip() for text in texts(self.model.overlay_rows(60, 60))]

    @property
    def question(self) -> str:
        return text_of(self.model.prompt_row(100))

    def asked_for(self, kind: type[_Effect]) -> list[_Effect]:
        """Return the effects of one kind so far."""
        return [effect for effect in self.asked if isinstance(effect, kind)]


class ScreenLoop(Loop):
    """A broker with full screens."""

    def screen(
        self,
        name: str = "ann",
        *,
        kept: Saved | None = None,
        tokens: dict[str, int] | None = None,
        locked: set[str] | None = None,
        settings: ClientSettings | None = None,
    ) -> Screen:
        """Start one more client; nothing is carried yet."""
        link = Link(lambda: 0.5, f"link{len(self.nodes)}")
        settings = settings or ClientSettings(name=name)
        screen = Screen(
            self,
            link,
            trusted=False,
            settings=settings,
            kept=kept or Saved(),
            tokens=tokens if tokens is not None else {},
            locked=locked or set(),
        )
        self.nodes.append(screen)
        return screen

    def arrive(self, name: str = "ann") -> Screen:
        """Start one more client, and let it come in."""
        screen = self.screen(name)
        self.settle()
        return screen

    def _next_deadline(self) -> float | None:
        times = [super()._next_deadline()]
        times += [s.model.next_deadline() for s in self.screens if s.is_running]
        return min((time for time in times if time is not None), default=None)

    @property
    def screens(self) -> list[Screen]:
        return [node for node in self.nodes if isinstance(node, Screen)]
