"""What this process was given before is given again only as long as all that it rests on is as it was."""

import os
import shutil
import sys
import time
from pathlib import Path

import pytest

import pyxide


@pytest.fixture
def old(tmp_path):
    """Makes what was just written so old that its stamps can be relied on, as they are after two seconds."""

    def wait(*files):
        latest = max(os.stat(file).st_ctime for file in files)
        while time.time() < latest + 2.1:
            time.sleep(0.05)

    return wait


def test_the_same_again_is_the_same_object(cache, result, square):
    built = result(square)
    again = result(square)
    assert not built.used_cache and again.used_cache
    assert again.module is built.module and result(square) is result(square)


def test_the_artifact_is_looked_at(cache, result, square):
    built = result(square)
    assert result(square) is result(square)
    artifact = built.artifact_path
    artifact.chmod(0o644)
    artifact.write_bytes(artifact.read_bytes()[:1000])
    with pytest.warns(pyxide.CacheWarning, match="damaged"):
        again = result(square)
    assert not again.used_cache


def test_each_option_is_compared(cache, result):
    source = "cdef extern from *:\n    '''\n    #ifndef N\n    #define N 0\n    #endif\n    '''\n    int N\nn = N\n"
    arguments = ["-DN=1"]
    assert result(source, extra_compile_args=arguments).module.n == 1
    assert result(source, extra_compile_args=arguments).used_cache
    arguments[0] = "-DN=2"
    assert result(source, extra_compile_args=arguments).module.n == 2, "the list is the same object"
    macros = [["N", "3"]]
    assert result(source, define_macros=[tuple(one) for one in macros]).module.n == 3
    files = {"w.h": "#define N 4\n"}
    with_file = source.replace("'''\n    #ifndef", "'''\n    #include \"w.h\"\n    #ifndef")
    assert result(with_file, support_files=files).module.n == 4
    files["w.h"] = "#define N 5\n"
    assert result(with_file, support_files=files).module.n == 5


def test_options_that_are_only_equal_are_not_the_same(cache, result):
    source = """
cdef extern from *:
    '''
    #define TEXT(x) #x
    #define TEXT_OF(x) TEXT(x)
    '''
    const char *N "TEXT_OF(M)"
n = N
"""
    for value in (1, True, 1.0, 1):
        for _ in range(2):
            assert result(source, define_macros=[("M", value)]).module.n == str(value).encode()


def test_the_environment_is_compared(cache, result, monkeypatch):
    source = "cdef extern from *:\n    '''\n    #ifndef N\n    #define N 0\n    #endif\n    '''\n    int N\nn = N\n"
    assert result(source).module.n == 0
    assert result(source).used_cache
    monkeypatch.setenv("CFLAGS", os.environ["CFLAGS"] + " -DN=6")
    assert result(source).module.n == 6
    monkeypatch.setenv("PYXIDE_CACHE_DIR", str(cache.parent / "other"))
    assert not result(source).used_cache
    monkeypatch.setenv("PYXIDE_SALT", "x")
    assert not result(source).used_cache


def test_files_that_were_read_are_looked_at(cache, tmp_path, write, old):
    write(
        tmp_path,
        {
            "m.pyx": 'include "a.pxi"\ncdef extern from "k.h":\n    int K\nv = (A, K, 1)\n',
            "a.pxi": "A = 1\n",
            "k.h": "#define K 1\n",
        },
    )
    names = ["m.pyx", "a.pxi", "k.h"]
    load = lambda: pyxide.cython_import_result(tmp_path / "m.pyx")
    old(*(tmp_path / name for name in names), tmp_path)
    assert load().module.v == (1, 1, 1)
    # The first hit looks at everything, and from then on the stamps are enough.
    assert load().used_cache and load() is load()
    for name, text, expected in [
        ("a.pxi", "A = 2\n", (2, 1, 1)),
        ("k.h", "#define K 2\n", (2, 2, 1)),
        ("m.pyx", 'include "a.pxi"\ncdef extern from "k.h":\n    int K\nv = (A, K, 2)\n', (2, 2, 2)),
        ("m.pxd", "cdef int declared\n", (2, 2, 2)),
    ]:
        write(tmp_path, {name: text})
        built = load()
        assert not built.used_cache and built.module.v == expected, name
        old(tmp_path / name, tmp_path)
        assert load() is not built and load() is load()
    shutil.rmtree(tmp_path / "cache", ignore_errors=True)
    (tmp_path / "k.h").unlink()
    with pytest.raises(pyxide.CompileError):
        load()


def test_a_link_that_is_turned_is_another_file(cache, tmp_path, write, old):
    write(tmp_path, {"one/m.pyx": "n = 1\n", "two/m.pyx": "n = 2\n"})
    (tmp_path / "current").symlink_to("one")
    old(tmp_path / "one" / "m.pyx", tmp_path / "two" / "m.pyx")
    load = lambda: pyxide.cython_import_result(tmp_path / "current" / "m.pyx").module.n
    assert [load(), load(), load()] == [1, 1, 1]
    (tmp_path / "current").unlink()
    (tmp_path / "current").symlink_to("two")
    assert load() == 2


@pytest.mark.full("test_a_link_that_is_turned_is_another_file")
def test_an_include_folder_behind_a_link(cache, tmp_path, result, write, old):
    write(tmp_path, {"one/k.h": "#define K 1\n", "two/k.h": "#define K 2\n"})
    (tmp_path / "current").symlink_to("one")
    old(tmp_path / "one" / "k.h", tmp_path / "two" / "k.h")
    source = 'cdef extern from "k.h":\n    int K\nk = K\n'
    load = lambda: result(source, include_dirs=tmp_path / "current").module.k
    assert [load(), load(), load()] == [1, 1, 1]
    (tmp_path / "current").unlink()
    (tmp_path / "current").symlink_to("two")
    assert load() == 2


def test_a_relative_path_belongs_to_its_folder(cache, tmp_path, write, old, monkeypatch):
    write(tmp_path, {"one/m.pyx": "n = 1\n", "two/m.pyx": "n = 2\n"})
    old(tmp_path / "one" / "m.pyx", tmp_path / "two" / "m.pyx")
    for folder, expected in [("one", 1), ("one", 1), ("two", 2), ("one", 1)]:
        monkeypatch.chdir(tmp_path / folder)
        assert pyxide.cython_import("m.pyx").n == expected
        assert pyxide.cython_import(Path("m.pyx")).n == expected


def test_a_module_that_was_taken_away_is_imported_again(cache, result, square):
    built = result(square)
    assert result(square).module is built.module
    del sys.modules[built.module_name]
    again = result(square)
    assert again.used_cache and sys.modules[built.module_name] is again.module


def test_a_forced_build_is_never_a_memory(cache, result, square):
    for _ in range(2):
        assert not result(square, force_rebuild=True).used_cache
    result(square)
    assert result(square).used_cache and not result(square, force_rebuild=True).used_cache


def test_a_new_library_search_path_is_another_question(cache, result, tmp_path, write, monkeypatch):
    write(tmp_path, {"one/helper.pxd": "cdef inline int k(): return 1\n", "two/helper.pxd": "cdef inline int k(): return 2\n"})
    source = "from helper cimport k\nn = k()\n"
    monkeypatch.syspath_prepend(tmp_path / "one")
    assert [result(source).module.n for _ in range(3)] == [1, 1, 1]
    monkeypatch.syspath_prepend(tmp_path / "two")
    assert result(source).module.n == 2


def test_releases_that_share_a_source_are_told_apart(cache, tmp_path, write, old):
    write(tmp_path, {"one/m.pyx": 'cdef extern from "k.h":\n    int K\nk = K\n', "one/k.h": "#define K 1\n", "two/k.h": "#define K 2\n"})
    # As `rsync --link-dest` and `cp -al` make them.
    os.link(tmp_path / "one" / "m.pyx", tmp_path / "two" / "m.pyx")
    (tmp_path / "current").symlink_to("one")
    old(tmp_path / "one" / "m.pyx", tmp_path / "one" / "k.h", tmp_path / "two" / "k.h", tmp_path / "one", tmp_path / "two")
    load = lambda: pyxide.cython_import(tmp_path / "current" / "m.pyx").k
    assert [load(), load(), load()] == [1, 1, 1]
    (tmp_path / "current").unlink()
    (tmp_path / "current").symlink_to("two")
    assert load() == 2
