"""The broker's answers to what people asked. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from gateway.person import Acts, Listing
from protocol.answer_lines import AnswerLines
from protocol.events import Said
from protocol.limits import ROSTER_PEOPLE
from protocol.messages import Events
from protocol.phrases import Phrase
from protocol.questions import BanList, Described, Found, Happened, People, RoomList, Who

if TYPE_CHECKING:
    from client.notices import Answered
    from gateway.hall import Hall
    from gateway.intake import Intake
    from gateway.person import Asked, Person


class Answers:
    """Shows answers."""

    def __init__(self, hall: Hall, intake: Intake) -> None:
        self._hall = hall
        self._intake = intake
        self._lines = AnswerLines(hall.renderer)

    def show(self, person: Person, notice: Answered, now: float) -> None:
        """Show an answer to the person who asked."""
        asked = person.asked.pop(notice.request, None)
        if asked is not None:
            self._hall.output.write(person, self._answer(person, asked, notice))
        self._intake.take(person, now)

    def _answer(self, person: Person, asked: Asked, notice: Answered) -> list[str]:
        match notice.answer:
            case People() as people if isinstance(asked, Listing):
                return self._people(person, asked, people)
            case RoomList() as rooms:
                return self._lines.rooms(rooms)
            case Described() as who:
                return self._lines.described(who)
            case BanList() as bans:
                return self._lines.bans(bans)
            case Found(hits=hits) as found:
                heard = tuple(hit for hit in hits if hit.event.author not in person.ignored)
                others = {talk: other.name for talk, other in person.others.items()}
                return self._lines.found(msgspec.structs.replace(found, hits=heard), others)
            case Happened(events=events) if isinstance(asked, Acts):
                return self._lines.acts(events)
            case Happened() | Events() as history:
                return self._history(person, history)
            case _:
                return []

    def _people(self, person: Person, listing: Listing, people: People) -> list[str]:
        listing.shown += len(people.people)
        more = people.total - listing.shown
        if listing.everybody and more > 0 and people.people:
            after = people.people[-1].joined
            question = Who(people.room, after=after, limit=ROSTER_PEOPLE)
            person.asked[self._hall.link.ask(person.session, question)] = listing
            more = 0
        return self._hall.renderer.people(people, more=more)

    def _history(self, person: Person, answer: Happened | Events) -> list[str]:
        said = [event for event in answer.events if isinstance(event, Said)]
        heard = [event for event in said if event.author not in person.ignored]
        renderer = self._hall.renderer
        lines = self._hall.history(answer.room, heard)
        if not heard:
            lines.append(renderer.say(Phrase.HIDDEN_HISTORY if said else Phrase.NO_HISTORY))
        if isinstance(answer, Events) and answer.events and answer.events[-1].number < answer.head:
            lines.append(renderer.say(Phrase.MORE_HISTORY))
        return lines
