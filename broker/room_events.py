"""How what people do changes a room. Pure: a part of ``State.apply``.

What operators do is in :mod:`broker.room_acts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from broker.room_acts import spoke_slowly
from protocol.events import (
    PUT_OUT,
    Deleted,
    Edited,
    Invited,
    Joined,
    Left,
    Reason,
    Said,
    SubjectSet,
)
from protocol.questions import Kind

if TYPE_CHECKING:
    from broker.directory import Directory
    from broker.person import Person
    from broker.room import Room
    from protocol.events import Event


def apply_event(room: Room, author: Person | None, event: Event, directory: Directory) -> None:
    """Fold an event of ``room`` into it, into its author's rooms, and into the directory."""
    match event:
        case Said():
            if room.spoke(event.author, event.number):
                directory.knows(room.name, event.author)
            spoke_slowly(room, event.author, event.at)
        case Joined():
            _joined(room, author, event, directory)
        case Left():
            _left(room, author, event, directory)
        case Edited():
            spoke_slowly(room, event.author, event.at)
            directory.knows(room.name, event.author)
        case Deleted(target=target, whose=whose):
            if room.last_said.get(whose) == target:
                del room.last_said[whose]
        case SubjectSet(text=text):
            room.subject = text
        case Invited(who=who):
            if room.kind is Kind.PRIVATE and who not in room.invited:
                room.invited.append(who)
                directory.knows(room.name, who)
        case _:
            pass


def _joined(room: Room, author: Person | None, event: Joined, directory: Directory) -> None:
    if not room.members:
        directory.filled(room)
    room.members[event.author] = event.number
    if author is not None:
        author.rooms[room.name] = event.number
    if room.is_public:
        return
    room.readers.setdefault(event.author, 1 if room.kind is Kind.TALK else event.number)
    directory.knows(room.name, event.author)
    if event.author in room.invited:
        room.invited.remove(event.author)


def _left(room: Room, author: Person | None, event: Left, directory: Directory) -> None:
    was_in = room.members.pop(event.author, None) is not None
    if author is not None:
        author.rooms.pop(room.name, None)
    if was_in and not room.members:
        directory.emptied(room)
    if room.kind is Kind.PRIVATE and event.reason in PUT_OUT:
        room.put_out(event.author)
    elif room.kind is Kind.PRIVATE and event.reason != Reason.LOST:
        room.shut_out(event.author)
