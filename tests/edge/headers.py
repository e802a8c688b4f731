"""The headers that every answer has (SECURITY.md, S60)."""

from tests.edge.client import Answer

HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
TELLING = ("server", "via", "x-powered-by", "alt-svc")


def assert_secured(answer: Answer, what: str) -> None:
    for name, value in HEADERS.items():
        assert answer.all(name) == [value], f"{what} ({answer.status}): {name} is {answer.all(name)}"
    assert answer.one("permissions-policy").count("=()") > 15, what
    policy = answer.one("content-security-policy")
    assert "default-src 'none'" in policy, what
    assert "frame-ancestors 'none'" in policy, what
    assert "unsafe" not in policy, what
    for name in TELLING:
        assert not answer.all(name), f"{what} ({answer.status}) tells {name}"
