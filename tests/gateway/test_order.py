"""What is typed in one go on the nc door: what is about the lines before it waits for them."""

from __future__ import annotations

import pytest

from gateway.person import LAST_WORDS_WITHIN_S
from gateway.rate import BURST
from protocol.commands import Say, Tell
from protocol.events import Left, Said
from protocol.questions import Found, Kind, Search
from tests.gateway.inmemory import GatewaySide, House, Screen
from tests.gateway.scripted import AT, Booth

NOWHERE = "-- what you type goes nowhere now: /focus #lobby talks there."
NO_ROOM = "You talk in no room: /join #lobby, /focus one of yours, or wait a moment."
NO_TALK = "There is no conversation with gus yet: /msg gus TEXT begins one."
IN_TALK = "-- you talk with Gus in private now."


class Burst:
    """People of one door, and what each reads of what one types in one go."""

    def __init__(self, *names: str) -> None:
        self.house = House(idle=0)
        self.door: GatewaySide = self.house.gateway()
        self.people: dict[str, Screen] = {}
        for name in names:
            self.people[name] = self.door.arrive(name)
        self.forget()

    def forget(self) -> None:
        """Forget what everybody read."""
        self.house.wait(10)
        for screen in self.people.values():
            screen.take()

    def type(self, who: str, *lines: str) -> None:
        """Let ``who`` type lines in one go."""
        self.people[who].type("".join(f"{line}\n" for line in lines))

    def read(self, who: str) -> list[str]:
        """Return what ``who`` read since the last call."""
        return self.people[who].take().splitlines()


# ---- /focus NAME


@pytest.mark.parametrize("is_away", [False, True])
def test_what_follows_a_focus_is_said_in_the_conversation_begun_before_it(is_away: bool) -> None:
    burst = Burst("Fay", "Gus", "Eve")
    if is_away:
        burst.house.kill()
    burst.type("Fay", "/msg Gus q1", "/focus gus", "q2")
    if is_away:
        burst.house.start()
        burst.house.wait(10)
    told = burst.read("Fay")
    assert IN_TALK in told
    assert told[-1] == "[private to Gus] Fay: q2"
    assert burst.read("Gus")[-2:] == ["[private] Fay: q1", "[private] Fay: q2"]
    assert not any("q2" in line for line in burst.read("Eve"))


@pytest.mark.parametrize("before", [(), ("/msg Gus q1",)])
def test_what_follows_a_focus_on_nobody_is_said_nowhere(before: tuple[str, ...]) -> None:
    burst = Burst("Fay", "Eve")
    burst.type("Fay", *before, "/focus gus", "q2")
    assert burst.read("Fay")[len(before) :] == [NO_TALK, NOWHERE, NO_ROOM]
    assert burst.read("Eve") == []


def test_a_room_that_is_typed_with_its_sign_is_no_person() -> None:
    burst = Burst("Fay", "Gus")
    burst.type("Fay", "/msg Gus q1")
    burst.forget()
    burst.type("Fay", "/focus #gus")
    assert burst.read("Fay") == ["You are not in #gus: join it first."]


def test_a_focus_waits_no_longer_than_own_acts_may_take_to_be_seen() -> None:
    booth = Booth()
    booth.arrive("P1")
    booth.type(1, "/msg p2 psst\n/focus p2\nmore\n")
    assert booth.wanted(1) == [Tell("p2", "psst")]
    booth.settle(1)
    assert booth.seen(1) == ""  # the conversation may still come
    booth.wait(LAST_WORDS_WITHIN_S)
    assert booth.wanted(1) == []
    assert booth.seen(1).startswith("There is no conversation with p2 yet")
    booth.type(1, "/focus p2\n")
    assert booth.seen(1).startswith("There is no conversation with p2 yet")


def test_a_focus_prefers_who_bears_the_name_now_and_else_the_last_one() -> None:
    burst = Burst("Tia", "Uwe")
    burst.type("Tia", "/msg Uwe one")
    burst.people["Uwe"].hang_up()
    burst.people["Uwe"] = burst.door.arrive("Uwe")
    burst.forget()
    burst.type("Tia", "/msg Uwe two", "/focus uwe", "three")
    assert burst.read("Uwe") == ["[private] Tia: two", "[private] Tia: three"]
    burst.people["Uwe"].hang_up()
    burst.forget()
    burst.type("Tia", "/focus lobby", "/focus uwe", "four")
    assert burst.read("Tia")[1:] == [
        "-- you talk with Uwe in private now.",
        "There is nobody called Uwe here: /who lists who is.",
    ]


def test_a_focus_prefers_who_has_not_gone_whatever_was_heard_last() -> None:
    booth = Booth()
    booth.arrive("P1")
    for other in ("p2", "p3"):
        talk = {"kind": Kind.TALK, "other": other, "other_name": "Uwe"}
        booth.enter(1, f"@p1:{other}", **talk)
    for gone in ("p2", "p3"):
        booth.happen(f"@p1:{gone}", Left(0, AT, gone, "Uwe", 1, "quit"))
        booth.type(1, "/focus lobby\n/focus uwe\nhi\n")
        assert booth.wanted(1) == [Say("@p1:p3", "hi")]
        booth.settle(1)
        booth.happen("@p1:p3", Said(0, AT, "p1", "P1", 1, "hi"))


# ---- /join and /leave


def test_what_follows_a_join_is_said_there_though_the_room_was_just_left() -> None:
    burst = Burst("Fay", "Gus", "Eve")
    burst.type("Gus", "/join #den")
    burst.type("Fay", "/join #den", "/focus lobby")
    burst.forget()
    burst.type("Fay", "/leave #den", "/join #den", "for the den")
    assert burst.read("Gus")[-1] == "Fay: for the den"
    assert burst.read("Eve") == []


def test_a_leave_that_is_refused_does_not_let_lines_overtake_the_join_after_it() -> None:
    burst = Burst("Fay", "Gus", "Eve")
    burst.type("Gus", "/join #den")
    burst.forget()
    burst.type("Fay", "/leave #den", "/join #den", "for the den")
    assert burst.read("Gus") == ["Fay came in", "Fay: for the den"]
    assert burst.read("Eve") == []


@pytest.mark.parametrize("is_in", [False, True])
def test_what_was_meant_for_a_private_room_is_not_said_in_a_public_one(is_in: bool) -> None:
    burst = Burst("Fay", "Gus")
    burst.type("Gus", "/join #den")
    if is_in:
        burst.type("Fay", "/join #den", "/focus lobby")
        burst.forget()
    burst.type("Fay", "/join #den --private", "secret")
    assert burst.read("Fay")[1:] == [
        "#den was there before, and is public: everybody can read it.",
        "-- what you type goes nowhere now: /focus #den talks there.",
        NO_ROOM,
    ]
    assert not any("secret" in line for line in burst.read("Gus"))
    burst.type("Fay", "/join #own --private", "secret")
    assert burst.read("Fay")[-1] == "Fay: secret"


def test_what_shows_in_no_room_is_answered_all_the_same() -> None:
    burst = Burst("Fay", "Gus")
    burst.type("Fay", "/leave")
    burst.forget()
    burst.type("Fay", "/nick Gus", "/nick Fi", "/away tea", "/back", "/back")
    assert burst.read("Fay") == [
        "The name Gus is taken: choose another.",
        "rename successfully!", "-- done.", "-- done.", "You are not away.",
    ]  # fmt: skip
    assert burst.read("Gus") == []


@pytest.mark.parametrize("line", ["/search x in:#a(b)", "/leave #a(b)", "/invite Eve #a(b)"])
def test_a_command_about_another_room_that_cannot_be_leaves_the_focus(line: str) -> None:
    burst = Burst("Fay", "Eve")
    burst.type("Fay", line, "hello")
    assert burst.read("Fay")[1:] == ["Fay: hello"]
    assert burst.read("Eve") == ["Fay: hello"]


# ---- questions


def test_questions_are_about_what_the_lines_before_them_did() -> None:
    burst = Burst("Fay", "Gus")
    burst.type(
        "Fay", "/join #f1", "line1", "/history 1", "/nick Fay2", "/whois Fay2", "/ban Gus", "/bans",
        "/topic tea", "/topic", "/ignore gus", "/ignore", "/who", "/modlog", "/rooms",
    )  # fmt: skip
    told = burst.read("Fay")
    for line in (
        "-- 16:53+08 Fay: line1", "banned: Gus (by Fay2)", "#f1 is about: tea", "You ignore: Gus",
        "-- 16:53+08 Fay2 banned Gus", "#f1, people: 1, you are in it: tea",
    ):  # fmt: skip
        assert line in told
    assert sum("username:Fay2" in line for line in told) == 2
    assert told.index("You see nothing of Gus any more.") < told.index("You ignore: Gus")


def test_a_question_waits_for_a_broker_that_is_away() -> None:
    burst = Burst("Fay")
    burst.house.kill()
    burst.type("Fay", "hi", "/history 1")
    burst.house.start()
    burst.house.wait(10)
    assert "-- 16:53+08 Fay: hi" in burst.read("Fay")


def test_a_question_does_not_wait_for_what_is_refused() -> None:
    booth = Booth()
    booth.arrive("P1")
    booth.type(1, "/nick P2\n/rooms\nhi\n")
    assert booth.link.questions == {}
    booth.refuse(1, "name_taken", name="P2")
    assert len(booth.link.questions) == 1
    assert booth.wanted(1) == [Say("lobby", "hi")]


def test_a_line_that_waits_counts_once() -> None:
    house = House(idle=0)
    ann = house.gateway(rate=1).arrive()
    ann.type("hi\n" * (BURST - 1) + "/rooms\n")
    assert ann.take().splitlines()[-1] == "#lobby, people: 1, you are in it"
    ann.type("one more\n")
    assert ann.take() == "That was fast: your lines wait their turn, and none is lost.\n"


def test_who_sends_no_more_leaves_after_the_questions_that_wait() -> None:
    house = House(idle=0)
    door = house.gateway()
    door.holds_replies = True
    pipe = door.connect()
    pipe.send("/nick Pip\n/whois Pip")
    pipe.half_close()
    assert not pipe.closed
    door.holds_replies = False
    house.wait(LAST_WORDS_WITHIN_S)
    assert "username:Pip, id:" in pipe.text
    assert pipe.closed


# ---- conversations that are entered again


def test_a_conversation_that_was_left_does_not_show_its_last_lines_twice() -> None:
    burst = Burst("Fay", "Gus")
    burst.type("Gus", "/msg Fay have you a minute?")
    burst.type("Fay", "/focus gus", "yes", "/leave")
    burst.forget()
    burst.type("Fay", "/reply again?")
    assert burst.read("Fay") == ["[private to Gus] Fay: again?"]
    assert burst.read("Gus")[-1] == "[private] Fay: again?"


def test_a_search_waits_for_the_one_before_it() -> None:
    booth = Booth()
    booth.arrive("P1")
    booth.type(1, "/search one\n/search two\n")
    assert [question for _, question in booth.link.questions.values()] == [Search("one")]
    booth.answer(Found())
    assert [question for _, question in booth.link.questions.values()] == [Search("two")]
