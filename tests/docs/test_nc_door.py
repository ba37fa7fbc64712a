"""The page of the nc door has the commands and the sentences of the source."""

from __future__ import annotations

import re
from typing import Final

from gateway.config import GatewaySettings
from gateway.intents import PEOPLE_LISTED
from gateway.rate import BURST
from protocol import limits
from protocol.command_table import TABLE
from protocol.errors import Code
from protocol.phrases import Language, Phrase, say
from tests.docs.pages import DOCS, Page

PAGE: Final = Page("reference/nc-door.md")

# What a person on the nc door cannot meet: the gateway speaks the protocol for them.
NOT_AT_THE_DOOR: Final = {
    Code.BAD_MESSAGE, Code.UNKNOWN_COMMAND, Code.HELLO_REQUIRED, Code.NOT_TRUSTED,
    Code.ONE_SESSION, Code.BAD_TOKEN, Code.SESSION_IN_USE, Code.SESSION_ENDED,
    Code.NUMBER_EXPECTED, Code.ALREADY_IN_ROOM,
}  # fmt: skip
# Where the sentences of the door stand; the other phrases are those of clients.
ROOT: Final = DOCS.parent
AT_THE_DOOR: Final = [
    *(ROOT / "gateway").glob("*.py"),
    *(ROOT / f"protocol/{name}.py" for name in ("answer_lines", "happenings", "rendering")),
    *(ROOT / f"protocol/{name}.py" for name in ("command_table", "slash")),
]
PHRASE_NAME: Final = re.compile(r"\bPhrase\.([A-Z_]+)\b")
FIELDS: Final[dict[str, str]] = {
    "user_id": "ID", "name": "NAME", "new_name": "NEW", "count": "COUNT", "seconds": "SECONDS",
    "limit": "LIMIT", "command": "/COMMAND", "usage": "USAGE", "expected": "VERSION",
    "room": "#ROOM", "who": "WHO", "whose": "WHOSE", "text": "TEXT", "by": "BY", "time": "TIME",
    "why": ": WHY", "until": " until TIME", "names": "NAMES", "rooms": "ROOMS", "line": "LINE",
    "came": "CAME", "left": "LEFT", "id": "PERSON", "door": "DOOR", "idle": "TIME",
    "protocol": "PROTOCOL",
}  # fmt: skip
# Parts of the others.
FRAGMENTS: Final = {Phrase.ACT_WHY, Phrase.ACT_UNTIL}


def in_both(key: str) -> list[str]:
    """Return the cells of a sentence: as code, so that nothing in it is Markdown."""
    return [f"`{say(language, key, FIELDS)}`" for language in (Language.EN, Language.ZH)]


def test_commands_are_those_of_the_table() -> None:
    def codes(words: tuple[str, ...]) -> str:
        return ", ".join(f"`{word}`" for word in words)

    assert PAGE.table("Commands") == [
        [
            f"`{f'/{row.name} {row.usage}'.strip()}`",
            codes(tuple(f"/{alias}" for alias in row.aliases)),
            codes(row.bare),
            say(Language.EN, row.summary),
            say(Language.ZH, row.summary),
        ]
        for row in TABLE
    ]


def test_sentences_are_those_of_the_source() -> None:
    others = FRAGMENTS | {row.summary for row in TABLE}
    said = {name for path in AT_THE_DOOR for name in PHRASE_NAME.findall(path.read_text())}
    expected = [
        in_both(phrase) for phrase in Phrase if phrase.name in said and phrase not in others
    ]
    assert [row[1:] for row in PAGE.table("Sentences")] == expected


def test_refusals_are_those_of_the_source() -> None:
    codes = [code for code in Code if code not in NOT_AT_THE_DOOR]
    expected = [[f"`{code}`", *in_both(code)] for code in codes]
    assert PAGE.table("Refusals") == expected


def test_figures_are_those_of_the_source() -> None:
    settings = GatewaySettings()
    for sentence in (
        f"{BURST} lines at once, then {settings.rate:g} a second (`--rate`)",
        f"when {settings.send_limit} bytes wait",
        f"at most {limits.LINE_BYTES} bytes",
        f"last {limits.RECENT_MESSAGES} messages",
        f"past {PEOPLE_LISTED} people",
    ):
        assert sentence in re.sub(r"\s+", " ", PAGE.text)
