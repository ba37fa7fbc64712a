"""Answers find who waits for them, and nobody else."""

from __future__ import annotations

import asyncio

import pytest

from runtime.waiting import Waiting


async def test_answers_by_number() -> None:
    waiting: Waiting[str] = Waiting(asyncio.get_running_loop())
    one, two, three = (waiting.add(number) for number in (1, 2, 3))
    waiting.resolve(2, "two")
    waiting.fail(1, ValueError("one"))
    assert await two == "two"
    with pytest.raises(ValueError, match="one"):
        await one
    assert 3 in waiting
    assert 2 not in waiting
    waiting.fail_all(ValueError("all"))
    with pytest.raises(ValueError, match="all"):
        await three


async def test_what_nobody_waits_for_is_passed_over() -> None:
    waiting: Waiting[str] = Waiting(asyncio.get_running_loop())
    waiting.add(1).cancel()
    waiting.resolve(1, "late")
    waiting.resolve(9, "unknown")
    waiting.add(2).cancel()
    waiting.fail_all(ValueError("over"))
