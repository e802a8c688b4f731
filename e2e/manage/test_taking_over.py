"""What runs already, and what is in a file: adopted without a lost session, imported without a command."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from e2e.manage.steps import IMPORTED, NAME, add_peer, close_dialog, open_interface
from lab.lab import Lab
from lab.wireguard import new_key, run

HOOK = "touch /tmp/sentra-e2e-hook-ran"


@pytest.fixture
def running_already() -> Iterator[Lab]:
    with Lab("sadp", peers=1, listen_port=51881, tunnel="10.74", networks="10.97") as lab:
        yield lab


@pytest.fixture
def imported() -> str:
    """Give a wg-quick file with a hook."""
    private, public = new_key()[0], new_key()[1]
    return (
        f"[Interface]\r\nPrivateKey = {private}\r\nAddress = 10.75.0.1/24\r\nListenPort = 51882\r\nPostUp = {HOOK}\r\n"
        f"\r\n# BEGIN_PEER anna\r\n[Peer]\r\nPublicKey = {public}\r\nAllowedIPs = 10.75.0.2/32\r\n# END_PEER anna\r\n"
    )


def test_an_interface_that_runs_is_adopted_and_its_session_goes_on(
    at: Page, running_already: Lab, screenshots: Path
) -> None:
    name, peer = running_already.interface.name, running_already.peers[0]
    running_already.talk(peer, up_bytes=1000, down_bytes=0)
    at.goto("/interfaces")
    found = at.get_by_text(f"There is a WireGuard here already: {name} with 1 peer")
    expect(found).to_be_visible()
    before = running_already.interface.dump()
    at.screenshot(path=screenshots / "found.png")
    at.get_by_role("button", name=f"Adopt {name}").click()
    dialog = at.get_by_role("dialog")
    expect(dialog.get_by_text("Nothing is restarted")).to_be_visible()
    at.screenshot(path=screenshots / "adopt.png")
    dialog.get_by_role("button", name=f"Adopt {name}").click()
    expect(at.get_by_role("heading", name=name, level=1)).to_be_visible()
    expect(at.locator(f'[data-key="{peer.interface.public_key}"]')).to_be_visible()
    after = running_already.interface.dump()
    assert [fields[:4] for fields in after] == [fields[:4] for fields in before]
    assert int(after[1][4]) >= int(before[1][4]) > 0  # the same session, or a newer one: never none
    at.get_by_role("button", name=f"More about {name}").click()
    at.get_by_role("button", name="Delete", exact=True).click()
    at.get_by_role("dialog").get_by_role("textbox").fill(name)
    at.get_by_role("dialog").get_by_role("button", name=re.compile("Delete")).click()
    expect(at.get_by_role("heading", name="Interfaces", level=1)).to_be_visible()


def test_S52_a_file_is_imported_after_a_report_and_its_hook_never_runs(
    at: Page, imported: str, screenshots: Path
) -> None:
    at.goto("/interfaces/new?way=import")
    at.get_by_label("wg-quick file").fill(imported)
    at.get_by_label("Name").fill(IMPORTED)
    at.get_by_role("button", name="Show what is in it").click()
    expect(at.get_by_text(HOOK)).to_be_visible()
    expect(at.get_by_text("anna").first).to_be_visible()
    at.screenshot(path=screenshots / "import-report.png", full_page=True)
    assert IMPORTED not in run("ip", "-br", "link")
    at.get_by_role("button", name=f"Import {IMPORTED}").click()
    expect(at.get_by_role("heading", name=IMPORTED, level=1)).to_be_visible()
    expect(at.get_by_role("link", name="anna", exact=True)).to_be_visible()
    assert run("wg", "show", IMPORTED, "listen-port").strip() == "51882"
    assert not Path(HOOK.split()[1]).exists()


def test_addresses_are_reserved_and_their_owners_found(at: Page, screenshots: Path) -> None:
    open_interface(at)
    add_peer(at, "lamp")
    close_dialog(at)
    at.goto(f"/interfaces/local/{NAME}/addresses")
    network = run("ip", "-4", "-br", "address", "show", NAME).split()[2].rsplit(".", 1)[0]
    reserve = at.locator("form").filter(has=at.get_by_role("button", name="Reserve"))
    reserve.get_by_label("Address").fill(f"{network}.77")
    reserve.get_by_label("Note").fill("the printer to come")
    reserve.get_by_role("button", name="Reserve").click()
    expect(at.get_by_text("the printer to come")).to_be_visible()
    look = at.locator("form").filter(has=at.get_by_role("button", name="Look up"))
    look.get_by_label("Address").fill(f"{network}.77")
    look.get_by_role("button", name="Look up").click()
    expect(at.get_by_text(re.compile(r"\.77 is reserved"))).to_be_visible()
    look.get_by_label("Address").fill(f"{network}.1")
    look.get_by_role("button", name="Look up").click()
    expect(at.get_by_text("the interface's own")).to_be_visible()
    at.screenshot(path=screenshots / "addresses.png")
