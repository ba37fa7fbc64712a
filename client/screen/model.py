"""Everything that the full screen shows, and what every key does to it. Pure.

The program around it passes in what the link tells, what is typed, and the time (``now`` monotonic
in seconds, ``at`` in milliseconds since 1970). After each of these it takes the effects, and paints
what the methods of the last section return.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from client.screen import candidates, panes
from client.screen.carrying import Carrying
from client.screen.composing import Composing
from client.screen.dialogs import Dialogs
from client.screen.effects import InsertText
from client.screen.hearing import Hearing, Parts
from client.screen.inquiring import Inquiries
from client.screen.keeping import adopt, read_mark, to_keep
from client.screen.keyboard import Keyboard
from client.screen.keymap import When
from client.screen.membership import Membership
from client.screen.navigation import Navigation
from client.screen.notifying import Notifier
from client.screen.reading import Reading
from client.screen.sending import Sending
from client.screen.session import SessionDesk
from client.screen.state import ScreenState
from client.screen.status import StatusLine
from client.screen.tabs import Draft, Tabs
from client.screen.transcript import NoteKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from client.link import Link
    from client.notices import Notice
    from client.saved_state import Saved
    from client.screen.candidates import Candidate
    from client.screen.effects import Effect
    from client.screen.fragments import Row
    from client.screen.keymap import Action
    from client.screen.look import LocalTime
    from client.screen.panes import Panes
    from client.screen.prompts import Field
    from client.settings import ClientSettings
    from protocol.phrases import Language

AT_ONCE: Final = 0.0
"""A deadline that has passed."""


class Model:
    """The full screen.

    Args:
        link: the connection; the model submits commands and asks questions on it.
        settings: what the person chose.
        local: turns milliseconds since 1970 into the local time of day.
        saved: what was kept of the last run.

    Attributes:
        settings: what the person chose.
    """

    def __init__(
        self,
        link: Link,
        settings: ClientSettings,
        local: Callable[[int], LocalTime],
        saved: Saved,
    ) -> None:
        self.settings = settings
        fold = settings.fold_presence if saved.fold is None else saved.fold
        self._state = state = ScreenState(link, settings, local, saved, fold)
        state.own.name = settings.name
        state.tabs = Tabs(state.new_tab(state.first_room))
        self._sending = Sending(state)
        self._notifier = Notifier(state)
        self._reading = Reading(state, self._sending, self._notifier)
        self._dialogs = Dialogs(state)
        self._membership = Membership(state, self._sending, self._notifier)
        self._inquiries = Inquiries(state, self._dialogs, self._membership, self._sending)
        self._status = StatusLine(state, self._sending, self._inquiries, self._dialogs)
        self._session = SessionDesk(
            state, self._sending, self._reading, self._membership, self._dialogs, self._status
        )
        carrying = Carrying(
            state, self._sending, self._dialogs, self._session, self._membership, self._inquiries
        )
        self._composing = Composing(state, self._sending, self._dialogs, carrying)
        self._navigation = Navigation(
            state,
            self._reading,
            self._dialogs,
            show_rooms=saved.show_rooms,
            show_people=saved.show_people,
        )
        self._keyboard = Keyboard(
            state, self._dialogs, self._navigation, self._composing, self._session
        )
        parts = Parts(
            sending=self._sending,
            reading=self._reading,
            membership=self._membership,
            inquiries=self._inquiries,
            session=self._session,
            composing=self._composing,
            status=self._status,
        )
        self._hearing = Hearing(state, parts)
        self._has_window = True
        self._mark = ("", 0)
        self._beat: float | None = None
        self._sending.restore(saved)
        state.load_draft()
        self._session.start(settings.name)

    # ---- from the program around it

    def opened(self, session: int, name: str) -> None:
        """A session was opened on the link under ``name``."""
        self._session.opened(session, name)

    def name_in_use(self, name: str) -> None:
        """``name`` is in use by another client of this machine: ask for another."""
        self._session.name_in_use(name)

    def adopt(self, saved: Saved) -> None:
        """The person goes on under another name, of which ``saved`` is kept."""
        adopt(self._state, self._sending, self._navigation, saved)

    def tell(self, sentence: str, at: int) -> None:
        """Something went wrong in the program around the model: tell the person."""
        self._state.note(at, sentence, NoteKind.ERROR)

    def notice(self, notices: Iterable[Notice], now: float, at: int) -> None:
        """Take what happened on the link."""
        self._state.now, self._state.at = now, at
        self._sending.show_restored(at)
        for notice in notices:
            self._hearing.hear(notice, now, at)
        beat = self._state.link.round_trip
        if beat != self._beat:
            self._beat = self._state.own.round_trip = beat
        self._happened(now, at)

    def tick(self, now: float, at: int) -> None:
        """Do what is due by now; paint afterwards."""
        self._state.now, self._state.at = now, at
        self._notifier.tick(now)
        self._reading.tick(now)
        self._inquiries.tick(now)
        self._session.tick(now)
        self._dialogs.look_on()
        if self._state.flash.until <= now:
            self._state.flash.text = ""
        self._happened(now, at)

    def next_deadline(self) -> float | None:
        """Return when :meth:`tick` has something to do, or None."""
        if self._dialogs.is_looking():
            return AT_ONCE
        times = (
            self._notifier.next_deadline(),
            self._reading.next_deadline(),
            self._inquiries.next_deadline(),
            self._session.next_deadline(),
            self._status.next_deadline(self._state.now),
        )
        return min((time for time in times if time is not None), default=None)

    def take_effects(self) -> list[Effect]:
        """Return what the program is to do, in order, and forget it."""
        taken, self._state.effects = self._state.effects, []
        return taken

    def saved(self) -> Saved:
        """Return what is to be kept for the next run."""
        return to_keep(self._state, self._sending, self._navigation)

    def focused(self, is_focused: bool, now: float, at: int) -> None:
        """The terminal's window got or lost the keyboard."""
        self._has_window = is_focused
        self._happened(now, at)

    # ---- from the keyboard

    def submit(self, text: str, now: float, at: int) -> None:
        """Enter in the input: say it or carry it out; in a prompt, answer it.

        The input is not to be cleared by the caller: ``LoadDraft`` says when, and a line that
        cannot be carried out stays.
        """
        self._state.now, self._state.at = now, at
        if self.mode is When.PROMPT:
            self._session.answer(text)
        else:
            self._composing.submit(text, now, at)
        self._happened(now, at)

    def do(self, action: Action, now: float, at: int) -> None:
        """Carry out an action that the input box and the terminal leave to the model."""
        self._state.now, self._state.at = now, at
        self._keyboard.do(action, now, at)
        self._happened(now, at)

    def draft_changed(self, text: str, cursor: int) -> None:
        """The input was edited."""
        self._composing.changed(text, cursor)
        self._session.stay_while(text)
        self._dialogs.show_answer()

    def typed_over(self, text: str, now: float, at: int) -> None:
        """Something was typed or pasted over a page: it goes where it would without the page."""
        self._state.now, self._state.at = now, at
        self._dialogs.close()
        if self.mode is When.PROMPT:
            self._state.effects.append(InsertText(" ".join(text.split("\n"))))
        elif self._composing.pasted(text):
            self._state.effects.append(InsertText(text))
        self._look(now, at)

    def edited(self, room: str, text: str) -> None:
        """The draft of a room, shown or not, was edited in another program."""
        tab = self._state.tabs.find(room) or self._state.tabs.focus
        tab.draft = Draft(text, len(text))
        if text and tab is self._state.tabs.focus:
            self._dialogs.set_aside()
        self._state.load_draft()
        self._state.save()

    def field_changed(self, text: str) -> None:
        """The field's text was edited (search, switcher, prompt)."""
        self._dialogs.field_changed(text)

    def pasted(self, text: str) -> bool:
        """Return whether a paste goes into the input; if not, the person is asked first."""
        return self._composing.pasted(text)

    def candidates(self, before_cursor: str) -> list[Candidate]:
        """Return the completions of what stands before the cursor, the best first."""
        state = self._state
        return candidates.complete(before_cursor, state)

    def hint(self, text: str) -> str:
        """Return how the command that is being typed is used, or an empty string."""
        return candidates.usage(text, self.language)

    # ---- what is shown

    @property
    def language(self) -> Language:
        """The language of all sentences."""
        return self.settings.language

    @property
    def mode(self) -> When:
        """What has the keys now; never ``ALWAYS``."""
        return self._dialogs.mode

    @property
    def focus(self) -> str:
        """The room that is shown."""
        return self._state.tabs.focus.room

    @property
    def draft(self) -> Draft:
        """What the input shows: ``text`` and ``cursor``."""
        return self._state.tabs.focus.draft

    @property
    def input_history(self) -> Sequence[str]:
        """What was sent from this room, newest last."""
        return self._state.tabs.focus.inputs

    @property
    def field(self) -> Field | None:
        """The line that takes the keys instead of the input: ``label`` and ``text``.

        There is one in the modes FINDING, SWITCHER and PROMPT.
        """
        return self._dialogs.field

    @property
    def at_end(self) -> bool:
        """Whether the newest message of the room is on the screen."""
        focus = self._state.tabs.focus
        return focus.transcript.at_end and not focus.excerpt

    def panes(self, columns: int) -> Panes:
        """Return how wide the panes are on a screen of so many columns; 0 for a hidden one."""
        shown = self._navigation
        shown.columns = columns
        return panes.pane_widths(
            self.settings, columns, show_rooms=shown.show_rooms, show_people=shown.show_people
        )

    def title(self) -> str:
        """Return the terminal's title, safe to be sent."""
        return panes.title(self._state)

    def topic_row(self, width: int) -> Row:
        """Return the line above the messages."""
        return panes.topic_row(self._state, width)

    def rooms_rows(self, width: int, height: int) -> list[Row]:
        """Return the pane on the left."""
        return panes.rooms_rows(self._state, width, height)

    def people_rows(self, width: int, height: int) -> list[Row]:
        """Return the pane on the right."""
        return panes.people_rows(self._state, width, height)

    def message_rows(self, width: int, height: int) -> list[Row]:
        """Return the messages of the room in focus."""
        return self._state.tabs.focus.lines.rows(width, height)

    def status_row(self, width: int, now: float) -> Row:
        """Return the status line."""
        return self._status.row(width, now)

    def prompt_row(self, width: int) -> Row:
        """Return the question above the input or field, or what a search says; else nothing."""
        return self._dialogs.prompt_row(width)

    def overlay_rows(self, width: int, height: int) -> list[Row]:
        """Return the page over the messages in modes OVERLAY and SWITCHER, else nothing."""
        return self._dialogs.overlay_rows(width, height)

    # ---- helpers

    def _happened(self, now: float, at: int) -> None:
        """Anything may have changed: see what is open now, and what follows from it."""
        self._dialogs.show_answer()
        self._look(now, at)

    def _look(self, now: float, at: int) -> None:
        """See what is looked at now, and what follows from it."""
        self._state.now, self._state.at = now, at
        self._sending.show_restored(at)
        self._sending.mark_changes()
        state = self._state
        state.watching = self._has_window and not self._dialogs.covers_messages
        state.watch()
        self._session.stay_while(self.draft.text)
        self._inquiries.fetch(state.tabs.focus)
        self._reading.fetch_older(state.tabs.focus, now)
        mark = read_mark(state, state.tabs.focus)
        if mark != self._mark:
            self._mark = mark
            state.save()
