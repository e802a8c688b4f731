"""What the page shows of real tunnels, and that it follows them by itself."""

import re
import time

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.conftest import Complaints
from e2e.stack import Stack, wait_for
from e2e.talk import Talk
from lab.lab import Lab

RATE = re.compile(r"[1-9][\d.]* [kM]?bit/s")
BROKEN_SOCKET = ("WebSocket", "502", "503", "Failed to load resource", "ERR_")


def row_of(page: Page, public_key: str) -> Locator:
    return page.locator(f'[data-key="{public_key}"]')


def open_interface(page: Page) -> None:
    page.goto("/interfaces/local/se2e0")
    page.get_by_role("heading", name="se2e0", level=1).wait_for()


def test_rates_of_real_traffic_appear_and_move(signed_in: Page, lab: Lab, talk: Talk) -> None:
    open_interface(signed_in)
    talking = row_of(signed_in, lab.peers[0].interface.public_key)
    silent = row_of(signed_in, lab.peers[3].interface.public_key)
    expect(talking.locator('[data-column="rx_rate"]')).to_have_text(RATE)
    expect(talking.locator('[data-column="tx_rate"]')).to_have_text(RATE)
    expect(talking).to_have_attribute("data-presence", "active")
    expect(silent).to_have_attribute("data-presence", "never")
    total = talking.locator('[data-column="rx_bytes"]')
    before = total.text_content()
    expect(total).not_to_have_text(before or "")


def test_the_page_agrees_with_wg_show_within_two_samples(signed_in: Page, lab: Lab, talk: Talk) -> None:
    open_interface(signed_in)
    key = lab.peers[0].interface.public_key
    expect(row_of(signed_in, key).locator('[data-column="rx_rate"]')).to_have_text(RATE)

    def counted() -> int:
        return next(int(fields[5]) for fields in lab.interface.dump() if fields[0] == key)

    before, started = counted(), time.monotonic()
    signed_in.wait_for_timeout(3000)
    measured = (counted() - before) * 8 / (time.monotonic() - started)
    shown = row_of(signed_in, key).locator('[data-column="rx_rate"]').text_content() or ""
    number, unit = shown.split(" ", 1)
    factor = {"bit/s": 1, "kbit/s": 1e3, "Mbit/s": 1e6}[unit]
    assert float(number) * factor == pytest.approx(measured, rel=0.5)


def test_rates_fall_to_zero_when_the_traffic_stops(signed_in: Page, lab: Lab) -> None:
    open_interface(signed_in)
    rate = row_of(signed_in, lab.peers[0].interface.public_key).locator('[data-column="rx_rate"]')
    with Talk(lab):
        expect(rate).to_have_text(RATE)
    expect(rate).not_to_have_text(RATE)


def test_a_peer_added_by_wg_set_is_there_within_two_seconds_and_gone_as_fast(
    signed_in: Page, lab: Lab, talk: Talk
) -> None:
    open_interface(signed_in)
    rows = signed_in.locator("[data-key]")
    expect(rows).to_have_count(4)
    lab.interface.wg("peer", "5gTRsLCfs5wZ8z0H8TJyNyKCAmVLtV0R5XkQkLCyGnM=", "allowed-ips", "10.78.200.2/32")
    try:
        expect(row_of(signed_in, "5gTRsLCfs5wZ8z0H8TJyNyKCAmVLtV0R5XkQkLCyGnM=")).to_be_visible(timeout=2500)
    finally:
        lab.interface.wg("peer", "5gTRsLCfs5wZ8z0H8TJyNyKCAmVLtV0R5XkQkLCyGnM=", "remove")
    expect(rows).to_have_count(4, timeout=2500)


def test_a_peer_that_roams_shows_its_new_endpoint(signed_in: Page, lab: Lab, talk: Talk) -> None:
    open_interface(signed_in)
    endpoint = row_of(signed_in, lab.peers[1].interface.public_key).locator('[data-column="endpoint"]')
    expect(endpoint).to_contain_text("10.98.2.")
    address = lab.roam(lab.peers[1])
    expect(endpoint).to_contain_text(address, timeout=15_000)


def test_an_interface_deleted_under_the_page_is_said_and_heals_when_it_returns(
    signed_in: Page, lab: Lab, talk: Talk
) -> None:
    open_interface(signed_in)
    expect(signed_in.locator("[data-key]")).to_have_count(4)
    lab.interface.delete()
    try:
        expect(signed_in.get_by_text("se2e0 does not exist").first).to_be_visible(timeout=2500)
        expect(signed_in.locator("[data-key]")).to_have_count(0)
    finally:
        lab.recreate()
    expect(signed_in.locator("[data-key]")).to_have_count(4, timeout=5000)
    expect(signed_in.get_by_text("se2e0 does not exist")).to_have_count(0)
    talking = row_of(signed_in, lab.peers[0].interface.public_key)
    expect(talking.locator('[data-column="rx_rate"]')).to_have_text(RATE, timeout=30_000)


def test_a_backend_killed_under_the_page_drops_no_tunnel_and_the_page_recovers(
    signed_in: Page, lab: Lab, talk: Talk, stack: Stack, complaints: Complaints
) -> None:
    complaints.expect(*BROKEN_SOCKET)
    open_interface(signed_in)
    key = lab.peers[0].interface.public_key
    rate = row_of(signed_in, key).locator('[data-column="rx_rate"]')
    expect(rate).to_have_text(RATE)
    state = signed_in.get_by_role("status").first
    before = lab.interface.dump()

    stack.kill_backend()
    expect(state).to_have_text(re.compile("reconnecting|stale|offline", re.IGNORECASE), timeout=10_000)
    expect(signed_in.locator("[data-key]")).to_have_count(4)
    handshakes = {fields[0]: int(fields[4]) for fields in lab.interface.dump()[1:]}
    assert all(handshakes[fields[0]] >= int(fields[4]) for fields in before[1:])
    stack.start_backend()

    expect(state).to_have_text(re.compile("live", re.IGNORECASE), timeout=35_000)
    expect(rate).to_have_text(RATE)


def test_R30_a_stop_with_open_pages_takes_less_than_ten_seconds(
    signed_in: Page, stack: Stack, complaints: Complaints, talk: Talk
) -> None:
    complaints.expect(*BROKEN_SOCKET)
    expect(signed_in.get_by_role("status").first).to_have_text(re.compile("live", re.IGNORECASE))
    try:
        assert stack.stop_backend() < 10
    finally:
        stack.start_backend()
    wait_for(stack.is_ready, "the control plane is back")
    expect(signed_in.get_by_role("status").first).to_have_text(re.compile("live", re.IGNORECASE), timeout=35_000)


def test_a_filter_and_a_sort_stay_in_the_address(signed_in: Page, lab: Lab, talk: Talk) -> None:
    open_interface(signed_in)
    expect(signed_in.locator("[data-key]")).to_have_count(4)
    search = signed_in.get_by_role("searchbox")
    search.fill("ip:10.78.3.2")
    rows = signed_in.locator("[data-key]")
    expect(rows).to_have_count(1)
    expect(rows).to_have_attribute("data-key", lab.peers[2].interface.public_key)
    expect(signed_in).to_have_url(re.compile(r"q=ip(:|%3A)10\.78\.3\.2"))
    signed_in.reload()
    expect(signed_in.locator("[data-key]")).to_have_count(1)


def test_a_peer_opens_beside_the_list_and_escape_closes_it(signed_in: Page, lab: Lab, talk: Talk) -> None:
    open_interface(signed_in)
    key = lab.peers[0].interface.public_key
    row_of(signed_in, key).get_by_role("link").click()
    panel = signed_in.get_by_role("dialog", name=f"Peer {key}")
    expect(panel).to_be_visible()
    expect(panel.locator('[data-field="endpoint"]')).to_contain_text("10.98.1.")
    expect(panel.locator('[data-field="receive"]')).to_contain_text(RATE)
    signed_in.keyboard.press("Escape")
    expect(panel).to_have_count(0)
