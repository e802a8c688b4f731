"""How many requests there may be: what many addresses gain nobody."""

import pytest

from sentra.core.errors import TooManyRequests
from sentra.services.rate_limits import Rate, RateLimits, Rates
from tests.turned_clock import TurnedClock

TEN = Rate(10, 10)
STRANGERS = 25_000
"""More than are remembered."""


@pytest.fixture
def rates(clock: TurnedClock) -> Rates:
    return Rates(clock, RateLimits(TEN, TEN, TEN))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff"),
        ("2001:db8::1", "2001:0DB8::1%eth0"),
        ("192.0.2.1", "::ffff:192.0.2.1"),
    ],
)
def test_S62_a_customer_has_one_bucket_however_many_addresses(rates: Rates, one: str, other: str):
    for number in range(10):
        rates.admit_address(one if number % 2 else other)
    for address in (one, other):
        with pytest.raises(TooManyRequests):
            rates.admit_address(address)


def test_S62_neighbours_have_buckets_of_their_own(rates: Rates):
    for address in ("2001:db8::1", "2001:db8:0:1::1", "192.0.2.1", "192.0.2.2"):
        for _ in range(10):
            rates.admit_address(address)


def test_S62_strangers_push_nobody_out_who_is_known(rates: Rates):
    for _ in range(10):
        rates.admit_principal("bob")
        rates.admit_heavy("bob")
    for number in range(STRANGERS):
        rates.admit_address(f"2001:db8:{number >> 8:x}:{number & 255:x}::1")
    for admit in (rates.admit_principal, rates.admit_heavy):
        with pytest.raises(TooManyRequests):
            admit("bob")
