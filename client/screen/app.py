"""The full screen as a program: carries keys, paints, notices and time to and from the model.

Nothing that needs a socket is imported before the first paint. Keys are painted at once; what the
broker sends is painted at most every :data:`PAINT_EVERY_S`, however much it is.
"""

from __future__ import annotations

import asyncio
import errno
import os
import secrets
import signal
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final

import msgspec
from prompt_toolkit.application import Application
from prompt_toolkit.cursor_shapes import ModalCursorShapeConfig
from prompt_toolkit.enums import EditingMode

from client.identity import NameInUse
from client.link import Link
from client.notices import Welcomed
from client.screen import effects
from client.screen.editor import Editor
from client.screen.keys import make_bindings
from client.screen.layout import make_layout
from client.screen.look import LocalTime
from client.screen.model import Model
from client.screen.person import Person
from client.screen.stage import Connect, Connection, Stage
from client.screen.style import make_style
from client.screen.terminal import Terminal, colour_depth, read_focus_reports
from client.settings import ClientSettings, Editing
from protocol.phrases import Phrase, say
from runtime.private_files import make_private_folder, replace_private

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeAlias

    from client.identity import Identity
    from client.notices import Notice
    from client.saved_state import Saved

    MakeModel: TypeAlias = Callable[
        [Link, ClientSettings, Callable[[int], LocalTime], Saved], Model
    ]

PAINT_EVERY_S: Final = 0.06
SAVE_WITHIN_S: Final = 0.5
ESCAPE_WITHIN_S: Final = 0.05
"""The second half of an Alt key follows the first within so many seconds."""
META_WITHIN_S: Final = 0.5
"""Esc counts as the first half of an Alt key that is typed by hand for so many seconds."""
LINGER_MS: Final = 200
EXIT_FAILED: Final = 1
_EXIT_SIGNAL: Final = 128
_LINK_BYTES: Final = 8
_LOG_NAME: Final = "screen.log"


def run(settings: ClientSettings) -> int:
    """Show the screen until the person leaves; return the exit status."""
    screen = ScreenApp(settings, os.environ)
    try:
        status = asyncio.run(screen.main())
    except Exception as error:
        status = EXIT_FAILED
        screen.sentences.append(_failed(settings, error))
    with suppress(OSError):
        sys.stderr.writelines(f"{sentence}\n" for sentence in screen.sentences)
    return status


class ScreenApp:
    """One run of the full screen.

    Args:
        settings: what the person chose.
        environment: of the process.
        connect: makes the connection, once the screen was painted.
        make_model: makes the model, again for another name.

    Attributes:
        stage: holds the model.
        application: prompt_toolkit's.
        sentences: what to say once the terminal is as it was.
    """

    def __init__(
        self,
        settings: ClientSettings,
        environment: Mapping[str, str],
        connect: Connect | None = None,
        make_model: MakeModel = Model,
    ) -> None:
        self.sentences: list[str] = []
        self._settings = settings
        self._connect = connect or _connect
        self._make_model = make_model
        self._person = Person(Path(settings.state), settings.connect)
        self._welcomed = False
        self._connection: Connection | None = None
        self._stopped_by: signal.Signals | None = None
        self._last_paint = 0.0
        self._paint_later: asyncio.TimerHandle | None = None
        self._save_later: asyncio.TimerHandle | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._pulse: tuple[float | None, float | None] = (None, None)

        with suppress(NameInUse):  # the model's first effect asks again, and tells the person
            if settings.name:
                self._person.claim(settings.name)
        self._link = _make_link(self._person.identity)
        model = make_model(self._link, settings, local_time, self._person.load())
        self.stage = Stage(model, time.monotonic, lambda: time.time_ns() // 1_000_000)
        self.application = self._make_application(environment)
        self._terminal = Terminal(self.application.output, settings.desktop, environment)

    def _make_application(self, environment: Mapping[str, str]) -> Application[int]:
        settings, stage = self._settings, self.stage
        read_focus_reports()
        depth = colour_depth(settings.colours, environment)
        is_vi = settings.editing is Editing.VI
        self._editor = Editor(stage, lambda: application.output.get_size().rows)
        application: Application[int] = Application(
            make_layout(
                stage,
                self._editor,
                lambda: application.output.get_size(),  # noqa: PLW0108 - made below
                with_mouse=settings.mouse,
            ),
            style=make_style(depth, settings.themes.get(settings.theme, {})),
            include_default_pygments_style=False,
            key_bindings=make_bindings(stage, self._editor, edit=self._edit, suspend=self._suspend),
            full_screen=True,
            color_depth=depth,
            mouse_support=settings.mouse,
            enable_page_navigation_bindings=False,
            editing_mode=EditingMode.VI if is_vi else EditingMode.EMACS,
            cursor=ModalCursorShapeConfig() if is_vi else None,
            erase_when_done=True,
            max_render_postpone_time=None,
            terminal_size_polling_interval=None,
            before_render=self._before_render,
            after_render=self._after_render,
        )
        application.ttimeoutlen = ESCAPE_WITHIN_S
        application.timeoutlen = META_WITHIN_S
        application.key_processor.after_key_press += self._after_key
        return application

    # ---- the run

    async def main(self) -> int:
        """Show the screen until the person leaves; return the exit status."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._loop_failed)
        signals = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
        for number in signals:
            loop.add_signal_handler(number, self._stop, number)
        try:
            return await self.application.run_async(
                self._before_start, set_exception_handler=False, handle_sigint=False
            )
        except EOFError:
            return _EXIT_SIGNAL + signal.SIGHUP
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return _EXIT_SIGNAL + (self._stopped_by or signal.SIGHUP)
        finally:
            for number in signals:
                loop.remove_signal_handler(number)
            self._end()

    def _before_start(self) -> None:
        self._terminal.enter()
        self._editor.load_field()
        self._after_model()

    def _end(self) -> None:
        with suppress(OSError):
            self.application.renderer.reset()  # not done if the very first paint failed
            self._terminal.leave()
        for timer in (self._paint_later, self._save_later, self._deadline):
            if timer is not None:
                timer.cancel()
        self._save()
        self.sentences += self._person.complaints(self._settings.language)
        if self._connection is not None:
            self._connection.close(LINGER_MS)
        self._person.close()

    def _stop(self, number: signal.Signals) -> None:
        """A signal wants the program to end: everything that was typed is kept."""
        if number is signal.SIGINT and self._terminal.is_lent:
            return  # Ctrl-C in the editor
        self._stopped_by = number
        self._save()
        self._terminal.end_program()
        self._exit(_EXIT_SIGNAL + number)

    def _exit(self, status: int) -> None:
        if not self.application.is_done:
            self.application.exit(result=status)

    def _loop_failed(self, _loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        error = context.get("exception")
        if isinstance(error, Exception) and not self.application.is_done:
            self.application.exit(exception=error)

    # ---- what happens

    def _notices(self, notices: Sequence[Notice], now: float) -> None:
        """Take a turn of the connection."""
        pulse = (self._link.round_trip, self._link.beat_waits_since)  # a heartbeat is no notice
        if notices or pulse != self._pulse:
            self._pulse = pulse
            self._welcomed |= any(isinstance(notice, Welcomed) for notice in notices)
            self.stage.model.notice(notices, now, self.stage.at())
            self._after_model()
            self._paint_soon()

    def _after_key(self, _sender: object) -> None:
        # What the key did comes first: another room's draft may be in the box after it.
        self._run_effects()
        self._editor.tell_changes()
        self._after_model()
        if self._connection is not None:
            self._connection.wake()

    def _tick(self) -> None:
        self._deadline = None
        self.stage.model.tick(self.stage.now(), self.stage.at())
        self._after_model()
        self._paint_soon()
        if self._connection is not None:
            self._connection.wake()

    def _after_model(self) -> None:
        self._run_effects()
        self._editor.keep_focus(self.application.layout)
        due = self.stage.model.next_deadline()
        loop = asyncio.get_running_loop()
        if self._deadline is not None and self._deadline.when() != due:
            self._deadline.cancel()
            self._deadline = None
        if self._deadline is None and due is not None:
            self._deadline = loop.call_at(due, self._tick)

    # ---- painting

    def _paint_soon(self) -> None:
        if self._paint_later is None:
            due = self._last_paint + PAINT_EVERY_S
            self._paint_later = asyncio.get_running_loop().call_at(due, self._paint)

    def _paint(self) -> None:
        self._paint_later = None
        self.application.invalidate()

    def _before_render(self, _application: Application[int]) -> None:
        self._terminal.set_title(self.stage.model.title())

    def _after_render(self, _application: Application[int]) -> None:
        self._last_paint = self.stage.now()
        if self._paint_later is not None:
            self._paint_later.cancel()
            self._paint_later = None
        if self._connection is None and not self.application.is_done:
            self._connection = self._connect(self._settings.connect, self._notices, link=self._link)

    # ---- effects

    def _run_effects(self) -> None:
        while taken := self.stage.model.take_effects():
            for effect in taken:
                self._run_effect(effect)

    def _run_effect(self, effect: effects.Effect) -> None:
        match effect:
            case effects.Bell():
                self._terminal.bell()
            case effects.DesktopNotification(title, body):
                self._terminal.notify(title, body)
            case effects.LoadDraft():
                self._editor.load_draft()
            case effects.LoadField():
                self._editor.load_field()
            case effects.InsertText(text):
                self._editor.insert(text)
            case effects.OpenAs(name, renew):
                self._open(name, renew=renew)
            case effects.Save():
                self._save_soon()
            case effects.Exit(status, sentence, session_over):
                self.sentences += [sentence] if sentence else []
                if session_over and self._person.identity is not None:
                    self._person.identity.renew()
                self._exit(status)

    def _open(self, name: str, *, renew: bool) -> None:
        """Open a session under ``name``, with what is kept of it on this machine."""
        identity = self._person.identity
        if identity is None or not self._person.is_called(name):
            try:
                identity = self._person.claim(name)
            except NameInUse:
                self.stage.model.name_in_use(name)
                return
            if not self._welcomed:
                # The new model opens the session, with the drafts that are kept of this name.
                settings = msgspec.structs.replace(self._settings, name=name)
                saved = self._person.load()
                self.stage.model = self._make_model(self._link, settings, local_time, saved)
                self._editor.load_field()
                return
        if renew:
            identity.renew()
        session = self._link.open(identity.token, self.stage.now(), name=name)
        self.stage.model.opened(session, name)

    # ---- what is kept

    def _save_soon(self) -> None:
        if self._save_later is None:
            loop = asyncio.get_running_loop()
            self._save_later = loop.call_later(SAVE_WITHIN_S, self._save)

    def _save(self) -> None:
        if self._save_later is not None:
            self._save_later.cancel()
            self._save_later = None
        self._person.save(self.stage.model.saved())

    # ---- other programs on the terminal

    async def _edit(self) -> None:
        buffer = self._editor.buffer
        try:
            text = await self._terminal.edit(buffer.text)
        except OSError:
            self._terminal.bell()
            return
        if text is not None and self._editor.buffer is buffer:
            self._editor.replace(text)
            self._editor.tell_changes()
            self._after_model()

    async def _suspend(self) -> None:
        await self._terminal.suspend()
        self.stage.focused(is_focused=True)


def _make_link(identity: Identity | None) -> Link:
    jitter = Random()  # noqa: S311 - spreads reconnects, guards nothing
    if identity is None:
        return Link(jitter.random, secrets.token_hex(_LINK_BYTES))
    return Link(jitter.random, identity.link_name, attempts=identity.attempts)


def local_time(milliseconds: int) -> LocalTime:
    """Return the local time of day."""
    moment = time.localtime(milliseconds / 1000)
    return LocalTime(*moment[:3], moment.tm_wday, *moment[3:5])


def _connect(
    endpoint: str, on_notices: Callable[[Sequence[Notice], float], None], *, link: Link
) -> Connection:
    from client.peer import Peer  # noqa: PLC0415 - ZeroMQ is not needed for the first paint

    return Peer(endpoint, on_notices, link=link)


def _failed(settings: ClientSettings, error: Exception) -> str:
    """Keep the details of a failure; return the sentence for the person."""
    path = Path(settings.state) / _LOG_NAME
    try:
        make_private_folder(path.parent)
        replace_private(path, "".join(traceback.format_exception(error)).encode())
    except OSError:
        return say(settings.language, Phrase.SCREEN_STOPPED, {"reason": type(error).__name__})
    return say(settings.language, Phrase.SCREEN_FAILED, {"path": str(path)})
