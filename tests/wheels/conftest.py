"""What the tests of finished wheels share: the program, the judges, and wheels of others."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

# The hand-made wheels are the stories' own.
sys.path.insert(0, str(Path(__file__).parents[1] / "stories"))

from jury import Jury


@pytest.fixture(scope="session")
def program():
    """The command under test."""
    return os.path.abspath(os.environ["PYXIDE_BIN"])


@pytest.fixture(scope="session")
def jury(tmp_path_factory):
    """Everybody who can say that a wheel is wrong."""
    return Jury(os.environ["PYXIDE_WHEEL_JUDGES"], tmp_path_factory.mktemp("jury"))


@pytest.fixture(scope="session")
def corpus():
    """The folder with wheels of others."""
    return Path(os.environ["PYXIDE_WHEEL_CORPUS"])


@pytest.fixture
def wheel(program, tmp_path):
    """Runs `pyxide wheel`; answers with the finished process, whose JSON lines are in `objects`."""

    def wheel(*words, **changes):
        variables = {name: value for name, value in os.environ.items() if not name.startswith("PYXIDE_")}
        variables.pop("SOURCE_DATE_EPOCH", None)
        variables.update(HOME=str(tmp_path / "home"), NO_COLOR="1", **changes)
        process = subprocess.run(
            [program, "wheel", *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
            errors="replace", env=variables, cwd=tmp_path, timeout=600,
        )  # fmt: skip
        assert "panicked" not in process.stderr, process
        process.objects = [json.loads(line) for line in process.stdout.splitlines()] if "--json" in words else None
        return process

    return wheel
