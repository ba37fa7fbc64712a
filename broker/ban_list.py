"""The answer to who is banned or muted. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol import limits
from protocol.codec import encode
from protocol.questions import BanLine, BanList

if TYPE_CHECKING:
    from collections.abc import Iterator

    from broker.room import Ban
    from broker.state import State


def ban_list(state: State, room: str, wall_ms: int) -> BanList:
    """Return what holds at ``wall_ms`` in ``room``, or in the whole broker if that is empty.

    The bans stand before the mutes, each oldest first; of more than fit in one message, the latest.
    """
    holder = state.rooms[room] if room else state
    lines = [
        *_lines(holder.bans, wall_ms, mute=False),
        *_lines(holder.muted, wall_ms, mute=True),
    ]
    size = 0
    kept = len(lines)
    while kept:
        size += len(encode(lines[kept - 1])) + 1
        if size > limits.REPLY_BATCH_BYTES - _REST_BYTES:
            break
        kept -= 1
    return BanList(room, tuple(lines[kept:]))


_REST_BYTES = 1024
"""What an answer holds beside its lines."""


def _lines(bans: dict[str, Ban], wall_ms: int, *, mute: bool) -> Iterator[BanLine]:
    for ban in bans.values():
        if ban.holds(wall_ms):
            yield BanLine(ban.who, ban.name, ban.by, ban.until, ban.why, mute)
