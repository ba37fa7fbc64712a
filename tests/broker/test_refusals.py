"""Every code that the broker refuses with, each reached on the way that a person would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from broker.state import LOBBY
from protocol import commands as c
from protocol import questions as q
from protocol.codec import Malformed
from protocol.errors import Code
from protocol.limits import (
    LONGEST_S,
    NAME_CHARACTERS,
    PROTOCOL_VERSION,
    QUESTIONS_A_TURN,
    ROOM_CHARACTERS,
    SEARCH_CHARACTERS,
    SLOWEST_S,
    SUBJECT_CHARACTERS,
    TEXT_CHARACTERS,
    WHY_CHARACTERS,
    Limits,
)
from protocol.messages import Ask, Do, Ended, Hello, PeerMessage, Refused
from tests.broker.hub import Hub, peer, token

ANN, BOB, CEE, NEW = peer(1), peer(2), peer(3), peer(4)
DOOR = peer(9, trusted=True)
LIMITS = Limits(burst=40, rooms=4, joins_per_minute=0, renames_per_minute=0, sessions_per_address=1)
FAR = "10.0.0.7:1"


def house() -> Hub:
    """Return a broker where Ann owns #dev and the private #den, Bob is in #dev, Cee in the lobby.

    Bob is muted in #zoo, which Cee owns; in #slow one speaks once in a while; the operator is root.
    """
    hub = Hub(limits=LIMITS, max_rooms=5)
    for number, name in enumerate(("Ann", "Bob", "Cee"), 1):
        hub.enter(number, name)
    hub.carry_out(ANN, c.Join("dev"))
    hub.carry_out(ANN, c.Join("den", private=True))
    hub.carry_out(BOB, c.Join("dev"))
    for room in ("zoo", "slow"):
        hub.carry_out(CEE, c.Join(room))
        hub.carry_out(BOB, c.Join(room))
    hub.carry_out(CEE, c.Mute("zoo", "bob", 60))
    hub.carry_out(CEE, c.Slow("slow", 60))
    hub.carry_out(BOB, c.Say("slow", "x"))
    hub.send(DOOR, Hello(1, token(9), address=FAR, name="Dan"))
    return hub


def hello(**fields: Any) -> Callable[[Hub], Any]:
    stranger = Hello(1, token(7))
    return lambda hub: hub.send(NEW, msgspec.structs.replace(stranger, **fields))[0]


def asks(who: Any, asked: c.Command | q.Question) -> Callable[[Hub], Any]:
    return lambda hub: hub.refusal(who, asked)


def sends(who: Any, *messages: PeerMessage | Malformed) -> Callable[[Hub], Any]:
    return lambda hub: hub.send(who, *messages)[-1]


def full(hub: Hub) -> Any:
    hub.disk.full = True
    return hub.send(ANN, Do(1, hub.applied(ANN) + 1, c.Away()))[0]


def banned(hub: Hub) -> Any:
    hub.carry_out(CEE, c.Ban("zoo", "bob"))
    return hub.refusal(BOB, c.Join("zoo"))


def searched(hub: Hub) -> Any:
    with hub.turn() as left:
        hub.core.receive(ANN, [Ask(1, 1, q.Search("x"))])
    (searching,) = left.searches
    return hub.act(lambda core: core.found(searching, None)).to(ANN)[0]


def not_copied(code: Code) -> Callable[[Hub], Any]:
    def reach(hub: Hub) -> Any:
        with hub.turn() as left:
            hub.core.receive(
                DOOR, [Hello(2, token(8), door="admin"), Ask(2, 1, q.Backup("/srv/copy"))]
            )
        (copying,) = left.copies
        return hub.act(lambda core: core.copied(copying, code)).to(DOOR)[0]

    return reach


def kicked(hub: Hub) -> Any:
    root = Hello(2, token(8), door="admin")
    with hub.turn() as left:
        hub.core.receive(DOOR, [root, Do(2, 1, c.Kick("", "bob", "enough"))])
    return left.to(BOB)[-1]


def unlike_the_token(hub: Hub) -> Any:
    hub.state.sessions[hub.session("Ann")].token_hash = "another"
    return hub.send(NEW, Hello(1, token(1)))[0]


REACHED: list[tuple[Code, Callable[[Hub], Any]]] = [
    (Code.BAD_MESSAGE, sends(ANN, Malformed(Code.BAD_MESSAGE))),
    (Code.UNKNOWN_COMMAND, sends(ANN, Malformed(Code.UNKNOWN_COMMAND, 1, 4))),
    (Code.VERSION_UNSUPPORTED, hello(version=PROTOCOL_VERSION + 1)),
    (Code.HELLO_REQUIRED, sends(NEW, Ask(1, 1, q.Rooms()))),
    (Code.NOT_TRUSTED, hello(address=FAR)),
    (Code.NOT_TRUSTED, hello(door="admin")),
    (Code.NOT_TRUSTED, asks(ANN, q.Stats())),
    (Code.ONE_SESSION, sends(ANN, Hello(2, token(7)))),
    (Code.BAD_TOKEN, hello(token="x")),
    (Code.BAD_TOKEN, unlike_the_token),
    (Code.SESSION_IN_USE, sends(DOOR, Hello(1, token(7)))),
    (Code.SESSION_ENDED, sends(DOOR, Do(1, 1, c.Quit()), Hello(1, token(9)))),
    (Code.SESSION_ENDED, sends(ANN, Ask(2, 1, q.Rooms()))),
    (Code.NUMBER_EXPECTED, sends(ANN, Do(1, 99, c.Quit()))),
    (Code.JOURNAL_UNAVAILABLE, full),
    (Code.BUSY, sends(ANN, *[Ask(1, n, q.Rooms()) for n in range(1, QUESTIONS_A_TURN + 2)])),
    (Code.NAME_TAKEN, hello(name="ANN")),
    (Code.NAME_SAME, asks(ANN, c.Rename("Ann"))),
    (Code.NAME_EMPTY, asks(ANN, c.Rename(""))),
    (Code.NAME_TOO_LONG, asks(ANN, c.Rename("x" * (NAME_CHARACTERS + 1)))),
    (Code.NAME_NOT_ALLOWED, asks(ANN, c.Rename("a b"))),
    (Code.NAME_NOT_ALLOWED, hello(name="Admin")),
    (Code.TEXT_EMPTY, asks(ANN, c.Say(LOBBY, " "))),
    (Code.TEXT_TOO_LONG, asks(ANN, c.Tell("bob", "x" * (TEXT_CHARACTERS + 1)))),
    (Code.NO_SUCH_ROOM, asks(CEE, c.Say("den", "x"))),
    (Code.NOT_IN_ROOM, asks(CEE, q.Page("dev", 1))),
    (Code.ALREADY_IN_ROOM, asks(ANN, c.Join("#DEV"))),
    (Code.ROOM_NOT_ALLOWED, asks(ANN, c.Join("a b"))),
    (Code.ROOM_NOT_ALLOWED, asks(ANN, c.Join("x" * (ROOM_CHARACTERS + 1)))),
    (Code.INVITE_ONLY, asks(CEE, c.Join("den"))),
    (Code.NOT_IN_PRIVATE, lambda hub: talking(hub, c.Subject, "x")),
    (Code.TOO_MANY_ROOMS, asks(BOB, c.Join("new"))),
    (Code.ROOMS_FULL, asks(ANN, c.Join("new"))),
    (Code.SUBJECT_TOO_LONG, asks(ANN, c.Subject("dev", "x" * (SUBJECT_CHARACTERS + 1)))),
    (Code.WHY_TOO_LONG, asks(ANN, c.Away("x" * (WHY_CHARACTERS + 1)))),
    (Code.WHY_TOO_LONG, asks(ANN, c.Kick("dev", "bob", "x" * (WHY_CHARACTERS + 1)))),
    (Code.NO_SUCH_PERSON, asks(ANN, c.Tell("nobody", "x"))),
    (Code.YOURSELF, asks(ANN, c.Ignore("ann"))),
    (Code.NOT_A_MEMBER, asks(ANN, c.Kick("dev", "cee"))),
    (Code.NOT_AWAY, asks(ANN, c.Away(away=False))),
    (Code.NOT_IGNORED, asks(ANN, c.Ignore("bob", ignored=False))),
    (Code.NO_SUCH_MESSAGE, asks(ANN, c.Edit("dev", "x"))),
    (Code.NOT_OPERATOR, asks(BOB, c.Kick("dev", "ann"))),
    (Code.NOT_OPERATOR, asks(BOB, q.Bans("dev"))),
    (Code.IS_OWNER, lambda hub: acting(hub, c.Kick("dev", "ann"))),
    (Code.ALREADY_SO, asks(ANN, c.Op("dev", "ann"))),
    (Code.NOT_BANNED, asks(ANN, c.Unban("dev", "bob"))),
    (Code.NOT_MUTED, asks(ANN, c.Unmute("dev", "bob"))),
    (Code.TIME_TOO_LONG, asks(ANN, c.Ban("dev", "bob", LONGEST_S + 1))),
    (Code.SLOW_TOO_LONG, asks(ANN, c.Slow("dev", SLOWEST_S + 1))),
    (Code.BANNED, banned),
    (Code.KICKED, kicked),
    (Code.MUTED, asks(BOB, c.Say("zoo", "x"))),
    (Code.SLOW_MODE, asks(BOB, c.Say("slow", "x"))),
    (
        Code.TOO_FAST,
        lambda hub: hub.send(ANN, *[Do(1, n, c.Say("dev", "x")) for n in range(4, 99)])[1],
    ),
    (Code.TOO_MANY_SESSIONS, sends(DOOR, Hello(2, token(7), address=FAR))),
    (Code.SEARCH_EMPTY, asks(ANN, q.Search("..."))),
    (Code.SEARCH_TOO_LONG, asks(ANN, q.Search("x" * (SEARCH_CHARACTERS + 1)))),
    (Code.SEARCH_UNAVAILABLE, searched),
    (Code.FILE_EXISTS, not_copied(Code.FILE_EXISTS)),
    (Code.BACKUP_FAILED, not_copied(Code.BACKUP_FAILED)),
]


def talking(hub: Hub, command: Any, *fields: Any) -> Any:
    """Have Ann talk to Cee, and try something in their conversation."""
    hub.carry_out(ANN, c.Tell("cee", "x"))
    return hub.refusal(ANN, command(list(hub.state.rooms)[-1], *fields))


def acting(hub: Hub, command: c.Command) -> Any:
    """Have Bob made an operator of #dev, and try something."""
    hub.carry_out(ANN, c.Op("dev", "bob"))
    return hub.refusal(BOB, command)


@pytest.mark.parametrize(
    ("code", "reach"), REACHED, ids=[f"{code}-{place}" for place, (code, _) in enumerate(REACHED)]
)
def test_a_refusal_has_its_code_and_a_sentence_without_gaps(
    code: Code, reach: Callable[[Hub], Any]
) -> None:
    answer = reach(house())
    assert isinstance(answer, Refused | Ended)
    assert answer.code == code
    assert answer.sentence.strip()
    assert not {"{", "}"} & set(answer.sentence)


def test_every_code_is_reached() -> None:
    assert {code for code, _ in REACHED} == set(Code)
