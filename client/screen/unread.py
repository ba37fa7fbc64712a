"""What of a room is read, where the first unread message is, and which messages call the person."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple


class Heard(NamedTuple):
    """A message of somebody else: its place, its number, and whether it calls the person."""

    place: int
    number: int
    mention: bool


class Unread:
    """Counts for one room.

    Attributes:
        read: the highest number that is read.
        messages: how many messages above it are known.
        mentions: how many of these call the person.
        rule: the place of the first unread message, also after it is read; None if there is none.
    """

    def __init__(self) -> None:
        self.read = 0
        self.messages = 0
        self.mentions = 0
        self.rule: int | None = None
        self._calls: list[int] = []

    def heard(self, message: Heard, *, is_seen: bool) -> None:
        """A message arrived after all others, before the person's eyes if ``is_seen``."""
        if message.mention:
            self._calls.append(message.place)
        if message.number > self.read and not is_seen:
            if not self.messages:
                self.rule = message.place
            self.messages += 1
            self.mentions += message.mention

    def fetched(self, older: Sequence[Heard]) -> None:
        """Messages arrived, in order, that come before all others."""
        self._calls[:0] = [message.place for message in older if message.mention]
        unread = [message for message in older if message.number > self.read]
        if unread:
            self.rule = unread[0].place
            self.messages += len(unread)
            self.mentions += sum(message.mention for message in unread)

    def read_to(self, number: int) -> None:
        """Everything is read, up to ``number``."""
        self.read = max(self.read, number)
        self.messages = self.mentions = 0

    def dropped(self, start: int) -> None:
        """What is before the place ``start`` is no longer held."""
        del self._calls[: bisect_left(self._calls, start)]
        if self.rule is not None and self.rule < start:
            self.rule = None

    def call_before(self, place: int) -> int | None:
        """Return the place of the last message before ``place`` that calls the person."""
        index = bisect_left(self._calls, place)
        return self._calls[index - 1] if index else None

    def call_from(self, place: int) -> int | None:
        """Return the place of the first message from ``place`` on that calls the person."""
        index = bisect_left(self._calls, place)
        return self._calls[index] if index < len(self._calls) else None
