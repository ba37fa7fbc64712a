"""Runs line mode: owns standard input and output, the signals, the identity and the peer."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from client.config import PROGRAM
from client.identity import NameInUse, claim
from client.line_input import LINE_BYTES
from client.line_json import JsonLines
from client.line_mode import LineMode
from client.line_output import LineOutput
from client.line_plain import PlainLines
from client.peer import Peer
from protocol.errors import Code, Refusal
from protocol.phrases import Phrase
from protocol.rendering import Renderer
from protocol.text import clean_message
from runtime.clock import offset_at, timestamp
from runtime.exits import EXIT_FAILED
from runtime.streams import InputStream, OutputStream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.identity import Identity
    from client.line_phase import Opening
    from client.notices import Notice
    from client.settings import ClientSettings

FROM_INPUT: Final = "-"
"""As the text of ``--send``: say what standard input holds."""
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(settings: ClientSettings) -> int:
    """Talk in lines, or say the one message of ``--send``; return the exit status."""
    is_sending = settings.send is not None
    renderer = Renderer(settings.language, offset_at, _now_ms)
    presenter = JsonLines(renderer, timestamp) if settings.json else PlainLines(renderer)
    output = LineOutput(presenter, renderer, PROGRAM, mute=is_sending)
    message = None
    if settings.send is not None:
        try:
            message = clean_message(_message(settings.send))
        except Refusal as refusal:
            output.complain(refusal.code, refusal.fields)
            _say(output.take_sentences())
            return EXIT_FAILED
    interactive = not is_sending and sys.stdin is not None and sys.stdin.isatty()
    mode = LineMode(settings, output, message=message, interactive=interactive)
    return asyncio.run(_run(settings, mode, output))


async def _run(settings: ClientSettings, mode: LineMode, output: LineOutput) -> int:
    runner = _Runner(settings, mode, output, asyncio.get_running_loop())
    try:
        return await runner.run()
    finally:
        runner.close()


class _Runner:
    def __init__(
        self,
        settings: ClientSettings,
        mode: LineMode,
        output: LineOutput,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._settings = settings
        self._mode = mode
        self._output = output
        self._loop = loop
        self._done = asyncio.Event()
        self._identity: Identity | None = None
        self._peer: Peer | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._stdin: InputStream | None = None
        self._stdout: OutputStream | None = None

    async def run(self) -> int:
        for number in _SIGNALS:
            self._loop.add_signal_handler(number, self._signalled)
        if not self._output.mute:
            self._open_streams()
        self._settle()
        await self._done.wait()
        return self._mode.exit_status or 0

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for stream in (self._stdin, self._stdout):
            if stream is not None:
                stream.close()
        if self._identity is not None and self._mode.token_is_spent:
            self._identity.renew()
        self._release()

    def _open_streams(self) -> None:
        # Python has None for a descriptor that was closed before the start.
        if (stdout := _descriptor(sys.stdout)) is not None:
            self._stdout = OutputStream(self._loop, stdout, self._settle, self._stdout_closed)
        if (stdin := _descriptor(sys.stdin)) is not None:
            self._stdin = InputStream(self._loop, stdin, self._read, self._stdin_ended)
        else:
            self._mode.ended(self._loop.time())

    # ---- what happens

    def _read(self, data: bytes) -> None:
        self._mode.received(data, self._loop.time())
        self._settle()

    def _stdin_ended(self) -> None:
        self._mode.ended(self._loop.time())
        self._settle()

    def _stdout_closed(self, reason: str) -> None:
        self._mode.output_closed(reason, self._loop.time())
        self._settle()

    def _signalled(self) -> None:
        if self._mode.exit_status is None:
            self._mode.stop(self._loop.time())
            self._settle()
        else:  # only the reader of our output is waited for
            self._done.set()

    def _on_notices(self, notices: Sequence[Notice], now: float) -> None:
        self._mode.notice(notices, now)
        self._mode.tick(now)
        self._follow()

    # ---- what follows

    def _settle(self) -> None:
        """Do what follows from something that did not come by the link."""
        self._follow()
        if self._peer is not None:
            self._peer.wake()

    def _follow(self) -> None:
        if opening := self._mode.take_opening():
            # A peer is not replaced in the middle of its own turn.
            self._loop.call_soon(self._open, opening)
        self._write()
        if self._stdin is not None:
            self._stdin.read(reading=self._mode.is_reading)
        self._set_timer()
        is_written = self._stdout is None or self._stdout.is_empty
        if self._mode.exit_status is not None and not self._mode.has_output and is_written:
            self._done.set()

    def _write(self) -> None:
        while self._mode.has_output and (self._stdout is None or self._stdout.has_room):
            text = self._mode.take_output(self._loop.time())
            if self._stdout is not None:
                self._stdout.write(text.encode(errors="replace"))
        _say(self._output.take_sentences())

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        due = self._mode.next_deadline()
        wake = self._peer.wake if self._peer is not None else self._settle
        self._timer = None if due is None else self._loop.call_at(due, wake)

    # ---- the session

    def _open(self, opening: Opening) -> None:
        if self._identity is not None and opening.anew:
            self._identity.renew()
        else:
            self._release()
            try:
                self._identity = self._claim(opening.name)
            except NameInUse:
                self._mode.name_in_use(opening.name)
                self._settle()
                return
        identity = self._identity
        if self._peer is None:
            self._peer = Peer(
                self._settings.connect, self._on_notices, identity.link_name, identity.attempts
            )
        now = self._loop.time()
        session = self._peer.link.open(identity.token, now, name=opening.name)
        self._mode.opened(self._peer.link, session, now)
        self._settle()

    def _claim(self, name: str) -> Identity:
        identity = claim(Path(self._settings.state), self._settings.connect, name)
        if identity.problem:
            path, reason = self._settings.state, identity.problem
            self._output.tell(Phrase.NOT_KEPT, path=path, reason=reason)
        return identity

    def _release(self) -> None:
        if self._peer is not None:
            self._peer.close()
            self._peer = None
        if self._identity is not None:
            self._identity.close()
            self._identity = None


def _message(send: str) -> str:
    """Return the text of ``--send``, that of standard input for ``-``; without line ends after it.

    Raises:
        Refusal: there is more than a message may have.
    """
    if send != FROM_INPUT:
        # Bytes of the command line that are no UTF-8 come as lone surrogates.
        return send.encode(errors="surrogateescape").decode(errors="replace")
    data = sys.stdin.buffer.read(LINE_BYTES + 1) if sys.stdin is not None else b""
    if len(data) > LINE_BYTES:
        raise Refusal(Code.TEXT_TOO_LONG, limit=LINE_BYTES // 4)
    return data.decode(errors="replace").rstrip("\r\n")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _descriptor(stream: IO[str] | None) -> int | None:
    return None if stream is None else stream.fileno()


def _say(sentences: str) -> None:
    if sentences and sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write(sentences)
            sys.stderr.flush()
