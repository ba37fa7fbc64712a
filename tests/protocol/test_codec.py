"""What travels arrives whole, and whatever else arrives does no harm."""

import json
from contextlib import suppress
from itertools import pairwise
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect

from protocol import codec, text
from protocol.codec import Malformed
from protocol.commands import Join, Say
from protocol.errors import Code, MessageError
from protocol.events import AnyEvent, Event, Left, RoomEvent, Said, Unknown
from protocol.limits import (
    COMMAND_BATCH_BYTES,
    COMMAND_MAX_BYTES,
    LARGEST_NUMBER,
    NAME_CHARACTERS,
    PAGE_EVENTS,
    REPLY_BATCH_BYTES,
    REPLY_MAX_BYTES,
    ROOM_CHARACTERS,
    TEXT_CHARACTERS,
    Limits,
)
from protocol.messages import (
    Ack,
    Alive,
    Answer,
    Ask,
    Beat,
    Broadcast,
    BrokerMessage,
    Do,
    Entered,
    Events,
    Hello,
    PeerMessage,
    Welcome,
)
from protocol.questions import People, Person, Who

LATER = ["sparkled", 8, 0, "a", "Ann", 0, "glitter", {"colour": [1]}]
SAID = Said(9, 0, "b", "Bob", 3, "hi")
PASSED_OVER = Unknown(8, 0, "a", "Ann", 0)


def kinds(union: object) -> list[type[msgspec.Struct]]:
    return list(get_args(union))


def wire(value: object) -> bytes:
    return json.dumps(value).encode()


def spoken(expected: str = "") -> list[object]:
    """One event as an array, as a later version might build on it."""
    return ["said", 9, 0, "b", "Bob", 3, expected]


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def values(info: inspect.Type) -> st.SearchStrategy[Any]:  # noqa: PLR0911 - one a type
    """Whatever a field of this type may hold on the wire."""
    match info:
        case inspect.BoolType():
            return st.booleans()
        case inspect.StrType():
            return words
        case inspect.IntType(ge=least, le=most):
            return st.integers(-(2**63) if least is None else least, most or 2**63 - 1)
        case inspect.FloatType():
            return st.floats(allow_nan=False, allow_infinity=False)
        case inspect.EnumType(cls=kind):
            return st.sampled_from(list(kind))
        case inspect.StructType(cls=kind, fields=fields):
            return st.builds(kind, **{field.name: values(field.type) for field in fields})
        case inspect.VarTupleType(item_type=item):
            return st.lists(values(item), max_size=4).map(tuple)
        case inspect.TupleType(item_types=items):
            return st.tuples(*map(values, items))
        case inspect.DictType(key_type=key, value_type=value):
            return st.dictionaries(values(key), values(value), max_size=4)
        case inspect.UnionType(types=types):
            return st.one_of(*map(values, types))
    raise AssertionError(info)


events = values(inspect.type_info(Event))
peer_messages = values(inspect.type_info(PeerMessage))
broker_messages = values(inspect.type_info(BrokerMessage))
broadcasts = values(inspect.type_info(Broadcast))


def batch(messages: list[msgspec.Struct]) -> bytes:
    return b"[" + b",".join(map(codec.encode, messages)) + b"]"


# ---- round trips


@given(st.lists(peer_messages, max_size=5))
def test_peer_messages_arrive_as_sent(messages: list[msgspec.Struct]) -> None:
    assert codec.decode_peer_batch(batch(messages)) == messages


@given(st.lists(broker_messages, max_size=5))
def test_broker_messages_arrive_as_sent(messages: list[msgspec.Struct]) -> None:
    assert codec.decode_broker_batch(batch(messages)) == messages


@given(broadcasts)
def test_broadcasts_arrive_as_sent(message: msgspec.Struct) -> None:
    assert codec.decode_broadcast(codec.encode(message)) == message


@given(events)
def test_events_arrive_as_sent(event: RoomEvent) -> None:
    assert codec.decode_event(codec.encode(event)) == event


@pytest.mark.parametrize("kind", kinds(PeerMessage) + kinds(BrokerMessage) + kinds(Broadcast))
def test_every_kind_has_its_own_tag(kind: type[msgspec.Struct]) -> None:
    assert kind.__struct_config__.tag == kind.__name__.lower()
    assert kind.__struct_config__.array_like


@given(st.lists(events, max_size=5))
def test_embedded_events_are_sent_as_they_are(recent: list[Event]) -> None:
    embedded = codec.embed(map(codec.encode, recent))
    assert codec.encode(Events("j", "lobby", embedded)) == codec.encode(
        Events("j", "lobby", tuple(recent))
    )


# ---- other versions


@given(peer_messages)
def test_unknown_trailing_fields_are_ignored(message: msgspec.Struct) -> None:
    later = [*json.loads(codec.encode(message)), "new", {"new": [1]}, None]
    assert codec.decode_peer_batch(wire([later])) == [message]


@given(broker_messages)
def test_a_later_broker_may_add_fields(message: msgspec.Struct) -> None:
    later = [*json.loads(codec.encode(message)), "new", {"new": [1]}]
    assert codec.decode_broker_batch(wire([later])) == [message]


def test_missing_fields_take_their_defaults() -> None:
    token = "0" * 32
    assert codec.decode_peer_batch(
        wire(
            [["hello", 1, token], ["do", 1, 1, ["say", "lobby", "hi"]], ["ask", 1, 5, ["who", "x"]]]
        )
    ) == [
        Hello(1, token),
        Do(1, 1, Say("lobby", "hi", action=False)),
        Ask(1, 5, Who("x", after=0, limit=200)),
    ]
    short = [
        "welcome",
        1,
        "i",
        "u",
        "n",
        False,
        0,
        "j",
        5,
        9,
        "tcp://*:1",
        "lobby",
        [],
        {"text": 7},
    ]
    welcome = Welcome(
        1, "i", "u", "n", False, 0, "j", 5, 9, "tcp://*:1", "lobby", (), Limits(text=7)
    )
    assert codec.decode_broker_batch(wire([short])) == [welcome]


def test_unknown_events_of_a_broadcast_keep_their_numbers() -> None:
    body = wire(["events", "j", "lobby", [LATER, spoken("hi")], 1, 9])
    assert codec.decode_broadcast(body) == Events("j", "lobby", (PASSED_OVER, SAID), 1, 9)


def test_unknown_events_of_a_page_keep_their_numbers() -> None:
    page = ["answer", 1, 2, ["events", "j", "lobby", [LATER, spoken("hi")], 1, 9], "new"]
    assert codec.decode_broker_batch(wire([["ack", 1, 1], page])) == [
        Ack(1, 1),
        Answer(1, 2, Events("j", "lobby", (PASSED_OVER, SAID), 1, 9)),
    ]


def test_unknown_events_before_the_entrance_keep_their_numbers() -> None:
    entered = ["entered", 1, 2, "j", "lobby", 10, 10, 4, [spoken("hi"), LATER]]
    assert codec.decode_broker_batch(wire([entered, ["ack", 1, 2]])) == [
        Entered(1, 2, "j", "lobby", 10, 10, 4, (SAID, PASSED_OVER)),
        Ack(1, 2),
    ]


def test_one_unknown_event_keeps_its_number() -> None:
    assert codec.decode_event(wire(LATER)) == PASSED_OVER
    assert codec.decode_event(codec.encode(PASSED_OVER)) == PASSED_OVER


def test_a_known_event_with_an_unreadable_addition_keeps_its_number() -> None:
    event = codec.decode_event(wire(["left", 5, 0, "a", "Ann", 0, 42]))
    assert event == Unknown(5, 0, "a", "Ann", 0)


def test_a_departure_for_a_reason_of_a_later_version_is_still_a_departure() -> None:
    event = codec.decode_event(wire(["left", 5, 0, "a", "Ann", 0, "abducted"]))
    assert event == Left(5, 0, "a", "Ann", 0, "abducted")


@pytest.mark.parametrize(
    "later",
    [
        ["sparkle", 1],
        ["answer", 1, 1, ["rooms", "lobby"]],
        ["answer", 1, 1, 5],
        ["answer", 1, 1, {"0": 1}],
        ["answer", 1],
        ["answer"],
        ["entered", 1],
        ["entered", 1, 1, "j", "lobby", 1, 1, 1, [["said"]]],
        {},
        [],
        7,
    ],
)
def test_what_only_a_later_peer_reads_is_passed_over(later: object) -> None:
    assert codec.decode_broker_batch(wire([["ack", 1, 1], later, ["alive", "j"]])) == [
        Ack(1, 1),
        Alive("j"),
    ]


# ---- bad messages


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (["do", 3, 7, ["say", "lobby"]], Malformed(Code.BAD_MESSAGE, 3, n=7)),
        (["do", 3, 7, ["say", 1, 2]], Malformed(Code.BAD_MESSAGE, 3, n=7)),
        (["do", 3, 7, [["say"]]], Malformed(Code.BAD_MESSAGE, 3, n=7)),
        (["do", 3, 7, {"say": 1}], Malformed(Code.BAD_MESSAGE, 3, n=7)),
        (["do", 3, 7], Malformed(Code.BAD_MESSAGE, 3, n=7)),
        (["do", 3, 0, ["join", "lobby"]], Malformed(Code.BAD_MESSAGE, 3)),
        (["do", 3, 2**53, ["join", "lobby"]], Malformed(Code.BAD_MESSAGE, 3)),
        (["do", True, True, ["join", "lobby"]], Malformed(Code.BAD_MESSAGE)),
        (["do", "3", 1.5, ["join", "lobby"]], Malformed(Code.BAD_MESSAGE)),
        (["do", 3, 7, ["dance", "lobby"]], Malformed(Code.UNKNOWN_COMMAND, 3, n=7)),
        (["do", 3, 7, ["who", "lobby"]], Malformed(Code.UNKNOWN_COMMAND, 3, n=7)),
        (["ask", 3, 7, ["who", 5]], Malformed(Code.BAD_MESSAGE, 3, request=7)),
        (["ask", 3, 7, ["weather"]], Malformed(Code.UNKNOWN_COMMAND, 3, request=7)),
        (["hello", 3, 4], Malformed(Code.BAD_MESSAGE, 3)),
        (["active", "x"], Malformed(Code.BAD_MESSAGE)),
        (["sing", 3, 7], Malformed(Code.UNKNOWN_COMMAND, 3)),
        ([5, 3, 7], Malformed(Code.BAD_MESSAGE, 3)),
        ([["do"], {}, []], Malformed(Code.BAD_MESSAGE)),
        ([], Malformed(Code.BAD_MESSAGE)),
        ({"do": 1}, Malformed(Code.BAD_MESSAGE)),
        (None, Malformed(Code.BAD_MESSAGE)),
    ],
)
def test_a_bad_message_is_answerable_and_the_others_survive(
    message: object, expected: Malformed
) -> None:
    body = wire([["beat"], message, ["do", 1, 1, ["join", "lobby"]]])
    assert codec.decode_peer_batch(body) == [Beat(), expected, Do(1, 1, Join("lobby"))]


@pytest.mark.parametrize(
    "content", [b'["say","lobby","\xff"]', b'["say","lobby",1e999]', b"[" * 300 + b"]" * 300]
)
def test_unreadable_content_does_not_hide_the_address(content: bytes) -> None:
    body = b'[["do",3,7,' + content + b'],["beat"]]'
    assert codec.decode_peer_batch(body) == [Malformed(Code.BAD_MESSAGE, 3, n=7), Beat()]


def test_a_number_beyond_reason_is_no_address() -> None:
    body = b'[["do",3,' + b"9" * 5000 + b',["join","lobby"]]]'
    assert codec.decode_peer_batch(body) == [Malformed(Code.BAD_MESSAGE, 3)]


DECODERS = [
    codec.decode_peer_batch,
    codec.decode_broker_batch,
    codec.decode_broadcast,
    codec.decode_event,
]

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.sampled_from(
        ["do", "ask", "say", "who", "hello", "answer", "entered", "events", "head", "said", "left"]
    ),
    lambda inner: (
        st.lists(inner, max_size=9) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=30,
)


def only_message_errors(body: bytes) -> None:
    for decode in DECODERS:
        with suppress(MessageError):
            decode(body)


@given(st.binary(max_size=200))
def test_bytes_raise_nothing_but_message_errors(body: bytes) -> None:
    only_message_errors(body)


@given(json_values)
def test_json_raises_nothing_but_message_errors(value: object) -> None:
    only_message_errors(wire(value))
    only_message_errors(wire([value]))


@given(broker_messages | peer_messages | broadcasts | events, st.data())
def test_damaged_messages_raise_nothing_but_message_errors(
    message: msgspec.Struct, data: st.DataObject
) -> None:
    array = json.loads(codec.encode(message))
    place = data.draw(st.integers(0, len(array) - 1))
    array[place] = data.draw(json_values)
    only_message_errors(wire(array))
    only_message_errors(wire([array]))
    cut = wire([array])
    only_message_errors(cut[: data.draw(st.integers(0, len(cut)))])


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 60_000,
        b"[" * 30_000 + b"]" * 30_000,
        b"[[" + b'{"a":' * 10_000,
        b'[["do",1,1,' + b"[" * 20_000 + b"]" * 20_000 + b"]]",
        b'["events","j","r",[["said",' + b"[" * 20_000 + b"]" * 20_000 + b"]]]",
        b'[["said",1,0,"a","\\ud800",0,"x"]]',
        b'["said",1,0,"a","b",0,"\\udfff"]',
        b'["said",1,0,"a","b",0,"\xed\xa0\x80"]',
        b'["later",' + b"1" * 60_000 + b',0,"a","b",0]',
        b'["later",1,0,"a","b",' + b"9" * 400 + b"]",
        b'["later",1e400,0,"a","b",0]',
        b'["later",NaN,0,"a","b",0]',
        b"\xff\xfe[\x00]\x00",
        b"\xef\xbb\xbf[]",
        b"\x00",
        b"",
        b"null",
        b'"',
    ],
)
def test_hostile_bytes_raise_nothing_but_message_errors(body: bytes) -> None:
    only_message_errors(body)


@pytest.mark.parametrize(
    ("decode", "limit"),
    [
        (codec.decode_peer_batch, COMMAND_MAX_BYTES),
        (codec.decode_broker_batch, REPLY_MAX_BYTES),
        (codec.decode_broadcast, REPLY_MAX_BYTES),
    ],
)
def test_size_is_checked_before_decoding(decode: object, limit: int) -> None:
    assert callable(decode)
    with pytest.raises(MessageError, match=str(limit + 1)):
        decode(b"[" * (limit + 1))  # would otherwise be told that it is no JSON
    assert codec.decode_peer_batch(b"[" + b" " * (COMMAND_MAX_BYTES - 2) + b"]") == []


# ---- cutting


bodies = st.lists(st.integers(0, 40).map(lambda size: b'"' + b"x" * size + b'"'), max_size=40)


@given(bodies, st.integers(10, 200))
def test_batches_lose_nothing_and_stay_below_the_limit(items: list[bytes], limit: int) -> None:
    cut = list(codec.batches(iter(items), limit))
    parts = [json.loads(body) for body in cut]
    assert [word for part in parts for word in part] == [json.loads(item) for item in items]
    for body, part in zip(cut, parts, strict=True):
        assert part
        assert len(body) <= limit or len(part) == 1


@given(bodies, st.integers(10, 200))
def test_batches_are_as_full_as_they_can_be(items: list[bytes], limit: int) -> None:
    cut = list(codec.batches(items, limit))
    for body, following in pairwise(cut):
        first = len(json.dumps(json.loads(following)[0]))
        assert len(body) + 1 + first > limit


@given(bodies, st.integers(10, 200))
def test_runs_lose_nothing_and_stay_below_the_limit(items: list[bytes], limit: int) -> None:
    cut = list(codec.runs(items, limit))
    assert [item for run in cut for item in run] == items
    for run in cut:
        assert run
        assert len(b",".join(run)) <= limit or len(run) == 1


# ---- the largest legal messages


ROOM = "\U0001f600" * ROOM_CHARACTERS
NAME = "\U0001f600" * NAME_CHARACTERS
TEXTS = [c * TEXT_CHARACTERS for c in ("\U0001f600", '"', "\\", "\n", "\u2028", "\x7f", "\x01")]


def largest_event(said: str) -> Said:
    return Said(
        LARGEST_NUMBER, -LARGEST_NUMBER, "i" * 64, NAME, LARGEST_NUMBER, text=said, action=True
    )


@pytest.mark.parametrize("said", TEXTS, ids=ascii)
def test_the_largest_say_fits_a_batch_of_its_own(said: str) -> None:
    message = codec.encode(Do(LARGEST_NUMBER, LARGEST_NUMBER, Say(ROOM, said, action=True)))
    (body,) = codec.batches([message], COMMAND_BATCH_BYTES)
    assert len(body) <= COMMAND_BATCH_BYTES < COMMAND_MAX_BYTES


def test_no_character_grows_more_on_the_wire_than_those_tried_here() -> None:
    tried = max(len(codec.encode(Say("", said))) for said in TEXTS[:4])
    cleaned = text.clean("".join(map(chr, range(0x3000))))
    grown = max(len(msgspec.json.encode(character)) - 2 for character in cleaned)
    assert grown * TEXT_CHARACTERS <= tried


@pytest.mark.parametrize("said", TEXTS, ids=ascii)
def test_a_cut_room_batch_and_one_event_more_stay_below_the_limit(said: str) -> None:
    event = codec.encode(largest_event(said))
    count = REPLY_BATCH_BYTES // len(event) + 2
    body = codec.encode(
        Answer(
            LARGEST_NUMBER,
            LARGEST_NUMBER,
            Events("j" * 64, ROOM, codec.embed([event] * count), LARGEST_NUMBER, LARGEST_NUMBER),
        )
    )
    assert REPLY_BATCH_BYTES < len(body) < REPLY_MAX_BYTES


def test_every_run_of_largest_events_is_readable_by_the_peer() -> None:
    encoded = [codec.encode(largest_event(TEXTS[0]))] * (2 * PAGE_EVENTS // 10)
    for run in codec.runs(encoded, REPLY_BATCH_BYTES):
        body = codec.encode(Events("j" * 64, ROOM, codec.embed(run)))
        assert len(body) < REPLY_MAX_BYTES
        assert isinstance(codec.decode_broadcast(body), Events)


def test_the_largest_roster_page_is_readable_by_the_peer() -> None:
    person = Person("i" * 64, "[" + "f" * 39 + "]:65535", NAME, LARGEST_NUMBER)
    answer = Answer(1, 1, People(ROOM, 1, 1, (person,) * Limits().roster))
    assert len(codec.encode(answer)) + 2 < REPLY_MAX_BYTES
    assert codec.decode_broker_batch(batch([answer])) == [answer]


def test_a_reader_is_told_of_every_event_that_may_come() -> None:
    assert {*get_args(AnyEvent)} == {*get_args(Event), Unknown}
