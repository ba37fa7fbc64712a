"""The broker is killed and comes back under a client in a terminal."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING, Final

import pytest

from tests.processes import needs_nc
from tests.terminals.hall import CONNECTED, Hall

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = needs_nc

HEARTBEAT_S: Final = 0.2
TIMEOUT_S: Final = 0.6
SAID: Final = tuple(f"message number {number}" for number in range(1, 4))


@pytest.fixture
def hall() -> Iterator[Hall]:
    opened = Hall(f"--heartbeat={HEARTBEAT_S}", f"--timeout={TIMEOUT_S}")
    try:
        yield opened
    finally:
        opened.close()


def test_what_is_typed_while_the_broker_is_away_arrives_once(hall: Hall) -> None:
    duke = hall.client("Duke")
    duke.say("before")
    duke.wait_for(re.compile(r"Duke before\s*│"))
    hall.broker.kill()
    hall.broker.wait_for_no_children()
    duke.wait_for(re.compile(r"reconnecting|connecting"))
    for text in SAID:
        duke.say(text)
    duke.wait_for("3 pending", *SAID)
    duke.type("a draft")
    duke.wait_for("a draft")

    hall.restart_broker()
    duke.wait_for(CONNECTED)
    duke.wait_until_gone("pending")
    ann = hall.person("Ann")
    ann.says("and now?")
    duke.wait_for("and now?")
    said = [line.partition(": ")[2] for line in ann.history]
    assert said == ["before", *SAID]
    # On the screen they are there once, too, in this order, and the draft is still in the input.
    shown = [text for row in duke.rows for text in ("before", *SAID, "and now?") if text in row]
    assert shown == ["before", *SAID, "and now?"]
    duke.wait_for("a draft")


def test_a_broker_that_hangs_is_noticed(hall: Hall) -> None:
    duke = hall.client("Duke")
    duke.say("before")
    duke.wait_for(re.compile(r"Duke before\s*│"))
    hall.broker.signal(signal.SIGSTOP)
    duke.say("said to nobody")
    duke.wait_for("1 pending")
    duke.wait_for(re.compile(r"reconnecting|^ connecting"))
    duke.type("the screen goes on")
    duke.wait_for("the screen goes on")
    hall.broker.signal(signal.SIGCONT)
    duke.wait_for(CONNECTED)
    duke.wait_until_gone("pending")
    duke.wait_for(re.compile(r"said to nobody\s*│"))
    assert duke.text.count("said to nobody") == 1


def test_a_client_that_is_killed_comes_back_with_what_was_not_sent(hall: Hall) -> None:
    home = hall.terminals.folder()
    duke = hall.client("Duke", home=home)
    duke.say("I am here")
    duke.wait_for(re.compile(r"Duke I am here\s*│"))
    hall.broker.kill()
    hall.broker.wait_for_no_children()
    duke.wait_for(re.compile(r"reconnecting|connecting"))
    duke.say("not sent yet")
    duke.wait_for("1 pending")
    duke.type("half a thought")
    # The countdown on the status line has this looked at again and again.
    duke.wait(lambda _: is_kept(home, "not sent yet", "half a thought"), "what is to be kept")
    duke.kill()

    hall.restart_broker()
    back = hall.client("Duke", home=home)
    back.wait_for(re.compile(r"not sent yet\s*│"), "half a thought")
    back.wait_until_gone("pending")
    ann = hall.person("Ann")
    assert [line.partition(": ")[2] for line in ann.history] == ["I am here", "not sent yet"]


def test_what_was_entered_is_kept_however_soon_the_client_is_killed(hall: Hall) -> None:
    home = hall.terminals.folder()
    duke = hall.client("Duke", home=home)
    hall.broker.kill()
    hall.broker.wait_for_no_children()
    duke.wait_for(re.compile(r"reconnecting|connecting"))
    duke.say("with the last breath")
    duke.wait_for("1 pending")
    duke.kill()

    hall.restart_broker()
    back = hall.client("Duke", home=home)
    back.wait_until_gone("pending")
    ann = hall.person("Ann")
    assert [line.partition(": ")[2] for line in ann.history] == ["with the last breath"]


def is_kept(home: Path, *texts: str) -> bool:
    kept = "".join(path.read_text() for path in (home / "state").rglob("*.saved"))
    return all(text in kept for text in texts)
