"""The screen as a program: when it paints, what it does to the terminal, and how it ends."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeAlias

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input

from client import saved as saved_module
from client.identity import claim
from client.notices import BrokerStopping
from client.saved import load
from client.saved_state import Saved, SavedRoom
from client.screen import app as app_module
from client.screen import terminal as terminal_module
from client.screen.app import ScreenApp, local_time, run
from client.screen.effects import Bell, DesktopNotification, Exit, LoadDraft, OpenAs, Save
from client.screen.fragments import Row
from client.screen.keymap import Action
from client.screen.look import LocalTime
from client.screen.tabs import Draft
from client.settings import ClientSettings
from protocol.endpoints import DEFAULT_BROKER
from protocol.limits import LARGEST_NUMBER
from protocol.phrases import Language, Phrase, say
from tests.client.screen.driving import Desk, Glass, desk
from tests.client.screen.stub_model import StubModel

FOCUS_IN, CTRL_O, F1 = "\x1b[I", "\x0f", "\x1bOP"
HOUR = 3600.0
NEWS = BrokerStopping()

Sit: TypeAlias = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest.fixture
def sit(tmp_path: Path) -> Sit:
    return partial(desk, tmp_path)


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_module, "replace_private", fail)


def saying(draft: str) -> Saved:
    return Saved(rooms={"lobby": SavedRoom(draft=draft)})


# ---- start


def test_what_is_not_painted_with_is_not_imported() -> None:
    program = "import sys, client.screen.app; sys.exit('zmq' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


async def test_the_first_paint_comes_before_the_connection(tmp_path: Path) -> None:
    glass = Glass()
    seen: list[list[str]] = []

    def look(model: StubModel) -> None:
        model.messages = lambda _width, _height: [[("", "painted")]]

    async with desk(tmp_path, glass=glass, prepare=look) as at:
        seen.append(glass.rows)
        assert len(at.wires) == 1
    assert "painted" in seen[0][1]


async def test_a_saved_draft_is_in_the_input_at_once(sit: Sit) -> None:
    def prepare(model: StubModel) -> None:
        model.rooms["lobby"].draft = Draft("half a sent", 4)
        model.effects.append(LoadDraft())

    async with sit(prepare=prepare) as at:
        assert at.glass.rows[-1] == "> half a sent"
        assert at.app.application.current_buffer.cursor_position == 4


# ---- painting


async def test_news_of_the_broker_shares_a_paint(sit: Sit) -> None:
    async with sit() as at:
        before = at.paints
        for _ in range(500):
            at.wires[0].notify([NEWS], 0.0)
        await at.until(lambda: at.paints > before)
        assert at.paints == before + 1
        assert at.model.told.count(NEWS) == 500


async def test_a_turn_without_news_paints_nothing(sit: Sit) -> None:
    async with sit() as at:
        before = at.paints
        at.wires[0].notify([], 0.0)
        at.wires[0].notify([NEWS], 0.0)
        await at.until(lambda: at.paints > before)
        assert at.paints == before + 1


async def test_a_key_is_painted_at_once_while_news_waits(
    sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "PAINT_EVERY_S", HOUR)
    async with sit() as at:
        at.model.messages = lambda _width, _height: [[("", "news")]]
        at.wires[0].notify([NEWS], 0.0)
        await asyncio.sleep(0)
        assert not at.sees("news")
        await at.press("x")
        assert at.sees("news")
        assert at.glass.rows[-1] == "> x"


async def test_the_screen_follows_the_terminal(sit: Sit) -> None:
    async with sit() as at:
        at.glass.screen.resize(15, 60)
        before = at.paints
        os.kill(os.getpid(), signal.SIGWINCH)
        await at.until(lambda: at.paints > before)
        assert at.glass.rows[-2:] == ["connected", ">"]


async def test_ctrl_l_paints_everything_again(sit: Sit) -> None:
    async with sit() as at:
        at.glass.write("\x1b[2J\x1b[Hgarbage")
        await at.press("\x0c")
        assert at.glass.rows[0] == "the topic"
        assert not at.sees("garbage")


# ---- time, and the connection


async def test_the_model_is_ticked_when_it_wants(sit: Sit) -> None:
    class Timed(StubModel):
        due: float | None = None

        def next_deadline(self) -> float | None:
            return self.due

        def tick(self, now: float, at: int) -> None:
            self.due = None
            super().tick(now, at)

    async with sit(kind=Timed) as at:
        assert isinstance(at.model, Timed)
        at.model.due = asyncio.get_running_loop().time() + 0.01
        await at.press("x")
        await at.until(lambda: "tick" in at.model.told)
        assert at.model.told.count("tick") == 1


async def test_what_a_key_submitted_is_sent_at_once(sit: Sit) -> None:
    async with sit() as at:
        wakes = at.wires[0].wakes
        await at.press("x")
        assert at.wires[0].wakes == wakes + 1


# ---- the terminal


async def test_the_title_is_the_models_until_the_end(sit: Sit) -> None:
    async with sit() as at:
        assert at.glass.screen.title == "a title"
        at.model.bar_title = "(1) lobby"
        await at.press("x")
        assert at.glass.screen.title == "(1) lobby"
        written = at.glass.raw.count("(1) lobby")
        await at.press("y")
        assert at.glass.raw.count("(1) lobby") == written
    assert at.glass.raw.index("\x1b[22;2t") < at.glass.raw.index("a title")
    assert at.glass.screen.title == ""
    assert at.glass.raw.rstrip().endswith("\x1b[23;2t")


async def test_the_terminal_is_left_as_it_was(sit: Sit) -> None:
    async with sit(mouse=True) as at:
        await at.press("x")
    on = {"\x1b[?1049h", "\x1b[?2004h", "\x1b[?1004h", "\x1b[?1000h"}
    for sequence in on:
        off = f"{sequence[:-1]}l"
        assert at.glass.raw.rindex(off) > at.glass.raw.rindex(sequence), sequence
    assert at.glass.raw.rindex("\x1b[?25h") > at.glass.raw.rindex("\x1b[?25l")
    assert at.wires[0].closed


async def test_the_bell_rings(sit: Sit) -> None:
    async with sit() as at:
        rung = at.glass.raw.count("\x07")
        at.model.effects.append(Bell())
        at.wires[0].notify([NEWS], 0.0)
        assert at.glass.raw.count("\x07") == rung + 1


@pytest.mark.parametrize(
    ("desktop", "written"),
    [
        ("off", None),
        ("osc9", "\x1b]9;Ann in lobby: one, two\x07"),
        ("osc777", "\x1b]777;notify;Ann in lobby;one, two\x07"),
    ],
)
async def test_notifications_are_sent_as_set(sit: Sit, desktop: str, written: str | None) -> None:
    async with sit(desktop=desktop) as at:
        at.model.effects.append(DesktopNotification("Ann in lobby", "one; two"))
        at.wires[0].notify([NEWS], 0.0)
        assert (written or "") in at.glass.raw
        assert ("\x1b]9" in at.glass.raw or "\x1b]777" in at.glass.raw) == (written is not None)


# ---- an editor of one's own


def editor_that(tmp_path: Path, script: str) -> dict[str, str]:
    program = tmp_path / "my editor"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o700)
    return {"EDITOR": f"'{program}' --wait", "PATH": os.environ["PATH"]}


async def test_the_draft_goes_through_the_editor(sit: Sit, tmp_path: Path) -> None:
    environment = editor_that(tmp_path, f'cp -p "$2" {tmp_path}/seen; echo " more" >> "$2"')
    async with sit(environment=environment) as at:
        await at.press("draft", CTRL_O)
        await at.until(lambda: at.text == "draft more")
        seen = tmp_path / "seen"
        assert seen.read_text() == "draft"
        assert stat.S_IMODE(seen.stat().st_mode) == 0o600
        assert at.model.draft.text == "draft more"
        await at.press("\x1f")
        assert at.text == "draft"


async def test_the_chat_goes_on_while_the_editor_runs(sit: Sit, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    async with sit(environment=editor_that(tmp_path, f'cat {gate} > "$2"')) as at:
        at.keys.send_text(CTRL_O)
        loop = asyncio.get_running_loop()
        door = await loop.run_in_executor(None, lambda: gate.open("w"))
        at.wires[0].notify([NEWS], 0.0)
        assert NEWS in at.model.told
        assert at.glass.raw.rindex("\x1b[?1049l") > at.glass.raw.rindex("\x1b[?1049h")
        assert at.glass.raw.rindex("\x1b[?1004l") > at.glass.raw.rindex("\x1b[?1004h")
        door.write("two\nlines\n")
        door.close()
        await at.until(lambda: at.text == "two\nlines")
        assert at.glass.raw.rindex("\x1b[?1004h") > at.glass.raw.rindex("\x1b[?1004l")


@pytest.mark.parametrize("script", ["exit 1", "kill -9 $$"])
async def test_an_editor_that_fails_changes_nothing(sit: Sit, tmp_path: Path, script: str) -> None:
    async with sit(environment=editor_that(tmp_path, f'echo lost > "$2"; {script}')) as at:
        await at.press("draft", CTRL_O, "!")
        await at.until(lambda: at.text == "draft!")


async def test_without_any_editor_the_person_is_told(
    sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal_module, "_EDITORS", ())
    async with sit(environment={"EDITOR": "/nowhere/at/all"}) as at:
        rung = at.glass.raw.count("\x07")
        await at.press("draft", CTRL_O)
        await at.until(lambda: at.glass.raw.count("\x07") > rung)
        assert at.text == "draft"
        (sentence,) = told(at)
        assert "$EDITOR" in sentence


async def test_a_draft_that_cannot_be_handed_over_leaves_no_file(
    sit: Sit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int, _mode: str) -> BinaryIO:
        return (tmp_path / "full").open("rb")  # nothing can be written to it

    (tmp_path / "full").touch()
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    async with sit(environment=editor_that(tmp_path, "exit 0")) as at:
        with monkeypatch.context() as patch:
            patch.setattr(os, "fdopen", full)
            await at.press("a secret", CTRL_O)
            await at.until(lambda: bool(told(at)))
        assert list(folder.iterdir()) == []
        assert at.text == "a secret"


async def test_ctrl_z_gives_the_terminal_back_for_a_while(
    sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[tuple[int, int]] = []
    async with sit() as at:
        monkeypatch.setattr(os, "kill", lambda *call: stopped.append(call))
        at.keys.send_text("\x1a")
        await at.until(lambda: bool(stopped) and at.sees("connected"))
        assert stopped == [(0, signal.SIGTSTP)]
        assert at.glass.raw.rindex("\x1b[?1004h") > at.glass.raw.rindex("\x1b[?1004l")


# ---- who one is, and what is kept


async def test_a_session_is_opened_with_the_token_that_is_kept(sit: Sit, tmp_path: Path) -> None:
    kept = claim(tmp_path, DEFAULT_BROKER, "Duke")
    token = kept.token
    kept.close()
    async with sit(prepare=opening, name="Duke") as at:
        assert at.model.told == [("opened", "Duke")]
        link = at.wires[0].link
        link.tick(0.0)
        (batch,) = link.flush(0.0)
        assert token.encode() in batch
        assert b'"Duke"' in batch


async def test_a_name_in_use_here_is_asked_about(sit: Sit, tmp_path: Path) -> None:
    other = claim(tmp_path, DEFAULT_BROKER, "duke")
    async with sit(prepare=opening, name="Duke") as at:
        assert at.model.told == [("in use", "Duke")]
    other.close()


async def test_drafts_are_kept_soon_after_they_change(
    sit: Sit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "SAVE_WITHIN_S", 0.0)
    async with sit(kind=Keeping, name="Duke") as at:
        await at.press("precious")
        at.model.effects.append(Save())
        await at.press("!", "\x1b[D")
        assert draft_of(tmp_path) == "precious!"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
async def test_a_signal_keeps_the_draft_and_leaves_the_terminal_clean(
    sit: Sit, tmp_path: Path, number: signal.Signals
) -> None:
    async with sit(kind=Keeping, name="Duke") as at:
        await at.press("precious")
        os.kill(os.getpid(), number)
        assert await asyncio.wait_for(at.ended, 20) == 128 + number
    assert draft_of(tmp_path) == "precious"
    assert at.glass.raw.rindex("\x1b[?1049l") > at.glass.raw.rindex("\x1b[?1049h")


async def test_a_signal_ends_the_editor_too(sit: Sit, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    environment = editor_that(tmp_path, f"exec cat {gate}")
    async with sit(kind=Keeping, name="Duke", environment=environment) as at:
        await at.press("precious")
        at.keys.send_text(CTRL_O)
        door = await asyncio.get_running_loop().run_in_executor(None, lambda: gate.open("w"))
        os.kill(os.getpid(), signal.SIGINT)  # Ctrl-C in the editor
        os.kill(os.getpid(), signal.SIGTERM)
        assert await asyncio.wait_for(at.ended, 20) == 128 + signal.SIGTERM
        door.close()
    assert draft_of(tmp_path) == "precious"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_what_an_open_editor_has_saved_is_kept(
    sit: Sit, tmp_path: Path, number: signal.Signals
) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    environment = editor_that(tmp_path, f'echo "by the editor" > "$2"; exec cat {gate}')
    async with sit(kind=Keeping, name="Duke", environment=environment) as at:
        await at.press("precious")
        at.keys.send_text(CTRL_O)
        door = await asyncio.get_running_loop().run_in_executor(None, lambda: gate.open("w"))
        os.kill(os.getpid(), number)
        assert await asyncio.wait_for(at.ended, 20) == 128 + number
        door.close()
    assert draft_of(tmp_path) == "by the editor"


async def test_a_terminal_that_goes_away_ends_the_program(sit: Sit, tmp_path: Path) -> None:
    async with sit(kind=Keeping, name="Duke") as at:
        await at.press("precious")
        at.keys.close()
        assert await asyncio.wait_for(at.ended, 20) == 128 + signal.SIGHUP
    assert draft_of(tmp_path) == "precious"


async def test_the_model_ends_the_program(sit: Sit, tmp_path: Path) -> None:
    async with sit(name="Duke") as at:
        token = token_of(tmp_path)
        at.model.effects.append(Exit(0, "You left."))
        await at.press("x")
        assert await asyncio.wait_for(at.ended, 20) == 0
        assert at.app.sentences == ["You left."]
        assert token_of(tmp_path) == token


async def test_a_session_that_is_over_leaves_a_new_token(sit: Sit, tmp_path: Path) -> None:
    async with sit(name="Duke") as at:
        token = token_of(tmp_path)
        at.model.effects.append(Exit(3, session_over=True))
        at.wires[0].notify([NEWS], 0.0)
        assert await asyncio.wait_for(at.ended, 20) == 3
        assert token_of(tmp_path) != token
        assert at.app.sentences == []


async def test_what_could_not_be_read_is_told(sit: Sit, tmp_path: Path) -> None:
    kept = claim(tmp_path, DEFAULT_BROKER, "Duke")
    kept.saved_path.write_text("{")
    kept.close()
    async with sit(name="Duke") as at:
        assert len(told(at)) == 1
        assert f"{kept.saved_path}.damaged" in told(at)[0]
        at.app.application.exit(result=0)
        await at.ended
        assert at.app.sentences == []


async def test_what_cannot_be_kept_is_told_once_and_again_at_the_end(
    sit: Sit, full_disk: None
) -> None:
    async with sit(kind=Keeping, name="Duke") as at:
        for draft in ("a", "b"):
            await at.press(draft)
            at.model.effects.append(Save(at_once=True))
            await at.press("\x1b[D")
        assert len(told(at)) == 1
        assert "No space left on device" in told(at)[0]
        at.app.application.exit(result=0)
        await at.ended
        assert at.app.sentences == told(at)


async def test_a_late_failure_to_keep_something_is_told_too(
    sit: Sit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "SAVE_WITHIN_S", 0.0)
    async with sit(kind=Keeping, name="Duke") as at:
        monkeypatch.setattr(saved_module, "replace_private", fail)
        await at.press("a")
        at.model.effects.append(Save())
        at.wires[0].notify([NEWS], 0.0)
        await at.until(lambda: bool(told(at)))


# ---- failures


class Broken(StubModel):
    def message_rows(self, width: int, height: int) -> list[Row]:
        raise RuntimeError("a secret of the program")


class BrokenKey(StubModel):
    def do(self, action: Action, now: float, at: int) -> None:
        self.go_to("tea")
        raise RuntimeError("a secret of the program")


class GoneWithTheTerminal(StubModel):
    def do(self, action: Action, now: float, at: int) -> None:
        raise OSError(errno.EIO, "Input/output error")


class BrokenToTheEnd(Broken):
    def saved(self) -> Saved:
        raise RuntimeError("another secret")


class BrokenAtOnce(StubModel):
    def __init__(self) -> None:
        raise RuntimeError("a secret of the program")


@pytest.mark.parametrize(
    ("kind", "about_drafts"),
    [
        (Broken, Phrase.SCREEN_KEPT),
        (BrokenToTheEnd, Phrase.SCREEN_LOST),
        (BrokenAtOnce, None),
    ],
)
def test_a_failure_ends_in_a_sentence_on_a_clean_terminal(
    tmp_path: Path,
    kind: type[StubModel],
    about_drafts: Phrase | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    glass, folder = Glass(), tmp_path / "state"
    monkeypatch.setattr(ScreenApp.__init__, "__defaults__", (None, lambda *_: kind()))
    monkeypatch.setattr(app_module, "_connect", lambda *_, **__: Nowhere())
    with create_pipe_input() as keys, create_app_session(input=keys, output=glass.output()):
        keys.send_text("\x1bOP")
        assert run(ClientSettings(name="Duke", state=str(folder))) == 1
    said, *more = capsys.readouterr().err.splitlines()
    assert "secret" not in said
    log = folder / "screen.log"
    assert str(log) in said
    assert more == ([say(Language.EN, about_drafts)] if about_drafts else [])
    assert "a secret of the program" in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    if about_drafts is None:
        return
    claim(folder, DEFAULT_BROKER, "Duke").close()  # the name is free again
    assert glass.raw.rindex("\x1b[?1049l") > glass.raw.rindex("\x1b[?1049h")
    assert glass.raw.rindex("\x1b[?1004l") > glass.raw.rindex("\x1b[?1004h")


async def test_a_key_that_fails_rings_and_ends_nothing(sit: Sit, tmp_path: Path) -> None:
    async with sit(kind=BrokenKey) as at:
        at.model.rooms["tea"].draft = Draft("cup", 3)
        bells = at.glass.raw.count("\a")
        at.keys.send_text(F1)
        await at.until(lambda: at.text == "cup")  # what it did before it failed is seen
        assert at.glass.raw.count("\a") == bells + 1
        await at.press("!")
        assert at.model.draft.text == "cup!"
        log = tmp_path / "screen.log"
        assert "a secret of the program" in log.read_text()
        assert stat.S_IMODE(log.stat().st_mode) == 0o600


async def test_a_key_that_fails_with_the_terminal_ends_the_program(sit: Sit) -> None:
    async with sit(kind=GoneWithTheTerminal) as at:
        at.keys.send_text(F1)
        assert await asyncio.wait_for(at.ended, 20) == 128 + signal.SIGHUP


def test_a_failure_where_nothing_can_be_kept_is_said_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(ScreenApp.__init__, "__defaults__", (None, lambda *_: Broken()))
    with create_pipe_input() as keys, create_app_session(input=keys, output=Glass().output()):
        assert run(ClientSettings(name="Duke", state=str(tmp_path / "file"))) == 1
    said = capsys.readouterr().err
    assert "RuntimeError" in said
    assert say(Language.EN, Phrase.SCREEN_LOST) in said


async def test_what_fails_when_all_is_over_is_in_nobodys_way(
    sit: Sit, caplog: pytest.LogCaptureFixture
) -> None:
    async with sit() as at:
        at.app.application.exit(result=0)
        await at.ended
        context = {"message": "late", "exception": RuntimeError("late")}
        asyncio.get_running_loop().call_exception_handler(context)
        at.app._stop(signal.SIGTERM)
    assert caplog.records == []


# ---- time of day


def test_times_are_local(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC-2")
    time.tzset()
    try:
        assert local_time(1_700_000_000_000) == LocalTime(2023, 11, 15, 2, 0, 13)
        assert local_time(-LARGEST_NUMBER).year < 0
        assert local_time(LARGEST_NUMBER).year > 9999
    finally:
        monkeypatch.undo()
        time.tzset()


# ---- helpers


def opening(model: StubModel) -> None:
    model.effects.append(OpenAs("Duke"))


def fail(_path: Path, _data: bytes) -> None:
    raise OSError(28, "No space left on device")


class Nowhere:
    def wake(self) -> None:
        """Nobody is there."""

    def close(self, linger_ms: int = 0) -> None:
        """Nothing is open."""


class Keeping(StubModel):
    """Keeps the draft of the lobby."""

    def saved(self) -> Saved:
        return saying(self.rooms["lobby"].draft.text)


def told(at: Desk) -> list[str]:
    """Return what the model was to tell the person."""
    return [what[1] for what in at.model.told if isinstance(what, tuple) and what[0] == "tell"]


def draft_of(folder: Path) -> str:
    (path,) = folder.glob("duke-*.saved")
    return load(path).rooms["lobby"].draft


def token_of(folder: Path) -> bytes:
    (path,) = folder.glob("duke-*.json")
    return path.read_bytes()
