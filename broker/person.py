"""People of the journaled state: their sessions, and what stays of those that are over."""

from __future__ import annotations

from typing import Final

import msgspec

from protocol.events import Reason


class Session(msgspec.Struct, omit_defaults=True):
    """One person's presence.

    Attributes:
        id: public and stable.
        token_hash: SHA-256 of the token, in hexadecimal.
        user_id: what people see as the ID.
        name: the name now.
        door: how the person came in.
        carrier: the gateway that carries the session, or empty.
        applied: the number of the last command applied.
        opened: when it was opened, in milliseconds since 1970.
        rooms: the rooms it is in, each with the number of its ``joined``.
        away: whether the person is away.
        why: the reason for being away.
        ignored: whom the person ignores, by id, each with the name worn at that time.
    """

    id: str
    token_hash: str
    user_id: str
    name: str
    door: str
    carrier: str
    applied: int
    opened: int
    rooms: dict[str, int]
    away: bool = False
    why: str = ""
    ignored: dict[str, str] = {}


class EndedSession(msgspec.Struct, frozen=True, omit_defaults=True):
    """What stays of a session that is over.

    Attributes:
        applied: the last command applied.
        reason: why it ended.
        name: the last name.
        user_id: as it was.
        rooms: the conversations of two that a lost session is still in.
        away: as it was, like ``why`` and ``ignored``, of a lost session.
        why: see there.
        ignored: see there.
    """

    applied: int
    reason: str
    name: str = ""
    user_id: str = ""
    rooms: dict[str, int] = {}
    away: bool = False
    why: str = ""
    ignored: dict[str, str] = {}


Person = Session | EndedSession
"""Somebody who is here, or was lost and may come back."""


GONE: Final = "gone"
"""Why a session ended that was lost, when nobody can open it again."""


def reopens(ended: EndedSession) -> bool:
    """Return whether a hello may open this session again: it was lost, not ended on purpose."""
    return ended.reason == Reason.LOST


def ended_with(session: Session, n: int, reason: str) -> EndedSession:
    """Return what stays of ``session``, whose last command is ``n`` unless that is 0."""
    applied = max(session.applied, n)
    if reason != Reason.LOST:
        return EndedSession(applied, reason, session.name)
    return EndedSession(
        applied,
        reason,
        session.name,
        session.user_id,
        dict(session.rooms),
        session.away,
        session.why,
        dict(session.ignored),
    )
