"""The status line: how the connection is, what waits, and what went wrong. Pure."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final

from client.notices import Status
from client.screen.panes import SEPARATOR, away
from client.screen.sending import LATE_AFTER_S
from client.screen.width import cells, clip, printable_line
from client.settings import Notify
from protocol.happenings import until_when
from protocol.phrases import Phrase

if TYPE_CHECKING:
    from client.screen.dialogs import Dialogs
    from client.screen.fragments import Fragment, Row
    from client.screen.inquiring import Inquiries
    from client.screen.sending import Sending
    from client.screen.state import ScreenState

_EPSILON_S: Final = 1e-6
"""A deadline that was computed and reached is over, in spite of rounding."""
_LEVELS: Final = {
    Notify.ALL: Phrase.NOTIFY_ALL,
    Notify.MENTIONS: Phrase.NOTIFY_MENTIONS,
    Notify.MUTE: Phrase.NOTIFY_MUTE,
}


class StatusLine:
    """What the status line says.

    Attributes:
        retry_at: when the next attempt to connect is made.
        stopping: the broker said that it stops.
        over: the session is over.
        leaving: the person quits.
    """

    def __init__(
        self, state: ScreenState, sending: Sending, inquiries: Inquiries, dialogs: Dialogs
    ) -> None:
        self._state = state
        self._sending = sending
        self._inquiries = inquiries
        self._dialogs = dialogs
        self.retry_at = 0.0
        self.stopping = self.over = self.leaving = False

    def row(self, width: int, now: float) -> Row:
        """Return the status line, the most urgent first, cut at whole words of it."""
        words = [self._connection(now), *self._waiting(), *self._others(now)]
        row: Row = [("class:status", " ")]
        used = 1
        for style, text in words:
            start = SEPARATOR if used > 1 else ""
            if used + cells(start) + cells(text) > width:
                if used == 1:
                    row.append((style, clip(text, width - 1)))
                    used += cells(row[-1][1])
                break
            row += [("class:status", start), (style, text)]
            used += cells(start) + cells(text)
        return [*row, ("class:status", " " * max(0, width - used))]

    def next_deadline(self, now: float) -> float | None:
        """Return when the line says something else by itself, or None."""
        times = [self._state.flash.until if self._state.flash.text else None]
        if self._state.link.status is Status.WAITING:
            left = self._seconds_left(now)
            times.append(self.retry_at - left + 1 if left else None)
        else:
            times.append(self._changes_when_late(now))
        return min((time for time in times if time is not None), default=None)

    def _changes_when_late(self, now: float) -> float | None:
        since = self._waits_since()
        if since is None:
            return None
        waited = now - since + _EPSILON_S
        return since + (LATE_AFTER_S if waited < LATE_AFTER_S else int(waited) + 1)

    def _waits_since(self) -> float | None:
        """Return since when a command, a question or a heartbeat has had no answer."""
        times = (
            self._sending.waits_since(),
            self._inquiries.waits_since(),
            self._state.link.beat_waits_since,
        )
        return min((time for time in times if time is not None), default=None)

    def _connection(self, now: float) -> Fragment:
        state = self._state
        if self.leaving:
            return "class:status.waiting", state.say(Phrase.STATUS_LEAVING)
        if self.over:
            return "class:status.refused", state.say(Phrase.STATUS_OVER)
        match state.link.status:
            case Status.WAITING:
                return "class:status.waiting", self._reconnecting(now)
            case Status.CONNECTING:
                return "class:status.waiting", state.say(Phrase.STATUS_CONNECTING)
            case Status.CONNECTED:
                return self._connected(now)

    def _reconnecting(self, now: float) -> str:
        seconds = self._seconds_left(now)
        if not seconds:
            return self._state.say(Phrase.STATUS_CONNECTING)
        return self._state.say(Phrase.STATUS_RECONNECTING, seconds=seconds)

    def _seconds_left(self, now: float) -> int:
        return max(0, ceil(self.retry_at - now - _EPSILON_S))

    def _connected(self, now: float) -> Fragment:
        state = self._state
        since = self._waits_since()
        if self.stopping:
            return "class:status.late", state.say(Phrase.STATUS_STOPPING)
        waited = 0.0 if since is None else now - since + _EPSILON_S
        if waited >= LATE_AFTER_S:
            return "class:status.late", state.say(Phrase.STATUS_LATE, seconds=int(waited))
        if not state.tabs.focus.delivered:
            is_barred = state.tabs.focus.barred
            phrase = Phrase.STATUS_BARRED if is_barred else Phrase.STATUS_ENTERING
            return "class:status.waiting", state.say(phrase)
        if state.own.round_trip is None:
            return "class:status.ok", state.say(Phrase.STATUS_CONNECTED)
        ms = max(1, round(state.own.round_trip * 1000))
        return "class:status.ok", state.say(Phrase.STATUS_CONNECTED_IN, ms=ms)

    def _waiting(self) -> list[Fragment]:
        state, sending = self._state, self._sending
        words: list[Fragment] = []
        if sending.pending:
            words.append(
                ("class:status.waiting", self._count(Phrase.STATUS_PENDING, sending.pending))
            )
        if sending.delayed:
            words.append(("class:status.late", state.say(Phrase.STATUS_DELAYED)))
        if sending.refused:
            words.append(
                ("class:status.refused", self._count(Phrase.STATUS_REFUSED, sending.refused))
            )
        return words

    def _others(self, now: float) -> list[Fragment]:
        state = self._state
        words: list[Fragment] = []
        if state.flash.text and now < state.flash.until:
            words.append(("class:status.late", state.flash.text))
        if self._dialogs.has_answer:
            words.append(("class:status.late", state.say(Phrase.STATUS_ANSWER)))
        if state.tabs.focus.excerpt:
            words.append(("class:status.late", state.say(Phrase.STATUS_EXCERPT)))
        words += self._held_back()
        if state.own.name:
            words.append(("class:status", printable_line(state.own.name)))
        if state.link.holes:
            words.append(self._holes())
        words.append(("class:status", state.say(_LEVELS[state.tabs.focus.level])))
        if not state.fold:
            words.append(("class:status", state.say(Phrase.STATUS_UNFOLDED)))
        return words

    def _held_back(self) -> list[Fragment]:
        """Return what the person may not do here, or has told of themselves."""
        state = self._state
        words: list[Fragment] = []
        mutes = (state.tabs.focus.muted, state.own.muted)
        ends = [end for end in mutes if end is not None and (end == 0 or end > state.at)]
        if ends:
            last = 0 if 0 in ends else max(ends)
            shown = until_when(state.settings.language, last, state.time_of)
            words.append(("class:status.refused", state.say(Phrase.STATUS_MUTED, until=shown)))
        if state.own.away:
            words.append(("class:status.late", away(state, state.own.why)))
        return words

    def _holes(self) -> Fragment:
        link = self._state.link
        phrase = Phrase.STATUS_HOLE if link.holes == 1 else Phrase.STATUS_HOLES
        style = "class:status.late" if link.has_hole else "class:status"
        return style, self._state.say(phrase, holes=link.holes, repaired=link.repaired)

    def _count(self, phrase: Phrase, count: int) -> str:
        return self._state.say(phrase, count=count)
