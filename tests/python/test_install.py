"""`import` compiles .pyx files where it was asked to, and nowhere else."""

import importlib
import importlib.util
import pickle
import shutil
import sys
import threading
from pathlib import Path

import pytest

import pyxide


@pytest.fixture(autouse=True)
def as_before(monkeypatch):
    """Takes the hook away, and all modules that a test has imported."""
    before, finders = set(sys.modules), [*sys.meta_path]
    yield
    pyxide.uninstall()
    sys.meta_path[:] = finders
    for name in set(sys.modules) - before:
        if name.startswith(("hooked", "other")):
            del sys.modules[name]


@pytest.fixture
def source(tmp_path, write):
    return write(
        tmp_path / "source",
        {
            "hooked.pyx": "def f(int n):\n    return n * n\n",
            "hooked_wrong.pyx": "def f(int n):\n    return 1\n\ndef g():\n    return undefined_thing\n",
            "hooked_package/__init__.py": "greeting = 'hello'\n",
            "hooked_package/core.pxd": "cdef class Vec:\n    cdef double x\n",
            "hooked_package/core.pyx": "cdef class Vec:\n    def __init__(self, x):\n        self.x = x\n",
            "hooked_package/deeper/__init__.py": "",
            "hooked_package/deeper/algo.pyx": """\
                from ..core cimport Vec
                from hooked_package cimport core
                from hooked_package import greeting
                def x(Vec vec): return vec.x, greeting
                def y(core.Vec vec): return -vec.x
                """,
        },
    )


def test_a_file_and_a_package(cache, source, monkeypatch):
    finders = [*sys.meta_path]
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("hooked")
    pyxide.install(source, profile="fast-debug")
    import hooked

    assert hooked.f(-4) == 16 and hooked.__pyxide_key__ == pyxide.list_cached()[0].key
    assert importlib.import_module("hooked") is hooked
    assert pickle.loads(pickle.dumps(hooked.f)) is hooked.f
    # Packages are found by sys.path, as ever.
    monkeypatch.syspath_prepend(source)
    from hooked_package.core import Vec
    from hooked_package.deeper import algo

    assert algo.x(Vec(2)) == (2.0, "hello") and algo.y(Vec(2)) == -2.0
    assert algo.__package__ == "hooked_package.deeper" and Vec.__module__ == "hooked_package.core"
    pyxide.uninstall()
    assert sys.meta_path == finders
    assert hooked.f(3) == 9 and sys.modules["hooked"] is hooked
    del sys.modules["hooked"]
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("hooked")


def test_only_below_the_folders_that_were_given(cache, source, tmp_path, write, monkeypatch):
    write(tmp_path / "elsewhere", {"other.pyx": "x = 1\n"})
    write(source / "lib/site-packages", {"other_installed.pyx": "x = 1\n"})
    monkeypatch.syspath_prepend(tmp_path / "elsewhere")
    monkeypatch.syspath_prepend(source / "lib" / "site-packages")
    pyxide.install(paths=[source])
    for name in ["other", "other_installed"]:
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module(name)
    assert pyxide.list_cached() == []


def test_what_python_can_import_comes_first(cache, source, monkeypatch, write):
    # An extension module that was compiled in place, and a .py file.
    built = pyxide.compile_and_load_result("def f(n):\n    return 'in place'\n", module_name="hooked")
    shutil.copy(built.artifact_path, source / built.artifact_path.name)
    del sys.modules["hooked"]
    write(source, {"hooked_wrong.py": "x = 'python'\n"})
    monkeypatch.syspath_prepend(source)
    pyxide.install(source)
    import hooked
    import hooked_wrong

    assert hooked.f(1) == "in place" and Path(hooked.__file__).parent == source
    assert hooked_wrong.x == "python"


def test_an_error_is_one_of_the_file(cache, source):
    pyxide.install(source)
    with pytest.raises(ImportError) as caught:
        importlib.import_module("hooked_wrong")
    error = caught.value
    file = str(source / "hooked_wrong.pyx")
    assert isinstance(error, pyxide.CompileError) and type(error) is pyxide.CompileImportError
    assert (error.name, error.path) == ("hooked_wrong", file)
    assert error.diagnostics[0]["file"] == file and error.diagnostics[0]["line"] == 5
    assert file + ":5:12" in str(error) and "return undefined_thing" in str(error)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.path, again.diagnostics) == (str(error), file, error.diagnostics)
    assert "hooked_wrong" not in sys.modules
    # Edited, it is imported.
    (source / "hooked_wrong.pyx").write_text("x = 5\n")
    assert importlib.import_module("hooked_wrong").x == 5


def test_who_looks_for_a_module_builds_nothing(cache, source):
    pyxide.install(source)
    spec = importlib.util.find_spec("hooked")
    assert spec.origin == str(source / "hooked.pyx") and pyxide.list_cached() == []
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.f(2) == 4 and module.__loader__ is module.__spec__.loader


IMPORT = """
    import sys, pyxide
    pyxide.install(sys.argv[1])
    import hooked
    print(hooked.f(5))
"""


def test_another_process_has_what_was_built_and_sees_edits(python, source, empty, write):
    assert python(IMPORT, source) == "25\n"
    # Without a compiler, and from any folder.
    assert python(IMPORT, source, cwd=empty, PATH=empty, quiet=False) == "25\n"
    write(source, {"hooked.pyx": "def f(int n):\n    return n + 1\n"})
    assert python(IMPORT, source) == "6\n"


def test_threads(cache, source, write):
    names = ["hooked_%d" % number for number in range(3)]
    write(source, {name + ".pyx": "name = '%s'\n" % name for name in names})
    pyxide.install(source)
    found = []
    run = lambda name: found.append(importlib.import_module(name))
    threads = [threading.Thread(target=run, args=[name]) for name in names * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(module.name for module in found) == sorted(names * 2)
    assert len({id(module) for module in found}) == len(names)


def test_folders_are_installed_once_and_taken_away_one_by_one(source, tmp_path):
    finders = [*sys.meta_path]
    pyxide.install([source, tmp_path])
    pyxide.install(str(source), openmp=False)
    assert len(sys.meta_path) == len(finders) + 2
    pyxide.uninstall(tmp_path)
    assert len(sys.meta_path) == len(finders) + 1
    pyxide.uninstall()
    pyxide.uninstall()
    assert sys.meta_path == finders


def test_what_is_wrong_is_said_at_once(source):
    finders = [*sys.meta_path]
    for options, error, words in [
        ({"paths": source / "gone"}, NotADirectoryError, "there is no folder `"),
        ({"paths": source, "sauce": 1}, TypeError, "sauce"),
        ({"paths": source, "module_name": "m"}, TypeError, "it is not for all modules"),
        ({"paths": source, "profile": "fastest"}, ValueError, "fastest"),
    ]:
        with pytest.raises(error, match=words):
            pyxide.install(**options)
    assert sys.meta_path == finders


def test_the_module_that_importing_gave_is_loaded_anew(cache, source, write):
    pyxide.install(source)
    import hooked

    for reload, addend in [(pyxide.reload, 1), (importlib.reload, 2)]:
        write(source, {"hooked.pyx": "def f(int n):\n    return n + %d\n" % addend})
        assert reload(hooked) is hooked and hooked.f(1) == 1 + addend
    write(source, {"hooked.pyx": "def f(int n:\n"})
    for reload in [pyxide.reload, importlib.reload]:
        with pytest.raises(pyxide.CompileError):
            reload(hooked)
        assert hooked.f(1) == 3
