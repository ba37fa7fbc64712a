"""The rooms of a bot that does not look at what happens in them."""

from __future__ import annotations

from client.bot_rooms import BotRooms, Out
from client.notices import InvitedTo, RoomEntered, RoomLeft
from protocol.events import Reason, Said
from protocol.questions import Kind


def _visit(rooms: BotRooms, talk: str, messages: int) -> None:
    """Let a stranger tell the bot something, and go."""
    rooms.entered(RoomEntered(1, talk, 1, None, Kind.TALK))
    rooms.receive(talk, [Said(n, 0, "s", "Eve", n, "x") for n in range(1, messages + 1)], 0)
    rooms.left(RoomLeft(1, talk, Reason.LEFT))


def test_what_came_in_a_room_comes_before_the_end_of_it() -> None:
    rooms = BotRooms(held=10)
    _visit(rooms, "@a:b", 10)
    *said, (room, out) = rooms.take()
    assert [event.number for _, event in said if isinstance(event, Said)] == list(range(1, 11))
    assert (room, out) == ("@a:b", Out(Reason.LEFT))


def test_strangers_do_not_fill_the_memory_of_a_bot_that_looks_at_nothing() -> None:
    rooms = BotRooms(held=10)
    for stranger in range(1000):
        _visit(rooms, f"@a:{stranger}", 5)
        rooms.invited(InvitedTo(1, "den", "s", "Eve", Kind.PRIVATE))
    happened = list(rooms.take())
    assert len(happened) <= 200
    assert happened[-2][0] == "@a:999"
