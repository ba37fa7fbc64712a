"""Standard input and output on an asyncio loop: pipes, terminals, files, ``/dev/null``.

asyncio's own transports set ``O_NONBLOCK``, which belongs to the open file and so to every process
that shares it, the shell in the same terminal included; and they take no regular files. Here a
stream is left as it is, and looked at before each read and write instead.
"""

from __future__ import annotations

import os
import select
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

READ_BYTES: Final = 64 * 1024
WRITE_BUFFER_BYTES: Final = 256 * 1024
# A pipe that can be written to takes so much without blocking (POSIX), a terminal so little.
_PIPE_BYTES: Final = 4096
_TERMINAL_BYTES: Final = 256


class InputStream:
    """Reads a descriptor whenever that would not block.

    Args:
        on_data: called with what was read.
        on_end: called once, when nothing more will come.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        descriptor: int,
        on_data: Callable[[bytes], None],
        on_end: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._descriptor = descriptor
        self._on_data = on_data
        self._on_end = on_end
        self._is_reading = self._ended = False
        self._soon: asyncio.Handle | None = None

    def read(self, *, reading: bool) -> None:
        """Read from now on, or not."""
        if reading == self._is_reading or self._ended:
            return
        self._is_reading = reading
        if not reading:
            self._stop()
            return
        try:
            self._loop.add_reader(self._descriptor, self._ready)
        except PermissionError:  # a file, which is always ready
            self._soon = self._loop.call_soon(self._ready)

    def close(self) -> None:
        """Read no more."""
        self._stop()
        self._ended = True

    def _ready(self) -> None:
        try:
            data = os.read(self._descriptor, READ_BYTES)
        except BlockingIOError:  # another process read it first
            return
        except OSError:  # a terminal that was closed
            data = b""
        if not data:
            self.close()
            self._on_end()
            return
        if self._soon is not None:
            self._soon = self._loop.call_soon(self._ready)
        self._on_data(data)

    def _stop(self) -> None:
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        else:
            self._loop.remove_reader(self._descriptor)


class OutputStream:
    """Writes to a descriptor as fast as it takes bytes.

    Args:
        on_room: called when there is room again after there was none, and when all is written.
        on_closed: called once, when it takes no more, with the reason; empty when its reader has
            gone.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        descriptor: int,
        on_room: Callable[[], None],
        on_closed: Callable[[str], None],
    ) -> None:
        self._loop = loop
        self._descriptor = descriptor
        self._on_room = on_room
        self._on_closed = on_closed
        self._waiting = bytearray()
        self._is_closed = self._is_blocked = False
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLOUT)
        self._most = _TERMINAL_BYTES if os.isatty(descriptor) else _PIPE_BYTES
        self._is_watched = stat.S_ISFIFO(os.fstat(descriptor).st_mode)
        if self._is_watched:  # to learn that the reader has gone, though nothing is to be written
            loop.add_reader(descriptor, self._reader_may_have_gone)

    @property
    def has_room(self) -> bool:
        """Whether more should be written now."""
        return len(self._waiting) < WRITE_BUFFER_BYTES

    @property
    def is_empty(self) -> bool:
        """Whether all was written that can be."""
        return not self._waiting

    def write(self, data: bytes) -> None:
        """Write, at once or later."""
        if not self._is_closed:
            self._waiting += data
            if not self._is_blocked:
                self._write()

    def close(self) -> None:
        """Write no more."""
        self._is_closed = True
        self._waiting.clear()
        self._wait(blocked=False)
        if self._is_watched:
            self._is_watched = False
            self._loop.remove_reader(self._descriptor)

    def _write(self) -> None:
        try:
            while self._waiting and self._poll.poll(0):
                written = os.write(self._descriptor, self._waiting[: self._most])
                del self._waiting[:written]
        except BrokenPipeError:
            self._fail("")
            return
        except BlockingIOError:  # another process wrote first
            pass
        except OSError as error:
            self._fail(error.strerror or str(error))
            return
        self._wait(blocked=bool(self._waiting))

    def _wait(self, *, blocked: bool) -> None:
        if blocked == self._is_blocked:
            return
        self._is_blocked = blocked
        if blocked:
            self._loop.add_writer(self._descriptor, self._unblocked)
        else:
            self._loop.remove_writer(self._descriptor)

    def _unblocked(self) -> None:
        self._write()
        if not self._is_closed and self.has_room:
            self._on_room()

    def _fail(self, reason: str) -> None:
        self.close()
        self._on_closed(reason)

    def _reader_may_have_gone(self) -> None:
        if any(events & select.POLLERR for _, events in self._poll.poll(0)):
            self._fail("")
        else:  # a pipe that was opened for both
            self._is_watched = False
            with suppress(ValueError):
                self._loop.remove_reader(self._descriptor)
