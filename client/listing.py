"""One listing of the people of a room, asked for page by page. Pure.

Who keeps a list up to date instead has :mod:`client.screen.roster`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from protocol.limits import ROSTER_PEOPLE
from protocol.questions import Who

if TYPE_CHECKING:
    from protocol.questions import People

FIRST_PAGE: Final = 200
"""People listed by somebody who did not ask for everybody."""


class Listing:
    """Its first page, or everybody.

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
        if self.question is None:
            return
        page = people.people
        self._listed += len(page)
        missing = max(0, people.total - self._listed)
        # Who was listed and left since is no longer in the total, and another broker may list
        # fewer at once than we ask for: only both together say that nobody comes after these.
        is_whole = not page or (len(page) < self.question.limit and not missing)
        if self._everybody and not is_whole:
            self.question = Who(people.room, page[-1].joined, ROSTER_PEOPLE)
        else:
            self.question, self.more = None, missing
