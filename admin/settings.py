"""What a command line of ``chat-admin`` comes to. Pure."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

PROGRAM: Final = "chat-admin"
ACTS_SHOWN: Final = 50


class AdminSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be written after ``chat-admin``.

    Attributes:
        command: the subcommand.
        data: the broker's data folder; empty for the usual one.
        endpoint: its socket for gateways; empty for the one in the data folder.
        json: whether the answer is JSON.
        wait: seconds to wait for a broker that says nothing.
        who: a name, public id, or (``ban``, ``unban``) IP address.
        room: where; empty for the whole broker.
        why: the reason of an act.
        time: how long it holds, as typed; empty for no end.
        text: what is announced.
        count: how many acts are shown.
        file: where the copy is written.
    """

    command: str = ""
    data: str = ""
    endpoint: str = ""
    json: bool = False
    wait: Annotated[float, msgspec.Meta(gt=0, le=1e6)] = 10.0
    who: str = ""
    room: str = ""
    why: str = ""
    time: str = ""
    text: str = ""
    count: Annotated[int, msgspec.Meta(ge=1, le=200)] = ACTS_SHOWN
    file: str = ""
