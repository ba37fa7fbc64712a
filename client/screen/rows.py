"""One entry as rows: the time, the name, and the text wrapped beside them.

Rows are made when they are asked for. What is kept of an entry is where its text breaks.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from client.screen.colours import nick_style
from client.screen.entries import Note, NoteKind, OwnLine, Presence, Progress
from client.screen.folding import CAME, CHANGED, WENT, folded
from client.screen.fragments import Row
from client.screen.look import LocalTime, Look
from client.screen.pattern import Pattern
from client.screen.width import ELLIPSIS, cells, clip, printable, printable_line
from client.screen.wrap import Span, wrap
from protocol.events import Joined, Reason, Renamed, Said
from protocol.limits import TEXT_CHARACTERS
from protocol.phrases import Language, Phrase, say

TIME: Final = "class:time"
TEXT: Final = "class:text"
ACTION: Final = "class:action"
PRESENCE: Final = "class:presence"
RULE: Final = "─"
_TIME_CELLS: Final = 6
_TIME_FROM: Final = 30
"""Cells of the narrowest screen that shows the time."""
_NARROWEST_NAME: Final = 4
_LONGEST_OWN: Final = TEXT_CHARACTERS
"""Characters of an own message that are shown; a longer one is refused, and given back whole."""
_LATEST_MS: Final = 253_370_764_800_000
"""The start of the year 9999; a later time is shown as this one."""
_NOTE_STYLES: Final = {
    NoteKind.INFO: "class:note",
    NoteKind.ERROR: "class:note.error",
    NoteKind.GAP: "class:gap",
}
_PROGRESS: Final = {
    Progress.PENDING: ("class:text.pending", " …"),
    Progress.SETTLED: ("class:text.own", " ✓"),
    Progress.REFUSED: ("class:text.refused", " ✗"),
}
_LEFT: Final[Mapping[str, Phrase]] = {
    Reason.LOST: Phrase.TRANSCRIPT_LOST,
    Reason.IDLE: Phrase.TRANSCRIPT_IDLE,
    Reason.SLOW: Phrase.TRANSCRIPT_SLOW,
}


class Styled(NamedTuple):
    """A piece of a text that has its own style."""

    start: int
    end: int
    style: str


class Paragraph:
    """A text that is wrapped beside what stands before its first row."""

    def __init__(
        self, prefix: Row, text: str, width: int, style: str, pieces: Sequence[Styled] = ()
    ) -> None:
        """``pieces`` stand from left to right, none over another."""
        self._prefix = prefix
        self._indent = " " * sum(cells(text) for _, text in prefix)
        self._text = text
        self._style = style
        self._breaks: Sequence[Span] = wrap(text, width)
        self._pieces = pieces

    def __len__(self) -> int:
        return len(self._breaks)

    def rows(self, start: int, stop: int) -> list[Row]:
        """Return the rows from ``start`` to ``stop``."""
        return [self._row(index) for index in range(start, min(stop, len(self._breaks)))]

    def row_of(self, style: str) -> int:
        """Return the first row that has a piece in ``style``, or 0."""
        start = next((piece.start for piece in self._pieces if piece.style.endswith(style)), 0)
        return max(0, bisect_right(self._breaks, start, key=lambda span: span[0]) - 1)

    def _row(self, index: int) -> Row:
        start, end = self._breaks[index]
        row = list(self._prefix) if index == 0 else [("", self._indent)] if self._indent else []
        first = bisect_right(self._pieces, start, key=lambda piece: piece.end)
        for piece in self._pieces[first:]:
            if piece.start >= end:
                break
            if piece.start > start:
                row.append((self._style, self._text[start : piece.start]))
                start = piece.start
            stop = min(piece.end, end)
            row.append((piece.style, self._text[start:stop]))
            start = stop
        if start < end:
            row.append((self._style, self._text[start:end]))
        return row


class Block:
    """All rows of one entry; ``focus`` is the one to look at first."""

    def __init__(self, parts: Sequence[Row | Paragraph], focus: int = 0) -> None:
        self._parts = parts
        self.focus = focus
        self.count = sum(len(part) if isinstance(part, Paragraph) else 1 for part in parts)

    def rows(self, start: int, stop: int) -> list[Row]:
        """Return the rows from ``start`` to ``stop``."""
        rows: list[Row] = []
        for part in self._parts:
            if not isinstance(part, Paragraph):
                rows += [part] if start <= 0 < stop else []
                length = 1
            else:
                rows += part.rows(max(start, 0), stop)
                length = len(part)
            start -= length
            stop -= length
        return rows


EMPTY: Final = Block(())


class Before(NamedTuple):
    """What is shown right before an entry: when it was, and who said it (empty: nobody)."""

    at: int
    name: str = ""


class Found(NamedTuple):
    """What is searched for, and the style of its matches."""

    pattern: Pattern
    style: str

    def pieces(self, text: str, shift: int, style: str) -> list[Styled]:
        """Return the matches in ``text``, which stands ``shift`` characters on, in ``style``."""
        spans = self.pattern.spans(text)
        return [Styled(start + shift, end + shift, f"{style} {self.style}") for start, end in spans]


class Layout:
    """Makes blocks of a given width."""

    def __init__(self, local: Callable[[int], LocalTime], look: Look, width: int) -> None:
        self._local = local
        self._look = look
        self._width = width
        self._time = _TIME_CELLS if width >= _TIME_FROM else 0
        name = min(look.name_column, width // 4)
        self._name = name if name >= _NARROWEST_NAME else 0
        self._text = width - self._time - (self._name + 1 if self._name else 0)

    def said(
        self,
        event: Said,
        before: Before | None,
        found: Found | None = None,
        *,
        mention: bool = False,
        unread: bool = False,
    ) -> Block:
        """Return a message; it is the first unread one when ``unread`` is set."""
        style = TEXT
        if mention:
            style = "class:text.mention"
        elif event.author in self._look.own_ids:
            style = "class:text.own"
        above = self._separators(event.at, before, unread=unread)
        message = _Message(event.at, event.name, event.text, event.action, style)
        paragraph = self._message(message, None if above else before, found)
        return _block(above, paragraph, found, is_first=unread)

    def own(self, line: OwnLine, before: Before | None) -> Block:
        """Return an own message that is not in the room yet."""
        style, sign = _PROGRESS[line.progress]
        above = self._separators(line.at, before)
        text = line.text
        if len(text) > _LONGEST_OWN:
            text = text[:_LONGEST_OWN] + ELLIPSIS
        message = _Message(line.at, self._look.own_name, text, line.action, style, sign)
        parts: list[Row | Paragraph] = [
            *above,
            self._message(message, None if above else before, None),
        ]
        if line.reason:
            indent: Row = [("", " " * (self._width - self._text))]
            reason = printable(line.reason)
            parts.append(Paragraph(indent, reason, self._text, "class:note.error"))
        return Block(parts)

    def note(self, note: Note, before: Before | None, found: Found | None = None) -> Block:
        """Return a local line."""
        above = self._separators(note.at, before)
        prefix = self._prefix(note.at, None if above else before)
        text, style = printable(note.text), _NOTE_STYLES[note.kind]
        pieces = found.pieces(text, 0, style) if found else ()
        return _block(above, self._paragraph(prefix, text, style, pieces), found)

    def presence(self, events: Sequence[Presence], before: Before | None) -> Block:
        """Return people who came, went or changed names; folded, or each in a row."""
        if not events:
            return EMPTY
        parts: list[Row | Paragraph] = [*self._separators(events[0].at, before)]
        if parts:
            before = None
        if self._look.fold:
            prefix = self._prefix(events[0].at, before)
            parts.append(self._paragraph(prefix, folded(events), PRESENCE))
            return Block(parts)
        for event in events:
            sign, sentence = self._sentence(event)
            prefix = self._prefix(event.at, before, sign, PRESENCE)
            parts.append(self._paragraph(prefix, sentence, PRESENCE))
            before = Before(event.at)
        return Block(parts)

    def more(self, count: int) -> Row:
        """Return the row that says how many lines are below the screen."""
        return [("class:more", clip(f"-MORE({count})-", self._width))]

    def _message(self, message: _Message, before: Before | None, found: Found | None) -> Paragraph:
        name = printable_line(message.name)
        colour = nick_style(message.name, self._look.own_name)
        text, style = printable(message.text), message.style
        pieces: list[Styled] = []
        lead = ""
        if message.action:
            prefix = self._prefix(message.at, before, "*", ACTION)
            pieces.append(Styled(0, len(name), colour))
            lead, style = f"{name} ", f"{style} {ACTION}"
        else:
            is_new = before is None or before.name != message.name
            prefix = self._prefix(message.at, before, name if is_new else "", colour)
        if found:
            pieces += found.pieces(text, len(lead), style)
        text = lead + text
        if message.sign:
            pieces.append(Styled(len(text), len(text) + len(message.sign), "class:mark"))
            text += message.sign
        return self._paragraph(prefix, text, style, pieces)

    def _paragraph(
        self, prefix: Row, text: str, style: str, pieces: Sequence[Styled] = ()
    ) -> Paragraph:
        return Paragraph(prefix, text, self._text, style, pieces)

    def _prefix(self, at: int, before: Before | None, name: str = "", style: str = "") -> Row:
        """Return the time, unless it is the minute of what is before, and the name."""
        row: Row = []
        if self._time:
            clock = self._clock(at)
            is_new = before is None or self._clock(before.at) != clock
            row.append((TIME, clock) if is_new else ("", " " * self._time))
        if self._name:
            shown = clip(name, self._name)
            row.append(("", " " * (self._name - cells(shown))))
            row += [(style, shown), ("", " ")] if shown else [("", " ")]
        return row

    def _separators(self, at: int, before: Before | None, *, unread: bool = False) -> list[Row]:
        """Return the rows that separate days, and what is read from what is not."""
        rows: list[Row] = []
        if before is None or self._day(before.at) != self._day(at):
            rows.append(self._rule("class:day", self._day(at)))
        if unread:
            rows.append(self._rule("class:unread", say(self._language, Phrase.TRANSCRIPT_UNREAD)))
        return rows

    def _rule(self, style: str, text: str) -> Row:
        text = clip(f"{RULE}{RULE} {text} ", self._width)
        return [(style, text + RULE * (self._width - cells(text)))]

    def _sentence(self, event: Presence) -> tuple[str, str]:
        fields: dict[str, int | str] = {"name": printable_line(event.name)}
        if isinstance(event, Renamed):
            fields["new_name"] = printable_line(event.new_name)
            return CHANGED, say(self._language, Phrase.RENAMED, fields)
        if isinstance(event, Joined):
            return CAME, say(self._language, Phrase.TRANSCRIPT_CAME, fields)
        phrase = _LEFT.get(event.reason, Phrase.TRANSCRIPT_LEFT)
        return WENT, say(self._language, phrase, fields)

    @property
    def _language(self) -> Language:
        return self._look.language

    def _when(self, at: int) -> LocalTime:
        return self._local(max(0, min(at, _LATEST_MS)))

    def _clock(self, at: int) -> str:
        when = self._when(at)
        return f"{when.hour:02}:{when.minute:02} "

    def _day(self, at: int) -> str:
        when = self._when(at)
        weekdays = say(self._language, Phrase.TRANSCRIPT_WEEKDAYS).split()
        fields: dict[str, int | str] = {
            "weekday": weekdays[when.weekday],
            "year": when.year,
            "month": f"{when.month:02}",
            "day": f"{when.day:02}",
        }
        return say(self._language, Phrase.TRANSCRIPT_DAY, fields)


class _Message(NamedTuple):
    """What somebody says; ``sign`` follows an own message that is on its way."""

    at: int
    name: str
    text: str
    action: bool
    style: str
    sign: str = ""


def _block(
    above: Sequence[Row], text: Paragraph, found: Found | None, *, is_first: bool = False
) -> Block:
    """Return a block whose focus is the match, or else the text with its rule if it has one."""
    focus = 0 if is_first else len(above)
    if found:
        focus = len(above) + text.row_of(found.style)
    return Block([*above, text], focus)
