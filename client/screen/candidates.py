"""What Tab completes: commands, names by who spoke last, rooms, and short names of emoji. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from client.screen.emoji import EMOJI
from client.screen.width import printable_line
from protocol import room_names
from protocol.command_table import TABLE
from protocol.names import compared
from protocol.phrases import say
from protocol.slash import Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from client.screen.state import ScreenState
    from protocol.phrases import Language
    from protocol.slash import SlashCommand

CANDIDATES: Final = 100
"""Shown at most."""
_WORD: Final = re.compile(r"\S*\Z")
_EMOJI: Final = re.compile(r":[a-z0-9_+-]*\Z")
_EMOJI_SHORTEST: Final = 2
"""Characters of a short name, its colon counted, before it is completed."""
_AFTER_NAME_AT_START: Final = ": "
_DURATIONS: Final = ("10m", "1h", "2h", "1d", "7d")
_TIMES: Final = ("since", "20", "100")
_SEARCHED: Final = ("in", "from", "after", "before")
_ONCE: Final = frozenset({Word.PERSON, Word.ROOM, Word.DURATION})
"""Words of which no more follow than a command takes."""
_OF_OPEN_ROOMS: Final = frozenset({"focus", "leave"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """One completion.

    Attributes:
        text: what is put in.
        start: how many characters before the cursor it replaces.
        display: how the list shows it.
        hint: what stands beside it, such as the usage of a command.
    """

    text: str
    start: int
    display: str
    hint: str = ""


def complete(before: str, state: ScreenState) -> list[Candidate]:
    """Return the completions of ``before``, which is the input up to the cursor, the best first.

    What is offered depends on the command that is typed, if one is.
    """
    is_command = before.startswith("/") and not before.startswith("//")
    name, space, argument = before[1:].partition(" ")
    if is_command and not space:
        found = _commands(before, state.settings.language)
    else:
        row = TABLE.find(name) if is_command else None
        found = _words(before, state) if row is None else _arguments(row, argument, state)
    return list(islice(found, CANDIDATES))


def usage(text: str, language: Language) -> str:
    """Return how the command that ``text`` begins with is used; empty if it is none."""
    name, *rest = text[1:].split(maxsplit=1) or [""]
    if not text.startswith("/") or text.startswith("//"):
        return ""
    row = TABLE.find(name) if name else None
    if row is None:
        starting = [row for row in TABLE if name and row.name.startswith(name.lower())]
        row = starting[0] if len(starting) == 1 and not rest else None
    return f"{_shown(row)}  {say(language, row.summary)}" if row else ""


def _commands(typed: str, language: Language, sign: str = "/") -> Iterator[Candidate]:
    prefix = typed.removeprefix("/").lower()
    for row in TABLE:
        name = next((n for n in (row.name, *row.aliases) if n.startswith(prefix)), None)
        if name is not None:
            end = " " if row.usage and sign else ""
            hint = f"{row.usage} {say(language, row.summary)}".strip()
            yield Candidate(f"{sign}{name}{end}", len(typed), f"{sign}{name}", hint)


def _words(before: str, state: ScreenState) -> Iterator[Candidate]:
    """Complete the last word of what is said."""
    typed = _last_word(before)
    short = _EMOJI.search(before)
    if short and len(short[0]) >= _EMOJI_SHORTEST:
        yield from _emoji(short[0])
    elif typed.startswith("#"):
        yield from _rooms(typed, state)
    elif typed:
        end = _AFTER_NAME_AT_START if typed == before else " "
        yield from _names(typed, state, end)


def _arguments(row: SlashCommand, argument: str, state: ScreenState) -> Iterator[Candidate]:
    """Complete the last word of a command's arguments, which may be empty yet."""
    typed = _last_word(argument)
    before = argument[: len(argument) - len(typed)].split()
    if typed.startswith("--"):
        yield from _listed(typed, row.options)
        return
    if not row.words:
        return
    kind = row.words[min(len(before), len(row.words) - 1)]
    if before and not typed and kind is Word.TEXT:
        return
    if len(before) < len(row.words) or kind not in _ONCE:
        yield from _word(kind, row, argument, state)
    if not typed:
        yield from _listed(typed, row.options)


def _word(kind: Word, row: SlashCommand, argument: str, state: ScreenState) -> Iterator[Candidate]:
    typed = _last_word(argument)
    match kind:
        case Word.PERSON if row.name == "unignore":
            yield from _ignored(typed, state)
        case Word.PERSON:
            yield from _names(typed, state, " ")
        case Word.ROOM if row.name in _OF_OPEN_ROOMS:
            yield from _open(typed, state)
        case Word.ROOM:
            yield from _rooms(typed, state)
        case Word.COMMAND:
            yield from _commands(typed, state.settings.language, sign="")
        case Word.DURATION:
            yield from _listed(typed, _DURATIONS)
        case Word.TIME:
            yield from _listed(typed, _TIMES if argument == typed else _DURATIONS)
        case Word.TEXT:
            yield from _text(row, argument, typed, state)


def _text(row: SlashCommand, argument: str, typed: str, state: ScreenState) -> Iterator[Candidate]:
    """Complete a word of a text; a text that is not begun yet may be one that there is."""
    key, colon, value = typed.partition(":")
    if row.name == "search" and colon and key in _SEARCHED:
        yield from _searched(key, value, state)
    elif row.name == "search" and typed and (keys := [k for k in _SEARCHED if k.startswith(typed)]):
        yield from (Candidate(f"{key}:", len(typed), f"{key}:") for key in keys)
    elif not argument:
        yield from _whole_text(row, state)
    else:
        yield from _words(argument, state)


def _whole_text(row: SlashCommand, state: ScreenState) -> Iterator[Candidate]:
    tab = state.tabs.focus
    text = ""
    if row.name == "edit":
        text = tab.transcript.last_said_by(state.own.ids)
    elif row.name == "topic":
        text = tab.subject
    if text:
        yield Candidate(text, 0, printable_line(text))


def _searched(key: str, value: str, state: ScreenState) -> Iterator[Candidate]:
    match key:
        case "in":
            yield from _rooms(value, state)
        case "from":
            yield from _names(value, state, " ")
        case _:
            yield from _listed(value, _DURATIONS)


def _listed(typed: str, words: Iterable[str]) -> Iterator[Candidate]:
    for word in words:
        if word.startswith(typed):
            yield Candidate(f"{word} ", len(typed), word)


def _last_word(text: str) -> str:
    word = _WORD.search(text)
    return word[0] if word else ""


def _names(typed: str, state: ScreenState, end: str) -> Iterator[Candidate]:
    """Offer who is in the room, who spoke last first, then who one talks with in private."""
    prefix = compared(typed.removeprefix("@"))
    offered = {state.own.id}
    for member in state.tabs.focus.roster.by_recent_speech():
        if member.id not in offered and member.compared.startswith(prefix):
            offered.add(member.id)
            yield Candidate(member.name + end, len(typed), printable_line(member.name))
    for tab in state.tabs:
        if tab.private and tab.other not in offered and compared(tab.name).startswith(prefix):
            yield Candidate(tab.name + end, len(typed), printable_line(tab.name))


def _ignored(typed: str, state: ScreenState) -> Iterator[Candidate]:
    prefix = compared(typed)
    for name in sorted(state.own.ignored.values()):
        if compared(name).startswith(prefix):
            yield Candidate(f"{name} ", len(typed), printable_line(name))


def _open(typed: str, state: ScreenState) -> Iterator[Candidate]:
    """Offer the rooms and the conversations on the screen."""
    prefix = compared(typed)
    for tab in state.tabs:
        if compared(tab.name).startswith(prefix) or tab.room.startswith(prefix):
            yield Candidate(f"{tab.name} ", len(typed), printable_line(tab.name))


def _rooms(typed: str, state: ScreenState) -> Iterator[Candidate]:
    """Offer the rooms on the screen, then others that the broker has listed."""
    prefix = typed.removeprefix("#").casefold()
    open_rooms = [tab.room for tab in state.tabs if not tab.private]
    for room in dict.fromkeys((*open_rooms, *state.known_rooms)):
        if room.casefold().startswith(prefix):
            shown = room_names.shown(room)
            yield Candidate(f"{shown} ", len(typed), printable_line(shown))


def _emoji(typed: str) -> Iterator[Candidate]:
    name = typed[1:]
    starting = sorted((n for n in EMOJI if n.startswith(name)), key=len)
    within = sorted(n for n in EMOJI if name in n and not n.startswith(name))
    for found in (*starting, *within):
        yield Candidate(EMOJI[found], len(typed), f"{EMOJI[found]} :{found}:")


def _shown(row: SlashCommand) -> str:
    return f"/{row.name} {row.usage}".rstrip()
