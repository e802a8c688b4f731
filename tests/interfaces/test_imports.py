"""The text of a wg-quick file becomes an interface; its private key goes to the node and nowhere else."""

from base64 import b64decode
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from sentra.core.agents import Taken
from sentra.core.keys import key_text
from sentra.core.secrets import Secret
from sentra.settings import Settings
from tests.api.agent import FakeAgent, some_key
from tests.api.peer_forms import create_interface, errors_of, messages_of
from tests.browser import Browser
from tests.interfaces.conftest import INTERFACES
from tests.interfaces.node import FakeNode
from tests.state import decided

PRIVATE = some_key()
PUBLIC = key_text(X25519PrivateKey.from_private_bytes(b64decode(PRIVATE)).public_key().public_bytes_raw())
PRESHARED = some_key()
PEER = some_key()
TEXT = f"""[Interface]
Address = 10.9.0.1/24
PrivateKey = {PRIVATE}
ListenPort = 51830
DNS = 9.9.9.9
PostUp = touch /tmp/pwned
SaveConfig = true

[Peer] # laptop
PublicKey = {PEER}
PresharedKey = {PRESHARED}
AllowedIPs = 10.9.0.2/32, 192.168.3.0/24
Endpoint = vpn.example.org:51820
Unknown = x
"""


async def send(owner: Browser, text: str = TEXT, query: str = "", **changed: Any) -> Any:
    return await owner.post(f"{INTERFACES}/import{query}", {"name": "wg5", "text": text, **changed})


async def test_a_file_becomes_an_interface_with_its_peers(owner: Browser, agent: FakeAgent, node: FakeNode):
    answer = await send(owner, public_host="vpn.example.com")
    assert answer.status == 201, answer.json
    made = answer.json["interface"]
    assert (made["name"], made["listen_port"], made["addresses"]) == ("wg5", 51830, ["10.9.0.1/24"])
    assert (made["public_key"], made["dns"], made["public_host"]) == (PUBLIC, ["9.9.9.9"], "vpn.example.com")
    assert node.keys == {made["id"]: Secret(b64decode(PRIVATE))}
    (peer,) = (await owner.get(f"{INTERFACES}/{made['id']}/peers")).json["items"]
    assert (peer["public_key"], peer["addresses"], peer["routes"]) == (PEER, ["10.9.0.2/32"], ["192.168.3.0/24"])
    assert (peer["endpoint"], peer["has_preshared_key"]) == ("vpn.example.org:51820", True)
    assert agent.running[made["id"]].spec.device.public_key == PUBLIC
    assert agent.running[made["id"]].spec.link.routes == ("192.168.3.0/24",)


async def test_a_dry_run_reports_and_changes_nothing(
    owner: Browser, agent: FakeAgent, node: FakeNode, settings: Settings
):
    before = decided(settings.database)
    answer = await send(owner, query="?dry_run=true")
    assert answer.status == 200
    report = answer.json["report"]
    assert report["interface"]["addresses"] == ["10.9.0.1/24"]
    assert [(peer["public_key"], peer["has_preshared_key"]) for peer in report["peers"]] == [(PEER, True)]
    assert [hook["line"] for hook in report["hooks"]] == [6]
    assert {line["line"] for line in report["ignored"]} >= {7, 14}
    assert report["errors"] == []
    assert answer.json["plan"]["operations"][0] == "Make the interface wg5 on the node local."
    assert decided(settings.database) == before
    assert node.keys == {}
    assert agent.told == []
    for secret in (PRIVATE, PRESHARED):
        assert secret.encode() not in answer.body


async def test_S52_hooks_are_told_and_neither_stored_nor_run(owner: Browser, agent: FakeAgent, settings: Settings):
    hooks = ("PreUp", "PostUp", "preup", "PoStDoWn", "PreDown", " PostUp", "ＰostUp")
    text = TEXT + "".join(f"[Interface]\n{hook} = touch /tmp/pwned{number}\n" for number, hook in enumerate(hooks))
    report = (await send(owner, text, "?dry_run=true")).json["report"]
    assert len(report["hooks"]) == 1 + len(hooks)
    await send(owner)
    for file in settings.state_dir.glob("sentra.db*"):
        assert b"pwned" not in file.read_bytes()


async def test_every_wrong_line_is_told_at_once(owner: Browser, agent: FakeAgent, node: FakeNode):
    text = TEXT.replace("10.9.0.1/24", "10.9.0.0/24").replace("51830", "70000").replace(PEER, "short")
    report = (await send(owner, text, "?dry_run=true")).json["report"]
    assert {error["line"] for error in report["errors"]} == {2, 4, 10}
    answer = await send(owner, text)
    assert errors_of(answer) == {"text": "line"}
    assert len(answer.json["errors"]) == 3
    assert node.keys == {}


async def test_what_others_have_is_told_and_the_key_does_not_stay(owner: Browser, agent: FakeAgent, node: FakeNode):
    await create_interface(owner, name="wg5", addresses=["10.9.0.1/24"], listen_port=51830)
    assert errors_of(await send(owner)) == {
        "name": "name-taken",
        "listen_port": "port-taken",
        "addresses.0": "network-taken",
        "pools.0": "network-taken",
    }
    assert node.keys == {}
    assert errors_of(await send(owner, name="eth0\n")) == {"name": "characters"}


async def test_peers_of_a_file_that_clash_are_told_at_their_lines(
    owner: Browser, agent: FakeAgent, node: FakeNode, settings: Settings
):
    before = decided(settings.database)
    second = f"[Peer] # phone\nPublicKey = {some_key()}\nAllowedIPs = 10.9.0.3/32\nAllowedIPs = 192.168.3.128/25\n"
    answer = await send(owner, TEXT + second, "?dry_run=true")
    assert answer.status == 200, answer.json
    clash = "192.168.3.0/24 is given to laptop in the same request."
    assert answer.json["report"]["errors"] == [{"line": 18, "message": clash}]
    assert len(answer.json["report"]["peers"]) == 2
    assert answer.json["plan"]["operations"] == []
    answer = await send(owner, TEXT + second)
    assert messages_of(answer) == {"peers.1.routes.0": f"Line 18: {clash}"}
    assert decided(settings.database) == before
    assert node.keys == {}


async def test_of_very_many_clashes_the_first_are_told(owner: Browser, agent: FakeAgent):
    peer = "[Peer]\nPublicKey = {}\nAllowedIPs = 10.9.0.2/32\n"
    text = TEXT + "".join(peer.format(some_key()) for _ in range(300))
    errors = (await send(owner, text, "?dry_run=true")).json["report"]["errors"]
    assert (errors[0]["line"], errors[-1]["message"], len(errors)) == (17, "And 100 more cannot be.", 201)
    assert len((await send(owner, text)).json["errors"]) == 200


async def test_what_others_have_is_told_at_its_line_and_its_field(owner: Browser, agent: FakeAgent, node: FakeNode):
    await create_interface(owner, name="wg0", addresses=["10.9.0.1/24"], listen_port=51830)
    report = (await send(owner, query="?dry_run=true")).json["report"]
    assert report["errors"] == [
        {"line": 2, "message": "10.9.0.0/24 belongs to wg0."},
        {"line": 4, "message": "wg0 has this port."},
    ]
    assert messages_of(await send(owner))["listen_port"] == "Line 4: wg0 has this port."
    node.taken_there = Taken(ports=frozenset({51830}))
    text = TEXT.replace("10.9.0.", "10.99.0.")
    await owner.request("DELETE", f"{INTERFACES}/{(await owner.get(INTERFACES)).json['items'][0]['id']}")
    assert errors_of(await send(owner, text)) == {"listen_port": "port-taken"}
    # Of what the form itself says no line is to blame.
    assert errors_of(await send(owner, text, "?dry_run=true", name="x y"))["name"] == "characters"


async def test_a_private_key_is_of_one_interface(owner: Browser, agent: FakeAgent, node: FakeNode):
    first = (await send(owner)).json["interface"]
    text = TEXT.replace("10.9.0.", "10.10.0.").replace("51830", "51831").replace("192.168.3", "192.168.4")
    said = "wg5 on local has this private key; each has its own."
    report = (await send(owner, text, "?dry_run=true", name="wg6")).json["report"]
    assert report["errors"] == [{"line": 3, "message": said}]
    answer = await send(owner, text, name="wg6")
    assert errors_of(answer) == {"public_key": "key-taken"}
    assert list(node.keys) == [first["id"]]
    assert PRIVATE.encode() not in answer.body
    other = text.replace(PRIVATE, some_key())
    assert (await send(owner, other, name="wg6")).status == 201


async def test_S55_a_file_of_10000_peers_is_imported_and_none_above_1_MiB(owner: Browser, agent: FakeAgent):
    peers = [
        f"[Peer]\nPublicKey = {some_key()}\nAllowedIPs = 10.64.{number >> 8}.{number & 255}/32\n"
        for number in range(1, 10_001)
    ]
    text = f"[Interface]\nAddress = 10.64.255.254/16\nListenPort = 51830\n{''.join(peers)}"
    answer = await send(owner, text)
    assert answer.status == 201, answer.json
    assert answer.json["interface"]["peer_count"] == 10_000
    padding = "#" * 1023 + "\n"
    whole = text + padding * ((1024 * 1024 - len(text)) // 1024)
    assert (await send(owner, whole, "?dry_run=true", name="x y")).status == 422
    for too_large in (whole + padding, whole + padding * 300):
        assert (await send(owner, too_large, "?dry_run=true")).status == 413


async def test_S55_no_other_request_is_larger_than_256_KiB(owner: Browser, agent: FakeAgent):
    for path in ("", "/adopt", "/x/peers/batch"):
        body = b'{"text": "' + b"x" * 256 * 1024 + b'"}'
        for headers in ({}, {"Content-Length": None, "Transfer-Encoding": "chunked"}):
            sent: dict[str, str | None] = {"Content-Type": "application/json", **headers}
            answer = await owner.request("POST", f"{INTERFACES}{path}", data=body, headers=sent)
            assert answer.status == 413, path


async def test_the_private_key_is_nowhere_in_the_database(owner: Browser, agent: FakeAgent, settings: Settings):
    answer = await send(owner)
    assert answer.status == 201
    raw = b64decode(PRIVATE)
    for file in (path for path in settings.state_dir.rglob("*") if path.is_file()):
        content = file.read_bytes()
        for form in (raw, PRIVATE.encode(), raw.hex().encode()):
            assert form not in content, file
    assert PRIVATE.encode() not in answer.body


async def test_a_file_without_a_key_gets_one_on_its_node(owner: Browser, agent: FakeAgent, node: FakeNode):
    answer = await send(owner, TEXT.replace(f"PrivateKey = {PRIVATE}\n", ""))
    assert answer.status == 201
    assert node.keys == {}
    assert answer.json["interface"]["public_key"] == agent.keys[answer.json["interface"]["id"]]


async def test_a_way_to_everywhere_gets_a_table_of_its_own(owner: Browser, agent: FakeAgent):
    answer = await send(owner, TEXT.replace("192.168.3.0/24", "0.0.0.0/0"))
    assert answer.status == 201
    assert answer.json["interface"]["table"] == "51820"


async def test_an_import_that_comes_again_makes_nothing_twice(owner: Browser, agent: FakeAgent, node: FakeNode):
    headers: dict[str, str | None] = {"Idempotency-Key": "5f2c"}
    form = {"name": "wg5", "text": TEXT}
    answers = [await owner.post(f"{INTERFACES}/import", form, headers=headers) for _ in range(2)]
    assert [answer.status for answer in answers] == [201, 201]
    assert len(node.keys) == 1
