"""These tests need the kernel's module and are deselected where it is not loaded."""

from tests.drivers.conftest import pytest_collection_modifyitems

__all__ = ["pytest_collection_modifyitems"]
