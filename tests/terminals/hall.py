"""A broker, people on ``nc``, and clients in terminals: what the tests of the full screen share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import zmq

from tests.bare_client import Peer
from tests.doors.people import arrive
from tests.processes import Processes
from tests.terminal import Terminals

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.doors.people import Somebody
    from tests.processes import Broker
    from tests.terminal import Terminal

CONNECTED: Final = re.compile(r"connected \(\d+ ms\)")


# Python runs a module of this name at its start.
_CARELESS: Final = """
from protocol import names, text
text.clean = text.clean_message = names.shown = names.compared = lambda said, *_: said
"""


class Hall:
    """One broker, and whoever comes in.

    Args:
        flags: what is added to the broker's command line.
        careless: whether broker and door let any text and any name through as it comes, as those
            of another make might.
        environment: what is added to the broker's.

    Attributes:
        broker: the process; :meth:`restart_broker` makes it another one.
    """

    def __init__(
        self,
        *flags: str,
        careless: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.processes = Processes()
        self.terminals = Terminals()
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._peers: list[Peer] = []
        added = dict(environment or {})
        if careless:
            folder = self.processes.folder()
            (folder / "sitecustomize.py").write_text(_CARELESS)
            added["PYTHONPATH"] = str(folder)
        self.broker: Broker = self.processes.broker(
            "--rate=0", "--burst=0", "--idle-timeout=0", *flags, environment=added
        )

    def client(self, name: str, *flags: str, **how: Any) -> Terminal:
        """Start a client, and return once it is in the room.

        Args:
            name: the person's.
            flags: what is added to its command line.
            how: see :meth:`tests.terminal.Terminals.client`.
        """
        return self.client_in(CONNECTED, name, *flags, **how)

    def client_in(self, connected: re.Pattern[str], name: str, *flags: str, **how: Any) -> Terminal:
        """Start a client in another language, which says ``connected`` in its own way."""
        terminal = self.start_client(name, *flags, **how)
        terminal.wait_for(connected)
        return terminal

    def start_client(self, name: str, *flags: str, **how: Any) -> Terminal:
        """Start a client."""
        return self.terminals.client(self.broker.listen, name, *flags, **how)

    def person(self, name: str) -> Somebody:
        """Let somebody come in with ``nc``, and take a name."""
        somebody = arrive(self.processes, "nc", self.broker.door)
        somebody.says(f"rename|{name}")
        somebody.program.read_until("rename successfully!\n")
        return somebody

    def peer(self, name: str) -> Peer:
        """Let a peer come in that speaks the protocol by itself, and may say anything."""
        peer = Peer(self._context, self.broker.listen, name)
        self._peers.append(peer)
        peer.connect()
        peer.hello()
        peer.join("lobby")
        return peer

    def settings_file(self, text: str) -> Path:
        """Write settings for a client, and return the file."""
        path = self.terminals.folder() / "client.toml"
        path.write_text(text, encoding="utf-8")
        return path

    def restart_broker(self) -> None:
        """Start the broker again, which has ended: same ports, same journal."""
        self.broker = self.processes.restart(self.broker)

    def close(self) -> None:
        """End everything."""
        self.terminals.close()
        for peer in self._peers:
            peer.close()
        self._context.term()
        self.processes.close()


def look_away(client: Terminal) -> None:
    """Bring another window to the front, and return once the client, its input empty, knows.

    Keys come in order, so it does when the one that follows is painted.
    """
    client.focus(False)
    client.type("x")
    client.wait_for("> x")
    client.press("backspace")
    client.wait_until_gone("> x")
