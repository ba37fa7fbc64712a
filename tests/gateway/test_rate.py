from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.rate import BURST, LineRate


def test_a_burst_and_then_so_many_a_second() -> None:
    rate = LineRate(10, now=0.0)
    assert [rate.take(0.0) for _ in range(BURST + 1)] == [True] * BURST + [False]
    assert rate.next_at() == pytest.approx(0.1, abs=1e-3)
    assert rate.take(rate.next_at())
    assert not rate.take(0.11)


def test_the_burst_grows_back_and_no_further() -> None:
    rate = LineRate(10, now=0.0)
    while rate.take(0.0):
        pass
    assert not rate.is_rested(1.0)
    assert rate.is_rested(1000.0)
    assert [rate.take(1000.0) for _ in range(BURST + 1)] == [True] * BURST + [False]


def test_zero_is_no_limit() -> None:
    rate = LineRate(0, now=0.0)
    assert all(rate.take(0.0) for _ in range(10_000))


@given(
    st.floats(min_value=0.001, max_value=1e6),
    st.floats(min_value=0, max_value=1e9),
    st.integers(min_value=1, max_value=50),
)
def test_what_waits_until_the_stated_time_is_taken_then(
    per_s: float, start: float, lines: int
) -> None:
    rate = LineRate(per_s, start)
    now = start
    for _ in range(BURST + lines):
        if not rate.take(now):
            assert rate.next_at() > now
            now = rate.next_at()
            assert rate.take(now)
    assert now - start <= lines / per_s + 0.01 * lines
