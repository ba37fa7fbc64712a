"""The program with real files, and a broker in memory: what is kept, and whose it is."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input

from broker.presence import PresenceSettings
from client import saved as saved_module
from client.identity import claim
from client.link import Link
from client.notices import Notice
from client.saved import load
from client.saved_state import Saved, SavedPending, SavedRefused, SavedRoom
from client.screen import app as app_module
from client.screen import terminal as terminal_module
from client.screen.app import ScreenApp
from client.screen.keymap import Action
from client.settings import ClientSettings
from protocol.commands import Quit
from protocol.endpoints import DEFAULT_BROKER
from protocol.phrases import Language, Phrase, say
from runtime.private_files import replace_private
from tests.client.screen.driving import Glass, Seat
from tests.client.screen.screens import leave
from tests.loopback import Loop, Node

ENTER, CTRL_O, F1 = "\r", "\x0f", "\x1bOP"
ALT_R = "\x1br"
HOUR = 3600.0
IDLE_S = 300.0
DOUBT = say(Language.EN, Phrase.MAY_BE_SAID)


@dataclass
class Wire(Node):
    """The sockets of a screen, in memory: nothing is carried before the test says so."""

    on_notices: Callable[[Sequence[Notice], float], None] = lambda _notices, _now: None

    def hear(self, notices: Sequence[Notice]) -> None:
        self.on_notices(notices, self.loop.now)

    def wake(self) -> None:
        """Do nothing: the test says when something is carried."""

    def close(self, linger_ms: int = 0) -> None:
        if self in self.loop.nodes:
            self.cut(noticed=False)
            self.loop.nodes.remove(self)


@dataclass(kw_only=True)
class Place(Seat):
    """Somebody before a real screen."""

    home: Path
    wire: Wire = field(init=False)

    async def enter(self, text: str) -> None:
        await self.press(text)
        await self.press(ENTER)

    def kept(self, name: str) -> Saved:
        """Return what is on the disk of a name now."""
        (path,) = self.home.glob(f"{name.lower()}-*.saved")
        return load(path)

    def kept_files(self, kind: str) -> list[Path]:
        """Return the files of one kind."""
        return list(self.home.glob(f"*.{kind}"))

    def disk(self, folder: Path) -> Path:
        """Return a folder that holds what a kill would leave now."""
        return Path(shutil.copytree(self.home, folder))


class Hall:
    """A broker in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        presence = PresenceSettings(idle=IDLE_S, idle_doors=frozenset({"client"}))
        self.loop = Loop(presence)
        self.loop.now = asyncio.get_running_loop().time()
        self.loop.start()

    @asynccontextmanager
    async def screen(
        self, name: str = "Duke", home: Path | None = None, **environment: str
    ) -> AsyncIterator[Place]:
        """Run the program until the end of the block."""
        home = home or self.folder / "home"
        glass = Glass()
        made: list[Wire] = []

        def connect(
            _endpoint: str, on_notices: Callable[[Sequence[Notice], float], None], *, link: Link
        ) -> Wire:
            made.append(Wire(self.loop, link, trusted=False, on_notices=on_notices))
            self.loop.nodes.append(made[0])
            return made[0]

        with create_pipe_input() as keys, create_app_session(input=keys, output=glass.output()):
            settings = ClientSettings(name=name, state=str(home))
            app = ScreenApp(settings, environment, connect)
            app.stage.now = lambda: self.loop.now
            place = Place(app=app, glass=glass, keys=keys, home=home)
            place.ended = asyncio.ensure_future(app.main())
            try:
                await place.until(lambda: bool(made))
                place.wire = made[0]
                yield place
            finally:
                if not place.ended.done() and not app.application.is_done:
                    app.application.exit(result=0)
                await asyncio.wait([place.ended])

    def somebody(self, number: int, name: str) -> Node:
        """Let somebody else come in."""
        node = self.loop.node()
        node.open(number, name)
        self.loop.settle()
        return node

    def put_out(self, seconds: float = IDLE_S + 5.0) -> None:
        """Let everybody idle until the broker ends their sessions."""
        self.loop.wait(seconds)

    @property
    def said(self) -> list[tuple[str, str]]:
        """All that was said, and by whom."""
        head = self.loop.core.state.rooms["lobby"].head
        page = self.loop.journal.page("lobby", 1, head, 10_000, 10_000_000)
        events = [json.loads(event) for event in page.events]
        return [(event[4], event[6]) for event in events if event[0] == "said"]


@pytest.fixture
async def hall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hall:
    monkeypatch.setattr(app_module, "PAINT_EVERY_S", -HOUR)  # the broker's time runs ahead
    return Hall(tmp_path)


def names_on(home: Path) -> set[str]:
    """Return the names that anything is kept of."""
    return {path.name.partition("-")[0] for path in home.glob("*.json")}


# ---- said once, whenever the client is killed


async def test_what_is_entered_is_on_the_disk_before_it_is_sent(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "SAVE_WITHIN_S", HOUR)
    async with hall.screen() as at:
        hall.loop.settle()
        await at.enter("at once")
        assert at.kept("Duke").pending == [SavedPending("lobby", "at once")]
        hall.loop.kill()
        hall.loop.settle()
        await at.enter("nobody is there")
        assert at.kept("Duke").pending == [
            SavedPending("lobby", "at once"),
            SavedPending("lobby", "nobody is there", unsent=True),
        ]
        disk = at.disk(hall.folder / "killed")
    hall.loop.start()
    async with hall.screen(home=disk) as at:
        hall.loop.wait(6.0)
        assert [text for _, text in hall.said] == ["at once", "nobody is there"]


async def test_a_refusal_is_on_the_disk_before_what_follows_is_sent_again(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "SAVE_WITHIN_S", HOUR)
    hall.somebody(1, "Bob")
    async with hall.screen() as at:
        hall.loop.settle()
        await at.enter("/nick Bob")
        await at.enter("said once?")
        while not hall.said:
            at.wire.turn()
            at.wire.mute = bool(at.kept("Duke").pending[1:]) is False  # the refusal came
            hall.loop._turn()
        disk = at.disk(hall.folder / "killed")
        at.wire.close()
    async with hall.screen(home=disk) as at:
        hall.loop.wait(3.0)
        assert hall.said == [("Duke", "said once?")]
        assert at.kept("Duke").pending == []


async def test_what_was_applied_before_a_kill_is_not_shown_as_pending(hall: Hall) -> None:
    async with hall.screen() as at:
        hall.loop.settle()
        await at.enter("heard by all")
        at.wire.turn()
        hall.loop._turn()
        disk = at.disk(hall.folder / "killed")
        at.wire.close()
    async with hall.screen(home=disk) as at:
        hall.loop.wait(3.0)
        await at.shows("heard by all")
        assert not at.sees("…")
        assert not at.sees("pending")
        assert len(hall.said) == 1


# ---- another name before there was a session


async def test_who_takes_another_name_takes_along_what_was_typed(hall: Hall) -> None:
    hall.somebody(1, "Duke")
    hall.loop.kill()
    async with hall.screen() as at:
        hall.loop.settle()
        await at.enter("first message")
        await at.press("half a draft")
        hall.loop.start()
        hall.loop.wait(6.0)
        await at.shows("The name Duke is taken")
        await at.enter("Anna")
        hall.loop.settle()
        await at.shows("half a draft")
        assert hall.said == [("Anna", "first message")]
        assert at.text == "half a draft"
        assert at.kept("Duke").pending == []
        assert at.kept("Duke").rooms["lobby"].draft == ""


async def test_what_may_have_been_sent_under_the_old_name_is_left_to_the_person(
    hall: Hall,
) -> None:
    home = hall.folder / "home"
    async with hall.screen() as at:
        hall.loop.settle()
        await at.enter("perhaps heard")
        at.wire.turn()
        disk = at.disk(hall.folder / "killed")
        at.wire.close()
    hall.loop.wait(60.0)  # the session is lost
    hall.somebody(1, "Duke")
    shutil.rmtree(home)
    async with hall.screen(home=disk) as at:
        hall.loop.wait(3.0)
        await at.enter("Anna")
        hall.loop.settle()
        await at.shows("may or may not")
        assert at.kept("Anna").refused == [SavedRefused("lobby", "perhaps heard", reason=DOUBT)]
        assert at.kept("Duke").pending == []
        await at.press(ALT_R)
        assert at.text == "perhaps heard"
        assert at.app.stage.model.saved().refused == []


async def test_without_a_name_the_one_that_is_chosen_brings_what_is_kept(hall: Hall) -> None:
    home = hall.folder / "home"
    leave(Saved(rooms={"lobby": SavedRoom("kept of Anna")}, show_rooms=False), "Anna", home)
    async with hall.screen("", home) as at:
        await at.enter("Anna")
        assert at.text == "kept of Anna"
        hall.loop.settle()
        await at.shows("connected")
        assert not at.app.stage.model.panes(80).rooms


# ---- another name after the session was over


async def test_another_name_keeps_what_is_kept_of_both(hall: Hall) -> None:
    home = hall.folder / "home"
    unsent = SavedPending("lobby", "of Anna", unsent=True)
    kept = SavedRoom("Anna's draft", history=["Anna's input"])
    leave(Saved(rooms={"lobby": kept}, pending=[unsent]), "Anna", home)
    async with hall.screen(home=home) as at:
        hall.loop.settle()
        await at.enter("of Duke")
        hall.loop.settle()
        await at.press("Duke's draft")
        hall.put_out()
        hall.somebody(1, "Duke")
        await at.shows("put out for idling")
        await at.press(ENTER)
        hall.loop.settle()
        await at.shows("The name Duke is taken")
        await at.enter("Anna")
        hall.loop.settle()
        assert hall.said == [("Duke", "of Duke"), ("Anna", "of Anna")]
        assert at.text == "Duke's draft"
        assert at.kept("Anna").rooms["lobby"].history == ["Anna's input", "Anna's draft", "of Duke"]
        assert at.kept("Duke").pending == []


async def test_a_name_taken_later_does_not_change_whose_token_is_used(hall: Hall) -> None:
    async with hall.screen() as at:
        hall.loop.settle()
        await at.enter("/nick Bob")
        hall.loop.settle()
        hall.put_out()
        await at.shows("put out for idling")
        await at.press(ENTER)
        hall.loop.settle()
        await at.enter("I am Bob")
        hall.loop.settle()
        assert hall.said == [("Bob", "I am Bob")]
        assert names_on(at.home) == {"duke"}


@pytest.mark.parametrize("step", range(4))
async def test_a_kill_while_the_name_changes_says_nothing_twice(
    hall: Hall, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    hall.somebody(1, "Duke")
    hall.loop.kill()
    disks: list[Path] = []
    async with hall.screen() as at:
        hall.loop.settle()
        await at.enter("only once")
        hall.loop.start()
        hall.loop.wait(6.0)
        await at.shows("The name Duke is taken")
        write = replace_private

        def snapshot(path: Path, data: bytes) -> None:
            write(path, data)
            disks.append(at.disk(hall.folder / f"killed{len(disks)}"))

        monkeypatch.setattr(saved_module, "replace_private", snapshot)
        await at.enter("Anna")
        monkeypatch.undo()
        at.wire.close()
    hall.loop.nodes[0].link.submit(1, Quit())
    hall.loop.settle()
    disk = disks[min(step, len(disks) - 1)]
    left: list[str] = []
    for name in ("Duke", "Anna"):
        async with hall.screen(name, disk) as at:
            hall.loop.wait(3.0)
            left += [refused.text for refused in at.kept(name).refused]
            at.wire.close()
    assert [text for _, text in hall.said].count("only once") <= 1
    assert "only once" in [*left, *(text for _, text in hall.said)]


# ---- an editor of one's own


async def test_what_comes_from_the_editor_is_a_draft_whatever_is_asked_meanwhile(
    hall: Hall, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    program = tmp_path / "editor"
    program.write_text(f'#!/bin/sh\ncat {gate} > "$1"\n')
    program.chmod(0o700)
    async with hall.screen(EDITOR=str(program), PATH=os.environ["PATH"]) as at:
        hall.loop.settle()
        at.keys.send_text(CTRL_O)
        door = await asyncio.get_running_loop().run_in_executor(None, lambda: gate.open("w"))
        hall.put_out()
        door.write("long thoughts")
        door.close()
        await at.shows("put out for idling")
        await at.press(ENTER)
        hall.loop.settle()
        await at.until(lambda: at.text == "long thoughts")


# ---- what goes wrong is told in the room


async def test_what_cannot_be_kept_is_told_in_the_room(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path, _data: bytes) -> None:
        raise OSError(28, "No space left on device")

    async with hall.screen() as at:
        hall.loop.settle()
        monkeypatch.setattr(saved_module, "replace_private", full)
        await at.enter("hello")
        await at.shows("Nothing is kept")
        assert at.kept_files("saved") == []
        monkeypatch.undo()
        await at.enter("again")
        assert [pending.text for pending in at.kept("Duke").pending] == ["hello", "again"]


async def test_what_was_damaged_is_told_in_the_room(hall: Hall) -> None:
    home = hall.folder / "home"
    identity = claim(home, DEFAULT_BROKER, "Duke")
    identity.saved_path.write_text("{")
    identity.close()
    async with hall.screen(home=home) as at:
        await at.shows("was damaged")


async def test_without_an_editor_it_is_told_in_the_room(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal_module, "_EDITORS", ())
    async with hall.screen() as at:
        at.keys.send_text(CTRL_O)
        await at.shows("No editor could be used")


# ---- what is typed over a page


async def test_who_goes_on_typing_when_a_page_opens_types_into_the_input(hall: Hall) -> None:
    async with hall.screen() as at:
        hall.loop.settle()
        await at.press(F1)
        assert at.sees("Esc closes")
        await at.press("hello")
        assert at.text == "hello"
        assert not at.sees("Esc closes")
        await at.press(F1, "\x1b[200~ you\x1b[201~", ENTER)
        hall.loop.settle()
        assert hall.said[-1][1] == "hello you"


async def test_an_answer_opens_once_what_is_being_typed_is_said(hall: Hall) -> None:
    async with hall.screen() as at:
        hall.loop.settle()
        await at.enter("/rooms")
        await at.press("hel")
        hall.loop.settle()
        await at.press("lo")
        assert at.text == "hello"
        assert at.sees("an answer waits")
        assert not at.sees("Enter takes")
        await at.press(ENTER)
        assert at.sees("Enter takes")
        hall.loop.settle()
        assert hall.said[-1][1] == "hello"


async def test_what_is_typed_over_a_page_answers_the_question_below_it(hall: Hall) -> None:
    async with hall.screen(name="") as at:
        await at.shows("Name:")
        await at.press("D")
        at.app.stage.do(Action.HELP)
        await at.press("\x1b[I", "uke")
        await at.press(ENTER)
        await at.until(lambda: "duke" in names_on(at.home))
