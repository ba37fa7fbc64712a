"""Who a hello is from, and under which name somebody comes in. Nothing here changes the state."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from broker.addresses import ip_of
from broker.draft import Draft
from broker.person import reopens
from broker.records import Entry, Opened
from protocol import names, text
from protocol.errors import Code, Refusal
from protocol.events import Renamed
from protocol.limits import NAME_CHARACTERS, TOKEN_HEX_DIGITS
from protocol.messages import ADMIN_DOOR

if TYPE_CHECKING:
    from broker.state import State
    from protocol.messages import Hello

_TOKEN: Final = re.compile(f"[0-9a-f]{{{TOKEN_HEX_DIGITS}}}")
_ID_HEX_DIGITS: Final = 16
_ADDRESS_CHARACTERS: Final = 64


def identify(token: str) -> tuple[str, str]:
    """Return a session's public id and the hash that is kept of its token.

    Raises:
        Refusal: ``bad_token``.
    """
    if not _TOKEN.fullmatch(token):
        raise Refusal(Code.BAD_TOKEN)
    token_hash = hashlib.sha256(token.encode()).hexdigest()
    return token_hash[:_ID_HEX_DIGITS], token_hash


def door_of(hello: Hello) -> str:
    """Return the door that ``hello`` names, as one clean line: this is what a session has."""
    return " ".join(text.clean(hello.door[:NAME_CHARACTERS]).split())


def open_session(
    state: State, hello: Hello, session_id: str, token_hash: str, wall_ms: int
) -> list[Entry]:
    """Return the entries that open the session that ``hello`` asks for, by a door that is cleaned.

    Who comes back under another name is renamed in the conversations that were kept.

    Raises:
        Refusal: ``session_ended``, or the name is taken or not allowed.
    """
    ended = state.ended.get(session_id)
    if ended is not None and not reopens(ended):
        raise Refusal(Code.SESSION_ENDED, reason=ended.reason, applied=ended.applied)
    user_id = text.clean(hello.address)[:_ADDRESS_CHARACTERS] or session_id
    name = _first_name(state, hello, user_id, session_id)
    draft = Draft(state, wall_ms)
    draft.record(Opened(session_id, token_hash, user_id, name, hello.door, hello.carrier, wall_ms))
    if ended is not None and ended.name != name:
        for room in ended.rooms:
            draft.add(room, Renamed(*draft.stamp(room, session_id, ended.name, 0), name))
    return draft.entries


def free_name(state: State, wanted: str, session_id: str) -> str:
    """Return ``wanted`` as it is shown, if this session may wear it.

    Raises:
        Refusal: ``name_taken``, ``name_not_allowed`` and what else names may be refused with.
    """
    name = names.shown(wanted)
    compared = names.compared(name)
    is_somebody = compared != session_id and state.person(compared) is not None
    # Of an address all would be banned, where the operator meant one person of that name.
    if is_somebody or compared == ADMIN_DOOR or ip_of(compared):
        raise Refusal(Code.NAME_NOT_ALLOWED)
    if state.owner_of(name) not in {None, session_id}:
        raise Refusal(Code.NAME_TAKEN, name=name)
    return name


def _first_name(state: State, hello: Hello, user_id: str, session_id: str) -> str:
    if hello.door == ADMIN_DOOR:
        return _unworn(state, ADMIN_DOOR)
    if hello.name in {"", user_id}:
        return _unworn(state, user_id)
    return free_name(state, hello.name, session_id)


def _unworn(state: State, wanted: str) -> str:
    """Return an ID as a name; two gateways may see the same ``ip:port``, so it may be worn."""
    name, count = wanted, 1
    while state.owner_of(name) is not None:
        count += 1
        name = f"{wanted}-{count}"
    return name
