"""Standard streams of every kind: read and written without blocking, and left as they were."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import socket
import termios
from typing import TYPE_CHECKING

import pytest

from runtime.streams import READ_BYTES, WRITE_BUFFER_BYTES, InputStream, OutputStream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BIG = bytes(range(1, 256)) * 8192  # two megabytes


class Reader:
    """Collects what an input stream gives."""

    def __init__(self, descriptor: int, limit: int = 0) -> None:
        self.data = b""
        self.ends = 0
        self.full = asyncio.Event()
        self.over = asyncio.Event()
        self.limit = limit
        self.stream = InputStream(asyncio.get_running_loop(), descriptor, self._take, self._end)

    def _take(self, data: bytes) -> None:
        self.data += data
        if self.limit and len(self.data) >= self.limit:
            self.stream.read(reading=False)
            self.full.set()

    def _end(self) -> None:
        self.ends += 1
        self.over.set()


class Writer:
    """Watches an output stream."""

    def __init__(self, descriptor: int) -> None:
        self.room = asyncio.Event()
        self.closed = asyncio.Event()
        self.reasons: list[str] = []
        self.stream = OutputStream(
            asyncio.get_running_loop(), descriptor, self.room.set, self._close
        )

    def _close(self, reason: str) -> None:
        self.reasons.append(reason)
        self.closed.set()


class Pipe:
    """Both ends of a pipe, each closed once."""

    def __init__(self) -> None:
        self.read, self.write = os.pipe()
        self._open = {self.read, self.write}

    def close(self, end: int) -> None:
        self._open.remove(end)
        os.close(end)

    def close_all(self) -> None:
        for end in list(self._open):
            self.close(end)


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    made.close_all()


def is_blocking(descriptor: int) -> bool:
    return not fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_NONBLOCK


async def test_a_pipe_is_read_to_its_end(pipe: Pipe) -> None:
    reader = Reader(pipe.read)
    reader.stream.read(reading=True)
    os.write(pipe.write, b"one")
    pipe.close(pipe.write)
    await reader.over.wait()
    assert (reader.data, reader.ends) == (b"one", 1)
    assert is_blocking(pipe.read)


@pytest.mark.parametrize("kind", ["file", "null"])
async def test_what_is_no_pipe_is_read_to_its_end(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "input"
    path.write_bytes(BIG)
    descriptor = os.open("/dev/null" if kind == "null" else path, os.O_RDONLY)
    reader = Reader(descriptor)
    reader.stream.read(reading=True)
    await reader.over.wait()
    assert reader.data == (b"" if kind == "null" else BIG)
    assert reader.ends == 1
    os.close(descriptor)


async def test_reading_stops_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "input"
    path.write_bytes(BIG)
    descriptor = os.open(path, os.O_RDONLY)
    reader = Reader(descriptor, limit=100)
    reader.stream.read(reading=True)
    await reader.full.wait()
    for _ in range(10):  # turns of the loop in which it could have read on
        await asyncio.sleep(0)
    assert len(reader.data) <= READ_BYTES
    reader.limit = 0
    reader.stream.read(reading=True)
    await reader.over.wait()
    assert reader.data == BIG
    os.close(descriptor)


async def test_a_terminal_is_read_and_left_as_it_was() -> None:
    master, terminal = pty.openpty()
    reader = Reader(terminal, limit=3)
    reader.stream.read(reading=True)
    os.write(master, b"hi\n")
    await reader.full.wait()
    assert reader.data == b"hi\n"
    assert is_blocking(terminal)
    reader.limit = 0
    reader.stream.read(reading=True)
    os.close(master)  # the window is closed
    await reader.over.wait()
    os.close(terminal)


async def test_a_closed_stream_gives_nothing_more(pipe: Pipe) -> None:
    reader = Reader(pipe.read)
    reader.stream.read(reading=True)
    reader.stream.close()
    reader.stream.read(reading=True)
    os.write(pipe.write, b"late")
    await asyncio.sleep(0)
    assert (reader.data, reader.ends) == (b"", 0)


async def test_a_pipe_that_is_full_is_waited_for(pipe: Pipe) -> None:
    writer, reader = Writer(pipe.write), Reader(pipe.read, limit=len(BIG))
    writer.stream.write(BIG)
    assert (writer.stream.has_room, writer.stream.is_empty) == (False, False)
    reader.stream.read(reading=True)
    await reader.full.wait()
    await writer.room.wait()
    assert writer.stream.is_empty
    assert reader.data == BIG
    assert is_blocking(pipe.write)
    writer.stream.close()


@pytest.mark.parametrize("kind", ["file", "null"])
async def test_what_is_no_pipe_is_written_at_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "output"
    path.touch()
    descriptor = os.open("/dev/null" if kind == "null" else path, os.O_WRONLY)
    writer = Writer(descriptor)
    writer.stream.write(BIG)
    assert writer.stream.is_empty
    assert path.read_bytes() == (b"" if kind == "null" else BIG)
    writer.stream.close()
    os.close(descriptor)


async def test_a_socket_and_a_terminal_are_written_to() -> None:
    ours, theirs = socket.socketpair()
    writer = Writer(ours.fileno())
    writer.stream.write(b"one")
    assert theirs.recv(9) == b"one"
    writer.stream.close()
    ours.close()
    theirs.close()
    master, terminal = pty.openpty()
    settings = termios.tcgetattr(terminal)
    settings[1] &= ~termios.OPOST
    termios.tcsetattr(terminal, termios.TCSANOW, settings)
    writer, reader = Writer(terminal), Reader(master, limit=20_000)
    writer.stream.write(b"x" * 20_000)
    reader.stream.read(reading=True)
    await reader.full.wait()
    assert reader.data == b"x" * 20_000
    assert is_blocking(terminal)
    writer.stream.close()
    reader.stream.close()
    os.close(master)
    os.close(terminal)


async def test_a_reader_that_goes_away_is_noticed_though_nothing_is_written(
    pipe: Pipe,
) -> None:
    writer = Writer(pipe.write)
    pipe.close(pipe.read)
    await writer.closed.wait()
    assert writer.reasons == [""]
    writer.stream.write(b"to nobody")
    assert writer.stream.is_empty


async def test_a_reader_that_goes_away_while_it_is_waited_for(pipe: Pipe) -> None:
    writer = Writer(pipe.write)
    writer.stream.write(BIG)
    pipe.close(pipe.read)
    await writer.closed.wait()
    assert writer.reasons == [""]
    assert writer.stream.is_empty


async def test_a_full_disk_is_named() -> None:
    descriptor = os.open("/dev/full", os.O_WRONLY)
    writer = Writer(descriptor)
    writer.stream.write(b"x")
    assert writer.reasons == ["No space left on device"]
    os.close(descriptor)


async def test_a_pipe_that_is_open_for_both_is_not_taken_for_closed(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    both = os.open(path, os.O_RDWR)
    writer = Writer(both)
    writer.stream.write(b"one")
    for _ in range(5):
        await asyncio.sleep(0)
    assert writer.reasons == []
    writer.stream.write(b"two")
    assert os.read(both, 9) == b"onetwo"
    writer.stream.close()
    os.close(both)


def test_the_buffer_has_a_limit() -> None:
    assert len(BIG) > WRITE_BUFFER_BYTES
