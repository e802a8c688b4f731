"""One peer is changed in a file, and every other byte stays."""

from difflib import ndiff

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sentra.core.peers import PeerSpec
from sentra.core.wgconf.configuration import FilePeer
from sentra.core.wgconf.parse import parse
from sentra.core.wgconf.patch import put_peer, remove_peer
from tests.core.configurations import FILES, HOSTILE, peers, specs
from tests.core.test_wgconf_parse import PUBLIC_KEY
from tests.scale import scaled

files = st.sampled_from(list(FILES.values()))


def changes(before: str, after: str) -> list[str]:
    """The lines that went and came."""
    return [line for line in ndiff(before.split("\n"), after.split("\n")) if line[0] in "+-"]


def specs_in(text: str) -> dict[str, PeerSpec]:
    return {peer.spec.public_key: peer.spec for peer in parse(text).configuration.peers}


@settings(max_examples=scaled(150, 30_000), deadline=None)
@given(files, peers)
def test_a_peer_that_was_added_and_removed_leaves_no_trace(text: str, peer: FilePeer) -> None:
    text = text if text.endswith("\n") else text + "\n"
    added = put_peer(text, peer)

    assert added.startswith(text)
    assert specs_in(added) == {**specs_in(text), peer.spec.public_key: peer.spec}
    assert remove_peer(added, peer.spec.public_key) == text


@settings(max_examples=scaled(150, 30_000), deadline=None)
@given(files, specs, st.data())
def test_a_changed_peer_is_as_wanted_and_the_rest_as_before(text: str, wanted: PeerSpec, data: st.DataObject) -> None:
    before = specs_in(text)
    key = data.draw(st.sampled_from(list(before)))
    wanted = replace(wanted, public_key=key)
    after = put_peer(text, FilePeer(wanted))

    assert specs_in(after) == {**before, key: wanted}
    assert [hook.text for hook in parse(after).hooks] == [hook.text for hook in parse(text).hooks]
    assert parse(after).configuration.interface == parse(text).configuration.interface
    assert [line for line in text.split("\n") if "#" in line and "=" not in line.partition("#")[0]] == [
        line for line in after.split("\n") if "#" in line and "=" not in line.partition("#")[0]
    ]
    assert put_peer(after, FilePeer(wanted)) == after


@pytest.mark.parametrize("name", FILES)
def test_a_peer_that_is_as_wanted_already_changes_no_byte(name: str) -> None:
    for peer in parse(FILES[name]).configuration.peers:
        assert put_peer(FILES[name], peer) == FILES[name]


@pytest.mark.parametrize("name", FILES)
def test_a_removed_peer_takes_nothing_of_the_others_with_it(name: str) -> None:
    before = parse(FILES[name])
    for peer in before.configuration.peers:
        text = remove_peer(FILES[name], peer.spec.public_key)
        after = parse(text)

        assert after.configuration.interface == before.configuration.interface
        assert after.configuration.peers == tuple(each for each in before.configuration.peers if each != peer)
        assert [hook.text for hook in after.hooks] == [hook.text for hook in before.hooks]
        assert all(line.startswith("-") for line in changes(FILES[name], text))


def test_one_setting_changes_one_line_and_keeps_how_it_is_written() -> None:
    text = (
        f"[Interface]\r\nPostUp = x\r\n\r\n# Bob\r\n[peer]\r\n  publickey={PUBLIC_KEY}\r\n"
        "\tallowedips  =  10.8.0.2/32   # was .3\r\n  Custom = 1\r\n\r\n# the end\r\n"
    )
    peer = FilePeer(PeerSpec(PUBLIC_KEY, ("10.8.0.9/32",), persistent_keepalive=25))

    assert changes(text, put_peer(text, peer)) == [
        "- \tallowedips  =  10.8.0.2/32   # was .3\r",
        "+ \tallowedips  =  10.8.0.9/32   # was .3\r",
        "+   PersistentKeepalive = 25\r",
    ]
    assert remove_peer(text, PUBLIC_KEY) == "[Interface]\r\nPostUp = x\r\n\r\n# the end\r\n"


def test_a_setting_in_several_lines_becomes_one_or_none() -> None:
    text = f"[Peer]\nAllowedIPs = 10.0.0.0/8\nPublicKey = {PUBLIC_KEY}\nAllowedIPs = fd00::/64\nEndpoint = a.org:1"

    assert put_peer(text, FilePeer(PeerSpec(PUBLIC_KEY, ("10.8.0.2/32",), endpoint="a.org:1"))) == (
        f"[Peer]\nPublicKey = {PUBLIC_KEY}\nAllowedIPs = 10.8.0.2/32\nEndpoint = a.org:1"
    )
    assert put_peer(text, FilePeer(PeerSpec(PUBLIC_KEY, persistent_keepalive=5))) == (
        f"[Peer]\nPublicKey = {PUBLIC_KEY}\nPersistentKeepalive = 5\n"
    )


@settings(max_examples=scaled(150, 30_000), deadline=None)
@given(st.lists(st.sampled_from([*HOSTILE, *FILES.values()]) | st.text(max_size=10)).map("".join), peers)
def test_any_text_takes_a_peer(text: str, peer: FilePeer) -> None:
    added = put_peer(text, peer)

    assert specs_in(added)[peer.spec.public_key] == peer.spec
    assert added.startswith(text)
    assert peer.spec.public_key not in specs_in(remove_peer(added, peer.spec.public_key))
