from typing import Any

import pytest

from client.link import Link
from client.saved_state import Saved
from client.screen.candidates import complete, usage
from client.screen.emoji import EMOJI
from client.screen.look import Look
from client.screen.state import ScreenState
from client.screen.tabs import Tab, Tabs
from client.screen.transcript import Transcript
from client.screen.width import cells, printable
from client.settings import ClientSettings, Notify
from protocol.command_table import TABLE
from protocol.events import Said
from protocol.names import compared
from protocol.phrases import Language
from protocol.questions import Kind, People, Person
from tests.client.screen.screens import local


def make_tab(room: str = "lobby", *people: str, **facts: Any) -> Tab:
    tab = Tab(room, Transcript(local, Look()), Notify.MENTIONS, **facts)
    tab.roster.question(100)
    listed = tuple(Person(name, name, name, n) for n, name in enumerate(people, start=1))
    tab.roster.answered(People(room, len(people), len(people), listed))
    return tab


def make_state(tab: Tab, *tabs: Tab, own: str = "") -> ScreenState:
    state = ScreenState(Link(lambda: 0.5, ""), ClientSettings(), local, Saved(), fold=True)
    state.tabs = Tabs(tab)
    for other in tabs:
        state.tabs.add(other)
    state.own.id = own
    state.own.ids = frozenset({own})
    return state


def texts(before: str, tab: Tab, *tabs: Tab, own: str = "") -> list[str]:
    return [c.text for c in complete(before, make_state(tab, *tabs, own=own))]


def test_every_command_is_completed_with_its_usage() -> None:
    found = complete("/", make_state(make_tab()))
    assert [c.display for c in found] == [f"/{row.name}" for row in TABLE]
    (nick,) = complete("/ni", make_state(make_tab()))
    assert (nick.text, nick.start) == ("/nick ", 3)
    assert nick.hint == "NAME take another name"
    assert texts("/quit", make_tab()) == ["/quit"]
    assert texts("/rena", make_tab()) == ["/rename "]


def test_the_names_of_many_are_brought_into_the_compared_form_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people = [f"é{n}" for n in range(80)]
    tab = make_tab("lobby", *people)
    made: list[str] = []

    def counting(name: str) -> str:
        made.append(name)
        return compared(name)

    monkeypatch.setattr("client.screen.candidates.compared", counting)
    monkeypatch.setattr("client.screen.roster.compared", counting)
    assert len(texts("É", tab)) == 80
    assert made == ["É"]


def test_names_at_the_start_of_the_line_are_addressed() -> None:
    tab = make_tab("lobby", "Ann", "anton", "Bob")
    assert texts("an", tab) == ["Ann: ", "anton: "]
    assert texts("hello an", tab) == ["Ann ", "anton "]
    assert texts("@an", tab) == ["Ann: ", "anton: "]
    (candidate,) = complete("well, bo", make_state(tab))
    assert candidate.start == 2


def test_who_spoke_last_is_offered_first_and_oneself_never() -> None:
    tab = make_tab("lobby", "ann", "anton", "anna")
    tab.roster.apply([Said(5, 0, "anton", "anton", 1, "x"), Said(6, 0, "anna", "anna", 1, "x")])
    assert texts("an", tab, own="ann") == ["anna: ", "anton: "]


def test_rooms_and_emoji_are_completed_anywhere() -> None:
    tab = make_tab()
    assert texts("see #l", tab, make_tab("lounge")) == ["#lobby ", "#lounge "]
    assert texts("nice :tada", tab) == ["🎉"]
    assert texts(":ta", tab)[0] in {"🌮", "🎉"}
    assert texts("nice:", tab) == []
    assert texts("at 10:30", tab) == []


def test_a_command_is_completed_with_what_it_takes() -> None:
    tab = make_tab("lobby", "ann", "Bob")
    talk = make_tab("@1:2", kind=Kind.TALK, other="2", other_name="Zoe")
    tab.transcript.append([Said(1, 0, "me", "ann", 1, "helo"), Said(2, 0, "2", "Zoe", 1, "hi")])
    tab.subject = "tea"
    state = make_state(tab, talk, make_tab("dev"), own="me")
    state.known_rooms = ["dev", "ops"]

    def offered(before: str) -> list[str]:
        return [candidate.text for candidate in complete(before, state)]

    assert offered("/msg ") == ["ann ", "Bob ", "Zoe "]
    assert offered("/whois b") == ["Bob "]
    assert offered("/join #") == ["#lobby ", "#dev ", "#ops "]
    assert offered("/join o") == ["#ops "]
    assert offered("/join #x --") == ["--private "]
    assert offered("/ban Bob 1") == ["10m ", "1h ", "1d "]
    assert offered("/ban Bob ")[:2] == ["10m ", "1h "]
    assert offered("/ban Bob 10m an") == ["ann "]
    assert offered("/ban Bob 10m ") == []
    assert offered("/help se") == ["search"]
    assert offered("/history s") == ["since "]
    assert offered("/history since 2") == ["2h "]
    assert offered("/focus ") == ["#lobby ", "Zoe ", "#dev "]
    assert offered("/focus z") == ["Zoe "]
    assert offered("/leave #d") == offered("/leave D") == ["#dev "]
    assert offered("/leave ops") == offered("/leave dev x") == []
    assert offered("/search words in:d") == ["#dev "]
    assert [c.start for c in complete("/search words in:", state)] == [0, 0, 0]
    assert offered("/search words fr") == ["from:"]
    assert offered("/search words from:Z") == ["Zoe "]
    assert offered("/edit ") == ["helo"]
    assert offered("/topic ") == ["tea", "--clear "]
    assert offered("/topic --") == ["--clear "]
    assert offered("/invite ann #o") == ["#ops "]
    assert offered("/kick ann for b") == ["Bob "]
    assert offered("/back ") == []
    state.own.ignored = {"9": "Mallory", "8": "bad"}
    assert offered("/unignore ") == ["Mallory ", "bad "]
    assert offered("/unignore M") == ["Mallory "]


@pytest.mark.parametrize("before", ["", "hello ", "//", "/nick ", "x" * 5000])
def test_nothing_to_complete_offers_nothing(before: str) -> None:
    assert texts(before, make_tab("lobby", "ann")) == []


def test_names_that_somebody_else_chose_are_shown_safely() -> None:
    (candidate,) = complete("ev", make_state(make_tab("lobby", "ev\u202eil")))
    assert candidate.display == "evil"


def test_emoji_can_stand_on_the_screen() -> None:
    assert len(EMOJI) >= 150
    for name, character in EMOJI.items():
        assert printable(character) == character, name
        assert cells(character) in {1, 2}, name


def test_the_usage_of_a_command_is_shown_while_it_is_typed() -> None:
    assert usage("/nick A", Language.EN) == "/nick NAME  take another name"
    assert usage("/ni", Language.EN) == "/nick NAME  take another name"
    assert usage("/", Language.EN) == ""
    assert usage("//nick", Language.EN) == ""
    assert usage("nick", Language.EN) == ""
    assert usage("/dance x", Language.EN) == ""
    assert usage("", Language.EN) == ""
