"""Who is kept out, and who may not speak. Pure: looks at the state, changes nothing.

``address`` is the IP address that a person comes from, or empty where none is known. A ban of an
address does not concern those who moderate there: they may share it with whom they ban.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol.errors import Code, Refusal
from protocol.questions import Role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from broker.room import Ban, Room
    from broker.state import State


def may_connect(state: State, person: str, address: str, wall_ms: int) -> None:
    """Look whether ``person`` may have a session at all.

    Raises:
        Refusal: ``banned`` with ``until`` and ``why``.
    """
    ban = _of(state.bans, person, wall_ms)
    if ban is None and person not in state.operators:
        ban = _of(state.bans, address, wall_ms)
    if ban is not None:
        raise Refusal(Code.BANNED, until=ban.until, why=ban.why)


def may_enter(state: State, room: Room, person: str, address: str, wall_ms: int) -> None:
    """Look whether no ban keeps ``person`` out of ``room``.

    Raises:
        Refusal: ``banned`` with ``room``, ``until`` and ``why``.
    """
    ban = _of(room.bans, person, wall_ms)
    if ban is None and not _moderates(state, room, person):
        ban = _of(room.bans, address, wall_ms)
    if ban is not None:
        raise Refusal(Code.BANNED, room=room.name, until=ban.until, why=ban.why)


def may_speak(state: State, room: Room | None, person: str, address: str, wall_ms: int) -> None:
    """Look whether ``person`` may speak in ``room``; None is a conversation of two.

    Raises:
        Refusal: ``banned``; ``muted`` with ``until``, and ``room`` unless it holds everywhere; or
            ``slow_mode`` with ``room`` and the ``seconds`` to wait.
    """
    mute = _of(state.muted, person, wall_ms)
    if mute is not None:
        raise Refusal(Code.MUTED, until=mute.until)
    if room is None or not (room.bans or room.muted or room.slow):
        return
    may_enter(state, room, person, address, wall_ms)
    mute = _of(room.muted, person, wall_ms)
    if mute is not None:
        raise Refusal(Code.MUTED, room=room.name, until=mute.until)
    if room.slow and not _moderates(state, room, person):
        _keep_slow(room, person, wall_ms)


def may_be_heard(state: State, rooms: Iterable[str], person: str, wall_ms: int) -> None:
    """Look whether ``person`` may tell all of ``rooms`` something: a name, or why they are away.

    Raises:
        Refusal: ``muted`` with ``until``, and the first ``room`` unless it holds everywhere.
    """
    mute = _of(state.muted, person, wall_ms)
    if mute is not None:
        raise Refusal(Code.MUTED, until=mute.until)
    for name in rooms:
        mute = _of(state.rooms[name].muted, person, wall_ms)
        if mute is not None:
            raise Refusal(Code.MUTED, room=name, until=mute.until)


def _keep_slow(room: Room, person: str, wall_ms: int) -> None:
    spoke = room.slow_since.get(person)
    if spoke is None:
        return
    rested = wall_ms - spoke
    left = room.slow * 1000 - rested
    if rested >= 0 and left > 0:  # a clock that was set back keeps nobody waiting
        raise Refusal(Code.SLOW_MODE, room=room.name, seconds=-(-left // 1000))


def _of(bans: dict[str, Ban], subject: str, wall_ms: int) -> Ban | None:
    ban = bans.get(subject)
    return ban if ban is not None and ban.holds(wall_ms) else None


def _moderates(state: State, room: Room, person: str) -> bool:
    return room.role(person) is not Role.NONE or person in state.operators
