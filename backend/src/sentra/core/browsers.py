"""What a browser says of itself, in words for people."""

import re
from typing import Final

_BROWSERS: Final = (
    (r"Edg(?:e|A|iOS)?/", "Edge"),
    (r"OPR/|Opera", "Opera"),
    (r"SamsungBrowser/", "Samsung Internet"),
    (r"Firefox/|FxiOS/", "Firefox"),
    (r"HeadlessChrome/|Chromium/|Chrome/|CriOS/", "Chrome"),
    (r"Version/.*Safari/", "Safari"),
    (r"curl/", "curl"),
    (r"python-|aiohttp|httpx", "Python"),
)
_SYSTEMS: Final = (
    (r"iPhone", "iPhone"),
    (r"iPad", "iPad"),
    (r"Android", "Android"),
    (r"CrOS", "ChromeOS"),
    (r"Windows", "Windows"),
    (r"Mac OS X|Macintosh", "macOS"),
    (r"Linux|X11", "Linux"),
)
"""The first that fits: many of them call themselves by the names of the others too."""


def browser_in_words(user_agent: str) -> str:
    """Give a `User-Agent` header (RFC 9110, 10.1.5) in words: `Firefox on Linux`. It proves nothing."""
    browser, system = _first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent)
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or "unknown"


def _first(known: tuple[tuple[str, str], ...], user_agent: str) -> str | None:
    return next((name for pattern, name in known if re.search(pattern, user_agent)), None)
