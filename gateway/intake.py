"""People's lines, taken one after the other as fast as they may be, and leaving after the last.

Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway import person as limits
from gateway.person import Phase
from protocol.command_table import TABLE
from protocol.commands import Quit
from protocol.errors import Code
from protocol.limits import LINE_BYTES
from protocol.lines import TooLong
from protocol.phrases import Phrase
from protocol.slash import CommandError

if TYPE_CHECKING:
    from gateway.hall import Hall
    from gateway.intents import Intents
    from gateway.person import Person

# Who cannot get where they wanted to speak: what was typed with it is meant for that place.
_ELSEWHERE: Final = frozenset({Code.ROOM_NOT_ALLOWED, Code.NOT_IN_ROOM})


class Intake:
    """Carries out what people typed."""

    def __init__(self, hall: Hall, intents: Intents) -> None:
        self._hall = hall
        self._intents = intents

    def take(self, person: Person, now: float) -> None:
        """Carry out waiting lines while they may be, and read on only when none waits."""
        while person.waiting and self._may_take(person, now):
            self._carry_out(person, person.waiting.popleft(), now)
        if person.leaving and not (person.waiting or person.asked or person.held_by):
            self._leave(person, now)
        # A burst is read at once even if it waits: what a caller leaves unread in the kernel is
        # lost when it hangs up.
        self._hall.output.read(person, reading=len(person.waiting) < limits.LINES_WAITING)

    def _may_take(self, person: Person, now: float) -> bool:
        if person.phase is not Phase.IN or person.held_by:
            return False
        unsettled = self._hall.link.unsettled(person.session) + len(person.asked)
        if unsettled >= limits.UNSETTLED_LINES:
            return False
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
        if person.connected and person.unseen.count and now < person.leave_by:
            self._hall.timers.set(person.key, person.leave_by)
        else:
            person.phase = Phase.LEAVING
            self._hall.link.submit(person.session, Quit())

    def _carry_out(self, person: Person, line: str | TooLong, now: float) -> None:
        if isinstance(line, TooLong):
            self._hall.output.tell(person, Phrase.LINE_TOO_LONG, limit=LINE_BYTES)
            return
        try:
            intent = TABLE.parse(line, in_room=bool(person.focus), bare_words=True)
            self._intents.do(person, intent, now)
        except CommandError as error:
            self._hall.output.refuse(person, error.phrase, error.fields)
            if error.phrase in _ELSEWHERE and person.waiting:
                self._hall.unfocus(person)
