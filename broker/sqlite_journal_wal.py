"""Whether SQLite's write-ahead log still holds every commit that was written to it.

SQLite reads that log up to the first frame whose checksum is wrong and passes over the rest without
a word, because a write that was cut short looks like this. Where a later commit stands behind such
a frame nothing was cut short: the log is damaged, and commits would be lost in silence.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from protocol.errors import JournalUnavailable

if TYPE_CHECKING:
    from pathlib import Path

_HEADER: Final = struct.Struct(">8I")
_FRAME: Final = struct.Struct(">6I")
_MAGIC: Final = 0x377F0682  # its lowest bit says that checksums are big-endian
_MASK: Final = 0xFFFFFFFF


def wal_of(path: Path) -> Path:
    """Return the write-ahead log that belongs to the database at ``path``."""
    return path.with_name(f"{path.name}-wal")


def damage_of_wal(path: Path) -> str | None:
    """Return what is wrong with the write-ahead log of the database at ``path``, or None.

    A log that was cut off, and damage within the last commit of a log that is being written over
    for the second time, cannot be told from a write that a kill cut short, and are not reported.

    Raises:
        JournalUnavailable: the disk gives no answer.
    """
    try:
        data = wal_of(path).read_bytes()
        is_empty = not path.exists() or not path.stat().st_size
    except FileNotFoundError:
        return None
    except OSError as error:
        raise JournalUnavailable(f"{wal_of(path)} cannot be read: {error.strerror}") from error
    if not data:
        return None
    if is_empty:
        return "the file is gone or empty, though its write-ahead log is there"
    if len(data) < _HEADER.size:
        return "the write-ahead log is torn"
    magic, _, page_size, _, salt1, salt2, sum1, sum2 = _HEADER.unpack_from(data)
    order = ">" if magic & 1 else "<"
    if magic & ~1 != _MAGIC or _sums(data[:24], order, 0, 0) != (sum1, sum2):
        return "the head of the write-ahead log is damaged"
    return _damaged_frame(data, order, page_size, (salt1, salt2))


def _damaged_frame(data: bytes, order: str, page_size: int, salts: tuple[int, int]) -> str | None:
    """Return which frame is damaged although a commit stands at or behind it."""
    size = _FRAME.size + page_size
    sums = _HEADER.unpack_from(data)[6:]
    frames = (len(data) - _HEADER.size) // size
    bad = -1
    for index in range(frames):
        start = _HEADER.size + index * size
        _, commit, *_ = head = _FRAME.unpack_from(data, start)
        is_current = head[2:4] == salts
        if bad < 0:
            page = data[start + _FRAME.size : start + size]
            sums = _sums(data[start : start + 8], order, *sums)
            sums = _sums(page, order, *sums)
            if is_current and sums == head[4:]:
                continue
            bad = index
        if is_current and (commit or index > bad) and _was_whole(data, start + size, size, salts):
            return f"frame {bad + 1} of {frames} of the write-ahead log is damaged"
    return None


def _was_whole(data: bytes, end: int, size: int, salts: tuple[int, int]) -> bool:
    """Return whether the frame that ends at ``end`` was written to its end.

    It was if the file ends there, or if a frame of the same round follows it.
    """
    if end == len(data):
        return True
    return end + size <= len(data) and _FRAME.unpack_from(data, end)[2:4] == salts


def _sums(data: bytes, order: str, first: int, second: int) -> tuple[int, int]:
    for one, two in struct.iter_unpack(f"{order}II", data):
        first = (first + one + second) & _MASK
        second = (second + two + first) & _MASK
    return first, second
