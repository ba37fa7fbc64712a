"""What line mode writes for programs: one JSON object a line. Pure.

The objects are specified in ``docs/how-to/pipes.md``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from client.backlog import Gone, Renumbered
from protocol.events import RoomEvent, Said, Unknown
from protocol.questions import BanList, Described, RoomList

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from client.backlog import Item
    from client.line_presenter import Fact, JsonValue, Place
    from protocol.events import AnyEvent
    from protocol.intents import ShowHelp
    from protocol.phrases import Phrase
    from protocol.questions import Found, People
    from protocol.rendering import Renderer

# What JSON lets stand as it is, and a terminal would obey: DEL, C1, bidi controls and the like.
_RAW_CONTROLS: Final = re.compile(
    "[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
_OF_ALL: Final = frozenset(RoomEvent.__struct_fields__)


class JsonLines:
    """One JSON object a line; ``type`` says what the others are.

    Args:
        renderer: for the texts that are for people.
        timestamp: returns milliseconds since 1970 in ISO 8601, UTC.
    """

    def __init__(self, renderer: Renderer, timestamp: Callable[[int], str]) -> None:
        self._renderer = renderer
        self._timestamp = timestamp

    def history(self, place: Place, events: Iterable[AnyEvent]) -> list[str]:
        """Return what was said before."""
        return [_json(self._event(place, event, history=True)) for event in _messages(events)]

    def happened(self, place: Place, item: Item) -> list[str]:
        """Return one event; those of a later Hubbub are passed over."""
        match item:
            case Gone(count):
                return self.notice("gone", room=place.room, count=count)
            case Renumbered():
                return self.notice("renumbered", room=place.room)
            case Unknown():
                return []
            case _:
                return [_json(self._event(place, item, history=False))]

    def told(
        self,
        kind: str,
        fields: Mapping[str, JsonValue],
        phrase: Phrase,  # noqa: ARG002
        words: Mapping[str, str | int],  # noqa: ARG002
    ) -> list[str]:
        """Return one object, unless it is for people alone."""
        return self.notice(kind, **fields) if kind else []

    def notice(self, kind: str, /, **fields: JsonValue) -> list[str]:
        """Return one object."""
        return [_json({"type": kind, **fields})]

    # ---- answers

    def people(self, people: People, *, more: int) -> list[str]:
        """Return one object for the page."""
        return self.notice(
            "people",
            room=people.room,
            number=people.at,
            total=people.total,
            more=more,
            people=[msgspec.structs.asdict(person) for person in people.people],
        )

    def said_before(
        self,
        place: Place,
        events: Iterable[AnyEvent],
        *,
        more: bool,
        hidden: bool,  # noqa: ARG002
    ) -> list[str]:
        """Return one object with all messages."""
        listed = [self._event(place, event, history=True) for event in _messages(events)]
        return self.notice("history", room=place.room, more=more, messages=listed)

    def acts(self, place: Place, events: Iterable[AnyEvent]) -> list[str]:
        """Return one object with all acts."""
        known = (event for event in events if not isinstance(event, Unknown))
        listed = [self._event(place, event, history=True) for event in known]
        return self.notice("modlog", room=place.room, acts=listed)

    def fact(self, answer: Fact) -> list[str]:
        """Return one object."""
        match answer:
            case RoomList(total, rooms):
                listed = [msgspec.structs.asdict(room) for room in rooms]
                return self.notice("rooms", total=total, rooms=listed)
            case Described(since=since):
                described = msgspec.structs.asdict(answer) | {"since": self._timestamp(since)}
                return self.notice("whois", **described)
            case BanList(room, bans):
                lines = [
                    msgspec.structs.asdict(ban) | {"until": self._end(ban.until)} for ban in bans
                ]
                return self.notice("bans", room=room, bans=lines)

    def found(self, found: Found, place_of: Callable[[str], Place]) -> list[str]:
        """Return one object with all messages."""
        listed = [
            self._event(place_of(hit.room), hit.event, history=True)
            for hit in found.hits
            if isinstance(hit.event, Said)
        ]
        return self.notice("found", messages=listed, older=found.older, behind=found.behind)

    def help(self, topic: ShowHelp) -> list[str]:
        """Return one object with the lines that a person would read."""
        return self.notice("help", text="\n".join(self._renderer.help(topic)))

    # ---- one event

    def _event(self, place: Place, event: AnyEvent, *, history: bool) -> dict[str, JsonValue]:
        fields: dict[str, JsonValue] = {
            "type": str(event.__struct_config__.tag),
            "room": place.room,
            "number": event.number,
            "time": self._timestamp(event.at),
            "author": event.author,
            "name": event.name,
            "own": event.author == place.own,
            "history": history,
        }
        for name in event.__struct_fields__:
            if name not in _OF_ALL:
                value: Any = getattr(event, name)
                fields[name] = self._end(value) if name == "until" else value
        if place.is_talk:
            fields["with"] = place.other_name
        return fields

    def _end(self, until: int) -> str | None:
        return self._timestamp(until) if until else None


def _messages(events: Iterable[AnyEvent]) -> Iterable[Said]:
    return (event for event in events if isinstance(event, Said))


def _json(fields: Mapping[str, JsonValue]) -> str:
    return _RAW_CONTROLS.sub(_escaped, msgspec.json.encode(fields).decode())


def _escaped(control: re.Match[str]) -> str:
    """Return a character as JSON escapes it: one or two UTF-16 units."""
    units = control[0].encode("utf-16-be").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))
