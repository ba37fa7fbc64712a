"""Fixtures of the tests that drive a real client in a pseudo-terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.terminals.evening import Evening
from tests.terminals.hall import Hall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.terminals.evening import Screen


@pytest.fixture(scope="module")
def hall() -> Iterator[Hall]:
    """One broker for all tests of a module; people of different tests have different names."""
    opened = Hall()
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture(scope="package")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evening]:
    """One broker and the same people for all hours of an evening; Duke is at the full screen."""
    motd = tmp_path_factory.mktemp("motd") / "motd"
    motd.write_text("Tonight there is soup.\n")
    opened = Evening("--joins-per-minute=0", "--renames-per-minute=0", f"--motd={motd}")
    try:
        for name in ("Ann", "Bob", "Eve"):
            assert opened.come(name).history == ["Tonight there is soup."]
        opened.screen("Duke").waits(
            lambda rows: sum("Tonight there is soup." in row for row in rows) == 1, "the motd, once"
        )
        yield opened
    finally:
        opened.close()


@pytest.fixture
def duke(evening: Evening) -> Screen:
    """Duke's screen, at the lobby."""
    screen = evening.screens["Duke"]
    screen.terminal.press("escape 1")
    screen.topic("#lobby")
    return screen
