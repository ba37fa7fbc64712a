"""Reads the Markdown of ``docs/``: sections, tables, and fenced blocks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

DOCS: Final = Path(__file__).parents[2] / "docs"
_HEADING: Final = re.compile(r"^(#{1,6}) (.+)$", re.MULTILINE)
_FENCE: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CELL_END: Final = re.compile(r"(?<!\\)\|")

Row = list[str]


class Page:
    """One page, cut at its headings. A section ends at the next heading of any level."""

    def __init__(self, path: str) -> None:
        text = (DOCS / path).read_text(encoding="utf-8")
        # A line of a fenced block is no heading, whatever it starts with.
        inside = [match.span() for match in _FENCE.finditer(text)]
        headings = [
            match
            for match in _HEADING.finditer(text)
            if not any(start <= match.start() < end for start, end in inside)
        ]
        ends = [match.start() for match in headings[1:]] + [len(text)]
        self.text = text
        self.sections: dict[str, str] = {}
        for heading, end in zip(headings, ends, strict=True):
            title = heading[2].strip("`")
            assert title not in self.sections, f"two sections are called {title!r}"
            self.sections[title] = text[heading.end() : end]

    def tables(self, title: str) -> list[list[Row]]:
        """Return the tables of a section, each as rows of cells; the heading row comes first."""
        tables: list[list[Row]] = [[]]
        for line in _FENCE.sub("", self.sections[title]).splitlines():
            if line.startswith("|"):
                cells = [cell.strip().replace("\\|", "|") for cell in _CELL_END.split(line)[1:-1]]
                tables[-1].append(cells)
            elif tables[-1]:
                tables.append([])
        return [[table[0], *table[2:]] for table in tables if table]

    def table(self, title: str) -> list[Row]:
        """Return the rows of a section's first table, without the heading row."""
        return self.tables(title)[0][1:]

    def blocks(self, title: str, language: str) -> list[str]:
        """Return the fenced blocks of a section."""
        found = _FENCE.findall(self.sections[title])
        return [body for kind, body in found if kind == language]


def code(cell: str) -> str:
    """Return the text of a cell without its backticks."""
    return cell.strip("`")
