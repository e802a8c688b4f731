"""Interfaces of every driver. Tests that need the kernel module are deselected where it is not loaded."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from sentra.wireguard.driver import Driver
from sentra.wireguard.netlink import NetlinkDriver
from sentra.wireguard.uapi import UapiDriver
from tests.drivers.interfaces import HAS_MODULE, Interface, Maker

DRIVERS = {"uapi": UapiDriver, "netlink": NetlinkDriver}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if HAS_MODULE:
        return
    without = [item for item in items if item.get_closest_marker("kernel")]
    config.hook.pytest_deselected(items=without)
    items[:] = [item for item in items if item not in without]


@pytest.fixture
def maker() -> Iterator[Maker]:
    with ExitStack() as stack:
        yield Maker(stack)


@pytest.fixture(
    params=[pytest.param("uapi", marks=pytest.mark.wireguard), pytest.param("netlink", marks=pytest.mark.kernel)]
)
def driver(request: pytest.FixtureRequest) -> Driver:
    return DRIVERS[request.param]()


@pytest.fixture
def interface(maker: Maker, driver: Driver) -> Interface:
    """A real interface of the kind that `driver` reads, down and not configured."""
    return maker.make(driver.name)
