"""Answers and help over the messages take nobody's keys: what is typed goes to the input."""

from __future__ import annotations

from client.notices import Answered
from client.screen.effects import InsertText
from client.screen.keymap import Action, When
from protocol.commands import Say
from protocol.questions import Described, Kind, RoomLine, RoomList
from tests.client.screen.alone import Alone


def mode(ann: Alone) -> When:
    """Return what has the keys now."""
    return ann.mode


def test_an_answer_waits_for_who_is_typing() -> None:
    ann = Alone()
    ann.type("/rooms")
    ann.model.draft_changed("h", 1)
    ann.answer(RoomList(1, (RoomLine("dev", Kind.PUBLIC, 7),)))
    assert mode(ann) is When.INPUT
    assert "an answer waits until you are done typing" in ann.status
    ann.type("hi")
    assert ann.submitted[-1:] == [Say("lobby", "hi")]
    assert mode(ann) is When.LIST
    assert "answer waits" not in ann.status
    ann.press(Action.CANCEL)
    ann.type("/rooms")
    ann.model.draft_changed("h", 1)
    ann.answer(RoomList(0, ()))
    ann.model.draft_changed("", 0)
    assert mode(ann) is When.LIST


def test_an_answer_that_opened_over_another_editor_waits_for_what_was_written_there() -> None:
    ann = Alone()
    ann.type("/rooms")
    ann.answer(RoomList(1, (RoomLine("dev", Kind.PUBLIC, 7),)))
    assert mode(ann) is When.LIST
    ann.model.edited("lobby", "written elsewhere")
    assert mode(ann) is When.INPUT
    ann.type(ann.model.draft.text)
    assert ann.submitted[-1:] == [Say("lobby", "written elsewhere")]
    assert mode(ann) is When.LIST


def test_answers_wait_for_each_other() -> None:
    ann = Alone()
    ann.type("/whois bob")
    ann.answer(Described("b", "", "bob", "nc", ann.at, 0))
    ann.type("/whois zoe")
    ann.answer(Described("z", "", "zoe", "nc", ann.at, 0))
    ann.type("/rooms")
    ann.answer(RoomList(0, ()))
    titles = []
    while mode(ann) is not When.INPUT:
        titles.append(ann.page[0])
        ann.press(Action.CANCEL)
    assert titles == ["bob", "zoe", "Rooms: 0"]


def test_what_is_typed_over_an_answer_goes_to_the_input_and_is_not_covered_again() -> None:
    ann = Alone()
    ann.type("/rooms")
    ann.type("/whois bob")
    rooms, whois = ann.link.asked
    ann.hear(Answered(1, rooms, RoomList(1, (RoomLine("dev", Kind.PUBLIC, 7),))))
    ann.hear(Answered(1, whois, Described("b", "", "bob", "nc", ann.at, 0)))
    assert mode(ann) is When.LIST
    ann.model.take_effects()
    ann.model.typed_over("h", ann.now, ann.at)
    assert ann.model.take_effects()[-1] == InsertText("h")
    assert mode(ann) is When.INPUT
    ann.model.draft_changed("h", 1)
    ann.type("hi")
    assert ann.submitted[-1:] == [Say("lobby", "hi")]
    assert ann.page[0] == "bob"


def test_a_long_paste_over_a_page_is_asked_about_as_ever() -> None:
    ann = Alone()
    ann.press(Action.HELP)
    ann.model.typed_over("\n".join("abcdefghij"), ann.now, ann.at)
    assert mode(ann) is When.PASTE


def test_an_answer_that_comes_during_a_search_or_a_paste_disturbs_neither() -> None:
    ann = Alone()
    ann.say("lobby", "needle here")
    ann.type("/rooms")
    ann.press(Action.FIND)
    ann.model.field_changed("needle")
    ann.model.tick(ann.now, ann.at)
    ann.answer(RoomList(0, ()))
    assert "match" in ann.style_of("needle")
    ann.press(Action.CANCEL)
    assert ann.page[0] == "Rooms: 0"
    ann.press(Action.CANCEL)
    ann.type("/rooms")
    assert not ann.model.pasted("\n".join("abcdefghij"))
    ann.answer(RoomList(0, ()))
    assert mode(ann) is When.PASTE
    ann.press(Action.PASTE_SEND)
    assert ann.submitted[-1:] == [Say("lobby", "\n".join("abcdefghij"))]
    assert mode(ann) is When.LIST


def test_the_help_over_a_search_ends_it() -> None:
    ann = Alone()
    ann.say("lobby", "needle here")
    ann.press(Action.FIND)
    ann.model.field_changed("needle")
    ann.model.tick(ann.now, ann.at)
    ann.press(Action.HELP)
    assert "match" not in ann.style_of("needle")
