"""The status cache and its readers: one state, however it is told."""

import json
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from sentra.core.access import SEES_EVERYTHING, Sight
from sentra.core.events import InterfaceChange
from sentra.live.cache import REMEMBERED_DIFFS, Mailbox, StatusCache
from sentra.live.frames import Frames, encode
from tests.live.reader import Gap, StreamReader
from tests.live.world import a_change, a_peer, a_system, an_event, an_interface, key
from tests.scale import scaled


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def cache(seconds: Seconds) -> StatusCache:
    return StatusCache(seconds, epoch="e")


def read(cache: StatusCache, mailbox: Mailbox, reader: StreamReader, sight: Sight = SEES_EVERYTHING) -> str:
    return reader.take(Frames(cache).next_frame(mailbox, sight, at=0))


def what_is(cache: StatusCache, sight: Sight = SEES_EVERYTHING) -> dict:
    reader = StreamReader()
    reader.take(encode(cache.snapshot(), sight, cache.epoch, 0))
    return reader.state()


def test_a_snapshot_comes_first_and_a_diff_names_only_what_changed(cache: StatusCache) -> None:
    cache.apply(an_event(a_change(a_peer(1), a_peer(2)), system=a_system()))
    mailbox, frames = Mailbox(cache), Frames(cache)
    assert json.loads(frames.next_frame(mailbox, SEES_EVERYTHING, 0))["type"] == "snapshot"

    cache.apply(an_event(a_change(a_peer(2, rx_bytes=5), clock=2000), sequence=2))

    diff = json.loads(frames.next_frame(mailbox, SEES_EVERYTHING, 0))
    assert diff == {
        "type": "diff",
        "epoch": "e",
        "sequence": 2,
        "since": 1,
        "interfaces": [{"node": "local", "name": "wg0", "clock": 2000, "previous_clock": 1000}],
        "peers": [[1, 5, 0]],
        "at": 0,
    }


def test_a_sample_in_which_nothing_changed_makes_no_diff(cache: StatusCache) -> None:
    cache.apply(an_event(a_change(a_peer(1)), system=a_system()))
    sequence = cache.sequence
    cache.apply(an_event(sequence=2, system=a_system()))
    assert cache.sequence == sequence
    assert cache.nodes["local"].status.sampled_at == 1_790_000_002


def test_an_event_after_a_missing_one_is_refused_until_a_full_one_comes(cache: StatusCache) -> None:
    cache.apply(an_event(a_change(a_peer(1))))
    assert not cache.apply(an_event(a_change(a_peer(1, rx_bytes=9)), sequence=3))
    assert not cache.apply(an_event(a_change(a_peer(1, rx_bytes=9)), sequence=2, run="another"))
    assert cache.apply(an_event(a_change(a_peer(1, rx_bytes=9), clock=2000), sequence=9, full=True, run="another"))
    assert what_is(cache)["peers"][("local", "wg0", key(1))]["rx_bytes"] == 9


def test_a_full_event_drops_what_it_does_not_name(cache: StatusCache) -> None:
    cache.apply(an_event(a_change(a_peer(1), a_peer(2)), a_change(name="wg1")))
    cache.apply(an_event(a_change(a_peer(2), clock=2000), sequence=5, full=True))
    assert list(what_is(cache)["peers"]) == [("local", "wg0", key(2))]
    assert list(what_is(cache)["interfaces"]) == [("local", "wg0")]


def test_a_counter_that_restarts_gives_no_negative_and_no_absurd_rate(cache: StatusCache) -> None:
    cache.apply(an_event(a_change(a_peer(1, rx_bytes=10**12, tx_bytes=10**12))))
    cache.apply(an_event(a_change(a_peer(1, rx_bytes=10, tx_bytes=10), clock=2000), sequence=2))
    assert cache.nodes["local"].interfaces["wg0"].rates == {0: (0.0, 0.0)}


def test_a_rate_is_the_difference_over_the_agents_own_clock(cache: StatusCache) -> None:
    cache.apply(an_event(a_change(a_peer(1, rx_bytes=100), clock=1000)))
    late = InterfaceChange(an_interface(), 3000, 1000, (a_peer(1, rx_bytes=1100),))
    cache.apply(an_event(late, sequence=2))
    assert cache.nodes["local"].interfaces["wg0"].rates == {0: (500.0, 0.0)}


def test_a_burst_after_a_quiet_hour_has_the_rate_of_its_own_second(cache: StatusCache) -> None:
    cache.apply(an_event(a_change(a_peer(1), clock=1000)))
    mailbox, reader = Mailbox(cache), StreamReader()
    read(cache, mailbox, reader)
    burst = a_change(a_peer(1, rx_bytes=1_000_000), clock=3_600_000)
    cache.apply(an_event(burst, sequence=2))
    assert cache.nodes["local"].interfaces["wg0"].rates == {0: (1_000_000.0, 0.0)}
    read(cache, mailbox, reader)
    assert reader.rates == {0: (1_000_000.0, 0.0)}


def test_a_frame_tells_the_time_at_which_it_was_asked_for(cache: StatusCache) -> None:
    cache.apply(an_event(a_change(a_peer(1))))
    frames = Frames(cache)
    first, second = (json.loads(frames.next_frame(Mailbox(cache), SEES_EVERYTHING, at)) for at in (100, 5000))
    assert (first["at"], second["at"]) == (100, 5000)


def test_a_rate_falls_to_zero_with_the_last_clock_of_a_quiet_interface(cache: StatusCache) -> None:
    cache.apply(an_event(a_change(a_peer(1, rx_bytes=100), clock=1000)))
    cache.apply(an_event(a_change(a_peer(1, rx_bytes=1100), clock=2000), sequence=2))
    cache.apply(an_event(a_change(clock=3000), sequence=3))
    assert cache.nodes["local"].interfaces["wg0"].rates == {}


def test_R20_a_silent_node_is_offline_after_three_paces_and_keeps_the_time_of_its_evidence(
    cache: StatusCache, seconds: Seconds
) -> None:
    cache.apply(an_event(a_change(a_peer(1))))
    seconds.now += 3.9
    cache.expire()
    assert cache.nodes["local"].status.online
    seconds.now += 0.2
    cache.expire()
    assert not cache.nodes["local"].status.online
    assert cache.nodes["local"].status.sampled_at == 1_790_000_001
    cache.apply(an_event(sequence=2))
    assert cache.nodes["local"].status.online


def test_a_reader_who_fell_too_far_back_gets_a_snapshot(cache: StatusCache) -> None:
    cache.apply(an_event(a_change(a_peer(1))))
    mailbox, reader = Mailbox(cache), StreamReader()
    read(cache, mailbox, reader)
    for sequence in range(2, REMEMBERED_DIFFS + 3):
        cache.apply(an_event(a_change(a_peer(1, rx_bytes=sequence), clock=1000 * sequence), sequence=sequence))
    assert read(cache, mailbox, reader) == "snapshot"
    assert reader.state() == what_is(cache)


def test_a_reader_resumes_within_an_epoch_and_starts_over_in_another(cache: StatusCache) -> None:
    cache.apply(an_event(a_change(a_peer(1))))
    cache.apply(an_event(a_change(a_peer(1, rx_bytes=2), clock=2000), sequence=2))
    assert Mailbox(cache, "e", 1).take().since == 1
    assert Mailbox(cache, "another", 1).take().since == -1
    assert Mailbox(cache, "e", 99).take().since == -1


def test_equal_readers_share_one_encoded_frame(cache: StatusCache) -> None:
    cache.apply(an_event(a_change(a_peer(1))))
    frames = Frames(cache)
    first, second, third = Mailbox(cache), Mailbox(cache), Mailbox(cache)
    assert frames.next_frame(first, SEES_EVERYTHING, 0) is frames.next_frame(second, SEES_EVERYTHING, 0)
    assert frames.next_frame(third, Sight(nodes=frozenset({"local"})), 0) is not None
    assert first.position == second.position == third.position == cache.sequence


def test_S28_a_frame_carries_nothing_of_what_its_reader_may_not_see(cache: StatusCache) -> None:
    sight = Sight(interfaces=frozenset({("local", "wg1")}))
    frames, mailbox = Frames(cache), Mailbox(cache)
    cache.apply(an_event(a_change(a_peer(1)), a_change(a_peer(2), name="wg1")))
    cache.apply(an_event(node="berlin"))
    assert key(1) not in (text := frames.next_frame(mailbox, sight, 0))
    assert key(2) in text
    assert "berlin" not in text
    cache.apply(an_event(a_change(a_peer(1, rx_bytes=4242), a_peer(3), clock=2000), sequence=2))
    text = frames.next_frame(mailbox, sight, 0)
    assert "4242" not in text
    assert key(3) not in text


peers = st.builds(
    a_peer,
    st.integers(1, 6),
    rx_bytes=st.integers(0, 3),
    latest_handshake=st.integers(0, 2),
    endpoint=st.sampled_from([None, "192.0.2.1:1", "[2001:db8::1]:2"]),
)


class Agent:
    """The wanted outcome: what the agent saw last, told by full and partial events."""

    def __init__(self, node: str) -> None:
        self.node, self.run, self.sequence, self.clock = node, "r0", 0, 0
        self.seen: dict[str, dict[str, object]] = {}
        self.full_due = True

    def event(self, sample: dict[str, dict[str, object]]):
        self.sequence += 1
        self.clock += 1000
        changes = []
        for name, peers_now in sample.items():
            before = {} if self.full_due else self.seen.get(name, {})
            changed = [peer for k, peer in peers_now.items() if before.get(k) != peer]
            gone = tuple(before.keys() - peers_now.keys())
            changes.append(a_change(*changed, name=name, clock=self.clock, removed=gone))
        removed = tuple(self.seen.keys() - sample.keys())
        event = an_event(
            *changes, node=self.node, run=self.run, sequence=self.sequence, full=self.full_due, removed=removed
        )
        self.seen, self.full_due = sample, False
        return event

    def restart(self) -> None:
        self.run, self.sequence, self.clock, self.seen, self.full_due = self.run + "x", 0, 0, {}, True


class EveryReaderEndsWhereTheCacheIs(RuleBasedStateMachine):
    """Any interleaving of samples, lost and merged events, slow readers, resubscriptions and restarts."""

    readers = Bundle("readers")

    @initialize()
    def start(self) -> None:
        self.seconds = Seconds()
        self.cache = StatusCache(self.seconds, epoch="e")
        self.frames = Frames(self.cache)
        self.agents = {node: Agent(node) for node in ("local", "berlin")}
        self.waiting = {}

    samples = st.dictionaries(
        st.sampled_from(["wg0", "wg1"]),
        st.lists(peers, max_size=5).map(lambda found: {peer.public_key: peer for peer in found}),
    )

    @rule(node=st.sampled_from(["local", "berlin"]), sample=samples)
    def sample(self, node: str, sample: dict) -> None:
        event = self.agents[node].event(sample)
        older = self.waiting.pop(node, None)
        event = older.then(event) if older else event
        if not self.cache.apply(event):
            self.agents[node].full_due = True

    @rule(node=st.sampled_from(["local", "berlin"]), sample=samples)
    def sample_while_the_cache_is_busy(self, node: str, sample: dict) -> None:
        event = self.agents[node].event(sample)
        older = self.waiting.get(node)
        self.waiting[node] = older.then(event) if older else event

    @rule(node=st.sampled_from(["local", "berlin"]), sample=samples)
    def an_event_is_lost(self, node: str, sample: dict) -> None:
        self.agents[node].event(sample)

    @rule(node=st.sampled_from(["local", "berlin"]))
    def the_agent_restarts(self, node: str) -> None:
        self.agents[node].restart()

    @rule(passed=st.sampled_from([0.5, 10.0]))
    def time_passes(self, passed: float) -> None:
        self.seconds.now += passed
        self.cache.expire()

    @rule(target=readers)
    def a_reader_comes(self) -> tuple[Mailbox, StreamReader]:
        return Mailbox(self.cache), StreamReader()

    @rule(reader=readers)
    def a_reader_takes(self, reader: tuple[Mailbox, StreamReader]) -> None:
        mailbox, stream = reader
        if mailbox.position == self.cache.sequence:
            return
        stream.take(self.frames.next_frame(mailbox, SEES_EVERYTHING, 0))
        assert stream.state() == what_is(self.cache)
        assert all(rate >= 0 for both in stream.rates.values() for rate in both)

    @rule(target=readers, reader=readers)
    def a_reader_reconnects_and_resumes(self, reader: tuple[Mailbox, StreamReader]) -> tuple[Mailbox, StreamReader]:
        stream = deepcopy(reader[1])
        return Mailbox(self.cache, stream.epoch, stream.sequence), stream

    @invariant()
    def the_cache_is_what_the_agents_saw(self) -> None:
        for name, node in getattr(self, "cache", StatusCache(Seconds())).nodes.items():
            agent = self.agents[name]
            if node.run == agent.run and node.sequence == agent.sequence and name not in self.waiting:
                seen = {i: {k: p.status for k, p in x.peers.items()} for i, x in node.interfaces.items()}
                assert seen == agent.seen


EveryReaderEndsWhereTheCacheIs.TestCase.settings = settings(
    max_examples=scaled(60, 3000), stateful_step_count=40, deadline=None
)
TestEveryReaderEndsWhereTheCacheIs = EveryReaderEndsWhereTheCacheIs.TestCase


@given(st.lists(st.lists(peers, max_size=6), min_size=2, max_size=12))
@settings(max_examples=scaled(60, 3000), deadline=None)
def test_merged_diffs_do_what_the_single_ones_do(samples: list[list]) -> None:
    cache, agent = StatusCache(Seconds(), epoch="e"), Agent("local")
    one_by_one, all_at_once = StreamReader(), StreamReader()
    step, leap = Mailbox(cache), Mailbox(cache)
    for number, found in enumerate(samples):
        cache.apply(agent.event({"wg0": {peer.public_key: peer for peer in found}}))
        read(cache, step, one_by_one)
        if number == 0:
            read(cache, leap, all_at_once)
    read(cache, leap, all_at_once)
    assert one_by_one.state() == all_at_once.state() == what_is(cache)


def test_a_reader_notices_a_lost_frame(cache: StatusCache) -> None:
    cache.apply(an_event(a_change(a_peer(1))))
    mailbox, reader = Mailbox(cache), StreamReader()
    read(cache, mailbox, reader)
    for sequence in (2, 3):
        cache.apply(an_event(a_change(a_peer(1, rx_bytes=sequence), clock=1000 * sequence), sequence=sequence))
        frame = Frames(cache).next_frame(mailbox, SEES_EVERYTHING, 0)
    with pytest.raises(Gap):
        reader.take(frame)


def test_an_interface_that_cannot_be_read_says_so_and_keeps_its_last_peers(cache: StatusCache) -> None:
    cache.apply(an_event(a_change(a_peer(1))))
    broken = InterfaceChange(an_interface(error="wg0 did not answer"), 2000, 1000)
    cache.apply(an_event(broken, sequence=2))
    state = what_is(cache)
    assert state["interfaces"][("local", "wg0")]["error"] == "wg0 did not answer"
    assert list(state["peers"]) == [("local", "wg0", key(1))]
