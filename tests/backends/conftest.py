"""What the tests of the build backend share: front ends, a wheelhouse, and environments to install into.

`cargo xtask test --only backends` gives them an interpreter with pip, build and uv (PYXIDE_TEST_PYTHON), our wheel
(PYXIDE_WHEEL), and a folder with the wheels of all backends (PYXIDE_WHEELHOUSE). Nothing here uses a network, but for cargo, which looks at our own sources.
"""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ALL = os.environ.get("PYXIDE_BACKENDS") == "all"
# A day in 2001, for archives that are to be equal.
EPOCH = "1000000000"

# What an installation of the sample must be, seen from inside.
LOOK = """
import json, os, sys, sysconfig
def find(name):
    return next((path for path in (os.path.join(folder, name) for folder in sys.path) if os.path.exists(path)), None)
# In a virtual environment, Python reads all .pth files twice.
hook = getattr(sys, "sample_hook", 0) > 0
import sample
tool = os.path.join(sysconfig.get_path("data"), "share", "sample", "tool.sh")
print(json.dumps({
    "version": sample.__version__, "file": sample.__file__, "hook": hook,
    "words": find("words/one.txt"), "nested": find("words/nested/two, and.txt"),
    "runs": os.access(find("words/run.sh"), os.X_OK), "tool": os.access(tool, os.X_OK),
    "lexicon": find("lexicon/index.txt"), "draft": find("words/three.draft"), "left": find("words/nested/left/out.txt"),
}))
"""


def pytest_configure(config):
    for name in ["PYXIDE_TEST_PYTHON", "PYXIDE_WHEEL", "PYXIDE_WHEELHOUSE"]:
        if not os.environ.get(name):
            pytest.exit("%s is not set: `cargo xtask test --only backends` runs these tests" % name, 2)


class Tools:
    """The front ends, in an environment that knows no index but the wheelhouse."""

    def __init__(self, folder):
        self.python = os.environ["PYXIDE_TEST_PYTHON"]
        self.wheel = Path(os.environ["PYXIDE_WHEEL"])
        house = folder / "house"
        house.mkdir()
        for wheel in [*Path(os.environ["PYXIDE_WHEELHOUSE"]).glob("*.whl"), self.wheel]:
            (house / wheel.name).symlink_to(wheel)
        keep = ["PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME", "PYENV_ROOT", "LD_LIBRARY_PATH", "LANG", "TMPDIR"]
        self.environment = {name: os.environ[name] for name in keep if name in os.environ}
        self.environment |= {
            "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(house), "PIP_NO_COMPILE": "1", "PIP_NO_CACHE_DIR": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_CONFIG_FILE": os.devnull,
            "UV_NO_INDEX": "1", "UV_FIND_LINKS": str(house), "UV_OFFLINE": "1", "UV_NO_CONFIG": "1",
            "UV_CACHE_DIR": str(folder / "uv-cache"), "UV_PYTHON": self.python,
            "SOURCE_DATE_EPOCH": EPOCH, "CARGO_NET_OFFLINE": "true", "PYTHONDONTWRITEBYTECODE": "1",
        }  # fmt: skip

    def run(self, *command, cwd=None, fails=False, **changes):
        """Runs a command, and returns what it said on both streams."""
        done = subprocess.run(
            [*map(str, command)],
            cwd=cwd,
            env={**self.environment, **changes},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=600,
        )
        assert (done.returncode != 0) == fails, "%s\nexit %s\n%s" % (" ".join(map(str, command)), done.returncode, done.stdout)
        return done.stdout

    def module(self, name, *arguments, **options):
        return self.run(self.python, "-I", "-m", name, *arguments, **options)

    def pip(self, *arguments, **options):
        return self.module("pip", *arguments, **options)

    def uv(self, *arguments, **options):
        return self.module("uv", *arguments, **options)

    # Builds: each returns the one file that it made.

    def build_wheel(self, front_end, source, out):
        out.mkdir()
        if front_end == "pip":
            self.pip("wheel", "-q", "--no-deps", "-w", out, source)
        elif front_end == "build":
            self.module("build", "--installer", "uv", "--wheel", "-o", out, source)
        else:
            self.uv("build", "--wheel", "-o", out, source)
        return one(out, "*.whl")

    def build_sdist(self, front_end, source, out):
        out.mkdir()
        if front_end == "build":
            self.module("build", "--installer", "uv", "--sdist", "-o", out, source)
        else:
            self.uv("build", "--sdist", "-o", out, source)
        return one(out, "*.tar.gz")

    def build_both(self, front_end, source, out):
        """The wheel through the sdist, as releases are made."""
        out.mkdir()
        if front_end == "build":
            self.module("build", "--installer", "uv", "-o", out, source)
        else:
            self.uv("build", "-o", out, source)
        return one(out, "*.tar.gz"), one(out, "*.whl")

    def target(self, folder):
        """A new environment to install into."""
        self.uv("venv", "-q", folder)
        return Target(self, folder)


class Target:
    """An environment into which something is installed."""

    def __init__(self, tools, folder):
        self.tools = tools
        self.folder = folder
        self.python = folder / "bin" / "python"

    def install(self, front_end, *what, **options):
        if front_end == "uv":
            return self.tools.uv("pip", "install", "-q", "--python", self.python, *what, **options)
        return self.tools.pip("--python", self.python, "install", "-q", *what, **options)

    def uninstall(self, front_end, name):
        if front_end == "uv":
            return self.tools.uv("pip", "uninstall", "-q", "--python", self.python, name)
        return self.tools.pip("--python", self.python, "uninstall", "-q", "-y", name)

    def files(self):
        # The lock is uv's own, and so are folders that it leaves empty.
        return {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if not path.is_dir()} - {".lock"}

    def look(self, code=LOOK, **options):
        # Bytecode would be left: no installer knows of it.
        said = self.tools.run(self.python, "-I", "-B", "-c", code, **options)
        return json.loads(next(line for line in said.splitlines() if line.startswith("{")))


def one(folder, pattern):
    (found,) = folder.glob(pattern)
    # A backend that fails leaves nothing, and one that works leaves nothing else.
    assert not [*folder.glob(".pyxide-*")]
    return found


def members(wheel):
    """All that is in a wheel: bytes and modes by name."""
    with zipfile.ZipFile(wheel) as archive:
        return {info.filename: (archive.read(info), info.external_attr >> 16) for info in archive.infolist()}


@pytest.fixture(scope="session")
def tools(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tools")
    yield Tools(folder)
    shutil.rmtree(folder, ignore_errors=True)
