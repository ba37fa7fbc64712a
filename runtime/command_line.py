"""What the command lines have in common: flags over a settings file, one clear line on error."""

from __future__ import annotations

import argparse
import resource
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import msgspec
from msgspec import inspect

from protocol.errors import HubbubError, UsageError
from runtime.exits import EXIT_USAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Settings = TypeVar("Settings", bound=msgspec.Struct)

_MEANINGS = {
    "`float`": "a number",
    "`int`": "a whole number",
    "`str`": "a text",
    "`bool`": "true or false",
    "`array`": "a list",
    "`object`": "a table",
}


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, and whose flags have no default.

    Flags that are not given do not appear in the result, so that a settings file shows through.
    """

    def __init__(self, program: str, description: str) -> None:
        super().__init__(
            program,
            description=description,
            argument_default=argparse.SUPPRESS,
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        """Raise what argparse found, instead of printing several lines."""
        raise UsageError(f"{message}. See --help.")


def read_settings(
    kind: type[Settings],
    parser: Parser,
    arguments: Sequence[str],
    check_file: Callable[[dict[str, Any], str], None] | None = None,
) -> Settings:
    """Return the settings: defaults of ``kind``, over them the file of ``--config``, then flags.

    ``check_file`` is called with the file's values by setting, of whatever type they are, and its
    path; it raises :class:`UsageError` for what the types of ``kind`` cannot say.

    Raises:
        UsageError: a flag, the file, or a value in it cannot be used; the text names it.
    """
    flags: dict[str, Any] = vars(parser.parse_args(arguments))
    config = flags.pop("config", None)
    from_file = {} if config is None else _read_file(kind, Path(config), check_file)
    return _convert(kind, from_file | flags, "", strict=False)


def run_program(program: str, main: Callable[[Sequence[str]], int]) -> NoReturn:
    """Run ``main`` with the command line; an error of ours ends in one line and status 2."""
    try:
        status = main(sys.argv[1:])
    except HubbubError as error:
        sys.stderr.write(f"{program}: {error}\n")
        status = EXIT_USAGE
    except KeyboardInterrupt:
        status = 0
    sys.exit(status)


def raise_descriptor_limit() -> int:
    """Raise the soft limit of open descriptors to the hard one; return it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def _read_file(
    kind: type[Settings], path: Path, check: Callable[[dict[str, Any], str], None] | None
) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"Cannot read the settings file {path}: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"The settings file {path} is no valid TOML: {error}.") from error
    values = {key.replace("-", "_"): value for key, value in values.items()}
    if check is not None:
        check(values, str(path))
    _convert(kind, values, f" in {path}", strict=True)
    return values


def _convert(kind: type[Settings], values: dict[str, Any], where: str, *, strict: bool) -> Settings:
    try:
        return msgspec.convert(values, kind, strict=strict)
    except msgspec.ValidationError as error:
        what, _, place = str(error).partition(" - at `$.")
        key = place.rstrip("`").replace("_", "-")
        if not key:
            unknown = what.rpartition("`")[0].rpartition("`")[2].replace("_", "-")
            raise UsageError(f"There is no setting {unknown}{where}.") from error
        raise UsageError(
            f"The setting {key}{where} cannot be used: {_choices(kind, key) or _plainly(what)}."
        ) from error


def choice_of(words: Iterable[str]) -> str:
    """Return which words may be written, as a part of a sentence."""
    *others, last = (f'"{word}"' for word in words)
    return f"write {', '.join(others)} or {last}"


def _choices(kind: type[Settings], key: str) -> str:
    """Return which values a setting may have; nothing if they are not few."""
    for field in msgspec.structs.fields(kind):
        if field.name.replace("_", "-") == key:
            match inspect.type_info(field.type):
                case inspect.EnumType(cls=words):
                    return choice_of(word.value for word in words)
    return ""


def _plainly(what: str) -> str:
    for name, meaning in _MEANINGS.items():
        what = what.replace(name, meaning)
    return what
