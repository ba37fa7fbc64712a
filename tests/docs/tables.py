"""The tables of ``docs/reference/`` that are made from the code: keys and commands.

    python -m tests.docs.tables --write

writes them anew; ``tests/docs/test_tables.py`` fails while the pages differ from the code. A table
follows a line such as ``<!-- table: input -->``; what stands around it is written by hand.
"""

from __future__ import annotations

import argparse
import re
import sys
from itertools import groupby
from typing import TYPE_CHECKING, Final

from client.screen.keymap import KEYS, Key, When
from protocol.command_table import TABLE
from protocol.phrases import Language, say
from protocol.slash import Guard
from tests.docs.pages import DOCS, Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Tables = dict[str, list[Row]]
"""The rows of each table by its marker; the heading row comes first."""

_MARKED: Final = re.compile(r"^<!-- table: ([a-z-]+) -->\n*(?:\|.*\n)*\n*", re.MULTILINE)
_NEEDS: Final = {Guard.IN_ROOM: "a room"}


def tables() -> dict[str, Tables]:
    """Return every table by page, as a path below ``docs/``."""
    return {"reference/keys.md": _keys(), "reference/commands.md": {"commands": _commands()}}


def rewritten(text: str, made: Tables) -> str:
    """Return a page with its tables as they should be.

    Raises:
        ValueError: the page lacks a table, has one twice, or one that there is not.
    """
    found = [match[1] for match in _MARKED.finditer(text)]
    if sorted(found) != sorted(made):
        raise ValueError(f"the page has the tables {found}, not {list(made)}")
    after = _MARKED.sub(
        lambda match: f"<!-- table: {match[1]} -->\n\n{markdown(made[match[1]])}\n", text
    )
    return f"{after.rstrip()}\n"


def markdown(rows: Sequence[Row]) -> str:
    """Return rows as a table, the first as its heading."""
    heading, *rest = rows
    return "".join(map(_line, [heading, ["---"] * len(heading), *rest]))


def _line(row: Row) -> str:
    cells = " | ".join(cell.replace("|", "\\|") for cell in row)
    return re.sub(" {2,}", " ", f"| {cells} |\n")


def _keys() -> Tables:
    return {when.name.lower(): [["key", "English", "中文"], *_rows_of_keys(when)] for when in When}


def _rows_of_keys(when: When) -> Iterator[Row]:
    """Yield a row a key; keys that follow each other and do the same of their kind share one."""
    held = (key for key in KEYS if key.when is when)
    for summary, group in groupby(held, lambda key: key.summary):
        yield [_shown(list(group)), *(say(language, summary) for language in Language)]


def _shown(keys: Sequence[Key]) -> str:
    if len(keys) > 2:
        return f"{_codes([keys[0].shown])} … {_codes([keys[-1].shown])}"
    return ", ".join(_codes(key.shown.split(", ")) for key in keys)


def _commands() -> list[Row]:
    return [
        ["command", "also", "needs", "English", "中文"],
        *(
            [
                _codes([f"/{row.name} {row.usage}".strip()]),
                _codes(f"/{alias}" for alias in row.aliases),
                ", ".join(sorted(_NEEDS[guard] for guard in row.guards)),
                *(say(language, row.summary) for language in Language),
            ]
            for row in TABLE
        ),
    ]


def _codes(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def main() -> int:
    """Run from the command line; the exit status is 1 if a page differs and is not written."""
    options = argparse.ArgumentParser(
        prog="python -m tests.docs.tables", description="Compare the made tables with the code."
    )
    options.add_argument("--write", action="store_true", help="write the pages that differ")
    write = options.parse_args().write
    differing = False
    for page, made in tables().items():
        path = DOCS / page
        before = path.read_text(encoding="utf-8")
        after = rewritten(before, made)
        if after != before:
            differing = True
            sys.stdout.write(f"{page} {'written' if write else 'differs'}\n")
            if write:
                path.write_text(after, encoding="utf-8")
    return int(differing and not write)


if __name__ == "__main__":
    sys.exit(main())
