"""The table of the nc door, played with real programs against a real broker and gateway."""

from __future__ import annotations

import re
import signal

import pytest

from protocol.limits import LINE_BYTES
from tests.doors.people import TOOLS, WORDS, arrive, is_closed
from tests.processes import NC, Processes, needs_nc

pytestmark = pytest.mark.parametrize("tool", TOOLS)
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])
# Where time must pass, each language with one program.
LANGUAGE_OF = {"nc": "en", "ncat": "zh"}
EAST = {"TZ": "CST-8"}


@LANGUAGES
def test_the_table(processes: Processes, tool: str, language: str) -> None:
    words = WORDS[language]
    broker = processes.broker(f"--language={language}", environment=EAST)

    # connect, login
    ann = arrive(processes, tool, broker.door, language=language)
    assert ann.history == []
    bob = arrive(processes, tool, broker.door, language=language)
    ann.sees(words.login.format(bob.id, bob.id))

    # a line of text
    ann.says("hello 你好")
    for person in (ann, bob):
        person.sees(f"{ann.id}: hello 你好")

    # rename
    worn = bob.id
    for line, name in (
        ("rename|Duke", "Duke"),
        ("\\rename|Earl", "Earl"),
        ("/rename 公爵", "公爵"),
        ("/nick Duke", "Duke"),
    ):
        bob.says(line)
        bob.sees("rename successfully!")
        ann.sees(words.renamed.format(worn, name))
        worn = name
    bob.says("/me waves")
    for person in (ann, bob):
        person.sees("* Duke waves")

    # who
    for line in ("who", "/who"):
        ann.says(line)
        ann.sees(f"userid:{ann.id}, username:{ann.id}", f"userid:{bob.id}, username:Duke")

    # history
    eve = arrive(processes, tool, broker.door, language=language)
    assert [re.sub(r"^-- \d\d:\d\d\+08 ", "", line) for line in eve.history] == [
        f"{ann.id}: hello 你好",
        "* Duke waves",
    ]
    for person in (ann, bob):
        person.sees(words.login.format(eve.id, eve.id))

    # what is wrong is told, and the connection stays
    for wrong in ("/nick duke", "/nick a b", "/nick a|b", "/fly", "/nick", "x" * (LINE_BYTES + 1)):
        eve.says(wrong)
        answer = eve.program.read_until("\n")
        assert answer.strip()
        assert "exit" not in answer
    eve.says("y" * LINE_BYTES)
    for person in (ann, bob, eve):
        person.sees(f"{eve.id}: {'y' * LINE_BYTES}")

    # help
    eve.says("/help")
    eve.program.read_until(re.compile(r"/me (.*\n)+.*/nick (.*\n)+.*/help .*\n.*/quit .*\n"))

    # quit, /quit, the connection closed
    eve.says("quit")
    for person in (ann, bob):
        person.sees(f"{eve.id} exit already!")
    assert is_closed(eve)
    bob.says("/quit")
    ann.sees("Duke exit already!")
    assert is_closed(bob)
    last = arrive(processes, tool, broker.door, language=language)
    ann.sees(words.login.format(last.id, last.id))
    last.program.kill()
    ann.sees(f"{last.id} exit already!")


def test_what_is_wrong_is_said_in_words(processes: Processes, tool: str) -> None:
    broker = processes.broker()
    ann = arrive(processes, tool, broker.door)
    ann.says("rename|Ann")
    ann.sees("rename successfully!")
    bob = arrive(processes, tool, broker.door)
    for line, told in (
        ("rename|ann", "The name ann is taken: choose another."),
        ("rename|" + "x" * 33, "That name is longer than 32 characters: choose a shorter one."),
        ("rename|[Bob]", re.compile("That name is not allowed: .*")),
        (f"rename|{ann.id}", re.compile("That name is not allowed: .*")),
        ("/fly", "There is no command /fly: /help lists them, and // says a /."),
        ("x" * 100_000, "That line is longer than 4096 bytes and was not sent: split it."),
    ):
        bob.says(line)
        answer = bob.program.read_until("\n").rstrip("\n")
        assert re.fullmatch(told if isinstance(told, re.Pattern) else re.escape(told), answer)
    bob.says("still here")
    ann.program.read_until(f"{bob.id}: still here\n")


def test_idling(processes: Processes, tool: str) -> None:
    language = LANGUAGE_OF[tool]
    words = WORDS[language]
    broker = processes.broker(f"--language={language}", "--idle-timeout=2")
    ann = arrive(processes, tool, broker.door, language=language)
    ann.sees(words.idle_warning)
    bob = arrive(processes, tool, broker.door, language=language)
    ann.sees(words.login.format(bob.id, bob.id), f"{ann.id} timeout exit already!")
    bob.program.read_until(f"{ann.id} timeout exit already!\n")
    assert is_closed(ann)


def test_too_fast(processes: Processes, tool: str) -> None:
    language = LANGUAGE_OF[tool]
    words = WORDS[language]
    broker = processes.broker(f"--language={language}", "--rate=50", "--renames-per-minute=0")
    ann = arrive(processes, tool, broker.door, language=language)
    bob = arrive(processes, tool, broker.door, language=language)
    bob.program.send("".join(f"{number}\n" for number in range(40)))
    ann.program.read_until(f"{bob.id}: 0\n")
    ann.sees(*(f"{bob.id}: {number}" for number in range(1, 40)))
    seen = bob.program.read_until(f"{bob.id}: 39\n")
    assert seen.count(words.too_fast) == 1


def test_half_close(processes: Processes, tool: str) -> None:
    broker = processes.broker()
    ann = arrive(processes, tool, broker.door)
    bob = arrive(processes, tool, broker.door, *(["-N"] if tool == "nc" else []))
    bob.program.send("hi\nwho\nunfinished")
    bob.program.end_input()
    ann.program.read_until("login!!\n")
    ann.sees(f"{bob.id}: hi", f"{bob.id}: unfinished", f"{bob.id} exit already!")
    seen = bob.program.read_to_end()
    assert f"{bob.id}: hi\n" in seen
    assert f"userid:{ann.id}, username:{ann.id}\nuserid:{bob.id}, username:{bob.id}\n" in seen
    assert bob.program.wait() == 0


@pytest.mark.parametrize("typed", ["hi\\n", "hi\\nwho\\n", "hi"])
@needs_nc
def test_a_pipe_into_the_program(processes: Processes, tool: str, typed: str) -> None:
    broker = processes.broker()
    ann = arrive(processes, "nc", broker.door)
    program = f"{NC} -N" if tool == "nc" else "ncat"
    host, port = broker.door
    pipe = processes.start(["sh", "-c", f"printf '{typed}' | {program} {host} {port}"])
    ann.program.read_until(re.compile(r"===> login!!\n127\.0\.0\.1:\d+: hi\n.* exit already!\n"))
    seen = pipe.read_to_end()
    assert pipe.wait() == 0
    assert re.search(r"^127\.0\.0\.1:\d+: hi$", seen, re.MULTILINE)
    assert seen.count("userid:") == (2 if "who" in typed else 0)


@needs_nc
def test_a_pipe_into_an_empty_room(processes: Processes, tool: str) -> None:
    broker = processes.broker()
    program = f"{NC} -N" if tool == "nc" else "ncat"
    host, port = broker.door
    for _ in range(5):
        pipe = processes.start(
            ["sh", "-c", f"printf 'rename|Duke\nhi\n' | {program} {host} {port}"]
        )
        seen = pipe.read_to_end()
        assert seen.endswith("login!!\nrename successfully!\nDuke: hi\n"), seen


def test_the_same_bytes_in_any_chunks(processes: Processes, tool: str) -> None:
    broker = processes.broker("--rate=0", "--burst=0")
    ann = arrive(processes, tool, broker.door)
    bob = arrive(processes, tool, broker.door)
    ann.program.read_until("login!!\n")
    data = (
        "你好\r\n/me waves\nwho\r\n".encode() + b"\xff\xfd\x01te\xff\xfa\x18\x00x\xff\xf0lnet\r\n"
    )
    listing = [f"userid:{ann.id}, username:{ann.id}", f"userid:{bob.id}, username:{bob.id}"]
    for chunk in (len(data), 7, 1):
        for at in range(0, len(data), chunk):
            bob.program.send(data[at : at + chunk])
        ann.sees(f"{bob.id}: 你好", f"* {bob.id} waves", f"{bob.id}: telnet")
        seen = bob.program.read_until(re.compile(f"{bob.id}: telnet\n(userid:.*\n)*"))
        if listing[1] not in seen:
            seen += bob.program.read_until(f"{listing[1]}\n")
        assert "\n".join(listing) in seen


def test_cr_lf_and_telnet_options_of_the_program(processes: Processes, tool: str) -> None:
    broker = processes.broker()
    flags = ["-C", "-t"]
    ann = arrive(processes, tool, broker.door)
    bob = arrive(processes, tool, broker.door, *flags)
    ann.program.read_until("login!!\n")
    bob.says("rename|Bob")
    ann.sees(f"{bob.id} is now Bob")
    bob.says("hello")
    ann.sees("Bob: hello")
    bob.says("quit")
    ann.sees("Bob exit already!")


def test_bytes_that_are_no_text(processes: Processes, tool: str) -> None:
    broker = processes.broker()
    ann = arrive(processes, tool, broker.door)
    bob = arrive(processes, tool, broker.door)
    ann.program.read_until("login!!\n")
    bob.program.send(b"caf\xe9 \x1b[2J\x1b]0;x\x07\xe2\x80\xae!\rAnn: fake\n")
    ann.sees(f"{bob.id}: caf� !", f"{bob.id}: Ann: fake")


def test_a_reader_that_stops_is_cut_off(processes: Processes, tool: str) -> None:
    broker = processes.broker("--rate=0", "--burst=0", "--send-limit=65536")
    ann = arrive(processes, tool, broker.door)
    bob = arrive(processes, tool, broker.door)
    ann.program.read_until("login!!\n")
    bob.program.signal(signal.SIGSTOP)
    seen, sent = "", 0
    while f"{bob.id} exit already!\n" not in seen:
        assert sent < 10_000, "never cut off"
        ann.program.send("".join(f"{n:05} {'x' * 4000}\n" for n in range(sent, sent + 10)))
        sent += 10
        seen += ann.program.read_until(re.compile(f": {sent - 1:05} x+\n"))
    broker.read_log(re.compile(rf"{re.escape(bob.id)} does not read: cut off with \d+ bytes"))
    assert re.findall(r": (\d{5}) x+\n", seen) == [f"{n:05}" for n in range(sent)]
