"""``chat-gateway``: puts the parts together and keeps them running."""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
import signal
import socket
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NoReturn

from client.link import Link
from client.zmq_link import ZmqLink
from gateway.config import PROGRAM, GatewaySettings, parse_settings
from gateway.door import Door
from gateway.server import PeopleServer
from protocol.endpoints import parse_host_port
from protocol.rendering import Renderer
from runtime.clock import offset_at
from runtime.command_line import raise_descriptor_limit, run_program
from runtime.listening import listen_tcp
from runtime.logs import configure_logs
from runtime.sockets import Context, make_context

if TYPE_CHECKING:
    from collections.abc import Sequence

_GOODBYE_WITHIN_S: Final = 2.0

_log = logging.getLogger(__name__)


def run() -> NoReturn:
    """The entry point of ``chat-gateway``."""
    run_program(PROGRAM, main)


def main(arguments: Sequence[str]) -> int:
    """Run a gateway until SIGINT, SIGTERM, or its broker's end; return the exit status.

    Raises:
        HubbubError: it cannot start.
    """
    settings = parse_settings(arguments)
    configure_logs(settings.log_level, settings.log_format)
    raise_descriptor_limit()
    if settings.is_child:
        listening = socket.socket(fileno=settings.inherited_socket)
    else:
        address = parse_host_port(settings.listen)
        listening = listen_tcp(address, "Choose another with --listen.")
    with listening, make_context() as context:
        jitter = random.Random()  # noqa: S311 - spreads reconnects, guards nothing
        name = secrets.token_hex(8)
        link = Link(jitter.random, name, settings.carrier or name)
        renderer = Renderer(settings.language, offset_at, lambda: time.time_ns() // 1_000_000)
        door = Door(link, renderer, settings.rate)
        return asyncio.run(_run(settings, listening, context, link, door))


async def _run(
    settings: GatewaySettings,
    listening: socket.socket,
    context: Context,
    link: Link,
    door: Door,
) -> int:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stopped.set)
    if settings.is_child:
        await _stop_with_parent(loop, stopped)
    people = PeopleServer(door, settings.send_limit, loop)
    adapter = ZmqLink(link, settings.endpoint, context, loop, people.on_notices)
    adapter.wake()
    await people.serve(listening, adapter.wake)
    _announce(settings, listening)
    await stopped.wait()
    people.stop_accepting()
    door.quit_all(with_broker=settings.is_child)
    adapter.wake()
    with suppress(TimeoutError):
        await asyncio.wait_for(people.everybody_left.wait(), _GOODBYE_WITHIN_S)
    people.close()
    adapter.close()
    return 0


def _announce(settings: GatewaySettings, listening: socket.socket) -> None:
    if settings.is_child:
        sys.stdout.write("ready\n")
    else:
        host, port = listening.getsockname()[:2]
        sys.stdout.write(f"The door is open: nc {host} {port}\n")
    sys.stdout.flush()


async def _stop_with_parent(loop: asyncio.AbstractEventLoop, stopped: asyncio.Event) -> None:
    """A broker that is gone, however it ended, has closed our standard input."""

    class _Parent(asyncio.Protocol):
        def connection_lost(self, exc: Exception | None) -> None:
            _log.debug("the broker has gone: %s", exc)
            stopped.set()

    await loop.connect_read_pipe(_Parent, sys.stdin)
