"""Whatever is done around it, a tunnel that nobody touches loses nothing (R5)."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.lab import Lab
from lab.ping import Pings
from lab.wireguard import new_key
from tests.scale import scaled
from tests.system.product import Product, wait_until

pytestmark = pytest.mark.wireguard

PEERS = 200
RESTARTS = scaled(4, 20)


@pytest.fixture
def managed() -> Iterator[Lab]:
    with Lab("scon", peers=1, listen_port=51871, tunnel="10.71", networks="10.91") as lab:
        yield lab


@pytest.fixture
def control() -> Iterator[Lab]:
    """A tunnel beside it that Sentra does not manage: what it loses, the machine lost."""
    with Lab("sctl", peers=1, listen_port=51872, tunnel="10.72", networks="10.92") as lab:
        yield lab


def test_R5_a_tunnel_loses_nothing_while_others_change_and_sentra_restarts_and_adopts(
    tmp_path: Path, managed: Lab, control: Lab, capsys: pytest.CaptureFixture[str]
):
    key = managed.peers[0].interface.public_key
    with Product(tmp_path / "state", managed.interface.name) as product:
        streams = [Pings(lab.peers[0].namespace.name, lab.address) for lab in (managed, control)]
        for lab in (managed, control):
            lab.talk(lab.peers[0], up_bytes=1000, down_bytes=0)
            wait_until(lambda lab=lab: lab.interface.dump()[1][4] != "0", 20)
        with streams[0], streams[1]:
            interface = adopt(product, managed)
            churn(product, interface["id"])
            for number in range(RESTARTS):
                product.restart(signal.SIGKILL if number % 2 else signal.SIGTERM)
                wait_until(lambda: product.api.get("interfaces", interface["id"])["applied"])
        assert [peer[0] for peer in managed.interface.dump()[1:]] == [key]
    lost, lost_beside = (stream.result for stream in streams)
    with capsys.disabled():
        print(f"\nR5: {lost} beside {lost_beside}, {PEERS} peers changed, {RESTARTS} restarts")  # noqa: T201
    assert lost.sent > 100  # 10 ms apart: the stream ran while all of this happened
    assert lost.lost <= lost_beside.lost


def adopt(product: Product, lab: Lab) -> dict[str, Any]:
    body = {"node": "local", "name": lab.interface.name, "unmanaged": "adopt"}
    result = product.api.post("interfaces", "adopt", body=body)
    assert result["applied"]
    return dict(result["interface"])


def churn(product: Product, interface_id: str) -> None:
    """Create, edit, disable and delete other peers: some alone, most together."""
    api = product.api
    peers = [{"name": f"other {number}", "public_key": new_key()[1]} for number in range(PEERS)]
    made = [api.post("interfaces", interface_id, "peers", body=peer)["peer"] for peer in peers[:50]]
    made += api.post("interfaces", interface_id, "peers", "batch", body={"peers": peers[50:]})["peers"]
    for peer in made:
        assert api.patch("peers", peer["id"], body={"persistent_keepalive": 25})["applied"]
    ids = [peer["id"] for peer in made]
    api.patch("interfaces", interface_id, "peers", body={"ids": ids, "change": {"enabled": False}})
    api.patch("interfaces", interface_id, "peers", body={"ids": ids[:100], "change": {"enabled": True}})
    for peer_id in ids[:50]:
        api.delete("peers", peer_id)
    api.post("interfaces", interface_id, "peers", "delete", body={"ids": ids[50:]})
