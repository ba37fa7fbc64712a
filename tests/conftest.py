"""Fixtures that every package's tests may use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.processes import Processes
from tests.terminal import Terminals

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


@pytest.fixture
def terminals() -> Iterator[Terminals]:
    """Start real programs in pseudo-terminals; all of them end with the test."""
    started = Terminals()
    try:
        yield started
    finally:
        started.close()
