"""What is unread, who is called, and what rings: in a terminal that tells of its focus."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.processes import needs_nc
from tests.terminals.hall import look_away

if TYPE_CHECKING:
    from tests.terminals.hall import Hall

pytestmark = needs_nc

RULE = "── new ──"


def test_counts_rule_and_title_follow_the_focus(hall: Hall) -> None:
    duke = hall.client("Duke")
    ann = hall.person("Ann")
    ann.says("seen at once")
    duke.wait_for("seen at once")
    assert duke.title == "#lobby - Hubbub"
    look_away(duke)
    ann.says("not seen")
    ann.says("Duke: nor this")
    duke.wait(lambda seen: seen.title == "(2, 1!) #lobby - Hubbub", "the counts in the title")
    rule = duke.wait_for(RULE)
    assert "seen at once" in duke.rows[rule.row - 1]
    assert "not seen" in duke.rows[rule.row + 1]
    assert duke.look_of("Duke: nor this").reverse
    duke.focus(True)
    duke.wait(lambda seen: seen.title == "#lobby - Hubbub", "everything read")


def test_bell_and_notifications_obey_the_level(hall: Hall) -> None:
    config = hall.settings_file('desktop = "osc777"\n')
    emma = hall.client("Emma", f"--config={config}")
    ben = hall.person("Ben")
    look_away(emma)
    ben.says("no need to ring")
    ben.says("Emmas are many")
    emma.wait_for("Emmas are many")
    assert emma.bells == 0
    ben.says("hey emma, listen; now")
    emma.wait(lambda seen: seen.notifications, "the notification")
    (told,) = emma.notifications
    assert emma.bells == 1
    assert "Ben" in told.title
    assert "lobby" in told.title
    assert told.body == "hey emma, listen, now"
    emma.press("f9")
    emma.wait_for("notify: mute")
    ben.says("Emma?")
    emma.wait_for("Emma?")
    emma.press("f9")
    emma.wait_for("notify: all")
    assert emma.bells == 1


def test_joins_and_leaves_are_folded(hall: Hall) -> None:
    fay = hall.client("Fay")
    gil = hall.person("Gil")
    gil.says("I was here")
    fay.wait_for("I was here")
    gil.says("/quit")
    fay.wait_for("−Gil")
    hal = hall.person("Hal")
    hal.says("and I am")
    fay.wait_for(re.compile(r"−Gil .*Hal "), re.compile("Hal and I am"))
    fay.press("f6")
    fay.wait_for("Gil left", "is now Hal")
    fay.press("f6")
    fay.wait_for(re.compile(r"−Gil .*Hal "))
