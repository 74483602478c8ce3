"""Inputs that are easily forgotten: what the linker reads, what arguments name, where a source lies."""

import os
import subprocess
import sys

import pytest
from quick import only_in_full

import pyxide

CALLS_VAL = 'cdef extern from *:\n    "int val(void);"\n    int val()\ndef f():\n    return val()\n'


def archive(folder, number):
    """Makes libval.a, whose function returns a number."""
    (folder / "val.c").write_text("int val(void) { return %d; }\n" % number)
    subprocess.run(["cc", "-fPIC", "-c", "val.c"], cwd=folder, check=True)
    (folder / "libval.a").unlink(missing_ok=True)
    subprocess.run(["ar", "rcs", "libval.a", "val.o"], cwd=folder, check=True)


def test_a_replaced_library_is_seen(cache, tmp_path):
    archive(tmp_path, 1)
    build = lambda **options: pyxide.compile_and_load_result(
        CALLS_VAL, libraries="val", library_dirs=[tmp_path / "earlier", tmp_path], **options
    )
    assert build().module.f() == 1 and build().used_cache
    archive(tmp_path, 2)
    assert (build().module.f(), build().used_cache) == (2, True)
    (tmp_path / "earlier").mkdir()
    archive(tmp_path / "earlier", 3)
    assert build().module.f() == 3, "a library in an earlier folder comes first"


def test_a_replaced_object_is_seen(cache, tmp_path):
    archive(tmp_path, 1)
    build = lambda: pyxide.compile_and_load_result(CALLS_VAL, extra_link_args=str(tmp_path / "val.o"), allow_unsafe_flags=True)
    assert build().module.f() == 1
    archive(tmp_path, 2)
    assert build().module.f() == 2


def test_a_file_of_arguments_is_an_input(cache, tmp_path):
    source = 'cdef extern from *:\n    int N\ndef f():\n    return N\n'
    arguments = tmp_path / "arguments"
    build = lambda: pyxide.compile_and_load_result(source, extra_compile_args="@%s" % arguments, allow_unsafe_flags=True)
    for number in (1, 2):
        arguments.write_text("-DN=%d\n" % number)
        assert build().module.f() == number
    assert build().used_cache


def test_text_is_not_taken_for_a_file_with_siblings(cache, tmp_path):
    source = "cdef class A:\n    def __init__(self):\n        self.y = 5\n"
    (tmp_path / "apart.pyx").write_text(source)
    (tmp_path / "apart.pxd").write_text("cdef class A:\n    cdef public int y\n")
    with pytest.raises(AttributeError):
        pyxide.compile_and_load(source, module_name="apart").A()
    assert pyxide.cython_import(tmp_path / "apart.pyx").A().y == 5


def test_the_same_file_elsewhere_in_a_project_is_its_own_build_or_the_same_bytes(cache, tmp_path):
    seen = []
    for folder in (tmp_path / "one", tmp_path / "two" / "src"):
        folder.mkdir(parents=True)
        (folder.parent if folder.name == "src" else folder).joinpath("pyproject.toml").write_text("")
        (folder / "m.pyx").write_text('include "b.pxi"\n')
        (folder / "b.pxi").write_text("def f():\n    raise ValueError\n")
        built = pyxide.cython_import_result(folder / "m.pyx")
        seen.append((built.key, built.artifact_path.read_bytes()))
    (first, bytes_of_first), (second, bytes_of_second) = seen
    assert first != second or bytes_of_first == bytes_of_second


def test_a_header_beyond_a_link_is_followed_as_the_compiler_does_it(cache, tmp_path):
    (tmp_path / "else" / "vendor").mkdir(parents=True)
    source = tmp_path / "src"
    source.mkdir()
    (source / "vendor").symlink_to(tmp_path / "else" / "vendor")
    (source / "m.pyx").write_text('cdef extern from "vendor/../k.h":\n    int K\ndef f():\n    return K\n')
    build = lambda: pyxide.cython_import_result(source / "m.pyx")
    for number in (1, 2):
        (tmp_path / "else" / "k.h").write_text("#define K %d\n" % number)
        (source / "k.h").write_text("#define K 1\n")
        built = build()
        assert (built.module.f(), built.used_cache) == (number, False)
        assert build().used_cache


@pytest.mark.parametrize("flags", ["-MD -MF elsewhere.d", *map(only_in_full, ["-MMD -MP", "-MM"])])
def test_dependency_options_of_the_user_do_not_blind_us(cache, tmp_path, monkeypatch, flags):
    monkeypatch.setenv("CFLAGS", flags)
    monkeypatch.setenv("PYXIDE_ALLOW_UNSAFE_FLAGS", "1")
    (tmp_path / "m.pyx").write_text('cdef extern from "k.h":\n    int K\ndef f():\n    return K\n')
    for number in (1, 2):
        (tmp_path / "k.h").write_text("#define K %d\n" % number)
        assert pyxide.cython_import(tmp_path / "m.pyx").f() == number


def test_a_compiler_by_a_relative_path(cache, tmp_path, monkeypatch):
    (tmp_path / "mycc").symlink_to("/usr/bin/cc")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CC", "./mycc")
    assert pyxide.compile_and_load("def f():\n    return 1\n").f() == 1


def test_the_search_path_is_searched_in_its_order(cache, tmp_path, monkeypatch):
    for name, number in (("first", 1), ("second", 2)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "shadowed.pxd").write_text("cdef enum:\n    D = %d\n" % number)
    # Cython's own folder is on the path, and must not jump the queue.
    site = os.path.dirname(os.path.dirname(__import__("Cython").__file__))
    os.symlink(tmp_path / "second" / "shadowed.pxd", tmp_path / "second" / "other.pxd")
    path = [str(tmp_path / "first"), str(tmp_path / "second")]
    monkeypatch.setattr(sys, "path", path + [folder for folder in sys.path if folder != site] + [site])
    built = pyxide.compile_and_load_result("cimport shadowed\ndef f():\n    return shadowed.D\n")
    assert built.module.f() == 1
    again = pyxide.compile_and_load_result("cimport shadowed\ndef f():\n    return shadowed.D\n")
    assert again.used_cache


def test_a_path_that_is_no_text_is_passed_over(cache, monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path, "/nowhere/\udcff"])
    assert pyxide.compile_and_load("def f():\n    return 2\n").f() == 2


def test_a_c_error_in_an_included_file_is_told_there(cache, tmp_path, capfd):
    (tmp_path / "m.pyx").write_text('include "b.pxi"\ndef f():\n    return g()\n')
    (tmp_path / "b.pxi").write_text('cdef extern from "gone.h":\n    int g()\n')
    with pytest.raises(pyxide.CompileError) as caught:
        pyxide.cython_import(tmp_path / "m.pyx")
    (error,) = caught.value.diagnostics
    assert (error["file"], error["line"]) == (str(tmp_path / "b.pxi"), 1)
    assert error["source_line"] == 'cdef extern from "gone.h":'


def test_a_crash_of_cython_is_told_in_few_words(cache):
    with pytest.raises(pyxide.CompileError) as caught:
        pyxide.compile_and_load("x = " + " + ".join(["a"] * 20000) + "\n")
    assert len(str(caught.value)) < 100_000


@pytest.fixture
def shadowed(cache, write, tmp_path):
    """Builds a project in which a header is about to be found elsewhere: `shadowed(files, new)`."""

    def shadowed(files, new):
        project = write(tmp_path / "project", files)
        build = lambda: pyxide.cython_import_result(project / "m.pyx")
        assert build().module.f() == 1
        assert build().used_cache
        write(project, {new: "#define K 2\n"})
        seen = build()
        assert (seen.module.f(), seen.used_cache) == (2, False), new
        assert build().used_cache
        (project / new).unlink()
        back = build()
        assert (back.module.f(), back.used_cache) == (1, True)

    return shadowed


K = 'cdef extern from "%s":\n    int K\ndef f():\n    return K\n'


def test_a_new_header_beside_the_one_that_includes_it_is_seen(shadowed):
    files = {
        "m.pyx": "# distutils: include_dirs = include\n" + K % "sub/outer.h",
        "sub/outer.h": '#include "inner.h"\n',
        "include/inner.h": "#define K 1\n",
    }
    shadowed(files, "sub/inner.h")


def test_a_new_header_in_front_of_a_system_header_is_seen(shadowed):
    source = """\
        # distutils: include_dirs = include
        cdef extern from *:
            '''
            #include <complex.h>
            #ifndef K
            #define K 1
            #endif
            '''
            int K
        def f():
            return K
    """
    shadowed({"m.pyx": source, "include/other.h": ""}, "include/complex.h")


def test_a_new_header_in_a_folder_from_the_arguments_is_seen(shadowed):
    files = {
        "m.pyx": "# distutils: extra_compile_args = -Ifirst -Isecond\n" + K % "k.h",
        "first/other.h": "",
        "second/k.h": "#define K 1\n",
    }
    shadowed(files, "first/k.h")


def test_a_header_that_is_asked_for_is_seen_when_it_comes(shadowed):
    source = """\
        cdef extern from *:
            '''
            #if __has_include("maybe.h")
            #include "maybe.h"
            #else
            #define K 1
            #endif
            '''
            int K
        def f():
            return K
    """
    shadowed({"m.pyx": source}, "maybe.h")


def test_what_the_assembler_reads_is_an_input(cache, write, tmp_path):
    assembly = r'.section .rodata\\nblob: .incbin \\"%s\\"\\n.byte 0\\n.previous' % (tmp_path / "project" / "blob.txt")
    source = """\
        cdef extern from *:
            '''
            __asm__("%s");
            extern const char blob[];
            '''
            const char blob[]
        def f():
            return (<bytes>blob).decode()
    """
    project = write(tmp_path / "project", {"m.pyx": source % assembly, "blob.txt": "one"})
    build = lambda: pyxide.cython_import_result(project / "m.pyx")
    assert build().module.f() == "one"
    assert build().used_cache
    (project / "blob.txt").write_text("two")
    assert build().module.f() == "two"
    (project / "blob.txt").write_text("one")
    assert build().used_cache


def test_fast_arithmetic_is_the_modules_own(cache, python):
    """A driver that links with -ffast-math adds code that changes how the whole process calculates."""
    code = """
        import pyxide
        f = pyxide.compile_and_load("def f(double x):\\n    return x * 0.5\\n", extra_compile_args=["-ffast-math"]).f
        assert f(4.0) == 2.0
        smallest = float("2.2250738585072014e-308")
        print(smallest / 4 > 0)
    """
    assert python(code) == "True\n"


def test_flags_that_the_linker_needs_too_reach_it_with_several_sources(cache, write, tmp_path):
    folder = write(tmp_path, {"one.c": "#include <omp.h>\nint threads(void) { return omp_get_max_threads(); }\n"})
    source = "cdef extern int threads()\ndef f():\n    return threads()\n"
    built = pyxide.compile_and_load(source, extra_sources=[folder / "one.c"], extra_compile_args=["-fopenmp"])
    assert built.f() >= 1
