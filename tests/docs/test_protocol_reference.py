"""The protocol's page says what the source does: fields, codes, grammar, examples."""

from __future__ import annotations

import ast
import json
import re
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

import msgspec
import pytest

from protocol import codec, limits
from protocol.commands import Command
from protocol.errors import Code, MessageError
from protocol.events import AnyEvent, Event, Reason, RoomEvent
from protocol.messages import (
    Answer,
    Broadcast,
    BrokerMessage,
    Do,
    End,
    Events,
    Ignored,
    PeerMessage,
    RoomHead,
)
from protocol.questions import (
    BackedUp,
    BanLine,
    BanList,
    Counted,
    Described,
    Everyone,
    Found,
    Happened,
    Hit,
    People,
    Person,
    Question,
    RoomLine,
    RoomList,
)
from tests.docs.abnf import CORE, JSON, Grammar, protocol_grammar
from tests.docs.pages import DOCS, Page, code

ROOT: Final = DOCS.parent
PAGE: Final = Page("reference/protocol.md")


def tag_of(kind: type) -> str:
    """Return the tag of a message, or the name that the page has for a structure without one."""
    tag = kind.__struct_config__.tag  # type: ignore[attr-defined]
    if tag is not None:
        return str(tag)
    names: dict[type, str] = {
        RoomHead: "room head",
        Ignored: "ignored person",
        Person: "person",
        RoomLine: "room line",
        BanLine: "ban line",
        Hit: "hit",
        limits.Limits: "limits",
    }
    return names[kind]


# The kinds of each place of the protocol, in the order of the page.
PEER: Final = get_args(PeerMessage)
COMMANDS: Final = get_args(Command)
QUESTIONS: Final = get_args(Question)
BROKER: Final = get_args(BrokerMessage)
EVENTS: Final = get_args(Event)
ANSWERS: Final = (
    People, RoomList, Described, BanList, Happened, Found, Everyone, Counted, BackedUp,
)  # fmt: skip
PARTS: Final = (RoomHead, Ignored, Person, RoomLine, BanLine, Hit, limits.Limits)
ALL: Final = (*PEER, *COMMANDS, *QUESTIONS, *BROKER, *ANSWERS, *EVENTS, *PARTS)
TAGGED: Final = {tag_of(kind): kind for kind in ALL}


# ---- fields


def type_name(hint: object) -> str:
    """Return what the page calls a type."""
    named: dict[object, str] = {
        Command: "command",
        Question: "question",
        AnyEvent: "event",
        str: "string",
        int: "integer",
        float: "float",
        bool: "boolean",
    }
    if isinstance(hint, type | types.UnionType) and hint in named:
        return named[hint]
    origin, inner = get_origin(hint), get_args(hint)
    if People in inner:
        return "answer"
    if origin is Annotated:
        lowest = inner[1].ge
        return {0: "number", 1: "positive"}.get(lowest, "integer")
    if origin is tuple:
        if inner[-1] is Ellipsis:
            return f"array of {type_name(inner[0])}"
        return f"[{', '.join(map(type_name, inner))}]"
    if origin is dict:
        return "object"
    assert isinstance(hint, type), hint
    return "string" if issubclass(hint, str) else tag_of(hint)


def default_of(field: msgspec.structs.FieldInfo) -> str:
    """Return how the page writes a field's default; nothing when it has none."""
    if field.required:
        return ""
    factory = field.default_factory
    value = field.default if factory is msgspec.NODEFAULT else factory()
    if value == limits.Limits():
        value = {}
    return f"`{json.dumps(msgspec.to_builtins(value))}`"


def fields_of(kind: type) -> list[list[str]]:
    """Return the rows that the page must have for a struct, without the meaning."""
    hints = get_type_hints(kind, include_extras=True)
    config = kind.__struct_config__  # type: ignore[attr-defined]
    first = 0 if config.tag is None and kind is not RoomEvent else 1
    rows = [
        [
            str(place) if config.array_like else "",
            f"`{field.name}`",
            type_name(hints[field.name]),
            default_of(field),
        ]
        for place, field in enumerate(msgspec.structs.fields(kind), first)
    ]
    if kind is not RoomEvent and issubclass(kind, RoomEvent):
        return rows[len(msgspec.structs.fields(RoomEvent)) :]
    return rows


@pytest.mark.parametrize(("title", "kind"), [*TAGGED.items(), ("every event", RoomEvent)], ids=str)
def test_fields_are_those_of_the_structs(title: str, kind: type) -> None:
    heading, *rows = PAGE.tables(title)[0]
    assert heading == ["#", "field", "type", "default", "meaning"]
    assert [row[:4] for row in rows] == fields_of(kind)
    assert all(row[4] for row in rows)


def test_no_message_is_described_that_does_not_exist() -> None:
    described = {
        title
        for title in PAGE.sections
        if any(table[0][:2] == ["#", "field"] for table in PAGE.tables(title))
    }
    assert described == {*TAGGED, "every event"}


# ---- codes and reasons


def test_codes_are_those_of_the_source() -> None:
    rows = PAGE.table("Errors")
    assert [code(row[0]) for row in rows] == list(Code)
    assert {row[1] for row in rows} == {"no", "later", "after"}


def refusals_in_source() -> Iterator[tuple[str, set[str]]]:
    """Every ``Refusal(Code.X, field=…)`` of the broker and the protocol."""
    for package in ("broker", "protocol"):
        for path in (ROOT / package).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_bytes())):
                match node:
                    case ast.Call(
                        func=ast.Name("Refusal"), args=[ast.Attribute(attr=attr)], keywords=given
                    ):
                        yield Code[attr], {keyword.arg for keyword in given if keyword.arg}
                    case _:
                        pass


def test_fields_of_codes_are_those_of_the_source() -> None:
    found: dict[str, set[str]] = {}
    for refused, given in refusals_in_source():
        found.setdefault(refused, set()).update(given)
    documented = {code(row[0]): set(re.findall(r"`(\w+)`", row[2])) for row in PAGE.table("Errors")}
    # These two are never raised, only answered.
    assert documented.pop("bad_message") == documented.pop("unknown_command") == set()
    found.pop("bad_message", None)
    # The source makes these from a code that it was given.
    for refused, given in (
        (Code.KICKED, {"by", "why"}),
        (Code.NOT_IGNORED, {"who"}),
        (Code.NOT_BANNED, {"who"}),
        (Code.NOT_MUTED, {"who"}),
        (Code.SUBJECT_TOO_LONG, {"limit"}),
        (Code.WHY_TOO_LONG, {"limit"}),
        (Code.FILE_EXISTS, {"path"}),
        (Code.BACKUP_FAILED, {"path"}),
    ):
        found.setdefault(refused, set()).update(given)
    assert documented == found


def test_only_codes_with_a_delay_say_later() -> None:
    for row in PAGE.table("Errors"):
        assert (row[1] == "later") == ("`retry_after`" in row[2])


def test_reasons_and_ends_are_those_of_the_source() -> None:
    reasons = PAGE.tables("left")[1][1:]
    assert [code(row[0]) for row in reasons] == list(Reason)
    ends = PAGE.tables("ended")[1][1:]
    assert [code(row[0]) for row in ends] == list(End)


# ---- grammar


@pytest.fixture(scope="module")
def grammar() -> Grammar:
    return protocol_grammar(PAGE)


def test_every_rule_of_the_grammar_is_defined_and_used(grammar: Grammar) -> None:
    assert grammar.undefined() == set()
    unused = grammar.defined.keys() - grammar.used
    unused -= set(Grammar(CORE, JSON).defined)
    assert unused == {"peer-frame", "broker-frame", "topic-frame", "body-frame"}


def test_the_grammar_has_every_message(grammar: Grammar) -> None:
    rules = {re.sub("[ _]", "-", tag) for tag in TAGGED} - {"limits"}
    assert rules <= grammar.defined.keys()


def test_the_grammar_matches_the_longest_and_the_shortest_form(grammar: Grammar) -> None:
    token = "0" * 32
    assert grammar.matches("hello", f'["hello",1,"{token}"]')
    assert grammar.matches("hello", f'["hello",1,"{token}",1,"","","","","",0,{{"later":[]}}]')
    assert not grammar.matches("hello", f'["hello",0,"{token}"]')
    assert not grammar.matches("hello", f'["Hello",1,"{token}"]')
    assert not grammar.matches("hello", '["hello",1,"0"]')
    assert grammar.matches("event", '["painted",1,-1,"a","b",0,"red"]')
    assert grammar.matches("topic-frame", "lobby\0")
    assert not grammar.matches("topic-frame", "lobby")
    assert grammar.matches("peer-frame", "[]")


# ---- examples


def decode_example(title: str, text: str) -> msgspec.Struct:
    """Decode the example of a section as what it is on the wire."""
    kind = TAGGED[title]
    if kind in get_args(Broadcast):
        return codec.decode_broadcast(text.encode())
    if kind in EVENTS:
        return codec.decode_event(text.encode())
    if kind in BROKER:
        (answer,) = codec.decode_broker_batch(text.encode())
        return answer
    return codec.decode_peer_batch(text.encode())[0]


def with_examples() -> list[str]:
    return [title for title, kind in TAGGED.items() if kind not in (*ANSWERS, *PARTS)]


@pytest.mark.parametrize("title", with_examples())
def test_examples_are_what_their_section_describes(title: str, grammar: Grammar) -> None:
    (text,) = PAGE.blocks(title, "json")
    message = decode_example(title, text)
    kind = TAGGED[title]
    whole = json.loads(text)
    first = whole[0] if isinstance(whole[0], list) else whole
    assert says_all_of(json.loads(codec.encode(message)), first)
    if kind in COMMANDS:
        assert isinstance(message, Do)
        message = message.command
    elif kind in QUESTIONS:
        message = message.question  # type: ignore[attr-defined]
    assert type(message) is kind
    if kind in PEER + COMMANDS + QUESTIONS:
        rule = "peer-frame"
    elif kind in get_args(Broadcast):
        rule = "body-frame"
    else:
        rule = "event" if kind in EVENTS else "broker-frame"
    assert grammar.matches(rule, text.strip())
    # With every field that the example leaves out, too.
    full = codec.encode(decode_example(title, text)).decode()
    assert grammar.matches(rule, f"[{full}]" if rule in {"peer-frame", "broker-frame"} else full)


def says_all_of(message: Any, example: Any) -> bool:
    """Return whether all of the example was read: only defaults may come in addition."""
    if isinstance(message, list) and isinstance(example, list):
        return len(message) >= len(example) and all(map(says_all_of, message, example))
    if isinstance(message, dict) and isinstance(example, dict):
        return example.items() <= message.items()
    return bool(message == example)


def test_what_spoils_a_batch_is_as_described() -> None:
    with pytest.raises(MessageError):
        codec.decode_peer_batch(b'[["beat"],["do",1,1,["say","lobby","\\ud800"]]]')
    (bad, good) = codec.decode_peer_batch(b'[["do",1,1.5,["quit"]],["beat"]]')
    assert isinstance(bad, codec.Malformed)
    assert not isinstance(good, codec.Malformed)


# ---- the page itself


def test_links_within_the_page_lead_somewhere() -> None:
    anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in PAGE.sections}
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE.text)) <= anchors


def test_files_that_the_page_names_exist() -> None:
    named = set(re.findall(r"`((?:tests|client|broker|gateway)/[\w/.]*)`", PAGE.text))
    assert named
    assert all(Path(ROOT, name).exists() for name in named)


def test_an_answer_to_a_page_is_events() -> None:
    body = b'[["answer",1,1,["events","j","lobby",[],3,2]]]'
    assert codec.decode_broker_batch(body) == [Answer(1, 1, Events("j", "lobby", (), 3, 2))]
