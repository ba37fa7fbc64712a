"""What each key of the table does to the model; those that move about are in navigation. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.screen.help import help_lines
from client.screen.keymap import Action, When
from protocol.phrases import Phrase

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.screen.composing import Composing
    from client.screen.dialogs import Dialogs
    from client.screen.navigation import Navigation
    from client.screen.session import SessionDesk
    from client.screen.state import ScreenState


class Keyboard:
    """Carries out actions."""

    def __init__(
        self,
        state: ScreenState,
        dialogs: Dialogs,
        navigation: Navigation,
        composing: Composing,
        session: SessionDesk,
    ) -> None:
        self._state = state
        self._dialogs = dialogs
        self._navigation = navigation
        self._composing = composing
        self._session = session
        self._actions: dict[Action, Callable[[float, int], None]] = {
            Action.CLEAR_OR_QUIT: lambda now, _: self._clear_or_quit(now),
            Action.QUIT: lambda now, _: session.quit(now),
            Action.TAKE_BACK: lambda now, _: composing.take_back(now),
            Action.SWITCHER: lambda _, __: dialogs.switch(),
            Action.FIND: lambda _, __: dialogs.find(),
            Action.HELP: lambda _, __: self._help(),
            Action.OLDER: lambda _, __: dialogs.find_next(backward=True),
            Action.NEWER: lambda _, __: dialogs.find_next(backward=False),
            Action.SELECT_PREVIOUS: lambda _, __: dialogs.select(-1),
            Action.SELECT_NEXT: lambda _, __: dialogs.select(1),
            Action.ACCEPT: lambda now, _: self._accept(now),
            Action.CANCEL: lambda _, __: dialogs.close(),
            Action.PASTE_SEND: composing.send_paste,
            Action.PASTE_EDIT: lambda _, __: composing.edit_paste(),
        }

    def do(self, action: Action, now: float, at: int) -> None:
        """Carry out an action, unless it is the input's own."""
        if not self._navigation.do(action, now) and (act := self._actions.get(action)):
            act(now, at)

    def _clear_or_quit(self, now: float) -> None:
        if self._dialogs.is_open:
            self._dialogs.close()
        elif self._dialogs.mode is When.PROMPT or not self._composing.clear(now):
            self._session.clear_or_quit(now)

    def _help(self) -> None:
        if self._dialogs.overlay:
            self._dialogs.close()
        else:
            title = self._state.say(Phrase.HELP_OVERLAY_TITLE)
            self._dialogs.page(title, help_lines(self._state.settings.language))

    def _accept(self, now: float) -> None:
        choice = self._dialogs.choice
        if self._dialogs.mode is When.LIST:
            self._dialogs.take(now)
            return
        if self._dialogs.mode is When.PROMPT and self._dialogs.prompt:
            self._session.answer(self._dialogs.prompt.field.text)
        elif choice is not None:
            self._navigation.go_to(choice)
        else:
            self._dialogs.close(restore=False)
