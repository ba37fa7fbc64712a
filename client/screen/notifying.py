"""When the bell rings and a desktop notification is shown: seldom enough to stay welcome. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from client.screen.effects import Bell, DesktopNotification
from client.screen.width import clip, printable_line
from client.settings import Desktop, Notify
from protocol.phrases import Phrase

if TYPE_CHECKING:
    from client.screen.state import ScreenState
    from client.screen.tabs import Tab
    from client.screen.transcript import Spoke

PAUSE_S: Final = 3.0
"""Between two notifications; what comes in between is counted and told together."""
_BODY_CELLS: Final = 200


@dataclass(slots=True)
class _Waiting:
    """The newest message that nobody was told of yet, and how many there are."""

    tab: Tab
    spoken: Spoke
    count: int = 1


class Notifier:
    """Tells of what is said where nobody looks."""

    def __init__(self, state: ScreenState) -> None:
        self._state = state
        self._quiet_until = 0.0
        self._waiting: _Waiting | None = None

    def spoken(self, tab: Tab, spoken: Spoke, now: float) -> None:
        """Somebody else said something."""
        if not self._is_wanted(tab, spoken):
            return
        before = self._waiting.count if self._waiting else 0
        self._waiting = _Waiting(tab, spoken, before + 1)
        self.tick(now)

    def called(self, now: float) -> None:
        """Somebody called the person by something else than words."""
        if self._state.settings.bell and now >= self._quiet_until:
            self._quiet_until = now + PAUSE_S
            self._state.effects.append(Bell())

    def tick(self, now: float) -> None:
        """Tell of what waited for the end of the pause."""
        waiting = self._waiting
        if waiting is None or now < self._quiet_until:
            return
        self._waiting = None
        if self._is_seen(waiting.tab):
            return
        self._quiet_until = now + PAUSE_S
        settings = self._state.settings
        if settings.bell:
            self._state.effects.append(Bell())
        if settings.desktop is not Desktop.OFF:
            self._state.effects.append(self._notification(waiting))

    def next_deadline(self) -> float | None:
        """Return when :meth:`tick` has something to do, or None."""
        return self._quiet_until if self._waiting else None

    def _is_wanted(self, tab: Tab, spoken: Spoke) -> bool:
        if tab.level is Notify.MUTE or self._is_seen(tab):
            return False
        return tab.level is Notify.ALL or tab.private or spoken.mention

    def _is_seen(self, tab: Tab) -> bool:
        return self._state.watching and tab is self._state.tabs.focus and tab.transcript.at_end

    def _notification(self, waiting: _Waiting) -> DesktopNotification:
        name = printable_line(waiting.spoken.name)
        room = printable_line(waiting.tab.name)
        title = self._state.say(Phrase.NOTIFICATION_TITLE, name=name, room=room)
        if waiting.tab.private:
            title = name
        body = clip(printable_line(waiting.spoken.text), _BODY_CELLS)
        if waiting.count > 1:
            body += f" ({self._state.say(Phrase.NOTIFICATION_MORE, count=waiting.count - 1)})"
        return DesktopNotification(title, body)
