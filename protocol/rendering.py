"""What people read as plain lines: events and sentences to text, once per language. Pure.

Answers to questions are in :mod:`protocol.answer_lines`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from protocol import happenings, room_names, times
from protocol.command_table import TABLE
from protocol.events import Announced, AnyEvent, Edited, Joined, Left, Reason, Renamed, Said
from protocol.phrases import Language, Phrase, say
from protocol.questions import Role
from protocol.slash import CommandError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from protocol.intents import ShowHelp
    from protocol.questions import People, Person

_HELP_COLUMN = 18
_ROLES = {Role.OWNER: Phrase.PERSON_OWNER, Role.OPERATOR: Phrase.PERSON_OPERATOR}
# What the event before it tells.
_TOLD_BEFORE = frozenset({Reason.KICKED, Reason.BANNED})


class Renderer:
    """Makes lines in one language.

    Args:
        language: of the sentences.
        offset_at: returns the zone's offset from UTC in minutes at a time in milliseconds.
        now_ms: returns the time in milliseconds since 1970, so that other days get their date;
            without it no time does.
    """

    def __init__(
        self,
        language: Language,
        offset_at: Callable[[int], int],
        now_ms: Callable[[], int] | None = None,
    ) -> None:
        self.language = language
        self._offset_at = offset_at
        self._now_ms = now_ms

    def say(self, key: str, **fields: int | str) -> str:
        """Return one sentence."""
        return say(self.language, key, fields)

    def refusal(self, code: str, fields: Mapping[str, int | str]) -> str:
        """Return the sentence for a refusal or an end; rooms in it are written as people do."""
        room = fields.get("room")
        if isinstance(room, str) and room and room[0] not in "#@":
            fields = {**fields, "room": room_names.shown(room)}
        return happenings.refusal(code, fields, self.language, self.time)

    def time(self, at: int) -> str:
        """Return a time in milliseconds since 1970 with its zone, and its date if not today."""
        now = at if self._now_ms is None else self._now_ms()
        return times.shown(at, now, self._offset_at)

    def meant_time(self, typed: str) -> int:
        """Return the time that somebody means, in milliseconds since 1970.

        Raises:
            CommandError: it is none.
        """
        now = 0 if self._now_ms is None else self._now_ms()
        at = times.time(typed, now, self._offset_at)
        if at is None:
            raise CommandError(Phrase.BAD_TIME)
        return at

    def to_others(self, event: AnyEvent, *, lobby: bool = True) -> str | None:
        """Return what everybody but its author sees, or None for nothing.

        Args:
            event: what happened; each line of what was said in several names its speaker.
            lobby: whether in the room through which people come in.
        """
        match event:
            case Said():
                return self._spoken(event)
            case Joined():
                if not lobby:
                    return self.say(Phrase.TRANSCRIPT_CAME, name=event.name)
                return self.say(Phrase.LOGIN, user_id=event.user_id, name=event.name)
            case Left():
                return self._left(event)
            case Renamed():
                return self.say(Phrase.RENAMED, name=event.name, new_name=event.new_name)
            case Edited() | Announced() if "\n" in event.text:
                parts = event.text.split("\n")
                lines = (self._happening(msgspec.structs.replace(event, text=t)) for t in parts)
                return "\n".join(line for line in lines if line is not None)
            case _:
                return self._happening(event)

    def to_author(self, event: AnyEvent, *, lobby: bool = True) -> str | None:
        """Return what its author sees, or None for nothing."""
        match event:
            case Renamed():
                return self.say(Phrase.RENAMED_SELF)
            case Left(reason=reason) if reason != Reason.IDLE:
                return None
            case _:
                return self.to_others(event, lobby=lobby)

    def history(self, events: Iterable[AnyEvent], label: str = "") -> list[str]:
        """Return what was said before, each line with its time and zone, and perhaps a label."""
        lines: list[str] = []
        for event in events:
            if isinstance(event, Said):
                start = f"-- {self.time(event.at)} {label}"
                lines += [start + line for line in self._spoken(event).split("\n")]
        return lines

    def people(self, people: People, *, more: int) -> list[str]:
        """Return a page of a roster, and how many ``more`` there are if it is the last page."""
        lines = [self._person(person) for person in people.people]
        if more > 0:
            lines.append(self.say(Phrase.MORE_PEOPLE, count=more))
        return lines

    def why(self, why: str) -> str:
        """Return how a reason is added to a sentence; it may be empty."""
        return self.say(Phrase.ACT_WHY, why=why) if why else ""

    def help(self, topic: ShowHelp) -> list[str]:
        """Return the command table, or the row that the topic's first word names.

        Raises:
            CommandError: there is no such command.
        """
        if topic.topic:
            name = topic.topic.split()[0].removeprefix("/")
            row = TABLE.find(name)
            if row is None:
                raise CommandError(Phrase.UNKNOWN_COMMAND, command=f"/{name}")
            rows = [row]
        else:
            rows = list(TABLE)
        lines = [
            f"  {f'/{row.name} {row.usage}'.rstrip():<{_HELP_COLUMN}}  {self.say(row.summary)}"
            for row in rows
        ]
        if topic.topic:
            return lines
        return [self.say(Phrase.HELP_TITLE), self.say(Phrase.HELP_TEXT), *lines]

    def _person(self, person: Person) -> str:
        line = self.say(Phrase.PERSON, user_id=person.user_id, name=person.name)
        if role := _ROLES.get(person.role):
            line += self.say(role)
        if person.away:
            line += self.say(Phrase.PERSON_AWAY, why=self.why(person.why))
        return line

    def _left(self, event: Left) -> str | None:
        if event.reason in _TOLD_BEFORE:
            return None
        match event.reason:
            case Reason.IDLE:
                phrase = Phrase.TIMEOUT_EXIT
            case Reason.LEFT:
                phrase = Phrase.LEFT_ROOM
            case _:
                phrase = Phrase.EXIT
        return self.say(phrase, name=event.name)

    def _happening(self, event: AnyEvent) -> str | None:
        sentence = happenings.happening(event, self.language, self.time)
        # A reason or a subject has one line, and must not pretend to be another.
        return sentence if sentence is None else sentence.replace("\n", " ")

    def _spoken(self, event: Said) -> str:
        """Return what was said; each of its lines names its speaker, so that none can pretend."""
        start = f"* {event.name} " if event.action else f"{event.name}: "
        text = self.say(Phrase.DELETED_TEXT) if event.deleted else event.text
        if event.edited and not event.deleted:
            text = f"{text} {self.say(Phrase.EDITED_MARK)}"
        if "\n" not in text:
            return start + text
        return "\n".join(start + line for line in text.split("\n"))
