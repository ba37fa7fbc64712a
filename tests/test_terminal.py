"""The terminal that the tests use shows what a real one would, and nothing else."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final

import pytest

from tests.terminal_keys import key_bytes
from tests.terminal_output import Notification, Place

if TYPE_CHECKING:
    from tests.terminal import Terminal, Terminals

# Says how large its terminal is, at first and when that changes, and what is typed, in hexadecimal.
PROGRAM: Final = r"""
import os, signal, sys, termios, tty
def size(*_):
    columns, rows = os.get_terminal_size(0)
    os.write(1, f"{columns}x{rows}\r\n".encode())
signal.signal(signal.SIGWINCH, size)
tty.setraw(0)
size()
os.write(1, sys.argv[1].encode().decode("unicode_escape").encode("latin-1"))
while data := os.read(0, 1024):
    if data == b"q":
        sys.exit(3)
    os.write(1, data.hex().encode() + b"\r\n")
"""


def show(terminals: Terminals, output: str, columns: int = 40) -> Terminal:
    """Return a terminal in which a program has written ``output``."""
    terminal = terminals.start(
        [sys.executable, "-c", PROGRAM, output + r"\r\nready\r\n"], columns=columns, rows=8
    )
    terminal.wait_for("ready")
    return terminal


def test_a_screen_is_what_was_drawn_on_it(terminals: Terminals) -> None:
    terminal = show(terminals, r"\x1b[3;5Hthere\x1b[1;1H\x1b[2Kgone\x1b[1;1H\x1b[K")
    assert terminal.rows[:3] == ["", "ready", "    there"]
    assert terminal.wait_for("there") == Place(2, 4)
    assert terminal.cursor == Place(2, 0)
    assert terminal.size == (40, 8)


def test_wide_characters_have_two_cells(terminals: Terminals) -> None:
    terminal = show(terminals, r"\xe4\xb8\xad\xe6\x96\x87|")
    assert terminal.find("|") == Place(1, 4)
    assert terminal.find(re.compile("文")) == Place(1, 2)


def test_looks_of_a_cell(terminals: Terminals) -> None:
    terminal = show(
        terminals, r"\x1b[1;31mA\x1b[0;2mB\x1b[22mC\x1b[38;5;2;7mD\x1b[0;48;2;1;2;3;4mE\x1b[0mF"
    )
    assert terminal.look_of("A")[1:4] == ("red", "default", True)
    assert [terminal.look_of(letter).dim for letter in "ABCDEF"] == [0, 1, 0, 0, 0, 0]
    assert (terminal.look_of("D").colour, terminal.look_of("D").reverse) == ("00cd00", True)
    assert (terminal.look_of("E").background, terminal.look_of("E").underlined) == ("010203", True)
    assert terminal.look_of("F").background == "default"


def test_what_leaves_no_trace_on_the_screen(terminals: Terminals) -> None:
    terminal = show(
        terminals,
        r"\x1b]2;a title\a\a\a\x1b]9;one\a\x1b]777;notify;Ann;two; three\x1b\\"
        r"\x1b[?1049;2004h\x1b[?2004l",
    )
    assert terminal.title == "a title"
    assert terminal.bells == 2
    assert terminal.notifications == [Notification("", "one"), Notification("Ann", "two; three")]
    assert terminal.modes == {1049}
    assert not any("one" in row for row in terminal.rows)


@pytest.mark.parametrize(
    ("key", "sent"),
    [
        ("enter", "0d"), ("c-k", "0b"), ("c-_", "1f"), ("escape a", "1b61"), ("escape 1", "1b31"),
        ("escape enter", "1b0d"), ("pageup", "1b5b357e"), ("q", "71"), ("escape up", "1b1b5b41"),
    ],
)  # fmt: skip
def test_keys_are_sent_as_terminals_do(key: str, sent: str) -> None:
    assert key_bytes(key).encode().hex() == sent


def test_there_are_no_other_keys() -> None:
    with pytest.raises(ValueError, match="f99"):
        key_bytes("f99")


def test_what_is_typed_pasted_and_focused_reaches_the_program(terminals: Terminals) -> None:
    terminal = show(terminals, "")
    terminal.say("é")
    terminal.paste("x")
    terminal.focus(True)
    terminal.focus(False)
    expected = b"\xc3\xa9\r\x1b[200~x\x1b[201~\x1b[I\x1b[O".hex()
    # The kernel may hand over the keys in pieces.
    terminal.wait(lambda seen: expected in seen.text.replace("\n", ""), expected)


def test_a_program_learns_of_a_new_size(terminals: Terminals) -> None:
    terminal = show(terminals, "")
    assert terminal.rows[0] == "40x8"
    terminal.resize(60, 15)
    terminal.wait_for("60x15")
    assert terminal.size == (60, 15)


def test_an_end_is_seen(terminals: Terminals) -> None:
    terminal = show(terminals, "")
    terminal.press("q")
    assert terminal.wait_ended() == 3
    with pytest.raises(AssertionError, match=r"'more' was not seen(.|\n)*\(has ended;"):
        terminal.wait(lambda seen: seen.find("more"), "'more'")


def test_what_does_not_come_is_told_with_the_screen(terminals: Terminals) -> None:
    terminal = show(terminals, "")
    with pytest.raises(AssertionError, match=r"never(.|\n)*\(runs;(.|\n)*\n\|ready\n"):
        terminal.wait_for("never", timeout=0.05)


def test_kill_and_lose_the_terminal(terminals: Terminals) -> None:
    terminal = show(terminals, "")
    terminal.kill()
    assert terminal.wait_ended() == -9
