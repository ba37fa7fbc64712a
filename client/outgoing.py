"""What a link is about to say: to the broker, to the adapter of its sockets, and to its owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol import codec
from protocol.messages import Ask

if TYPE_CHECKING:
    from client.actions import Action
    from client.notices import Notice
    from protocol.messages import PeerMessage
    from protocol.questions import Question


class Outgoing:
    """Gathers until it is taken; pure.

    Attributes:
        messages: encoded, to be sent in this order.
        actions: what the adapter is to do.
        notices: what the owner is to know.
    """

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.actions: list[Action] = []
        self.notices: list[Notice] = []
        self._last_request = 0

    def send(self, message: PeerMessage) -> None:
        """Queue a message."""
        self.messages.append(codec.encode(message))

    def next_request(self) -> int:
        """Return a request number that no question had yet."""
        self._last_request += 1
        return self._last_request

    def ask(self, session: int, question: Question) -> int:
        """Queue a question; return its request number."""
        request = self.next_request()
        self.send(Ask(session, request, question))
        return request

    def tell(self, notice: Notice) -> None:
        """Let the owner know."""
        self.notices.append(notice)

    def act(self, action: Action) -> None:
        """Have the adapter do something."""
        self.actions.append(action)
