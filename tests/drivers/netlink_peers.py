"""Hypothesis strategies for peers as the kernel may report them."""

from base64 import b64encode
from ipaddress import ip_address, ip_network
from socket import AF_INET6, inet_ntop

from hypothesis import strategies as st

from sentra.core.status import PeerStatus
from tests.drivers.netlink_bytes import PRESHARED_KEY

u64 = st.integers(0, 2**64 - 1)
u16 = st.integers(0, 2**16 - 1)
keys = st.binary(min_size=32, max_size=32).filter(lambda key: key != PRESHARED_KEY).map(lambda k: b64encode(k).decode())


def _endpoint(address: bytes, port: int) -> str:
    host = ip_address(address)
    return f"{host}:{port}" if host.version == 4 else f"[{_as_in_c(host)}]:{port}"


def _as_in_c(host) -> str:
    """inet_ntop writes the last four bytes of mapped and compatible addresses as IPv4; so must the expectation."""
    return inet_ntop(AF_INET6, host.packed)


addresses = st.one_of(st.binary(min_size=4, max_size=4), st.binary(min_size=16, max_size=16))
endpoints = st.none() | st.builds(_endpoint, addresses, st.integers(0, 65535))


@st.composite
def prefixes(draw) -> str:
    host = ip_address(draw(addresses))
    network = ip_network((host, draw(st.integers(0, host.max_prefixlen))), strict=False)
    text = str(network.network_address) if host.version == 4 else _as_in_c(network.network_address)
    return f"{text}/{network.prefixlen}"


peers = st.builds(
    PeerStatus,
    public_key=keys,
    endpoint=endpoints,
    allowed_ips=st.lists(prefixes(), max_size=4).map(tuple),
    latest_handshake=st.integers(0, 2**63 - 1),
    rx_bytes=u64,
    tx_bytes=u64,
    persistent_keepalive=u16,
    has_preshared_key=st.booleans(),
)
devices = st.lists(peers, max_size=7, unique_by=lambda peer: peer.public_key)
