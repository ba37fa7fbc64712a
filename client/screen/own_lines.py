"""A person's own messages from Enter until they are in the room, or are taken back. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.screen.entries import OwnLine, Progress

if TYPE_CHECKING:
    from client.screen.blocks import Blocks


class OwnLines:
    """What is shown after everything else in one room.

    Args:
        blocks: shows them.
    """

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self._lines: dict[int, OwnLine] = {}

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._lines)

    def pending(self, serial: int, at: int, text: str, *, action: bool = False) -> None:
        """Show an own message, after everything else, until it arrives."""
        self._lines[serial] = OwnLine(at, text, action)
        self._show()

    def settled(self, serial: int) -> None:
        """An own message is acknowledged, and will arrive."""
        if line := self._lines.get(serial):
            line.progress = Progress.SETTLED

    def arrived(self, serial: int) -> None:
        """An own message is in the room."""
        self.take_back(serial)

    def refused(self, serial: int, reason: str) -> None:
        """An own message was refused; it is shown with the reason until it is taken back."""
        if line := self._lines.get(serial):
            line.progress, line.reason = Progress.REFUSED, reason

    def take_back(self, serial: int) -> str:
        """Remove an own message that is not in the room; return its text, empty if unknown."""
        line = self._lines.pop(serial, None)
        self._show()
        return line.text if line else ""

    def _show(self) -> None:
        self._blocks.own = tuple(self._lines.values())
