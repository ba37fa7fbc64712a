"""Backoff, jitter, heartbeats and giving up."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from client.connection import ANSWER_WITHIN_S, BACKOFF_FIRST_S, BACKOFF_LAST_S, Connection
from client.notices import Status


def waits(random: Callable[[], float], count: int) -> list[float]:
    connection, found = Connection(random), []
    for _ in range(count):
        connection.connecting(0.0, expects_answer=True)
        connection.lost(0.0)
        found.append(connection.retry_at)
    return found


def test_each_wait_is_longer_up_to_a_limit() -> None:
    assert waits(lambda: 1.0, 9) == [min(BACKOFF_LAST_S, BACKOFF_FIRST_S * 2**i) for i in range(9)]
    assert waits(lambda: 1.0, 200)[-1] == BACKOFF_LAST_S


@pytest.mark.parametrize("random", [0.0, 0.25, 1.0])
def test_no_two_wait_in_step(random: float) -> None:
    expected = BACKOFF_FIRST_S * (0.5 + random / 2)
    assert waits(lambda: random, 1) == [pytest.approx(expected)]


def test_it_connects_at_once_at_first() -> None:
    connection = Connection(lambda: 1.0)
    assert connection.status is Status.WAITING
    assert connection.next_deadline() == 0.0
    assert connection.attempt_due(0.0)


def test_an_answer_is_waited_for_if_anything_was_said() -> None:
    connection = Connection(lambda: 1.0)
    connection.connecting(10.0, expects_answer=False)
    assert connection.next_deadline() is None
    assert not connection.given_up(1e9)
    connection.spoke(20.0)
    connection.spoke(21.0)
    assert connection.next_deadline() == 20.0 + ANSWER_WITHIN_S
    assert not connection.given_up(20.0 + ANSWER_WITHIN_S - 0.01)
    assert connection.given_up(20.0 + ANSWER_WITHIN_S)
    connection.heard(22.0)  # anything but a welcome does not count
    assert connection.given_up(20.0 + ANSWER_WITHIN_S)


def test_beats_and_silence() -> None:
    connection = Connection(lambda: 1.0)
    connection.connecting(0.0, expects_answer=True)
    assert not connection.beat_due(100.0)
    assert connection.welcomed(5.0, 15.0, 1.0)
    assert not connection.welcomed(5.0, 15.0, 2.0)
    assert connection.next_deadline() == 6.0
    assert not connection.beat_due(5.9)
    assert connection.beat_due(6.0)
    assert not connection.beat_due(6.0)
    assert connection.beat_due(11.0)
    connection.heard(12.0)
    assert not connection.given_up(26.9)
    assert connection.given_up(27.0)
    connection.lost(27.0)
    assert connection.next_deadline() == 27.0 + BACKOFF_FIRST_S
    assert not connection.given_up(1e9)
    assert not connection.beat_due(1e9)


def test_a_welcome_makes_the_next_wait_short_again() -> None:
    connection = Connection(lambda: 1.0)
    for _ in range(10):
        connection.lost(0.0)
    connection.connecting(0.0, expects_answer=True)
    connection.welcomed(5.0, 15.0, 0.0)
    connection.lost(0.0)
    assert connection.retry_at == BACKOFF_FIRST_S
