"""Packages of several modules: building, importing, and what is built again when something changes."""

import importlib
import json
import shutil
import sys
import traceback
from pathlib import Path

import pytest

import pyxide

CORE = """
cdef class Vec:
    def __init__(self, x):
        self.x = x
    def moved(self, by):
        return Vec(self.x + by)
"""
CORE_PXD = """
cdef class Vec:
    cdef double x
"""
ALGO = """
from .core cimport Vec
from .core import Vec as Made

def norm(Vec v):
    return abs(v.x)

def example():
    return norm(Made(-3).moved(1))
"""


@pytest.fixture
def project(write, tmp_path):
    """The package of the sixth user story, as files."""
    return write(tmp_path / "project", {"core.pyx": CORE, "core.pxd": CORE_PXD, "algo.pyx": ALGO})


@pytest.fixture
def fresh():
    """Forgets a package, as a new process would."""

    def fresh(top="mypkg"):
        for name in [*sys.modules]:
            if name == top or name.startswith(top + "."):
                del sys.modules[name]

    yield fresh
    fresh()
    if finder := sys.modules["pyxide._packages"]._finder:
        finder.packages.clear()


def paths(project):
    return {"core": project / "core.pyx", "algo": project / "algo.pyx"}


def rebuilt(result):
    return {one.module_name.rpartition(".")[2] for one in result.results if not one.used_cache}


def snapshot():
    return {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "mypkg"}


def test_several_modules(project, cache, fresh):
    build = lambda: pyxide.build_package_from_paths_result(paths(project), package_name="mypkg.sub")  # noqa: E731
    first = build()
    assert not first.used_cache and rebuilt(first) == {"core", "algo"}
    assert first.package_name == "mypkg.sub" and [*first.modules] == ["algo", "core"]

    import mypkg.sub
    from mypkg.sub import algo, core

    assert first.package is mypkg.sub and first.modules == {"algo": algo, "core": core}
    assert algo.example() == 2.0
    assert algo.norm(core.Vec(-5)) == 5.0
    with pytest.raises(TypeError):
        algo.norm(5)
    again = build()
    assert again.used_cache and again.key == first.key and again.modules["algo"] is algo

    (project / "algo.pyx").write_text(ALGO + "\ndef version(): return 2\n")
    changed = build()
    assert rebuilt(changed) == {"algo"} and changed.key != first.key and not changed.used_cache
    assert mypkg.sub.algo.version() == 2 and mypkg.sub.core is core
    assert mypkg.sub.algo.norm(core.Vec(-5)) == 5.0

    (project / "core.pyx").write_text(CORE + "\ndef version(): return 3\n")
    with pytest.warns(RuntimeWarning, match="`mypkg.sub.algo` did not change, .* `mypkg.sub.core`") as warned:
        assert rebuilt(build()) == {"core"}, "nobody reads another module's source"
    assert warned[0].filename == __file__
    (project / "core.pxd").write_text(CORE_PXD + "    cdef double y\n")
    assert rebuilt(build()) == {"core", "algo"}
    assert mypkg.sub.algo.norm(mypkg.sub.core.Vec(-7)) == 7.0

    before, known = snapshot(), pyxide.list_cached_packages()
    (project / "algo.pyx").write_text("def broken(:\n    pass\n")
    (project / "core.pyx").write_text(CORE + "nope nope\n")
    with pytest.raises(pyxide.BatchBuildError) as caught:
        build()
    error = caught.value
    assert isinstance(error, pyxide.CompileError)
    assert [*error.failures] == ["mypkg.sub.algo", "mypkg.sub.core"]
    assert {one["file"] for one in error.diagnostics} == {str(project / "algo.pyx"), str(project / "core.pyx")}
    assert "algo.pyx:1:" in str(error) and "core.pyx:7:" in str(error)
    assert snapshot() == before and pyxide.list_cached_packages() == known
    assert pyxide.import_cached_package(first.key).keys() == {"algo", "core"}


def test_what_is_used_again_is_what_it_was(project, cache, fresh):
    """A new file of the package that would be read instead of what was read is a change, and one that is not is none."""

    def build(**files):
        files = {name.replace("_", "."): text for name, text in files.items()}
        return pyxide.build_package_from_code_result(
            {"core": CORE, "algo": ALGO, "other": "include 'k.pxi'\nx = K\n"}, package_name="mypkg", support_files=files
        )

    assert rebuilt(build(core_pxd=CORE_PXD, k_pxi="K = 1\n")) == {"core", "algo", "other"}
    assert rebuilt(build(core_pxd=CORE_PXD, k_pxi="K = 1\n", unused_pxd="cdef int f()\n")) == set()
    assert rebuilt(build(core_pxd=CORE_PXD, k_pxi="K = 2\n")) == {"other"}
    assert sys.modules["mypkg.other"].x == 2
    assert rebuilt(build(core_pxd=CORE_PXD, k_pxi="K = 2\n", other_pxd="cdef int unseen\n")) == {"other"}
    # A module by this name alone has no package around it, and does not see what is in it.
    alone = pyxide.compile_and_load_result("K = 5\n", module_name="mypkg.alone")
    assert not alone.used_cache
    package = pyxide.build_package_from_code_result(
        {"alone": "K = 5\n"}, package_name="mypkg", support_files={"alone.pxd": "cdef int K\n"}
    )
    assert rebuilt(package) == {"alone"} and package.results[0].key != alone.key


def test_nested_packages_and_python(cache, fresh, python):
    modules = {
        "__init__": "from .fast import twice\nfrom . import sub\nNAME = __name__\n",
        "fast": "from .sub.deep cimport Base\ncdef class Derived(Base):\n    pass\ndef twice(x):\n    return 2 * x\n",
        "sub.deep": "cdef class Base:\n    cpdef int answer(self):\n        return 42\n",
        "sub.more.far": "from ...fast import twice\nfrom mypkg.sub.deep cimport Base\ndef f():\n    return twice(Base().answer())\n",
    }
    files = {"sub/deep.pxd": "cdef class Base:\n    cpdef int answer(self)\n", "helper.py": "from . import fast\nH = fast.twice(2)\n", "__main__.py": "1 / 0\n"}
    result = pyxide.build_package_from_code_result(modules, package_name="mypkg", support_files=files)
    import mypkg

    assert mypkg.twice(4) == 8 and mypkg.NAME == "mypkg" and mypkg.helper.H == 4
    assert mypkg.fast.Derived().answer() == 42 and mypkg.sub.more.far.f() == 84
    assert [*result.modules] == ["fast", "helper", "sub", "sub.deep", "sub.more", "sub.more.far"]
    assert result.modules["sub"].__path__ == [] and [one.module_name for one in result.results] == [
        "mypkg.fast", "mypkg.sub.deep", "mypkg.sub.more.far",
    ]  # fmt: skip
    # What is Python is no dependency of what is compiled.
    modules["__init__"] = "CHANGED = True\nfrom . import sub, fast\n"
    again = pyxide.build_package_from_code_result(modules, package_name="mypkg", support_files=files)
    assert rebuilt(again) == set() and again.key != result.key
    assert again.package.CHANGED and not hasattr(again.package, "NAME") and again.package.fast is result.modules["fast"]
    assert "mypkg/__init__.py" in again.package.__file__
    # The cache alone gives it in a new process, without tools.
    out = python(
        """
        import sys
        sys.path.append(sys.argv[1])
        import pyxide
        result = pyxide.import_cached_package_result(sys.argv[2])
        import mypkg.sub.more.far
        print(mypkg.CHANGED, mypkg.sub.more.far.f(), result.used_cache, "Cython" in sys.modules, "setuptools" in sys.modules)
        """,
        Path(pyxide.__file__).parent.parent, again.key, PATH="/nowhere", PYXIDE_CACHE_DIR=cache,
    )  # fmt: skip
    assert out == "True 84 True False False\n"


def test_errors_lead_to_the_text(cache, fresh):
    modules = pyxide.build_package_from_code({"a": "def f(x):\n    return 1 / x\n"}, package_name="mypkg")
    with pytest.raises(ZeroDivisionError) as caught:
        modules["a"].f(0)
    assert "    return 1 / x\n" in "".join(traceback.format_exception(caught.value))
    with pytest.raises(pyxide.CompileError) as caught:
        pyxide.build_package_from_code({"a": "def f(x):\n    return 1 / nope\n"}, package_name="mypkg")
    assert "--> <mypkg.a>:2:16" in str(caught.value)


def test_listed_and_imported_by_key(cache, fresh):
    result = pyxide.build_package_from_code_result({"a": "x = 1\n", "b": "y = 2\n"}, package_name="mypkg")
    (listed,) = pyxide.list_cached_packages()
    assert json.loads(json.dumps([listed])) == [dict(listed)]
    assert (listed.key, listed.package_name) == (result.key, "mypkg")
    assert listed.modules == ["mypkg.a", "mypkg.b"] and listed.missing == []
    assert listed.artifacts == [str(one.artifact_path) for one in result.results]
    assert str(result.build_dir) == listed.build_dir and result.meta["package_name"] == "mypkg"
    with pytest.raises(ValueError, match="is the package `mypkg`, and no module") as caught:
        pyxide.import_cached(result.key)
    assert "import_cached_package" in str(caught.value)
    with pytest.raises(ValueError, match="is the module `mypkg.a`, and no package"):
        pyxide.import_cached_package(result.results[0].key)
    with pytest.raises(ValueError):
        pyxide.import_cached_package("nope")
    with pytest.raises(FileNotFoundError):
        pyxide.import_cached_package("5f" * 32)
    fresh()
    shutil.rmtree(result.results[1].build_dir)
    with pytest.raises(FileNotFoundError, match="mypkg.b"):
        pyxide.import_cached_package(result.key)
    assert snapshot() == {}
    assert pyxide.list_cached_packages()[0].missing == ["mypkg.b"]
    again = pyxide.build_package_from_code_result({"a": "x = 1\n", "b": "y = 2\n"}, package_name="mypkg")
    assert rebuilt(again) == {"b"} and again.key == result.key


@pytest.mark.parametrize(
    "modules, options, words",
    [
        ({}, {}, "no modules are given"),
        ({"a.b.": "x"}, {}, "`mypkg.a.b.` is not a module name: it has an empty part"),
        ({"": "x"}, {}, "is not a module name"),
        ({"class": "x"}, {}, "it is a Python keyword"),
        ({"../evil": "x"}, {}, "is not a module name"),
        ({"a": "x", "a.b": "y"}, {}, "`mypkg.a` is a module, and others are given that would be inside it"),
        ({"a": "x"}, {"support_files": {"a.py": "x"}}, "the module `mypkg.a` is given twice"),
        ({"__init__": "x"}, {"support_files": {"__init__.py": "x"}}, "two files are called `mypkg/__init__.py`"),
        ({"a": "x"}, {"support_files": {"../a.pxd": "x"}}, "a support file cannot be called `../a.pxd`"),
        ({"a": "x"}, {"support_files": {"/etc/a.pxd": "x"}}, "a support file cannot be called"),
        ({"a": "x"}, {"package_name": "my-pkg"}, "`my-pkg` is not a module name"),
        ({"a": "x"}, {"package_name": "json.sub"}, "is a module of Python's standard library"),
        ({"a": "x"}, {"package_name": "pytest"}, "is taken by a module that is already imported"),
        ({"a": "x"}, {"jobs": 0}, "jobs must be 1 or more"),
        ({"a": "x"}, {"extra_compile_args": "-fplugin=x.so"}, "-fplugin"),
    ],
)
def test_what_is_no_package(modules, options, words, cache):
    before = {**sys.modules}
    with pytest.raises((ValueError, pyxide.LoadError)) as caught:
        pyxide.build_package_from_code(modules, **{"package_name": "mypkg", **options})
    assert words in str(caught.value)
    assert {name for name in sys.modules if name not in before and not name.startswith("pyxide")} == set()
    assert pyxide.list_cached() == pyxide.list_cached_packages() == []


def test_files_that_are_no_modules(write, tmp_path, cache):
    folder = write(tmp_path, {"__init__.pyx": "", "m.txt": "", "m.pyx": ""})
    with pytest.raises(ValueError, match="a package's own module is always Python"):
        pyxide.build_package_from_paths({"__init__": folder / "__init__.pyx"}, package_name="mypkg")
    with pytest.raises(FileNotFoundError, match="gone.pyx"):
        pyxide.build_package_from_paths({"m": folder / "gone.pyx"}, package_name="mypkg")
    with pytest.raises(ValueError, match="neither in"):
        pyxide.build_package_from_paths({"m": folder / "m.txt"}, package_name="mypkg")
    with pytest.raises(TypeError, match="module_name"):
        pyxide.build_package_from_paths({"m": folder / "m.pyx"}, package_name="mypkg", module_name="x")


def test_an_import_that_fails_leaves_what_was_there(cache, fresh):
    good = {"a": "x = 1\n", "b": "from .a import x\ny = x\n"}
    kept = pyxide.build_package_from_code_result(good, package_name="mypkg.inner")
    before = snapshot()
    with pytest.raises(ZeroDivisionError):
        pyxide.build_package_from_code({**good, "c": "1 / 0\n", "__init__": "from . import b\n"}, package_name="mypkg.inner")
    assert snapshot() == before
    import mypkg

    assert mypkg.inner is kept.package and mypkg.inner.b.y == 1
    with pytest.raises(ZeroDivisionError):
        pyxide.build_package_from_code({"c": "from . import d\n1 / 0\n", "d": ""}, package_name="mypkg.other")
    assert snapshot() == before and not hasattr(mypkg, "other")
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("mypkg.other")
    fresh()
    assert importlib.import_module("mypkg.inner.b").y == 1, "what was built before is still known"


def test_a_circle_is_named_when_it_cannot_be_imported(cache, fresh):
    modules = {"a": "from .b import g\ndef f(): return 1\n", "b": "from .c import h\ng = h\n", "c": "from .a import f\nh = f\n"}
    with pytest.raises(pyxide.LoadError) as caught:
        pyxide.build_package_from_code(modules, package_name="mypkg")
    assert "`mypkg.a` imports `mypkg.b` imports `mypkg.c` imports `mypkg.a`" in caught.value.hint
    assert snapshot() == {}
    # Many circles are none of anybody's business.
    modules = {"a": "from . import b\ndef f(): return b.g()\n", "b": "from . import a\ndef g(): return 7\n"}
    assert pyxide.build_package_from_code(modules, package_name="mypkg")["a"].f() == 7


def test_a_package_around_ours_is_somebody_elses(write, tmp_path, cache, fresh, monkeypatch):
    write(tmp_path / "site", {"mypkg/__init__.py": "REAL = True\n", "mypkg/plain.py": "P = 1\n"})
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    built = pyxide.build_package_from_code({"a": "from ..plain import P\nx = P\n"}, package_name="mypkg.fast")
    import mypkg.plain

    assert mypkg.REAL and mypkg.fast.a is built["a"] and built["a"].x == 1


def test_a_package_in_a_layer(cache, fresh, tmp_path, monkeypatch):
    modules = {"a": "x = 1\n", "b": "from .a import x\ny = x\n"}
    there = pyxide.build_package_from_code_result(modules, package_name="mypkg")
    monkeypatch.setenv("PYXIDE_CACHE_LAYERS", str(cache))
    monkeypatch.setenv("PYXIDE_CACHE_DIR", str(tmp_path / "own"))
    fresh()
    assert pyxide.import_cached_package(there.key)["b"].y == 1
    same = pyxide.build_package_from_code_result(modules, package_name="mypkg")
    assert same.used_cache and (same.key, same.build_dir) == (there.key, there.build_dir)
    # One of its modules is the layer's, and the package is our own.
    with pytest.warns(RuntimeWarning, match="`mypkg.b` did not change"):
        other = pyxide.build_package_from_code_result({**modules, "a": "x = 2\n"}, package_name="mypkg")
    assert rebuilt(other) == {"a"} and other.build_dir.is_relative_to(tmp_path / "own")
    (listed,) = pyxide.list_cached_packages()
    assert listed.missing == [] and listed.artifacts == [str(one.artifact_path) for one in other.results]
    fresh()
    assert pyxide.import_cached_package(other.key)["a"].x == 2
