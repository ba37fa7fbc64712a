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
        mark: the number after which the rule stands; what is read may be further.
        messages: how many messages above it are known.
        mentions: how many of these call the person.
        rule: the place of the first unread message, also after it is read; None if there is none.
    """

    def __init__(self) -> None:
        self.read = 0
        self.mark = 0
        self.messages = 0
        self.mentions = 0
        self.rule: int | None = None
        self._calls: list[int] = []
        self._lowest = 0

    def start_after(self, number: int) -> None:
        """All is read up to ``number``."""
        self.read = self.mark = number

    def heard(self, message: Heard, *, is_seen: bool) -> None:
        """A message arrived after all others, before the person's eyes if ``is_seen``."""
        self._lowest = self._lowest or message.number
        if message.mention:
            self._calls.append(message.place)
        if message.number > self.read and not is_seen:
            if not self.messages:
                self.rule, self.mark = message.place, self.read
            self.messages += 1
            self.mentions += message.mention

    def fetched(self, older: Sequence[Heard], place: int, moved: int) -> None:
        """Messages arrived, in order, that come before all others that have numbers.

        Args:
            older: the messages; those that were held before, and dropped, are counted already.
            place: they stand before it.
            moved: how far up what stood there, and is numbered by another journal, has moved.
        """
        before = bisect_left(self._calls, place)
        self._calls[:before] = [
            *(call - moved for call in self._calls[:before]),
            *(message.place for message in older if message.mention),
        ]
        unread = [message for message in older if message.number > self.read]
        if self.rule is not None and self.rule < place:
            self.rule -= moved
        above = [message for message in older if message.number > self.mark]
        is_first = self.rule is None or self.rule >= place or bool(unread and not self.messages)
        if above and is_first:
            self.rule = above[0].place
        new = [message for message in unread if not self._lowest or message.number < self._lowest]
        self.messages += len(new)
        self.mentions += sum(message.mention for message in new)
        if older:
            self._lowest = min(self._lowest or older[0].number, older[0].number)

    def renumbered(self) -> None:
        """The numbers start afresh: nothing of what they count now is read."""
        self.read = self.mark = self._lowest = 0

    def read_to(self, number: int) -> None:
        """Everything is read, up to ``number``."""
        self.read = max(self.read, number)
        self.messages = self.mentions = 0
        if self.rule is None:
            self.mark = self.read

    def erase_rule(self) -> None:
        """The rule goes."""
        self.rule, self.mark = None, self.read

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
