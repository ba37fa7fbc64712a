"""Addresses as people type them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import endpoints
from protocol.endpoints import (
    HostPort,
    check_broker_endpoint,
    parse_host_port,
    parse_tcp_endpoint,
)
from protocol.errors import UsageError

GOOD = [
    ("127.0.0.1:8080", HostPort("127.0.0.1", 8080)),
    ("localhost:1", HostPort("localhost", 1)),
    ("chat.example.org:65535", HostPort("chat.example.org", 65535)),
    ("0.0.0.0:0", HostPort("0.0.0.0", 0)),  # noqa: S104 - only parsed
    ("*:5555", HostPort("*", 5555)),
    ("[::1]:8080", HostPort("::1", 8080)),
    ("[::]:8080", HostPort("::", 8080)),
    ("[fe80::1%eth0]:80", HostPort("fe80::1%eth0", 80)),
]
BAD = [
    "", ":", "8080", ":8080", "localhost", "localhost:", "localhost:http", "localhost:-1",
    "localhost:65536", "localhost: 80", "localhost:8_0", "localhost:٨٠", "localhost:+1", "::1:8080",
    "::1", "[::1]", "[]:80", "[localhost]:80", "[::1:80", "::1]:80", "a b:80", " localhost:80",
    "localhost:80 ", "localhost:80\n", "host/path:80", "user@host:80", "tcp://localhost:80",
    "localhost:" + "9" * 5000, "[fe80::1%a b]:80", "a\x00b:80",
]  # fmt: skip


@pytest.mark.parametrize(("text", "address"), GOOD)
def test_good_addresses(text: str, address: HostPort) -> None:
    assert parse_host_port(text) == address
    assert parse_tcp_endpoint(f"tcp://{text}") == address
    assert str(address) == text


@pytest.mark.parametrize("text", BAD, ids=lambda text: ascii(text[:30]))
def test_bad_addresses(text: str) -> None:
    with pytest.raises(UsageError, match="HOST:PORT"):
        parse_host_port(text)
    with pytest.raises(UsageError, match="HOST:PORT"):
        parse_tcp_endpoint(f"tcp://{text}")


@pytest.mark.parametrize(
    "text", ["localhost:80", "ipc:///tmp/x", "TCP://localhost:80", "udp://h:1"]
)
def test_other_endpoints_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="tcp://HOST:PORT"):
        parse_tcp_endpoint(text)


@pytest.mark.parametrize(
    "text", ["foo", "tcp://127.0.0.1:0", "tcp://*:5555", "tcp://é:5555", "ipc:///tmp/x"]
)
def test_nobody_can_connect_to_what_is_no_place(text: str) -> None:
    with pytest.raises(UsageError, match=re.escape(repr(text))):
        check_broker_endpoint(text)


@pytest.mark.parametrize("text", ["tcp://localhost:5555", "tcp://[fe80::1%eth0]:5555"])
def test_a_place_can_be_connected_to(text: str) -> None:
    check_broker_endpoint(text)


@given(st.text())
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        address = parse_host_port(text)
    except UsageError:
        return
    assert parse_host_port(str(address)) == address


@given(st.ip_addresses(), st.integers(0, 65535))
def test_every_ip_address_comes_back(ip: object, port: int) -> None:
    address = HostPort(str(ip), port)
    assert parse_host_port(str(address)) == address


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True), ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True),
        ("0.0.0.0", False), ("::", False), ("*", False), ("192.168.1.1", False),  # noqa: S104
        ("localhost.example.org", False), ("127.0.0.1.example.org", False),
    ],
)  # fmt: skip
def test_only_this_machine_is_loopback(host: str, loopback: bool) -> None:
    assert HostPort(host, 1).is_loopback is loopback


def test_the_defaults_are_addresses_of_this_machine() -> None:
    assert parse_tcp_endpoint(endpoints.DEFAULT_BROKER).is_loopback
    assert parse_host_port(endpoints.DEFAULT_DOOR).is_loopback


def test_local_sockets_lie_in_the_data_folder() -> None:
    gateway = endpoints.default_gateway_endpoint("/data")
    assert gateway == "ipc:///data/sockets/gateway"
    assert endpoints.publish_beside(gateway) == "ipc:///data/sockets/gateway.pub"
