"""Answers over the messages: lists of which a line is taken, pages that are read, and jumps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from client.notices import Answered, HelloRefused, JournalChanged, QuestionRefused, SessionOver
from client.screen.choices import Choice, Choices
from client.screen.keymap import Action, When
from client.screen.width import cells
from protocol.commands import Join
from protocol.events import Deleted, Edited, Joined, Kicked, Said
from protocol.messages import Events, Ignored
from protocol.questions import (
    Acts,
    BanLine,
    BanList,
    Bans,
    Described,
    Found,
    Happened,
    Hit,
    Kind,
    Page,
    Recent,
    RoomLine,
    RoomList,
    Rooms,
    Search,
    Since,
    Whois,
)
from tests.client.screen.alone import JOURNAL, Alone
from tests.client.screen.screens import text_of, texts

if TYPE_CHECKING:
    from protocol.events import AnyEvent


NEWEST = 2002


def message(number: int, text: str = "", at: int = 0) -> Said:
    return Said(number, at, "bob", "bob", 0, text or f"m{number}")


def nothing(_now: float) -> None:
    """Take nothing."""


def messages(first: int, last: int) -> tuple[AnyEvent, ...]:
    texts = {NEWEST: "newest"}
    return tuple(message(n, texts.get(n, "")) for n in range(first, last + 1))


# ---- lists


def test_a_list_shows_the_line_that_is_selected() -> None:
    lines = [Choice(f"#{n}", "x" * 100, nothing) for n in range(50)]
    shown = Choices("Title", lines, "hint")
    shown.rows(40, 10)
    shown.page(1)
    shown.select(1)
    rows = shown.rows(40, 10)
    assert len(rows) == 10
    assert all(len(text) <= 40 for text in texts(rows))
    (selected,) = [row for row in rows if row[0][0] == "class:overlay.selected"]
    assert selected[0][1].startswith(" #8")
    shown.select(-100)
    assert shown.choice == lines[0]
    shown.select(100)
    assert shown.choice == lines[-1]
    assert Choices("Empty", [], "hint").choice is None


def test_a_room_is_chosen_from_the_list_of_rooms() -> None:
    ann = Alone()
    ann.settle()
    ann.type("/rooms")
    assert ann.question() == Rooms()
    ann.answer(RoomList(3, (RoomLine("dev", Kind.PUBLIC, 7, "the code"),)))
    assert ann.question() == Rooms("dev")
    more = (
        RoomLine("lobby", Kind.PUBLIC, 9, member=True),
        RoomLine("ops", Kind.PRIVATE, 2, invited=True),
    )
    ann.answer(RoomList(3, more))
    assert ann.model.field is None
    assert ann.page[0] == "Rooms: 3"
    assert ann.page[1] == "#dev 7 here · the code"
    assert ann.page[3] == "#ops 2 here · private · you are invited"
    ann.press(Action.SELECT_NEXT, Action.SELECT_NEXT, Action.ACCEPT)
    assert ann.submitted == [Join("ops")]
    assert ann.mode is When.INPUT
    assert [c.text for c in ann.model.candidates("/join #o")] == ["#ops "]


def test_pages_that_are_only_read() -> None:
    ann = Alone()
    ann.type("/whois bob")
    assert ann.question() == Whois("bob")
    ann.answer(Described("b" * 16, "1.2.3.4:5", "bob", "nc", ann.at, 90, rooms=("lobby",)))
    assert ann.page[0] == "bob"
    assert any("1.2.3.4:5" in row for row in ann.page)
    assert any("1m30s" in row for row in ann.page)
    ann.press(Action.CANCEL)
    ann.type("/bans")
    assert ann.question() == Bans("lobby")
    bans = (
        BanLine("", "10.0.0.1", "Op", ann.at + 60_000, "spam"),
        BanLine("z", "Zoe", "Op", mute=True),
    )
    ann.answer(BanList("lobby", bans))
    assert ann.page[0] == "Banned or muted in #lobby"
    assert "10.0.0.1" in ann.page[1]
    assert "until 22:15+00" in ann.page[1]
    assert "Zoe" in ann.page[2]
    ann.press(Action.CANCEL)
    ann.type("/modlog 5")
    assert ann.question() == Acts("lobby", 5)
    ann.answer(Happened("lobby", (Kicked(3, ann.at, "op", "Op", 1, "z", "Zoe", "noise"),)))
    assert any("Op put Zoe out: noise" in row for row in ann.page)


def test_what_the_broker_does_not_tell_is_said_with_the_reason() -> None:
    ann = Alone()
    ann.type("/bans")
    ann.hear(QuestionRefused(1, max(ann.link.asked), "not_operator", {"room": "lobby"}))
    assert "Only an operator may do that." in ann.shown


def test_a_question_without_an_answer_makes_the_status_late() -> None:
    ann = Alone()
    ann.settle()
    ann.type("/whois bob")
    ann.now = 3.0
    assert "late: no answer for 3 s" in ann.status
    ann.answer(Described("b", "", "bob", "nc", ann.at, 0))
    assert "late" not in ann.status


def test_a_question_for_which_the_broker_is_too_busy_is_asked_again() -> None:
    ann = Alone()
    ann.type("/whois bob")
    request = max(ann.link.asked)
    del ann.link.asked[request]
    ann.hear(QuestionRefused(1, request, "busy", {"retry_after": 500}))
    assert ann.model.next_deadline() == 0.5
    ann.now = 0.5
    ann.model.tick(ann.now, ann.at)
    assert ann.question() == Whois("bob")


def test_a_question_is_answered_whatever_the_broker_has_lost_meanwhile() -> None:
    ann = Alone()
    ann.type("/whois bob")
    ann.hear(JournalChanged())
    ann.answer(Described("b", "", "bob", "nc", ann.at, 0))
    assert ann.page[0] == "bob"


@pytest.mark.parametrize("end", [HelloRefused, SessionOver])
def test_a_question_is_asked_again_in_the_next_session(
    end: type[HelloRefused | SessionOver],
) -> None:
    ann = Alone()
    ann.type("/whois bob")
    ann.link.asked.clear()
    ann.hear(end(1, "session_ended", {}))
    assert ann.model.next_deadline() is None
    ann.model.tick(ann.now, ann.at)
    assert not ann.link.asked
    ann.model.opened(2, "ann")
    assert ann.model.next_deadline() == ann.now
    ann.model.tick(ann.now, ann.at)
    assert ann.question() == Whois("bob")
    assert ann.model.next_deadline() != ann.now


# ---- search and history


def test_a_search_names_room_person_and_times() -> None:
    ann = Alone()
    ann.type("/search big fish in:#lobby from:bob after:2023-11-14T10:00 before:1h")
    day = ann.at - ann.at % 86_400_000
    after, before = day + 10 * 3_600_000, ann.at - 3_600_000
    assert ann.question() == Search("big fish", "lobby", "bob", after, before)


@pytest.mark.parametrize("typed", ["/search x after:yesterday", "/history since whenever"])
def test_a_time_that_is_none_is_explained(typed: str) -> None:
    ann = Alone()
    ann.type(typed)
    assert not any(isinstance(asked, Search | Since) for asked in ann.link.asked.values())
    assert "14:30" in ann.shown
    assert ann.model.draft.text == typed


def test_found_messages_are_listed_newest_first_and_older_ones_on_demand() -> None:
    ann = Alone()
    ann.enter("dev")
    ann.type("/search fish")
    ann.answer(Found((Hit("dev", message(9, "red fish")), Hit("lobby", message(5, "fish!"))), 77))
    assert ann.page[0] == "Found for fish: 2"
    assert ann.page[1].startswith("9 ")
    assert "#dev bob: red fish" in ann.page[1]
    assert ann.page[3] == "… older ones"
    ann.press(Action.SELECT_NEXT, Action.SELECT_NEXT, Action.ACCEPT)
    assert ann.question() == Search("fish", older=77)
    ann.answer(Found((Hit("lobby", message(2, "old fish")),)))
    assert ann.page[0] == "Found for fish: 3"
    assert "old fish" in ann.page[3]
    selected = [row for row in ann.model.overlay_rows(80, 20) if "selected" in row[0][0]]
    assert "old fish" in selected[0][0][1]


def test_nothing_found_says_so() -> None:
    ann = Alone()
    ann.type("/search fish")
    ann.answer(Found())
    assert "Nothing was found." in ann.page[1]


def test_history_is_a_list_too() -> None:
    ann = Alone()
    ann.type("/history 2")
    assert ann.question() == Recent("lobby", 2)
    ann.answer(Happened("lobby", (message(3), Said(4, 0, "z", "Zoe", 0, "", deleted=True))))
    assert ann.page[0] == "Said in #lobby"
    assert ann.page[1].endswith("bob: m3")
    assert ann.page[2].endswith("Zoe: (deleted)")
    ann.press(Action.CANCEL)
    ann.type("/history since 2h")
    assert ann.question() == Since("lobby", ann.at - 7_200_000)


def test_lists_show_what_is_edited_and_nothing_of_ignored_people() -> None:
    ann = Alone(ignored=(Ignored("mallory", "Mallory"),))
    edited = Said(3, 0, "bob", "bob", 0, "better", edited=5)
    bad = Said(4, 0, "mallory", "Mallory", 0, "bad")
    ann.type("/history")
    ann.answer(Happened("lobby", (edited, bad)))
    assert ann.page[1].endswith("bob: better (edited)")
    assert "bad" not in "".join(ann.page)
    ann.press(Action.CANCEL)
    ann.type("/search b")
    ann.answer(Found((Hit("lobby", bad), Hit("lobby", edited)), older=3))
    assert ann.page[0] == "Found for b: 1"
    assert "bad" not in "".join(ann.page)


def test_history_of_which_more_is_to_come_goes_on() -> None:
    ann = Alone()
    ann.type("/history since 2h")
    came = Joined(7, 0, "z", "Zoe", 1, "")
    ann.answer(Events(JOURNAL, "lobby", (message(6), came), 1, 9))
    assert ann.page[1].endswith("bob: m6")
    assert ann.page[2] == "… and more was said after that."
    ann.press(Action.SELECT_NEXT, Action.ACCEPT)
    assert ann.question() == Page("lobby", 8)
    ann.answer(Events(JOURNAL, "lobby", (message(8), message(9)), 1, 9))
    assert [row.split()[-1] for row in ann.page[1:-1]] == ["m8", "m9"]


def test_history_that_ignored_people_said_is_not_called_silence() -> None:
    ann = Alone(ignored=(Ignored("bob", "bob"),))
    ann.type("/history")
    ann.answer(Happened("lobby", (message(3),)))
    assert ann.page[1] == "All of that was said by people whom you ignore."


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_lists_of_any_length_fit_a_small_screen(count: int) -> None:
    ann = Alone()
    ann.type("/rooms")
    lines = tuple(RoomLine(f"r{n:04}", Kind.PUBLIC, n, "s" * 400) for n in range(count))
    ann.answer(RoomList(count, lines))
    ann.model.overlay_rows(60, 15)
    ann.press(*[Action.PAGE_DOWN] * 100)
    rows = ann.model.overlay_rows(60, 15)
    assert len(rows) == min(count, 13) + 2
    assert all(cells(text) == 60 for text in map(text_of, rows))
    assert (f"#r{count - 1:04}" in "".join(map(text_of, rows))) == (count > 0)


# ---- jumps


def far_away() -> Alone:
    """Ann is in a room with much past, of which a page is held, and has found number 500."""
    ann = Alone()
    ann.numbers["dev"] = 2000
    ann.enter("dev")
    ann.type("/focus dev")
    assert ann.say("dev", "newest") == NEWEST
    give(ann)
    ann.rows()
    ann.type("/search m500")
    ann.answer(Found((Hit("dev", message(500)),)))
    ann.press(Action.ACCEPT)
    return ann


def give(ann: Alone) -> None:
    """Answer all pages that are asked for, until none is."""
    for _ in range(20):
        pages = {r: q for r, q in ann.link.asked.items() if isinstance(q, Page)}
        if not pages:
            return
        for request, page in pages.items():
            del ann.link.asked[request]
            last = min(page.last, NEWEST)
            events = Events(JOURNAL, "dev", messages(page.first, last), 1, ann.numbers["dev"])
            ann.hear(Answered(1, request, events))
        ann.rows()
        ann.model.tick(ann.now, ann.at)


def test_the_place_of_a_message_is_fetched_and_shown_and_end_goes_back() -> None:
    ann = far_away()
    assert [q for q in ann.link.asked.values() if isinstance(q, Page)] == [Page("dev", 450, 550)]
    give(ann)
    assert ann.model.focus == "dev"
    assert "m500" in ann.shown
    assert ann.style_of("m500") == "class:match.current"
    assert "an older place: End goes back" in ann.status
    assert not ann.model.at_end
    ann.say("dev", "even newer")
    assert "even newer" not in ann.shown
    ann.press(Action.TO_END)
    assert "even newer" in ann.shown
    assert "older place" not in ann.status


def test_a_place_that_is_no_longer_kept_is_said_to_be_gone() -> None:
    ann = far_away()
    ann.answer(Events(JOURNAL, "dev", (), 900, NEWEST))
    assert "that message is no longer kept" in ann.status
    assert "an older place" not in ann.status
    assert "newest" in ann.shown


def test_what_is_left_around_a_place_that_is_gone_is_shown() -> None:
    ann = far_away()
    ann.answer(Events(JOURNAL, "dev", messages(520, 550), 520, NEWEST))
    assert "that message is no longer kept" in ann.status
    assert "an older place" in ann.status
    assert "m550" in ann.shown


def test_a_place_that_is_not_told_is_explained_and_not_shown_as_nothing() -> None:
    ann = far_away()
    request = max(ann.link.asked)
    ann.hear(QuestionRefused(1, request, "not_in_room", {"room": "dev"}))
    assert "You are not in #dev" in ann.shown
    assert "newest" in ann.shown
    assert "an older place" not in ann.status


def test_a_place_in_a_room_that_was_left_is_not_gone_to() -> None:
    ann = Alone()
    ann.type("/search m500")
    ann.answer(Found((Hit("dev", message(500)),)))
    asked = dict(ann.link.asked)
    ann.press(Action.ACCEPT)
    assert "You are not in #dev" in ann.shown
    assert ann.link.asked == asked


def test_around_a_place_one_can_read_on_in_both_directions() -> None:
    ann = far_away()
    give(ann)
    for _ in range(40):
        ann.press(Action.PAGE_UP)
        give(ann)
    assert "m1" in ann.shown.split()
    seen: set[str] = set()
    for _ in range(300):
        seen.update(ann.shown.split())
        ann.press(Action.PAGE_DOWN)
        give(ann)
        if "older place" not in ann.status:
            break
    seen.update(ann.shown.split())
    assert {f"m{n}" for n in range(1, 2000)} <= seen
    assert "newest" in ann.shown


def test_what_is_held_is_gone_to_without_asking() -> None:
    ann = Alone()
    for number in range(60):
        ann.say("lobby", f"line {number}")
    ann.rows()
    place = ann.numbers["lobby"] - 50
    asked = dict(ann.link.asked)
    ann.type("/search line")
    ann.answer(Found((Hit("lobby", message(place)),)))
    ann.press(Action.ACCEPT)
    assert ann.link.asked == asked
    assert ann.style_of("line 9") == "class:match.current"
    assert "older place" not in ann.status
    ann.press(Action.TO_END)
    assert "line 59" in ann.shown


def test_what_happens_to_messages_is_seen_in_an_older_place_too() -> None:
    ann = far_away()
    give(ann)
    ann.happens("dev", Edited(0, 0, "bob", "bob", 1, 500, "better"))
    ann.happens("dev", Deleted(0, 0, "bob", "bob", 1, 501, "bob", "bob"))
    assert "better (edited)" in ann.shown
    assert "(deleted)" in ann.shown


def test_what_is_said_while_an_older_place_is_shown_is_not_read() -> None:
    ann = far_away()
    give(ann)
    ann.say("dev", "unseen")
    assert ann.model.title().startswith("(1) #dev")
    ann.press(Action.TO_END)
    assert ann.model.title() == "#dev - Hubbub"


def test_who_speaks_is_at_the_newest_lines_again() -> None:
    ann = far_away()
    give(ann)
    ann.type("hello")
    assert "hello …" in ann.shown
