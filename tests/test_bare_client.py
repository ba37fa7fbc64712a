"""A script that knows only the protocol's page talks to a real broker."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path

from tests.processes import Processes

SCRIPT = Path(__file__).with_name("bare_client.py")
MAY_IMPORT = {"collections.abc", "json", "secrets", "sys", "typing", "zmq"}


def test_a_client_written_from_the_page_alone(processes: Processes) -> None:
    broker = processes.broker("--no-gateway")
    # -I: nothing of ours can be imported from the working folder either.
    script = processes.start([sys.executable, "-I", str(SCRIPT), broker.listen])
    printed = script.read_to_end()
    assert script.wait() == 0, script.stderr.text
    assert json.loads(printed) == {
        "stranger": "hello_required",
        "opened": [False, 0, "Bare"],
        "entered": ["lobby", 1, 1],
        "head on subscription": 4,
        "pages": 1,
        "replayed": ["one", "two", "three"],
        "heads in alive": [["lobby", 5]],
        "heads in the next": [],
        "hole before alive": False,
        "hole after alive": True,
        "hole in numbers": ["number_expected", 1],
        "resumed": True,
        "head on resume": True,
        "people": ["Bare"],
        "numbers": [1, 2, 3, 4, 5, 6, 7, 8],
        "said": ["one", "two", "three", "waves", "lost on the way", "back"],
        "reason": "quit",
    }
    assert broker.terminate() == 0


def test_it_imports_nothing_of_ours() -> None:
    imported: set[str] = set()
    for node in ast.walk(ast.parse(SCRIPT.read_bytes())):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module or ".")
        # Nor by any other way.
        assert not (isinstance(node, ast.Name) and node.id in {"__import__", "exec", "eval"})
    assert imported == MAY_IMPORT
