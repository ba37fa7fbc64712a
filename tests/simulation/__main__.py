"""``python -m tests.simulation``: many seeds on all processors, or one with its trace.

``--seeds N`` runs seeds from ``--first`` on; ``--seed S`` replays one and prints every step.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
import traceback
from collections import Counter
from typing import Final, get_args

from protocol import questions as q
from protocol.errors import Code
from protocol.events import Event
from protocol.messages import Events
from tests.simulation.faults import FAULTS
from tests.simulation.scene import INVARIANTS, Scene

_PROGRESS_EVERY = 1000
_ANSWERS: Final = (
    Events, q.People, q.RoomList, q.Described, q.BanList, q.Happened, q.Found, q.Everyone,
    q.Counted,
)  # fmt: skip
_REFUSALS: Final = (
    Code.BANNED, Code.MUTED, Code.SLOW_MODE, Code.TOO_FAST, Code.TOO_MANY_ROOMS, Code.INVITE_ONLY,
    Code.NO_SUCH_ROOM, Code.NOT_IN_ROOM, Code.NOT_IN_PRIVATE, Code.NOT_OPERATOR, Code.IS_OWNER,
    Code.NO_SUCH_MESSAGE, Code.NO_SUCH_PERSON, Code.JOURNAL_UNAVAILABLE, Code.SEARCH_UNAVAILABLE,
)  # fmt: skip


def run_seed(seed: int) -> tuple[int, int, Counter[str], str]:
    """Run one seed; return it, its commands, its counts, and what failed, if anything did."""
    scene = Scene(seed)
    try:
        result = scene.run()
    except Exception:
        return seed, scene.commands, scene.world.counts, traceback.format_exc(limit=-12)
    return seed, result.commands, result.counts, ""


def never_happened(totals: Counter[str]) -> list[str]:
    """Return which faults, acts and refusals did not happen, and what was not checked."""
    wanted = [f"fault {fault.__name__}" for fault in FAULTS]
    wanted += [f"event {kind.__name__}" for kind in get_args(Event)]
    wanted += [f"answer {kind.__name__}" for kind in _ANSWERS]
    wanted += [f"refusal {code}" for code in _REFUSALS]
    wanted += [f"invariant {invariant}" for invariant in INVARIANTS]
    return [name for name in wanted if not totals[name]]


def main() -> int:
    """Run what the command line asks for; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int)
    arguments = parser.parse_args()
    if arguments.seed is not None:
        Scene(arguments.seed, tracing=True).run()
        print(f"seed {arguments.seed}: every invariant holds")
        return 0
    return run_many(range(arguments.first, arguments.first + arguments.seeds))


def run_many(seeds: range) -> int:
    """Run ``seeds`` on all processors and print what happened; return the exit status."""
    started = time.monotonic()
    totals: Counter[str] = Counter()
    failures: list[tuple[int, str]] = []
    fewest = sys.maxsize
    with multiprocessing.Pool(os.cpu_count()) as pool:
        for done, outcome in enumerate(pool.imap_unordered(run_seed, seeds, chunksize=8), 1):
            seed, commands, counts, failure = outcome
            totals += counts
            fewest = min(fewest, commands if not failure else fewest)
            if failure:
                failures.append((seed, failure))
                print(f"seed {seed} fails:\n{failure}")
            if done % _PROGRESS_EVERY == 0:
                print(f"{done} seeds, {time.monotonic() - started:.0f} s", flush=True)
    for name, count in sorted(totals.items()):
        print(f"{count:12,}  {name}")
    never = never_happened(totals)
    if never:
        print(f"never happened: {', '.join(never)}")
    print(
        f"{len(seeds)} seeds, at least {fewest} commands each, {len(failures)} violations, "
        f"{time.monotonic() - started:.0f} s"
    )
    if failures:
        print(f"replay with: make simulate SEED={failures[0][0]}")
    return 1 if failures or never else 0


if __name__ == "__main__":
    sys.exit(main())
