"""Fixtures that every package's tests may use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.processes import Processes
from tests.terminal import Terminals

if TYPE_CHECKING:
    from collections.abc import Iterator

# How long an example takes tells more of the machine, and of who shares it, than of the code.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep everything, real processes too, out of the settings and state of whoever runs this."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
            patch.setenv(variable, str(folder / variable))
        yield


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
