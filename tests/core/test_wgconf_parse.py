"""wg-quick files are read whole: every byte comes back, every wrong line is named, and no command is kept."""

import subprocess
from base64 import b64encode
from math import inf
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sentra.core.keys import key_text
from sentra.core.wgconf.export import interface_file
from sentra.core.wgconf.findings import LONGEST_SHOWN, MOST_TOLD
from sentra.core.wgconf.parse import Parsed, parse
from tests.core.configurations import FILES, HOSTILE
from tests.scale import scaled

PRIVATE_KEY = key_text(bytes(range(32)))
PUBLIC_KEY = key_text(bytes(range(1, 33)))
OTHER_KEY = key_text(bytes(range(2, 34)))

NAMES = {
    "by-hand-bom-and-odd-spacing.conf": ("the gateway", ["Grace", ""]),
    "by-hand-crlf.conf": ("", ["Erin", "Frank's work machine"]),
    "hub-and-spokes.conf": ("", ["spoke one"]),
    "mullvad.conf": ("Happy Fox", [""]),
    "pivpn.conf": ("", ["desk", "cabin"]),
    "wg-easy.conf": ("", ["Anna's phone", "Büro (Drucker)"]),
    "wg-portal.conf": ("Office", ["Carol Example", "Branch"]),
    "wgdashboard.conf": ("", ["laptop of Bob", "backup"]),
    "wireguard-install-nyr.conf": ("", ["tablet", "television"]),
    "wireguard-install.conf": ("", ["laptop", "phone"]),
    "wireguard-ui.conf": ("", ["router at home"]),
}
HOOKS = {
    "by-hand-crlf.conf": 1,
    "hub-and-spokes.conf": 2,
    "wg-easy.conf": 2,
    "wg-portal.conf": 1,
    "wgdashboard.conf": 2,
}
HOOKS["wireguard-install.conf"] = 12


def told(parsed: Parsed) -> str:
    """Everything that a person is told about a file."""
    return repr((parsed, parsed.configuration, parsed.hooks, parsed.ignored, parsed.problems))


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_another_program_comes_back_byte_for_byte(name: str) -> None:
    assert str(parse(FILES[name])) == FILES[name]


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_another_program_is_understood(name: str) -> None:
    parsed = parse(FILES[name])
    configuration = parsed.configuration

    assert parsed.problems == ()
    assert configuration.interface.private_key is not None
    assert configuration.interface.addresses
    assert (configuration.interface.name, [peer.name for peer in configuration.peers]) == NAMES[name]
    assert len(parsed.hooks) == HOOKS.get(name, 0)


@pytest.mark.parametrize("name", FILES)
def test_a_file_says_the_same_to_wireguard_and_to_us(name: str) -> None:
    """`wg pubkey` of the private key that was read, and the peers' keys, in the words of the file."""
    configuration = parse(FILES[name]).configuration
    private_key = configuration.interface.private_key

    assert private_key is not None
    assert b64encode(private_key.reveal()).decode() in FILES[name]
    for peer in configuration.peers:
        assert peer.spec.public_key in FILES[name]


@settings(max_examples=scaled(250, 200_000), deadline=None)
@given(
    st.lists(st.sampled_from([*HOSTILE, PRIVATE_KEY, "PublicKey=", *FILES.values()]) | st.text(max_size=10)).map(
        "".join
    )
)
def test_any_text_comes_back_and_nothing_in_it_stops_the_reader(text: str) -> None:
    parsed = parse(text)

    assert str(parsed) == text
    assert str(parse(interface_file(parsed.configuration))) == interface_file(parsed.configuration)
    assert PRIVATE_KEY not in repr((parsed, parsed.hooks, parsed.ignored, parsed.problems))


@settings(max_examples=scaled(100, 20_000), deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_come_back(raw: bytes) -> None:
    text = raw.decode("utf-8", "surrogateescape")

    assert str(parse(text)).encode("utf-8", "surrogateescape") == raw


HEADS = ("", "[Peer]\n", "[Peer]\nAllowedIPs = ", "[Peer]\n# begin ", "[Interface]\nPostUp = ")
SHAPES = ("\n", "a", "#", "=", "[", "[Peer]\n", "# c\n", "# Name = x", "10.0.0.0/8,", "a\u0316\u0301", "\x00", " ", ",")


@pytest.mark.parametrize("shape", SHAPES, ids=ascii)
@pytest.mark.parametrize("head", HEADS, ids=ascii)
def test_S54_reading_takes_time_in_proportion_to_the_text(head: str, shape: str) -> None:
    """Four times the text takes about four times as long; in the square it would be sixteen times."""

    def seconds(size: int) -> float:
        text = head + shape * (size // len(shape))
        started = process_time()
        parse(text)
        return process_time() - started

    parse(head + shape)
    size, least, least_of_four = scaled(1 << 15, 1 << 16), inf, inf
    for _ in range(20):  # of a busy machine only the least counts
        least, least_of_four = min(least, seconds(size)), min(least_of_four, seconds(4 * size))
        if least_of_four < 9 * max(least, 0.001):
            return
    pytest.fail(f"{least_of_four:.4f} s for four times what takes {least:.4f} s")


def test_every_wrong_line_is_named_at_once() -> None:
    text = f"""MTU = 1420
[Interface]
PrivateKey = {PRIVATE_KEY[:-2]}
ListenPort = 65536
Address = 10.8.0.1/24, 10.8.0.0/24
Address = 10.8.0.300
MTU = 12
Table = main
FwMark = 010
AllowedIPs = 10.0.0.0/8
nonsense

[Peer]
AllowedIPs = 10.8.0.2/33, 10.8.0.3
Endpoint = vpn.example.org
PersistentKeepalive = 70000
DNS = 9.9.9.9

[Pear]
PublicKey = {PUBLIC_KEY}
[Peer]
PublicKey = {PUBLIC_KEY}
[Peer]
PublicKey = {PUBLIC_KEY}
"""
    parsed = parse(text)

    assert [problem.line for problem in parsed.problems] == [
        1,
        3,
        4,
        5,
        6,
        7,
        8,
        9,
        10,
        11,
        13,
        14,
        15,
        16,
        17,
        19,
        20,
        23,
    ]
    assert all(problem.message.endswith((".", "?")) for problem in parsed.problems)
    assert parsed.configuration.interface.addresses == ("10.8.0.1/24",)
    assert [peer.spec.public_key for peer in parsed.configuration.peers] == [PUBLIC_KEY]


def test_keys_and_words_are_read_in_any_case_and_every_spelling_of_wg() -> None:
    parsed = parse(
        f"[INTERFACE]\nprivatekey={PRIVATE_KEY}\nFWMARK=0xCA6C\ntable = OFF\n"
        f"DNS = 9.9.9.9, Home.Arpa\nDNS=2620:FE::FE\n[peer]\npublickey={PUBLIC_KEY}\n"
        f"ALLOWEDIPS = ::/0,0.0.0.0/0\npersistentkeepalive = OFF\nPresharedKey={'A' * 43}=\n"
    )
    interface, peer = parsed.configuration.interface, parsed.configuration.peers[0]

    assert parsed.problems == parsed.ignored == ()
    assert (interface.fwmark, interface.table, interface.dns) == (
        0xCA6C,
        "off",
        ("9.9.9.9", "home.arpa", "2620:fe::fe"),
    )
    assert peer.spec.allowed_ips == ("0.0.0.0/0", "::/0")
    assert (peer.spec.persistent_keepalive, peer.spec.preshared_key) == (0, None)
    assert parse("[Interface]\nFwMark = off\n").configuration.interface.fwmark == 0


def test_what_is_left_out_is_told_with_a_reason() -> None:
    parsed = parse(
        f"[Interface]\nSaveConfig = true\nJc = 4\nListenPort = 1\nListenPort = 2\n"
        f"[Peer]\nPublicKey = {PUBLIC_KEY}\nAllowedIPs = 10.8.0.2/24\nPrivKey = {PRIVATE_KEY}\n"
    )

    assert [(each.line, each.text) for each in parsed.ignored] == [
        (2, "SaveConfig = true"),
        (3, "Jc = 4"),
        (9, "PrivKey = (hidden)"),
        (4, "ListenPort = 1"),
        (8, "10.8.0.2/24"),
    ]
    assert parsed.configuration.interface.listen_port == 2
    assert parsed.configuration.peers[0].spec.allowed_ips == ("10.8.0.0/24",)


def test_no_secret_is_told_wherever_it_stands() -> None:
    secret = PRIVATE_KEY
    hexadecimal = bytes(range(32)).hex()
    lines = [
        f"PrivateKey = {secret}x",
        f"PrivateKey = {secret}",
        f"PresharedKey = {secret}",
        f"Adress = {secret}",
        f"PostUp = wg set %i private-key <(echo {secret})",
        f"PostUp = echo {hexadecimal}",
        f"# {secret}",
        f"# Name = {secret}",
        f"# Name = {hexadecimal}",
        f"[{secret}]",
        secret,
    ]
    for section in ("", "[Interface]\n", f"[Peer]\nPublicKey = {PUBLIC_KEY}\n"):
        for line in lines:
            assert secret not in told(parse(f"{section}{line}\n"))
            assert hexadecimal not in told(parse(f"{section}{line}\n"))


def test_a_file_of_wrong_lines_is_told_of_in_part() -> None:
    parsed = parse("x\n" * 5000 + "[Interface]\n" + "PostUp = x\n" * 5000 + "y = 1\n" * 5000 + "PostUp = " + "z" * 5000)

    for found in (parsed.hooks, parsed.ignored, parsed.problems):
        assert len(found) == MOST_TOLD + 1
    assert "4801 more" in parsed.hooks[-1].text
    assert all(len(hook.text) <= LONGEST_SHOWN for hook in parsed.hooks)


COMMAND = "touch /tmp/poisoned"
HOOK_KEYS = ("PreUp", "PostUp", "PreDown", "PostDown")
CLEAN = f"[Interface]\nAddress = 10.8.0.1/24\nPrivateKey = {PRIVATE_KEY}\n{{}}\n[Peer]\nPublicKey = {PUBLIC_KEY}\n"


def wide(key: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) for letter in key)


DISGUISES = {
    "plain": CLEAN.format("{} = {}"),
    "lower case": CLEAN.format("{:lower} = {}"),
    "upper case": CLEAN.format("{:upper} = {}"),
    "no spaces": CLEAN.format("{}={}"),
    "tabs": CLEAN.format("\t{}\t=\t{}\t"),
    "form feed": CLEAN.format("\x0c{}\x0b= {}"),
    "full width": CLEAN.format("{:wide} = {}"),
    "invisible": CLEAN.format("\u200b{} = {}"),
    "zero": CLEAN.format("\x00{}\x00 = {}"),
    "comment after it": CLEAN.format("{} = {} # AllowedIPs = 10.0.0.0/8"),
    "carriage return": CLEAN.format("{} = {}").replace("\n", "\r\n"),
    "byte order mark": "\ufeff" + CLEAN.format("{} = {}"),
    "several": CLEAN.format("{0} = {1}\n{0} = {1}"),
    "of a peer": CLEAN.format("") + "{} = {}\n",
    "second interface": CLEAN.format("") + "[Interface]\n{} = {}\n",
    "odd header": CLEAN.format("") + "[ InterFace ]\n{} = {}\n",
    "before every section": "{} = {}\n" + CLEAN.format(""),
    "unknown section": CLEAN.format("") + "[Hooks]\n{} = {}\n",
    "last line": CLEAN.format("") + "[Interface]\n{} = {}",
}
POISONS = [
    *((key, COMMAND) for key in HOOK_KEYS),
    ("SaveConfig", "true"),
    ("Table", f"51820; {COMMAND}"),
    ("Include", "/etc/wireguard/poisoned.conf"),
]


class Disguised(str):
    """A key that a disguise may write in another way."""

    __slots__ = ()

    def __format__(self, way: str) -> str:
        return {"": str, "lower": str.lower, "upper": str.upper, "wide": wide}[way](str(self))


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize(("key", "value"), POISONS, ids=[key for key, _ in POISONS])
def test_S52_a_poisoned_file_is_told_of_and_none_of_it_is_kept(disguise: str, key: str, value: str) -> None:
    text = DISGUISES[disguise].format(Disguised(key), value)
    parsed = parse(text)
    clean = parse(CLEAN.format(""))

    assert str(parsed) == text
    assert parsed.configuration == clean.configuration
    assert interface_file(parsed.configuration) == interface_file(clean.configuration)
    wanted = [number for number, line in enumerate(text.split("\n"), start=1) if value in line]
    assert wanted
    if key in HOOK_KEYS:
        assert [hook.line for hook in parsed.hooks] == wanted
        assert all(COMMAND in hook.text for hook in parsed.hooks)
    else:
        assert parsed.hooks == ()
        assert {each.line for each in (*parsed.ignored, *parsed.problems)} >= set(wanted)


def test_S52_there_are_enough_of_them() -> None:
    assert len(DISGUISES) * len(POISONS) >= 100


@pytest.mark.parametrize("name", FILES)
def test_what_we_write_is_what_wg_quick_reads(name: str, tmp_path: Path) -> None:
    """`wg-quick strip` takes a file apart as `wg-quick up` does, and leaves what goes to `wg`."""
    written = interface_file(parse(FILES[name]).configuration)
    (tmp_path / "wgx0.conf").write_text(written)
    command = ["wg-quick", "strip", str(tmp_path / "wgx0.conf")]
    stripped = parse(subprocess.run(command, capture_output=True, text=True, check=True).stdout).configuration
    ours = parse(written).configuration

    assert stripped.peers == ours.peers
    assert stripped.interface == replace(ours.interface, addresses=(), dns=(), mtu=0, table="auto")
