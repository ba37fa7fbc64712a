"""What a line means, carried out; and the answers to what was asked by it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from client.listing import Listing
from protocol import room_names
from protocol.commands import Join, Leave, Quit, Say, Tell
from protocol.errors import Code
from protocol.events import Said
from protocol.intents import (
    CommandIntent,
    FindMessages,
    Focus,
    QuestionIntent,
    Reply,
    ShowHelp,
    ShowHistory,
    ShowIgnored,
    ShowPeople,
    ShowSubject,
    Speak,
    aimed,
)
from protocol.messages import Events
from protocol.phrases import Phrase
from protocol.questions import (
    Acts,
    BanList,
    Described,
    Found,
    Happened,
    People,
    Recent,
    RoomList,
    Search,
    Since,
)
from protocol.slash import CommandError
from protocol.text import clean_message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from client.line_commands import LineCommands
    from client.line_output import LineOutput
    from client.line_presenter import Place
    from client.line_rooms import LineRooms
    from client.notices import Answered
    from protocol.events import AnyEvent
    from protocol.intents import Intent, LocalIntent
    from protocol.questions import Question


class Asked(NamedTuple):
    """A question that waits for its answer."""

    line: int
    request: int
    place: Place
    question: Question
    listing: Listing | None = None


class LineIntents:
    """Does what lines mean.

    Args:
        commands: take the lines, and carry commands to the broker.
        rooms: those that one is in.
        output: where answers go.
    """

    def __init__(self, commands: LineCommands, rooms: LineRooms, output: LineOutput) -> None:
        self._commands = commands
        self._rooms = rooms
        self._output = output
        self._asked: Asked | None = None

    def do(self, intent: Intent, now: float) -> None:
        """Carry out one line.

        Raises:
            CommandError: it cannot be; the phrase says why.
            Refusal: it would be refused.
        """
        if isinstance(intent, Speak):
            said = clean_message(intent.text)
            self._commands.submit(Say(self._rooms.focus, said, intent.action))
        elif isinstance(intent, CommandIntent):
            self._command(intent)
        elif isinstance(intent, QuestionIntent):
            self._ask(aimed(intent, self._rooms.focus))
            self._commands.report_active(now)
        else:
            self._here(intent)
            self._commands.report_active(now)

    def answered(self, notice: Answered) -> None:
        """An answer came, perhaps to what was asked here."""
        asked = self._asked
        if asked is None or asked.request != notice.request:
            return
        self._asked, self._commands.asks = None, False
        if asked.listing is not None and isinstance(notice.answer, People):
            self._people(asked, asked.listing, notice.answer)
        else:
            self._output.write(self._answer(asked, notice))

    def question_refused(self, request: int, code: str, fields: Mapping[str, int | str]) -> None:
        """A question was refused, perhaps one that was asked here."""
        if self._asked is not None and self._asked.request == request:
            self._output.refuse(self._asked.line, code, fields)
            self._asked, self._commands.asks = None, False

    # ---- commands

    def _command(self, intent: CommandIntent) -> None:
        match intent:
            case Quit():
                self._commands.input.stop()
            case Join(room, private) if room in self._rooms:
                self._focus(room, is_room=True)
                if private:
                    followed = self._commands.is_followed
                    self._rooms.tell_if_public(room, is_followed=followed)
            case Join(room, private):
                # What is said next is meant for that room.
                self._commands.held_by = room
                self._commands.wants_private = room if private else ""
                self._commands.submit(intent)
            case Leave():
                leave = aimed(intent, self._rooms.focus)
                if not leave.room:
                    raise CommandError(Phrase.NEEDS_ROOM)
                if leave.room in self._rooms:
                    self._commands.held_by = leave.room
                self._commands.submit(leave)
            case Tell(who, text):
                self._commands.submit(Tell(who, clean_message(text)))
            case _:
                self._commands.submit(aimed(intent, self._rooms.focus))

    # ---- what the door does by itself

    def _here(self, intent: LocalIntent) -> None:
        focus = self._rooms.focus
        match intent:
            case ShowPeople(everybody):
                self._list(Listing(focus, everybody=everybody))
            case ShowHistory(count, since):
                at = self._output.renderer.meant_time(since) if since else 0
                self._ask(Since(focus, at) if since else Recent(focus, count))
            case FindMessages():
                self._ask(self._search(intent))
            case ShowHelp():
                self._output.write(self._output.presenter.help(intent))
            case ShowSubject():
                self._show_subject()
            case ShowIgnored():
                self._show_ignored()
            case Focus(room, is_room):
                self._focus(room, is_room=is_room)
            case Reply(text):
                if not self._rooms.reply_to:
                    raise CommandError(Phrase.NO_REPLY)
                self._commands.submit(Tell(self._rooms.reply_to, clean_message(text)))

    def _focus(self, room: str, *, is_room: bool) -> None:
        followed = self._commands.is_followed
        self._rooms.focus_on(room, is_room=is_room, is_followed=followed)

    def _search(self, wanted: FindMessages) -> Search:
        after, before = (
            self._output.renderer.meant_time(typed) if typed else 0
            for typed in (wanted.after, wanted.before)
        )
        return Search(wanted.words, wanted.room, wanted.author, after, before)

    def _show_subject(self) -> None:
        place = self._rooms.place(self._rooms.focus)
        if place.is_talk:
            raise CommandError(Code.NOT_IN_PRIVATE)
        if place.room not in self._rooms:
            raise CommandError(Code.NOT_IN_ROOM, room=place.room)
        phrase = Phrase.SUBJECT_IS if place.subject else Phrase.SUBJECT_NONE
        fields = {"room": place.room, "subject": place.subject}
        shown = room_names.shown(place.room)
        self._output.news("topic", fields, phrase, room=shown, text=place.subject)

    def _show_ignored(self) -> None:
        ignored = self._rooms.ignored
        phrase = Phrase.IGNORED_LIST if ignored else Phrase.IGNORED_NOBODY
        people = [{"id": who, "name": name} for who, name in ignored.items()]
        self._output.news("ignored", {"people": people}, phrase, names=" ".join(ignored.values()))

    # ---- questions

    def _ask(self, question: Question, listing: Listing | None = None) -> None:
        request = self._commands.ask(question)
        place = self._rooms.place(getattr(question, "room", ""))
        self._asked = Asked(self._commands.line, request, place, question, listing)

    def _list(self, listing: Listing) -> None:
        if listing.question is not None:
            self._ask(listing.question, listing)

    def _people(self, asked: Asked, listing: Listing, people: People) -> None:
        listing.answered(people)
        self._output.write(self._output.presenter.people(people, more=listing.more))
        self._commands.line = asked.line
        self._list(listing)

    def _answer(self, asked: Asked, notice: Answered) -> list[str]:
        presenter, place = self._output.presenter, asked.place
        match notice.answer:
            case Found(hits=hits) as found:
                heard = tuple(hit for hit in hits if hit.event.author not in self._rooms.ignored)
                found = msgspec.structs.replace(found, hits=heard)
                return presenter.found(found, self._rooms.place)
            case RoomList() | Described() | BanList() as fact:
                return presenter.fact(fact)
            case Happened(events=events) if isinstance(asked.question, Acts):
                return presenter.acts(place, events)
            case Happened(events=events):
                return self._said_before(place, events, more=False)
            case Events(events=events, head=head):
                more = bool(events) and events[-1].number < head
                return self._said_before(place, events, more=more)
            case _:
                return []

    def _said_before(self, place: Place, events: tuple[AnyEvent, ...], *, more: bool) -> list[str]:
        said = [event for event in events if isinstance(event, Said)]
        heard = [event for event in said if event.author not in self._rooms.ignored]
        hidden = len(heard) < len(said)
        return self._output.presenter.said_before(place, heard, more=more, hidden=hidden)
