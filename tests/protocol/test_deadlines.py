"""Deadlines against a plain dict, and the memory that they take."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from protocol.deadlines import Deadlines

keys = st.sampled_from("abcdef")
times = st.integers(0, 8)  # few, so that ties are common


class DeadlinesAgainstDict(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.deadlines: Deadlines[str] = Deadlines()
        self.model: dict[str, tuple[int, int]] = {}
        self.serial = 0

    @rule(key=keys, when=times)
    def set(self, key: str, when: int) -> None:
        self.serial += 1
        self.deadlines.set(key, when)
        self.model[key] = (when, self.serial)

    @rule(key=keys)
    def cancel(self, key: str) -> None:
        self.deadlines.cancel(key)
        self.model.pop(key, None)

    @rule(now=times)
    def expired(self, now: int) -> None:
        due = sorted((place, key) for key, place in self.model.items() if place[0] <= now)
        assert self.deadlines.expired(now) == [key for _, key in due]
        for _, key in due:
            del self.model[key]

    @rule()
    def next(self) -> None:
        earliest = min((when for when, _ in self.model.values()), default=None)
        assert self.deadlines.next() == earliest

    @invariant()
    def holds_the_same_keys(self) -> None:
        assert len(self.deadlines) == len(self.model)
        assert all((key in self.deadlines) == (key in self.model) for key in "abcdef")


TestDeadlines = DeadlinesAgainstDict.TestCase


def heap_size(deadlines: Deadlines[int]) -> int:
    return len(deadlines._heap)


def test_ties_expire_in_the_order_in_which_they_were_set() -> None:
    deadlines: Deadlines[str] = Deadlines()
    for key in "abc":
        deadlines.set(key, 1)
    for key in "cab":
        deadlines.set(key, 5)
    assert deadlines.next() == 5
    assert deadlines.expired(5) == ["c", "a", "b"]


def test_moving_later_takes_no_memory() -> None:
    deadlines: Deadlines[int] = Deadlines()
    for when in range(100_000):
        deadlines.set(when % 3, when)
    assert heap_size(deadlines) == 3
    assert deadlines.expired(100_000) == [1, 2, 0]


def test_moving_to_and_fro_takes_bounded_memory() -> None:
    deadlines: Deadlines[int] = Deadlines()
    for step in range(10_000):
        deadlines.set(1, 1_000_000)
        deadlines.set(1, 500_000 - step)
        assert deadlines.next() == 500_000 - step
        assert heap_size(deadlines) < 100
    assert deadlines.expired(1_000_000) == [1]
    assert heap_size(deadlines) == 0


def test_setting_and_cancelling_takes_bounded_memory() -> None:
    deadlines: Deadlines[int] = Deadlines()
    for key in range(10_000):
        deadlines.set(key, key)
        deadlines.cancel(key)
        assert heap_size(deadlines) < 100
    assert deadlines.next() is None
    assert deadlines._queued.keys() == {key for _, key in deadlines._heap}


def test_cancelling_what_is_not_set_does_nothing() -> None:
    deadlines: Deadlines[str] = Deadlines()
    deadlines.cancel("a")
    assert deadlines.next() is None
    assert deadlines.expired(1e9) == []
