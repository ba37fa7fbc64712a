"""Changing and taking away what was said, and finding it."""

from __future__ import annotations

import math
from contextlib import closing
from functools import partial
from typing import Any

from broker.core import Core
from broker.questions import SEARCHES_AT_ONCE
from broker.search import SearchHits, changes_committed
from broker.search_index import SearchIndex
from broker.search_reader import find
from broker.state import LOBBY
from protocol.commands import Away, Delete, Edit, Invite, Join, Leave, Op, Quit, Say
from protocol.errors import Code
from protocol.events import Appointed, Deleted, Edited, Said
from protocol.limits import REPLY_MAX_BYTES, TEXT_CHARACTERS
from protocol.messages import Answer, Ask, Do, Hello, Refused
from protocol.questions import Acts, Found, Page, Recent, Search, Since
from tests.broker.hub import WALL_MS, Hub, peer, token

ANN, BOB, CEE = peer(1), peer(2), peer(3)
LARGEST = "\U0001f600" * TEXT_CHARACTERS


def house() -> Hub:
    hub = Hub()
    for number, name in enumerate(("Ann", "Bob", "Cee"), 1):
        hub.enter(number, name)
    return hub


def texts(hub: Hub, who: Any = ANN, room: str = LOBBY) -> list[str]:
    return [e.text for e in hub.answer(who, Recent(room)).events]


# ---- edits


def test_ones_last_message_is_changed_as_often_as_one_likes() -> None:
    hub = house()
    hub.carry_out(BOB, Say(LOBBY, "helo"))
    hub.carry_out(ANN, Say(LOBBY, "hi"))
    (event,) = hub.carry_out(BOB, Edit(LOBBY, "hello")).events
    assert isinstance(event, Edited)
    assert (event.number, event.target, event.text) == (6, 4, "hello")
    hub.carry_out(BOB, Edit(LOBBY, "hello!", 4))
    assert texts(hub) == ["hello!", "hi"]
    page = hub.answer(ANN, Page(LOBBY, 4)).events
    assert [getattr(e, "text", None) for e in page] == ["hello!", "hi", "", "hello!"]
    assert hub.refusal(BOB, Edit(LOBBY, "x", 5)).code == Code.NO_SUCH_MESSAGE
    hub.carry_out(BOB, Say(LOBBY, "next"))
    assert hub.refusal(BOB, Edit(LOBBY, "x", 4)).code == Code.NO_SUCH_MESSAGE
    assert hub.state.snapshot() == hub.fold().snapshot()


def test_what_is_deleted_is_nowhere_any_more() -> None:
    hub = house()
    hub.carry_out(BOB, Say(LOBBY, "secret"))
    hub.carry_out(BOB, Edit(LOBBY, "secret2"))
    (event,) = hub.carry_out(BOB, Delete(LOBBY)).events
    assert isinstance(event, Deleted)
    assert (event.target, event.whose_name) == (4, "Bob")
    assert "secret" not in str(hub.answer(ANN, Page(LOBBY, 1)))
    assert hub.refusal(BOB, Edit(LOBBY, "x")).code == Code.NO_SUCH_MESSAGE
    assert hub.refusal(BOB, Delete(LOBBY)).code == Code.NO_SUCH_MESSAGE


def test_an_operator_takes_away_the_last_message_of_anybody_but_the_owner() -> None:
    hub = house()
    for who in (ANN, BOB, CEE):
        hub.carry_out(who, Join("dev"))
        hub.carry_out(who, Say("dev", "x"))
    refused = hub.refusal(BOB, Delete("dev", "cee"))
    assert (refused.code, refused.fields) == (Code.NOT_OPERATOR, {"room": "dev"})
    hub.carry_out(ANN, Op("dev", "bob"))
    (event,) = hub.carry_out(BOB, Delete("dev", "CEE")).events
    assert isinstance(event, Deleted)
    assert (event.name, event.whose_name) == ("Bob", "Cee")
    hub.carry_out(BOB, Delete("dev"))
    (appointed, deleted) = hub.answer(CEE, Acts("dev")).events
    assert isinstance(appointed, Appointed)
    assert deleted == event
    assert hub.refusal(BOB, Delete("dev", "ann")).code == Code.IS_OWNER
    assert hub.refusal(BOB, Delete("dev", "nobody")).code == Code.NO_SUCH_PERSON
    hub.carry_out(ANN, Leave("dev"))
    assert hub.refusal(ANN, Delete("dev", "bob")).code == Code.NOT_IN_ROOM


def test_the_administrator_takes_messages_away_from_outside() -> None:
    hub = house()
    hub.carry_out(BOB, Say(LOBBY, "spam"))
    door = peer(9, trusted=True)
    hub.send(door, Hello(1, token(9), door="admin"), Do(1, 1, Delete(LOBBY, "bob")))
    assert texts(hub) == [""]


# ---- reading


def test_the_last_messages_fit_one_answer_the_newest_of_them() -> None:
    hub = house()
    for index in range(40):
        hub.carry_out(ANN, Say(LOBBY, f"{index:02}{LARGEST[2:]}"))
    with hub.turn() as left:
        hub.core.receive(BOB, [Ask(1, 1, Recent(LOBBY, 200))])
    assert max(map(len, left.bodies)) <= REPLY_MAX_BYTES
    (answer,) = left.to(BOB)
    numbers = [event.number for event in answer.answer.events]  # type: ignore[union-attr]
    assert numbers[-1] == 43
    assert numbers == list(range(numbers[0], 44))
    before = hub.answer(BOB, Recent(LOBBY, 2, numbers[0])).events
    assert [event.number for event in before] == [numbers[0] - 2, numbers[0] - 1]


def test_history_starts_at_a_time() -> None:
    hub = house()
    hub.carry_out(ANN, Say(LOBBY, "early"))
    hub.now += 60
    hub.carry_out(ANN, Say(LOBBY, "late"))
    page = hub.answer(BOB, Since(LOBBY, WALL_MS + round(hub.now * 1000) - 1000))
    assert [e.text for e in page.events] == ["late"]
    assert page.head == 5
    assert hub.answer(BOB, Since(LOBBY, WALL_MS * 2)).events == ()


# ---- search


def searched(hub: Hub, who: Any, question: Search, places: list[tuple[str, int]]) -> Any:
    """Ask, let something happen with the places found, and return the answer."""
    with hub.turn() as asked:
        hub.core.receive(who, [Ask(1, 7, question)])
    assert who not in asked.replies
    (search,) = asked.searches
    left = hub.act(lambda core: core.found(search, SearchHits(places, 0, behind=False)))
    (answer,) = left.to(who)
    assert isinstance(answer, Answer)
    assert answer.request == 7
    return answer.answer


def test_a_search_looks_where_the_person_may_read_and_says_what_was_said() -> None:
    hub = house()
    hub.carry_out(ANN, Join("den", private=True))
    hub.carry_out(ANN, Say("den", "secret plan"))
    hub.carry_out(ANN, Invite("den", "bob"))
    hub.carry_out(BOB, Join("den"))
    hub.carry_out(ANN, Say("den", "plan"))
    with hub.turn() as asked:
        hub.core.receive(BOB, [Ask(1, 1, Search("plan", author="ANN", before=9, after=3, older=4))])
    (search,) = asked.searches
    query = search.query
    assert query.rooms == {LOBBY: 1, "den": 4}
    assert (query.words, query.older_than) == ("plan", 4)
    assert (query.author, query.name) == (hub.session("Ann"), "ann")
    assert (query.before_ms, query.after_ms) == (9, 3)
    hits = SearchHits([("den", 5), ("den", 2)], 3, behind=True)
    (answer,) = hub.act(lambda core: core.found(search, hits)).to(BOB)
    found = answer.answer  # type: ignore[union-attr]
    assert isinstance(found, Found)
    assert [(h.room, h.event.number) for h in found.hits] == [("den", 5)]
    assert (found.older, found.behind) == (3, True)


def test_what_is_looked_for_may_be_of_somebody_who_is_gone() -> None:
    hub = house()
    ann = hub.session("Ann")
    hub.carry_out(ANN, Say(LOBBY, "one"))
    hub.carry_out(ANN, Quit())
    for who in ("ANN", ann, "Nobody"):
        with hub.turn() as asked:
            hub.core.receive(BOB, [Ask(1, 1, Search("one", author=who))])
        (search,) = asked.searches
        with closing(SearchIndex(None, "j", 0)) as index:
            index.apply(changes_committed(hub.disk.committed, 1), len(hub.disk.committed))
            places, _ = find(index.db, search.query, math.inf)
        hits = SearchHits(places, 0, behind=False)
        (answer,) = hub.act(partial(Core.found, searching=search, hits=hits)).to(BOB)
        found = answer.answer  # type: ignore[union-attr]
        assert isinstance(found, Found)
        said = [h.event.text for h in found.hits if isinstance(h.event, Said)]
        assert said == ([] if who == "Nobody" else ["one"])


def test_what_was_deleted_or_left_behind_meanwhile_is_not_found() -> None:
    hub = house()
    hub.carry_out(BOB, Join("dev"))
    hub.carry_out(BOB, Say("dev", "here"))
    hub.carry_out(BOB, Say(LOBBY, "one"))
    found = searched(hub, BOB, Search("one"), [("dev", 2), (LOBBY, 4), (LOBBY, 1), ("no", 1)])
    assert [h.event.text for h in found.hits if isinstance(h.event, Said)] == ["here", "one"]
    with hub.turn() as asked:
        hub.core.receive(BOB, [Ask(1, 7, Search("one", LOBBY))])
    assert asked.searches[0].query.rooms == {LOBBY: 1}
    hub.act(partial(Core.found, searching=asked.searches[0], hits=None))
    hub.carry_out(BOB, Delete(LOBBY))
    hub.carry_out(BOB, Leave("dev"))
    found = searched(hub, BOB, Search("one"), [("dev", 2), (LOBBY, 4)])
    assert found.hits == ()


def test_a_search_that_nobody_waits_for_is_dropped_and_one_that_failed_says_so() -> None:
    hub = house()
    with hub.turn() as asked:
        hub.core.receive(BOB, [Ask(1, 1, Search("x"))])
        hub.core.receive(ANN, [Ask(1, 2, Search("x"))])
    hub.carry_out(BOB, Quit())
    bobs, anns = asked.searches
    assert hub.act(lambda core: core.found(bobs, None)).replies == {}
    (refused,) = hub.act(lambda core: core.found(anns, None)).to(ANN)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.request) == (Code.SEARCH_UNAVAILABLE, 2)
    hub.disk.blind = True
    with hub.turn() as asked:
        hub.core.receive(ANN, [Ask(1, 3, Search("x"))])
    hits = SearchHits([(LOBBY, 1)], 0, behind=False)
    (refused,) = hub.act(lambda core: core.found(asked.searches[0], hits)).to(ANN)
    assert isinstance(refused, Refused)
    assert refused.code == Code.JOURNAL_UNAVAILABLE


def test_one_person_does_not_take_the_places_of_others_who_search() -> None:
    hub = house()
    for _ in range(2):
        with hub.turn() as asked:
            for request in range(1, SEARCHES_AT_ONCE + 2):
                hub.core.receive(BOB, [Ask(1, request, Search("x"))])
            hub.core.receive(ANN, [Ask(1, 1, Search("x"))])
        (refused,) = asked.to(BOB)
        assert isinstance(refused, Refused)
        assert (refused.code, refused.request) == (Code.BUSY, SEARCHES_AT_ONCE + 1)
        assert len(asked.searches) == SEARCHES_AT_ONCE + 1
        for search in asked.searches:
            hub.act(partial(Core.found, searching=search, hits=None))


def test_a_search_of_a_turn_that_failed_does_not_count() -> None:
    hub = house()
    hub.disk.full = True
    for _ in range(SEARCHES_AT_ONCE):
        with hub.turn() as asked:
            hub.core.writable = True
            hub.core.receive(BOB, [Ask(1, 1, Search("x")), Do(1, 2, Away())])
        assert not asked.searches
    hub.disk.full = False
    with hub.turn() as asked:
        hub.core.receive(BOB, [Ask(1, 1, Search("x"))])
    assert len(asked.searches) == 1


def test_who_left_during_a_search_does_not_learn_that_there_is_more() -> None:
    hub = house()
    hub.carry_out(BOB, Join("den", private=True))
    with hub.turn() as asked:
        hub.core.receive(BOB, [Ask(1, 1, Search("x"))])
    hub.carry_out(BOB, Leave("den"))
    hits = SearchHits([("den", 2)], 17, behind=False)
    (answer,) = hub.act(lambda core: core.found(asked.searches[0], hits)).to(BOB)
    assert isinstance(answer, Answer)
    assert answer.answer == Found()
