"""``chat-broker``: puts the parts together and keeps them running."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import signal
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, NoReturn

from broker.check import check
from broker.child import GatewayChild
from broker.config import (
    PROGRAM,
    BrokerSettings,
    message_of_the_day,
    parse_settings,
    publish_endpoint,
)
from broker.core import CHILD_CARRIER, Core
from broker.pairs import SocketPair, prepare_local_endpoint
from broker.presence import PresenceSettings
from broker.search_thread import Search
from broker.server import Server
from broker.sqlite_journal import SqliteJournal
from broker.sqlite_journal_salvage import start
from broker.welcome import CoreSettings
from broker.zap import ZapHandler
from protocol.endpoints import default_gateway_endpoint, parse_host_port, publish_beside
from protocol.errors import UsageError
from runtime.command_line import raise_descriptor_limit, run_program
from runtime.listening import listen_tcp
from runtime.logs import configure_logs
from runtime.sockets import make_context

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Sequence

_ORPHAN_WITHIN_S: Final = 5.0
_ORPHAN_POLL_S: Final = 0.01
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_DOOR_ADVICE: Final = "Choose another with --gateway, or none with --no-gateway."
_log = logging.getLogger(__name__)


def run() -> NoReturn:
    """The entry point of ``chat-broker``."""
    run_program(PROGRAM, main)


def main(arguments: Sequence[str]) -> int:
    """Run a broker until SIGINT or SIGTERM; return the exit status.

    Raises:
        HubbubError: it cannot start; nothing was left half-started.
    """
    settings = parse_settings(arguments)
    configure_logs(settings.log_level, settings.log_format)
    if settings.check:
        status, lines = check(Path(settings.data_folder))
        print(*lines, sep="\n")
        return status
    raise_descriptor_limit()
    with ExitStack() as stack:
        return asyncio.run(_Broker(settings, stack).run())


class _Broker:
    """Everything that one broker process holds; acquired in order, released in reverse."""

    def __init__(self, settings: BrokerSettings, stack: ExitStack) -> None:
        self._settings = settings
        self._message = message_of_the_day(settings)
        data = Path(settings.data_folder).absolute()
        _make_private(data)
        self._local = settings.gateway_endpoint or default_gateway_endpoint(str(data))
        self._lock = stack.enter_context(_lock(data / "broker.lock", wait_s=0.0))
        self._child_lock = stack.enter_context(_lock(data / "gateway.lock", _ORPHAN_WITHIN_S))
        self._door: socket.socket | None = None
        if not settings.no_gateway:
            self._door = stack.enter_context(
                listen_tcp(parse_host_port(settings.gateway), _DOOR_ADVICE)
            )
        context = stack.enter_context(make_context())
        self._zap = ZapHandler(context)
        stack.callback(self._zap.close)
        self._public = SocketPair(
            context, settings.listen, publish_endpoint(settings), trusted=False
        )
        stack.callback(self._public.close)
        prepare_local_endpoint(self._local)
        self._trusted = SocketPair(context, self._local, publish_beside(self._local), trusted=True)
        stack.callback(self._trusted.close)
        path = None if settings.memory else data / "journal.db"
        self._search_path = None if path is None else path.with_name("search.db")
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        self._journal, self._state, salvage = start(path, stamp, lambda: self._opened(path))
        if salvage is not None:
            sys.stderr.write(f"{PROGRAM}: {' '.join(salvage.lines)}\n")

    def _opened(self, path: Path | None) -> SqliteJournal:
        settings = self._settings
        return SqliteJournal(
            path,
            fsync=settings.fsync,
            keep_messages=settings.keep_messages,
            keep_days=settings.keep_days,
            boot_id=_boot_id(),
            new_id=lambda: os.urandom(8).hex(),
        )

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        stopped = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, stopped.set)
        broken = asyncio.Event()

        def give_up() -> None:
            broken.set()
            stopped.set()

        core = Core(self._state, self._journal.id, self._core_settings(), loop.time())
        search = Search(
            self._search_path, self._journal.id, self._journal.sequence, loop,
            is_on=not self._settings.no_search,
        )  # fmt: skip
        pairs = (self._public, self._trusted)
        server = Server(core, self._journal, search, pairs, self._zap, loop, give_up)
        server.request(_child_gone)
        child, watch = self._start_gateway(server)
        await stopped.wait()
        _log.info("stopping")
        server.request(Core.stopping)
        if child is not None and watch is not None:
            await child.stop()
            await watch
        if broken.is_set():
            search.close()
            self._journal.close(None)
            return 1
        server.stop()
        search.close()
        self._journal.close(core.state if core.state_known else None)
        return 0

    def _start_gateway(
        self, server: Server
    ) -> tuple[GatewayChild | None, asyncio.Task[None] | None]:
        if self._door is None:
            self._announce()
            return None, None
        settings = self._settings
        arguments = [
            f"--broker={self._local}",
            f"--language={settings.language}",
            f"--rate={settings.rate}",
            f"--send-limit={settings.send_limit}",
            f"--log-level={settings.log_level}",
            f"--log-format={settings.log_format}",
            f"--inherited-socket={self._door.fileno()}",
            f"--carrier={CHILD_CARRIER}",
        ]
        inherited = [self._door.fileno(), self._child_lock.fileno()]
        child = GatewayChild(
            arguments, inherited, self._announce, lambda: server.request(_child_gone)
        )
        return child, asyncio.create_task(child.run())

    def _core_settings(self) -> CoreSettings:
        settings = self._settings
        return CoreSettings(
            presence=PresenceSettings(
                timeout=settings.timeout, grace=settings.grace, idle=settings.idle_timeout
            ),
            heartbeat=settings.heartbeat,
            publish=_anywhere(self._public.publish),
            publish_trusted=self._trusted.publish,
            language=settings.language,
            limits=settings.limits,
            max_rooms=settings.max_rooms,
            message_of_the_day=self._message,
        )

    def _announce(self) -> None:
        lines = ["Hubbub is ready."]
        if self._door is not None:
            host, port = self._door.getsockname()[:2]
            lines.append(f"  people:   nc {host} {port}")
        lines.append(f"  clients:  {self._public.endpoint}")
        lines.append(f"  gateways: {self._local}")
        with suppress(OSError, AttributeError):  # nobody may be there to read it
            sys.stdout.write("\n".join(lines) + "\n")
            sys.stdout.flush()


def _child_gone(core: Core) -> None:
    core.carrier_ended(CHILD_CARRIER)


def _anywhere(publish: str) -> str:
    """A peer reaches a wildcard address by the host that it connected to."""
    return publish.replace("//0.0.0.0:", "//*:").replace("//[::]:", "//*:")


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"Cannot make the folder {folder}: {error.strerror}.") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"Cannot write in the folder {folder}: choose another with --data.")


@contextmanager
def _lock(path: Path, wait_s: float) -> Iterator[IO[bytes]]:
    """Hold a lock that ends with the last process that has its descriptor, however it ends.

    The gateway's is handed to the child, so that a new broker waits until an orphan is gone.
    """
    try:
        file = open(path, "ab", opener=_open_private)  # noqa: SIM115 - closed below
    except OSError as error:
        raise UsageError(f"Cannot write {path}: {error.strerror}.") from error
    with file:
        give_up_at = time.monotonic() + wait_s
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if time.monotonic() >= give_up_at:
                    raise UsageError(
                        f"Another broker uses {path.parent}: stop it, or choose another --data."
                    ) from error
            time.sleep(_ORPHAN_POLL_S)
        yield file


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _boot_id() -> str:
    """Return what changes with each start of the machine, or nothing where it is not known."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""
