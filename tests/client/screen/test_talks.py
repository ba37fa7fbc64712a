"""Rooms and private conversations: a tab each, opened by oneself or by somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.notices import IgnoredNow, InvitedTo, RoomClosed, RoomLeft, SessionOver, Welcomed
from client.screen.effects import Bell
from client.screen.keymap import Action
from client.screen.notifying import PAUSE_S
from protocol.commands import Join, Leave, Say, Tell
from protocol.events import Banned, Joined, Kicked, Left, Said, SubjectSet, WentAway
from protocol.messages import Ignored, RoomHead, Welcome
from protocol.questions import Kind
from tests.client.screen.alone import JOURNAL, OWN, Alone
from tests.client.screen.screens import WIDTH, text_of

if TYPE_CHECKING:
    from protocol.events import AnyEvent

TALK = "@a:bob"


def with_talk() -> Alone:
    """Bob has written to ann."""
    ann = Alone()
    ann.enter(TALK, Kind.TALK, other="bob", other_name="bob", n=0)
    ann.say(TALK, "psst")
    return ann


def put_out(ann: Alone, act: AnyEvent, reason: str) -> None:
    ann.happens("lobby", act, Left(0, 0, OWN, "ann", 0, reason))
    ann.hear(RoomLeft(1, "lobby", reason, by="op"), RoomClosed("lobby"))


def test_a_room_that_one_enters_is_shown_with_its_subject() -> None:
    ann = Alone()
    ann.type("/join #Dev")
    assert ann.submitted[-1] == Join("dev")
    assert ann.model.focus == "dev"
    assert ann.status.startswith("entering")
    ann.enter("dev", subject="the code")
    assert ann.status.startswith("connected")
    assert ann.topic.split("·")[0].strip() == "#dev"
    assert "the code" in ann.topic
    assert ann.rooms == ["1 #lobby", "2 #dev"]
    ann.happens("dev", SubjectSet(0, 0, "bob", "bob", 1, "tea"))
    assert "tea" in ann.topic
    assert "bob set the subject: tea" in ann.shown
    ann.type("/topic")
    assert "#dev is about: tea" in ann.shown


def test_a_room_where_one_is_already_is_shown_at_once() -> None:
    ann = Alone()
    ann.enter("dev")
    ann.settle()
    ann.type("/join dev")
    assert (ann.model.focus, ann.submitted) == ("dev", [])
    ann.type("/focus #lobby")
    assert ann.model.focus == "lobby"
    ann.type("/focus #nowhere")
    assert "You are not in #nowhere" in ann.shown


def test_a_refused_room_is_told_where_one_is() -> None:
    ann = Alone()
    ann.type("/join #ops")
    ann.refuse("invite_only", room="ops")
    assert "The room #ops is private" in ann.shown
    assert ann.rooms == ["1 #lobby"]


def test_who_leaves_a_room_sees_it_no_more() -> None:
    ann = Alone()
    ann.enter("dev")
    ann.type("/focus dev")
    ann.type("/leave")
    assert ann.submitted[-1] == Leave("dev")
    ann.happens("dev", Left(0, 0, OWN, "ann", 1, "left"))
    ann.hear(RoomLeft(1, "dev", "left"), RoomClosed("dev"))
    assert (ann.rooms, ann.model.focus) == (["1 #lobby"], "lobby")
    assert "dev" not in ann.model.saved().order


def test_the_last_room_stays_on_the_screen() -> None:
    ann = Alone()
    ann.type("/leave")
    ann.hear(RoomLeft(1, "lobby", "left"), RoomClosed("lobby"))
    assert "you are in no room now" in ann.shown
    assert "not in this room" in ann.status
    ann.type("/leave")
    assert ann.rooms == ["1 #lobby"]


def test_who_is_put_out_sees_by_whom_and_why() -> None:
    ann = Alone()
    put_out(ann, Kicked(0, 0, "op", "Op", 1, OWN, "ann", "noise"), "kicked")
    assert "Op put ann out: noise" in ann.shown
    assert "ann left" not in ann.shown
    assert "not in this room" in ann.status
    ann.type("/join lobby")
    assert ann.submitted[-1] == Join("lobby")


def test_a_ban_says_until_when() -> None:
    ann = Alone()
    until = ann.at + 600_000
    put_out(ann, Banned(0, 0, "op", "Op", 1, OWN, "ann", until, "spam"), "banned")
    assert "Op banned ann until 22:24+00: spam" in ann.shown
    ann.type("/join lobby")
    ann.refuse("banned", room="lobby", until=until, why="spam")
    assert "You are banned from #lobby until 22:24+00: spam." in ann.shown


def test_a_private_room_is_marked() -> None:
    ann = Alone()
    ann.enter("ops", Kind.PRIVATE)
    assert "class:room.private" in ann.model.rooms_rows(20, 2)[1][0][0]
    assert "class:room.private" not in ann.model.rooms_rows(20, 2)[0][0][0]
    ann.type("/focus ops")
    assert "private" in ann.topic


# ---- private talk


def test_whoever_writes_in_private_gets_a_tab_by_their_name_without_taking_the_screen() -> None:
    ann = Alone()
    ann.model.take_effects()
    ann.enter(TALK, Kind.TALK, other="bob", other_name="bob", n=0)
    ann.model.focused(False, ann.now, ann.at)
    ann.say(TALK, "psst")
    assert ann.model.focus == "lobby"
    assert ann.rooms == ["1 #lobby", "2 bob 1!"]
    assert Bell() in ann.model.take_effects()
    assert ann.model.title() == "(1, 1!) #lobby - Hubbub"
    ann.press(Action.NEXT_ACTIVE)
    assert ann.model.focus == TALK
    assert "psst" in ann.shown
    assert ann.topic.startswith("bob")


def test_what_is_said_in_a_talk_is_said_there() -> None:
    ann = with_talk()
    ann.type("/reply hello")
    assert ann.submitted[-1] == Say(TALK, "hello")
    assert ann.model.focus == TALK
    ann.type("and more")
    assert ann.submitted[-1] == Say(TALK, "and more")


def test_a_talk_is_gone_to_and_left_by_the_name_of_the_other() -> None:
    ann = with_talk()
    ann.type("/focus Bob")
    assert ann.model.focus == TALK
    ann.type("/focus lobby")
    ann.type("/leave bob")
    assert ann.submitted[-1] == Leave(TALK)


def test_a_room_is_never_taken_for_a_person_who_is_called_like_it() -> None:
    ann = with_talk()
    ann.type("/focus #bob")
    assert ann.model.focus == "lobby"
    assert "You are not in #bob" in ann.shown
    ann.type("/focus zoe")
    assert "There is no conversation with zoe yet" in ann.shown


def test_a_talk_has_no_subject() -> None:
    ann = with_talk()
    ann.type("/focus bob")
    ann.type("/topic")
    assert "That is not for a conversation of two" in ann.shown


def test_nobody_to_reply_to() -> None:
    ann = Alone()
    ann.type("/reply hello")
    assert "Nobody has written to you in private" in ann.shown
    assert ann.model.draft.text == "/reply hello"


def test_msg_opens_the_conversation_once_it_is_there() -> None:
    ann = Alone()
    ann.settle()
    ann.type("/msg bob hello")
    assert ann.submitted == [Tell("bob", "hello")]
    assert "hello" not in ann.shown
    assert "1 pending" in ann.status
    ann.settle()
    ann.enter(TALK, Kind.TALK, other="bob", other_name="bob", n=2)
    ann.say(TALK, "hello", "ann", n=2)
    assert ann.model.focus == TALK
    assert ann.shown.count("hello") == 1
    ann.type("/focus lobby")
    ann.type("/msg BOB again")
    assert ann.model.focus == TALK
    assert "again …" in ann.shown
    ann.settle()
    ann.say(TALK, "again", "ann", n=3)
    assert ann.shown.count("again") == 1
    assert "pending" not in ann.status


def test_what_could_not_be_told_is_given_back_as_it_was_typed() -> None:
    ann = Alone()
    ann.settle()
    ann.type("/msg nobody my secret")
    ann.refuse("no_such_person", who="nobody")
    assert "There is nobody called nobody here" in ann.shown
    ann.press(Action.TAKE_BACK)
    assert ann.model.draft.text == "/msg nobody my secret"


def test_a_private_message_that_was_not_sent_is_sent_after_the_next_start() -> None:
    ann = Alone()
    ann.settle()
    ann.type("/msg bob hello")
    again = Alone(saved=ann.model.saved())
    assert "1 refused" in again.status  # it may have been sent: the person decides
    again.press(Action.TAKE_BACK)
    assert again.model.draft.text == "/msg bob hello"


def test_a_talk_follows_the_other_person() -> None:
    ann = with_talk()
    ann.type("/msg bob hi")
    ann.happens(TALK, Joined(0, 0, "bob", "bob", 0, "x"))
    ann.happens(TALK, WentAway(0, 0, "bob", "bob", 1, away=True, why="lunch"))
    assert ann.topic.split(" · ")[-1] == "away: lunch"


def test_talks_come_back_with_a_resumed_session_and_what_is_unread_in_them() -> None:
    talk = RoomHead(TALK, 5, 1, Kind.TALK, "", 1, "bob", "Bob")
    ann = Alone(RoomHead("lobby", 3, 1), talk)
    assert ann.rooms == ["1 #lobby", "2 Bob"]
    ann.say(TALK, "still there?")
    assert ann.rooms == ["1 #lobby", "2 Bob 1!"]
    saved = ann.model.saved()
    assert saved.rooms[TALK].read == 5
    assert saved.order == ["lobby", TALK]


# ---- invitations, and people whom one does not want to hear


def test_an_invitation_says_how_to_come() -> None:
    ann = Alone()
    ann.model.take_effects()
    ann.hear(InvitedTo(1, "ops", "bob", "bob", Kind.PRIVATE))
    assert "bob invites you: /join #ops enters" in ann.shown
    assert Bell() in ann.model.take_effects()


def test_whoever_invites_again_and_again_does_not_keep_the_bell_ringing() -> None:
    ann = Alone()
    ann.model.take_effects()
    for _ in range(3):
        ann.hear(InvitedTo(1, "tea", "bob", "bob", Kind.PUBLIC))
        ann.model.focused(False, ann.now, ann.at)
        ann.say("lobby", "ann: come")
    assert ann.model.take_effects().count(Bell()) == 1
    ann.now += PAUSE_S
    ann.hear(InvitedTo(1, "tea", "bob", "bob", Kind.PUBLIC))
    assert Bell() in ann.model.take_effects()


def test_what_ignored_people_say_is_hidden_and_shown_again() -> None:
    ann = Alone()
    ann.say("lobby", "good")
    ann.say("lobby", "ann: bad", "mallory")
    ann.hear(IgnoredNow(1, [Ignored("mallory", "Mallory")]))
    assert "You see nothing of Mallory any more" in ann.shown
    assert "bad" not in ann.shown
    ann.model.focused(False, ann.now, ann.at)
    ann.say("lobby", "ann: worse", "mallory")
    assert ann.model.title() == "#lobby - Hubbub"
    ann.type("/ignore")
    assert ann.page[1:2] == ["Mallory"]
    ann.press(Action.CANCEL)
    ann.hear(IgnoredNow(1, []))
    assert "bad" in ann.shown
    assert "worse" in ann.shown


def test_a_talk_that_ignored_people_begin_is_not_opened_before_they_are_heard_again() -> None:
    ann = Alone(ignored=(Ignored("mallory", "Mallory"),))
    other = "@a:mallory"
    ann.enter(other, Kind.TALK, other="mallory", other_name="Mallory", n=0)
    ann.say(other, "hey", "mallory")
    ann.hear(InvitedTo(1, "ops", "mallory", "Mallory", Kind.PRIVATE))
    assert ann.rooms == ["1 #lobby"]
    assert "invites" not in ann.shown
    ann.hear(IgnoredNow(1, []))
    assert ann.rooms == ["1 #lobby", "2 Mallory"]
    ann.say(other, "at last", "mallory")
    assert ann.rooms == ["1 #lobby", "2 Mallory 1+!"]  # what was hidden is being fetched


def test_what_one_says_to_ignored_people_is_seen_with_their_talk() -> None:
    ann = Alone(ignored=(Ignored("mallory", "Mallory"),))
    other = "@a:mallory"
    ann.enter(other, Kind.TALK, other="mallory", other_name="Mallory", n=0)
    ann.type("/msg mallory stop it")
    ann.settle()
    ann.say(other, "stop it", "ann", n=2)
    assert ann.rooms == ["1 #lobby", "2 Mallory"]
    ann.say(other, "no", "mallory")
    assert ann.rooms == ["1 #lobby", "2 Mallory"]
    ann.type("/focus mallory")
    assert "stop it" in ann.shown
    assert not any(row.endswith(" no") for row in ann.rows())


def test_a_conversation_that_is_hidden_ends_with_the_session() -> None:
    ann = Alone(ignored=(Ignored("mallory", "Mallory"),))
    ann.enter("@a:mallory", Kind.TALK, other="mallory", other_name="Mallory", n=0)
    said = Welcome(1, "b" * 16, "ann", "ann", False, 0, JOURNAL, 1000, 1000, "", "lobby", ())
    ann.hear(Welcomed(1, said, again=True), IgnoredNow(1, []))
    assert ann.rooms == ["1 #lobby"]


def test_nobody_hears_that_ignored_people_are_away() -> None:
    ann = Alone()
    ann.press(Action.FOLD)
    ann.happens("lobby", WentAway(0, 0, "mallory", "Mallory", 1, away=True, why="insult"))
    assert "insult" in ann.shown
    ann.hear(IgnoredNow(1, [Ignored("mallory", "Mallory")]))
    assert "insult" not in ann.shown


def test_a_name_of_a_room_that_is_not_allowed_has_one_sign() -> None:
    ann = Alone()
    ann.type("/join #a:b")
    assert "#a:b" in ann.shown
    assert "##" not in ann.shown
    ann.settle()
    ann.type("/join #dev")
    ann.refuse("room_not_allowed", room="#dev", limit=64)
    assert "##" not in ann.shown


def test_why_a_session_is_over_cannot_drive_the_terminal() -> None:
    ann = Alone()
    ann.hear(SessionOver(1, "kicked", {"by": "Op\u202e", "why": "a\x1b]0;b\x07", "until": 0}))
    question = text_of(ann.model.prompt_row(WIDTH))
    assert "Op" in question
    assert not {"\x1b", "\x07", "\u202e"} & set(question + ann.shown)


def test_who_comes_and_goes_in_a_talk_gives_it_their_new_name() -> None:
    ann = with_talk()
    ann.happens(TALK, Left(0, 0, "bob", "bob", 0, "lost"))
    ann.happens(TALK, Joined(0, 0, "bob", "robert", 0, "x"), Said(0, 0, "bob", "robert", 1, "me"))
    assert ann.rooms == ["1 #lobby", "2 robert 2!"]
