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
    "admin": {"protocol", "runtime"},
}

# The thin adapters that own sockets, time, disk and processes. Everything else is pure.
ADAPTERS = {
    "protocol": [],
    "runtime": [
        "clock", "command_line", "folders", "listening", "logs", "private_files", "pump",
        "sockets", "streams", "waiting",
    ],
    "broker": [
        "__main__", "main", "config", "sqlite_journal*", "journal_schema", "retention", "zap",
        "pairs", "child", "server", "check", "search_schema", "search_index", "search_reader",
        "search_thread",
    ],
    "client": [
        "__main__", "zmq_link", "main", "identity", "saved", "config", "peer", "bot",
        "bot_session",
        "line_mode_io",
        "screen.app", "screen.completion", "screen.controls", "screen.editor",
        "screen.failures", "screen.filters", "screen.keys", "screen.layout",
        "screen.person", "screen.style", "screen.terminal",
    ],
    "gateway": ["__main__", "main", "server", "config"],
    "admin": ["__main__", "main", "config"],
}  # fmt: skip

IMPURE = {
    "asyncio", "concurrent", "datetime", "fcntl", "logging", "multiprocessing", "os", "random",
    "secrets", "select", "selectors", "signal", "socket", "sqlite3", "ssl", "subprocess",
    "tempfile", "threading", "time", "uuid", "zmq", "prompt_toolkit", "regex",
}  # fmt: skip

EXCUSED = {
    # Looks at a clock by itself, and at nothing else: a search that takes too long ends.
    "client.screen.pattern": {"regex"},
    # Reckons with days and hours that it is given, and asks no clock.
    "protocol.times": {"datetime"},
}

MODULES = sorted(path for package in MAY_IMPORT for path in (ROOT / package).rglob("*.py"))


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(node: ast.AST, own: str) -> Iterator[str]:
    """Every imported module below ``node``, and what is taken from it, as dotted names."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Import):
            yield from (alias.name for alias in inner.names)
        elif isinstance(inner, ast.ImportFrom):
            above = ".".join(own.split(".")[: -inner.level]) if inner.level else ""
            module = ".".join(filter(None, (above, inner.module)))
            yield from (f"{module}.{alias.name}" for alias in inner.names)


def imported(path: Path) -> Iterator[str]:
    """Every imported top-level name, wherever in the module the import stands."""
    tree = ast.parse(path.read_bytes(), filename=str(path))
    for name in imports(tree, dotted(path)):
        yield name.partition(".")[0]


def imported_when_run(path: Path) -> Iterator[str]:
    """Dotted names of what a module does not only import for its types."""
    tree = ast.parse(path.read_bytes(), filename=str(path))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body.clear()
    yield from imports(tree, dotted(path))


def is_adapter(name: str) -> bool:
    """Whether a dotted name is an adapter of ours, or something in one."""
    package, _, inner = name.partition(".")
    parts = inner.split(".")
    return any(
        fnmatch(".".join(parts[:length]), pattern)
        for pattern in ADAPTERS.get(package, [])
        for length in range(1, len(parts) + 1)
    )


PURE = [path for path in MODULES if not is_adapter(dotted(path))]


def test_there_is_something_to_check() -> None:
    assert ROOT / "protocol" / "codec.py" in MODULES


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_imports_go_one_way(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    others = MAY_IMPORT.keys() - MAY_IMPORT[package] - {package} | {"tests", "bench"}
    assert not others & set(imported(path))


@pytest.mark.parametrize("path", PURE, ids=place)
def test_pure_modules_import_nothing_impure(path: Path) -> None:
    assert not IMPURE & set(imported(path)) - EXCUSED.get(dotted(path), set())


@pytest.mark.parametrize("path", PURE, ids=place)
def test_pure_modules_import_no_adapter(path: Path) -> None:
    assert not [name for name in imported_when_run(path) if is_adapter(name)]


def test_every_adapter_is_there() -> None:
    names = [dotted(path).partition(".") for path in MODULES]
    for package, patterns in ADAPTERS.items():
        inner = [name for home, _, name in names if home == package]
        assert all(any(fnmatch(name, pattern) for name in inner) for pattern in patterns)


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
    assert set(imported_when_run(module)) == {
        "zmq.asyncio", "time", "broker.core", "gateway.lines",
    }  # fmt: skip


def test_the_check_knows_what_is_in_an_adapter() -> None:
    assert is_adapter("client.screen.app")
    assert is_adapter("client.screen.app.ScreenApp")
    assert is_adapter("broker.sqlite_journal_read.read")
    assert not is_adapter("client.screen")
    assert not is_adapter("client.screen.model.Model")
    assert not is_adapter("runtime.exits.EXIT_USAGE")
    assert not is_adapter("zmq.asyncio")
