"""What the hub refuses: who is too fast, too many from one address, banned, or no administrator."""

from __future__ import annotations

import pytest

from broker.presence import Peer
from broker.state import LOBBY
from broker.turn import Copying
from protocol.commands import Away, Ban, Join, Kick, Mute, Op, Quit, Rename, Say, Tell
from protocol.errors import Code
from protocol.events import Banned, Kicked, Left, Muted, Reason
from protocol.limits import Limits
from protocol.messages import (
    ADMIN_DOOR,
    Ack,
    Answer,
    Ask,
    BrokerMessage,
    Do,
    Ended,
    Hello,
    Refused,
    Welcome,
)
from protocol.questions import (
    Acts,
    BackedUp,
    Backup,
    Bans,
    Counted,
    Everybody,
    Everyone,
    Happened,
    Kind,
    Page,
    RoomList,
    Rooms,
    Stats,
    Who,
    Whois,
)
from tests.broker.hub import UNLIMITED, WALL_MS, Hub, peer, token

ELSEWHERE = "::ffff:10.0.0.7"


def refused(messages: list[BrokerMessage]) -> list[tuple[str, dict[str, int | str]]]:
    return [(m.code, m.fields) for m in messages if isinstance(m, Refused)]


def knock(hub: Hub, number: int, address: str, name: str = "") -> list[BrokerMessage]:
    """Say hello from an address."""
    who = peer(number)
    with hub.turn() as left:
        hub.core.receive(who, [Hello(1, token(number), name=name)], address)
    return left.to(who)


def administrator(hub: Hub) -> Peer:
    who = peer(99, trusted=True)
    (welcome,) = hub.send(who, Hello(1, token(99), door=ADMIN_DOOR))
    assert isinstance(welcome, Welcome)
    hub._n[who] = 0
    return who


def ask(hub: Hub, who: Peer, question: object) -> object:
    """Return the answer, or the code of the refusal."""
    (answer,) = hub.send(who, Ask(1, 1, question))  # type: ignore[arg-type]
    return answer.answer if isinstance(answer, Answer) else getattr(answer, "code", answer)


# ---- rates


def test_commands_past_the_rate_say_when_to_try_again_and_take_no_number() -> None:
    hub = Hub(limits=Limits(burst=3, per_second=2.0))
    duke = hub.enter(1, "Duke")
    hub.say(duke, "one")
    hub.say(duke, "two")
    assert refused(hub.send(duke, Do(1, 4, Say(LOBBY, "three")))) == [
        (Code.TOO_FAST, {"retry_after": 500})
    ]
    hub.now += 0.5
    assert hub.send(duke, Do(1, 4, Say(LOBBY, "three"))) == [Ack(1, 4)]
    # What was applied is acknowledged again, and who leaves may leave.
    assert hub.send(duke, Do(1, 4, Say(LOBBY, "three"))) == [Ack(1, 4)]
    assert hub.send(duke, Do(1, 5, Quit())) == [Ack(1, 5)]


def test_whom_a_gateway_carries_the_gateway_paces() -> None:
    hub = Hub(limits=Limits(burst=1, per_second=0.1))
    door = peer(1, trusted=True)
    hub.send(door, Hello(1, token(1), door="nc", address="10.0.0.7:4000"))
    messages = [Do(1, 1, Join(LOBBY)), *(Do(1, n, Say(LOBBY, "hello")) for n in range(2, 50))]
    assert refused(hub.send(door, *messages)) == []


def test_rooms_entered_and_names_taken_have_rates_of_their_own() -> None:
    hub = Hub(limits=Limits(burst=0, joins_per_minute=2, renames_per_minute=1))
    duke = hub.enter(1, "Duke")
    hub.do(duke, Join("one"))
    assert refused(hub.do(duke, Join("two"))) == [(Code.TOO_FAST, {"retry_after": 30_000})]
    hub._n[duke] -= 1
    hub.do(duke, Rename("Coco"))
    assert refused(hub.do(duke, Rename("Duke"))) == [(Code.TOO_FAST, {"retry_after": 60_000})]
    hub._n[duke] -= 1
    hub.do(duke, Away())
    assert refused(hub.do(duke, Away(away=False))) == [(Code.TOO_FAST, {"retry_after": 60_000})]
    assert hub.state.owner_of("coco")
    assert "two" not in hub.state.rooms


def test_zero_is_no_limit() -> None:
    hub = Hub(limits=UNLIMITED)
    duke = hub.enter(1, "Duke")
    messages = [Do(1, n, Say(LOBBY, "hello")) for n in range(2, 300)]
    assert hub.send(duke, *messages) == [Ack(1, 299)]


# ---- addresses


def test_only_so_many_come_from_one_address_and_this_machine_is_not_limited() -> None:
    hub = Hub(limits=Limits(sessions_per_address=2))
    for number in (1, 2):
        assert isinstance(knock(hub, number, ELSEWHERE)[0], Welcome)
    assert refused(knock(hub, 3, ELSEWHERE)) == [(Code.TOO_MANY_SESSIONS, {"limit": 2})]
    assert isinstance(knock(hub, 2, ELSEWHERE)[0], Welcome)  # comes back
    assert isinstance(knock(hub, 4, "10.0.0.8")[0], Welcome)
    for number in range(5, 9):
        assert isinstance(knock(hub, number, "::ffff:127.0.0.1")[0], Welcome)
    hub.send(peer(1), Do(1, 1, Quit()))
    hub.now += 60
    assert isinstance(knock(hub, 9, ELSEWHERE)[0], Welcome)  # in the place of who left


def test_a_gateway_states_the_addresses_of_its_people() -> None:
    hub = Hub(limits=Limits(sessions_per_address=1))
    gateway = peer(1, trusted=True)
    answers = hub.send(
        gateway,
        *(Hello(n, token(n), address=f"10.0.0.7:{4000 + n}", door="nc") for n in (1, 2)),
    )
    assert isinstance(answers[0], Welcome)
    assert refused(answers) == [(Code.TOO_MANY_SESSIONS, {"limit": 1})]


def test_who_is_banned_is_put_out_told_why_and_refused() -> None:
    hub = Hub()
    knock(hub, 1, ELSEWHERE, "Duke")
    root = administrator(hub)
    with hub.turn() as left:
        hub.core.receive(root, [Do(1, 1, Ban("", "10.0.0.7", 60, "flood"))])
    until = WALL_MS + round(hub.now * 1000) + 60_000
    why: dict[str, int | str] = {"until": until, "why": "flood"}
    (ended,) = left.to(peer(1))
    assert isinstance(ended, Ended)
    assert (ended.code, ended.fields) == ("banned", {"by": "admin", **why})
    assert "flood" in ended.sentence
    assert [type(event) for event in left.events] == [Banned]
    assert refused(knock(hub, 1, "10.0.0.8")) == [
        (Code.SESSION_ENDED, {"reason": "banned", "applied": 0})
    ]
    assert refused(knock(hub, 2, ELSEWHERE)) == [(Code.BANNED, why)]
    hub.now += 60
    assert isinstance(knock(hub, 2, ELSEWHERE)[0], Welcome)


def test_who_comes_back_from_a_banned_address_is_refused() -> None:
    hub = Hub()
    knock(hub, 1, "10.0.0.8")
    hub.do(administrator(hub), Ban("", "10.0.0.7"))
    assert refused(knock(hub, 1, ELSEWHERE)) == [(Code.BANNED, {"until": 0, "why": ""})]


# ---- acts, over the whole hub


def test_who_is_kicked_is_told_and_the_act_stands_before_the_exit() -> None:
    hub = Hub()
    hub.enter(1, "Duke")
    coco = hub.enter(2, "Coco")
    root = administrator(hub)
    with hub.turn() as left:
        hub.core.receive(root, [Do(1, 1, Kick("", "coco", "noise"))])
    kicked, exit_ = left.events
    assert isinstance(kicked, Kicked)
    assert kicked.everywhere
    assert isinstance(exit_, Left)
    assert (exit_.author, exit_.reason) == (kicked.who, Reason.KICKED)
    (ended,) = left.to(coco)
    assert isinstance(ended, Ended)
    assert (ended.code, ended.fields) == ("kicked", {"by": "admin", "why": "noise"})
    assert hub.state.owner_of("coco") is None


def test_who_is_muted_everywhere_cannot_talk_in_private_either() -> None:
    hub = Hub()
    duke = hub.enter(1, "Duke")
    hub.enter(2, "Coco")
    hub.do(administrator(hub), Mute("", "duke"))
    assert refused(hub.do(duke, Tell("coco", "hello"))) == [(Code.MUTED, {"until": 0})]


def test_nothing_of_an_act_leaves_if_the_disk_does_not_take_it() -> None:
    hub = Hub()
    duke = hub.enter(1, "Duke")
    root = administrator(hub)
    hub.disk.full = True
    with hub.turn() as left:
        hub.core.receive(root, [Do(1, 1, Kick("", "duke"))])
    assert refused(left.to(root))[0][0] == Code.JOURNAL_UNAVAILABLE
    assert not left.to(duke)
    assert not left.events
    assert hub.state.owner_of("duke")


# ---- the administrator


def test_nobody_but_a_local_peer_is_the_administrator() -> None:
    hub = Hub()
    stranger = peer(1)
    hello = Hello(1, token(1), door=ADMIN_DOOR)
    assert refused(hub.send(stranger, hello)) == [(Code.NOT_TRUSTED, {})]
    administrator(hub)
    assert refused(hub.send(stranger, Hello(1, token(99)))) == [(Code.NOT_TRUSTED, {})]
    duke = hub.enter(2, "Duke")
    for question in (Stats(), Everybody(), Backup("/copy")):
        assert ask(hub, duke, question) == Code.NOT_TRUSTED
    assert refused(hub.do(duke, Rename("Admin"))) == [(Code.NAME_NOT_ALLOWED, {})]


@pytest.mark.parametrize(
    "door", ["admin\0", "\u200eadmin", "ad\x7fmin", "admin\x1b[1m", " admin\n"]
)
def test_no_spelling_of_the_door_makes_a_stranger_the_administrator(door: str) -> None:
    hub = Hub()
    stranger = peer(1)
    answers = hub.send(stranger, Hello(1, token(1), name="Eve", door=door))
    assert refused(answers) == [(Code.NOT_TRUSTED, {})]
    assert not hub.state.sessions


def test_the_administrator_sees_everybody_and_is_seen_by_nobody() -> None:
    hub = Hub()
    duke = hub.enter(1, "Duke")
    hub.do(duke, Join("attic", private=True))
    knock(hub, 2, ELSEWHERE, "Coco")
    root = administrator(hub)
    answer = ask(hub, root, Everybody())
    assert isinstance(answer, Everyone)
    assert answer.total == 2
    people = {person.name: person for person in answer.people}
    assert people["Duke"].rooms == (LOBBY, "attic")
    assert people["Coco"].address == "10.0.0.7"
    assert getattr(ask(hub, root, Whois("coco")), "address", None) == "10.0.0.7"
    assert getattr(ask(hub, duke, Whois("coco")), "address", None) == ""
    first, second = sorted(person.id for person in answer.people)
    page = ask(hub, root, Everybody(first))
    assert isinstance(page, Everyone)
    (later,) = page.people
    assert later.id == second
    listed = ask(hub, root, Rooms())
    assert isinstance(listed, RoomList)
    assert {(line.room, line.kind) for line in listed.rooms} == {
        (LOBBY, Kind.PUBLIC), ("attic", Kind.PRIVATE),
    }  # fmt: skip
    assert getattr(ask(hub, root, Who("attic")), "total", None) == 1
    assert not hub.state.sessions[hub.session("admin")].rooms
    assert refused(hub.do(duke, Tell("admin", "hello")))[0][0] == Code.NO_SUCH_PERSON


def test_the_administrator_reads_the_acts_of_public_rooms_and_nothing_else_of_them() -> None:
    hub = Hub()
    duke = hub.enter(1, "Duke")
    hub.enter(2, "Coco")
    hub.do(duke, Join("dev"))
    hub.do(duke, Join("attic", private=True))
    hub.do(duke, Mute("dev", "coco"))
    root = administrator(hub)
    hub.do(root, Mute("", "coco"))
    for room in ("", LOBBY, "dev"):
        happened = ask(hub, root, Acts(room))
        assert isinstance(happened, Happened)
        (muted,) = happened.events
        assert isinstance(muted, Muted)
        assert muted.everywhere is (room != "dev")
    assert ask(hub, root, Page("dev", 1)) == Code.NOT_IN_ROOM
    assert ask(hub, root, Acts("attic")) == Code.NO_SUCH_ROOM
    assert ask(hub, hub.enter(3, "Eve"), Acts("dev")) == Code.NOT_IN_ROOM


def test_numbers_count_people_rooms_and_bans() -> None:
    hub = Hub()
    duke = hub.enter(1, "Duke")
    hub.enter(2, "Coco")
    hub.do(duke, Join("attic", private=True))
    hub.do(duke, Tell("coco", "hello"))
    root = administrator(hub)
    hub.do(root, Ban("", "10.0.0.7"))
    hub.do(root, Op("", "duke"))
    hub.act(lambda core: core.unreachable(peer(2)))
    hub.now += 5
    counted = ask(hub, root, Stats())
    assert counted == Counted(
        started=WALL_MS + 100_000, people=2, connected=1, connections=2, rooms=2, private=1,
        talks=1, events=8, operators=1, bans=1, mutes=0,
    )  # fmt: skip


def test_bans_are_for_operators() -> None:
    hub = Hub()
    duke = hub.enter(1, "Duke")
    assert ask(hub, duke, Bans("")) == Code.NOT_OPERATOR
    assert ask(hub, duke, Bans(LOBBY)) == Code.NOT_OPERATOR
    hub.do(administrator(hub), Op("", "duke"))
    assert getattr(ask(hub, duke, Bans("")), "bans", None) == ()


def test_a_backup_is_answered_once_it_is_done() -> None:
    hub = Hub()
    root = administrator(hub)

    def begun(request: int) -> Copying:
        hub.core.begin(hub.now, WALL_MS)
        hub.core.receive(root, [Ask(1, request, Backup("/copy"))])
        outgoing = hub.core.committed(hub.disk)
        assert not outgoing.replies
        (copying,) = outgoing.copies
        assert copying.path == "/copy"
        return copying

    copying = begun(7)
    answered = hub.act(lambda core: core.copied(copying, 4096)).to(root)
    assert answered == [Answer(1, 7, BackedUp("/copy", 4096))]
    for outcome, fields in (
        (Code.FILE_EXISTS, {"path": "/copy"}),
        (Code.BACKUP_FAILED, {"path": "/copy"}),
        (Code.BUSY, {"retry_after": 1000}),
    ):
        copying = begun(8)
        answered = hub.act(lambda core, c=copying, o=outcome: core.copied(c, o)).to(root)  # type: ignore[misc]
        assert refused(answered) == [(outcome, fields)]
    copying = begun(9)
    hub.do(root, Quit())
    assert not hub.act(lambda core: core.copied(copying, 4096)).replies
