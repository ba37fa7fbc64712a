"""Bytes to lines, however they come; what telnet adds is tested with the nc door."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from protocol.lines import TOO_LONG, LineCutter, TooLong


def read(*chunks: bytes, limit: int = 8) -> list[str | TooLong]:
    cutter = LineCutter(limit)
    lines: list[str | TooLong] = []
    for chunk in chunks:
        lines += cutter.feed(chunk)
        assert cutter.held <= limit + 1
    return lines + cutter.end()


@given(st.lists(st.binary(max_size=12) | st.sampled_from([b"\n", b"\r\n", "你好".encode()])))
def test_any_chunks_give_the_same_lines(chunks: list[bytes]) -> None:
    data = b"".join(chunks)
    whole = read(data)
    assert read(*chunks) == whole
    assert read(*(bytes([byte]) for byte in data)) == whole


def test_line_ends_and_the_last_line() -> None:
    assert read(b"one\ntwo\r\n\nthree") == ["one", "two", "", "three"]
    assert read(b"one\n") == ["one"]
    assert read() == []


def test_a_line_past_the_limit_is_reported_once() -> None:
    assert read(b"x" * 8 + b"\r\n" + b"x" * 9 + b"\nok\n") == ["x" * 8, TOO_LONG, "ok"]
    assert read(b"x" * 100, b"x" * 100, b"x\nok") == [TOO_LONG, "ok"]
    assert read(b"x" * 100) == [TOO_LONG]


def test_what_is_no_text_is_replaced_or_removed() -> None:
    assert read(b"a\xffb\x1b[1mc\n") == ["a\ufffdbc"]
