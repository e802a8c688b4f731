"""What is written is what was meant, line for line, whatever names and values hold."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sentra.core.errors import WrongValue
from sentra.core.names import tidied_line
from sentra.core.peers import LONGEST_NAME, PeerSpec
from sentra.core.secrets import Secret
from sentra.core.wgconf.configuration import Configuration, FileInterface, FilePeer
from sentra.core.wgconf.export import (
    client_config,
    client_configuration,
    client_template,
    interface_file,
    revision_of,
)
from sentra.core.wgconf.parse import parse
from tests.core.configurations import configurations, hostile_texts, public_keys, secrets
from tests.core.test_wgconf_parse import PUBLIC_KEY
from tests.scale import scaled

LINES = re.compile(
    r"\[Interface\]|\[Peer\]||# Name = [^\n]+"
    r"|(PrivateKey|Address|DNS|ListenPort|FwMark|MTU|Table|PublicKey|PresharedKey|AllowedIPs|Endpoint|PersistentKeepalive)"
    r" = [A-Za-z0-9+/=.:, \[\]-]+"
)


def with_tidy_names(configuration: Configuration) -> Configuration:
    return Configuration(
        replace(configuration.interface, name=tidy(configuration.interface.name)),
        tuple(replace(peer, name=tidy(peer.name)) for peer in configuration.peers),
    )


def tidy(name: str) -> str:
    """The name that is found again: never one that may be a key."""
    tidied = tidied_line(name, LONGEST_NAME)
    return "" if re.search(r"[A-Za-z0-9+/]{43}=|[0-9a-fA-F]{64}", tidied) else tidied


def lines_wanted(configuration: Configuration) -> int:
    interface = configuration.interface
    given = [interface.private_key, tidied_line(interface.name, LONGEST_NAME), interface.addresses, interface.dns]
    given += [interface.listen_port, interface.fwmark, interface.mtu, interface.table != "auto"]
    lines = 1 + sum(map(bool, given))
    for peer in configuration.peers:
        spec = peer.spec
        rest = [tidied_line(peer.name, LONGEST_NAME), spec.preshared_key, spec.allowed_ips, spec.endpoint]
        lines += 3 + sum(map(bool, [*rest, spec.persistent_keepalive]))
    return lines


@settings(max_examples=scaled(300, 100_000), deadline=None)
@given(configurations)
def test_S50_what_is_written_is_read_as_what_was_meant(configuration: Configuration) -> None:
    text = interface_file(configuration)
    parsed = parse(text)

    assert parsed.configuration == with_tidy_names(configuration)
    assert parsed.hooks == parsed.ignored == parsed.problems == ()
    lines = text.removesuffix("\n").split("\n")
    assert len(lines) == len(text.splitlines()) == lines_wanted(configuration)
    assert all(LINES.fullmatch(line) for line in lines)
    assert [line for line in lines if line.startswith("[")] == ["[Interface]", *["[Peer]"] * len(configuration.peers)]


def written_or_refused(configuration: Configuration) -> str | WrongValue:
    try:
        return interface_file(configuration)
    except WrongValue as error:
        return error


@settings(max_examples=scaled(300, 100_000), deadline=None)
@given(st.sampled_from(["dns", "addresses", "table", "allowed_ips", "endpoint", "public_key"]), hostile_texts)
def test_S50_a_hostile_value_is_refused_or_is_one_value(field: str, hostile: str) -> None:
    value = hostile if field in ("table", "endpoint", "public_key") else (hostile,)
    if field in ("dns", "addresses", "table"):
        poisoned = Configuration(replace(FileInterface(), **{field: value}))
    else:
        poisoned = Configuration(peers=(FilePeer(replace(PeerSpec(PUBLIC_KEY), **{field: value})),))
    text = written_or_refused(poisoned)
    if isinstance(text, WrongValue):
        assert len(hostile) < 8 or hostile not in str(text)
    else:
        assert all(LINES.fullmatch(line) for line in text.split("\n"))
        assert len(text.splitlines()) == lines_wanted(poisoned)
        assert parse(text).problems == ()


@settings(max_examples=scaled(150, 20_000), deadline=None)
@given(hostile_texts, public_keys, secrets, st.none() | secrets)
def test_a_template_and_its_secrets_are_the_config_file(
    name: str, public_key: str, private_key: Secret, preshared_key: Secret | None
) -> None:
    configuration = client_configuration(
        name=name,
        addresses=("10.8.0.2/32", "fd00::2/128"),
        public_key=public_key,
        allowed_ips=("0.0.0.0/0", "::/0"),
        endpoint="vpn.example.org:51820",
        persistent_keepalive=25,
        dns=("10.8.0.1", "home.arpa"),
        mtu=1420,
    )
    template = client_template(configuration)
    text = client_config(configuration, private_key, preshared_key)
    written = text.split("\n")

    assert template.startswith("[Interface]\n")
    assert written[1].startswith("PrivateKey = ")
    place = next(number for number, line in enumerate(written) if line.startswith("PublicKey = "))
    secret_lines = {1, place + 1} if preshared_key is not None else {1}
    assert "\n".join(line for number, line in enumerate(written) if number not in secret_lines) == template
    assert template.count("\nPublicKey = ") == 1
    read = parse(text).configuration
    assert (read.interface.private_key, read.peers[0].spec.preshared_key) == (private_key, preshared_key)
    assert read.interface.name == tidy(name)


def test_a_config_file_reads_like_one() -> None:
    configuration = client_configuration(
        name="Ann's phone",
        addresses=("10.8.0.2/32",),
        public_key=PUBLIC_KEY,
        allowed_ips=("10.8.0.0/24",),
        endpoint="[2001:db8::1]:51820",
        persistent_keepalive=25,
        dns=("9.9.9.9", "lan"),
    )

    assert client_template(configuration) == (
        "[Interface]\n# Name = Ann's phone\nAddress = 10.8.0.2/32\nDNS = 9.9.9.9, lan\n"
        f"\n[Peer]\nPublicKey = {PUBLIC_KEY}\nAllowedIPs = 10.8.0.0/24\n"
        "Endpoint = [2001:db8::1]:51820\nPersistentKeepalive = 25\n"
    )


def test_a_revision_changes_with_every_setting_and_not_with_the_name() -> None:
    def revision(**changes: object) -> str:
        settings = {
            "name": "a",
            "addresses": ("10.8.0.2/32",),
            "public_key": PUBLIC_KEY,
            "allowed_ips": ("10.8.0.0/24",),
        }
        return revision_of(client_template(client_configuration(**{**settings, **changes})))

    plain = revision()
    assert re.fullmatch(r"[0-9a-f]{16}", plain)
    assert revision(name="b") == revision(name="") == plain
    others = [
        revision(dns=("9.9.9.9",)),
        revision(mtu=1280),
        revision(endpoint="a.org:1"),
        revision(persistent_keepalive=1),
    ]
    assert len({plain, *others, revision(allowed_ips=())}) == 6


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_secret_of_another_length_is_refused_without_a_word_of_it(length: int) -> None:
    secret = Secret(b"\xabc" * 11)
    secret = Secret(secret.reveal()[:length])

    with pytest.raises(WrongValue) as caught:
        interface_file(Configuration(FileInterface(private_key=secret)))

    assert "abc" not in str(caught.value)
