"""What line mode writes of each thing, in whichever form: the interface of its two presenters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from protocol.questions import BanList, Described, Kind, RoomList

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from client.backlog import Item
    from protocol.events import AnyEvent
    from protocol.intents import ShowHelp
    from protocol.phrases import Phrase
    from protocol.questions import Found, People

JsonValue: TypeAlias = "str | int | bool | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
"""What stands in an object."""

Fact: TypeAlias = RoomList | Described | BanList
"""Answers that say by themselves what they are."""


@dataclass
class Place:
    """A room as its reader knows it.

    Attributes:
        room: its name; empty for none.
        own: the reader's public id.
        is_lobby: whether people come in through it.
        is_focus: whether lines are said in it.
        kind: what it is.
        other: the public id of the other, in a conversation of two.
        other_name: and their name.
        subject: what it is about.
    """

    room: str
    own: str = ""
    is_lobby: bool = False
    is_focus: bool = False
    kind: Kind = Kind.PUBLIC
    other: str = ""
    other_name: str = ""
    subject: str = ""

    @property
    def is_talk(self) -> bool:
        """Whether it is a conversation of two."""
        return self.kind is Kind.TALK


class Presenter(Protocol):
    """Turns what happens into the lines of standard output, without their ends."""

    def history(self, place: Place, events: Iterable[AnyEvent]) -> list[str]:
        """Return what was said before one came."""

    def happened(self, place: Place, item: Item) -> list[str]:
        """Return what happened in a room."""

    def told(
        self,
        kind: str,
        fields: Mapping[str, JsonValue],
        phrase: Phrase,
        words: Mapping[str, str | int],
    ) -> list[str]:
        """Return what one learns about oneself.

        Args:
            kind: what it is, for programs, with ``fields``; empty if they need not know.
            fields: see there.
            phrase: how people are told; with ``words``.
            words: see there.
        """

    def notice(self, kind: str, /, **fields: JsonValue) -> list[str]:
        """Return what only programs want to know, or people read on standard error."""

    # ---- answers

    def people(self, people: People, *, more: int) -> list[str]:
        """Return a page of a roster, and how many ``more`` there are if it is the last page."""

    def said_before(
        self, place: Place, events: Iterable[AnyEvent], *, more: bool, hidden: bool
    ) -> list[str]:
        """Return the history that was asked for.

        Args:
            place: where.
            events: what may be shown.
            more: whether there is more after it.
            hidden: whether something is left out.
        """

    def acts(self, place: Place, events: Iterable[AnyEvent]) -> list[str]:
        """Return what operators did in a room."""

    def fact(self, answer: Fact) -> list[str]:
        """Return an answer that says by itself what it is."""

    def found(self, found: Found, place_of: Callable[[str], Place]) -> list[str]:
        """Return what a search found; ``place_of`` says what is known of a room."""

    def help(self, topic: ShowHelp) -> list[str]:
        """Return the command table, or one row of it.

        Raises:
            CommandError: there is no such command.
        """
