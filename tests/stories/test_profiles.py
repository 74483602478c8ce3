"""Build options of the command that decide how a module is compiled, and what is kept of it."""

from pathlib import Path

import pytest

LOOP = "def f(int n):\n    cdef int i\n    cdef long s = 0\n    for i in range(n):\n        s += i\n    return s\n"


def test_the_annotation_page_is_named(pyxide, write):
    write({"m.pyx": LOOP})
    ran = pyxide("build", "m.pyx", "--profile", "annotate").succeeds(err=None)
    [artifact] = ran.out.splitlines()
    page = Path(artifact).with_name("annotation.html")
    assert page.is_file() and f"note: what each line costs is in `{page}`" in ran.err
    assert f"note: the generated code is in `{page.with_name('m.c')}`" in ran.err
    ran = pyxide("build", "m.pyx", "--annotate", "--json").succeeds(err=None)
    [built] = ran.objects()
    assert Path(built["annotation"]).is_file() and Path(built["generated"]).is_file() and ran.err == ""
    assert "note" not in pyxide("run", "m.pyx", "--call", "f(4)").succeeds("6\n", err=None).err


@pytest.mark.full("tests/python/test_profiles.py, and test_the_annotation_page_is_named")
def test_profiles_are_builds_of_their_own(pyxide, write):
    write({"m.pyx": LOOP})
    artifacts = {pyxide("build", "m.pyx", "--profile", name).succeeds(err=None).out for name in ["default", "release", "debug"]}
    assert len(artifacts) == 3
    ran = pyxide("build", "m.pyx", "--profile", "quick").fails(2)
    assert "possible values: default, release, fast-debug, annotate, debug, coverage" in ran.err


def test_the_limited_api(pyxide, write):
    write({"m.pyx": LOOP})
    [artifact] = pyxide("build", "m.pyx", "--limited-api").succeeds(err=None).out.splitlines()
    assert artifact.endswith("/m.abi3.so")
    assert pyxide("build", "m.pyx", "--limited-api=3.10").succeeds(err=None).out.splitlines() == [artifact]
    pyxide("run", "m.pyx", "--limited-api", "--call", "f(4)").succeeds("6\n", err=None)
    ran = pyxide("build", "m.pyx", "--limited-api=3.99").fails(2)
    assert "the limited API of Python 3.99 cannot be kept to" in ran.err and "hint: " in ran.err


def test_openmp_and_python_sources(pyxide, write):
    write(
        {
            "p.pyx": "from cython.parallel import prange\ndef f(int n):\n    cdef int i, s = 0\n    for i in prange(n, nogil=True):\n        s += i\n    return s\n",
            "fib.py": "def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\n",
            "fib.pxd": "cpdef long fib(int n)\n",
        }
    )
    pyxide("run", "p.pyx", "--openmp", "--call", "f(10)").succeeds("45\n", err=None)
    pyxide("run", "fib.py", "--call", "fib(10), type(fib).__name__").succeeds("(55, 'cython_function_or_method')\n", err=None)


def test_verbose_shows_what_the_tools_were_told(pyxide, write):
    write({"m.pyx": LOOP})
    ran = pyxide("run", "m.pyx", "--call", "f(4)", "--verbose").succeeds("6\n", err=None)
    assert "cython m.pyx -> m.c" in ran.err and " -shared " in ran.err and "ended with exit code 0" in ran.err
    assert pyxide("run", "m.pyx", "--call", "f(4)", "--verbose").succeeds("6\n", err=None).err == "", "a hit runs no tools"
