"""How the client's settings are read: flags over a TOML file over defaults."""

from __future__ import annotations

import argparse
import re
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NoReturn

import msgspec
from platformdirs import user_config_path

from client.settings import DEFAULT_ROOM, DEFAULT_THEME, ClientSettings, Notify
from client.themes import check_part, check_style
from protocol.endpoints import DEFAULT_BROKER, check_broker_endpoint
from protocol.errors import Refusal, UsageError
from protocol.phrases import Language, say
from runtime.command_line import Parser, choice_of, read_settings
from runtime.folders import default_state_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PROGRAM: Final = "chat-client"


def parse_settings(arguments: Sequence[str]) -> ClientSettings:
    """Return the settings that a command line asks for; without --config, the default file's too.

    Raises:
        UsageError: something cannot be used; the text names it.
    """
    default = default_settings_file()
    with suppress(OSError):  # a folder that may not be entered holds no settings of ours
        if default.is_file():
            arguments = [f"--config={default}", *arguments]
    settings = read_settings(ClientSettings, _parser(default), arguments, _check_file)
    _check_endpoint(settings.connect, "The setting connect")
    name = _shown(settings.name, "The setting name")
    return msgspec.structs.replace(
        settings,
        name=name,
        plain=settings.plain or settings.json,
        state=settings.state or f"{default_state_folder()}/client",
    )


def default_settings_file() -> Path:
    """Return the settings file that is read where no other is named."""
    return user_config_path("hubbub") / "client.toml"


def _parser(default: Path) -> Parser:
    parser = Parser(PROGRAM, "Talk in a Hubbub chat: full screen in a terminal, lines in a pipe.")
    add = parser.add_argument
    add("--name", metavar="NAME", help="what you are called; the full screen asks if need be")
    add("--connect", metavar="ENDPOINT", help=f"the broker ({DEFAULT_BROKER})")
    add("--room", metavar="ROOM", help=f"the room that is entered first ({DEFAULT_ROOM})")
    add("--plain", action="store_true", help="lines in, lines out, even in a terminal")
    add("--json", action="store_true", help="one event a line, as JSON; implies --plain")
    add("--send", metavar="TEXT", help="say one message (-: standard input), and end")
    add("--language", choices=[str(language) for language in Language], help="of all texts (en)")
    add("--config", metavar="FILE.toml", help=f"settings; flags win ({default})".replace("%", "%%"))
    state = f"{default_state_folder()}/client".replace("%", "%%")
    add("--state", metavar="DIR", help=f"tokens, drafts and input history ({state})")
    add("--print-config", action=_PrintConfig, nargs=0, help="write the default settings file, end")
    return parser


class _PrintConfig(argparse.Action):
    """As ``--help`` does: prints and ends, whatever else is wrong."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from client.settings_file import default_file  # noqa: PLC0415 - for this flag alone

        sys.stdout.write(default_file())
        parser.exit()


def _check_file(values: dict[str, Any], path: str) -> None:
    """Check what the types cannot say, so that the error names the key and the file."""
    if "send" in values:
        raise _unusable(f"The setting send in {path}", "it is for the command line alone")
    if isinstance(values.get("connect"), str):
        _check_endpoint(values["connect"], f"The setting connect in {path}")
    if isinstance(values.get("name"), str):
        _shown(values["name"], f"The setting name in {path}")
    for room, level in _table(values, "notify_rooms", path).items():
        if level not in [*Notify]:
            raise _unusable(f"The setting notify-rooms.{_key(room)} in {path}", choice_of(Notify))
    themes = _table(values, "themes", path)
    for name in themes:
        _check_theme(_table(themes, name, path, "themes."), f"themes.{_key(name)}", path)
    theme = values.get("theme", DEFAULT_THEME)
    if isinstance(theme, str) and theme not in {DEFAULT_THEME, *themes}:
        raise _unusable(
            f"The setting theme in {path}", f"there is no {theme!r} among the themes of the file"
        )


def _check_theme(theme: dict[str, Any], place: str, path: str) -> None:
    for part, style in theme.items():
        setting = f"The setting {place}.{_key(part)} in {path}"
        if why := check_part(part):
            raise _unusable(setting, why)
        if isinstance(style, dict):
            raise _unusable(setting, f'write "{part}.{next(iter(style), "own")}" in quotes')
        if not isinstance(style, str):
            raise _unusable(setting, "a style is a text")
        if why := check_style(style):
            raise _unusable(setting, why)


def _table(values: dict[str, Any], key: str, path: str, above: str = "") -> dict[str, Any]:
    table = values.get(key, {})
    if not isinstance(table, dict):
        place = f"{above}{_key(key) if above else key.replace('_', '-')}"
        raise _unusable(f"The setting {place} in {path}", "it is no table")
    return table


def _check_endpoint(endpoint: str, setting: str) -> None:
    try:
        check_broker_endpoint(endpoint)
    except UsageError as error:
        raise UsageError(f"{setting} cannot be used: {error}") from error


def _shown(name: str, setting: str) -> str:
    """Return the name as it will be shown; none stays none."""
    if not name:
        return ""
    # Its tables cost 10 ms, which --help need not pay.
    from protocol.names import shown  # noqa: PLC0415

    try:
        return shown(name)
    except Refusal as refusal:
        sentence = say(Language.EN, refusal.code, refusal.fields)
        raise UsageError(f"{setting} cannot be used: {sentence}") from refusal


def _unusable(setting: str, why: str) -> UsageError:
    return UsageError(f"{setting} cannot be used: {why}.")


def _key(text: str) -> str:
    """Return a key as TOML needs it."""
    return text if re.fullmatch("[A-Za-z0-9_-]+", text) else f'"{text}"'
