"""The talk with the broker about one command."""

from __future__ import annotations

import pytest

from admin.dialogue import Dialogue
from admin.report import Report
from admin.requests import Steps
from protocol.commands import Kick, Quit
from protocol.errors import HubbubError
from protocol.messages import (
    ADMIN_DOOR,
    Ack,
    Alive,
    Answer,
    Ask,
    Do,
    Ended,
    Head,
    Hello,
    Refused,
    Stopping,
    Welcome,
)
from protocol.questions import BackedUp, Stats

TOKEN = "0" * 32
WELCOME = Welcome(1, "id", "id", "admin", False, 0, "j", 5000, 15000, "pub", "lobby")
ANSWER = BackedUp("/copy", 1)


def command() -> Steps:
    answer = yield Stats()
    assert answer == ANSWER
    yield Kick("", "duke")
    return Report("data", ["line"])


def begun() -> Dialogue:
    dialogue = Dialogue(TOKEN, command(), lambda code, fields: f"{code} {fields}")
    assert dialogue.again() == Hello(1, TOKEN, door=ADMIN_DOOR)
    assert dialogue.received(WELCOME) == Ask(1, 1, Stats())
    return dialogue


def test_each_step_waits_for_its_answer_and_the_session_ends_with_the_last() -> None:
    dialogue = begun()
    assert dialogue.heartbeat == 5000
    for passed_over in (Alive("j"), Head("j", "lobby", 5), Answer(1, 9, ANSWER), WELCOME):
        assert dialogue.received(passed_over) is None
    assert dialogue.received(Answer(1, 1, ANSWER)) == Do(1, 1, Kick("", "duke"))
    assert dialogue.received(Answer(1, 1, ANSWER)) is None
    assert dialogue.received(Ack(1, 1)) == Do(1, 2, Quit())
    assert dialogue.report == Report("data", ["line"])
    assert dialogue.goodbye() is None


def test_what_is_refused_for_now_is_asked_again() -> None:
    dialogue = begun()
    busy = Refused(1, 0, 1, "busy", "", {"retry_after": 700})
    assert dialogue.received(busy) is None
    assert (dialogue.retry_after, str(dialogue.problem)) == (700, "busy {'retry_after': 700}")
    assert dialogue.again() == Ask(1, 1, Stats())
    dialogue.received(Answer(1, 1, ANSWER))
    assert (dialogue.retry_after, dialogue.problem) == (None, None)


def test_a_refusal_ends_it_and_the_session_with_it() -> None:
    dialogue = begun()
    dialogue.received(Answer(1, 1, ANSWER))
    with pytest.raises(HubbubError, match="called duke here: chat-admin who lists who is"):
        dialogue.received(Refused(1, 1, 0, "no_such_person", "", {"who": "duke"}))
    assert dialogue.goodbye() == Do(1, 1, Quit())


def test_the_sentence_of_a_later_broker_is_taken_for_a_code_that_is_not_known() -> None:
    dialogue = Dialogue(TOKEN, command(), lambda code, _: code)
    with pytest.raises(HubbubError, match=r"^Not on a Sunday\.$"):
        dialogue.received(Refused(1, 0, 0, "sunday", "Not on a Sunday."))
    assert dialogue.goodbye() is None


def test_a_session_or_a_broker_that_ends_ends_it() -> None:
    dialogue = begun()
    with pytest.raises(HubbubError, match=r"The broker stops\."):
        dialogue.received(Stopping("The broker stops."))
    with pytest.raises(HubbubError, match="taken_over"):
        dialogue.received(Ended(1, "taken_over"))
    assert dialogue.goodbye() is None
