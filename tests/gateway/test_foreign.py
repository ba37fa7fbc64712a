"""Programs that speak another protocol, told from people by what comes first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.foreign import FirstLine, answer
from tests.gateway.inmemory import House
from tests.gateway.test_lines import cut

SENTENCE = "This door is for nc and telnet: it does not speak {}.\n"
ZMTP = b"\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f\x03\x00NULL"
TLS = b"\x16\x03\x01\x02\x00\x01\x00\n"
POST = b"POST /x?y=z HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n/nick Mallory\nhello\n"
PROGRAMS = [
    (ZMTP, "ZMTP"),
    (TLS, "TLS"),
    (POST, "HTTP"),
    (b"GET / HTTP/1.0\n\n", "HTTP"),
    (b"GET / HTTP/1.0", "HTTP"),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP"),
    (b"CONNECT example.org:443 HTTP/1.1\r\n", "HTTP"),
    (b"GET http://example.org/ HTTP/1.1\r\n", "HTTP"),
    (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nhello\n", "HTTP"),
]
PEOPLE = [
    b"\xff\xfb\x18hello\n",  # telnet
    b"\xff\xfa\x18\x00vt\xff\xf0hello\n",
    b"\xff\xfe\x01GET / HTTP/1.1\n",
    b"\xffhello\n",
    b"\xff",
    b"\x16\n\x03",
    b"",
    b"GET / works\n",
    b"I love HTTP/1.1\n",
    b"what does GET / HTTP/1.1 mean\n",
    b"hello\nGET / HTTP/1.1\n",
    b"\nGET / HTTP/1.1\n",
    b"hello\n\xff\x00\x16\x03",
]


def told(*chunks: bytes) -> str:
    first = FirstLine()
    return next(filter(None, map(first.feed, chunks)), "") or first.end()


@pytest.mark.parametrize(("data", "protocol"), [*PROGRAMS, *((data, "") for data in PEOPLE)])
@given(places=st.lists(st.integers(min_value=0), max_size=8))
def test_programs_are_told_from_people_however_it_is_cut(
    data: bytes, protocol: str, places: list[int]
) -> None:
    assert told(*cut(data, places)) == protocol


@pytest.mark.parametrize(("data", "protocol"), [*PROGRAMS, *((data, "") for data in PEOPLE)])
def test_one_byte_after_the_other_is_told_as_well(data: bytes, protocol: str) -> None:
    assert told(*(bytes([byte]) for byte in data[:4000] + data[-30:])) == protocol


def test_two_bytes_are_enough_where_no_line_may_follow() -> None:
    assert FirstLine().feed(ZMTP[:2]) == "ZMTP"
    assert FirstLine().feed(TLS[:2]) == "TLS"


def test_a_browser_can_show_the_sentence() -> None:
    head, _, body = answer("HTTP", "抱歉").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n")
    assert body.decode() == "抱歉\n"


@pytest.mark.parametrize("is_in", [True, False])
@pytest.mark.parametrize(("data", "protocol"), PROGRAMS[:5])
def test_nothing_of_it_is_said(data: bytes, protocol: str, *, is_in: bool) -> None:
    house = House()
    door = house.gateway()
    ann = door.arrive("Ann")
    other = door.connect()
    if is_in:
        house.settle()
    ann.take()
    for byte in data:
        other.send(bytes([byte]))
    other.half_close()
    house.wait(1)
    assert ann.take() == (f"{other.address} exit already!\n" if is_in else "")
    assert other.text.endswith(SENTENCE.format(protocol))
    assert other.closed
    assert len(door.door) == 1
    ann.type("/history\nwho\n")
    assert ann.take() == f"Nothing was said here.\nuserid:{ann.address}, username:Ann\n"


def test_it_is_turned_away_at_once_without_a_broker() -> None:
    house = House()
    door = house.gateway()
    ann = door.arrive("Ann")
    house.kill()
    other = door.connect()
    other.type(POST)
    assert other.closed
    assert other.text.endswith(SENTENCE.format("HTTP"))
    ann.take()
    house.start()
    house.wait(10)
    ann.type("hi\n")
    assert ann.take() == "-- back; what you typed is on its way.\nAnn: hi\n"
    assert len(door.door) == 1
