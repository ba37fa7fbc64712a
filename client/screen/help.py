"""The help on the screen: made from the command table and the table of keys. Pure."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from client.screen.keymap import KEYS, ROOM_ACTIONS, When
from client.screen.overlays import Line
from protocol.command_table import TABLE
from protocol.phrases import Phrase, say
from protocol.slash import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from client.screen.keymap import Key
    from protocol.phrases import Language
    from protocol.slash import SlashCommand

_TITLES: Final = {
    When.INPUT: Phrase.KEYS_INPUT,
    When.FINDING: Phrase.KEYS_FINDING,
    When.SWITCHER: Phrase.KEYS_SWITCHER,
    When.OVERLAY: Phrase.KEYS_OVERLAY,
    When.LIST: Phrase.KEYS_LIST,
    When.PASTE: Phrase.KEYS_PASTE,
    When.PROMPT: Phrase.KEYS_PROMPT,
}


def help_lines(language: Language, topic: str = "") -> list[Line]:
    """Return the lines of the help, or of the command that the first word of ``topic`` names.

    Raises:
        CommandError: there is no such command.
    """
    if topic:
        name = topic.split(maxsplit=1)[0].removeprefix("/")
        row = TABLE.find(name)
        if row is None:
            raise CommandError(Phrase.UNKNOWN_COMMAND, command=f"/{name}")
        return [_command(row, language)]
    text = say(language, Phrase.HELP_TEXT).strip()
    lines = [Line(say(language, Phrase.HELP_TITLE)), Line("", text)]
    lines += [_command(row, language) for row in TABLE]
    for title, keys in key_groups():
        lines += [Line(""), Line(say(language, title))]
        lines += [Line(shown, say(language, summary)) for shown, summary in keys]
    return lines


def key_groups() -> Iterator[tuple[Phrase, list[tuple[str, Phrase]]]]:
    """Iterate over the table of keys as it is shown: titles, each with keys and what they do.

    Keys that count always stand with those of the input; the keys of rooms are one row.
    """

    def group(key: Key) -> When:
        return When.INPUT if key.when is When.ALWAYS else key.when

    for when, keys in groupby(KEYS, group):
        yield _TITLES[when], list(_rows(keys))


def _rows(keys: Iterator[Key]) -> Iterator[tuple[str, Phrase]]:
    for key in keys:
        if key.action is ROOM_ACTIONS[0]:
            yield "Alt-1 … Alt-9", key.summary
        elif key.action not in ROOM_ACTIONS:
            yield key.shown, key.summary


def _command(row: SlashCommand, language: Language) -> Line:
    names = ", ".join(f"/{name}" for name in row.aliases)
    aliases = f" ({names})" if names else ""
    return Line(f"/{row.name} {row.usage}".rstrip(), say(language, row.summary) + aliases)
