"""`pytest -p pyxide.pytest`: tests that need build tools say so, and are skipped with a reason where they are missing."""

import subprocess
import sys

import pytest

TESTS = """\
import pytest

@pytest.mark.requires_compiler
def test_compiler(): pass

@pytest.mark.requires_compiler("c++")
def test_cxx(): pass

@pytest.mark.requires_cython
@pytest.mark.requires_numpy
def test_both(): pass

def test_none(): pass
"""


@pytest.fixture
def run(tmp_path, environment):
    def run(text, *arguments, **changes):
        (tmp_path / "tests").mkdir(exist_ok=True)
        (tmp_path / "tests" / "test_it.py").write_text(text)
        command = [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider", "--strict-markers", "-q"]
        done = subprocess.run(
            [*command, *arguments, "test_it.py"], cwd=tmp_path / "tests", env=environment(COLUMNS=400, **changes),
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    return run


PLUGIN = ["-p", "pyxide.pytest"]


def test_with_all_tools_nothing_is_skipped(run):
    status, out = run(TESTS, *PLUGIN)
    assert status == 0 and "4 passed" in out, out
    assert "requires_cython: skip where Cython is missing" in run(TESTS, *PLUGIN, "--markers")[1]


def test_without_a_compiler_the_reason_says_what_to_do(run, empty):
    status, out = run(TESTS, *PLUGIN, PATH=empty)
    assert status == 0 and "2 passed, 2 skipped" in out, out
    skipped = [line for line in out.splitlines() if line.startswith("SKIPPED")]
    assert any("compiler: " in line for line in skipped) and any("cxx_compiler: " in line for line in skipped), out
    # What is missing, and what to do about it.
    assert all("; " in line for line in skipped), out


LACKING = """\
import pyxide
found = pyxide.check_build_prereqs()
for part in ["cython", "numpy"]:
    found[part] = {"ok": False, "detail": "no " + part, "remedy": "install it"}
found.pop("cxx_compiler", None)
pyxide.check_build_prereqs = lambda **_: found
"""


def test_what_is_missing_is_the_reason(run, tmp_path):
    """As it is on machines without Cython and NumPy, and on one without an interpreter that can be asked."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "conftest.py").write_text(LACKING)
    status, out = run(TESTS, *PLUGIN)
    assert status == 0 and "2 passed, 2 skipped" in out, out
    assert "numpy: no numpy; install it" in out and "cython: no cython; install it" in out
    assert "cxx_compiler: not looked for without an interpreter" in out


def test_only_who_asks_has_the_markers(run):
    status, out = run(TESTS)
    assert status != 0 and "'requires_compiler' not found in `markers`" in out


def test_a_marker_with_a_wrong_argument_is_an_error(run):
    for marker, words in [("requires_compiler('fortran')", "a language, 'c' or 'c++'"), ("requires_numpy(2)", "takes no arguments")]:
        status, out = run("import pytest\n@pytest.mark.%s\ndef test_it(): pass\n" % marker, *PLUGIN)
        assert status != 0 and words in out, out
