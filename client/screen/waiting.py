"""One command without an acknowledgement: what is shown of it, and how it is kept. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from client.saved_state import SavedPending
from protocol.commands import Join, Quit, Rename, Say

if TYPE_CHECKING:
    from protocol.commands import Command


@dataclass(slots=True)
class Outgoing:
    """A command without an acknowledgement.

    Attributes:
        key: by which the transcript knows the line.
        command: what is sent.
        words: what the person said with it, in the room where that is shown, and given back when
            it is refused; None for a command that says nothing.
        is_shown: the transcript has its line.
        serial: the link's handle; 0 while the link has not got it.
        may_be_sent: this program or an earlier one has given it to a connection.
        since: when it was given to a link that was connected; None for none.
        arrived: its event came before its acknowledgement.
        by_itself: the person did not ask for it.
    """

    key: int
    command: Command
    words: Say | None = None
    is_shown: bool = False
    serial: int = 0
    may_be_sent: bool = False
    since: float | None = None
    arrived: bool = False
    by_itself: bool = False


@dataclass(frozen=True, slots=True)
class RefusedMessage:
    """A message that was not said, as far as anybody knows; the person may send it again."""

    key: int
    message: Say
    reason: str


def kept(outgoing: Outgoing) -> SavedPending:
    """Return a command as it is kept: joins have no text, and new names no room."""
    words, unsent = outgoing.words, not outgoing.may_be_sent
    match outgoing.command:
        case Say(room, text, action):
            return SavedPending(room, text, action, unsent)
        case Join(room, private=False):
            return SavedPending(room, "", unsent=unsent)
        case Rename(name):
            return SavedPending("", name, unsent=unsent)
        case Quit():
            return SavedPending("", "", unsent=unsent)
        case other if words:
            return SavedPending(words.room, words.text, words.action, unsent, other)
        case other:
            return SavedPending("", "", unsent=unsent, command=other)


def restored(saved: SavedPending, key: int) -> Outgoing:
    """Return a command that was kept, known by ``key`` from now on."""
    words = Say(saved.room, saved.text, saved.action) if saved.room and saved.text else None
    if saved.command is not None:
        command: Command = saved.command
    elif words is not None:
        command = words
    elif saved.room:
        command = Join(saved.room)
    else:
        command = Rename(saved.text) if saved.text else Quit()
    by_itself = isinstance(command, Join | Quit)  # each run enters and quits for itself
    return Outgoing(key, command, words, may_be_sent=not saved.unsent, by_itself=by_itself)
