"""Line mode in several rooms and private conversations: where lines go, and what is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from client.notices import Answered
from protocol.commands import (
    Announce,
    Ban,
    Ignore,
    Invite,
    Join,
    Kick,
    Quit,
    Say,
    Subject,
    Tell,
)
from protocol.events import Said
from protocol.limits import Limits
from protocol.questions import Found, Hit
from tests.client.line_nodes import Lines, arrive, somebody, start
from tests.loopback import WALL_MS, Loop, Node

if TYPE_CHECKING:
    from protocol.commands import Command


INVITE_ONLY = "The room #vault is private: somebody in it must invite you."


@pytest.fixture
def loop() -> Loop:
    return Loop()


def do(node: Node, session: int, *commands: Command) -> None:
    for command in commands:
        node.link.submit(session, command)
    node.loop.settle()


def with_ann(loop: Loop, *, json: bool = False, interactive: bool = False) -> (
    tuple[Lines, Node, int]
):  # fmt: skip
    """Return Duke in line mode, and Ann, who is in the lobby too."""
    ann, session = somebody(loop)
    lines = arrive(loop, json=json, interactive=interactive)
    return lines, ann, session


# ---- rooms


def test_lines_go_to_the_room_entered_last_and_others_are_named(loop: Loop) -> None:
    lines, ann, session = with_ann(loop)
    lines.type("in the lobby\n")
    lines.type("/join #Ops\nin ops\n/me waves\n")
    assert lines.take() == [
        "Duke: in the lobby",
        "-- you talk in #ops now; people here: 1.",
        "Duke: in ops",
        "* Duke waves",
    ]
    do(ann, session, Join("ops"), Say("ops", "hi\nthere"), Say("lobby", "and here"))
    lines.settle()
    assert lines.take() == [
        "Ann came in", "Ann: hi", "Ann: there", "#lobby Ann: and here",
    ]  # fmt: skip
    for line in ("/focus #lobby", "back", "/join ops", "there again", "/leave", "here"):
        lines.type(f"{line}\n")
    assert lines.take() == [
        "-- you talk in #lobby now.",
        "Duke: back",
        "-- you talk in #ops now.",
        "Duke: there again",
        "-- you are in #ops no more.",
        "-- you talk in #lobby now.",
        "Duke: here",
    ]
    assert lines.err == ""
    assert "back" in ann.texts
    lines.end()
    assert lines.status() == 0


def test_lines_after_a_join_go_there_though_a_leave_before_it_was_refused(loop: Loop) -> None:
    lines, ann, _ = with_ann(loop)
    lines.type("/leave #den\n/join #den\nfor the den\n")
    assert lines.err.splitlines() == ["chat-client: Line 1 was refused. There is no room #den."]
    assert lines.take() == ["-- you talk in #den now; people here: 1.", "Duke: for the den"]
    assert "for the den" not in ann.texts


def test_what_a_program_means_for_a_room_goes_nowhere_else(loop: Loop) -> None:
    lines, ann, session = with_ann(loop)
    do(ann, session, Join("vault", private=True))
    lines.type("/join #vault\nsecret\n/focus #nowhere\nlost\n/focus #lobby\npublic\n")
    assert lines.err.splitlines() == [
        f"chat-client: Line 1 was refused. {INVITE_ONLY}",
        "chat-client: Line 3 was refused. You are not in #nowhere: join it first.",
        "chat-client: Line 2 was refused. There is no room #vault.",
        "chat-client: Line 4 was refused. There is no room #nowhere.",
    ]
    assert "public" in ann.texts
    lines.err = ""
    lines.type("/join #ops\n")
    do(ann, session, Join("ops"))
    loop.core.state.rooms["ops"].owner = loop.core.state.owner_of("Ann") or ""
    do(ann, session, Kick("ops", "Duke", "noise"))
    lines.settle()
    lines.take()
    lines.type("for ops alone\n")
    assert "Line 8 was refused. You are not in #ops" in lines.err
    assert "for ops alone" not in ann.texts
    lines.end()
    assert lines.status() == 1


def test_what_a_person_types_ahead_for_a_room_goes_nowhere_else(loop: Loop) -> None:
    lines, ann, session = with_ann(loop, interactive=True)
    do(ann, session, Join("vault", private=True))
    lines.type("/join #vault\n")
    lines.type("still in the lobby\n")
    lines.type("/join #vault\na secret\n")
    lines.type("another\n/focus #nowhere\nand one\n/focus #lobby\nback\n")
    assert ann.texts == ["still in the lobby", "back"]
    assert lines.err.count(INVITE_ONLY) == 2
    assert lines.err.count("There is no room #vault.") == 2
    assert "There is no room #nowhere." in lines.err


def test_what_is_typed_while_a_room_is_entered_is_read(loop: Loop) -> None:
    lines = arrive(loop, interactive=True)
    lines.node.mute = True
    lines.type("/join #vault\n")
    assert lines.reads()
    lines.type("a secret\n")
    assert not lines.reads()


def test_whoever_is_put_out_of_a_room_says_nothing_elsewhere(loop: Loop) -> None:
    lines, ann, session = with_ann(loop, interactive=True)
    do(ann, session, Join("ops"))
    lines.type("/join #ops\n")
    loop.core.state.rooms["ops"].owner = loop.core.state.owner_of("Ann") or ""
    lines.take()
    do(ann, session, Kick("ops", "Duke", "noise"))
    lines.settle()
    assert lines.take() == [
        "Ann put Duke out: noise",
        "-- you are in #ops no more.",
        "-- what you type goes nowhere now: /focus #lobby talks there.",
    ]
    lines.type("for ops alone\n")
    assert "You are not in #ops" in lines.err
    lines.type("/focus #lobby\n/leave\nnowhere\n")
    assert (
        lines.take()[-1] == "-- you are in no room now: /join #lobby goes back, /rooms lists them."
    )
    assert "You talk in no room" in lines.err
    assert ann.texts == []


def test_whoever_wanted_a_private_room_learns_that_it_is_public(loop: Loop) -> None:
    lines, ann, session = with_ann(loop)
    do(ann, session, Join("ops"))
    lines.type("/join #ops --private\nsecret\n/join #den --private\n")
    assert lines.take() == [
        "-- you talk in #ops now; people here: 2.",
        "#ops was there before, and is public: everybody can read it.",
        "-- what you type goes nowhere now: /focus #ops talks there.",
        "-- you talk in #den now; people here: 1.",
    ]
    assert "Line 2 was refused. You talk in no room" in lines.err
    assert "secret" not in ann.texts
    lines.type("/join #ops --private\n/join #den --private\n")
    assert lines.take() == [
        "-- you talk in #ops now.",
        "#ops was there before, and is public: everybody can read it.",
        "-- what you type goes nowhere now: /focus #den talks there.",
        "-- you talk in #den now.",
    ]


def test_leaving_for_good_says_nothing_of_rooms(loop: Loop) -> None:
    lines, _, _ = with_ann(loop)
    lines.type("/join #ops\n/quit\n")
    assert lines.take() == ["-- you talk in #ops now; people here: 1."]
    assert (lines.err, lines.status()) == ("", 0)


def test_a_private_room_is_entered_by_invitation_and_shows_its_subject(loop: Loop) -> None:
    lines, ann, session = with_ann(loop)
    do(ann, session, Join("vault", private=True), Subject("vault", "plans"))
    do(ann, session, Invite("vault", "Duke"))
    lines.settle()
    assert lines.take() == ["-- Ann invites you: /join #vault enters."]
    lines.type("/join vault\n/topic\n/topic new plans\n")
    lines.type("/rooms\n")
    assert lines.take() == [
        "-- you talk in #vault now; people here: 2.",
        "#vault is about: plans",
        "#vault is about: plans",
        "Duke set the subject: new plans",
        "#lobby, people: 2, you are in it",
        "#vault, people: 2, private, you are in it: new plans",
    ]


# ---- private conversations


def test_a_private_conversation(loop: Loop) -> None:
    lines, ann, session = with_ann(loop)
    do(ann, session, Tell("Duke", "psst"))
    do(ann, session, Say("lobby", "aloud"))
    lines.settle()
    assert lines.take() == ["[private] Ann: psst", "Ann: aloud"]
    for line in ("/reply yes?", "/msg ann more", "to all", "/focus ann", "to her", "/topic"):
        lines.type(f"{line}\n")
    assert lines.take() == [
        "[private to Ann] Duke: yes?",
        "[private to Ann] Duke: more",
        "Duke: to all",
        "-- you talk with Ann in private now.",
        "[private to Ann] Duke: to her",
    ]
    assert lines.err == (
        "chat-client: Line 6 was refused. That is not for a conversation of two.\n"
    )
    assert ann.texts == ["aloud", "to all"]
    lines.type("/msg nobody hello\n/msg duke me\n")
    assert lines.err.splitlines()[1:] == [
        "chat-client: Line 7 was refused. There is nobody called nobody here: /who lists who is.",
        "chat-client: Line 8 was refused. That is you yourself: name somebody else.",
    ]


def test_what_is_meant_for_a_room_is_not_said_to_a_person_of_its_name(loop: Loop) -> None:
    lines, ann, session = with_ann(loop)
    do(ann, session, Tell("Duke", "psst"))
    lines.settle()
    lines.take()
    lines.type("/focus #ann\nfor the room\n/focus bob\nfor bob\n/focus Ann\nfor her\n")
    assert [line.partition("Line ")[2] for line in lines.err.splitlines()] == [
        "1 was refused. You are not in #ann: join it first.",
        "3 was refused. There is no conversation with bob yet: /msg bob TEXT begins one.",
        "2 was refused. There is no room #ann.",
        "4 was refused. There is no room #bob.",
    ]
    assert lines.take() == [
        "-- you talk with Ann in private now.",
        "[private to Ann] Duke: for her",
    ]


def test_of_two_people_of_one_name_the_last_to_speak_is_meant(loop: Loop) -> None:
    lines, ann, session = with_ann(loop)
    do(ann, session, Tell("Duke", "the first"), Quit())
    other, session = somebody(loop, number=501)
    do(other, session, Tell("Duke", "the second"))
    lines.settle()
    lines.take()
    lines.type("/focus Ann\nyes?\n")
    assert (lines.err, lines.take()[-1]) == ("", "[private to Ann] Duke: yes?")


def test_what_is_meant_for_a_conversation_that_the_broker_closes_is_not_said_aloud(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("broker.decide_words.TALKS_KEPT", 1)
    lines, ann, session = with_ann(loop)
    bob, of_bob = somebody(loop, "Bob", 501)
    do(ann, session, Tell("Duke", "psst"))
    lines.settle()
    lines.type("/focus Ann\n")
    do(bob, of_bob, Tell("Duke", "psst"))
    lines.settle()
    assert "-- what you type goes nowhere now: /focus #lobby talks there." in lines.take()
    lines.type("for her alone\n")
    assert "Line 2 was refused." in lines.err
    assert ann.texts == []


def test_nobody_to_reply_to(loop: Loop) -> None:
    lines = arrive(loop)
    lines.type("/reply hello\n")
    assert "Nobody has written to you in private" in lines.err


def test_whoever_is_ignored_is_not_heard(loop: Loop) -> None:
    lines, ann, session = with_ann(loop)
    lines.type("/ignore Ann\n")
    lines.type("/ignore\n")
    assert lines.take() == ["You see nothing of Ann any more.", "You ignore: Ann"]
    do(ann, session, Tell("Duke", "psst"), Say("lobby", "aloud"))
    lines.settle()
    assert lines.take() == []
    lines.type("/reply hello\n")
    assert "Nobody has written to you in private" in lines.err
    lines.type("/history\n/unignore Ann\n")
    lines.type("/ignore\n")
    assert lines.take() == [
        "All of that was said by people whom you ignore.",
        "You see Ann again.",
        "You ignore nobody.",
    ]
    lines.type("/join #ops\n/history\n")
    assert lines.take()[1:] == ["Nothing was said here."]


# ---- answers


def test_history_and_what_was_changed(loop: Loop) -> None:
    lines, ann, session = with_ann(loop)
    do(ann, session, Say("lobby", "one"), Say("lobby", "two"), Say("lobby", "three"))
    for line in ("four", "/edit for", "/history 2", "/delete", "/history 1", "/history since 1h"):
        lines.type(f"{line}\n")
    lines.type("/history since x\n")
    out = [line.partition("+08 ")[2] or line for line in lines.take()]
    assert out == [
        "Ann: one", "Ann: two", "Ann: three", "Duke: four",
        "Duke edited: for", "Ann: three", "Duke: for (edited)",
        "Duke deleted a message", "Duke: (deleted)",
        "Ann: one", "Ann: two", "Ann: three", "Duke: (deleted)",
    ]  # fmt: skip
    assert lines.err.startswith("chat-client: Line 7 was refused. That is no time")


def test_what_a_search_found(loop: Loop) -> None:
    lines, _, _ = with_ann(loop)
    lines.type("/join ops\n/msg Ann psst\n")
    lines.take()
    (talk,) = (room for room in lines.mode._rooms if room.startswith("@"))
    lines.type("/search hello from:Ann in:#ops before:2h\nafter it\n")
    assert lines.take() == []
    asked = lines.mode._intents._asked
    assert asked is not None
    said = Said(7, WALL_MS, "a", "Ann", 1, "hello\nthere")
    found = Found((Hit("ops", said), Hit(talk, said), Hit("@left:since", said)), older=3)
    lines.mode.notice([Answered(lines.session, asked.request, found)], loop.now)
    lines.settle()
    first, second, third, _, fifth, _, more, after = lines.take()
    assert first.endswith("+08 #ops:7 Ann: hello")
    assert second.endswith("+08 #ops:7 Ann: there")
    assert third.endswith("+08 [private with Ann]:7 Ann: hello")
    assert fifth.endswith("+08 [private]:7 Ann: hello")
    assert more == "… and older ones: add before:TIME, or more words."
    assert after == "Duke: after it"


def test_who_somebody_is_and_what_operators_did(loop: Loop) -> None:
    lines, ann, session = with_ann(loop)
    lines.type("/join #ops\n")
    do(ann, session, Join("ops"))
    for line in ("mute Ann 10m loud", "bans", "modlog", "away lunch", "whois Duke", "kick Ann"):
        lines.type(f"/{line}\n")
    out = lines.take()
    assert lines.err == ""
    assert "muted: Ann" in "\n".join(out)
    assert any(line.startswith("-- ") and "muted Ann" in line for line in out)
    assert "  away: lunch" in out
    assert out[-1] == "Duke put Ann out"


def test_answers_and_news_as_json(loop: Loop) -> None:
    lines, ann, session = with_ann(loop, json=True)
    for line in ("join ops", "topic alerts", "topic", "rooms", "history", "ignore Ann", "leave"):
        lines.type(f"/{line}\n")
    told = [(one["type"], one.get("room")) for one in lines.take_objects()]
    assert told == [
        ("entered", "ops"), ("joined", "ops"), ("subject_set", "ops"), ("topic", "ops"),
        ("rooms", None), ("history", "ops"), ("ignored", None), ("left", "ops"), ("exited", "ops"),
        ("focus", "lobby"),
    ]  # fmt: skip
    do(ann, session, Tell("Duke", "hidden"))
    lines.settle()
    assert [one["type"] for one in lines.take_objects()] == ["entered", "joined"]


# ---- the broker's word


def test_what_a_broker_let_through_does_not_drive_a_terminal(loop: Loop) -> None:
    lines = arrive(loop)
    lines.output.refuse(1, "no_such_person", {"who": "\x1b]0;owned\x07\x9b2JAnn"})
    assert lines.output.take_sentences() == (
        "chat-client: Line 1 was refused. There is nobody called Ann here: /who lists who is.\n"
    )


def test_commands_that_come_too_fast_wait_and_are_carried_out() -> None:
    loop = Loop(limits=Limits(burst=3, per_second=2.0))
    ann, _ = somebody(loop)
    lines = arrive(loop)
    lines.type("".join(f"{n}\n" for n in range(20)))
    lines.end()
    for _ in range(40):
        lines.wait(0.25)
    assert ann.texts == [str(n) for n in range(20)]
    assert lines.err == "That was too fast: it is tried again by itself.\n"
    assert lines.status() == 0


def test_whoever_is_put_out_of_the_broker_is_told_by_whom(loop: Loop) -> None:
    lines, ann, session = with_ann(loop)
    loop.core.state.operators.append(loop.core.state.owner_of("Ann") or "")
    do(ann, session, Announce("", "closing"), Ban("", "Duke", 0, "spam"))
    lines.settle()
    assert lines.take()[0] == "Announcement of Ann: closing"
    assert lines.err == "chat-client: You are banned: spam.\n"
    assert lines.status() == 1


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (Ban("", "Duke", 0, "spam"), "You are banned: spam."),
        (Kick("", "Duke", "spam"), "That session is over (kicked)"),
    ],
)
def test_what_the_end_of_the_session_kept_from_being_said_is_counted(
    loop: Loop, act: Command, sentence: str
) -> None:
    lines, ann, session = with_ann(loop)
    loop.core.state.operators.append(loop.core.state.owner_of("Ann") or "")
    lines.node.cut()
    lines.type("one\ntwo\n/join #ops\nthree\n")
    do(ann, session, act)
    lines.wait(5)
    _, over, missing = lines.err.splitlines()
    assert over.startswith(f"chat-client: {sentence}")
    assert missing.startswith("chat-client: Messages that the broker has not acknowledged: 4.")
    assert (lines.status(), ann.texts) == (1, [])


def test_what_waits_for_its_turn_when_the_session_ends_is_counted() -> None:
    loop = Loop(limits=Limits(burst=3, per_second=2.0))
    ann, session = somebody(loop)
    loop.core.state.operators.append(loop.core.state.owner_of("Ann") or "")
    lines = arrive(loop)
    lines.type("".join(f"{n}\n" for n in range(20)))
    do(ann, session, Kick("", "Duke", "noise"))
    lines.settle()
    assert ann.texts == ["0", "1"]
    assert "You were put out by Ann: noise." in lines.err
    assert "has not acknowledged: 18." in lines.err


def test_a_name_that_was_taken_outside_of_all_rooms_is_ones_own(loop: Loop) -> None:
    lines = arrive(loop, interactive=True)
    lines.type("/leave\n/nick Bob\n")
    lines.node.cut()
    lines.wait(5)
    assert "was not free" not in lines.err
    lines.type("/join lobby\nhere\n")
    assert lines.take()[-1] == "Bob: here"


def test_an_earlier_client_s_rooms_are_read_on(loop: Loop) -> None:
    lines, ann, session = with_ann(loop)
    lines.type("/join #ops\n/msg Ann psst\n")
    lines.node.cut(noticed=False)
    lines.node.mute = True
    do(ann, session, Tell("Duke", "still there?"))
    again = start(loop, number=lines.number)
    again.settle()
    out = [line.partition("+08 ")[2] or line for line in again.take()]
    assert out == ["[private] Duke: psst", "[private] Ann: still there?"]
    again.type("/reply yes\n/focus ops\nhere\n")
    assert again.take()[-1] == "Duke: here"
    assert again.err.startswith("chat-client: Line 1 was refused. Nobody has written")


def test_a_program_that_ignores_sees_no_talk_that_they_begin(loop: Loop) -> None:
    lines, ann, session = with_ann(loop)
    do(ann, session, Ignore("Duke"))
    lines.type("/msg Ann can you hear me\n")
    assert lines.take() == ["[private to Ann] Duke: can you hear me"]
