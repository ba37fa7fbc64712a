"""People at full screens: real models on real links, joined in memory to a real broker's core.

A screen does what the program around a model does: it carries notices before anything is sent,
types into an input that only the model's effects fill or clear, and ticks. Names are claimed, and
files are written, by the very code that the program has for it, when the program would: each screen
has a folder of its own, as if on a machine of its own, unless it starts on that of another.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from client.identity import claim
from client.link import Link
from client.saved import Store, load
from client.saved_state import Saved
from client.screen import effects
from client.screen.app import SAVE_WITHIN_S
from client.screen.keymap import Action, When
from client.screen.look import LocalTime
from client.screen.model import Model
from client.screen.person import Person
from client.settings import ClientSettings
from protocol.commands import Join, Quit, Say
from protocol.endpoints import DEFAULT_BROKER
from tests.loopback import WALL_MS, Loop, Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from client.notices import Notice
    from client.screen.fragments import Row

WIDTH = 80
HEIGHT = 20
ELSEWHERE = "said elsewhere"
_Effect = TypeVar("_Effect")
_DAY_MS = 86_400_000


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


def leave(kept: Saved, name: str, home: Path) -> None:
    """Have an earlier start leave something under a name."""
    identity = claim(home, DEFAULT_BROKER, name)
    assert Store(identity.saved_path).write(kept) == ""
    identity.close()


@dataclass(eq=False, kw_only=True)
class Screen(Node):
    """One person at a full screen.

    Attributes:
        person: who has claimed names on this machine.
        settings: what the person chose.
        home: the folder of this machine.
        saved: what was kept of an earlier start.
        model: the one under test.
        input: what stands in the input box.
        asked: every effect of the model.
    """

    person: Person
    settings: ClientSettings
    home: Path
    saved: Saved
    model: Model = field(init=False)
    asked: list[effects.Effect] = field(default_factory=list)
    input: str = ""
    is_running: bool = True
    save_at: float | None = None
    pulse: tuple[float | None, float | None] = (None, None)

    def __post_init__(self) -> None:
        weakref.finalize(self, self.person.close)
        self.model = Model(self.link, self.settings, local, self.saved)
        self.run_effects()

    # ---- the program

    @property
    def at(self) -> int:
        return WALL_MS + round(self.loop.now * 1000)

    def turn(self) -> bool:
        if not self.is_running:
            return False
        busy = super().turn()
        due = self.model.next_deadline()
        if due is not None and due <= self.loop.now:
            self.model.tick(self.loop.now, self.at)
        if self.save_at is not None and self.save_at <= self.loop.now:
            self.save()
        return self.run_effects() or busy

    def hear(self, notices: Sequence[Notice]) -> None:
        pulse = (self.link.round_trip, self.link.beat_waits_since)
        if notices or pulse != self.pulse:
            self.pulse = pulse
            self.model.notice(notices, self.loop.now, self.at)
            self.run_effects()

    def next_deadline(self) -> float | None:
        times = (self.model.next_deadline(), self.save_at)
        return min((time for time in times if time is not None), default=None)

    def save(self) -> None:
        self.save_at = None
        self.person.save(self.model.saved())

    def run_effects(self) -> bool:
        taken = self.model.take_effects()
        self.asked += taken
        for effect in taken:
            match effect:
                case effects.LoadDraft():
                    self.input = self.model.draft.text
                case effects.InsertText(text):
                    self.write(text)
                case effects.OpenAs() | effects.OpenAgain():
                    self.person.open(effect, self.model, self.link, self.loop.now)
                    self.run_effects()
                case effects.Save(at_once=True):
                    self.save()
                case effects.Save():
                    self.save_at = self.save_at or self.loop.now + SAVE_WITHIN_S
                case effects.Exit(session_over=is_over):
                    self.is_running = False
                    if is_over:
                        self.person.session_over()
                    self.save()
                    self.person.close()
                case _:
                    pass
        for sentence in self.person.take_complaints():
            self.model.tell(sentence, self.at)
        return bool(taken)

    def die(self) -> None:
        """The process is killed: on its disk is what was written by now."""
        self.is_running = False
        self.cut(noticed=False)
        self.loop.nodes.remove(self)
        self.person.close()

    def disk(self, name: str = "") -> Saved:
        """Return what is on the disk of a name."""
        identity = self.person.identity
        if name:
            (path,) = self.home.glob(f"{name}-*.saved")
        else:
            assert identity is not None
            path = identity.saved_path
        return load(path)

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
        home: Path | None = None,
        kept: Saved | None = None,
        locked: Iterable[str] = (),
        settings: ClientSettings | None = None,
    ) -> Screen:
        """Start one more client; nothing is carried yet.

        Args:
            name: the person's.
            home: the folder of the machine; a new one unless it is said.
            kept: what an earlier start left there under this name.
            locked: names that other clients of the machine use.
            settings: what the person chose.
        """
        home = home or self._new_home()
        settings = settings or ClientSettings(name=name)
        for other in locked:
            identity = claim(home, DEFAULT_BROKER, other)
            weakref.finalize(self, identity.close)
        if kept is not None:
            leave(kept, name, home)
        person = Person(home, DEFAULT_BROKER, settings.language)
        saved = person.start(settings.name)
        link = person.make_link(lambda: 0.5)
        screen = Screen(
            loop=self,
            link=link,
            trusted=False,
            person=person,
            settings=settings,
            home=home,
            saved=saved,
        )
        self.nodes.append(screen)
        return screen

    def talk_elsewhere(self, home: Path, name: str, *, quits: bool, settles: bool = True) -> None:
        """Use a name as line mode, ``--send`` and bots do: say something, and quit or crash."""
        identity = claim(home, DEFAULT_BROKER, name)
        link = Link(lambda: 0.5, identity.link_name, attempts=identity.attempts)
        node = Node(self, link, trusted=False)
        self.nodes.append(node)
        session = link.open(identity.token, self.now, name=name)
        for command in (Join("lobby"), Say("lobby", ELSEWHERE)):
            link.submit(session, command)
        if quits:
            link.submit(session, Quit())
        if settles:
            self.settle()
            if quits and not link.unsettled(session):
                identity.renew()
        node.cut(noticed=False)
        self.nodes.remove(node)
        identity.close()

    def another_machine(self, home: Path) -> Path:
        """Return a folder with the tokens of another one, as somebody may copy them."""
        copy = self._new_home()
        shutil.copytree(home, copy, dirs_exist_ok=True)
        for path in copy.glob("*.json"):
            kept = msgspec.json.decode(path.read_bytes())
            path.write_bytes(msgspec.json.encode(kept | {"link": f"{len(self.nodes):016x}"}))
        return copy

    def _new_home(self) -> Path:
        home = Path(tempfile.mkdtemp(prefix="hubbub-"))
        weakref.finalize(self, shutil.rmtree, home, ignore_errors=True)
        return home

    def arrive(self, name: str = "ann") -> Screen:
        """Start one more client, and let it come in."""
        screen = self.screen(name)
        self.settle()
        return screen

    def _next_deadline(self) -> float | None:
        times = [super()._next_deadline()]
        times += [screen.next_deadline() for screen in self.screens if screen.is_running]
        return min((time for time in times if time is not None), default=None)

    @property
    def screens(self) -> list[Screen]:
        return [node for node in self.nodes if isinstance(node, Screen)]
