"""What owners do about people in the pages: invite, give roles, disable, remove; and who may do what."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from e2e.conftest import Complaints
from e2e.manage.steps import NAME, add_peer, ask, close_dialog, open_interface, prove, row
from e2e.manage.test_tokens import prove_where_asked, sign_in
from e2e.test_looks import findings, overflows

EMAIL, PASSWORD = "olga@example.com", "the badger digs at dawn"
FALLS_OUT_MS = 5_000
"""Within which a browser shows the sign-in page once its user is disabled (S20)."""


def row_of(page: Page, name: str) -> Locator:
    return page.get_by_role("table", name="People").get_by_role("row").filter(has_text=name)


def choose(page: Page, entry: str, name: str = "Olga") -> Locator:
    """Choose what is done to somebody, and give the dialog that opens."""
    page.get_by_role("button", name=f"More about {name}").click()
    page.get_by_role("button", name=entry, exact=True).click()
    return page.get_by_role("dialog")


def invite(page: Page) -> str:
    """Invite an operator of the one interface, in the page; give the link that is shown once."""
    page.goto("/people")
    page.get_by_role("button", name="Invite", exact=True).click()
    dialog = page.get_by_role("dialog", name="Invite somebody")
    dialog.get_by_label("E-mail").fill(EMAIL)
    dialog.get_by_label("Name").fill("Olga")
    role, of = dialog.get_by_role("combobox").all()
    role.select_option("operator")
    of.select_option(label=NAME)
    dialog.get_by_role("button", name="Make invitation").click()
    prove_where_asked(page, page.get_by_role("dialog", name="Invitation"))
    return page.get_by_role("dialog", name="Invitation").locator("code").inner_text()


def join(page: Page, link: str) -> None:
    page.goto(link)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Join").click()
    page.get_by_role("link", name="Sign in").wait_for()
    sign_in(page, EMAIL, PASSWORD)


def test_an_operator_of_one_interface_is_invited_becomes_a_viewer_and_goes(
    at: Page, browser: Browser, browser_context_args: dict[str, Any], screenshots: Path
) -> None:
    open_interface(at)
    link = invite(at)
    at.screenshot(path=screenshots / "people-link.png")
    at.get_by_role("dialog").get_by_role("button", name="Done").click()
    expect(row_of(at, EMAIL)).to_contain_text(f"operator of {NAME}")
    expect(row_of(at, EMAIL)).to_contain_text("invited")
    assert link not in at.content()
    context = browser.new_context(**browser_context_args)
    olga = context.new_page()
    join(olga, link)
    expect(olga.get_by_role("link", name="People")).to_have_count(0)
    olga.goto(f"/interfaces/local/{NAME}")
    expect(olga.get_by_role("button", name="Add peer").first).to_be_visible()
    at.reload()
    expect(row_of(at, EMAIL)).to_contain_text("ago")

    dialog = choose(at, "Roles")
    dialog.get_by_role("combobox").first.select_option("viewer")
    dialog.get_by_role("button", name="Save roles").click()
    changed = row_of(at, EMAIL).get_by_text(f"viewer of {NAME}")
    prove_where_asked(at, changed)
    olga.reload()
    olga.get_by_role("heading", name=NAME, level=1).wait_for()
    expect(olga.get_by_text("live", exact=True)).to_be_visible()
    expect(olga.get_by_role("button", name="Add peer")).to_have_count(0)
    olga.screenshot(path=screenshots / "people-viewer.png")
    olga.goto("/people")
    expect(olga.get_by_text("Your role does not see who there is.")).to_be_visible()
    olga.goto("/roles")
    expect(olga.get_by_role("table", name="Who may do what")).to_be_visible()
    expect(olga.get_by_role("heading", name="Who has which")).to_have_count(0)

    choose(at, "Disable").get_by_role("button", name="Disable").click()
    expect(row_of(at, EMAIL)).to_contain_text("disabled")
    expect(olga.get_by_role("heading", name="Sign in")).to_be_visible(timeout=FALLS_OUT_MS)
    choose(at, "Remove").get_by_role("button", name="Remove Olga").click()
    expect(row_of(at, EMAIL)).to_have_count(0)
    at.goto("/audit")
    expect(at.get_by_text(f"Invited {EMAIL} as operator of {NAME}")).to_be_visible()
    expect(at.get_by_text(f"{EMAIL} is viewer of {NAME}")).to_be_visible()
    context.close()


def test_roles_that_somebody_else_changed_meanwhile_are_not_overwritten_unseen(
    at: Page, complaints: Complaints
) -> None:
    complaints.expect("412")
    body = {"email": EMAIL, "name": "Olga", "bindings": [{"role": "viewer", "scope": "*"}]}
    prove(at)
    invited = ask(at, "POST", "/users", body)
    user = invited["json"]["user"]["id"]
    at.goto("/people")
    dialog = choose(at, "Roles")
    dialog.get_by_role("combobox").first.select_option("operator")
    theirs = {"bindings": [{"role": "member", "scope": "*"}]}
    assert ask(at, "PUT", f"/users/{user}/bindings", theirs)["status"] == 200
    dialog.get_by_role("button", name="Save roles").click()
    expect(dialog.get_by_text("Somebody changed Olga meanwhile, so this was not saved")).to_be_visible()
    dialog.get_by_role("button", name="Drop what I typed").click()
    expect(dialog.get_by_role("combobox").first).to_have_value("member")
    ask(at, "DELETE", f"/users/{user}")


def test_two_admins_who_edit_one_peer_do_not_overwrite_each_other(
    at: Page, browser: Browser, browser_context_args: dict[str, Any], complaints: Complaints, screenshots: Path
) -> None:
    complaints.expect("412")
    open_interface(at)
    add_peer(at, "shared")
    close_dialog(at)
    prove(at)
    body = {"email": EMAIL, "name": "Olga", "bindings": [{"role": "admin", "scope": "*"}]}
    invited = ask(at, "POST", "/users", body)["json"]
    context = browser.new_context(**browser_context_args)
    olga = context.new_page()
    join(olga, invited["link"])
    olga.goto(f"/interfaces/local/{NAME}")
    ours, theirs = edit_peer(at, "shared"), edit_peer(olga, "shared")
    ours.get_by_label("Notes").fill("the laptop in the hall")
    theirs.get_by_label("Tags").fill("hall")
    theirs.get_by_role("button", name="Save").click()
    theirs.wait_for(state="detached")
    ours.get_by_role("button", name="Save").click()
    expect(ours.get_by_text("Olga changed shared meanwhile, so this was not saved")).to_be_visible()
    expect(ours.get_by_label("Notes")).to_have_value("the laptop in the hall")
    at.screenshot(path=screenshots / "peer-overtaken.png")
    ours.get_by_role("button", name="Save").click()
    ours.wait_for(state="detached")
    olga.reload()
    again = edit_peer(olga, "shared")
    expect(again.get_by_label("Tags")).to_have_value("hall")
    expect(again.get_by_label("Notes")).to_have_value("the laptop in the hall")
    ask(at, "DELETE", f"/users/{invited['user']['id']}")
    context.close()


def edit_peer(page: Page, name: str) -> Locator:
    """Open the form of a peer on the page of its interface."""
    panel = page.get_by_role("dialog", name=f"Peer {name}")
    if not panel.is_visible():
        row(page, name).get_by_role("link").click()
    panel.get_by_role("button", name="Edit").click()
    return page.get_by_role("dialog", name=f"Edit {name}")


def somebody(number: int, **fields: Any) -> dict[str, Any]:
    """Give somebody as the API would, with a name of sixty characters where they are the first."""
    name = "Wilhelmina-Alexandra von und zu Hohenlohe-Waldenburg-Schilli" if number == 0 else f"Person {number}"
    return {
        "id": f"p{number}",
        "email": f"person-with-a-long-address-{number}@department.example.com",
        "name": name,
        "role": "operator",
        "bindings": [{"role": "operator", "scope": "node:berlin-datacenter"}, {"role": "viewer", "scope": "*"}],
        "enabled": number != 3,
        "peer_limit": 5 if number % 2 else None,
        "peer_count": number,
        "created_at": "2026-01-01T00:00:00Z",
        "joined_at": None if number == 2 else "2026-01-02T00:00:00Z",
        "invited_until": None,
        "seen_at": None if number in (2, 3) else "2026-01-03T00:00:00Z",
        "has_second_factor": number % 3 == 0,
        "version": 1,
        "can": ["user:update", "user:reset", "role:update", "factor:reset", "user:delete"] if number % 4 else [],
    } | fields


def answer_with(page: Page, people: list[dict[str, Any]] | None) -> None:
    """Answer with these people, or not at all."""
    grantable = ["owner", "admin", "operator", "viewer", "member"]

    def fulfil(route: Route) -> None:
        if people is None:
            problem = {"type": "about:blank", "title": "No", "status": 503, "detail": "The database does not answer."}
            route.fulfill(status=503, content_type="application/problem+json", body=json.dumps(problem))
        else:
            route.fulfill(json={"items": people, "next_cursor": None, "grantable": grantable})

    page.route("**/api/v1/users?*", fulfil)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", ["empty", "busy", "broken"])
def test_the_page_of_people_looks_right(
    at: Page, state: str, scheme: Any, screenshots: Path, complaints: Complaints
) -> None:
    at.emulate_media(color_scheme=scheme)
    complaints.expect("503")
    owner = ask(at, "GET", "/session")["json"]["user"]
    me = somebody(90, id=owner["id"], name=owner["name"], role="owner", bindings=[{"role": "owner", "scope": "*"}])
    answer_with(at, {"empty": [me], "busy": [me, *map(somebody, range(24))], "broken": None}[state])
    at.goto("/people")
    seen = {"empty": "Nobody else is here yet", "busy": "Person 20", "broken": "The database does not answer."}[state]
    expect(at.get_by_text(seen).first).to_be_visible()
    for width, size in ((1440, "wide"), (390, "phone")):
        at.set_viewport_size({"width": width, "height": 900})
        at.wait_for_timeout(300)
        at.screenshot(path=screenshots / f"people-{state}-{size}-{scheme}.png")
        assert not overflows(at), f"{state} at {width}"
        assert findings(at) == []
        if state == "busy":
            choose(at, "Roles", "Person 5").get_by_role("button", name="Add role").click()
            at.screenshot(path=screenshots / f"people-roles-{size}-{scheme}.png")
            assert findings(at) == []
            at.keyboard.press("Escape")
            expect(at.get_by_role("dialog")).to_have_count(0)
            choose(at, "Remove", "Person 23")  # the last row: its menu can be reached too
            at.screenshot(path=screenshots / f"people-remove-{size}-{scheme}.png")
            at.keyboard.press("Escape")
            expect(at.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_of_roles_tells_who_may_do_what_and_why(at: Page, scheme: Any, screenshots: Path) -> None:
    at.emulate_media(color_scheme=scheme)
    at.goto("/roles")
    rows = at.get_by_role("table", name="Who may do what")
    peer = rows.locator('tr[data-action="peer:create"]')
    expect(peer).to_contain_text("Make a peer")
    at.get_by_role("button", name="member", exact=True).click()
    expect(peer).to_contain_text("Only what is their own.")
    for width, size in ((1440, "wide"), (390, "phone")):
        at.set_viewport_size({"width": width, "height": 900})
        at.wait_for_timeout(300)
        at.screenshot(path=screenshots / f"roles-{size}-{scheme}.png", full_page=True)
        assert not overflows(at), f"roles at {width}"
        assert findings(at) == []
    expect(peer.get_by_role("cell")).to_have_count(2)
