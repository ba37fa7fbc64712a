"""Fixtures that every package's tests may use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def processes() -> Iterator[Processes]:
    """Start real processes; all of them end with the test."""
    started = Processes()
    try:
        yield started
    finally:
        started.close()
