"""Values at and beyond their limits, and what is to be said of each: what it becomes, or the code of the refusal."""

from base64 import b64encode
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from sentra.core import addresses, endpoints, keys, link_settings, names


class Refused(NamedTuple):
    code: str


Row = tuple[Callable[[Any], Any], Any, Any]


def same(check: Callable[[Any], Any], *values: Any) -> list[Row]:
    """Values that are right as they are."""
    return [(check, value, value) for value in values]


def refused(check: Callable[[Any], Any], code: str, *values: Any) -> list[Row]:
    return [(check, value, Refused(code)) for value in values]


def base64(number: int) -> str:
    return b64encode(number.to_bytes(32, "little")).decode()


PRIME = 2**255 - 19
ORDER_8 = (
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
)
OWN_KEY = base64(9)
A_KEY = base64(0x0DDBA11 << 100)

interface_name = names.checked_interface_name
INTERFACE_NAMES = [
    *same(interface_name, "wg0", "a", "a" * 15, "wg_0", "wg=0", "wg+0", "wg.0", "wg-0", "0", "WG0", "...", "all0"),
    *refused(interface_name, "empty", ""),
    *refused(interface_name, "too-long", "a" * 16, "ü" * 8, "wg0" + " " * 13),
    *refused(interface_name, "characters", "wg/0", "wg 0", "wg:0", "wg0\n", "\twg0", "wg\x000", "wg%d", "-wg0", "wgü"),
    *refused(interface_name, "characters", "wg$0", "wg;0", "wg`0`", "../wg0", "wg\u202e0", "wg０", "wg\ud800"),
    *refused(interface_name, "reserved", ".", "..", "all", "default"),
]

prefix = addresses.canonical_prefix
default_too = partial(prefix, default_route=True)
PREFIXES = [
    *same(prefix, "10.8.0.0/24", "10.8.0.2/32", "0.0.0.0/1", "128.0.0.0/1", "0.0.0.0/8", "224.0.0.0/3", "fd00::/64"),
    *same(prefix, "::/1", "8000::/1", "fd00::2/128", "fe80::/10", "255.255.255.254/32", "240.0.0.0/4"),
    *same(default_too, "0.0.0.0/0", "::/0"),
    (prefix, "10.8.0.2", "10.8.0.2/32"),
    (prefix, "FD00:0:0:0::/64", "fd00::/64"),
    (prefix, "fd00::0A", "fd00::a/128"),
    (prefix, "2001:db8:0000:0000:0000:0000:192.168.100.200/128", "2001:db8::c0a8:64c8/128"),
    *refused(prefix, "default-route", "0.0.0.0/0", "::/0"),
    *refused(prefix, "host-bits", "10.8.0.1/24", "10.8.0.0/12", "fd00::1/64", "0.0.0.1/0", "::1/0", "10.8.0.3/31"),
    *refused(prefix, "prefix-length", "10.8.0.0/33", "fd00::/129", "10.8.0.0/", "10.8.0.0/-1", "10.8.0.0/+24"),
    *refused(prefix, "prefix-length", "10.8.0.0/024", "10.8.0.0/24/24", "10.8.0.0/255.255.255.0", "10.8.0.0/ 24"),
    *refused(prefix, "prefix-length", "10.8.0.0/٢٤", "10.8.0.0/24\n"),
    *refused(prefix, "not-an-address", "", "/24", "10.8.0/24", "10.8.0.256/32", "010.8.0.0/24", "10.08.0.0/24"),
    *refused(
        prefix, "not-an-address", "0x0a.8.0.0/24", "168296448/24", "10.8.0.0.0/24", "10.8.0.0 /24", " 10.8.0.0/24"
    ),
    *refused(
        prefix, "not-an-address", "10.8.0.-1", "١٠.8.0.0/24", "fd00:::/64", "fd00::g/128", "1:2:3:4:5:6:7/112", "wg0"
    ),
    *refused(prefix, "not-an-address", "[fd00::1]/128", "fd00::00001", "1:2:3:4:5:6:7:8:9", "fd00::1::2", "10.8.0.0,"),
    *refused(prefix, "v4-mapped", "::ffff:10.8.0.1/128", "::ffff:0:0/96", "::FFFF:a08:1"),
    *refused(prefix, "zone-id", "fe80::1%eth0/128", "fe80::1%25", "%"),
    *refused(prefix, "multicast", "224.0.0.0/4", "224.0.0.1/32", "239.255.255.255", "ff00::/8", "ff02::1"),
    *refused(prefix, "loopback", "127.0.0.0/8", "127.0.0.1/32", "127.255.255.255", "::1/128"),
    *refused(prefix, "unspecified", "0.0.0.0/32", "::/128"),
    *refused(prefix, "broadcast", "255.255.255.255/32"),
    *refused(prefix, "too-long", "2001:0db8:0000:0000:0000:0000:192.168.100.200/1280", "1" * 1_000_000),
]

interface_address = addresses.canonical_interface_address
INTERFACE_ADDRESSES = [
    *same(interface_address, "10.8.0.1/24", "10.8.0.254/24", "10.8.0.0/31", "10.8.0.1/31", "10.8.0.1/32", "fd00::1/64"),
    *same(interface_address, "fd00::/127", "fd00::ffff:ffff:ffff:ffff/64", "fe80::1/64", "10.8.0.1/1"),
    (interface_address, "10.8.0.1", "10.8.0.1/32"),
    *refused(interface_address, "network-address", "10.8.0.0/24", "fd00::/64", "10.8.0.0/30"),
    *refused(interface_address, "broadcast", "10.8.0.255/24", "10.8.0.3/30", "255.255.255.255/32"),
    *refused(interface_address, "default-route", "10.8.0.1/0", "fd00::1/0"),
    *refused(interface_address, "unspecified", "0.0.0.0/32", "0.0.0.1/8", "::/128"),
    *refused(interface_address, "loopback", "127.0.0.1/8", "::1/64"),
    *refused(interface_address, "multicast", "224.0.0.1/24", "ff02::1/64"),
    *refused(interface_address, "v4-mapped", "::ffff:10.8.0.1/120"),
    *refused(interface_address, "zone-id", "fe80::1%wg0/64"),
    *refused(interface_address, "not-an-address", "10.8.0.01/24"),
]

peer_name = names.checked_peer_name
PEER_NAMES = [
    *same(
        peer_name, "a", "a" * 60, "Ann's laptop", "電話", "👨‍👩‍👧", "می‌خواهم", "[Interface]", "<b>", "-rf", "a\u00a0b"
    ),
    (peer_name, "  laptop ", "laptop"),
    (peer_name, "cafe\u0301", "café"),
    *refused(peer_name, "empty", "", "   "),
    *refused(peer_name, "too-long", "a" * 61, "é" * 61),
    *refused(peer_name, "characters", "a\nb", "laptop\n", "a\rb", "a\tb", "a\x00b", "a\x7f", "a\x85b", "a\x1b[31m"),
    *refused(
        peer_name, "characters", "a\u2028b", "a\u2029b", "a\u202eb", "a\u2066b", "a\u200eb", "a\u200bb", "\ufeffa"
    ),
    *refused(peer_name, "characters", "a\ud800b", "a\u00adb", "a\U000e0041"),
    *refused(peer_name, "invisible", "\u200d", "\u0301\u200c"),
]

endpoint = endpoints.canonical_endpoint
host = endpoints.canonical_host
ENDPOINTS = [
    *same(endpoint, "192.0.2.1:51820", "vpn.example.org:1", "[2001:db8::1]:65535", "localhost:51820", "a-b.c1:51820"),
    *same(endpoint, "a" * 63 + ".org:1", "127.0.0.1:4000", "xn--bcher-kva.example:1", "1.example:1", "0x7f.example:1"),
    *same(host, ".".join(["a" * 49] * 5) + ".abc", "a"),
    (endpoint, "VPN.Example.ORG.:51820", "vpn.example.org:51820"),
    (endpoint, "[2001:DB8:0::1]:51820", "[2001:db8::1]:51820"),
    *refused(endpoint, "endpoint", "", "vpn.example.org", "192.0.2.1", "2001:db8::1:51820", "[2001:db8::1]", "[]:1"),
    *refused(endpoint, "endpoint", "[192.0.2.1]:51820", "[vpn.example.org]:51820", "[2001:db8::1:51820"),
    *refused(endpoint, "port", "a.org:0", "a.org:65536", "a.org:", "a.org:-1", "a.org:+1", "a.org:051820", "a.org:1 "),
    *refused(endpoint, "port", "a.org:http", "a.org:१", "a.org:1\n", "[2001:db8::1]:", "a.org:99999999999"),
    *refused(endpoint, "host", "-a.org:1", "a-.org:1", "a..org:1", ".a.org:1", "a_b.org:1", "a b.org:1", "a\n.org:1"),
    *refused(endpoint, "host", "a" * 64 + ".org:1", "http//a.org:1", "bücher.example:1", "a.org\x00:1", "user@a.org:1"),
    *refused(endpoint, "host", "127.1:1", "0x7f000001:1", "0x7f.1:1", "2130706433:1", "192.0.2.256:1", "192.0.2.01:1"),
    *refused(endpoint, "empty", ":51820", ".:51820"),
    *refused(endpoint, "zone-id", "[fe80::1%eth0]:51820"),
    *refused(endpoint, "v4-mapped", "[::ffff:192.0.2.1]:51820"),
    *refused(endpoint, "multicast", "224.0.0.1:1", "[ff02::1]:1"),
    *refused(endpoint, "unspecified", "0.0.0.0:51820", "[::]:51820"),
    *refused(endpoint, "broadcast", "255.255.255.255:1"),
    *refused(host, "too-long", ".".join(["a" * 49] * 5) + ".abcd"),
]

port = endpoints.checked_port
listen_port = partial(endpoints.checked_port, automatic=True)
mtu = link_settings.checked_mtu
mtu_v6 = partial(link_settings.checked_mtu, addresses=("10.8.0.1/24", "fd00::1/64"))
mtu_v4 = partial(link_settings.checked_mtu, addresses=("10.8.0.1/24",))
keepalive = link_settings.checked_keepalive
fwmark = link_settings.checked_fwmark
table = link_settings.checked_table
NUMBERS = [
    *same(port, 1, 51820, 65535),
    *refused(port, "port", 0, -1, 65536, True, 2**64),
    *same(listen_port, 0, 1, 65535),
    *refused(listen_port, "port", -1, 65536, False),
    *same(mtu, 0, 576, 1280, 1420, 65535),
    *refused(mtu, "mtu", 575, 65536, 1, -1, True, False),
    *same(mtu_v4, 576, 1279),
    *same(mtu_v6, 0, 1280, 65535),
    *refused(mtu_v6, "mtu-v6", 576, 1279),
    *same(keepalive, 0, 1, 25, 65535),
    *refused(keepalive, "keepalive", -1, 65536, True),
    *same(fwmark, 0, 1, 0xFFFFFFFF),
    *refused(fwmark, "fwmark", -1, 0x100000000, True),
    *same(table, "auto", "off", "1", "254", "51820", "4294967295"),
    *refused(table, "table", "", "0", "4294967296", "01", "-1", "main", "AUTO", "auto ", "1\n", "0x1", "١", "1e3"),
]

dns = endpoints.canonical_dns
DNS = [
    *same(
        dns, (), ("9.9.9.9",), ("fd00::53", "example.org"), ("lan",), ("127.0.0.1",), tuple(f"d{n}" for n in range(16))
    ),
    (dns, ("9.9.9.9", "Example.org.", "9.9.9.9"), ("9.9.9.9", "example.org")),
    *refused(dns, "too-many", tuple(f"d{n}" for n in range(17))),
    *refused(dns, "host", ("9.9.9",), ("9.9.9.9/32",), ("9.9.9.9\n[Peer]",), ("a,b",), ("# x",), ("~.",)),
    *refused(dns, "empty", ("",)),
    *refused(dns, "not-an-address", ("9.9.9.9:53",), ("[fd00::53]",)),
    *refused(dns, "unspecified", ("0.0.0.0",)),
]

public_key = keys.checked_public_key
peer_key = partial(keys.checked_public_key, not_of=OWN_KEY)
secret_key = keys.checked_secret_key
KEYS = [
    *same(public_key, OWN_KEY, A_KEY, base64(2), base64(PRIME - 2)),
    *same(peer_key, A_KEY),
    *refused(peer_key, "key-own", OWN_KEY),
    *refused(
        public_key, "key", "", A_KEY[:-1], A_KEY + "=", A_KEY[:-1] + "A", A_KEY[:-2] + "==", A_KEY + "\n", " " + A_KEY
    ),
    *refused(
        public_key, "key", "A" * 44, "A" * 42 + "B=", "-" * 43 + "=", A_KEY[:20] + "\n" + A_KEY[21:], "é" * 43 + "="
    ),
    *refused(public_key, "key", "0" * 64, "A" * 43, "A" * 1_000_000),
    *refused(public_key, "key-low-order", base64(0), base64(1), base64(ORDER_8[0]), base64(ORDER_8[1])),
    *refused(public_key, "key-low-order", base64(PRIME - 1), base64(PRIME), base64(PRIME + 1)),
    *refused(public_key, "key-low-order", base64(2**255), base64(2**255 + 1), base64(2**255 + PRIME)),
    *refused(secret_key, "key-zero", base64(0)),
    *refused(secret_key, "key", "", A_KEY[:-1], "A" * 42 + "B="),
]

tags = names.checked_tags
line = names.checked_line
notes = names.checked_notes
WORDS = [
    *same(tags, (), ("laptop",), ("a" * 32,), ("road warrior",), tuple(f"t{n}" for n in range(20))),
    (tags, ("b", " a", "b"), ("b", "a")),
    *refused(tags, "too-many", tuple(f"t{n}" for n in range(21))),
    *refused(tags, "too-long", ("a" * 33,)),
    *refused(tags, "empty", ("",), ("a", " ")),
    *refused(tags, "characters", ("a,b",), ("a\nb",), ("a\u202e",)),
    *same(line, "", "left the company", "a" * 200),
    *refused(line, "too-long", "a" * 201),
    *refused(line, "characters", "a\nb"),
    *same(notes, "", "a\nb\n\n[Interface]", "a" * 4000, "  spaces stay "),
    *refused(notes, "too-long", "a" * 4001),
    *refused(notes, "characters", "a\r\nb", "a\tb", "a\x00b", "a\u2028b", "a\u202eb", "\x1b[2J"),
]

ROWS: list[Row] = [
    *INTERFACE_NAMES,
    *PREFIXES,
    *INTERFACE_ADDRESSES,
    *PEER_NAMES,
    *ENDPOINTS,
    *NUMBERS,
    *DNS,
    *KEYS,
    *WORDS,
]
