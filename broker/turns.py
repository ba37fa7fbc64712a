"""The end of a turn: commit, and only then let anything leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol.errors import JournalError

if TYPE_CHECKING:
    from broker.core import Core
    from broker.journal import Journal
    from broker.turn import Outgoing


def finish_turn(core: Core, journal: Journal) -> tuple[Outgoing, JournalError | None]:
    """Commit the core's turn; return what leaves, and why the commit failed if it did.

    After a failure the core is not writable until a probe commit succeeds.
    """
    entries = core.turn.entries
    if entries:
        try:
            journal.commit(entries)
        except JournalError as error:
            return core.failed(journal.load(), journal), error
    return core.committed(journal), None
