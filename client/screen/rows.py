"""How one entry looks: the time, the name, and the text wrapped beside them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from client.screen.colours import nick_style
from client.screen.entries import Happening, Note, NoteKind, OwnLine, Presence, Progress
from client.screen.folding import CAME, CHANGED, WENT, folded
from client.screen.fragments import Row
from client.screen.look import LocalTime, Look, moment, offset_of
from client.screen.paragraph import EMPTY, Block, Paragraph, Styled
from client.screen.pattern import Pattern
from client.screen.width import ELLIPSIS, cells, clip, printable, printable_line
from client.screen.wrap import Span
from protocol import times
from protocol.events import Joined, Reason, Renamed, Said, WentAway
from protocol.happenings import happening
from protocol.limits import TEXT_CHARACTERS
from protocol.phrases import Language, Phrase, say

TIME: Final = "class:time"
TEXT: Final = "class:text"
ACTION: Final = "class:action"
PRESENCE: Final = "class:presence"
ACT: Final = "class:act"
RULE: Final = "─"
_TIME_CELLS: Final = 6
_TIME_FROM: Final = 30
"""Cells of the narrowest screen that shows the time."""
_NARROWEST_NAME: Final = 4
_LONGEST_OWN: Final = TEXT_CHARACTERS
"""Characters of an own message that are shown; a longer one is refused, and given back whole."""
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
    Reason.LEFT: Phrase.LEFT_ROOM,
}


class Before(NamedTuple):
    """What is shown right before an entry: when it was, and who said it (empty: nobody)."""

    at: int
    name: str = ""


class Found(NamedTuple):
    """What is searched for, and the style of its matches."""

    pattern: Pattern
    style: str

    def pieces(self, text: str, shift: int, style: str) -> list[Styled]:
        """Return the matches in ``text``, which stands ``shift`` characters on, in ``style``.

        A character is never parted from its combining marks.
        """
        pieces: list[Styled] = []
        last = 0
        for span in self.pattern.spans(text):
            start, end = _with_marks(text, span, last)
            if start < end:
                pieces.append(Styled(start + shift, end + shift, f"{style} {self.style}"))
                last = end
        return pieces


def _with_marks(text: str, span: Span, least: int) -> Span:
    """Return ``span``, from ``least`` on, with all the marks of its first and last characters."""
    start, end = span
    while start > least and _is_mark(text, start):
        start -= 1
    while _is_mark(text, end):
        end += 1
    return max(start, least), end


def _is_mark(text: str, place: int) -> bool:
    return place < len(text) and text[place] != "\n" and not cells(text[place])


class Layout:
    """Makes blocks of a given width."""

    def __init__(self, local: Callable[[int], LocalTime], look: Look, width: int) -> None:
        self._local = local
        self._offset_at = offset_of(local)
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
        pointed: bool = False,
        changing: bool = False,
    ) -> Block:
        """Return a message.

        It is the first unread one when ``unread`` is set, and what was looked for if ``pointed``.
        A change of it is on its way if it is ``changing``.
        """
        text, sign, style = event.text, "", TEXT
        if pointed:
            style = "class:match.current"
        elif mention:
            style = "class:text.mention"
        elif event.author in self._look.own_ids:
            style = "class:text.own"
        if event.deleted:
            text, style = say(self._language, Phrase.DELETED_TEXT), "class:text.deleted"
        elif event.edited:
            sign = f" {say(self._language, Phrase.EDITED_MARK)}"
        if changing:
            sign += _PROGRESS[Progress.PENDING][1]
        above = self._separators(event.at, before, unread=unread)
        message = _Message(event.at, event.name, text, event.action, style, sign)
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

    def happening(self, event: Happening, before: Before | None) -> Block:
        """Return what somebody did, as a sentence."""
        sentence = happening(event, self._language, lambda at: self._time_of(at, event.at)) or ""
        above = self._separators(event.at, before)
        prefix = self._prefix(event.at, None if above else before)
        return _block(above, self._paragraph(prefix, printable(sentence), ACT), None)

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
        if isinstance(event, WentAway):
            said = happening(event, self._language, lambda at: self._time_of(at, event.at))
            return CHANGED, printable_line(said or "")
        if isinstance(event, Joined):
            return CAME, say(self._language, Phrase.TRANSCRIPT_CAME, fields)
        phrase = _LEFT.get(event.reason, Phrase.TRANSCRIPT_LEFT)
        return WENT, say(self._language, phrase, fields)

    @property
    def _language(self) -> Language:
        return self._look.language

    def _time_of(self, at: int, now: int) -> str:
        return times.shown(at, now, self._offset_at)

    def _clock(self, at: int) -> str:
        when = moment(self._local, at)
        return f"{when.hour:02}:{when.minute:02} "

    def _day(self, at: int) -> str:
        when = moment(self._local, at)
        weekdays = say(self._language, Phrase.TRANSCRIPT_WEEKDAYS).split()
        fields: dict[str, int | str] = {
            "weekday": weekdays[when.weekday],
            "year": when.year,
            "month": f"{when.month:02}",
            "day": f"{when.day:02}",
        }
        return say(self._language, Phrase.TRANSCRIPT_DAY, fields)


class _Message(NamedTuple):
    """What somebody says; ``sign`` follows what is edited, or is an own one on its way."""

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
