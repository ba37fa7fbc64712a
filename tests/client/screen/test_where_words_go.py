"""Nothing that is typed is said in another room than the person means, however fast they type."""

from __future__ import annotations

import pytest

from client.notices import RoomClosed, RoomEntered, RoomLeft
from client.screen.keymap import Action
from client.screen.prompts import Paste
from protocol.commands import Say, Tell
from protocol.events import Joined, Kicked, Left
from protocol.messages import Entered
from protocol.questions import Kind
from tests.client.screen.alone import JOURNAL, OWN, Alone
from tests.client.screen.screens import Screen, ScreenLoop

TALK = "@a:bob"


@pytest.fixture
def loop() -> ScreenLoop:
    return ScreenLoop()


@pytest.fixture
def ann(loop: ScreenLoop) -> Screen:
    return loop.arrive("ann")


def is_kept(loop: ScreenLoop, room: str, text: str) -> bool:
    """Return whether the broker has something in a room."""
    head = loop.core.state.rooms[room].head
    page = loop.journal.page(room, 1, head, 10_000, 10_000_000)
    return any(text in str(event) for event in page.events)


# ---- after a join


def test_a_secret_that_follows_a_join_is_said_in_no_other_room(
    loop: ScreenLoop, ann: Screen
) -> None:
    ann.enter("/join #den --private")
    ann.enter("a secret")
    loop.settle()
    assert not is_kept(loop, "lobby", "a secret")
    assert is_kept(loop, "den", "a secret")
    assert ann.model.focus == "den"
    assert loop.core.state.rooms["den"].kind is Kind.PRIVATE


def test_a_secret_for_a_room_that_one_is_not_let_into_comes_back(
    loop: ScreenLoop, ann: Screen
) -> None:
    loop.arrive("bob").send("/join #den --private")
    ann.enter("/join #den")
    ann.enter("a secret")
    loop.settle()
    assert not any(is_kept(loop, room, "a secret") for room in loop.core.state.rooms)
    assert (ann.model.focus, ann.status.split(" · ")[:2]) == (
        "den",
        ["not in this room", "1 refused: Alt-R takes it back"],
    )
    ann.press(Action.TAKE_BACK)
    assert ann.input == "a secret"
    ann.enter()
    assert ann.input == "a secret"
    assert "You are not in #den" in ann.shown


def test_a_room_that_one_is_not_let_into_goes_where_nothing_was_typed_for_it(
    loop: ScreenLoop, ann: Screen
) -> None:
    loop.arrive("bob").send("/join #den --private")
    ann.send("/join #den")
    assert ann.model.focus == "lobby"
    assert [row.split()[1] for row in ann.rooms] == ["#lobby"]
    assert "The room #den is private" in ann.shown


def test_who_is_still_banned_stays_where_they_are(loop: ScreenLoop, ann: Screen) -> None:
    bob = loop.arrive("bob")
    bob.send("/join #den")
    ann.send("/join #den")
    bob.send("/ban ann")
    assert ann.model.focus == "den"
    ann.send("/join #den")
    assert ann.model.focus == "den"
    assert "You are banned from #den" in ann.shown
    ann.send("/focus #lobby")
    ann.send("/join #den")
    assert ann.model.focus == "lobby"
    assert "You are banned from #den" in ann.shown


def test_a_room_that_was_wanted_private_is_so_whenever_the_client_is_killed(
    loop: ScreenLoop, ann: Screen
) -> None:
    ann.cut(noticed=True)
    ann.enter("/join #den --private")
    ann.enter("a secret")
    home = ann.home
    ann.die()
    loop.wait(100.0)
    again = loop.screen("ann", home=home)
    loop.settle()
    assert loop.core.state.rooms["den"].kind is Kind.PRIVATE
    assert not is_kept(loop, "lobby", "a secret")
    assert again.model.focus == "den"
    assert "a secret" in again.shown


def test_who_wanted_a_private_room_learns_that_it_is_public(loop: ScreenLoop, ann: Screen) -> None:
    loop.arrive("bob").send("/join #den")
    ann.send("/join #den --private")
    assert "#den was there before, and is public" in ann.shown


def test_a_join_before_the_broker_is_there_is_not_forgotten(loop: ScreenLoop) -> None:
    loop.kill()
    ann = loop.screen("ann")
    ann.enter("/join #den --private")
    ann.enter("a secret")
    loop.start()
    loop.wait(5.0)
    assert loop.core.state.rooms["den"].kind is Kind.PRIVATE
    assert is_kept(loop, "den", "a secret")


# ---- after a private message


def test_what_follows_the_first_private_message_is_not_said_in_the_room(
    loop: ScreenLoop, ann: Screen
) -> None:
    loop.arrive("bob")
    ann.enter("/msg bob a secret")
    ann.enter("another secret")
    assert "Not said" in ann.shown
    loop.settle()
    assert not is_kept(loop, "lobby", "secret")
    assert (ann.model.focus, ann.input) == ("lobby", "/msg bob another secret")
    assert "your conversation with bob is open" in ann.shown
    ann.enter()
    loop.settle()
    assert not is_kept(loop, "lobby", "secret")
    assert ann.model.focus.startswith("@")
    assert "another secret" in ann.shown


def test_what_waited_for_somebody_who_is_not_there_is_not_said_in_the_room(
    loop: ScreenLoop, ann: Screen
) -> None:
    ann.enter("/msg ghost hi")
    ann.enter("private words")
    loop.settle()
    assert "There is nobody called ghost here" in ann.shown
    assert ann.input == "/msg ghost private words"
    ann.send("")
    assert not is_kept(loop, "lobby", "private words")
    ann.press(Action.TAKE_BACK)
    assert ann.input == "/msg ghost private words"


@pytest.mark.parametrize("who", ["bob", "ghost"])
def test_what_is_begun_before_the_answer_is_asked_about_after_it(
    loop: ScreenLoop, ann: Screen, who: str
) -> None:
    loop.arrive("bob")
    ann.enter(f"/msg {who} hi")
    ann.write("private ")
    loop.settle()
    ann.send("words")
    assert not is_kept(loop, "lobby", "private words")
    assert ann.input == f"/msg {who} private words"


def test_what_was_meant_for_the_room_is_said_there_without_the_address(
    loop: ScreenLoop, ann: Screen
) -> None:
    loop.arrive("bob")
    ann.cut(noticed=True)
    ann.enter("/msg bob hi")
    ann.enter("hello all")
    ann.input = ""
    ann.enter("hello all")
    loop.wait(3.0)
    assert is_kept(loop, "lobby", "hello all")


def test_who_has_an_answer_talks_on_in_the_room(loop: ScreenLoop, ann: Screen) -> None:
    ann.send("/msg ghost hi")
    ann.send("nobody there")
    assert is_kept(loop, "lobby", "nobody there")


def test_a_long_paste_for_somebody_is_not_said_in_the_room() -> None:
    ann = Alone()
    ann.settle()
    ann.type("/msg bob hi")
    ann.model.take_effects()
    text = "\n".join("abcdefghij")
    assert not ann.model.pasted(text)
    ann.press(Action.PASTE_SEND)
    assert ann.submitted == [Tell("bob", "hi")]
    assert ann.model.draft.text == f"/msg bob {text}"


def test_what_waits_for_somebody_does_so_after_a_crash(loop: ScreenLoop, ann: Screen) -> None:
    loop.kill()
    ann.enter("/msg bob hi")
    ann.die()
    again = loop.screen("ann", home=ann.home)
    again.enter("private words")
    loop.start()
    loop.wait(3.0)
    assert not is_kept(loop, "lobby", "private words")
    assert again.input == "/msg bob private words"


def test_who_is_known_by_id_has_one_conversation() -> None:
    ann = Alone()
    ann.settle()
    ann.enter(TALK, Kind.TALK, other="bob-id", other_name="bob", n=0)
    ann.type("/msg bob-id psst")
    assert ann.model.focus == TALK
    assert ann.submitted == [Tell("bob-id", "psst")]
    assert "psst …" in ann.shown


# ---- after a leave, and when put out


def test_what_is_typed_after_leaving_is_said_nowhere(loop: ScreenLoop, ann: Screen) -> None:
    ann.send("/join #den")
    ann.enter("/leave")
    ann.enter("bye")
    loop.settle()
    assert not any(is_kept(loop, room, "bye") for room in loop.core.state.rooms)
    assert (ann.model.focus, ann.input) == ("den", "bye")
    ann.press(Action.CLEAR_OR_QUIT)
    ann.send("/leave")
    assert ann.model.focus == "lobby"
    assert [row.split()[1] for row in ann.rooms] == ["#lobby"]


def test_who_leaves_and_enters_at_once_is_in(loop: ScreenLoop, ann: Screen) -> None:
    ann.send("/join #den")
    ann.send("before")
    ann.enter("/leave")
    ann.enter("/join #den")
    assert ann.model.focus == "den"
    loop.wait(3.0)
    assert (ann.model.focus, ann.status.split()[0]) == ("den", "connected")
    ann.send("still here")
    assert is_kept(loop, "den", "still here")
    assert "refused" not in ann.status


def test_who_leaves_a_room_before_being_in_it_is_out(loop: ScreenLoop, ann: Screen) -> None:
    ann.enter("/join #den")
    ann.enter("/leave")
    loop.wait(3.0)
    assert [row.split()[1] for row in ann.rooms] == ["#lobby"]
    assert not loop.core.state.rooms["den"].members


def test_an_earlier_exit_that_is_read_late_puts_nobody_out_of_a_room() -> None:
    ann = Alone()
    ann.numbers["lobby"] = 6
    again = Entered(1, 2, JOURNAL, "lobby", 8, 8, 1)
    ann.hear(RoomEntered(1, "lobby", 8, again))
    ann.happens("lobby", Left(0, 0, OWN, "ann", 0, "kicked"), Joined(0, 0, OWN, "ann", 2, "ann"))
    assert ann.status.startswith("connected")
    assert ann.people == ["ann"]
    ann.settle()
    ann.type("still here")
    assert ann.submitted == [Say("lobby", "still here")]


@pytest.mark.parametrize("typed", ["my words", "/me sighs"])
def test_words_for_a_room_that_one_was_put_out_of_stay_in_the_input(typed: str) -> None:
    ann = Alone()
    ann.enter("dev")
    ann.type("/focus dev")
    ann.settle()
    out = Kicked(0, 0, "op", "Op", 1, OWN, "ann"), Left(0, 0, OWN, "ann", 0, "kicked")
    ann.happens("dev", *out)
    ann.hear(RoomLeft(1, "dev", "kicked", by="Op"), RoomClosed("dev"))
    ann.type(typed)
    assert (ann.model.focus, ann.model.draft.text, ann.submitted) == ("dev", typed, [])
    assert "You are not in #dev" in ann.shown


def test_a_long_paste_for_a_room_that_one_is_not_in_stays_in_the_input() -> None:
    ann = Alone()
    ann.settle()
    ann.hear(RoomLeft(1, "lobby", "kicked"), RoomClosed("lobby"))
    ann.model.take_effects()
    text = "\n".join("abcdefghij")
    assert Paste(text).lines == 10
    assert not ann.model.pasted(text)
    ann.press(Action.PASTE_SEND)
    assert ann.submitted == []
    assert [text for effect in ann.model.take_effects() if (text := getattr(effect, "text", ""))]


@pytest.mark.parametrize("reason", ["", "left"])  # left: the person was in very many
def test_words_for_a_conversation_that_is_over_stay_in_the_input(reason: str) -> None:
    ann = Alone()
    ann.enter(TALK, Kind.TALK, other="bob", other_name="bob", n=0)
    ann.say(TALK, "psst")
    ann.settle()
    ann.type("/focus bob")
    ann.hear(RoomLeft(1, TALK, reason), RoomClosed(TALK))
    ann.type("hello")
    assert (ann.model.draft.text, ann.submitted) == ("hello", [])
    assert "/msg bob TEXT begins it again" in ann.shown
    ann.type("/reply hello")
    assert ann.submitted == []
    assert "Nobody has written to you in private" in ann.shown


# ---- what was refused in another room


def test_what_was_refused_elsewhere_is_taken_back_where_it_was_meant_to_be_said() -> None:
    ann = Alone()
    ann.enter("den")
    ann.type("/focus #den")
    ann.type("a secret")
    ann.refuse("muted", room="den", until=0)
    ann.press(Action.LAST_ROOM)
    ann.model.draft_changed("half a line", 11)
    ann.press(Action.TAKE_BACK)
    assert (ann.model.focus, ann.model.draft.text) == ("den", "a secret")
    ann.press(Action.LAST_ROOM)
    assert (ann.model.focus, ann.model.draft.text) == ("lobby", "half a line")


def test_who_speaks_in_a_room_that_they_have_left_is_told_the_way_back() -> None:
    ann = Alone()
    ann.settle()
    ann.type("/leave")
    ann.settle()
    ann.hear(RoomLeft(1, "lobby", "left"), RoomClosed("lobby"))
    ann.type("anybody?")
    assert "You are not in #lobby: /join #lobby goes back, /rooms lists" in ann.shown
    assert ann.model.draft.text == "anybody?"
