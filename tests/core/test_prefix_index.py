"""The index of prefixes says what looking at every one of them would say."""

from ipaddress import ip_network

from hypothesis import given, settings
from hypothesis import strategies as st

from sentra.core.prefix_index import PrefixIndex
from tests.core.prefixes import prefixes
from tests.scale import scaled


def brute_force(held: list[str], prefix: str) -> list[tuple[str, int]]:
    wanted = ip_network(prefix)
    those = [(ip_network(each), owner) for owner, each in enumerate(held)]
    return [(str(each), owner) for each, owner in those if each.version == wanted.version and each.overlaps(wanted)]


def index_of(held: list[str]) -> PrefixIndex[int]:
    return PrefixIndex((prefix, owner) for owner, prefix in enumerate(held))


@settings(max_examples=scaled(200, 10_000), deadline=None)
@given(st.lists(prefixes(), max_size=30), st.lists(prefixes(), min_size=1, max_size=60))
def test_R9_every_overlap_is_found_and_nothing_else(held: list[str], asked: list[str]) -> None:
    index = index_of(held)

    for prefix in asked:
        assert sorted(index.overlapping(prefix)) == sorted(brute_force(held, prefix))


@settings(max_examples=scaled(200, 10_000), deadline=None)
@given(st.lists(prefixes(), max_size=30), prefixes())
def test_prefixes_that_are_added_are_found_like_the_first_ones(held: list[str], asked: str) -> None:
    grown: PrefixIndex[int] = PrefixIndex()
    for owner, prefix in enumerate(held):
        grown.add(prefix, owner)

    assert grown.overlapping(asked) == index_of(held).overlapping(asked)


@settings(max_examples=scaled(200, 10_000), deadline=None)
@given(st.lists(prefixes(), max_size=30), prefixes())
def test_an_address_belongs_to_the_narrowest_prefix_that_holds_it(held: list[str], asked: str) -> None:
    address = ip_network(asked)[0]
    holding = [ip_network(each) for each in held if address in ip_network(each)]
    owner = index_of(held).owner_of(str(address))

    if owner is None:
        assert not holding
    else:
        assert owner[0] == str(max(holding, key=lambda each: each.prefixlen))
        assert held[owner[1]] == owner[0]


def test_the_widest_overlap_comes_first() -> None:
    index = PrefixIndex([("10.8.1.0/24", "b"), ("10.0.0.0/8", "a"), ("10.8.1.7/32", "c"), ("fd00::/8", "d")])

    assert [owner for _, owner in index.overlapping("10.8.0.0/16")] == ["a", "b", "c"]
    assert index.owner_of("10.8.1.7") == ("10.8.1.7/32", "c")
    assert index.owner_of("11.0.0.1") is None
