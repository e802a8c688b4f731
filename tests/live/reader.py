"""A reader of the status stream that follows docs/stream.md to the letter, for tests."""

import json
from typing import Any


class Gap(Exception):
    """Frames were lost: the reader must connect anew."""


class StreamReader:
    """Holds what a page would hold."""

    def __init__(self) -> None:
        self.epoch: str | None = None
        self.sequence: int | None = None
        self.nodes: dict[str, dict[str, Any]] = {}
        self.interfaces: dict[tuple[str, str], dict[str, Any]] = {}
        self.peers: dict[int, dict[str, Any]] = {}
        self.rates: dict[int, tuple[float, float]] = {}

    def take(self, text: str) -> str:
        """Apply one frame and give its type."""
        frame = json.loads(text)
        if frame["type"] == "snapshot":
            self._start_over(frame)
        elif frame["type"] == "diff":
            self._change(frame)
        return str(frame["type"])

    def state(self) -> dict[str, Any]:
        """What the reader knows, in a form to compare: peers by owner and key; without times of samples, which alone
        make no frame."""
        return {
            "nodes": {name: {k: v for k, v in node.items() if k != "sampled_at"} for name, node in self.nodes.items()},
            "interfaces": {
                name: {k: v for k, v in interface.items() if k != "previous_clock"}
                for name, interface in self.interfaces.items()
            },
            "peers": {
                (peer["node"], peer["interface"], peer["public_key"]): {k: v for k, v in peer.items() if k != "id"}
                for peer in self.peers.values()
            },
        }

    def _start_over(self, frame: dict[str, Any]) -> None:
        self.epoch, self.sequence = frame["epoch"], frame["sequence"]
        self.nodes = {node["node"]: node for node in frame["nodes"]}
        self.interfaces = {(i["node"], i["name"]): i for i in frame["interfaces"]}
        self.peers = {peer["id"]: peer for peer in frame["peers"]}
        self.rates = {}

    def _change(self, frame: dict[str, Any]) -> None:
        if frame["epoch"] != self.epoch or frame["since"] != self.sequence:
            raise Gap(f"{frame['since']} after {self.sequence}")
        self.sequence = frame["sequence"]
        for number in frame.get("removed", []):
            self.peers.pop(number, None)
            self.rates.pop(number, None)
        for node, name in frame.get("removed_interfaces", []):
            self.interfaces.pop((node, name), None)
        for node in frame.get("removed_nodes", []):
            self.nodes.pop(node, None)
        for node in frame.get("nodes", []):
            self.nodes[node["node"]] = {**self.nodes.get(node["node"], {}), **node}
        seconds: dict[tuple[str, str], float] = {}
        for interface in frame.get("interfaces", []):
            name = (interface["node"], interface["name"])
            before = self.interfaces.get(name, {})
            seconds[name] = (interface["clock"] - interface["previous_clock"]) / 1000
            self.interfaces[name] = {**before, **interface}
        for number, peer in self.peers.items():
            if (peer["node"], peer["interface"]) in seconds:
                self.rates[number] = (0.0, 0.0)
        for peer in frame.get("added", []):
            self.peers[peer["id"]] = peer
        for number, rx_bytes, tx_bytes, *rest in frame.get("peers", []):
            peer = self.peers[number]
            elapsed = seconds[(peer["node"], peer["interface"])]
            if elapsed > 0:
                self.rates[number] = (
                    max(0, rx_bytes - peer["rx_bytes"]) / elapsed,
                    max(0, tx_bytes - peer["tx_bytes"]) / elapsed,
                )
            self.peers[number] = {**peer, "rx_bytes": rx_bytes, "tx_bytes": tx_bytes, **(rest[0] if rest else {})}
