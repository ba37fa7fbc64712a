"""Messages to bytes and back, with every size checked before anything is decoded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar, cast, get_args

import msgspec

from protocol.commands import Command
from protocol.errors import Code, MessageError
from protocol.events import AnyEvent, Event, Unknown
from protocol.limits import COMMAND_MAX_BYTES, LARGEST_NUMBER, REPLY_MAX_BYTES
from protocol.messages import Answer, Broadcast, BrokerMessage, Entered, Events, PeerMessage
from protocol.questions import Question

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_Message = TypeVar("_Message")

_encode = msgspec.json.Encoder().encode
_peer_batch: Final = msgspec.json.Decoder(list[PeerMessage])
_peer_message: Final[msgspec.json.Decoder[PeerMessage]] = msgspec.json.Decoder(PeerMessage)
_broker_batch: Final = msgspec.json.Decoder(list[BrokerMessage])
_broker_message: Final[msgspec.json.Decoder[BrokerMessage]] = msgspec.json.Decoder(BrokerMessage)
_broadcast: Final[msgspec.json.Decoder[Broadcast]] = msgspec.json.Decoder(Broadcast)
_event: Final[msgspec.json.Decoder[Event]] = msgspec.json.Decoder(Event)
_raw_batch: Final = msgspec.json.Decoder(list[msgspec.Raw])
_address: Final[msgspec.json.Decoder[str | int | None]] = msgspec.json.Decoder(str | int | None)
_loose: Final = msgspec.json.Decoder()

# RecursionError: a body of brackets only. UnicodeDecodeError is no MsgspecError.
_NOT_A_MESSAGE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def _tags(kinds: object) -> frozenset[object]:
    return frozenset(kind.__struct_config__.tag for kind in get_args(kinds))


_PEER_TAGS: Final = _tags(PeerMessage)
_CONTENT_TAGS: Final = {"do": _tags(Command), "ask": _tags(Question)}
_EVENT_FIELDS_MIN: Final = 6
_HIT_FIELDS_MIN: Final = 2


class Malformed(msgspec.Struct, frozen=True):
    """One message of a batch that could not be read, with as much of its address as was legible."""

    code: Code
    session: int = 0
    n: int = 0
    request: int = 0


def encode(message: msgspec.Struct) -> bytes:
    """Return the JSON bytes of one message or event."""
    return _encode(message)


def embed(encoded: Iterable[bytes]) -> tuple[Event, ...]:
    """Return already encoded events so that a message carries them without encoding them again.

    The result is only good for :func:`encode`.
    """
    return cast("tuple[Event, ...]", tuple(map(msgspec.Raw, encoded)))


def batches(encoded: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """Yield JSON arrays of the encoded messages, in order, none above ``limit`` bytes.

    A single message above the limit is yielded alone: the sender's own limits keep it below the
    receiver's ``MAXMSGSIZE``.
    """
    gathered: list[bytes] = []
    size = 2
    for message in encoded:
        if gathered and size + len(message) > limit:
            yield b"[" + b",".join(gathered) + b"]"
            gathered, size = [], 2
        gathered.append(message)
        size += len(message) + 1
    if gathered:
        yield b"[" + b",".join(gathered) + b"]"


def runs(encoded: list[bytes], limit: int) -> Iterator[list[bytes]]:
    """Yield consecutive slices of ``encoded`` that stay below ``limit`` bytes together."""
    start = size = 0
    for index, item in enumerate(encoded):
        if index > start and size + len(item) > limit:
            yield encoded[start:index]
            start, size = index, 0
        size += len(item) + 1
    if start < len(encoded):
        yield encoded[start:]


def decode_peer_batch(body: bytes) -> list[PeerMessage | Malformed]:
    """Return the messages of a peer's batch; what cannot be read becomes :class:`Malformed`.

    Raises:
        MessageError: the body is too large or is no JSON array.
    """
    if len(body) > COMMAND_MAX_BYTES:
        raise MessageError(f"a batch of {len(body)} bytes")
    try:
        return cast("list[PeerMessage | Malformed]", _peer_batch.decode(body))
    except _NOT_A_MESSAGE:
        return [_decode_peer_message(raw) for raw in _split(body)]


def decode_broker_batch(body: bytes) -> list[BrokerMessage]:
    """Return the messages of a broker's batch, passing over what only a later Hubbub can read.

    Raises:
        MessageError: the body is too large or is no JSON array.
    """
    if len(body) > REPLY_MAX_BYTES:
        raise MessageError(f"a batch of {len(body)} bytes")
    try:
        return _broker_batch.decode(body)
    except _NOT_A_MESSAGE:
        messages = (_decode_broker_message(raw) for raw in _split(body))
        return [message for message in messages if message is not None]


def decode_broadcast(body: bytes) -> Broadcast:
    """Return what was published.

    Raises:
        MessageError: the body is too large or is no broadcast.
    """
    if len(body) > REPLY_MAX_BYTES:
        raise MessageError(f"a broadcast of {len(body)} bytes")
    try:
        return _broadcast.decode(body)
    except _NOT_A_MESSAGE:
        return _decode_later_events(_loose_array(body))


def decode_event(body: bytes) -> AnyEvent:
    """Return one event; one of an unknown kind becomes :class:`protocol.events.Unknown`.

    Raises:
        MessageError: the bytes are no event at all.
    """
    try:
        return _event.decode(body)
    except _NOT_A_MESSAGE:
        return _later_event(_loose_array(body))


def _split(body: bytes) -> list[msgspec.Raw]:
    try:
        return _raw_batch.decode(body)
    except _NOT_A_MESSAGE as error:
        raise MessageError("no JSON array of messages") from error


def _loose_array(body: bytes | msgspec.Raw) -> list[Any]:
    try:
        value = _loose.decode(body)
    except _NOT_A_MESSAGE as error:
        raise MessageError("not JSON") from error
    if not isinstance(value, list) or not value:
        raise MessageError("no JSON array")
    return value


def _decode_peer_message(raw: msgspec.Raw) -> PeerMessage | Malformed:
    try:
        return _peer_message.decode(raw)
    except _NOT_A_MESSAGE:
        return _malformed(raw)


def _malformed(raw: msgspec.Raw) -> Malformed:
    """Read the address of a bad message, so that its sender learns which one it was.

    Each part is read by itself: what is wrong with the content does not hide the address.
    """
    tag, session, number, content = (*_parts(raw), *(msgspec.Raw(),) * 4)[:4]
    kind = _scalar(tag)
    inner = _scalar((*_parts(content), msgspec.Raw())[0])
    return Malformed(
        _complaint(kind, inner),
        session=_number(_scalar(session)),
        n=_number(_scalar(number)) if kind == "do" else 0,
        request=_number(_scalar(number)) if kind == "ask" else 0,
    )


def _complaint(tag: str | int | None, inner: str | int | None) -> Code:
    if not isinstance(tag, str):
        return Code.BAD_MESSAGE
    contents = _CONTENT_TAGS.get(tag)
    later = isinstance(inner, str) and contents is not None and inner not in contents
    return Code.UNKNOWN_COMMAND if later or tag not in _PEER_TAGS else Code.BAD_MESSAGE


def _parts(raw: msgspec.Raw) -> list[msgspec.Raw]:
    try:
        return _raw_batch.decode(raw)
    except _NOT_A_MESSAGE:
        return []


def _scalar(raw: msgspec.Raw) -> str | int | None:
    try:
        return _address.decode(raw)
    except _NOT_A_MESSAGE:
        return None


def _number(value: str | int | None) -> int:
    return value if isinstance(value, int) and 0 < value <= LARGEST_NUMBER else 0


def _decode_broker_message(raw: msgspec.Raw) -> BrokerMessage | None:
    try:
        return _broker_message.decode(raw)
    except _NOT_A_MESSAGE:
        pass
    try:
        match _loose_array(raw):
            case ["answer", session, request, ["found", [*hits], *more], *_]:
                known = [_known_hit(hit) for hit in hits]
                return _convert(["answer", session, request, ["found", known, *more]], Answer)
            case ["answer", session, request, ["happened", *answer], *_]:
                known = _without_later(["happened", *answer], 2)
                return _convert(["answer", session, request, known], Answer)
            case ["answer", session, request, [*answer], *_]:
                return _convert(["answer", session, request, _without_later(answer, 3)], Answer)
            case ["entered", *rest]:
                return _convert(_without_later(["entered", *rest], 8), Entered)
            case ["events", *rest]:
                return _convert(_without_later(["events", *rest], 3), Events)
    except MessageError:
        pass
    return None


def _known_hit(hit: object) -> list[Any]:
    if not isinstance(hit, list) or len(hit) < _HIT_FIELDS_MIN:
        raise MessageError("no hit")
    room, event, *more = hit
    return [room, msgspec.to_builtins(_later_event(event)), *more]


def _without_later(array: list[Any], place: int) -> list[Any]:
    """Replace the events at ``place`` that this version does not know by stand-ins."""
    if len(array) <= place or not isinstance(array[place], list):
        raise MessageError("no events where events belong")
    stand_ins = [msgspec.to_builtins(_later_event(event)) for event in array[place]]
    return [*array[:place], stand_ins, *array[place + 1 :]]


def _decode_later_events(array: list[Any]) -> Broadcast:
    if array[0] != "events":
        raise MessageError("no broadcast that this version knows")
    return _convert(_without_later(array, 3), Events)


def _convert(array: list[Any], kind: type[_Message]) -> _Message:
    try:
        return msgspec.convert(array, kind)
    except msgspec.ValidationError as error:
        raise MessageError("a message of another shape") from error


def _later_event(array: object) -> AnyEvent:
    if not isinstance(array, list) or len(array) < _EVENT_FIELDS_MIN:
        raise MessageError("no event")
    try:
        event: AnyEvent = msgspec.convert(array, Event)
        return event
    except msgspec.ValidationError:
        return _convert(["unknown", *array[1:_EVENT_FIELDS_MIN]], Unknown)
