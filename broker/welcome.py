"""What the broker tells a session at its start."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from broker.presence import PresenceSettings
from broker.state import LOBBY
from protocol.messages import RoomHead, Welcome
from protocol.phrases import Language

if TYPE_CHECKING:
    from broker.state import Session, State
    from protocol.messages import Hello


@dataclass(frozen=True, slots=True)
class CoreSettings:
    """What the core needs to know of its surroundings. ``heartbeat`` is in seconds."""

    presence: PresenceSettings = field(default_factory=PresenceSettings)
    heartbeat: float = 5.0
    publish: str = ""
    publish_trusted: str = ""
    language: Language = Language.EN


def make_welcome(
    state: State,
    session: Session,
    settings: CoreSettings,
    journal_id: str,
    hello: Hello,
    *,
    trusted: bool,
    resumed: bool,
) -> Welcome:
    """Return the answer to ``hello``, which opened or resumed ``session``."""
    return Welcome(
        session=hello.session,
        id=session.id,
        user_id=session.user_id,
        name=session.name,
        resumed=resumed,
        applied=session.applied,
        journal=journal_id,
        heartbeat=round(settings.heartbeat * 1000),
        timeout=round(settings.presence.timeout * 1000),
        publish=settings.publish_trusted if trusted else settings.publish,
        lobby=LOBBY,
        rooms=tuple(
            RoomHead(room, state.rooms[room].head, joined) for room, joined in session.rooms.items()
        ),
    )
