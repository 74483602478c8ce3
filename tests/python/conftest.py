"""What the tests of the Python package share: a clean environment, cache folders, and other processes.

Every test has a cache that is empty when it begins. Those that build in this process have it at one path, `cache`, so
that the Cython worker of this process can serve them all; those that start processes have it below `tmp_path`.
"""

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import pyxide

# What decides a build, a lookup or a compiler's behaviour without being named by a test.
DECIDING = ["CC", "CXX", "CFLAGS", "CPPFLAGS", "LDFLAGS", "VIRTUAL_ENV", "XDG_CACHE_HOME", "CPATH"]

REAL = shutil.which("cc") or shutil.which("gcc")

# Most of a build's time is the C compiler's. `optimised` builds as users do.
UNOPTIMISED = "-O0"

SQUARE = "def f(int n):\n    return n * n\n"


@pytest.fixture(autouse=True, scope="session")
def clean():
    """Takes away what the caller's environment says about builds, and the time that optimising takes."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name in [*os.environ]:
            if name.startswith("PYXIDE_") or name in DECIDING:
                monkeypatch.delenv(name)
        monkeypatch.setenv("CFLAGS", UNOPTIMISED)
        yield


@pytest.fixture(autouse=True)
def separate(clean, monkeypatch, tmp_path):
    """Keeps tests apart: no cache but their own, and no modules that were built before."""
    # A test that forgets to choose a cache must not use the user's.
    monkeypatch.setenv("PYXIDE_CACHE_DIR", str(tmp_path / "cache"))
    yield
    for name, module in [*sys.modules.items()]:
        if "__pyxide_key__" in getattr(module, "__dict__", {}):
            del sys.modules[name]


@pytest.fixture
def optimised(monkeypatch):
    """Lets a test build with the arguments that users get."""
    monkeypatch.delenv("CFLAGS")


@pytest.fixture(scope="session")
def cache_path(tmp_path_factory):
    return tmp_path_factory.mktemp("shared") / "cache"


def emptied(cache_path):
    """Takes away all entries. What is remembered of the compiler stays."""
    for part in ["entries", "packages", "manifests", "locks", "stage", "quarantine", "logs", "pins"]:
        shutil.rmtree(cache_path / "v1" / part, ignore_errors=True)
    # Tests lay files of their own beside what is a cache's.
    for file in {*cache_path.glob("*.so"), *cache_path.glob("meta.json")}:
        file.unlink()


@pytest.fixture
def cache(cache_path, monkeypatch):
    """A cache without entries for builds in this process. It may remember who the compiler is."""
    emptied(cache_path)
    monkeypatch.setenv("PYXIDE_CACHE_DIR", str(cache_path))
    return cache_path


@pytest.fixture(scope="session")
def remembering_compiler(tmp_path_factory):
    """A real C compiler that does not repeat itself, for tests in which the same module is built again and again."""
    folder = tmp_path_factory.mktemp("remembering")
    program = folder / "cc"
    program.write_text(
        """#!/bin/sh
        PATH='%s'
        case " $* " in *" -shared "*) ;; *) exec '%s' "$@" ;; esac
        known='%s'/$(cat *.c | sha256sum | cut -c1-32)
        if [ ! -d "$known" ]; then
            before=" $(echo *) "
            '%s' "$@" || exit
            mkdir "$known.new"
            for file in *; do
                case $before in *" $file "*) ;; *) cp "$file" "$known.new" ;; esac
            done
            mv "$known.new" "$known"
        else
            cp "$known"/* .
        fi
        """
        % (os.environ["PATH"], REAL, folder, REAL)
    )
    program.chmod(0o755)
    return program


@pytest.fixture
def empty(tmp_path):
    """A folder with nothing in it, for PATH."""
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


@pytest.fixture
def write(tmp_path):
    """Writes files below a folder: `write(folder, {"m.pyx": text})`."""

    def write(folder, files):
        for name, text in files.items():
            file = Path(folder, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(text))
        return Path(folder)

    return write


@pytest.fixture
def environment(tmp_path):
    """The environment of a process with a cache of its own."""

    def environment(**changes):
        variables = {name: value for name, value in os.environ.items() if name not in DECIDING}
        variables["PYXIDE_CACHE_DIR"] = str(tmp_path / "cache")
        variables["CFLAGS"] = os.environ.get("CFLAGS", "")
        variables.update({name: str(value) for name, value in changes.items()})
        return variables

    return environment


@pytest.fixture
def start(environment):
    """Starts an interpreter with a program; its output can be read, its environment has the changes given."""

    def start(code, *arguments, flags=("-I",), under=(), cwd=None, **changes):
        command = [*map(str, under), sys.executable, *flags, "-c", textwrap.dedent(code), *map(str, arguments)]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=cwd, env=environment(**changes)
        )

    return start


@pytest.fixture
def python(start):
    """Runs a program to its end and returns what it printed; it must succeed and warn of nothing."""

    def python(code, *arguments, quiet=True, limit=120, **options):
        process = start(code, *arguments, **options)
        try:
            out, err = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            pytest.fail("it did not end within %d s" % limit)
        assert process.returncode == 0, "exit %s\n%s%s" % (process.returncode, out, err)
        if quiet:
            assert err == ""
        return out

    return python


@pytest.fixture
def stage_is_empty():
    """Asserts that no build left its workspace behind."""

    def stage_is_empty(cache):
        left = [*Path(cache, "v1", "stage").glob("*/*")]
        assert left == []

    return stage_is_empty


@pytest.fixture
def compiler(tmp_path):
    """Makes a C compiler that does something before it compiles: lines of shell, run for compilations only.

    Probes of the compiler pass through. Each compilation appends a line to the file `compilations`.
    """
    folder = tmp_path / "compiler"
    folder.mkdir()
    log = folder / "compilations"
    log.touch()

    def compiler(before=""):
        program = folder / "cc"
        lines = ["#!/bin/sh", 'case " $* " in *" -shared "*)', "echo compiling >> '%s'" % log, before, ";;", "esac"]
        program.write_text("\n".join([*lines, "exec '%s' \"$@\"" % REAL, ""]))
        program.chmod(0o755)
        return program

    compiler.count = lambda: len(log.read_text().splitlines())
    return compiler


@pytest.fixture
def square():
    """A source, and what it computes."""
    return SQUARE


@pytest.fixture
def result():
    """Builds text in this process: `result(source, **options)`."""
    return pyxide.compile_and_load_result
