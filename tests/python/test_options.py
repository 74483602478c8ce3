"""Each option works, visibly, and is part of the key."""

import array
import subprocess

import numpy as np
import pytest

import pyxide

# One source on which most options can be seen.
SEEN = '''\
cdef extern from *:
    """
    #ifndef N
    #define N 0
    #endif
    #if __has_include("w.h")
    #include "w.h"
    #else
    #define W 0
    #endif
    extern int extra_value(void) __attribute__((weak));
    static int extra(void) { return extra_value ? extra_value() : 0; }
    #ifdef __cplusplus
    #define LANGUAGE "c++"
    #else
    #define LANGUAGE "c"
    #endif
    """
    int N, W
    int extra()
    const char *LANGUAGE


def seen(int a=-7, int b=3):
    return {"rest": a % b, "N": N, "W": W, "extra": extra(), "language": LANGUAGE.decode()}
'''
NOTHING = {"rest": 2, "N": 0, "W": 0, "extra": 0, "language": "c"}


def test_each_option_works_and_changes_the_key(cache, tmp_path, write, result):
    folder = write(tmp_path, {"include/w.h": "#define W 5\n", "extra.c": "int extra_value(void) { return 6; }\n"})
    write(tmp_path, {"file/w.h": "#define W 8\n"})
    cases = [
        ({}, {}),
        ({"compiler_directives": {"cdivision": True}}, {"rest": -1}),
        ({"define_macros": [("N", "3")]}, {"N": 3}),
        ({"define_macros": {"N": "4"}.items()}, {"N": 4}),
        ({"extra_compile_args": ["-DN=7"]}, {"N": 7}),
        ({"extra_compile_args": "-DN=8"}, {"N": 8}),
        ({"include_dirs": [folder / "include"]}, {"W": 5}),
        ({"support_files": {"w.h": "#define W 7\n"}}, {"W": 7}),
        ({"support_files": {"w.h": b"#define W 9\n"}}, {"W": 9}),
        ({"support_paths": folder / "file" / "w.h"}, {"W": 8}),
        ({"extra_sources": [folder / "extra.c"]}, {"extra": 6}),
        ({"language": "c++"}, {"language": "c++"}),
        ({"salt": "one"}, {}),
        ({"salt": "two"}, {}),
    ]
    keys = {}
    for options, expected in cases:
        built = result(SEEN, **options)
        assert (built.module.seen(), built.used_cache) == ({**NOTHING, **expected}, False), options
        keys[built.key] = keys.get(built.key, []) + [options]
    assert [same for same in keys.values() if len(same) > 1] == []
    for options, expected in cases:
        if "include_dirs" in options or not options:
            assert result(SEEN, **options).used_cache is True


def test_a_macro_without_a_value_is_one(cache, result):
    """As `cc -DN` has it, and as setuptools documents None."""
    assert result(SEEN, define_macros=[("N", None)]).module.seen()["N"] == 1


def test_the_content_of_given_files_counts(cache, tmp_path, write, result):
    folder = write(tmp_path, {"w.h": "#define W 1\n", "extra.c": "int extra_value(void) { return 1; }\n"})
    build = lambda: result(SEEN, extra_sources=folder / "extra.c", support_paths=[folder / "w.h"])
    value = lambda built: (built.module.seen()["extra"], built.module.seen()["W"], built.used_cache)
    assert value(build()) == (1, 1, False)
    write(tmp_path, {"extra.c": "int extra_value(void) { return 2; }\n"})
    assert value(build()) == (2, 1, False)
    write(tmp_path, {"w.h": "#define W 2\n"})
    assert value(build()) == (2, 2, False)
    write(tmp_path, {"extra.c": "int extra_value(void) { return 1; }\n", "w.h": "#define W 1\n"})
    assert value(build()) == (1, 1, True)


def test_a_header_of_an_extra_source_is_an_input(cache, tmp_path, write, result):
    write(tmp_path, {"extra.c": '#include "part.h"\nint extra_value(void) { return PART; }\n'})
    write(tmp_path, {"part.h": "#define PART 1\n"})
    build = lambda: result(SEEN, extra_sources=[tmp_path / "extra.c"])
    assert build().module.seen()["extra"] == 1
    write(tmp_path, {"part.h": "#define PART 2\n"})
    again = build()
    assert (again.module.seen()["extra"], again.used_cache) == (2, False)


def test_libraries(cache, result):
    source = """\
cdef extern from "math.h":
    double cbrt(double)
def f(double x):
    return cbrt(x)
"""
    built = result(source, libraries=["m"])
    assert built.module.f(27.0) == pytest.approx(3.0)
    assert "libm.so.6" in built.meta["needed"]
    without = result(source)
    assert without.key != built.key and "libm.so.6" not in without.meta["needed"]


def test_library_dirs_and_link_arguments(cache, tmp_path, write, result):
    write(tmp_path, {"own.c": "int own_value(void) { return 42; }\n"})
    for command in [["cc", "-fPIC", "-c", "own.c"], ["ar", "rcs", "libown.a", "own.o"]]:
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    source = """\
cdef extern from *:
    "extern int own_value(void);"
    int own_value()
def f():
    return own_value()
"""
    built = result(source, libraries="own", library_dirs=tmp_path)
    assert built.module.f() == 42
    again = result(source, libraries="own", library_dirs=tmp_path, extra_link_args=["-Wl,-rpath,$ORIGIN"])
    assert again.module.f() == 42 and again.key != built.key
    assert b"$ORIGIN" in again.artifact_path.read_bytes()
    assert b"$ORIGIN" not in built.artifact_path.read_bytes()


def test_settings_of_the_environment_are_options(cache, result, monkeypatch):
    monkeypatch.setenv("CFLAGS", "-DN=11 -DM")
    monkeypatch.setenv("CPPFLAGS", "-UN -DN=12")
    monkeypatch.setenv("LDFLAGS", "-Wl,-rpath,$ORIGIN")
    monkeypatch.setenv("PYXIDE_SALT", "grain")
    built = result(SEEN)
    assert (built.module.seen()["N"], built.used_cache) == (12, False)
    assert b"$ORIGIN" in built.artifact_path.read_bytes()
    monkeypatch.setenv("PYXIDE_NO_BUILD", "1")
    assert result(SEEN).used_cache is True
    for name in ["PYXIDE_SALT", "CFLAGS", "CPPFLAGS", "LDFLAGS"]:
        with monkeypatch.context() as changed:
            changed.delenv(name)
            with pytest.raises(pyxide.PyxideError, match="not in the cache"):
                result(SEEN)
    # The argument is the same salt.
    monkeypatch.delenv("PYXIDE_SALT")
    assert result(SEEN, salt="grain").key == built.key


def test_header_lines_are_options(cache, result):
    lines = "# cython: cdivision=True\n# distutils: define_macros=N=9\n# distutils: language=c++\n\n"
    built = result(lines + SEEN)
    assert built.module.seen() == {**NOTHING, "rest": -1, "N": 9, "language": "c++"}
    assert result(lines + SEEN, language="c").module.seen()["language"] == "c"


def test_directives_of_the_caller_win_over_those_of_the_header(cache, result):
    source = "# cython: cdivision=True\n" + SEEN
    assert result(source).module.seen()["rest"] == -1
    assert result(source, compiler_directives={"cdivision": False}).module.seen()["rest"] == 2


def test_cpp(cache, tmp_path, write, result):
    source = """\
from libcpp.vector cimport vector

cdef extern from "accum.hpp":
    cdef cppclass Accum:
        void add(double) except +
        double total()

def total(values):
    cdef Accum accum
    for value in values:
        accum.add(value)
    return accum.total()

def backwards(vector[int] values):
    return [values[i] for i in range(<int>values.size() - 1, -1, -1)]
"""
    accum = """\
#include <stdexcept>
struct Accum {
    double sum = 0;
    void add(double x) { if (x < 0) throw std::invalid_argument("negative"); sum += x; }
    double total() { return sum; }
};
"""
    built = result(source, language="c++", support_files={"accum.hpp": accum})
    assert built.module.backwards([1, 2, 3]) == [3, 2, 1]
    assert built.module.total([1, 2.5]) == 3.5
    with pytest.raises(ValueError, match="negative"):
        built.module.total([-1])
    assert "c++" in built.fingerprint["compiler"] or "g++" in built.fingerprint["compiler"]
    by_header = result("# distutils: language = c++\n" + source, support_files={"accum.hpp": accum})
    assert by_header.module.total([4]) == 4.0


NUMPY = """\
import numpy as np
cimport numpy as cnp
cnp.import_array()

def total(cnp.ndarray[double, ndim=1] values):
    cdef double sum = 0
    cdef Py_ssize_t i
    for i in range(values.shape[0]):
        sum += values[i]
    return sum
"""


def test_numpy(cache, result):
    built = result(NUMPY)
    assert built.module.total(np.arange(5.0)) == 10.0
    assert built.fingerprint["numpy"] == np.__version__
    assert result(NUMPY).used_cache is True


def test_numpy_is_no_part_of_what_does_not_use_it(cache, result):
    source = """\
def total(const double[:] values):
    cdef double sum = 0
    cdef Py_ssize_t i
    for i in range(values.shape[0]):
        sum += values[i]
    return sum
"""
    built = result(source)
    assert "numpy" not in built.fingerprint
    assert "numpy" not in str(built.meta["dependencies"])
    assert built.module.total(np.arange(5.0)) == 10.0
    assert built.module.total(array.array("d", [1, 2])) == 3.0


def test_warnings_of_the_tools_are_kept(cache, result):
    source = """\
cdef extern from *:
    '''
    #warning "mind the gap"
    '''
def f():
    return 1
"""
    built = result(source)
    assert any("mind the gap" in warning and "<string>:3" in warning for warning in built.warnings), built.warnings
    assert result(source).warnings == built.warnings
