"""The nc gateway as a child of the broker: started, watched, restarted, taken down.

The broker binds the door's port itself and hands it down, so that a taken port is known before
anything starts, and callers wait in the queue while the child restarts.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


_BACKOFF_FIRST_S: Final = 0.1
_BACKOFF_LAST_S: Final = 10.0
_STEADY_S: Final = 30.0
_STOP_WITHIN_S: Final = 3.0
_READY: Final = b"ready\n"

_log = logging.getLogger(__name__)


class GatewayChild:
    """Keeps one gateway process running.

    Args:
        arguments: the gateway's command line.
        inherited: descriptors that the child gets.
        on_ready: called once, when the first child serves.
        on_gone: called whenever a child has died.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        inherited: Sequence[int],
        on_ready: Callable[[], None],
        on_gone: Callable[[], None],
    ) -> None:
        self._arguments = arguments
        self._inherited = inherited
        self._on_ready = on_ready
        self._on_gone = on_gone
        self._process: asyncio.subprocess.Process | None = None
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Run children one after the other, with a growing pause between deaths."""
        loop = asyncio.get_running_loop()
        backoff = _BACKOFF_FIRST_S
        while True:
            started = loop.time()
            try:
                status = str(await self._run_once())
            except OSError as error:
                status = f"not started: {error.strerror}"
            self._on_gone()
            if self._stopped.is_set():
                return
            if loop.time() - started > _STEADY_S:
                backoff = _BACKOFF_FIRST_S
            _log.error("the gateway died (status %s); again in %.1f s", status, backoff)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), backoff)
                return
            backoff = min(_BACKOFF_LAST_S, backoff * 2)

    async def stop(self) -> None:
        """Ask the child to say goodbye, and end it if it does not."""
        self._stopped.set()
        process = self._process
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), _STOP_WITHIN_S)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _run_once(self) -> int:
        # Its own process group: an interrupt from the terminal reaches the broker alone, which
        # then takes the child down in order. -P: no module is taken from the working folder.
        process = self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "gateway",
            *self._arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=tuple(self._inherited),
            process_group=0,
        )
        if self._stopped.is_set() and process.stdin is not None:
            process.stdin.close()  # stopped while it started
        if process.stdout is not None and await process.stdout.readline() == _READY:
            on_ready, self._on_ready = self._on_ready, lambda: None
            on_ready()
        return await process.wait()
