"""The broker's settings: flags over a TOML file over defaults."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from protocol.endpoints import (
    DEFAULT_BROKER,
    DEFAULT_DOOR,
    LARGEST_PORT,
    HostPort,
    parse_tcp_endpoint,
)
from protocol.errors import UsageError
from protocol.limits import Limits
from protocol.phrases import Language
from protocol.text import clean
from runtime.command_line import Parser, read_settings
from runtime.folders import default_state_folder
from runtime.logs import LogFormat, LogLevel

if TYPE_CHECKING:
    from collections.abc import Sequence

PROGRAM: Final = "chat-broker"

Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e6)]
Interval = Annotated[float, msgspec.Meta(gt=0, le=1e6)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Positive = Annotated[int, msgspec.Meta(ge=1, le=2**53)]

MOTD_BYTES: Final = 64 * 1024
MOTD_LINES: Final = 200


class BrokerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set. The fields are the flags; their defaults are the defaults."""

    listen: str = DEFAULT_BROKER
    publish: str = ""
    gateway: str = DEFAULT_DOOR
    no_gateway: bool = False
    gateway_endpoint: str = ""
    data: str = ""
    memory: bool = False
    check: bool = False
    insecure: bool = False
    fsync: bool = False
    keep_messages: Positive = 100_000
    keep_days: Count = 0
    idle_timeout: Seconds = 60.0
    heartbeat: Interval = 5.0
    timeout: Interval = 15.0
    grace: Seconds = 30.0
    rate: Seconds = 10.0
    send_limit: Annotated[int, msgspec.Meta(ge=65536, le=2**40)] = 1024 * 1024
    burst: Count = 20
    person_rate: Seconds = 10.0
    joins_per_minute: Seconds = 30.0
    renames_per_minute: Seconds = 5.0
    rooms_per_person: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50
    """A welcome lists them all, and a peer would not take one that is too long."""
    max_rooms: Positive = 10_000
    sessions_per_address: Count = 50
    motd: str = ""
    no_search: bool = False
    language: Language = Language.EN
    log_level: LogLevel = LogLevel.INFO
    log_format: LogFormat = LogFormat.CONSOLE

    @property
    def data_folder(self) -> str:
        """Where state is kept."""
        return self.data or default_state_folder()

    @property
    def limits(self) -> Limits:
        """What ``welcome`` states."""
        return Limits(
            rooms=self.rooms_per_person,
            burst=self.burst,
            per_second=self.person_rate,
            joins_per_minute=self.joins_per_minute,
            renames_per_minute=self.renames_per_minute,
            sessions_per_address=self.sessions_per_address,
        )


def parse_settings(arguments: Sequence[str]) -> BrokerSettings:
    """Return the settings that a command line asks for.

    Raises:
        UsageError: something cannot be used; the text names it.
    """
    settings = read_settings(BrokerSettings, _parser(), arguments)
    listen = parse_tcp_endpoint(settings.listen)
    published = parse_tcp_endpoint(settings.publish) if settings.publish else listen
    for address in (listen, published):
        if not address.is_loopback and not settings.insecure:
            raise UsageError(
                f"{address} can be reached from other machines, and what is said there is not "
                "encrypted: listen on 127.0.0.1, or add --insecure to accept that."
            )
    if settings.check and settings.memory:
        raise UsageError("There is nothing to check with --memory: choose a folder with --data.")
    if settings.memory and settings.data:
        raise UsageError("Give either memory or data, not both: memory keeps nothing in a folder.")
    if settings.no_gateway and settings.gateway != DEFAULT_DOOR:
        raise UsageError("Give either gateway or no-gateway, not both.")
    if settings.timeout <= settings.heartbeat:
        raise UsageError("The setting timeout must be longer than heartbeat.")
    return settings


def publish_endpoint(settings: BrokerSettings) -> str:
    """Return where the XPUB listens: the next port up, unless the settings say otherwise.

    Where the system chooses one port, it chooses the other too; ``welcome`` states it.

    Raises:
        UsageError: there is no next port.
    """
    if settings.publish:
        return settings.publish
    address = parse_tcp_endpoint(settings.listen)
    if address.port == LARGEST_PORT:
        raise UsageError(f"There is no port above {LARGEST_PORT}: choose one with --publish.")
    return f"tcp://{HostPort(address.host, address.port + 1 if address.port else 0)}"


def message_of_the_day(settings: BrokerSettings) -> str:
    """Return what the file of ``--motd`` says, cleaned; nothing if there is none.

    Raises:
        UsageError: it cannot be read, is no text, or is too long.
    """
    if not settings.motd:
        return ""
    file = f"The file of --motd, {settings.motd},"
    try:
        with Path(settings.motd).open("rb") as opened:
            read = opened.read(MOTD_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.") from error
    if len(read) <= MOTD_BYTES:
        try:
            said = clean(read.decode()).strip("\n")
        except UnicodeDecodeError as error:
            raise UsageError(f"{file} is no text in UTF-8.") from error
        if said.count("\n") < MOTD_LINES:
            return said
    raise UsageError(f"{file} is longer than {MOTD_LINES} lines or {MOTD_BYTES // 1024} KiB.")


def _parser() -> Parser:
    parser = Parser(PROGRAM, "Run the hub of a Hubbub chat, and a door for nc beside it.")
    add = parser.add_argument
    add("--listen", metavar="ENDPOINT", help=f"where clients connect ({DEFAULT_BROKER})")
    add("--publish", metavar="ENDPOINT", help="where broadcasts leave (the next port up)")
    doors = parser.add_mutually_exclusive_group()
    doors.add_argument("--gateway", metavar="HOST:PORT", help=f"the nc door ({DEFAULT_DOOR})")
    doors.add_argument("--no-gateway", action="store_true", help="run no nc door")
    add("--gateway-endpoint", metavar="ipc://PATH", help="where gateways connect (in --data)")
    places = parser.add_mutually_exclusive_group()
    places.add_argument("--data", metavar="DIR", help=f"state ({default_state_folder()})")
    places.add_argument("--memory", action="store_true", help="keep nothing on disk")
    add("--check", action="store_true", help="verify the journal, change nothing, and end")
    add("--insecure", action="store_true", help="listen beyond this machine without encryption")
    add("--fsync", action="store_true", help="survive a power cut: sync every commit")
    add("--keep-messages", metavar="N", help="messages kept of each room (100000)")
    add("--keep-days", metavar="N", help="days that messages are kept (0: no limit)")
    add("--idle-timeout", metavar="S", help="put silent nc people out; 0: never (60)")
    add("--heartbeat", metavar="S", help="between two signs of life (5)")
    add("--timeout", metavar="S", help="silence after which a connection is lost (15)")
    add("--grace", metavar="S", help="how long a lost session is held (30)")
    add("--rate", metavar="N", help="nc lines a second after a burst of 20; 0: no limit (10)")
    add("--send-limit", metavar="BYTES", help="waiting output that cuts an nc reader off (1 MiB)")
    _add_limits(parser)
    add("--motd", metavar="FILE", help="a message of the day, shown to who comes in")
    add("--no-search", action="store_true", help="keep no index for searching")
    add("--language", choices=[str(language) for language in Language], help="of the nc door (en)")
    add("--config", metavar="FILE.toml", help="settings; flags win")
    add("--log-level", choices=[str(level) for level in LogLevel], help="(info)")
    add("--log-format", choices=[str(form) for form in LogFormat], help="(console)")
    return parser


def _add_limits(parser: Parser) -> None:
    add = parser.add_argument
    add("--burst", metavar="N", help="commands taken at once from one person; 0: no limit (20)")
    add("--person-rate", metavar="N", help="commands a second after that; 0: no limit (10)")
    add("--joins-per-minute", metavar="N", help="rooms one person may enter; 0: no limit (30)")
    add("--renames-per-minute", metavar="N", help="names one person may take; 0: no limit (5)")
    add("--rooms-per-person", metavar="N", help="rooms one person may be in (50)")
    add("--max-rooms", metavar="N", help="rooms with people in them (10000)")
    add("--sessions-per-address", metavar="N", help="people of one address; 0: no limit (50)")
