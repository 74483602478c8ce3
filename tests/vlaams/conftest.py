"""What the tests of the language package share: environments with it, one for each interpreter, and a front end for programs.

`cargo xtask test --only vlaams` gives them the wheel (PYXIDE_VLAAMS_WHEEL), the interpreters (PYXIDE_VLAAMS_PYTHONS, as a path list), the wheel that built it
(PYXIDE_WHEEL) and the `pyxide` command (PYXIDE_BIN). It runs them in an environment with pip, uv, build and maturin.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "crates" / "vlaamscodex-py"
NEEDED = ["PYXIDE_VLAAMS_WHEEL", "PYXIDE_VLAAMS_PYTHONS", "PYXIDE_WHEEL", "PYXIDE_BIN"]


def pytest_configure(config):
    # A shell has it ignored in what it starts in the background, and that is handed down to every program under test.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in NEEDED:
        if not os.environ.get(name):
            pytest.exit("%s is not set: `cargo xtask test --only vlaams` runs these tests" % name, 2)


def pytest_generate_tests(metafunc):
    if "interpreter" in metafunc.fixturenames:
        pythons = os.environ.get("PYXIDE_VLAAMS_PYTHONS", "").split(os.pathsep)
        metafunc.parametrize("interpreter", pythons, ids=[Path(it).name for it in pythons], scope="session")


def variables(**changes):
    """The environment of a process: nothing of the caller that would change what Python does."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "VLAAMSCODEX", "PYXIDE_"))}
    kept |= {"UV_NO_CONFIG": "1", "UV_OFFLINE": "1", "PIP_NO_INPUT": "1", "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}
    return kept | {name: str(value) for name, value in changes.items()}


def run(*words, cwd=None, input=None, fails=False, **changes):
    """Runs a command, and returns the finished process."""
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, env=variables(**changes), input=input, capture_output=True, timeout=600,
    )  # fmt: skip
    done.stdout, done.stderr = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
    assert (done.returncode != 0) == fails, "%s\nexit %d\n%s%s" % (done.args, done.returncode, done.stdout, done.stderr)
    assert "panicked" not in done.stderr, done.stderr
    return done


class Home:
    """An environment, perhaps with the package in it."""

    def __init__(self, folder, interpreter):
        self.folder = Path(folder)
        self.bin = self.folder / "bin"
        self.python = self.bin / "python"
        run(sys.executable, "-m", "uv", "venv", "-q", "--python", interpreter, self.folder)

    def uv(self, command, *words):
        # A copy, so that what a test removes is not removed from uv's cache.
        link = ["--link-mode", "copy"] if command == "install" else []
        return run(sys.executable, "-m", "uv", "pip", command, "-q", "--python", self.python, *link, *words)

    def pip(self, command, *words):
        options = ["--no-compile", "--no-index", "--no-deps"] if command == "install" else ["--yes"]
        return run(sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", self.python, command, "-q", *options, *words)

    @property
    def site(self):
        (site,) = self.folder.glob("lib/python3.*/site-packages")
        return site

    def files(self):
        # The lock is uv's own.
        return {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if not path.is_dir()} - {".lock"}

    def run(self, *words, **options):
        return run(self.python, *words, **options)

    def says(self, *words, **options):
        """What Python prints, if it says nothing else."""
        done = self.run(*words, **options)
        assert done.stderr == "", done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def wheel():
    """The wheel of the language package."""
    return Path(os.environ["PYXIDE_VLAAMS_WHEEL"])


@pytest.fixture(scope="session")
def home(interpreter, wheel, tmp_path_factory):
    """An environment with the package, for tests that do not change it."""
    home = Home(tmp_path_factory.mktemp("home") / "env", interpreter)
    home.uv("install", "--no-deps", wheel)
    return home


@pytest.fixture
def bare(interpreter, tmp_path):
    """An environment without the package."""
    return Home(tmp_path / "bare", interpreter)


@pytest.fixture
def program(tmp_path):
    """Writes a program: `program(text, name)`."""

    def program(text, name="hello.plats"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    return program
