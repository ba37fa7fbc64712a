"""What a command does: its entries, or a refusal. Nothing here changes the state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from broker import decide_people, decide_rooms, decide_words
from broker.moderation import decide_act
from protocol.commands import (
    Away,
    Delete,
    Edit,
    Ignore,
    Invite,
    Join,
    Leave,
    Quit,
    Rename,
    Say,
    Subject,
    Tell,
)
from protocol.events import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from broker.draft import Deciding
    from broker.records import Entry
    from protocol.commands import Act, Command


def _quit(deciding: Deciding, command: Quit) -> list[Entry]:
    reason = Reason.SLOW if command.slow else Reason.QUIT
    return decide_rooms.close(
        deciding.state, deciding.session, deciding.n, reason, deciding.wall_ms
    )


_DECIDED: Final[dict[type, Callable[[Deciding, Any], list[Entry]]]] = {
    Join: decide_rooms.join,
    Leave: decide_rooms.leave,
    Invite: decide_rooms.invite,
    Subject: decide_rooms.subject,
    Say: decide_words.say,
    Tell: decide_words.tell,
    Edit: decide_words.edit,
    Delete: decide_words.delete,
    Rename: decide_people.rename,
    Away: decide_people.away,
    Ignore: decide_people.ignore,
    Quit: _quit,
}
"""All but the acts of operators."""


def decide(deciding: Deciding, command: Command, addresses: Mapping[str, str]) -> list[Entry]:
    """Return the entries that a command causes, at least one.

    Args:
        deciding: whose command it is, and what there is to know.
        command: what to do.
        addresses: the IP address of each session that has one.

    Raises:
        Refusal: it is not carried out.
    """
    decided = _DECIDED.get(type(command))
    if decided is None:
        return decide_act(deciding, cast("Act", command), addresses)
    return decided(deciding, command)
