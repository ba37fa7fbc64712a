"""Moving about: between rooms, and up and down in the one that is shown. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from client.screen.keymap import ROOM_ACTIONS, Action
from client.settings import Notify
from protocol.phrases import Phrase

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.screen.dialogs import Dialogs
    from client.screen.reading import Reading
    from client.screen.state import ScreenState
    from client.screen.tabs import Tab

_NEXT_LEVEL: Final = {
    Notify.ALL: Notify.MENTIONS,
    Notify.MENTIONS: Notify.MUTE,
    Notify.MUTE: Notify.ALL,
}


class Navigation:
    """Carries out the keys that move.

    Attributes:
        show_rooms: whether the list of rooms is shown, where there is space.
        show_people: whether the list of people is shown, where there is space.
        columns: how wide the screen is; None before it was painted.
    """

    def __init__(
        self,
        state: ScreenState,
        reading: Reading,
        dialogs: Dialogs,
        *,
        show_rooms: bool,
        show_people: bool,
    ) -> None:
        self._state = state
        self._reading = reading
        self._dialogs = dialogs
        self.show_rooms = show_rooms
        self.show_people = show_people
        self.columns: int | None = None
        self._actions: dict[Action, Callable[[float], None]] = {
            Action.NEXT_ROOM: lambda _: self.go_to(state.tabs.step(1)),
            Action.PREVIOUS_ROOM: lambda _: self.go_to(state.tabs.step(-1)),
            Action.LAST_ROOM: lambda _: self.go_to(state.tabs.last()),
            Action.NEXT_ACTIVE: self._next_active,
            Action.PAGE_UP: lambda now: self._page(-1, now),
            Action.PAGE_DOWN: lambda now: self._page(1, now),
            Action.LINE_UP: lambda now: self._line(-1, now),
            Action.LINE_DOWN: lambda now: self._line(1, now),
            Action.TO_END: lambda _: self._to_end(),
            Action.FIRST_UNREAD: self._first_unread,
            Action.NEXT_MENTION: lambda now: self._mention(now, backward=False),
            Action.PREVIOUS_MENTION: lambda now: self._mention(now, backward=True),
            Action.MARK_ALL_READ: lambda _: self._mark_all_read(),
            Action.TOGGLE_ROOMS: self._toggle_rooms,
            Action.TOGGLE_PEOPLE: self._toggle_people,
            Action.FOLD: self._fold,
            Action.NOTIFY_LEVEL: lambda _: self._next_level(),
        }

    def do(self, action: Action, now: float) -> bool:
        """Carry out an action; return whether it is one of these."""
        if action in ROOM_ACTIONS:
            self._go_to_place(ROOM_ACTIONS.index(action) + 1, now)
        elif move := self._actions.get(action):
            move(now)
        else:
            return False
        return True

    def go_to(self, tab: Tab) -> None:
        """Show a room; what was open over the one before is closed."""
        if self._dialogs.is_open:
            self._dialogs.close()
        if tab is not self._state.tabs.focus:
            self._state.tabs.go_to(tab)
            self._state.load_draft()
            self._state.save()

    # ---- between rooms

    def _go_to_place(self, number: int, now: float) -> None:
        tab = self._state.tabs.place(number)
        if tab is None:
            self._flash(Phrase.FLASH_NO_ROOM, now)
        else:
            self.go_to(tab)

    def _next_active(self, now: float) -> None:
        tab = self._state.tabs.next_active()
        if tab is None:
            self._flash(Phrase.FLASH_NOTHING_ACTIVE, now)
        else:
            self.go_to(tab)

    def _mark_all_read(self) -> None:
        for tab in self._state.tabs:
            tab.transcript.mark_read()

    # ---- in a room

    def _page(self, direction: int, now: float) -> None:
        lines = self._state.tabs.focus.lines
        if page := self._dialogs.page_shown:
            page.page(direction)
        elif direction < 0:
            lines.page_up()
            self._reading.fetch_older(self._state.tabs.focus, now)
        else:
            lines.page_down()

    def _line(self, direction: int, now: float) -> None:
        lines = self._state.tabs.focus.lines
        if page := self._dialogs.overlay:
            page.scroll(direction)
        elif self._dialogs.page_shown:
            self._dialogs.select(direction)
        elif direction < 0:
            lines.line_up()
            self._reading.fetch_older(self._state.tabs.focus, now)
        else:
            lines.line_down()

    def _to_end(self) -> None:
        self._state.tabs.focus.excerpt = None
        self._state.tabs.focus.transcript.to_end()

    def _first_unread(self, now: float) -> None:
        self._state.tabs.focus.excerpt = None
        if not self._state.tabs.focus.transcript.to_first_unread():
            self._flash(Phrase.FLASH_NO_UNREAD, now)

    def _mention(self, now: float, *, backward: bool) -> None:
        if not self._state.tabs.focus.lines.to_mention(backward=backward):
            self._flash(Phrase.FLASH_NO_MENTION, now)

    # ---- switches

    def _toggle_rooms(self, now: float) -> None:
        if self._has_space(now):
            self.show_rooms = not self.show_rooms
            self._state.save()

    def _toggle_people(self, now: float) -> None:
        if self._has_space(now):
            self.show_people = not self.show_people
            self._state.save()

    def _has_space(self, now: float) -> bool:
        """Return whether panes can be shown; else say why not."""
        needed = self._state.settings.narrow_below
        if self.columns is None or self.columns >= needed:
            return True
        self._state.show_briefly(self._state.say(Phrase.FLASH_TOO_NARROW, columns=needed), now)
        return False

    def _fold(self, now: float) -> None:
        self._state.fold = not self._state.fold
        self._state.restyle()
        self._flash(Phrase.FLASH_FOLDED if self._state.fold else Phrase.FLASH_UNFOLDED, now)
        self._state.save()

    def _next_level(self) -> None:
        tab = self._state.tabs.focus
        tab.level, tab.chosen = _NEXT_LEVEL[tab.level], True
        self._state.save()

    def _flash(self, phrase: Phrase, now: float) -> None:
        self._state.show_briefly(self._state.say(phrase), now)
