"""What the quick run leaves out, and `cargo xtask test --full` does not."""

import os

import pytest

FULL = os.environ.get("PYXIDE_TEST_FULL") == "1"


def only_in_full(*values):
    """A case of a test that has others in the quick run."""
    return pytest.param(*values, marks=pytest.mark.full("other cases of this test"))
