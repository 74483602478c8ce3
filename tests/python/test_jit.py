"""Functions, classes and objects of texts are found again by who has no more than a module's name."""

import importlib
import pickle
import sys

import pytest

import pyxide
from pyxide import _pyxide

SOURCE = """\
def f(int n):
    return n * n

cdef class Point:
    cdef public int x
    def __init__(self, x):
        self.x = x

def moved(Point point, int by):
    return Point(point.x + by)
"""

# Everything is sent there and back; -c has no main module that a worker could run.
POOL = """
    import multiprocessing, sys
    import pyxide
    if __name__ == "__main__":
        m = pyxide.compile_and_load(sys.argv[1])
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            print(pool.map(m.f, [3, 4]), pool.apply(m.moved, (m.Point(5), 2)).x)
"""


def test_a_spawned_worker_runs_functions_of_texts(python, tmp_path):
    assert python(POOL, SOURCE).strip() == "[9, 16] 7"


UNPICKLE = """
    import pickle, sys
    f, kind, point = pickle.loads(bytes.fromhex(sys.argv[1]))
    print(f(6), point.x, type(point) is kind, kind.__module__, "Cython" in sys.modules)
    import pyxide
    again = pyxide.compile_and_load_result(sys.argv[2])
    print(again.used_cache, again.module is sys.modules[kind.__module__])
"""


def test_another_process_unpickles_without_tools(cache, python, empty):
    built = pyxide.compile_and_load_result(SOURCE)
    m = built.module
    assert m.__name__ == "pyxide.jit.pyxide_" + built.request_key[:16]
    data = pickle.dumps([m.f, m.Point, m.Point(4)])
    out = python(UNPICKLE, data.hex(), SOURCE, PYXIDE_CACHE_DIR=cache, PATH=empty, quiet=False)
    assert out.splitlines() == ["36 4 True %s False" % m.__name__, "True True"]


LOST = """
    import pickle, sys
    try:
        pickle.loads(bytes.fromhex(sys.argv[1]))
    except ModuleNotFoundError as error:
        print(type(error).__mro__[1].__name__, error.name)
        print(error)
"""


def test_a_module_of_another_cache_is_missed_with_advice(cache, python, tmp_path):
    m = pyxide.compile_and_load(SOURCE)
    out = python(LOST, pickle.dumps(m.f).hex(), PYXIDE_CACHE_DIR=tmp_path / "other")
    first, message, hint = out.splitlines()
    assert first == "LoadError " + m.__name__
    assert message == "the cache `%s` has no module `%s` for this interpreter" % (tmp_path / "other", m.__name__)
    assert hint.startswith("hint: if it was built with cache_dir=, start this process with PYXIDE_CACHE_DIR set to")


def test_other_names_of_the_package_are_not_found_as_any_other(cache):
    with pytest.raises(ModuleNotFoundError, match=r"^No module named 'pyxide\.jit\.other'$"):
        importlib.import_module("pyxide.jit.other")


def test_the_newest_build_of_a_text_is_imported(cache, tmp_path):
    included = tmp_path / "a.pxi"
    built = []
    for value in (1, 2):
        included.write_text("x = %d\n" % value)
        built.append(pyxide.compile_and_load_result('include "a.pxi"\n', include_dirs=[tmp_path]))
        del sys.modules[built[-1].module_name]
    assert built[0].module_name == built[1].module_name and built[0].key != built[1].key
    keys = {one.created_utc + one.key: one.key for one in built}
    assert importlib.import_module(built[0].module_name).__pyxide_key__ == keys[max(keys)]


def test_a_spec_by_key(cache, square):
    built = pyxide.compile_and_load_result(square, module_name="spec_by_key")
    del sys.modules["spec_by_key"]
    spec = _pyxide.cached_spec(built.key, "spec_by_key", None)
    module = importlib._bootstrap._load(spec)
    assert module is sys.modules["spec_by_key"] and module.f(3) == 9 and module.__pyxide_key__ == built.key
    assert spec.loader.get_source("spec_by_key") == square
    with pytest.raises(pyxide.LoadError, match="is the module `spec_by_key`, not `other`"):
        _pyxide.cached_spec(built.key, "other", None)
    with pytest.raises(FileNotFoundError, match="hint: "):
        _pyxide.cached_spec("0" * 64, "spec_by_key", None)
    with pytest.raises(ValueError):
        _pyxide.cached_spec("no key", "spec_by_key", None)
    # Another file of that name: the one that was loaded is in use.
    built.artifact_path.unlink()
    built.artifact_path.write_bytes(b"other bytes")
    with pytest.raises(pyxide.LoadError, match="damaged"):
        _pyxide.cached_spec(built.key, "spec_by_key", None)


def test_a_text_does_not_depend_on_where_this_package_is(cache, square):
    """An entry is the same for an interpreter that has pyxide and for one that was given its modules."""
    built = pyxide.compile_and_load_result(square)
    paths = [one["path"]["path"] for one in built.meta["dependencies"] if "path" in one]
    last = built.module_name.rpartition(".")[2]
    assert [path for path in paths if "pyxide" in path.replace(last, "").split("/")] == []


JOBLIB = """
    import sys
    import joblib
    import pyxide
    from IPython.core.interactiveshell import InteractiveShell

    m = pyxide.compile_and_load(sys.argv[1])
    shell = InteractiveShell()
    shell.run_line_magic("load_ext", "pyxide")
    shell.run_cell("%%pyxide\\ndef cubed(int n):\\n    return n * n * n\\n").raise_error()
    cubed = shell.user_ns["cubed"]

    def here(n):
        # What is of no module that a worker could import is sent as it is, and what it calls as a name.
        return cubed(n), m.moved(m.Point(n), 1).x

    with joblib.parallel_config(backend="loky", n_jobs=2):
        for function in (m.f, cubed, here):
            print(joblib.Parallel()(joblib.delayed(function)(n) for n in range(3)))
"""


@pytest.mark.full("test_a_spawned_worker_runs_functions_of_texts, and test_ipython.py")
def test_workers_of_joblib_run_functions_of_texts_and_cells(python, tmp_path):
    pytest.importorskip("joblib")
    pytest.importorskip("IPython")
    out = python(JOBLIB, SOURCE, IPYTHONDIR=tmp_path / "ipython", quiet=False)
    assert out.splitlines() == ["[0, 1, 4]", "[0, 1, 8]", "[(0, 1), (1, 2), (8, 3)]"]
