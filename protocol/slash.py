"""What a slash command is, and how a typed line becomes an intent.

A row declares everything about a command but what a door does with its intent. Parsing returns an
intent; the table enforces arguments and guards, so that no handler repeats the checks. The rows are
in :mod:`protocol.command_table`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from protocol.errors import HubbubError, Refusal
from protocol.intents import Speak
from protocol.phrases import Phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from protocol.errors import Code
    from protocol.intents import Intent


# Any white space ends the name, such as the ideographic space of a Chinese keyboard.
_SPACE: Final = re.compile(r"\s")


class Guard(Enum):
    """What must hold before a command is carried out."""

    IN_ROOM = auto()
    """A room is in focus, or the command names one."""


class Word(Enum):
    """What a word of a command's arguments is, for completion."""

    PERSON = auto()
    ROOM = auto()
    COMMAND = auto()
    DURATION = auto()
    TIME = auto()
    TEXT = auto()


class CommandError(HubbubError):
    """A typed line that is no valid command.

    Attributes:
        phrase: what to tell the person: a phrase, or the code of a refusal.
        fields: the values for the phrase.
    """

    def __init__(self, phrase: Phrase | Code, **fields: int | str) -> None:
        super().__init__(phrase, fields)
        self.phrase = phrase
        self.fields = fields


class PlaceError(CommandError):
    """Somebody cannot get to the place that the lines after this one are meant for."""


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """One row of the table.

    Attributes:
        name: what is typed after the slash.
        usage: its arguments, as shown.
        summary: the phrase that explains it in one line.
        build: makes the intent from the argument text; None where it makes no sense. What it can
            say more of it raises as a :class:`CommandError`.
        aliases: other names.
        bare: words that mean it without a slash on the nc door, as on the classic servers;
            those that end in ``|`` take the rest of the line as their argument.
        arguments: how many words it needs at least.
        guards: what must hold.
        words: what each word of the arguments is; the last stands for all that follow.
        options: words with ``--`` that may be among them.
        moves: whether what is typed next is meant for the place that it names.
    """

    name: str
    usage: str
    summary: Phrase
    build: Callable[[str], Intent | None]
    aliases: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    arguments: int = 0
    guards: frozenset[Guard] = field(default_factory=frozenset)
    words: tuple[Word, ...] = ()
    options: tuple[str, ...] = ()
    moves: bool = False


class CommandTable:
    """Rows by name, alias and bare word."""

    def __init__(self, rows: tuple[SlashCommand, ...]) -> None:
        self._rows = rows
        self._by_name = {name: row for row in rows for name in (row.name, *row.aliases)}
        self._bare_words = {w: row for row in rows for w in row.bare if not w.endswith("|")}
        self._bare_prefixes = {w: row for row in rows for w in row.bare if w.endswith("|")}

    def __iter__(self) -> Iterator[SlashCommand]:
        """Iterate over the rows in the order in which help shows them."""
        return iter(self._rows)

    def find(self, name: str) -> SlashCommand | None:
        """Return the row called ``name`` (with or without its slash), or None."""
        return self._by_name.get(name.removeprefix("/").lower())

    def parse(self, line: str, *, in_room: bool = True, bare_words: bool = False) -> Intent:
        """Return what a typed line means. ``//text`` says ``/text``.

        Args:
            line: one line, cleaned, not empty.
            in_room: whether a room is in focus.
            bare_words: whether the classic words without a slash count (the nc door).

        Raises:
            CommandError: unknown command, arguments that make no sense, or a guard that does not
                hold.
            PlaceError: no room can have the name of the one to go to.
        """
        row, argument = self._split(line, bare_words=bare_words)
        if row is None:
            if not in_room:
                raise CommandError(Phrase.NEEDS_ROOM)
            return Speak(argument)
        if len(argument.split()) < row.arguments:
            raise _misused(row)
        try:
            intent = row.build(argument)
        except Refusal as refusal:
            error = PlaceError if row.moves else CommandError
            raise error(refusal.code, **refusal.fields) from refusal
        if intent is None:
            raise _misused(row)
        place: str = getattr(intent, "room", "")
        if Guard.IN_ROOM in row.guards and not (in_room or place):
            raise CommandError(Phrase.NEEDS_ROOM)
        return intent

    def _split(self, line: str, *, bare_words: bool) -> tuple[SlashCommand | None, str]:
        if bare_words:
            bare = line.strip()
            if row := self._bare_words.get(bare):
                return row, ""
            head, bar, rest = bare.partition("|")
            if row := self._bare_prefixes.get(head + bar):
                return row, rest.strip()
        if line.startswith("//"):
            return None, line[1:]
        if not line.startswith("/"):
            return None, line
        name, argument = _SPACE.split(line[1:] + " ", maxsplit=1)
        row = self.find(name)
        if row is None:
            raise CommandError(Phrase.UNKNOWN_COMMAND, command=f"/{name}")
        return row, argument.strip()


def _misused(row: SlashCommand) -> CommandError:
    return CommandError(Phrase.USAGE, usage=f"/{row.name} {row.usage}".rstrip())
