"""What one person's client remembers between two starts. Pure; kept by :mod:`client.saved`."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec.structs import replace

from client.settings import Notify
from protocol.commands import Command

HISTORY_LENGTH: Final = 500
"""Inputs remembered of each room."""


class SavedRoom(msgspec.Struct, omit_defaults=True):
    """One room.

    Attributes:
        draft: what was typed and not sent.
        cursor: where in the draft.
        history: what was sent, newest last, at most :data:`HISTORY_LENGTH`.
        journal: the journal to which ``read`` belongs.
        read: the number of the last event that was read.
        notify: the level chosen for this room, None for that of the settings.
        private: it was a private room, and is made again as one.
        other: with whom it was a conversation, by id,
        other_name: and by name.
    """

    draft: str = ""
    cursor: int = 0
    history: list[str] = []
    journal: str = ""
    read: int = 0
    notify: Notify | None = None
    private: bool = False
    other: str = ""
    other_name: str = ""


class SavedPending(msgspec.Struct, omit_defaults=True):
    """A command that was not yet acknowledged.

    Attributes:
        room: where it is said.
        text: what is said.
        action: as ``/me``.
        unsent: the broker cannot have it.
        command: the command itself, where the rest does not say it: a room and a text are what is
            said in the room, a room alone is entered, a text alone is a name, and nothing quits.
    """

    room: str
    text: str
    action: bool = False
    unsent: bool = False
    command: Command | None = None


class SavedRefused(msgspec.Struct, omit_defaults=True):
    """A message that only the person can send again.

    Attributes:
        room: where it was to be said.
        text: what was to be said.
        action: as ``/me``.
        reason: why, as a sentence; empty if it may or may not have been said.
    """

    room: str
    text: str
    action: bool = False
    reason: str = ""


class Saved(msgspec.Struct, omit_defaults=True):
    """Everything that is kept of one person with one broker.

    Attributes:
        rooms: by name.
        order: the rooms as they stand in the list.
        inside: those that the person was in, unless the session was over.
        focus: the room that was shown.
        fold: whether joins and leaves are folded, None for what the settings say.
        show_rooms: whether the list of rooms is shown, where there is space.
        show_people: whether the list of people is shown, where there is space.
        session: names the session in which ``applied`` counts.
        starts: which start of a client wrote this.
        applied: how many commands of the session were applied when ``pending`` was written.
        pending: what comes after those, in order.
        refused: what the person may send again.
    """

    rooms: dict[str, SavedRoom] = {}
    order: list[str] = []
    inside: list[str] = []
    focus: str = ""
    fold: bool | None = None
    show_rooms: bool = True
    show_people: bool = True
    session: str = ""
    starts: int = 0
    applied: int = 0
    pending: list[SavedPending] = []
    refused: list[SavedRefused] = []


def doubted(saved: Saved, *, all_of_it: bool = False) -> Saved:
    """Return what is kept, for who cannot tell how much of ``pending`` was applied.

    What may have been sent, or ``all_of_it``, is left to the person.
    """
    doubtful = [
        SavedRefused(sent.room, sent.text, sent.action)
        for sent in saved.pending
        if (all_of_it or not sent.unsent) and sent.room and sent.text
    ]
    certain = [] if all_of_it else [unsent for unsent in saved.pending if unsent.unsent]
    return replace(saved, pending=certain, refused=saved.refused + doubtful)


def without_words(saved: Saved) -> Saved:
    """Return what stays with a name when the person goes on under another, words and all."""
    rooms = {room: replace(kept, draft="", cursor=0) for room, kept in saved.rooms.items()}
    return replace(saved, rooms=rooms, inside=[], pending=[], refused=[])


def merged(ours: SavedRoom, theirs: SavedRoom) -> SavedRoom:
    """Return our room with what we have not got of theirs; no draft of the two is lost."""
    crowded_out = [theirs.draft] if ours.draft and theirs.draft else []
    known = set(ours.history) | {ours.draft}
    older = [line for line in (*theirs.history, *crowded_out) if line not in known]
    history = older + ours.history
    drafted = ours if ours.draft else theirs
    marked = ours if ours.journal else theirs
    return SavedRoom(
        draft=drafted.draft,
        cursor=drafted.cursor,
        history=history[-HISTORY_LENGTH:],
        journal=marked.journal,
        read=marked.read,
        notify=ours.notify or theirs.notify,
        private=ours.private or theirs.private,
        other=ours.other or theirs.other,
        other_name=ours.other_name or theirs.other_name,
    )
