"""Nothing that another person says can drive the terminal, whatever the broker lets through."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

from tests.terminals.hall import Hall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bare_client import Peer
    from tests.terminal import Terminal

HOSTILE: Final = {
    "moves the cursor": "a\x1b[1;1Hb\x1b[2Jc\x1b[10Ad\x1bMe",
    "with C1 controls": "a\x9b1;1Hb\x9b2Jc\x8dd\x85e",
    "sets the title": "a\x1b]0;pwned\ab\x1b]2;pwned\x1b\\c\x9d2;pwned\x9cd",
    "notifies": "a\x1b]9;pwned\ab\x1b]777;notify;pwned;pwned\a",
    "rings": "a\a\a\ab",
    "is never finished": "a\x1b]0;pwned",
    "a device string": 'a\x1bP$q"p\x1b\\b\x1b_pwned\x1b\\c\x1b^pwned\x1b\\d',
    "asks the terminal": "a\x1b[6nb\x1b[cc\x1b[>cd\x05e",
    "takes modes away": "a\x1b[?1049lb\x1b[?25lc\x1b[?7hd\x1bce\x1b(0f",
    "controls": "".join(map(chr, range(0x20))) + "\x7f" + "".join(map(chr, range(0x80, 0xA0))),
    "goes back": "visible\rhidden\b\b\b\b\vx\fy\tz",
    "NUL": "a\0b\0\0c",
    "bidi": "a\u202eb\u2066c\u2069\u200fd\u061ce\u2028f\u2029g",
    "joins": "a\u200db\u2060c\ufeffd\u00ade 👩\u200d👩\u200d👧 👍🏽 🇩🇪 ❤\ufe0f",
    "combining": "a" + "\u0301" * 10_000 + "b",
    "starts with marks": "\u0301\u0302\u0303x",
    "wide": "中" * 2000,
    "without a space": "x" * 4096,
    "of many lines": "\n" * 200 + "end",
    "blank": "\u3000\u2003\u00a0\u2800.",
    "unassigned": "a\U0010ffffb\ue000c\ufffed\ufdd0e",
    "tags": "a\U000e0041\U000e007fb",
}


@pytest.fixture(scope="module")
def hall() -> Iterator[Hall]:
    opened = Hall("--timeout=60", careless=True)
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture(scope="module")
def duke(hall: Hall) -> Terminal:
    return hall.client("Duke", columns=100, rows=24)


@pytest.fixture(scope="module")
def mallory(hall: Hall, duke: Terminal) -> Peer:
    peer = hall.peer("Mallory")
    duke.wait_for("Mallory")
    return peer


def frame(terminal: Terminal) -> list[str]:
    """Return what no message may touch: the rows around the messages, and the panes beside them."""
    rows = [[cell.text for cell in row] for row in terminal.grid]
    for row in rows[1:-2]:
        del row[17:81]
    del rows[-2]  # the status line tells the time of a round trip
    return ["".join(row) for row in rows]


def everything(terminal: Terminal) -> tuple[object, ...]:
    """Return all that no message may change."""
    return frame(terminal), terminal.cursor, terminal.title, terminal.bells, terminal.modes


def around(terminal: Terminal) -> tuple[object, ...]:
    """Return what no name may change."""
    edges = [row[:17] for row in frame(terminal)[1:-1]]
    return edges, terminal.cursor, terminal.title, terminal.bells


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_a_message(
    text: str, duke: Terminal, mallory: Peer, request: pytest.FixtureRequest
) -> None:
    before = duke.painted(everything)
    mallory.do(["say", "lobby", text])
    end = f"end of {request.node.callspec.id}"
    mallory.do(["say", "lobby", end])
    duke.wait_for(end)
    # The screen answers to keys, and the input is where it was.
    duke.type("zq")
    duke.wait_for("zq")
    duke.press("backspace", "backspace")
    duke.wait_until_gone("zq")
    assert duke.painted(everything) == before
    assert duke.notifications == []
    assert b"pwned" not in b"".join(re.findall(rb"\x1b[\]P_^][^\a\x1b]*", duke.output))


def test_text_stands_on_the_grid_of_cells(duke: Terminal, mallory: Peer) -> None:
    mallory.do(["say", "lobby", "e" + "\u0301" * 10_000 + "中\u200d\u202e|"])
    duke.wait_for("中|")
    row, column = duke.wait_for(re.compile("中"))
    assert duke.cell(row, column + 2).text == "|"
    assert len(duke.cell(row, column - 1).text) <= 5


@pytest.mark.parametrize(
    "name",
    ["\x1b]0;pwned\a", "a\x1b[2Jb", "\u202eevil", "x" * 2000, "中" * 40, "e" + "\u0301" * 500],
)
def test_a_name(name: str, hall: Hall, duke: Terminal) -> None:
    before = duke.painted(around)
    peer = hall.peer(name)
    peer.do(["say", "lobby", "it is me"])
    duke.wait_for("it is me")
    peer.do(["say", "lobby", "and gone"])
    duke.wait_for("and gone")
    peer.do(["quit"])
    assert duke.painted(around) == before
    assert b"pwned" not in b"".join(re.findall(rb"\x1b[\]P_^][^\a\x1b]*", duke.output))


def test_keys_are_answered_among_many_at_once(duke: Terminal, mallory: Peer) -> None:
    for number in range(50):
        mallory.do(["say", "lobby", ("e" + "\u0301" * 200) * 50])
        mallory.do(["say", "lobby", "中" * 2000])
        duke.type(str(number % 10))
    duke.wait_for("> " + "0123456789" * 5)
