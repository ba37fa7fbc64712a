"""Every refusal that people meet, with its sentence as they see it on ``nc`` and on the screen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

from tests.processes import needs_nc
from tests.terminals.evening import Evening, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.program import Program
    from tests.terminals.evening import Screen

pytestmark = needs_nc

NOBODY: Final = "There is nobody called nobody here: /who lists who is."
YOURSELF: Final = "That is you yourself: name somebody else."
NO_OPERATOR: Final = "Only an operator may do that."
NOT_EVERYWHERE: Final = "Only an operator of the whole broker may do that."
ALREADY: Final = "That is so already."
NO_MESSAGE: Final = "There is no last message here to change: none was said, or too long ago."
NO_TIME: Final = (
    "That is no time: write 14:30, 2026-11-21, 2026-11-21T14:30, or 2h for two hours ago."
)
NOT_ALLOWED: Final = (
    "That name is not allowed: a letter first, no space, : | or bracket, not admin."
)
NO_SUCH_NAME: Final = (
    "A room cannot be called #a:b: up to 64 characters, no spaces, : | or brackets, "
    "none of # @ / \\ - at its start, and a letter, digit or picture in it."
)
NO_WORDS: Final = (
    "There is nothing to search for: name a word, or two Chinese or Japanese characters."
)
NOT_IN_PRIVATE: Final = "That is not for a conversation of two."
IS_OWNER: Final = "Bob owns #hall: nobody in it can do that to them."
NO_ROOM: Final = "You talk in no room: /join #lobby, /focus one of yours, or wait a moment."

# What anybody meets in a room of others. The broker refuses these ...
BY_THE_BROKER: Final = (
    *((f"/{act}", NO_OPERATOR) for act in (
        "kick Bob", "ban Bob 2h", "unban Bob", "bans", "mute Bob", "unmute Bob", "op Bob",
        "deop Bob", "slow 5", "delete Bob",
    )),
    ("/announce hear", NOT_EVERYWHERE),
    ("/op Bob --everywhere", NOT_EVERYWHERE),
    ("/join #den", "The room #den is private: somebody in it must invite you."),
    ("/leave #den", "There is no room #den."),
    ("/leave #nowhere", "There is no room #nowhere."),
    ("/invite nobody", NOBODY),
    ("/invite Bob", ALREADY),
    ("/topic --clear", ALREADY),
    (f"/topic {'x' * 401}", "That subject is longer than 400 characters: shorten it."),
    ("/edit what?", NO_MESSAGE),
    ("/back", "You are not away."),
    (f"/away {'x' * 201}", "That reason is longer than 200 characters: shorten it."),
    ("/ignore nobody", NOBODY),
    ("/unignore Bob", "You do not ignore Bob."),
    ("/whois nobody", NOBODY),
    ("/nick Bob", "The name Bob is taken: choose another."),
    (f"/nick {'x' * 33}", "That name is longer than 32 characters: choose a shorter one."),
    ("/nick Bob|by", NOT_ALLOWED),
    ("/search it in:#den", "There is no room #den."),
    ("/search !?", NO_WORDS),
    (f"/search {'x' * 201}", "That search is longer than 200 characters: shorten it."),
)  # fmt: skip
# ... and the doors these, by themselves.
BY_THE_DOOR: Final = (
    ("/join #a:b", NO_SUCH_NAME),
    ("/focus #nowhere", "You are not in #nowhere: join it first."),
    ("/reply hm?", "Nobody has written to you in private: /msg NAME TEXT begins."),
    ("/history since noon", NO_TIME),
    ("/search it after:noon", NO_TIME),
    ("/fly", "There is no command /fly: /help lists them, and // says a /."),
    ("/help fly", "There is no command /fly: /help lists them, and // says a /."),
    ("/join", "Use it like this: /join #ROOM [--private]"),
    ("/msg Bob", "Use it like this: /msg NAME TEXT"),
    ("/history few", "Use it like this: /history [N | since TIME]"),
    ("/slow down", "Use it like this: /slow SECONDS|5m|off"),
    ("/mute Bob 1h30", "1h30 is no time: write such as 10m, 2h or 7d, and then the reason."),
)  # fmt: skip
# What the owner of a room meets.
BY_THE_OWNER: Final = (
    ("/kick Eve", "Eve is not in #hall."),
    ("/kick Bob", YOURSELF),
    (f"/kick Ann {'x' * 201}", "That reason is longer than 200 characters: shorten it."),
    ("/ban nobody", NOBODY),
    ("/ban Ann 999w999w", "That is longer than 3650 days: leave the time out for no end."),
    ("/unban Ann", "Ann is not banned here."),
    ("/unmute Ann", "Ann is not muted here."),
    ("/slow off", ALREADY),
    ("/deop Ann", ALREADY),
    ("/announce hear", NOT_EVERYWHERE),
    ("/msg Bob hm?", YOURSELF),
    ("/ignore Bob", YOURSELF),
    ("/nick Bob", "You are already called Bob."),
)


@pytest.fixture(scope="module")
def evening() -> Iterator[Evening]:
    opened = Evening("--joins-per-minute=0", "--renames-per-minute=0")
    try:
        for name in ("Ann", "Bob", "Eve"):
            opened.come(name)
        opened.screen("Duke")
        when = opened.when
        when("Bob", "/join #den --private", Bob="-- you talk in #den now; people here: 1.")
        when("Bob", "/join #hall", Bob="-- you talk in #hall now; people here: 1.")
        entered = "-- you talk in #hall now; people here: 2."
        when("Ann", "/join #hall", Ann=entered, Bob="Ann came in")
        when("Duke", "/join #hall", Ann="Duke came in", Bob="Duke came in")
        opened.screens["Duke"].topic("#hall")
        yield opened
    finally:
        opened.close()


@pytest.fixture
def duke(evening: Evening) -> Screen:
    return evening.screens["Duke"]


def test_what_is_refused_to_anybody(evening: Evening, duke: Screen) -> None:
    for line, sentence in (*BY_THE_BROKER, *BY_THE_DOOR):
        evening.when("Ann", line, Ann=sentence)
    for line, sentence in BY_THE_BROKER:
        duke.refuses(line, sentence)
    for line, sentence in BY_THE_DOOR:
        duke.refuses(line, sentence, stays=True)
    # What was said is kept, to be taken back and mended.
    for line, sentence in (("/msg nobody hm?", NOBODY), ("/msg Duke hm?", YOURSELF)):
        duke.refuses(line, sentence)
        duke.status("1 refused: Alt-R takes it back")
        duke.terminal.press("escape r")
        duke.terminal.wait_for(f"> {line}")
        duke.terminal.press("c-u")
        duke.terminal.wait_until_gone(f"> {line}")


def test_what_is_refused_to_operators(evening: Evening, duke: Screen) -> None:
    when = evening.when
    for line, sentence in BY_THE_OWNER:
        when("Bob", line, Bob=sentence)
    made = "Bob made Duke an operator"
    when("Bob", "/op Duke", Ann=made, Bob=made)
    duke.shows(made)
    for line, sentence in (
        ("/op Duke", ALREADY),
        ("/kick Bob", IS_OWNER),
        ("/ban Bob", IS_OWNER),
        ("/mute Bob 1h", IS_OWNER),
        ("/deop Bob", IS_OWNER),
        ("/kick Eve", "Eve is not in #hall."),
        ("/unban Ann", "Ann is not banned here."),
        ("/ban Ann 999w999w", "That is longer than 3650 days: leave the time out for no end."),
    ):
        duke.refuses(line, sentence)


def test_what_is_refused_between_two_and_in_no_room(evening: Evening, duke: Screen) -> None:
    when = evening.when
    when("Duke", "/msg Eve hello", Eve="[private] Duke: hello")
    when("Eve", "/focus Duke", Eve="-- you talk with Duke in private now.")
    duke.topic("Eve")
    for line in ("/kick Duke", "/bans", "/invite Ann", "/topic us", "/slow 5", "/delete Duke"):
        when("Eve", line, Eve=NOT_IN_PRIVATE)
    for line in ("/kick Eve", "/bans", "/invite Ann", "/topic us", "/slow 5", "/delete Eve"):
        duke.refuses(line, NOT_IN_PRIVATE)
    when("Eve", "/leave", Eve="-- you talk in #lobby now.")
    roomless = "-- you are in no room now: /join #lobby goes back, /rooms lists them."
    when("Eve", "/leave", Eve=f"-- you are in #lobby no more.\n{roomless}")
    for line in ("hello?", "/who", "/history", "/leave"):
        when("Eve", line, Eve=NO_ROOM)


def test_what_is_refused_by_limits() -> None:
    evening = Evening(
        "--rooms-per-person=2", "--max-rooms=2", "--no-search", "--burst=3", "--person-rate=50",
        "--renames-per-minute=1",
    )  # fmt: skip
    try:
        _meet_the_limits(evening)
    finally:
        evening.close()


def _meet_the_limits(evening: Evening) -> None:
    when = evening.when
    evening.come("Ann")
    evening.come("Bob")
    duke = evening.screen("Duke")
    when("Ann", "/join #one", Ann="-- you talk in #one now; people here: 1.")
    many = "You are in 2 rooms already, which is as many as may be: leave one first."
    when("Ann", "/join #two", Ann=many)
    full = "There are 2 rooms already, which is as many as may be: join one of them."
    when("Bob", "/join #two", Bob=full)
    duke.refuses("/join #two", full)
    away = "Searching is not possible just now: try again shortly."
    when("Bob", "/search one", Bob=away)
    duke.refuses("/search one", away)
    when("Ann", "/leave", Ann="-- you are in #one no more.\n-- you talk in #lobby now.")
    # Too many at once come a little later, in their order.
    spoken = [str(number) for number in range(10)]
    when("Duke", *spoken)
    evening.all_see("\n".join(f"Duke: {n}" for n in spoken))
    # A name was taken in this minute: the next one waits, and that is told once.
    when("Bob", "/nick Rob")
    (told,) = evening.reads("Bob", 1)
    assert re.fullmatch(r"That was too fast: it is tried again by itself in \d+ s\.", told)
    when("Duke", "/nick Dora")
    evening.all_see("Duke is now Dora")
    duke.terminal.say("/nick Dana")
    duke.status("delayed")
    evening.admin("mute", "Ann", "--for=2h")
    muted = "You are muted until NOW+08: you can read, but not speak."
    evening.all_see("admin muted Ann until NOW+08 (everywhere)")
    when("Ann", "hm", Ann=muted)
    when("Ann", "/msg Bob hm", Ann=muted)
    status, _, err = evening.try_admin("backup", str(evening.hall.broker.data))
    assert status == 1
    assert err.startswith("chat-admin: There is something at ")
    evening.admin("ban", "127.0.0.1", "--for=2h", "--why=closing time")
    for name in ("Ann", "Bob"):
        assert _last_words(evening.people[name].program).endswith(
            "You are banned until NOW+08: closing time."
        )
    duke.terminal.wait_for("You are banned until", "Ctrl-C quits.")
    late = evening.hall.processes.nc(evening.hall.broker.door)
    assert _last_words(late) == "You are banned until NOW+08: closing time."
    evening.hall.start_client("Late").wait_for(re.compile("You are banned until .*: closing time"))


def _last_words(program: Program) -> str:
    program.read_until(re.compile("You are banned until .*\n"))
    program.end_input()
    assert program.read_to_end() == ""
    return plain(program.stdout.text.splitlines()[-1])
