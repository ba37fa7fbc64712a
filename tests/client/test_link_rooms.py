"""Rooms of a link: several, private ones, conversations; how one comes in and goes out of them."""

from __future__ import annotations

import pytest

from client.notices import (
    Answered,
    CommandDelayed,
    CommandRefused,
    IgnoredNow,
    InvitedTo,
    RoomClosed,
    RoomEntered,
    RoomLeft,
    SessionOver,
    Welcomed,
)
from protocol.commands import Command, Join, Leave, Say, Tell
from protocol.endpoints import topic_of
from protocol.errors import Code
from protocol.events import Banned, Kicked, Reason
from protocol.messages import (
    Ack,
    Alive,
    Answer,
    Beat,
    Ended,
    Entered,
    Events,
    Head,
    Ignored,
    Ignoring,
    Invitation,
    Refused,
    RoomHead,
)
from protocol.questions import Kind, Page, People, RoomList, Rooms, Who
from tests.client.scripted_broker import JOURNAL, ScriptedBroker, joined, left, public_id, said

LOBBY = "lobby"
DEV = "dev"
DEN = "den"
TALK = "@id1:idbob"
PRIVATE = Kind.PRIVATE


def topics(*rooms: str) -> set[str]:
    return {topic_of(room) for room in rooms}


def in_lobby() -> tuple[ScriptedBroker, int]:
    """Return a session in the lobby, which it entered with number 5."""
    broker = ScriptedBroker()
    session = broker.open()
    broker.enter(session, LOBBY, 5)
    return broker, session


def talk_begins(session: int, number: int = 1, head: int = 3, n: int = 0) -> Entered:
    return Entered(
        session, n, JOURNAL, TALK, number, head, 2, kind=Kind.TALK, other="idbob", other_name="Bob"
    )


def leave(broker: ScriptedBroker, session: int, room: str) -> None:
    """Submit a leave, and acknowledge it."""
    broker.link.submit(session, Leave(room))
    broker.turn()
    n, command = broker.done(session)[-1]
    assert command == Leave(room)
    broker.tell(Ack(session, n))


# ---- several rooms


def test_rooms_are_read_and_left_one_by_one() -> None:
    broker, session = in_lobby()
    broker.enter(session, DEV, 8)
    assert broker.topics == topics(LOBBY, DEV)
    leave(broker, session, DEV)
    assert not broker.told(RoomLeft)  # what was said before is still to come
    broker.happen(DEV, said(9), left(10))
    assert broker.numbers(DEV) == [8, 9, 10]
    assert broker.told(RoomLeft) == [RoomLeft(session, DEV, Reason.LEFT)]
    assert broker.told(RoomClosed) == [RoomClosed(DEV)]
    assert broker.topics == topics(LOBBY)


def test_a_leave_whose_event_is_lost_is_told_all_the_same() -> None:
    broker, session = in_lobby()
    broker.enter(session, DEV, 8)
    leave(broker, session, DEV)
    broker.wait(3)
    assert broker.told(RoomLeft) == [RoomLeft(session, DEV, Reason.LEFT)]
    assert broker.topics == topics(LOBBY)
    assert not broker.pages()


def test_a_room_that_is_entered_again_is_delivered_from_there() -> None:
    broker, session = in_lobby()
    broker.enter(session, DEV, 8)
    leave(broker, session, DEV)
    broker.happen(DEV, left(9))
    broker.happen(DEV, said(10))  # heard no more
    broker.enter(session, DEV, 20)
    broker.happen(DEV, said(21))
    assert broker.numbers(DEV) == [8, 9, 20, 21]
    assert not broker.pages()


def test_who_enters_again_before_the_event_of_the_leave_has_left_first() -> None:
    broker, session = in_lobby()
    broker.enter(session, DEV, 8)
    leave(broker, session, DEV)
    broker.enter(session, DEV, 10)
    assert [type(n) for n in broker.notices if getattr(n, "room", "") == DEV][-2:] == [
        RoomLeft,
        RoomEntered,
    ]
    broker.happen(DEV, left(9), joined(10), said(11))
    assert broker.numbers(DEV) == [8, 9, 10, 11]
    broker.wait(3)
    assert len(broker.told(RoomLeft)) == 1
    assert not broker.told(RoomClosed)


@pytest.mark.parametrize("is_heard", [True, False])
def test_who_leaves_before_the_answer_to_the_join_is_out_again(is_heard: bool) -> None:
    broker, session = in_lobby()
    broker.link.submit(session, Join(DEV))
    broker.link.submit(session, Leave(DEV))
    broker.turn()
    first, last = (n for n, _ in broker.done(session))
    broker.tell(Ack(session, last), Entered(session, first, JOURNAL, DEV, 8, 9, 1))
    assert not broker.told(RoomLeft)
    if is_heard:
        broker.happen(DEV, joined(8), left(9))
    broker.wait(3)
    assert not broker.pages()
    assert broker.told(RoomEntered)[-1].number == 8
    assert broker.told(RoomLeft) == [RoomLeft(session, DEV, Reason.LEFT)]
    assert broker.topics == topics(LOBBY)


def test_an_earlier_exit_that_is_read_late_puts_nobody_out_of_a_room() -> None:
    broker, session = in_lobby()
    broker.enter(session, DEV, 5)
    broker.reconnect()
    broker.welcome(session, RoomHead(LOBBY, 5, 5), RoomHead(DEV, 8, 8), applied=2)
    (page,) = broker.pages()
    broker.tell(Answer(session, page.request, Events(JOURNAL, DEV, (
        said(6), left(7, reason=Reason.KICKED), joined(8),
    ), 1, 8)))  # fmt: skip
    assert broker.numbers(DEV) == [5, 6, 7, 8]
    assert broker.told(RoomEntered)[-1].number == 8
    assert not broker.told(RoomLeft)
    broker.happen(DEV, said(9))
    assert broker.numbers(DEV)[-1] == 9


def test_what_is_typed_as_a_rooms_name_is_found_under_its_own() -> None:
    broker, session = in_lobby()
    broker.link.submit(session, Join("#Dev"))
    broker.turn()
    ((n, _),) = broker.done(session)[-1:]
    broker.tell(Ack(session, n), Entered(session, n, JOURNAL, DEV, 1, 1, 1))
    broker.reconnect()
    broker.welcome(session, RoomHead(LOBBY, 5, 5), RoomHead(DEV, 1, 1), applied=n)
    assert not broker.told(RoomLeft)


# ---- put out


@pytest.mark.parametrize(
    ("act", "reason", "until"),
    [
        (Kicked(9, 0, "idop", "Op", 4, public_id(1), "Ann", "noise"), Reason.KICKED, 0),
        (Banned(9, 0, "idop", "Op", 4, public_id(1), "Ann", 77, "noise"), Reason.BANNED, 77),
        (Banned(9, 0, "idop", "Op", 4, "", "10.0.0.9", 77, "noise"), Reason.BANNED, 77),
    ],
)
@pytest.mark.parametrize("kind", [Kind.PUBLIC, Kind.PRIVATE])
def test_who_is_put_out_learns_by_whom_and_why(
    act: Kicked | Banned, reason: Reason, until: int, kind: Kind
) -> None:
    broker, session = in_lobby()
    broker.enter(session, DEV, 8, kind=kind)
    broker.happen(DEV, act, kind=kind)
    broker.happen(DEV, left(10, reason=reason), kind=kind)
    assert broker.told(RoomLeft) == [RoomLeft(session, DEV, reason, "Op", "noise", until)]
    assert broker.told(RoomClosed) == [RoomClosed(DEV)]
    assert broker.topics == topics(LOBBY)


def test_an_act_on_somebody_else_is_not_ours() -> None:
    broker, session = in_lobby()
    broker.happen(LOBBY, Kicked(6, 0, "idop", "Op", 4, "idbob", "Bob", "noise"), said(7))
    broker.happen(LOBBY, left(8, reason=Reason.KICKED))  # by an act on the whole broker
    assert broker.told(RoomLeft) == [RoomLeft(session, LOBBY, Reason.KICKED)]


def test_who_is_put_out_of_the_broker_is_over_in_all_rooms() -> None:
    broker, session = in_lobby()
    broker.tell(Ended(session, "banned", "", {"by": "Op", "why": "noise", "until": 5}))
    broker.happen(LOBBY, left(6, reason=Reason.BANNED))
    (over,) = broker.told(SessionOver)
    assert (over.code, dict(over.fields)) == ("banned", {"by": "Op", "why": "noise", "until": 5})
    assert not broker.told(RoomLeft)
    assert broker.told(RoomClosed)


@pytest.mark.parametrize("code", [Code.NOT_IN_ROOM, Code.NO_SUCH_ROOM])
def test_a_loss_of_the_last_event_shows_at_the_next_command(code: Code) -> None:
    broker, session = in_lobby()
    broker.enter(session, DEN, 8, kind=PRIVATE)
    broker.link.submit(session, Say(DEN, "still here?"))
    broker.turn()
    broker.refuse(session, broker.done(session)[-1][0], code, room=DEN)
    assert [n.code for n in broker.told(CommandRefused)] == [code]
    assert not broker.told(RoomLeft)  # refusals overtake events
    broker.wait(3)
    assert broker.told(RoomLeft) == [RoomLeft(session, DEN, "")]
    assert broker.told(RoomClosed) == [RoomClosed(DEN)]


def test_a_page_that_is_refused_to_who_is_out_is_not_asked_for_again() -> None:
    broker, session = in_lobby()
    broker.enter(session, DEN, 8, kind=PRIVATE)
    broker.happen(DEN, said(11), kind=PRIVATE)
    broker.wait(0.2)
    (page,) = broker.pages()
    broker.tell(Refused(session, 0, page.request, Code.NO_SUCH_ROOM))
    broker.wait(20)
    assert broker.told(RoomLeft) == [RoomLeft(session, DEN, "")]
    assert not broker.pages()


# ---- private rooms


def test_private_rooms_come_by_the_dealer_alone() -> None:
    broker, session = in_lobby()
    broker.enter(session, DEN, 3, kind=PRIVATE, first=2)
    (entered,) = [n for n in broker.told(RoomEntered) if n.room == DEN]
    assert (entered.kind, entered.first, entered.number) == (PRIVATE, 2, 3)
    assert broker.topics == topics(LOBBY)
    broker.happen(DEN, said(4), said(5), kind=PRIVATE)
    broker.happen(DEN, said(8), kind=PRIVATE)
    broker.wait(0.2)
    (page,) = broker.pages()
    assert page.question == Page(DEN, 6, 7)
    answer = Events(JOURNAL, DEN, (said(6), said(7)), 1, 8)
    broker.tell(Answer(session, page.request, answer))
    assert broker.numbers(DEN) == [3, 4, 5, 6, 7, 8]
    broker.reconnect()
    broker.welcome(session, RoomHead(LOBBY, 5, 5), RoomHead(DEN, 8, 3, PRIVATE, "", 2), applied=2)
    assert broker.topics == topics(LOBBY)


def test_who_is_in_private_rooms_alone_has_no_sub() -> None:
    broker = ScriptedBroker()
    session = broker.open()
    broker.enter(session, DEN, 3, kind=PRIVATE)
    assert broker.topics is None
    broker.reconnect()
    broker.welcome(session, RoomHead(DEN, 3, 3, PRIVATE), applied=1)
    assert broker.topics is None
    broker.enter(session, LOBBY, 5)
    assert broker.topics == topics(LOBBY)


def test_the_last_private_message_shows_at_the_next_beat_and_proves_nothing_about_the_sub() -> None:
    broker, session = in_lobby()
    broker.enter(session, DEN, 3, kind=PRIVATE)
    broker.topics = {"still the same SUB"}
    for head in range(4, 8):
        broker.wait(5)
        assert Beat() in broker.sent
        broker.tell(Alive(JOURNAL, ((DEN, head),)))
        broker.wait(0.2)
        (page,) = broker.pages()
        answer = Events(JOURNAL, DEN, (said(head),), 1, head)
        broker.tell(Answer(session, page.request, answer))
    assert broker.numbers(DEN) == [3, 4, 5, 6, 7]
    assert broker.topics == {"still the same SUB"}


def test_a_head_by_the_dealer_is_a_head() -> None:
    broker, session = in_lobby()
    broker.enter(session, DEN, 3, kind=PRIVATE)
    broker.tell(Head("another journal", DEN, 50))
    broker.wait(0.2)
    assert not broker.pages()
    broker.tell(Head(JOURNAL, DEN, 5))
    broker.wait(0.2)
    assert [page.question for page in broker.pages()] == [Page(DEN, 4)]
    assert session


def test_pages_are_asked_by_who_may_read_them() -> None:
    broker = ScriptedBroker(carrier="g")
    ann, bob = broker.open(), broker.open()
    broker.enter(ann, DEN, 3, kind=PRIVATE, first=3)
    broker.enter(bob, DEN, 10, kind=PRIVATE, first=10)  # 4 to 9 were not heard yet
    broker.wait(0.2)
    (page,) = broker.pages()
    assert (page.session, page.question) == (ann, Page(DEN, 4, 9))


def test_what_nobody_here_may_read_is_passed_over() -> None:
    broker = ScriptedBroker(carrier="g")
    ann, bob = broker.open(), broker.open()
    broker.enter(ann, DEN, 3, kind=PRIVATE, first=3)
    broker.enter(bob, DEN, 10, kind=PRIVATE, first=10)
    leave(broker, ann, DEN)
    broker.wait(3)  # with her goes the right to read 4 to 9
    broker.pages()
    broker.happen(DEN, said(13), kind=PRIVATE)
    broker.wait(6)
    (page,) = broker.pages()[-1:]
    assert page.session == bob
    assert isinstance(page.question, Page)
    assert page.question.first == 10
    answer = Events(JOURNAL, DEN, (joined(10, bob), said(11), left(12, ann)), 1, 13)
    broker.tell(Answer(bob, page.request, answer))
    assert broker.numbers(DEN) == [3, 10, 11, 12, 13]
    assert [(n.session, n.room) for n in broker.told(RoomLeft)] == [(ann, DEN)]


# ---- conversations


def test_somebody_tells_something_for_the_first_time() -> None:
    broker, session = in_lobby()
    begun = Events(JOURNAL, TALK, (joined(1), joined(2, 9), said(3)))
    broker.tell(talk_begins(session), begun)
    (entered,) = [n for n in broker.told(RoomEntered) if n.room == TALK]
    assert (entered.kind, entered.other, entered.other_name) == (Kind.TALK, "idbob", "Bob")
    assert entered.entered is not None
    assert entered.entered.n == 0
    assert broker.numbers(TALK) == [1, 2, 3]
    assert broker.topics == topics(LOBBY)
    assert not broker.pages()


def test_one_tells_somebody_something_for_the_first_time() -> None:
    broker, session = in_lobby()
    broker.link.submit(session, Tell("bob", "hello"))
    broker.turn()
    ((n, _),) = broker.done(session)
    begun = Events(JOURNAL, TALK, (joined(1), joined(2, 9), said(3)))
    broker.tell(Ack(session, n), talk_begins(session, n=n), begun)
    assert broker.numbers(TALK) == [1, 2, 3]


def test_what_somebody_began_while_the_connection_was_lost_is_read_from_its_beginning() -> None:
    broker, session = in_lobby()
    broker.reconnect()
    place = RoomHead(TALK, 3, 1, Kind.TALK, other="idbob", other_name="Bob")
    broker.welcome(session, RoomHead(LOBBY, 5, 5), place, applied=1)
    entered = broker.told(RoomEntered)[-1]
    assert (entered.room, entered.number, entered.other_name) == (TALK, 1, "Bob")
    assert [page.question for page in broker.pages()] == [Page(TALK, 1)]


def test_what_an_earlier_process_was_in_goes_on_where_it_is_now() -> None:
    broker = ScriptedBroker()
    place = RoomHead(TALK, 30, 1, Kind.TALK, other="idbob", other_name="Bob")
    broker.open(place, resumed=True)
    (entered,) = broker.told(RoomEntered)
    assert (entered.number, entered.first) == (31, 1)
    assert not broker.pages()


# ---- lost, and back


def test_who_was_lost_enters_all_rooms_again_and_keeps_conversations() -> None:
    broker, session = in_lobby()
    broker.enter(session, DEN, 3, kind=PRIVATE)
    broker.tell(talk_begins(session, head=0))
    broker.reconnect()
    place = RoomHead(TALK, 4, 1, Kind.TALK, other="idbob", other_name="Bob")
    broker.welcome(session, place, applied=2, resumed=False)
    assert broker.told(Welcomed)[-1].rejoined == [LOBBY, DEN]
    assert broker.done(session) == [(3, Join(LOBBY)), (4, Join(DEN))]
    assert not broker.told(RoomLeft)
    assert not broker.told(RoomClosed)
    assert [page.question for page in broker.pages()] == [Page(TALK, 1)]


def test_a_private_room_of_another_journal_is_not_made_again() -> None:
    broker, session = in_lobby()
    broker.enter(session, DEN, 3, kind=PRIVATE)
    broker.tell(talk_begins(session))
    broker.journal = "another"
    broker.reconnect()
    broker.link.submit(session, Say(DEN, "for the den alone"))
    broker.welcome(session, resumed=False)
    assert broker.done(session) == [(1, Join(LOBBY)), (2, Say(DEN, "for the den alone"))]
    assert broker.told(RoomLeft) == [RoomLeft(session, DEN, ""), RoomLeft(session, TALK, "")]
    assert broker.told(RoomClosed) == [RoomClosed(DEN), RoomClosed(TALK)]
    assert broker.told(Welcomed)[-1].rejoined == [LOBBY]


@pytest.mark.parametrize("code", [Code.INVITE_ONLY, Code.BANNED, Code.ROOMS_FULL])
def test_a_room_that_cannot_be_entered_again_is_closed(code: Code) -> None:
    broker, session = in_lobby()
    broker.enter(session, DEN, 3, kind=PRIVATE)
    broker.reconnect()
    question = broker.link.ask(session, Who(LOBBY))
    broker.welcome(session, applied=2, resumed=False)
    broker.link.submit(session, Say(LOBBY, "back"))
    broker.turn()
    broker.done(session)
    broker.tell(Ack(session, 3), Entered(session, 3, JOURNAL, LOBBY, 7, 7, 1))
    broker.refuse(session, 4, code, room=DEN)
    (told,) = broker.told(RoomLeft)
    assert (told.room, told.reason, told.code, told.fields) == (DEN, "", code, {"room": DEN})
    assert broker.told(RoomClosed) == [RoomClosed(DEN)]
    assert not broker.told(CommandRefused)  # nobody submitted it
    assert broker.done(session) == [(4, Say(LOBBY, "back"))]
    assert question in [getattr(message, "request", 0) for message in broker.sent]


def test_a_rejoin_that_is_too_fast_waits_and_is_sent_by_itself() -> None:
    broker, session = in_lobby()
    broker.reconnect()
    broker.welcome(session, applied=1, resumed=False)
    assert broker.done(session) == [(2, Join(LOBBY))]
    broker.refuse(session, 2, Code.TOO_FAST, retry_after=1500)
    assert [n.code for n in broker.told(CommandDelayed)] == [Code.TOO_FAST]
    broker.wait(1.4)
    assert broker.done(session) == []
    broker.wait(0.2)
    assert broker.done(session) == [(2, Join(LOBBY))]
    assert not broker.told(RoomLeft)


def test_a_tell_that_is_too_fast_waits_with_all_that_follow() -> None:
    broker, session = in_lobby()
    commands: list[Command] = [Tell("bob", "one"), Leave(DEV), Say(LOBBY, "two")]
    for command in commands:
        broker.link.submit(session, command)
    broker.turn()
    sent = broker.done(session)
    broker.refuse(session, sent[0][0], Code.TOO_FAST, retry_after=300)
    for n, _ in sent[1:]:
        broker.refuse(session, n, Code.NUMBER_EXPECTED, expected=sent[0][0])
    broker.wait(0.4)
    assert broker.done(session) == sent
    assert len(broker.told(CommandDelayed)) == 1
    assert not broker.told(CommandRefused)


def test_who_was_put_out_while_the_connection_was_lost_does_not_come_back() -> None:
    broker, session = in_lobby()
    broker.enter(session, DEV, 8)
    broker.reconnect()
    broker.welcome(session, RoomHead(LOBBY, 6, 5), applied=2)
    assert broker.told(RoomLeft) == [RoomLeft(session, DEV, "")]
    assert broker.told(RoomClosed) == [RoomClosed(DEV)]
    assert broker.done(session) == []
    assert not broker.told(Welcomed)[-1].again


def test_who_was_put_out_of_the_only_room_meanwhile_does_not_come_back_either() -> None:
    broker, session = in_lobby()
    broker.reconnect()
    broker.welcome(session, applied=1)
    assert broker.told(RoomLeft) == [RoomLeft(session, LOBBY, "")]
    assert broker.done(session) == []
    assert not broker.told(Welcomed)[-1].again


def test_who_was_lost_and_whose_first_welcome_never_came_enters_again() -> None:
    broker, session = in_lobby()
    broker.reconnect()  # this hello opens the session anew
    broker.reconnect()
    broker.welcome(session, applied=1)
    assert broker.told(Welcomed)[-1].rejoined == [LOBBY]
    assert broker.done(session) == [(2, Join(LOBBY))]
    broker.tell(Ack(session, 2), Entered(session, 2, JOURNAL, LOBBY, 7, 7, 1))
    broker.reconnect()
    broker.welcome(session, applied=2)
    assert broker.told(RoomLeft) == [RoomLeft(session, LOBBY, "")]


def test_who_is_in_no_room_of_another_journal_enters_again() -> None:
    broker, session = in_lobby()
    broker.journal = "an older one"
    broker.reconnect()
    broker.welcome(session, applied=1)
    assert broker.told(Welcomed)[-1].rejoined == [LOBBY]


def test_a_leave_whose_acknowledgement_is_lost_is_not_undone() -> None:
    broker, session = in_lobby()
    broker.link.submit(session, Leave(LOBBY))
    broker.turn()
    broker.done(session)
    broker.reconnect()
    broker.welcome(session, applied=2)
    assert broker.told(RoomLeft) == [RoomLeft(session, LOBBY, Reason.LEFT)]
    assert broker.done(session) == []
    assert broker.told(RoomClosed) == [RoomClosed(LOBBY)]


def test_a_conversation_that_is_gone_is_told() -> None:
    broker, session = in_lobby()
    broker.tell(talk_begins(session))
    broker.reconnect()
    broker.welcome(session, RoomHead(LOBBY, 5, 5), applied=1)
    assert broker.told(RoomLeft) == [RoomLeft(session, TALK, "")]


def test_a_session_that_ends_while_it_enters_again_leaves_no_room_open() -> None:
    broker, session = in_lobby()
    broker.reconnect()
    broker.welcome(session, applied=1, resumed=False)
    broker.tell(Ended(session, "idle"))
    broker.wait(3)
    assert broker.told(RoomClosed) == [RoomClosed(LOBBY)]
    broker.wait(20)
    assert not broker.pages()


# ---- what else the broker says


def test_invitations_and_ignored_people_are_told() -> None:
    broker, session = in_lobby()
    broker.tell(Invitation(session, DEN, "idbob", "Bob", PRIVATE))
    broker.tell(Ignoring(session, (Ignored("idbob", "Bob"),)))
    assert broker.told(InvitedTo) == [InvitedTo(session, DEN, "idbob", "Bob", PRIVATE)]
    assert broker.told(IgnoredNow) == [IgnoredNow(session, (Ignored("idbob", "Bob"),))]


def test_any_question_is_passed_through() -> None:
    broker, session = in_lobby()
    request = broker.link.ask(session, Rooms())
    people = broker.link.ask(session, Who(LOBBY))
    broker.turn()
    broker.tell(Answer(session, request, RoomList(0)), Answer(session, people, People(LOBBY, 5, 0)))
    assert [n.answer for n in broker.told(Answered)] == [RoomList(0), People(LOBBY, 5, 0)]
