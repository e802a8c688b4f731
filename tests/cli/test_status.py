"""`sentra status` on a real interface: what `wg show` says, in its words."""

import json
import re
from collections.abc import Iterator

import pytest

from lab.wireguard import Interface, Namespace, new_key, run
from sentra.cli.main import run as sentra


@pytest.fixture
def interface() -> Iterator[Interface]:
    with Interface("sclist0") as made:
        made.wg("listen-port", "51898", "fwmark", "0x2a")
        _, first = new_key()
        _, second = new_key()
        made.wg("peer", first, "allowed-ips", "10.9.0.2/32,fd00::2/128", "endpoint", "192.0.2.7:51820")
        made.wg("peer", second, "preshared-key", "/dev/stdin", "persistent-keepalive", "25", text=run("wg", "genpsk"))
        yield made


def without_presence(text: str) -> str:
    return re.sub(r" [●◐○]$", "", text, flags=re.MULTILINE)


@pytest.mark.wireguard
def test_status_reads_like_wg_show(interface: Interface, capsys: pytest.CaptureFixture[str]) -> None:
    assert sentra(["status", "sclist0"]) == 0
    ours = without_presence(capsys.readouterr().out).split("\n\n")
    theirs = run("wg", "show", "sclist0").split("\n\n")
    assert ours[0].replace("  – the link is down\n", "").rstrip().replace("\n  – the link is down", "") == theirs[0]
    assert sorted(block.strip() for block in ours[1:]) == sorted(block.strip() for block in theirs[1:])


@pytest.mark.wireguard
def test_status_json_is_for_scripts_and_has_no_secret(interface: Interface, capsys: pytest.CaptureFixture[str]) -> None:
    assert sentra(["status", "sclist0", "--json"]) == 0
    text = capsys.readouterr().out
    (found,) = json.loads(text)["interfaces"]
    assert (found["name"], found["driver"], found["listen_port"], found["fwmark"]) == ("sclist0", "uapi", 51898, 42)
    assert sorted(peer["has_preshared_key"] for peer in found["peers"]) == [False, True]
    secrets = [interface.private_key, *(fields[1] for fields in interface.dump()[1:] if fields[1] != "(none)")]
    assert [secret for secret in secrets if secret in text] == []


@pytest.mark.wireguard
def test_status_of_a_link_that_is_no_wireguard_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with Namespace("scveth", "10.95.1"):
        assert sentra(["status", "scveth"]) == 1
        assert "scveth exists and is no WireGuard interface" in capsys.readouterr().out


def test_status_of_a_missing_interface_says_so_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert sentra(["status", "snothing0"]) == 1
    assert "▲ snothing0 does not exist on this node" in capsys.readouterr().out


def test_a_wrong_setting_is_one_sentence_on_standard_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WG_INTERFACE", "much-too-long-a-name")
    assert sentra(["status"]) == 1
    assert "WG_INTERFACE" in capsys.readouterr().err
