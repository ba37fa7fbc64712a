"""What is held of one room: its events with their numbers, and the lines that are no event. Pure.

Appending costs the same however much is held.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from client.screen.blocks import Blocks
from client.screen.entries import Note, NoteKind, Presence, Spoke, shown
from client.screen.extent import Extent
from client.screen.held import Held
from client.screen.unread import Heard, Unread
from protocol.events import Deleted, Edited, Said
from protocol.phrases import Phrase, say

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

    from client.screen.look import LocalTime, Look
    from protocol.events import AnyEvent

_LOCAL: Final = "-- "
"""Begins the sentences that a door without styles shows among what people say."""
_LOOKED_BACK: Final = 1000
"""Entries in which an own message is looked for."""
_CHANGES_REMEMBERED: Final = 1000
"""Changes of messages that may be on their way here as they were before."""


class Contents:
    """The entries of one room, and what is known of them.

    Attributes:
        held: the entries.
        extent: which numbers they have.
        unread: what of them is not read.
        blocks: how they look.
    """

    def __init__(self, local: Callable[[int], LocalTime], look: Look, limit: int) -> None:
        self.held = Held()
        self.extent = Extent(limit)
        self.unread = Unread()
        self.blocks = Blocks(self.held, self.unread, local, look)
        self._changes: dict[int, Edited | Deleted] = {}

    @property
    def base(self) -> int:
        """The place of the first entry that numbers count, or would be if there was one."""
        return self.extent.base_from(self.held.start)

    def append(self, event: AnyEvent, *, is_seen: bool) -> Spoke | None:
        """Hold the next event, before the person's eyes if ``is_seen``.

        Where numbers are missing, a line says so.

        Returns:
            What somebody else said.
        """
        if missing := self.extent.take(event.number):
            self.gap(Phrase.MISSING, missing, event.at)
        if isinstance(event, Edited | Deleted):
            self.change(event)
        return self._hold(event, is_seen=is_seen)

    def put_before(self, events: Sequence[AnyEvent]) -> int:
        """Hold ``events`` before all that has numbers; return how far all before that moved."""
        older = Held()
        older.extend(events)
        said = older.messages()
        base, is_mention = self.base, self.blocks.is_mention
        moved = self.held.insert(base, older)
        start = base - moved
        heard = [
            Heard(start + index, event.number, is_mention(event))
            for index, event in said
            if self._is_heard(event)
        ]
        self.unread.fetched(heard, base, moved)
        self.blocks.inserted(base, moved, [event for _, event in said])
        self.extent.inserted(start)
        numbers = {event.number for _, event in said}
        for target in numbers & self._changes.keys():
            self.change(self._changes[target])
        return moved

    def last_said_by(self, authors: Container[str]) -> Said | None:
        """Return the last message of ``authors``, of the last ones that are held."""
        stop = self.held.stop
        for place in range(stop - 1, max(self.base, stop - _LOOKED_BACK) - 1, -1):
            entry = self.held[place]
            if isinstance(entry, Said) and entry.author in authors and not entry.deleted:
                return entry
        return None

    def change(self, event: Edited | Deleted) -> None:
        """Show a message as it is now; a page that has it as it was may still be on its way."""
        self._changes[event.target] = event
        if len(self._changes) > _CHANGES_REMEMBERED:
            del self._changes[next(iter(self._changes))]
        place = self.held.place_of(event.target, self.base)
        message = None if place is None else self.held[place]
        if place is None or not isinstance(message, Said) or message.deleted:
            return
        if isinstance(event, Deleted):
            message = replace(message, text="", deleted=True)
        elif event.text and event.number > message.edited:
            message = replace(message, text=event.text, edited=event.number)
        self.held.replace(place, message)
        self.blocks.changed(place)

    def note(self, at: int, text: str, kind: NoteKind) -> None:
        """Hold a local line, or several."""
        self.held.append(Note(at, text.removeprefix(_LOCAL), kind))

    def gap(self, phrase: Phrase, count: int, at: int) -> None:
        """Say how many messages ought to stand here."""
        self.note(at, say(self.blocks.look.language, phrase, {"count": count}), NoteKind.GAP)

    def renumber(self, at: int) -> None:
        """The numbers start afresh after a line that says so."""
        self.unread.renumbered()
        self._changes.clear()
        self.extent.renumber(self.held.stop + 1)
        self.note(at, say(self.blocks.look.language, Phrase.NEW_NUMBERS), NoteKind.GAP)

    def drop_oldest(self, *, looks_back: bool) -> bool:
        """Hold no more than the limit; return whether anything was dropped."""
        excess = self.extent.excess(self.held.weight, looks_back=looks_back)
        if not excess:
            return False
        gone = self.held.drop(excess)
        self.unread.dropped(self.held.start)
        self.blocks.dropped(gone)
        self.extent.dropped(gone, self.held.start)
        return True

    def _hold(self, event: AnyEvent, *, is_seen: bool) -> Spoke | None:
        entry = shown(event)
        if isinstance(entry, Presence):
            self.held.append_presence(entry)
            self.blocks.group_grew()
            return None
        if entry is None:
            return None
        self.held.append(entry)
        if not isinstance(entry, Said):
            return None
        self.blocks.spoke(entry)
        if not self._is_heard(entry):
            return None
        mention = self.blocks.is_mention(entry)
        self.unread.heard(Heard(self.held.stop - 1, entry.number, mention), is_seen=is_seen)
        return Spoke(entry.name, entry.text, mention)

    def _is_heard(self, event: Said) -> bool:
        """Return whether somebody else says something to the person."""
        is_own = event.author in self.blocks.look.own_ids
        return not (is_own or event.deleted or self.blocks.is_hidden(event))
