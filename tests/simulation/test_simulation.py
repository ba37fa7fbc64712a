from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.simulation.__main__ import never_happened, run_seed
from tests.simulation.mutations import MUTATIONS
from tests.simulation.room_mutations import ROOM_MUTATIONS
from tests.simulation.scene import COMMANDS, FAULTS_A_RUN, Scene

if TYPE_CHECKING:
    from collections.abc import Callable

SEEDS = 200
SEEDS_TO_CATCH_A_MUTATION = 300
NOTICED = re.compile("ViolationError|ValueError: ")
"""An invariant, or the journal's own guard of its numbers; no mere slip in a mutation."""


@pytest.mark.timeout(600)  # so much work takes long where others work, too
def test_every_invariant_holds_over_some_hundred_seeds() -> None:
    totals: Counter[str] = Counter()
    for seed in range(SEEDS):
        _, commands, counts, failure = run_seed(seed)
        assert not failure, f"make simulate SEED={seed}\n{failure}"
        assert commands >= COMMANDS
        assert sum(n for name, n in counts.items() if name.startswith("fault ")) >= FAULTS_A_RUN
        totals += counts
    assert not never_happened(totals)


def test_a_seed_decides_everything() -> None:
    once, again = Scene(7), Scene(7)
    assert once.run().counts == again.run().counts
    assert once.ledger.entries == again.ledger.entries


@pytest.mark.parametrize(
    "mutate", [*MUTATIONS, *ROOM_MUTATIONS], ids=lambda mutate: mutate.__name__
)
def test_the_simulation_catches(
    mutate: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    mutate(monkeypatch)
    failures = (run_seed(seed)[3] for seed in range(SEEDS_TO_CATCH_A_MUTATION))
    assert any(NOTICED.search(failure) for failure in failures)
