"""Line mode when the broker is away, the name is taken, a signal comes, or nobody reads."""

from __future__ import annotations

import pytest

from client.line_going import SEND_WITHIN_S
from client.line_phase import EXIT_PIPE_CLOSED
from client.link import GOODBYE_WITHIN_S
from client.notices import BrokerStopping, RoomEvents, RoomLeft
from protocol.events import Joined, Left
from protocol.phrases import Language, Phrase, say
from tests.client.line_nodes import arrive, somebody, start
from tests.loopback import Loop

NO_BROKER = (
    "No broker answers at tcp://127.0.0.1:5555: start one with chat-broker (or make run), or name "
    "another with --connect.\n"
)
WAITING = "-- waiting for the broker; what you type is kept.\n"
ASKED = say(Language.EN, Phrase.NAME_QUESTION)
BACK = "-- back; what you typed is on its way.\n"
NOT_ACKNOWLEDGED = (
    "chat-client: Messages that the broker has not acknowledged: {}. They may or may not be said.\n"
)


@pytest.fixture
def loop() -> Loop:
    return Loop()


# ---- the broker


def test_without_a_broker_a_pipe_is_told_how_to_start_one(loop: Loop) -> None:
    loop.kill()
    lines = start(loop)
    lines.settle()
    assert lines.err == f"chat-client: {NO_BROKER}"
    assert lines.status() == 1


def test_without_a_broker_a_person_waits_and_is_told(loop: Loop) -> None:
    loop.kill()
    lines = start(loop, interactive=True)
    lines.wait(20)
    assert lines.err == NO_BROKER + WAITING
    assert lines.status() is None
    loop.start()
    lines.wait(10)
    assert BACK in lines.err
    lines.type("hello\n")
    assert lines.take()[-1] == "Duke: hello"


def test_a_broker_that_dies_is_waited_for_and_everything_arrives_once(loop: Loop) -> None:
    ann, _ = somebody(loop)
    lines = arrive(loop)
    lines.type("one\n")
    lines.mode.received(b"two\n", loop.now)  # on its way when the broker dies
    loop.kill()
    lines.settle()
    lines.type("three\n")
    assert lines.err == WAITING
    lines.end()
    lines.wait(5)
    assert lines.status() is None
    loop.start()
    lines.wait(5)
    assert lines.err == WAITING + BACK
    assert lines.take() == ["Duke: one", "Duke: two", "Duke: three"]
    assert lines.status() == 0
    loop.wait(10)
    assert ann.texts == ["one", "two", "three"]


def test_who_was_away_too_long_comes_in_again_and_says_the_rest(loop: Loop) -> None:
    ann, session = somebody(loop)
    lines = arrive(loop)
    lines.node.mute = True
    lines.wait(20)
    lines.type("late\n")
    ann.say(session, "meanwhile")
    lines.wait(60)
    lines.node.mute = False
    lines.wait(10)
    assert lines.err == (
        f"{WAITING}{BACK}-- you were away too long and had left; you are in again.\n"
    )
    shown = lines.take()
    assert shown[:1] == ["Ann: meanwhile"]
    assert shown[-1] == "Duke: late"
    lines.end()
    assert lines.status() == 0


def test_a_room_that_was_nearly_entered(loop: Loop) -> None:
    """The join is acknowledged, and the session lost before it is answered."""
    ann, _ = somebody(loop)
    lines = arrive(loop)
    lines.node.mute = True
    lines.type("/join #vault\na secret\n")
    barred = RoomLeft(lines.session, "vault", "", code="invite_only", fields={"room": "vault"})
    lines.mode.notice([barred], loop.now)
    lines.node.mute = False
    lines.wait(10)
    assert "The room #vault is private" in lines.err
    assert "a secret" not in ann.texts


def test_a_first_room_that_was_nearly_entered(loop: Loop) -> None:
    lines = start(loop)
    lines._open()
    loop.settle()
    lines.mode.notice(lines.node.notices, loop.now)
    lines.mode.notice([RoomLeft(lines.session, "lobby", "")], loop.now)
    lines.taken = len(lines.node.notices)
    lines.settle()
    assert lines.err == "chat-client: You are not in #lobby: join it first.\n"
    assert lines.status() == 1


def test_a_broker_with_another_journal(loop: Loop) -> None:
    lines = arrive(loop)
    loop.kill()
    loop.start_with_new_journal()
    lines.wait(5)
    lines.type("anew\n")
    told, login, said = lines.take()
    assert told == "-- the broker came back with another history; messages may be missing."
    assert "login" in login
    assert said == "Duke: anew"
    lines.end()
    assert lines.status() == 0


def test_a_full_disk_is_told_once_and_waited_for(loop: Loop) -> None:
    ann, _ = somebody(loop)
    lines = arrive(loop)
    loop.full = True
    lines.type("one\ntwo\n")
    lines.wait(5)
    assert lines.err == ("The broker cannot store anything just now: try again shortly.\n")
    loop.full = False
    lines.wait(3)
    lines.end()
    assert lines.status() == 0
    assert ann.texts == ["one", "two"]


def test_the_broker_says_that_it_stops(loop: Loop) -> None:
    lines = arrive(loop)
    lines.mode.notice([BrokerStopping()], loop.now)
    lines.settle()
    assert lines.err == "-- the broker is stopping.\n"


def test_a_room_that_lost_its_oldest_messages(loop: Loop) -> None:
    lines = arrive(loop)
    lines.mode.notice([RoomEvents("lobby", (), 7)], loop.now)
    lines.settle()
    assert lines.take() == ["-- messages no longer kept: 7."]


# ---- the name


def test_a_name_that_is_taken_ends_a_pipe(loop: Loop) -> None:
    somebody(loop, "Duke")
    lines = start(loop)
    lines.type("hello\n")
    assert lines.err == "chat-client: The name Duke is taken: choose another.\n"
    assert (lines.out, lines.status()) == ("", 1)


def test_a_name_that_another_client_of_this_machine_has_ends_a_pipe(loop: Loop) -> None:
    lines = start(loop)
    lines.names_in_use.add("Duke")
    lines.settle()
    assert lines.err == "chat-client: Duke is in use by another client on this machine.\n"
    assert lines.status() == 1


def test_a_person_is_asked_for_another_name(loop: Loop) -> None:
    somebody(loop, "Duke")
    lines = start(loop, interactive=True)
    lines.names_in_use.add("Anna")
    lines.settle()
    assert lines.err == f"chat-client: The name Duke is taken: choose another.\n{ASKED}"
    lines.type("Anna\n")
    assert lines.err.endswith(f"Anna is in use by another client on this machine.\n{ASKED}")
    lines.type("\n" + "x" * 40 + "\n" + "y" * 100_000 + "\n")
    assert lines.err.count("longer than 32 characters") == 2
    lines.type("Duchess\nhello\n")
    assert "Type a line to talk" in lines.err
    assert lines.take()[-1] == "Duchess: hello"
    lines.end()
    assert lines.status() == 0


def test_a_person_who_gives_no_other_name(loop: Loop) -> None:
    somebody(loop, "Duke")
    lines = start(loop, interactive=True)
    lines.settle()
    lines.end()
    assert lines.status() == 1


def test_a_session_that_is_over_is_opened_anew(loop: Loop) -> None:
    first = arrive(loop)
    first.end()
    again = start(loop, number=first.number)  # its end was never written down
    again.type("hello\n")
    assert again.take()[-1] == "Duke: hello"
    assert again.number != first.number


def test_a_client_that_crashed_comes_back_as_itself(loop: Loop) -> None:
    crashed = arrive(loop)
    crashed.type("before\n")
    ann, session = somebody(loop)
    crashed.node.mute = True
    ann.say(session, "meanwhile")
    loop.settle()
    again = start(loop, number=crashed.number)
    again.type("after\n")
    again.end()
    *history, said = again.take()
    assert [line.partition("+08 ")[2] for line in history] == ["Duke: before", "Ann: meanwhile"]
    assert said == "Duke: after"
    assert (again.status(), again.err) == (0, "")
    mine = [event for event in ann.events if event.name == "Duke"]
    assert [type(event) for event in mine if isinstance(event, Joined | Left)] == [Left]


def test_a_client_whose_session_another_took_over(loop: Loop) -> None:
    lines = arrive(loop)
    other = start(loop, number=lines.number)
    other.settle()
    lines.wait(3)
    assert lines.err == "chat-client: This session was taken over by a newer connection.\n"
    assert lines.status() == 1
    assert not lines.mode.token_is_spent


# ---- one message


def test_a_message_is_sent_in_silence(loop: Loop) -> None:
    ann, _ = somebody(loop)
    lines = start(loop, message="/quit\nis what I say")
    lines.settle()
    assert (lines.status(), lines.out, lines.err) == (0, "", "")
    assert ann.texts == ["/quit\nis what I say"]


@pytest.mark.parametrize("language", Language)
def test_a_message_without_a_broker(loop: Loop, language: Language) -> None:
    loop.kill()
    lines = start(loop, message="done", language=language)
    lines.settle()
    assert lines.status() == 1
    assert lines.err.count("\n") == 1
    assert "chat-broker" in lines.err


def test_a_message_under_a_name_that_is_taken(loop: Loop) -> None:
    somebody(loop, "Duke")
    lines = start(loop, message="done")
    lines.settle()
    assert lines.err == "chat-client: The name Duke is taken: choose another.\n"
    assert lines.status() == 1


def test_a_message_to_a_broker_that_dies_is_said_once_it_is_back(loop: Loop) -> None:
    ann, _ = somebody(loop)
    loop.full = True
    lines = start(loop, message="done")
    lines.wait(2)
    assert lines.status() is None
    loop.full = False
    lines.wait(5)
    assert lines.status() == 0
    assert ann.texts == ["done"]


def test_a_message_that_is_not_acknowledged_in_time(loop: Loop) -> None:
    lines = start(loop, message="done")
    loop.full = True
    lines.wait(SEND_WITHIN_S - 1)
    assert lines.status() is None
    lines.wait(1)
    assert lines.status() == 1
    assert lines.err.endswith(NOT_ACKNOWLEDGED.format(1))


def test_a_message_that_was_interrupted(loop: Loop) -> None:
    loop.full = True
    lines = start(loop, message="done")
    lines.wait(1)
    lines.stop()
    assert lines.status() == 1
    assert lines.err.endswith("chat-client: Interrupted: the message may not have been sent.\n")


# ---- signals and pipes


def test_a_signal_lets_what_was_read_be_said(loop: Loop) -> None:
    ann, _ = somebody(loop)
    lines = arrive(loop)
    lines.mode.received(b"one\ntwo", loop.now)
    lines.stop()
    assert lines.status() == 0
    assert ann.texts == ["one", "two"]
    assert isinstance(ann.events[-1], Left)


def test_a_signal_while_the_broker_is_away_names_what_is_lost(loop: Loop) -> None:
    lines = arrive(loop)
    loop.kill()
    lines.settle()
    lines.type("one\ntwo\n")
    lines.stop()
    assert lines.err == WAITING + NOT_ACKNOWLEDGED.format(2)
    assert lines.status() == 1
    assert not lines.mode.token_is_spent


def test_a_signal_while_the_disk_is_full_waits_a_little(loop: Loop) -> None:
    lines = arrive(loop)
    loop.full = True
    lines.type("one\n")
    lines.stop()
    assert lines.status() is None
    lines.wait(GOODBYE_WITHIN_S)
    assert lines.err.endswith(NOT_ACKNOWLEDGED.format(1))
    assert lines.status() == 1


def test_a_second_signal_ends_at_once(loop: Loop) -> None:
    lines = arrive(loop)
    loop.full = True
    lines.type("one\n")
    lines.stop()
    lines.stop()
    assert lines.status() == 1


def test_a_signal_before_one_is_in(loop: Loop) -> None:
    lines = start(loop)
    lines.mode.stop(loop.now)
    assert lines.status() == 0


def test_the_end_does_not_wait_for_ever_for_a_broker_that_is_away(loop: Loop) -> None:
    lines = arrive(loop)
    lines.type("one\n")
    lines.node.mute = True
    lines.end()
    assert lines.status() is None
    lines.wait(GOODBYE_WITHIN_S)
    assert lines.status() == 0  # all was acknowledged


def test_one_s_own_words_are_waited_for_but_not_for_ever(loop: Loop) -> None:
    lines = arrive(loop)
    lines.node.loses_broadcasts = True
    lines.type("one\n")
    lines.end()
    assert lines.status() is None
    lines.wait(10)
    assert lines.status() == 0


def test_a_reader_that_goes_away_ends_it_quietly(loop: Loop) -> None:
    ann, _ = somebody(loop)
    lines = arrive(loop)
    lines.type("one\n")
    lines.mode.output_closed("", loop.now)
    lines.settle()
    assert (lines.status(), lines.err) == (EXIT_PIPE_CLOSED, "")
    assert isinstance(ann.events[-1], Left)


def test_output_that_cannot_be_written(loop: Loop) -> None:
    lines = arrive(loop)
    lines.mode.output_closed("No space left on device", loop.now)
    lines.settle()
    assert lines.status() == 1
    assert lines.err == (
        "chat-client: Standard output cannot be written: No space left on device.\n"
    )


def test_a_person_is_greeted_and_may_mistype(loop: Loop) -> None:
    lines = start(loop, interactive=True)
    lines.settle()
    assert lines.err.startswith("welcome ")
    assert lines.err.endswith("Type a line to talk, /help for the commands, /quit to leave.\n")
    lines.err = ""
    lines.type("/fly\n/quit\n")
    assert lines.err == (
        "chat-client: There is no command /fly: /help lists them, and // says a /.\n"
    )
    assert lines.status() == 0
