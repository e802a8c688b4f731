"""Address pools: an address is given once, and never one that means something else."""

import random
from ipaddress import ip_address, ip_interface, ip_network

from hypothesis import given, settings
from hypothesis import strategies as st

from sentra.core.address_pools import free_addresses, next_free, pool_size, suggest_pools, usage_of
from sentra.core.addresses import canonical_interface_address, canonical_prefix, overlaps
from tests.core.prefixes import Network, hosts, networks, prefixes
from tests.scale import scaled

small_networks = networks().filter(lambda network: network.num_addresses <= 256)


def expected(pool: Network, taken: list[str], own: list[str]) -> list[str]:
    """What may be given, found by looking at every address."""
    held = {address for each in taken for address in hosts(ip_network(each))}
    kept = {int(ip_interface(each).ip) for each in own}
    for network in [pool, *(ip_interface(each).network for each in own)]:
        if network.num_addresses > 2:
            kept.add(int(network[0]))
            if network.version == 4:
                kept.add(int(network[-1]))
    whole = pool.max_prefixlen
    ours = type(pool[0])
    return [f"{ours(each)}/{whole}" for each in hosts(pool) if each not in held and each not in kept]


@settings(max_examples=scaled(200, 20_000), deadline=None)
@given(st.data(), small_networks, st.lists(prefixes(), max_size=8))
def test_the_free_addresses_are_those_that_nobody_has(data: st.DataObject, pool: Network, taken: list[str]) -> None:
    taken = [each for each in taken if ip_network(each).version == pool.version]
    own = [f"{data.draw(st.sampled_from(list(pool)))}/{data.draw(st.integers(pool.prefixlen, pool.max_prefixlen))}"]
    free = expected(pool, taken, own)

    assert list(free_addresses(str(pool), taken, own)) == free
    assert next_free(str(pool), taken, own) == (free[0] if free else None)
    assert usage_of(str(pool), taken, own=own).free == len(free)


@settings(max_examples=scaled(200, 20_000), deadline=None)
@given(networks(), st.lists(prefixes(), max_size=20))
def test_a_given_address_is_canonical_of_the_pool_and_of_nobody_else(pool: Network, taken: list[str]) -> None:
    given_address = next_free(str(pool), taken)

    if given_address is not None:
        assert canonical_prefix(given_address) == given_address
        assert ip_network(given_address).subnet_of(pool)
        assert not any(overlaps(given_address, each) for each in taken)


@settings(max_examples=scaled(200, 20_000), deadline=None)
@given(networks(), *[st.lists(prefixes(), max_size=8)] * 3)
def test_every_address_of_a_pool_counts_once(
    pool: Network, used: list[str], reserved: list[str], resting: list[str]
) -> None:
    usage = usage_of(str(pool), used, reserved, resting)

    assert usage.size == pool_size(str(pool)) == usage.used + usage.reserved + usage.resting + usage.free
    assert usage.next == next_free(str(pool), [*used, *reserved, *resting])
    assert min(usage.used, usage.reserved, usage.resting, usage.free) >= 0


def test_neither_the_ends_of_a_network_nor_the_interface_is_given() -> None:
    assert list(free_addresses("10.8.0.0/29", ["10.8.0.3/32"], ["10.8.0.1/29"])) == [
        "10.8.0.2/32",
        "10.8.0.4/32",
        "10.8.0.5/32",
        "10.8.0.6/32",
    ]
    assert next_free("10.8.0.0/31", [], ["10.8.0.0/31"]) == "10.8.0.1/32"
    assert next_free("10.8.0.4/32", []) == "10.8.0.4/32"
    assert next_free("fd00::/64", [], ["fd00::1/64"]) == "fd00::2/128"
    assert next_free("10.8.0.0/30", ["10.8.0.1/32", "10.8.0.2/32"]) is None


def test_the_ends_of_the_interfaces_network_are_kept_back_in_a_wider_pool() -> None:
    taken = [f"10.8.0.{number}/32" for number in range(2, 255)]

    assert next_free("10.8.0.0/16", taken, ["10.8.0.1/24"]) == "10.8.1.0/32"


def test_a_wide_pool_costs_what_its_peers_cost() -> None:
    """The addresses between are never looked at: a /8 or a /64 would not end."""
    for pool, prefix in (("10.0.0.0/8", "10.{}.{}.{}/32"), ("fd00::/64", "fd00::{:x}:{:x}:{:x}/128")):
        taken = [prefix.format(0, number >> 8, number & 255) for number in range(10_000)]
        usage = usage_of(pool, [*taken, prefix.format(255, 255, 1)])
        assert usage.free + usage.used == usage.size
        assert usage.next is not None
        assert usage.next not in taken


@settings(max_examples=scaled(200, 20_000), deadline=None)
@given(
    st.lists(prefixes() | st.sampled_from(["10.0.0.0/9", "fd00::/9", "0.0.0.0/0", "::/0"]), max_size=20), st.integers()
)
def test_suggested_pools_meet_nothing_that_is_there(taken: list[str], seed: int) -> None:
    v4, v6 = suggest_pools(taken, random.Random(seed).getrandbits)  # noqa: S311 - what is drawn is no secret
    there = [each for each in taken if not each.endswith("/0")]

    assert v4 is not None
    assert v6 is not None
    assert ip_network(v4).is_private
    assert (ip_network(v4).prefixlen, ip_network(v6).prefixlen) == (24, 64)
    assert ip_address(v6.partition("/")[0]) in ip_network("fd00::/8")
    assert not any(overlaps(pool, each) for pool in (v4, v6) for each in there)
    assert canonical_interface_address(v4.replace(".0/24", ".1/24"))


def test_where_everything_private_is_taken_nothing_is_suggested() -> None:
    assert suggest_pools(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fd00::/8"]) == (None, None)
    v4, _ = suggest_pools(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/17", "192.168.129.0/24"])
    assert v4 is not None
    assert ip_network(v4).subnet_of(ip_network("192.168.128.0/17"))
