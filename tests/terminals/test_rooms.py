"""Several rooms and private talk on real terminals, and the lists over the messages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.terminals.hall import Hall


def test_rooms_are_listed_entered_and_left(hall: Hall) -> None:
    ines, jo = hall.client("Ines"), hall.client("Jo")
    ines.type("/join #tea\r")
    ines.wait_for("2 #tea", re.compile(r"#tea +1 here"), re.compile("@Ines"))
    ines.type("/topic green or black?\r")
    ines.wait_for("#tea · green or black?")
    jo.type("/rooms\r")
    jo.wait_for("Rooms: 2", re.compile("#tea +1 here · green or black"), "Enter takes")
    jo.type("\x1b[B")
    jo.type("\r")
    jo.wait_for(re.compile(r"#tea · green or black\? +2 here"), "> ")
    jo.type("black\r")
    ines.wait_for("Jo black")
    jo.type("/le\t\r")
    jo.wait_until_gone("2 #tea")
    jo.wait_for(re.compile("^ #lobby"))


def test_what_is_typed_at_once_after_a_join_is_for_that_room_alone(hall: Hall) -> None:
    ed, flo = hall.client("Ed"), hall.client("Flo")
    ed.type("/join #den --private\ra secret\r")
    ed.wait_for(re.compile(r"^ #den .*private"), "Ed a secret")
    ed.type("/leave\r")
    ed.wait_for(re.compile("^ #lobby"))
    ed.type("hello all\r")
    flo.wait_for("Ed hello all")
    assert not any("secret" in row for row in flo.rows + ed.rows)


def test_private_talk_opens_a_tab_by_the_name_of_the_other(hall: Hall) -> None:
    kim, lou = hall.client("Kim"), hall.client("Lou")
    kim.type("/msg lou are you there?\r")
    kim.wait_for("2 Lou", re.compile(r"^ Lou .*private"), "Kim are you there?")
    lou.wait_for(re.compile(r"2 Kim +1!"))
    lou.wait(lambda seen: "1!" in seen.title, "the private message in the title")
    lou.type("\x1ba")
    lou.wait_for("Kim are you there?")
    lou.type("/reply I am\r")
    kim.wait_for("Lou I am")
    lou.type("/edit I was\r")
    kim.wait_for("Lou I was (edited)")
    lou.type("/delete\r")
    kim.wait_for("Lou (deleted)")
    kim.wait_until_gone("I was")


def test_found_messages_are_gone_to(hall: Hall) -> None:
    max_ = hall.client("Max")
    max_.type("/join #sea\r")
    max_.wait_for("2 #sea")
    max_.type("a whale in the bay\r")
    max_.wait_for("Max a whale in the bay")
    max_.type("/search whale in:#sea\r")
    max_.wait_for("Found for whale: 1", re.compile(r"#sea +Max: a whale"))
    max_.type("\r")
    max_.wait_until_gone("Found for")
    max_.wait_for("Max a whale in the bay")
