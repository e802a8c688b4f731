"""R33: whatever people decide, do by hand and break, in whatever order: what runs is what the drift mode says."""

import asyncio
import logging
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from msgspec.structs import replace

from sentra.core.interfaces import WantedInterface
from sentra.core.peers import PeerSpec
from tests.agent.node import Node, a_spec, a_wanted, address, with_device, with_peers
from tests.live.world import key
from tests.scale import scaled

NUMBERS = range(1, 6)
STRANGER = 9
numbers = st.sampled_from(NUMBERS)
keepalives = st.integers(0, 2)
ABSENT = -1

Decided = dict[int, PeerSpec]


class People(RuleBasedStateMachine):
    """A node, what people decided, and what they did by hand since and is to stay."""

    def __init__(self) -> None:
        super().__init__()
        logging.disable(logging.WARNING)
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.node = Node(Path(self.folder.name) / "agent")
        self.by_hand: dict[int, int] = {}
        """Peers as somebody left them by hand: their keepalive, or ABSENT."""
        self.written: Decided = {}
        """What was decided when it was written last: who decides something else, decides anew."""
        self.stranger, self.fresh = False, True
        self.mode, self.awake = "warn", True
        self.sessions: dict[str, int] = {}

    def teardown(self) -> None:
        self.runner.run(self.node.stop())
        self.runner.close()
        self.folder.cleanup()
        logging.disable(logging.NOTSET)

    @initialize(count=st.integers(1, 5))
    def begin(self, count: int) -> None:
        self.runner.run(self.node.start())
        self._decide(a_wanted(*(a_spec(number) for number in range(1, count + 1))))

    # What people decide

    @rule(number=numbers, keepalive=keepalives)
    def put_peer(self, number: int, keepalive: int) -> None:
        self._decide(self._with(number, keepalive))

    @rule(number=numbers)
    def delete_peer(self, number: int) -> None:
        left = [peer for each, peer in self._decided.items() if each != number]
        if number in self._decided:
            self._decide(with_peers(self.node.wanted, *left, owned=self.node.wanted.owned | {key(number)}))

    @rule(first=numbers, second=numbers)
    def swap_addresses(self, first: int, second: int) -> None:
        peers = self._decided
        if first in peers and second in peers:
            one, other = peers[first].allowed_ips, peers[second].allowed_ips
            peers[second] = replace(peers[second], allowed_ips=one)
            peers[first] = replace(peers[first], allowed_ips=other)
            self._decide(with_peers(self.node.wanted, *peers.values()))

    @rule(port=st.integers(51820, 51822))
    def change_port(self, port: int) -> None:
        self._decide(with_device(self.node.wanted, listen_port=port))

    @precondition(lambda self: self.awake and self.mode != "observe")
    @rule()
    def stop_and_start(self) -> None:
        self.runner.run(self.node.change(replace(self.node.wanted, started=False)))
        assert "wg0" not in self.node.kernel.interfaces
        self._begin_anew()
        self._decide(replace(self.node.wanted, started=True))

    @rule(mode=st.sampled_from(("warn", "enforce", "observe")))
    def change_mode(self, mode: str) -> None:
        self.mode = mode
        self._decide(replace(self.node.wanted, drift_mode=mode))

    @precondition(lambda self: self.awake and self.mode != "observe")
    @rule()
    def restore(self) -> None:
        self.by_hand = {number: left for number, left in self.by_hand.items() if self._is_unmanaged(number)}
        self.runner.run(self.node.tell(restore=True))
        self._settle()

    # What happens otherwise

    @precondition(lambda self: "wg0" in self.node.kernel.interfaces)
    @rule(number=numbers, keepalive=keepalives)
    def put_by_hand(self, number: int, keepalive: int) -> None:
        wg0 = self.node.wg0
        running = wg0.peers.get(key(number), a_spec(number, allowed_ips=()))
        self.node.kernel.put(wg0, replace(running, persistent_keepalive=keepalive))
        self.sessions[key(number)] = wg0.sessions[key(number)]
        self.by_hand[number] = keepalive
        self._settle()

    @precondition(lambda self: "wg0" in self.node.kernel.interfaces)
    @rule(number=numbers)
    def remove_by_hand(self, number: int) -> None:
        self.node.kernel.remove(self.node.wg0, key(number))
        self.sessions.pop(key(number), None)
        self.by_hand[number] = ABSENT
        self._settle()

    @precondition(lambda self: "wg0" in self.node.kernel.interfaces)
    @rule()
    def a_stranger_comes(self) -> None:
        self.node.kernel.put(self.node.wg0, a_spec(STRANGER))
        self.stranger = True
        self._settle()

    @precondition(lambda self: "wg0" in self.node.kernel.interfaces)
    @rule()
    def the_link_vanishes(self) -> None:
        del self.node.kernel.interfaces["wg0"]
        self._begin_anew()
        if self.awake:
            self.node.links._tell("wg0")
        self._settle()

    @precondition(lambda self: self.awake)
    @rule()
    def the_agent_ends(self) -> None:
        self.runner.run(self.node.stop())
        self.awake = False

    @precondition(lambda self: not self.awake)
    @rule()
    def the_agent_starts(self) -> None:
        self.awake = True
        self.runner.run(self.node.start())
        self.runner.run(self.node.settle())
        self._settle()

    @precondition(lambda self: self.awake and self.mode != "observe")
    @rule(number=numbers, keepalive=keepalives, step=st.integers(1, 6))
    def the_agent_is_killed_over_a_change(self, number: int, keepalive: int, step: int) -> None:
        self.node.machine.steps.clear()
        self.node.machine.killed_at = step
        self.node.decide(self._with(number, keepalive))
        self.runner.run(self.node.tell_and_wait("i0"))
        self.runner.run(self.node.stop())
        self.the_agent_starts()

    # What has to be so

    @property
    def _decided(self) -> Decided:
        peers = self.node.wanted.spec.device.peers
        return {number: peers[key(number)] for number in NUMBERS if key(number) in peers}

    def _with(self, number: int, keepalive: int) -> WantedInterface:
        peers = self._decided
        taken = {prefix for peer in peers.values() for prefix in peer.allowed_ips}
        free = next((address(each) for each in NUMBERS if address(each) not in taken), "")
        peer = peers.get(number, a_spec(number, allowed_ips=(free,)))
        peers[number] = replace(peer, persistent_keepalive=keepalive)
        return with_peers(self.node.wanted, *peers.values(), owned=self.node.wanted.owned - {key(number)})

    def _is_unmanaged(self, number: int) -> bool:
        return number not in self._decided and key(number) not in self.node.wanted.owned

    def _begin_anew(self) -> None:
        self.by_hand, self.sessions, self.stranger, self.fresh = {}, {}, False, True

    def _decide(self, wanted: WantedInterface) -> None:
        self.node.decide(wanted)
        if self.awake:
            before = self.node.kernel.sent
            self.runner.run(self.node.tell())
            assert self.mode != "observe" or self.node.kernel.sent == before
        self._settle()

    def _settle(self) -> None:
        """Let the agent look once more: in the end, what runs is what was decided or left so by hand."""
        if not self.awake:
            return
        before = self.node.kernel.sent
        self.runner.run(self.node.look())
        if self.mode == "observe":
            assert self.node.kernel.sent == before
            self._note_what_matches()
            return
        for number in NUMBERS:
            decided = self._decided.get(number)
            if not self._is_unmanaged(number) and (
                decided is None or self.fresh or self.mode == "enforce" or decided != self.written.get(number)
            ):
                self.by_hand.pop(number, None)
        self.written, self.fresh = self._decided, False
        self._check()

    def _note_what_matches(self) -> None:
        running = self.node.kernel.interfaces.get("wg0")
        if running is not None and not self.fresh:
            self.written.update(
                (number, peer) for number, peer in self._decided.items() if peer == running.peers.get(key(number))
            )

    def _check(self) -> None:
        assert (self.node.report.applied, self.node.report.error) == (True, None)
        running = self.node.wg0
        assert running.listen_port == self.node.wanted.spec.device.listen_port
        for number in NUMBERS:
            now = running.peers.get(key(number))
            if number in self.by_hand:
                assert (now.persistent_keepalive if now else ABSENT) == self.by_hand[number]
            else:
                assert now == self._decided.get(number)
        assert (key(STRANGER) in running.peers) == self.stranger
        for public_key, session in self.sessions.items():
            assert running.sessions.get(public_key, session) == session, "a peer was taken off and put on again"
        drifting = {drift.key for drift in self.node.report.drift}
        assert drifting == {key(each) for each in self.by_hand if self._differs(each)}
        self.sessions = dict(running.sessions)

    def _differs(self, number: int) -> bool:
        decided = self._decided.get(number)
        return decided is not None and decided != self.node.wg0.peers.get(key(number))


class TestR33(People.TestCase):
    """`test_R33`: Hypothesis runs it as a unit test, whose method has no other name."""

    settings = settings(max_examples=scaled(25, 2000), stateful_step_count=scaled(30, 60), deadline=None)
