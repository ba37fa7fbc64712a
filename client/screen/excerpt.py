"""An older part of a room, shown in place of its newest lines until the person goes back. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol.questions import Page

if TYPE_CHECKING:
    from client.screen.transcript import Transcript
    from protocol.messages import Events


class Excerpt:
    """What is around one message; more is fetched as somebody goes up or down.

    Args:
        room: whose lines they are.
        number: of the message, or of what comes first after a time.
        transcript: an empty one.
        page: how many events are asked for at once.

    Attributes:
        transcript: the lines.
        number: of the message.
    """

    def __init__(self, room: str, number: int, transcript: Transcript, page: int) -> None:
        self.transcript = transcript
        self._room = room
        self.number = number
        self._page = page
        self._asked: Page | None = None
        self._is_cut_off = False

    def question(self, newest: int) -> Page | None:
        """Return what is to be asked for now; None if nothing is, or an answer is awaited.

        ``newest`` is the room's last number.
        """
        if self._asked is None and not self._is_cut_off:
            self._asked = self._next(newest)
            return self._asked
        return None

    def _next(self, newest: int) -> Page | None:
        lines, number = self.transcript, self.number
        if not lines.last:
            return Page(self._room, max(1, number - self._page // 2), number + self._page // 2)
        if lines.wants_older:
            return Page(self._room, max(1, lines.first - self._page), lines.first - 1)
        if lines.wants_newer and lines.last < newest:
            return Page(self._room, lines.last + 1, min(lines.last + self._page, newest))
        return None

    def answered(self, page: Events) -> bool:
        """Take the answer; return whether there is anything to be shown."""
        asked, self._asked = self._asked, None
        if asked is None:
            return True
        if not self.transcript.last:
            self.transcript.start_unread_after(max(page.head, asked.last))
            self.transcript.prepend(page.events, page.oldest)
            self.transcript.point_at(self.number)
        elif asked.first > self.transcript.last:
            self.transcript.append_below(page.events)
            self._is_cut_off = self.transcript.last < asked.first
        else:
            self.transcript.prepend(page.events, page.oldest)
        return bool(self.transcript.last)

    def refused(self) -> None:
        """The broker does not tell more."""
        self._asked, self._is_cut_off = None, True

    def is_over(self, newest: int) -> bool:
        """Return whether the person has gone down to the newest line."""
        lines = self.transcript
        return bool(lines.last) and lines.at_end and lines.last >= newest and not self._asked
