"""A module that the system's loader refuses: the line that declares what is missing, and the next step."""

import pickle
import subprocess

import pytest

import pyxide

DECLARED = '''\
cdef extern from *:
    """
    int far(int);
    """
    int far(int)

def f():
    return far(1)
'''


@pytest.fixture
def refused(cache, tmp_path):
    """Builds a module that cannot be loaded, and returns the exception."""

    def refused(source, name="m.pyx", **options):
        (tmp_path / name).write_text(source)
        with pytest.raises(pyxide.LoadError) as caught:
            pyxide.cython_import(tmp_path / name, **options)
        assert len(pyxide.list_cached()) == 1
        return caught.value

    return refused


def test_a_function_that_no_library_has(refused, tmp_path):
    error = refused(DECLARED)
    assert "symbol `far`" in str(error) and "%s:5:9" % (tmp_path / "m.pyx") in str(error)
    assert "    int far(int)" in str(error) and "^^^" in str(error)
    assert "`libraries`" in error.hint and "`extra_sources`" in error.hint
    assert error.name == "m" and error.path.endswith(".so")
    assert isinstance(error, ImportError) and "undefined symbol" in str(error.__cause__)
    copied = pickle.loads(pickle.dumps(error))
    assert (str(copied), copied.name, copied.path) == (str(error), error.name, error.path)


def test_a_function_of_a_text(cache):
    with pytest.raises(pyxide.LoadError, match="<string>:5:9"):
        pyxide.compile_and_load(DECLARED)


def test_a_function_of_cpp(refused, tmp_path):
    error = refused("# distutils: language = c++\n" + DECLARED)
    assert "_Z3fari" in str(error) and "m.pyx:6:9" in str(error)


def test_a_function_that_a_pxd_declares(refused, tmp_path):
    (tmp_path / "k.h").write_text("int far(int);\n")
    (tmp_path / "decl.pxd").write_text('cdef extern from "k.h":\n    int far(int)\n')
    error = refused("from decl cimport far\n\ndef f():\n    return far(1)\n")
    assert "%s:2:9" % (tmp_path / "decl.pxd") in str(error)


def test_a_library_that_the_loader_does_not_find(refused, tmp_path):
    # A name that no other library in this process has: the loader would take that one.
    (tmp_path / "far.c").write_text("int far(int x) { return x; }\n")
    library = tmp_path / "lib" / "libonlyhere.so"
    library.parent.mkdir()
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, tmp_path / "far.c"], check=True)
    error = refused(DECLARED, libraries=["onlyhere"], library_dirs=[library.parent])
    assert "there is no `libonlyhere.so`" in str(error) and "runtime_library_dirs" in error.hint
    file = tmp_path / "m.pyx"
    file.write_text("# distutils: runtime_library_dirs = %s\n%s" % (library.parent, DECLARED))
    assert pyxide.cython_import(file, libraries=["onlyhere"], library_dirs=[library.parent]).f() == 1


@pytest.mark.parametrize("raised", ["ImportError('undefined symbol of my own')", "ValueError('no')", "KeyError(1)"])
def test_what_the_module_raises_is_left_alone(raised, cache):
    with pytest.raises((ImportError, ValueError, KeyError)) as caught:
        pyxide.compile_and_load("raise %s\n" % raised)
    assert not isinstance(caught.value, pyxide.PyxideError) and repr(caught.value) == raised


def test_a_hit_says_the_same(refused, cache, tmp_path):
    first = str(refused(DECLARED))
    assert str(refused(DECLARED)) == first
