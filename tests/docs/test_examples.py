"""The bots of the docs run, against a real broker."""

from __future__ import annotations

import ast
import re
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

import pytest

import client
from protocol.events import Event
from tests.docs.pages import DOCS, Page, code
from tests.processes import script

if TYPE_CHECKING:
    from tests.processes import Broker, Processes
    from tests.program import Program

EXAMPLES: Final = DOCS / "examples"
BOTS: Final = Page("how-to/bots.md")
PIPES: Final = Page("how-to/pipes.md")


def start_bot(processes: Processes, path: Path, *arguments: str) -> Program:
    home = {"XDG_STATE_HOME": str(processes.folder())}
    return processes.start([sys.executable, str(path), *arguments], home)


def start_duke(processes: Processes, broker: Broker) -> Program:
    return processes.start(
        [script("chat-client"), f"--connect={broker.listen}", "--name=Duke",
         f"--state={processes.folder()}"]
    )  # fmt: skip


def test_the_bot_that_answers(processes: Processes) -> None:
    broker = processes.broker("--no-gateway")
    duke = start_duke(processes, broker)
    duke.read_until(":[Duke] ===> login!!\n")
    bot = start_bot(processes, EXAMPLES / "ping_bot.py", broker.listen)
    duke.read_until(":[ping-bot] ===> login!!\n")
    duke.send_line("!ping")
    duke.read_until("ping-bot: Duke: pong\n")
    duke.send_line("!people")
    duke.read_until("ping-bot: Here are: Duke, ping-bot\n")
    duke.send_line("!leave")
    duke.read_until("* ping-bot takes a bow\n")
    duke.read_until("ping-bot exit already!\n")
    assert bot.wait() == 0
    assert bot.stderr.text == ""


def test_the_bot_that_announces(processes: Processes) -> None:
    broker = processes.broker("--no-gateway")
    log = processes.folder() / "log"
    log.write_text("an error from before\n")
    duke = start_duke(processes, broker)
    duke.read_until(":[Duke] ===> login!!\n")
    bot = start_bot(
        processes, EXAMPLES / "announce_log.py", broker.listen, str(log), "error|\\bbad"
    )
    bot.read_log("announce-log: connected\n")
    with log.open("a") as file:
        file.write("all is well\nan error\n\nthat is ")
        file.flush()
        duke.read_until("log: an error\n")
        broker.kill()
        bot.read_log("announce-log: waiting\n")
        file.write("bad\n")
    processes.restart(broker)
    duke.read_until("log: that is bad\n")
    bot.signal(signal.SIGINT)
    assert bot.wait() == 0
    duke.read_until("log exit already!\n")
    assert "before" not in duke.stdout.text
    assert "well" not in duke.stdout.text


def test_a_bot_without_a_broker_says_so(processes: Processes) -> None:
    bot = start_bot(processes, EXAMPLES / "ping_bot.py", "tcp://127.0.0.1:9")
    assert bot.wait() == 1
    assert "No broker answers" in bot.stderr.text


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["announce_log.py"], "Give ENDPOINT FILE PATTERN."),
        (["announce_log.py", "tcp://127.0.0.1:9", "/dev/null", "x", "y"], "Give ENDPOINT FILE"),
        (["announce_log.py", "tcp://127.0.0.1:9", "/dev/null", "(a"], "'(a' is no regular expr"),
        (["ping_bot.py", "tcp://127.0.0.1:9", "more"], "Give one ENDPOINT, or none."),
    ],
)
def test_a_bot_that_is_called_wrongly_says_so(
    processes: Processes, arguments: list[str], told: str
) -> None:
    name, *rest = arguments
    bot = start_bot(processes, EXAMPLES / name, *rest)
    assert bot.wait() == 2
    (sentence,) = bot.stderr.text.splitlines()
    assert told in sentence


def test_the_bot_on_the_page(processes: Processes) -> None:
    broker = processes.broker("--no-gateway")
    (source,) = BOTS.blocks("Write a bot", "python")
    path = processes.folder() / "bot.py"
    path.write_text(source.replace("tcp://127.0.0.1:5555", broker.listen))
    duke = start_duke(processes, broker)
    duke.read_until(":[Duke] ===> login!!\n")
    start_bot(processes, path)
    duke.read_until(":[echo] ===> login!!\n")
    duke.send_line("hello?")
    duke.read_until("echo: hello?\n")


def test_the_page_names_what_there_is() -> None:
    calls = {code(row[0]) for row in BOTS.table("What you can do")}
    named = {re.split(r"[.(]", call)[1 if call.startswith("chat.") else 0] for call in calls}
    methods = {
        name for name in dir(client.Chat)
        if callable(getattr(client.Chat, name)) and not name.startswith("_")
    }  # fmt: skip
    assert named == methods | {"connect"}
    errors = {code(row[0]) for row in BOTS.table("What can go wrong")}
    exported = {
        name for name in client.__all__
        if isinstance(value := getattr(client, name), type) and issubclass(value, Exception)
    }  # fmt: skip
    assert errors | {"HubbubError"} == exported


def test_the_page_of_pipes_names_every_object() -> None:
    """As they stand in the source: the events by their tags, the rest where they are made."""
    sources = [Path(client.__file__).with_name(f"line_{part}.py").read_text() for part in
               ("json", "output", "mode", "coming", "rooms", "intents")]  # fmt: skip
    made = {
        argument.value
        for source in sources
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
        for argument in (
            call.args[:1] if call.func.attr in {"notice", "news"}
            else call.args[1:2] if call.func.attr == "tell" else []
        )
        if isinstance(argument, ast.Constant) and argument.value
    }  # fmt: skip
    events = {kind.__struct_config__.tag for kind in get_args(Event)}
    happens, common, rest = PIPES.tables("JSON")
    assert {code(row[0]) for row in happens[1:]} == events
    assert [code(row[0]) for row in common[1:]] == [
        "room", "number", "time", "author", "name", "own", "history", "with"
    ]  # fmt: skip
    assert {code(row[0]) for row in rest[1:]} == made
