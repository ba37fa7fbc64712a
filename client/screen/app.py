"""The full screen as a program: carries keys, paints, notices and time to and from the model.

Nothing that needs a socket is imported before the first paint. Keys are painted at once; what the
broker sends is painted at most every :data:`PAINT_EVERY_S`, however much it is.
"""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final

from prompt_toolkit.application import Application
from prompt_toolkit.cursor_shapes import ModalCursorShapeConfig
from prompt_toolkit.enums import EditingMode

from client.screen import effects
from client.screen.editor import Editor
from client.screen.failures import give_up_key, is_of_a_key, keep_details
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
from runtime.exits import EXIT_FAILED, EXIT_SIGNAL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeAlias

    from client.link import Link
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


def run(settings: ClientSettings) -> int:
    """Show the screen until the person leaves; return the exit status."""
    sentences: list[str] = []
    screen: ScreenApp | None = None
    try:
        screen = ScreenApp(settings, os.environ)
        status = asyncio.run(screen.main())
    except Exception as error:
        status = EXIT_FAILED
        sentences.append(keep_details(settings, error))
        if screen is not None:
            is_kept = Phrase.SCREEN_KEPT if screen.is_kept else Phrase.SCREEN_LOST
            sentences.append(say(settings.language, is_kept))
    with suppress(OSError):
        sentences += screen.sentences if screen is not None else []
        sys.stderr.writelines(f"{sentence}\n" for sentence in sentences)
    return status


class ScreenApp:
    """One run of the full screen.

    Args:
        settings: what the person chose.
        environment: of the process.
        connect: makes the connection, once the screen was painted.
        make_model: makes the model.

    Attributes:
        stage: holds the model.
        application: prompt_toolkit's.
        sentences: what to say once the terminal is as it was.
        is_kept: whether all that was typed was kept at the end.
    """

    def __init__(
        self,
        settings: ClientSettings,
        environment: Mapping[str, str],
        connect: Connect | None = None,
        make_model: MakeModel = Model,
    ) -> None:
        self.sentences: list[str] = []
        self.is_kept = False
        self._settings = settings
        self._connect = connect or _connect
        self._person = Person(Path(settings.state), settings.connect, settings.language)
        self._connection: Connection | None = None
        self._stopped_by: signal.Signals | None = None
        self._edited_room = ""
        self._last_paint = 0.0
        self._paint_later: asyncio.TimerHandle | None = None
        self._save_later: asyncio.TimerHandle | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._pulse: tuple[float | None, float | None] = (None, None)

        saved = self._person.start(settings.name)
        jitter = Random()  # noqa: S311 - spreads reconnects, guards nothing
        self._link = self._person.make_link(jitter.random)
        model = make_model(self._link, settings, local_time, saved)
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
            return EXIT_SIGNAL + signal.SIGHUP
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return EXIT_SIGNAL + (self._stopped_by or signal.SIGHUP)
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
        try:
            self._save()
            self.is_kept = not self._person.problem
        finally:
            self.sentences += self._person.last_words()
            if self._connection is not None:
                self._connection.close(LINGER_MS)
            self._person.close()

    def _stop(self, number: signal.Signals) -> None:
        """A signal wants the program to end: everything that was typed is kept."""
        if number is signal.SIGINT and self._terminal.is_lent:
            return  # Ctrl-C in the editor
        self._stopped_by = number
        if text := self._terminal.edited_so_far():
            self._editor.replace_draft(self._edited_room, text)
        self._save()
        self._terminal.end_program()
        self._exit(EXIT_SIGNAL + number)

    def _exit(self, status: int) -> None:
        if self._can_exit:
            self.application.exit(result=status)

    def _loop_failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        error = context.get("exception")
        if not isinstance(error, Exception) or not self._can_exit:
            return
        if is_of_a_key(error):
            keep_details(self._settings, error)
            give_up_key(self.application)
            loop.call_soon(self._after_key, self, context=self.application.context)
        else:
            self.application.exit(exception=error)

    @property
    def _can_exit(self) -> bool:
        return self.application.is_running and not self.application.is_done

    # ---- what happens

    def _notices(self, notices: Sequence[Notice], now: float) -> None:
        """Take a turn of the connection."""
        pulse = (self._link.round_trip, self._link.beat_waits_since)  # a heartbeat is no notice
        if notices or pulse != self._pulse:
            self._pulse = pulse
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
        for complaint in self._person.take_complaints():
            self._tell(complaint)

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
            case effects.OpenAs() | effects.OpenAgain():
                self._person.open(effect, self.stage.model, self._link, self.stage.now())
            case effects.Save(at_once=True):
                self._save()
            case effects.Save():
                self._save_soon()
            case effects.Exit(status, sentence, session_over):
                self.sentences += [sentence] if sentence else []
                if session_over:
                    self._person.session_over()
                self._exit(status)

    # ---- what is kept

    def _save_soon(self) -> None:
        if self._save_later is None:
            loop = asyncio.get_running_loop()
            self._save_later = loop.call_later(SAVE_WITHIN_S, self._save_now)

    def _save_now(self) -> None:
        self._save()
        self._run_effects()

    def _save(self) -> None:
        if self._save_later is not None:
            self._save_later.cancel()
            self._save_later = None
        self._person.save(self.stage.model.saved())

    # ---- other programs on the terminal

    async def _edit(self) -> None:
        # Another may be shown when the editor ends, or a question.
        room = self._edited_room = self.stage.model.focus
        try:
            text = await self._terminal.edit(self._editor.buffer.text)
        except OSError as error:
            reason = error.strerror or str(error)
            self._tell(say(self._settings.language, Phrase.NO_EDITOR, {"reason": reason}))
        else:
            if text is not None:
                self._editor.replace_draft(room, text)
        self._after_model()
        self.application.invalidate()

    def _tell(self, sentence: str) -> None:
        """Tell the person what went wrong here, among what is said."""
        self.stage.model.tell(sentence, self.stage.at())
        self._terminal.bell()
        self._paint_soon()

    async def _suspend(self) -> None:
        await self._terminal.suspend()
        self.stage.focused(is_focused=True)


def local_time(milliseconds: int) -> LocalTime:
    """Return the local time of day."""
    moment = time.localtime(milliseconds / 1000)
    return LocalTime(*moment[:3], moment.tm_wday, *moment[3:5])


def _connect(
    endpoint: str, on_notices: Callable[[Sequence[Notice], float], None], *, link: Link
) -> Connection:
    from client.peer import Peer  # noqa: PLC0415 - ZeroMQ is not needed for the first paint

    return Peer(endpoint, on_notices, link=link)
