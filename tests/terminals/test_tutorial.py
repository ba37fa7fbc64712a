"""The tutorial is played as it stands: what it says one sees is seen."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING, Final

from tests.docs.pages import Page
from tests.processes import needs_nc, script
from tests.terminals.hall import CONNECTED

if TYPE_CHECKING:
    from tests.terminals.hall import Hall

pytestmark = needs_nc

PAGE: Final = Page("tutorial/first-talk.md")


def as_seen(block: str) -> re.Pattern[str]:
    """Return a pattern for what the page shows, whatever the port and the time."""
    text = re.escape(block)
    text = re.sub(r"127\\\.0\\\.0\\\.1:\d+", r"127\\.0\\.0\\.1:\\d+", text)
    return re.compile(re.sub(r"\d\d:\d\d\\\+00", r"\\d\\d:\\d\\d[+-]\\d\\d", text))


def test_the_tutorial(hall: Hall) -> None:
    said = PAGE.blocks("2. Come in", "")[-1].strip()
    home = hall.terminals.folder()
    duke = hall.client("Duke", home=home)
    duke.say(said)
    duke.wait_for(re.compile(rf"Duke {re.escape(said)}\s*│"))
    duke.press("f1")
    duke.wait_for("Commands:")
    duke.press("escape")
    duke.wait_until_gone("Commands:")

    _, welcome, renamed = PAGE.blocks("3. Talk", "")
    ann = hall.processes.nc(hall.broker.door)
    ann.read_until(as_seen(welcome))
    command, answer, line, echo = renamed.splitlines()
    ann.send_line(command)
    ann.read_until(f"{answer}\n")
    ann.send_line(line)
    ann.read_until(f"{echo}\n")
    duke.wait_for(line, "│Ann")
    assert duke.look_of(line).reverse
    duke.type("A")
    duke.press("tab")
    duke.wait_for("> Ann:")
    duke.press("c-u")
    ann.send_line("who")
    ann.read_until("username:Duke\n")
    ann.send_line("/me waves")
    duke.wait_for("* Ann waves")
    duke.say("/me nods")
    ann.read_until("* Duke nods\n")
    duke.say("/who")
    duke.wait_for("In lobby: 2")
    duke.press("escape")

    hall.broker.signal(signal.SIGINT)
    assert hall.broker.wait() == 0
    duke.wait_for("reconnecting")
    duke.say("said meanwhile")
    duke.wait_for("1 pending")
    hall.restart_broker()
    duke.wait_for(CONNECTED)
    duke.wait_for(re.compile(r"said meanwhile\s*│"))
    again = hall.processes.nc(hall.broker.door)
    history = again.read_until("===> login!!\n")
    assert [history.count(text) for text in (said, echo, "said meanwhile")] == [1, 1, 1]

    lines, sent = PAGE.blocks("5. Say one thing from a script", "")
    assert "nc -N" in lines
    _, *flags = sent.split(" ", 3)[:3]
    send = hall.processes.start(
        [
            script("chat-client"),
            *flags,
            "--send=backup finished",
            f"--connect={hall.broker.listen}",
        ],
        {"XDG_STATE_HOME": str(home / "backup")},
    )
    assert send.wait() == 0
    duke.wait_for("backup backup finished")
