"""Durations and times are read as people write them, and shown with their zone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import times

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
NOW = round(NOON.timestamp() * 1000)


def utc(_: int) -> int:
    return 0


def berlin(at: int) -> int:
    """Summer time until 25 October 2026, 01:00 UTC."""
    return 120 if at < 1_792_890_000_000 else 60


def at(*parts: int) -> int:
    return round(datetime(*parts, tzinfo=UTC).timestamp() * 1000)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("10m", 600), ("2h", 7200), ("7d", 604_800), ("1w", 604_800), ("1d12h", 129_600),
     ("2H", 7200), ("1D12h", 129_600), ("0s", 0), ("10", None), ("m", None), ("10m ", None),
     ("-1m", None), ("1y", None), ("9999999m", None), ("", None), ("１m", None)],
)  # fmt: skip
def test_durations(text: str, seconds: int | None) -> None:
    assert times.duration(text) == seconds


@given(st.integers(0, 10**9))
def test_a_duration_is_read_as_it_is_shown(seconds: int) -> None:
    assert times.duration(times.lasting(seconds)) == seconds


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("11:30", at(2026, 11, 21, 11, 30)),
        ("12:00", NOW),
        ("12:01", at(2026, 11, 20, 12, 1)),
        ("2h", NOW - 7_200_000),
        ("2026-11-02", at(2026, 11, 2)),
        ("2026-11-02T9:05", at(2026, 11, 2, 9, 5)),
        ("2026-11-02 09:05", at(2026, 11, 2, 9, 5)),
        ("25:00", None),
        ("2026-02-30", None),
        ("0000-01-01", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_times(text: str, meant: int | None) -> None:
    assert times.time(text, NOW, utc) == meant


def test_times_are_those_of_the_zone_at_that_time() -> None:
    assert times.time("12:30", NOW, berlin) == at(2026, 11, 21, 11, 30)
    assert times.time("2026-07-01", NOW, berlin) == at(2026, 6, 30, 22)


def test_times_are_shown_with_their_zone() -> None:
    assert times.shown(NOW, NOW, utc) == "12:00+00"
    assert times.shown(NOW, NOW, berlin) == "13:00+01"
    assert times.shown(NOW, NOW, lambda _: -210) == "08:30-0330"
    assert times.shown(at(2026, 7, 1), NOW, berlin) == "2026-07-01 02:00+02"
    assert times.shown(2**53, NOW, utc) == "?"


@given(st.text(max_size=20))
def test_any_text_is_a_time_or_none(text: str) -> None:
    assert times.time(text, NOW, berlin) is None or not text.isspace()
