"""Coroutines that wait for answers, each by its number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    import asyncio

Value = TypeVar("Value")


class Waiting(Generic[Value]):
    """Futures by number. What nobody waits for any more, or never did, is passed over."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._futures: dict[int, asyncio.Future[Value]] = {}

    def __contains__(self, number: int) -> bool:
        """Return whether somebody waited, or waits, for the answer."""
        return number in self._futures

    def add(self, number: int) -> asyncio.Future[Value]:
        """Return what to await for the answer."""
        future = self._futures[number] = self._loop.create_future()
        return future

    def resolve(self, number: int, value: Value) -> None:
        """The answer came."""
        future = self._futures.pop(number, None)
        if future is not None and not future.done():
            future.set_result(value)

    def fail(self, number: int, error: Exception) -> None:
        """There will be no answer."""
        future = self._futures.pop(number, None)
        if future is not None and not future.done():
            future.set_exception(error)

    def fail_all(self, error: Exception) -> None:
        """There will be no answers any more."""
        for number in list(self._futures):
            self.fail(number, error)
