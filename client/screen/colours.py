"""Which of the name colours a person has: the same in every room, after every start."""

from __future__ import annotations

from typing import Final
from zlib import crc32

COLOURS: Final = 16
"""The styles ``nick.0`` … ``nick.15``."""
OWN: Final = "class:nick.own"


def nick_style(name: str, own_name: str = "") -> str:
    """Return the style of a person's name; letter case makes no difference."""
    compared = name.casefold()
    if own_name and compared == own_name.casefold():
        return OWN
    return f"class:nick.{crc32(compared.encode(errors='replace')) % COLOURS}"
