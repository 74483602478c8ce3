"""What all tests share: some are run by `cargo xtask test --full` alone."""

import pytest
from quick import FULL


def pytest_configure(config):
    config.addinivalue_line("markers", "full(instead): only with --full; what the quick run has instead")


def pytest_collection_modifyitems(items):
    if FULL:
        return
    for item in items:
        if mark := item.get_closest_marker("full"):
            [instead] = mark.args
            item.add_marker(pytest.mark.skip(reason="PYXIDE_TEST_FULL=1 runs it; the quick run has " + instead))
