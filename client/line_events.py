"""What line mode writes on standard output: lines for people, or one JSON object a line. Pure.

The objects are specified in ``docs/how-to/pipes.md``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from client.backlog import Gone, Renumbered
from protocol.events import Joined, Left, Renamed, Said, Unknown
from protocol.phrases import Phrase
from protocol.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from client.backlog import Item
    from protocol.events import AnyEvent
    from protocol.messages import People
    from protocol.rendering import Renderer
    from protocol.slash import ShowHelp

JsonValue = str | int | bool | dict[str, str | int] | list[dict[str, str | int]]

# What JSON lets stand as it is, and a terminal would obey: DEL, C1, bidi controls and the like.
_RAW_CONTROLS: Final = re.compile(
    "[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)


class Presenter(Protocol):
    """Turns what happens into the lines of standard output, without their ends."""

    def history(self, room: str, events: Iterable[AnyEvent], own: str) -> list[str]:
        """Return what was said before; ``own`` is the reader's public id, here and below."""

    def happened(self, room: str, item: Item, own: str) -> list[str]:
        """Return what happened in a room."""

    def people(self, people: People, *, more: int) -> list[str]:
        """Return a page of a roster, and how many ``more`` there are if it is the last page."""

    def help(self, topic: ShowHelp) -> list[str]:
        """Return the command table, or one row of it.

        Raises:
            CommandError: there is no such command.
        """

    def notice(self, kind: str, **fields: JsonValue) -> list[str]:
        """Return what else a program may want to know; people read it on standard error."""


class PlainLines:
    """Lines as the nc door writes them."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    def history(self, room: str, events: Iterable[AnyEvent], own: str) -> list[str]:  # noqa: ARG002
        """Return what was said before, each line marked, with its time and zone."""
        return self._renderer.history(map(_cleaned, events))

    def happened(self, room: str, item: Item, own: str) -> list[str]:  # noqa: ARG002
        """Return one event as it is seen by who caused it, or by the others."""
        match item:
            case Gone(count):
                return [self._renderer.say(Phrase.GONE, count=count)]
            case Renumbered():
                return [self._renderer.say(Phrase.NEW_JOURNAL)]
            case _:
                is_own = item.author == own
                render = self._renderer.to_author if is_own else self._renderer.to_others
                line = render(_cleaned(item))
                return [] if line is None else [line]

    def people(self, people: People, *, more: int) -> list[str]:
        """Return a line a person."""
        return [_one_line(line) for line in self._renderer.people(people, more=more)]

    def help(self, topic: ShowHelp) -> list[str]:
        """Return the command table, or one row of it."""
        return self._renderer.help(topic)

    def notice(self, kind: str, **fields: JsonValue) -> list[str]:  # noqa: ARG002
        """Return nothing."""
        return []


class JsonLines:
    """One JSON object a line; ``type`` says what the others are.

    Args:
        renderer: for the texts that are for people.
        timestamp: returns milliseconds since 1970 in ISO 8601, UTC.
    """

    def __init__(self, renderer: Renderer, timestamp: Callable[[int], str]) -> None:
        self._renderer = renderer
        self._timestamp = timestamp

    def history(self, room: str, events: Iterable[AnyEvent], own: str) -> list[str]:
        """Return what was said before."""
        said = (event for event in events if isinstance(event, Said))
        return [self._event(room, event, own, history=True) for event in said]

    def happened(self, room: str, item: Item, own: str) -> list[str]:
        """Return one event; those of a later Hubbub are passed over."""
        match item:
            case Gone(count):
                return self.notice("gone", room=room, count=count)
            case Renumbered():
                return self.notice("renumbered", room=room)
            case Unknown():
                return []
            case _:
                return [self._event(room, item, own, history=False)]

    def people(self, people: People, *, more: int) -> list[str]:
        """Return one object for the page."""
        listed: list[dict[str, str | int]] = [
            msgspec.structs.asdict(person) for person in people.people
        ]
        return self.notice(
            "people",
            room=people.room,
            number=people.at,
            total=people.total,
            more=more,
            people=listed,
        )

    def help(self, topic: ShowHelp) -> list[str]:
        """Return one object with the lines that a person would read."""
        return self.notice("help", text="\n".join(self._renderer.help(topic)))

    def notice(self, kind: str, **fields: JsonValue) -> list[str]:
        """Return one object."""
        return [_json({"type": kind, **fields})]

    def _event(self, room: str, event: AnyEvent, own: str, *, history: bool) -> str:
        fields: dict[str, JsonValue] = {
            "type": str(event.__struct_config__.tag),
            "room": room,
            "number": event.number,
            "time": self._timestamp(event.at),
            "author": event.author,
            "name": event.name,
            "own": event.author == own,
            "history": history,
        }
        match event:
            case Said(text=text, action=action):
                fields |= {"text": text, "action": action}
            case Joined(user_id=user_id):
                fields["user_id"] = user_id
            case Left(reason=reason):
                fields["reason"] = reason
            case Renamed(new_name=new_name):
                fields["new_name"] = new_name
        return _json(fields)


def _json(fields: dict[str, JsonValue]) -> str:
    return _RAW_CONTROLS.sub(_escaped, msgspec.json.encode(fields).decode())


def _escaped(control: re.Match[str]) -> str:
    """Return a character as JSON escapes it: one or two UTF-16 units."""
    units = control[0].encode("utf-16-be").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))


def _cleaned(event: AnyEvent) -> AnyEvent:
    """Return the event as it is safe to show, whatever a broker let through."""
    texts = {
        field: clean(value) if field == "text" else _one_line(value)
        for field in ("name", "text", "user_id", "new_name")
        if isinstance(value := getattr(event, field, None), str)
    }
    if all(getattr(event, field) == value for field, value in texts.items()):
        return event
    return msgspec.structs.replace(event, **texts)


def _one_line(text: str) -> str:
    return clean(text).replace("\n", " ")
