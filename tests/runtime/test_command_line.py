"""What a settings file may say, and what is told where it says something else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import broker.config
import gateway.config
from protocol.errors import UsageError


@pytest.mark.parametrize("parse", [broker.config.parse_settings, gateway.config.parse_settings])
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("log-level = 'loud'", 'write "debug", "info", "warning" or "error"'),
        ("log-format = 1", 'write "console" or "json"'),
        ("language = 'tlh'", 'write "en" or "zh"'),
        ("rate = 'x'", "Expected a number, got a text"),
    ],
)
def test_a_value_that_cannot_be_is_told_with_those_that_can(
    parse: Callable[[Sequence[str]], object], text: str, told: str, tmp_path: Path
) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    key = text.partition(" ")[0]
    with pytest.raises(UsageError) as error:
        parse([f"--config={path}"])
    assert str(error.value) == f"The setting {key} in {path} cannot be used: {told}."
