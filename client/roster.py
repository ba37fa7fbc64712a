"""The people of a room, asked for page by page. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from protocol.limits import ROSTER_PEOPLE
from protocol.messages import Who

if TYPE_CHECKING:
    from protocol.messages import People

FIRST_PAGE: Final = 200
"""People listed by somebody who did not ask for everybody."""


class Roster:
    """One listing: its first page, or everybody.

    Args:
        room: the room.
        everybody: ask on until all were listed.

    Attributes:
        question: what to ask next, None when the listing is complete.
        more: people who were not listed, once it is.
    """

    def __init__(self, room: str, *, everybody: bool) -> None:
        self.more = 0
        self.question: Who | None = Who(room, limit=ROSTER_PEOPLE if everybody else FIRST_PAGE)
        self._everybody = everybody
        self._listed = 0

    def answered(self, people: People) -> None:
        """Take the answer to the question."""
        self._listed += len(people.people)
        missing = max(0, people.total - self._listed)
        if self._everybody and missing and people.people:
            self.question = Who(people.room, people.people[-1].joined, ROSTER_PEOPLE)
        else:
            self.question, self.more = None, missing
