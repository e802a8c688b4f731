"""Config files of peers: what is in them, who gets them, and that no value ever becomes a line."""

import io
import zipfile
from base64 import b64decode
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sentra.core.interfaces import Interface
from sentra.core.keys import key_bytes
from sentra.core.peers import Peer
from sentra.core.secrets import Secret
from sentra.services.config_files import config_text
from sentra.services.key_pairs import new_key_pair
from sentra.services.peer_configs import file_stem, qr_png
from tests.api.agent import FakeAgent, some_key
from tests.api.peer_forms import create_interface, create_peer
from tests.browser import Browser
from tests.scale import scaled

pytestmark = pytest.mark.usefixtures("agent")


@pytest.fixture
async def interface_id(owner: Browser, agent: FakeAgent) -> str:
    return await create_interface(owner, server_keys=True, dns=["10.8.0.1"])


async def create_made(owner: Browser, interface_id: str, name: str, **changed: Any) -> dict[str, Any]:
    """Make a peer whose keys the server makes."""
    form = {"name": name, "make_keys": True, **changed}
    answer = await owner.post(f"/api/v1/interfaces/{interface_id}/peers", form)
    assert answer.status == 201, answer.json
    peer: dict[str, Any] = answer.json["peer"]
    return peer


async def test_a_template_is_the_whole_file_but_the_secrets(owner: Browser, interface_id: str):
    peer = await create_peer(owner, interface_id, preshared_key=some_key())
    interface = (await owner.get(f"/api/v1/interfaces/{interface_id}")).json
    template = (await owner.get(f"/api/v1/peers/{peer['id']}/template")).json
    assert template["text"].splitlines() == [
        "[Interface]",
        "# Name = laptop",
        "Address = 10.8.0.2/32, fd00:8::2/128",
        "DNS = 10.8.0.1",
        "",
        "[Peer]",
        f"PublicKey = {interface['public_key']}",
        "AllowedIPs = 10.8.0.0/24, fd00:8::/64",
        "Endpoint = vpn.example.com:51820",
        "PersistentKeepalive = 25",
    ]
    assert template["revision"] == peer["config_revision"]


async def test_a_file_follows_the_peer_and_its_interface(owner: Browser, interface_id: str):
    peer = await create_peer(
        owner,
        interface_id,
        addresses=["10.8.0.9"],
        client_allowed_ips=["10.0.0.0/8"],
        client_keepalive=0,
        dns=[],
        mtu=1380,
    )
    path = f"/api/v1/peers/{peer['id']}"
    lines = (await owner.get(f"{path}/template")).json["text"].splitlines()
    assert "MTU = 1380" in lines
    assert "AllowedIPs = 10.0.0.0/8" in lines
    assert not any(line.startswith(("DNS", "PersistentKeepalive")) for line in lines)
    changed = await owner.request("PATCH", f"/api/v1/interfaces/{interface_id}", json={"public_port": 443})
    assert changed.status == 200
    assert "Endpoint = vpn.example.com:443" in (await owner.get(f"{path}/template")).json["text"]


async def test_where_the_interface_masquerades_everything_goes_through_it(owner: Browser, interface_id: str):
    peer = await create_peer(owner, interface_id)
    changed = await owner.request("PATCH", f"/api/v1/interfaces/{interface_id}", json={"masquerade": True})
    assert changed.status == 200
    assert "AllowedIPs = 0.0.0.0/0, ::/0" in (await owner.get(f"/api/v1/peers/{peer['id']}/template")).json["text"]


async def test_a_file_of_a_peer_made_in_a_browser_is_nowhere(owner: Browser, interface_id: str):
    peer = await create_peer(owner, interface_id)
    for path in ("config", "config.png"):
        answer = await owner.get(f"/api/v1/peers/{peer['id']}/{path}")
        assert answer.status == 409
        assert "new key pair" in answer.json["detail"]
    answer = await owner.get(f"/api/v1/interfaces/{interface_id}/configs.zip?ids={peer['id']}")
    assert answer.status == 409


async def test_a_file_with_keys_made_here_is_complete(owner: Browser, agent: FakeAgent, interface_id: str):
    secret = some_key()
    peer = await create_made(owner, interface_id, "printer", preshared_key=secret)
    answer = await owner.get(f"/api/v1/peers/{peer['id']}/config")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="printer.conf"'
    assert answer.headers["Cache-Control"] == "no-store"
    lines = answer.body.decode().splitlines()
    private = b64decode(next(line for line in lines if line.startswith("PrivateKey = "))[13:])
    public = X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
    assert public == key_bytes(peer["public_key"])
    assert (private[0] & 7, private[31] & 192) == (0, 64)
    assert f"PresharedKey = {secret}" in lines
    assert peer["public_key"] in agent.running[interface_id].spec.device.peers
    rest = [line for line in lines if not line.startswith(("PrivateKey", "PresharedKey"))]
    assert rest == (await owner.get(f"/api/v1/peers/{peer['id']}/template")).json["text"].splitlines()


async def test_reading_a_file_changes_nothing_and_giving_it_is_said(owner: Browser, interface_id: str):
    peer = await create_made(owner, interface_id, "printer")
    path = f"/api/v1/peers/{peer['id']}"
    for suffix in ("/config", "/config.png", "/template"):
        assert (await owner.get(path + suffix)).status == 200
    assert (await owner.get(path)).json == peer
    await owner.post(f"{path}/given", {"revision": peer["config_revision"]})
    assert (await owner.get(path)).json == peer | {"given_revision": peer["config_revision"]}


async def test_another_key_made_here_replaces_the_private_one(owner: Browser, interface_id: str):
    peer = await create_made(owner, interface_id, "printer")
    path = f"/api/v1/peers/{peer['id']}"
    before = (await owner.get(f"{path}/config")).body
    answer = await owner.post(f"{path}/rekey", {"make_keys": True})
    assert answer.json["peer"]["public_key"] != peer["public_key"]
    assert (await owner.get(f"{path}/config")).body != before
    answer = await owner.post(f"{path}/rekey", {"public_key": some_key()})
    assert answer.json["peer"]["has_private_key"] is False
    assert (await owner.get(f"{path}/config")).status == 409


async def test_a_qr_code_is_a_png_and_says_when_the_text_is_too_long(owner: Browser, interface_id: str):
    peer = await create_made(owner, interface_id, "phone")
    answer = await owner.get(f"/api/v1/peers/{peer['id']}/config.png")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.body.startswith(b"\x89PNG\r\n\x1a\n")
    prefixes = [f"2001:db8:{number:x}:ffff:ffff:ffff:ffff:ffff" for number in range(64)]
    long = await create_made(owner, interface_id, "tablet", client_allowed_ips=prefixes)
    answer = await owner.get(f"/api/v1/peers/{long['id']}/config.png")
    assert answer.status == 409
    assert "too long" in answer.json["detail"]
    assert (await owner.get(f"/api/v1/peers/{long['id']}/config")).status == 200


async def test_an_archive_has_one_file_for_each_peer(owner: Browser, interface_id: str):
    names = ["../../etc/passwd", "phone", "Phone", "phone ", "☎", "a" * 60, "a" * 59, "con"]
    peers = [await create_made(owner, interface_id, name) for name in dict.fromkeys(name.strip() for name in names)]
    await create_peer(owner, interface_id, "browser")
    answer = await owner.get(f"/api/v1/interfaces/{interface_id}/configs.zip")
    assert answer.status == 200
    assert answer.headers["Content-Disposition"] == 'attachment; filename="wg0-peers.zip"'
    archive = zipfile.ZipFile(io.BytesIO(answer.body))
    assert archive.testzip() is None
    files = archive.namelist()
    assert len(files) == len({name.lower() for name in files}) == len(peers)
    assert all(name.isascii() and "/" not in name and not name.startswith(".") for name in files)
    assert all(len(name.removesuffix(".conf")) <= 15 for name in files)
    some = await owner.get(f"/api/v1/interfaces/{interface_id}/configs.zip?ids={peers[1]['id']},{peers[0]['id']}")
    assert len(zipfile.ZipFile(io.BytesIO(some.body)).namelist()) == 2
    assert (await owner.get(f"/api/v1/interfaces/{interface_id}/configs.zip?ids={'0' * 32}")).status == 422


HOSTILE = [
    "\n",
    "\r",
    "\0",
    "\u2028",
    "\u2029",
    "\x85",
    "\x0b",
    "[Interface]",
    "[Peer]",
    "PostUp=reboot",
    "#",
    "=",
    ";",
]
hostile_text = st.lists(st.one_of(st.sampled_from(HOSTILE), st.characters()), max_size=20).map("".join)
INTERFACE = Interface(
    id="1",
    node="local",
    name="wg0",
    created_at=None,  # type: ignore[arg-type]
    public_key=new_key_pair().public,
    addresses=("10.8.0.1/24",),
    public_host="vpn.example.com",
)
KEYS = ["PrivateKey", "Address", "PublicKey", "AllowedIPs", "Endpoint", "PersistentKeepalive"]


@settings(max_examples=scaled(300, 100_000), deadline=None)
@given(name=hostile_text, notes=hostile_text)
def test_S50_no_name_and_no_note_becomes_a_line(name: str, notes: str):
    """Also where something got into the database that the forms would have refused."""
    peer = Peer(
        id="1",
        interface_id="1",
        name=name,
        public_key=new_key_pair().public,
        created_at=None,  # type: ignore[arg-type]
        addresses=("10.8.0.2/32",),
        notes=notes,
        tags=(notes,),
    )
    text = config_text(INTERFACE, peer, Secret(bytes([8]) * 32), None)
    lines = [line for line in text.split("\n") if line and not line.startswith("# Name = ")]
    assert [line.partition(" = ")[0] for line in lines] == ["[Interface]", *KEYS[:2], "[Peer]", *KEYS[2:]]
    assert len(text.split("\n")) - len(lines) in (2, 3)
    assert len(text.splitlines()) == len(text.split("\n")) - 1


@settings(max_examples=scaled(300, 20_000), deadline=None)
@given(name=hostile_text)
def test_S50_no_name_ends_a_header_or_leaves_a_folder(name: str):
    stem = file_stem(name)
    assert 0 < len(stem) <= 15
    assert all(character.isascii() and (character.isalnum() or character in "_.-") for character in stem)
    assert not stem.startswith(".")


@settings(max_examples=scaled(40, 1000), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=hostile_text, dns=hostile_text, notes=hostile_text)
async def test_S50_whatever_is_typed_the_file_keeps_its_lines(
    owner: Browser, interface_id: str, name: str, dns: str, notes: str
):
    form = {"name": name, "make_keys": True, "dns": [dns], "notes": notes}
    path = f"/api/v1/interfaces/{interface_id}/peers"
    answer = await owner.post(path, form)
    if answer.status == 422:
        fields = {error["field"] for error in answer.json["errors"]}
        assert fields <= {"name", "dns.0", "notes"}
        form |= {field.partition(".")[0]: {"name": "x", "dns.0": ["1.1.1.1"], "notes": ""}[field] for field in fields}
        answer = await owner.post(path, form)
    assert answer.status == 201, answer.json
    peer = answer.json["peer"]
    file = await owner.get(f"/api/v1/peers/{peer['id']}/config")
    assert file.status == 200
    lines = [line for line in file.body.decode().split("\n") if line and not line.startswith("# Name = ")]
    expected = ["[Interface]", "PrivateKey", "Address", "DNS", "[Peer]", *KEYS[2:]]
    assert [line.partition(" = ")[0] for line in lines] == expected
    assert "\n" not in file.headers["Content-Disposition"]
    assert (await owner.request("DELETE", f"/api/v1/peers/{peer['id']}")).status == 200


def test_a_long_file_still_fits_in_a_qr_code():
    assert qr_png("x" * 1700)
