"""What a link makes of news that come in another order than they happened, or not at all."""

from __future__ import annotations

import pytest

from client.notices import RoomClosed, RoomEntered, RoomLeft
from protocol.commands import Join, Leave
from protocol.events import Reason
from protocol.messages import Ack, Entered, RoomHead
from protocol.questions import Kind
from tests.client.scripted_broker import JOURNAL, ScriptedBroker, joined, left, said

LOBBY = "lobby"
TALK = "@id1:idbob"


def test_broadcasts_that_overtake_the_answer_to_a_join_end_what_it_begins() -> None:
    broker = ScriptedBroker()
    session = broker.open()
    broker.enter(session, LOBBY, 5)
    broker.reconnect()
    broker.welcome(session, applied=1, resumed=False)  # it was lost, and enters again
    broker.link.submit(session, Leave(LOBBY))
    broker.turn()
    assert broker.done(session) == [(2, Join(LOBBY)), (3, Leave(LOBBY))]
    broker.happen(LOBBY, left(6, reason=Reason.LOST), joined(7), said(8), left(9))
    broker.tell(Ack(session, 3), Entered(session, 2, JOURNAL, LOBBY, 7, 9, 1))
    assert broker.numbers(LOBBY) == [5, 6, 7, 8, 9]
    assert [n.number for n in broker.told(RoomEntered)] == [5]
    assert broker.told(RoomLeft) == [RoomLeft(session, LOBBY, Reason.LEFT)]
    assert broker.told(RoomClosed) == [RoomClosed(LOBBY)]


@pytest.mark.parametrize(("carrier", "start"), [("gateway", 1), ("", 4)])
def test_what_was_said_before_the_first_welcome_is_new_to_a_gateway_alone(
    carrier: str, start: int
) -> None:
    """Its people come with its process; a client's were there before, and read the past."""
    broker = ScriptedBroker(carrier)
    talk = RoomHead(TALK, 3, 1, Kind.TALK, "", 1, "idbob", "Bob")
    broker.open(talk, resumed=True)
    assert [n.number for n in broker.told(RoomEntered)] == [start]
