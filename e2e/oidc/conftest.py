"""A product without interfaces that trusts a provider of this machine, and what people do at both."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from e2e.conftest import made_owner
from e2e.oidc.provider import Provider, made
from e2e.stack import Stack, running


@pytest.fixture(scope="session")
def provider(browser_type_launch_args: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Provider:
    """A provider at the address under which the browser reaches this machine: another site than Sentra's."""
    (rule,) = browser_type_launch_args["args"]
    return made(tmp_path_factory.mktemp("provider"), rule.rpartition(" ")[2])


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Stack]:
    """A product that may ask the provider, and trusts its CA; the provider runs beside it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SENTRA_ALLOWED_PRIVATE_TARGETS", provider.issuer.split("/")[2].rpartition(":")[0])
        patch.setenv("SSL_CERT_FILE", str(provider.ca))
        with running(tmp_path_factory.mktemp("stack"), "soidc0") as up, provider.running(up.origin):
            yield up


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any], stack: Stack) -> dict[str, Any]:
    return {**browser_context_args, "base_url": stack.origin}


@pytest.fixture(scope="session")
def owner(stack: Stack, browser: Browser, browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """The owner of that product; the one of all other tests is somebody else."""
    return made_owner(stack, browser, browser_context_args)
