"""Own messages from Enter to the room: each is said once, or the person is asked."""

from __future__ import annotations

import json

import pytest

from client.notices import RoomEvents
from client.screen.keymap import Action
from protocol.events import Said
from tests.client.screen.screens import ELSEWHERE, Screen, ScreenLoop


@pytest.fixture
def loop() -> ScreenLoop:
    return ScreenLoop()


def said(loop: ScreenLoop) -> list[str]:
    """Return all that the journal has of what was said, in order."""
    head = loop.core.state.rooms["lobby"].head
    events = map(json.loads, loop.journal.page("lobby", 1, head, 10_000, 10_000_000).events)
    return [event[6] for event in events if event[0] == "said"]


def lines_with(screen: Screen, part: str) -> list[str]:
    return [line for line in screen.rows() if part in line]


def killed_before_it_wrote_the_acknowledgement(loop: ScreenLoop) -> Screen:
    ann = loop.arrive("ann")
    ann.send("heard")
    assert "pending" not in ann.status
    ann.die()
    assert [pending.text for pending in ann.disk("ann").pending] == ["heard"]
    return ann


def test_the_brokers_count_makes_good_what_was_not_written(loop: ScreenLoop) -> None:
    ann = killed_before_it_wrote_the_acknowledgement(loop)
    again = loop.screen("ann", home=ann.home)
    loop.wait(3.0)
    assert said(loop) == ["heard"]
    assert "pending" not in again.status
    assert len(lines_with(again, "heard")) == 1


@pytest.mark.parametrize("quits", [True, False])
def test_who_used_the_session_meanwhile_makes_what_was_sent_doubtful(
    loop: ScreenLoop, quits: bool
) -> None:
    ann = killed_before_it_wrote_the_acknowledgement(loop)
    loop.talk_elsewhere(ann.home, "ann", quits=quits)
    again = loop.screen("ann", home=ann.home)
    loop.wait(3.0)
    assert said(loop) == ["heard", ELSEWHERE]
    assert "may or may not have been said" in again.shown
    assert "1 refused" in again.status
    again.die()  # the doubt is kept until somebody looks at it
    last = loop.screen("ann", home=ann.home)
    loop.wait(3.0)
    last.press(Action.TAKE_BACK)
    assert last.input == "heard"
    last.send("")
    assert said(loop) == ["heard", ELSEWHERE, "heard"]


def test_what_was_said_in_the_session_that_was_quit_elsewhere_is_not_said_in_the_next(
    loop: ScreenLoop,
) -> None:
    ann = loop.screen("ann")
    ann.enter("early")
    loop.settle()
    ann.die()
    assert ann.disk("ann").applied == 0
    loop.talk_elsewhere(ann.home, "ann", quits=True)
    again = loop.screen("ann", home=ann.home)
    loop.wait(3.0)
    assert said(loop) == ["early", ELSEWHERE]
    assert "1 refused" in again.status


def test_what_others_said_in_the_session_does_not_count_as_ours(loop: ScreenLoop) -> None:
    ann = loop.arrive("ann")
    loop.wait(1.0)
    ann.mute = True
    for text in ("lost on the way", "this too"):
        ann.send(text)
    ann.die()
    loop.talk_elsewhere(ann.home, "ann", quits=False)
    again = loop.screen("ann", home=ann.home)
    loop.wait(3.0)
    assert said(loop) == [ELSEWHERE]
    assert "2 refused" in again.status


@pytest.mark.parametrize("quits", [True, False])
def test_what_no_connection_ever_had_is_sent_whoever_used_the_session(
    loop: ScreenLoop, quits: bool
) -> None:
    ann = loop.arrive("ann")
    loop.wait(1.0)
    loop.kill()
    loop.settle()
    ann.enter("never sent")
    ann.die()
    loop.start()
    loop.talk_elsewhere(ann.home, "ann", quits=quits)
    again = loop.screen("ann", home=ann.home)
    loop.wait(3.0)
    assert said(loop) == [ELSEWHERE, "never sent"]
    assert "refused" not in again.status


def test_a_count_that_is_impossible_makes_what_was_sent_doubtful(loop: ScreenLoop) -> None:
    ann = killed_before_it_wrote_the_acknowledgement(loop)
    loop.kill()
    loop.start_with_new_journal()
    again = loop.screen("ann", home=ann.home)
    loop.wait(3.0)
    assert said(loop) == []
    assert "1 refused" in again.status


def test_after_a_takeover_the_commands_of_the_other_do_not_count_as_ours(loop: ScreenLoop) -> None:
    ann = loop.arrive("ann")
    loop.wait(1.0)
    another_home = loop.another_machine(ann.home)
    ann.mute = True
    ann.send("typed in time")  # and lost on the way
    other = loop.screen("ann", home=another_home)
    loop.settle()
    for number in range(3):
        other.send(f"other {number}")
    ann.mute = False
    loop.wait(3.0)
    assert ann.status.startswith("session over")
    ann.press(Action.ACCEPT)
    loop.wait(3.0)
    assert said(loop) == ["other 0", "other 1", "other 2", "typed in time"]
    assert "refused" not in ann.status


def test_an_early_event_is_matched_by_its_number(loop: ScreenLoop) -> None:
    ann = loop.arrive("ann")
    ann.loses_broadcasts = True
    acknowledgements = []
    for _ in range(2):
        ann.enter("ok")
        ann.turn()
        loop._turn()
        acknowledgements.append(ann.replies.popleft())
    (session,) = loop.core.state.sessions.values()
    head = loop.core.state.rooms["lobby"].head
    event = Said(head, ann.at, session.id, "ann", session.applied, "ok")
    ann.model.notice([RoomEvents("lobby", [event], 1)], loop.now, ann.at)
    ann.replies.append(acknowledgements[0])
    ann.turn()
    sent = [line.split()[-1] for line in lines_with(ann, "ok")]
    assert sent == ["ok", "✓"]


def test_rooms_that_the_link_enters_again_count_before_what_waits(loop: ScreenLoop) -> None:
    ann = loop.arrive("ann")
    ann.mute = True
    loop.wait(60.0)  # longer than the grace
    ann.enter("back again")
    ann.mute = False
    disks = [ann.disk().pending]
    while not said(loop):
        loop.now = max(loop.now, ann.link.next_deadline() or 0.0)
        ann.turn()
        disks.append(ann.disk().pending)  # before the broker takes what was sent
        loop._turn()
    join, message = disks[-1]
    assert (join.room, join.text) == ("lobby", "")
    assert message.text == "back again"
    assert not message.unsent


def test_what_was_refused_is_still_there_after_a_kill(loop: ScreenLoop) -> None:
    ann = loop.arrive("ann")
    ann.send("x" * 5000)
    loop.wait(1.0)
    ann.die()
    again = loop.screen("ann", home=ann.home)
    loop.wait(3.0)
    assert "1 refused" in again.status
    assert "longer than" in again.shown
    again.press(Action.TAKE_BACK)
    assert again.input == "x" * 5000
