from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.lines import LineReader
from protocol.limits import LINE_BYTES
from protocol.lines import TOO_LONG, TooLong

IAC = b"\xff"
# Bytes that mean something to the reader, so that the interesting cuts are met often.
PIECES = st.one_of(
    st.sampled_from(
        [
            b"\r",
            b"\n",
            b"\r\n",
            b"\0",
            IAC,
            b"\xff\xfb\x18",
            b"\xff\xfd\x01",
            b"\xff\xf1",
            b"\xff\xfa\x18\x00vt\xff\xff100\xff\xf0",
            b"\xff\xfa",
            b"\xff\xf0",
            b"\xff\xff",
            "你好".encode(),
            b"\xe4\xbd",
            b"\x1b[31m",
            b"hi",
            b"quit",
            b"\t",
            b"x" * 8,
        ]
    ),
    st.binary(max_size=6),
)


def read(*chunks: bytes, limit: int = LINE_BYTES) -> list[str | TooLong]:
    reader = LineReader(limit)
    lines = [line for chunk in chunks for line in reader.feed(chunk)]
    return lines + reader.end()


def cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({place % (len(data) + 1) for place in places} | {0, len(data)})
    return [data[start:end] for start, end in pairwise(ends)]


@given(st.lists(PIECES).map(b"".join), st.lists(st.integers(min_value=0)))
def test_any_chunks_give_the_same_lines(data: bytes, places: list[int]) -> None:
    whole = read(data, limit=8)
    assert read(*cut(data, places), limit=8) == whole
    assert read(*(bytes([byte]) for byte in data), limit=8) == whole


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8", categories=["L", "N", "S"]))))
def test_printable_text_comes_as_it_was_typed(lines: list[str]) -> None:
    assert read("".join(f"{line}\r\n" for line in lines).encode()) == lines
    assert read("".join(f"{line}\n" for line in lines).encode()) == lines


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r\r\n", b"\r\0\n"])
def test_line_ends(end: bytes) -> None:
    assert read(b"one" + end + b"two" + end) == ["one", "two"]


def test_an_unfinished_line_is_given_at_the_end() -> None:
    assert read(b"one\ntwo") == ["one", "two"]
    assert read(b"one\n") == ["one"]
    assert read(b"") == []


@pytest.mark.parametrize(
    "sequence",
    [
        b"\xff\xfb\x01",  # WILL ECHO
        b"\xff\xfe\x22",  # DONT LINEMODE
        b"\xff\xfd\x0a",  # DO, with an option that looks like a line end
        b"\xff\xf1",  # NOP
        b"\xff\xf4\xff\xfd\x06",  # what an interrupt sends
        b"\xff\xfa\x18\x00xterm\nquit\n\xff\xff\xff\xf0",  # a subnegotiation
        b"\xff\xec",  # EOF of RFC 1184
    ],
)
def test_telnet_negotiation_is_dropped_wherever_it_is_cut(sequence: bytes) -> None:
    data = b"he" + sequence + b"llo\r\nyou\r\n"
    for place in range(len(data)):
        assert read(data[:place], data[place:]) == ["hello", "you"]


def test_a_doubled_iac_is_one_byte_of_text() -> None:
    assert read(b"a\xff\xffb\n") == ["a�b"]


def test_a_byte_255_that_begins_no_telnet_command_is_text() -> None:
    assert read(b"na\xffve\nplain\n") == ["na�ve", "plain"]
    assert read(b"end\xff\nplain\n") == ["end�", "plain"]
    assert read(b"end\xff", b"\nplain\n") == ["end�", "plain"]


def test_a_subnegotiation_without_end_silences_nobody_for_long() -> None:
    assert read(b"\xff\xfa" + b"x" * 1025 + b"hello\n") == ["hello"]


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"caf\xe9\n", "caf�"),
        (b"\xe4\xbd\n", "�"),
        (b"\xed\xa0\x80\n", "���"),  # a surrogate
        (b"\xc0\xaf\n", "��"),  # overlong
        ("\U0001f600\n".encode(), "\U0001f600"),
    ],
)
def test_bytes_that_are_no_utf8_are_replaced(raw: bytes, shown: str) -> None:
    assert read(raw) == [shown]


def test_controls_never_come_through() -> None:
    assert read(b"a\x1b[2Jb\x07c\x7fd\0e\n") == ["abcde"]
    assert read("\u202eevil\u2066\n".encode()) == ["evil"]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("first", [b"", b"first\n"])
def test_the_limit(first: bytes, end: bytes) -> None:
    before: list[str | TooLong] = ["first"] if first else []
    for size in (1, 1000, 100_000):
        longest = first + b"x" * LINE_BYTES + end + b"next" + end
        chunks = [longest[at : at + size] for at in range(0, len(longest), size)]
        assert read(*chunks) == [*before, "x" * LINE_BYTES, "next"]
        above = first + b"x" * (LINE_BYTES + 1) + end + b"next" + end
        chunks = [above[at : at + size] for at in range(0, len(above), size)]
        assert read(*chunks) == [*before, TOO_LONG, "next"]


def test_at_the_limit_one_cr_is_not_counted_however_it_comes() -> None:
    data = b"\n" + b"x" * LINE_BYTES + b"\r\r\nnext\n"
    assert read(data) == ["", TOO_LONG, "next"]
    assert read(*(bytes([byte]) for byte in data)) == ["", TOO_LONG, "next"]


def test_the_limit_counts_bytes() -> None:
    assert read("你".encode() * 1365 + b"x\n") == ["你" * 1365 + "x"]
    assert read("你".encode() * 1366 + b"\n") == [TOO_LONG]


def test_a_line_without_end_is_not_kept() -> None:
    reader = LineReader()
    for _ in range(1000):
        assert reader.feed(b"x" * 10_000) == []
    assert reader._cutter.held <= LINE_BYTES + 1
    assert reader.feed(b"\nhello\n") == [TOO_LONG, "hello"]
    reader.feed(b"x" * 10_000)
    assert reader.end() == [TOO_LONG]
    assert reader.end() == []
