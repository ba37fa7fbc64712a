"""``chat-client`` in pipes: the real program, a real broker, and the shell around them."""

from __future__ import annotations

import os
import re
import shlex
import signal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.doors.people import arrive
from tests.processes import free_ports, needs_nc, script

if TYPE_CHECKING:
    from pathlib import Path

    from tests.processes import Broker, Processes
    from tests.program import Program
    from tests.terminal import Terminals

WAITING = "-- waiting for the broker; what you type is kept.\n"
BACK = "-- back; what you typed is on its way.\n"
NO_RATE = "--burst=0"


class Talk:
    """A broker, and programs beside it that keep their state in one folder."""

    def __init__(self, processes: Processes, *flags: str) -> None:
        self.processes = processes
        self.broker: Broker = processes.broker(*flags)
        self.state = processes.folder()

    def command(self, *flags: str, name: str = "Duke") -> list[str]:
        """Return the command line of a client."""
        return [
            script("chat-client"),
            f"--connect={self.broker.listen}",
            f"--state={self.state}",
            f"--name={name}",
            *flags,
        ]

    def client(self, *flags: str, name: str = "Duke") -> Program:
        """Start a client on pipes."""
        return self.processes.start(self.command(*flags, name=name))

    def shell(self, line: str, *flags: str, name: str = "Duke") -> Program:
        """Run a line of bash in which CLIENT is a client."""
        command = " ".join(map(shlex.quote, self.command(*flags, name=name)))
        return self.processes.start(["bash", "-c", line.replace("CLIENT", command)])

    def everything_said(self) -> list[str]:
        """Return the messages of the lobby that newcomers are shown, without their times."""
        reader = self.client(name="reader")
        reader.end_input()
        shown = reader.read_to_end().splitlines()
        return [line.partition(" ")[2].partition(" ")[2] for line in shown if line[:3] == "-- "]


@pytest.fixture
def talk(processes: Processes) -> Talk:
    return Talk(processes)


def objects(text: str) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in text.splitlines()]


# ---- input and output of every kind


@needs_nc
def test_a_pipe_and_nc_talk(talk: Talk, processes: Processes) -> None:
    ann = arrive(processes, "nc", talk.broker.door)
    client = talk.client()
    client.read_until(re.compile(r":\[Duke\] ===> login!!\n"))
    ann.says("hello Duke")
    client.read_until(": hello Duke\n")
    client.send("hello\nand good")
    client.send("bye\n")
    client.read_lines("Duke: hello", "Duke: and goodbye")
    client.end_input()
    assert client.wait() == 0
    ann.program.read_until("Duke: hello\nDuke: and goodbye\nDuke exit already!\n")
    assert client.stderr.text == ""


@pytest.mark.parametrize(
    "line",
    [
        "printf 'one\\ntwo' | CLIENT | cat",
        "printf 'one\\ntwo\\n' > $D/in; CLIENT < $D/in > $D/out; s=$?; cat $D/out; exit $s",
        "CLIENT <<< $'one\\ntwo'",
        "CLIENT < <(printf 'one\\ntwo') >> $D/out; s=$?; cat $D/out; exit $s",
    ],
)
def test_pipes_and_files(talk: Talk, line: str) -> None:
    shell = talk.shell(line.replace("$D", str(talk.processes.folder())))
    login, *said = shell.read_to_end().splitlines()
    assert login.endswith(":[Duke] ===> login!!")
    assert said == ["Duke: one", "Duke: two"]
    assert shell.wait() == 0


@pytest.mark.parametrize("line", ["CLIENT < /dev/null", "CLIENT <&-", ": | CLIENT > /dev/null"])
def test_no_input(talk: Talk, line: str) -> None:
    shell = talk.shell(line)
    assert shell.wait() == 0
    assert shell.stderr.text == ""


@pytest.mark.parametrize("line", ["echo one | CLIENT >&-", "echo one | CLIENT > /dev/null"])
def test_no_output(talk: Talk, line: str) -> None:
    assert talk.shell(line).wait() == 0
    assert talk.everything_said() == ["Duke: one"]


def test_output_on_a_full_disk(talk: Talk) -> None:
    shell = talk.shell("CLIENT > /dev/full")
    assert shell.wait() == 1
    assert shell.stderr.text == (
        "chat-client: Standard output cannot be written: No space left on device.\n"
    )


def test_a_reader_that_leaves_ends_it_like_any_unix_tool(talk: Talk) -> None:
    fifo = talk.processes.folder() / "fifo"
    os.mkfifo(fifo)  # open for both in the shell, so that the input never ends
    shell = talk.shell(f"CLIENT <> {fifo} | head -n 1; echo ${{PIPESTATUS[0]}}")
    shell.read_until("===> login!!\n")
    shell.read_lines("141")
    assert shell.stderr.text == ""


def test_many_lines_all_arrive_in_order(processes: Processes) -> None:
    talk = Talk(processes, NO_RATE)
    shell = talk.shell("seq 30000 | CLIENT")
    _, *said = shell.read_to_end().splitlines()
    assert said == [f"Duke: {n}" for n in range(1, 30_001)]
    assert shell.wait() == 0


def test_a_reader_that_stops_for_a_while_misses_nothing(processes: Processes) -> None:
    talk = Talk(processes, NO_RATE)
    gate = processes.folder() / "gate"
    os.mkfifo(gate)
    watcher = talk.client(name="watcher")
    watcher.read_until(":[watcher] ===> login!!\n")
    shell = talk.shell(f"CLIENT | {{ read -r _ < {gate}; cat; }}", name="slow")
    watcher.read_until(":[slow] ===> login!!\n")
    text = "x" * 100
    crowd = talk.shell(f"seq -f '%.0f {text}' 20000 | CLIENT > /dev/null", name="loud")
    assert crowd.wait() == 0
    watcher.read_until(f"loud: 20000 {text}\n")
    watcher.read_until("loud exit already!\n")
    gate.write_text("go\n")
    shell.read_until("loud exit already!\n")
    shown = [line for line in shell.stdout.text.splitlines() if line.startswith("loud: ")]
    assert shown == [f"loud: {n} {text}" for n in range(1, 20_001)]


# ---- the broker


def test_without_a_broker(processes: Processes) -> None:
    endpoint = f"tcp://127.0.0.1:{free_ports()}"
    client = processes.start(
        [script("chat-client"), f"--connect={endpoint}", "--name=Duke",
         f"--state={processes.folder()}"]
    )  # fmt: skip
    assert client.wait() == 1
    assert client.stderr.text == (
        f"chat-client: No broker answers at {endpoint}: start one with chat-broker (or make run), "
        "or name another with --connect.\n"
    )


def test_a_broker_that_is_killed_and_comes_back(talk: Talk, processes: Processes) -> None:
    client = talk.client()
    client.send_line("before")
    client.read_until("Duke: before\n")
    talk.broker.kill()
    client.read_log(WAITING)
    client.send("during\nthe night\n")
    client.end_input()
    talk.broker = processes.restart(talk.broker)
    assert client.wait() == 0
    client.read_until("Duke: during\nDuke: the night\n")
    assert client.stderr.text == WAITING + BACK
    assert talk.everything_said() == ["Duke: before", "Duke: during", "Duke: the night"]


def test_a_client_that_is_killed_comes_back_as_itself(talk: Talk) -> None:
    first = talk.client()
    first.send_line("before")
    first.read_until("Duke: before\n")
    first.kill()
    second = talk.client("--json")
    second.send_line("after")
    second.read_until('"text":"after"')
    connected = objects(second.stdout.text)[0]
    assert (connected["name"], connected["resumed"]) == ("Duke", True)
    second.end_input()
    assert second.wait() == 0


def test_two_clients_of_one_name(talk: Talk) -> None:
    first = talk.client()
    first.read_until("login!!\n")
    second = talk.client()
    assert second.wait() == 1
    assert second.stderr.text == "chat-client: Duke is in use by another client on this machine.\n"
    elsewhere = talk.client(f"--state={talk.processes.folder()}")
    assert elsewhere.wait() == 1
    assert elsewhere.stderr.text == "chat-client: The name Duke is taken: choose another.\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_properly(talk: Talk, number: signal.Signals) -> None:
    watcher = talk.client(name="watcher")
    watcher.read_until(":[watcher] ===> login!!\n")
    client = talk.client()
    client.send_line("one")
    client.read_until("Duke: one\n")
    client.signal(number)
    assert client.wait() == 0
    watcher.read_until("Duke: one\nDuke exit already!\n")
    assert client.stderr.text == ""


def test_refused_lines_make_the_status(talk: Talk) -> None:
    shell = talk.shell(
        "(echo one; echo /fly; head -c 20000 /dev/zero | tr '\\0' x; echo; echo two)|CLIENT"
    )
    assert shell.wait() == 1
    assert shell.stderr.text == (
        "chat-client: Line 2 was refused. There is no command /fly: /help lists them, and // says "
        "a /.\n"
        "chat-client: Line 3 was refused. That message is longer than 4096 characters: split it.\n"
    )
    assert talk.everything_said() == ["Duke: one", "Duke: two"]


# ---- one message


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("CLIENT --send 'all done'", ["Duke: all done"]),
        ("CLIENT --send '/quit'", ["Duke: /quit"]),
        ("printf 'two\\nlines\\n\\n' | CLIENT --send -", ["Duke: two", "Duke: lines"]),
        ("CLIENT --send $'caf\\xe9'", ["Duke: caf\ufffd"]),
    ],
)
def test_a_message_is_acknowledged(talk: Talk, line: str, said: list[str]) -> None:
    shell = talk.shell(line)
    assert shell.wait() == 0
    assert shell.stdout.text + shell.stderr.text == ""
    assert talk.everything_said() == said


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("CLIENT --send ''", "There is nothing to say in that line."),
        ("CLIENT --send - < /dev/null", "There is nothing to say in that line."),
        (
            "head -c 5000 /dev/zero | tr '\\0' x | CLIENT --send -",
            "That message is longer than 4096 characters: split it.",
        ),
        (
            "yes | CLIENT --send -",
            "That message is longer than 4096 characters: split it.",
        ),
        (
            "CLIENT --send hi --room 'a b' --language zh",
            (
                "房间不能叫 #a b：最多 64 个字符，不能有空格、: | 或括号，"
                "不能以 # @ / \\ - 开头，须有文字、数字或表情。"
            ),
        ),
    ],
)
def test_a_message_is_refused(talk: Talk, line: str, sentence: str) -> None:
    shell = talk.shell(line)
    assert shell.wait() == 1
    assert shell.stderr.text == f"chat-client: {sentence}\n"


# ---- JSON and a terminal


def test_a_program_reads_objects(talk: Talk) -> None:
    client = talk.client("--json")
    client.send("hi\n/nick Earl\n/me waves\n/who\n")
    client.read_until('"type":"people"')
    client.end_input()
    assert client.wait() == 0
    told = objects(client.stdout.text)
    # One's own "left" is not asked for again if the broadcast was lost: the session is over.
    events = [one for one in told if one["type"] not in {"connected", "entered", "people", "left"}]
    assert [one["type"] for one in told[:2]] == ["connected", "entered"]
    assert [one["type"] for one in events] == ["joined", "said", "renamed", "said"]
    first = events[0]["number"]
    assert [one["number"] for one in events] == list(range(first, first + 4))
    (people,) = [one for one in told if one["type"] == "people"]
    assert [person["name"] for person in people["people"]] == ["Earl"]


def test_in_a_terminal_another_name_is_asked_for(talk: Talk, terminals: Terminals) -> None:
    other = talk.client()
    other.read_until("login!!\n")
    person = terminals.start(talk.command("--plain"))
    person.wait_for("Duke is in use by another client on this machine.")
    person.wait_for("Name:")
    person.say("Earl")
    person.wait_for("/quit to leave.")
    person.say("hello")
    other.read_until("Earl: hello\n")
    person.press("c-d")
    assert person.wait_ended() == 0


def test_the_first_bytes_of_the_state_are_private(talk: Talk) -> None:
    client = talk.client("--send", "hi")
    assert client.wait() == 0
    files: list[Path] = [path for path in talk.state.rglob("*") if path.is_file()]
    assert files
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)
