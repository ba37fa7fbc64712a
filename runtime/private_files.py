"""Files that only their owner may read, replaced as a whole."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def make_private_folder(path: Path) -> None:
    """Make a folder that only its owner may enter; one that is there is left as it is.

    Folders above it that are missing are made as usual.

    Raises:
        OSError: it cannot be made.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def read_private(path: Path) -> bytes:
    """Return what a file holds, unless somebody has put a link to another file in its place.

    Raises:
        OSError: it cannot be read, or is such a link.
    """
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
        return file.read()


def replace_private(path: Path, data: bytes) -> None:
    """Put ``data`` in the place of what the file held; whoever reads sees the one or the other.

    A power cut may undo it. Two writers at the same time need a lock of their own.

    Raises:
        OSError: it cannot be written; the file is as it was.
    """
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)  # left by a kill, and perhaps readable by others
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
