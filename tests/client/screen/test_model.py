"""People at full screens talk over a real broker's core; what they see is what is asserted."""

import re
from itertools import pairwise

import pytest

from broker.presence import PresenceSettings
from client.notices import Answered, BrokerStopping, IdleWarning, RoomEvents, Welcomed
from client.screen import effects
from client.screen.keymap import Action, When
from client.settings import ClientSettings, Desktop, Notify
from protocol.codec import decode_peer_batch, encode
from protocol.commands import Quit
from protocol.phrases import Language
from tests.client.screen.screens import Screen, ScreenLoop, text_of


@pytest.fixture
def loop() -> ScreenLoop:
    return ScreenLoop()


def lines_with(screen: Screen, part: str) -> list[str]:
    return [line for line in screen.rows() if part in line]


# ---- coming in and talking


def test_who_comes_in_sees_the_room_and_who_is_there(loop: ScreenLoop) -> None:
    loop.arrive("bob")
    ann = loop.arrive("ann")
    assert ann.model.focus == "lobby"
    assert ann.people == ["ann", "bob"]
    assert text_of(ann.model.topic_row(40)).split() == ["#lobby", "2", "here"]
    assert ann.status.startswith("connected")
    assert " · ann · " in ann.status


def test_before_there_is_a_broker_the_screen_says_so_and_takes_text(loop: ScreenLoop) -> None:
    loop.kill()
    ann = loop.screen("ann")
    assert ann.status.startswith("connecting")
    loop.settle()
    ann.send("is anybody there?")
    loop.wait(3.0)
    assert "reconnecting in" in ann.status or "connecting" in ann.status
    assert "1 pending" in ann.status
    assert lines_with(ann, "is anybody there?")[0].endswith("…")
    loop.start()
    loop.wait(6.0)
    assert "pending" not in ann.status
    assert len(lines_with(ann, "is anybody there?")) == 1


def test_people_see_what_others_say(loop: ScreenLoop) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    ann.send("hello")
    bob.send("/me waves")
    for screen in (ann, bob):
        assert lines_with(screen, "hello")[0].split()[-2:] == ["ann", "hello"]
        assert lines_with(screen, "waves")[0].strip() == "* bob waves"
    assert not ann.input
    assert not bob.input


def test_a_message_of_several_lines_is_one_message(loop: ScreenLoop) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    ann.send("one\ntwo\n\nfour")
    rows = bob.rows()
    place = next(i for i, row in enumerate(rows) if row.endswith("ann one"))
    assert [row.strip() for row in rows[place + 1 : place + 4]] == ["two", "", "four"]


def test_a_double_slash_says_a_slash(loop: ScreenLoop) -> None:
    ann = loop.arrive()
    ann.send("//etc/passwd")
    assert lines_with(ann, " /etc/passwd")


def test_blank_input_says_nothing(loop: ScreenLoop) -> None:
    ann = loop.arrive()
    before = ann.rows()
    ann.send("  \n ")
    assert ann.rows() == before


# ---- own messages on their way


def test_an_own_message_is_shown_at_once_and_once(loop: ScreenLoop) -> None:
    ann = loop.arrive()
    ann.enter("hello")
    assert lines_with(ann, "hello")[0].endswith("…")
    assert "1 pending" in ann.status
    loop.settle()
    assert len(lines_with(ann, "hello")) == 1
    assert not lines_with(ann, "…")
    assert "pending" not in ann.status


def test_an_acknowledged_message_is_marked_until_it_arrives(loop: ScreenLoop) -> None:
    ann = loop.arrive()
    ann.loses_broadcasts = True
    ann.send("hello")
    assert lines_with(ann, "hello")[0].endswith("✓")
    ann.loses_broadcasts = False
    loop.wait(30.0)
    assert len(lines_with(ann, "hello")) == 1
    assert not lines_with(ann, "✓")
    assert "1 repaired" in ann.status


def test_equal_messages_are_told_apart_by_their_order(loop: ScreenLoop) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    for _ in range(3):
        ann.enter("ok")
    loop.settle()
    assert len(lines_with(ann, "ok")) == len(lines_with(bob, "ok")) == 3
    assert not lines_with(ann, "…")


def test_too_long_a_message_is_refused_at_once_and_can_be_taken_back(loop: ScreenLoop) -> None:
    ann = loop.arrive()
    text = "x" * 5000
    ann.send(text)
    assert "1 refused: Alt-R takes it back" in ann.status
    ann.write("half a thought")
    ann.press(Action.TAKE_BACK)
    assert ann.input == text
    assert "refused" not in ann.status
    assert "xxx" not in ann.shown
    assert ann.model.input_history[-1] == "half a thought"


def test_what_the_broker_refuses_is_shown_with_the_reason(loop: ScreenLoop) -> None:
    ann = loop.arrive()
    del loop.core.state.sessions[_id(ann)].rooms["lobby"]  # put out of the room
    ann.send("hello?")
    assert "You are not in #lobby: join it first." in ann.shown
    assert "1 refused" in ann.status
    ann.press(Action.TAKE_BACK)
    assert ann.input == "hello?"
    assert "not in #lobby" not in ann.shown


def _id(screen: Screen) -> str:
    sessions = screen.loop.core.state.sessions.values()
    return next(s.id for s in sessions if s.name == screen.settings.name)


def test_with_nothing_refused_there_is_nothing_to_take_back(loop: ScreenLoop) -> None:
    ann = loop.arrive()
    ann.press(Action.TAKE_BACK)
    assert "nothing was refused" in ann.status
    loop.wait(5.0)
    assert "nothing was refused" not in ann.status


def test_a_broker_that_answers_no_heartbeat_makes_the_status_late(loop: ScreenLoop) -> None:
    ann = loop.arrive()
    ann.mute = True
    loop.wait(8.0)
    assert ann.status.startswith("late: no answer for ")
    ann.mute = False
    loop.wait(20.0)
    assert ann.status.startswith("connected (")


def test_a_message_without_an_answer_makes_the_status_late(loop: ScreenLoop) -> None:
    ann = loop.arrive()
    ann.mute = True
    ann.send("hello")
    loop.wait(1.0)
    assert ann.status.startswith("connected")
    loop.wait(1.5)
    assert ann.status.startswith("late: no answer for 2 s")
    assert "1 pending" in ann.status
    loop.wait(1.0)
    assert ann.status.startswith("late: no answer for 3 s")
    loop.wait(15.0)
    ann.mute = False
    loop.wait(10.0)
    assert ann.status.startswith("connected")
    assert "pending" not in ann.status


def test_while_the_disk_is_full_messages_are_delayed_and_then_said(loop: ScreenLoop) -> None:
    ann = loop.arrive()
    loop.full = True
    ann.send("hello")
    assert "delayed" in ann.status
    assert len(lines_with(ann, "cannot store anything")) == 1
    loop.full = False
    loop.wait(3.0)
    assert "delayed" not in ann.status
    assert "pending" not in ann.status


# ---- losing the broker


def test_messages_typed_while_the_broker_restarts_all_arrive_once(loop: ScreenLoop) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    ann.send("before")
    loop.kill()
    loop.settle()
    assert "reconnecting in 1 s" in ann.status
    for number in range(3):
        ann.send(f"meanwhile {number}")
    assert "3 pending" in ann.status
    loop.wait(5.0)
    assert "3 pending" in ann.status
    loop.start()
    loop.wait(6.0)
    assert ann.status.startswith("connected")
    for screen in (ann, bob):
        said = [line.split()[-1] for line in lines_with(screen, "meanwhile")]
        assert said == ["0", "1", "2"]


def test_the_countdown_goes_down_by_seconds(loop: ScreenLoop) -> None:
    ann = loop.arrive()
    loop.kill()
    loop.wait(30.0)
    seen: list[int] = []
    for _ in range(60):
        loop.wait(0.1)
        words = ann.status.split()
        seen.append(int(words[2]) if words[0] == "reconnecting" else 0)
    assert max(seen) >= 3
    assert all(after >= before - 1 for before, after in pairwise(seen))


def test_a_stopping_broker_says_so(loop: ScreenLoop) -> None:
    ann = loop.arrive()
    ann.model.notice([BrokerStopping()], loop.now, ann.at)
    assert ann.status.startswith("the broker is stopping")
    assert "the broker is stopping." in ann.shown
    loop.kill()
    loop.start()
    loop.wait(1.0)
    assert ann.status.startswith("connected")


def test_a_session_that_was_lost_comes_again_with_what_it_missed(loop: ScreenLoop) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    ann.mute = True
    loop.wait(60.0)  # longer than the grace
    assert bob.people == ["bob"]
    bob.send("ann is gone")
    ann.mute = False
    loop.wait(20.0)
    assert "you were away too long" in ann.shown
    assert lines_with(ann, "ann is gone")
    assert ann.people == bob.people == ["ann", "bob"]
    ann.send("back")
    assert lines_with(bob, "back")


def test_another_journal_is_said_and_the_talk_goes_on(loop: ScreenLoop) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    ann.send("in the old one")
    loop.kill()
    loop.start_with_new_journal()
    loop.wait(6.0)
    assert "in the old one" in ann.shown
    assert len(lines_with(ann, "another history")) == 1
    bob.send("in the new one")
    assert len(lines_with(ann, "in the new one")) == 1
    assert ann.people == ["ann", "bob"]


def test_what_another_journal_has_not_got_can_be_said_again(loop: ScreenLoop) -> None:
    ann = loop.arrive()
    ann.loses_broadcasts = True
    ann.send("acknowledged")
    loop.kill()
    ann.loses_broadcasts = False
    loop.start_with_new_journal()
    loop.wait(6.0)
    assert "1 refused" in ann.status
    ann.press(Action.TAKE_BACK)
    assert ann.input == "acknowledged"
    ann.send("")
    assert len(lines_with(ann, "acknowledged")) == 1


# ---- the name


def test_a_name_that_is_taken_is_asked_for_again(loop: ScreenLoop) -> None:
    loop.arrive("ann")
    other = loop.arrive("ann")
    assert other.mode() is When.PROMPT
    assert other.question == "The name ann is taken: choose another."
    assert other.model.field is not None
    assert other.model.field.label == "Name: "
    other.model.field_changed("bad name")
    other.press(Action.ACCEPT)
    assert other.question.startswith("That name is not allowed")
    other.model.field_changed("anna")
    other.press(Action.ACCEPT)
    assert other.mode() is When.INPUT
    assert other.people == ["ann", "anna"]


def test_a_name_in_use_on_this_machine_is_asked_for_again(loop: ScreenLoop) -> None:
    screen = loop.screen("ann", locked={"ann"})
    assert screen.question == "ann is in use by another client on this machine."
    screen.model.submit("bob", loop.now, screen.at)
    loop.settle()
    assert screen.people == ["bob"]


def test_without_a_name_it_is_asked_for(loop: ScreenLoop) -> None:
    screen = loop.screen(settings=ClientSettings())
    assert screen.question == "What do you want to be called?"
    screen.model.field_changed("cat")
    screen.press(Action.ACCEPT)
    assert screen.people == ["cat"]


def test_a_new_name_is_followed(loop: ScreenLoop) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    ann.send("/nick Zoë")
    assert ann.people == bob.people == ["bob", "Zoë"]
    assert " · Zoë · " in ann.status
    ann.look_away()
    bob.send("zoë: are you there?")
    assert ann.asked_for(effects.Bell)


def test_a_refused_name_is_told(loop: ScreenLoop) -> None:
    ann, _ = loop.arrive("ann"), loop.arrive("bob")
    ann.send("/nick bob")
    assert "The name bob is taken: choose another." in ann.shown
    assert " · ann · " in ann.status


# ---- the end of a session


def test_a_session_that_was_taken_over_does_not_come_back_by_itself(loop: ScreenLoop) -> None:
    first = loop.screen("ann")
    loop.settle()
    second = loop.screen("ann", home=loop.another_machine(first.home))
    loop.wait(3.0)
    assert "taken over by a newer connection" in first.shown
    assert first.status.startswith("session over")
    assert first.mode() is When.PROMPT
    assert second.status.startswith("connected")
    loop.wait(30.0)
    assert first.status.startswith("session over")
    first.press(Action.ACCEPT)
    loop.wait(3.0)
    assert first.status.startswith("connected")
    assert second.status.startswith("session over")


def test_who_was_put_out_for_idling_may_come_again() -> None:
    presence = PresenceSettings(idle=60.0, idle_doors=frozenset({"client"}))
    loop = ScreenLoop(presence)
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    loop.wait(50.0)
    assert "Still there? Type anything within 15 s to stay." in ann.shown
    bob.write("x")
    loop.wait(20.0)
    assert ann.status.startswith("session over")
    assert bob.status.startswith("connected")
    bob.enter()
    loop.settle()
    assert bob.people == ["bob"]
    ann.press(Action.ACCEPT)
    loop.wait(3.0)
    assert ann.people == ["ann", "bob"]
    ann.send("again")
    assert len(lines_with(bob, "again")) == 1
    assert len(lines_with(ann, " x")) == 1  # missed while the session was over


def test_all_that_was_missed_while_the_session_was_over_is_fetched() -> None:
    presence = PresenceSettings(idle=60.0, idle_doors=frozenset({"client"}))
    loop = ScreenLoop(presence)
    ann = loop.arrive("ann")
    ann.send("before")
    loop.wait(65.0)
    assert ann.mode() is When.PROMPT
    bob = loop.node()
    session = bob.open(1, "bob", door="nc")
    bob.say(session, *(f"line {number}" for number in range(2500)))
    loop.settle()
    ann.press(Action.ACCEPT)
    loop.wait(3.0)
    assert ann.status.startswith("connected")
    assert "line 2499" in ann.shown
    ann.press(Action.FIND)
    ann.model.field_changed("^line|^before")
    loop.wait(0.0)
    assert ann.model.field is not None
    assert ann.model.field.label == "[2501 found] find: "


def test_typing_after_a_warning_says_once_that_somebody_is_there(loop: ScreenLoop) -> None:
    ann = loop.arrive()
    (welcomed,) = ann.told(Welcomed)
    ann.model.notice([IdleWarning(welcomed.session, 15)], loop.now, ann.at)
    assert ann.link.flush(loop.now) == []
    ann.write("h")
    ann.write("i")
    assert ann.link.flush(loop.now) == [b'[["active",1]]']


# ---- quitting


def test_quit_waits_for_the_broker(loop: ScreenLoop) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    ann.enter("bye")
    ann.send("/quit")
    (end,) = ann.asked_for(effects.Exit)
    assert end == effects.Exit(0, "", session_over=True)
    assert lines_with(bob, "bye")
    assert bob.people == ["bob"]


def test_who_quits_without_an_answer_waits_no_longer_than_a_moment(loop: ScreenLoop) -> None:
    ann = loop.arrive()
    ann.mute = True
    ann.send("unheard")
    ann.press(Action.QUIT)
    assert ann.status.startswith("leaving")
    loop.wait(1.0)
    assert not ann.asked_for(effects.Exit)
    loop.wait(1.5)
    (end,) = ann.asked_for(effects.Exit)
    assert end.status == 0
    assert not end.session_over
    assert "not acknowledged yet: 1." in end.sentence


def test_who_quits_while_disconnected_leaves_at_once(loop: ScreenLoop) -> None:
    ann = loop.arrive()
    loop.kill()
    ann.press(Action.QUIT)
    assert ann.asked_for(effects.Exit)


def test_ctrl_c_clears_then_closes_then_quits(loop: ScreenLoop) -> None:
    ann = loop.arrive()
    ann.write("a long thought")
    ann.press(Action.HELP)
    ann.press(Action.CLEAR_OR_QUIT)
    assert ann.mode() is When.INPUT
    assert ann.input == "a long thought"
    ann.press(Action.CLEAR_OR_QUIT)
    assert not ann.input
    assert ann.model.input_history[-1] == "a long thought"
    ann.press(Action.CLEAR_OR_QUIT)
    assert "Ctrl-C again quits" in ann.status
    loop.wait(3.0)
    assert "Ctrl-C again quits" not in ann.status
    ann.press(Action.CLEAR_OR_QUIT)
    assert not ann.asked_for(effects.Exit)
    ann.press(Action.CLEAR_OR_QUIT)
    assert ann.asked_for(effects.Exit)


def test_who_types_after_ctrl_c_stays(loop: ScreenLoop) -> None:
    ann = loop.arrive()
    ann.press(Action.CLEAR_OR_QUIT)
    ann.write("x")
    assert "Ctrl-C again quits" not in ann.status
    ann.press(Action.CLEAR_OR_QUIT)
    ann.press(Action.CLEAR_OR_QUIT)
    assert not ann.asked_for(effects.Exit)
    assert "Ctrl-C again quits" in ann.status


def test_ctrl_c_on_a_question_quits(loop: ScreenLoop) -> None:
    loop.arrive("ann")
    other = loop.arrive("ann")
    other.press(Action.CLEAR_OR_QUIT)
    assert other.asked_for(effects.Exit)


# ---- what is kept


def test_a_draft_and_what_was_sent_survive_the_end_of_the_client(loop: ScreenLoop) -> None:
    ann = loop.arrive()
    ann.send("first")
    ann.write("unfinished")
    assert effects.Save() in ann.asked
    loop.wait(1.0)
    ann.die()
    again = loop.screen("ann", home=ann.home)
    assert again.input == "unfinished"
    assert again.model.input_history == ["first"]


@pytest.mark.parametrize("arrived", range(6))
def test_a_client_that_was_killed_sends_exactly_what_was_not_applied(
    loop: ScreenLoop, arrived: int
) -> None:
    bob = loop.arrive("bob")
    ann = loop.arrive("ann")
    ann.mute = True
    ann.enter("/nick anna")
    for number in range(4):
        ann.enter(f"number {number}")
    bodies = _commands_one_by_one(ann)
    assert len(bodies) == 5
    assert ann.peer is not None
    for body in bodies[:arrived]:
        loop.incoming.append((ann.peer, body))
    loop.settle()
    ann.replies.clear()
    ann.die()
    again = loop.screen("ann", home=ann.home)
    loop.wait(40.0)
    for screen in (bob, again):
        said = [line.split()[-1] for line in lines_with(screen, "number")]
        assert said == ["0", "1", "2", "3"]
    assert "anna" in bob.people
    assert "pending" not in again.status


def _commands_one_by_one(screen: Screen) -> list[bytes]:
    """Return what the link would send now, a command a batch."""
    (body,) = screen.link.flush(screen.loop.now)
    return [b"[" + encode(message) + b"]" for message in decode_peer_batch(body)]


def test_what_is_left_of_a_session_that_has_ended_is_said_in_another() -> None:
    presence = PresenceSettings(idle=8.0, idle_warning=1.0, idle_doors=frozenset({"client"}))
    loop = ScreenLoop(presence)
    bob = loop.node()
    bob.open(1, "bob", door="nc")
    ann = loop.arrive("ann")
    ann.enter("one")
    ann.enter("two")
    bodies = _commands_one_by_one(ann)
    assert ann.peer is not None
    loop.incoming.append((ann.peer, bodies[0]))
    ann.mute = True
    loop.settle()
    ann.die()
    loop.wait(10.0)
    again = loop.screen("ann", home=ann.home)
    loop.wait(3.0)
    assert again.asked_for(effects.OpenAgain) == [effects.OpenAgain("ann", renew=True)]
    assert bob.texts == ["one", "two"]
    assert len(lines_with(again, "two")) == 1
    assert "pending" not in again.status


def test_the_rule_stands_where_the_last_run_ended(loop: ScreenLoop) -> None:
    bob = loop.arrive("bob")
    ann = loop.arrive("ann")
    bob.send("seen")
    kept = ann.model.saved()
    ann.send("/quit")
    bob.send("not seen")
    again = loop.screen("ann", kept=kept)
    loop.settle()
    above, below = again.around_rule()
    assert above[-1].endswith("bob seen")
    assert any(row.endswith("bob not seen") for row in below)


# ---- unread and notifications


@pytest.mark.parametrize("looks", [True, False])
def test_after_thousands_of_missed_messages_one_key_goes_to_the_first(
    loop: ScreenLoop, looks: bool
) -> None:
    ann, bob = loop.arrive("ann"), loop.node()
    session = bob.open(1, "bob", door="nc")
    bob.say(session, "seen")
    loop.settle()
    kept = ann.model.saved()
    ann.send("/quit")
    bob.say(session, *(f"line {number}" for number in range(1500)))
    loop.settle()
    again = loop.screen("ann", kept=kept)
    if not looks:
        again.look_away()
    loop.settle()
    if not looks:
        assert re.match(r"\(\d+\+\) #lobby", again.model.title())
        assert again.rooms[0].endswith("+")
    again.rows()
    again.press(Action.FIRST_UNREAD)
    above, below = again.around_rule()
    assert above[-1].endswith("bob seen")
    assert any(row.endswith(" line 0") for row in below)
    if not looks:
        assert again.model.title() == "(1500) #lobby - Hubbub"
    again.press(Action.TO_END)
    assert "line 1499" in again.shown


def test_nothing_is_read_while_the_window_is_not_looked_at(loop: ScreenLoop) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    bob.send("seen")
    assert ann.model.title() == "#lobby - Hubbub"
    ann.look_away()
    bob.send("one")
    bob.send("two, ann")
    assert ann.model.title() == "(2, 1!) #lobby - Hubbub"
    assert ann.rooms[0].split() == ["1", "#lobby", "2", "1!"]
    ann.look()
    assert ann.model.title() == "#lobby - Hubbub"
    above, below = ann.around_rule()
    assert above[-1].endswith("seen")
    assert below[0].endswith("one")


def test_nothing_is_read_while_scrolled_up(loop: ScreenLoop) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    for number in range(60):
        bob.send(f"line {number}")
    ann.rows()
    ann.press(Action.PAGE_UP)
    bob.send("below")
    assert ann.model.title().startswith("(1)")
    assert "MORE" in ann.rows()[-1]
    ann.press(Action.TO_END)
    assert ann.model.title() == "#lobby - Hubbub"
    assert "below" in ann.rows()[-1]


def test_a_mention_rings_and_is_shown_on_the_desktop(loop: ScreenLoop) -> None:
    settings = ClientSettings(name="ann", desktop=Desktop.OSC9, highlight=("lunch",))
    ann = loop.screen(settings=settings)
    bob = loop.arrive("bob")
    ann.look_away()
    bob.send("nobody in particular")
    assert not ann.asked_for(effects.Bell)
    bob.send("ann: hello")
    assert ann.asked_for(effects.DesktopNotification) == [
        effects.DesktopNotification("bob in #lobby", "ann: hello")
    ]
    bob.send("lunch?")
    bob.send("annabel is not ann")
    assert len(ann.asked_for(effects.Bell)) == 1
    loop.wait(5.0)
    assert len(ann.asked_for(effects.Bell)) == 2
    assert ann.asked_for(effects.DesktopNotification)[-1].body == (
        "annabel is not ann (and 1 more)"
    )


def test_who_looks_at_the_room_is_not_notified(loop: ScreenLoop) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    bob.send("ann: hello")
    assert not ann.asked_for(effects.Bell)


def test_own_messages_and_history_never_ring(loop: ScreenLoop) -> None:
    bob = loop.arrive("bob")
    bob.send("ann: an old call")
    ann = loop.screen("ann")
    ann.look_away()
    loop.settle()
    ann.send("I am ann")
    loop.wait(10.0)
    assert "an old call" in ann.shown
    assert not ann.asked_for(effects.Bell)


def test_what_an_earlier_run_has_read_does_not_ring_again(loop: ScreenLoop) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    bob.send("ann: once")
    loop.wait(1.0)
    ann.die()
    bob.send("ann: twice")
    again = loop.screen("ann", home=ann.home)
    again.look_away()
    loop.wait(10.0)
    assert lines_with(again, "once")
    assert lines_with(again, "twice")
    assert not again.asked_for(effects.Bell)  # it was said before ann came back
    assert "1!" in again.rooms[0]


def test_the_level_of_a_room_is_changed_by_a_key_and_kept(loop: ScreenLoop) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    assert "notify: mentions" in ann.status
    ann.press(Action.NOTIFY_LEVEL)
    assert "notify: mute" in ann.status
    ann.look_away()
    bob.send("ann!")
    assert not ann.asked_for(effects.Bell)
    assert ann.model.title() == "#lobby - Hubbub"
    ann.press(Action.NOTIFY_LEVEL)
    assert "notify: all" in ann.status
    bob.send("anybody?")
    assert ann.asked_for(effects.Bell)
    assert ann.model.saved().rooms["lobby"].notify is Notify.ALL


# ---- the past


def test_older_messages_are_fetched_page_by_page(loop: ScreenLoop) -> None:
    bob = loop.arrive("bob")
    for number in range(350):
        bob.enter(f"line {number}")
    loop.settle()
    ann = loop.arrive("ann")
    assert "line 349" in ann.shown
    for _ in range(40):
        ann.press(Action.PAGE_UP)
        ann.rows()
    assert "line 0" in [" ".join(row.split()[-2:]) for row in ann.rows()]
    bob.send("still live")
    assert "still live" not in ann.shown
    ann.press(Action.TO_END)
    assert "still live" in ann.shown


def test_a_page_of_long_messages_is_put_together(loop: ScreenLoop) -> None:
    bob = loop.arrive("bob")
    for number in range(120):
        bob.send(f"<{number}>" + "x" * 4000)
    ann = loop.arrive("ann")
    ann.press(Action.FIND)
    ann.model.field_changed("<21>")
    loop.wait(0.0)
    assert ann.model.field is not None
    assert "[1 found]" in ann.model.field.label


def test_a_room_with_little_past_fills_a_tall_screen_by_itself(loop: ScreenLoop) -> None:
    bob = loop.arrive("bob")
    for number in range(150):
        bob.enter(f"line {number}")
    loop.settle()
    ann = loop.arrive("ann")
    ann.rows(height=140)
    ann.press(Action.LINE_UP)
    assert "line 20" in "\n".join(ann.rows(height=140))


# ---- people


def test_a_big_roster_comes_in_pages_and_stays_right(loop: ScreenLoop) -> None:
    crowd = loop.node(carrier="gate")
    sessions = [crowd.open(5000 + number, f"p{number:04}") for number in range(2500)]
    loop.settle()
    ann = loop.arrive("ann")
    assert len(ann.told(Answered)) >= 3  # pages
    assert text_of(ann.model.topic_row(40)).split() == ["#lobby", "2501", "here"]
    crowd.link.submit(sessions[7], Quit())
    loop.settle()
    ann.press(Action.TOGGLE_PEOPLE)
    assert text_of(ann.model.topic_row(40)).split() == ["#lobby", "2500", "here"]
    assert [c.text for c in ann.model.candidates("p0007")] == []
    assert [c.text for c in ann.model.candidates("p0008")] == ["p0008: "]
    rows = ann.model.people_rows(10, 5)
    assert [text_of(row) for row in rows] == ["ann", "p0000", "p0001", "p0002", "+2496"]


def test_after_events_that_are_gone_the_people_are_asked_for_again(loop: ScreenLoop) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    ann.loses_broadcasts = True
    bob.send("/quit")
    ann.model.notice([RoomEvents("lobby", (), 1)], loop.now, ann.at)
    loop.settle()
    assert "messages no longer kept: 1." in ann.shown
    assert ann.people == ["ann"]


def test_the_page_of_people_follows_who_comes_and_goes(loop: ScreenLoop) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    ann.send("/who")
    assert ann.overlay[0] == "In #lobby: 2"
    assert [line.split()[0] for line in ann.overlay[1:3]] == ["ann", "bob"]
    bob.send("/quit")
    assert ann.overlay[0] == "In #lobby: 1"
    ann.press(Action.CANCEL)
    assert ann.mode() is When.INPUT
    assert ann.overlay == []


# ---- the input


def test_a_command_that_cannot_be_carried_out_stays_in_the_input(loop: ScreenLoop) -> None:
    ann = loop.arrive()
    ann.send("/dance")
    assert "There is no command /dance" in ann.shown
    assert ann.input == "/dance"
    assert not ann.model.draft.text or ann.model.draft.text == "/dance"


def test_a_short_paste_goes_into_the_input(loop: ScreenLoop) -> None:
    ann = loop.arrive()
    assert ann.model.pasted("1\n2\n3\n4\n5\n")
    assert ann.mode() is When.INPUT


@pytest.mark.parametrize(
    ("action", "said", "stays"),
    [
        (Action.PASTE_SEND, True, ""),
        (Action.PASTE_EDIT, False, "see: 1\n2\n3\n4\n5\n6"),
        (Action.CANCEL, False, "see: "),
    ],
)
def test_a_long_paste_waits_for_a_word(
    loop: ScreenLoop, action: Action, said: bool, stays: str
) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    ann.write("see: ")
    assert not ann.model.pasted("1\n2\n3\n4\n5\n6")
    assert ann.mode() is When.PASTE
    assert ann.question.startswith("A paste of 6 lines")
    loop.settle()
    assert "see" not in bob.shown
    ann.press(action)
    assert ann.mode() is When.INPUT
    assert ann.input == stays
    assert bool(lines_with(bob, "see: 1")) is said


def test_help_explains_commands_and_keys(loop: ScreenLoop) -> None:
    ann = loop.arrive()
    ann.press(Action.HELP)
    pages = list(ann.overlay)
    for _ in range(5):
        ann.press(Action.PAGE_DOWN)
        pages += ann.overlay
    page = "\n".join(pages)
    assert "/nick NAME" in page
    assert "/search WORDS [in:#room]" in page
    assert "Ctrl-K" in page
    ann.press(Action.HELP)
    assert ann.mode() is When.INPUT
    ann.send("/help who")
    assert any(line.startswith("/who [all]") for line in ann.overlay)


def test_a_page_that_is_longer_than_the_screen_scrolls(loop: ScreenLoop) -> None:
    ann = loop.arrive()
    ann.press(Action.HELP)
    first = [text_of(row) for row in ann.model.overlay_rows(60, 10)]
    ann.press(Action.PAGE_DOWN)
    second = [text_of(row) for row in ann.model.overlay_rows(60, 10)]
    assert len(first) == len(second) == 10
    assert first[1:-1] != second[1:-1]
    assert first[-2] == second[1]  # one row stays
    for _ in range(50):
        ann.press(Action.PAGE_DOWN)
    ann.press(Action.PAGE_UP)
    ann.model.overlay_rows(60, 10)
    for _ in range(50):
        ann.press(Action.PAGE_UP)
    assert [text_of(row) for row in ann.model.overlay_rows(60, 10)] == first


def test_find_goes_to_the_place_and_back(loop: ScreenLoop) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    for number in range(100):
        bob.enter(f"line {number}")
    loop.settle()
    before = ann.rows()
    ann.press(Action.FIND)
    ann.model.field_changed("line 1.$")
    loop.settle()
    assert ann.model.field is not None
    assert ann.model.field.label == "[10 found] find: "
    assert any("line 19" in row for row in ann.rows())
    ann.press(Action.CANCEL)
    assert ann.rows() == before
    ann.press(Action.FIND)
    ann.model.field_changed("line 1.$")
    ann.press(Action.OLDER, Action.ACCEPT)
    assert any("line 18" in row for row in ann.rows())
    assert ann.mode() is When.INPUT


def test_a_bad_pattern_is_explained(loop: ScreenLoop) -> None:
    ann = loop.arrive()
    ann.press(Action.FIND)
    ann.model.field_changed("(")
    assert ann.model.field is not None
    assert ann.model.field.label == "find: "
    assert ann.model.field.text == "("
    reason = text_of(ann.model.prompt_row(80))
    assert reason.startswith("That pattern cannot be read")
    assert not reason.endswith("…")
    ann.model.field_changed("(x)")
    assert not ann.model.prompt_row(80)


def test_a_search_in_vain_says_that_there_are_older_messages(loop: ScreenLoop) -> None:
    bob = loop.arrive("bob")
    for number in range(150):
        bob.enter(f"line {number}")
    loop.settle()
    ann = loop.arrive()
    ann.rows()
    ann.press(Action.FIND)
    ann.model.field_changed("line 7$")
    assert "PgUp loads older messages" in ann.question
    ann.press(Action.PAGE_UP, Action.PAGE_UP, Action.PAGE_UP, Action.PAGE_UP, Action.PAGE_UP)
    loop.wait(0.0)
    assert ann.model.field is not None
    assert ann.model.field.label == "[1 found] find: "
    ann.model.field_changed("never said")
    loop.wait(0.0)
    assert ann.model.field.label == "[nothing found] find: "
    assert not ann.question


def test_folding_is_switched_and_kept(loop: ScreenLoop) -> None:
    ann = loop.arrive()
    ann.press(Action.FOLD)
    assert "every join and leave is shown" in ann.status
    assert ann.model.saved().fold is False
    ann.press(Action.FOLD)
    assert ann.model.saved().fold is None


def test_panes_hide_by_themselves_and_by_keys(loop: ScreenLoop) -> None:
    ann = loop.arrive()
    assert ann.model.panes(79) == (0, 0)
    ann.press(Action.TOGGLE_ROOMS, Action.TOGGLE_PEOPLE)
    assert "too narrow for it: 80 columns are needed" in ann.status
    assert ann.model.panes(80) == (16, 18)
    ann.press(Action.TOGGLE_ROOMS)
    assert ann.model.panes(80) == (0, 18)
    ann.press(Action.TOGGLE_PEOPLE)
    assert ann.model.panes(200) == (0, 0)
    kept = ann.model.saved()
    assert (kept.show_rooms, kept.show_people) == (False, False)


def test_everything_is_said_in_the_language_of_the_person(loop: ScreenLoop) -> None:
    ann = loop.screen(settings=ClientSettings(name="ann", language=Language.ZH))
    loop.settle()
    assert ann.status.startswith("已连接")
    ann.press(Action.HELP)
    assert ann.overlay[0] == "帮助"


def test_a_room_that_does_not_let_one_in_leads_to_the_lobby(loop: ScreenLoop) -> None:
    loop.arrive("bob").send("/join #secret --private")
    ann = loop.screen(settings=ClientSettings(name="ann", room="#Secret"))
    loop.settle()
    assert ann.model.focus == "lobby"
    assert "The room #secret is private" in ann.shown
    assert ann.people == ["ann", "bob"]
    assert [row.split()[1] for row in ann.rooms] == ["#lobby"]


def test_what_was_typed_for_a_room_that_lets_nobody_in_stays_with_it(loop: ScreenLoop) -> None:
    bob = loop.arrive("bob")
    bob.send("/join #secret --private")
    bob.send("/focus lobby")
    loop.kill()
    ann = loop.screen(settings=ClientSettings(name="ann", room="secret"))
    ann.enter("for the secret room alone")
    ann.write("half a th")
    loop.start()
    loop.wait(10.0)
    assert ann.model.focus == "lobby"
    assert ann.model.draft.text == ann.input == ""
    assert "The room #secret is private" in ann.shown
    assert "1 refused" in ann.status
    assert [row.split()[1] for row in ann.rooms] == ["#secret", "#lobby"]
    ann.press(Action.NEXT_ROOM)
    assert ann.status.startswith("not in this room")
    assert ann.model.draft.text == "half a th"
    assert lines_with(ann, "for the secret room alone")
    ann.press(Action.CLEAR_OR_QUIT, Action.TAKE_BACK)
    assert ann.input == "for the secret room alone"
    ann.press(Action.CLEAR_OR_QUIT)
    assert "refused" not in ann.status
    ann.press(Action.NEXT_ROOM)
    loop.wait(0.0)
    assert [row.split()[1] for row in ann.rooms] == ["#lobby"]
    assert "secret room" not in bob.shown


def test_who_starts_without_a_broker_is_told_how_to_start_one_and_of_f1_the_first_time() -> None:
    loop = ScreenLoop()
    loop.is_up = False
    ann = loop.screen("ann")
    loop.wait(30.0)
    assert ann.shown.count("No broker answers at tcp://127.0.0.1:5555") == 1
    assert "F1" not in ann.shown
    loop.is_up = True
    loop.wait(60.0)
    assert ann.shown.count("F1 shows") == 1
    ann.save()
    ann.die()
    again = loop.screen("ann", home=ann.home)
    loop.settle()
    assert "F1" not in again.shown
