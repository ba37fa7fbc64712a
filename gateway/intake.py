"""People's lines, taken one after the other as fast as they may be, and leaving after the last.

Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias, get_args

from gateway import person as limits
from gateway.person import Phase
from protocol.command_table import TABLE
from protocol.commands import Quit
from protocol.intents import (
    FindMessages,
    Focus,
    QuestionIntent,
    ShowHistory,
    ShowIgnored,
    ShowPeople,
    ShowSubject,
)
from protocol.limits import LINE_BYTES
from protocol.lines import TooLong
from protocol.phrases import Phrase
from protocol.slash import CommandError, PlaceError

if TYPE_CHECKING:
    from gateway.hall import Hall
    from gateway.intents import Intents
    from gateway.person import Person
    from protocol.intents import Intent

Meant: TypeAlias = "Intent | CommandError"

# What is asked once all is done that was typed before it.
_ABOUT_WHAT_IS: Final = frozenset(
    {
        *get_args(QuestionIntent),
        FindMessages,
        Focus,
        ShowHistory,
        ShowIgnored,
        ShowPeople,
        ShowSubject,
    }
)
# The door answers by itself, from what was seen.
_ABOUT_WHAT_IS_SEEN: Final = frozenset({Focus, ShowSubject})


class Intake:
    """Carries out what people typed."""

    def __init__(self, hall: Hall, intents: Intents) -> None:
        self._hall = hall
        self._intents = intents

    def take(self, person: Person, now: float) -> None:
        """Carry out waiting lines while they may be, and read on only when none waits."""
        while person.waiting and self._may_take(person):
            meant = self._meant(person, person.waiting[0])
            if type(meant) in _ABOUT_WHAT_IS and self._waits(person, meant, now):
                break
            if not self._is_time(person, now):
                break
            person.next_line()
            self._carry_out(person, meant, now)
        if person.leaving and not (person.waiting or person.asked or person.held_by):
            self._leave(person, now)
        # A burst is read at once even if it waits: what a caller leaves unread in the kernel is
        # lost when it hangs up.
        self._hall.output.read(person, reading=person.may_type)

    def settled(self, person: Person, now: float) -> None:
        """Commands are acknowledged: take more lines once all that came with that was heard.

        Acknowledgements overtake what else came of the commands, such as a conversation.
        """
        if person.waiting:
            self._hall.timers.set(person.key, now)
        else:
            self.take(person, now)

    def _may_take(self, person: Person) -> bool:
        if person.phase is not Phase.IN or person.held_by:
            return False
        unsettled = self._hall.link.unsettled(person.session) + len(person.asked)
        return unsettled < limits.UNSETTLED_LINES

    def _waits(self, person: Person, meant: Meant, now: float) -> bool:
        """Whether something is not done yet that a line about what is has to wait for."""
        if isinstance(meant, Focus) and meant.room in person.rooms:
            return False
        if self._hall.link.unsettled(person.session):
            return True
        if isinstance(meant, FindMessages) and person.asked:
            return True  # the broker answers one search of a person at a time
        if type(meant) in _ABOUT_WHAT_IS_SEEN and person.unseen.count:
            person.seen_by = person.seen_by or now + limits.LAST_WORDS_WITHIN_S
            if now < person.seen_by:
                self._hall.timers.set(person.key, person.seen_by)
                return True
            person.unseen.lost(0)  # it does not come any more
        person.seen_by = 0.0
        return False

    def _is_time(self, person: Person, now: float) -> bool:
        if person.rate.is_rested(now):
            person.told_fast = False
        if person.rate.take(now):
            return True
        self._hall.timers.set(person.key, person.rate.next_at())
        if not person.told_fast:
            person.told_fast = True
            self._hall.output.tell(person, Phrase.TOO_FAST)
        return False

    def _leave(self, person: Person, now: float) -> None:
        # Somebody still arriving leaves once the broker has let them in.
        if person.phase is not Phase.IN:
            return
        # Lost events cannot be asked for once the session is over, so that people first see what
        # they did; but not for ever.
        person.leave_by = person.leave_by or now + limits.LAST_WORDS_WITHIN_S
        unheard = person.unseen.count or self._hall.link.unsettled(person.session)
        if person.connected and unheard and now < person.leave_by:
            self._hall.timers.set(person.key, person.leave_by)
        else:
            person.phase = Phase.LEAVING
            self._hall.link.submit(person.session, Quit())

    @staticmethod
    def _meant(person: Person, line: str | TooLong) -> Meant:
        """Return what a line means, or what is wrong with it."""
        if isinstance(line, TooLong):
            return CommandError(Phrase.LINE_TOO_LONG, limit=LINE_BYTES)
        try:
            return TABLE.parse(line, in_room=bool(person.focus), bare_words=True)
        except CommandError as error:
            return error

    def _carry_out(self, person: Person, meant: Meant, now: float) -> None:
        try:
            if isinstance(meant, CommandError):
                raise meant
            self._intents.do(person, meant, now)
        except CommandError as error:
            self._hall.output.refuse(person, error.phrase, error.fields)
            if isinstance(error, PlaceError) and person.waiting:
                self._hall.unfocus(person)
