"""A typed line means one thing, at every door."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.messages import Quit, Rename
from protocol.phrases import Language, Phrase, keys, say
from protocol.slash import (
    TABLE,
    CommandError,
    CommandTable,
    Guard,
    Intent,
    ShowHelp,
    ShowPeople,
    SlashCommand,
    Speak,
)


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
    ("line", "usage"),
    [
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


@pytest.mark.parametrize("line", ["hello", "//quit", "/me waves", "/who", "/names", "who"])
def test_some_things_need_a_room(line: str) -> None:
    assert error(line, in_room=False, bare_words=True).phrase is Phrase.NEEDS_ROOM


@pytest.mark.parametrize("line", ["/nick Duke", "/help", "/quit", "quit", "rename|Duke"])
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
