"""What ``chat-admin`` prints: lines for people, or JSON for programs. Pure.

Columns are parted by tabs. Names come from the broker, which has cleaned them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from protocol.happenings import end, happening
from protocol.phrases import Language
from protocol.room_names import shown
from protocol.times import lasting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from protocol.events import AnyEvent
    from protocol.questions import BackedUp, BanLine, Counted, Described, Person, RoomLine

    TimeOf = Callable[[int], str]


class Report(NamedTuple):
    """What a command came to: ``data`` as JSON has it, ``lines`` for people."""

    data: object
    lines: list[str]

    def printed(self, *, as_json: bool) -> str:
        """Return what goes to standard output."""
        if as_json:
            return msgspec.json.format(msgspec.json.encode(self.data)).decode() + "\n"
        return "".join(f"{line}\n" for line in self.lines)


def done() -> Report:
    """An act was carried out."""
    return Report({"done": True}, ["Done."])


def everybody(people: Sequence[Described], time_of: TimeOf) -> Report:
    """Who is in the broker."""
    head = ("name", "id", "address", "door", "since", "idle", "state", "rooms")
    rows = [
        (
            person.name,
            person.id,
            person.address or "-",
            person.door,
            time_of(person.since),
            lasting(person.idle),
            _state(person),
            " ".join(map(shown, person.rooms)),
        )
        for person in people
    ]
    return Report(list(map(_fields, people)), _table(head, rows))


def people(people: Sequence[Person]) -> Report:
    """Who is in a room."""
    rows = [
        (person.name, person.id, person.user_id, str(person.role) or "-", _away(person))
        for person in people
    ]
    return Report(
        list(map(_fields, people)), _table(("name", "id", "user id", "role", "state"), rows)
    )


def rooms(rooms: Sequence[RoomLine]) -> Report:
    """Which rooms there are."""
    rows = [(shown(room.room), str(room.kind), str(room.people), room.subject) for room in rooms]
    data = [
        {"room": room.room, "kind": room.kind, "people": room.people, "subject": room.subject}
        for room in rooms
    ]
    return Report(data, _table(("room", "kind", "people", "subject"), rows))


def bans(bans: Sequence[BanLine], time_of: TimeOf) -> Report:
    """Who is banned or muted."""
    rows = [
        (
            "mute" if ban.mute else "ban",
            ban.name,
            ban.who or "-",
            end(ban.until, time_of) if ban.until else "for ever",
            ban.by,
            ban.why,
        )
        for ban in bans
    ]
    return Report(
        list(map(_fields, bans)), _table(("what", "name", "id", "until", "by", "why"), rows)
    )


def acts(events: Sequence[AnyEvent], time_of: TimeOf) -> Report:
    """What operators did, each in one line."""
    told = [(event.at, happening(event, Language.EN, time_of) or "?") for event in events]
    lines = [f"{time_of(at)}\t{act}".replace("\n", " ") for at, act in told]
    kinds = [{"act": event.__struct_config__.tag, **_fields(event)} for event in events]
    return Report(kinds, lines or ["Nothing."])


def stats(counted: Counted, time_of: TimeOf) -> Report:
    """Numbers about the broker."""
    numbers = _fields(counted)
    lines = [f"{key}:\t{value}" for key, value in numbers.items() if key != "started"]
    return Report(numbers, [f"started:\t{time_of(counted.started)}", *lines])


def backup(copy: BackedUp) -> Report:
    """A copy is complete."""
    return Report(_fields(copy), [f"Copied {copy.size} bytes to {copy.path}"])


def _fields(struct: msgspec.Struct) -> dict[str, Any]:
    """Return the fields by name; on the wire they are an array."""
    return {name: getattr(struct, name) for name in struct.__struct_fields__}


def _state(person: Described) -> str:
    words = [
        *(["operator"] if person.operator else []),
        *([] if person.connected else ["lost"]),
        *([_away(person)] if person.away else []),
    ]
    return ", ".join(words) or "-"


def _away(person: Described | Person) -> str:
    if not person.away:
        return "-"
    return f"away: {person.why}" if person.why else "away"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    return ["\t".join(row) for row in (head, *rows)]
