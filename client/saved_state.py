"""What one person's client remembers between two starts. Pure; kept by :mod:`client.saved`."""

from __future__ import annotations

from typing import Final

import msgspec

from client.settings import Notify

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
    """

    draft: str = ""
    cursor: int = 0
    history: list[str] = []
    journal: str = ""
    read: int = 0
    notify: Notify | None = None


class SavedPending(msgspec.Struct, omit_defaults=True):
    """A message that was not yet acknowledged."""

    room: str
    text: str
    action: bool = False


class Saved(msgspec.Struct, omit_defaults=True):
    """Everything that is kept of one person with one broker.

    Attributes:
        rooms: by name.
        order: the rooms as they stand in the list.
        focus: the room that was shown.
        fold: whether joins and leaves are folded, None for what the settings say.
        show_rooms: whether the list of rooms is shown, where there is space.
        show_people: whether the list of people is shown, where there is space.
        applied: how many commands of the session were applied when ``pending`` was written.
        pending: what was sent after those, in order.
    """

    rooms: dict[str, SavedRoom] = {}
    order: list[str] = []
    focus: str = ""
    fold: bool | None = None
    show_rooms: bool = True
    show_people: bool = True
    applied: int = 0
    pending: list[SavedPending] = []
