"""A SUB forced past its high-water mark: its process is stopped while more is said than fits."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from typing import TYPE_CHECKING, Final

from tests.faults.checker import read_journal
from tests.faults.traffic import Town

if TYPE_CHECKING:
    from tests.processes import Processes

TURNS: Final = 1500
"""Messages of 16 KiB, one a turn: XPUB holds 1,000 of them, the kernel some megabytes more."""
TEXT: Final = "\N{GRINNING FACE}" * 4000


async def test_a_stopped_client_ends_with_every_event_in_order(processes: Processes) -> None:
    # It is not to be given up meanwhile, for then it would lose its SUB and start afresh.
    broker = processes.broker("--no-gateway", "--burst=0", "--timeout=100")
    client = processes.start(
        [sys.executable, "-m", "tests.faults.scripted", broker.listen, "Sleeper"]
    )
    async with Town() as town:
        duke = town.add_scripted("Duke", broker.listen)
        await town.arrive()
        await asyncio.to_thread(client.read_until, " \n")  # it came in
        duke.say()
        await asyncio.to_thread(client.read_until, " m1\n")
        client.signal(signal.SIGSTOP)
        for _ in range(TURNS):
            number = duke.say(TEXT)
            # Settled before the next one is said: each is a turn, and a broadcast, of its own.
            await town.until(lambda: duke.heard_own >= number, "it is settled")  # noqa: B023
        client.signal(signal.SIGCONT)
        last = duke.say()
        await asyncio.to_thread(client.read_until, f" m{last}\n")
        client.end_input()
        told = client.read_to_end()
        await town.settle()
        await town.check(broker)
    shown = re.findall(r"^(\d+) (\S*)$", client.stdout.text, re.MULTILINE)
    numbers = [int(number) for number, _ in shown]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    order = read_journal(broker.data / "journal.db").order
    said = [int(text[1:]) for _, text in shown if text]
    assert said == order[: len(said)]
    assert said[-1] >= last
    # What XPUB dropped came by asking for it, on the same connection.
    summary = re.fullmatch(r"(?s).*repaired (\d+) connected 1 complaints \[\]\n", told)
    assert summary is not None, told[-300:]
    assert int(summary[1]) > 0, told[-300:]
    sys.stdout.write(f"{summary[1]} of {len(numbers)} events were lost on the way, and repaired\n")
