"""How people come in and into rooms, are refused, and go. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from client.notices import (
    CommandDelayed,
    CommandRefused,
    HelloRefused,
    IgnoredNow,
    InvitedTo,
    QuestionRefused,
    RoomEntered,
    SessionOver,
    Status,
    Welcomed,
)
from gateway import foreign
from gateway.person import Partner, Phase
from protocol import room_names
from protocol.commands import Join, Leave, Quit
from protocol.errors import Code
from protocol.phrases import Phrase
from protocol.questions import Kind
from protocol.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.hall import Hall
    from gateway.intake import Intake
    from gateway.person import Person
    from protocol.events import AnyEvent
    from protocol.messages import Ignored

# What the person sees in the room itself, or did by themselves.
_SAID_ELSEWHERE: Final = frozenset({"quit", "idle", "slow", "lost"})
_WORTH_A_WORD_MS: Final = 1000
_IS_IN: Final = Code.ALREADY_IN_ROOM


class Comings:
    """Takes what the broker says about sessions and their rooms."""

    def __init__(self, hall: Hall, intake: Intake) -> None:
        self._hall = hall
        self._intake = intake

    def welcomed(self, person: Person, notice: Welcomed) -> None:
        """The broker knows the person."""
        hall, welcome = self._hall, notice.welcome
        is_first = not person.id
        person.id = welcome.id
        hall.by_id[person.id] = person
        hall.lobby = welcome.lobby
        self._ignore(person, welcome.ignored)
        if notice.again:
            person.unseen.lost(hall.link.unsettled(person.session))
            hall.output.tell(person, Phrase.SESSION_LOST)
        elif is_first:
            hall.output.tell(person, Phrase.WELCOME, user_id=welcome.user_id)
            if welcome.message_of_the_day:
                hall.output.write(person, clean(welcome.message_of_the_day).rstrip().split("\n"))
            hall.link.submit(person.session, Join(welcome.lobby))

    def entered(self, person: Person, notice: RoomEntered, now: float) -> None:
        """The person is in a room."""
        hall, room = self._hall, notice.room
        view = hall.view(room)
        view.is_public = notice.kind is Kind.PUBLIC
        if notice.entered:
            view.count_people(notice.number, notice.entered.total)
        view.learn_subject(notice.number, notice.subject)
        if person.key not in view.members:
            person.enter(room, notice.number)
            hall.choosy.moved(person)
            self._show_room(person, notice)
            hall.output.send(person, view.enter(person))
        elif person.rooms[room] > notice.number:  # they were lost, or there is another journal
            lost_at = person.lost_at.pop(room, notice.number - 1)
            person.rooms[room] = max(lost_at + 1, notice.first)
            hall.output.send(person, view.enter(person))
        else:
            person.again[room] = notice
        if person.phase is Phase.ARRIVING and notice.kind is not Kind.TALK:
            person.phase = Phase.IN
        if person.held_by == room:
            person.held_by = ""
        self._intake.take(person, now)

    def invited(self, person: Person, notice: InvitedTo) -> None:
        """Somebody invited the person into a room."""
        if notice.by not in person.ignored:
            room = room_names.shown(notice.room)
            self._hall.output.tell(person, Phrase.INVITES_YOU, name=notice.name, room=room)

    def ignored(self, person: Person, notice: IgnoredNow) -> None:
        """Whose words are hidden changed, as the person wanted."""
        before = person.ignored
        self._ignore(person, notice.ignored)
        for changed, other, phrase in (
            (person.ignored, before, Phrase.IGNORED_NOW),
            (before, person.ignored, Phrase.IGNORED_NO_MORE),
        ):
            for who, name in changed.items():
                if who not in other:
                    self._hall.output.tell(person, phrase, name=name)

    def refused(
        self,
        person: Person,
        notice: HelloRefused | CommandRefused | CommandDelayed | QuestionRefused,
        now: float,
    ) -> None:
        """Something is not done, or not yet."""
        if not (isinstance(notice, CommandDelayed) and _needs_no_word(person, notice)):
            self._hall.output.refuse(person, notice.code, notice.fields)
        match notice:
            case CommandDelayed():
                person.told_delay |= not _needs_no_word(person, notice)
            case HelloRefused():
                self._hall.remove(person)
            case QuestionRefused(_, request):
                person.asked.pop(request, None)
                self._intake.take(person, now)
            case CommandRefused():
                self._command_refused(person, notice)
                self._intake.take(person, now)

    def over(self, person: Person, notice: SessionOver) -> None:
        """The person's session is over."""
        if notice.code not in _SAID_ELSEWHERE:
            self._hall.output.refuse(person, notice.code, notice.fields)
        self._hall.remove(person)

    def cut(self, person: Person) -> None:
        """The person does not read: they are out."""
        self._out(person, slow=True)

    def turn_away(self, person: Person, protocol: str) -> None:
        """It is a program that speaks another protocol: nothing of that is said."""
        sentence = self._hall.renderer.say(Phrase.OTHER_PROTOCOL, protocol=protocol)
        self._hall.output.send(person, foreign.answer(protocol, sentence))
        self._out(person)
        if self._hall.link.status is Status.WAITING:  # for a broker that no program shall wait for
            self._hall.remove(person)

    def quit_all(self) -> None:
        """The door closes: say so to everybody, and leave."""
        for person in self._hall.people.values():
            if missing := self._unacknowledged(person):
                self._hall.output.tell(person, Phrase.NOT_ACKNOWLEDGED, count=missing)
            self._hall.output.tell(person, Phrase.GATEWAY_STOPPING)
            self._quit(person)
        if self._hall.link.status is Status.WAITING:
            self._hall.remove_all()

    def _unacknowledged(self, person: Person) -> int:
        """Return how many lines of the person are neither carried out nor refused."""
        if person.phase is Phase.ARRIVING:  # none was taken yet
            return len(person.waiting)
        unsettled = self._hall.link.unsettled(person.session)
        if person.phase is Phase.LEAVING:  # to quit is no line that anybody misses
            unsettled = max(unsettled - 1, 0)
        return len(person.waiting) + unsettled

    def _out(self, person: Person, *, slow: bool = False) -> None:
        """The person reads and says nothing more."""
        person.connected = False
        person.forget_lines()
        person.leaving = True
        self._quit(person, slow=slow)

    def _quit(self, person: Person, *, slow: bool = False) -> None:
        if person.phase is not Phase.LEAVING:
            person.phase = Phase.LEAVING
            self._hall.link.submit(person.session, Quit(slow=slow))

    def _show_room(self, person: Person, notice: RoomEntered) -> None:
        """Say where the person is now, and what was said there before."""
        hall, entered, room = self._hall, notice.entered, notice.room
        recent: Sequence[AnyEvent] = entered.recent if entered else ()
        recent = [event for event in recent if event.author not in person.ignored]
        if notice.kind is Kind.TALK:
            person.others[room] = Partner(notice.other, notice.other_name)
            if room not in person.talked:
                hall.output.write(person, hall.history(room, recent))
            return
        person.focus = room
        if person.phase is Phase.ARRIVING:
            hall.output.write(person, hall.renderer.history(recent))
            hall.output.tell(person, Phrase.HINT)
            return
        shown = room_names.shown(room)
        if entered:
            hall.output.tell(person, Phrase.ENTERED, room=shown, count=entered.total)
        else:
            hall.output.tell(person, Phrase.FOCUSED, room=shown)
        if notice.subject:
            hall.output.tell(person, Phrase.SUBJECT_IS, room=shown, text=notice.subject)
        hall.output.write(person, hall.renderer.history(recent))
        if notice.kind is Kind.PUBLIC and person.wants_private == room:
            hall.was_public(person, room)
        person.wants_private = ""

    def _command_refused(self, person: Person, notice: CommandRefused) -> None:
        person.unseen.refused(notice.serial)
        person.silent.discard(notice.serial)
        match notice.command:
            case Join(room):
                self._stays_where_they_are(person, room, notice.code)
            case Leave(room) if room in person.rooms:  # else it held nothing back
                self._stays_where_they_are(person, room, notice.code)
        if isinstance(notice.command, Join) and person.waiting and notice.code != _IS_IN:
            # Typed before the refusal could be read: meant for that room, and for no other.
            self._hall.unfocus(person)

    def _stays_where_they_are(self, person: Person, room: str, code: str) -> None:
        if person.held_by == room:
            person.held_by = ""
        if code == _IS_IN and room in person.rooms:
            person.focus = room
        if person.phase is Phase.ARRIVING:  # not even let into the lobby
            person.phase = Phase.IN
            self._hall.output.tell(person, Phrase.ROOMLESS)

    def _ignore(self, person: Person, ignored: Sequence[Ignored]) -> None:
        self._hall.choosy.ignore(person, {who.id: who.name for who in ignored})


def _needs_no_word(person: Person, delayed: CommandDelayed) -> bool:
    """Whether the person knows that lines wait, or it is over before they can have read it."""
    wait = int(delayed.fields.get("retry_after", 0))
    is_short = delayed.code == Code.TOO_FAST and wait < _WORTH_A_WORD_MS
    return person.told_delay or is_short
