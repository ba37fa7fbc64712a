"""The gateway's settings: flags over a TOML file over defaults."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from protocol.endpoints import (
    DEFAULT_DOOR,
    default_gateway_endpoint,
    parse_local_endpoint,
    parse_tcp_endpoint,
)
from protocol.phrases import Language
from runtime.command_line import Parser, read_settings
from runtime.folders import default_state_folder
from runtime.logs import LogFormat, LogLevel

if TYPE_CHECKING:
    from collections.abc import Sequence

PROGRAM: Final = "chat-gateway"


class GatewaySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set. The fields are the flags; their defaults are the defaults.

    ``inherited_socket`` and ``carrier`` are the broker's, for the gateway that it runs itself.
    """

    broker: str = ""
    listen: str = DEFAULT_DOOR
    language: Language = Language.EN
    rate: Annotated[float, msgspec.Meta(ge=0, le=1e6)] = 10.0
    send_limit: Annotated[int, msgspec.Meta(ge=65536, le=2**40)] = 1024 * 1024
    log_level: LogLevel = LogLevel.INFO
    log_format: LogFormat = LogFormat.CONSOLE
    inherited_socket: int = -1
    carrier: str = ""

    @property
    def endpoint(self) -> str:
        """Where the broker is."""
        return self.broker or default_gateway_endpoint(default_state_folder())

    @property
    def is_child(self) -> bool:
        """Whether a broker runs this gateway and ends it by closing its standard input."""
        return self.inherited_socket >= 0


def parse_settings(arguments: Sequence[str]) -> GatewaySettings:
    """Return the settings that a command line asks for.

    Raises:
        UsageError: something cannot be used; the text names it.
    """
    parser = Parser(PROGRAM, "Open a door to a Hubbub chat for nc and telnet.")
    add = parser.add_argument
    default = default_gateway_endpoint(default_state_folder())
    add("--broker", metavar="ENDPOINT", help=f"the broker's endpoint for gateways ({default})")
    add("--listen", metavar="HOST:PORT", help=f"where people connect ({DEFAULT_DOOR})")
    add(
        "--language", choices=[str(language) for language in Language], help="of the sentences (en)"
    )
    add("--rate", metavar="N", help="lines a second after a burst of 20; 0: no limit (10)")
    add("--send-limit", metavar="BYTES", help="waiting output that cuts a reader off (1 MiB)")
    add("--config", metavar="FILE.toml", help="settings; flags win")
    add("--log-level", choices=[str(level) for level in LogLevel], help="(info)")
    add("--log-format", choices=[str(form) for form in LogFormat], help="(console)")
    add("--inherited-socket", help=argparse.SUPPRESS)
    add("--carrier", help=argparse.SUPPRESS)
    settings = read_settings(GatewaySettings, parser, arguments)
    _check_endpoint(settings.endpoint)
    return settings


def _check_endpoint(endpoint: str) -> None:
    if endpoint.startswith("tcp://"):
        parse_tcp_endpoint(endpoint)
    else:
        parse_local_endpoint(endpoint)
