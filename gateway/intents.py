"""What a typed line means, carried out for the person who typed it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway import person as asked
from gateway.person import Listing, Phase
from protocol import room_names
from protocol.commands import Ignore, Join, Leave, Quit, Say, Tell
from protocol.errors import Code
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
from protocol.limits import ROSTER_PEOPLE
from protocol.phrases import Phrase
from protocol.questions import Acts, Recent, Search, Since, Who
from protocol.slash import CommandError, PlaceError

if TYPE_CHECKING:
    from gateway.hall import Hall
    from gateway.person import Asked, Person
    from protocol.commands import Command
    from protocol.intents import Intent, LocalIntent
    from protocol.questions import Question

PEOPLE_LISTED: Final = 200


class Intents:
    """Does what people want."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall

    def do(self, person: Person, intent: Intent, now: float) -> None:
        """Carry out one intent.

        Raises:
            CommandError: it cannot be; the phrase says why.
        """
        if isinstance(intent, Speak):  # as nearly always, and always seen
            self._hall.link.submit(person.session, Say(person.focus, intent.text, intent.action))
            person.unseen.count += 1
        elif isinstance(intent, CommandIntent):
            self._command(person, intent)
        elif isinstance(intent, QuestionIntent):
            kind = asked.Acts() if isinstance(intent, Acts) else asked.Other()
            self._ask(person, aimed(intent, person.focus), kind, now)
        else:
            self._here(person, intent, now)

    def report_active(self, person: Person, now: float) -> None:
        """The person typed something that makes no command."""
        person.active_at = now
        if person.phase is Phase.IN:
            self._hall.link.active(person.session)

    # ---- commands

    def _command(self, person: Person, intent: CommandIntent) -> None:
        match intent:
            case Quit():
                person.forget_lines()
                person.leaving = True
            case Join(room, private) if room in person.rooms:
                self._focus(person, room, is_room=True)
                if private and self._hall.view(room).is_public:
                    self._hall.was_public(person, room)
            case Join(room, private):
                # What is typed next is meant for that room.
                person.held_by = room
                person.wants_private = room if private else ""
                self._submit(person, intent)
            case Leave():
                leave = aimed(intent, person.focus)
                if not leave.room:
                    raise CommandError(Phrase.NEEDS_ROOM)
                if leave.room in person.rooms:
                    person.held_by = leave.room
                self._submit(person, leave)
            case _:
                self._submit(person, aimed(intent, person.focus))

    def _submit(self, person: Person, command: Command) -> None:
        serial = self._hall.link.submit(person.session, command)
        before = person.unseen.count
        person.unseen.submitted(serial, command, person.rooms, self._hall.lobby)
        if person.unseen.count == before and not isinstance(command, Ignore):
            person.silent.add(serial)

    # ---- questions

    def _ask(self, person: Person, question: Question, kind: Asked, now: float) -> None:
        person.asked[self._hall.link.ask(person.session, question)] = kind
        self.report_active(person, now)

    # ---- what the door does by itself

    def _here(self, person: Person, intent: LocalIntent, now: float) -> None:
        match intent:
            case ShowPeople(everybody):
                limit = ROSTER_PEOPLE if everybody else PEOPLE_LISTED
                self._ask(person, Who(person.focus, limit=limit), Listing(everybody), now)
            case ShowHistory():
                self._ask(person, self._history(person, intent), asked.Other(), now)
            case FindMessages():
                self._ask(person, self._search(intent), asked.Other(), now)
            case ShowHelp():
                self._hall.output.write(person, self._hall.renderer.help(intent))
            case ShowSubject():
                self._show_subject(person)
            case ShowIgnored():
                self._show_ignored(person)
            case Focus(room, is_room):
                self._focus(person, room, is_room=is_room)
            case Reply(text):
                if not person.reply_to:
                    raise CommandError(Phrase.NO_REPLY)
                self._submit(person, Tell(person.reply_to, text))

    def _history(self, person: Person, wanted: ShowHistory) -> Question:
        if wanted.since:
            return Since(person.focus, self._hall.renderer.meant_time(wanted.since))
        return Recent(person.focus, wanted.count)

    def _search(self, wanted: FindMessages) -> Search:
        after, before = (
            self._hall.renderer.meant_time(typed) if typed else 0
            for typed in (wanted.after, wanted.before)
        )
        return Search(wanted.words, wanted.room, wanted.author, after, before)

    def _focus(self, person: Person, room: str, *, is_room: bool) -> None:
        talk = "" if is_room else person.talk_with(room)
        if room in person.rooms:
            person.focus = room
            self._hall.output.tell(person, Phrase.FOCUSED, room=room_names.shown(room))
        elif talk:
            person.focus = talk
            self._hall.output.tell(person, Phrase.FOCUSED_TALK, name=person.others[talk].name)
        elif is_room:
            raise PlaceError(Code.NOT_IN_ROOM, room=room)
        else:
            raise PlaceError(Phrase.NO_TALK, name=room)

    def _show_subject(self, person: Person) -> None:
        if person.focus in person.others:
            raise CommandError(Code.NOT_IN_PRIVATE)
        text = self._hall.view(person.focus).subject
        phrase = Phrase.SUBJECT_IS if text else Phrase.SUBJECT_NONE
        self._hall.output.tell(person, phrase, room=room_names.shown(person.focus), text=text)

    def _show_ignored(self, person: Person) -> None:
        phrase = Phrase.IGNORED_LIST if person.ignored else Phrase.IGNORED_NOBODY
        self._hall.output.tell(person, phrase, names=" ".join(person.ignored.values()))
