"""Times as programs write them, and the machine's zone."""

from __future__ import annotations

import time

import pytest

from runtime.clock import offset_at, timestamp


@pytest.mark.parametrize(
    ("at_ms", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_760_000_000_007, "2025-10-09T08:53:20.007Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (2**53, "1970-01-01T00:00:00.000Z"),
    ],
)
def test_timestamps(at_ms: int, text: str) -> None:
    assert timestamp(at_ms) == text


@pytest.mark.parametrize(
    ("zone", "at_ms", "minutes"),
    [
        ("UTC", 0, 0),
        ("Asia/Shanghai", 1_760_000_000_000, 480),
        ("Asia/Kolkata", 1_760_000_000_000, 330),
        ("America/New_York", 1_760_000_000_000, -240),
        ("America/New_York", 1_768_000_000_000, -300),
        ("UTC", 2**60, 0),
    ],
)
def test_offsets(monkeypatch: pytest.MonkeyPatch, zone: str, at_ms: int, minutes: int) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert offset_at(at_ms) == minutes
    finally:
        monkeypatch.undo()
        time.tzset()
