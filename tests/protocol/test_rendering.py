from __future__ import annotations

import pytest

from protocol.command_table import TABLE
from protocol.events import (
    Announced,
    AnyEvent,
    Banned,
    Edited,
    Joined,
    Kicked,
    Left,
    Renamed,
    Said,
    SubjectSet,
    Unknown,
    WentAway,
)
from protocol.intents import ShowHelp
from protocol.phrases import Language, Phrase
from protocol.questions import People, Person
from protocol.rendering import Renderer
from protocol.slash import CommandError

AT = 1_760_000_000_000  # 08:53:20 UTC
ID = "127.0.0.1:40000"
JOINED = Joined(1, AT, "a", ID, 1, ID)
RENAMED = Renamed(2, AT, "a", ID, 2, "Duke")
SAID = Said(3, AT, "a", "Duke", 3, "你好 hi")
WAVED = Said(4, AT, "a", "Duke", 4, "waves", action=True)
QUIT = Left(5, AT, "a", "Duke", 5, "quit")
LOST = Left(5, AT, "a", "Duke", 0, "lost")
SLOW = Left(5, AT, "a", "Duke", 5, "slow")
IDLE = Left(5, AT, "a", "Duke", 0, "idle")
LATER = Left(5, AT, "a", "Duke", 0, "a reason of a later Hubbub")
UNKNOWN = Unknown(6, AT, "a", "Duke", 6)


def renderer(language: Language = Language.EN, offset: int = 0) -> Renderer:
    return Renderer(language, lambda _: offset)


@pytest.mark.parametrize(
    ("event", "others", "author"),
    [
        (JOINED, f"[{ID}]:[{ID}] ===> login!!", f"[{ID}]:[{ID}] ===> login!!"),
        (SAID, "Duke: 你好 hi", "Duke: 你好 hi"),
        (WAVED, "* Duke waves", "* Duke waves"),
        (RENAMED, f"{ID} is now Duke", "rename successfully!"),
        (QUIT, "Duke exit already!", None),
        (LOST, "Duke exit already!", None),
        (SLOW, "Duke exit already!", None),
        (LATER, "Duke exit already!", None),
        (IDLE, "Duke timeout exit already!", "Duke timeout exit already!"),
        (UNKNOWN, None, None),
    ],
)
def test_events_in_english(event: AnyEvent, others: str | None, author: str | None) -> None:
    assert renderer().to_others(event) == others
    assert renderer().to_author(event) == author


@pytest.mark.parametrize(
    ("event", "others", "author"),
    [
        (JOINED, f"[{ID}]:[{ID}] ===> 上线了login!!", f"[{ID}]:[{ID}] ===> 上线了login!!"),
        (SAID, "Duke: 你好 hi", "Duke: 你好 hi"),
        (WAVED, "* Duke waves", "* Duke waves"),
        (RENAMED, f"{ID} 改名为 Duke", "rename successfully!"),
        (QUIT, "Duke exit already!", None),
        (IDLE, "Duke timeout exit already!", "Duke timeout exit already!"),
    ],
)
def test_events_in_chinese(event: AnyEvent, others: str | None, author: str | None) -> None:
    assert renderer(Language.ZH).to_others(event) == others
    assert renderer(Language.ZH).to_author(event) == author


def test_the_welcome_in_both_languages() -> None:
    assert renderer().say(Phrase.WELCOME, user_id=ID) == f"welcome {ID}"
    assert renderer(Language.ZH).say(Phrase.WELCOME, user_id=ID) == f"欢迎 {ID}"


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(
    ("offset", "time"),
    [
        (0, "08:53+00"),
        (480, "16:53+08"),
        (-300, "03:53-05"),
        (330, "14:23+0530"),
        (-210, "05:23-0330"),
        (-30, "08:23-0030"),
        (840, "22:53+14"),
        (-720, "20:53-12"),
    ],
)
def test_history_states_time_and_zone(language: Language, offset: int, time: str) -> None:
    lines = renderer(language, offset).history([JOINED, RENAMED, SAID, WAVED, QUIT])
    assert lines == [f"-- {time} Duke: 你好 hi", f"-- {time} * Duke waves"]


def test_every_line_of_a_text_names_its_speaker() -> None:
    fake = Said(1, AT, "a", "Eve", 1, "hi\nDuke: I owe you\n\n-- 08:53+00 Duke: yes")
    shown = renderer().to_others(fake)
    assert shown is not None
    assert all(line.startswith("Eve: ") for line in shown.split("\n"))
    assert all(line.startswith("-- 08:53+00 Eve: ") for line in renderer().history([fake]))
    wave = Said(1, AT, "a", "Eve", 1, "waves\n* Duke pays", action=True)
    assert renderer().to_others(wave) == "* Eve waves\n* Eve * Duke pays"


@pytest.mark.parametrize(
    "event",
    [
        Edited(1, AT, "a", "Eve", 1, 1, "hi\nDuke: fake"),
        Announced(1, AT, "a", "Eve", 1, "hi\nDuke: fake", True),
        SubjectSet(1, AT, "a", "Eve", 1, "hi\nDuke: fake"),
        WentAway(1, AT, "a", "Eve", 1, True, "hi\nDuke: fake"),
        Kicked(1, AT, "a", "Eve", 1, "b", "Bob", "hi\nDuke: fake"),
        Banned(1, AT, "a", "Eve", 1, "b", "Bob", AT + 1, "hi\nDuke: fake", True),
    ],
)
@pytest.mark.parametrize("language", Language)
def test_no_act_pretends_to_be_somebody_elses_line(event: AnyEvent, language: Language) -> None:
    shown = renderer(language).to_others(event)
    assert shown is not None
    assert "fake" in shown
    assert not any(line.startswith("Duke:") for line in shown.split("\n"))


def test_a_time_on_another_day_has_its_date() -> None:
    today = Renderer(Language.EN, lambda _: 60, lambda: AT)
    assert today.time(AT) == "09:53+01"
    assert today.time(AT + 86_400_000) == "2025-10-10 09:53+01"
    assert today.meant_time("09:00") == AT - 53 * 60_000 - 20_000
    ban = Banned(1, AT, "a", "Eve", 1, "", "10.0.0.9", AT + 86_400_000, "spam")
    assert today.to_others(ban) == "Eve banned 10.0.0.9 until 2025-10-10 09:54+01: spam"


def test_whose_address_is_banned_has_an_exit_line() -> None:
    event = Left(5, AT, "a", "Duke", 0, "address_banned")
    assert renderer().to_others(event) == "Duke exit already!"


def test_who_is_put_out_has_the_act_for_an_exit_line() -> None:
    assert renderer().to_others(Left(5, AT, "a", "Duke", 0, "kicked")) is None
    assert renderer().to_others(Left(5, AT, "a", "Duke", 0, "left")) == "Duke left"
    assert renderer().to_others(JOINED, lobby=False) == f"{ID} came in"


def test_refusals_write_rooms_as_people_do() -> None:
    told = renderer().refusal("muted", {"room": "dev", "until": AT})
    assert told == "You are muted in #dev until 08:54+00: you can read, but not speak."


def test_people() -> None:
    page = People("lobby", 9, 2, (Person("a", ID, "Duke", 1), Person("b", "c:1", "你", 2)))
    two = [f"userid:{ID}, username:Duke", "userid:c:1, username:你"]
    assert renderer().people(page, more=0) == two
    assert renderer().people(page, more=3)[2] == "… and 3 more: /who all lists everybody."
    assert renderer(Language.ZH).people(page, more=3) == [
        *two,
        "…… 还有 3 人：/who all 列出所有人。",
    ]


@pytest.mark.parametrize("language", Language)
def test_help_lists_the_table(language: Language) -> None:
    lines = renderer(language).help(ShowHelp())
    for row in TABLE:
        assert any(line.split()[0] == f"/{row.name}" for line in lines)
    (line,) = renderer(language).help(ShowHelp("/rename"))
    assert line.startswith("  /nick NAME")
    with pytest.raises(CommandError):
        renderer(language).help(ShowHelp("fly"))
