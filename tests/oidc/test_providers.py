"""Adding, trying, changing and removing identity providers."""

from pathlib import Path
from typing import Any

import pytest

from sentra.app import Sentra
from tests.api.people_forms import invite, is_signed_in, join
from tests.browser import Browser
from tests.oidc.provider import CLIENT_SECRET, ISSUER, Claims, FakeProvider, Visitor, add_provider, audit, provider_form
from tests.turned_clock import TurnedClock


async def change(browser: Browser, made: Claims, headers: dict[str, str | None] | None = None, **said: Any) -> Any:
    return await browser.request("PATCH", f"/api/v1/providers/{made['id']}", json=said, headers=headers)


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("sentra.db*"))


async def test_trying_an_issuer_tells_the_redirect_uri_before_anything_is_kept(owner: Browser, provider: FakeProvider):
    found = await owner.post("/api/v1/providers/check", {"issuer": f" {ISSUER} "})
    assert found.status == 200
    assert found.json["authorization_endpoint"] == f"{ISSUER}/auth"
    assert found.json["redirect_uri"].startswith("https://localhost:8443/api/v1/oidc/")
    assert (await owner.get("/api/v1/providers")).json == {"items": []}
    assert (await add_provider(owner))["redirect_uri"] == found.json["redirect_uri"]
    provider.away = True
    away = await owner.post("/api/v1/providers/check", {"issuer": ISSUER})
    assert away.status == 422
    assert "Connection refused" in away.json["errors"][0]["message"]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"issuer": "http://id.example.com"}, "issuer"),
        ({"issuer": "id.example.com"}, "issuer"),
        ({"issuer": f"{ISSUER}?x=1"}, "issuer"),
        ({"issuer": f"{ISSUER}/.well-known/openid-configuration"}, "issuer"),
        ({"scopes": "profile email"}, "scopes"),
        ({"scopes": 'openid "x"'}, "scopes"),
        ({"claim": "two words"}, "claim"),
        ({"grants": [{"value": "ops", "role": "viewer"}]}, "claim"),
        ({"email_domains": ["example"]}, "email_domains.0"),
        ({"email_domains": ["example.com", "@example.com"]}, "email_domains.1"),
        ({"grants": [{"value": "*", "role": "viewer", "scope": "node:nowhere"}]}, "grants.0.scope"),
        ({"grants": [{"value": "*", "role": "viewer", "scope": f"interface:{'0' * 32}"}]}, "grants.0.scope"),
        ({"grants": [{"value": "*", "role": "root"}]}, "grants.0.role"),
        ({"name": ""}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"client_id": " "}, "client_id"),
        ({"client_secret": ""}, "client_secret"),
        ({"enabled": "yes"}, "enabled"),
        ({"id": "0" * 32}, "id"),
        ({"version": 7}, "version"),
        ({"secret_sealed": "x"}, "secret_sealed"),
    ],
)
async def test_what_is_wrong_is_told_at_its_field(owner: Browser, said: Claims, field: str):
    answer = await owner.post("/api/v1/providers", provider_form(**said))
    assert answer.status == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]


async def test_the_client_secret_is_never_given_back_and_stored_sealed(
    sentra: Sentra, owner: Browser, provider: FakeProvider
):
    made = await add_provider(owner)
    answers = [await owner.get("/api/v1/providers"), await owner.get(f"/api/v1/providers/{made['id']}")]
    answers += [await change(owner, made, client_secret="another secret"), await owner.get("/api/v1/audit")]
    for answer in answers:
        assert CLIENT_SECRET.encode() not in answer.body
        assert b"another secret" not in answer.body
    assert answers[0].json["items"][0]["has_secret"] is True
    stored = everything_in(sentra.settings.state_dir)
    assert CLIENT_SECRET.encode() not in stored
    assert b"another secret" not in stored
    assert (await change(owner, made, client_secret=None)).json["has_secret"] is False


async def test_what_is_left_out_stays(owner: Browser):
    made = await add_provider(owner, claim="groups", grants=[{"value": "ops", "role": "viewer"}])
    after = (await change(owner, made, name="Keycloak of ours", claim=None)).json
    assert after == made | {"name": "Keycloak of ours", "version": 2}
    assert (await change(owner, made, issuer="https://other.example.com")).status == 422


async def test_two_admins_do_not_overwrite_each_other(owner: Browser):
    made = await add_provider(owner)
    match: dict[str, str | None] = {"If-Match": f'"{made["version"]}"'}
    assert (await change(owner, made, match, name="One")).status == 200
    assert (await change(owner, made, match, name="Two")).status == 412
    path = f"/api/v1/providers/{made['id']}"
    assert (await owner.request("DELETE", path, headers=match)).status == 412
    assert (await owner.get(path)).json["name"] == "One"


async def test_every_name_is_there_once(owner: Browser):
    await add_provider(owner)
    answer = await owner.post("/api/v1/providers", provider_form(name="keycloak"))
    assert answer.json["errors"][0]["code"] == "name-taken"


async def test_S12_changes_ask_for_a_fresh_proof(owner: Browser, clock: TurnedClock):
    made = await add_provider(owner)
    clock.advance(301)
    path = f"/api/v1/providers/{made['id']}"
    answers = [
        await owner.post("/api/v1/providers", provider_form(name="Another")),
        await change(owner, made, enabled=False),
        await owner.request("DELETE", path),
    ]
    for answer in answers:
        assert answer.status == 403
        assert answer.json["type"].endswith("step-up-required")
    assert (await owner.get(path)).json == made


@pytest.mark.parametrize("role", ["operator", "viewer", "member"])
async def test_only_who_looks_after_people_sees_providers(owner: Browser, role: str):
    made = await add_provider(owner)
    other = await join(owner, "eve@example.com", role)
    assert (await other.get("/api/v1/providers")).status == 403
    assert (await change(other, made, name="Mine")).status == 403


async def test_removing_a_provider_signs_out_who_came_by_it_and_forgets_who_is_who(
    owner: Browser, visitor: Visitor, provider: FakeProvider
):
    await invite(owner, "bob@example.com", "viewer")
    made = await add_provider(owner)
    assert (await visitor.sign_in_by(provider, made["id"])).status == 200
    assert (await owner.get("/api/v1/providers")).json["items"][0]["people"] == 1
    assert (await owner.request("DELETE", f"/api/v1/providers/{made['id']}")).status == 204
    assert not await is_signed_in(visitor)
    assert (await owner.get(f"/api/v1/providers/{made['id']}")).status == 404
    again = await add_provider(owner)
    assert (await visitor.sign_in_by(provider, again["id"], sub="another person")).status == 200


async def test_every_change_is_on_record(owner: Browser):
    made = await add_provider(owner)
    await change(owner, made, grants=[{"value": "*", "role": "viewer"}], client_secret="another secret")
    await change(owner, made, grants=[{"value": "*", "role": "viewer"}])
    await owner.request("DELETE", f"/api/v1/providers/{made['id']}")
    said = [entry for entry in await audit(owner) if entry["subject_kind"] == "provider"]
    assert [entry["action"] for entry in said] == ["provider:delete", "provider:update", "provider:create"]
    fields = {"grants": [None, "*: viewer of *"], "client_secret": [None, "(hidden)"]}
    assert said[1]["detail"] == {"issuer": ISSUER, "fields": fields}
    assert said[2]["detail"]["fields"]["enabled"] == ["no", "yes"]
