"""Where somebody goes after signing in: a path of this site and no other (SECURITY.md, S24)."""

import re
from typing import Final

FRONT: Final = "/"
LONGEST: Final = 1000

_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\\\x7f]*")
_ON_THE_WAY = re.compile(r"/(?:sign-in|setup|join|reset|api)(?:[/?#]|$)")


def own_path(wanted: str | None) -> str:
    """Return a path of this site as it is, and the front page for anything else.

    Browsers read `//host` and `/\\host` as another site, and drop control characters before they look.
    """
    if wanted is None or len(wanted) > LONGEST or not wanted.isascii() or not _PATH.fullmatch(wanted):
        return FRONT
    return FRONT if _ON_THE_WAY.match(wanted) else wanted
