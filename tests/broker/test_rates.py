"""How fast one person may act, and how many come from one address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.addresses import Addresses, ip_of
from broker.rates import Rate, Rates
from protocol.errors import Code, Refusal
from protocol.limits import Limits


def refused(rate: Rate, now: float, key: str = "duke") -> int:
    """Milliseconds to wait; 0: it was taken."""
    try:
        rate.take(key, now)
    except Refusal as refusal:
        return int(refusal.fields["retry_after"]) * (refusal.code is Code.TOO_FAST)
    return 0


def test_a_burst_passes_at_once_and_then_the_rate_counts() -> None:
    rate = Rate(20, 10.0)
    assert [refused(rate, 5.0) for _ in range(20)] == [0] * 20
    assert refused(rate, 5.0) == 100
    assert refused(rate, 5.06) == 40
    assert refused(rate, 5.1) == 0
    assert refused(rate, 5.0, "coco") == 0


@given(
    burst=st.integers(1, 30),
    per_second=st.floats(0.01, 50),
    pauses=st.lists(st.floats(0, 10), min_size=1, max_size=60),
)
def test_who_waits_as_told_is_taken_and_nobody_gets_more_than_the_rate(
    burst: int, per_second: float, pauses: list[float]
) -> None:
    rate = Rate(burst, per_second)
    now, taken = 0.0, []
    for pause in pauses:
        now += pause
        if wait := refused(rate, now):
            now += wait / 1000
            assert not refused(rate, now)
        taken.append(now)
    for index, first in enumerate(taken):
        for count, last in enumerate(taken[index:], 1):
            assert count <= burst + (last - first) * per_second + 1e-6


def test_zero_is_no_limit() -> None:
    rates = Rates(Limits(burst=0, joins_per_minute=0, renames_per_minute=0))
    for _ in range(1000):
        rates.take_command("duke", 0.0)
        rates.take_join("duke", 0.0)
        rates.take_rename("duke", 0.0)


def test_joins_and_renames_are_counted_by_the_minute() -> None:
    rates = Rates(Limits(joins_per_minute=2, renames_per_minute=1))
    rates.take_join("duke", 0.0)
    rates.take_join("duke", 0.0)
    rates.take_rename("duke", 0.0)
    for take, wait in ((rates.take_join, 30_000), (rates.take_rename, 60_000)):
        with pytest.raises(Refusal) as caught:
            take("duke", 0.0)
        assert caught.value.fields == {"retry_after": wait}
    rates.forget("duke")
    rates.take_rename("duke", 0.0)


def test_what_has_rested_takes_no_memory() -> None:
    rate = Rate(2, 1.0)
    for person in range(100_000):
        rate.take(str(person), person * 0.01)
    assert len(rate._full_at) <= 10_001


@pytest.mark.parametrize(
    ("stated", "ip"),
    [
        ("10.0.0.7:40000", "10.0.0.7"),
        ("10.0.0.7", "10.0.0.7"),
        ("[2001:DB8::0:7]:40000", "2001:db8::7"),
        ("2001:db8::7", "2001:db8::7"),
        ("::ffff:10.0.0.7", "10.0.0.7"),
        ("[::ffff:10.0.0.7]:1", "10.0.0.7"),
        ("somewhere:40000", ""),
        ("", ""),
    ],
)
def test_an_address_has_one_form(stated: str, ip: str) -> None:
    assert ip_of(stated) == ip


def test_only_so_many_sessions_come_from_one_address() -> None:
    addresses = Addresses(2)
    for session in ("a", "b"):
        addresses.admit("10.0.0.7", 0.0)
        addresses.place(session, "10.0.0.7")
    with pytest.raises(Refusal) as caught:
        addresses.admit("10.0.0.7", 1000.0)
    assert (caught.value.code, caught.value.fields) == (Code.TOO_MANY_SESSIONS, {"limit": 2})
    addresses.admit("10.0.0.8", 1000.0)
    addresses.drop("a")
    addresses.admit("10.0.0.7", 1000.0)
    addresses.place("b", "10.0.0.8")
    assert addresses.of == {"b": "10.0.0.8"}


def test_who_has_a_network_of_ipv6_addresses_is_limited_as_who_has_one_address() -> None:
    addresses = Addresses(2)
    for session in ("2001:db8::1", "2001:db8::2"):
        addresses.admit(session, 0.0)
        addresses.place(session, session)
    with pytest.raises(Refusal) as caught:
        addresses.admit("2001:db8::3", 0.0)
    assert caught.value.code == Code.TOO_MANY_SESSIONS
    addresses.admit("2001:db8:0:1::1", 0.0)
    addresses.drop("2001:db8::1")
    addresses.admit("2001:db8::3", 1000.0)


def test_who_comes_and_goes_without_end_waits() -> None:
    addresses = Addresses(3)
    for _ in range(3):
        addresses.admit("10.0.0.7", 0.0)
        addresses.place("a", "10.0.0.7")
        addresses.drop("a")
    with pytest.raises(Refusal) as caught:
        addresses.admit("10.0.0.7", 0.0)
    assert (caught.value.code, caught.value.fields) == (Code.TOO_FAST, {"retry_after": 20_000})
    addresses.admit("10.0.0.7", 20.0)


def test_this_machine_and_unknown_addresses_are_not_limited() -> None:
    addresses = Addresses(1)
    for number, address in enumerate(("127.0.0.1", "127.0.0.1", "::1", "::1", "", "")):
        addresses.admit(address, 0.0)
        addresses.place(str(number), address)


def test_addresses_follow_a_state_that_was_rebuilt() -> None:
    addresses = Addresses(1)
    addresses.place("a", "10.0.0.7")
    addresses.place("b", "10.0.0.8")
    addresses.reconcile({"b"})
    assert addresses.of == {"b": "10.0.0.8"}
    addresses.admit("10.0.0.7", 0.0)
