"""What a terminal sends for the keys that are pressed in it."""

from __future__ import annotations

from typing import Final

_NAMED_KEYS: Final = {
    "enter": "\r", "tab": "\t", "s-tab": "\x1b[Z", "escape": "\x1b", "backspace": "\x7f",
    "delete": "\x1b[3~", "space": " ", "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C",
    "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F", "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~", "f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "f4": "\x1bOS",
    "f5": "\x1b[15~", "f6": "\x1b[17~", "f7": "\x1b[18~", "f8": "\x1b[19~", "f9": "\x1b[20~",
    "c-_": "\x1f",
}  # fmt: skip
PASTE_START, PASTE_END = "\x1b[200~", "\x1b[201~"
FOCUS_IN, FOCUS_OUT = "\x1b[I", "\x1b[O"


def key_bytes(key: str) -> str:
    """Return what a terminal sends for a key, named as in :mod:`client.screen.keymap`.

    Keys of a sequence are separated by spaces: ``escape a`` is Alt-A.
    """
    return "".join(_single_key(name) for name in key.split(" "))


def _single_key(name: str) -> str:
    if name in _NAMED_KEYS:
        return _NAMED_KEYS[name]
    if len(name) == len("c-a") and name.startswith("c-"):
        return chr(ord(name[-1].upper()) & 0x1F)
    if len(name) != 1:
        raise ValueError(f"there is no key {name!r}")
    return name
