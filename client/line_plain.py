"""What line mode writes for people: lines as the nc door writes them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from client.acts import SeenActs, is_everywhere
from client.backlog import Gone, Renumbered
from protocol import room_names
from protocol.answer_lines import AnswerLines
from protocol.events import Announced, AnyEvent, Edited, Joined, Said
from protocol.phrases import Phrase
from protocol.questions import BanList, Described, RoomList
from protocol.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from client.backlog import Item
    from client.line_presenter import Fact, JsonValue, Place
    from protocol.intents import ShowHelp
    from protocol.questions import Found, People
    from protocol.rendering import Renderer


class PlainLines:
    """Lines of the room in focus as they are, those of others with the room in front.

    What somebody does in all rooms at once is shown once.
    """

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._answers = AnswerLines(renderer)
        self._seen = SeenActs()

    def history(self, place: Place, events: Iterable[AnyEvent]) -> list[str]:
        """Return what was said before, each line marked, with its time and zone."""
        label = ""
        if place.is_talk:
            label = self._renderer.say(Phrase.PRIVATE_LINE, line="")
        elif not place.is_focus:
            label = f"{room_names.shown(place.room)} "
        return self._renderer.history(map(_cleaned, events), label)

    def happened(self, place: Place, item: Item) -> list[str]:
        """Return one event as it is seen by who caused it, or by the others."""
        match item:
            case Gone(count):
                return [self._placed(place, self._renderer.say(Phrase.GONE, count=count))]
            case Renumbered():
                return [self._placed(place, self._renderer.say(Phrase.NEW_JOURNAL))]
            case _:
                return self._event(place, _cleaned(item))

    def told(
        self,
        kind: str,  # noqa: ARG002
        fields: Mapping[str, JsonValue],  # noqa: ARG002
        phrase: Phrase,
        words: Mapping[str, str | int],
    ) -> list[str]:
        """Return one sentence."""
        return [_one_line(self._renderer.say(phrase, **words))]

    def notice(self, kind: str, /, **fields: JsonValue) -> list[str]:  # noqa: ARG002
        """Return nothing."""
        return []

    # ---- answers

    def people(self, people: People, *, more: int) -> list[str]:
        """Return a line a person."""
        return [_one_line(line) for line in self._renderer.people(people, more=more)]

    def said_before(
        self,
        place: Place,  # noqa: ARG002
        events: Iterable[AnyEvent],
        *,
        more: bool,
        hidden: bool,
    ) -> list[str]:
        """Return a line a message, with its time and zone."""
        lines = self._renderer.history(map(_cleaned, events))
        if not lines:
            lines = [self._renderer.say(Phrase.HIDDEN_HISTORY if hidden else Phrase.NO_HISTORY)]
        return [*lines, self._renderer.say(Phrase.MORE_HISTORY)] if more else lines

    def acts(self, place: Place, events: Iterable[AnyEvent]) -> list[str]:  # noqa: ARG002
        """Return a line an act, with its time and zone."""
        return self._answers.acts(map(_cleaned, events))

    def fact(self, answer: Fact) -> list[str]:
        """Return the lines of an answer."""
        match answer:
            case RoomList():
                lines = self._answers.rooms(answer)
            case Described():
                lines = self._answers.described(answer)
            case BanList():
                lines = self._answers.bans(answer)
        return [_one_line(line) for line in lines]

    def found(self, found: Found, place_of: Callable[[str], Place]) -> list[str]:
        """Return a line a message, with its room, number and time."""
        places = (place_of(hit.room) for hit in found.hits)
        others = {place.room: place.other_name for place in places if place.is_talk}
        hits = (msgspec.structs.replace(hit, event=_cleaned(hit.event)) for hit in found.hits)
        cleaned = msgspec.structs.replace(found, hits=tuple(hits))
        return [_one_line(line) for line in self._answers.found(cleaned, others)]

    def help(self, topic: ShowHelp) -> list[str]:
        """Return the command table, or one row of it."""
        return self._renderer.help(topic)

    # ---- one event

    def _event(self, place: Place, event: AnyEvent) -> list[str]:
        is_own = event.author == place.own
        # That one entered a room oneself is told by the answer to that.
        if isinstance(event, Joined) and (place.is_talk or (is_own and not place.is_lobby)):
            return []
        render = self._renderer.to_author if is_own else self._renderer.to_others
        line = render(event, lobby=place.is_lobby)
        if line is None:
            return []
        if is_everywhere(event):
            return [] if self._seen.has_seen(event) else [line]
        return [self._placed(place, line, is_own=is_own)]

    def _placed(self, place: Place, text: str, *, is_own: bool = False) -> str:
        """Return the text with the room that it comes from, if that is not the one in focus."""
        if place.is_talk:
            phrase = Phrase.PRIVATE_OWN_LINE if is_own else Phrase.PRIVATE_LINE
            name = _one_line(place.other_name)
            lines = text.split("\n")
            return "\n".join(self._renderer.say(phrase, name=name, line=line) for line in lines)
        if place.is_focus:
            return text
        label = room_names.shown(place.room)
        return "\n".join(f"{label} {line}" for line in text.split("\n"))


def _cleaned(event: AnyEvent) -> AnyEvent:
    """Return the event as it is safe to show, whatever a broker let through."""
    of_lines = "text" if isinstance(event, Said | Edited | Announced) else ""
    texts = {
        field: clean(value) if field == of_lines else _one_line(value)
        for field in event.__struct_fields__
        if isinstance(value := getattr(event, field), str)
    }
    if all(getattr(event, field) == value for field, value in texts.items()):
        return event
    return msgspec.structs.replace(event, **texts)


def _one_line(text: str) -> str:
    return clean(text).replace("\n", " ")
