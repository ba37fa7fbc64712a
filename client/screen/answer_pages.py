"""The broker's answers as pages and lists over the messages. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.screen.choices import Choice
from client.screen.overlays import Line
from protocol import room_names
from protocol.answer_lines import AnswerLines
from protocol.events import Said
from protocol.phrases import Phrase
from protocol.questions import BanList, Described, Kind
from protocol.rendering import Renderer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.screen.dialogs import Dialogs
    from client.screen.inquiring import Inquiries
    from client.screen.state import ScreenState
    from protocol.events import AnyEvent
    from protocol.questions import Found, Happened, Hit, RoomLine, Search


class AnswerPages:
    """Shows answers."""

    def __init__(self, state: ScreenState, dialogs: Dialogs, inquiries: Inquiries) -> None:
        self._state = state
        self._dialogs = dialogs
        self._inquiries = inquiries
        renderer = Renderer(state.settings.language, state.offset_at, lambda: state.at)
        self._lines = AnswerLines(renderer)

    def lines(self, answer: Described | BanList | Happened) -> None:
        """Show an answer that is only read."""
        say = self._state.say
        match answer:
            case Described():
                title, lines = answer.name, self._lines.described(answer)
            case BanList(room=room):
                title = say(Phrase.BANS_TITLE, room=self._name(room))
                lines = self._lines.bans(answer)
            case _:
                title = say(Phrase.ACTS_TITLE, room=self._name(answer.room))
                lines = self._lines.acts(answer.events)
        self._dialogs.answer(title, [Line("", line.strip()) for line in lines])

    def rooms(self, rooms: Sequence[RoomLine]) -> None:
        """Show the rooms; the one that is taken is entered."""
        title = self._state.say(Phrase.ROOMS_TITLE, count=len(rooms))
        self._dialogs.answer_list(title, [self._room(room) for room in rooms])

    def found(self, search: Search, hits: list[Hit], found: Found, before: int) -> None:
        """Show messages that were found; the one that is taken is shown in its place.

        The first that was not shown ``before`` is selected.
        """
        say = self._state.say
        choices = [self._message(hit.room, hit.event, with_room=True) for hit in hits]
        if found.older:
            more = say(Phrase.FOUND_MORE)
            search_on, older = self._inquiries.search_on, found.older
            choices.append(Choice("", more, lambda _: search_on(search, hits, older)))
        title = say(Phrase.FOUND_TITLE, words=search.words, count=len(hits))
        if found.behind:
            title += f" {say(Phrase.FOUND_BEHIND).removeprefix('-- ')}"
        self._choose(title, choices, Phrase.FOUND_NOTHING, before)

    def history(self, room: str, events: Sequence[AnyEvent], head: int = 0) -> None:
        """Show what was said in a room, the newest selected.

        If there is more, up to ``head``, a line below fetches it.
        """
        ignored = self._state.own.ignored
        said = [event for event in events if isinstance(event, Said)]
        heard = [event for event in said if event.author not in ignored]
        choices = [self._message(room, event, with_room=False) for event in heard]
        selected = len(choices) - 1
        if events and events[-1].number < head:
            more = self._state.say(Phrase.MORE_HISTORY)
            history_on, last = self._inquiries.history_on, events[-1].number
            choices.append(Choice("", more, lambda _: history_on(room, last)))
        title = self._state.say(Phrase.HISTORY_TITLE, room=self._name(room))
        nothing = Phrase.HIDDEN_HISTORY if said else Phrase.NO_HISTORY
        self._choose(title, choices, nothing, selected)

    # ---- helpers

    def _choose(self, title: str, choices: list[Choice], nothing: Phrase, selected: int) -> None:
        if choices:
            self._dialogs.answer_list(title, choices, selected)
        else:
            self._dialogs.answer(title, [Line("", self._state.say(nothing))])

    def _room(self, room: RoomLine) -> Choice:
        say = self._state.say
        said = [say(Phrase.PEOPLE_COUNT, count=room.people)]
        if room.kind is Kind.PRIVATE:
            said.append(say(Phrase.TOPIC_PRIVATE))
        if room.member:
            said.append(say(Phrase.ROOMS_MEMBER))
        elif room.invited:
            said.append(say(Phrase.ROOMS_INVITED))
        if room.subject:
            said.append(room.subject)
        join, name = self._inquiries.enter, room.room
        return Choice(room_names.shown(name), " · ".join(said), lambda now: join(name, now))

    def _message(self, room: str, event: AnyEvent, *, with_room: bool) -> Choice:
        number, jump = event.number, self._inquiries.jump
        key = f"{number} {self._state.time_of(event.at)}"
        if with_room:
            key += f" {self._name(room)}"
        return Choice(key, self._text(event), lambda _: jump(room, number))

    def _text(self, event: AnyEvent) -> str:
        if not isinstance(event, Said):
            return ""
        if event.deleted:
            return f"{event.name}: {self._state.say(Phrase.DELETED_TEXT)}"
        said = f"* {event.name} {event.text}" if event.action else f"{event.name}: {event.text}"
        return f"{said} {self._state.say(Phrase.EDITED_MARK)}" if event.edited else said

    def _name(self, room: str) -> str:
        tab = self._state.tabs.find(room)
        return tab.name if tab else room_names.shown(room)
