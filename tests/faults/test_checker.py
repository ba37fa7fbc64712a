"""The checker finds what it is there to find."""

from __future__ import annotations

import pytest

from protocol.events import Joined, Said
from tests.faults.checker import Checker, Ledger, Report, Witness, stored

TALK = [1, 2, 3, 4]


def check(
    seen: list[int],
    *,
    held: tuple[int, ...] = (1, 2, 3, 4),
    acknowledged: tuple[int, ...] = (1, 2, 3, 4),
    gone: tuple[int, ...] = (),
    numbers: tuple[int, ...] = (2, 3, 4, 5),
) -> Report:
    """Two authors take turns, one witness came in before all."""
    ledger = Ledger()
    for author in ("a", "b", "a", "b"):
        ledger.say(author)
    ledger.acknowledged.update(acknowledged)
    events = [Said(n, 0, "s", "s", 1, f"m{m} text") for n, m in zip(numbers, held, strict=False)]
    joined = Joined(1, 0, "w", "w", 1, "1.2.3.4:5")
    witness = Witness("w", "1.2.3.4:5", gone=set(gone), stayed=True)
    for number in seen:
        witness.take((number,))
    return Checker(ledger, stored([joined, *events])).check([witness])


def test_nothing_is_wrong() -> None:
    report = check(TALK)
    assert not report.complaints
    assert str(report) == (
        "4 said, 4 acknowledged, 4 stored, 4 seen by 1 witnesses: 0 lost, 0 twice, 0 out of order"
    )


def test_whoever_was_not_acknowledged_may_be_missing_at_the_end() -> None:
    assert not check([1, 2], held=(1, 2), acknowledged=(1,)).complaints


@pytest.mark.parametrize(
    ("seen", "lost"),
    [
        ([1, 2, 4], "w: 1 missing before m4, the first is m3"),
        ([2, 3, 4], "w: m2 is not the first after 1.2.3.4:5 came in"),
        ([1, 2, 3], "w: the last 1 are missing"),
        ([1, 2, 3, 4, 5], "w: m5 was seen and is not stored"),
    ],
)
def test_what_a_witness_missed(seen: list[int], lost: str) -> None:
    assert check(seen).lost == [lost]


def test_an_announced_hole_is_no_loss() -> None:
    assert not check([1, 4], gone=(1,)).complaints


def test_what_a_witness_saw_twice_or_late() -> None:
    assert check([1, 2, 2, 3, 4]).twice == ["w: m2 was seen twice"]
    report = check([1, 3, 2, 4])
    assert report.disordered == ["w: m2 was seen too late"]


def test_what_is_wrong_with_the_journal() -> None:
    report = check([1, 2, 4], held=(1, 2, 4), numbers=(2, 3, 5))
    assert report.lost == ["m3 was acknowledged and is not stored"]
    assert report.disordered == ["journal: event 5 follows 3"]
    assert check([1, 2, 3], held=(1, 2, 3, 3)).twice[0] == "m3 is stored 2 times"


def test_an_authors_own_order() -> None:
    assert check([3, 2, 1, 4], held=(3, 2, 1, 4)).disordered == [
        "a: not stored in the order in which it was said"
    ]
    report = check([2, 3, 4], held=(2, 3, 4), acknowledged=())
    assert report.lost == ["a: m1 is not stored, but later ones are"]
