"""The end of a turn: commit, and only then let anything leave. And the way back from a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol.errors import JournalError

if TYPE_CHECKING:
    from broker.core import Core
    from broker.journal import Journal
    from broker.turn import Outgoing


def finish_turn(core: Core, journal: Journal) -> tuple[Outgoing, JournalError | None]:
    """Commit the core's turn; return what leaves, and why the commit failed if it did.

    After a failure the core is not writable until :func:`try_again` succeeds. Where even the state
    cannot be read back, nothing but refusals leaves until then.
    """
    if not core.state_known:
        return _unknown(core, journal), None
    entries = core.turn.entries
    if entries:
        try:
            journal.commit(entries)
        except JournalError as error:
            try:
                rebuilt = journal.load()
            except JournalError:
                return _unknown(core, journal), error
            return core.failed(rebuilt, journal), error
    return core.committed(journal), None


def _unknown(core: Core, journal: Journal) -> Outgoing:
    """The core's state may hold what is not in the journal: no head of it leaves either."""
    core.turn.topics.clear()
    return core.failed(None, journal)


def try_again(core: Core, journal: Journal) -> None:
    """Between turns: go on as before, if the journal takes commits and gives the state again.

    Raises:
        JournalError: it still does not; nothing changed.
    """
    journal.probe()
    if not core.state_known:
        core.rebuilt(journal.load())
    core.writable = True
