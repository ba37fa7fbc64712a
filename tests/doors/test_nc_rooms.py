"""Rooms, private talk and what operators do, on real ``nc`` against a real broker and gateway."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.doors.people import TOOLS, arrive, is_closed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.processes import Processes

pytestmark = pytest.mark.parametrize("tool", TOOLS)
EAST = {"TZ": "CST-8"}
LATER = re.compile(r"Ann banned Bob until [0-9: -]+\+08: spam\n")


def test_an_evening(processes: Processes, tool: str, tmp_path: Path) -> None:
    motd = tmp_path / "motd"
    motd.write_text("Be kind.\n")
    broker = processes.broker(f"--motd={motd}", environment=EAST)
    ann, bob = (arrive(processes, tool, broker.door) for _ in range(2))
    for person, name in ((ann, "Ann"), (bob, "Bob")):
        assert person.history == ["Be kind."]
        person.says(f"rename|{name}")
        person.program.read_until("rename successfully!\n")
    ann.program.read_until("is now Bob\n")

    ann.says("/join #dev --private")
    ann.sees("-- you talk in #dev now; people here: 1.")
    bob.says("/join #dev")
    bob.sees("The room #dev is private: somebody in it must invite you.")
    ann.says("/invite Bob")
    ann.sees("Ann invited Bob")
    bob.sees("-- Ann invites you: /join #dev enters.")
    bob.says("/join #dev")
    bob.sees("-- you talk in #dev now; people here: 2.")
    ann.sees("Bob came in")
    bob.says("找披萨 pizza")
    for person in (ann, bob):
        person.sees("Bob: 找披萨 pizza")
    bob.says("/edit 找披萨 pizzas")
    for person in (ann, bob):
        person.sees("Bob edited: 找披萨 pizzas")
    ann.says("/focus lobby")
    ann.sees("-- you talk in #lobby now.")
    bob.says("only here")
    ann.sees("#dev Bob: only here")
    bob.sees("Bob: only here")

    ann.says("/msg Bob psst")
    ann.sees("[private to Bob] Ann: psst")
    bob.sees("[private] Ann: psst")
    bob.says("/away lunch")
    for person in (ann, bob):
        person.sees("Bob is away: lunch")

    ann.says("/join dev")
    ann.sees("-- you talk in #dev now.")
    ann.says("/history 2")
    for said in ("Bob: 找披萨 pizzas (edited)", "Bob: only here"):
        assert re.fullmatch(rf"-- \d\d:\d\d\+08 {re.escape(said)}\n", ann.program.read_until("\n"))
    ann.says("/ban Bob 2h spam")
    gone = (
        "-- you are in #dev no more.\n"
        "-- what you type goes nowhere now: /focus #lobby talks there.\n"
    )
    assert LATER.fullmatch(ann.program.read_until("\n"))
    assert LATER.fullmatch(bob.program.read_until("spam\n"))
    assert bob.program.read_until("talks there.\n") == gone
    bob.says("/join dev")
    assert re.search(r"^You are banned from #dev until ", bob.program.read_until("\n"))
    bob.says("/quit")
    ann.sees("Bob exit already!")
    assert is_closed(bob)
