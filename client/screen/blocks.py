"""The blocks of one room, laid out when they are looked at, and remembered while they hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from client.screen.entries import Entry, Group, Note, OwnLine, Presence
from client.screen.folding import Speech, names_of
from client.screen.held import LARGEST_GROUP, Held
from client.screen.look import LocalTime, Look
from client.screen.mentions import Mentions
from client.screen.paragraph import EMPTY, Block
from client.screen.pattern import Pattern
from client.screen.rows import Before, Found, Layout
from client.screen.unread import Unread
from client.screen.width import printable
from protocol.events import Renamed, Said, WentAway

_MOST_REMEMBERED: Final = 20_000
"""Rows of remembered blocks, each block counted as a few more, before all are forgotten."""
_BLOCK_WEIGHT: Final = 20
_FIRST_WIDTH: Final = 80
"""Cells in a row as long as the screen's are not known."""
_MOST_GROUPS: Final = 1000


class _Seen(NamedTuple):
    """Who of a group is shown, and all the names in it."""

    events: Sequence[Presence]
    names: frozenset[str]


class Blocks:
    """What is held, and then the own messages on their way, as blocks.

    Attributes:
        own: the own messages that are not in the room yet.
        speech: who spoke when.
        mentions: what calls the person.
    """

    def __init__(
        self, held: Held, unread: Unread, local: Callable[[int], LocalTime], look: Look
    ) -> None:
        self.own: Sequence[OwnLine] = ()
        self.speech = Speech()
        self._held = held
        self._unread = unread
        self._local = local
        self._pattern: Pattern | None = None
        self._current: int | None = None
        self._pointed = 0
        self._changing = 0
        self._width = _FIRST_WIDTH
        self._rule: int | None = None
        self._blocks: dict[int, Block] = {}
        self._remembered = 0
        self._groups: dict[int, _Seen] = {}
        self._look = look
        self.restyle(look)

    @property
    def start(self) -> int:
        """The place of the first block."""
        return self._held.start

    @property
    def stop(self) -> int:
        """The place after the last block."""
        return self._held.stop + len(self.own)

    @property
    def look(self) -> Look:
        """How everything looks."""
        return self._look

    @property
    def layout(self) -> Layout:
        """What makes the blocks."""
        return self._layout

    def restyle(self, look: Look) -> None:
        """Lay everything out in another look from now on."""
        is_other = _who_is_shown(look) != _who_is_shown(self._look)
        self._look = look
        self.mentions = Mentions((look.own_name, *look.highlight))
        self._layout = Layout(self._local, look, self._width)
        if is_other:
            self._groups.clear()
        self.forget()

    def resize(self, width: int) -> None:
        """Lay everything out in ``width`` cells from now on."""
        if width != self._width:
            self._width = width
            self._layout = Layout(self._local, self._look, width)
            self.forget()

    def mark(self, pattern: Pattern | None, current: int | None) -> None:
        """Mark what matches ``pattern`` from now on; the match at place ``current`` differs."""
        self._pattern = pattern
        self._current = current
        self.forget()

    def point(self, number: int) -> None:
        """Let message ``number`` stand out from now on; 0: none."""
        if number != self._pointed:
            self._pointed = number
            self.forget()

    def change(self, number: int) -> None:
        """Show from now on that a change of message ``number`` is on its way; 0: of none."""
        if number != self._changing:
            self._changing = number
            self.forget()

    def forget(self) -> None:
        """Lay everything out again when it is looked at."""
        self._blocks.clear()
        self._remembered = 0

    def dropped(self, entries: Sequence[Entry]) -> None:
        """The oldest entries, these, are no longer held."""
        said = [entry for entry in entries if isinstance(entry, Said)]
        self.speech.drop(said)
        self._spoken_otherwise(said)
        start = self._held.start
        self._groups = {place: seen for place, seen in self._groups.items() if place >= start}
        self.forget()

    def inserted(self, place: int, moved: int, said: Sequence[Said]) -> None:
        """Entries were put before ``place``, and with them what was ``said``."""
        self.speech.prepend(said)
        if place - moved > self._held.start:  # what another journal numbered has moved
            self._groups.clear()
        self._spoken_otherwise(said)
        self._groups.pop(place, None)
        self.forget()

    def group_grew(self) -> None:
        """Somebody came or went, after all else.

        Who of many is shown is found out as they come, not when the room is next looked at.
        """
        place = self._held.stop - 1
        self.changed(place)
        group = self._held[place]
        if isinstance(group, Group) and len(group.events) == LARGEST_GROUP:
            self._seen(place, group)

    def spoke(self, event: Said) -> None:
        """Somebody spoke: what they did before may be shown now, though they were silent."""
        since = event.at - self._look.silent_after_ms
        if self._look.fold and not self.speech.spoke(event.name, since, event.at):
            for place in [p for p, seen in self._groups.items() if event.name in seen.names]:
                self.changed(place)
        self.speech.append(event)

    def changed(self, place: int) -> None:
        """The entry at ``place`` changed, and with it what depends on it."""
        self._groups.pop(place, None)
        self._blocks.pop(place, None)
        place += 1
        while place < self._held.stop:
            self._blocks.pop(place, None)
            if not isinstance(self._held[place], Group):
                break
            place += 1

    def block(self, place: int) -> Block:
        """Return the rows of the entry at ``place``."""
        if place >= self._held.stop:
            return self._layout.own(self.own[place - self._held.stop], self._before(place))
        if isinstance(entry := self._held[place], Said) and self.is_hidden(entry):
            return EMPTY  # nothing is remembered of it, however much somebody says
        if self._unread.rule != self._rule:
            self._rule = self._unread.rule
            self.forget()
        block = self._blocks.get(place)
        if block is None:
            block = self._lay_out(place)
            if self._remembered > _MOST_REMEMBERED:
                self.forget()
            self._remembered += block.count + _BLOCK_WEIGHT
            self._blocks[place] = block
        return block

    def is_mention(self, event: Said) -> bool:
        """Return whether somebody else calls the person."""
        is_others = event.author not in self._look.own_ids and not self.is_hidden(event)
        return is_others and event.text in self.mentions

    def is_hidden(self, event: Said) -> bool:
        """Return whether somebody said it of whom the person wants to hear nothing."""
        return event.author in self._look.ignored

    def searched(self, place: int) -> str:
        """Return the text of the entry at ``place``, as far as it is looked through."""
        entry = self._held[place]
        if isinstance(entry, Note) or (isinstance(entry, Said) and not self.is_hidden(entry)):
            return printable(entry.text)
        return ""

    def _spoken_otherwise(self, said: Sequence[Said]) -> None:
        """Messages came or went: who spoke in them may be shown now, or no longer."""
        names = {event.name for event in said}
        for place in [p for p, seen in self._groups.items() if not names.isdisjoint(seen.names)]:
            del self._groups[place]

    def _lay_out(self, place: int) -> Block:
        entry = self._held[place]
        if isinstance(entry, Group):
            events = self._seen(place, entry)
            return self._layout.presence(events, self._before(place) if events else None)
        before, found = self._before(place), self._found(place)
        if isinstance(entry, Note):
            return self._layout.note(entry, before, found)
        if not isinstance(entry, Said):
            return self._layout.happening(entry, before)
        return self._layout.said(
            entry,
            before,
            found,
            mention=self.is_mention(entry),
            unread=place == self._rule,
            pointed=entry.number == self._pointed,
            changing=entry.number == self._changing,
        )

    def _found(self, place: int) -> Found | None:
        """Return what to mark in the entry at ``place``."""
        if self._pattern is None:
            return None
        style = "class:match.current" if place == self._current else "class:match"
        return Found(self._pattern, style)

    def _before(self, place: int) -> Before | None:
        """Return what is shown right before the entry at ``place``."""
        index = place - self._held.stop
        if index > 0:
            line = self.own[index - 1]
            return Before(line.at, "" if line.action else self._look.own_name)
        for earlier in range(place - 1, self._held.start - 1, -1):
            entry = self._held[earlier]
            if isinstance(entry, Said):
                if self.is_hidden(entry):
                    continue
                return Before(entry.at, "" if entry.action else entry.name)
            if not isinstance(entry, Group):
                return Before(entry.at)
            if events := self._seen(earlier, entry):
                # Each in its own row, the last is what the next entry follows.
                return Before(events[0 if self._look.fold else -1].at)
        return None

    def _seen(self, place: int, group: Group) -> Sequence[Presence]:
        """Return who of a group is shown."""
        seen = self._groups.get(place)
        if seen is None:
            if len(self._groups) >= _MOST_GROUPS:
                self._groups.clear()
            names = frozenset(name for event in group.events for name in names_of(event))
            seen = self._groups[place] = _Seen(self._shown(group.events), names)
        return seen.events

    def _shown(self, events: Sequence[Presence]) -> Sequence[Presence]:
        """Return those of ``events`` that are shown; who has several names is silent under all."""
        names: dict[str, list[str]] = {}
        for event in events:
            if isinstance(event, Renamed):
                names.setdefault(event.author, []).extend(names_of(event))
        return [e for e in events if self._is_shown(e, (*names_of(e), *names.get(e.author, ())))]

    def _is_shown(self, event: Presence, names: Sequence[str]) -> bool:
        look = self._look
        if isinstance(event, WentAway) and (look.fold or event.author in look.ignored):
            return False  # the list of people says it
        if not look.fold:
            return True
        if event.author in look.own_ids:
            return True
        since, until = event.at - look.silent_after_ms, event.at + look.unmask_within_ms
        return any(self.speech.spoke(name, since, until) for name in names)


def _who_is_shown(look: Look) -> tuple[object, ...]:
    """Return what decides who of those who come and go is shown."""
    return look.fold, look.own_ids, look.ignored, look.silent_after_ms, look.unmask_within_ms
