"""Whose name it is: taken names, two clients of one person, and a start without a broker."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

from tests.processes import free_ports, needs_nc
from tests.terminals.hall import CONNECTED

if TYPE_CHECKING:
    from tests.terminals.hall import Hall

pytestmark = needs_nc


def test_a_second_client_under_the_same_name_is_asked_for_another(hall: Hall) -> None:
    home = hall.terminals.folder()
    hall.client("Duke", home=home)
    second = hall.start_client("Duke", home=home)
    second.wait_for("Name:", "Duke is in use by another client on this machine")
    second.type("Dana")
    second.press("enter")
    second.wait_for(CONNECTED)
    second.wait_for("│Dana")


def test_a_name_that_somebody_else_wears(hall: Hall) -> None:
    ann = hall.person("Ann")
    other = hall.start_client("ann")
    other.wait_for("Name:", "The name ann is taken")
    other.type("Anna")
    other.press("enter")
    other.wait_for(CONNECTED)
    other.say("I am Anna")
    ann.program.read_until("Anna: I am Anna\n")


def test_what_was_typed_before_the_broker_answered_goes_along_to_another_name(hall: Hall) -> None:
    fay = hall.person("Fay")
    hall.broker.signal(signal.SIGSTOP)
    other = hall.start_client("fay")
    other.wait_for("connecting")
    other.say("am I late?")
    other.wait_for("1 pending")
    other.type("half a draft")
    other.wait_for("half a draft")
    hall.broker.signal(signal.SIGCONT)
    other.wait_for("Name:", "The name fay is taken")
    other.type("Faye")
    other.press("enter")
    other.wait_for(CONNECTED)
    fay.program.read_until("Faye: am I late?\n")
    other.wait_until_gone("pending")
    other.wait_for("half a draft")


def test_a_killed_client_comes_back_as_itself_at_once(hall: Hall) -> None:
    home = hall.terminals.folder()
    emma = hall.client("Emma", home=home)
    ben = hall.person("Ben")
    emma.say("before")
    ben.program.read_until("Emma: before\n")
    emma.kill()
    back = hall.client("Emma", home=home)
    back.say("after")
    # Nobody saw Emma go or come.
    ben.program.read_lines("Emma: after")
    back.wait_for(re.compile("before"), re.compile("after"))
    (folder,) = (home / "state").glob("*/client")
    kept = [folder, *folder.iterdir()]
    assert len(kept) > 1
    assert [path for path in kept if path.stat().st_mode & 0o077] == []


def test_without_a_broker_it_waits_visibly_and_then_connects(hall: Hall) -> None:
    first_port = free_ports(3)
    early = hall.terminals.client(f"tcp://127.0.0.1:{first_port}", "Early")
    early.wait_for(re.compile(r"reconnecting in \d+ s"))
    early.say("am I alone?")
    early.wait_for("1 pending")
    hall.processes.broker(first_port=first_port)
    early.wait_for(CONNECTED)
    early.wait_until_gone("pending")
    early.wait_for(re.compile("Early am I alone"))
