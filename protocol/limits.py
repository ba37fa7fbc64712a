"""Every number that both ends of a connection must agree on.

Byte limits count the bytes of an encoded body. Each outgoing limit stays below the receiver's
``MAXMSGSIZE``, so that no well-behaved message is ever cut off by libzmq.
"""

from __future__ import annotations

from typing import Final

import msgspec

PROTOCOL_VERSION: Final = 1
"""Stated in every ``hello``; before Hubbub 1.0 any other number is refused."""

LARGEST_NUMBER: Final = 2**53 - 1
"""The largest integer that every JSON reader keeps exact (RFC 8259, section 6)."""

TOKEN_HEX_DIGITS: Final = 32
"""A session's token: 128 random bits in lower-case hexadecimal."""

TEXT_CHARACTERS: Final = 4096
NAME_CHARACTERS: Final = 32
ROOM_CHARACTERS: Final = 64
SUBJECT_CHARACTERS: Final = 400
WHY_CHARACTERS: Final = 200
"""The reason of an act or of being away."""
SEARCH_CHARACTERS: Final = 200
LONGEST_S: Final = 10 * 365 * 24 * 3600
"""The longest ban and mute with an end."""
SLOWEST_S: Final = 24 * 3600
"""Slow mode: the longest time between two messages of one person."""
LINE_BYTES: Final = 4096
"""A line on the nc door, its end not counted."""

COMMAND_BATCH_BYTES: Final = 48 * 1024
"""Peer to broker, one message."""
COMMAND_MAX_BYTES: Final = 64 * 1024
"""``MAXMSGSIZE`` of the broker's ROUTER: larger messages cost the sender its connection."""
SUBSCRIPTION_MAX_BYTES: Final = 512
"""``MAXMSGSIZE`` of the broker's XPUB (a CURVE handshake fails at 256 and works at 300)."""

REPLY_BATCH_BYTES: Final = 256 * 1024
"""Broker to peer, one message of replies or of room events; also one page of history."""
REPLY_MAX_BYTES: Final = 1024 * 1024
"""``MAXMSGSIZE`` of a peer's DEALER and SUB."""

PAGE_EVENTS: Final = 1000
"""Events in one page of history."""
ROSTER_PEOPLE: Final = 1000
"""People in one page of a roster."""
QUESTIONS_A_TURN: Final = 16
"""Questions of one peer (gateways aside) that the broker answers at once; each may cost a page."""
RETRY_AFTER_MS: Final = 1000
"""What a refusal for now states, unless it knows better."""
RECENT_MESSAGES: Final = 20
"""Messages shown to somebody who enters a room."""
MOST_RECENT_MESSAGES: Final = 200
"""Messages that one ``recent`` or ``acts`` answers."""
LISTED_ROOMS: Final = 1000
"""Rooms in one page of a list."""
FOUND_MESSAGES: Final = 50
"""Messages in one answer of a search."""
LAST_WORDS_KEPT: Final = 1000
"""People of a room whose last message can be edited or deleted: the last ones to speak."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What ``welcome`` states, so that a peer need not know this module. Sent as an object."""

    text: int = TEXT_CHARACTERS
    name: int = NAME_CHARACTERS
    batch: int = COMMAND_BATCH_BYTES
    page: int = PAGE_EVENTS
    roster: int = ROSTER_PEOPLE
    subject: int = SUBJECT_CHARACTERS
    why: int = WHY_CHARACTERS
    room_name: int = ROOM_CHARACTERS
    rooms: int = 50
    """That one person may be in."""
    burst: int = 20
    """Commands of one person that are taken at once, before the rate counts; 0: no limit."""
    per_second: float = 10.0
    """Commands of one person after that."""
    joins_per_minute: float = 30.0
    """Rooms that one person may enter; 0: no limit."""
    renames_per_minute: float = 5.0
    """Names that one person may take, and how often they may go away or be back; 0: no limit."""
    sessions_per_address: int = 50
    """Of an address that is not this machine; 0: no limit."""
