"""wg-quick files as Hypothesis makes them, the hostile ones too; and those that other programs write."""

from pathlib import Path

from hypothesis import strategies as st

from sentra.core.addresses import prefix_text, sort_prefixes
from sentra.core.keys import key_text
from sentra.core.peers import PeerSpec
from sentra.core.secrets import Secret
from sentra.core.wgconf.configuration import Configuration, FileInterface, FilePeer
from tests.core.prefixes import prefixes

FILES = {
    path.name: path.read_bytes().decode() for path in sorted((Path(__file__).parent / "wg_quick_files").glob("*.conf"))
}

HOSTILE = (
    *("\n", "\r", "\r\n", "\x00", "\u2028", "\u2029", "\x0b", "\x0c", "\x85", "\x1c", "\ufeff", "\u202e", "\ud800"),
    *("[Interface]", "[Peer]", "\n[Interface]\n", "\nPostUp=touch /tmp/x\n", "PostUp = ", "PreDown=", "Table = off"),
    *(
        "#",
        "# ",
        "# Name = ",
        "=",
        ",",
        ";",
        " ",
        "\t",
        '"',
        "'",
        "\\",
        "$(id)",
        "`id`",
        "%i",
        "### end x ###",
        "-WGP-",
    ),
    *("PrivateKey = ", "AllowedIPs = 0.0.0.0/0", "é", "電", "👨‍👩‍👧", "a", "9.9.9.9", "A" * 43 + "="),
)
hostile_texts = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=3), max_size=8).map("".join) | st.text(max_size=90)

secrets = st.binary(min_size=32, max_size=32).filter(any).map(Secret)
public_keys = st.binary(min_size=31, max_size=31).map(lambda raw: key_text(raw[:15] + b"\x07" + raw[15:]))
numbers = st.integers(0, 65535)
endpoints = st.sampled_from(["192.0.2.1:51820", "[2001:db8::1]:1", "vpn.example.org:65535"])
addresses = st.integers(1, 65534).map(lambda host: prefix_text(4, 10 << 24 | host, 8)) | st.integers(1, 99).map(
    lambda host: prefix_text(6, 0xFD << 120 | host, 64)
)
dns = st.lists(st.sampled_from(["9.9.9.9", "2620:fe::fe", "home.arpa", "lan"]), max_size=3, unique=True).map(tuple)
prefix_lists = st.lists(prefixes() | st.sampled_from(["0.0.0.0/0", "::/0"]), max_size=4).map(sort_prefixes)

interfaces = st.builds(
    FileInterface,
    name=hostile_texts,
    private_key=st.none() | secrets,
    addresses=st.lists(addresses, max_size=3, unique=True).map(tuple),
    dns=dns,
    listen_port=numbers,
    fwmark=st.integers(0, 0xFFFFFFFF),
    mtu=st.just(0) | st.integers(1280, 65535),
    table=st.sampled_from(["auto", "off", "1", "4294967295"]),
)
specs = st.builds(
    PeerSpec,
    public_key=public_keys,
    allowed_ips=prefix_lists,
    preshared_key=st.none() | secrets,
    persistent_keepalive=numbers,
    endpoint=st.none() | endpoints,
)
peers = st.builds(FilePeer, spec=specs, name=hostile_texts)
configurations = st.builds(
    Configuration,
    interface=interfaces,
    peers=st.lists(peers, max_size=4, unique_by=lambda peer: peer.spec.public_key).map(tuple),
)
