"""coverage.py counts the lines of Cython sources, with the plugin `pyxide.coverage`."""

import json
import subprocess
import sys

import pytest

CALC = """\
include "more.pxi"


def f(int n):
    cdef int i
    cdef long s = 0
    for i in range(n):
        s += i
    if n > 100:
        return -1
    return s


def skipped():  # pragma: no cover
    return 1


cdef class Vec:
    cdef double x

    def __init__(self, x):
        self.x = x

    cpdef double twice(self):
        return self.x * 2

    def never(self):
        return 0


cdef double quick(double a) nogil:
    return a * a


def g(double a):
    with nogil:
        a = quick(a)
    return a
"""
MORE = """\
def included(x):
    if x:
        return 1
    return 2
"""
# Its own lines that do not run have the numbers of lines of the compiled module that do.
USE = """\
import pyxide


def main():
    calc = pyxide.cython_import("calc.pyx", profile="coverage")
    if calc is None:
        print(7)
        print(8)
        print(9)
    calc.f(3)
    calc.included(0)
    calc.Vec(2).twice()
    calc.g(3)


main()
"""


@pytest.fixture
def project(tmp_path, write):
    configuration = "[run]\nplugins = pyxide.coverage\ndata_file = %s\n" % (tmp_path / "data")
    return write(tmp_path / "project", {"calc.pyx": CALC, "more.pxi": MORE, "use.py": USE, ".coveragerc": configuration})


@pytest.fixture
def coverage(project, environment, cache):
    def coverage(*words, status=0, **changes):
        variables = environment(PYXIDE_CACHE_DIR=cache, **changes)
        ended = subprocess.run(
            [sys.executable, "-m", "coverage", *words], capture_output=True, text=True, cwd=project, env=variables, timeout=120
        )
        assert ended.returncode == status, ended.stdout + ended.stderr
        return ended.stdout

    return coverage


def lines(coverage):
    """The lines that ran and those that did not, by file."""
    files = json.loads(coverage("json", "-q", "-o", "-"))["files"]
    # What else Python runs at its start is its own business.
    own = {name: one for name, one in files.items() if "/" not in name}
    return {name: (one["executed_lines"], one["missing_lines"]) for name, one in own.items()}


def test_the_lines_of_a_compiled_module_are_counted(coverage, project):
    coverage("run", "use.py")
    first = lines(coverage)
    assert set(first) == {"calc.pyx", "more.pxi", "use.py"}
    ran, missed = map(set, first["calc.pyx"])
    # Whether a line that only declares something counts, is Cython's business.
    assert {6, 7, 8, 9, 11, 22, 25, 32, 38} <= ran and {10, 28} <= missed and not ran & missed
    assert not {14, 15} & (ran | missed), "the pragma leaves out what it is said of"
    assert first["more.pxi"] == ([2, 4], [3])
    assert first["use.py"] == ([1, 4, 5, 6, 10, 11, 12, 13, 16], [7, 8, 9])
    # It is the same when the module comes from the cache, and with branches.
    coverage("run", "--branch", "use.py")
    assert {**lines(coverage), "use.py": first["use.py"]} == first
    (project.parent / "data").unlink()
    coverage("run", "--include", "*.pyx", "use.py")
    assert set(lines(coverage)) == {"calc.pyx"}
    assert "more.pxi" not in coverage("report") and "calc.pyx" in coverage("report", "-m")


def test_a_source_that_changed_since_is_not_reported(coverage, project):
    coverage("run", "use.py")
    with open(project / "calc.pyx", "a") as file:
        file.write("\n\ndef later():\n    return 0\n")
    told = coverage("report", status=1)
    assert "the cache has no build of" in told and "calc.pyx" in told and "run it again with profile='coverage'" in told
    assert "use.py" in coverage("report", "--ignore-errors", "--omit", "*/pyxide/*")
