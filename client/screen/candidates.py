"""What Tab completes: commands, names by who spoke last, rooms, and short names of emoji. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from client.screen.emoji import EMOJI
from client.screen.width import printable_line
from protocol.names import compared
from protocol.phrases import say
from protocol.slash import TABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from client.screen.tabs import Tab
    from protocol.phrases import Language
    from protocol.slash import SlashCommand

CANDIDATES: Final = 100
"""Shown at most."""
_WORD: Final = re.compile(r"\S*\Z")
_EMOJI: Final = re.compile(r":[a-z0-9_+-]*\Z")
_EMOJI_SHORTEST: Final = 2
"""Characters of a short name, its colon counted, before it is completed."""
_AFTER_NAME_AT_START: Final = ": "


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


def complete(
    before: str, tab: Tab, tabs: Iterable[Tab], own_id: str, language: Language
) -> list[Candidate]:
    """Return the completions of ``before``, which is the input up to the cursor, the best first.

    Args:
        before: the input up to the cursor.
        tab: the room that is shown, whose people are offered.
        tabs: the rooms that are offered.
        own_id: the id of the person, who is not offered.
        language: of the hints.
    """
    if before.startswith("/") and not before.startswith("//") and not re.search(r"\s", before):
        return list(_commands(before, language))
    word = _WORD.search(before)
    typed = word[0] if word else ""
    short = _EMOJI.search(before)
    if short and len(short[0]) >= _EMOJI_SHORTEST:
        return list(islice(_emoji(short[0]), CANDIDATES))
    if typed.startswith("#"):
        return list(islice(_rooms(typed, tabs), CANDIDATES))
    if not typed:
        return []
    return list(islice(_names(typed, tab, own_id, at_start=typed == before), CANDIDATES))


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


def _commands(typed: str, language: Language) -> Iterator[Candidate]:
    prefix = typed[1:].lower()
    for row in TABLE:
        name = next((n for n in (row.name, *row.aliases) if n.startswith(prefix)), None)
        if name is not None:
            end = " " if row.usage else ""
            hint = f"{row.usage} {say(language, row.summary)}".strip()
            yield Candidate(f"/{name}{end}", len(typed), f"/{name}", hint)


def _names(typed: str, tab: Tab, own_id: str, *, at_start: bool) -> Iterator[Candidate]:
    prefix = compared(typed.removeprefix("@"))
    end = _AFTER_NAME_AT_START if at_start else " "
    for member in tab.roster.by_recent_speech():
        if member.id != own_id and member.compared.startswith(prefix):
            yield Candidate(member.name + end, len(typed), printable_line(member.name))


def _rooms(typed: str, tabs: Iterable[Tab]) -> Iterator[Candidate]:
    prefix = typed[1:].casefold()
    for tab in tabs:
        if not tab.private and tab.room.casefold().startswith(prefix):
            yield Candidate(f"#{tab.room} ", len(typed), f"#{printable_line(tab.room)}")


def _emoji(typed: str) -> Iterator[Candidate]:
    name = typed[1:]
    starting = sorted((n for n in EMOJI if n.startswith(name)), key=len)
    within = sorted(n for n in EMOJI if name in n and not n.startswith(name))
    for found in (*starting, *within):
        yield Candidate(EMOJI[found], len(typed), f"{EMOJI[found]} :{found}:")


def _shown(row: SlashCommand) -> str:
    return f"/{row.name} {row.usage}".rstrip()
