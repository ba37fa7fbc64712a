"""Keeps on disk what one person's client remembers between two starts."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from client.saved_state import Saved
from runtime.private_files import make_private_folder, read_private, replace_private

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def load(path: Path, on_damage: Callable[[Path], None] | None = None) -> Saved:
    """Return what is kept in the file; nothing, where there is none or it cannot be read.

    What a damaged file held stays beside it under the name that ``on_damage`` is called with.
    """
    try:
        data = read_private(path)
    except OSError:
        return Saved()
    try:
        return msgspec.convert(json.loads(data), Saved)
    except (ValueError, msgspec.ValidationError, RecursionError):
        aside = path.with_name(f"{path.name}.damaged")
        with suppress(OSError):
            path.replace(aside)
            if on_damage is not None:
                on_damage(aside)
        return Saved()


class Store:
    """Writes to the file at ``path``, mode 0600, as a whole each time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written = b""

    def write(self, saved: Saved) -> str:
        """Keep ``saved``; return an empty text, or in the system's words why it is not kept."""
        # The standard library's JSON keeps lone surrogates, which a paste may bring into a draft.
        data = json.dumps(msgspec.to_builtins(saved)).encode()
        if data == self._written:
            return ""
        try:
            make_private_folder(self._path.parent)
            replace_private(self._path, data)
        except OSError as error:
            self._written = b""
            return error.strerror or str(error)
        self._written = data
        return ""
