"""An evening on the nc door, against the real core: what each line makes people read."""

from __future__ import annotations

import re

import pytest

from protocol.limits import Limits
from tests.gateway.inmemory import HINT, GatewaySide, House, Screen

FAST = "That was too fast: it is tried again by itself.\n"


class Evening:
    """People by name on one door, and the one who speaks."""

    def __init__(self, *names: str, house: House | None = None) -> None:
        self.house = house or House()
        self.door: GatewaySide = self.house.gateway(rate=0)
        self.people = {name: self.door.arrive(name) for name in names}
        self.house.wait(1)
        for screen in self.people.values():
            screen.take()

    def when(self, who: str, line: str, **reads: str) -> None:
        """Let ``who`` type a line; each person reads so many lines, and the others nothing."""
        self.people[who].type(f"{line}\n")
        self.house.wait(0.3)
        seen = {name: screen.take() for name, screen in self.people.items()}
        assert {name: text for name, text in seen.items() if text} == {
            name: f"{lines}\n" for name, lines in reads.items()
        }


def test_rooms() -> None:
    evening = Evening("Ann", "Bob", "Eve")
    evening.when("Ann", "/join #Dev", Ann="-- you talk in #dev now; people here: 1.")
    evening.when("Ann", "hi", Ann="Ann: hi")
    evening.when("Ann", "/topic bugs", Ann="Ann set the subject: bugs")
    evening.when("Bob", "/rooms", Bob="#dev, people: 1: bugs\n#lobby, people: 3, you are in it")
    evening.when(
        "Bob", "/join dev",
        Ann="Bob came in",
        Bob="-- you talk in #dev now; people here: 2.\n#dev is about: bugs\n-- 16:53+08 Ann: hi",
    )  # fmt: skip
    evening.when("Eve", "x", Ann="#lobby Eve: x", Bob="#lobby Eve: x", Eve="Eve: x")
    evening.when("Ann", "/focus lobby", Ann="-- you talk in #lobby now.")
    evening.when("Bob", "y", Ann="#dev Bob: y", Bob="Bob: y")
    duke = "Bob is now Duke"
    evening.when("Bob", "/nick Duke", Ann=duke, Bob="rename successfully!", Eve=duke)
    evening.when(
        "Bob", "/leave",
        Ann="#dev Duke left",
        Bob="-- you are in #dev no more.\n-- you talk in #lobby now.",
    )  # fmt: skip
    evening.when("Bob", "/quit", Ann="Duke exit already!", Eve="Duke exit already!")


def test_private_rooms() -> None:
    evening = Evening("Ann", "Bob", "Eve")
    evening.when("Ann", "/join #sec --private", Ann="-- you talk in #sec now; people here: 1.")
    evening.when(
        "Eve", "/join #sec", Eve="The room #sec is private: somebody in it must invite you."
    )
    evening.when("Eve", "/rooms", Eve="#lobby, people: 3, you are in it")
    evening.when(
        "Ann", "/invite Bob", Ann="Ann invited Bob", Bob="-- Ann invites you: /join #sec enters."
    )
    evening.when(
        "Bob", "/rooms",
        Bob="#lobby, people: 3, you are in it\n#sec, people: 1, private, you are invited",
    )  # fmt: skip
    evening.when(
        "Bob", "/join #sec",
        Ann="Bob came in", Bob="-- you talk in #sec now; people here: 2.",
    )  # fmt: skip
    evening.when("Ann", "psst", Ann="Ann: psst", Bob="Ann: psst")


def test_private_talk() -> None:
    evening = Evening("Ann", "Bob", "Eve")
    evening.when("Ann", "/msg bob hi", Ann="[private to Bob] Ann: hi", Bob="[private] Ann: hi")
    evening.when("Bob", "/r yes?", Ann="[private] Bob: yes?", Bob="[private to Ann] Bob: yes?")
    evening.when("Ann", "/focus Bob", Ann="-- you talk with Bob in private now.")
    evening.when("Ann", "so", Ann="[private to Bob] Ann: so", Bob="[private] Ann: so")
    evening.when(
        "Ann", "/edit well",
        Ann="[private to Bob] Ann edited: well", Bob="[private] Ann edited: well",
    )  # fmt: skip
    evening.when(
        "Ann", "/history 2",
        Ann="-- 16:53+08 [private] Bob: yes?\n-- 16:53+08 [private] Ann: well (edited)",
    )  # fmt: skip
    evening.when("Bob", "/quit", Ann="Bob exit already!", Eve="Bob exit already!")
    evening.when(
        "Ann", "/msg Bob still?", Ann="There is nobody called Bob here: /who lists who is."
    )


def test_people() -> None:
    evening = Evening("Ann", "Bob")
    away = "Bob is away: lunch"
    ids = {name: screen.address for name, screen in evening.people.items()}
    evening.when("Bob", "/away lunch", Ann=away, Bob=away)
    evening.when(
        "Ann", "who",
        Ann=f"userid:{ids['Ann']}, username:Ann\nuserid:{ids['Bob']}, username:Bob (away: lunch)",
    )  # fmt: skip
    evening.people["Ann"].type("/whois bob\n")
    assert re.fullmatch(
        rf"userid:{ids['Bob']}, username:Bob, id:[0-9a-f]{{16}}\n"
        r"  here since 16:53\+08 by nc, idle for \d+s\n  rooms that you share: #lobby\n"
        r"  away: lunch\n",
        evening.people["Ann"].take(),
    )
    evening.when("Bob", "/back", Ann="Bob is back", Bob="Bob is back")
    evening.when("Ann", "/ignore bob", Ann="You see nothing of Bob any more.")
    evening.when("Bob", "hello", Bob="Bob: hello")
    evening.when("Bob", "/msg Ann hello", Bob="[private to Ann] Bob: hello")
    evening.when("Ann", "/history", Ann="All of that was said by people whom you ignore.")
    evening.when("Ann", "/unignore Bob", Ann="You see Bob again.")
    evening.when("Ann", "/history", Ann="-- 16:53+08 Bob: hello")


def test_words() -> None:
    evening = Evening("Ann", "Bob")
    for line, read in (
        ("helo", "Ann: helo"),
        ("/edit hello", "Ann edited: hello"),
        ("/delete", "Ann deleted a message"),
    ):
        evening.when("Ann", line, Ann=read, Bob=read)
    evening.when("Bob", "/history", Bob="-- 16:53+08 Ann: (deleted)")
    evening.when("Bob", "/history since 1h", Bob="-- 16:53+08 Ann: (deleted)")
    evening.when(
        "Bob", "/search hello", Bob="Searching is not possible just now: try again shortly."
    )


def test_who_is_ignored_is_seen_again_by_the_name_that_they_bear_now() -> None:
    door = House().gateway()
    ann, bob = door.arrive("Ann"), door.arrive("Bob")
    ann.type("/ignore Bob\n")
    bob.type("/nick Duke\nhidden\n")
    ann.take()
    ann.type("/unignore Duke\n")
    bob.type("seen\n")
    assert ann.take() == "You see Bob again.\nDuke: seen\n"


def test_what_operators_do() -> None:
    evening = Evening("Ann", "Bob")
    evening.people["Ann"].type("/join #dev\n")
    evening.people["Bob"].type("/join #dev\n")
    for screen in evening.people.values():
        screen.take()

    def both(line: str, read: str) -> None:
        evening.when("Ann", line, Ann=read, Bob=read)

    both("/mute Bob 10m noise", "Ann muted Bob until 17:04+08: noise")
    evening.when(
        "Bob", "hey", Bob="You are muted in #dev until 17:04+08: you can read, but not speak."
    )
    both("/unmute Bob", "Ann let Bob speak again")
    both("/slow 1m", "Ann set slow mode: one message each 1m")
    evening.when("Bob", "one", Ann="Bob: one", Bob="Bob: one")
    evening.people["Bob"].type("two\n")
    slow = r"#dev is in slow mode: you can speak again in \d+ s\.\n"
    assert re.fullmatch(slow, evening.people["Bob"].take())
    both("/delete Bob", "Ann deleted a message of Bob")
    both("/op Bob", "Ann made Bob an operator")
    both("/deop Bob", "Ann took the operator's role from Bob")
    gone = (
        "-- you are in #dev no more.\n-- what you type goes nowhere now: /focus #lobby talks there."
    )
    evening.when(
        "Ann", "/kick Bob spam", Ann="Ann put Bob out: spam", Bob=f"Ann put Bob out: spam\n{gone}"
    )  # fmt: skip
    evening.people["Bob"].type("/join #dev\n")
    evening.people["Bob"].take()
    evening.people["Ann"].take()
    ban = "Ann banned Bob until 18:54+08: spam"
    evening.when("Ann", "/ban Bob 2h spam", Ann=ban, Bob=f"{ban}\n{gone}")
    evening.when("Ann", "/bans", Ann="banned: Bob until 18:54+08: spam (by Ann)")
    evening.when("Bob", "/join #dev", Bob="You are banned from #dev until 18:54+08: spam.")
    evening.when("Ann", "/unban Bob", Ann="Ann took the ban on Bob back")
    evening.when(
        "Ann", "/modlog 2",
        Ann="-- 16:53+08 Ann banned Bob until 18:54+08: spam\n"
        "-- 16:53+08 Ann took the ban on Bob back",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/join #a|b", "A room cannot be called #a|b: "),
        ("/leave #nowhere", "There is no room #nowhere."),
        ("/focus #nowhere", "You are not in #nowhere: join it first."),
        ("/msg Nobody hi", "There is nobody called Nobody here: /who lists who is."),
        ("/msg Ann hi", "That is you yourself: name somebody else."),
        ("/whois Nobody", "There is nobody called Nobody here: /who lists who is."),
        ("/back", "You are not away."),
        ("/unignore Bob", "You do not ignore Bob."),
        ("/edit new", "There is no last message here"),
        ("/delete", "There is no last message here"),
        ("/kick Bob", "Only an operator may do that."),
        ("/bans", "Only an operator may do that."),
        ("/mute Bob 10min", "10min is no time: "),
        ("/announce x", "Only an operator of the whole broker may do that."),
        ("/topic " + "x" * 401, "That subject is longer than 400 characters: shorten it."),
        ("/away " + "x" * 201, "That reason is longer than 200 characters: shorten it."),
        ("/search " + "x" * 201, "That search is longer than 200 characters: shorten it."),
        ("/search !", "There is nothing to search for: "),
        ("/history since never", "That is no time: "),
        ("/history x", "Use it like this: /history [N | since TIME]"),
        ("/join", "Use it like this: /join #ROOM [--private]"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(line: str, told: str) -> None:
    evening = Evening("Ann", "Bob")
    ann = evening.people["Ann"]
    ann.type(f"{line}\n")
    seen = ann.take()
    assert seen.startswith(told)
    assert seen.count("\n") == 1
    evening.when("Ann", "here", Ann="Ann: here", Bob="Ann: here")


def test_the_message_of_the_day_is_shown_once_at_login() -> None:
    house = House(motd="Be kind.\nBackups at \x1b[2Jnoon.\n")
    ann = house.gateway().connect()
    house.wait(1)
    assert ann.text.startswith(f"welcome {ann.address}\nBe kind.\nBackups at noon.\n{HINT}")
    house.kill()
    house.start()
    house.wait(10)
    assert ann.text.count("Be kind.") == 1


def test_who_is_too_fast_for_the_broker_loses_nothing() -> None:
    house = House(idle=0, limits=Limits(renames_per_minute=2, sessions_per_address=0))
    evening = Evening("Ann", "Bob", house=house)
    evening.people["Bob"].type("/nick B1\n/nick B2\nhere\n")
    assert evening.people["Bob"].take().count("\n") == 2
    house.wait(61)
    assert evening.people["Ann"].take().endswith("Bob is now B1\nB1 is now B2\nB2: here\n")


def test_what_is_typed_before_hanging_up_is_done_in_the_rooms_it_was_meant_for() -> None:
    evening = Evening("Ann")
    evening.people["Ann"].type("/join #dev\n")
    pipe = evening.door.connect()
    pipe.send("/join #dev\nhi\n/rooms\n/msg Ann psst\n/leave\nback\n/whois Ann\n/bans")
    pipe.half_close()
    evening.house.wait(3)
    assert pipe.closed
    name = pipe.address
    for line in (
        f"{name}: hi", "#dev, people: 2, you are in it", f"[private to Ann] {name}: psst",
        "-- you are in #dev no more.", f"{name}: back", "Only an operator may do that.",
    ):  # fmt: skip
        assert f"{line}\n" in pipe.text
    assert "username:Ann" in pipe.text
    seen = evening.people["Ann"].take()
    in_dev = [f"{name} came in", f"{name}: hi", f"{name} left", f"{name} exit already!"]
    assert [line for line in seen.splitlines() if line.startswith(name)] == in_dev
    assert f"[private] {name}: psst\n" in seen
    assert f"#lobby {name}: back\n" in seen


def test_both_doors_of_a_crowd_gather() -> None:
    house = House(idle=0)
    doors = [house.gateway(rate=0) for _ in range(2)]
    crowd: list[Screen] = []
    for _ in range(60):
        crowd += [door.connect() for door in doors]
    house.wait(2)
    for screen in crowd:
        screen.take()
    late = [door.connect() for door in doors for _ in range(5)]
    house.wait(2)
    assert {screen.take() for screen in crowd} == {"10 people came\n"}
    assert all(screen.text.count("===> login!!") <= 2 for screen in late)
    for screen in late:
        screen.hang_up()
    house.wait(2)
    assert {screen.take() for screen in crowd} == {"10 people left\n"}
