"""What people read as plain lines: events and answers to text, once per language. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol.events import AnyEvent, Joined, Left, Reason, Renamed, Said
from protocol.phrases import Language, Phrase, say
from protocol.slash import TABLE, CommandError, ShowHelp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from protocol.messages import People

_HELP_COLUMN = 18
_MS_A_MINUTE = 60_000
_MINUTES_AN_HOUR = 60
_MINUTES_A_DAY = 24 * 60


class Renderer:
    """Makes lines in one language.

    Args:
        language: of the sentences.
        offset_at: returns the zone's offset from UTC in minutes at a time in milliseconds.
    """

    def __init__(self, language: Language, offset_at: Callable[[int], int]) -> None:
        self.language = language
        self._offset_at = offset_at

    def say(self, key: str, **fields: int | str) -> str:
        """Return one sentence."""
        return say(self.language, key, fields)

    def to_others(self, event: AnyEvent) -> str | None:
        """Return the line that everybody but its author sees, or None for nothing."""
        match event:
            case Said():
                return _spoken(event)
            case Joined():
                return self.say(Phrase.LOGIN, user_id=event.user_id, name=event.name)
            case Left(reason=Reason.IDLE):
                return self.say(Phrase.TIMEOUT_EXIT, name=event.name)
            case Left():
                return self.say(Phrase.EXIT, name=event.name)
            case Renamed():
                return self.say(Phrase.RENAMED, name=event.name, new_name=event.new_name)
            case _:
                return None

    def to_author(self, event: AnyEvent) -> str | None:
        """Return the line that its author sees, or None for nothing."""
        match event:
            case Renamed():
                return self.say(Phrase.RENAMED_SELF)
            case Left(reason=reason) if reason != Reason.IDLE:
                return None
            case _:
                return self.to_others(event)

    def history(self, events: Iterable[AnyEvent]) -> list[str]:
        """Return what was said before, each line with its time and zone."""
        lines: list[str] = []
        for event in events:
            if isinstance(event, Said):
                time = self._time(event.at)
                lines += [f"-- {time} {line}" for line in _spoken(event).split("\n")]
        return lines

    def people(self, people: People, *, more: int) -> list[str]:
        """Return a page of a roster, and how many ``more`` there are if it is the last page."""
        lines = [
            self.say(Phrase.PERSON, user_id=person.user_id, name=person.name)
            for person in people.people
        ]
        if more > 0:
            lines.append(self.say(Phrase.MORE_PEOPLE, count=more))
        return lines

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
            f"  {f'/{row.name} {row.usage}'.rstrip():<{_HELP_COLUMN}}{self.say(row.summary)}"
            for row in rows
        ]
        if topic.topic:
            return lines
        return [self.say(Phrase.HELP_TITLE), self.say(Phrase.HELP_TEXT), *lines]

    def _time(self, at: int) -> str:
        offset = self._offset_at(at)
        hour, minute = divmod((at // _MS_A_MINUTE + offset) % _MINUTES_A_DAY, _MINUTES_AN_HOUR)
        zone_hours, zone_minutes = divmod(abs(offset), _MINUTES_AN_HOUR)
        zone = f"{'-' if offset < 0 else '+'}{zone_hours:02}"
        return f"{hour:02}:{minute:02}{zone}{f'{zone_minutes:02}' if zone_minutes else ''}"


def _spoken(event: Said) -> str:
    """Return what was said; each line of several names its speaker, so that none can pretend."""
    start = f"* {event.name} " if event.action else f"{event.name}: "
    if "\n" not in event.text:
        return start + event.text
    return "\n".join(start + line for line in event.text.split("\n"))
