"""What the stories of the command share: the program, an environment of its own, and what it printed."""

import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

DECIDING = ["CC", "CXX", "CFLAGS", "CPPFLAGS", "LDFLAGS", "VIRTUAL_ENV", "XDG_CACHE_HOME", "CPATH", "NO_COLOR"]
COLOUR = ["CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "TERM"]

SQUARE = "def square(int n):\n    return n * n\n"


@pytest.fixture(scope="session")
def program():
    """The command under test."""
    return os.path.abspath(os.environ["PYXIDE_BIN"])


@pytest.fixture(scope="session")
def interpreter():
    """The interpreter of an environment that has Cython and NumPy."""
    return os.path.abspath(os.environ.get("PYXIDE_TEST_PYTHON", sys.executable))


class Ran:
    """How a command ended."""

    def __init__(self, words, process):
        self.words, self.status = words, process.returncode
        self.out, self.err = process.stdout, process.stderr

    def __repr__(self):
        return "%s\nexit: %s\n--- stdout\n%s--- stderr\n%s" % (self.words, self.status, self.out, self.err)

    def succeeds(self, out=None, err=""):
        assert self.status == 0, self
        assert out is None or self.out == out, self
        assert err is None or self.err == err, self
        return self

    def fails(self, status):
        assert self.status == status, self
        return self

    def objects(self):
        """The lines of JSON, each of which has a format and a type."""
        objects = [json.loads(line) for line in self.out.splitlines()]
        assert all(one["format"] == 1 and isinstance(one["type"], str) for one in objects), self
        return objects


@pytest.fixture(scope="session")
def run_in(program, interpreter):
    """Runs the command with a folder for all that is its own."""

    def run_in(folder, *words, program=program, python=interpreter, cwd=None, under=(), stdout=subprocess.PIPE, **changes):
        variables = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("PYXIDE_") and name not in [*DECIDING, *COLOUR]
        }
        # Optimising takes most of a build's time.
        variables.update(HOME=str(folder / "home"), PYXIDE_CACHE_DIR=str(folder / "cache"), CFLAGS="-O0")
        if python is not None:
            variables["PYXIDE_PYTHON"] = str(python)
        variables.update({name: str(value) for name, value in changes.items()})
        command = [*map(str, under), program, *map(str, words)]
        process = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, text=True, errors="replace",
            env=variables, cwd=cwd or folder, timeout=180,
        )  # fmt: skip
        ran = Ran(command, process)
        assert "panicked" not in process.stderr and "RUST_BACKTRACE" not in process.stderr, ran
        return ran

    return run_in


@pytest.fixture
def pyxide(run_in, tmp_path):
    """Runs the command with a cache of this test's own."""
    return lambda *words, **options: run_in(tmp_path, *words, **options)


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def write(tmp_path):
    """Writes files, by name, and returns the first."""

    def write(files):
        for name, text in files.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(text))
        return tmp_path / next(iter(files))

    return write


@pytest.fixture
def square(write):
    """A source file."""
    return write({"square.pyx": SQUARE})


@pytest.fixture
def empty(tmp_path):
    """A folder with nothing in it, for PATH."""
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def pristine(run_in, tmp_path_factory):
    """A folder with two sources whose modules are in its cache."""
    folder = tmp_path_factory.mktemp("pristine")
    (folder / "square.pyx").write_text(SQUARE)
    (folder / "cube.pyx").write_text("def cube(int n):\n    return n * n * n\n")
    run_in(folder, "build", "square.pyx", "cube.pyx").succeeds()
    return folder


@pytest.fixture
def filled(pristine, tmp_path):
    """The same in this test's own folder."""
    shutil.copytree(pristine, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def stage_is_empty(cache):
    """Asserts that no build left its workspace behind."""

    def stage_is_empty():
        assert [*Path(cache, "v1", "stage").glob("*/*")] == []

    return stage_is_empty
