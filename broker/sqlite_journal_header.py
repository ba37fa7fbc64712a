"""What stands in the first bytes of a journal's file: whose it is, and in which format.

The format and the application stand in the file's header (SQLite's user_version and
application_id), not in a table: so they can be read without opening, and thereby changing, it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from protocol.errors import JournalCorrupt, JournalTooNew, JournalUnavailable

if TYPE_CHECKING:
    from pathlib import Path

FORMAT: Final = 2
"""The layout in :mod:`broker.journal_schema`.

A file of an older format is brought up to date; one of a later format is refused before anything in
it is touched.
"""

APPLICATION: Final = int.from_bytes(b"Hubb", "big")
"""Says that a database is a journal."""

_OLDEST: Final = 1
_MAGIC: Final = b"SQLite format 3\0"
_HEADER_BYTES: Final = 100
_FORMAT_PLACE: Final = slice(60, 64)
_APPLICATION_PLACE: Final = slice(68, 72)
_VERSIONS_PLACE: Final = slice(18, 20)
_VERSIONS: Final = frozenset({1, 2})  # of SQLite's own format: rollback journal, write-ahead log


def open_header(path: Path) -> None:
    """Check the head of the file; an absent one is made, empty and for its owner alone.

    Raises:
        JournalCorrupt: it is no database.
        JournalTooNew: a later Hubbub wrote it.
        JournalUnavailable: it cannot be opened.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor has no path
            header = file.read(_HEADER_BYTES)
    except OSError as error:
        raise JournalUnavailable(f"{path} cannot be opened: {error.strerror}") from error
    _check(path, header)


def check_header(path: Path) -> None:
    """Check the head of a file that is there, without opening it as a database.

    Raises:
        JournalCorrupt: it is no database.
        JournalTooNew: a later Hubbub wrote it.
        JournalUnavailable: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except OSError as error:
        raise JournalUnavailable(f"{path} cannot be read: {error.strerror}") from error
    _check(path, header)


def check_format(place: str, stored: int) -> None:
    """Check that this Hubbub reads the format ``stored``.

    Raises:
        JournalCorrupt: there never was such a format.
        JournalTooNew: a later Hubbub wrote it.
    """
    if stored > FORMAT:
        raise JournalTooNew(
            f"{place} was written by a later Hubbub (format {stored}; "
            f"this one reads up to {FORMAT}) and is left as it is"
        )
    if stored < _OLDEST:
        raise JournalCorrupt(f"{place} is damaged in its head")


def _check(path: Path, header: bytes) -> None:
    if not header:
        return
    if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
        raise JournalCorrupt(f"{path} is no database, or its head is damaged")
    if not _VERSIONS.issuperset(header[_VERSIONS_PLACE]):
        raise JournalCorrupt(f"{path} is damaged in its head")
    if int.from_bytes(header[_APPLICATION_PLACE], "big") == APPLICATION:
        check_format(str(path), int.from_bytes(header[_FORMAT_PLACE], "big"))
