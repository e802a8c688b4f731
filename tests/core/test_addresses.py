"""Addresses and prefixes as text: one spelling, and a sentence for every other."""

from collections.abc import Callable
from ipaddress import ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentra.core.addresses import (
    canonical_address,
    canonical_interface_address,
    canonical_prefix,
    host_of,
    network_of,
    numbers_of,
    overlaps,
    range_of,
    sort_prefixes,
)
from sentra.core.errors import WrongValue
from tests.core.prefixes import Network, networks, text_of
from tests.scale import scaled


def verdict(canonical: Callable[[str], str], text: str) -> str | WrongValue:
    try:
        return canonical(text)
    except WrongValue as error:
        return error


@settings(max_examples=scaled(300, 20_000), deadline=None)
@given(networks())
def test_a_canonical_prefix_is_its_own_canonical_form(network: Network) -> None:
    text = text_of(network)

    assert text == str(network)
    assert canonical_prefix(text) == text
    assert numbers_of(text) == (network.version, int(network[0]), int(network[-1]))


@settings(max_examples=scaled(300, 20_000), deadline=None)
@given(networks(), networks())
def test_text_order_of_ranges_is_address_order(one: Network, other: Network) -> None:
    family, first, last = range_of(str(one))
    other_family, other_first, other_last = range_of(str(other))
    meet = family == other_family and first <= other_last and other_first <= last

    assert meet == overlaps(str(one), str(other)) == (one.version == other.version and one.overlaps(other))
    assert len(first) == len(last) == (8 if family == 4 else 32)


def test_other_spellings_of_one_prefix_become_one() -> None:
    assert canonical_prefix("FD00:0:0::/64") == canonical_prefix("fd00:0000:0000:0000::/64") == "fd00::/64"
    assert canonical_prefix("10.8.0.2") == "10.8.0.2/32"
    assert canonical_prefix("fd00::10.8.0.2") == "fd00::a08:2/128"
    assert canonical_address("FD00::2") == "fd00::2"


def test_an_interface_address_keeps_its_host() -> None:
    assert canonical_interface_address("10.8.0.1/24") == "10.8.0.1/24"
    assert canonical_interface_address("FD00::1/64") == "fd00::1/64"
    assert canonical_interface_address("10.8.0.1") == "10.8.0.1/32"
    assert canonical_interface_address("10.8.0.0/31") == "10.8.0.0/31"
    assert (network_of("10.8.0.1/24"), host_of("10.8.0.1/24")) == ("10.8.0.0/24", "10.8.0.1/32")


def test_host_bits_are_refused_with_what_was_probably_meant() -> None:
    with pytest.raises(WrongValue, match=r"did you mean 10\.8\.0\.0/24\?") as caught:
        canonical_prefix("10.8.0.1/24")

    assert caught.value.code == "host-bits"
    assert caught.value.at("pools.0").field == "pools.0"


def test_a_default_route_is_a_prefix_only_where_said() -> None:
    assert canonical_prefix("0.0.0.0/0", default_route=True) == "0.0.0.0/0"
    assert canonical_prefix("::/0", default_route=True) == "::/0"
    assert canonical_prefix("128.0.0.0/1") == "128.0.0.0/1"
    with pytest.raises(WrongValue) as caught:
        canonical_prefix("0.0.0.0/0")
    assert caught.value.code == "default-route"


def test_prefixes_are_sorted_by_family_address_and_width_and_once() -> None:
    prefixes = ["fd00::/64", "10.9.0.0/16", "10.10.0.0/16", "10.9.0.0/24", "9.0.0.0/8", "10.9.0.0/16"]

    assert sort_prefixes(prefixes) == ("9.0.0.0/8", "10.9.0.0/16", "10.9.0.0/24", "10.10.0.0/16", "fd00::/64")


@settings(max_examples=scaled(500, 100_000), deadline=None)
@given(st.text(max_size=60) | st.from_regex(r"\A[0-9a-fA-F:./%]{1,50}\Z"))
def test_any_text_is_canonical_or_refused_with_a_sentence(text: str) -> None:
    for canonical in (canonical_prefix, canonical_interface_address, canonical_address):
        result = verdict(canonical, text)
        if isinstance(result, WrongValue):
            assert result.code
            assert str(result).endswith((".", "?"))
        else:
            assert canonical(result) == result
            assert ip_network(result, strict=False)
