"""Compilers other than the default one: Clang, and those that a launcher runs."""

import os
import shutil

import pytest
from quick import only_in_full

import pyxide

def needed(program):
    """The path of a program without which a test says nothing. Where CI runs, it has to be there."""
    found = shutil.which(program)
    if found is None and os.environ.get("CI"):
        pytest.fail("%s is not installed" % program)
    if found is None:
        pytest.skip("%s is not installed" % program)
    return found


@pytest.fixture
def launcher(tmp_path):
    """A program called ccache that notes how it is called, and what it sees of the environment."""
    program = tmp_path / "bin" / "ccache"
    program.parent.mkdir()
    log = tmp_path / "launched"
    program.write_text('#!/bin/sh\nprintf "%%s|%%s\\n" "$*" "$CCACHE_TEST$SECRET" >>"%s"\nexec "$@"\n' % log)
    program.chmod(0o755)
    log.touch()
    return program, lambda: log.read_text().splitlines()


def test_a_launcher_runs_the_compiler_and_not_the_linker(cache, result, square, launcher, monkeypatch):
    program, launched = launcher
    plain = result(square)
    monkeypatch.setenv("CC", f"{program} {needed('gcc')}")
    monkeypatch.setenv("CCACHE_TEST", "seen")
    monkeypatch.setenv("SECRET", "unseen")
    through = result(square, force_rebuild=True)
    assert through.module.f(3) == 9
    [line] = launched()
    words, seen = line.split("|")
    assert " -c " in words and "-shared" not in words and words.startswith(needed("gcc"))
    assert seen == "seen"
    # Where the linker is a command of its own, its time is known, and is a part of the compiler's.
    timings = through.meta["timings"]
    assert 0 < timings["linker_s"] < timings["compiler_s"]
    assert "linker_s" not in plain.meta["timings"]
    # It changes no byte, so it is in no key where the compiler is the same.
    monkeypatch.setenv("CC", needed("gcc"))
    assert result(square).key == through.key
    assert plain.module.f(3) == 9


def test_a_launcher_that_is_not_there_is_named(cache, square, monkeypatch):
    monkeypatch.setenv("CC", "/nowhere/ccache gcc")
    with pytest.raises(pyxide.ToolchainError, match="`/nowhere/ccache` is not a program, and CC names it"):
        pyxide.compile_and_load(square)


def test_ccache_serves_a_second_cache(cache, result, square, tmp_path, monkeypatch):
    import subprocess

    ccache = needed("ccache")
    monkeypatch.setenv("CCACHE_DIR", str(tmp_path / "ccache"))
    monkeypatch.setenv("CC", f"ccache {needed('gcc')}")

    def hits():
        stats = subprocess.run([ccache, "--print-stats"], capture_output=True, text=True, check=True).stdout
        numbers = dict(line.split("\t") for line in stats.splitlines())
        return int(numbers["direct_cache_hit"]) + int(numbers["preprocessed_cache_hit"])

    first = result(square)
    assert hits() == 0
    monkeypatch.setenv("PYXIDE_CACHE_DIR", str(tmp_path / "another"))
    second = result(square)
    assert not second.used_cache and second.key == first.key
    assert hits() == 1, "equal commands in another stage are equal to ccache, too"
    assert second.artifact_path.read_bytes() == first.artifact_path.read_bytes()
    assert second.meta["dependencies"] == first.meta["dependencies"], "what was read is known on a hit as well"


@pytest.fixture
def clang(monkeypatch):
    monkeypatch.setenv("CC", needed("clang"))
    monkeypatch.setenv("CXX", needed("clang++"))


def test_clang_builds_c_and_cpp(cache, result, square, clang):
    built = result(square)
    assert built.module.f(4) == 16 and "clang" in built.fingerprint["compiler"]
    assert result(square).used_cache
    source = "from libcpp.vector cimport vector\ndef f(int n):\n    cdef vector[int] v\n    v.push_back(n)\n    return v.size(), v[0]\n"
    assert result(source, language="c++").module.f(7) == (1, 7)


@pytest.mark.full("test_clang_builds_c_and_cpp, and both with GCC")
def test_clang_builds_numpy_and_openmp(cache, result, clang):
    source = """\
cimport numpy as np
from cython.parallel import prange
np.import_array()

def f(double[:] x):
    cdef Py_ssize_t i
    cdef double s = 0
    for i in prange(x.shape[0], nogil=True):
        s += x[i]
    return s
"""
    import numpy

    built = result(source, openmp=True)
    assert built.module.f(numpy.arange(10.0)) == 45
    assert any("omp" in name for name in built.meta["needed"])


@pytest.mark.parametrize("profile", ["debug", *map(only_in_full, ["release", "fast-debug", "annotate", "coverage"])])
def test_clang_builds_every_profile(cache, result, square, clang, profile):
    assert result(square, profile=profile).module.f(3) == 9


def test_clang_sees_what_is_edited(cache, tmp_path, write, clang):
    write(tmp_path, {"m.pyx": 'cdef extern from "k.h":\n    int K\nk = K\n', "k.h": "#define K 1\n"})
    assert pyxide.cython_import(tmp_path / "m.pyx").k == 1
    write(tmp_path, {"k.h": "#define K 2\n"})
    assert pyxide.cython_import(tmp_path / "m.pyx").k == 2


def test_a_change_of_compiler_is_another_build(cache, result, square, monkeypatch):
    first = result(square)
    monkeypatch.setenv("CC", needed("clang"))
    second = result(square)
    assert first.key != second.key and not second.used_cache
    monkeypatch.delenv("CC")
    assert result(square).key == first.key


PARALLEL = """\
from cython.parallel import prange


def total(long n):
    cdef long i, s = 0
    for i in prange(n, nogil=True):
        s += i
    return s
"""


def test_a_parallel_loop_gives_what_a_serial_one_gives(cache, result):
    parallel, serial = result(PARALLEL, openmp=True), result(PARALLEL)
    assert parallel.module.total(1000) == serial.module.total(1000) == 499500
    assert parallel.key != serial.key
    in_parallel = lambda built: any(name.startswith(("libgomp", "libomp")) for name in built.meta["needed"])
    assert in_parallel(parallel) and not in_parallel(serial)


@pytest.mark.parametrize(
    "told",
    [
        "clang: error: unsupported option '-fopenmp'",
        only_in_full("cc: error: unrecognized command-line option ‘-fopenmp’; did you mean ‘-fopt-info’?"),
        only_in_full("cc: fatal error: cannot read spec file ‘libgomp.spec’: No such file or directory"),
        only_in_full("/usr/bin/ld: cannot find -lomp: No such file or directory"),
    ],
)
def test_a_compiler_without_openmp(told, cache, compiler, monkeypatch):
    program = compiler('case " $* " in *" -fopenmp "*) echo "%s" >&2; exit 1 ;; esac' % told)
    monkeypatch.setenv("CC", str(program))
    with pytest.raises(pyxide.CompileError) as caught:
        pyxide.compile_and_load(PARALLEL, openmp=True)
    assert caught.value.hint.startswith("the compiler has no OpenMP: ")
    assert "build without `openmp`" in caught.value.hint and told in caught.value.output
    assert pyxide.compile_and_load(PARALLEL).total(4) == 6
