"""What people say of themselves and of whom they hear: away, ignoring, whois."""

from __future__ import annotations

import pytest

from broker import finding
from broker.core import Core
from broker.state import LOBBY
from protocol.commands import Away, Ignore, Join, Leave, Mute, Quit, Rename, Say, Slow, Tell
from protocol.errors import Code
from protocol.events import WentAway
from protocol.messages import Active, Beat, Do, Hello, Ignored, Ignoring, Welcome
from protocol.questions import Described, Who, Whois
from tests.broker.hub import WALL_MS, Hub, peer, token

ANN, BOB = peer(1), peer(2)


def house() -> Hub:
    hub = Hub()
    hub.enter(1, "Ann")
    hub.enter(2, "Bob", door="nc")
    return hub


def welcome(hub: Hub, number: int) -> Welcome:
    found = hub.send(peer(number), Hello(1, token(number)))[0]
    assert isinstance(found, Welcome)
    return found


def described(hub: Hub, who: str) -> Described:
    found = hub.answer(ANN, Whois(who))
    assert isinstance(found, Described)
    return found


def test_who_is_away_says_so_in_each_room_and_wherever_people_are_listed() -> None:
    hub = house()
    hub.carry_out(BOB, Join("dev"))
    events = hub.carry_out(BOB, Away(" at\tlunch ")).events
    assert [(e.away, e.why) for e in events if isinstance(e, WentAway)] == [(True, "at lunch")] * 2
    assert [(p.away, p.why) for p in hub.answer(ANN, Who(LOBBY)).people][1] == (True, "at lunch")
    assert (described(hub, "bob").away, described(hub, "bob").why) == (True, "at lunch")
    assert (welcome(hub, 2).away, welcome(hub, 2).why) == (True, "at lunch")
    assert hub.refusal(BOB, Away("at lunch")).code == Code.ALREADY_SO
    hub.carry_out(BOB, Away("asleep"))
    hub.carry_out(BOB, Away(away=False))
    assert (described(hub, "bob").away, described(hub, "bob").why) == (False, "")
    assert hub.refusal(BOB, Away(away=False)).code == Code.NOT_AWAY
    hub.carry_out(BOB, Leave(LOBBY))
    hub.carry_out(BOB, Leave("dev"))
    assert hub.carry_out(BOB, Away()).events == []
    assert hub.state.snapshot() == hub.fold().snapshot()


def test_names_that_are_kept_are_prepared_once_however_often_they_are_looked_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    prepared: list[str] = []

    def prepare(name: str) -> str:
        prepared.append(name)
        return name

    people = [(f"{number}", f"杜克 {number}") for number in range(100)]
    finding.compared.cache_clear()
    monkeypatch.setattr("protocol.names.compared", prepare)
    assert finding.called("杜克 99", people) == "99"
    assert len(prepared) == 101
    assert finding.called("nobody", people) is None
    assert len(prepared) == 102
    finding.compared.cache_clear()


def test_nobody_is_called_by_the_id_of_who_was_lost() -> None:
    hub = house()
    lost = hub.session("Bob")
    hub.act(lambda core: core.unreachable(BOB))
    hub.now += 31
    hub.send(ANN, Beat())
    hub.act(Core.tick)
    assert lost in hub.state.ended
    assert hub.refusal(ANN, Rename(lost)).code == Code.NAME_NOT_ALLOWED


def test_who_may_not_speak_in_a_room_does_not_speak_by_going_away() -> None:
    hub = house()
    hub.carry_out(ANN, Join("dev"))
    hub.carry_out(BOB, Join("dev"))
    hub.carry_out(ANN, Slow("dev", 60))
    hub.carry_out(BOB, Say("dev", "one"))
    left = hub.carry_out(BOB, Away("I speak all the same"))
    said = {m.room: e.why for _, m in left.published for e in getattr(m, "events", ())}
    assert said == {LOBBY: "I speak all the same", "dev": ""}
    hub.carry_out(BOB, Rename("Bo"))  # slow mode is no mute


def test_who_is_muted_takes_no_name_and_is_away_without_a_reason() -> None:
    hub = house()
    hub.carry_out(ANN, Join("dev"))
    hub.carry_out(BOB, Join("dev"))
    hub.carry_out(ANN, Mute("dev", "bob", 60))
    hub.carry_out(BOB, Tell("ann", "hello"))
    until = WALL_MS + int(hub.now * 1000) + 60_000
    for speech in (Away("spam"), Rename("Ann is bad")):
        refusal = hub.refusal(BOB, speech)
        assert (refusal.code, refusal.fields) == (Code.MUTED, {"room": "dev", "until": until})
    hub.carry_out(BOB, Away())
    assert hub.refusal(BOB, Away("spam")).code == Code.MUTED
    hub.carry_out(BOB, Away(away=False))
    hub.carry_out(BOB, Leave("dev"))
    hub.carry_out(BOB, Rename("Bo"))
    hub.carry_out(BOB, Join("dev"))
    hub.now += 61
    hub.carry_out(BOB, Rename("Bob"))
    door = peer(9, trusted=True)
    hub.send(door, Hello(1, token(9), door="admin"), Do(1, 1, Mute("", "bob")))
    for speech in (Away("spam"), Rename("Ann is bad")):
        refusal = hub.refusal(BOB, speech)
        assert (refusal.code, refusal.fields) == (Code.MUTED, {"until": 0})
    hub.carry_out(BOB, Away())
    hub.carry_out(BOB, Away(away=False))


def test_whom_one_ignores_is_kept_and_told_again() -> None:
    hub = house()
    bob = hub.session("Bob")
    left = hub.carry_out(ANN, Ignore("BOB"))
    assert left.to(ANN)[1:] == [Ignoring(1, (Ignored(bob, "Bob"),))]
    assert list(left.replies) == [ANN]
    hub.carry_out(BOB, Rename("Rob"))
    hub.restart()
    assert welcome(hub, 1).ignored == (Ignored(bob, "Rob"),)
    assert hub.refusal(ANN, Ignore("rob")).code == Code.ALREADY_SO
    assert hub.refusal(ANN, Ignore("ann")).code == Code.YOURSELF
    assert hub.refusal(ANN, Ignore("nobody")).code == Code.NO_SUCH_PERSON
    left = hub.carry_out(ANN, Ignore("rob", ignored=False))
    assert left.to(ANN)[1:] == [Ignoring(1)]
    assert hub.refusal(ANN, Ignore("rob", ignored=False)).code == Code.NOT_IGNORED


def test_who_has_left_is_heard_again_by_their_last_name_though_another_wears_it() -> None:
    hub = house()
    hub.carry_out(ANN, Ignore("bob"))
    hub.carry_out(BOB, Quit())
    hub.enter(3, "Bob")
    hub.carry_out(ANN, Ignore("Bob", ignored=False))
    assert welcome(hub, 1).ignored == ()


def test_whom_one_ignores_is_kept_while_one_is_lost() -> None:
    hub = house()
    hub.carry_out(ANN, Ignore("bob"))
    hub.carry_out(ANN, Away("gone"))
    hub.act(lambda core: core.unreachable(ANN))
    hub.wait(31)
    back = welcome(hub, 1)
    assert not back.resumed
    assert [i.name for i in back.ignored] == ["Bob"]
    assert (back.away, back.why) == (True, "gone")


def test_whois_says_since_when_and_how_long_nothing_was_done() -> None:
    hub = house()
    since = WALL_MS + round(hub.now * 1000)
    hub.now += 20
    hub.carry_out(ANN, Say(LOBBY, "x"))
    found = described(hub, "bob")
    assert (found.name, found.door, found.since, found.idle) == ("Bob", "nc", since, 20)
    assert (found.rooms, found.connected, found.operator) == ((LOBBY,), True, False)
    hub.send(BOB, Active(1))
    assert described(hub, found.id).idle == 0
    hub.act(lambda core: core.unreachable(BOB))
    assert not described(hub, "bob").connected
    assert hub.refusal(ANN, Whois("nobody")).fields == {"who": "nobody"}


def test_the_door_that_somebody_states_makes_no_line_of_its_own() -> None:
    hub = house()
    hub.enter(3, "Cee", door="nc\nDuke: hello")
    assert described(hub, "cee").door == "nc Duke: hello"


def test_the_message_of_the_day_is_in_the_welcome() -> None:
    assert welcome(house(), 1).message_of_the_day == "Be kind."
