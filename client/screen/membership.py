"""The rooms that the person enters and leaves, alone or by somebody else's doing. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.screen.transcript import NoteKind
from protocol import room_names
from protocol.commands import Join, Leave
from protocol.events import PUT_OUT, Said
from protocol.phrases import Phrase
from protocol.questions import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from client.notices import InvitedTo, RoomEntered, RoomEvents, RoomLeft
    from client.screen.notifying import Notifier
    from client.screen.sending import Sending
    from client.screen.state import ScreenState
    from client.screen.tabs import Tab
    from protocol.messages import Ignored, RoomHead, Welcome


class Membership:
    """Which rooms are on the screen, and which of them the person is in."""

    def __init__(self, state: ScreenState, sending: Sending, notifier: Notifier) -> None:
        self._state = state
        self._notifier = notifier
        self._sending = sending
        self._entering: dict[str, str] = {}  # and from which room that was wanted
        self._hidden: dict[str, RoomEntered] = {}

    # ---- from the person

    def join(self, room: str, now: float, *, private: bool = False) -> None:
        """Show a room, and enter it unless the person is there already.

        It is shown before the broker has answered: what is typed after it is for nowhere else.
        """
        tab, before = self._state.tab(room), self._state.tabs.focus
        self.show(tab)
        if tab.delivered and not tab.leaving:
            return
        tab.barred = tab.leaving = False
        if private:
            tab.kind = Kind.PRIVATE
        self._entering[room] = before.room
        self._sending.command(Join(room, private), now)

    def leave(self, room: str, now: float) -> None:
        """Leave a room; of one where the person is no more, the tab goes."""
        tab = self._state.tabs.find(room)
        if tab is not None and tab.barred:
            self._sending.drop_refused(tab)
            self._close(tab)
            return
        if tab is not None:
            tab.leaving = True
        self._entering.pop(room, None)
        self._sending.command(Leave(room), now)

    def show(self, tab: Tab) -> None:
        """Show a room."""
        if tab is not self._state.tabs.focus:
            self._state.tabs.go_to(tab)
            self._state.load_draft()
            self._state.save()

    # ---- from the broker

    def welcomed(self, welcome: Welcome) -> None:
        """The session is known to the broker, in these rooms."""
        own = self._state.own
        own.away, own.why = welcome.away, welcome.why
        if welcome.id != own.id:  # acts are on a person, who is another one now
            self._hidden.clear()
            for mutable in (own, *self._state.tabs):
                mutable.muted = None
        self._ignore(welcome.ignored)
        self._look_for_expected(welcome)
        for place in welcome.rooms:
            if not self._is_hidden(place):
                _describe(self._state.tab(place.room), place)

    def missing(self, welcome: Welcome) -> list[Join]:
        """Return what brings the person into the open rooms where the session is not.

        A conversation ends with the session in which it was. Who had left the lobby before a crash
        has not come to be in it again.
        """
        present = {place.room for place in welcome.rooms}
        has_left_lobby = welcome.resumed and present and self._state.first_room == welcome.lobby
        joins = []
        for tab in self._state.tabs:
            if tab.room in present:
                continue
            is_first = tab.room == self._state.first_room
            if tab.private or (is_first and has_left_lobby):
                tab.barred = True
            elif not tab.is_closed or is_first:
                joins.append(Join(tab.room, tab.kind is Kind.PRIVATE))
        return joins

    def entered(self, notice: RoomEntered) -> bool:
        """The session is in a room; return whether the room is to be shown at all."""
        room = notice.room
        self._entering.pop(room, None)
        if self._is_hidden(notice):
            self._hidden[room] = notice
            return False
        tab = self._state.tab(room)
        was_wanted_private = tab.kind is Kind.PRIVATE
        _describe(tab, notice)
        if was_wanted_private and tab.kind is Kind.PUBLIC:
            told = self._state.say(Phrase.ROOM_IS_PUBLIC, room=tab.name)
            tab.transcript.note(self._state.at, told, NoteKind.ERROR)
        if notice.entered and notice.entered.n and tab.private and not tab.delivered:
            self._show_begun(tab)
        self._state.save()
        return True

    def left(self, notice: RoomLeft, at: int) -> None:
        """The session is in a room no more."""
        self._hidden.pop(notice.room, None)
        tab = self._state.tabs.find(notice.room)
        if tab is None:
            return
        if notice.room in self._entering and not notice.code:  # the person comes back at once
            return
        is_wanted = tab.leaving
        tab.barred, tab.leaving = True, False
        if notice.code:
            told = self._state.refusal(notice.code, notice.fields)
            tab.transcript.note(at, told, NoteKind.ERROR)
        elif is_wanted and not tab.has_words:
            self._close(tab)
        elif notice.reason not in PUT_OUT:
            told = self._state.say(Phrase.ROOM_LOST, room=tab.name)
            tab.transcript.note(at, told, NoteKind.ERROR)
            tab.transcript.note(at, self._state.say(tab.way_in, name=tab.name))

    def refused(self, command: Join | Leave) -> None:
        """The session was not let into a room, or was not in it; words for it stay in its tab."""
        tabs = self._state.tabs
        before = tabs.find(self._entering.pop(command.room, ""))
        tab = tabs.find(command.room)
        if tab is None:
            return
        has_left, tab.leaving = tab.leaving, False
        tab.barred = not tab.delivered
        if not tab.barred or tab.has_words:
            return
        if has_left and len(tabs) > 1:
            self._close(tab)
        elif before is not None and tab is tabs.focus:
            self.show(before)

    def invited(self, notice: InvitedTo, now: float, at: int) -> None:
        """Somebody wants the person in a room."""
        if notice.by in self._state.own.ignored:
            return
        room = room_names.shown(notice.room)
        self._state.note(at, self._state.say(Phrase.INVITES_YOU, name=notice.name, room=room))
        self._notifier.called(now)

    def ignoring(self, ignored: Iterable[Ignored], at: int) -> list[RoomEntered]:
        """Other people's words are hidden now; return the conversations that are no more."""
        before = self._state.own.ignored
        self._ignore(ignored)
        after = self._state.own.ignored
        for id_ in after.keys() - before.keys():
            self._state.note(at, self._state.say(Phrase.IGNORED_NOW, name=after[id_]))
        for id_ in before.keys() - after.keys():
            self._state.note(at, self._state.say(Phrase.IGNORED_NO_MORE, name=before[id_]))
        shown = [notice for notice in self._hidden.values() if not self._is_hidden(notice)]
        for notice in shown:
            del self._hidden[notice.room]
        return shown

    def spoken_in(self, notice: RoomEvents) -> RoomEntered | None:
        """Return the conversation, hidden so far, in which the person has spoken now."""
        hidden = self._hidden.get(notice.room)
        own = self._state.own.id
        if hidden is None or not any(
            isinstance(event, Said) and event.author == own for event in notice.events
        ):
            return None
        self._state.tab(notice.room)  # there is something of the person's to be seen
        return self._hidden.pop(notice.room)

    # ---- helpers

    def _ignore(self, ignored: Iterable[Ignored]) -> None:
        self._state.own.ignored = {person.id: person.name for person in ignored}
        self._state.restyle()

    def _look_for_expected(self, welcome: Welcome) -> None:
        """Go on without the rooms of the last run where the person is no more."""
        present = {place.room for place in welcome.rooms}
        for tab in [tab for tab in self._state.tabs if tab.expected]:
            tab.expected = False
            if tab.room in present or self._sending.enters(tab.room):
                continue
            if tab.has_words:
                tab.barred = welcome.resumed  # they were put out, or else nobody knows them
            else:
                self._close(tab)

    def _is_hidden(self, place: RoomEntered | RoomHead) -> bool:
        """Return whether it is a conversation with somebody ignored, which is not open here."""
        is_ignored = place.kind is Kind.TALK and place.other in self._state.own.ignored
        return is_ignored and self._state.tabs.find(place.room) is None

    def _show_begun(self, tab: Tab) -> None:
        """Show a conversation that the person began, unless they are writing something else."""
        focus = self._state.tabs.focus
        if focus.draft.text and focus is not tab:
            self._state.note(self._state.at, self._state.say(Phrase.TALK_BEGUN, name=tab.name))
        else:
            self.show(tab)

    def _close(self, tab: Tab) -> None:
        """Take a tab away, or say that it was the last one."""
        tabs = self._state.tabs
        if len(tabs) == 1:
            tab.barred = True
            self._state.note(self._state.at, self._state.say(Phrase.ROOMLESS))
            return
        is_shown = tab is tabs.focus
        tabs.remove(tab)
        if is_shown:
            self._state.load_draft()
        self._state.save()


def _describe(tab: Tab, place: RoomEntered | RoomHead) -> None:
    tab.kind, tab.subject, tab.barred = place.kind, place.subject, False
    tab.other, tab.other_name = place.other, place.other_name or tab.other_name
