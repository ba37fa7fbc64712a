"""Fixtures of the tests that drive a real client in a pseudo-terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.terminals.hall import Hall

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def hall() -> Iterator[Hall]:
    """One broker for all tests of a module; people of different tests have different names."""
    opened = Hall()
    try:
        yield opened
    finally:
        opened.close()
