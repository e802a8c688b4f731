"""Wanted peers held against running ones, and their digests, again and again: always as if it were the first time."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sentra.agent.applied import Digests
from sentra.agent.matching import Match, changed, narrow
from sentra.core.drift import compare, find_unmanaged
from sentra.core.interfaces import DeviceSpec, InterfaceSpec
from sentra.core.peers import PeerSpec
from sentra.core.plan import plan
from sentra.core.secrets import Secret
from tests.agent.node import a_spec
from tests.live.world import key

specs = st.builds(
    PeerSpec,
    public_key=st.just(""),
    allowed_ips=st.sampled_from([(), ("10.0.0.1/32",), ("10.0.0.1/32", "10.0.0.2/32"), ("10.0.0.2/32", "10.0.0.1/32")]),
    preshared_key=st.sampled_from([None, Secret(b"a" * 32), Secret(b"b" * 32)]),
    persistent_keepalive=st.sampled_from([0, 25]),
    endpoint=st.sampled_from([None, "192.0.2.1:5", "192.0.2.2:5"]),
)
peers = st.dictionaries(st.sampled_from([key(number) for number in range(4)]), specs).map(
    lambda found: {public_key: replace(spec, public_key=public_key) for public_key, spec in found.items()}
)
owned = st.frozensets(st.sampled_from([key(number) for number in range(4)]))


def an_interface(peers: dict[str, PeerSpec]) -> InterfaceSpec:
    return InterfaceSpec("wg0", DeviceSpec("", 0, 0, peers))


@given(st.lists(st.tuples(peers, peers), min_size=1, max_size=5))
def test_each_match_of_a_series_is_what_it_would_be_alone(series):
    match = Match()
    for wanted, running in series:
        match = match.then(wanted, running)
        assert match == Match().then(wanted, running)
        # The next one meets some of the very objects, as readings give them.
        series = [({**wanted, **more}, {**running, **other}) for more, other in series]


@given(peers, peers, owned)
def test_what_is_the_same_says_nothing_to_a_plan_or_a_comparison(wanted, running, owned):
    different = Match().then(wanted, running).different
    one, other = an_interface(wanted), an_interface(running)
    few, others = narrow(one, different), narrow(other, different)
    assert plan(few, others, owned) == plan(one, other, owned)
    assert set(compare(few, others, owned)) == set(compare(one, other, owned))
    assert find_unmanaged(few.device, others.device, owned) == find_unmanaged(one.device, other.device, owned)


@given(peers, peers)
def test_changed_are_those_that_came_went_or_say_something_else(now, before):
    assert changed(now, before) == {each for each in now.keys() | before.keys() if now.get(each) != before.get(each)}
    assert changed(now, now) == frozenset()


@given(st.lists(st.tuples(peers, st.sampled_from([51820, 51821])), min_size=1, max_size=5))
def test_each_digest_of_a_series_is_what_it_would_be_alone(series):
    digests = Digests(b"key")
    for wanted, port in series:
        spec = InterfaceSpec("wg0", DeviceSpec("", port, 0, wanted))
        made = digests.of(spec)
        assert made == Digests(b"key").of(spec)
        assert digests.of(spec) is made


def test_a_digest_that_was_given_out_does_not_change():
    digests = Digests(b"key")
    first = digests.of(an_interface({key(1): a_spec(1)}))
    kept = dict(first)
    digests.of(an_interface({key(1): a_spec(1, persistent_keepalive=25), key(2): a_spec(2)}))
    assert first == kept
