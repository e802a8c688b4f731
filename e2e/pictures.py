"""`make pictures`: the README's pictures, taken of the demo's peers with real traffic."""

import sys
import tempfile
import threading
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from e2e.browser import apart
from e2e.conftest import set_up
from e2e.stack import Stack, running
from lab.demo import PEERS, live
from lab.lab import Lab

IMAGES = Path(__file__).parent.parent / "docs" / "images"
TRAFFIC_SECONDS = 150.0
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


def main() -> int:
    """Let the demo run for a while and take the pictures."""
    stop = threading.Event()
    with (
        tempfile.TemporaryDirectory() as folder,
        Lab("sdemo", peers=PEERS, listen_port=51877) as lab,
        running(Path(folder), lab.interface.name) as stack,
        apart(Path(folder)) as launch,
        sync_playwright() as playwright,
    ):
        traffic = threading.Thread(target=live, args=(lab, stop, lambda: True))
        traffic.start()
        try:
            _take(playwright.chromium.launch(**launch), stack, lab)
        finally:
            stop.set()
            traffic.join()
    return 0


def _take(browser: Browser, stack: Stack, lab: Lab) -> None:
    context = browser.new_context(base_url=stack.origin, ignore_https_errors=True, viewport=WIDE)
    page = context.new_page()
    set_up(page, stack)
    interface = f"/interfaces/local/{lab.interface.name}"
    time.sleep(TRAFFIC_SECONDS)
    _picture(page, "dashboard", "dark")
    _picture(page, "dashboard", "light")
    # From here by links, not by the address: the charts are in the page's memory.
    page.get_by_role("link", name=lab.interface.name).first.click()
    page.locator("[data-key]").first.wait_for()
    time.sleep(3)
    _picture(page, "interface", "light")
    _picture(page, "interface", "dark")
    page.locator(f'[data-key="{lab.peers[0].interface.public_key}"]').get_by_role("link").first.click()
    page.get_by_role("dialog").wait_for()
    time.sleep(20)
    _picture(page, "peer", "dark")
    page.keyboard.press("Escape")
    page.set_viewport_size(PHONE)
    time.sleep(1)
    _picture(page, "phone", "light")
    page.get_by_role("link", name="Dashboard").first.click()
    page.get_by_role("heading", name="Dashboard", level=1).wait_for()
    time.sleep(1)
    _picture(page, "phone", "dark")
    print(f"sentra: pictures of {interface} are in docs/images")


def _picture(page: Page, name: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.wait_for_timeout(600)
    page.screenshot(path=IMAGES / f"{name}-{scheme}.png")


if __name__ == "__main__":
    sys.exit(main())
