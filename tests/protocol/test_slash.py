"""A typed line means one thing, at every door."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.command_table import TABLE
from protocol.commands import (
    Announce,
    Away,
    Ban,
    Delete,
    Edit,
    Ignore,
    Invite,
    Join,
    Kick,
    Leave,
    Mute,
    Op,
    Quit,
    Rename,
    Slow,
    Subject,
    Tell,
    Unban,
    Unmute,
)
from protocol.errors import Code
from protocol.intents import (
    EVERYWHERE,
    FindMessages,
    Focus,
    Intent,
    Reply,
    ShowHelp,
    ShowHistory,
    ShowIgnored,
    ShowPeople,
    ShowSubject,
    Speak,
    aimed,
)
from protocol.phrases import Language, Phrase, keys, say
from protocol.questions import Acts, Bans, Rooms, Whois
from protocol.slash import CommandError, CommandTable, Guard, SlashCommand


def error(line: str, *, in_room: bool = True, bare_words: bool = False) -> CommandError:
    with pytest.raises(CommandError) as raised:
        TABLE.parse(line, in_room=in_room, bare_words=bare_words)
    return raised.value


@pytest.mark.parametrize(
    ("line", "intent"),
    [
        ("hello", Speak("hello")),
        (" /quit", Speak(" /quit")),
        ("//quit", Speak("/quit")),
        ("//", Speak("/")),
        ("/me waves  twice", Speak("waves  twice", action=True)),
        ("/nick Duke", Rename("Duke")),
        ("/nick   Duke  ", Rename("Duke")),
        ("/nick\u3000李雷", Rename("李雷")),
        ("/rename Duke", Rename("Duke")),
        ("/NICK Duke", Rename("Duke")),
        ("/who", ShowPeople()),
        ("/who all", ShowPeople(everybody=True)),
        ("/names", ShowPeople()),
        ("/help", ShowHelp()),
        ("/help nick", ShowHelp("nick")),
        ("/?", ShowHelp()),
        ("/quit", Quit()),
        ("/exit ", Quit()),
        ("/quit bye", Quit()),
    ],
)
def test_lines_mean(line: str, intent: Intent) -> None:
    assert TABLE.parse(line) == intent
    assert TABLE.parse(line, bare_words=True) == intent


@pytest.mark.parametrize(
    ("line", "intent"),
    [
        ("who", ShowPeople()),
        ("quit", Quit()),
        (" quit ", Quit()),
        ("rename|Duke", Rename("Duke")),
        ("\\rename|Duke", Rename("Duke")),
        ("rename| Duke ", Rename("Duke")),
        ("rename|a|b", Rename("a|b")),
    ],
)
def test_bare_words_count_only_when_asked(line: str, intent: Intent) -> None:
    assert TABLE.parse(line, bare_words=True) == intent
    assert TABLE.parse(line) == Speak(line)


@pytest.mark.parametrize(
    "line", ["who are you", "quitter", "rename", "x rename|Duke", "a|b", "Quit"]
)
def test_sentences_with_bare_words_are_said(line: str) -> None:
    assert TABLE.parse(line, bare_words=True) == Speak(line)


@pytest.mark.parametrize("line", ["/dance", "/", "/ nick Duke", "/nickDuke", "/rename|Duke"])
def test_unknown_commands_are_named(line: str) -> None:
    raised = error(line)
    assert raised.phrase is Phrase.UNKNOWN_COMMAND
    assert raised.fields == {"command": line.split(" ", maxsplit=1)[0]}


@pytest.mark.parametrize(
    ("line", "intent"),
    [
        ("/join #Dev", Join("dev")),
        ("/join dev --private", Join("dev", private=True)),
        ("/join --private #dev", Join("dev", private=True)),
        ("/leave", Leave("")),
        ("/part #Dev", Leave("dev")),
        ("/focus #dev", Focus("dev")),
        ("/rooms", Rooms()),
        ("/topic", ShowSubject()),
        ("/topic release  on Friday", Subject("", "release  on Friday")),
        ("/topic --clear", Subject("", "")),
        ("/invite Ann", Invite("", "Ann")),
        ("/invite Ann #Dev", Invite("dev", "Ann")),
        ("/msg Ann have  you a minute?", Tell("Ann", "have  you a minute?")),
        ("/reply yes", Reply("yes")),
        ("/away", Away()),
        ("/away for lunch", Away("for lunch")),
        ("/back", Away(away=False)),
        ("/whois Ann", Whois("Ann")),
        ("/ignore", ShowIgnored()),
        ("/ignore Ann", Ignore("Ann")),
        ("/unignore Ann", Ignore("Ann", ignored=False)),
        ("/history", ShowHistory(20)),
        ("/history 5", ShowHistory(5)),
        ("/history 100000", ShowHistory(200)),
        ("/history since 2 h ago", ShowHistory(200, "2 h ago")),
        ("/search two words", FindMessages("two words")),
        (
            "/search one in:#Dev from:Ann two after:2h before:10:30 a:b",
            FindMessages("one two a:b", "dev", "Ann", "2h", "10:30"),
        ),
        ("/edit hello  all", Edit("", "hello  all")),
        ("/delete", Delete("")),
        ("/delete Ann", Delete("", "Ann")),
        ("/kick Ann", Kick("", "Ann")),
        ("/kick Ann off the topic", Kick("", "Ann", "off the topic")),
        ("/ban Ann", Ban("", "Ann")),
        ("/ban Ann 10m", Ban("", "Ann", 600)),
        ("/ban 10.0.0.7 1d12h too  loud", Ban("", "10.0.0.7", 129_600, "too  loud")),
        ("/ban Ann for 10m", Ban("", "Ann", 0, "for 10m")),
        ("/ban Ann - so", Ban("", "Ann", 0, "- so")),
        ("/ban Ann 1w 3 warnings", Ban("", "Ann", 604_800, "3 warnings")),
        ("/mute Ann 2H", Mute("", "Ann", 7200)),
        ("/unban 10.0.0.7", Unban("", "10.0.0.7")),
        ("/bans", Bans("")),
        ("/mute Ann 2h", Mute("", "Ann", 7200)),
        ("/unmute Ann", Unmute("", "Ann")),
        ("/slow 30", Slow("", 30)),
        ("/slow 1m", Slow("", 60)),
        ("/slow off", Slow("", 0)),
        ("/op Ann", Op("", "Ann")),
        ("/op Ann --everywhere", Op(EVERYWHERE, "Ann")),
        ("/deop Ann", Op("", "Ann", operator=False)),
        ("/announce noon", Announce(EVERYWHERE, "noon")),
        ("/modlog", Acts("", 20)),
        ("/modlog 5", Acts("", 5)),
    ],
)
def test_commands_mean(line: str, intent: Intent) -> None:
    assert TABLE.parse(line) == intent


def test_intents_are_aimed_at_the_room_in_focus() -> None:
    assert aimed(Leave(""), "dev") == Leave("dev")
    assert aimed(Leave("lab"), "dev") == Leave("lab")
    assert aimed(Announce(EVERYWHERE, "noon"), "dev") == Announce("", "noon")
    assert aimed(Tell("Ann", "hi"), "dev") == Tell("Ann", "hi")


@pytest.mark.parametrize(
    "word", ["30", "1h30", "11y", "10min", "1.5h", "-5m", "+5m", "0s", "0", "３０", "3rd"]
)
@pytest.mark.parametrize("act", ["/ban 10.0.0.7", "/mute Ann"])
def test_a_mistyped_time_is_no_reason_for_an_act_without_an_end(act: str, word: str) -> None:
    for line in (f"{act} {word}", f"{act} {word} too loud"):
        raised = error(line)
        assert (raised.phrase, raised.fields) == (Phrase.BAD_DURATION, {"time": word})
    said = say(Language.EN, raised.phrase, raised.fields)
    assert said == f"{word} is no time: write such as 10m, 2h or 7d, and then the reason."


@pytest.mark.parametrize("line", ["/join a|b", "/leave #", "/invite Ann #a(b)", "/search a in:#"])
def test_rooms_that_cannot_be_are_refused(line: str) -> None:
    raised = error(line)
    assert raised.phrase == Code.ROOM_NOT_ALLOWED
    assert "A room cannot be called" in say(Language.EN, raised.phrase, raised.fields)


@pytest.mark.parametrize(
    ("line", "usage"),
    [
        ("/join", "/join #ROOM [--private]"),
        ("/join a b", "/join #ROOM [--private]"),
        ("/join --private", "/join #ROOM [--private]"),
        ("/msg Ann", "/msg NAME TEXT"),
        ("/history many", "/history [N | since TIME]"),
        ("/history since", "/history [N | since TIME]"),
        ("/history 0", "/history [N | since TIME]"),
        ("/slow fast", "/slow SECONDS|5m|off"),
        ("/slow 999999w", "/slow SECONDS|5m|off"),
        ("/op --everywhere", "/op NAME [--everywhere]"),
        ("/modlog x", "/modlog [N]"),
        (
            "/search in:#dev",
            "/search WORDS [in:#room] [from:NAME] [after:TIME] [before:TIME]",
        ),
        ("/me", "/me TEXT"),
        ("/me  ", "/me TEXT"),
        ("/nick", "/nick NAME"),
        ("rename|", "/nick NAME"),
        ("/who everybody", "/who [all]"),
    ],
)
def test_wrong_use_shows_the_usage(line: str, usage: str) -> None:
    raised = error(line, bare_words=True)
    assert raised.phrase is Phrase.USAGE
    assert raised.fields == {"usage": usage}
    assert usage in say(Language.EN, raised.phrase, raised.fields)


@pytest.mark.parametrize(
    "line",
    ["hello", "//quit", "/me waves", "/who", "/names", "who", "/invite Bob", "/op Bob", "/ban Bob"],
)
def test_some_things_need_a_room(line: str) -> None:
    assert error(line, in_room=False, bare_words=True).phrase is Phrase.NEEDS_ROOM


@pytest.mark.parametrize(
    "line",
    [
        "/nick Duke", "/help", "/quit", "quit", "rename|Duke", "/invite Bob #dev",
        "/op Bob --everywhere",
    ],
)  # fmt: skip
def test_the_rest_needs_no_room(line: str) -> None:
    TABLE.parse(line, in_room=False, bare_words=True)


@given(st.text(min_size=1), st.booleans(), st.booleans())
def test_any_line_means_something_or_is_explained(line: str, in_room: bool, bare: bool) -> None:
    told = None
    try:
        TABLE.parse(line, in_room=in_room, bare_words=bare)
    except CommandError as raised:
        told = raised
    for language in Language if told else ():
        assert told
        assert "?" not in say(language, told.phrase, dict.fromkeys(told.fields, "x"))


@given(st.text(min_size=1))
def test_every_text_can_be_said(line: str) -> None:
    assert TABLE.parse("/" + line if line.startswith("/") else line) == Speak(line)


def test_names_aliases_and_bare_words_are_unique() -> None:
    names = [name for row in TABLE for name in (row.name, *row.aliases)]
    assert len(names) == len(set(names))
    assert all(name == name.lower() and not name.startswith("/") for name in names)
    words = [word for row in TABLE for word in row.bare]
    assert len(words) == len(set(words))


def test_every_row_is_explained_in_every_language() -> None:
    for row in TABLE:
        for language in Language:
            assert row.summary in keys(language)
            assert say(language, row.summary).strip() not in {"", row.summary}


def test_rows_are_found_by_every_name() -> None:
    for row in TABLE:
        for name in (row.name, *row.aliases):
            assert TABLE.find(name) is TABLE.find(f"/{name}") is TABLE.find(name.upper()) is row
    assert TABLE.find("dance") is None


def test_the_table_enforces_what_a_row_declares() -> None:
    row = SlashCommand(
        "pair", "ONE TWO", Phrase.HELP_ME, Speak, arguments=2, guards=frozenset({Guard.IN_ROOM})
    )
    table = CommandTable((row,))
    assert table.parse("/pair a b") == Speak("a b")
    for line, in_room in (("/pair a", True), ("/pair a b", False)):
        with pytest.raises(CommandError):
            table.parse(line, in_room=in_room)
