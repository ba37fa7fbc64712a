"""The house rules that the source itself must keep (DESIGN, section 2)."""

import ast
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAX_LINES = 400

MAY_IMPORT = {
    "protocol": set[str](),
    "runtime": {"protocol"},
    "broker": {"protocol", "runtime"},
    "client": {"protocol", "runtime"},
    "gateway": {"client", "protocol", "runtime"},
}

# The thin adapters that own sockets, time, disk and processes. Everything else is pure.
ADAPTERS = {
    "protocol": [],
    "runtime": ["*"],
    "broker": [
        "main", "config", "sqlite_journal*", "journal_schema", "retention", "zap", "pairs",
        "child", "server", "check",
    ],
    "client": [
        "zmq_link", "main", "identity", "saved", "config", "peer", "bot", "line_mode_io",
        "screen.app", "screen.completion", "screen.controls", "screen.editor", "screen.filters",
        "screen.keys", "screen.layout", "screen.style", "screen.terminal",
    ],
    "gateway": ["main", "server", "config"],
}  # fmt: skip

IMPURE = {
    "asyncio", "concurrent", "datetime", "fcntl", "logging", "multiprocessing", "os", "random",
    "secrets", "select", "selectors", "signal", "socket", "sqlite3", "ssl", "subprocess",
    "tempfile", "threading", "time", "uuid", "zmq", "prompt_toolkit",
}  # fmt: skip

MODULES = sorted(path for package in MAY_IMPORT for path in (ROOT / package).rglob("*.py"))


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(path: Path) -> Iterator[str]:
    """Every imported top-level name, wherever in the module the import stands."""
    own = path.relative_to(ROOT).parts[0]
    for node in ast.walk(ast.parse(path.read_bytes(), filename=str(path))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom):
            yield own if node.level else (node.module or "").partition(".")[0]


def is_adapter(path: Path) -> bool:
    package, *inner = path.relative_to(ROOT).with_suffix("").parts
    return any(fnmatch(".".join(inner), pattern) for pattern in ADAPTERS[package])


def test_there_is_something_to_check() -> None:
    assert ROOT / "protocol" / "codec.py" in MODULES


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_imports_go_one_way(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    others = MAY_IMPORT.keys() - MAY_IMPORT[package] - {package} | {"tests", "bench"}
    assert not others & set(imported(path))


@pytest.mark.parametrize("path", [path for path in MODULES if not is_adapter(path)], ids=place)
def test_pure_modules_import_nothing_impure(path: Path) -> None:
    assert not IMPURE & set(imported(path))


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_modules_stay_small(path: Path) -> None:
    lines = path.read_bytes().count(b"\n")
    assert lines <= MAX_LINES


def test_the_check_sees_every_form_of_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    module = tmp_path / "broker" / "sample.py"
    module.parent.mkdir()
    module.write_text(
        "import zmq.asyncio as z, time\n"
        "from . import core\n"
        "if TYPE_CHECKING:\n    from client.link import Link\n"
        "def f():\n    import gateway.lines\n"
    )
    assert set(imported(module)) == {"zmq", "time", "broker", "client", "gateway"}
