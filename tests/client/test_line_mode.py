"""Line mode on a real link and a real broker's core: what goes in, what comes out, how it ends."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.line_commands import UNSETTLED_LINES
from protocol.commands import Join, Quit, Rename
from protocol.events import Left
from protocol.limits import TEXT_CHARACTERS
from protocol.questions import Who
from tests.client.line_nodes import arrive, somebody, start
from tests.loopback import Loop


@pytest.fixture
def loop() -> Loop:
    return Loop()


# ---- what goes in and comes out


def test_lines_are_said_and_come_back_and_the_end_of_input_is_the_end(loop: Loop) -> None:
    ann, _ = somebody(loop)
    lines = start(loop)
    lines.settle()
    lines.type("hello\nhow are ")
    lines.type("you?\n/me waves\n")
    lines.end()
    login, *said = lines.take()
    assert login.endswith(":[Duke] ===> login!!")
    assert said == ["Duke: hello", "Duke: how are you?", "* Duke waves"]
    assert (lines.status(), lines.err) == (0, "")
    assert lines.mode.token_is_spent
    assert ann.texts == ["hello", "how are you?", "waves"]
    (left,) = [event for event in ann.events if isinstance(event, Left)]
    assert (left.name, left.reason) == ("Duke", "quit")


def test_the_last_line_needs_no_end_and_blank_ones_say_nothing(loop: Loop) -> None:
    lines = arrive(loop)
    lines.type(b"\n  \r\none\r\n\ntw\xff")
    lines.end()
    assert lines.take() == ["Duke: one", "Duke: tw\ufffd"]
    assert lines.status() == 0


def test_input_that_is_over_at_once(loop: Loop) -> None:
    lines = start(loop)
    lines.end()
    assert lines.status() == 0
    assert len(lines.take()) == 1


def test_what_was_said_before_is_marked_with_time_and_zone(loop: Loop) -> None:
    ann, session = somebody(loop)
    ann.say(session, "first", "second\nthird")
    loop.settle()
    lines = start(loop)
    lines.settle()
    ann.say(session, "now")
    lines.settle()
    *history, login, now = lines.take()
    assert [line.partition(" Ann: ")[2] for line in history] == ["first", "second", "third"]
    assert all(line.startswith("-- ") and "+08 Ann: " in line for line in history)
    assert "login" in login
    assert now == "Ann: now"


def test_what_others_do_is_shown_as_on_the_nc_door(loop: Loop) -> None:
    lines = arrive(loop)
    ann, session = somebody(loop)
    ann.link.submit(session, Rename("Anna"))
    ann.say(session, "hi")
    ann.link.submit(session, Quit())
    lines.settle()
    login, *rest = lines.take()
    assert login.endswith(":[Ann] ===> login!!")
    assert rest == ["Ann is now Anna", "Anna: hi", "Anna exit already!"]


def test_commands_are_those_of_the_table(loop: Loop) -> None:
    lines = arrive(loop)
    lines.type("/who\n/nick Duke2\n/help nick\n//slash\nwho\n")
    person, *rest = lines.take()
    assert person.endswith(", username:Duke")
    assert rest == [
        "  /nick NAME          take another name",
        "rename successfully!",
        "Duke2: /slash",
        "Duke2: who",
    ]
    lines.type("/quit\nnever said\n")
    assert lines.status() == 0
    assert "never said" not in lines.out


def test_everybody_is_listed_page_by_page(loop: Loop) -> None:
    crowd = loop.node(carrier="gateway")
    for number in range(1500):
        crowd.open(2000 + number)
    lines = arrive(loop)
    lines.type("/who\n")
    first = lines.take()
    assert len(first) == 201
    assert first[-1] == "… and 1301 more: /who all lists everybody."
    lines.type("/who all\nand then\n")
    everybody = lines.take()
    assert len(everybody) == 1502
    assert everybody[-1] == "Duke: and then"


@given(st.lists(st.integers(min_value=1, max_value=40)))
@settings(max_examples=30, deadline=None)
def test_however_the_input_is_cut(places: list[int]) -> None:
    data = "one\r\n/me two\n\nthree 你好\nfour".encode()
    lines = arrive(Loop())
    ends = sorted({place % len(data) for place in places} | {0, len(data)})
    for begin, end in pairwise(ends):
        lines.type(data[begin:end])
    lines.end()
    assert lines.take() == ["Duke: one", "* Duke two", "Duke: three 你好", "Duke: four"]


# ---- what is refused


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (b"/fly", "There is no command /fly: /help lists them, and // says a /."),
        (b"/me", "Use it like this: /me TEXT"),
        (b"/nick Ann", "The name Ann is taken: choose another."),
        (b"x" * 4097, "That message is longer than 4096 characters: split it."),
        (b"x" * 100_000, "That message is longer than 4096 characters: split it."),
        (b"\xff" * 40_000, "That message is longer than 4096 characters: split it."),
        (b"/help fly", "There is no command /fly: /help lists them, and // says a /."),
    ],
)
def test_what_is_refused_is_named_and_the_rest_is_said(
    loop: Loop, line: bytes, sentence: str
) -> None:
    ann, _ = somebody(loop)
    lines = arrive(loop)
    lines.type(b"before\n\n" + line + b"\nafter\n")
    lines.end()
    assert lines.take() == ["Duke: before", "Duke: after"]
    assert lines.err == f"chat-client: Line 3 was refused. {sentence}\n"
    assert lines.status() == 1
    assert ann.texts == ["before", "after"]


def test_the_longest_message_is_said(loop: Loop) -> None:
    ann, _ = somebody(loop)
    lines = arrive(loop)
    lines.type("你" * TEXT_CHARACTERS + "\n")
    lines.end()
    assert ann.texts == ["你" * TEXT_CHARACTERS]
    assert lines.status() == 0


def test_a_first_room_that_one_may_not_enter(loop: Loop) -> None:
    ann, session = somebody(loop)
    ann.link.submit(session, Join("ops", private=True))
    loop.settle()
    lines = start(loop, room="#Ops")
    lines.settle()
    assert lines.err == ("chat-client: The room #ops is private: somebody in it must invite you.\n")
    assert lines.status() == 1


def test_a_first_room_that_cannot_be(loop: Loop) -> None:
    lines = start(loop, room="two words")
    lines.settle()
    assert "A room cannot be called #two words" in lines.err
    assert lines.status() == 1


# ---- the pace


def test_no_more_is_read_than_the_broker_settles(loop: Loop) -> None:
    lines = arrive(loop)
    fed = 0
    for _ in range(100):  # nothing is carried between link and broker meanwhile
        if lines.reads():
            lines.mode.received(b"".join(b"%d\n" % n for n in range(fed, fed + 100)), loop.now)
            fed += 100
    assert fed <= UNSETTLED_LINES + 100
    assert not lines.reads()
    lines.settle()
    assert lines.reads()
    assert lines.take() == [f"Duke: {n}" for n in range(fed)]


def test_a_reader_that_stops_loses_nothing(loop: Loop) -> None:
    lines = arrive(loop)
    ann, session = somebody(loop)
    lines.settle()
    lines.take()
    lines.drains = False
    for start_at in range(0, 10_000, 500):
        ann.say(session, *(str(n) for n in range(start_at, start_at + 500)))
        lines.settle()
    lines.drains = True
    lines.settle()
    assert lines.take() == [f"Ann: {n}" for n in range(10_000)]


def test_answers_that_nobody_reads_stop_the_input(loop: Loop) -> None:
    lines = arrive(loop)
    lines.drains = False
    lines.type("/help\n" * 5000)
    assert len(lines.output.lines) < 1100
    assert not lines.reads()
    lines.drains = True
    lines.settle()
    lines.end()
    assert lines.out.count("Commands:") == 5000
    assert lines.status() == 0


def test_a_page_that_is_refused_is_asked_for_again(loop: Loop) -> None:
    lines = arrive(loop)
    ann, session = somebody(loop)
    lines.settle()
    lines.take()
    lines.drains = False
    ann.say(session, *(str(n) for n in range(3000)))
    lines.settle()
    for _ in range(20):  # more questions at once than are answered
        lines.node.link.ask(lines.session, Who("lobby"))
    lines.drains = True
    lines.settle()
    lines.wait(5)
    assert lines.take() == [f"Ann: {n}" for n in range(3000)]
