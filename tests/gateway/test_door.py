"""The door on a real link and a real core: what people see."""

from __future__ import annotations

import re

import pytest

from gateway.person import LINES_WAITING
from gateway.rate import BURST
from protocol.command_table import TABLE
from protocol.limits import LINE_BYTES
from protocol.phrases import Language
from tests.gateway.inmemory import HINT, House, Screen

TOO_FAST = "That was fast: your lines wait their turn, and none is lost.\n"
WAITING = "-- waiting for the broker; what you type is kept.\n"
BACK = "-- back; what you typed is on its way.\n"


def login(screen: Screen) -> str:
    return f"[{screen.address}]:[{screen.address}] ===> login!!\n"


# ---- arriving


def test_arriving() -> None:
    house = House()
    door = house.gateway()
    ann = door.connect()
    house.wait(1)
    assert ann.take() == f"welcome {ann.address}\n{HINT}{login(ann)}"
    bob = door.connect()
    house.wait(1)
    assert bob.take() == f"welcome {bob.address}\n{HINT}{login(bob)}"
    assert ann.take() == login(bob)


def test_arriving_in_chinese() -> None:
    house = House()
    ann = house.gateway(Language.ZH).connect()
    house.wait(1)
    assert ann.text.splitlines() == [
        f"欢迎 {ann.address}",
        "输入一行即可发言，/help 查看命令，/quit 离开。",
        f"[{ann.address}]:[{ann.address}] ===> 上线了login!!",
    ]


def test_the_last_twenty_messages_are_shown_first() -> None:
    house = House()
    door = house.gateway(rate=0)
    ann = door.arrive("Ann")
    for number in range(25):
        ann.type(f"message {number}\n")
    ann.type("/me waves\n")
    bob = door.connect()
    house.wait(1)
    lines = bob.text.splitlines()
    assert lines[0] == f"welcome {bob.address}"
    assert lines[1:20] == [f"-- 16:53+08 Ann: message {number}" for number in range(6, 25)]
    assert lines[20] == "-- 16:53+08 * Ann waves"
    assert lines[21:] == [HINT.rstrip(), login(bob).rstrip()]


@pytest.mark.parametrize("late_half", ["replies", "broadcasts"])
def test_the_view_starts_at_the_own_login_whatever_comes_first(late_half: str) -> None:
    """The answer to the join may come after the events that follow it, or before."""
    house = House()
    here, there = house.gateway(), house.gateway()
    ann, bob = here.arrive("Ann"), there.arrive("Bob")
    house.wait(1)
    ann.take()
    late = here.connect()
    here.turn()
    house.turn()
    here.turn()  # the hello is answered, and the join on its way
    setattr(here, f"holds_{late_half}", True)
    bob.type("one\n")
    bob.type("two\n")
    before = late.take()
    setattr(here, f"holds_{late_half}", False)
    house.settle()
    bob.type("three\n")
    said = "Bob: one\nBob: two\nBob: three\n"
    assert before + late.take() == f"welcome {late.address}\n{HINT}{login(late)}{said}"
    assert ann.take() == f"{login(late)}{said}"


def test_lost_broadcasts_are_repaired() -> None:
    house = House()
    here, there = house.gateway(), house.gateway()
    ann, bob = here.arrive("Ann"), there.arrive("Bob")
    house.wait(1)
    ann.take()
    here.loses_broadcasts = True
    for number in range(5):
        bob.type(f"{number}\n")
    here.loses_broadcasts = False
    assert ann.take() == ""
    bob.type("5\n")
    house.wait(1)
    assert ann.take() == "".join(f"Bob: {number}\n" for number in range(6))


def test_what_is_typed_before_the_broker_answers_is_said() -> None:
    house = House()
    door = house.gateway()
    ann = door.arrive("Ann")
    bob = door.connect()
    bob.send("hi\n/nick Bob\nhello\n")
    house.wait(1)
    assert ann.take() == (f"{login(bob)}{bob.address}: hi\n{bob.address} is now Bob\nBob: hello\n")


# ---- talking


def test_a_line_of_text_is_seen_by_everybody() -> None:
    house = House()
    here, there = house.gateway(), house.gateway()
    ann, bob, eve = here.arrive("Ann"), here.arrive("Bob"), there.arrive("Eve")
    house.wait(1)
    for screen in (ann, bob, eve):
        screen.take()
    ann.type("hello\r\n你好\n/me waves\n//slash\n  two  words  \n")
    house.wait(1)
    for screen in (ann, bob, eve):
        assert screen.take() == (
            "Ann: hello\nAnn: 你好\n* Ann waves\nAnn: /slash\nAnn:   two  words  \n"
        )


def test_empty_lines_say_nothing() -> None:
    door = House().gateway()
    ann = door.arrive("Ann")
    ann.type("\n   \n\t\n\r\n")
    assert ann.take() == ""


def test_a_name_is_taken_and_seen() -> None:
    house = House()
    door = house.gateway()
    ann, bob = door.arrive(), door.arrive()
    ann.take()
    before = bob.address
    for line in ("rename|Duke", "\\rename|Earl", "/rename Lord", "/nick King", "rename| Queen "):
        name = line.replace("|", " ").split()[1]
        bob.type(f"{line}\n")
        assert bob.take() == "rename successfully!\n"
        assert ann.take() == f"{before} is now {name}\n"
        before = name
    bob.type("hi\n")
    assert ann.take() == "Queen: hi\n"


def test_a_rename_in_chinese() -> None:
    door = House().gateway(Language.ZH)
    ann, bob = door.arrive(), door.arrive()
    ann.take()
    bob.type("rename|公爵\n")
    assert ann.take() == f"{bob.address} 改名为 公爵\n"
    assert bob.take() == "rename successfully!\n"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/nick ann", "The name ann is taken: choose another."),
        ("/nick Bob", "You are already called Bob."),
        ("rename|big Bob", "That name is not allowed: "),
        ("/nick a:b", "That name is not allowed: "),
        ("/nick #bob", "That name is not allowed: "),
        ("/nick " + "x" * 33, "That name is longer than 32 characters: choose a shorter one."),
        ("/nick", "Use it like this: /nick NAME"),
        ("rename|", "Use it like this: /nick NAME"),
        ("/me", "Use it like this: /me TEXT"),
        ("/who x", "Use it like this: /who [all]"),
        ("/fly high", "There is no command /fly: /help lists them, and // says a /."),
        ("/", "There is no command /: /help lists them, and // says a /."),
        ("/help fly", "There is no command /fly: /help lists them, and // says a /."),
        ("x" * (LINE_BYTES + 1), "That line is longer than 4096 bytes and was not sent: split it."),
    ],
)
def test_what_is_wrong_is_told_in_one_line_and_the_connection_stays(line: str, told: str) -> None:
    door = House().gateway()
    ann, bob = door.arrive("Ann"), door.arrive("Bob")
    ann.take()
    bob.type(f"{line}\n")
    answer = bob.take()
    assert answer.startswith(told)
    assert answer.count("\n") == 1
    bob.type("still here\n")
    assert bob.take() == "Bob: still here\n"
    assert ann.take() == "Bob: still here\n"
    assert not bob.closed


def test_nobody_wears_the_id_of_another() -> None:
    door = House().gateway()
    ann, bob = door.arrive(), door.arrive("Bob")
    bob.type(f"/nick {ann.address}\n")
    assert bob.take().startswith("That name is not allowed")
    bob.type(f"/nick {bob.address}\n")
    assert bob.take() == "rename successfully!\n"


def test_the_longest_line_is_said() -> None:
    door = House().gateway()
    ann, bob = door.arrive("Ann"), door.arrive("Bob")
    ann.take()
    bob.type("x" * LINE_BYTES + "\n")
    assert ann.take() == f"Bob: {'x' * LINE_BYTES}\n"


# ---- who


def test_who_lists_people_in_the_order_in_which_they_came() -> None:
    house = House()
    door = house.gateway()
    people = [door.arrive(), door.arrive("Bob"), door.arrive()]
    people[0].take()
    wanted = "".join(
        f"userid:{screen.address}, username:{name}\n"
        for screen, name in zip(people, (people[0].address, "Bob", people[2].address), strict=True)
    )
    for line in ("who\n", "/who\n", "/names\n", " who \r\n"):
        people[0].type(line)
        assert people[0].take() == wanted


def test_past_two_hundred_people_the_rest_are_a_count() -> None:
    house = House(idle=0)
    door = house.gateway(rate=0)
    crowd = [door.connect() for _ in range(1205)]
    house.wait(1)
    ann = crowd[0]
    ann.take()
    ann.type("who\n")
    lines = ann.take().splitlines()
    assert lines[:200] == [f"userid:{s.address}, username:{s.address}" for s in crowd[:200]]
    assert lines[200:] == ["… and 1005 more: /who all lists everybody."]
    ann.type("/who all\n")
    assert ann.take().splitlines() == [f"userid:{s.address}, username:{s.address}" for s in crowd]
    for screen in crowd[200:]:
        screen.hang_up()
    ann.take()
    ann.type("who\n")
    assert len(ann.take().splitlines()) == 200


def test_help_lists_the_commands() -> None:
    door = House().gateway()
    ann = door.arrive()
    ann.type("/help\n")
    assert re.findall(r"^  /(\w+)", ann.take(), re.MULTILINE) == [row.name for row in TABLE]


# ---- leaving


@pytest.mark.parametrize("line", ["quit", "/quit", "/exit", " quit "])
def test_quit(line: str) -> None:
    house = House()
    door = house.gateway()
    ann, bob = door.arrive("Ann"), door.arrive("Bob")
    ann.take()
    bob.type(f"bye\n{line}\nunheard\n")
    assert ann.take() == "Bob: bye\nBob exit already!\n"
    assert bob.take() == "Bob: bye\n"
    assert bob.closed
    assert len(door.door) == 1


def test_a_closed_connection_leaves() -> None:
    door = House().gateway()
    ann, bob = door.arrive("Ann"), door.arrive("Bob")
    ann.take()
    bob.hang_up()
    assert ann.take() == "Bob exit already!\n"
    assert bob.take() == ""


def test_the_end_of_input_delivers_what_was_sent_and_leaves() -> None:
    house = House()
    door = house.gateway()
    ann = door.arrive("Ann")
    bob = door.connect()
    bob.send("hi\nwho\nunfinished")
    bob.half_close()
    house.wait(1)
    told = f"{bob.address}: hi\n{bob.address}: unfinished\n"
    assert ann.take() == f"{login(bob)}{told}{bob.address} exit already!\n"
    seen = bob.take()
    assert seen.startswith(f"welcome {bob.address}\n{HINT}{login(bob)}")
    assert f"userid:{bob.address}, username:{bob.address}\n" in seen
    assert f"{bob.address}: hi\n" in seen
    assert bob.closed


def test_somebody_alone_sees_what_they_did_before_they_leave() -> None:
    """The first of a room gets its events by asking, which ends with the session."""
    house = House()
    door = house.gateway()
    ann = door.connect()
    ann.send("hi\n/nick Ann\nbye\n/nick Ann\n")
    ann.half_close()
    house.wait(0.5)
    refused = "You are already called Ann.\n"  # comes with the answers, ahead of the events
    assert ann.take().replace(refused, "") == (
        f"welcome {ann.address}\n{HINT}{login(ann)}{ann.address}: hi\n"
        "rename successfully!\nAnn: bye\n"
    )
    assert refused in ann.text
    assert ann.closed


def test_nobody_waits_for_ever_to_see_what_they_did() -> None:
    house = House()
    door = house.gateway()
    ann, bob = door.arrive("Ann"), house.gateway().arrive("Bob")
    house.wait(1)
    bob.take()
    door.holds_broadcasts = True
    ann.type("hi\nquit\n")
    house.wait(1)
    assert bob.take() == "Ann: hi\n"
    assert not ann.closed
    house.wait(1.1)
    assert bob.take() == "Ann exit already!\n"
    assert ann.closed


def test_the_end_of_input_waits_for_lines_that_wait() -> None:
    house = House()
    door = house.gateway(rate=10)
    ann = door.arrive("Ann")
    bob = door.connect()
    bob.send("".join(f"{number}\n" for number in range(100)))
    bob.half_close()
    house.wait(5)
    assert not bob.closed
    house.wait(5)
    said = re.findall(r": (\d+)\n", ann.take())
    assert said == [str(number) for number in range(100)]
    assert bob.closed


def test_somebody_who_hangs_up_while_arriving_is_gone() -> None:
    house = House()
    door = house.gateway()
    ann = door.arrive("Ann")
    bob = door.connect()
    bob.send("hi\n")
    bob.hang_up()
    house.wait(1)
    assert ann.take() == f"{login(bob)}{bob.address}: hi\n{bob.address} exit already!\n"
    assert bob.text == ""
    assert len(door.door) == 1


def test_nothing_is_seen_after_leaving() -> None:
    house = House()
    door = house.gateway()
    ann, bob, eve = door.arrive("Ann"), door.arrive("Bob"), door.arrive("Eve")
    bob.take()
    bob.send("/quit\n")
    ann.send("he is gone\n")  # the same turn of the broker, the same broadcast
    house.settle()
    assert eve.take() == "Bob exit already!\nAnn: he is gone\n"
    assert bob.take() == ""
    assert bob.closed


def test_a_reader_that_is_cut_off_has_left_for_the_others() -> None:
    house = House()
    door = house.gateway()
    ann, bob = door.arrive("Ann"), door.arrive("Bob")
    ann.take()
    bob.send("hi\n")
    bob.cut()
    assert ann.take() == "Bob: hi\nBob exit already!\n"
    ann.type("who\n")
    assert ann.take() == f"userid:{ann.address}, username:Ann\n"
    assert len(door.door) == 1


def test_cut_off_while_arriving_or_leaving() -> None:
    house = House()
    door = house.gateway()
    ann, bob = door.arrive("Ann"), door.arrive("Bob")
    early = door.connect()
    early.cut()
    ann.take()
    bob.send("/quit\n")
    bob.cut()
    bob.cut()
    house.wait(1)
    assert ann.take() == "Bob exit already!\n"
    assert len(door.door) == 1


def test_the_gateway_stops() -> None:
    house = House()
    here, there = house.gateway(), house.gateway()
    ann, eve = here.arrive("Ann"), there.arrive("Eve")
    house.wait(1)
    arriving = here.connect()
    here.door.quit_all()
    eve.take()
    house.wait(1)
    assert ann.take().splitlines()[-1] == "-- this door is closing; goodbye."
    assert "-- this door is closing; goodbye." in arriving.text
    assert "Ann exit already!\n" in eve.take()
    assert ann.closed
    assert arriving.closed
    assert len(here.door) == 0


@pytest.mark.parametrize("broker_dies_first", [True, False])
def test_the_gateway_stops_at_once_without_a_broker(*, broker_dies_first: bool) -> None:
    house = House()
    door = house.gateway()
    ann = door.arrive("Ann")
    if broker_dies_first:
        house.kill()
        assert ann.take() == WAITING
    door.door.quit_all()
    if not broker_dies_first:
        house.is_up = False
        house.settle()
        assert not ann.closed
        house.kill()
    house.settle()
    assert ann.take() == "-- this door is closing; goodbye.\n"
    assert ann.closed
    assert len(door.door) == 0


@pytest.mark.parametrize("has_broker", [True, False])
def test_a_door_that_closes_tells_how_many_lines_nobody_acknowledged(*, has_broker: bool) -> None:
    house = House()
    door = house.gateway(rate=1)
    ann, bob = door.arrive("Ann"), door.arrive("Bob")
    bob.send("/quit\n")
    if not has_broker:
        house.kill()
    early = door.connect()
    early.send("one\n/me two\n")
    ann.send("".join(f"{number}\n" for number in range(BURST + 10)))
    door.door.quit_all()
    house.settle()

    def goodbye(count: int) -> str:
        missing = (
            f"Messages that the broker has not acknowledged: {count}. "
            "They may or may not be said.\n"
        )
        return (missing if count else "") + "-- this door is closing; goodbye.\n"

    assert goodbye(BURST + 10) in ann.text
    assert goodbye(2) in early.text
    assert bob.text.endswith(goodbye(0))
    assert "acknowledged" not in bob.text


# ---- idling


def test_idling() -> None:
    house = House(idle=60)
    here, there = house.gateway(), house.gateway()
    ann, eve = here.arrive("Ann"), there.arrive("Eve")
    house.wait(30)
    ann.type("\n")
    house.wait(14)
    ann.take()
    house.wait(2)  # 46 s after Eve's last line
    assert eve.take().endswith("Still there? Type anything within 15 s to stay.\n")
    assert ann.take() == ""
    house.wait(13)
    assert eve.take() == ""
    house.wait(2)
    assert eve.take() == "Eve timeout exit already!\n"
    assert eve.closed
    assert ann.take() == "Eve timeout exit already!\n"
    house.wait(15)
    assert ann.take() == "Still there? Type anything within 15 s to stay.\n"
    ann.type("here\n")
    house.wait(44)
    assert ann.take() == "Ann: here\n"
    assert not ann.closed


@pytest.mark.parametrize("typed", ["\n", "x", "/help\n", "who\n", "/fly\n", "\xff", "hi\n"])
def test_any_input_resets_the_idle_clock(typed: str) -> None:
    house = House(idle=60)
    ann = house.gateway().arrive("Ann")
    for _ in range(5):
        house.wait(40)
        ann.type(typed)
    assert "Still there?" not in ann.take()
    house.wait(46)
    assert "Still there?" in ann.take()


def test_lines_that_wait_their_turn_are_no_idling() -> None:
    house = House(idle=60)
    ann = house.gateway(rate=0.02).arrive("Ann")
    ann.type("".join(f"{number}\n" for number in range(30)))
    house.wait(500)
    assert "timeout" not in ann.text


# ---- too fast


def test_who_is_too_fast_waits_and_is_told_once() -> None:
    house = House()
    door = house.gateway(rate=10)
    ann, bob = door.arrive("Ann"), door.arrive()
    ann.take()
    bob.type("".join(f"{number}\n" for number in range(100)))
    assert bob.text.count(TOO_FAST) == 1
    assert len(ann.take().splitlines()) == BURST
    house.wait(1.01)
    assert len(ann.take().splitlines()) == 10
    ann.type("nobody else waits\n")
    assert ann.take() == "Ann: nobody else waits\n"
    house.wait(7.5)
    assert ann.take().splitlines()[-1] == f"{bob.address}: 99"
    assert bob.is_read()
    assert bob.text.count(TOO_FAST) == 1


def test_who_floods_is_not_read_until_the_flood_is_over() -> None:
    house = House()
    bob = house.gateway(rate=10).arrive()
    bob.type("x\n" * (BURST + LINES_WAITING - 1))
    assert bob.is_read()
    bob.type("x\n")
    assert not bob.is_read()
    house.wait(0.2)
    assert bob.is_read()


def test_what_was_sent_before_hanging_up_is_said_to_the_last_line() -> None:
    house = House()
    door = house.gateway(rate=10)
    ann, bob = door.arrive("Ann"), door.arrive("Bob")
    ann.take()
    bob.send("".join(f"{number}\n" for number in range(100)))
    bob.hang_up()
    house.wait(9)
    assert ann.take().splitlines() == [*(f"Bob: {n}" for n in range(100)), "Bob exit already!"]


def test_an_episode_lasts_until_a_whole_burst_is_free_again() -> None:
    house = House()
    ann = house.gateway(rate=10).arrive("Ann")
    house.wait(10)
    for _ in range(300):
        ann.type("steadily\n")
        house.wait(0.08)
    house.wait(30)
    assert ann.text.count("steadily") == 300
    assert ann.text.count(TOO_FAST) == 1
    ann.type("x\n" * (BURST + 1))
    assert ann.text.count(TOO_FAST) == 2


def test_no_rate_is_no_limit() -> None:
    house = House()
    ann = house.gateway(rate=0).arrive("Ann")
    ann.type("".join(f"{number}\n" for number in range(5000)))
    assert ann.take() == "".join(f"Ann: {number}\n" for number in range(5000))
    assert ann.is_read()


def test_without_a_broker_the_socket_is_read_up_to_a_bound() -> None:
    house = House()
    ann = house.gateway(rate=0).arrive("Ann")
    house.kill()
    ann.type("x\n" * 5000)
    assert not ann.is_read()
    house.start()
    house.wait(10)
    assert ann.is_read()
    assert ann.text.count("Ann: x\n") == 5000


def test_long_lines_that_wait_are_bounded_by_their_characters() -> None:
    house = House(idle=0)
    ann, bob = (house.gateway(rate=1).arrive(name) for name in ("Ann", "Bob"))
    lines, line = 0, "é" * 2000 + "\n"
    while bob.is_read():
        bob.type(line)
        lines += 1
        assert lines < LINES_WAITING // 2, "held without a bound"
    bob.type("/quit\n")
    house.wait(lines)
    assert bob.closed
    assert ann.text.count(f"Bob: {line}") == lines


# ---- what one person types and another sees


CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u206f]")
HOSTILE = [
    "\x1b[2J\x1b[H",
    "\x1b]0;title\x07",
    "\x9b31m",
    "\x90q\x9c",
    "\x07\x08\x0c\x0b",
    "a\x7fb",
    "\u202etxt.exe",
    "\u2066\u2069\u200f",
    "\x1b",
    "\x1b(0",
    "\ufeff\U000e0041",
    "ok\rDuke: fake",
    "ok\u2028Duke: fake",
    "ok\x85Duke: fake",
    "ok\x0bDuke: fake",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("form", ["{}", "/me {}", "/nick {}", "//{}", "/{}", "/help {}"])
def test_nothing_that_is_typed_drives_a_terminal(form: str, text: str) -> None:
    house = House()
    door = house.gateway()
    ann, eve = door.arrive("Ann"), door.arrive("Eve")
    ann.take()
    eve.type(form.format(text) + "\nend\n")
    for screen in (ann, eve):
        seen = screen.take()
        assert seen.split("\n")[-2].endswith(": end")
        assert not CONTROLS.search(seen)
        assert not re.search("^Duke: ", seen, re.MULTILINE)
    late = door.connect()
    house.wait(1)
    assert not CONTROLS.search(late.text)
    assert not re.search("^(-- [0-9:+]+ )?Duke: ", late.text, re.MULTILINE)


# ---- the broker goes and comes back


def test_the_broker_comes_back() -> None:
    house = House()
    door = house.gateway()
    ann, bob = door.arrive("Ann"), door.arrive("Bob")
    ann.take()
    house.kill()
    assert ann.take() == WAITING
    house.wait(3)
    ann.type("typed meanwhile\n")
    assert ann.take() == ""
    late = door.connect()
    house.wait(1)
    assert late.take() == WAITING
    house.start()
    house.wait(10)
    seen = sorted([BACK, "Ann: typed meanwhile\n", login(late)])
    assert sorted(ann.take().splitlines(keepends=True)) == seen
    assert bob.take().count("Ann: typed meanwhile\n") == 1
    assert late.take().startswith(f"{BACK}welcome {late.address}\n")


def test_an_unacknowledged_line_is_said_once() -> None:
    house = House()
    door = house.gateway()
    ann = door.arrive("Ann")
    door.holds_replies = door.holds_broadcasts = True
    ann.type("once\n")
    house.kill()
    door.holds_replies = door.holds_broadcasts = False
    house.start()
    house.wait(10)
    assert ann.take().count("Ann: once\n") == 1


def test_a_session_that_was_lost_meanwhile_comes_in_again() -> None:
    house = House(grace=30)
    here = house.gateway()
    ann = here.arrive("Ann")
    house.kill()
    ann.type("typed meanwhile\n")
    house.start()
    # The broker is there, but this gateway does not reach it.
    house.is_up = True
    here.link._connection.retry_at = house.now + 60
    house.wait(61)
    text = ann.take()
    assert "-- you were away too long and had left; you are in again.\n" in text
    assert text.endswith(f"[{ann.address}]:[Ann] ===> login!!\nAnn: typed meanwhile\n")
    assert HINT not in text


def test_another_journal() -> None:
    house = House()
    door = house.gateway()
    ann, bob = door.arrive("Ann"), door.arrive("Bob")
    for _ in range(10):
        ann.type("hello\n")
    ann.take()
    bob.take()
    house.kill()
    house.start_with_new_journal()
    house.wait(10)
    text = ann.take()
    assert text.startswith(f"{WAITING}{BACK}")
    assert "-- the broker came back with another history; messages may be missing.\n" in text
    assert f"[{ann.address}]:[Ann] ===> login!!\n" in text
    ann.type("hi\n")
    assert ann.take() == "Ann: hi\n"
    assert bob.take().endswith("Ann: hi\n")
    bob.type("/quit\n")
    assert ann.take() == "Bob exit already!\n"


def test_in_another_journal_the_last_to_come_sees_as_much_as_the_first() -> None:
    house = House()
    door = house.gateway(rate=0)
    ann = door.arrive("Ann")
    ann.type("hello\n" * 100)
    bob = door.arrive("Bob")
    house.kill()
    house.start_with_new_journal()
    house.wait(10)
    bob.take()
    ann.type("hi\n")
    assert bob.take() == "Ann: hi\n"
    bob.type("hi\nquit\n")
    assert bob.take() == "Bob: hi\n"
    assert bob.closed


def test_a_session_that_ends_while_lines_wait_disturbs_nobody() -> None:
    """The link forgets the session before the door has read all notices of that turn."""
    house = House(idle=10)
    here, there = house.gateway(rate=0), house.gateway()
    bob, other = here.arrive("Bob"), here.arrive("Other")
    ann = there.arrive("Ann")
    house.wait(1)
    here.holds_replies = here.holds_broadcasts = True
    bob.type("one\n")
    house.wait(6)
    ann.take()
    ann.type("hi\n")
    other.type("\n")
    house.wait(4.5)
    assert ann.take() == "Ann: hi\nBob timeout exit already!\n"
    bob.send("x\n" * 3000)
    other.send("back\n")
    house.kill()
    here.holds_replies = here.holds_broadcasts = False
    house.start()
    house.wait(5)
    assert bob.closed
    assert not other.closed
    assert ann.take() == f"{WAITING}{BACK}Other: back\n"
