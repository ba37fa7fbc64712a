"""What was said and is changed or taken back, and what operators do, as it is seen in the room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from client.notices import HelloRefused, SessionOver, Status
from client.screen import effects
from client.screen.keymap import Action
from protocol.commands import Announce, Ban, Delete, Edit, Kick, Mute, Op, Slow, Subject
from protocol.events import (
    Announced,
    Appointed,
    Deleted,
    Edited,
    Invited,
    Muted,
    Said,
    Slowed,
    Unmuted,
    WentAway,
)
from tests.client.screen.alone import OWN, Alone
from tests.client.screen.events import START, said, shown, talk, transcript

if TYPE_CHECKING:
    from protocol.commands import Command
    from protocol.events import AnyEvent


# ---- changed words


def test_an_edited_message_is_shown_as_it_is_now_and_marked() -> None:
    ann = Alone()
    number = ann.say("lobby", "helo")
    ann.happens("lobby", Edited(0, 0, "bob", "bob", 2, number, "hello"))
    assert "hello (edited)" in ann.shown
    assert "helo\n" not in ann.shown
    ann.happens("lobby", Edited(0, 0, "bob", "bob", 3, number, "hello all"))
    assert "hello all (edited)" in ann.shown


def test_a_deleted_message_leaves_a_dim_word_and_nothing_of_its_text() -> None:
    ann = Alone()
    number = ann.say("lobby", "my secret")
    ann.say("lobby", "next")
    ann.happens("lobby", Deleted(0, 0, "bob", "bob", 2, number, "bob", "bob"))
    assert "(deleted)" in ann.shown
    assert ann.style_of("(deleted)") == "class:text.deleted"
    assert "deleted a message" not in ann.shown
    ann.press(Action.FIND)
    ann.model.field_changed("secret")
    assert ann.model.field is not None
    assert "nothing found" in ann.model.field.label


def test_what_an_operator_takes_away_is_said_too() -> None:
    ann = Alone()
    number = ann.say("lobby", "rude")
    ann.happens("lobby", Deleted(0, 0, "op", "Op", 1, number, "bob", "bob"))
    assert "Op deleted a message of bob" in ann.shown
    assert "rude" not in ann.shown


def test_a_page_that_is_older_than_a_change_shows_the_change() -> None:
    made = transcript(talk(11, 20))
    made.append([Edited(21, START, "ann", "Ann", 9, 4, "better"), said(22)])
    made.append([Deleted(23, START, "ann", "Ann", 9, 6, "ann", "Ann")])
    made.prepend(talk(1, 10), 1)
    rows = shown(made)
    assert any(row.endswith("better (edited)") for row in rows)
    assert not any(row.endswith(("m4", "m6")) for row in rows)
    assert sum(row.endswith("(deleted)") for row in rows) == 1


def test_a_change_never_brings_back_what_is_newer() -> None:
    page = [said(1), Said(2, START, "ann", "Ann", 0, "newest", edited=9), said(3)]
    made = transcript(page)
    made.append([Edited(10, START, "ann", "Ann", 9, 99, "of nothing")])
    made.append([Edited(11, START, "ann", "Ann", 9, 1, "")])  # it was changed once more
    assert any(row.endswith("newest (edited)") for row in shown(made))
    assert any(row.endswith("m1") for row in shown(made))


def test_changes_count_in_the_room_and_are_nothing_unread() -> None:
    ann = Alone()
    number = ann.say("lobby", "helo")
    ann.model.focused(False, ann.now, ann.at)
    ann.happens("lobby", Edited(0, 0, "bob", "bob", 2, number, "ann: hello"))
    ann.happens("lobby", Slowed(0, 0, "op", "Op", 1, 30))
    assert ann.model.title() == "#lobby - Hubbub"
    ann.model.focused(True, ann.now, ann.at)
    assert ann.model.saved().rooms["lobby"].read == ann.numbers["lobby"]


# ---- what operators do


ACTS: list[tuple[AnyEvent, str]] = [
    (Slowed(0, 0, "op", "Op", 1, 30), "Op set slow mode: one message each 30s"),
    (Invited(0, 0, "op", "Op", 1, "zoe", "Zoe"), "Op invited Zoe"),
    (Appointed(0, 0, "op", "Op", 1, "zoe", "Zoe"), "Op made Zoe an operator"),
    (Announced(0, 0, "op", "Op", 1, "tea!", True), "Announcement of Op: tea!"),
    (Muted(0, 0, "op", "Op", 1, "zoe", "Zoe", 0, "shouting"), "Op muted Zoe: shouting"),
]


@pytest.mark.parametrize(("event", "sentence"), ACTS)
def test_what_operators_do_stands_in_the_room(event: AnyEvent, sentence: str) -> None:
    ann = Alone()
    ann.happens("lobby", event)
    assert sentence in ann.shown
    assert ann.style_of(sentence) == "class:act"


def test_nothing_in_an_act_drives_the_terminal() -> None:
    ann = Alone()
    ann.happens("lobby", Announced(0, 0, "op", "\x1b[2JOp", 1, "a\x1b]0;x\x07b\nc", True))
    assert "\x1b" not in ann.shown
    assert "\x07" not in ann.shown


def test_slow_mode_and_a_mute_are_seen_while_they_last() -> None:
    ann = Alone()
    ann.happens("lobby", Slowed(0, 0, "op", "Op", 1, 30))
    assert "one message each 30s" in ann.topic
    until = ann.at + 60_000
    ann.happens("lobby", Muted(0, 0, "op", "Op", 1, OWN, "ann", until, "shouting"))
    assert "muted until 22:15+00" in ann.status
    ann.now += 61
    ann.model.tick(ann.now, ann.at)
    assert "muted" not in ann.status
    ann.happens("lobby", Muted(0, 0, "op", "Op", 1, OWN, "ann", 0))
    assert "muted" in ann.status
    ann.happens("lobby", Unmuted(0, 0, "op", "Op", 1, OWN, "ann"))
    assert "muted" not in ann.status


def test_a_mute_in_the_whole_broker_is_seen_in_every_room() -> None:
    ann = Alone()
    ann.enter("dev")
    ann.happens("lobby", Muted(0, 0, "op", "Op", 1, OWN, "ann", 0, "spam", everywhere=True))
    ann.type("/focus dev")
    assert "muted" in ann.status
    ann.happens("dev", Muted(0, 0, "op", "Op", 1, OWN, "ann", ann.at + 60_000))
    ann.happens("lobby", Unmuted(0, 0, "op", "Op", 2, OWN, "ann", everywhere=True))
    assert "muted until 22:15+00" in ann.status


def test_who_was_put_out_of_everything_is_told_by_whom_and_may_try_again() -> None:
    ann = Alone()
    ann.hear(SessionOver(1, "kicked", {"by": "Op", "why": "noise", "until": 0}))
    assert "You were put out by Op: noise." in ann.shown
    assert "session over" in ann.status
    ann.model.opened(2, "ann")
    until = ann.at + 60_000
    ann.hear(HelloRefused(2, "banned", {"until": until, "why": ""}))
    assert "until 22:15+00" in ann.shown


def test_being_away_is_seen_by_oneself_and_in_the_list() -> None:
    ann = Alone()
    ann.happens("lobby", WentAway(0, 0, OWN, "ann", 1, True, "lunch"))
    assert "away: lunch" in ann.status
    assert ann.model.people_rows(18, 2)[0][0][0] == "class:person.own class:person.away"
    ann.happens("lobby", WentAway(0, 0, OWN, "ann", 2, False))
    assert "away" not in ann.status


def test_a_resumed_session_knows_that_one_is_away() -> None:
    assert "away: lunch" in Alone(away=True, why="lunch").status


def test_operators_are_marked_in_the_list() -> None:
    ann = Alone()
    ann.happens("lobby", Appointed(0, 0, "op", "Op", 1, OWN, "ann"))
    assert ann.people == ["@ann"]
    ann.type("/who")
    assert ann.page[1] == "@ann ann · operator"


def test_the_message_of_the_day_is_shown_once() -> None:
    ann = Alone(message_of_the_day="Be kind.\nTea at four.")
    assert ann.shown.count("Be kind.") == 1
    assert "Tea at four." in ann.shown
    ann.enter("dev")
    ann.type("/focus dev")
    assert "Be kind." not in ann.shown


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("/edit better", Edit("lobby", "better")),
        ("/delete", Delete("lobby")),
        ("/delete bob", Delete("lobby", "bob")),
        ("/topic tea", Subject("lobby", "tea")),
        ("/kick bob too loud", Kick("lobby", "bob", "too loud")),
        ("/ban 10.0.0.1 2h spam", Ban("lobby", "10.0.0.1", 7200, "spam")),
        ("/mute bob 10m", Mute("lobby", "bob", 600)),
        ("/slow off", Slow("lobby", 0)),
        ("/op bob --everywhere", Op("", "bob")),
        ("/announce tea is ready", Announce("", "tea is ready")),
    ],
)
def test_commands_are_meant_for_the_room_that_is_shown(typed: str, command: Command) -> None:
    ann = Alone()
    ann.type(typed)
    assert ann.submitted[-1] == command
    assert ann.model.draft.text == ""


def test_every_command_that_waits_is_kept_for_the_next_start() -> None:
    ann = Alone()
    ann.settle()
    ann.type("/kick bob why not")
    ann.type("/topic tea")
    (kick, topic) = ann.model.saved().pending
    assert (kick.command, topic.command) == (
        Kick("lobby", "bob", "why not"),
        Subject("lobby", "tea"),
    )


def test_who_is_banned_is_offered_no_session_before_the_end() -> None:
    ann = Alone()
    until = ann.at + 60_000
    ann.hear(SessionOver(1, "banned", {"until": until, "why": "noise"}))
    assert "You are banned until 22:15+00: noise." in ann.shown
    assert ann.model.field is not None
    assert ann.model.field.label == "Ctrl-C quits. "
    ann.model.take_effects()
    ann.press(Action.ACCEPT)
    assert not [e for e in ann.model.take_effects() if isinstance(e, effects.OpenAgain)]
    deadline = ann.model.next_deadline()
    assert deadline == 60.0
    ann.now = deadline
    ann.model.tick(ann.now, ann.at)
    assert ann.model.field.label == "Enter opens a new session, Ctrl-C quits. "
    ann.press(Action.ACCEPT)
    assert effects.OpenAgain("ann", renew=True) in ann.model.take_effects()


def test_who_is_banned_for_ever_can_only_quit() -> None:
    ann = Alone()
    ann.hear(HelloRefused(1, "banned", {"until": 0, "why": ""}))
    assert ann.model.next_deadline() is None
    ann.model.take_effects()
    ann.press(Action.ACCEPT)
    assert not [e for e in ann.model.take_effects() if isinstance(e, effects.OpenAgain)]
    ann.press(Action.CLEAR_OR_QUIT)
    assert effects.Exit(0) in ann.model.take_effects()


def test_who_was_put_out_may_open_another_session() -> None:
    ann = Alone()
    ann.hear(SessionOver(1, "kicked", {"by": "Op", "why": "", "until": 0}))
    ann.model.take_effects()
    ann.press(Action.ACCEPT)
    assert effects.OpenAgain("ann", renew=True) in ann.model.take_effects()


@pytest.mark.parametrize("typed", ["/edit other", "/delete"])
def test_a_change_that_waits_is_marked_at_its_message(typed: str) -> None:
    ann = Alone()
    ann.settle()
    ann.say("lobby", "first", "ann", n=2)
    ann.say("lobby", "last", "ann", n=3)
    ann.type(typed)
    assert "1 pending" in ann.status
    assert [row.split()[-1] for row in ann.rows()[-2:]] == ["first", "…"]
    ann.settle()
    assert "pending" not in ann.status
    assert ann.rows()[-1].endswith("last")


def test_a_change_of_what_is_not_said_yet_is_marked_nowhere_else() -> None:
    ann = Alone()
    ann.settle()
    ann.say("lobby", "earlier", "ann", n=2)
    ann.type("later")
    ann.type("/edit at last")
    assert "2 pending" in ann.status
    assert [row.split()[-2:] for row in ann.rows()[-2:]] == [["ann", "earlier"], ["later", "…"]]


def test_what_is_asked_and_ordered_while_the_broker_is_away_is_seen_to_wait() -> None:
    ann = Alone()
    ann.settle()
    ann.link.status = Status.WAITING
    ann.type("/topic tea")
    ann.type("/kick bob")
    ann.type("/join #den")
    assert "3 pending" in ann.status
    ann.type("/whois bob")
    assert "asked: the answer comes when the broker is back" in ann.shown
