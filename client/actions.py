"""What a link asks of the adapter that owns its sockets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Connect:
    """Close the DEALER and the SUB there are, and make a new DEALER."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Make a new SUB on ``endpoint`` with ``topics``, in place of the one there is."""

    endpoint: str
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AddTopic:
    """Subscribe the SUB to one more topic."""

    topic: str


@dataclass(frozen=True, slots=True)
class RemoveTopic:
    """Unsubscribe the SUB from a topic."""

    topic: str


Action = Connect | Subscribe | AddTopic | RemoveTopic
