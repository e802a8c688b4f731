"""Who comes in by an identity provider, as whom, and with which roles."""

import pytest

from sentra.db.providers import ProviderRow
from tests.api.people_forms import JOINED, change, find, id_of, invite, is_signed_in, join
from tests.api.test_second_factors import POLICY, enrol
from tests.browser import Browser
from tests.oidc.provider import ISSUER, Claims, FakeProvider, Visitor, add_provider, audit, problem
from tests.turned_clock import TurnedClock

VIEWERS = [{"value": "*", "role": "viewer"}]


async def test_nothing_is_offered_before_somebody_adds_a_provider(owner: Browser, visitor: Visitor):
    assert (await visitor.get("/api/v1/session/providers")).json == {"items": []}
    made = await add_provider(owner, enabled=False)
    assert (await visitor.get("/api/v1/session/providers")).json == {"items": []}
    assert (await visitor.post(f"/api/v1/session/providers/{made['id']}", {})).status == 404


async def test_whoever_was_invited_comes_in_by_the_provider(owner: Browser, visitor: Visitor, provider: FakeProvider):
    invited = await invite(owner, "bob@example.com", "viewer")
    made = await add_provider(owner)
    assert (await visitor.get("/api/v1/session/providers")).json == {"items": [{"id": made["id"], "name": "Keycloak"}]}
    answer = await visitor.sign_in_by(provider, made["id"])
    assert answer.status == 200, answer.json
    assert answer.json["user"]["email"] == "bob@example.com"
    assert answer.json["user"]["role"] == "viewer"
    assert await is_signed_in(visitor)
    assert (await find(owner))["joined_at"] is not None
    token = invited.json["link"].partition("#")[2]
    assert (await visitor.post("/api/v1/invitations/check", {"token": token})).status == 403
    said = [(entry["action"], entry["summary"]) for entry in await audit(owner)]
    assert ("session:create", "Signed in by Keycloak") in said
    assert ("user:join", "bob@example.com joined by Keycloak") in said


async def test_the_second_time_the_provider_s_own_name_for_somebody_counts(
    owner: Browser, visitor: Visitor, provider: FakeProvider
):
    await invite(owner, "bob@example.com", "viewer")
    made = await add_provider(owner)
    assert (await visitor.sign_in_by(provider, made["id"])).status == 200
    answer = await visitor.sign_in_by(provider, made["id"], email="robert@elsewhere.example", email_verified=False)
    assert answer.status == 200
    assert answer.json["user"]["email"] == "bob@example.com"


async def test_an_address_that_went_to_somebody_else_opens_no_account(
    owner: Browser, visitor: Visitor, provider: FakeProvider
):
    await invite(owner, "bob@example.com", "viewer")
    made = await add_provider(owner)
    assert (await visitor.sign_in_by(provider, made["id"])).status == 200
    answer = await visitor.sign_in_by(provider, made["id"], sub="another person")
    assert answer.status == 403
    assert problem(answer) == "not-admitted"


async def test_who_took_another_s_address_does_not_wait_for_them_in_there(
    owner: Browser, visitor: Visitor, provider: FakeProvider
):
    """An address that somebody gave themselves is nobody's word: the provider's person would share their account."""
    eve = await join(owner, "eve@example.com", "member")
    taken = await eve.request("PATCH", "/api/v1/profile", json={"email": "bob@example.com"})
    assert taken.status == 200
    grants = [{"value": "*", "role": "operator"}]
    made = await add_provider(owner, admits_new=True, grants=grants)
    answer = await visitor.sign_in_by(provider, made["id"])
    assert answer.status == 403
    assert problem(answer) == "not-admitted"
    assert (await find(owner))["role"] == "member"


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "nobody@example.com"},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": 1},
        {"email_verified": None},
        {"email": None},
        {"email": ["bob@example.com"]},
        {"email": "bob@example.com\x00"},
        {"email": "bob@example.com, eve@example.com"},
    ],
)
async def test_whom_nobody_knows_or_the_provider_does_not_vouch_for_stays_outside(
    owner: Browser, visitor: Visitor, provider: FakeProvider, claims: Claims
):
    await invite(owner, "bob@example.com", "viewer")
    made = await add_provider(owner)
    answer = await visitor.sign_in_by(provider, made["id"], **claims)
    assert answer.status == 403
    assert problem(answer) == "not-admitted"
    assert not await is_signed_in(visitor)
    assert (await find(owner))["joined_at"] is None
    assert len((await owner.get("/api/v1/users")).json["items"]) == 2


async def test_entra_says_in_its_own_words_that_an_address_is_checked(
    owner: Browser, visitor: Visitor, provider: FakeProvider
):
    await invite(owner, "bob@example.com", "viewer")
    made = await add_provider(owner)
    for said, status in ((False, 403), ("0", 403), ("1", 200)):
        answer = await visitor.sign_in_by(provider, made["id"], email_verified=None, xms_edov=said)
        assert answer.status == status
    answer = await visitor.sign_in_by(provider, made["id"], sub="2", email_verified=False, xms_edov=True)
    assert answer.status == 403


async def test_newcomers_come_in_where_that_was_decided_with_the_role_of_their_claim(
    owner: Browser, visitor: Visitor, provider: FakeProvider
):
    grants = [{"value": "wg-ops", "role": "operator"}, {"value": "staff", "role": "viewer"}]
    made = await add_provider(owner, admits_new=True, claim="groups", grants=grants)
    answer = await visitor.sign_in_by(provider, made["id"], groups=["staff", "wg-ops", "gardeners"])
    assert answer.status == 200, answer.json
    assert answer.json["user"] | {"id": ""} == {
        "id": "", "email": "bob@example.com", "name": "Bob Provided", "role": "operator",
    }  # fmt: skip
    without = await Visitor(visitor.app, "198.51.100.8").sign_in_by(
        provider, made["id"], sub="2", email="eve@example.com", groups=["gardeners"]
    )
    assert without.status == 403
    assert problem(without) == "not-admitted"


async def test_a_role_for_everybody_admits_nobody_by_itself(owner: Browser, visitor: Visitor, provider: FakeProvider):
    made = await add_provider(owner, grants=VIEWERS)
    answer = await visitor.sign_in_by(provider, made["id"])
    assert answer.status == 403
    assert problem(answer) == "not-admitted"


async def test_a_claim_inside_an_object_is_found(owner: Browser, visitor: Visitor, provider: FakeProvider):
    made = await add_provider(
        owner, admits_new=True, claim="realm_access.roles", grants=[{"value": "wg", "role": "member"}]
    )
    answer = await visitor.sign_in_by(provider, made["id"], realm_access={"roles": ["wg"]})
    assert answer.json["user"]["role"] == "member"


async def test_roles_follow_the_claim_and_what_people_gave_stays(
    owner: Browser, visitor: Visitor, provider: FakeProvider
):
    await invite(owner, "bob@example.com", "viewer", "node:local")
    grants = [{"value": "ops", "role": "operator"}, {"value": "all", "role": "viewer", "scope": "node:local"}]
    made = await add_provider(owner, claim="groups", grants=grants)

    async def bindings(*groups: str) -> set[tuple[str, str]]:
        assert (await visitor.sign_in_by(provider, made["id"], groups=list(groups))).status == 200
        return {(each["role"], each["scope"]) for each in (await find(owner))["bindings"]}

    given = ("viewer", "node:local")
    assert await bindings("ops", "all") == {("operator", "*"), given}
    assert await bindings("all") == {given}
    assert await bindings("ops") == {("operator", "*"), given}
    by_hand = [{"role": "member", "scope": "*"}]
    answer = await owner.request("PUT", f"/api/v1/users/{await id_of(owner)}/bindings", json={"bindings": by_hand})
    assert answer.status == 200
    assert await bindings("ops") == {("member", "*")}
    assert [e["summary"] for e in await audit(owner) if e["action"] == "role:update"] != []


@pytest.mark.parametrize("role", ["owner", "admin"])
async def test_no_claim_makes_anybody_an_owner_or_admin(owner: Browser, role: str):
    made = await add_provider(owner)
    form = {"claim": "groups", "grants": [{"value": "root", "role": "viewer"}, {"value": "*", "role": role}]}
    answer = await owner.request("PATCH", f"/api/v1/providers/{made['id']}", json=form)
    assert answer.status == 422
    assert [error["field"] for error in answer.json["errors"]] == ["grants.1.role"]
    answer = await owner.post("/api/v1/providers", {**form, "name": "X", "issuer": ISSUER, "client_id": "x"})
    assert answer.status == 422
    assert answer.json["errors"][0]["field"] == "grants.1.role"


async def test_what_is_stored_all_the_same_makes_nobody_an_admin(
    owner: Browser, visitor: Visitor, provider: FakeProvider
):
    made = await add_provider(owner, admits_new=True, grants=[{"value": "*", "role": "viewer"}])
    await ProviderRow.filter(id=made["id"]).update(
        grants=[{"value": "*", "role": "admin", "scope": "*"}, {"value": "*", "role": "member", "scope": "*"}]
    )
    assert (await visitor.sign_in_by(provider, made["id"])).json["user"]["role"] == "member"


@pytest.mark.parametrize("role", ["owner", "admin"])
async def test_owners_and_admins_are_signed_in_only_where_an_owner_said_so(
    owner: Browser, visitor: Visitor, provider: FakeProvider, role: str
):
    admin = await join(owner, "ada@example.com", "admin")
    made = await add_provider(admin)
    await invite(owner, "bob@example.com", role)
    answer = await visitor.sign_in_by(provider, made["id"])
    assert answer.status == 403
    assert problem(answer) == "not-admitted"
    path = f"/api/v1/providers/{made['id']}"
    refused = await admin.request("PATCH", path, json={"admits_admins": True})
    assert refused.status == 422
    assert refused.json["errors"][0]["field"] == "admits_admins"
    assert (await owner.request("PATCH", path, json={"admits_admins": True})).status == 200
    assert (await visitor.sign_in_by(provider, made["id"])).json["user"]["role"] == role


async def test_who_became_an_admin_after_the_first_time_is_an_admin_all_the_same(
    owner: Browser, visitor: Visitor, provider: FakeProvider
):
    await invite(owner, "bob@example.com", "viewer")
    made = await add_provider(owner)
    assert (await visitor.sign_in_by(provider, made["id"])).status == 200
    path = f"/api/v1/users/{await id_of(owner)}/bindings"
    await owner.request("PUT", path, json={"bindings": [{"role": "admin", "scope": "*"}]})
    assert problem(await visitor.sign_in_by(provider, made["id"])) == "not-admitted"


async def test_whoever_is_disabled_stays_outside(owner: Browser, visitor: Visitor, provider: FakeProvider):
    await invite(owner, "bob@example.com", "viewer")
    made = await add_provider(owner)
    assert (await visitor.sign_in_by(provider, made["id"])).status == 200
    assert (await change(owner, await id_of(owner), enabled=False)).status == 200
    assert not await is_signed_in(visitor)
    assert problem(await visitor.sign_in_by(provider, made["id"])) == "not-admitted"


async def test_only_people_of_the_domains_come_in(owner: Browser, visitor: Visitor, provider: FakeProvider):
    made = await add_provider(owner, admits_new=True, grants=VIEWERS, email_domains=["Example.COM "])
    assert made["email_domains"] == ["example.com"]
    for email in ("eve@example.org", "eve@sub.example.com", "eve@example.com@example.org", "eve@example.com."):
        answer = await visitor.sign_in_by(provider, made["id"], email=email)
        assert answer.status == 403, email
    assert (await visitor.sign_in_by(provider, made["id"], email="Eve@EXAMPLE.com")).status == 200


async def test_S12_a_provider_that_knows_somebody_since_this_morning_gives_no_fresh_proof(
    owner: Browser, visitor: Visitor, provider: FakeProvider
):
    await join(owner, role="viewer")
    made = await add_provider(owner)
    assert (await visitor.sign_in_by(provider, made["id"])).status == 200
    form = {"name": "ci", "actions": ["status:read"]}
    refused = await visitor.post("/api/v1/tokens", form)
    assert (refused.status, problem(refused)) == (403, "step-up-required")
    assert (await visitor.post("/api/v1/session/proof", {"password": JOINED})).status == 204
    assert (await visitor.post("/api/v1/tokens", form)).status == 201


async def test_whoever_has_no_password_proves_by_the_provider(owner: Browser, visitor: Visitor, provider: FakeProvider):
    await invite(owner, "bob@example.com", "viewer")
    made = await add_provider(owner)
    assert (await visitor.sign_in_by(provider, made["id"])).status == 200
    assert (await visitor.post("/api/v1/tokens", {"name": "ci", "actions": ["status:read"]})).status == 201


async def test_S10_whoever_must_set_up_a_second_factor_can_do_so_when_the_provider_signed_them_in(
    owner: Browser, visitor: Visitor, provider: FakeProvider, clock: TurnedClock
):
    await join(owner, role="viewer")
    made = await add_provider(owner)
    await enrol(owner, clock)
    assert (await owner.request("PUT", POLICY, json={"rule": "all"})).status == 204
    assert (await visitor.sign_in_by(provider, made["id"])).status == 200
    assert (await visitor.get("/api/v1/interfaces")).status == 403
    await enrol(visitor, clock)
    assert (await visitor.get("/api/v1/interfaces")).status == 200
