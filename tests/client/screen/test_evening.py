"""An evening of two and three people at full screens, with the broker's real core between them."""

from __future__ import annotations

import pytest

from broker.presence import PresenceSettings
from client.screen.keymap import Action, When
from tests.client.screen.alone import Alone
from tests.client.screen.screens import Screen, ScreenLoop, styles_of


@pytest.fixture
def loop() -> ScreenLoop:
    return ScreenLoop()


def rooms(screen: Screen) -> list[list[str]]:
    return [row.split()[1:] for row in screen.rooms]


def test_rooms_are_made_found_and_left(loop: ScreenLoop) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    ann.send("/join #Tea")
    ann.send("/topic green or black?")
    bob.send("/rooms")
    assert any("#tea" in line and "green or black?" in line for line in bob.overlay)
    bob.press(Action.SELECT_NEXT, Action.ACCEPT)
    assert bob.model.focus == "tea"
    assert ann.people == ["@ann", "bob"]
    bob.send("black")
    assert "black" in ann.shown
    bob.send("/leave")
    assert rooms(bob) == [["#lobby"]]
    assert ann.people == ["@ann"]
    ann.send("/leave #tea")
    assert rooms(ann) == [["#lobby"]]


def test_private_rooms_are_for_those_who_are_invited(loop: ScreenLoop) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    ann.send("/join #plans --private")
    bob.send("/join #plans")
    assert "The room #plans is private" in bob.shown
    bob.send("/rooms")
    assert not any("plans" in line for line in bob.overlay)
    bob.press(Action.CANCEL)
    ann.send("/invite bob")
    assert "ann invites you: /join #plans enters" in bob.shown
    bob.send("/join #plans")
    assert bob.model.focus == "plans"
    ann.send("a surprise")
    assert "a surprise" in bob.shown


def test_private_talk_opens_for_both_and_goes_on(loop: ScreenLoop) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    ann.send("/msg Bob are you there?")
    assert rooms(ann) == [["#lobby"], ["bob"]]
    assert rooms(bob) == [["#lobby"], ["ann", "1!"]]
    assert ann.shown.count("are you there?") == 1
    bob.send("/reply I am")
    assert rooms(ann) == [["#lobby"], ["bob"]]
    assert "I am" in ann.shown
    ann.send("good")
    assert "good" in bob.shown
    bob.send("/nick robert")
    assert rooms(ann) == [["#lobby"], ["robert"]]
    ann.send("/msg nobody hello")
    assert "There is nobody called nobody here" in ann.shown
    ann.press(Action.TAKE_BACK)
    assert ann.input == "/msg nobody hello"


def test_a_talk_survives_a_crash_with_what_is_unread(loop: ScreenLoop) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    ann.send("/join #tea")
    bob.send("/msg ann first")
    ann.press(Action.NEXT_ACTIVE)
    loop.wait(1.0)
    home = ann.home
    ann.die()
    bob.send("second")
    again = loop.screen("ann", home=home)
    loop.settle()
    assert rooms(again) == [["#lobby"], ["#tea"], ["bob"]]
    assert again.model.title().endswith("bob - Hubbub")
    above, below = again.around_rule()
    assert any("first" in row for row in above)
    assert [row.split()[-1] for row in below] == ["second"]


def test_who_had_left_the_lobby_is_not_in_it_after_a_crash(loop: ScreenLoop) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    ann.send("/join #tea")
    ann.send("/leave #lobby")
    home = ann.home
    ann.die()
    again = loop.screen("ann", home=home)
    loop.settle()
    assert rooms(again) == [["#tea"]]
    assert bob.people == ["bob"]


@pytest.mark.parametrize("sent", [False, True])
@pytest.mark.parametrize("known", [False, True])
def test_a_private_message_is_said_once_whenever_the_client_is_killed(
    loop: ScreenLoop, sent: bool, known: bool
) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    if known:
        ann.send("/msg bob before")
    ann.enter("/msg bob just once")
    if sent:
        loop.settle()
    home = ann.home
    ann.die()
    again = loop.screen("ann", home=home)
    loop.settle()
    for screen in (again, bob):
        while screen.model.focus == "lobby":
            screen.press(Action.NEXT_ROOM)
        assert screen.shown.count("just once") == 1
    assert "refused" not in again.status


def test_away_and_back(loop: ScreenLoop) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    bob.send("/away lunch")
    assert "away: lunch" in bob.status
    rows = ann.model.people_rows(18, 5)
    assert styles_of(rows[1], "bob") == "class:person class:person.away"
    ann.send("/whois bob")
    assert any("lunch" in line for line in ann.overlay)
    ann.press(Action.CANCEL)
    bob.send("/back")
    assert "away" not in bob.status
    assert styles_of(ann.model.people_rows(18, 5)[1], "bob") == "class:person"
    bob.send("/back")
    assert "You are not away." in bob.shown


def test_words_are_changed_and_taken_back(loop: ScreenLoop) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    ann.send("helo")
    ann.send("/edit hello")
    for screen in (ann, bob):
        assert "hello (edited)" in screen.shown
        assert "helo\n" not in screen.shown + "\n"
    ann.send("/delete")
    assert "(deleted)" in bob.shown
    assert "hello" not in bob.shown
    late = loop.arrive("zoe")
    assert "(deleted)" in late.shown
    ann.send("/edit again")
    assert "There is no last message here to change" in ann.shown


def test_people_are_ignored_and_heard_again(loop: ScreenLoop) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    ann.send("/ignore bob")
    assert "You see nothing of bob any more" in ann.shown
    bob.send("can you hear me?")
    bob.send("/msg ann or here?")
    assert "hear me" not in ann.shown
    assert rooms(ann) == [["#lobby"]]
    ann.send("/unignore bob")
    assert "can you hear me?" in ann.shown
    assert rooms(ann) == [["#lobby"], ["bob", "1!"]]


def test_an_owner_keeps_order(loop: ScreenLoop) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    for screen in (ann, bob):
        screen.send("/join #tea")
    bob.send("/kick ann")
    assert "Only an operator may do that." in bob.shown
    ann.send("/mute bob 10m shouting")
    assert "muted until" in bob.status
    bob.send("mmh")
    assert "You are muted in #tea until" in bob.shown
    bob.press(Action.CLEAR_OR_QUIT)
    ann.send("/unmute bob")
    assert "muted" not in bob.status
    ann.send("/slow 30")
    assert "one message each 30s" in " ".join(text for _, text in bob.model.topic_row(80))
    bob.send("one")
    bob.send("two")
    assert "#tea is in slow mode" in bob.shown
    zoe = loop.arrive("zoe")
    zoe.send("/join #tea")
    assert "one message each 30s" in " ".join(text for _, text in zoe.model.topic_row(80))
    ann.send("/kick bob enough")
    assert "ann put bob out: enough" in bob.shown
    assert bob.status.startswith("not in this room")
    assert rooms(bob) == [["#lobby"], ["#tea"]]
    bob.send("/join #tea")
    assert not bob.status.startswith("not in this room")
    ann.send("/ban bob 1h again")
    assert "ann banned bob until" in ann.shown
    bob.send("/join #tea")
    assert "You are banned from #tea until" in bob.shown
    ann.send("/bans")
    assert any("bob" in line for line in ann.overlay)
    ann.press(Action.CANCEL)
    ann.send("/unban bob")
    ann.send("/modlog")
    assert sum("bob" in line for line in ann.overlay) >= 5
    assert ann.mode() is When.OVERLAY


def test_who_has_begun_a_talk_and_left_it_comes_back_to_it(loop: ScreenLoop) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    ann.send("/msg bob hello")
    ann.send("/leave")
    assert rooms(ann) == [["#lobby"]]
    bob.send("/msg ann come back")
    assert rooms(ann) == [["#lobby"], ["bob", "1!"]]
    ann.send("/leave #nowhere")
    assert "There is no room #nowhere." in ann.shown
    ann.send("/msg bob I am here")
    assert "I am here" in ann.shown
    assert "come back" in ann.shown


def test_history_is_asked_for_and_gone_to(loop: ScreenLoop) -> None:
    ann = loop.arrive("ann")
    for number in range(1, 6):
        ann.send(f"line {number}")
    ann.send("/history 3")
    assert [line.split(": ")[1] for line in ann.overlay[1:4]] == ["line 3", "line 4", "line 5"]
    ann.press(Action.SELECT_PREVIOUS, Action.ACCEPT)
    rows = ann.model.message_rows(80, 20)
    assert any(
        style == "class:match.current" and "line 4" in text for row in rows for style, text in row
    )


def test_who_opens_a_new_session_is_in_the_open_rooms_again() -> None:
    presence = PresenceSettings(idle=60.0, idle_doors=frozenset({"client"}))
    loop = ScreenLoop(presence)
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    ann.send("/join #tea")
    bob.send("/msg ann hi")
    loop.wait(50.0)
    bob.write("x")
    loop.wait(20.0)
    assert ann.status.startswith("session over")
    ann.press(Action.ACCEPT)
    loop.wait(3.0)
    assert (ann.model.focus, ann.people) == ("tea", ["@ann"])
    ann.press(Action.NEXT_ACTIVE)
    assert ann.status.startswith("not in this room")
    ann.send("/leave")
    assert rooms(ann) == [["#lobby"], ["#tea"]]
    bob.press(Action.CLEAR_OR_QUIT)
    bob.send("/msg ann here again")
    assert rooms(ann)[2][0] == "bob"


# ---- starting before the broker is back


def names_of_rooms(screen: Screen) -> list[str]:
    return [row.split()[1] for row in screen.rooms]


def with_rooms(loop: ScreenLoop) -> Screen:
    """Return who is in the lobby, in #den, which is shown, and in a talk with bob."""
    loop.arrive("bob")
    ann = loop.arrive("ann")
    ann.send("/msg bob hello")
    ann.send("/join #den")
    loop.wait(1.0)
    return ann


def test_all_rooms_are_there_by_name_before_the_broker_is(loop: ScreenLoop) -> None:
    ann = with_rooms(loop)
    loop.kill()
    loop.settle()
    ann.enter("/msg bob are you there?")
    ann.die()
    again = loop.screen("ann", home=ann.home)
    loop.wait(1.0)
    assert names_of_rooms(again) == ["#lobby", "bob", "#den"]
    assert again.model.focus.startswith("@")
    again.enter("/focus #lobby")
    loop.start()
    loop.wait(6.0)
    assert names_of_rooms(again) == ["#lobby", "bob", "#den"]
    assert again.model.focus == "lobby"  # nothing is shown over what one looks at by now
    again.send("/focus bob")
    assert "are you there?" in again.shown
    assert again.status.startswith("connected")


def test_a_room_that_one_was_put_out_of_meanwhile_goes(loop: ScreenLoop) -> None:
    bob = loop.arrive("bob")
    bob.send("/join #den")
    ann = loop.arrive("ann")
    ann.send("/join #den")
    loop.wait(1.0)
    ann.die()
    bob.send("/kick ann")
    again = loop.screen("ann", home=ann.home)
    assert names_of_rooms(again) == ["#lobby", "#den"]
    again.write("for the den")
    loop.wait(3.0)
    assert again.status.startswith("not in this room")
    assert (again.model.focus, again.input) == ("den", "for the den")
    again.die()
    last = loop.screen("ann", home=ann.home)
    loop.wait(3.0)
    assert names_of_rooms(last) == ["#lobby"]


def test_a_room_that_was_asked_for_before_a_crash_is_entered_after_it(loop: ScreenLoop) -> None:
    ann = loop.arrive("ann")
    loop.wait(1.0)
    loop.kill()
    ann.enter("/join #den")
    ann.die()
    again = loop.screen("ann", home=ann.home)
    loop.start()
    loop.wait(6.0)
    assert names_of_rooms(again) == ["#lobby", "#den"]
    again.send("/focus #den")
    assert again.status.startswith("connected")


def test_who_has_quit_leaves_no_rooms_to_the_next_start() -> None:
    ann = Alone()
    ann.settle()
    assert ann.model.saved().inside == ["lobby"]
    ann.type("/quit")
    ann.settle()
    assert ann.model.saved().inside == []


def test_a_session_that_did_not_last_leaves_the_first_room_only(loop: ScreenLoop) -> None:
    ann = with_rooms(loop)
    ann.die()
    loop.kill()
    loop.start_with_new_journal()
    again = loop.screen("ann", home=ann.home)
    assert names_of_rooms(again) == ["#lobby", "bob", "#den"]
    loop.wait(3.0)
    assert names_of_rooms(again) == ["#lobby"]


# ---- another history


def test_who_finds_another_history_is_told_so_below_it_and_how_to_go_back(loop: ScreenLoop) -> None:
    ann = loop.arrive("ann")
    ann.send("/join #plans --private")
    ann.send("/focus #lobby")
    loop.kill()
    loop.start_with_new_journal()
    loop.wait(6.0)
    assert "the broker came back with another history" in "\n".join(ann.rows()[-3:])
    assert "away too long" not in ann.shown
    ann.send("/focus #plans")
    assert "the broker came back with another history" in ann.shown
    assert "You are not in #plans: ask to be invited" in ann.shown


# ---- asking about a room that is being entered


def test_what_is_asked_of_a_room_waits_until_it_is_entered(loop: ScreenLoop) -> None:
    ann = loop.arrive("ann")
    loop.kill()
    loop.settle()
    ann.enter("/join #later")
    ann.enter("/history 3")
    loop.start()
    loop.wait(6.0)
    assert ann.overlay or "Nothing was said here." in ann.shown
    assert "There is no room" not in ann.shown
