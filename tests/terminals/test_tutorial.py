"""The tutorial is played as it stands: what it says one sees is seen."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING, Final

from tests.docs.pages import Page
from tests.processes import needs_nc, script
from tests.terminals.hall import CONNECTED

if TYPE_CHECKING:
    from tests.program import Program
    from tests.terminal import Terminal
    from tests.terminals.hall import Hall

pytestmark = needs_nc

PAGE: Final = Page("tutorial/first-talk.md")


def as_seen(block: str) -> re.Pattern[str]:
    """Return a pattern for what the page shows, whatever the port and the time."""
    text = re.escape(block)
    text = re.sub(r"127\\\.0\\\.0\\\.1:\d+", r"127\\.0\\.0\\.1:\\d+", text)
    return re.compile(re.sub(r"\d\d:\d\d\\\+00", r"\\d\\d:\\d\\d[+-]\\d\\d", text))


def play(nc: Program, block: str) -> None:
    """Type every other line of a block, and see the line below it."""
    lines = block.splitlines(keepends=True)
    for typed, seen in zip(lines[::2], lines[1::2], strict=True):
        nc.send_line(typed.rstrip("\n"))
        nc.read_until(as_seen(seen))


def talk_in_private(duke: Terminal, ann: Program) -> None:
    """Play the chapter on rooms, up to Duke's return to the lobby."""
    made, join, told, searched = PAGE.blocks("4. A room, a private word, a search", "")
    play(ann, made)
    duke.wait_for("Ann invites you")
    duke.say(join.strip())
    duke.wait_for("2 #plans", re.compile(r"#plans .*private"))
    ann.read_until("Duke came in\n")
    play(ann, told)
    duke.wait_for(re.compile(r"3 Ann +1!"))
    duke.type("\x1b3")
    duke.wait_for("Ann lunch at noon?")
    play(ann, searched)
    duke.type("\x1b1")
    duke.wait_for(re.compile("^ #lobby"))


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
    duke.wait_for("In #lobby: 2")
    duke.press("escape")

    talk_in_private(duke, ann)

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

    lines, sent = PAGE.blocks("6. Say one thing from a script", "")
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
