"""The command line of ``chat-admin``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from admin.settings import ACTS_SHOWN, PROGRAM, AdminSettings
from protocol.errors import UsageError
from runtime.command_line import Parser, read_settings
from runtime.folders import default_state_folder

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Sequence


class _Argument(NamedTuple):
    """One argument of a command, as argparse takes it."""

    flag: str
    options: dict[str, Any]


def _argument(flag: str, **options: Any) -> _Argument:
    return _Argument(flag, options)


_WHO: Final = _argument("who", metavar="WHO", help="a name, or a person's ID")
_TARGET: Final = _argument("who", metavar="WHO", help="a name, a person's ID, or an IP address")
_ROOM: Final = _argument("--room", metavar="ROOM", help="only there (the whole broker)")
_WHY: Final = _argument("--why", metavar="TEXT", help="the reason, which people see")
_FOR: Final = _argument(
    "--for", metavar="TIME", dest="time", help="such as 10m, 2h, 7d, 1w (no end)"
)

COMMANDS: Final[dict[str, tuple[str, tuple[_Argument, ...]]]] = {
    "who": ("list people, with their addresses unless in one room", (_ROOM,)),
    "kick": ("put somebody out", (_WHO, _ROOM, _WHY)),
    "ban": ("keep a person or an address out", (_TARGET, _ROOM, _FOR, _WHY)),
    "unban": ("take a ban back", (_TARGET, _ROOM)),
    "bans": ("list who is banned or muted", (_ROOM,)),
    "mute": ("let somebody read only", (_WHO, _ROOM, _FOR, _WHY)),
    "unmute": ("let them speak again", (_WHO, _ROOM)),
    "op": ("make somebody an operator", (_WHO, _ROOM)),
    "deop": ("take that back", (_WHO, _ROOM)),
    "slow": (
        "let each speak only once in a time",
        (
            _argument("time", metavar="TIME", help="such as 10s, 1m; 0 or off ends it"),
            _argument("--room", metavar="ROOM", required=True, help="where"),
        ),
    ),
    "announce": (
        "tell everybody something",
        (_argument("text", metavar="TEXT", help="what"), _ROOM),
    ),
    "rooms": ("list the rooms", ()),
    "modlog": (
        "list what operators did",
        (
            _ROOM,
            _argument("--count", metavar="N", help=f"the last so many, up to 200 ({ACTS_SHOWN})"),
        ),
    ),
    "stats": ("show numbers about the broker", ()),
    "backup": (
        "copy the journal while the broker runs",
        (_argument("file", metavar="FILE", help="a new file"),),
    ),
}


class _CommandParser(Parser):
    """The parser of one command, as argparse makes it."""

    def __init__(self, prog: str, description: str, **_later: object) -> None:
        super().__init__(prog, description)


def parse_settings(arguments: Sequence[str]) -> AdminSettings:
    """Return what a command line asks for.

    Raises:
        UsageError: something cannot be used; the text names it.
    """
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError as error:  # bytes that are no text come as lone surrogates
            raise UsageError(f"{argument!r} is no UTF-8.") from error
    settings = read_settings(AdminSettings, _parser(), arguments)
    if settings.data and settings.endpoint:
        raise UsageError("Give either data or endpoint, not both.")
    return settings


def _parser() -> Parser:
    parser = Parser(PROGRAM, "Do what operators do, and more, on the broker's machine.")
    _add_common(parser)
    commands = parser.add_subparsers(
        dest="command",
        metavar="COMMAND",
        required=True,
        parser_class=_CommandParser,
    )
    for name, (meaning, own) in COMMANDS.items():
        command = commands.add_parser(name, help=meaning, description=f"{meaning.capitalize()}.")
        for argument in own:
            command.add_argument(argument.flag, **argument.options)
        _add_common(command)
    return parser


def _add_common(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("--data", metavar="DIR", help=f"the broker's data folder ({default_state_folder()})")
    add("--endpoint", metavar="ipc://PATH", help="its socket for gateways (in --data)")
    add("--json", action="store_true", help="answer in JSON")
    add("--wait", metavar="S", help="how long to wait for a broker that says nothing (10)")
