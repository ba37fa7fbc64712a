"""What the modules around the model share: the model, the time, the connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from client.link import Link
    from client.notices import Notice
    from client.screen.keymap import Action
    from client.screen.model import Model


@dataclass(slots=True)
class Stage:
    """The model, and what time it is.

    Attributes:
        model: asked for everything that is shown.
        now: returns the monotonic time in seconds.
        at: returns the milliseconds since 1970.
    """

    model: Model
    now: Callable[[], float]
    at: Callable[[], int]

    def do(self, action: Action) -> None:
        """Have the model carry out an action now."""
        self.model.do(action, self.now(), self.at())

    def submit(self, text: str) -> None:
        """Have the model take what was typed."""
        self.model.submit(text, self.now(), self.at())

    def typed_over(self, text: str) -> None:
        """Have the model take what was typed or pasted over a page."""
        self.model.typed_over(text, self.now(), self.at())

    def focused(self, *, is_focused: bool) -> None:
        """Tell the model whether the terminal's window has the keyboard."""
        self.model.focused(is_focused, self.now(), self.at())


class Connection(Protocol):
    """What carries a link's messages; :class:`client.peer.Peer` in the program."""

    def wake(self) -> None:
        """Something was submitted to the link."""

    def close(self, linger_ms: int = 0) -> None:
        """Let go of the sockets."""


class Connect(Protocol):
    """Makes the connection of a link, on the running loop."""

    def __call__(
        self,
        endpoint: str,
        on_notices: Callable[[Sequence[Notice], float], None],
        /,
        *,
        link: Link,
    ) -> Connection:
        """Connect ``link`` to the broker at ``endpoint``."""
